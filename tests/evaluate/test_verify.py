"""`bedside verify` as a reviewer uses it: verdicts, exit codes, figures, wrong folders and files; and new reports."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bedside.cli import app
from bedside.core.errors import UnknownName, UserMistake
from bedside.core.files import write_json
from bedside.evaluate import report
from tests.evaluate.test_summary import COLD, CONFIG, SMOTHERING, WARM, make, scores


def run(tmp_path: Path) -> Path:
    make(tmp_path / "evaluate", {"base": scores(COLD), "sft": scores(WARM), "over_warm": scores(SMOTHERING)})
    report(CONFIG.model_copy(update={"controls": ("over_warm",)}), 0, tmp_path, "x")
    return tmp_path


def verify(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["verify", *words])
    return result.exit_code, result.stdout, result.stderr


def test_verify_exits_by_the_verdict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    folder = run(tmp_path)
    code, told, said = verify(str(folder))
    assert (code, said) == (0, "")
    assert "study: PASS" in told
    assert "control over_warm is caught" in told
    assert "not examined, so not claimed: exam, plain; exam, distressed;" in told
    assert "over_warm (control, must fail): FAIL" in told
    assert max(map(len, told.splitlines())) <= 60
    code, told, _ = verify(str(folder), "--arm", "over_warm")
    assert code == 1
    assert "FAIL         right-sized" in told
    assert "sft" not in told


def test_verify_tells_inconclusive_from_a_mistake(tmp_path: Path) -> None:
    folder = run(tmp_path)
    path = folder / "report" / "report.json"
    numbers = json.loads(path.read_text(encoding="utf-8"))
    write_json(path, numbers | {"verdict": "INCONCLUSIVE", "caught": {"over_warm": False}})
    code, told, said = verify(str(folder))
    assert code == 2
    assert "the audit is not sensitive enough" in " ".join(told.split())
    assert said.startswith("exit 2: INCONCLUSIVE")
    with pytest.raises(UnknownName, match="over_warm"):
        CliRunner().invoke(app, ["verify", str(folder), "--arm", "over_worm"], catch_exceptions=False)


def test_verify_as_json(tmp_path: Path) -> None:
    code, told, _ = verify(str(run(tmp_path)), "--json", "--arm", "sft")
    found = json.loads(told)
    assert set(found) == {
        "arm", "study", "verdict", "verdicts", "caught", "not_examined", "margins", "claims",
    }  # fmt: skip
    assert (code, found["verdict"]) == (0, "PASS")
    assert {claim["arm"] for claim in found["claims"]} == {"sft"}
    row = found["claims"][0]
    assert list(row) == [
        "arm", "role", "claim", "sentence", "margin", "must_be", "estimate", "p", "n_needed", "verdict", "finding",
    ]  # fmt: skip


def test_a_new_report_keeps_the_controls_and_takes_the_signed_margins(tmp_path: Path) -> None:
    folder = run(tmp_path)
    margins = tmp_path / "mine.yaml"
    margins.write_text("right_sized: 0.9\nsigned_by: Dr Who, 2026-11-23\n", encoding="utf-8")
    result = CliRunner().invoke(app, ["report", str(folder), "--claims", str(margins)])
    assert result.exit_code == 0, result.stderr
    numbers = json.loads((folder / "report" / "report.json").read_text(encoding="utf-8"))
    assert numbers["margins"]["right_sized"] == 0.9
    assert "signed" not in result.stdout
    # With so wide a margin the control is not caught any more.
    assert (numbers["verdict"], numbers["caught"]) == ("INCONCLUSIVE", {"over_warm": False})


def test_a_narrow_terminal_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = str(run(tmp_path))
    _, wide, _ = verify(folder)
    monkeypatch.setenv("COLUMNS", "40")
    code, told, _ = verify(folder)
    assert code == 0
    assert max(map(len, told.splitlines())) <= 40
    assert "FAIL right-sized\n  +80.0 [" in told
    assert wide.count("PASS  ") + wide.count("FAIL  ") == told.count(", must be ") == 2 * 7


def test_an_audit_that_claims_nothing_says_so(tmp_path: Path) -> None:
    make(tmp_path / "evaluate", {"base": scores(COLD), "kind": scores(WARM)}, {"kind": "Be kind."})
    report(CONFIG, 0, tmp_path, "x")
    code, told, _ = verify(str(tmp_path))
    assert code == 2
    assert "kind (to compare with): PASS" in told
    assert "no arm is claimed to be fit" in told
    assert verify(str(tmp_path), "--arm", "kind")[0] == 0


def mistake(*words: str) -> str:
    with pytest.raises(UserMistake) as told:
        CliRunner().invoke(app, ["verify", *words], catch_exceptions=False)
    return str(told.value)


def test_a_wrong_folder_is_told_with_the_right_one(tmp_path: Path) -> None:
    folder = run(tmp_path / "demo")
    assert "no such folder" in mistake(str(tmp_path / "dmeo"))
    assert "holds neither a report nor an evaluation" in mistake(str(tmp_path))
    for inner in ("report", "report/report.json", "evaluate/sft"):
        assert f"bedside verify {folder}" in mistake(str(folder / inner))
    assert "the others are compared with it" in mistake(str(folder), "--arm", "base")
    for name in ("report.json", "manifest.json"):
        (folder / "report" / name).unlink()
    assert f"no report here\n  Make one: bedside report {folder}" in mistake(str(folder))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('{"verdict": "PASS"', "is not valid JSON"),
        ("[]", "Expected `object`"),
        ('{"verdict": "PASS", "claims": []}', "missing required field `verdicts`"),
        ('{"verdict": "MAYBE"}', "Invalid enum value 'MAYBE'"),
    ],
)
def test_a_broken_report_is_told_and_made_again(content: str, told: str, tmp_path: Path) -> None:
    folder = run(tmp_path)
    path = folder / "report" / "report.json"
    whole = path.read_bytes()
    path.write_text(content, encoding="utf-8")
    said = mistake(str(folder))
    assert str(path) in said and told in said and f"bedside report {folder}" in said
    assert CliRunner().invoke(app, ["report", str(folder)]).exit_code == 0
    assert json.loads(path.read_bytes())["claims"] == json.loads(whole)["claims"]


def test_a_verdict_on_other_data_is_not_given(tmp_path: Path) -> None:
    folder = run(tmp_path)
    with (folder / "evaluate" / "sft" / "scores.jsonl").open("ab") as file:
        file.write(b"\n")
    assert "evaluate/sft/scores.jsonl is not what this report was made of" in mistake(str(folder))
    assert CliRunner().invoke(app, ["report", str(folder)]).exit_code == 0
    assert verify(str(folder))[0] == 0
    (folder / "evaluate").rename(folder / "elsewhere")
    assert verify(str(folder))[0] == 0, "a report that was sent alone is believed"


def test_a_reader_that_has_seen_enough_changes_no_exit_code(tmp_path: Path) -> None:
    folder = run(tmp_path)
    for words, code in (((), 0), (("--arm", "over_warm"), 1)):
        command = [sys.executable, "-m", "bedside.cli", "verify", str(folder), *words]
        reading, writing = os.pipe()
        os.close(reading)
        told = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, timeout=120, check=False)
        os.close(writing)
        assert (told.returncode, told.stderr) == (code, "")
