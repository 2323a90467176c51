"""What comes back, as the OpenAPI describes it: completions, models, health, errors. A reply is not made from these."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel

__all__ = ["COMPLETION", "Health", "Model", "Models", "Reading", "refusals"]


class Decision(BaseModel):
    """What the guard decided, and by which version of its texts; `choice` where it concerns one reply of several."""

    reason: str
    action: str
    detail: str
    version: str
    choice: int | None = None


class Own(BaseModel):
    """What bedside adds: the level of the dial, the language, the guard's decisions."""

    comfort: float
    language: Literal["en", "zh"]
    guard: list[Decision]


class Said(BaseModel):
    """A reply's words."""

    role: Literal["assistant"]
    content: str


class Choice(BaseModel):
    """One reply."""

    index: int
    message: Said
    finish_reason: Literal["stop", "length"]
    logprobs: None


class Usage(BaseModel):
    """The model's tokens; what the guard says is none."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class Completion(BaseModel):
    """The whole reply."""

    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: list[Choice]
    usage: Usage
    bedside: Own


class Dial(BaseModel):
    """Which levels there are."""

    kind: Literal["any", "listed", "none"]
    levels: list[float]
    highest: float


class Level(BaseModel):
    """A model's level, and the dial."""

    comfort: float
    dial: Dial


class Model(BaseModel):
    """A model by its level."""

    id: str
    object: Literal["model"]
    created: int
    owned_by: str
    bedside: Level


class Models(BaseModel):
    """All of them."""

    object: Literal["list"]
    data: list[Model]


class Health(BaseModel):
    """How the server is."""

    status: Literal["ok"]
    version: str
    model: str
    region: str
    emergency_number: dict[Literal["en", "zh"], str]
    running: int
    waiting: int
    kept_days: int


class Reading(BaseModel):
    """What was read in a text; the rest depends on whose it is."""

    role: Literal["patient", "doctor"]
    language: Literal["en", "zh"]


class Problem(BaseModel):
    """What is wrong; `param` is the field."""

    message: str
    type: str
    param: str | None
    code: str | None


class Refusal(BaseModel):
    """An error in OpenAI's shape."""

    error: Problem


EVENT = {
    "type": "object",
    "required": ["data"],
    "properties": {"data": {"type": "string", "description": "A chunk as JSON; [DONE] at the end"}},
}
COMPLETION: dict[int | str, dict[str, Any]] = {
    200: {
        "model": Completion,
        "description": "The reply; with `stream` as events, each a chunk in OpenAI's shape",
        "content": {"text/event-stream": {"schema": EVENT}},
    }
}


def refusals(*codes: int) -> dict[int | str, dict[str, Any]]:
    """The statuses that a path may answer with where it refuses."""
    return {code: {"model": Refusal, "description": "An error in OpenAI's shape"} for code in codes}
