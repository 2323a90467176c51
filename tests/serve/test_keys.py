"""Keys: made once, kept as hashes, compared one and all, void when taken out; and how many requests each may make."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from bedside.core.errors import UserMistake
from bedside.serve.keys import Keys, new_key
from bedside.serve.rate import Rate


def test_a_key_is_printed_once_and_kept_as_a_hash(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    first, second = new_key(file, "alice"), new_key(file, "bob")
    assert len(first) >= 50
    assert first != second
    assert first not in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    keys = Keys(file)
    assert [key.name for key in (keys.find(first), keys.find(second)) if key] == ["alice", "bob"]
    for wrong in ("", first[:-1], first.upper(), f"{first} ", "bedside-", "é\ud800"):
        assert keys.find(wrong) is None


def test_a_key_that_is_taken_out_is_void_at_once(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    gone, kept = new_key(file, "gone"), new_key(file, "kept")
    keys = Keys(file)
    file.write_text("\n".join(line for line in file.read_text().splitlines() if line.startswith("kept")))
    os.utime(file, ns=(1, 1))
    assert keys.find(gone) is None
    assert keys.find(kept) is not None
    file.write_text("# broken while it is written: nothing new is believed\nhalf a li")
    assert keys.find(kept) is not None


@pytest.mark.parametrize(
    ("text", "told"), [("", "holds no key"), ("alice secret\n", "is no key"), ("# only this", "holds no key")]
)
def test_a_file_that_is_none_is_refused(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "keys").write_text(text)
    with pytest.raises(UserMistake, match=told):
        Keys(tmp_path / "keys")


def test_a_missing_file_and_a_taken_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserMistake, match="cannot be read"):
        Keys(tmp_path / "keys")
    new_key(tmp_path / "keys", "alice")
    with pytest.raises(UserMistake, match="a key 'alice' already"):
        new_key(tmp_path / "keys", "alice")
    with pytest.raises(UserMistake, match="no name"):
        new_key(tmp_path / "keys", "a\nroot sha256:00")


def test_a_rate_is_kept_by_name_and_fills_again() -> None:
    now = 0.0
    rate = Rate(lambda: now)
    assert [rate.wait_s("a", 3) for _ in range(5)] == [0, 0, 0, 20, 20]
    assert rate.wait_s("b", 3) == 0
    now = 20.0
    assert [rate.wait_s("a", 3) for _ in range(2)] == [0, 20]
    now = 1000.0
    assert [rate.wait_s("a", 3) for _ in range(4)] == [0, 0, 0, 20]
    assert rate.wait_s("c", 0) == 60
