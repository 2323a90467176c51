"""The shortcut lint: can surface features tell chosen answers from rejected? Then a model may learn only those.

Each kind of rejected answer is read apart. Kinds that differ by comfort (`plain`, `unneeded comfort`) are told apart by
comforting words, which is their lesson: they are held to fewer bars. The warm-but-wrong kinds are held to all. The lint
reads words and forms; a shortcut of meaning (a topic that only one side speaks of) it finds only by its words.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from bedside.core.config import LintConfig
from bedside.core.records import Preference
from bedside.core.text import is_chinese, word_count
from bedside.pairs.facts_apart import places_apart
from bedside.pairs.likeness import commonest_opener, near_duplicates
from bedside.pairs.tells import Sides, edge_auc, form_auc, length_auc, sides_of, word_figures

__all__ = ["family", "lint"]

BY_COMFORT = ("plain", "unneeded comfort")
WARM_BUT_WRONG = ("false reassurance", "fact broken")
# Of more pairs so many are read, drawn by the digest of their ids: an AUC of 0.9 then has a standard error of 0.004.
READ = 3000
# The ledger takes a millisecond a pair.
FACTS_READ = 500
# In pairs that differ by comfort one comforting word may stand in most answers of that side, but not in all.
COMFORT_WORD_GAP = 0.9


def lint(made: list[Preference], config: LintConfig) -> dict[str, Any]:
    """All figures and the verdict: `acceptable`, `bad` (with its reasons), or `too few pairs`.

    A verdict of `acceptable` says that none of these shortcuts was found, not that there is none.
    """
    kinds = {}
    for kind in sorted({family(p.kind) for p in made}):
        of_kind = [p for p in made if family(p.kind) == kind]
        kinds[kind] = _figures(of_kind, kind, config)
        breaks = sorted({p.kind for p in of_kind} - {kind})
        if breaks:
            kinds[kind]["breaks"] = {
                b.partition(": ")[2]: _figures([p for p in of_kind if p.kind == b], b, config) for b in breaks
            }
    prompts = _prompts(made, config)
    reasons = [f"{kind}: {reason}" for kind, figures in kinds.items() for reason in figures["reasons"]]
    reasons += prompts["reasons"]
    judged = any(figures["verdict"] != "too few pairs" for figures in kinds.values())
    return {
        "verdict": "bad" if reasons else "acceptable" if judged else "too few pairs",
        "reasons": reasons,
        "pairs": len(made),
        "kinds": kinds,
        "prompts": prompts,
        "bars": config.model_dump(mode="json"),
    }


def family(kind: str) -> str:
    """`fact broken: dose x10` is a broken fact."""
    return kind.partition(":")[0]


def _figures(made: list[Preference], kind: str, config: LintConfig) -> dict[str, Any]:
    read = _drawn(made, READ)
    sides = sides_of(read)
    words = [sum(map(word_count, side)) / len(read) for side in (sides.chosen, sides.rejected)]
    figures: dict[str, Any] = {
        "pairs": len(made),
        "read": len(read),
        "words_chosen": round(words[0], 1),
        "words_rejected": round(words[1], 1),
        "length_gap": round(abs(words[0] - words[1]) / max(words[0], 1), 3),
        "openers": {
            "chosen": commonest_opener(sides.chosen)._asdict(),
            "rejected": commonest_opener(sides.rejected)._asdict(),
        },
        "facts": _facts(_drawn(made, FACTS_READ), kind),
    }
    if len(made) < config.min_pairs:
        return figures | {"verdict": "too few pairs", "reasons": []}
    figures |= word_figures(sides)
    figures |= {"auc_form": form_auc(sides), "auc_edges": edge_auc(sides), "auc_length": length_auc(sides)}
    reasons = _by_comfort(figures, kind, config) if kind in BY_COMFORT else _outside(figures, config)
    if kind in WARM_BUT_WRONG:
        reasons += _warm_but_wrong(figures, config)
    reasons += _facts_unequal(figures["facts"], config)
    return figures | {"verdict": "bad" if reasons else "acceptable", "reasons": reasons}


def _outside(figures: dict[str, Any], config: LintConfig) -> list[str]:
    """What differs outside the broken place. One sort of break is held to this alone: its words are its lesson."""
    masked = figures["auc_masked"]
    if masked is None or masked <= config.max_masked_auc:
        return []
    return [f"words outside the broken place tell the sides apart (AUC {masked:.2f}, bar {config.max_masked_auc:g})"]


def _warm_but_wrong(figures: dict[str, Any], config: LintConfig) -> list[str]:
    found = []
    if figures["auc"] > config.max_auc:
        found.append(f"words alone tell the sides apart (AUC {figures['auc']:.2f}, bar {config.max_auc:g})")
    for name, what in (("form", "marks and capitals"), ("edges", "first and last words"), ("length", "length")):
        if figures[f"auc_{name}"] > config.max_form_auc:
            auc = figures[f"auc_{name}"]
            found.append(f"{what} alone tell the sides apart (AUC {auc:.2f}, bar {config.max_form_auc:g})")
    if figures["length_gap"] > config.max_length_gap:
        found.append(f"one side is longer by {figures['length_gap']:.0%} (bar {config.max_length_gap:.0%})")
    for side in ("chosen", "rejected"):
        found += _word(figures, side, config.max_word_gap) + _opener(figures, side, config)
    return found


def _by_comfort(figures: dict[str, Any], kind: str, config: LintConfig) -> list[str]:
    """Comfort, its length and its openings are meant to differ; a word that nearly every answer of a side has is not."""
    comforting, other = ("chosen", "rejected") if kind == "plain" else ("rejected", "chosen")
    found = _word(figures, other, config.max_word_gap) + _word(figures, comforting, COMFORT_WORD_GAP)
    return found + _opener(figures, comforting, config)


def _word(figures: dict[str, Any], side: str, bar: float) -> list[str]:
    best = (figures["one_word"] or {}).get(side)
    if best is None or best["gap"] <= bar:
        return []
    return [f"“{best['word']}” stands in {best['gap']:.0%} more {side} answers than of the other side"]


def _opener(figures: dict[str, Any], side: str, config: LintConfig) -> list[str]:
    share, words = figures["openers"][side]["share"], figures["openers"][side]["words"]
    too_often = share > config.max_opener_share
    return [f"{share:.0%} of the {side} answers open with “{words}”"] if too_often else []


def _facts(made: Sequence[Preference], kind: str) -> dict[str, int]:
    """How many of the pairs read differ in facts as their kind says: in one, or in none; false reassurance may in any."""
    places = [_places(p) for p in made]
    meant = len(made) if kind == "false reassurance" else sum(map(_as_meant, made, places))
    return {"read": len(made), "as_meant": meant, "equal": places.count(0)}


def _places(pair: Preference) -> int:
    chosen, rejected = pair.chosen[-1].content, pair.rejected[-1].content
    # The plainer side is the original: comfort states nothing that must be kept.
    before, after = (rejected, chosen) if pair.kind == "plain" else (chosen, rejected)
    said = tuple(m.content for m in pair.prompt if m.role == "user")
    return places_apart(before, after, "zh" if is_chinese(chosen) else "en", said)


def _as_meant(pair: Preference, places: int) -> bool:
    if pair.kind in BY_COMFORT:
        return places == 0
    return places >= 1 if pair.kind.partition(": ")[2].startswith("dropped") else places == 1


def _facts_unequal(facts: dict[str, int], config: LintConfig) -> list[str]:
    wrong = facts["read"] - facts["as_meant"]
    if wrong <= config.max_unequal_facts * facts["read"]:
        return []
    return [f"facts differ otherwise than meant in {wrong} of {facts['read']} pairs read"]


def _prompts(made: list[Preference], config: LintConfig) -> dict[str, Any]:
    """Prompts that nearly repeat an earlier one: a few questions asked over and over are learnt by heart."""
    asked = list(dict.fromkeys((p.id, p.prompt[-1].content) for p in made if p.prompt))
    copies = near_duplicates([text for _, text in asked])
    share = round(copies / max(1, len(asked)), 3)
    reasons = []
    if len(asked) >= config.min_pairs and share > config.max_near_duplicates:
        reasons = [f"{share:.0%} of the prompts nearly repeat an earlier one (bar {config.max_near_duplicates:.0%})"]
    return {"prompts": len(asked), "near_duplicates": copies, "near_duplicate_share": share, "reasons": reasons}


def _drawn(made: list[Preference], count: int) -> list[Preference]:
    """At most `count` pairs, in their order; which ones does not depend on the order of the file."""
    if len(made) <= count:
        return made
    digests = [hashlib.sha256(f"{p.id} {p.kind}".encode()).digest() for p in made]
    last = sorted(digests)[count - 1]
    return [p for p, digest in zip(made, digests, strict=True) if digest <= last]
