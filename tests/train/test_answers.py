"""Only the doctor's words are learnt, whatever the chat template, and packing mixes no conversations."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import AddedToken
from transformers import AutoModelForCausalLM
from trl.trainer.sft_trainer import DataCollatorForLanguageModeling

from bedside.core.errors import UserMistake
from bedside.llm.local import load_tokenizer
from bedside.train.answers import has_markers, with_answer_masks

from .runs import WANTED, settings, train, weights

TALK = [
    {"role": "user", "content": "I cough."},
    {"role": "assistant", "content": "Do you have a fever?"},
    {"role": "user", "content": "No fever."},
    {"role": "assistant", "content": "Drink water."},
]
# Templates that TRL keeps a copy of, with the token that ends a turn.
FAMILIES = {
    "cohere": "<|END_OF_TURN_TOKEN|>", "gemma": "<end_of_turn>", "gemma3": "<end_of_turn>", "phi3": "<|end|>",
    "qwen2_5": "<|im_end|>", "qwen3": "<|im_end|>", "lfm2": "<|im_end|>", "llama3": "<|eot_id|>",
    "llama3_1": "<|eot_id|>",
}  # fmt: skip


def of_trl(name: str) -> str:
    return files("trl").joinpath(f"chat_templates/{name}.jinja").read_text(encoding="utf-8")


def learnt(tokenizer: Any, found: dict[str, Any]) -> str:
    pairs = zip(found["input_ids"], found["assistant_masks"], strict=True)
    return str(tokenizer.decode([token for token, mask in pairs if mask]))


@pytest.mark.parametrize("family", FAMILIES)
def test_masks_hold_the_answers_of_every_family(family: str, random_model: Path) -> None:
    tokenizer = load_tokenizer(str(random_model))
    tokenizer.chat_template, end = of_trl(family), FAMILIES[family]
    tokenizer.bos_token = tokenizer.eos_token
    tokenizer.add_tokens([AddedToken(end, special=True)])
    found = with_answer_masks(TALK, tokenizer)
    rendered = tokenizer.apply_chat_template(TALK, tokenize=True, return_dict=True)["input_ids"]
    assert found["input_ids"] == list(rendered), "the model's own template, token for token"
    assert learnt(tokenizer, found) == f"Do you have a fever?{end}Drink water.{end}"


def test_masks_are_those_of_generation_marks(random_model: Path) -> None:
    tokenizer = load_tokenizer(str(random_model))
    theirs = tokenizer.apply_chat_template(TALK, tokenize=True, return_dict=True, return_assistant_tokens_mask=True)
    ours = with_answer_masks(TALK, tokenizer)
    assert ours["input_ids"] == list(theirs["input_ids"])
    assert ours["assistant_masks"] == list(theirs["assistant_masks"])


def test_trls_marked_template_counts_only_where_it_renders_the_same(random_model: Path) -> None:
    tokenizer = load_tokenizer(str(random_model))
    tokenizer.chat_template = of_trl("qwen2_5")
    assert has_markers(tokenizer)
    tokenizer.chat_template = of_trl("qwen3")
    assert not has_markers(tokenizer), "its marked version puts empty thoughts into earlier turns"
    tokenizer.chat_template = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}"
    assert not has_markers(tokenizer)


def test_a_template_that_rewrites_answers_is_told(random_model: Path) -> None:
    tokenizer = load_tokenizer(str(random_model))
    tokenizer.chat_template = "{% for m in messages %}{{ m.content | upper }}\n{% endfor %}"
    with pytest.raises(UserMistake, match=r"does not render 'I cough\.' as it stands"):
        with_answer_masks(TALK, tokenizer)


def test_a_model_without_marks_trains(pairs: Path, random_model: Path, tmp_path: Path) -> None:
    """The same tokens with and without generation marks give the same weights."""
    base = tmp_path / "unmarked"
    base.mkdir()
    for file in random_model.iterdir():
        (base / file.name).write_bytes(file.read_bytes())
    template = (base / "chat_template.jinja").read_text(encoding="utf-8")
    bare = re.sub(r"\{%-? (end)?generation -?%\}", "", template)
    assert bare.count("generation ") == template.count("generation ") - 2
    (base / "chat_template.jinja").write_text(bare, encoding="utf-8")
    train(settings("sft"), pairs, random_model, tmp_path / "marked-run")
    train(settings("sft"), pairs, base, tmp_path / "unmarked-run")
    first, second = weights(tmp_path / "marked-run"), weights(tmp_path / "unmarked-run")
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_packed_conversations_do_not_read_one_another(random_model: Path) -> None:
    tokenizer = load_tokenizer(str(random_model))
    model = AutoModelForCausalLM.from_pretrained(random_model).eval()
    assert model.config._attn_implementation == "sdpa"
    talks = [TALK[:2], [TALK[0], {"role": "assistant", "content": WANTED}]]
    ids = [tokenizer.apply_chat_template(talk, tokenize=True, return_dict=True)["input_ids"] for talk in talks]
    collate = DataCollatorForLanguageModeling(pad_token_id=tokenizer.pad_token_id, padding_free=True)
    batch = collate([{"input_ids": ids[0] + ids[1], "seq_lengths": [len(one) for one in ids]}])
    # As TRL's trainer calls the model: places told, no attention mask, no cache.
    wanted = {name: batch[name] for name in ("input_ids", "position_ids")}
    with torch.no_grad():
        packed = model(**wanted, use_cache=False).logits[0]
        alone = torch.cat([model(input_ids=torch.tensor([one])).logits[0] for one in ids])
        mixed = model(input_ids=batch["input_ids"]).logits[0]
    assert torch.allclose(packed, alone, atol=1e-5)
    assert not torch.allclose(mixed, alone, atol=1e-3), "without places told, the second would read the first"


def test_packing_trains_on_fewer_rows(pairs: Path, random_model: Path, tmp_path: Path) -> None:
    manifest = train(settings("sft", packing=True, batch_size=1), pairs, random_model, tmp_path / "packed")
    assert manifest.counts["examples"] == 8
    assert manifest.counts["steps"] == 1, "eight conversations of some 30 tokens fit into one row of 512"
