"""How surely what was found in two texts is so: a learnt decision over each finding. Pure.

Lists of names and rules of negation take many a free paraphrase for a change. Each of their findings is weighed by its
kind and outcome, by how much of its own words and of its clause the other text says, and by how freely the whole is
worded: what a rule finds in a closely worded rewrite is more often so. One that weighs too little is told as minor.
Nothing here finds what the rules did not.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from math import log, log1p
from typing import Literal, NamedTuple

from bedside.core.records import Outcome, Role
from bedside.signals.losses import Trace, Traces
from bedside.signals.rarity import decision, worth
from bedside.signals.reading import Reading
from bedside.signals.words import Word

__all__ = ["FEATURES", "Found", "found_features", "weighed"]

KINDS = (
    "drug", "dose", "lab value", "frequency", "duration", "number", "age", "timing", "test", "diagnosis", "symptom",
    "relation", "prohibition", "urgency", "laterality", "negation", "certainty", "direction", "referral",
)  # fmt: skip
OUTCOMES = ("lost", "changed", "added")
NAMES = frozenset({"diagnosis", "symptom", "test"})
WORDED = NAMES | {"timing", "prohibition"}
# What is asked of a finding, in the order of the learnt weights.
FEATURES = (
    *KINDS, *OUTCOMES, "doctor", "chinese", "words_said", "characters_said", "akin", "missing", "findings",
    "findings_alike", "kinds", "single", "copied", "said_in_text", "clause_said", "clause_nearest", "clause_worth",
    "length_ratio", "name_added", "worded_lost", "name_added_in_known",
    *(f"{kind}_{where}" for where in ("close", "doctor", "chinese") for kind in KINDS),
)  # fmt: skip
# Numbers and doses are told unless the decision is surer than for the rest that they are ways of speaking.
EXACT: frozenset[str] = frozenset({"drug", "dose", "lab value", "frequency", "duration", "number", "age", "relation"})
EXACT_MARGIN = 2.0
# A text is closely worded where more than this share of the other is said; a kind counts for more or less there.
CLOSE, STEP, FREEST, CLOSEST = 0.85, 0.1, -2.0, 1.5
# Found by rules that hardly err.
CERTAIN = frozenset({"question"})
# Words that begin alike with so many letters are of one family ("infect", "infection"); more than LONGEST are not read.
FAMILY, LONGEST = 4, 20
LATIN = re.compile("[a-z]+")


class Found(NamedTuple):
    """One finding: its kind, what became of it, and where it stands in the text that `place` names."""

    kind: str
    outcome: Outcome
    place: Literal["original", "rewrite"]
    start: int
    end: int


def weighed(
    found: Sequence[Found], before: Reading, after: Reading, side: Role, there: Traces, back: Traces
) -> list[bool]:
    """Whether each finding is so surely; that a text asks nothing any more is."""
    scores = decision("found").scores(found_features(found, before, after, side, there, back))
    return [
        f.kind in CERTAIN or score + EXACT_MARGIN * (f.kind in EXACT) > 0
        for f, score in zip(found, scores, strict=True)
    ]


class _Letters(NamedTuple):
    """How a text's words begin, or which characters it has (`begins`), and the same of what only it has (`new`)."""

    chinese: bool
    begins: frozenset[str]
    new: frozenset[str]

    @classmethod
    def of(cls, own: Reading, other: Reading) -> _Letters:
        new = {w.unit for c in other.clauses for w in c.words} - own.units
        if other.language == "zh":
            return cls(True, other.characters, frozenset(c for unit in new for c in unit))
        begins = frozenset(word[:FAMILY] for word in LATIN.findall(other.small))
        return cls(False, begins, frozenset(u[:n] for u in new for n in range(FAMILY, min(LONGEST, len(u)) + 1)))

    def said(self, text: str) -> float:
        """The share of a text's characters, or of its words by how they begin, that the other text has."""
        parts = [c for c in text if not c.isspace()] if self.chinese else [w[:FAMILY] for w in LATIN.findall(text)]
        return sum(part in self.begins for part in parts) / len(parts) if parts else 0.0

    def akin(self, words: Sequence[Word], shares: Sequence[float]) -> bool:
        """Whether a missing word is of the family of a word that only the other text has."""
        missing = [word.unit for word, share in zip(words, shares, strict=True) if share < 1]
        if self.chinese:
            return any(len(unit) > 1 and not self.new.isdisjoint(unit) for unit in missing)
        return any(
            unit[: max(FAMILY, min(LONGEST, len(unit)) - 2)] in self.new for unit in missing if len(unit) > FAMILY
        )


