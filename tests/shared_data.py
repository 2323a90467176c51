"""Where the real data for development lies, beside the repository; tests that need it skip where it is absent."""

from __future__ import annotations

from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data"


def shared_data(name: str) -> Path:
    """The path of a file or folder of the shared data; skips the test where there is none."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"{path} is absent: this test reads real data that is not shipped")
    return path
