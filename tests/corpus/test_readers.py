"""What holds for every reader of JSON: a row in is a row out, and nothing but an InputFileError is raised."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bedside.core.errors import InputFileError
from bedside.core.records import Rejected
from bedside.corpus import FORMATS
from bedside.corpus.raw import Given, Raw

NAMES = ("alpaca", "sharegpt", "jsonl", "icliniq", "meddialog", "chatdoctor", "cmtmedqa")
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20))
JSON = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
)
TURN = st.fixed_dictionaries(
    {},
    optional={
        "role": st.sampled_from(["user", "assistant", "system", "nurse", 5, None]),
        "from": st.sampled_from(["human", "gpt", "患者"]),
        "content": st.one_of(LEAVES, st.text()),
        "value": st.one_of(LEAVES, st.text()),
    },
)
TURNS = st.one_of(JSON, st.lists(TURN, max_size=4))
PAIRS = st.one_of(JSON, st.lists(st.lists(st.text(max_size=5), max_size=3), max_size=3))
SPOKEN = st.fixed_dictionaries(
    {}, optional={"speaker": st.sampled_from(["patient", "Doctor:", "病人", "", 0, None]), "utterance": LEAVES}
)
# Rows that come close to what the formats ask for, with anything in the place of each value.
NEAR = st.fixed_dictionaries(
    {},
    optional={
        **{name: st.one_of(JSON, st.text()) for name in ("instruction", "input", "output", "id", "language", "source")},
        **{name: st.one_of(JSON, st.text()) for name in ("question", "question_text", "answer", "patient", "doctor")},
        "history": PAIRS,
        "messages": TURNS,
        "conversations": TURNS,
        "utterances": st.one_of(JSON, st.lists(st.sampled_from(["patient: a", "Doctor：b", "医生：c", "d", ": e"]))),
        "dialogue_turns": st.one_of(JSON, st.lists(SPOKEN, max_size=3)),
        **{name: st.one_of(JSON, st.text()) for name in ("Patient", "Doctor", "description", "instruct")},
    },
)
ROWS = st.lists(st.one_of(NEAR, JSON), max_size=5)


def read(name: str, data: bytes) -> list[Raw | Given | Rejected]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rows.json"
        path.write_bytes(data)
        return list(FORMATS[name](path))


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=30, deadline=None)
@given(rows=ROWS)
def test_no_row_of_a_json_list_is_lost(name: str, rows: list[Any]) -> None:
    found = read(name, json.dumps(rows).encode())
    assert len(found) == len(rows)
    for number, row in enumerate(found, start=1):
        assert row.where.endswith(f"rows.json#{number}")


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=30, deadline=None)
@given(rows=st.lists(NEAR, max_size=5))
def test_no_line_of_json_lines_is_lost(name: str, rows: list[Any]) -> None:
    found = read(name, "\n\n".join(json.dumps(row) for row in rows).encode())
    assert len(found) == len(rows)
    for number, row in enumerate(found):
        assert row.where.endswith(f"rows.json:{2 * number + 1}")


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=30, deadline=None)
@given(data=st.one_of(st.binary(max_size=50), st.text(max_size=50).map(str.encode)))
@example(data=b'[{"a": 1}')
@example(data=b'{"a": 1}\n[')
@example(data=b"\xef\xbb\xbf")
def test_any_text_is_read_or_an_input_error_that_names_the_file(name: str, data: bytes) -> None:
    try:
        found = read(name, data)
    except InputFileError as error:
        assert error.where is not None
        assert "rows.json" in error.where
    else:
        assert len(found) <= data.count(b"\n") + data.count(b",") + data.count(b"\r") + 1


@pytest.mark.parametrize(("name", "key"), [("sharegpt", "conversations"), ("jsonl", "messages")])
@pytest.mark.parametrize("role", [[], {}, ["user"]], ids=str)
def test_a_role_of_any_shape_is_a_broken_row(name: str, key: str, role: Any) -> None:
    (row,) = read(name, json.dumps([{key: [{"role": role, "content": "x"}]}]).encode())
    assert isinstance(row, Rejected)
