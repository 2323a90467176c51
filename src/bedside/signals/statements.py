"""What a rewrite did to the statements of a text: lost, turned round, made certain, or added. Pure.

Statements are compared by their words, clause by clause: each clause of the original is put beside the clause of the
rewrite that shares most with it. This sees a dropped sentence, a lost "not", a "may" that became "is"; it does not
understand what is said in wholly other words.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Literal, NamedTuple

from bedside.core.phrases import load_yaml
from bedside.core.records import Language, Outcome, Role
from bedside.signals.reading import Reading
from bedside.signals.words import CONTENT, LIGHT, NAMED, Clause, Word, unit, vocabulary

__all__ = ["Change", "asserted", "complaints", "statements"]

ChangeKind = Literal["symptom", "diagnosis", "referral", "statement", "question", "negation", "certainty", "direction"]
# A clause that weighs so much (a name weighs 1.6, a word of content 1, a word of little content 0.3) counts as lost when
# no more than this share of it is found in the rewrite; one that weighs less, when it lost a name or number too.
LOST_WEIGHT, LOST_SHARE = 2.6, 0.34
LEAST_WEIGHT, NAME_LOST_SHARE = 1.5, 0.2
QUESTION_WEIGHT = 1.0
# A question is lost where no more than the first share of it is asked still and no more than the second is said still;
# by whether the rewrite asks as often as the original, or less often.
QUESTION_SHARES = {False: (0.2, 0.7), True: (0.3, 0.85)}
# Advice to see somebody is lost where no clause sends the patient any more, and no more than this of its own words is left.
REFERRAL_SHARE = 0.6
# Two clauses speak of the same when they share this much weight and this share of the lighter one.
# A complaint of which so much is said in other words is not new.
# A rewrite of at least so many clauses copies its original when no more than this share of the sentences departs from it.
LEAST_COPIED, MOST_DEPARTURES = 2, 0.12
SAID_IN_PART = 0.3
SAME_WEIGHT, SAME_SHARE = 1.5, 0.5
# A lost or gained "not" tells something where the clauses share this much of their weight.
CLOSE = 0.5
# Clauses this little farther than the closest are thought to say the same as well.
NEAR, NEAR_WEIGHT = 0.15, 2.0
# Of clauses of few words this share must be the same.
ALMOST_ALL = 0.75
# Words of a clause that says one thing only.
SHORT = 2


class Change(NamedTuple):
    """One thing that became of a statement, at `start:end` of the original, or of the rewrite where it was added."""

    kind: ChangeKind
    outcome: Outcome
    start: int
    end: int


def statements(before: Reading, after: Reading, side: Role) -> Iterator[Change]:
    """What became of the clauses of `before` in `after`; the patient's questions are followed too."""
    if side == "patient":
        yield from _questions(before, after)
    else:
        yield from _referrals(before, after)
    index = _index(after.clauses)
    if side == "doctor":
        yield from _departures(before, after)
    yield from _reversed(before, after, index)
    yield from _denials(before, after, index)
    for clause in before.clauses:
        if not clause.words:
            continue
        if _lost(clause, after):
            yield Change("statement", "lost", clause.start, clause.end)
            continue
        partners = _partners(clause, after.clauses, index)
        if partners:
            yield from _turned(clause, partners, before, after)


def _share_said(clause: Clause, after: Reading) -> float:
    """The share of a clause's weight that the other text says."""
    weight = _weight(clause)
    return sum(w.weight * after.says(w.unit, w.term) for w in clause.words) / weight if weight else 1.0


def _lost(clause: Clause, after: Reading) -> bool:
    """Whether hardly a word of the clause is said any more, or a name or number in it and little else."""
    weight = sum(w.weight for w in clause.words)
    if weight < LEAST_WEIGHT:
        return False
    said = [after.says(w.unit, w.term) for w in clause.words]
    found = sum(w.weight * share for w, share in zip(clause.words, said, strict=True))
    if weight >= LOST_WEIGHT:
        return found <= LOST_SHARE * weight
    named = any((w.term or w.unit[0] == "#") and not share for w, share in zip(clause.words, said, strict=True))
    return named and found <= NAME_LOST_SHARE * weight


def _denials(before: Reading, after: Reading, index: dict[str, list[int]]) -> Iterator[Change]:
    """Where a "not" was lost or gained."""
    for clause in before.clauses:
        if clause.negations:
            found = _denied_otherwise(clause, before, after, index)
            if found is not None:
                yield Change("negation", "changed", found.start, found.end)
    back = _index(before.clauses)
    yield from _made_certain(before, after, back)
    for clause in after.clauses:
        if clause.negations and _denied_otherwise(clause, after, before, back) is not None:
            yield Change("negation", "changed", clause.start, clause.end)


