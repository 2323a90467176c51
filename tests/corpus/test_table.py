"""Tables: CSV, Parquet and datasets of the Hub find their columns in the same way."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pyarrow as arrow
import pyarrow.parquet as parquet
import pytest

from bedside.core.config import CorpusConfig
from bedside.core.errors import ConfigError, InputFileError, UserMistake
from bedside.core.files import read_rows
from bedside.core.records import Dialogue, Message, Rejected
from bedside.corpus import build
from bedside.corpus.formats import csv_file, hugging_face, parquet_file
from bedside.corpus.formats.table import choose_columns
from bedside.corpus.raw import Raw
from bedside.corpus.stage import parse_source

ANSWER = "Do rest and drink a lot of water now."
PAIR = (Message("patient", "I cough."), Message("doctor", "Rest."))
CHAT = [{"role": "user", "content": "I cough."}, {"role": "assistant", "content": "Rest."}]


def as_csv(path: Path, rows: list[dict[str, Any]], delimiter: str = ",", encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as lines:
        writer = csv.DictWriter(lines, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path


def as_parquet(path: Path, rows: list[dict[str, Any]]) -> Path:
    parquet.write_table(arrow.Table.from_pylist(rows), path, row_group_size=2)
    return path


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (("question", "answer"), {"patient": "question", "doctor": "answer"}),
        (("Patient", "Doctor ", "n"), {"patient": "Patient", "doctor": "Doctor "}),
        (("ask", "response"), {"patient": "ask", "doctor": "response"}),
        (("query", "output"), {"patient": "query", "doctor": "output"}),
        (("instruction", "input", "output"), {"patient": "input", "doctor": "output"}),
        (("conversations",), {"messages": "conversations"}),
        (("id", "messages", "split"), {"messages": "messages", "id": "id", "split": "split"}),
    ],
)
def test_obvious_names_are_found(names: tuple[str, ...], chosen: dict[str, str]) -> None:
    assert choose_columns(names, {}, "f") == chosen


def test_a_map_beats_the_obvious_names_and_they_fill_what_it_leaves_out() -> None:
    names = ("question", "answer", "words", "messages")
    assert choose_columns(names, {"patient": "words"}, "f") == {"patient": "words", "doctor": "answer"}


@pytest.mark.parametrize(
    ("names", "wanted", "told"),
    [
        (("a", "b"), {}, "its columns: a, b"),
        (("question", "b"), {}, "its columns: question, b"),
        ((), {}, "its columns: none"),
        (("question", "answer"), {"doctor": "reply"}, "has no column reply"),
    ],
)
def test_columns_that_do_not_fit_are_told_with_the_remedy(
    names: tuple[str, ...], wanted: dict[str, str], told: str
) -> None:
    with pytest.raises(InputFileError, match=told) as caught:
        choose_columns(names, wanted, "f")
    assert "corpus.columns={patient: " in str(caught.value)


def test_a_map_names_fields_that_bedside_has() -> None:
    from bedside.core.config import parse_settings

    with pytest.raises(ConfigError, match="bedside has no field pateint; its fields: patient, doctor"):
        parse_settings(CorpusConfig, {"columns": {"pateint": "a"}}, "--set")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("suffix", ["csv", "tsv"])
def test_csv_is_read_in_any_encoding(tmp_path: Path, encoding: str, suffix: str) -> None:
    rows = [
        {
            "q": '我咳嗽，\n"三天"了',
            "a": "多休息,\t多喝水",
            "nr": "7",
            "lang": "zh",
            "rights": "MIT",
            "part": "validation",
        }
    ]
    path = as_csv(tmp_path / f"qa.{suffix}", rows, "\t" if suffix == "tsv" else ",", encoding)
    columns = {"patient": "q", "doctor": "a", "id": "nr", "language": "lang", "licence": "rights", "split": "part"}
    said = (Message("patient", rows[0]["q"]), Message("doctor", rows[0]["a"]))
    assert list(csv_file.read(path, columns)) == [Raw("csv", "7", f"{path}:2", said, "MIT", "zh", "", "dev")]


def test_every_csv_row_is_a_consultation_or_broken(tmp_path: Path) -> None:
    path = tmp_path / "qa.csv"
    path.write_text("question,answer,split\nI cough.,Rest.,\nI cough.\na,b,,d\na,b,half\nI cough.,Rest.,train\n")
    first, *rejected, last = csv_file.read(path, {})
    assert first == Raw("csv", "qa-0", f"{path}:2", PAIR, "unknown")
    assert last == Raw("csv", "qa-4", f"{path}:6", PAIR, "unknown")
    assert [(r.where, r.detail) for r in rejected if isinstance(r, Rejected)] == [
        (f"{path}:3", "no text for both patient and doctor"),
        (f"{path}:4", "4 fields in 3 columns"),
        (f"{path}:5", "not a split: train, dev or test"),
    ]


def test_a_conversation_may_be_json_in_csv_or_a_list_in_parquet(tmp_path: Path) -> None:
    from_csv = csv_file.read(as_csv(tmp_path / "a.csv", [{"messages": json.dumps(CHAT)}, {"messages": "["}]), {})
    from_parquet = parquet_file.read(as_parquet(tmp_path / "a.parquet", [{"messages": CHAT}, {"messages": None}]), {})
    for rows in (list(from_csv), list(from_parquet)):
        first, second = rows
        assert isinstance(first, Raw)
        assert first.messages == PAIR
        assert isinstance(second, Rejected)


def test_every_parquet_row_is_read_by_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet_file, "BATCH_ROWS", 3)
    rows = [{"n": n, "query": f"I cough {n}.", "response": "Rest." if n != 4 else None} for n in range(10)]
    path = as_parquet(tmp_path / "qa.parquet", rows)
    found = list(parquet_file.read(path, {"id": "n"}))
    assert len(found) == len(rows)
    assert [row.where for row in found] == [f"{path}#{n}" for n in range(1, 11)]
    assert [row.key for row in found if isinstance(row, Raw)] == [str(n) for n in range(10) if n != 4]


@pytest.mark.parametrize("damage", [b"", b"PAR1", b"PAR1 and words PAR1"])
def test_a_damaged_parquet_file_is_an_input_error(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "qa.parquet"
    path.write_bytes(damage)
    with pytest.raises(InputFileError, match="not a Parquet file"):
        list(parquet_file.read(path, {}))


@pytest.mark.parametrize("name", ["csv", "parquet"])
def test_the_stage_takes_the_map_from_the_settings(tmp_path: Path, name: str) -> None:
    rows = [{"words": f"I have had a bad cough {n} days.", "reply": f"{ANSWER} {n}"} for n in range(4)]
    path = (as_csv if name == "csv" else as_parquet)(tmp_path / f"qa.{name}", rows)
    columns = {"patient": "words", "doctor": "reply"}
    manifest = build(
        CorpusConfig(near_duplicates=None, sources=(f"{name}:{path}",), columns=columns), 0, tmp_path / "corpus"
    )
    accepted = list(read_rows(tmp_path / "corpus" / "dialogues.jsonl", Dialogue))
    assert [d.messages[0].content for d in accepted] == [row["words"] for row in rows]
    assert manifest.counts["read"] == len(rows)


@pytest.fixture
def dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a train split in JSON lines and a test split in Parquet; the Hub is not asked."""
    import datasets

    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    for split in ("jsonl", "parquet"):
        (tmp_path / split).mkdir()
    rows = [{"question": f"I have had a bad cough {n} days.", "answer": f"{ANSWER} {n}"} for n in range(5)]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (tmp_path / "jsonl" / "train.jsonl").write_text(lines, encoding="utf-8")
    as_parquet(tmp_path / "parquet" / "train.parquet", rows)
    as_parquet(tmp_path / "parquet" / "test.parquet", rows[:2])
    return tmp_path


