from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bedside.core.config import CorpusConfig
from bedside.core.errors import InputFileError, UnknownName, UserMistake
from bedside.core.files import read_rows
from bedside.core.manifest import Manifest, read_manifest
from bedside.core.records import Dialogue, Rejected, Split
from bedside.corpus import build
from tests.shared_data import shared_data

ANSWER = "Do rest and drink a lot of water now."


def pair(asked: str, answered: str = ANSWER, **fields: Any) -> dict[str, Any]:
    return {"patient": asked, "doctor": answered, **fields}


def own(number: int, split: Split = "train") -> dict[str, Any]:
    turns = [{"role": "patient", "content": f"I cough {number}."}, {"role": "doctor", "content": ANSWER}]
    return {"id": f"d{number}", "source": "clinic", "language": "en", "messages": turns, "split": split}


def many(count: int, start: int = 0) -> list[dict[str, Any]]:
    return [pair(f"My question is number {number} of these.") for number in range(start, start + count)]


class Built:
    """A corpus made of lines, read back."""

    def __init__(self, folder: Path, rows: list[dict[str, Any]], **settings: Any) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.source = folder / "rows.jsonl"
        self.source.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        self.out = folder / "corpus"
        self.manifest = build(
            CorpusConfig(near_duplicates=None, sources=(f"jsonl:{self.source}",), **settings), 0, self.out
        )
        self.accepted = list(read_rows(self.out / "dialogues.jsonl", Dialogue))
        self.rejected = list(read_rows(self.out / "rejected.jsonl", Rejected))

    @property
    def splits(self) -> dict[str, str]:
        return {dialogue.messages[0].content: dialogue.split for dialogue in self.accepted}


def test_every_row_is_accepted_or_rejected_and_counted_by_reason(tmp_path: Path) -> None:
    rows = [
        pair("I have a bad cough."),
        pair("I HAVE  a bad\ncough."),
        pair("Cough?"),
        pair("I have a bad headache.", "Rest."),
        pair("I have a bad back.", ANSWER[:-1] + " …"),
        pair("", ANSWER),
        {"neither": "nor"},
        pair("I have another bad cough."),
    ]
    built = Built(tmp_path, rows, test_share=0.0)
    reasons = ["duplicate", "patient_too_short", "doctor_too_short", "answer_cut_off", "no_exchange", "broken_row"]
    assert [row.reason for row in built.rejected] == reasons
    assert len(built.accepted) == 2
    assert built.manifest.counts == {
        "read": len(rows),
        "accepted": 2,
        "rejected": 6,
        **{f"rejected: {reason}": 1 for reason in reasons},
        "split: train": 2,
    }
    assert read_manifest(built.out) == built.manifest


def test_an_answer_without_medicine_is_rejected_unless_bedside_wrote_it(tmp_path: Path) -> None:
    referral = "Please consult a doctor about this as soon as possible."
    given = own(1)
    given["messages"][1]["content"] = referral
    built = Built(tmp_path, [pair("I have a bad cough.", referral), given, pair("I have a bad back.")], test_share=0.0)
    assert [row.reason for row in built.rejected] == ["only_see_a_doctor"]
    assert built.rejected[0].text == f"patient: I have a bad cough.\ndoctor: {referral}"
    assert built.rejected[0].where == f"{built.source}:1"
    assert len(built.accepted) == 2


def test_a_duplicate_says_what_it_repeats(tmp_path: Path) -> None:
    rows = [pair("I have a bad cough.", id="first"), pair(" i have a BAD cough.", id="second")]
    built = Built(tmp_path, rows)
    assert [dialogue.id for dialogue in built.accepted] == ["first"]
    (duplicate,) = built.rejected
    assert (duplicate.reason, duplicate.detail) == ("duplicate", "same words as first")
    assert duplicate.text == "i have a BAD cough."


def test_a_duplicate_says_where_it_stood(tmp_path: Path) -> None:
    built = Built(tmp_path, [pair("I have a bad cough."), pair("I have a bad cough.")])
    assert [row.where for row in built.rejected] == [f"{built.source}:2"]


