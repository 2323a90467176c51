"""How many tokens a text has, without a tokenizer: by what it is made of, corrected by what the endpoint counts.

No file is downloaded. The weights and their errors are in `data/tokens.yaml`: about 5 % for an English text, 7 % for a
Chinese one, up to 3 % over many. What no estimate may pass is `most_tokens`.
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib import resources

import msgspec
import yaml

from bedside.llm.protocol import ChatRequest

__all__ = ["TokenMeter", "estimate", "most_tokens"]

WORD = re.compile(r"[A-Za-z]+")
DIGIT = re.compile(r"[0-9]")
CJK = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
SPACE = re.compile(r"[ \t\r]")
OTHER = re.compile(r"[^\x00-\x7f\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
# What roles and marks around a message, and around all of them, can add at most (chat templates add 3 to 10).
MOST_A_MESSAGE, MOST_A_REQUEST = 16, 32


class _Family(msgspec.Struct, frozen=True):
    names: tuple[str, ...]
    weights: tuple[float, float, float, float, float, float]


class _Table(msgspec.Struct, frozen=True):
    message: int
    families: dict[str, _Family]
    default: str


def estimate(text: str, model: str) -> float:
    """The tokens of a text for a model of that name."""
    words = WORD.findall(text)
    letters = sum(map(len, words))
    digits, cjk, other = (len(kind.findall(text)) for kind in (DIGIT, CJK, OTHER))
    signs = len(text) - letters - digits - cjk - other - len(SPACE.findall(text))
    parts = (len(words), letters, digits, cjk, signs, other)
    return sum(part * weight for part, weight in zip(parts, _weights(model), strict=True))


def most_tokens(request: ChatRequest) -> int:
    """The most input tokens that any tokenizer over bytes can make of a request: one a byte, and what is put around."""
    texts = [m.content for m in request.messages]
    if request.schema is not None:
        texts.append(json.dumps(request.schema))
    sizes = sum(len(text.encode("utf-8", "surrogatepass")) for text in texts)
    return sizes + MOST_A_MESSAGE * len(texts) + MOST_A_REQUEST


class TokenMeter:
    """Estimates for one model. What the endpoint counted for texts that were estimated corrects the next estimates."""

    def __init__(self, model: str) -> None:
        self._model = model
        self._counted = {"input": 0.0, "output": 0.0}
        self._estimated = {"input": 0.0, "output": 0.0}

    def text(self, text: str) -> float:
        """The tokens of a text that the model writes."""
        return estimate(text, self._model) * self.correction("output")

    def request(self, request: ChatRequest) -> float:
        """The tokens of a request."""
        return self._bare(request) * self.correction("input")

    def learn(self, request: ChatRequest, counted: int) -> None:
        """Take what the endpoint counted for a request."""
        self._take("input", self._bare(request), counted)

    def learn_text(self, text: str, counted: int) -> None:
        """Take what the endpoint counted for a reply; the thinking of a reasoning model is in its count alone."""
        self._take("output", estimate(text, self._model), counted)

    def correction(self, side: str) -> float:
        """Counted tokens for each estimated one; 1 until something was learnt."""
        return self._counted[side] / self._estimated[side] if self._estimated[side] else 1.0

    def _take(self, side: str, estimated: float, counted: int) -> None:
        if counted > 0 and estimated > 0:
            self._estimated[side] += estimated
            self._counted[side] += counted

    def _bare(self, request: ChatRequest) -> float:
        shape = _cached(json.dumps(request.schema), self._model) if request.schema is not None else 0.0
        return shape + sum(self._message(m.role, m.content) for m in request.messages)

    def _message(self, role: str, content: str) -> float:
        # System prompts are a handful of long texts that come in every request.
        tokens = _cached(content, self._model) if role == "system" else estimate(content, self._model)
        return tokens + _table().message


@cache
def _cached(text: str, model: str) -> float:
    return estimate(text, model)


@cache
def _weights(model: str) -> tuple[float, ...]:
    bare, table = model.lower().rsplit("/", 1)[-1], _table()
    named = ((name, family) for family in table.families.values() for name in family.names)
    fits = [(name, family) for name, family in named if bare.startswith(name)]
    longest = max(fits, key=lambda fit: len(fit[0]), default=("", table.families[table.default]))
    return longest[1].weights


@cache
def _table() -> _Table:
    text = resources.files("bedside").joinpath("llm/data/tokens.yaml").read_text(encoding="utf-8")
    return msgspec.convert(yaml.safe_load(text), _Table)
