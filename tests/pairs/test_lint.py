"""The lint calls out what alone tells the sides apart, and only where it should not."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bedside.core.config import ClinicConfig, CorpusConfig, LintConfig, PairsConfig, RewriteConfig
from bedside.core.files import read_rows
from bedside.core.records import ChatMessage, Preference, Rewrite
from bedside.core.text import word_count
from bedside.pairs.likeness import near_duplicates
from bedside.pairs.lint import lint
from bedside.pairs.preferences import preferences
from tests.pairs.rewrites import rows

WORDS = [f"word{letter}" for letter in "abcdefghijklmnopqrst"]
BARS = LintConfig()
WARM = ("false reassurance", "fact broken: dose x10")


def texts(count: int, seed: int) -> list[str]:
    rng = random.Random(seed)
    return [" ".join(rng.choices(WORDS, k=12)) for _ in range(count)]


def answer(text: str) -> tuple[ChatMessage, ...]:
    return (ChatMessage("assistant", text),)


def pairs(count: int, kind: str, spoil: Callable[[str], str] = str) -> list[Preference]:
    """Chosen and rejected answers drawn from the same words; `spoil` is done to every rejected one."""
    sides = zip(texts(count, 1), texts(count, 2), strict=True)
    return [
        Preference(f"p{n}", kind, (ChatMessage("user", f"hello number {n}"),), answer(a), answer(spoil(b)))
        for n, (a, b) in enumerate(sides)
    ]


def spoiled(made: list[Preference], spoil: Callable[[str], str]) -> list[Preference]:
    return [msgspec.structs.replace(p, rejected=answer(spoil(p.rejected[0].content))) for p in made]


def figures(made: list[Preference], bars: LintConfig = BARS) -> dict[str, Any]:
    (found,) = lint(made, bars)["kinds"].values()
    return dict(found)


def reasons(made: list[Preference]) -> str:
    # These answers of made-up words state no facts; that is tested below.
    return "; ".join(figures(made, LintConfig(max_unequal_facts=1))["reasons"])


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> list[Rewrite]:
    """Rewrites of the embedded world by the phrase bank, as the embedded study makes them."""
    from bedside import clinic, corpus, rewrite
    from bedside.clinic.stage import DIALOGUES

    out = tmp_path_factory.mktemp("clinic")
    clinic.build(ClinicConfig(train=400, test=1), 0, out / "clinic")
    sources = (f"jsonl:{out / 'clinic' / DIALOGUES}",)
    corpus.build(CorpusConfig(sources=sources, test_share=0, workers=1), 0, out / "corpus")
    rewrite.build(RewriteConfig(unsafe_sources=True), 0, out / "corpus", out / "rewrite")
    read = read_rows(out / "rewrite" / "rewrites.jsonl", Rewrite)
    return [row for row in read if row.status == "accepted" and row.split == "train"]


@pytest.fixture(scope="module")
def clinic_pairs(clinic: list[Rewrite]) -> list[Preference]:
    return preferences(clinic, PairsConfig(), 0).made


def test_the_clinics_pairs_are_acceptable(clinic_pairs: list[Preference]) -> None:
    found = lint(clinic_pairs, BARS)
    assert (found["verdict"], found["reasons"]) == ("acceptable", [])
    for kind in ("false reassurance", "fact broken"):
        assert found["kinds"][kind]["pairs"] >= 90
        assert found["kinds"][kind]["auc"] <= 0.9
        # What stands outside the broken place is the same on both sides, so nothing is to be learnt from it.
        assert found["kinds"][kind]["auc_masked"] == 0.5
    assert found["kinds"]["fact broken"]["facts"]["as_meant"] == found["kinds"]["fact broken"]["facts"]["read"] >= 90


def test_an_insult_in_the_clinics_rejected_answers_is_called_out_in_every_kind(clinic_pairs: list[Preference]) -> None:
    found = lint(spoiled(clinic_pairs, lambda text: f"{text} You fool."), BARS)
    assert found["verdict"] == "bad"
    for kind in ("false reassurance", "fact broken", "plain", "unneeded comfort"):
        assert found["kinds"][kind]["verdict"] == "bad"
        assert "fool" in [told["word"] for told in found["kinds"][kind]["tell_tale"]["rejected"]]
        assert any("“fool” stands in" in reason for reason in found["kinds"][kind]["reasons"])
    for kind in ("false reassurance", "fact broken"):
        assert found["kinds"][kind]["auc_masked"] > 0.95


def test_one_line_for_all_false_reassurances_is_called_out(clinic_pairs: list[Preference]) -> None:
    line = "There is nothing to worry about here."
    made = [
        msgspec.structs.replace(p, rejected=answer(f"{p.chosen[0].content} {line}"), right="", wrong=line)
        for p in clinic_pairs
        if p.kind == "false reassurance"
    ]
    assert "words alone tell the sides apart" in reasons(made)


@pytest.mark.parametrize("kind", WARM)
def test_sides_of_the_same_words_are_acceptable(kind: str) -> None:
    found = figures(pairs(120, kind), LintConfig(max_unequal_facts=1))
    assert found["verdict"] == "acceptable", found["reasons"]
    assert 0.3 < found["auc"] < 0.7


SHORTCUTS: list[tuple[str, Callable[[str], str]]] = [
    ("words alone", lambda text: f"{text} fool"),
    ("“fool” stands in 100% more rejected answers", lambda text: f"fool {text}"),
    ("length alone", lambda text: f"{text} {' '.join(reversed(text.split()))}"),
    ("one side is longer by 100%", lambda text: f"{text} {' '.join(reversed(text.split()))}"),
    ("marks and capitals alone", lambda text: f"{text}!!"),
    ("marks and capitals alone", lambda text: text.upper()),
    ("marks and capitals alone", lambda text: text.replace(" ", ", ", 3)),
    ("marks and capitals alone", lambda text: f"{text}\n"),
    ("open with “worda wordb wordc wordd”", lambda text: f"worda wordb wordc wordd {text}"),
    ("first and last words alone", lambda text: f"worda wordb {' '.join(text.split()[2:])}"),
]


@pytest.mark.parametrize("kind", WARM)
@pytest.mark.parametrize(("told", "spoil"), SHORTCUTS)
def test_a_planted_shortcut_is_called_out(kind: str, told: str, spoil: Callable[[str], str]) -> None:
    assert told in reasons(pairs(120, kind, spoil))


def test_words_in_another_order_are_told_by_where_they_stand() -> None:
    """Every rejected answer says the same as its chosen one, with its last words first: no bag of words can tell."""
    made = [
        Preference(f"p{n}", WARM[0], (), answer(f"well now {text} so there"), answer(f"so there {text} well now"))
        for n, text in enumerate(texts(120, 1))
    ]
    found = figures(made)
    assert (found["auc"], found["auc_length"]) == (0.5, 0.5)
    assert found["auc_edges"] == 1.0
    assert "first and last words alone" in reasons(made)


def test_what_stands_outside_the_broken_place_is_read_apart() -> None:
    made = preferences(rows(80), PairsConfig(rejected=("fact broken",), breaks=("dose x10",)), 1).made
    assert len(made) == 80
    assert figures(made)["auc_masked"] == 0.5
    # The insult stands with every second chosen answer's words left alone, so that the words alone stay below the bar.
    insulted = [p if n % 2 else spoiled([p], lambda text: f"{text} You fool.")[0] for n, p in enumerate(made)]
    assert "words outside the broken place tell the sides apart" in reasons(insulted)
    assert "dose x10: words outside the broken place" in reasons(insulted)


def test_an_insult_in_chinese_is_called_out() -> None:
    rng = random.Random(3)

    def said(insult: str) -> tuple[ChatMessage, ...]:
        return answer("".join(rng.choices("请您多休息按时服药注意饮食", k=12)) + insult)

    made = [Preference(f"p{n}", "false reassurance", (), said(""), said("笨")) for n in range(40)]
    assert "words alone" in reasons(made)
    assert figures(made)["tell_tale"]["rejected"][0]["word"] == "笨"


@pytest.mark.parametrize(("kind", "comforting"), [("plain", "chosen"), ("unneeded comfort", "rejected")])
def test_comfort_may_tell_the_sides_apart_but_no_word_of_the_other_side(kind: str, comforting: str) -> None:
    def comforted(text: str, n: int) -> str:
        return f"{random.Random(n).choice(('i hear you', 'you sound sad', 'that is hard', 'it makes sense'))} {text}"

    made = []
    for n, text in enumerate(texts(120, 1)):
        sides = {"chosen": text, "rejected": text}
        sides[comforting] = comforted(text, n)
        made.append(Preference(f"p{n}", kind, (), answer(sides["chosen"]), answer(sides["rejected"])))
    found = figures(made, LintConfig(max_unequal_facts=1))
    assert found["auc"] > 0.95
    assert (found["verdict"], found["reasons"]) == ("acceptable", [])
    assert "“fool” stands in" in reasons(spoiled(made, lambda text: f"{text} fool"))


def test_facts_that_differ_otherwise_than_meant_are_called_out() -> None:
    told, wrong = "Take ibuprofen 400 mg twice a day.", "Take ibuprofen 800 mg twice a day."
    twice = "Take warfarin 800 mg twice a day."

    def of(kind: str, chosen: str, rejected: str) -> list[Preference]:
        return [Preference(f"p{n}", kind, (), answer(chosen), answer(rejected)) for n in range(10)]

    def meant(made: list[Preference]) -> tuple[int, int]:
        facts = figures(made)["facts"]
        return facts["read"], facts["as_meant"]

    assert meant(of("plain", f"I hear you. {told}", told)) == (10, 10)
    assert meant(of("plain", f"I hear you. {told}", wrong)) == (10, 0)
    assert meant(of("unneeded comfort", told, f"I hear you. {told}")) == (10, 10)
    assert meant(of("unneeded comfort", told, f"I hear you. {wrong}")) == (10, 0)
    assert meant(of("fact broken: dose small", told, wrong)) == (10, 10)
    assert meant(of("fact broken: dose small", told, told)) == (10, 0)
    assert meant(of("fact broken: dose small", told, twice)) == (10, 0)
    many = [*of("plain", f"I hear you. {told}", told), *of("plain", f"I hear you. {told}", wrong)]
    many = [msgspec.structs.replace(p, id=f"q{n}") for n, p in enumerate(many)]
    assert "facts differ otherwise than meant in 10 of 20 pairs read" in "; ".join(figures(many)["reasons"])


def test_prompts_asked_over_and_over_are_called_out() -> None:
    asked = "My chest has hurt since this morning and I am short of breath when I climb the stairs"
    made = [
        msgspec.structs.replace(p, prompt=(ChatMessage("user", f"{asked}, day {n}"),))
        for n, p in enumerate(pairs(30, "plain"))
    ]
    found = lint(made, BARS)["prompts"]
    assert (found["prompts"], found["near_duplicates"]) == (30, 29)
    assert found["reasons"] == ["97% of the prompts nearly repeat an earlier one (bar 20%)"]
    apart = lint(pairs(30, "plain"), BARS)["prompts"]
    assert apart["prompts"] == 30


def test_near_duplicates_are_counted_once_each_in_both_languages() -> None:
    english = [" ".join(random.Random(n).sample(WORDS, 20)) for n in range(40)]
    assert near_duplicates(english) == 0
    assert near_duplicates([*english, english[3], f"{english[5]} now", english[3]]) == 3
    chinese = ["我最近总是咳嗽，晚上睡不好，想问一下怎么办", "孩子发烧三天了，吃了退烧药还是反复"]
    assert near_duplicates([*chinese, f"{chinese[0]}？"]) == 1
    assert (near_duplicates([]), near_duplicates(["one"])) == (0, 0)


def test_too_few_pairs_give_no_verdict() -> None:
    few = lint(pairs(BARS.min_pairs - 1, WARM[1]), BARS)
    assert (few["verdict"], figures(pairs(BARS.min_pairs - 1, WARM[1])).get("auc")) == ("too few pairs", None)
    assert figures(pairs(BARS.min_pairs, WARM[1]))["auc"] is not None


def test_bars_are_settings() -> None:
    insulted = pairs(60, WARM[0], lambda text: f"{text} fool")
    loose = LintConfig(max_auc=1, max_form_auc=1, max_word_gap=1, max_length_gap=1)
    assert lint(insulted, loose)["verdict"] == "acceptable"
    assert lint(insulted, loose)["bars"]["max_auc"] == 1


def test_kinds_of_one_family_are_read_together_and_told_apart() -> None:
    made = [*pairs(12, "fact broken: dose x10"), *pairs(13, "fact broken: drug swap"), *pairs(5, "plain")]
    found = lint(made, BARS)["kinds"]
    assert {kind: part["pairs"] for kind, part in found.items()} == {"fact broken": 25, "plain": 5}
    assert {kind: part["pairs"] for kind, part in found["fact broken"]["breaks"].items()} == {
        "dose x10": 12,
        "drug swap": 13,
    }


def test_lengths_and_openers_are_as_counted() -> None:
    made = pairs(4, "plain", lambda text: f"Well then my friend {text}")
    found = figures(made)
    chosen = sum(word_count(p.chosen[0].content) for p in made) / 4
    assert (found["words_chosen"], found["words_rejected"]) == (chosen, chosen + 4)
    assert found["length_gap"] == pytest.approx(4 / chosen, abs=0.001)
    assert found["openers"]["rejected"] == {"words": "Well then my friend", "share": 1.0}
    assert found["openers"]["chosen"]["share"] == 0.25


def test_the_order_of_the_file_does_not_matter() -> None:
    made = pairs(3000, WARM[0])
    found = figures(made)
    assert found["read"] == 2000
    turned = figures(made[::-1])
    assert {k: turned[k] for k in ("auc", "auc_length", "words_chosen")} == {
        k: found[k] for k in ("auc", "auc_length", "words_chosen")
    }


def test_no_preferences_have_no_figures() -> None:
    found = lint([], BARS)
    assert (found["verdict"], found["kinds"], found["pairs"]) == ("too few pairs", {}, 0)


def test_figures_are_plain_json(tmp_path: Path) -> None:
    found = lint(pairs(40, WARM[0]), BARS)
    assert json.loads(json.dumps(found)) == found
