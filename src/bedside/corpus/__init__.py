"""Sources to cleaned, unique, split consultations."""

from bedside.corpus.stage import FORMATS, build

__all__ = ["FORMATS", "build"]
