"""Dialogues to rewrites: the emotion plan, the rewriters (phrasebook, LLM), the gates."""

from bedside.rewrite.gates import Case, Verdict, judge
from bedside.rewrite.plan import make_plan
from bedside.rewrite.stage import build

__all__ = ["Case", "Verdict", "build", "judge", "make_plan"]
