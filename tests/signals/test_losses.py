"""Statements and questions that a freely worded rewrite leaves out, found by the learnt decision."""

from __future__ import annotations

import pytest

from bedside.core.records import Language, Role
from bedside.signals.losses import FEATURES, losses, lost_features, traces
from bedside.signals.rarity import RAREST, decision, rarity
from bedside.signals.reading import read_text
from bedside.signals.words import unit

# An original, the same in other words, and a statement or question of it with the words that tell it in the latter.
CASES: list[tuple[Language, Role, str, str, str, str]] = [
    (
        "en",
        "doctor",
        "Your knee is swollen because the cartilage is worn. Rest it for a week. Put ice on it in the evening. "
        "Swim instead of running. An MRI of the meniscus is needed. Wear flat shoes at work.",
        "The cartilage in the knee has worn down, which makes it swell. Give it a week of rest, and cool it with "
        "ice every evening. Swimming is kinder to you than running. {} At your job, flat shoes are best.",
        "Please have the meniscus looked at by MRI.",
        "An MRI of the meniscus is needed",
    ),
    (
        "en",
        "patient",
        "My stomach burns after dinner. I drink four coffees at work. "
        "I had my spleen taken out after a skiing accident. "
        "Antacids from the pharmacy help a little. I sleep badly. Is an endoscopy painful?",
        "After dinner there is a burning in my stomach, and it frightens me. At work I get through four coffees. {} "
        "The antacids I buy at the pharmacy do a little for it. My nights are bad. Does an endoscopy hurt?",
        "My spleen was taken out because of an accident on skis.",
        "I had my spleen taken out after a skiing accident",
    ),
    (
        "zh",
        "doctor",
        "您的膝盖肿是软骨磨损引起的。先休息一周。晚上用冰袋敷一敷。用游泳代替跑步。半月板需要做磁共振。上班穿平底鞋。",
        "膝盖之所以肿，是因为软骨磨损了。先歇上一周，晚上拿冰袋敷敷。跑步换成游泳更好。{}上班的时候穿平底鞋。",
        "半月板要做个磁共振看看。",
        "半月板需要做磁共振",
    ),
    (
        "zh",
        "patient",
        "我晚饭后胃里发烧。上班一天喝四杯咖啡。我滑雪摔伤后切除了脾脏。药店买的抗酸药有一点用。晚上睡得差。胃镜疼不疼？",
        "吃过晚饭胃里就发烧，心里很怕。上班每天四杯咖啡。{}从药店买来的抗酸药稍微有一点用。夜里睡得差。做胃镜疼吗？",
        "因为滑雪摔伤，脾脏切除了。",
        "我滑雪摔伤后切除了脾脏",
    ),
]


@pytest.mark.parametrize(
    ("language", "side", "original", "reworded", "told", "lost"),
    CASES,
)
def test_what_is_left_out_is_lost_and_what_is_reworded_is_not(
    language: Language, side: Role, original: str, reworded: str, told: str, lost: str
) -> None:
    before = read_text(original, language)
    found = {}
    for text in (reworded.format(told), reworded.format("")):
        after = read_text(text, language)
        changes = losses(before, after, side, traces(before, after))
        found[text] = {original[c.start : c.end].strip(" .。") for c in changes}
    assert found[reworded.format(told)] == set()
    assert lost in found[reworded.format("")]


@pytest.mark.parametrize(("language", "side", "original", "reworded", "told", "lost"), CASES)
def test_a_sentence_left_out_lowers_what_is_said_of_it_only(
    language: Language, side: Role, original: str, reworded: str, told: str, lost: str
) -> None:
    before = read_text(original, language)
    shares = {}
    for text in (reworded.format(told), reworded.format("")):
        found = traces(before, read_text(text, language)).clauses
        shares[text] = {original[t.clause.start : t.clause.end].strip(" .。"): t.said for t in found}
    kept, without = shares[reworded.format(told)], shares[reworded.format("")]
    assert without[lost] < kept[lost]
    assert sum(without[clause] >= kept[clause] for clause in kept) >= len(kept) - 2


def test_every_feature_has_a_weight_and_a_value() -> None:
    language, side, original, reworded, _, _ = CASES[0]
    before, after = read_text(original, language), read_text(reworded.format(""), language)
    rows = lost_features(before, after, side, traces(before, after))
    assert rows
    assert {len(row) for _, row in rows} == {len(FEATURES)}
    assert decision("lost").features == FEATURES
    assert decision("lost").weights.shape == (len(FEATURES),)


def test_an_empty_text_has_lost_nothing() -> None:
    nothing, something = read_text("", "en"), read_text("Rest well.", "en")
    assert traces(nothing, something).said == 1.0
    assert lost_features(nothing, something, "doctor", traces(nothing, something)) == []


def test_rare_words_tell_more_than_common_ones() -> None:
    common, rare, unknown = (rarity(unit(word, "en"), "en") for word in ("pain", "spleen", "zzz"))
    assert common < rare < unknown == RAREST
    common, rare, unknown = (rarity(unit(word, "zh"), "zh") for word in ("检查", "脾脏", "某某某"))
    assert common < rare <= unknown == RAREST
