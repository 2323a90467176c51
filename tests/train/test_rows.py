"""What cannot be trained on whole is left out, with its reason, and the counts add up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bedside.core.errors import UserMistake
from bedside.core.files import write_rows
from bedside.core.records import ChatMessage, Preference, SftExample
from bedside.llm.local import load_tokenizer

from .runs import WANTED, said, settings, train, user


def rejected(out: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in (out / "rejected.jsonl").read_text(encoding="utf-8").splitlines()]


def test_reasons_are_written_and_counts_add_up(random_model: Path, tmp_path: Path) -> None:
    good = [SftExample(f"{i}", "x", (user(i), *said(WANTED))) for i in range(4)]
    long = SftExample("long", "x", (ChatMessage("user", "cough " * 200), *said(WANTED)))
    silent = SftExample("silent", "x", (user(1),))
    empty = SftExample("empty", "x", (user(1), *said("  ")))
    write_rows(tmp_path / "sft.jsonl", [*good, long, silent, empty])
    manifest = train(settings("sft", max_length=100), tmp_path, random_model, tmp_path / "out")
    assert manifest.counts == {"rows": 7, "examples": 4, "rejected": 3, "steps": 1}
    told = {row["id"]: row for row in rejected(tmp_path / "out")}
    assert {name: row["reason"] for name, row in told.items()} == {
        "long": "too_long", "silent": "no_answer", "empty": "no_answer",
    }  # fmt: skip
    tokenizer = load_tokenizer(str(random_model))
    messages = [{"role": m.role, "content": m.content} for m in long.messages]
    count = len(tokenizer.apply_chat_template(messages, tokenize=True, return_dict=True)["input_ids"])
    assert told["long"]["detail"] == f"{count} tokens, 100 fit"


def test_one_long_side_leaves_out_the_pair(random_model: Path, tmp_path: Path) -> None:
    good = Preference("good", "plain", (user(1),), said(WANTED), said("No."))
    long = Preference("long", "plain", (user(1),), said(WANTED), said("No. " * 200))
    write_rows(tmp_path / "preferences.jsonl", [good, long])
    for method in ("dpo", "orpo"):
        manifest = train(settings(method, max_length=100), tmp_path, random_model, tmp_path / method)
        assert manifest.counts["examples"] == 1
        assert [row["id"] for row in rejected(tmp_path / method)] == ["long"]


def test_a_template_that_refuses_is_told(random_model: Path, tmp_path: Path) -> None:
    from bedside.train.rows import fitting

    tokenizer = load_tokenizer(str(random_model))
    refusal = "{% if messages[0].role == 'system' %}{{ raise_exception('no system role') }}{% endif %}"
    tokenizer.chat_template = refusal + tokenizer.chat_template
    system = SftExample("s", "x", (ChatMessage("system", "Be kind."), user(1), *said(WANTED)))
    plain = SftExample("p", "x", (user(1), *said(WANTED)))
    found = fitting([system, plain], lambda row: [row.messages], tokenizer, settings("sft"))
    assert [(row.id, row.reason, row.detail) for row in found.rejected] == [("s", "template_refuses", "no system role")]
    assert found.rows == [plain]
    assert found.counts() == {"rows": 2, "examples": 1, "rejected": 1}


def test_nothing_left_is_a_mistake(pairs: Path, random_model: Path, tmp_path: Path) -> None:
    with pytest.raises(UserMistake, match=r"none of the 8 examples fits into max_length 16; the first: too_long"):
        train(settings("sft", max_length=16), pairs, random_model, tmp_path / "none")
