"""How a server is set: its limits, who may ask, what is kept. The defaults are those of a pilot on one machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from bedside.core.records import Language

__all__ = ["Deidentify", "Keep", "Limits", "Options"]

# Texts of the patient and the doctor in turn (True: the patient's) to the same without who the patient is.
Deidentify = Callable[[Sequence[tuple[bool, str]], Language], list[str]]


class Limits(msgspec.Struct, frozen=True):
    """Bounds on one request and on all; seconds, bytes and counts."""

    body_bytes: int = 256 * 1024
    headers_s: float = 10.0
    body_s: float = 15.0
    request_s: float = 120.0
    send_s: float = 30.0
    shutdown_s: float = 30.0
    requests_a_minute: int = 120
    connections: int = 1000
    max_tokens: int = 1024
    choices: int = 8


class Keep(msgspec.Struct, frozen=True):
    """Where conversations are kept, de-identified, and for how many days."""

    folder: Path
    days: int
    deidentify: Deidentify


class Options(msgspec.Struct, frozen=True):
    """Everything about a server but its model and its guard. `hosts` are the names that it answers to; empty: any."""

    limits: Limits = Limits()
    keys: Path | None = None
    hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "::1")
    origins: tuple[str, ...] = ()
    keep: Keep | None = None
