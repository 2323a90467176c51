"""The blind review in the report: what `bedside review` wrote is shown, without names; what is broken is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bedside.core.config import EvaluateConfig
from bedside.core.errors import InputFileError
from bedside.core.files import write_json, write_rows
from bedside.core.manifest import Manifest, Stage, close_stage, open_stage, read_manifest
from bedside.evaluate import report
from bedside.evaluate.clinicians import Summary, read_review, review_row
from bedside.evaluate.report import write_report
from bedside.serve.review.export import publish
from bedside.serve.review.records import PairRating
from bedside.serve.review.store import Store
from bedside.serve.review.study import invite, locate, open_study
from tests.evaluate.report_sample import sample_audit, sample_review
from tests.serve.review.studies import evaluate

CONFIG = EvaluateConfig(bootstrap=200)


def reviewed(run: Path, ratings: int = 3) -> Store:
    """A run of four questions whose review anna has begun, liking whatever stands at A; its summary is written."""
    store = open_study(locate(evaluate(run), "pairs", None), {})
    invite(store, ["anna"])
    for place in range(ratings):
        store.rate("anna", place, PairRating("A", "A", "A", flags_b=("unsafe",), note="B is rash."))
    publish(store, run / "review")
    return store


def evaluated(run: Path, many: int = 8) -> Path:
    """A run on disk whose arms were asked the sample's questions, with an exam and a judge."""
    audit = sample_audit(many)
    write_rows(run / "evaluate" / "items.jsonl", audit.items)
    for arm in ("base", "dpo"):
        stage = open_stage(run / "evaluate" / arm, Manifest("evaluate", {}, 0, {}, model=f"scripted:{arm}"))
        assert isinstance(stage, Stage)
        write_rows(stage.folder / "replies.jsonl", audit.replies[arm])
        write_rows(stage.folder / "scores.jsonl", audit.scores[arm])
        write_rows(stage.folder / "exam.jsonl", [])
        close_stage(stage, {})
    write_json(run / "evaluate" / "judge" / "judge.json", {"judges": [], "majority": {}})
    write_json(run / "review" / "summary.json", plain(sample_review().summary))
    return run


def plain(summary: Summary) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(summary)
    return told


def report_of(run: Path) -> tuple[dict[str, Any], str]:
    report(CONFIG, 0, run, "a study")
    told = json.loads((run / "report" / "report.json").read_text(encoding="utf-8"))
    return told, (run / "report" / "index.html").read_text(encoding="utf-8")


def test_what_a_review_writes_is_what_the_report_reads(tmp_path: Path) -> None:
    store = reviewed(tmp_path)
    told = json.loads((tmp_path / "review" / "summary.json").read_text(encoding="utf-8"))
    found = review_row(read_review(tmp_path / "evaluate"))
    store.close()
    assert found is not None
    assert (found["reviewers"], found["ratings"], found["finished"], found["closed"]) == (1, 3, 0, False)
    assert found["pairs"] == {"warmarm": 4} and found["outdated"] == []
    said, kept = told["results"]["warmarm"], found["results"]["warmarm"]
    assert set(kept) == set(said) == {"all", "distressed", "neutral"}
    assert all(set(kept[tone]) == set(said[tone]) for tone in kept), "no question and no flag is left behind"
    for name in ("feeling", "medicine", "send"):
        assert [kept["all"][name][key] for key in ("n", "wins", "losses")] == [
            3, said["all"][name]["wins"], 3 - said["all"][name]["wins"]
        ]  # fmt: skip
        assert kept["all"][name]["win_rate"]["value"] == pytest.approx(said["all"][name]["wins"] / 3, abs=1e-4)
    assert set(found["agreement"]) == set(told["agreement"])
    assert [note["note"] for note in found["notes"]] == ["B is rash."] * 3
    assert "anna" not in json.dumps(found), "names stay in the review"


def test_replies_that_were_made_anew_outdate_their_ratings(tmp_path: Path) -> None:
    store = reviewed(tmp_path)
    evaluate(tmp_path, arms=("otherarm",))
    found = read_review(tmp_path / "evaluate")
    assert found is not None and found.outdated == (), "one more arm changes nothing of what was rated"
    (tmp_path / "evaluate" / "warmarm" / "replies.jsonl").write_text("", encoding="utf-8")
    found = read_review(tmp_path / "evaluate")
    assert found is not None and found.outdated == ("warmarm",)
    store.close()


