"""A "not" that was lost or gained is told; one that is said in another way is not."""

from __future__ import annotations

import pytest

from bedside.core.records import Language
from bedside.signals.alignment import index_of
from bedside.signals.denials import denials
from bedside.signals.reading import read_text

DENIED: list[tuple[Language, str, str, tuple[str, ...]]] = [
    # language, a denial, the same without its "not", and the denial in other ways
    (
        "en",
        "This rash is not contagious.",
        "This rash is contagious.",
        ("The rash isn't contagious.", "The rash is unlikely to be contagious.", "A rash that is never contagious."),
    ),
    ("en", "Do not stop the tablets.", "Stop the tablets.", ("Please don't stop the tablets.", "Avoid stopping.")),
    ("en", "I have no fever.", "I have a fever.", ("I haven't had any fever.", "I deny fever.", "Without fever.")),
    ("zh", "这个病不传染。", "这个病传染。", ("这个病并不传染。", "这个病不会传染。", "这个病很少传染。")),
    ("zh", "不要饮酒。", "饮酒。", ("请勿饮酒。", "严禁饮酒。", "避免饮酒。", "切勿饮酒。")),
    ("zh", "我没有发烧。", "我发烧。", ("我从未发烧。", "无发热。", "我否认发烧。")),
]


def found(original: str, rewrite: str, language: Language) -> int:
    before, after = read_text(original, language), read_text(rewrite, language)
    changes = list(denials(before, after, index_of(after.clauses), index_of(before.clauses)))
    assert {(c.kind, c.outcome) for c in changes} <= {("negation", "changed")}
    assert all(0 <= c.start < c.end <= len(rewrite) for c in changes)
    return len(changes)


@pytest.mark.parametrize(("language", "denial", "plain", "others"), DENIED)
def test_a_not_that_was_lost_or_gained_is_told(
    language: Language, denial: str, plain: str, others: tuple[str, ...]
) -> None:
    assert found(denial, plain, language) == 1
    assert found(plain, denial, language) == 1


@pytest.mark.parametrize(("language", "denial", "plain", "others"), DENIED)
def test_a_not_that_is_said_in_another_way_is_kept(
    language: Language, denial: str, plain: str, others: tuple[str, ...]
) -> None:
    for other in (denial, *others):
        assert found(denial, other, language) == found(other, denial, language) == 0, other


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "No fever, cough or rash.", "No rash, no cough, no fever."),
        ("zh", "没有发烧、咳嗽、皮疹。", "皮疹、咳嗽、发烧都没有。"),
    ],
)
def test_a_list_in_another_order_denies_the_same(language: Language, one: str, other: str) -> None:
    assert found(one, other, language) == found(other, one, language) == 0


@pytest.mark.parametrize(
    ("language", "original", "rewrite"),
    [
        ("en", "Rest well.", "You are not alone. Rest well."),
        ("en", "The rash itches.", "I cannot bear that the rash itches."),
        ("zh", "多休息。", "您不是一个人。多休息。"),
        ("zh", "会不会复发？", "会复发吗？"),
    ],
)
def test_a_not_of_comfort_feeling_or_question_is_no_denial(language: Language, original: str, rewrite: str) -> None:
    assert found(original, rewrite, language) == 0