@pytest.mark.parametrize(("name", "count"), [("jsonl", 5), ("parquet", 5), ("parquet@test", 2), ("parquet@train", 5)])
def test_a_folder_is_read_as_a_dataset(dataset: Path, name: str, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(dataset)
    found = list(hugging_face.read(f"./{name}", {}))
    assert len(found) == count
    assert [row.where for row in found] == [f"hf:./{name}#{n}" for n in range(1, count + 1)]
    assert all(isinstance(row, Raw) for row in found)
    manifest = build(CorpusConfig(near_duplicates=None, sources=(f"hf:./{name}",)), 0, dataset / "corpus")
    assert manifest.counts["accepted"] == count


def test_a_dataset_whose_columns_do_not_fit_is_told(dataset: Path) -> None:
    with pytest.raises(InputFileError, match="its columns: question, answer"):
        list(hugging_face.read(str(dataset / "jsonl"), {"patient": "words"}))


def test_what_cannot_be_loaded_is_told_with_the_remedy(dataset: Path) -> None:
    (dataset / "empty").mkdir()
    (dataset / "broken").mkdir()
    (dataset / "broken" / "train.parquet").write_bytes(b"PAR1 words")
    for name in ("empty", "broken", "jsonl@nowhere"):
        with pytest.raises(UserMistake, match="cannot be loaded") as caught:
            list(hugging_face.read(str(dataset / name), {}))
        assert "hf:NAME@SPLIT" in str(caught.value)


def test_a_name_of_the_hub_is_no_path_and_a_missing_folder_is_told(tmp_path: Path) -> None:
    assert parse_source("hf:owner/name@test", {}) == ("hf", "owner/name@test")
    assert hugging_face.parse("owner/name@test") == ("owner/name", "test")
    assert hugging_face.parse("owner/name") == ("owner/name", "train")
    (tmp_path / "a@b").mkdir()
    assert hugging_face.parse(f"{tmp_path}/a@b") == (str(tmp_path / "a@b"), "train")
    assert hugging_face.parse(f"{tmp_path}/a@b@test") == (str(tmp_path / "a@b"), "test")
    with pytest.raises(InputFileError, match="no such folder of data files"):
        parse_source(f"hf:{tmp_path}/none", {})
