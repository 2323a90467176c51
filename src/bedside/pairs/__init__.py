"""Rewrites to training examples: SFT, preferences, labels; mutations; the shortcut lint."""

from bedside.pairs.stage import build

__all__ = ["build"]