def test_the_same_question_with_another_answer_is_no_duplicate(tmp_path: Path) -> None:
    rows = [pair("I have a bad cough."), pair("I have a bad cough.", ANSWER + " Sleep.")]
    assert len(Built(tmp_path, rows).accepted) == 2


def test_letters_moved_from_one_turn_to_the_next_are_no_duplicate(tmp_path: Path) -> None:
    rows = [pair("I have bad coughs", "and " + ANSWER), pair("I have bad cough", "sand " + ANSWER)]
    assert len(Built(tmp_path, rows).accepted) == 2


def test_an_id_that_repeats_is_made_unique(tmp_path: Path) -> None:
    rows = [pair(f"I have bad cough {number}.", id="same") for number in range(3)]
    ids = [dialogue.id for dialogue in Built(tmp_path, rows).accepted]
    assert ids[0] == "same"
    assert len(set(ids)) == 3


def test_an_id_made_unique_does_not_meet_a_given_one(tmp_path: Path) -> None:
    rows = [pair(f"I have bad cough {number}.", id=name) for number, name in enumerate(("a", "a", "a~2"))]
    assert len({dialogue.id for dialogue in Built(tmp_path, rows).accepted}) == 3


def test_reading_stops_when_enough_is_accepted(tmp_path: Path) -> None:
    built = Built(tmp_path, [pair("Cough?"), *many(10)], limit=3)
    assert [d.messages[0].content for d in built.accepted] == [row["patient"] for row in many(3)]
    assert (built.manifest.counts["read"], built.manifest.counts["rejected"]) == (4, 1)


def test_the_test_share_is_what_was_asked_for(tmp_path: Path) -> None:
    count, share = 2000, 0.25
    test = Counter(Built(tmp_path, many(count), test_share=share).splits.values())["test"]
    # Four standard deviations of a binomial.
    assert abs(test - count * share) < 4 * (count * share * (1 - share)) ** 0.5


@pytest.mark.parametrize(("share", "splits"), [(0.0, {"train"}), (1.0, {"test"})])
def test_none_or_all_can_be_held_out(tmp_path: Path, share: float, splits: set[str]) -> None:
    assert set(Built(tmp_path, many(100), test_share=share).splits.values()) == splits


def test_splits_stay_when_rows_are_added_and_moved(tmp_path: Path) -> None:
    before = Built(tmp_path / "before", many(300), test_share=0.3).splits
    rows = many(300, start=300) + many(300)
    random.Random(0).shuffle(rows)
    after = Built(tmp_path / "after", rows, test_share=0.3).splits
    assert set(before.values()) == {"train", "test"}
    assert len(after) == 600
    assert {asked: after[asked] for asked in before} == before


def test_a_larger_test_share_keeps_what_was_held_out(tmp_path: Path) -> None:
    held_out = [
        {a for a, split in Built(tmp_path / str(share), many(300), test_share=share).splits.items() if split == "test"}
        for share in (0.1, 0.4)
    ]
    assert set() < held_out[0] < held_out[1]


def test_one_question_with_many_answers_is_on_one_side(tmp_path: Path) -> None:
    rows = [pair(f"My question is number {number} of these.", f"{ANSWER} {k}") for number in range(50) for k in "ab"]
    rows += [pair(f"MY question is  number {number} of these.", f"{ANSWER} c") for number in range(50)]
    built = Built(tmp_path, rows, test_share=0.5)
    sides: dict[str, set[str]] = {}
    for dialogue in built.accepted:
        sides.setdefault(dialogue.messages[0].content.lower(), set()).add(dialogue.split)
    assert len(built.accepted) == 150
    assert len(sides) == 50
    assert all(len(side) == 1 for side in sides.values())
    assert {split for side in sides.values() for split in side} == {"train", "test"}


def test_a_given_split_other_than_train_stays(tmp_path: Path) -> None:
    rows = [own(1, "test"), own(2, "dev"), own(3)]
    built = Built(tmp_path, rows, test_share=0.0)
    assert [dialogue.split for dialogue in built.accepted] == ["test", "dev", "train"]


