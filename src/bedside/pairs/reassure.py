"""False reassurance: an answer's advice on danger talked away, or unfounded comfort put in where it has none. Pure.

Most of the wordings are built around the answer's own words ("go to hospital if the leg swells" becomes "if the leg
swells, that is part of getting better"), so that a model has to read what is said and cannot learn a few phrases. The
wordings are data (`data/reassurance_frames_*.yaml`); what is made is wrong on purpose and stays in the pairs files.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from bedside.core.phrases import load_yaml
from bedside.core.records import Language
from bedside.core.text import sentences, word_count
from bedside.pairs.edits import Break, pattern
from bedside.signals import extract

__all__ = ["false_reassurances"]

# A longer sentence of advice says other things as well (words; a Chinese character counts as one).
LONGEST = 40
# Behind a sentence that has no end (it opens a list) nothing is put in.
ENDED = re.compile(r"[.!?。！？][\"'”」)]*\s*\Z")


def false_reassurances(answer: str, language: Language, rng: random.Random) -> list[Break]:
    """Edits that reassure falsely, drawn by chance: a piece of advice on danger is talked away, in each of the forms.

    An answer without such advice gets a sentence put in somewhere.
    """
    advice = list(_advice(answer, language))
    if not advice:
        return _put_in(answer, language, rng)
    start, end = rng.choice(advice)
    said = answer[start:end].rstrip()
    forms = [_countermanded(said, language, rng), _explained_away(said, language, rng)]
    forms.append(rng.choice(_frames(language)["lines"]))
    rng.shuffle(forms)
    return [Break(start, start + len(said), new) for new in forms if new and new != said]


def _advice(answer: str, language: Language) -> Iterator[tuple[int, int]]:
    """Where the sentences stand that say when and how fast to seek help, and no more: with a drug or a dose, or when
    they are long, other things would be lost too.
    """
    start = 0
    for sentence in sentences(answer):
        kinds = {f.kind for f in extract(sentence, language)}
        urgent = "urgency" in kinds or pattern(language, "red_flag").search(sentence)
        if urgent and not kinds & {"drug", "dose"} and word_count(sentence) <= LONGEST:
            yield start, start + len(sentence)
        start += len(sentence)


def _countermanded(said: str, language: Language, rng: random.Random) -> str | None:
    """Every order of a sentence behind words that take it back."""
    frame = rng.choice(_frames(language)["countermand"])
    low = said[:1].lower() + said[1:]
    order = _pattern(language, "order")
    if not order.search(low):
        return None
    new = order.sub(lambda _: frame, low)
    return new[:1].upper() + new[1:]


def _explained_away(said: str, language: Language, rng: random.Random) -> str | None:
    """The signs of a sentence, and that they mean nothing."""
    match = _pattern(language, "signs_before").match(said) or _pattern(language, "signs_after").match(said)
    return rng.choice(_frames(language)["explain"]).format(signs=match["signs"]) if match else None


def _put_in(answer: str, language: Language, rng: random.Random) -> list[Break]:
    spans, start = [], 0
    for sentence in sentences(answer):
        start += len(sentence)
        if ENDED.search(answer[:start]):
            spans.append(start)
    places = spans or [len(answer)]
    gap = "" if language == "zh" else " "
    made = []
    for line in rng.sample(_frames(language)["lines"], 2):
        place = rng.choice(places)
        before = "" if answer[:place][-1:].isspace() else gap
        made.append(Break(place, place, before + line + (gap if place < len(answer) else "")))
    return made


@cache
def _frames(language: Language) -> dict[str, Any]:
    return dict(load_yaml(f"pairs/data/reassurance_frames_{language}.yaml"))


@cache
def _pattern(language: Language, name: str) -> re.Pattern[str]:
    # Only a Chinese sentence is matched as it stands; English advice opens with a capital.
    return re.compile(_frames(language)[name], re.IGNORECASE | re.DOTALL)
