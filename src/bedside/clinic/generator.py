"""Consultations over the clinic's world: seeded, calm, and with every fact of the answer known exactly.

The patient writes calmly and the doctor answers plainly; emotion and comfort are the rewriter's work.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from bedside.clinic.world import Condition, Frames, Relation, Statement, Wording, World, load_world
from bedside.core.records import Dialogue, KnownFact, Message

__all__ = ["ANSWERS", "consultation", "consultations", "patient_words", "relation_for", "statements"]

SOURCE = "clinic"
LICENCE = "Apache-2.0"

# What the doctor says for each question, after naming the condition.
ANSWERS: dict[str, tuple[str, ...]] = {
    "what_is_it": ("self_care", "red_flag"),
    "what_to_do": ("self_care", "treatment", "red_flag"),
    "what_to_take": ("treatment", "avoid"),
    "need_test": ("test", "red_flag"),
    "when_to_worry": ("red_flag", "self_care"),
    "belief": ("myth", "treatment"),
}
# How often a patient tells symptoms (and the doctor must find the condition) rather than names the condition.
SYMPTOMS_SHARE = 0.75
ADULT_AGES, CHILD_AGES = range(19, 79), range(2, 13)


def consultations(count: int, seed: int, wording: Wording) -> Iterator[Dialogue]:
    """Yield `count` consultations in a wording; conditions take turns in shuffled order.

    A held-out consultation belongs to the test split, any other to the training split.
    """
    world, held_out = load_world(), wording == "held_out"
    rng = random.Random(f"clinic {seed} {held_out}")
    conditions: list[Condition] = []
    for number in range(count):
        if not conditions:
            conditions = rng.sample(world.conditions, len(world.conditions))
        yield consultation(world, conditions.pop(), rng, wording, f"clinic-{'test' if held_out else 'train'}-{number}")


def consultation(world: World, condition: Condition, rng: random.Random, wording: Wording, name: str) -> Dialogue:
    """One consultation about a condition."""
    frames = world.frames
    ask = rng.choice(list(ANSWERS))
    relation = relation_for(condition, rng, frames)
    told = ask == "what_is_it" or (ask != "belief" and rng.random() < SYMPTOMS_SHARE)
    patient = patient_words(condition, ask, relation, told, (rng, frames, wording))
    doctor, facts = _doctor(condition, ask, told, rng, frames)
    return Dialogue(
        id=name,
        source=SOURCE,
        language="en",
        messages=(Message("patient", patient), Message("doctor", doctor)),
        licence=LICENCE,
        split="test" if wording == "held_out" else "train",
        title=f"{condition.id}/{ask}",
        facts=facts,
    )


def relation_for(condition: Condition, rng: random.Random, frames: Frames) -> Relation | None:
    """Someone the patient writes for, or None when the patient is the writer."""
    everyone = [*frames.relations.adult, *frames.relations.child]
    fits = {
        "adult": ("woman", "man"),
        "woman": ("woman",),
        "man": ("man",),
        "child": ("girl", "boy"),
    }
    sexes = {sex for who in condition.who for sex in fits[who]}
    if not sexes <= {"girl", "boy"} and rng.random() < 0.6:
        return None
    return rng.choice([r for r in everyone if r.sex in sexes])


def patient_words(
    condition: Condition,
    ask: str,
    relation: Relation | None,
    told: bool,
    source: tuple[random.Random, Frames, Wording],
) -> str:
    """A patient's message: the condition by its symptoms where these are `told`, otherwise by its name."""
    rng, frames, wording = source
    person = frames.self if relation is None else frames.other
    symptoms = [rng.choice(s.of(wording)) for s in rng.sample(condition.symptoms, 3)]
    child = relation is not None and relation.sex in ("girl", "boy")
    slots = {
        "s1": symptoms[0],
        "s2": symptoms[1],
        "s3": symptoms[2],
        "duration": rng.choice(frames.durations.of(wording)),
        "age": str(rng.choice(CHILD_AGES if child else ADULT_AGES)),
        "name": condition.name,
        "belief": condition.myth.belief,
    }
    if relation is not None:
        slots |= {
            "who": relation.who,
            "Who": _capital(relation.who),
            "they": relation.they,
            "They": _capital(relation.they),
        }
        slots |= {"them": relation.them, "their": relation.their}
    story = [rng.choice((person.presentations if told else person.known).of(wording))]
    if rng.random() < 0.35:
        story.insert(0, rng.choice(person.about.of(wording)))
    parts = [
        rng.choice(person.openings.of(wording)) if rng.random() < 0.7 else "",
        *story,
        rng.choice(frames.asks[ask].of(wording)),
        rng.choice(frames.thanks.of(wording)) if rng.random() < 0.4 else "",
    ]
    return " ".join(part for part in parts if part).format_map(slots)


def _doctor(
    condition: Condition, ask: str, told: bool, rng: random.Random, frames: Frames
) -> tuple[str, tuple[KnownFact, ...]]:
    sentences, facts = [], []
    if told:
        sentences.append(rng.choice(frames.doctor.diagnosis).format(name=condition.name))
        facts.append(KnownFact("diagnosis", (condition.name,)))
    elif ask != "belief" and rng.random() < 0.5:
        sentences.append(rng.choice(frames.doctor.known).format(name=condition.name))
    for kind in ANSWERS[ask]:
        statement = statements(condition)[kind]
        sentences.append(rng.choice(statement.say))
        facts.append(KnownFact(kind, statement.keys))
    return " ".join(sentences), tuple(facts)


def statements(condition: Condition) -> dict[str, Statement]:
    """A condition's statements by kind."""
    return {
        "self_care": condition.self_care,
        "treatment": condition.treatment,
        "test": condition.test,
        "avoid": condition.avoid,
        "red_flag": condition.red_flag,
        "myth": Statement(condition.myth.say, condition.myth.keys),
    }


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
