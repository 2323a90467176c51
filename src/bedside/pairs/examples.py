"""Rewrites into training examples: the SFT mix, preferences and labels. Pure; conversations are kept whole."""

from __future__ import annotations

import random
from collections.abc import Iterator

from bedside.core.config import PairsConfig
from bedside.core.phrases import phrase_bank, surround
from bedside.core.records import (
    EMOTIONS,
    ChatMessage,
    Label,
    Message,
    PlannedEmotion,
    Preference,
    Rewrite,
    SftExample,
    chat_messages,
)
from bedside.pairs.mutations import break_fact, reassure_falsely

__all__ = ["labels", "preferences", "sft_mix"]


def sft_mix(rewrites: list[Rewrite], config: PairsConfig, seed: int) -> list[SftExample]:
    """Distressed to soothing, and neutral to plain up to the configured share; shuffled by the seed.

    Neutral examples are the neutral rewrites, then the calm originals of distressed ones. Where there are too few of
    them for the share, distressed examples are left out, not neutral ones doubled.
    """
    rng = random.Random(f"sft {seed}")
    distressed = [_sft(r, _kind(r), r.rewritten, config) for r in rewrites if r.emotion != "neutral"]
    neutral = [_sft(r, "neutral", r.rewritten, config) for r in rewrites if r.emotion == "neutral"]
    calm = [_sft(r, "neutral original", r.original, config) for r in rewrites if r.emotion != "neutral"]
    for part in (distressed, neutral, calm):
        rng.shuffle(part)
    plain = [*neutral, *calm]
    share = config.neutral_share
    if share == 1:
        distressed = []
    else:
        wanted = round(len(distressed) * share / (1 - share))
        if wanted > len(plain):
            distressed = distressed[: round(len(plain) * (1 - share) / share)]
        plain = plain[:wanted]
    mix = [*distressed, *plain]
    rng.shuffle(mix)
    return mix


def preferences(rewrites: list[Rewrite], config: PairsConfig, seed: int) -> list[Preference]:
    """One preference a rewrite; the kinds of the rejected side take turns, so that each is met equally often."""
    rng = random.Random(f"preferences {seed}")
    kinds = [kind for kind in config.rejected if kind != "unneeded comfort"]
    made, turn = [], 0
    for row in rng.sample(rewrites, len(rewrites)):
        if row.emotion == "neutral":
            if "unneeded comfort" in config.rejected:
                made.append(_unneeded_comfort(row, config, rng))
            continue
        for offset in range(len(kinds)):
            preference = _preference(row, kinds[(turn + offset) % len(kinds)], config, rng)
            if preference is not None:
                made.append(preference)
                break
        turn += 1
    return made


def labels(made: list[Preference]) -> Iterator[Label]:
    """The same answers, each with its own verdict (KTO needs no pairs)."""
    for p in made:
        yield Label(f"{p.id}/wanted", p.kind, p.prompt, p.chosen, True)
        yield Label(f"{p.id}/unwanted", p.kind, p.prompt, p.rejected, False)


def _kind(row: Rewrite) -> str:
    return "corrective" if row.recipe == "corrective" else "distressed"


def _sft(row: Rewrite, kind: str, messages: tuple[Message, ...], config: PairsConfig) -> SftExample:
    return SftExample(row.id, kind, (*_system(config), *chat_messages(messages)))


def _preference(row: Rewrite, kind: str, config: PairsConfig, rng: random.Random) -> Preference | None:
    place = _first_difference(row)
    good = row.rewritten[place].content
    if kind == "plain":
        bad = row.original[place].content
    elif kind == "false reassurance":
        bad = reassure_falsely(good, row.language, rng).text
    else:
        mutated = break_fact(good, row.language, rng)
        if mutated is None:
            return None
        bad, kind = mutated.text, f"fact broken: {mutated.kind}"
    return _paired(row, kind, place, (good, bad), config)


def _unneeded_comfort(row: Rewrite, config: PairsConfig, rng: random.Random) -> Preference:
    place = next(i for i, m in enumerate(row.rewritten) if m.role == "doctor")
    good = row.rewritten[place].content
    bad = surround(good, phrase_bank(row.language), PlannedEmotion(rng.choice(EMOTIONS), 2, "explicit concern"), rng)
    return _paired(row, "unneeded comfort", place, (good, bad), config)


def _paired(row: Rewrite, kind: str, place: int, answers: tuple[str, str], config: PairsConfig) -> Preference:
    prompt = (*_system(config), *chat_messages(row.rewritten[:place]))
    chosen, rejected = ((ChatMessage("assistant", text),) for text in answers)
    return Preference(row.id, kind, prompt, chosen, rejected)


def _first_difference(row: Rewrite) -> int:
    """The doctor's first turn that the rewrite changed; the turns before it are the prompt."""
    turns = enumerate(zip(row.original, row.rewritten, strict=True))
    doctor = [(i, before, after) for i, (before, after) in turns if after.role == "doctor"]
    return next((i for i, before, after in doctor if before != after), doctor[-1][0])


def _system(config: PairsConfig) -> tuple[ChatMessage, ...]:
    return (ChatMessage("system", config.system_prompt),) if config.system_prompt else ()
