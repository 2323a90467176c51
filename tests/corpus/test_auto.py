from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as arrow
import pyarrow.parquet as parquet
import pytest

from bedside.core.errors import InputFileError, UserMistake
from bedside.corpus.formats.auto import recognise
from bedside.corpus.raw import Given, Raw
from bedside.corpus.stage import FORMATS, NAMES, TABLES, parse_source
from tests.shared_data import FOLDER, shared_data

# The consultations of the shared data: format, rows that the reader yields.
REAL = {
    "icliniq/icliniqQAs.json": ("icliniq", 465),
    "icliniq/ehealthforumQAs.json": ("icliniq", 171),
    "icliniq/questionDoctorQAs.json": ("icliniq", 5679),
    "covid_dialogue/COVID-Dialogue-Dataset-English.txt": ("covid-dialogue", 604),
    "covid_dialogue/COVID-Dialogue-Dataset-Chinese.txt": ("covid-dialogue", 1393),
    "covid_dialogue/COVID-Dialogue-Dataset-Chinese.json": ("covid-dialogue", 1088),
    "meddialog_sample/en_medical_dialog.json": ("meddialog", 101),
    "toyhom_zh/toyhom_internal_medicine_sample.csv": ("toyhom", 7644),
    "cmtmedqa_zh/CMtMedQA_test.json": ("cmtmedqa", 1144),
    "rewrites/dev.jsonl": ("jsonl", None),
}
TASK = "If you are a doctor, please answer the medical questions."
OWN = {"id": "d", "source": "s", "language": "en", "messages": [{"role": "patient", "content": "a"}]}
SYNTHETIC: list[tuple[str, Any]] = [
    ("icliniq", {"question": "a", "answer": "b", "url": "c", "tags": []}),
    ("covid-dialogue", {"Turn": 2, "Id": 1, "Dialogue": ["病人：a", "医生：b"]}),
    ("meddialog", {"description": "a", "utterances": ["patient: a", "doctor: b"]}),
    ("meddialog", {"dialogue_turns": [{"speaker": "病人", "utterance": "a"}]}),
    ("chatdoctor", {"instruction": TASK, "input": "a", "output": "b"}),
    ("chatdoctor", {"input": "a", "answer_icliniq": "b", "answer_chatgpt": "c", "answer_chatdoctor": "d"}),
    ("cmtmedqa", {"instruct": "a", "output": "b"}),
    ("alpaca", {"instruction": "a", "input": "", "output": "b"}),
    ("alpaca", {"instruction": "a", "output": "b", "history": []}),
    ("sharegpt", {"conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}]}),
    ("jsonl", {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}),
    ("jsonl", {"patient": "a", "doctor": "b"}),
    ("jsonl", OWN),
]
COVID = "id=1\nhttps://x.org\n\nDescription\na\n\nDialogue\nPatient:\na\nDoctor:\nb\n"


@pytest.mark.parametrize("lines", [False, True], ids=["list", "lines"])
@pytest.mark.parametrize(("name", "row"), SYNTHETIC, ids=[f"{name}-{n}" for n, (name, _) in enumerate(SYNTHETIC)])
def test_json_is_recognised_by_its_keys(tmp_path: Path, name: str, row: Any, lines: bool) -> None:
    path = tmp_path / "rows.txt"
    text = "\n".join([json.dumps(row)] * 3) if lines else json.dumps([row] * 3, indent=1)
    path.write_text(text, encoding="utf-8")
    assert recognise(path, {}) == name
    found = list(FORMATS[name](path))
    assert len(found) == 3
    assert all(isinstance(row, Raw | Given) for row in found)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("covid-dialogue", COVID),
        ("covid-dialogue", "\ufeff\n" + COVID.replace("\n", "\r\n")),
        ("toyhom", "department,title,ask,answer\n内科,a,b,c\n"),
        ("csv", "title,ask,answer\na,b,c\n"),
        ("csv", "Question,n,Answer\na,b,c\n"),
        ("csv", "messages\n[]\n"),
    ],
)
def test_text_and_tables_are_recognised(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / "rows"
    path.write_bytes(text.encode())
    assert recognise(path, {}) == name
    assert parse_source(f"auto:{path}", {}) == (name, str(path))


def test_every_format_is_recognised_somewhere() -> None:
    seen = {name for name, _ in SYNTHETIC} | {"toyhom", "csv", "parquet"}
    assert seen == {*FORMATS, *TABLES}
    assert set(NAMES) == seen | {"hf", "auto"}
    assert len(NAMES) == 13


def test_parquet_is_recognised_by_its_first_bytes(tmp_path: Path) -> None:
    parquet.write_table(arrow.Table.from_pylist([{"a": 1}]), tmp_path / "rows.json")
    assert recognise(tmp_path / "rows.json", {}) == "parquet"


def test_the_map_of_columns_makes_any_table_known(tmp_path: Path) -> None:
    path = tmp_path / "rows.tsv"
    path.write_text("asked\treply\na\tb\n", encoding="utf-8")
    assert recognise(path, {"patient": "asked", "doctor": "reply"}) == "csv"


def test_one_odd_row_does_not_hide_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    rows = ['{"a": 1}', '{"messages": []}', "broken", "5", *['{"instruction": "a", "output": "b"}'] * 3]
    path.write_text("\n".join(rows), encoding="utf-8")
    assert recognise(path, {}) == "alpaca"


@pytest.mark.parametrize(
    ("data", "seen"),
    [
        (b"", "an empty file"),
        (b" \n", "an empty file"),
        (gzip.compress(b"words"), "a gzip archive"),
        (b"PK\x03\x04words", "a ZIP archive"),
        (b"a\0b", "binary data"),
        (b'[{"question": "a", "answer": "b"}]', "JSON rows with the keys question, answer"),
        (b"[1, 2]", "JSON that holds no objects"),
        (b'{\n  "data": [\n    {"q": 1}\n  ]\n}', "one JSON object, or broken JSON, with the keys data, q"),
        (b"a,b\n1,2\n", "a table with the columns a, b"),
        (b"Only words.\n", "text that opens with 'Only words.'"),
    ],
    ids=str,
)
def test_what_is_not_recognised_is_told_with_what_was_seen_and_the_formats(
    tmp_path: Path, data: bytes, seen: str
) -> None:
    path = tmp_path / "rows"
    path.write_bytes(data)
    with pytest.raises(UserMistake) as caught:
        recognise(path, {})
    assert seen in caught.value.what
    for name in (*FORMATS, *TABLES):
        assert name in str(caught.value.remedy)


@pytest.mark.parametrize("data", [b'[{"a": 1},\n{"a"', b'{"a": '])
def test_broken_json_is_told_at_its_place(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "rows"
    path.write_bytes(data)
    with pytest.raises(InputFileError, match="not valid JSON") as caught:
        recognise(path, {})
    assert caught.value.where == f"{path}:{data.count(bytes([10])) + 1}"


@pytest.mark.parametrize("name", sorted(REAL))
def test_a_real_file_is_recognised_and_every_row_read(name: str) -> None:
    path = shared_data(name)
    expected, count = REAL[name]
    source = parse_source(f"auto:{path}", {})
    assert source == (expected, str(path))
    found = sum(1 for _ in FORMATS[expected](path))
    assert found == (count if count is not None else path.read_bytes().count(b"\n"))


def test_every_other_real_file_is_refused_with_what_was_seen() -> None:
    folder = shared_data(".")
    others = [p for p in sorted(folder.rglob("*")) if p.is_file() and str(p.relative_to(FOLDER)) not in REAL]
    assert len(others) >= 20
    for path in others:
        with pytest.raises(UserMistake, match="it looks like"):
            recognise(path, {})