@pytest.mark.parametrize("kept", [0, 1])
def test_a_dialogue_without_an_answer_is_rejected(tmp_path: Path, kept: int) -> None:
    built = Built(tmp_path, [own(1), {**own(2), "messages": own(2)["messages"][:kept]}])
    assert [dialogue.id for dialogue in built.accepted] == ["d1"]
    assert len(built.rejected) == 1


@pytest.mark.parametrize("row", [{"a": "\ud800"}, pair("I have a bad cough.", id="\ud800")], ids=["broken row", "id"])
def test_half_a_surrogate_pair_does_not_stop_the_stage(tmp_path: Path, row: dict[str, Any]) -> None:
    assert Built(tmp_path, [*many(2), row]).manifest.counts["read"] == 3


def test_several_sources_are_read_in_order(tmp_path: Path) -> None:
    chat = [{"from": "human", "value": "I have a bad back."}, {"from": "gpt", "value": ANSWER}]
    data = {
        "alpaca": [{"instruction": "I have a bad cough.", "output": ANSWER}, {"output": "x"}],
        "sharegpt": [{"conversations": chat}],
        "icliniq": [{"question": "I have a bad knee.", "answer": ANSWER}],
    }
    for name, rows in data.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(rows), encoding="utf-8")
    config = CorpusConfig(near_duplicates=None, sources=tuple(f"{name}:{tmp_path / name}.json" for name in data))
    manifest = build(config, 0, tmp_path / "corpus")
    accepted = list(read_rows(tmp_path / "corpus" / "dialogues.jsonl", Dialogue))
    assert [(d.source, d.id, d.licence) for d in accepted] == [
        ("alpaca", "alpaca-0", "unknown"),
        ("sharegpt", "sharegpt-0", "unknown"),
        ("icliniq", "icliniq-0", "MIT"),
    ]
    assert (manifest.counts["read"], manifest.counts["accepted"], len(manifest.inputs)) == (4, 3, 3)


def test_the_same_sources_are_not_read_again_and_changed_ones_are(tmp_path: Path) -> None:
    built = Built(tmp_path, many(3))
    (built.out / "dialogues.jsonl").write_text("not touched", encoding="utf-8")
    config = CorpusConfig(near_duplicates=None, sources=(f"jsonl:{built.source}",))
    assert build(config, 0, built.out) == built.manifest
    assert (built.out / "dialogues.jsonl").read_text(encoding="utf-8") == "not touched"
    assert len(Built(tmp_path, many(4)).accepted) == 4


def test_the_same_rows_make_the_same_files(tmp_path: Path) -> None:
    first, second = (Built(tmp_path / name, [*many(20), pair("x")]) for name in ("a", "b"))
    assert (first.out / "dialogues.jsonl").read_bytes() == (second.out / "dialogues.jsonl").read_bytes()


@pytest.mark.parametrize("source", ["rows.jsonl", "jsonl:", ""])
def test_a_source_is_a_format_and_a_path(tmp_path: Path, source: str) -> None:
    with pytest.raises(UserMistake, match="is not FORMAT:PATH"):
        build(CorpusConfig(near_duplicates=None, sources=(source,)), 0, tmp_path / "corpus")
    assert not (tmp_path / "corpus").exists()


def test_a_misspelt_format_is_told_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match=r"unknown format 'shargpt'") as caught:
        build(CorpusConfig(near_duplicates=None, sources=("shargpt:x.json",)), 0, tmp_path / "corpus")
    assert "Did you mean 'sharegpt'?" in str(caught.value)


def test_a_missing_source_is_told_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(InputFileError, match="no such file"):
        build(
            CorpusConfig(near_duplicates=None, sources=(f"alpaca:{tmp_path / 'missing.json'}",)), 0, tmp_path / "corpus"
        )
    assert not (tmp_path / "corpus").exists()


