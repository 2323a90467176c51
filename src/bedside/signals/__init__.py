"""What a text says: facts, feeling, comfort. Pure functions, text in, findings with character spans out."""

from bedside.signals.comfort import ACTS, ANTI_ACTS, Finding, anti_acts, comfort_acts, comforts, emotion_words
from bedside.signals.facts import Fact, extract
from bedside.signals.known_facts import flat, states
from bedside.signals.ledger import compare

__all__ = [
    "ACTS",
    "ANTI_ACTS",
    "Fact",
    "Finding",
    "anti_acts",
    "comfort_acts",
    "comforts",
    "compare",
    "emotion_words",
    "extract",
    "flat",
    "states",
]
