"""Packages of an optional extra (`pip install 'bedside[serve]'`): what is said where one is not installed."""

from __future__ import annotations

from bedside.core.errors import UserMistake

__all__ = ["missing_extra"]


def missing_extra(what: str, extra: str, error: ImportError) -> UserMistake:
    """The mistake to raise in place of an import's failure.

    Raises:
        ImportError: the package is there, and something within it fails.
    """
    if not isinstance(error, ModuleNotFoundError):
        raise error
    package = (error.name or str(error)).partition(".")[0]
    return UserMistake(f"{what} needs {package}", remedy=f"pip install 'bedside[{extra}]'")
