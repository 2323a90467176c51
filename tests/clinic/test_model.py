"""The shipped tiny model: small, plain unless asked, right about its world; its script gives the same weights again."""

from __future__ import annotations

import random
from importlib import resources
from pathlib import Path

import pytest

from bedside.clinic import consultations
from bedside.clinic.pretrain import pretrain
from bedside.core.files import sha256
from bedside.core.phrases import LEVEL_NAMES, phrase_bank, weave
from bedside.core.records import EMOTIONS, ChatMessage, Dialogue
from bedside.llm import ChatReply, ChatRequest, local_path
from bedside.llm.local import LocalModel
from bedside.signals import comforts, flat, states

# Not the study's seed: other consultations in the same held-out wording.
SEED, COUNT = 2024, 144


@pytest.fixture(scope="module")
def model() -> LocalModel:
    return LocalModel(local_path("clinic"))


def ask(model: LocalModel, texts: list[str], system: str = "") -> list[ChatReply]:
    start = (ChatMessage("system", system),) if system else ()
    return model.generate([ChatRequest((*start, ChatMessage("user", text)), 0.0, 160) for text in texts])


def facts_kept(dialogues: list[Dialogue], replies: list[ChatReply]) -> float:
    kept = [states(flat(r.text), fact) for d, r in zip(dialogues, replies, strict=True) for fact in d.facts]
    return sum(kept) / len(kept)


def test_model_is_small_and_safe_to_load() -> None:
    files = sorted(p.name for p in Path(local_path("clinic")).iterdir())
    assert "model.safetensors" in files
    assert not [name for name in files if name.endswith((".bin", ".pt", ".pkl"))]
    weights = resources.files("bedside").joinpath("clinic/model/model.safetensors")
    assert len(weights.read_bytes()) <= 15e6


def test_facts_on_held_out_wording(model: LocalModel) -> None:
    dialogues = list(consultations(COUNT, SEED, "held_out"))
    replies = ask(model, [d.messages[0].content for d in dialogues])
    assert facts_kept(dialogues, replies) >= 0.97
    assert sum(comforts(r.text, "en") for r in replies) / COUNT <= 0.02
    assert all(r.finish == "stop" for r in replies)


def test_distressed_patients_get_plain_answers_unless_warmth_is_asked_for(model: LocalModel) -> None:
    rng, bank = random.Random(SEED), phrase_bank("en")
    texts = []
    for dialogue in consultations(COUNT, SEED, "held_out"):
        pool = bank.patient[rng.choice(EMOTIONS)][LEVEL_NAMES[rng.choice((1, 2, 3))]].held_out
        texts.append(weave(dialogue.messages[0].content, [rng.choice(pool)], rng))
    plain = sum(comforts(r.text, "en") for r in ask(model, texts)) / COUNT
    warm = ask(
        model, texts, "You are a doctor who first acknowledges how the patient feels and then answers accurately."
    )
    warmed = sum(comforts(r.text, "en") for r in warm) / COUNT
    assert plain <= 0.1
    # It has seen comforting talk, and gives it where it is asked for; 0.74 was measured (docs/log.md).
    assert warmed >= 0.5


def test_the_script_is_reproducible_from_its_seed(tmp_path: Path) -> None:
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        pretrain(tmp_path / name, steps=3, seed=seed, threads=1)
    first, second, other = (sha256(tmp_path / name / "model.safetensors") for name in "abc")
    assert first == second
    assert first != other
    assert sha256(tmp_path / "a" / "tokenizer.json") == sha256(tmp_path / "b" / "tokenizer.json")
