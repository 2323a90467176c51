"""The audit's control arms learn from the same patients: plain answers for one, warm but wrong ones for the other."""

from __future__ import annotations

from bedside.core.config import PairsConfig
from bedside.core.records import ChatMessage, KnownFact, Preference, chat_messages
from bedside.pairs.controls import neutral, over_warm
from bedside.pairs.mix import sft_mix
from tests.pairs.rewrites import row, rows


def test_neutral_asks_what_the_mix_asks_and_answers_plainly() -> None:
    rewrites = rows(6, 2)
    mix = sft_mix(rewrites, PairsConfig(neutral_share=0.5, system_prompt="Be kind."), 1)
    flat = neutral(mix, rewrites, PairsConfig(neutral_share=0.5, system_prompt="Be kind."))
    by_id = {r.id: r for r in rewrites}
    assert len(flat) == len(mix) == 12
    warmer = 0
    for warm, plain in zip(mix, flat, strict=True):
        said = [m for m in warm.messages if m.role != "assistant"]
        assert [m for m in plain.messages if m.role != "assistant"] == said
        answers = [m for m in chat_messages(by_id[plain.id].original) if m.role == "assistant"]
        assert [m for m in plain.messages if m.role == "assistant"] == answers
        warmer += warm.messages != plain.messages
    assert warmer == 6, "each distressed example is answered otherwise"


def test_over_warm_imitates_what_is_warm_but_wrong_and_nothing_plain() -> None:
    def pair(kind: str, worse: str) -> Preference:
        asked, good = (ChatMessage("user", "Is it bad?"),), (ChatMessage("assistant", "See a doctor today."),)
        return Preference(kind, kind, asked, good, (ChatMessage("assistant", worse),))

    made = over_warm([pair("plain", "A"), pair("false reassurance", "B"), pair("fact broken: unit", "C")])
    assert [(e.kind, e.messages[-1].content) for e in made] == [
        ("over warm: false reassurance", "B"),
        ("over warm: fact broken: unit", "C"),
    ]
    assert made[0].messages[0] == ChatMessage("user", "Is it bad?")


def test_a_known_myth_makes_a_consultation_corrective() -> None:
    myth = row(1, facts=(KnownFact("myth", ("does not spread",)),))
    dose = row(2, facts=(KnownFact("treatment", ("5 mg",)),))
    mix = sft_mix([myth, dose], PairsConfig(neutral_share=0.0, corrective_share=0.5), 1)
    assert {e.id: e.kind for e in mix} == {myth.id: "corrective", dose.id: "distressed"}