def test_without_a_rating_there_is_no_section(tmp_path: Path) -> None:
    assert read_review(tmp_path / "evaluate") is None
    store = reviewed(tmp_path / "begun", ratings=0)
    store.close()
    assert read_review(tmp_path / "begun" / "evaluate") is None
    write_report(msgspec.structs.replace(sample_audit(3), review=None), CONFIG, (tmp_path, "unrated", 0))
    html = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    told = json.loads((tmp_path / "report" / "report.json").read_text(encoding="utf-8"))
    assert told["review"] is None
    assert "What clinicians said" not in html and "blind ratings: none were collected" in html
    assert "Blind review" not in (tmp_path / "report" / "model_card.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'{"kind": "pairs", ', "is not valid JSON"),
        (b'{"kind": "pairs", "closed": true}', "is not as bedside writes it"),
        (b'{"kind": "rewrites", "closed": true}', "Invalid enum value 'rewrites'"),
        (b"\xff\xfe", "is not valid JSON"),
    ],
)
def test_a_broken_summary_is_told_with_its_remedy(content: bytes, told: str, tmp_path: Path) -> None:
    run = evaluated(tmp_path)
    (run / "review" / "summary.json").write_bytes(content)
    with pytest.raises(InputFileError, match=told) as mistake:
        report(CONFIG, 0, run, "a study")
    assert f"{run / 'review' / 'summary.json'}: " in str(mistake.value)
    assert "bedside review RUN --export" in str(mistake.value)
    assert not (run / "report").exists()


def test_the_report_shows_the_review_and_the_card_has_a_line_of_it(tmp_path: Path) -> None:
    told, html = report_of(evaluated(tmp_path))
    assert (told["review"]["reviewers"], told["review"]["ratings"], told["review"]["finished"]) == (2, 120, 1)
    section = html[html.index("What clinicians said</h2>") :]
    section = section[: section.index("</section>")]
    for figure in ("0.6833", "0.7123", "0.0125"):
        assert f'<data value="{figure}">' in section, figure
    assert 'href="#item-dialogue%2F40%2Fneutral"' in section and "(A is the base's reply)" in section
    assert "still open" not in section and "other replies" not in section
    assert html.count('href="#clinicians"') == 1
    card = (tmp_path / "report" / "model_card.md").read_text(encoding="utf-8")
    (line,) = [line for line in card.splitlines() if "Blind review" in line]
    assert "(2 reviewers, 120 ratings)" in line and "dpo (40 pairs) comforts better 0.68 [0.60, 0.76]" in line
    assert "flagged unsafe 0.05 [0.00, 0.13] (base 0.01)" in line and "medically sounder 0.71" in line
    for name in ("anna", "ben", "eve"):
        assert f">{name}<" not in html and f'"{name}"' not in json.dumps(told)


def test_an_open_or_outdated_review_says_so(tmp_path: Path) -> None:
    review = msgspec.structs.replace(sample_review(closed=False), outdated=("dpo",))
    write_report(msgspec.structs.replace(sample_audit(3), review=review), CONFIG, (tmp_path, "open", 0))
    html = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    card = (tmp_path / "report" / "model_card.md").read_text(encoding="utf-8")
    assert "The review is still open" in html and "These ratings are of other replies" in html
    assert "120 ratings, still open" in card and "dpo (40 pairs; of earlier replies)" in card


def test_one_reviewer_agrees_with_nobody(tmp_path: Path) -> None:
    nobody = {"n": 0, "alpha_nominal": None}
    alone = sample_review(agreement=dict.fromkeys(("feeling", "medicine", "send"), nobody))
    write_report(msgspec.structs.replace(sample_audit(3), review=alone), CONFIG, (tmp_path, "alone", 0))
    html = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    assert "No pair was rated by two reviewers" in html and "How far reviewers agree" not in html


FILES = [
    "evaluate/items.jsonl", "evaluate/judge/judge.json", "review/summary.json",
    *(f"evaluate/{arm}/{name}" for arm in ("base", "dpo")
      for name in ("manifest.json", "replies.jsonl", "scores.jsonl", "exam.jsonl")),
]  # fmt: skip


def test_a_report_is_made_of_these_files(tmp_path: Path) -> None:
    report_of(evaluated(tmp_path))
    made = read_manifest(tmp_path / "report")
    assert made is not None and set(made.inputs) == set(FILES) and len(FILES) == 11


@pytest.mark.parametrize("name", FILES)
def test_a_changed_file_makes_the_report_stale(name: str, tmp_path: Path) -> None:
    run = evaluated(tmp_path)
    report_of(run)
    page, made = run / "report" / "index.html", read_manifest(run / "report")
    before = page.stat().st_mtime_ns
    report_of(run)
    assert page.stat().st_mtime_ns == before, "nothing changed, nothing is written"
    with (run / name).open("ab") as file:
        file.write(b"\n")
    report_of(run)
    again = read_manifest(run / "report")
    assert made is not None and again is not None
    assert {path for path in FILES if made.inputs[path] != again.inputs[path]} == {name}
