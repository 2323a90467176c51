from __future__ import annotations

import errno
import sqlite3

import pytest

from bedside.core.errors import (
    FULL,
    BedsideError,
    ConfigError,
    EndpointError,
    InputFileError,
    UnknownName,
    UserMistake,
    nearest,
    refused,
)


def test_a_mistake_is_printed_as_place_what_and_remedy() -> None:
    mistake = UserMistake("is broken", where="data.jsonl:3", remedy="Mend it.")
    assert str(mistake) == "data.jsonl:3: is broken\n  Mend it."


@pytest.mark.parametrize(
    ("where", "remedy", "printed"),
    [(None, None, "is broken"), ("here", None, "here: is broken"), (None, "Mend it.", "is broken\n  Mend it.")],
)
def test_place_and_remedy_may_be_missing(where: str | None, remedy: str | None, printed: str) -> None:
    assert str(UserMistake("is broken", where=where, remedy=remedy)) == printed


def test_the_tree_is_as_drawn() -> None:
    mistakes = (ConfigError, InputFileError, UnknownName)
    assert all(kind.__bases__ == (UserMistake,) for kind in mistakes)
    assert UserMistake.__bases__ == EndpointError.__bases__ == (BedsideError,)
    assert BedsideError.__bases__ == (Exception,)


def test_an_unknown_name_gives_the_nearest_and_all_that_exist_in_order() -> None:
    printed = str(UnknownName("format", "shargpt", ("sharegpt", "alpaca")))
    assert printed == "unknown format 'shargpt'\n  Did you mean 'sharegpt'? Known: alpaca, sharegpt."


def test_an_unknown_name_far_from_all_guesses_nothing() -> None:
    printed = str(UnknownName("format", "xyz", ("sharegpt", "alpaca")))
    assert printed == "unknown format 'xyz'\n  Known: alpaca, sharegpt."


def test_nearest_picks_the_closest_or_none() -> None:
    names = ["learning_rate", "batch_size", "max_length"]
    assert nearest("learnig_rate", names) == "learning_rate"
    assert nearest("max_lenght", names) == "max_length"
    assert nearest("zzz", names) is None
    assert nearest("batch_size", []) is None


def test_what_a_disk_refuses_is_told_and_other_errors_of_the_system_are_not() -> None:
    full = refused(OSError(errno.ENOSPC, "No space left on device"))
    assert str(full) == f"No space left on device\n  {FULL}"
    denied = refused(PermissionError(errno.EACCES, "Permission denied", "/runs"))
    assert str(denied).startswith("/runs: Permission denied\n  Check the path")
    # A port that is not ours has no path; a file that is missing where bedside expects it is a defect.
    assert refused(PermissionError(errno.EACCES, "Permission denied")) is None
    assert refused(FileNotFoundError(errno.ENOENT, "No such file", "/runs/x")) is None


def test_a_full_disk_is_told_alike_where_a_database_meets_it() -> None:
    full = sqlite3.OperationalError("database or disk is full")
    full.sqlite_errorcode = 13
    assert str(refused(full)).endswith(f"database or disk is full\n  {FULL}")
    wrong = sqlite3.OperationalError("no such column: x")
    wrong.sqlite_errorcode = 1
    assert refused(wrong) is None
