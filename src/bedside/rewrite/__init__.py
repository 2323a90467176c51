"""Dialogues to rewrites: the emotion plan, the rewriters (phrasebook, LLM), the gates."""

from bedside.rewrite.gate_file import gate_file
from bedside.rewrite.gates import Case, Verdict, judge
from bedside.rewrite.plan import make_plan
from bedside.rewrite.stage import build, cancel_batches, estimate_run

__all__ = ["Case", "Verdict", "build", "cancel_batches", "estimate_run", "gate_file", "judge", "make_plan"]
