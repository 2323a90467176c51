from __future__ import annotations

import csv
from pathlib import Path

import pytest

from bedside.core.errors import InputFileError
from bedside.core.records import Message, Rejected
from bedside.corpus.formats import toyhom
from bedside.corpus.raw import Raw
from tests.shared_data import shared_data

HEAD = "department,title,ask,answer\n"


def read(tmp_path: Path, text: str, encoding: str = "gb18030") -> list[Raw | Rejected]:
    path = tmp_path / "qa.csv"
    path.write_bytes(text.encode(encoding))
    return list(toyhom.read(path))


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-8-sig"])
def test_a_row_is_a_question_and_an_answer_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    rows = read(tmp_path, HEAD + '内科, 发烧？ ,"我发烧，三天了","多休息，\n多喝水"\n', encoding)
    messages = (Message("patient", "我发烧，三天了"), Message("doctor", "多休息，\n多喝水"))
    where = f"{tmp_path / 'qa.csv'}:2"
    assert rows == [Raw("toyhom", "qa-0", where, messages, "MIT", "zh", "发烧？")]


@pytest.mark.parametrize(
    "ask",
    [
        "",
        "  ",
        "无",
        " 无 ",
    ],
)
def test_where_nothing_was_asked_the_title_is_the_question(tmp_path: Path, ask: str) -> None:
    (row,) = read(tmp_path, f"{HEAD}内科,发烧怎么办？,{ask},多休息\n")
    assert isinstance(row, Raw)
    assert row.messages == (Message("patient", "发烧怎么办？"), Message("doctor", "多休息"))


@pytest.mark.parametrize("short", ["内科,发烧？,我发烧", "内科,发烧？", "内科"])
def test_a_row_with_too_few_fields_is_broken_and_the_rows_around_it_are_read(tmp_path: Path, short: str) -> None:
    good = "内科,发烧？,我发烧,多休息\n"
    first, second, third = read(tmp_path, f"{HEAD}{good}{short}\n{good}")
    assert isinstance(first, Raw)
    assert isinstance(third, Raw)
    assert isinstance(second, Rejected)
    assert (second.where, second.reason) == (f"{tmp_path / 'qa.csv'}:3", "broken_row")
    assert short.split(",")[-1] in second.text


def test_a_row_with_too_many_fields_is_not_lost(tmp_path: Path) -> None:
    assert len(read(tmp_path, f"{HEAD}内科,发烧？,我发烧,多休息,多喝水\n")) == 1


def test_the_order_of_columns_does_not_matter(tmp_path: Path) -> None:
    (row,) = read(tmp_path, "ask,answer,title\n我发烧,多休息\n")
    assert isinstance(row, Rejected)


def test_a_file_without_the_columns_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputFileError, match="has no column ask, answer"):
        read(tmp_path, "department,title\n内科,发烧？\n")


def test_every_row_of_the_real_file_is_read() -> None:
    path = shared_data("toyhom_zh/toyhom_internal_medicine_sample.csv")
    with path.open(encoding="gb18030", newline="") as lines:
        expected = sum(1 for _ in csv.reader(lines)) - 1
    rows = list(toyhom.read(path))
    assert len(rows) == expected == 7644
    assert all(isinstance(row, Raw) for row in rows)
