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
from bedside.pairs.tells import edge_auc, form_auc, length_auc, sides_of, word_figures
from bedside.pairs.verdicts import BY_COMFORT, outside_reasons, reasons_of

__all__ = ["family", "lint"]

# Of more pairs of a kind so many are read, drawn by the digest of their ids; the ledger takes a millisecond a pair.
READ, FACTS_READ = 2000, 300


def lint(made: list[Preference], config: LintConfig) -> dict[str, Any]:
    """All figures and the verdict: `acceptable`, `bad` (with its reasons), or `too few pairs`.

    A verdict of `acceptable` says that none of these shortcuts was found, not that there is none.
    """
    families = sorted({family(p.kind) for p in made})
    kinds = {kind: _figures([p for p in made if family(p.kind) == kind], kind, config) for kind in families}
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
    sides = sides_of(_drawn(made, READ))
    words = [sum(map(word_count, side)) / len(side) for side in (sides.chosen, sides.rejected)]
    figures: dict[str, Any] = {
        "pairs": len(made),
        "read": len(sides.ids),
        "words_chosen": round(words[0], 1),
        "words_rejected": round(words[1], 1),
        "length_gap": round(abs(words[0] - words[1]) / max(words[0], 1), 3),
        "openers": {
            "chosen": commonest_opener(sides.chosen)._asdict(),
            "rejected": commonest_opener(sides.rejected)._asdict(),
        },
        "facts": _facts(_drawn(made, FACTS_READ), kind),
    }
    if kind == "fact broken":
        figures["breaks"] = _breaks(made, config)
    if len(made) < config.min_pairs:
        return figures | {"verdict": "too few pairs", "reasons": []}
    figures |= word_figures(sides)
    figures |= {"auc_form": form_auc(sides), "auc_edges": edge_auc(sides), "auc_length": length_auc(sides)}
    reasons = reasons_of(figures, kind, config)
    reasons += [f"{name}: {r}" for name, part in figures.get("breaks", {}).items() for r in part["reasons"]]
    return figures | {"verdict": "bad" if reasons else "acceptable", "reasons": reasons}


def _breaks(made: list[Preference], config: LintConfig) -> dict[str, Any]:
    """Words of each sort of break, and whether what stands outside the broken place tells the sides apart."""
    found = {}
    for kind in sorted({p.kind for p in made}):
        of_kind = [p for p in made if p.kind == kind]
        part: dict[str, Any] = {"pairs": len(of_kind), "reasons": []}
        if len(of_kind) >= config.min_pairs:
            part |= word_figures(sides_of(_drawn(of_kind, READ)))
            part["reasons"] = outside_reasons(part, config)
        found[kind.partition(": ")[2]] = part
    return found


def _facts(made: Sequence[Preference], kind: str) -> dict[str, int]:
    """How many of the pairs read differ in facts as their kind says: in one or in none; false reassurance in any."""
    if kind == "false reassurance":
        return {"read": 0, "as_meant": 0}
    return {"read": len(made), "as_meant": sum(map(_as_meant, made))}


def _as_meant(pair: Preference) -> bool:
    chosen, rejected = pair.chosen[-1].content, pair.rejected[-1].content
    # The plainer side is the original: comfort states nothing that must be kept.
    before, after = (rejected, chosen) if pair.kind == "plain" else (chosen, rejected)
    said = tuple(m.content for m in pair.prompt if m.role == "user")
    places = places_apart(before, after, "zh" if is_chinese(chosen) else "en", said)
    if pair.kind in BY_COMFORT:
        return places == 0
    return places >= 1 if pair.kind.partition(": ")[2].startswith("dropped") else places == 1


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
