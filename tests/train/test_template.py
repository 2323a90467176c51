"""A model tuned with one template and asked with another is refused, and it is said what differs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bedside.core.config import EvaluateConfig
from bedside.core.errors import UserMistake
from bedside.evaluate import build as evaluate
from bedside.llm.local import load_tokenizer
from bedside.llm.template import PROBES, render_probes, require_same_template, template_hash, write_probes

from .runs import settings, train


def test_hash_sees_the_template_and_the_tokens(random_model: Path) -> None:
    tokenizer = load_tokenizer(str(random_model))
    first = template_hash(tokenizer)
    assert template_hash(load_tokenizer(str(random_model))) == first
    tokenizer.chat_template = tokenizer.chat_template.replace("<|end|>\\n", "<|end|>")
    assert template_hash(tokenizer) != first
    require_same_template(first, load_tokenizer(str(random_model)), "x")
    with pytest.raises(UserMistake, match="not the one of training"):
        require_same_template(first, tokenizer, "x")


def test_what_differs_is_shown(random_model: Path, tmp_path: Path) -> None:
    tokenizer = load_tokenizer(str(random_model))
    assert len(render_probes(tokenizer)) == 20
    trained = write_probes(tmp_path, tokenizer)
    plain = render_probes(tokenizer)[0].text
    tokenizer.chat_template = tokenizer.chat_template.replace("<|end|>\\n", "<|end|>  ")
    at = plain.index("<|end|>\n") + len("<|end|>")
    with pytest.raises(UserMistake) as told:
        require_same_template(trained, tokenizer, str(tmp_path))
    lines = str(told.value).splitlines()
    assert lines[1] == f"  probe 1, from character {at}"
    assert "<|end|>\\n" in lines[2]
    assert "<|end|>  " in lines[3]


def test_other_tokens_for_the_same_text_are_shown(random_model: Path, tmp_path: Path) -> None:
    tokenizer = load_tokenizer(str(random_model))
    rendered = render_probes(tokenizer)
    trained = write_probes(tmp_path, tokenizer)
    rows = (tmp_path / PROBES).read_text(encoding="utf-8").splitlines()
    third = json.loads(rows[2])
    third["ids"][4] += 1
    (tmp_path / PROBES).write_text("\n".join([*rows[:2], json.dumps(third), *rows[3:]]), encoding="utf-8")
    with pytest.raises(UserMistake) as told:
        require_same_template(f"not {trained}", tokenizer, str(tmp_path))
    assert "probe 3: the same text in other tokens, from token 4" in str(told.value)
    assert str(list(rendered[2].ids[4:12])) in str(told.value)


def test_evaluate_refuses_a_changed_template_and_says_what(pairs: Path, random_model: Path, tmp_path: Path) -> None:
    out = tmp_path / "sft"
    train(settings("sft"), pairs, random_model, out)
    template = (out / "chat_template.jinja").read_text(encoding="utf-8")
    (out / "chat_template.jinja").write_text(template.replace("<|end|>", "<|end|> "), encoding="utf-8")
    item = {
        "id": "1", "dialogue": "1", "language": "en", "tone": "neutral", "emotion": "neutral", "intensity": 0,
        "mode": "none", "messages": [{"role": "user", "content": "I cough."}], "reference": "Drink.",
    }  # fmt: skip
    (tmp_path / "items.jsonl").write_text(json.dumps(item) + "\n", encoding="utf-8")
    arms = {"base": f"local:{random_model}", "sft": f"local:{out}"}
    with pytest.raises(UserMistake, match=r"probe 1, from character \d+\n  trained: .*\n  now: "):
        evaluate(EvaluateConfig(max_new_tokens=2), 0, [tmp_path / "items.jsonl"], arms, tmp_path / "evaluate")


def test_a_base_without_a_template_gets_bedsides(random_model: Path, tmp_path: Path, pairs: Path) -> None:
    for file in random_model.iterdir():
        if file.name != "chat_template.jinja":
            (tmp_path / file.name).write_bytes(file.read_bytes())
    tokenizer = load_tokenizer(str(tmp_path))
    talk = [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": " I cough. "},
        {"role": "assistant", "content": "Drink water."},
    ]
    end = tokenizer.eos_token
    shown = tokenizer.apply_chat_template(talk, tokenize=False)
    assert shown == f"Be kind.\n\nPatient: I cough.\n\nDoctor: Drink water.{end}\n\n"
    assert (
        tokenizer.apply_chat_template(talk[:2], tokenize=False, add_generation_prompt=True)
        == shown[: shown.index(" Drink")]
    ), "what is asked with is what was trained with, as far as the answer"
    found = tokenizer.apply_chat_template(talk, tokenize=True, return_dict=True, return_assistant_tokens_mask=True)
    marked = zip(found["input_ids"], found["assistant_masks"], strict=True)
    assert tokenizer.decode([t for t, m in marked if m]) == f" Drink water.{end}"
    train(settings("sft"), pairs, tmp_path, tmp_path / "out" / "sft")
    assert template_hash(load_tokenizer(str(tmp_path / "out" / "sft"))) == template_hash(tokenizer)


def test_a_tokenizer_whose_template_was_taken_away_is_told(random_model: Path) -> None:
    tokenizer = load_tokenizer(str(random_model))
    tokenizer.chat_template = None
    with pytest.raises(UserMistake, match="no chat template"):
        template_hash(tokenizer)
