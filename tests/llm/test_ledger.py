"""What was answered is kept on disk and not asked again; what differs in any part is another request."""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedside.core.errors import UserMistake
from bedside.core.records import ChatMessage
from bedside.llm.ledger import Ledger, LedgeredModel, request_key
from bedside.llm.protocol import ChatReply, ChatRequest, Failure

REQUEST = ChatRequest((ChatMessage("system", "be kind"), ChatMessage("user", "hello")), 0.7, 100, {"a": 1, "b": 2})


class Counted:
    """A model that numbers its answers and fails where it is told to."""

    name = "counted"

    def __init__(self) -> None:
        self.requests = 0
        self.closed = False

    async def reply(self, request: ChatRequest) -> ChatReply:
        self.requests += 1
        if request.messages[-1].content == "fail":
            raise Failure("told to")
        return ChatReply(f"answer {self.requests}", "length", 3, 2)

    async def close(self) -> None:
        self.closed = True


def test_an_answer_outlives_the_process(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "r.sqlite")
    assert ledger.get("m", REQUEST) is None
    ledger.put("m", REQUEST, ChatReply("hi", "length", 1, 2))
    ledger.close()
    again = Ledger(tmp_path / "r.sqlite")
    assert again.get("m", REQUEST) == ChatReply("hi", "length", 1, 2)
    again.close()


def test_close_folds_everything_into_one_file(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "r.sqlite")
    ledger.put("m", REQUEST, ChatReply("hi"))
    ledger.close()
    assert [path.name for path in tmp_path.iterdir()] == ["r.sqlite"]


def test_an_answer_is_durable_before_the_ledger_is_closed(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "r.sqlite")
    ledger.put("m", REQUEST, ChatReply("hi"))
    other = sqlite3.connect(tmp_path / "r.sqlite")
    assert other.execute("SELECT model FROM replies").fetchall() == [("m",)]
    other.close()
    ledger.close()


@pytest.mark.parametrize(
    "change",
    [
        {"messages": (ChatMessage("system", "be brief"), REQUEST.messages[1])},
        {"messages": REQUEST.messages[1:]},
        {"messages": (REQUEST.messages[0], ChatMessage("assistant", "hello"))},
        {"temperature": 0.6},
        {"max_tokens": 101},
        {"schema": None},
        {"schema": {"a": 1, "b": 3}},
    ],
)
def test_every_part_of_a_request_counts(tmp_path: Path, change: dict[str, object]) -> None:
    ledger = Ledger(tmp_path / "r.sqlite")
    ledger.put("m", REQUEST, ChatReply("hi"))
    assert ledger.get("m", msgspec.structs.replace(REQUEST, **change)) is None
    assert ledger.get("m", REQUEST) is not None
    ledger.close()


def test_the_model_counts_and_the_order_of_schema_keys_does_not(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "r.sqlite")
    ledger.put("m", REQUEST, ChatReply("hi"))
    assert ledger.get("other", REQUEST) is None
    assert ledger.get("m", msgspec.structs.replace(REQUEST, schema={"b": 2, "a": 1})) == ChatReply("hi")
    ledger.close()


def test_a_later_answer_takes_the_place_of_the_earlier(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "r.sqlite")
    ledger.put("m", REQUEST, ChatReply("one"))
    ledger.put("m", REQUEST, ChatReply("two"))
    assert ledger.get("m", REQUEST) == ChatReply("two")
    ledger.close()


