"""Labels: the same answers as the preferences, each with its own verdict (KTO needs no pairs). Pure."""

from __future__ import annotations

from collections.abc import Iterator

from bedside.core.records import Label, Preference

__all__ = ["labels"]

# TRL estimates KTO's reference point from neighbours: each prompt with the answer of the row before it. Two answers to
# one prompt side by side would be no mismatch at all, so an unwanted answer stands this many pairs away from its
# wanted one.
APART = 2


def labels(made: list[Preference]) -> Iterator[Label]:
    """Wanted and unwanted answers by turns, as many of the one as of the other at every even length."""
    for number, wanted in enumerate(made):
        unwanted = made[(number + APART) % len(made)]
        yield Label(f"{wanted.id}/wanted", wanted.kind, wanted.prompt, wanted.chosen, True)
        yield Label(f"{unwanted.id}/unwanted", unwanted.kind, unwanted.prompt, unwanted.rejected, False)
