"""The SFT mix: distressed patients soothed, calm ones answered plainly, false beliefs corrected. Pure.

Shares are met by leaving examples out, never by telling one twice.
"""

from __future__ import annotations

import random

from bedside.core.config import PairsConfig
from bedside.core.errors import UserMistake
from bedside.core.records import Message, Rewrite, SftExample
from bedside.pairs.conversations import chat

__all__ = ["sft_mix"]


def sft_mix(rewrites: list[Rewrite], config: PairsConfig, seed: int) -> list[SftExample]:
    """As many examples as the shares allow; shuffled by the seed.

    Neutral examples are the neutral rewrites, then the calm originals of distressed ones. Where one part has too few
    for its share, the others are made smaller.

    Raises:
        UserMistake: corrective examples are asked for, and there is none.
    """
    rng = random.Random(f"sft {seed}")
    feeling = [r for r in rewrites if r.emotion != "neutral"]
    apart = config.corrective_share is not None
    distressed = [_example(r, _kind(r), r.rewritten, config) for r in feeling if not (apart and _corrects(r))]
    neutral = [_example(r, "neutral", r.rewritten, config) for r in rewrites if r.emotion == "neutral"]
    calm = [_example(r, "neutral original", r.original, config) for r in feeling]
    corrective = [_example(r, "corrective", r.rewritten, config) for r in feeling if apart and _corrects(r)]
    for part in (distressed, neutral, calm, corrective):
        rng.shuffle(part)
    if config.corrective_share and not corrective:
        raise UserMistake(
            f"corrective_share is {config.corrective_share:g}, and no accepted rewrite is corrective",
            remedy="Rewrite some dialogues with the recipe `corrective`, or leave corrective_share out.",
        )
    mix = _in_shares((distressed, [*neutral, *calm], corrective), config)
    rng.shuffle(mix)
    return mix


Part = list[SftExample]


def _in_shares(parts: tuple[Part, Part, Part], config: PairsConfig) -> list[SftExample]:
    """The largest mix of distressed, neutral and corrective examples in their shares."""
    corrective = config.corrective_share or 0.0
    shares = (1 - config.neutral_share - corrective, config.neutral_share, corrective)
    wanted = [(part, share) for part, share in zip(parts, shares, strict=True) if share > 1e-9]
    total = min(len(part) / share for part, share in wanted)
    return [example for part, share in wanted for example in part[: round(total * share)]]


def _corrects(row: Rewrite) -> bool:
    """A distressed patient says or asks about something false; the answer soothes and corrects."""
    return row.recipe == "corrective" or any(fact.kind == "myth" for fact in row.facts)


def _kind(row: Rewrite) -> str:
    return "corrective" if _corrects(row) else "distressed"


def _example(row: Rewrite, kind: str, messages: tuple[Message, ...], config: PairsConfig) -> SftExample:
    return SftExample(row.id, kind, chat(messages, config.system_prompt))
