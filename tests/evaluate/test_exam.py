"""An arm sits the exam: by likelihood or by letter, resumed without a trace, under its system prompt."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from bedside.core.config import EvaluateConfig
from bedside.core.errors import UserMistake
from bedside.core.evaluate_config import SKINS, ArmConfig, ExamConfig
from bedside.core.files import read_rows, write_rows
from bedside.core.records import ExamItem, ExamScore
from bedside.evaluate import build
from bedside.evaluate.exam import EXAM_PARTS, choice_of, in_chat, in_text, sit
from bedside.evaluate.exam_endpoint import Sitting, letter_request
from bedside.evaluate.posing import pose
from bedside.llm import local_path
from bedside.llm.local import load_tokenizer


def an_item(number: int, **more: Any) -> ExamItem:
    given: dict[str, Any] = {
        "id": f"x/{number}",
        "source": "x",
        "language": "en",
        "question": f"Which drug is given for problem {number}?" + " It lasts." * number,
        "options": ("Aspirin", "Warfarin", "Heparin", "Naproxen gel"),
        "answer": number % 4,
        "belief": (number + 1) % 4,
    }
    return ExamItem(**(given | more))


ITEMS = [an_item(number) for number in range(70)]


def sat(model: Path, folder: Path, **settings: Any) -> list[ExamScore]:
    return sit("base", f"local:{model}", ITEMS, ExamConfig(**settings), folder)


def test_every_item_is_scored_in_every_skin(random_model: Path, tmp_path: Path) -> None:
    scores = sat(random_model, tmp_path)
    assert [(s.item, s.skin) for s in scores] == [(item.id, skin) for item in ITEMS for skin in SKINS]
    for score in scores:
        assert len(score.log_likelihoods) == 4
        assert score.choice == choice_of(score.log_likelihoods)
        assert score.correct == (score.choice == score.answer)
        assert score.unscored == ""
    # Batches and parts change nothing beyond rounding.
    small = sat(random_model, tmp_path / "small", batch_size=3, skins=("both",))
    for one, other in zip((s for s in scores if s.skin == "both"), small, strict=True):
        assert one.log_likelihoods == pytest.approx(other.log_likelihoods, abs=1e-4)
        assert one.wording == other.wording


def test_the_first_of_equals_is_chosen() -> None:
    assert choice_of((-2.0, -1.0, -1.0)) == 1


def test_an_interrupted_exam_goes_on(random_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from bedside.llm import likelihood

    whole = sat(random_model, tmp_path / "whole")
    calls, real = [], likelihood.log_likelihoods

    def stopping(*given: Any) -> likelihood.Likelihoods:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*given)

    monkeypatch.setattr(likelihood, "log_likelihoods", stopping)
    with pytest.raises(KeyboardInterrupt):
        sat(random_model, tmp_path / "cut")
    assert [part.name for part in (tmp_path / "cut" / EXAM_PARTS).iterdir()] == ["0.jsonl"]
    calls.clear()
    calls.extend([1, 1])
    assert sat(random_model, tmp_path / "cut") == whole
    assert len(calls) == 2 + 2, "70 items are three parts, and one was done"


def test_a_system_prompt_reaches_the_model(random_model: Path, tmp_path: Path) -> None:
    config, model = ExamConfig(skins=("plain",)), f"local:{random_model}"
    bare = sit("base", model, ITEMS[:4], config, tmp_path / "a")
    told = sit("base", model, ITEMS[:4], config, tmp_path / "b", "Answer as a kind doctor.")
    assert [s.log_likelihoods for s in bare] != [s.log_likelihoods for s in told]


def test_the_template_is_used_where_the_model_brings_one(random_model: Path, tmp_path: Path) -> None:
    default, chat, text = (
        [s.log_likelihoods for s in sat(random_model, tmp_path / name, skins=("plain",), **more)]
        for name, more in (("d", {}), ("c", {"chat": True}), ("t", {"chat": False}))
    )
    assert default == chat != text  # the clinic's tokenizer brings its own template
    base = tmp_path / "base"
    shutil.copytree(random_model, base)
    (base / "chat_template.jinja").unlink()
    assert [s.log_likelihoods for s in sat(base, tmp_path / "b", skins=("plain",))] == text
    # Tuned, such a model carries bedside's own template; it is asked as its base is.
    load_tokenizer(str(base)).save_pretrained(base)
    assert (base / "chat_template.jinja").is_file()
    assert [s.log_likelihoods for s in sat(base, tmp_path / "e", skins=("plain",))] == text


def test_an_adapter_sits_at_its_level_of_the_dial(random_model: Path, tmp_path: Path) -> None:
    import torch
    from peft import LoraConfig, get_peft_model

    from bedside.llm.local import load_model

    torch.manual_seed(1)
    tuned = get_peft_model(
        load_model(str(random_model)), LoraConfig(r=4, target_modules="all-linear", init_lora_weights=False)
    )
    tuned.save_pretrained(tmp_path / "tuned")
    load_tokenizer(str(random_model)).save_pretrained(tmp_path / "tuned")
    config = ExamConfig(skins=("plain",))

    def values(model: str) -> list[tuple[float, ...]]:
        return [s.log_likelihoods for s in sit("a", model, ITEMS[:4], config, tmp_path / model.replace("/", "_"))]

    base, none, half, whole = (
        values(f"local:{model}")
        for model in (random_model, f"{tmp_path / 'tuned'}@0", f"{tmp_path / 'tuned'}@0.5", tmp_path / "tuned")
    )
    for one, other in zip(base, none, strict=True):
        assert one == pytest.approx(other, abs=1e-5)
    for one, other, level_1 in zip(base, half, whole, strict=True):
        assert one != pytest.approx(other, abs=1e-4)
        assert other != pytest.approx(level_1, abs=1e-4)


def test_how_a_prompt_is_put_together() -> None:
    item = an_item(1, form="mmlu", subject="anatomy")
    posed = pose(item, "plain")
    about = "The following are multiple choice questions (with answers) about anatomy.\n\n"
    assert in_text(posed, "Be kind.").context == f"Be kind.\n\n{about}{posed.text}"
    assert in_text(posed, "").continuations == (" A", " B", " C", " D")
    tokenizer = load_tokenizer(local_path("clinic"))
    asked = in_chat(tokenizer, posed, "Be kind.")
    assert asked.continuations == ("A", "B", "C", "D")
    system = f"<|system|>\nBe kind.\n\n{about}<|end|>\n"
    assert asked.context == f"{system}<|user|>\n{posed.text}<|end|>\n<|assistant|>\n"
    tokenizer.chat_template = (
        "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system') }}{% endif %}"
        "[{{ m.content }}]{% endfor %}"
    )
    assert in_chat(tokenizer, posed, "Be kind.").context == f"[Be kind.\n\n{about.rstrip()}\n\n{posed.text}]"
    tokenizer.chat_template = (
        "{{ messages[-1].content }}"
        "{% if enable_thinking is defined and not enable_thinking %}<no thoughts>{% else %}<think>{% endif %}"
    )
    assert in_chat(tokenizer, posed, "").context.endswith("<no thoughts>")


def test_a_prompt_that_is_too_long_is_told(random_model: Path, tmp_path: Path) -> None:
    items = [an_item(0), an_item(1, question="Fever and cough. " * 400)]
    scores = sit("base", f"local:{random_model}", items, ExamConfig(), tmp_path)
    assert [s.cut for s in scores] == [False] * 4 + [True] * 4


def script(folder: Path, *lines: dict[str, Any]) -> str:
    path = folder / "script.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return f"scripted:{path}"


def test_a_model_without_log_probabilities_is_asked_for_a_letter(tmp_path: Path) -> None:
    replies: list[dict[str, Any]] = [
        {"contains": "problem 0?", "reply": "A"},
        {"contains": "problem 1?", "reply": "The answer is C."},
        {"contains": "problem 2?", "reply": "I am sorry that you feel so."},
        {"contains": "problem 3?", "fail": True},
    ]
    scores = sit("base", script(tmp_path, *replies), ITEMS[:4], ExamConfig(skins=("plain",)), tmp_path)
    assert [(s.choice, s.correct, s.unscored) for s in scores] == [
        (0, True, ""),
        (2, False, ""),
        (None, None, "names no one option"),
        (None, None, "error: scripted failure"),
    ]
    assert all(s.log_likelihoods == () for s in scores)


def test_the_letter_is_asked_for_with_all_options_shown() -> None:
    for form in ("medqa", "pubmedqa", "consultation"):
        request, _ = letter_request(Sitting(an_item(0, form=form), "false belief"), "Be kind.")
        system, user = request.messages
        assert (system.role, system.content) == ("system", "Be kind.")
        for line in ("A. Aspirin", "D. Naproxen gel", "Reply with the letter of the one correct option"):
            assert user.content.count(line) == 1


def test_the_stage_writes_the_exam_of_every_arm(random_model: Path, tmp_path: Path) -> None:
    write_rows(tmp_path / "own.jsonl", ITEMS)
    exam = ExamConfig(sources=(f"jsonl:{tmp_path / 'own.jsonl'}",), limit=5)
    config = EvaluateConfig(exam=exam, arms={"warm": ArmConfig(model="x", system_prompt="Be kind.")})
    arms = dict.fromkeys(("base", "warm"), f"local:{random_model}")
    done = build(config, 0, [], arms, tmp_path / "out")
    asked = list(read_rows(tmp_path / "out" / "exam.jsonl", ExamItem))
    assert len(asked) == 5
    for arm in arms:
        assert done[arm].counts == {"items": 0, "replies": 0, "unscored": 0, "exam": 20, "exam unscored": 0}
        assert not (tmp_path / "out" / arm / EXAM_PARTS).exists()
    base, warm = (list(read_rows(tmp_path / "out" / arm / "exam.jsonl", ExamScore)) for arm in arms)
    assert [(s.item, s.skin) for s in base] == [(item.id, skin) for item in asked for skin in SKINS]
    assert [s.log_likelihoods for s in base] != [s.log_likelihoods for s in warm], "its system prompt was given"
    before = (tmp_path / "out" / "base" / "manifest.json").stat().st_mtime_ns
    build(config, 0, [], arms, tmp_path / "out")
    assert (tmp_path / "out" / "base" / "manifest.json").stat().st_mtime_ns == before
    with pytest.raises(UserMistake, match="nothing to ask"):
        build(EvaluateConfig(), 0, [], arms, tmp_path / "none")
