"""The exception tree of bedside.

```
BedsideError                what bedside itself raises
├── UserMistake             something the user can mend: printed as what, value, where, remedy; exit code 2
│   ├── ConfigError         a study file or `key=value` (all its problems at once)
│   ├── InputFileError      a file that is missing, broken or of the wrong shape (with `path:line`)
│   └── UnknownName         a format, method, model or arm that does not exist (with the nearest that does)
├── EndpointError           a model endpoint that cannot be used at all (wrong key, no such model, unreachable)
└── Stop                    a run that ended early and in order: budget used up, most rows fail, interrupted
```

What the disk refuses (full, read-only, no right to it) is told as the user's to mend, too (`refused`). Everything else
that is raised is a defect of bedside and keeps its traceback.
"""

from __future__ import annotations

import difflib
import errno
from collections.abc import Iterable

__all__ = [
    "BedsideError",
    "ConfigError",
    "EndpointError",
    "InputFileError",
    "Stop",
    "UnknownName",
    "UserMistake",
    "nearest",
    "refused",
]

# What a disk refuses, and what the user can do about it. Those of the second kind say nothing without a path.
FULL = "Make room there and run the same command again; it goes on with what is complete."
NOT_THERE = "Check the path, and who may read and write there."
REFUSALS = {errno.ENOSPC: FULL, errno.EDQUOT: FULL, errno.EROFS: NOT_THERE}
# SQLITE_BUSY, _READONLY, _IOERR (which a full disk gives, too), _FULL, _CANTOPEN.
SQLITE_REFUSALS = {5: "Another program has the file open; end it.", 8: NOT_THERE, 10: FULL, 13: FULL, 14: NOT_THERE}
REFUSED_PATHS = dict.fromkeys((errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.ENAMETOOLONG), NOT_THERE)


class BedsideError(Exception):
    """Base of everything bedside raises on purpose."""


class UserMistake(BedsideError):
    """What is wrong, the place, and what to do about it; printed without a traceback."""

    def __init__(self, what: str, *, where: str | None = None, remedy: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        lines = [f"{self.where}: {self.what}" if self.where else self.what]
        if self.remedy:
            lines.append(f"  {self.remedy}")
        return "\n".join(lines)


class ConfigError(UserMistake):
    """A study file or an override with one or more wrong settings."""


class InputFileError(UserMistake):
    """A file that cannot be read as what it should be."""


class UnknownName(UserMistake):
    """A name outside the known ones; the message gives the nearest."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        choices = sorted(known)
        hint = nearest(name, choices)
        remedy = f"Did you mean {hint!r}? " if hint else ""
        super().__init__(f"unknown {kind} {name!r}", remedy=f"{remedy}Known: {', '.join(choices)}.")


class EndpointError(BedsideError):
    """A model endpoint that no retry can help."""


class Stop(BedsideError):
    """No further request may be made. What is finished is kept; the message says why, and how to go on.

    `interrupted` is set when the user asked for it (the process then exits with 130, otherwise with 2).
    """

    def __init__(self, message: str, *, interrupted: bool = False) -> None:
        super().__init__(message)
        self.interrupted = interrupted


def refused(error: Exception) -> UserMistake | None:
    """The mistake behind an error of the operating system, or of SQLite for its reasons, that the user can mend."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None:
        remedy = SQLITE_REFUSALS.get(code & 0xFF)  # what is above the lowest byte tells the sort
        return UserMistake(f"a file of replies cannot be written or read: {error}", remedy=remedy) if remedy else None
    if not isinstance(error, OSError):
        return None
    place = str(error.filename) if error.filename is not None else None
    remedy = REFUSALS.get(error.errno or 0) or (REFUSED_PATHS.get(error.errno or 0) if place else None)
    return UserMistake(str(error.strerror), where=place, remedy=remedy) if remedy else None


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name closest to a misspelt one, or None when nothing is close."""
    matches = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return matches[0] if matches else None
