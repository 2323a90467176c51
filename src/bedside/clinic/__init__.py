"""The embedded default: a small authored clinical world, its consultations, a tiny language model."""

from bedside.clinic.generator import consultations
from bedside.clinic.stage import build

__all__ = ["build", "consultations"]
