"""One dialogue through a model: what is asked, when it is asked again, and how the row ends."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bedside.core.config import RewriteConfig
from bedside.core.files import write_rows
from bedside.core.records import ChatMessage, Dialogue, Message, PlannedEmotion, Usage
from bedside.llm.protocol import ChatReply, ChatRequest
from bedside.llm.scripted import ScriptedModel
from bedside.rewrite.llm_rewriter import attempt
from bedside.rewrite.order import Order
from bedside.rewrite.recipes import prompt, schema_of
from bedside.rewrite.work import Attempted
from tests.rewrite.consultations import COMFORT, DOCTOR, FEELING, PATIENT

WORRIED = PlannedEmotion("anxiety", 2, "explicit concern")
DIALOGUE = Dialogue("d", "here", "en", (Message("patient", PATIENT), Message("doctor", DOCTOR)))
ORDER = Order(DIALOGUE, WORRIED, "distressed query")
AGAIN = "turned down"
GOOD = (Message("patient", f"{FEELING} {PATIENT}"), Message("doctor", f"{COMFORT} {DOCTOR}"))


def said(messages: tuple[Message, ...]) -> str:
    return json.dumps({"messages": msgspec.to_builtins(messages)})


def tried(folder: Path, script: list[dict[str, Any]], **settings: Any) -> Attempted:
    write_rows(folder / "script.jsonl", script)
    model = ScriptedModel(folder / "script.jsonl")
    return asyncio.run(attempt(ORDER, model, RewriteConfig(**settings)))


def test_a_good_answer_is_taken_at_once(tmp_path: Path) -> None:
    done = tried(tmp_path, [{"contains": AGAIN, "fail": True}, {"reply": said(GOOD)}])
    assert (done.messages, done.verdict.reasons, done.attempts, done.failed) == (GOOD, (), 1, False)
    assert done.usage == Usage(1, 0, len(said(GOOD).split()))


def test_a_bad_answer_is_asked_for_again(tmp_path: Path) -> None:
    cold = (GOOD[0], Message("doctor", DOCTOR))
    done = tried(tmp_path, [{"contains": AGAIN, "reply": said(GOOD)}, {"reply": said(cold)}])
    assert (done.messages, done.verdict.reasons, done.attempts) == (GOOD, (), 2)
    assert done.usage.output_tokens == len(said(GOOD).split()) + len(said(cold).split())


@pytest.mark.parametrize("tries", [1, 2, 4])
def test_tries_end_with_the_last_rewrite_and_its_reasons(tmp_path: Path, tries: int) -> None:
    cold = (GOOD[0], Message("doctor", DOCTOR))
    done = tried(tmp_path, [{"reply": said(cold)}], tries=tries)
    assert (done.messages, done.attempts, done.usage.requests, done.failed) == (cold, tries, tries, False)
    assert [reason.gate for reason in done.verdict.reasons] == ["comfort"]


def test_an_unreadable_answer_leaves_no_rewrite(tmp_path: Path) -> None:
    done = tried(tmp_path, [{"reply": "I would rather not."}], tries=2)
    assert (done.messages, done.attempts, done.failed) == ((), 2, False)
    (reason,) = done.verdict.reasons
    assert (reason.gate, reason.detail) == ("structure", "there is no JSON object in the answer")


def test_a_model_that_does_not_answer_fails_the_row(tmp_path: Path) -> None:
    done = tried(tmp_path, [{"contains": AGAIN, "fail": True}, {"reply": "?"}], tries=3)
    assert (done.messages, done.attempts, done.failed) == ((), 2, True)
    (reason,) = done.verdict.reasons
    assert (reason.gate, reason.detail) == ("endpoint", "scripted failure")
    assert done.usage.requests == 2


def test_cost_is_known_where_both_prices_are(tmp_path: Path) -> None:
    script = [{"reply": said(GOOD)}]
    words = len(said(GOOD).split())
    priced = tried(tmp_path, script, input_price_usd=3.0, output_price_usd=2e6)
    assert priced.usage.cost_usd == pytest.approx(words * 2e6 / 1e6)
    assert tried(tmp_path, script, output_price_usd=2e6).usage.cost_usd is None


class Recorded:
    """A model that answers in turn and keeps what it was asked."""

    name = "recorded"

    def __init__(self, *replies: ChatReply) -> None:
        self.requests: list[ChatRequest] = []
        self._replies = replies

    async def reply(self, request: ChatRequest) -> ChatReply:
        self.requests.append(request)
        return self._replies[len(self.requests) - 1]

    async def close(self) -> None:
        """Nothing to free."""


def test_the_second_request_holds_the_first_answer_and_its_faults() -> None:
    broken = said((GOOD[0], Message("doctor", GOOD[1].content.replace("400 mg", "800 mg"))))
    model = Recorded(ChatReply(broken), ChatReply(said(GOOD)))
    config = RewriteConfig(temperature=0.3, max_output_tokens=99)
    done = asyncio.run(attempt(ORDER, model, config))
    assert done.verdict.reasons == ()
    first, second = model.requests
    assert first == ChatRequest(prompt(DIALOGUE, WORRIED, "distressed query"), 0.3, 99, schema_of("distressed query"))
    assert second.messages[:2] == first.messages
    assert second.messages[2] == ChatMessage("assistant", broken)
    assert "(doctor) changed dose: “400 mg”" in second.messages[3].content
    assert len(second.messages) == 4


def test_a_third_request_holds_both_answers_so_that_it_is_a_new_one() -> None:
    model = Recorded(ChatReply("one"), ChatReply("two"), ChatReply(said(GOOD)))
    asyncio.run(attempt(ORDER, model, RewriteConfig(tries=3)))
    assert [m.content for m in model.requests[2].messages if m.role == "assistant"] == ["one", "two"]


def test_an_answer_that_was_cut_off_says_so() -> None:
    model = Recorded(ChatReply(said(GOOD)[:-9], finish="length"))
    done = asyncio.run(attempt(ORDER, model, RewriteConfig(tries=1)))
    assert "cut off at max_output_tokens" in done.verdict.reasons[0].detail
