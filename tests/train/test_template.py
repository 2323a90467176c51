"""A model tuned with one template and asked with another is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedside.core.errors import UserMistake
from bedside.llm.local import load_tokenizer
from bedside.llm.template import require_same_template, template_hash


def test_hash_sees_the_template_and_the_tokens(random_model: Path) -> None:
    tokenizer = load_tokenizer(str(random_model))
    first = template_hash(tokenizer)
    assert template_hash(load_tokenizer(str(random_model))) == first
    tokenizer.chat_template = tokenizer.chat_template.replace("<|end|>\\n", "<|end|>")
    assert template_hash(tokenizer) != first
    require_same_template(first, load_tokenizer(str(random_model)), "x")
    with pytest.raises(UserMistake, match="not the one of training"):
        require_same_template(first, tokenizer, "x")


def test_a_tokenizer_without_a_template_is_told(random_model: Path) -> None:
    tokenizer = load_tokenizer(str(random_model))
    tokenizer.chat_template = None
    with pytest.raises(UserMistake, match="no chat template"):
        template_hash(tokenizer)