def test_when_nothing_is_usable_the_reasons_are_told_and_nothing_is_complete(tmp_path: Path) -> None:
    with pytest.raises(UserMistake, match=r"none of the 2 rows .*'patient_too_short': 2"):
        Built(tmp_path, [pair("a"), pair("b")])
    assert read_manifest(tmp_path / "corpus") is None
    assert len(Built(tmp_path, many(3)).accepted) == 3


def test_a_line_that_is_not_json_is_rejected_with_its_place_and_the_rest_is_read(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    first, last = (json.dumps(row) for row in many(2))
    path.write_text(f"{first}\nbroken\n{last}\n", encoding="utf-8")
    manifest = build(CorpusConfig(near_duplicates=None, sources=(f"jsonl:{path}",)), 0, tmp_path / "corpus")
    assert (manifest.counts["accepted"], manifest.counts["rejected: broken_row"]) == (2, 1)
    (rejected,) = read_rows(tmp_path / "corpus" / "rejected.jsonl", Rejected)
    detail = "not valid JSON: Expecting value"
    assert rejected == Rejected("jsonl", f"{path}:2", "broken_row", detail, "broken")


def test_a_file_that_opens_with_no_json_stops_the_stage_at_its_place(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text("\nbroken\n" + json.dumps(many(1)[0]), encoding="utf-8")
    with pytest.raises(InputFileError) as caught:
        build(CorpusConfig(near_duplicates=None, sources=(f"jsonl:{path}",)), 0, tmp_path / "corpus")
    assert caught.value.where == f"{path}:2"
    assert {p.name for p in (tmp_path / "corpus").iterdir()} <= {".started.json"}


def real(tmp_path: Path, *sources: str, **settings: Any) -> tuple[Manifest, list[Dialogue], list[Rejected]]:
    paths = [f"{source.partition(':')[0]}:{shared_data(source.partition(':')[2])}" for source in sources]
    manifest = build(CorpusConfig(near_duplicates=None, sources=tuple(paths), **settings), 0, tmp_path / "corpus")
    accepted = list(read_rows(tmp_path / "corpus" / "dialogues.jsonl", Dialogue))
    return manifest, accepted, list(read_rows(tmp_path / "corpus" / "rejected.jsonl", Rejected))


def test_no_row_of_real_files_is_lost(tmp_path: Path) -> None:
    manifest, accepted, rejected = real(
        tmp_path,
        "icliniq:icliniq/icliniqQAs.json",
        "icliniq:icliniq/ehealthforumQAs.json",
        "covid-dialogue:covid_dialogue/COVID-Dialogue-Dataset-English.txt",
    )
    assert manifest.counts["read"] == len(accepted) + len(rejected) == 465 + 171 + 604
    assert manifest.counts["accepted"] == len(accepted) == len({d.id for d in accepted})
    assert manifest.counts["rejected"] == len(rejected)
    text = shared_data("covid_dialogue/COVID-Dialogue-Dataset-English.txt").read_text(encoding="utf-8")
    said = [" ".join(block.partition("Dialogue\n")[2].lower().split()) for block in text.split("\nid=")]
    repeats = len(said) - len(set(said))
    assert (len(said), repeats) == (604, 4)
    # Some blocks are the same only when the sites' own words are gone.
    assert sum(r.reason == "duplicate" and r.source == "covid-dialogue" for r in rejected) >= repeats
    words = [" ".join("|".join(m.content for m in d.messages).lower().split()) for d in accepted]
    assert len(set(words)) == len(words)
    assert not any("-->" in m.content or "http" in m.content for d in accepted for m in d.messages)


def test_no_real_question_is_both_trained_on_and_tested(tmp_path: Path) -> None:
    _, accepted, rejected = real(tmp_path, "icliniq:icliniq/questionDoctorQAs.json", test_share=0.2)
    sides: dict[str, set[str]] = {}
    for dialogue in accepted:
        sides.setdefault(" ".join(dialogue.messages[0].content.lower().split()), set()).add(dialogue.split)
    assert len(accepted) + len(rejected) == 5679
    assert len(sides) <= 1890 < len(accepted)
    assert all(len(side) == 1 for side in sides.values())
    assert {"test"} in sides.values()
