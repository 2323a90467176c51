"""Answers in OpenAI's shapes, with what is bedside's own in the field `bedside`."""

from __future__ import annotations

import secrets
import time
from typing import Any

import msgspec

from bedside.serve.answering import Answer, Part
from bedside.serve.levels import HIGHEST, Levels

__all__ = ["Shaper", "event", "models_listed"]

DONE = b"data: [DONE]\n\n"
STARTED = int(time.time())


class Shaper:
    """The answers to one request: its id, its time and its model's name."""

    def __init__(self, model: str, level: float, so_far: Answer) -> None:
        self._head = {"id": f"chatcmpl-{secrets.token_hex(12)}", "created": int(time.time()), "model": model}
        self._level, self._so_far = level, so_far

    def whole(self) -> bytes:
        """The completion."""
        so_far = self._so_far
        choices = [
            {"index": n, "message": {"role": "assistant", "content": text}, "finish_reason": finish, "logprobs": None}
            for n, (text, finish) in enumerate(zip(so_far.texts, so_far.finishes, strict=True))
        ]
        body = {
            **self._head,
            "object": "chat.completion",
            "choices": choices,
            "usage": self.usage(),
            "bedside": self.own(),
        }
        return msgspec.json.encode(body)

    def opening(self) -> bytes:
        """The first event of a stream: the roles, and what the guard ruled."""
        choices = [self._delta(n, {"role": "assistant", "content": ""}) for n in range(len(self._so_far.texts))]
        return event({**self._chunk(choices), "bedside": self.own()})

    def part(self, part: Part) -> bytes:
        """Words of a choice, or its end with all that the guard decided."""
        events = event(self._chunk([self._delta(part.choice, {"content": part.text})])) if part.text else b""
        if part.finish:
            events += event({**self._chunk([self._delta(part.choice, {}, part.finish)]), "bedside": self.own()})
        return events

    def closing(self, with_usage: bool) -> bytes:
        """The end of a stream."""
        return (event({**self._chunk([]), "usage": self.usage()}) if with_usage else b"") + DONE

    def usage(self) -> dict[str, int]:
        """The model's tokens; what the guard says is none."""
        read, said = self._so_far.input_tokens, sum(self._so_far.output_tokens)
        return {"prompt_tokens": read, "completion_tokens": said, "total_tokens": read + said}

    def own(self) -> dict[str, Any]:
        """What bedside adds: the level, the language, the guard's decisions so far."""
        so_far = self._so_far
        decisions = [msgspec.to_builtins(decision) for decision in so_far.ruling.decisions]
        decisions += [{**msgspec.to_builtins(decision), "choice": n} for n, decision in so_far.later]
        return {"comfort": self._level, "language": so_far.ruling.language, "guard": decisions}

    def _chunk(self, choices: list[dict[str, Any]]) -> dict[str, Any]:
        return {**self._head, "object": "chat.completion.chunk", "choices": choices}

    @staticmethod
    def _delta(index: int, delta: dict[str, str], finish: str = "") -> dict[str, Any]:
        return {"index": index, "delta": delta, "finish_reason": finish or None, "logprobs": None}


def event(value: Any) -> bytes:
    """A server-sent event."""
    return b"data: " + msgspec.json.encode(value) + b"\n\n"


def models_listed(levels: Levels) -> list[dict[str, Any]]:
    """The models as `/v1/models` lists them."""
    dial = {"kind": levels.kind, "levels": list(levels.listed), "highest": HIGHEST if levels.kind == "any" else 1.0}
    return [
        {
            "id": name,
            "object": "model",
            "created": STARTED,
            "owned_by": "bedside",
            "bedside": {"comfort": level, "dial": dial},
        }
        for name, level in levels.names().items()
    ]
