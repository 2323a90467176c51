from __future__ import annotations

import json
from pathlib import Path

import pytest

from bedside.core.records import Rejected
from bedside.corpus.formats import covid_dialogue
from bedside.corpus.raw import Raw
from tests.shared_data import shared_data

ENGLISH = """id=1
https://x.org/1

Description
Is it a cough?

Dialogue
Patient:
Hello, I cough.
At night.
Doctor: Any fever?
Patient:
No.
Doctor:
Rest.

id=2
https://x.org/2

Description
No answer yet.

id=7
Dialogue
Patient:
Hi.
Doctor:
Hi.
"""
CHINESE = """
id=1
https://x.cn/1

Description
疾病： 肺炎
病情描述： 今年初以来咳嗽。
最近发烧。
希望获得的帮助： 怎么办？
患病多久： 半年内
过敏史： 青霉素过敏

Dialogue
医生：
多久了？
病人：
三天。
医生：
多休息。

诊断及建议
总结建议： 网站的话
"""


def read(tmp_path: Path, text: str, name: str = "covid.txt") -> list[Raw | Rejected]:
    path = tmp_path / name
    path.write_bytes(text.encode("utf-8"))
    return list(covid_dialogue.read(path))


def turns_of(row: Raw | Rejected) -> list[tuple[str, str]]:
    assert isinstance(row, Raw)
    return [(m.role, m.content.strip()) for m in row.messages]


def test_every_english_block_is_a_consultation_or_broken(tmp_path: Path) -> None:
    first, second, third = read(tmp_path, ENGLISH)
    assert turns_of(first) == [
        ("patient", "Hello, I cough.\nAt night."),
        ("doctor", "Any fever?"),
        ("patient", "No."),
        ("doctor", "Rest."),
    ]
    assert isinstance(first, Raw)
    assert (first.key, first.title) == ("covid-0", "Is it a cough?")
    assert first.where == f"{tmp_path / 'covid.txt'}:1"
    assert isinstance(second, Rejected)
    lines = ENGLISH.split("\n")
    assert (second.where, second.reason) == (f"{tmp_path / 'covid.txt'}:{lines.index('id=2') + 1}", "broken_row")
    assert "No answer yet." in second.text
    assert turns_of(third) == [("patient", "Hi."), ("doctor", "Hi.")]
    assert isinstance(third, Raw)
    assert (third.key, third.where) == ("covid-2", f"{tmp_path / 'covid.txt'}:{lines.index('id=7') + 1}")


def test_a_chinese_form_is_what_the_patient_said_first_and_the_site_section_is_left_out(tmp_path: Path) -> None:
    (row,) = read(tmp_path, CHINESE)
    assert turns_of(row) == [
        ("patient", "今年初以来咳嗽。\n最近发烧。\n怎么办？"),
        ("doctor", "多久了？"),
        ("patient", "三天。"),
        ("doctor", "多休息。"),
    ]


@pytest.mark.parametrize(
    ("described", "help_wanted", "told"),
    [("未填写", "怎么办？", ["怎么办？"]), ("咳嗽。", "未填写", ["咳嗽。"]), ("未填写", "未填写", [])],
)
def test_an_empty_field_of_the_form_is_not_said(
    tmp_path: Path, described: str, help_wanted: str, told: list[str]
) -> None:
    form = f"id=1\n病情描述： {described}\n希望获得的帮助： {help_wanted}\n\nDialogue\n医生：\n你好\n"
    (row,) = read(tmp_path, form)
    assert turns_of(row) == [*(("patient", text) for text in told), ("doctor", "你好")]


@pytest.mark.parametrize(
    ("described", "help_wanted", "told"),
    [("未填写", "怎么办？", ["怎么办？"]), ("咳嗽。", "未填写", ["咳嗽。"]), ("未填写", "未填写", [])],
)
def test_an_empty_field_right_after_its_colon_is_not_said(
    tmp_path: Path, described: str, help_wanted: str, told: list[str]
) -> None:
    form = f"id=1\n病情描述：{described}\n希望获得的帮助：{help_wanted}\n\nDialogue\n医生：\n你好\n"
    (row,) = read(tmp_path, form)
    assert turns_of(row) == [*(("patient", text) for text in told), ("doctor", "你好")]


def test_the_form_of_a_later_visit_is_no_part_of_a_turn(tmp_path: Path) -> None:
    later = "\nDescription\n疾病： 肺炎\n病情描述： 又咳嗽了。\n\nDialogue\n病人：\n你好\n医生：\n再休息。\n"
    (row,) = read(tmp_path, "id=1\n\nDialogue\n病人：\n三天。\n医生：\n多休息。\n" + later)
    turns = turns_of(row)
    assert ("doctor", "多休息。") in turns
    assert turns[-1] == ("doctor", "再休息。")
    assert not any("Dialogue" in text or "Description" in text or "疾病" in text for _, text in turns)


def test_windows_line_ends_change_nothing(tmp_path: Path) -> None:
    plain = [row for row in read(tmp_path, ENGLISH) if isinstance(row, Raw)]
    windows = [row for row in read(tmp_path, ENGLISH.replace("\n", "\r\n")) if isinstance(row, Raw)]
    assert len(windows) == len(plain) == 2


def test_the_json_file_holds_lists_of_headed_lines(tmp_path: Path) -> None:
    rows = [
        {"Id": 1, "Turn": 2, "Dialogue": ["病人：咳嗽。", "很久了。", "医生:多休息。"]},
        {"Id": 2},
        {"Dialogue": ["病人：咳嗽。", 5]},
        "text",
    ]
    first, *others = read(tmp_path, json.dumps(rows), "covid.json")
    assert turns_of(first) == [("patient", "咳嗽。\n很久了。"), ("doctor", "多休息。")]
    path = tmp_path / "covid.json"
    assert [row.where for row in others] == [f"{path}#2", f"{path}#3", f"{path}#4"]
    assert all(isinstance(row, Rejected) and row.reason == "broken_row" for row in others)


@pytest.mark.parametrize(
    ("name", "count", "without_dialogue"),
    [
        ("COVID-Dialogue-Dataset-English.txt", 604, 0),
        ("COVID-Dialogue-Dataset-Chinese.txt", 1393, 74),
        ("COVID-Dialogue-Dataset-Chinese.json", 1088, 0),
    ],
)
def test_every_block_of_the_real_files_is_read(name: str, count: int, without_dialogue: int) -> None:
    path = shared_data(f"covid_dialogue/{name}")
    rows = list(covid_dialogue.read(path))
    if path.suffix == ".txt":
        blocks = path.read_text(encoding="utf-8").split("id=")[1:]
        blocks = [block for block in blocks if block.partition("\n")[0].strip().isdigit()]
        assert len(blocks) == count
        assert sum("\nDialogue\n" not in block for block in blocks) == without_dialogue
    assert len(rows) == count
    assert sum(isinstance(row, Rejected) for row in rows) == without_dialogue
    assert sum(isinstance(row, Raw) and bool(row.messages) for row in rows) == count - without_dialogue
