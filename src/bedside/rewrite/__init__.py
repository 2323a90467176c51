"""Dialogues to rewrites: the emotion plan, the rewriters (phrasebook, LLM), the gates."""

from bedside.rewrite.gate_file import gate_file
from bedside.rewrite.gates import Case, Verdict, judge
from bedside.rewrite.plan import make_plan
from bedside.rewrite.stage import build, cancel, estimate

__all__ = ["Case", "Verdict", "build", "cancel", "estimate", "gate_file", "judge", "make_plan"]
