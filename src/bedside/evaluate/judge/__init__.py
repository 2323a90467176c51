"""Judges: models that compare each arm's replies with the base's, and are tried before they are believed."""

from bedside.evaluate.judge.stage import FOLDER, check, judge

__all__ = ["FOLDER", "check", "judge"]
