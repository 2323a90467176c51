"""What the lint's figures mean: which of them are above their bars, in words. Pure.

Where the bars come from is in docs/pairs.md.
"""

from __future__ import annotations

from typing import Any

from bedside.core.config import LintConfig

__all__ = ["BY_COMFORT", "outside_reasons", "reasons_of"]

BY_COMFORT = ("plain", "unneeded comfort")
# In pairs that differ by comfort one comforting word may stand in most answers of that side, but not in all.
COMFORT_WORD_GAP = 0.9


def reasons_of(figures: dict[str, Any], kind: str, config: LintConfig) -> list[str]:
    """Why the pairs of a kind are bad; nothing where they are not."""
    found = _by_comfort(figures, kind, config) if kind in BY_COMFORT else _warm_but_wrong(figures, config)
    read, meant = figures["facts"]["read"], figures["facts"]["as_meant"]
    if read - meant > config.max_unequal_facts * read:
        found.append(f"facts differ otherwise than meant in {read - meant} of {read} pairs read")
    return found


def outside_reasons(figures: dict[str, Any], config: LintConfig) -> list[str]:
    """What differs outside the broken place. One sort of break is held to this alone: its words are its lesson."""
    masked = figures["auc_masked"]
    if masked is None or masked <= config.max_masked_auc:
        return []
    return [f"words outside the broken place tell the sides apart (AUC {masked:.2f}, bar {config.max_masked_auc:g})"]


def _warm_but_wrong(figures: dict[str, Any], config: LintConfig) -> list[str]:
    found = outside_reasons(figures, config)
    if figures["auc"] > config.max_auc:
        found.append(f"words alone tell the sides apart (AUC {figures['auc']:.2f}, bar {config.max_auc:g})")
    for name, what in (("form", "marks and capitals"), ("edges", "first and last words"), ("length", "length")):
        auc = figures[f"auc_{name}"]
        if auc > config.max_form_auc:
            found.append(f"{what} alone tell the sides apart (AUC {auc:.2f}, bar {config.max_form_auc:g})")
    if figures["length_gap"] > config.max_length_gap:
        found.append(f"one side is longer by {figures['length_gap']:.0%} (bar {config.max_length_gap:.0%})")
    for side in ("chosen", "rejected"):
        found += _word(figures, side, config.max_word_gap) + _opener(figures, side, config)
    return found


def _by_comfort(figures: dict[str, Any], kind: str, config: LintConfig) -> list[str]:
    """Comfort, its length and its openings are meant to differ; one word in nearly all answers of a side is not."""
    comforting, other = ("chosen", "rejected") if kind == "plain" else ("rejected", "chosen")
    found = _word(figures, other, config.max_word_gap) + _word(figures, comforting, COMFORT_WORD_GAP)
    return found + _opener(figures, comforting, config)


def _word(figures: dict[str, Any], side: str, bar: float) -> list[str]:
    best = (figures["one_word"] or {}).get(side)
    if best is None or best["gap"] <= bar:
        return []
    return [f"“{best['word']}” stands in {best['gap']:.0%} more {side} answers than of the other side"]


def _opener(figures: dict[str, Any], side: str, config: LintConfig) -> list[str]:
    share, words = figures["openers"][side]["share"], figures["openers"][side]["words"]
    return [f"{share:.0%} of the {side} answers open with “{words}”"] if share > config.max_opener_share else []