@settings(max_examples=30, deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_is_kept_as_it_was(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    ledger = Ledger(tmp_path_factory.mktemp("ledger") / "r.sqlite")
    request = ChatRequest((ChatMessage("user", text),))
    ledger.put("m", request, ChatReply(text))
    assert ledger.get("m", request) == ChatReply(text)
    ledger.close()


def test_a_ledgered_model_asks_once(tmp_path: Path) -> None:
    counted, ledger = Counted(), Ledger(tmp_path / "r.sqlite")
    model = LedgeredModel(counted, ledger)

    async def ask() -> list[ChatReply]:
        replies = [await model.reply(REQUEST) for _ in range(3)]
        replies.append(await model.reply(msgspec.structs.replace(REQUEST, temperature=0.0)))
        await model.close()
        return replies

    assert [reply.text for reply in asyncio.run(ask())] == ["answer 1"] * 3 + ["answer 2"]
    assert (model.name, model.asked, counted.requests, counted.closed) == ("counted", 2, 2, True)
    ledger.close()


def test_a_failure_is_not_kept(tmp_path: Path) -> None:
    counted, ledger = Counted(), Ledger(tmp_path / "r.sqlite")
    model, request = LedgeredModel(counted, ledger), ChatRequest((ChatMessage("user", "fail"),))
    for _ in range(2):
        with pytest.raises(Failure):
            asyncio.run(model.reply(request))
    assert (counted.requests, ledger.get("counted", request)) == (2, None)
    ledger.close()


def test_the_key_of_a_request_never_changes() -> None:
    """Replies that were paid for are found by it; a system prompt goes in by its own digest."""
    kind = hashlib.sha256(b"be kind").hexdigest()
    said = [{"content": kind, "role": "system"}, {"content": "hello", "role": "user"}]
    parts = ["m", {"max_tokens": 100, "messages": said, "schema": None, "temperature": 0.7}]
    request = ChatRequest((ChatMessage("system", "be kind"), ChatMessage("user", "hello")), 0.7, 100)
    digest = hashlib.blake2b(msgspec.json.encode(parts), digest_size=32)
    assert request_key("m", request) == digest.hexdigest()
    assert request_key("m", msgspec.structs.replace(request, sample=1)) != request_key("m", request)


def test_a_ledger_of_the_first_layout_is_read_on(tmp_path: Path) -> None:
    old = sqlite3.connect(tmp_path / "r.sqlite")
    old.execute(
        "CREATE TABLE replies (key TEXT PRIMARY KEY, model TEXT NOT NULL, request BLOB NOT NULL, reply BLOB NOT NULL, "
        "at_s REAL NOT NULL) WITHOUT ROWID"
    )
    row = (
        request_key("m", REQUEST),
        "m",
        b"{}",
        b'{"text":"hi","finish":"stop","input_tokens":3,"output_tokens":2}',
        0.0,
    )
    old.execute("INSERT INTO replies VALUES (?, ?, ?, ?, ?)", row)
    old.commit()
    old.close()
    ledger = Ledger(tmp_path / "r.sqlite")
    assert ledger.get("m", REQUEST) == ChatReply("hi", "stop", 3, 2)
    assert list(ledger.replies("m")) == [ChatReply("hi", "stop", 3, 2)]
    ledger.close()


def test_a_system_prompt_is_kept_once(tmp_path: Path) -> None:
    ledger, prompt = Ledger(tmp_path / "r.sqlite"), "be kind " * 1000
    for number in range(3):
        messages = (ChatMessage("system", prompt), ChatMessage("user", str(number)))
        ledger.put("m", ChatRequest(messages), ChatReply("hi"))
    assert [text for (text,) in ledger.database.execute("SELECT text FROM texts")] == [prompt]
    sizes = [size for (size,) in ledger.database.execute("SELECT length(request) FROM replies")]
    assert len(sizes) == 3
    assert max(sizes) < len(prompt)
    ledger.close()


def test_what_is_no_ledger_is_told(tmp_path: Path) -> None:
    (tmp_path / "r.sqlite").write_text("words " * 1000, encoding="utf-8")
    with pytest.raises(UserMistake, match="not a ledger"):
        Ledger(tmp_path / "r.sqlite")


def test_the_same_request_from_two_rows_at_once_is_asked_once(tmp_path: Path) -> None:
    class Slow(Counted):
        async def reply(self, request: ChatRequest) -> ChatReply:
            await asyncio.sleep(0)
            return await super().reply(request)

    slow, ledger = Slow(), Ledger(tmp_path / "r.sqlite")
    model, failing = LedgeredModel(slow, ledger), ChatRequest((ChatMessage("user", "fail"),))

    async def ask() -> list[ChatReply | BaseException]:
        asked = [model.reply(request) for request in (REQUEST, REQUEST, failing, failing)]
        return await asyncio.gather(*asked, return_exceptions=True)

    first, second, *failures = asyncio.run(ask())
    assert first == second
    assert [type(failure) for failure in failures] == [Failure, Failure]
    assert slow.requests == 2
    ledger.close()


def test_a_ledger_that_cannot_be_opened_is_not_called_broken(tmp_path: Path) -> None:
    with pytest.raises(UserMistake, match="unable to open") as told:
        Ledger(tmp_path / "nowhere" / "requests.sqlite")
    assert "aside" not in str(told.value)
