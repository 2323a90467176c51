"""What a reply keeps of the facts that its item's reference states, and what it states otherwise. Pure.

Facts that are known exactly (the clinic) are looked for literally; elsewhere those that `signals` reads in the
reference are looked for in the reply, which misses what the reader does not know.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from bedside.core.records import Item, KnownFact, Language
from bedside.core.text import sentences
from bedside.signals import extract, flat, states
from bedside.signals.reference import check

__all__ = ["NOTHING", "Facts", "Known", "facts_of", "known_in"]

# Fact kind -> the keys of every such fact in an evaluation: what another fact of the same kind says.
Known = Mapping[str, tuple[tuple[str, ...], ...]]
NOTHING: Known = {}
# Of these a text can state another one only by mistake; self-care or a warning of another condition may be sound.
SWAPPED = frozenset({"diagnosis", "treatment"})
QUANTITIES = frozenset({"dose", "frequency", "duration", "lab value"})
FORBIDS = re.compile(r"^(?:do not|don't|never|avoid|不要|不能|不可|不得|请勿|切勿|禁止|别) ?")
DENIES = re.compile(r"\b(?:not|never|no|avoid|without|rather than|instead of)\b|n't\b|[不勿别忌禁避]")


class Facts(NamedTuple):
    """How many facts the reference states, those that the reply does not, and those that it states otherwise."""

    total: int
    lost: tuple[str, ...]
    severe: tuple[str, ...]


def known_in(items: Iterable[Item]) -> Known:
    """The keys of all known facts of some items, by kind."""
    keys: dict[str, dict[tuple[str, ...], None]] = {}
    for item in items:
        for fact in item.facts:
            keys.setdefault(fact.kind, {})[fact.keys] = None
    return {kind: tuple(found) for kind, found in keys.items()}


def facts_of(item: Item, text: str, known: Known = NOTHING) -> Facts:
    """The facts of an item in a reply."""
    return _known(item, text, known) if item.facts else _read(item.reference, text, item.language)


def _read(reference: str, text: str, language: Language) -> Facts:
    """Facts with a normal form are counted; whole statements are not, as a share of them would mean nothing."""
    if not reference:
        return Facts(0, (), ())
    found = check(reference, text, language)
    return Facts(
        len(found.counted),
        tuple(f"{fact.kind}: {fact.text}" for fact in found.missing),
        tuple(
            f"{o.kind}: {o.said}" if o.kind == "negation" else f"{o.kind}: {o.fact} → {o.said}" for o in found.otherwise
        ),
    )


def _known(item: Item, text: str, known: Known) -> Facts:
    plain = flat(text)
    lost = [fact for fact in item.facts if not states(plain, fact)]
    if not lost:
        return Facts(len(item.facts), (), ())
    parts = [flat(part) for part in sentences(text)]
    severe = [said for fact in lost for said in _otherwise(fact, plain, parts, item, known)]
    return Facts(len(item.facts), tuple(f"{f.kind}: {', '.join(f.keys)}" for f in lost), tuple(severe))


def _otherwise(fact: KnownFact, plain: str, parts: list[str], item: Item, known: Known) -> Iterator[str]:
    """What the reply says in a lost fact's place: another amount, another of the same kind, what it forbids."""
    for said in _other_amounts(fact, parts, item.language):
        yield f"{fact.kind}: {', '.join(fact.keys)} → {said}"
    if fact.kind in SWAPPED:
        asked = flat(item.messages[-1].content + "\n" + item.reference)
        for keys in known.get(fact.kind, ()):
            if states(plain, KnownFact(fact.kind, keys)) and not any(flat(key) in asked for key in keys):
                yield f"{fact.kind}: {', '.join(fact.keys)} → {', '.join(keys)}"
    if _turned(fact, parts):
        yield f"{fact.kind}: {', '.join(fact.keys)} → told to"


def _other_amounts(fact: KnownFact, parts: list[str], language: Language) -> Iterator[str]:
    """Amounts of a kind that the fact holds, but others, in a sentence that names what the fact is about."""
    names, amounts = _keys_read(fact.keys, language)
    for part in parts:
        if any(name in part for name in names):
            said = [f for f in extract(part, language) if f.kind in amounts]
            for kind, norms in amounts.items():
                here = {f.norm: f.text for f in said if f.kind == kind}
                if here and norms.isdisjoint(here):
                    yield ", ".join(here.values())


@lru_cache(maxsize=4096)
def _keys_read(keys: tuple[str, ...], language: Language) -> tuple[frozenset[str], dict[str, frozenset[str]]]:
    """What a fact is about (the drugs of its keys, or its keys without amounts) and its amounts by kind."""
    names, amounts = set(), dict[str, frozenset[str]]()
    for key in keys:
        facts = extract(key, language)
        counted = [f for f in facts if f.kind in QUANTITIES]
        drugs = [flat(f.text) for f in facts if f.kind == "drug"]
        names |= set(drugs or ([] if counted else [flat(key)]))
        for f in counted:
            amounts[f.kind] = amounts.get(f.kind, frozenset()) | {f.norm}
    return frozenset(names), amounts


def _turned(fact: KnownFact, parts: list[str]) -> bool:
    """Whether a sentence tells to do what the fact forbids, with no word that denies."""
    forbidden = [flat(key) for key in fact.keys if FORBIDS.match(flat(key))]
    left = [FORBIDS.sub("", key) for key in forbidden]
    if len(left) != 1 or len(left[0]) < 2:
        return False
    rest = [left[0], *(flat(key) for key in fact.keys if flat(key) not in forbidden)]
    return any(all(key in part for key in rest) and not DENIES.search(part) for part in parts)
