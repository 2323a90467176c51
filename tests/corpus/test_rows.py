from __future__ import annotations

import json
import tracemalloc
from pathlib import Path

import pytest

from bedside.core.errors import InputFileError
from bedside.corpus.raw import Unreadable
from bedside.corpus.rows import csv_rows, csv_table, json_rows


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
    [('\n\n{"a": \n{"a": 3}', 3), ('[{"a": 1},\n{"a": 2},\n{"a" 3}]', 3), ("Patient: hi", 1), ("[1, 2", 1)],
)
def test_what_is_not_json_is_named_by_line(tmp_path: Path, data: str, line: int) -> None:
    path = write(tmp_path, data)
    with pytest.raises(InputFileError, match="not valid JSON") as caught:
        list(json_rows(path))
    assert caught.value.where == f"{path}:{line}"


@pytest.mark.parametrize(
    ("line", "detail"),
    [
        ('{"a": ', "not valid JSON: Expecting value"),
        ("words", "not valid JSON: Expecting value"),
        ("[" * 100_000, "JSON that cannot be held"),
        ("1" * 5000, "JSON that cannot be held"),
    ],
    ids=["cut off", "no JSON", "nested too deep", "number too long"],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_a_later_line_that_is_not_json_is_told_and_the_lines_around_it_are_read(
    tmp_path: Path, line: str, detail: str, end: str
) -> None:
    path = write(tmp_path, end.join(['{"a": 1}', "", line, '{"a": 2}']))
    first, (where, row), last = json_rows(path)
    assert (first, last) == ((f"{path}:1", {"a": 1}), (f"{path}:4", {"a": 2}))
    assert where == f"{path}:3"
    assert isinstance(row, Unreadable)
    assert row.detail.startswith(detail)
    assert row.text == line


def test_json_lines_are_not_held(tmp_path: Path) -> None:
    row = json.dumps({"a": "x" * 10_000}).encode() + b"\n"
    path = write(tmp_path, row * 2000)
    tracemalloc.start()
    try:
        count = sum(1 for _ in json_rows(path))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 2000
    # Blocks of 1 MiB are read for finding the encoding.
    assert peak < 8 * 2**20 < path.stat().st_size


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
    ("line", "detail"),
    [
        ("1,2,3", "3 fields in 2 columns"),
        ('1,"x"y', "not valid CSV"),
        ("1,x\ry", "not valid CSV"),
    ],
    ids=["bare comma", "quote within", "\\r"],
)
def test_a_csv_row_that_cannot_be_read_is_told_and_the_rows_around_it_are_read(
    tmp_path: Path, line: str, detail: str
) -> None:
    path = write(tmp_path, f"a,b\n1,2\n{line}\n\n3,4\n", "data.csv")
    first, (where, row), last = csv_rows(path, ("a", "b"))
    assert (first, last) == ((f"{path}:2", {"a": "1", "b": "2"}), (f"{path}:5", {"a": "3", "b": "4"}))
    assert where == f"{path}:3"
    assert isinstance(row, Unreadable)
    assert row.detail.startswith(detail)
    assert row.text.rstrip("\n") == line


def test_a_quote_that_is_never_closed_says_which_lines_it_took(tmp_path: Path) -> None:
    path = write(tmp_path, 'a,b\n1,2\n3,"4\n5,6\n7,8\n', "data.csv")
    _, (where, row) = csv_rows(path, ("a", "b"))
    assert where == f"{path}:3"
    assert row == Unreadable("not valid CSV: unexpected end of data (lines 3 to 5)", '3,"4\n5,6\n7,8\n')


def test_empty_fields_beyond_the_columns_are_no_fault(tmp_path: Path) -> None:
    path = write(tmp_path, "a,b\n1,2,, \n", "data.csv")
    assert [row for _, row in csv_rows(path, ("a",))] == [{"a": "1", "b": "2"}]


def test_tabs_divide_a_tsv_file(tmp_path: Path) -> None:
    path = write(tmp_path, "a\tb\n1,5\t2\n", "data.TSV")
    with csv_table(path) as table:
        assert table.names == ("a", "b")
        assert list(table.rows) == [(f"{path}:2", {"a": "1,5", "b": "2"})]
