"""What holds for every format and any content: only a UserMistake is raised, and no row of a sound file is lost."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as arrow
import pyarrow.parquet as parquet
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bedside.core.config import CorpusConfig
from bedside.core.errors import UserMistake
from bedside.core.records import Dialogue, Rejected
from bedside.corpus.clean import clean
from bedside.corpus.formats import csv_file, parquet_file
from bedside.corpus.raw import Given, Raw
from bedside.corpus.stage import FORMATS, TABLES, parse_source

JSON_NAMES = tuple(name for name in FORMATS if name not in ("toyhom", "covid-dialogue"))
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
ODD = st.sampled_from(["\r", "\n", '"', ",", "\t", "\x00", "\u2028", "\x85", "\ufeff", "\\", "id=1\nDialogue\n"])
ANY_TEXT = st.lists(st.one_of(TEXT, ODD), max_size=4).map("".join)
LEAF = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=10), ANY_TEXT)
VALUE = st.recursive(LEAF, lambda v: st.one_of(st.lists(v, max_size=3), st.dictionaries(TEXT, v, max_size=3)))
KEYS = (
    "question", "answer", "instruction", "instruct", "input", "output", "history", "messages", "conversations",
    "patient", "doctor", "Patient", "Doctor", "description", "utterances", "dialogue_turns", "Dialogue",
    "answer_icliniq", "id", "url", "tags", "cate1",
)  # fmt: skip
ROW = st.one_of(VALUE, st.dictionaries(st.sampled_from(KEYS), VALUE, max_size=6))
COLUMNS = ("question", "answer", "id", "title", "language", "licence", "split")


def read(name: str, data: bytes) -> list[Raw | Given | Rejected]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rows.json"
        path.write_bytes(data)
        source = parse_source(f"{name}:{path}", {})
        if source.format in TABLES:
            return list(TABLES[source.format](path, {}))
        return list(FORMATS[source.format](path))


@pytest.mark.parametrize("name", [*FORMATS, *TABLES, "auto"])
@settings(max_examples=25, deadline=None)
@given(data=st.one_of(st.binary(max_size=60), ANY_TEXT.map(str.encode), ANY_TEXT.map(lambda t: t.encode("gb18030"))))
@example(data=b'{"a": 1}\n\xff\xff\xff')
@example(data=b"[" * 50_000)
@example(data=b"PAR1")
@example(data=b'question,answer\n"')
def test_any_bytes_are_read_or_a_mistake_is_told(name: str, data: bytes) -> None:
    try:
        found = read(name, data)
    except UserMistake as error:
        assert error.where
    else:
        assert all(isinstance(row, Raw | Given | Rejected) for row in found)


@pytest.mark.parametrize("lines", [False, True], ids=["list", "lines"])
@pytest.mark.parametrize("name", JSON_NAMES)
@settings(max_examples=20, deadline=None)
@given(rows=st.lists(ROW, max_size=4), ascii_only=st.booleans())
def test_every_json_row_is_yielded_once_and_can_be_cleaned_and_written(
    name: str, lines: bool, rows: list[Any], ascii_only: bool
) -> None:
    if lines:
        # A first line that is a list would be a JSON list of the whole file.
        rows = [{}, *rows]
        text = "\r\n".join(json.dumps(row, ensure_ascii=ascii_only) for row in rows)
    else:
        text = json.dumps(rows, ensure_ascii=ascii_only)
    found = read(name, text.encode("utf-8", "replace"))
    assert [row.where.rpartition("rows.json")[2] for row in found] == [
        f"{':' if lines else '#'}{number}" for number in range(1, len(rows) + 1)
    ]
    for row in found:
        if isinstance(row, Raw):
            assert isinstance(clean(row, CorpusConfig()), Dialogue | Rejected)


@pytest.mark.parametrize("name", JSON_NAMES)
@settings(max_examples=15, deadline=None)
@given(broken=st.lists(st.sampled_from(["{", "words", '{"a": }', "]", '"', "头痛"]), min_size=1, max_size=4))
def test_broken_lines_are_yielded_as_broken(name: str, broken: list[str]) -> None:
    lines = ["{}", *(part for line in broken for part in (line, "{}"))]
    found = read(name, "\n".join(lines).encode())
    assert len(found) == len(lines)
    assert [
        row.text for row in found if isinstance(row, Rejected) and row.detail.startswith("not valid JSON")
    ] == broken


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@settings(max_examples=40, deadline=None)
@given(rows=st.lists(st.tuples(ANY_TEXT, ANY_TEXT, *[ANY_TEXT] * 5), max_size=4))
def test_every_csv_row_is_yielded_with_its_words(encoding: str, rows: list[tuple[str, ...]]) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([COLUMNS, *rows])
    # The words make sure that GB18030 is not taken for UTF-8.
    data = out.getvalue().encode(encoding) + ('"头痛","多休息","","","","",""\r\n').encode(encoding)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        path.write_bytes(data)
        found = list(csv_file.read(path, {}))
    assert len(found) == len(rows) + 1
    for row, given_row in zip(found, rows, strict=False):
        if isinstance(row, Raw):
            assert [m.content for m in row.messages] == list(given_row[:2])
        else:
            assert row.detail == "not a split: train, dev or test"


@settings(max_examples=30, deadline=None)
@given(rows=st.lists(st.tuples(st.one_of(st.none(), ANY_TEXT), st.one_of(st.none(), st.integers(0, 9))), max_size=5))
def test_every_parquet_row_is_yielded(rows: list[tuple[str | None, int | None]]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rows.parquet"
        columns = {"question": [q for q, _ in rows], "answer": [q for q, _ in rows], "id": [n for _, n in rows]}
        types = arrow.schema([("question", arrow.string()), ("answer", arrow.string()), ("id", arrow.int64())])
        parquet.write_table(arrow.table(columns, schema=types), path)
        found = list(parquet_file.read(path, {}))
    assert [isinstance(row, Raw) for row in found] == [question is not None for question, _ in rows]


@settings(max_examples=60, deadline=None)
@given(place=st.integers(0, 400), byte=st.integers(0, 255))
def test_a_damaged_parquet_file_is_read_or_a_mistake_is_told(place: int, byte: int) -> None:
    out = io.BytesIO()
    parquet.write_table(arrow.table({"question": ["a", "b"], "answer": ["c", "d"]}), out, compression="none")
    data = bytearray(out.getvalue())
    data[place % len(data)] = byte
    try:
        found = read("parquet", bytes(data))
    except UserMistake as error:
        assert error.where
    else:
        assert len(found) <= 2
