"""Preferences: one for each rewrite, the kinds of the rejected side in the measure that was asked for. Pure.

The prompt is the conversation up to the answer, whole. In a conversation of several turns the answer is the first that
the rewrite changed, or, where nothing in it can be broken, a later one.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from bedside.core.config import PairsConfig, RejectedKind
from bedside.core.records import ChatMessage, LeftOut, LeftOutReason, Preference, Rewrite
from bedside.pairs.conversations import chat
from bedside.pairs.rejected import Rejected, RejectedSides

__all__ = ["Preferences", "preferences", "weights"]


class Preferences(NamedTuple):
    """The preferences, the rewrites without one, and how often a kind could not be made and another took its turn."""

    made: list[Preference]
    left_out: list[LeftOut]
    passed_over: Counter[str]


def preferences(rewrites: list[Rewrite], config: PairsConfig, seed: int) -> Preferences:
    """At most one preference a rewrite. The kind that is furthest behind its share is tried first."""
    rng = random.Random(f"preferences {seed}")
    sides = RejectedSides(config, rng)
    shares = weights(config)
    shares.pop("unneeded comfort", None)
    result = Preferences([], [], Counter())
    families: Counter[str] = Counter()
    for row in rng.sample(rewrites, len(rewrites)):
        kinds = _in_turn(shares, families) if row.emotion != "neutral" else _calm(config)
        failed: dict[str, LeftOutReason] = {}
        for kind in kinds:
            made = _preference(row, kind, sides, config)
            if isinstance(made, Preference):
                result.made.append(made)
                families[kind] += 1
                break
            failed[kind] = made
        else:
            result.left_out.append(_left_out(row, failed))
            continue
        result.passed_over.update(f"{kind}, {reason}" for kind, reason in failed.items())
    return result


def weights(config: PairsConfig) -> dict[RejectedKind, float]:
    """The weight of each kind; equal where only names were given."""
    return dict(config.rejected if isinstance(config.rejected, dict) else dict.fromkeys(config.rejected, 1.0))


def _in_turn(shares: dict[RejectedKind, float], made: Counter[str]) -> list[RejectedKind]:
    """The kinds, the one that is furthest behind its share first; among equals, as they were named."""
    total, so_far = sum(shares.values()), sum(made[kind] for kind in shares)
    return sorted(shares, key=lambda kind: made[kind] - shares[kind] / total * (so_far + 1))


def _calm(config: PairsConfig) -> list[RejectedKind]:
    return ["unneeded comfort"] if "unneeded comfort" in config.rejected else []


def _left_out(row: Rewrite, failed: dict[str, LeftOutReason]) -> LeftOut:
    calm = row.emotion == "neutral"
    reason: LeftOutReason = next(iter(failed.values()), "no_kind_for_calm" if calm else "nothing_to_break")
    return LeftOut(row.id, "preferences", reason, "; ".join(f"{kind}: {why}" for kind, why in failed.items()))


def _preference(
    row: Rewrite, kind: RejectedKind, sides: RejectedSides, config: PairsConfig
) -> Preference | LeftOutReason:
    why: LeftOutReason = "sides_equal"
    for place in _answers(row, kind):
        good = row.rewritten[place].content
        made = _rejected(row, kind, place, sides)
        if isinstance(made, Rejected):
            prompt = chat(row.rewritten[:place], config.system_prompt)
            chosen, rejected = ((ChatMessage("assistant", text),) for text in (good, made.text))
            return Preference(row.id, made.kind, prompt, chosen, rejected, made.right, made.wrong)
        why = made
    return why


def _rejected(row: Rewrite, kind: RejectedKind, place: int, sides: RejectedSides) -> Rejected | LeftOutReason:
    good = row.rewritten[place].content
    match kind:
        case "plain":
            return sides.plain(good, row.original[place].content)
        case "unneeded comfort":
            return sides.unneeded_comfort(good, row.language)
        case "false reassurance":
            return sides.false_reassurance(good, row.language)
        case "fact broken":
            return sides.fact_broken(good, row.language)


def _answers(row: Rewrite, kind: RejectedKind) -> Iterator[int]:
    """Places of the doctor's turns as they are tried: first those that the rewrite changed; plain has only these."""
    turns = enumerate(zip(row.original, row.rewritten, strict=True))
    doctor = [(i, before != after) for i, (before, after) in turns if after.role == "doctor"]
    yield from (i for i, changed in doctor if changed)
    if kind != "plain":
        yield from (i for i, changed in doctor if not changed)
