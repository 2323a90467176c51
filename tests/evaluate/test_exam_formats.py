"""Exam formats: each set as its authors publish it becomes items; a broken row is told with its place."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bedside.core.errors import InputFileError, UnknownName, UserMistake
from bedside.core.files import write_rows
from bedside.core.records import ExamItem
from bedside.evaluate.exam_formats import check_source, exam_items, read_source
from tests.shared_data import shared_data

LETTERED = {"A": "aspirin", "B": "warfarin", "C": "heparin", "D": "none"}
MEDMCQA = {"question": "Which drug?", "opa": "aspirin", "opb": "warfarin", "opc": "heparin", "opd": "none"}
PUBMED = {"QUESTION": "Does it help?", "CONTEXTS": ["One.", "Two."], "final_decision": "no"}


def lines(path: Path, *rows: dict[str, Any]) -> str:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def read(text: str) -> list[ExamItem]:
    return list(read_source(text))


def test_medqa(tmp_path: Path) -> None:
    row = {"question": "Which drug?", "answer": "heparin", "options": LETTERED, "meta_info": "step1", "answer_idx": "C"}
    (item,) = read(f"medqa:{lines(tmp_path / 'test.jsonl', row)}")
    assert (item.id, item.source, item.language, item.form) == ("medqa/1", "medqa", "en", "medqa")
    assert (item.options, item.answer) == (tuple(LETTERED.values()), 2)
    chinese = row | {"question": "下列哪一种药物？", "options": {**LETTERED, "E": "其他"}, "answer_idx": "E"}
    (item,) = read(f"medqa:{lines(tmp_path / 'zh.jsonl', chinese)}")
    assert (item.language, len(item.options), item.answer) == ("zh", 5, 4)


def test_medmcqa_counts_from_one_as_published_and_from_zero_on_the_hub(tmp_path: Path) -> None:
    official: list[dict[str, Any]] = [
        dict[str, Any](MEDMCQA) | {"cop": n, "id": f"x{n}", "subject_name": "Pharmacology"} for n in (1, 4)
    ]
    items = read(f"medmcqa:{lines(tmp_path / 'a.jsonl', *official)}")
    assert [(i.id, i.answer, i.subject) for i in items] == [
        ("medmcqa/x1", 0, "Pharmacology"),
        ("medmcqa/x4", 3, "Pharmacology"),
    ]
    hub = lines(tmp_path / "b.jsonl", MEDMCQA | {"cop": 0}, MEDMCQA | {"cop": 3})
    assert [i.answer for i in read(f"medmcqa:{hub}")] == [0, 3]
    with pytest.raises(InputFileError, match="cop is 0 in some rows and 4 in others"):
        read(f"medmcqa:{lines(tmp_path / 'c.jsonl', MEDMCQA | {'cop': 0}, MEDMCQA | {'cop': 4})}")
    with pytest.raises(InputFileError, match=r"d\.jsonl:2.*cop is None"):
        read(f"medmcqa:{lines(tmp_path / 'd.jsonl', MEDMCQA | {'cop': 1}, MEDMCQA)}")


def test_pubmedqa_keeps_its_abstract(tmp_path: Path) -> None:
    (tmp_path / "ori_pqal.json").write_text(json.dumps({"123": PUBMED}), encoding="utf-8")
    (item,) = read(f"pubmedqa:{tmp_path / 'ori_pqal.json'}")
    assert (item.id, item.form, item.context) == ("pubmedqa/123", "pubmedqa", "One.\nTwo.")
    assert (item.options, item.answer) == (("yes", "no", "maybe"), 1)


def test_mmlu_as_csv_folder_and_parquet(tmp_path: Path) -> None:
    folder = tmp_path / "test"
    folder.mkdir()
    (folder / "anatomy_test.csv").write_text('"Which, of these?",a,b,c,d,B\nNext?,1,2,3,4,D\n', encoding="utf-8")
    (folder / "virology_test.csv").write_text("A virus?,a,b,c,d,A\n", encoding="utf-8")
    items = read(f"mmlu:{folder}")
    assert [(i.id, i.subject, i.answer) for i in items] == [
        ("mmlu/anatomy-1", "anatomy", 1),
        ("mmlu/anatomy-2", "anatomy", 3),
        ("mmlu/virology-1", "virology", 0),
    ]
    assert items[0].question == "Which, of these?"
    row = {"question": "Which?", "subject": "college_medicine", "choices": ["a", "b", "c", "d"], "answer": 2}
    write_rows(tmp_path / "test-00000.parquet", [row])
    (item,) = read(f"mmlu:{tmp_path / 'test-00000.parquet'}")
    assert (item.subject, item.options, item.answer) == ("college_medicine", ("a", "b", "c", "d"), 2)


def test_cmmlu_and_ceval_tables(tmp_path: Path) -> None:
    table = ",Question,A,B,C,D,Answer\n0,下列哪项正确？,甲,乙,丙,丁,C\n"
    (tmp_path / "anatomy.csv").write_text(table, encoding="utf-8")
    (item,) = read(f"cmmlu:{tmp_path / 'anatomy.csv'}")
    assert (item.id, item.form, item.language, item.answer) == ("cmmlu/anatomy-1", "cmmlu", "zh", 2)
    table = "id,question,A,B,C,D,answer,explanation\n7,下列哪项正确？,甲,乙,丙,丁,A,因为\n"
    (tmp_path / "physician_val.csv").write_text(table, encoding="gb18030")
    (item,) = read(f"ceval:{tmp_path / 'physician_val.csv'}")
    assert (item.id, item.form, item.subject, item.options[3]) == ("ceval/physician-7", "ceval", "physician", "丁")


def test_jsonl_rows_of_any_kind(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"question": "Which?", "options": ["a", "b"], "answer": "B", "id": "mine"},
        {"question": "Which?", "options": ["a", "b"], "answer": 0},
        {"question": "Which?", "options": {"A": "left", "B": "right", "C": "both"}, "answer": "both"},
    ]
    items = read(f"jsonl:{lines(tmp_path / 'own.jsonl', *rows)}")
    assert [(i.id, i.answer) for i in items] == [("own/mine", 1), ("own/2", 0), ("own/3", 2)]
    write_rows(tmp_path / "items.jsonl", items)
    assert read(f"jsonl:{tmp_path / 'items.jsonl'}") == items
    (item,) = read(f"jsonl:{lines(tmp_path / 'opa.jsonl', MEDMCQA | {'cop': 2})}")
    assert (item.form, item.answer) == ("medmcqa", 2)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"question": " ", "options": ["a", "b"], "answer": 0}, "the question is empty"),
        ({"question": "Which?", "options": ["a"], "answer": 0}, "has 1 options"),
        ({"question": "Which?", "options": ["a", " "], "answer": 0}, "option B is empty"),
        ({"question": "Which?", "options": ["a", "b"], "answer": 2}, "number 3 of 2"),
        ({"question": "Which?", "options": ["a", "b"], "answer": "z"}, "neither a letter"),
        ({"question": "Which?", "options": ["a", "b"], "answer": None}, "the answer is nothing"),
        ({"question": "Which?", "options": "ab", "answer": 0}, "neither texts in a list"),
        ({"question": "Which?", "options": {"A": "a", "C": "c"}, "answer": "C"}, "lettered A, C"),
        ({"question": 3.5, "options": [1, 2], "answer": 0}, "neither texts"),
        ({"prompt": "Which?"}, "no multiple-choice set is known with the columns prompt"),
    ],
)
def test_a_broken_row_is_told_with_its_line(row: dict[str, Any], told: str, tmp_path: Path) -> None:
    good = {"question": "Which?", "options": ["a", "b"], "answer": 1}
    path = lines(tmp_path / "x.jsonl", *([row] if "prompt" in row else [good, row]))
    with pytest.raises(InputFileError, match=told) as error:
        read(f"jsonl:{path}")
    assert error.value.where == f"{path}:{1 if 'prompt' in row else 2}"


def test_broken_tables_are_told_with_their_line(tmp_path: Path) -> None:
    (tmp_path / "a_test.csv").write_text("Which?,a,b,c,d,B\nWhich?,a,b\n", encoding="utf-8")
    with pytest.raises(InputFileError, match="has 3 cells, 6 were expected") as error:
        read(f"mmlu:{tmp_path / 'a_test.csv'}")
    assert error.value.where == f"{tmp_path / 'a_test.csv'}:2"
    (tmp_path / "b.csv").write_text("Question,A,B,Answer\nx,a,b\n", encoding="utf-8")
    with pytest.raises(InputFileError, match="has 3 cells, the first line names 4"):
        read(f"cmmlu:{tmp_path / 'b.csv'}")


def test_sources_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(UserMistake, match="is not FORMAT:PATH"):
        check_source("medqa")
    with pytest.raises(UnknownName, match="medqaa"):
        check_source("medqaa:x.jsonl")
    with pytest.raises(InputFileError, match="no such file"):
        check_source(f"medqa:{tmp_path / 'none.jsonl'}")
    with pytest.raises(InputFileError, match="no such folder"):
        check_source("hf:./none")
    assert check_source("hf:cais/mmlu:anatomy@validation") == ("hf", "cais/mmlu:anatomy@validation")


def test_a_folder_of_data_files_is_recognised_by_its_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    folder = tmp_path / "set"
    folder.mkdir()
    lines(folder / "test.jsonl", MEDMCQA | {"cop": 3, "id": "x"}, MEDMCQA | {"cop": 0, "id": "y"})
    items = read(f"hf:{folder}")
    assert [(i.id, i.answer, i.form) for i in items] == [("hf/set/x", 3, "medmcqa"), ("hf/set/y", 0, "medmcqa")]
    with pytest.raises(UserMistake, match="cannot be loaded"):
        read(f"hf:{folder}@nonesuch")


def test_the_draw_is_seeded_and_by_source(tmp_path: Path) -> None:
    rows = [{"question": f"Which {n}?", "options": ["a", "b", "c"], "answer": n % 3} for n in range(40)]
    first, second = (f"jsonl:{lines(tmp_path / f'{name}.jsonl', *rows)}" for name in ("one", "two"))
    drawn = exam_items((first, second), 10, 0)
    assert Counter(item.source for item in drawn) == {"one": 10, "two": 10}
    assert drawn == exam_items((first, second), 10, 0)
    assert drawn != exam_items((first, second), 10, 1)
    # What else is asked changes nothing, nor does a larger draw drop what a smaller one took.
    alone = exam_items((first,), 10, 0)
    assert [i for i in drawn if i.source == "one"] == alone
    assert {i.id for i in alone} <= {i.id for i in exam_items((first,), 20, 0)}
    everything = exam_items((first,), None, 0)
    assert len(everything) == 40
    assert all(item.belief != item.answer for item in everything)
    assert {item.belief for item in everything if item.answer == 0} == {1, 2}, "the belief is drawn among the wrong"
    with pytest.raises(UserMistake, match="share an id"):
        exam_items((first, first), None, 0)


def test_mirage_as_it_is() -> None:
    path = shared_data("mirage/benchmark.json")
    items = exam_items((f"mirage:{path}",), None, 0)
    counts = Counter(item.source for item in items)
    assert counts == {"mirage/medqa": 1273, "mirage/medmcqa": 4183, "mirage/pubmedqa": 500, "mirage/mmlu": 1089}
    assert {i.subject for i in items if i.form == "mmlu"} >= {"anatomy", "college_medicine", "professional_medicine"}
    assert {i.form for i in items} == {"medqa", "medmcqa", "pubmedqa", "mmlu"}
    assert exam_items((f"mirage/medqa:{path}",), 20, 0) == exam_items((f"mirage:{path}",), 20, 0)[:20]