def found_features(
    found: Sequence[Found], before: Reading, after: Reading, side: Role, there: Traces, back: Traces
) -> list[list[float]]:
    """FEATURES of each finding; `there` traces the original's clauses in the rewrite, `back` the other way."""
    alike = Counter((f.kind, f.outcome) for f in found)
    whole = _Whole(
        side,
        log1p(len(found)),
        len({f.kind for f in found}) / 5,
        sum(t.said == 1.0 for t in there.clauses) / max(1, len(there.clauses)),
        min(3.0, len(after.small) / max(1, len(before.small))),
    )
    letters = _Letters.of(before, after), _Letters.of(after, before)
    own, other = _Texts(before, after, there, letters[0]), _Texts(after, before, back, letters[1])
    return [_features(f, alike[f.kind, f.outcome], whole, own if f.place == "original" else other) for f in found]


class _Whole(NamedTuple):
    """What holds for all findings of a pair of texts."""

    side: Role
    findings: float
    kinds: float
    copied: float
    length_ratio: float


class _Texts(NamedTuple):
    """The text in which a finding stands, the other one, and the traces and letters of the first in the second."""

    own: Reading
    other: Reading
    traces: Traces
    letters: _Letters


def _features(f: Found, alike: int, whole: _Whole, texts: _Texts) -> list[float]:
    own, other, found, letters = texts
    clauses = _around(f, found)
    words = [w for t in clauses for w in t.clause.words if f.start <= w.start < f.end]
    values = [worth(w, own.language) for w in words]
    total = sum(values) or 1e-6
    shares = [other.says(w.unit, w.term) for w in words]
    said = sum(v * s for v, s in zip(values, shares, strict=True)) / total if words else 0.0
    least = min(clauses, key=lambda t: t.said, default=None)
    clause_said, nearest, clause_worth = (least.said, least.nearest, log(least.worth)) if least else (0.0, 0.0, 0.0)
    text, added = own.small[f.start : f.end], f.outcome == "added"
    named = f.kind in NAMES and added
    return [
        *(f.kind == kind for kind in KINDS), *(f.outcome == outcome for outcome in OUTCOMES),
        whole.side == "doctor", own.language == "zh", said, letters.said(text), letters.akin(words, shares),
        log1p(total * (1 - said)), whole.findings, alike / 3, whole.kinds,
        len(words) <= 1, whole.copied, found.said, clause_said, nearest, clause_worth, whole.length_ratio,
        named, said * (f.kind in WORDED and not added), named * clause_said,
        *_by_kind(f.kind, (_closeness(found.said), whole.side == "doctor", own.language == "zh")),
    ]  # fmt: skip


def _closeness(said: float) -> float:
    return max(FREEST, min(CLOSEST, (said - CLOSE) / STEP))


def _by_kind(kind: str, values: Sequence[float]) -> list[float]:
    """Each value at the place of the kind among zeros, so that it may weigh otherwise for each kind."""
    row = [0.0] * (len(KINDS) * len(values))
    if kind in KINDS:
        row[KINDS.index(kind) :: len(KINDS)] = values
    return row


def _around(f: Found, found: Traces) -> list[Trace]:
    """The traces of the clauses that a finding touches."""
    low = bisect_right(found.clauses, f.start, key=_end)
    return list(found.clauses[low : bisect_left(found.clauses, f.end, key=_start)])


def _start(trace: Trace) -> int:
    return trace.clause.start


def _end(trace: Trace) -> int:
    return trace.clause.end
