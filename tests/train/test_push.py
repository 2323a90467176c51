"""Publishing: whole folders only, only where a licence allows it, and never a token in what is said."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bedside.core.config import EvaluateConfig
from bedside.core.errors import UserMistake
from bedside.core.files import write_json, write_rows
from bedside.core.manifest import Manifest
from bedside.evaluate.report import write_report
from bedside.study import tell_cards
from bedside.train.push import Told, plan_push
from bedside.verbs.models import evaluated
from tests.evaluate.report_sample import sample_audit

from .fake_hub import FakeHub

TOKEN = "hf_" + "secret" * 6


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    server = FakeHub()
    yield server
    server.shutdown()
    server.server_close()


def data(folder: Path, licence: str = "MIT", stage: str = "corpus") -> Path:
    write_rows(folder / "dialogues.jsonl", [{"id": "1", "licence": licence}])
    write_rows(folder / "rejected.jsonl", [{"id": "2", "licence": licence, "text": "Mr Private"}])
    (folder / "README.md").write_text("---\nlicense: mit\n---\n# Set\n", encoding="utf-8")
    write_json(folder / "manifest.json", Manifest(stage, {}, 0, {}))
    return folder


def model(run: Path) -> Path:
    folder = run / "train" / "sft"
    folder.mkdir(parents=True)
    (folder / "adapter_model.safetensors").write_bytes(b"weights")
    (folder / "README.md").write_text("# sft\n\nwords\n", encoding="utf-8")
    write_json(folder / "manifest.json", Manifest("train", {}, 0, {}))
    return folder


def report(run: Path) -> Path:
    write_report(sample_audit(2), EvaluateConfig(), (run, "a study", 0))
    return run / "report" / "report.json"


def push(hub: FakeHub, *words: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"HF_ENDPOINT": hub.url, "HF_TOKEN": TOKEN, "COLUMNS": "120"}
    command = [sys.executable, "-m", "bedside.cli", "push", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


def test_a_data_set_arrives_whole_without_what_is_private(hub: FakeHub, tmp_path: Path) -> None:
    folder = data(tmp_path / "corpus")
    told = push(hub, str(folder), "--repo", "clinic/talks", "--private")
    assert told.returncode == 0, told.stderr
    assert set(hub.files) == {"dataset:clinic/talks"}
    kept = hub.files["dataset:clinic/talks"]
    assert kept == {n: (folder / n).read_bytes() for n in ("dialogues.jsonl", "README.md", "manifest.json")}
    assert hub.private == {"dataset:clinic/talks": True}
    assert hub.tokens == {f"Bearer {TOKEN}"}
    assert TOKEN not in told.stdout + told.stderr


def test_a_model_arrives_with_its_evaluation(hub: FakeHub, tmp_path: Path) -> None:
    folder = model(tmp_path)
    report(tmp_path)
    told = push(hub, str(folder), "--repo", "clinic/sft")
    assert told.returncode == 0, told.stderr
    kept = hub.files["model:clinic/sft"]
    assert kept["adapter_model.safetensors"] == b"weights"
    card = kept["README.md"].decode()
    assert card.startswith("# sft\n\nwords\n\n## Evaluation: a study\n\n**PASS.** ")
    assert "| | base | sft |\n" in card
    assert "| comfort, distressed patients | 0.050 [0.000, 0.100], n 149 | 0.890 [0.840, 0.940], n 149 |" in card
    claims = [line for line in card.splitlines() if line.startswith("| sft ")]
    assert len(claims) == 5 and all("| PASS |" in line for line in claims)
    assert "dpo" not in card and "Blind review" not in card, "what is said of other arms is not said here"
    assert (folder / "README.md").read_text(encoding="utf-8") == "# sft\n\nwords\n"
    assert hub.private == {"model:clinic/sft": False}


def test_a_dry_run_asks_nothing(hub: FakeHub, tmp_path: Path) -> None:
    told = push(hub, str(data(tmp_path / "corpus")), "--repo", "clinic/talks", "--dry-run")
    assert told.returncode == 0, told.stderr
    assert [line.split()[1] for line in told.stdout.splitlines()] == ["README.md", "dialogues.jsonl", "manifest.json"]
    assert "3 files" in told.stderr
    assert hub.files == {}
    assert hub.tokens == set()
    as_json = json.loads(push(hub, str(tmp_path / "corpus"), "--repo", "clinic/talks", "--dry-run", "--json").stdout)
    assert as_json["kind"] == "dataset"


def test_a_refusal_says_what_to_do_and_no_token(hub: FakeHub, tmp_path: Path) -> None:
    hub.refuse = 403
    told = push(hub, str(data(tmp_path / "corpus")), "--repo", "clinic/talks")
    assert told.returncode == 2
    assert "the hub refuses (403)" in told.stderr
    assert "hf auth login" in told.stderr
    assert "hf_abcdefgh" not in told.stderr
    assert TOKEN not in told.stderr
    assert "Traceback" not in told.stderr


def test_pairs_have_their_licences_in_the_card(tmp_path: Path) -> None:
    folder = data(tmp_path / "pairs", stage="pairs")
    write_rows(folder / "sft.jsonl", [{"id": "1", "messages": []}])
    with pytest.raises(UserMistake, match="unknown"):
        plan_push(folder, "a/b")
    for licence, allowed in (("MIT", True), ("CC-BY-NC-4.0", True), ("no licence given", False)):
        (folder / "README.md").write_text(f"| licence | {licence} | 1,200 |\n", encoding="utf-8")
        if allowed:
            assert plan_push(folder, "a/b").kind == "dataset"
        else:
            with pytest.raises(UserMistake, match=licence):
                plan_push(folder, "a/b")


def test_what_must_not_go_out_does_not(tmp_path: Path) -> None:
    whole, unknown = data(tmp_path / "whole"), data(tmp_path / "unknown", "research only; ask the hospital")
    torn = data(tmp_path / "torn")
    (torn / "manifest.json").unlink()
    busy = data(tmp_path / "busy")
    (busy / ".started.json").write_text("{}", encoding="utf-8")
    evaluated = data(tmp_path / "evaluated", stage="evaluate")
    for folder, repo, message in (
        (whole, "talks", "is not OWNER/NAME"),
        (torn, "a/b", "is no complete folder"),
        (busy, "a/b", "is no complete folder"),
        (evaluated, "a/b", "is no complete folder"),
        (unknown, "a/b", "research only; ask the hospital"),
    ):
        with pytest.raises(UserMistake, match=message):
            plan_push(folder, repo)
    assert plan_push(unknown, "a/b", Told(licence_checked=True)).kind == "dataset"


def test_a_report_is_found_by_its_run_and_must_speak_of_the_model(tmp_path: Path) -> None:
    folder, path = model(tmp_path), report(tmp_path)
    assert evaluated(folder, path) == evaluated(folder, None) != ""
    by_hand = shutil.copytree(folder, tmp_path / "sft")
    assert evaluated(by_hand, None) == evaluated(folder, None)
    other = shutil.copytree(folder, tmp_path / "train" / "other")
    assert evaluated(other, None) == ""
    with pytest.raises(UserMistake, match="has no arm 'other'"):
        evaluated(other, path)
    for content, told in (("{", "is not valid JSON"), ('{"arms": []}', "an earlier version")):
        path.write_text(content, encoding="utf-8")
        assert evaluated(data(tmp_path / "corpus"), None) == "", "a data set needs none"
        with pytest.raises(UserMistake, match=told):
            evaluated(folder, None)
    with pytest.raises(UserMistake, match="no such file"):
        evaluated(folder, tmp_path / "none.json")


def test_the_cards_of_a_run_are_told_its_report_once(tmp_path: Path) -> None:
    folder = model(tmp_path)
    path = report(tmp_path)
    told = json.loads(path.read_text(encoding="utf-8"))
    tell_cards(tmp_path)
    card = folder / "README.md"
    assert card.read_text(encoding="utf-8") == "# sft\n\nwords\n\n" + evaluated(folder, None)
    before = card.stat().st_mtime_ns
    tell_cards(tmp_path)
    assert card.stat().st_mtime_ns == before
    write_json(path, told | {"title": "another"})
    tell_cards(tmp_path)
    text = card.read_text(encoding="utf-8")
    assert text.startswith("# sft\n\nwords\n\n## Evaluation: another\n") and text.count("## Evaluation") == 1


def test_an_adapter_goes_out_with_its_bases_name_on_the_hub(tmp_path: Path) -> None:
    folder = model(tmp_path / "run")
    write_json(folder / "adapter_config.json", {"base_model_name_or_path": str(tmp_path / "bases" / "secret"), "r": 8})
    with pytest.raises(UserMistake, match="path of this machine") as refused:
        plan_push(folder, "a/b")
    assert "--base OWNER/NAME" in str(refused.value)
    with pytest.raises(UserMistake, match="is not OWNER/NAME"):
        plan_push(folder, "a/b", Told(base="../secret/x"))
    push = plan_push(folder, "a/b", Told(base="Qwen/Qwen3-0.6B"))
    sent = {name: json.loads(content) for name, content in push.changed.items()}
    assert sent["adapter_config.json"] == {"base_model_name_or_path": "Qwen/Qwen3-0.6B", "r": 8}
    assert sent["manifest.json"]["model"] == "local:Qwen/Qwen3-0.6B"
    assert str(tmp_path) not in "".join(content.decode() for content in push.changed.values())
    assert push.files["adapter_config.json"] == len(push.changed["adapter_config.json"])
    write_json(folder / "adapter_config.json", {"base_model_name_or_path": "Qwen/Qwen3-0.6B"})
    assert plan_push(folder, "a/b").changed == {}
