"""How surely a finding is so: a paraphrase that no list holds is told as minor, a broken fact is not."""

from __future__ import annotations

import pytest

from bedside.core.records import Language
from bedside.signals.alignment import by_fixed_shares
from bedside.signals.ledger import compare, doubted, items
from bedside.signals.losses import traces
from bedside.signals.rarity import decision
from bedside.signals.reading import read_text
from bedside.signals.weighing import FEATURES, found_features

ORIGINAL: dict[Language, str] = {
    "en": "Your cough comes from the bronchi. Take ambroxol 30 mg twice a day for 5 days. Drink warm water. "
    "Do not smoke. Sleep with your head up. Come back if there is a fever.",
    "zh": "您的咳嗽来自支气管。氨溴索每次30毫克，每日两次，吃5天。多喝温水。不要抽烟。睡觉时把头垫高。如果发烧请再来。",
}
FREE: dict[Language, str] = {
    "en": "The bronchi are what makes you cough, and that is tiring. For 5 days use ambroxol, {}. "
    "Warm water in plenty does good. Smoking is out for the present. A raised head helps at night. "
    "With any fever I would like you here again.",
    "zh": "咳嗽是支气管的事，真让人累。氨溴索吃5天，{}。温水要多喝。烟先不要抽。睡觉把头垫高。要是发烧了就再来。",
}
DOSES: dict[Language, tuple[str, str]] = {
    "en": ("30 mg two times daily", "300 mg two times daily"),
    "zh": ("一天两次，每次30毫克", "一天两次，每次300毫克"),
}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_broken_dose_in_a_free_rewrite_is_told_in_full(language: Language) -> None:
    same, tenfold = (
        {
            (e.kind, e.severity)
            for e in compare(ORIGINAL[language], FREE[language].format(dose), language, "doctor")
            if e.outcome != "kept"
        }
        for dose in DOSES[language]
    )
    assert ("dose", "critical") in tenfold
    assert ("dose", "critical") not in same


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_feature_has_a_weight_and_a_value(language: Language) -> None:
    before, after = (
        read_text(ORIGINAL[language], language),
        read_text(FREE[language].format(DOSES[language][1]), language),
    )
    found = doubted(items(before, after, (), "doctor"))
    rows = found_features(found, before, after, "doctor", traces(before, after), traces(after, before))
    assert len(rows) == len(found) >= 1
    assert {len(row) for row in rows} == {len(FEATURES)}
    assert decision("found").features == FEATURES


@pytest.mark.parametrize("language", ["en", "zh"])
def test_fixed_shares_decide_copies_and_short_texts_only(language: Language) -> None:
    before = read_text(ORIGINAL[language], language)
    mark = {"en": ". ", "zh": "。"}[language]
    short = read_text(ORIGINAL[language].split(mark)[0], language)
    assert by_fixed_shares(before, before)
    assert by_fixed_shares(short, read_text(FREE[language], language))
    assert not by_fixed_shares(before, read_text(FREE[language], language))


LAY: list[tuple[Language, str, str, str]] = [
    # language, a complaint by its name, told in lay words, another complaint
    ("en", "I have a headache.", "My head is pounding.", "My foot is pounding."),
    ("en", "I suffer from insomnia.", "I cannot sleep.", "I cannot eat."),
    ("zh", "我头痛。", "我的脑袋疼得很。", "我的脚痒得很。"),
    ("zh", "我失眠。", "我晚上睡不着。", "我晚上吃不下。"),
]


@pytest.mark.parametrize(("language", "named", "lay", "other"), LAY)
def test_a_complaint_in_lay_words_is_kept(language: Language, named: str, lay: str, other: str) -> None:
    lost = {
        text: {e.kind for e in compare(named, text, language, "patient") if e.outcome in ("lost", "changed")}
        for text in (lay, other)
    }
    assert "symptom" not in lost[lay]
    assert "symptom" in lost[other] or "diagnosis" in lost[other]


SPANS: list[tuple[str, str, str]] = [
    # a span of time, told in other words, another span
    ("I am five weeks along.", "I am in the fifth week.", "I am in the sixth week."),
    ("At 4th month the cough came.", "In month four the cough came.", "In month five the cough came."),
    ("Twice a day for 5 days.", "For 5 days, twice a day.", "Twice a day for 5 weeks."),
]


@pytest.mark.parametrize(("span", "same", "other"), SPANS)
def test_a_span_of_time_is_kept_in_other_words(span: str, same: str, other: str) -> None:
    gone = {
        text: [e.kind for e in compare(span, text, "en", "doctor") if e.outcome in ("lost", "changed")]
        for text in (same, other)
    }
    assert "duration" not in gone[same]
    assert "duration" in gone[other]
