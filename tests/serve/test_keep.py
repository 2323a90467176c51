"""Keeping conversations: off by default; turned on, de-identified, for the owner alone, and gone in time."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bedside.serve.keep import outdated
from bedside.serve.options import Keep, Options
from bedside.verbs.serving import without_names
from tests.serve.speaking import Speaking, serving

SAID = "My name is Wilhelmina Featherstone, call me on 07700 900123. I take ibuprofen 400 mg."


def test_nothing_is_written_by_default(tmp_path: Path, monkeypatch: object) -> None:
    with serving(Speaking()) as server:
        server.chat(SAID)
    assert list(tmp_path.rglob("*")) == []


def test_what_is_kept_is_deidentified_and_for_the_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    model = Speaking("Dear Wilhelmina, rest. Take ibuprofen 400 mg.")
    with serving(model, options=Options(keep=Keep(folder, 7, without_names))) as server:
        server.chat(SAID, comfort=0.5)
        server.events("I want to kill myself")
    (path,) = folder.iterdir()
    assert (stat.S_IMODE(folder.stat().st_mode), stat.S_IMODE(path.stat().st_mode)) == (0o700, 0o600)
    assert "Wilhelmina" not in path.read_text()
    assert "07700" not in path.read_text()
    first, second = (json.loads(line) for line in path.read_text().splitlines())
    assert "ibuprofen 400 mg" in first["messages"][0]["content"]
    assert first["comfort"] == 0.5
    assert len(first["replies"]) == 1
    assert [decision["reason"] for decision in second["guard"]] == ["crisis"]
    assert first["at"].endswith(":00") or "T" in first["at"]


def test_days_that_are_over_go(tmp_path: Path) -> None:
    now = datetime(2026, 3, 10, 12, tzinfo=UTC)
    names = [f"{now - timedelta(days=n):%Y-%m-%d}.jsonl" for n in range(5)]
    assert outdated([*names, "notes.jsonl"], now, 3) == names[3:]
    (tmp_path / "2020-01-01.jsonl").write_text("{}")
    (tmp_path / "notes.jsonl").write_text("{}")
    with serving(Speaking(), options=Options(keep=Keep(tmp_path, 1, without_names))):
        assert [path.name for path in tmp_path.iterdir()] == ["notes.jsonl"]
