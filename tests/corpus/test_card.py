from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from bedside.core.config import CorpusConfig
from bedside.corpus.card import SourceSummary, Summary, write_card

FIRST = SourceSummary(
    "icliniq", "icliniqQAs.json", ("MIT",), 465, 460, {"answer_cut_off": 2, "duplicate": 2, "near_duplicate": 1}
)
SECOND = SourceSummary("toyhom", "a|b.csv", ("Apache-2.0", "MIT"), 1700, 1540, {"duplicate": 100, "wrong_language": 60})
SUMMARY = Summary(
    sources=(FIRST, SECOND),
    languages={"en": 460, "zh": 1540},
    splits={"test": 200, "train": 1800},
    turns={2: 1900, 4: 50, 6: 30, 8: 15, 20: 5},
    private={"NAME": 1234, "PHONE": 3},
    patient_characters={0: 500, 50: 900, 100: 400, 400: 190, 9000: 10},
    doctor_characters={0: 1000, 50: 1000},
)
PLAIN = msgspec.structs.replace(
    SUMMARY, sources=(FIRST,), languages={"en": 460}, splits={"train": 460}, turns={2: 460}, private={},
    patient_characters={100: 460}, doctor_characters={0: 460},
)  # fmt: skip


def card(tmp_path: Path, summary: Summary) -> tuple[dict[str, Any], str]:
    """The front matter and the text below it."""
    write_card(tmp_path, summary)
    _, front, text = (tmp_path / "README.md").read_text(encoding="utf-8").split("---\n", 2)
    return yaml.safe_load(front), text


def table(text: str, first: str) -> list[list[str]]:
    """The rows of the table whose head's first cell is `first`, without head and rule."""
    lines = text.split(f"\n| {first} |", 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    return [[c.strip() for c in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def numbers(row: list[str]) -> list[int]:
    return [int(c.replace(",", "")) for c in row]


def test_the_front_matter_says_what_the_hub_asks(tmp_path: Path) -> None:
    front, _ = card(tmp_path, SUMMARY)
    assert front["license"] == "other"
    assert front["language"] == ["en", "zh"]
    assert front["size_categories"] == ["1K<n<10K"]
    assert front["configs"] == [{"config_name": "default", "data_files": "dialogues.jsonl"}]
    assert set(front) == {"license", "language", "task_categories", "tags", "size_categories", "configs"}


@pytest.mark.parametrize(("licence", "said"), [("MIT", "mit"), ("Apache-2.0", "apache-2.0"), ("unknown", "other")])
def test_a_single_licence_of_the_hub_is_named(tmp_path: Path, licence: str, said: str) -> None:
    summary = msgspec.structs.replace(PLAIN, sources=(msgspec.structs.replace(FIRST, licences=(licence,)),))
    assert card(tmp_path, summary)[0]["license"] == said


@pytest.mark.parametrize("rows, size", [(999, "n<1K"), (1000, "1K<n<10K"), (250_000, "100K<n<1M"), (10**8, "n>100M")])
def test_the_size_is_the_number_of_accepted_rows(tmp_path: Path, rows: int, size: str) -> None:
    source = msgspec.structs.replace(FIRST, accepted=rows)
    assert card(tmp_path, msgspec.structs.replace(PLAIN, sources=(source,)))[0]["size_categories"] == [size]


def test_the_counts_add_up_by_source_and_by_reason(tmp_path: Path) -> None:
    _, text = card(tmp_path, SUMMARY)
    *sources, total = [numbers(row[3:]) for row in table(text, "source")]
    assert sources == [[465, 460, 5], [1700, 1540, 160]]
    assert total == [sum(column) for column in zip(*sources, strict=True)] == [2165, 2000, 165]
    reasons = [numbers(row[1:]) for row in table(text, "reason")]
    assert len(reasons) == 4
    assert all(first + second == both for first, second, both in reasons)
    assert [sum(column) for column in zip(*reasons, strict=True)] == [5, 160, 165]


def test_every_reason_and_kind_has_plain_words(tmp_path: Path) -> None:
    _, text = card(tmp_path, msgspec.structs.replace(SUMMARY, private={"NAME": 2, "ID": 1}))
    assert [row[0] for row in table(text, "reason")] == [
        "the same words as an earlier consultation (`duplicate`)",
        "in none of the wanted languages (`wrong_language`)",
        "the doctor's answer is cut off (`answer_cut_off`)",
        "nearly the same words as an earlier consultation (`near_duplicate`)",
    ]
    assert table(text, "what") == [
        ["names of persons (`NAME`)", "2"],
        ["record, policy and identity numbers (`ID`)", "1"],
    ]


def test_messages_are_told_in_doubling_ranges(tmp_path: Path) -> None:
    _, text = card(tmp_path, SUMMARY)
    assert table(text, "messages in a consultation") == [
        ["2", "1,900"], ["3–4", "50"], ["5–8", "45"], ["17–32", "5"],
    ]  # fmt: skip


def test_a_pipe_in_a_file_name_does_not_break_the_table(tmp_path: Path) -> None:
    assert table(card(tmp_path, SUMMARY)[1], "source")[1][:3] == ["toyhom", "a\\|b.csv", "Apache-2.0; MIT"]


def test_one_source_with_nothing_private_and_nothing_rejected(tmp_path: Path) -> None:
    whole = msgspec.structs.replace(FIRST, read=460, rejected={})
    front, text = card(tmp_path, msgspec.structs.replace(PLAIN, sources=(whole,)))
    assert front["license"] == "mit"
    assert "| reason |" not in text
    assert "Nothing was replaced" in text
    assert "rules miss some" in text and "not medical advice" in text


def test_medians_are_read_off_the_histograms(tmp_path: Path) -> None:
    _, text = card(tmp_path, SUMMARY)
    # 1,000 of 2,000: the patients' half ends in the bin 50-100, the doctors' exactly with the bin 0-50.
    assert "less than about 100 characters, and the doctor less than about\n50." in text


def test_settings_are_told_without_the_reader_s_folders(tmp_path: Path) -> None:
    config = CorpusConfig(sources=("icliniq:/home/me/a.json",), against=("jsonl:/home/me/b.jsonl",), workers=3)
    _, text = card(tmp_path, msgspec.structs.replace(PLAIN, settings=config.model_dump(mode="json")))
    rows = dict(table(text, "setting"))
    assert rows["`against`"] == "`b.jsonl`"
    assert rows["`deidentify`"] == "`yes`" and rows["`limit`"] == "`none`" and rows["`languages`"] == "`en, zh`"
    assert "/home" not in text and "workers" not in text


def test_the_same_summary_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_card(tmp_path / name, SUMMARY)
    for name in ("README.md", "lengths.png"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert b"matplotlib" not in (tmp_path / "a" / "lengths.png").read_bytes().lower()


def test_the_tables_are_apart_from_the_text_around_them(tmp_path: Path) -> None:
    for summary in (SUMMARY, PLAIN):
        lines = card(tmp_path, summary)[1].splitlines()
        for before, line in pairwise(lines):
            assert not (line.startswith("#") and before), "a heading follows text without an empty line"
            assert before.startswith("|") == line.startswith("|") or not before or not line
        assert "\n\n\n" not in "\n".join(lines)
