"""The clinic's exam: multiple-choice questions over the world, in the shape in which the clinic's model knows it.

A question is a patient's message in held-out wording; its four options are what the doctor would say first, each the
true statement about some condition, the wrong ones about conditions of the same area where there are enough. For a dose
the wrong options are the same sentence with other doses. The right option takes each place equally often within each
kind of question. Says nothing about medicine beyond the authored world.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from typing import Literal, get_args

from bedside.clinic.generator import SOURCE, patient_words, relation_for, statements
from bedside.clinic.world import Condition, World, load_world
from bedside.core.records import ExamItem

__all__ = ["KINDS", "OPTIONS", "Kind", "questions"]

Kind = Literal["diagnosis", "treatment", "dose", "test", "red_flag", "myth"]
KINDS: tuple[Kind, ...] = get_args(Kind)
# What the patient asks, by what the question is about.
ASKS: dict[Kind, str] = {
    "diagnosis": "what_is_it",
    "treatment": "what_to_take",
    "dose": "what_to_take",
    "test": "need_test",
    "red_flag": "when_to_worry",
    "myth": "belief",
}
OPTIONS = 4
DOSE = re.compile(r"\b(\d+(?:\.\d+)?)( (?:mg|micrograms|g|ml)|%)")
# Factors by which the wrong doses differ.
FACTORS = (0.1, 0.5, 2, 4, 10)


def questions(count: int, seed: int) -> Iterator[ExamItem]:
    """Yield `count` questions; kinds take turns, and so do the conditions of each, in shuffled order."""
    world = load_world()
    rng = random.Random(f"clinic exam {seed}")
    decks: dict[Kind, list[Condition]] = {kind: [] for kind in KINDS}
    asked: dict[Kind, int] = dict.fromkeys(KINDS, 0)
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        if not decks[kind]:
            fit = [c for c in world.conditions if kind != "dose" or _doses(_said(c, "treatment"))]
            decks[kind] = rng.sample(fit, len(fit))
        answer = asked[kind] % OPTIONS
        asked[kind] += 1
        yield _question(world, decks[kind].pop(), kind, (number, answer), rng)


def _question(world: World, condition: Condition, kind: Kind, at: tuple[int, int], rng: random.Random) -> ExamItem:
    number, answer = at
    relation = relation_for(condition, rng, world.frames)
    words = patient_words(condition, ASKS[kind], relation, kind == "diagnosis", (rng, world.frames, "held_out"))
    wrong = _other_doses(condition, rng) if kind == "dose" else _others(world, condition, kind, rng)
    options = [*wrong[:answer], _said(condition, kind), *wrong[answer:]]
    places = [place for place in range(OPTIONS) if place != answer]
    return ExamItem(
        id=f"clinic-exam-{number}",
        source=SOURCE,
        language="en",
        question=words,
        options=tuple(options),
        answer=answer,
        belief=rng.choice(places),
        subject=f"{condition.id}/{kind}",
        form="consultation",
    )


def _said(condition: Condition, kind: Kind) -> str:
    if kind == "diagnosis":
        return f"This sounds like {condition.name}."
    return statements(condition)["treatment" if kind == "dose" else kind].say[0]


def _keys(condition: Condition, kind: Kind) -> tuple[str, ...]:
    return (condition.name,) if kind == "diagnosis" else statements(condition)[kind].keys


def _others(world: World, condition: Condition, kind: Kind, rng: random.Random) -> list[str]:
    """What is said about three other conditions, none of which would be right here too."""
    right, keys = _said(condition, kind), _keys(condition, kind)
    # Many emergencies are met alike ("call an ambulance"), so there only the whole statement makes an option right.
    alike = all if kind in ("red_flag", "myth") else any
    near: list[str] = []
    far: list[str] = []
    for other in rng.sample(world.conditions, len(world.conditions)):
        text = _said(other, kind)
        same = alike(key in text.lower() for key in keys) or alike(k in right.lower() for k in _keys(other, kind))
        if other.id != condition.id and not same:
            (near if other.area == condition.area else far).append(text)
    return list(dict.fromkeys([*near, *far]))[: OPTIONS - 1]


def _doses(text: str) -> list[str]:
    return [found[0] for found in DOSE.finditer(text)]


def _other_doses(condition: Condition, rng: random.Random) -> list[str]:
    """The same sentence with three other doses in the place of its first."""
    text = _said(condition, "treatment")
    found = DOSE.search(text)
    assert found is not None, "only conditions with a dose are asked for one"
    factors = rng.sample(FACTORS, OPTIONS - 1)
    return [f"{text[: found.start()]}{float(found[1]) * factor:g}{found[2]}{text[found.end() :]}" for factor in factors]
