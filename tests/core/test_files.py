from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedside.core.errors import InputFileError
from bedside.core.files import atomic_write, read_rows, read_text, sha256, write_json, write_rows
from bedside.core.records import Dialogue, KnownFact, Message

BOM = b"\xef\xbb\xbf"


def a_dialogue(number: int, asked: str = "May I?", facts: tuple[KnownFact, ...] = ()) -> Dialogue:
    turns = (Message("patient", asked), Message("doctor", "是的，可以。"))
    return Dialogue(f"d{number}", "test", "en", turns, split="test", title="A title", facts=facts)


def breaks_after(rows: int) -> Iterator[dict[str, int]]:
    for number in range(rows):
        yield {"n": number}
    raise RuntimeError("the source broke")


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
def test_records_come_back_as_they_were_written(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"rows{suffix}"
    written = [a_dialogue(0), a_dialogue(1, facts=(KnownFact("dose", ("5 mg", "daily")),)), a_dialogue(2)]
    assert write_rows(path, iter(written)) == len(written)
    assert list(read_rows(path, Dialogue)) == written


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
def test_no_rows_make_a_file_without_rows(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"rows{suffix}"
    assert write_rows(path, []) == 0
    assert path.is_file()
    assert list(read_rows(path, dict)) == []


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
@settings(max_examples=30, deadline=None)
@given(texts=st.lists(st.text(), min_size=1, max_size=4))
def test_any_text_survives_the_file(suffix: str, texts: list[str]) -> None:
    written = [a_dialogue(number, text) for number, text in enumerate(texts)]
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"rows{suffix}"
        write_rows(path, written)
        assert list(read_rows(path, Dialogue)) == written


def test_jsonl_is_one_line_of_utf8_json_a_row(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    write_rows(path, [{"a": "头痛\n"}, {"a": 2}])
    lines = path.read_bytes().decode("utf-8").split("\n")
    assert lines[2:] == [""]
    assert [json.loads(line) for line in lines[:2]] == [{"a": "头痛\n"}, {"a": 2}]
    assert "头痛" in lines[0]


def test_parquet_keeps_a_key_that_only_a_later_row_has(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    write_rows(path, [{"a": 1}, {"a": 2, "b": 3}])
    assert list(read_rows(path, dict))[1] == {"a": 2, "b": 3}


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
def test_a_failing_source_of_rows_leaves_nothing(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(RuntimeError, match="the source broke"):
        write_rows(tmp_path / f"rows{suffix}", breaks_after(3))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
def test_a_failing_source_of_rows_leaves_the_earlier_file_as_it_was(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"rows{suffix}"
    write_rows(path, [{"n": 41}])
    before = path.read_bytes()
    with pytest.raises(RuntimeError, match="the source broke"):
        write_rows(path, breaks_after(3))
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_takes_its_name_only_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "a.bin"
    with atomic_write(path) as out:
        out.write(b"half")
        out.flush()
        assert not path.exists()
        out.write(b" and half")
    assert path.read_bytes() == b"half and half"
    assert list(path.parent.iterdir()) == [path]
    assert path.stat().st_mode & 0o777 == 0o644


def test_an_interrupted_write_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), atomic_write(tmp_path / "a.bin") as out:
        out.write(b"half")
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_json_is_written_indented_with_a_last_line_break(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"b": [1], "c": "头痛"})
    text = (tmp_path / "a.json").read_text(encoding="utf-8")
    assert json.loads(text) == {"b": [1], "c": "头痛"}
    assert '\n  "c": "头痛"\n}\n' in text


def rows_of(tmp_path: Path, data: bytes, kind: type[Any] = dict) -> list[Any]:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(data)
    return list(read_rows(path, kind))


def test_a_bom_before_the_first_row_is_left_out(tmp_path: Path) -> None:
    assert rows_of(tmp_path, BOM + b'{"a":1}\r\n{"a":2}') == [{"a": 1}, {"a": 2}]


def test_a_bom_alone_is_an_empty_file(tmp_path: Path) -> None:
    assert rows_of(tmp_path, BOM) == []


@pytest.mark.parametrize("broken", [b'{"a":', b"plain words", b'{"a":"\xff"}', b'{"a":1}{"a":2}'])
def test_a_line_that_is_not_json_is_named_counting_blank_lines(tmp_path: Path, broken: bytes) -> None:
    with pytest.raises(InputFileError, match="not valid JSON") as caught:
        rows_of(tmp_path, b'{"a":1}\n\n  \n' + broken + b'\n{"a":3}\n')
    assert caught.value.where == f"{tmp_path / 'rows.jsonl'}:4"


def test_json_nested_too_deep_is_named_too(tmp_path: Path) -> None:
    with pytest.raises(InputFileError):
        rows_of(tmp_path, b'{"a":' * 100_000)


def test_a_row_of_another_shape_is_named_by_line_and_field(tmp_path: Path) -> None:
    good = msgspec.json.encode(a_dialogue(1))
    with pytest.raises(InputFileError, match=r"not a valid row: .*language") as caught:
        rows_of(tmp_path, good + b"\n" + good.replace(b'"en"', b'"fr"'), Dialogue)
    assert caught.value.where == f"{tmp_path / 'rows.jsonl'}:2"


def test_rows_before_a_broken_one_are_yielded(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'{"a":1}\nbroken\n')
    rows = read_rows(path, dict)
    assert next(rows) == {"a": 1}
    with pytest.raises(InputFileError):
        next(rows)


def test_a_parquet_row_of_another_shape_is_named_by_its_number(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    rows = [msgspec.to_builtins(a_dialogue(number)) for number in range(3)]
    rows[1]["language"] = "fr"
    write_rows(path, rows)
    with pytest.raises(InputFileError, match="not a valid row") as caught:
        list(read_rows(path, Dialogue))
    assert caught.value.where == f"{path}:2"


def parquet_bytes(path: Path) -> bytes:
    write_rows(path, [{"a": number, "b": "x" * number} for number in range(100)])
    return path.read_bytes()


@pytest.mark.parametrize("kept", [0, 4, 50])
def test_a_cut_parquet_file_is_an_input_error(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "rows.parquet"
    path.write_bytes(parquet_bytes(path)[:kept])
    with pytest.raises(InputFileError, match="not a Parquet file") as caught:
        list(read_rows(path, dict))
    assert caught.value.where == str(path)


def test_a_damaged_parquet_file_is_an_input_error(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    data = parquet_bytes(path)
    path.write_bytes(data[:4] + b"\xff" * 200 + data[204:])
    with pytest.raises(InputFileError):
        list(read_rows(path, dict))


@pytest.mark.parametrize("name", ["missing.jsonl", "missing.parquet"])
def test_a_missing_file_is_told_at_the_call(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputFileError, match="no such file") as caught:
        read_rows(tmp_path / name, dict)
    assert caught.value.where == str(tmp_path / name)


def test_a_folder_in_place_of_a_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputFileError, match="is a folder"):
        read_rows(tmp_path, dict)
    with pytest.raises(InputFileError, match="is a folder"):
        read_text(tmp_path)


@pytest.mark.parametrize(
    "data",
    ["头痛 ½".encode(), BOM + "头痛 ½".encode(), "头痛 ½".encode("gb18030")],
    ids=["utf-8", "utf-8 with BOM", "gb18030"],
)
def test_text_is_read_in_either_encoding(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(data)
    assert read_text(path) == "头痛 ½"


def test_text_in_neither_encoding_is_an_input_error(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"caf\xe9 \xff\xff")
    with pytest.raises(InputFileError, match="neither UTF-8 nor GB18030") as caught:
        read_text(path)
    assert caught.value.where == str(path)


def test_the_hash_of_a_file_is_that_of_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"abc" * 1000)
    assert sha256(path) == hashlib.sha256(b"abc" * 1000).hexdigest()


def tree(folder: Path, files: dict[str, str]) -> str:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return sha256(folder)


def test_the_hash_of_a_folder_knows_names_and_contents_but_not_the_place(tmp_path: Path) -> None:
    first = tree(tmp_path / "1", {"a": "x", "sub/b": "y"})
    assert tree(tmp_path / "2", {"sub/b": "y", "a": "x"}) == first
    others = [{"a": "x", "sub/b": "z"}, {"a": "x", "sub/c": "y"}, {"a": "x"}, {"a": "y", "sub/b": "x"}]
    hashes = {tree(tmp_path / f"other {i}", files) for i, files in enumerate(others)}
    assert len(hashes | {first}) == len(others) + 1