def _denied_otherwise(clause: Clause, own: Reading, other: Reading, index: dict[str, list[int]]) -> Clause | None:
    """The clause of the other text that says what this one denies, with nothing that could stand for the "not"."""
    nearest: list[Clause] | None = None
    for word in clause.words:
        if word.denied != 1 or word.unit not in index or _denials_of(word.unit, own) <= _denials_of(word.unit, other):
            continue
        saying = [other.clauses[n] for n in index[word.unit]]
        if word.weight >= CONTENT and _always(own, word.unit, True) and _always(other, word.unit, False):
            short = [c for c in saying if min(len(c.words), len(clause.words)) <= SHORT]
        else:
            short = []
        nearest = _near(clause, other, index) if nearest is None else nearest
        near = [c for c in nearest if c in saying and (word.weight >= CONTENT or _content_shared(clause, c))] or short
        # "Had I not gone" tells of no fever that there was.
        near = [c for c in near if c.conditional or not clause.conditional]
        if near and not any(_stands_in(c, clause, word.unit) for c in near):
            return near[0]
    return None


def _content_shared(clause: Clause, other: Clause) -> bool:
    """Whether two clauses share a name or two words of content, so that a "not" before a light word counts."""
    words = {w.unit: w.weight for w in clause.words if w.weight >= CONTENT}
    return sum(words[u] for u in words.keys() & {w.unit for w in other.words}) >= NAMED


def _denials_of(unit: str, reading: Reading) -> int:
    """How often a text denies a word."""
    return sum(w.denied == 1 for c in reading.clauses for w in c.words if w.unit == unit)


def _stands_in(said: Clause, denying: Clause, unit: str) -> bool:
    """Whether something in a clause may do the work of the other clause's "not"."""
    denied = any(w.denied for w in said.words if w.unit == unit)
    return denied or bool(said.half_negators - denying.half_negators)


def _always(reading: Reading, unit: str, denied: bool) -> bool:
    return all(bool(w.denied) == denied for c in reading.clauses for w in c.words if w.unit == unit)


def _near(clause: Clause, other: Reading, index: dict[str, list[int]]) -> list[Clause]:
    """The other text's clauses that share most weight with this one, if it is enough to speak of the same."""
    shared: dict[int, float] = defaultdict(float)
    for unit, weight in {w.unit: w.weight for w in clause.words}.items():
        for number in index.get(unit, ()):
            shared[number] += weight
    most = max(shared.values(), default=0.0)
    found = [other.clauses[n] for n, weight in shared.items() if weight >= most - NEAR]
    lighter = min(_weight(c) for c in (clause, *found))
    enough = most >= SAME_SHARE * lighter if most >= NEAR_WEIGHT else LIGHT < most >= ALMOST_ALL * lighter
    return found if enough else []


def _weight(clause: Clause) -> float:
    return sum(w.weight for w in clause.words)


def _index(parts: Sequence[Clause]) -> dict[str, list[int]]:
    """The clauses that each word and name occurs in."""
    index: dict[str, list[int]] = defaultdict(list)
    for number, part in enumerate(parts):
        for unit in {w.unit for w in part.words} | {w.term for w in part.words if w.term}:
            index[unit].append(number)
    return index


def _partners(clause: Clause, others: Sequence[Clause], index: dict[str, list[int]], least: float = SAME_WEIGHT) -> list[tuple[float, Clause]]:
    """The clauses that may say the same as this one, with the share of weight that both have, the closest first."""
    shared: dict[int, float] = defaultdict(float)
    for word in clause.words:
        places = index.get(word.unit, ())
        for number in {*places, *index.get(word.term, ())} if word.term else places:
            shared[number] += word.weight
    own = sum(w.weight for w in clause.words)
    found = []
    for number, weight in shared.items():
        if weight >= least:
            other = sum(w.weight for w in others[number].words)
            if weight >= SAME_SHARE * min(own, other):
                found.append((2 * min(weight, own) / (own + max(other, weight)), others[number]))
    found.sort(key=lambda pair: -pair[0])
    return found


def _turned(
    clause: Clause, partners: list[tuple[float, Clause]], before: Reading, after: Reading
) -> Iterator[Change]:
    closest, partner = partners[0]
    near = [p for closeness, p in partners if closeness >= closest - NEAR]
    span = (partner.start, partner.end)
    if clause.hedges and not clause.asks and closest >= CLOSE and not any(_doubted(p, clause, after) for p in near):
        yield Change("certainty", "changed", *span)


def _departures(before: Reading, after: Reading) -> Iterator[Change]:
    """Clauses that a rewrite did not take over, where it took over nearly all: then each departure tells."""
    if len(before.clauses) < LEAST_COPIED:
        return
    taken_over = {_bare(c, after) for c in after.clauses}
    missing = [c for c in before.clauses if _bare(c, before) not in taken_over and not _ran_on(c, before, after)]
    departed, sentences = {c.sentence for c in missing}, {c.sentence for c in before.clauses}
    if len(departed) <= max(1, MOST_DEPARTURES * len(sentences)) and 3 * len(missing) <= 2 * len(before.clauses):
        for clause in missing:
            if clause.words:
                yield Change("statement", "changed", clause.start, clause.end)


def _ran_on(clause: Clause, before: Reading, after: Reading) -> bool:
    """Whether the original's last words are there, and what the rewrite adds has run into them."""
    return clause is before.clauses[-1] and _bare(clause, before) in after.small


