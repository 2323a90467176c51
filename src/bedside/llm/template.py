"""Template identity: the token ids that a tokenizer renders for a set of probe conversations, as one hash.

A model tuned with one chat template and asked with another answers worse and nobody sees why; so the hash is taken at
training and compared wherever the model is used.
"""

from __future__ import annotations

import hashlib
import json
from importlib import resources
from typing import Any

from bedside.core.errors import UserMistake

__all__ = ["require_same_template", "template_hash"]


def template_hash(tokenizer: Any) -> str:
    """Hash of the ids of every probe conversation, with and without the prompt for a reply.

    Raises:
        UserMistake: the tokenizer has no chat template.
    """
    if not tokenizer.chat_template:
        raise UserMistake(
            "the model's tokenizer has no chat template",
            remedy="Use an instruction-tuned model, or set the tokenizer's chat_template.",
        )
    digest = hashlib.sha256()
    for messages in _probes():
        open_ended = messages[-1]["role"] == "user"
        ids = tokenizer.apply_chat_template(
            messages, tokenize=True, add_generation_prompt=open_ended, return_dict=True
        )["input_ids"]
        digest.update(json.dumps(list(ids)).encode())
    return digest.hexdigest()[:16]


def require_same_template(trained: str, tokenizer: Any, where: str) -> None:
    """Stop when a tokenizer does not render what the model was trained on."""
    now = template_hash(tokenizer)
    if trained and trained != now:
        raise UserMistake(
            f"the chat template or tokenizer is not the one of training (probe hash {now}, trained with {trained})",
            where=where,
            remedy="Use the tokenizer that lies beside the adapter, or train again.",
        )


def _probes() -> list[list[dict[str, str]]]:
    text = resources.files("bedside").joinpath("probes/conversations.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines() if line]
