"""The embedded default: a small authored clinical world, its consultations, a tiny language model."""

from bedside.clinic.generator import consultations

__all__ = ["consultations"]
