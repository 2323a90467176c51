from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bedside.core.errors import InputFileError
from bedside.core.records import Message, Rejected
from bedside.corpus.raw import broken, csv_rows, json_rows, message_rows


def write(tmp_path: Path, data: str | bytes, name: str = "data.json") -> Path:
    path = tmp_path / name
    path.write_bytes(data.encode("utf-8") if isinstance(data, str) else data)
    return path


def test_a_json_list_is_numbered_by_row(tmp_path: Path) -> None:
    path = write(tmp_path, ' \n[{"a": 1},\n 2, null]')
    assert list(json_rows(path)) == [(f"{path}#1", {"a": 1}), (f"{path}#2", 2), (f"{path}#3", None)]


def test_json_lines_are_numbered_by_line_blank_ones_counted(tmp_path: Path) -> None:
    path = write(tmp_path, b'\xef\xbb\xbf{"a": 1}\r\n\r\n{"a": 2}')
    assert list(json_rows(path)) == [(f"{path}:1", {"a": 1}), (f"{path}:3", {"a": 2})]


def test_json_may_be_gb18030(tmp_path: Path) -> None:
    path = write(tmp_path, '[{"a": "发烧"}]'.encode("gb18030"))
    assert list(json_rows(path)) == [(f"{path}#1", {"a": "发烧"})]


@pytest.mark.parametrize("data", ["", "\n \n", "[]"])
def test_an_empty_file_has_no_rows(tmp_path: Path, data: str) -> None:
    assert list(json_rows(write(tmp_path, data))) == []


@pytest.mark.parametrize(
    ("data", "line"),
    [('{"a": 1}\n\n{"a": \n{"a": 3}', 3), ('[{"a": 1},\n{"a": 2},\n{"a" 3}]', 3), ("Patient: hi", 1), ("[1, 2", 1)],
)
def test_what_is_not_json_is_named_by_line(tmp_path: Path, data: str, line: int) -> None:
    path = write(tmp_path, data)
    with pytest.raises(InputFileError, match="not valid JSON") as caught:
        list(json_rows(path))
    assert caught.value.where == f"{path}:{line}"


@pytest.mark.parametrize("character", ["\u2028", "\u2029", "\x85"])
def test_a_line_ends_only_at_a_line_break(tmp_path: Path, character: str) -> None:
    row = {"a": f"one{character}two"}
    path = write(tmp_path, json.dumps(row, ensure_ascii=False) + '\n{"a": 2}\n')
    assert list(json_rows(path)) == [(f"{path}:1", row), (f"{path}:2", {"a": 2})]


@pytest.mark.parametrize("data", ["[" * 100_000, "[" + "1" * 5000 + "]"], ids=["nested too deep", "number too long"])
def test_json_that_python_cannot_hold_is_an_input_error(tmp_path: Path, data: str) -> None:
    with pytest.raises(InputFileError):
        list(json_rows(write(tmp_path, data)))


def test_a_missing_file_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputFileError, match="no such file"):
        list(json_rows(tmp_path / "missing.json"))


def test_csv_rows_stand_under_their_columns(tmp_path: Path) -> None:
    path = write(tmp_path, 'a,b,c\n1,"two, ""2""",3\n4,5,6\n', "data.csv")
    assert list(csv_rows(path, ("b", "c"))) == [
        (f"{path}:2", {"a": "1", "b": 'two, "2"', "c": "3"}),
        (f"{path}:3", {"a": "4", "b": "5", "c": "6"}),
    ]


def test_csv_fields_may_hold_line_breaks(tmp_path: Path) -> None:
    path = write(tmp_path, 'a,b\n1,"x\ny"\n2,z\n', "data.csv")
    assert [row for _, row in csv_rows(path, ("a",))] == [{"a": "1", "b": "x\ny"}, {"a": "2", "b": "z"}]


def test_a_csv_row_is_named_by_the_line_where_it_begins(tmp_path: Path) -> None:
    path = write(tmp_path, 'a,b\n1,"x\ny"\n2,z\n', "data.csv")
    assert [where for where, _ in csv_rows(path, ("a",))] == [f"{path}:2", f"{path}:4"]


@pytest.mark.parametrize(("data", "has"), [("a,b\n1,2\n", "It has: a, b."), ("", "It has: .")])
def test_a_missing_column_is_told_with_those_that_are_there(tmp_path: Path, data: str, has: str) -> None:
    path = write(tmp_path, data, "data.csv")
    with pytest.raises(InputFileError, match="has no column ask, answer") as caught:
        list(csv_rows(path, ("ask", "answer")))
    assert (caught.value.where, caught.value.remedy) == (str(path), has)


@pytest.mark.parametrize("data", ["a,b\n1,x\ry\n", "a,b\n1," + "x" * 140_000 + "\n"], ids=["\\r", "long field"])
def test_an_unusual_csv_file_is_read_or_an_input_error(tmp_path: Path, data: str) -> None:
    path = write(tmp_path, data, "data.csv")
    try:
        assert len(list(csv_rows(path, ("a", "b")))) == 1
    except InputFileError as error:
        assert str(path) in str(error)


@pytest.mark.parametrize(
    ("names", "keys"),
    [
        (("patient", "doctor"), ("role", "content")),
        (("user", "assistant"), ("role", "content")),
        (("human", "gpt"), ("from", "value")),
        (("user", "bot"), ("from", "value")),
        (("患者", "医生"), ("role", "content")),
        (("病人", "医生"), ("from", "value")),
    ],
)
def test_turns_are_read_in_all_common_shapes(names: tuple[str, str], keys: tuple[str, str]) -> None:
    turns = [dict(zip(keys, (name, text), strict=True)) for name, text in zip(names, ("q", "a"), strict=True)]
    assert message_rows(turns) == (Message("patient", "q"), Message("doctor", "a"))


def test_system_turns_are_left_out() -> None:
    turns = [{"role": "system", "content": "be kind"}, {"role": "user", "content": "q"}]
    assert message_rows(turns) == (Message("patient", "q"),)


@pytest.mark.parametrize(
    "turns",
    [
        None,
        "text",
        {"role": "user", "content": "q"},
        ["text"],
        [{"role": "nurse", "content": "q"}],
        [{"content": "q"}],
        [{"role": "user", "content": 5}],
        [{"role": "user"}],
        [{"role": "user", "content": "q"}, None],
        [{"role": ["user"], "content": "q"}],
    ],
    ids=str,
)
def test_what_are_not_turns_is_none(turns: Any) -> None:
    assert message_rows(turns) is None


def test_a_broken_row_keeps_its_text_up_to_2000_characters() -> None:
    row = {"a": "发烧" * 2000}
    text = json.dumps(row, ensure_ascii=False)[:2000]
    assert broken("s", "f:1", "why", row) == Rejected("s", "f:1", "broken_row", "why", text)
    assert broken("s", "f:1", "why", "as it is").text == "as it is"
