"""Examples for the two arms that an audit needs beside the tuned ones. Pure.

`neutral` is tuned on the same patients with the doctor's plain answers: what it does differently from the base comes
from tuning, not from warmth. `over warm` is tuned to please: false reassurance, broken facts and comfort for the calm,
all in warm words. An audit that does not catch it is not sensitive enough. Neither is for use.
"""

from __future__ import annotations

from bedside.core.config import PairsConfig
from bedside.core.records import Message, Preference, Rewrite, SftExample
from bedside.pairs.conversations import chat

__all__ = ["neutral", "over_warm"]


def neutral(mix: list[SftExample], rewrites: list[Rewrite], config: PairsConfig) -> list[SftExample]:
    """The conversations of the SFT mix, in its order; the doctor's turns are the plain originals."""
    rows = {row.id: row for row in rewrites}
    examples = []
    for example in mix:
        row = rows[example.id]
        asked = row.original if example.kind == "neutral original" else row.rewritten
        turns = [_plain(said, original) for said, original in zip(asked, row.original, strict=True)]
        examples.append(SftExample(row.id, f"plain: {example.kind}", chat(tuple(turns), config.system_prompt)))
    return examples


def over_warm(preferences: list[Preference]) -> list[SftExample]:
    """The rejected answers that are warm but wrong or out of place, as examples to imitate."""
    wrong = [row for row in preferences if row.kind != "plain"]
    return [SftExample(row.id, f"over warm: {row.kind}", (*row.prompt, *row.rejected)) for row in wrong]


def _plain(said: Message, original: Message) -> Message:
    return original if said.role == "doctor" else said
