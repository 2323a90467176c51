"""What an endpoint refuses says what it does not know; the refusals are quoted from the servers."""

from __future__ import annotations

import pytest

from bedside.core.records import ChatMessage
from bedside.llm.dialect import Dialect, body_of, cause_of_refusal, step_down, step_over
from bedside.llm.protocol import Cause, ChatRequest

SHAPED = ChatRequest((ChatMessage("user", "hello"),), 0.5, 9, {"type": "object"})
# OpenAI's reasoning models
NO_MAX_TOKENS = (
    "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
)
NO_TEMPERATURE = "Unsupported value: 'temperature' does not support 0.7 with this model."


def test_a_parameter_that_is_refused_is_put_otherwise() -> None:
    other = step_over(Dialect(), NO_MAX_TOKENS)
    assert other == Dialect(tokens="max_completion_tokens")
    assert step_over(other, NO_MAX_TOKENS) is None
    last = step_over(other, NO_TEMPERATURE)
    assert last == Dialect(tokens="max_completion_tokens", temperature=False)
    assert body_of(SHAPED, "m", last).keys() == {"model", "messages", "max_completion_tokens", "response_format"}
    assert step_over(Dialect(), "model is overloaded") is None


def test_the_sample_number_is_not_sent() -> None:
    again = ChatRequest(SHAPED.messages, 0.5, 9, SHAPED.schema, sample=3)
    assert body_of(again, "m", Dialect()) == body_of(SHAPED, "m", Dialect())


def test_forms_are_left_one_by_one() -> None:
    forms, dialect = [], Dialect()
    while (lower := step_down(dialect, SHAPED, "no", proven=False)) is not None:
        dialect = lower
        forms.append(body_of(SHAPED, "m", dialect).get("response_format"))
    assert forms == [{"type": "json_object"}, None]


def test_a_form_that_has_worked_is_left_only_when_the_refusal_is_about_it() -> None:
    assert step_down(Dialect(), SHAPED, "the message is strange", proven=True) is None
    assert step_down(Dialect(), SHAPED, "response_format is not supported", proven=True) == Dialect("json")
    plain = ChatRequest(SHAPED.messages)
    assert step_down(Dialect(), plain, "response_format", proven=False) is None


@pytest.mark.parametrize(
    ("message", "cause"),
    [
        ("This model's maximum context length is 8192 tokens. However, you requested 9000 tokens", "context length"),
        ("the request exceeds the available context size. try increasing the context size", "context length"),
        ("prompt is too long: 210000 tokens > 200000 maximum", "context length"),
        ("The response was filtered due to the prompt triggering content management policy", "content filter"),
        ("Your input was flagged by moderation", "content filter"),
        ("messages must alternate", "refused"),
    ],
)
def test_a_refusal_has_a_cause(message: str, cause: Cause) -> None:
    assert cause_of_refusal(message) == cause
