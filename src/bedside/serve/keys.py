"""API keys: a file with a name and a hash a line, so that who reads the file cannot use it.

A key is 256 random bits, so that one SHA-256 is enough. Lines: `NAME sha256:HEX [REQUESTS_A_MINUTE]`; `#` begins a
comment. The file is read again when it changes: a key that is taken out is void at once.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from pathlib import Path
from typing import NamedTuple

from bedside.core.errors import UserMistake

__all__ = ["Key", "Keys", "new_key"]

LINE = re.compile(r"(?P<name>[\w.\-]{1,64})\s+sha256:(?P<hash>[0-9a-f]{64})(?:\s+(?P<rate>\d+))?")
NAME = re.compile(r"[\w.\-]{1,64}")
PREFIX = "bedside-"


class Key(NamedTuple):
    """Who may ask, the hash of the key, and requests a minute (None: the server's own rate)."""

    name: str
    hash: bytes
    rate: int | None


class Keys:
    """The keys of a file.

    Raises:
        UserMistake: the file is missing, holds no key, or a line that is none.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_at = 0
        self._keys: tuple[Key, ...] = ()
        self._refresh()

    def find(self, given: str) -> Key | None:
        """Whose key this is. Each key is compared, whichever fits, and each comparison takes the same time."""
        self._refresh()
        mark = _hash(given)
        found = None
        for key in self._keys:
            if hmac.compare_digest(key.hash, mark):
                found = key
        return found

    def _refresh(self) -> None:
        """Read the file where it changed; while it cannot be read, what is known of it holds."""
        try:
            changed = self._path.stat().st_mtime_ns
            if changed != self._read_at:
                self._keys = _read(self._path)
                self._read_at = changed
        except OSError as error:
            if not self._read_at:
                remedy = f"Make one: bedside serve --new-key NAME --api-key-file {self._path}"
                raise UserMistake(f"cannot be read: {error.strerror}", where=str(self._path), remedy=remedy) from None
        except UserMistake:
            if not self._read_at:
                raise


def new_key(path: Path, name: str) -> str:
    """Make a key, append its hash to the file (made with mode 600), and give the key, which is kept nowhere.

    Raises:
        UserMistake: no name for a key, or one that is taken.
    """
    if not NAME.fullmatch(name):
        raise UserMistake(f"{name!r} is no name for a key", remedy="Use up to 64 letters, digits, dots and dashes.")
    if path.exists() and any(key.name == name for key in _read(path, empty=True)):
        raise UserMistake(
            f"there is a key {name!r} already", where=str(path), remedy="Take its line out, or use another name."
        )
    key = PREFIX + secrets.token_urlsafe(32)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "a", encoding="utf-8") as file:
        file.write(f"{name} sha256:{_hash(key).hex()}\n")
    return key


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()


def _read(path: Path, empty: bool = False) -> tuple[Key, ...]:
    keys = []
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        line = text.partition("#")[0].strip()
        match = LINE.fullmatch(line)
        if line and match is None:
            raise UserMistake(
                "is no key", where=f"{path}:{number}", remedy="A line is: NAME sha256:HEX [REQUESTS_A_MINUTE]"
            )
        if match:
            keys.append(Key(match["name"], bytes.fromhex(match["hash"]), int(match["rate"]) if match["rate"] else None))
    if not keys and not empty:
        raise UserMistake(
            "holds no key", where=str(path), remedy=f"Make one: bedside serve --new-key NAME --api-key-file {path}"
        )
    return tuple(keys)