def _bare(clause: Clause, reading: Reading) -> str:
    return reading.small[clause.start : clause.end].strip(" \t\n.,;:!?()。，；：！？（）、")


def _referrals(before: Reading, after: Reading) -> Iterator[Change]:
    """The advice to see somebody, where the rewrite sends the patient to nobody any more."""
    sending = [c for c in before.clauses if before.sends(c) and _share_said(c, after) <= REFERRAL_SHARE]
    if sending and not any(after.sends(c) for c in after.clauses):
        yield Change("referral", "lost", sending[0].start, sending[0].end)


def _reversed(before: Reading, after: Reading, index: dict[str, list[int]]) -> Iterator[Change]:
    """Where a word gave way to its opposite ("reduce" to "increase") in a clause that says the same otherwise."""
    old, new = _counts(before), _counts(after)
    for word, others in vocabulary(before.language).opposites.items():
        if not old[word] or new[word]:
            continue
        for clause in (c for c in before.clauses if any(w.unit == word for w in c.words)):
            for partner in _near(clause, after, index):
                if any(w.unit in others and new[w.unit] > old[w.unit] for w in partner.words):
                    yield Change("direction", "changed", partner.start, partner.end)


def _counts(reading: Reading) -> Counter[str]:
    return Counter(w.unit for c in reading.clauses for w in c.words)


def _doubted(clause: Clause, original: Clause, reading: Reading) -> bool:
    """Whether doubt is said anywhere in the clause's sentence, or half said where the original did not half say it."""
    if clause.half_hedges - original.half_hedges:
        return True
    return any(c.hedges for c in reading.clauses if c.sentence == clause.sentence)


def asserted(before: Reading, after: Reading, known: Reading | None, diagnoses: frozenset[str]) -> Iterator[Change]:
    """Diagnoses that the rewrite states as so, which neither the original nor `known` does."""
    plain = _plainly(before, diagnoses) | (_plainly(known, diagnoses) if known else frozenset())
    for clause in after.clauses:
        if clause.asserts and clause.personal and _plain(clause, after):
            new = [w for w in clause.words if w.term in diagnoses and w.term not in plain]
            if new:
                yield Change("diagnosis", "added", clause.start, clause.end)


def complaints(before: Reading, after: Reading) -> Iterator[Change]:
    """Words of complaint ("tingle", 发黑) that only the patient's rewrite has, in a clause that says nothing of the original."""
    known = _complaint_words(before.language)
    for clause in after.clauses:
        new = [
            w
            for w in clause.words
            if w.unit in known and before.says(w.unit, w.term) < SAID_IN_PART and not before.nearly_says(after.word_at(w.start))
        ]
        if new:
            yield Change("symptom", "added", clause.start, clause.end)


@cache
def _complaint_words(language: Language) -> frozenset[str]:
    words = str(load_yaml("signals/data/complaints.yaml")[language]).split()
    return frozenset(unit(word, language) for word in words)


def _plainly(reading: Reading, names: frozenset[str]) -> frozenset[str]:
    return frozenset(w.term for c in reading.clauses if _plain(c, reading) for w in c.words if w.term in names)


def _plain(clause: Clause, reading: Reading) -> bool:
    """Whether a clause says without doubt, condition or question that something is so."""
    if clause.negations or clause.conditional or clause.asks or clause.hedges or clause.half_hedges:
        return False
    return not any(c.hedges or c.asks for c in reading.clauses if c.sentence == clause.sentence)


def _made_certain(before: Reading, after: Reading, back: dict[str, list[int]]) -> Iterator[Change]:
    """Where "definitely" was put to what the original says without it."""
    for clause in after.clauses:
        if clause.absolute and not clause.negations:
            partners = _partners(clause, before.clauses, back)
            if partners and not any(c.absolute for _, c in partners):
                yield Change("certainty", "changed", clause.start, clause.end)


def _questions(before: Reading, after: Reading) -> Iterator[Change]:
    """Questions of which hardly a word is asked any more."""
    asked, asking = _asked(before), _asked(after)
    left = frozenset(name for words, _ in asking for w in words for name in (w.unit, w.term) if name)
    for words, span in asked:
        weight = sum(w.weight for w in words)
        kept = sum(w.weight * (w.unit in left or w.term in left) for w in words)
        said = sum(w.weight * after.says(w.unit, w.term) for w in words)
        shares = QUESTION_SHARES[len(asking) < len(asked)]
        if weight >= QUESTION_WEIGHT and kept <= shares[0] * weight and said <= shares[1] * weight:
            yield Change("question", "lost", *span)


def _asked(reading: Reading) -> list[tuple[list[Word], tuple[int, int]]]:
    """The words of each sentence that asks, and its place. Who uses question marks asks nothing without one."""
    marked = "?" in reading.small or "？" in reading.small
    found: dict[int, list[Clause]] = {}
    for clause in reading.clauses:
        found.setdefault(clause.sentence, []).append(clause)
    return [
        ([w for c in parts for w in c.words], (parts[0].start, parts[-1].end))
        for parts in found.values()
        if any(c.asks or (c.begins_asking and not marked) for c in parts)
    ]
