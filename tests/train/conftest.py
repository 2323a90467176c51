"""The examples that every run here trains on."""

from __future__ import annotations

from pathlib import Path

import pytest

from .runs import write_pairs


@pytest.fixture(scope="session")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pairs(tmp_path_factory.mktemp("pairs"))
