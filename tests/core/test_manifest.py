from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from bedside.core.errors import UserMistake
from bedside.core.files import sha256
from bedside.core.manifest import Manifest, Stage, close_stage, input_hashes, open_stage, read_manifest

PLANNED = Manifest("corpus", {"limit": 3, "sources": ["a"]}, seed=1, inputs={"source": "abc"})
OTHER = msgspec.structs.replace(PLANNED, seed=2)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def working(folder: Path, planned: Manifest = PLANNED, **kept: tuple[str, ...]) -> Stage:
    stage = open_stage(folder, planned, **kept)
    assert isinstance(stage, Stage)
    return stage


def complete(folder: Path, *files: str) -> Manifest:
    stage = working(folder)
    for name in files:
        (folder / name).write_text("made", encoding="utf-8")
    return close_stage(stage, {"rows": len(files)})


def interrupted(folder: Path, *files: str) -> None:
    working(folder)
    for name in files:
        (folder / name).write_text("made", encoding="utf-8")


def test_a_stage_works_in_an_empty_folder_and_closes_with_a_manifest(tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "corpus"
    stage = working(folder)
    assert read_manifest(folder) is None
    (folder / "out.jsonl").write_text("made", encoding="utf-8")
    closed = close_stage(stage, {"rows": 1})
    assert closed.counts == {"rows": 1}
    assert closed.wall_s >= 0
    assert msgspec.structs.replace(closed, counts={}, wall_s=0.0) == PLANNED
    assert read_manifest(folder) == closed
    assert names(folder) == {"manifest.json", "out.jsonl"}


def test_the_same_settings_and_inputs_are_not_done_again(tmp_path: Path) -> None:
    done = complete(tmp_path, "out.jsonl")
    assert open_stage(tmp_path, PLANNED) == done
    assert names(tmp_path) == {"manifest.json", "out.jsonl"}


def test_the_order_of_settings_does_not_matter(tmp_path: Path) -> None:
    done = complete(tmp_path)
    turned = msgspec.structs.replace(PLANNED, config=dict(reversed(PLANNED.config.items())))
    assert open_stage(tmp_path, turned) == done


@pytest.mark.parametrize(
    "change",
    [
        {"stage": "rewrite"},
        {"config": {"limit": 4, "sources": ["a"]}},
        {"config": {"limit": 3}},
        {"seed": 2},
        {"inputs": {"source": "abd"}},
        {"inputs": {}},
        {"bedside_version": "0.0.0"},
        {"model": "m"},
        {"prompt_hash": "p"},
        {"template_hash": "t"},
    ],
    ids=str,
)
def test_whatever_changes_makes_the_stage_start_afresh(tmp_path: Path, change: dict[str, Any]) -> None:
    complete(tmp_path, "out.jsonl")
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "1.jsonl").write_text("made", encoding="utf-8")
    working(tmp_path, msgspec.structs.replace(PLANNED, **change))
    assert names(tmp_path) == {".started.json"}
    assert read_manifest(tmp_path) is None


def test_an_interrupted_stage_is_not_complete_and_starts_afresh(tmp_path: Path) -> None:
    interrupted(tmp_path, "half.jsonl")
    assert read_manifest(tmp_path) is None
    working(tmp_path)
    assert names(tmp_path) == {".started.json"}


def test_what_was_paid_for_survives_a_change_of_settings(tmp_path: Path) -> None:
    complete(tmp_path, "ledger.jsonl", "out.jsonl", "part-1.jsonl")
    working(tmp_path, OTHER, keep=("ledger.jsonl",), resume=("part-",))
    assert names(tmp_path) == {".started.json", "ledger.jsonl"}
    assert (tmp_path / "ledger.jsonl").read_text(encoding="utf-8") == "made"


def test_what_is_resumed_survives_an_interruption_under_the_same_settings(tmp_path: Path) -> None:
    interrupted(tmp_path, "ledger.jsonl", "half.jsonl", "part-1.jsonl")
    working(tmp_path, PLANNED, keep=("ledger.jsonl",), resume=("part-",))
    assert names(tmp_path) == {".started.json", "ledger.jsonl", "part-1.jsonl"}
    working(tmp_path, PLANNED, keep=("ledger.jsonl",), resume=("part-",))
    assert names(tmp_path) == {".started.json", "ledger.jsonl", "part-1.jsonl"}


def test_what_is_resumed_does_not_survive_other_settings(tmp_path: Path) -> None:
    interrupted(tmp_path, "ledger.jsonl", "part-1.jsonl")
    working(tmp_path, OTHER, keep=("ledger.jsonl",), resume=("part-",))
    assert names(tmp_path) == {".started.json", "ledger.jsonl"}


def test_an_interrupted_clearing_looks_neither_complete_nor_foreign(tmp_path: Path) -> None:
    (tmp_path / ".started.json").write_text("{}", encoding="utf-8")
    (tmp_path / "part-1.jsonl").write_text("of unknown settings", encoding="utf-8")
    working(tmp_path, PLANNED, resume=("part-",))
    assert names(tmp_path) == {".started.json"}


def test_a_folder_of_someone_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("three years", encoding="utf-8")
    with pytest.raises(UserMistake, match="bedside did not write") as caught:
        open_stage(tmp_path, PLANNED)
    assert caught.value.where == str(tmp_path)
    assert names(tmp_path) == {"thesis.txt"}


def test_a_manifest_of_another_program_does_not_make_a_folder_ours(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"name": "an app", "icons": []}', encoding="utf-8")
    (tmp_path / "index.html").write_text("an app", encoding="utf-8")
    with pytest.raises(UserMistake, match="bedside did not write"):
        open_stage(tmp_path, PLANNED)
    assert names(tmp_path) == {"manifest.json", "index.html"}


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    working(tmp_path)
    assert names(tmp_path) == {".started.json"}


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_text("a file", encoding="utf-8")
    with pytest.raises(UserMistake, match="a folder was expected"):
        open_stage(path, PLANNED)
    assert path.read_text(encoding="utf-8") == "a file"


def test_a_link_in_the_folder_goes_but_not_what_it_points_to(tmp_path: Path) -> None:
    away = tmp_path / "away"
    away.mkdir()
    (away / "precious.txt").write_text("kept", encoding="utf-8")
    complete(tmp_path / "stage")
    (tmp_path / "stage" / "link").symlink_to(away, target_is_directory=True)
    working(tmp_path / "stage", OTHER)
    assert names(tmp_path / "stage") == {".started.json"}
    assert names(away) == {"precious.txt"}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b'{"stage": 1}',
        b'{"stage": "\xff"}',
    ],
)
def test_an_unreadable_manifest_is_none(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "manifest.json").write_bytes(data)
    assert read_manifest(tmp_path) is None


def test_there_is_no_manifest_where_there_is_no_folder(tmp_path: Path) -> None:
    assert read_manifest(tmp_path / "missing") is None


def test_inputs_are_known_by_role_and_hash(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    hashes = input_hashes(first=tmp_path / "a", second=tmp_path / "b")
    assert hashes == {"first": sha256(tmp_path / "a"), "second": sha256(tmp_path / "b")}
    assert hashes["first"] != hashes["second"]
