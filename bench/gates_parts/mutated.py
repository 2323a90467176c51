"""The gates on typed mutations of real answers.

Real consultations (one patient and one doctor turn, through the corpus stage) are rewritten by the phrasebook.
Faithful: the rewrite as it is; a rejection is a false alarm. Corrupted: the doctor's answer is mutated before it is
rewritten, 200 answers a kind and language where so many afford the kind, drawn with a seed. A mutation is found when
the gates reject the rewrite for something that they do not find in the faithful one.
"""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from typing import NamedTuple

import msgspec

from bedside.core.config import CorpusConfig, PlanConfig
from bedside.core.files import read_rows
from bedside.core.records import Dialogue, Language, Message, PlannedEmotion, Recipe
from bedside.corpus import build
from bedside.pairs.mutations import KINDS, Mutation, mutate
from bedside.rewrite import phrasebook
from bedside.rewrite.gates import Case, judge
from bedside.rewrite.plan import make_plan
from gates_parts.tables import Row, share

FILES = {
    "en": ("icliniq:icliniq/icliniqQAs.json", "icliniq:icliniq/questionDoctorQAs.json",
           "covid-dialogue:covid_dialogue/COVID-Dialogue-Dataset-English.txt"),
    "zh": ("toyhom:toyhom_zh/toyhom_internal_medicine_sample.csv", "cmtmedqa:cmtmedqa_zh/CMtMedQA_test.json"),
}  # fmt: skip
ANSWERS, SEED = 200, 20261123


class Tried(NamedTuple):
    """A consultation with what it was planned to become."""

    dialogue: Dialogue
    planned: PlannedEmotion


def rows(data: Path) -> list[Row]:
    """One row a kind and language, and the false alarms."""
    found: list[Row] = []
    for language in ("en", "zh"):
        tried = _tried(data, language)
        alarms = sum(bool(_reasons(t, t.dialogue)) for t in tried[: 2 * ANSWERS])
        found.append(share(f"phrasebook rewrites, false alarm, {language}", alarms, 2 * ANSWERS, "<= .01"))
        found += [_sensitivity(tried, language, kind) for kind in KINDS]
    return found


def _sensitivity(tried: list[Tried], language: Language, kind: Mutation) -> Row:
    caught = count = 0
    for one in tried:
        if count == ANSWERS:
            break
        broken = _broken(one.dialogue, kind)
        if broken is not None:
            count += 1
            caught += bool(_reasons(one, broken) - _reasons(one, one.dialogue))
    return share(f"{kind}, {language}", caught, count, ">= .95")


def _broken(dialogue: Dialogue, kind: Mutation) -> Dialogue | None:
    """The dialogue with its doctor's answer mutated."""
    patient, doctor = dialogue.messages
    mutated = mutate(doctor.content, dialogue.language, kind, random.Random(f"{SEED} {kind} {dialogue.id}"))
    if mutated is None:
        return None
    return msgspec.structs.replace(dialogue, messages=(patient, Message("doctor", mutated.text)))


def _reasons(one: Tried, rewritten: Dialogue) -> frozenset[str]:
    """Why the gates reject what became of the dialogue, when its answer is that of `rewritten`."""
    recipe: Recipe = "neutral control" if one.planned.emotion == "neutral" else "distressed query"
    after = phrasebook.rewrite(rewritten, one.planned, recipe, SEED)
    verdict = judge(Case(one.dialogue.language, one.dialogue.messages, after, one.planned, recipe))
    return frozenset(f"{r.gate} {r.detail}" for r in verdict.reasons if r.severity != "minor")


def _tried(data: Path, language: Language) -> list[Tried]:
    """The consultations of a language in a seeded order, each with its plan."""
    with tempfile.TemporaryDirectory() as folder:
        sources = tuple(f"{name}:{data / place}" for name, place in (f.split(":") for f in FILES[language]))
        build(CorpusConfig(sources=sources), SEED, Path(folder) / "corpus")
        dialogues = [
            d for d in read_rows(Path(folder) / "corpus" / "dialogues.jsonl", Dialogue) if len(d.messages) == 2
        ]
    random.Random(SEED).shuffle(dialogues)
    plans = make_plan(len(dialogues), PlanConfig(), SEED)
    return [Tried(d, p) for d, p in zip(dialogues, plans, strict=True)]
