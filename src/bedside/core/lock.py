"""One process at a time in a folder: a lock that the operating system takes back when the process dies, however it
dies.

On systems without `fcntl` (Windows) nothing is locked.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bedside.core.errors import UserMistake

__all__ = ["LOCK", "locked"]

LOCK = ".lock"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock for as long as the block lasts.

    Raises:
        UserMistake: another process holds it.
    """
    if sys.platform == "win32":
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / LOCK
    file = _taken(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)  # while it is held, so that nobody can lock what is about to go
        os.close(file)


def _taken(path: Path) -> int:
    import fcntl

    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(file, 20).decode(errors="replace").strip()
            os.close(file)
            raise UserMistake(
                f"another bedside process is at work here{f' (process {holder})' if holder else ''}",
                where=str(path.parent),
                remedy="Wait for it, end it, or choose another -o folder.",
            ) from None
        if _is_still(path, file):
            os.ftruncate(file, 0)
            os.write(file, f"{os.getpid()}\n".encode())
            return file
        os.close(file)


def _is_still(path: Path, file: int) -> bool:
    """Whether the locked file is the one that stands there now (its last holder may have removed it meanwhile)."""
    try:
        return os.path.samestat(path.stat(), os.fstat(file))
    except FileNotFoundError:
        return False
