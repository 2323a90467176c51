"""Which tokens of a conversation are the doctor's, so that only they are learnt.

TRL knows them where the chat template has `{% generation %}` marks, or is one for which it has a marked version. A
marked version counts only where it renders the probe conversations as the model's own template does (those for Qwen3
put thoughts into earlier turns). For every other template the tokens are found here, in the text that the model's own
template renders.
"""

from __future__ import annotations

from typing import Any

from trl.chat_template_utils import get_training_chat_template, has_generation_markers

from bedside.core.errors import UserMistake
from bedside.llm.template import render_probes

__all__ = ["has_markers", "with_answer_masks"]


def has_markers(tokenizer: Any) -> bool:
    """Whether TRL's own way finds the doctor's tokens and leaves the text as it is."""
    if has_generation_markers(tokenizer.chat_template):
        return True
    try:
        marked = get_training_chat_template(tokenizer)
        return marked is not None and render_probes(tokenizer, marked) == render_probes(tokenizer)
    except ValueError:  # a template that TRL does not know
        return False


def with_answer_masks(messages: list[dict[str, str]], tokenizer: Any) -> dict[str, Any]:
    """The conversation's token ids as the model's own template renders them, with 1 for each of the doctor's.

    The token that ends the doctor's turn is the doctor's; what the template puts before the answer is not.

    Raises:
        UserMistake: an answer is not found in the rendered text.
    """
    text = tokenizer.apply_chat_template(messages, tokenize=False)
    spans, place = [], 0
    for message in messages:
        words = message["content"].strip()
        begin = text.find(words, place)
        if begin < 0:
            raise UserMistake(
                f"the chat template does not render {words[:40]!r} as it stands, so answers cannot be told apart",
                remedy="Set options.assistant_only_loss=false, or give the template {% generation %} marks.",
            )
        place = begin + len(words)
        if message["role"] == "assistant":
            spans.append((begin, _end_of_turn(text, place, tokenizer)))
    batch = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    mask = [int(any(a < e and b > s for s, e in spans)) for a, b in batch["offset_mapping"]]
    return {"messages": messages, "input_ids": batch["input_ids"], "assistant_masks": mask}


def _end_of_turn(text: str, place: int, tokenizer: Any) -> int:
    rest = text[place:]
    after = place + len(rest) - len(rest.lstrip())
    ends = [token for token in _special_tokens(tokenizer) if text.startswith(token, after)]
    return after + max(map(len, ends)) if ends else place


def _special_tokens(tokenizer: Any) -> list[str]:
    added = [str(token) for token in tokenizer.added_tokens_decoder.values()]
    return [token for token in {*added, *tokenizer.all_special_tokens} if token]
