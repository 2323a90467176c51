"""The command line: a mistake is told in one message with the remedy, exit code 2, nothing half-written."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bedside.cli import main
from bedside.llm.fake_endpoint import serving

PATIENT = "I have had a cough for three days. What helps?"
DOCTOR = "Drink plenty of water and take paracetamol 500 mg four times a day."


def bedside(*words: str, cwd: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"COLUMNS": "100", "OPENAI_API_KEY": "none", "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-m", "bedside", *words]
    return subprocess.run(command, cwd=cwd, env=environment, input=stdin, capture_output=True, text=True, timeout=120)


def in_this_process(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> tuple[object, Any]:
    """The same without a process of its own, which takes seconds: its exit status and what it said."""
    monkeypatch.setattr(sys, "argv", ["bedside", *words])
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    capfd.readouterr()
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code, capfd.readouterr()


def dialogues(path: Path, count: int = 6) -> Path:
    rows = [{"id": f"d{i}", "patient": f"{PATIENT} It is day {i}.", "doctor": DOCTOR} for i in range(count)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


MISTAKES = [
    (["run", "none.yaml"], "none.yaml: no such file"),
    (["run", "corpus.source=x"], "did you mean 'sources'"),
    (["run", "seed=abc", "rewrite.plan.neutral=0.9", "train.sft.epoch=2"], "3 problems in the settings"),
    (["run", "study"], "study: no such file"),
    (["run", "model=local:/no/such/model"], "local:/no/such/model: no such model folder"),
    (["run", "clinic=null"], "nothing to study"),
    (["run", "rewrite.model=gpt"], "'gpt' is not a model"),
    (["corpus", "icliniq:none.json", "-o", "out"], "none.json: no such file"),
    (["corpus", "iclinic:none.json", "-o", "out"], "Did you mean 'icliniq'?"),
    (["corpus", "none.json", "-o", "out"], "is not FORMAT:PATH"),
    (["corpus", "jsonl:broken.jsonl", "-o", "out"], "broken.jsonl:2: not valid JSON"),
    (["corpus", "jsonl:none-is-json.jsonl", "-o", "out"], "none-is-json.jsonl:1: not valid JSON"),
    (["corpus", "auto:broken.jsonl", "-o", "out"], "JSON rows with the keys patient"),
    (["corpus", "csv:other.csv", "-o", "out"], "its columns: a, b"),
    (["corpus", "csv:other.csv", "-o", "out", "--set", "columns={asked: a}"], "bedside has no field asked"),
    (["corpus", "hf:./nowhere", "-o", "out"], "no such folder of data files"),
    (["corpus", "icliniq:broken.json", "-o", "out"], "broken.json:3: not valid JSON"),
    (["corpus", "jsonl:good.jsonl", "-o", "taken"], "taken: holds files that bedside did not write"),
    (["corpus", "jsonl:good.jsonl", "-o", "good.jsonl"], "good.jsonl: is a file, a folder was expected"),
    (["rewrite", "good", "-o", "out"], "good"),
    (["rewrite", "broken.jsonl", "-o", "out"], "broken.jsonl:1: not a valid row"),
    (["rewrite", "good.jsonl", "--model", "openai", "-o", "out"], "'openai' is not a model"),
    (["rewrite", "good.jsonl", "--model", "http://127.0.0.1:9/v1", "-o", "out"], "names no model"),
    (
        ["rewrite", "good.jsonl", "--model", "openai:new", "-o", "out", "--max-cost", "9"],
        "the price of new at api.openai",
    ),
    (["rewrite", "good.jsonl", "-o", "out", "--batch"], "--batch needs an endpoint"),
    (["rewrite", "good.jsonl", "--model", "openai:gpt-4o", "-o", "out", "--cancel"], "out: holds no run"),
    (["gate", "broken.jsonl", "-o", "out.jsonl"], "broken.jsonl:1: not a valid row"),
    (["pairs", "nowhere", "-o", "out"], "nowhere: no such file"),
    (["pairs", "nowhere", "-o", "out", "neutral_shre=0.4"], "did you mean 'neutral_share'?"),
    (["pairs", "nowhere", "-o", "out", "rejected=[insult]"], "rejected"),
    (["train", "sftt", "nowhere", "--model", "local:clinic", "-o", "out"], "Did you mean 'sft'? Known: dpo, kto,"),
    (["train", "sft", "taken", "--model", "local:clinic", "-o", "out"], "taken: holds no sft.jsonl"),
    (["train", "sft", "nowhere", "--model", "local:nowhere/at/all", "-o", "out"], "no such model folder"),
    (["train", "sft", "nowhere", "-o", "out"], "no model to tune is named"),
    (["train", "sft", "good.jsonl", "none.yaml", "--model", "local:clinic", "-o", "out"], "none.yaml: no such file"),
    (["train", "sft", "good.jsonl", "epoch=2", "--model", "local:clinic", "-o", "out"], "did you mean 'epochs'"),
    (["export", "nowhere", "--dial", "0.5", "-o", "out"], "holds no tuned model"),
    (["export", "taken", "--dial", "2", "-o", "out"], "--dial 2 is out of range"),
    (["export", "taken", "--dial", "1", "--dial", "1.0", "-o", "out"], "names a level twice"),
    (["push", "taken", "--repo", "a/b"], "is no complete folder"),
    (["evaluate", "--arm", "base", "--items", "x.jsonl", "-o", "out"], "is not NAME=MODEL"),
    (["evaluate", "--arm", "base=local:clinic", "--items", "x.jsonl", "-o", "out"], "x.jsonl: no such file"),
    (["report", "taken"], "holds no `evaluate` folder"),
    (["verify", "taken"], "holds neither a report nor an evaluation"),
    (["signals", "good.jsonl", "--field", "nothing"], "has no text in field 'nothing'"),
    (["signals", "good.jsonl"], "--field NAME"),
    (["corpus", "good.jsonl", "-o", "out"], "Example: auto:good.jsonl"),
    (["corpus", "jsonl:good.jsonl", "-o", "good.jsonl/out"], "good.jsonl/out: Not a directory"),
    (["run", "good.jsonl"], "good.jsonl: not valid YAML"),
    (["chat", "phrasebook"], "holds no conversation"),
]


@pytest.mark.parametrize(("words", "message"), MISTAKES, ids=[" ".join(words)[:60] for words, _ in MISTAKES])
def test_a_mistake_is_told_once_and_nothing_is_written(
    words: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    dialogues(tmp_path / "good.jsonl")
    (tmp_path / "broken.jsonl").write_text('{"patient": "a"}\n{"patient": \n', encoding="utf-8")
    (tmp_path / "none-is-json.jsonl").write_text('{"patient": \nwords\n', encoding="utf-8")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    (tmp_path / "broken.json").write_text('[\n{"answer": "a"},\n{"answer" "b"}\n]', encoding="utf-8")
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "mine.txt").write_text("mine", encoding="utf-8")
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    status, told = in_this_process(words, monkeypatch, capfd)
    assert status == 2, told
    assert message in told.err
    assert "Traceback" not in told.err
    assert told.out == ""
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before


def test_data_stages_run_one_after_the_other(tmp_path: Path) -> None:
    dialogues(tmp_path / "d.jsonl", 60)
    steps = [
        ["corpus", "jsonl:d.jsonl", "-o", "c", "--set", "near_duplicates=null", "--set", "test_share=0.2", "--json"],
        ["rewrite", "c", "-o", "r", "--json"],
        ["pairs", "r", "-o", "p", "--json"],
    ]
    counts = []
    for step in steps:
        out = bedside(*step, cwd=tmp_path)
        assert out.returncode == 0, out.stderr
        counts.append(json.loads(out.stdout)["counts"])
    assert counts[0]["read"] == 60 == counts[0]["accepted"] + counts[0]["rejected"]
    assert counts[1]["read"] == 60 == counts[1]["accepted"] + counts[1]["rejected"] + counts[1]["failed"]
    assert counts[2]["read"] == 60 == counts[2]["used"] + counts[2]["held out"] + counts[2]["not accepted"]
    for line in (tmp_path / "p" / "sft.jsonl").read_text(encoding="utf-8").splitlines():
        assert {m["role"] for m in json.loads(line)["messages"]} == {"user", "assistant"}


def test_pairs_tells_its_lint_and_stops_a_strict_run(tmp_path: Path) -> None:
    dialogues(tmp_path / "d.jsonl", 60)
    assert bedside("corpus", "jsonl:d.jsonl", "-o", "c", "--set", "near_duplicates=null", cwd=tmp_path).returncode == 0
    assert bedside("rewrite", "c", "-o", "r", cwd=tmp_path).returncode == 0
    # All dialogues of this file ask nearly the same.
    out = bedside("pairs", "r", "-o", "p", "neutral_share=0.25", cwd=tmp_path)
    assert out.returncode == 0, out.stderr
    assert "pairs: bad" in out.stdout
    assert "of the prompts nearly repeat an earlier one" in out.stdout
    assert json.loads((tmp_path / "p" / "manifest.json").read_bytes())["config"]["neutral_share"] == 0.25
    strict = bedside("pairs", "r", "-o", "p", "neutral_share=0.25", "--strict", "--json", cwd=tmp_path)
    assert strict.returncode == 1
    assert json.loads(strict.stdout)["lint"]["verdict"] == "bad"
    # Fewer pairs than it takes for a verdict; then bars that nothing is above.
    few = bedside("pairs", "r", "-o", "q", "lint={max_near_duplicates: 1, min_pairs: 50}", "--strict", cwd=tmp_path)
    assert (few.returncode, "pairs: too few pairs" in few.stdout) == (2, True)
    names = ("near_duplicates", "auc", "masked_auc", "form_auc", "length_gap", "word_gap", "opener_share")
    loose = [f"lint.max_{name}=1" for name in (*names, "unequal_facts")]
    assert bedside("pairs", "r", "-o", "q", *loose, "lint.min_pairs=5", "--strict", cwd=tmp_path).returncode == 0


def test_rewriting_by_an_endpoint(tmp_path: Path) -> None:
    def answer(body: dict[str, object]) -> str:
        messages = body["messages"]
        assert isinstance(messages, list)
        text = messages[-1]["content"]
        data = json.loads(text[text.index(">\n", text.index("<dialogue-")) + 2 : text.index("\n</dialogue-")])
        if "emotion: neutral" not in text:
            data["messages"][0]["content"] += " I am frightened, worried and worn out, and ashamed and sad about it."
            comfort = "It is understandable that you feel frightened, and it took courage to write. "
            data["messages"][1]["content"] = comfort + data["messages"][1]["content"]
        return json.dumps(data)

    dialogues(tmp_path / "d.jsonl")
    assert bedside("corpus", "jsonl:d.jsonl", "-o", "c", "--set", "near_duplicates=null", cwd=tmp_path).returncode == 0
    with serving(answer) as url:
        out = bedside("rewrite", "c", "--model", f"{url}#some-model", "-o", "r", "--json", cwd=tmp_path)
    assert out.returncode == 0, out.stderr
    counts = json.loads(out.stdout)["counts"]
    assert counts["accepted"] == 6, (tmp_path / "r" / "rewrites.jsonl").read_text(encoding="utf-8")
    assert counts["requests"] == 6
    again = bedside("rewrite", "c", "--model", f"{url}#some-model", "-o", "r", "--json", cwd=tmp_path)
    assert json.loads(again.stdout)["counts"] == counts, "a finished run asks nothing: the server is gone"


def test_gate_prints_a_verdict_for_each_row(tmp_path: Path) -> None:
    row = {
        "id": "1",
        "language": "en",
        "patient": PATIENT,
        "doctor": DOCTOR,
        "patient_rewrite": f"I am scared. {PATIENT}",
    }
    row = row | {"emotion": "fear", "mode": "explicit concern"}
    comfort = "You sound scared, and that makes sense. "
    good = row | {"doctor_rewrite": comfort + DOCTOR, "intensity": 2}
    wrong = good | {"id": "2", "doctor_rewrite": comfort + DOCTOR.replace("500 mg", "5000 mg")}
    (tmp_path / "in.jsonl").write_text(f"{json.dumps(good)}\n{json.dumps(wrong)}\n", encoding="utf-8")
    out = bedside("gate", "in.jsonl", "-o", "out.jsonl", "--json", cwd=tmp_path)
    assert json.loads(out.stdout) == {"read": 2, "accepted": 1, "rejected": 1}
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [r["accepted"] for r in rows] == [True, False]
    assert rows[1]["reasons"][0]["gate"] == "facts"
    assert {"gate", "side", "severity", "detail"} == set(rows[1]["reasons"][0])
    assert "500 mg" in rows[1]["reasons"][0]["detail"]


def test_signals_of_a_text_and_of_a_file(tmp_path: Path) -> None:
    one = json.loads(bedside("signals", "我很害怕。阿莫西林每日两次，每次500毫克。", cwd=tmp_path).stdout)
    assert one["language"] == "zh"
    assert {f["norm"] for f in one["facts"]} >= {"amoxicillin", "2 a day", "500 mg"}
    assert one["feelings"][0]["label"] == "fear"
    dialogues(tmp_path / "d.jsonl")
    out = bedside("signals", "d.jsonl", "--field", "doctor", "-o", "s.jsonl", cwd=tmp_path)
    assert out.returncode == 0, out.stderr
    rows = [json.loads(line) for line in (tmp_path / "s.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [row["id"] for row in rows] == [f"d{i}" for i in range(6)]


def test_chat_holds_a_conversation(tmp_path: Path) -> None:
    lines = [{"contains": "cough", "reply": "For how long?"}, {"contains": "days", "reply": "Drink water."}]
    (tmp_path / "s.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    out = bedside("chat", "scripted:s.jsonl", cwd=tmp_path, stdin="I cough\nfive days\n\n")
    assert out.returncode == 0, out.stderr
    assert out.stdout.split("\n\n")[:2] == ["For how long?", "Drink water."]
    assert "Not medical advice" in out.stderr


def test_compare_marks_what_became_of_each_fact(tmp_path: Path) -> None:
    (tmp_path / "before.txt").write_text("Take ibuprofen 400 mg twice a day. Do not drive.", encoding="utf-8")
    done = bedside("compare", "before.txt", "Take ibuprofen 800 mg BD. Do not drive.", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "changed critical  dose: “400 mg”" in done.stdout
    assert "3 kept, 1 not" in done.stdout
    plain = bedside("compare", "before.txt", "Take ibuprofen 800 mg BD. Do not drive.", "--json", cwd=tmp_path)
    assert {(e["kind"], e["outcome"]) for e in json.loads(plain.stdout)} == {
        ("drug", "kept"), ("dose", "changed"), ("frequency", "kept"), ("prohibition", "kept"),
    }  # fmt: skip
    missing = bedside("compare", "none.txt", "Rest.", cwd=tmp_path)
    assert (missing.returncode, "none.txt" in missing.stderr) == (2, True)
