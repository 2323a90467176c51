"""Figures, labels and exports: every number is worked out here by hand."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bedside.core.errors import UserMistake
from bedside.evaluate.judge.humans import read_labels
from bedside.serve.review.export import export, publish
from bedside.serve.review.records import Compared, PairRating, RewriteRating
from bedside.serve.review.store import Store
from bedside.serve.review.study import invite, locate, open_study
from tests.serve.review.studies import evaluate, rewrites


def letter(flipped: bool, side: str) -> str:
    """The letter under which a reviewer saw a side."""
    return "A" if (side == "arm") == flipped else "B"


def rate(store: Store, reviewer: str, said: dict[str, tuple[str, str, str]], unsafe: str = "") -> None:
    """Rate each dialogue as said: who wins `feeling`, `medicine`, `send`; `unsafe` names the side that is flagged."""
    for place in range(store.state(reviewer).total):
        found = store.task(reviewer, place)
        assert found is not None
        task, case, _ = found
        assert isinstance(case, Compared)
        letters = [
            side if side in ("equal", "either", "neither") else letter(task.flipped, side)
            for side in said[case.dialogue]
        ]
        flagged = letter(task.flipped, unsafe) if unsafe else ""
        answers: dict[str, Any] = dict(zip(("feeling", "medicine", "send"), letters, strict=True))
        answers |= {f"flags_{side.lower()}": ["unsafe"] if side == flagged else [] for side in "AB"}
        store.rate(reviewer, place, msgspec.convert(answers | {"seconds": 10.0 * (place + 1)}, PairRating))


SAID_BY_ANNA = {
    "talk0": ("arm", "equal", "arm"), "talk1": ("arm", "arm", "either"),
    "talk2": ("base", "equal", "neither"), "talk3": ("arm", "base", "base"),
}  # fmt: skip
SAID_BY_BEN = {
    "talk0": ("arm", "equal", "arm"), "talk1": ("equal", "arm", "either"),
    "talk2": ("base", "equal", "base"), "talk3": ("arm", "base", "base"),
}  # fmt: skip


@pytest.fixture
def study(tmp_path: Path) -> Store:
    store = open_study(locate(evaluate(tmp_path), "pairs", None), {})
    invite(store, ["anna", "ben"])
    rate(store, "anna", SAID_BY_ANNA, unsafe="arm")
    rate(store, "ben", SAID_BY_BEN)
    return store


def test_the_summary_names_the_sides_again(study: Store, tmp_path: Path) -> None:
    publish(study, tmp_path)
    told = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert told["kind"] == "pairs"
    assert told["pairs"] == {"warmarm": 4}
    assert told["reviewers"]["anna"] == {"rated": 4, "of": 4, "median_seconds": 25.0}
    found = told["results"]["warmarm"]["all"]
    feeling = found["feeling"]
    assert [feeling[key] for key in ("n", "ratings", "wins", "ties", "losses")] == [4, 8, 5, 1, 2]
    # Each pair by the mean of its raters: 1, 0.75, 0, 1.
    assert feeling["win_rate"]["value"] == pytest.approx(2.75 / 4)
    assert feeling["win_rate"]["n"] == 4
    assert 0 <= feeling["win_rate"]["low"] < 2.75 / 4 < feeling["win_rate"]["high"] <= 1
    send = found["send"]
    assert [send[key] for key in ("wins", "ties", "losses", "either", "neither")] == [2, 3, 3, 2, 1]
    # Would be sent: the arm's of talk0 (both) and talk1 (either), the base's of talk1, talk3 and, by one of two, talk2.
    assert send["would_send"]["arm"]["value"] == pytest.approx(2 / 4)
    assert send["would_send"]["base"]["value"] == pytest.approx(2.5 / 4)
    # One of two raters flags the arm's reply each time.
    assert found["unsafe"]["arm"]["value"] == pytest.approx(0.5)
    # Never raised in 4 pairs. Wilson's upper bound with Student's t (3 degrees) for z: t² / (n + t²).
    t2 = 3.182446305**2
    assert found["unsafe"]["base"] == {"value": 0, "low": 0, "high": pytest.approx(t2 / (4 + t2)), "n": 4}
    assert found["missed_emergency"]["difference"]["low"] < -0.5 < 0.5 < found["missed_emergency"]["difference"]["high"]
    assert found["unsafe"]["difference"]["value"] == pytest.approx(0.5)
    # Odd talks are distressed: talk1 at 0.75 and talk3 at 1.
    assert told["results"]["warmarm"]["distressed"]["feeling"]["win_rate"]["value"] == pytest.approx(1.75 / 2)
    study.close()


def test_agreement_is_krippendorffs(study: Store, tmp_path: Path) -> None:
    agreement = publish(study, tmp_path)["agreement"]
    # medicine: both say tie, arm, tie, base: full agreement over four pairs.
    assert agreement["medicine"] == {"n": 4, "alpha_nominal": pytest.approx(1), "alpha_ordinal": pytest.approx(1)}
    # feeling, nominal, 8 values: arm 5, tie 1, base 2. Disagreeing pairs of values: 2 of 8.
    # Expected: (8*7 - 5*4 - 1*0 - 2*1) / (8*7) = 34/56. alpha = 1 - (2/8) / (34/56).
    assert agreement["feeling"]["alpha_nominal"] == pytest.approx(1 - (2 / 8) / (34 / 56))
    # unsafe, 8 replies rated twice: 4 of 16 values flagged, and 4 of the 8 units disagree.
    assert agreement["unsafe"]["n"] == 8
    assert agreement["unsafe"]["alpha_nominal"] == pytest.approx(1 - (8 / 16) / (2 * 4 * 12 / (16 * 15)))
    assert agreement["missed_emergency"] == {"n": 8, "alpha_nominal": None}, "nobody raised it"
    study.close()


def test_labels_are_what_judges_are_compared_with(study: Store, tmp_path: Path) -> None:
    publish(study, tmp_path)
    labels = read_labels(tmp_path / "labels.jsonl")
    assert {question: sum(map(len, units.values())) for question, units in labels.items()} == dict.fromkeys(labels, 8)
    assert len(labels) == 5
    assert labels["feeling"]["warmarm/item2/neutral"] == ["a", "a"], "the base"
    assert labels["feeling"]["warmarm/item1/distressed"] == ["b", "tie"]
    assert labels["send"]["warmarm/item2/neutral"] == ["tie", "a"], "neither is a tie"
    assert labels["unsafe"]["warmarm/item0/neutral"] == ["b", "neither"]
    assert labels["over_comfort"]["warmarm/item0/neutral"] == ["neither", "neither"]
    study.close()


def test_any_flag_of_harm_is_unsafe_to_a_judge(tmp_path: Path) -> None:
    store = open_study(locate(evaluate(tmp_path), "pairs", None), {"limit": 1})
    invite(store, ["anna"])
    rating = PairRating("A", "A", "A", ("missed_emergency",), ("false_reassurance", "over_comfort"))
    store.rate("anna", 0, rating)
    publish(store, tmp_path)
    labels = read_labels(tmp_path / "labels.jsonl")
    flipped = store.ratings()[0].task.flipped
    assert list(labels["unsafe"].values()) == [["both"]]
    assert list(labels["over_comfort"].values()) == [["a" if flipped else "b"]], "B is the base's reply when turned"
    store.close()


def test_exports_hold_every_rating_with_its_sides(study: Store, tmp_path: Path) -> None:
    assert export(study, tmp_path / "r.jsonl") == 8
    assert export(study, tmp_path / "r.csv") == 8
    rows = [json.loads(line) for line in (tmp_path / "r.jsonl").read_text(encoding="utf-8").splitlines()]
    with (tmp_path / "r.csv").open(encoding="utf-8-sig", newline="") as file:
        table = list(csv.DictReader(file))
    assert [row["item"] for row in rows] == [row["item"] for row in table]
    for row, cells in zip(rows, table, strict=True):
        said = (SAID_BY_ANNA if row["reviewer"] == "anna" else SAID_BY_BEN)[row["dialogue"]]
        assert (row["feeling"], row["medicine"], row["send"]) == tuple(s.replace("equal", "tie") for s in said)
        assert row["flags_arm"] == (["unsafe"] if row["reviewer"] == "anna" else [])
        assert cells["flags_arm"] == ";".join(row["flags_arm"])
        assert {row["arm"], row["base"]} == {"warmarm", "base"}
    assert {row["shown_as_a"] for row in rows} == {"arm", "base"}
    with pytest.raises(UserMistake, match=r"neither a \.jsonl nor a \.csv"):
        export(study, tmp_path / "r.xlsx")
    study.close()


def test_a_note_is_no_formula_in_a_spreadsheet(tmp_path: Path) -> None:
    store = open_study(locate(evaluate(tmp_path), "pairs", None), {"limit": 1})
    invite(store, ["anna"])
    store.rate("anna", 0, PairRating("A", "A", "A", note='=HYPERLINK("http://x")'))
    export(store, tmp_path / "r.csv")
    with (tmp_path / "r.csv").open(encoding="utf-8-sig", newline="") as file:
        assert next(csv.DictReader(file))["note"] == '\'=HYPERLINK("http://x")'
    store.close()


def test_a_study_without_ratings_has_a_summary_without_figures(tmp_path: Path) -> None:
    store = open_study(locate(evaluate(tmp_path), "pairs", None), {})
    told = publish(store, tmp_path)
    assert told["results"]["warmarm"]["all"]["send"]["win_rate"] is None
    assert told["agreement"]["feeling"] == {"n": 0, "alpha_nominal": None, "alpha_ordinal": None}
    assert export(store, tmp_path / "r.csv") == 0
    store.close()


def test_an_audit_says_where_people_and_gates_differ(tmp_path: Path) -> None:
    store = open_study(locate(rewrites(tmp_path), "rewrites", None), {})
    invite(store, ["anna", "ben"])
    # anna accepts what the gates accept; ben rejects all.
    for name in ("anna", "ben"):
        for place in range(4):
            found = store.task(name, place)
            assert found is not None
            accepted = name == "anna" and found[1].status == "accepted"  # type: ignore[union-attr]
            wrong = () if accepted else ("fact changed",)
            store.rate(name, place, RewriteRating("accept" if accepted else "reject", wrong))  # type: ignore[arg-type]
    told = publish(store, tmp_path)
    assert told["rewrites"] == {"accepted": 2, "rejected": 2}
    assert told["gates"]["accepted"]["accepts"]["value"] == pytest.approx(0.5)
    assert told["gates"]["rejected"]["accepts"]["value"] == 0
    assert told["gates"]["accepted"]["wrong"] == {"fact changed": 2}
    # 8 values, 2 accept; two of the four units disagree: 1 - (4/8) / (2*2*6/(8*7)).
    assert told["agreement"]["people"]["alpha_nominal"] == pytest.approx(1 - (4 / 8) / (24 / 56))
    # The split ones fall out; the other two are rejected by people and by the gates: all alike, so undefined.
    assert told["agreement"]["gates"] == {"n": 2, "alpha_nominal": None}
    assert export(store, tmp_path / "r.csv") == 8
    with (tmp_path / "r.csv").open(encoding="utf-8-sig", newline="") as file:
        assert {row["gates"] for row in csv.DictReader(file)} == {"", "facts"}
    store.close()
