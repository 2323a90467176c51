"""Do other libraries read facts better? `python bench/fact_peers.py [--peer-python PYTHON] [--errors]`.

Quantities (`data/quantities.jsonl`) and negation (`data/negation.jsonl`), authored and labelled before any reader was
run on them. A quantity is right where its value or range and its unit are, after both are brought to one base
(`data/units.json`; °C and °F are not told apart, a month is 30 days); the kind is not compared, for others do not tell
it. Items whose unit is `*` count things, and any unit will do. Denied is said of the target in its sentence.

PYTHON is one that has quantulum3, pint, recognizers-text, negspacy and medspaCy; what it lacks is skipped with a line.
Prints Markdown tables; `--errors` also what bedside got wrong. Times are of one core, one text at a time.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from bedside.signals.quantities import quantities
from bedside.signals.terms import terms
from bedside.signals.words import LISTED, clauses
from fact_parts.peers import timed

HERE = Path(__file__).resolve().parent
KINDS = ("dose", "lab value", "frequency", "duration", "age", "number")
BARE = ""
NORM = re.compile(r"([\d.]+)(?:-([\d.]+))?(?: (.+))?")
BEDSIDE_UNITS = {"a day": "/day", "times": BARE, "mmole/l": "mmol/l"}


class Amount(NamedTuple):
    """A value or range in a base unit; `unit` is empty for a bare number and `*` for any."""

    low: float
    high: float
    unit: str

    def same(self, other: Amount) -> bool:
        """Whether both say the same, to 2 % (months and decimals are rounded)."""
        near = all(abs(a - b) <= 0.02 * max(abs(a), 1e-9) for a, b in ((self.low, other.low), (self.high, other.high)))
        return near and (self.unit == other.unit or "*" in (self.unit, other.unit))


class Tally(NamedTuple):
    """What was right of what was read and of what there was."""

    right: int
    read: int
    there: int

    def cells(self) -> str:
        """Precision, recall and F1."""
        f1 = 2 * self.right / max(1, self.read + self.there)
        return f"{self.right / max(1, self.read):.3f} | {self.right / max(1, self.there):.3f} | {f1:.3f}"


def main() -> None:
    """Read with every tool and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer-python", help="a Python that has the other libraries")
    parser.add_argument("--errors", action="store_true", help="print what bedside got wrong")
    asked = parser.parse_args()
    tell_quantities(_rows("quantities"), asked.peer_python, asked.errors)
    tell_negation(_rows("negation"), asked.peer_python, asked.errors)


def tell_quantities(rows: list[dict[str, Any]], python: str | None, errors: bool) -> None:
    """Precision, recall and F1 by language, and the share found of each kind."""
    texts = [row["text"] for row in rows]
    others = _peers(("quantulum3", "pint", "recognizers-text"), texts, python)
    run = {"bedside": timed(_bedside_amounts, texts), **others}
    print("\n| quantities | language | precision | recall | F1 | F1, units only | ms a text |")
    print("|---|---|---:|---:|---:|---:|---:|")
    for name, result in run.items():
        for language in ("en", "zh"):
            pairs = [p for p, row in zip(_pairs(rows, result), rows, strict=True) if row["language"] == language]
            only = tally([(_united(gold), _united(read)) for gold, read in pairs]).cells().rpartition(" ")[2]
            print(f"| {name} | {language} | {tally(pairs).cells()} | {only} | {_ms(rows, result, language)} |")
    print(f"\n| found of | {' | '.join(KINDS)} | traps read as a quantity |")
    print("|---" + "|---:" * (len(KINDS) + 1) + "|")
    for name, result in run.items():
        cells = [_of_kind(rows, result, kind) for kind in KINDS]
        print(f"| {name} | {' | '.join(cells)} | {_traps(rows, result)} |")
    for row, (gold, read) in zip(rows, _pairs(rows, run["bedside"]), strict=True) if errors else ():
        if tally([(gold, read)]) != (len(gold), len(gold), len(gold)):
            print(f"{row['text']}\n    is {gold}\n  read {read}")


def tell_negation(rows: list[dict[str, Any]], python: str | None, errors: bool) -> None:
    """The share that is right, with precision and recall of what is denied."""
    items = [[row["text"], row["target"], row["language"]] for row in rows]
    run = {
        "never denied": timed(lambda item: False, items),
        "bedside": timed(lambda item: _denied(item, listed=False), items),
        "bedside, with lists": timed(lambda item: _denied(item, listed=True), items),
        "bedside, where it is sure": timed(_sure, items),
        **_peers(("negspacy", "medspacy"), items, python),
    }
    print("\n| negation | language | n | right | precision | recall | F1 | ms a text |")
    print("|---|---|---:|---:|---:|---:|---:|---:|")
    for name, result in run.items():
        for language in ("en", "zh"):
            both = zip(rows, result["readings"], strict=True)
            of = [(r["denied"], got) for r, got in both if r["language"] == language and got is not None]
            found = Tally(sum(a and b for a, b in of), sum(b for _, b in of), sum(a for a, _ in of))
            right = f"{len(of)} | {sum(a == b for a, b in of) / len(of):.3f}"
            print(f"| {name} | {language} | {right} | {found.cells()} | {_ms(rows, result, language)} |")
    for row, got in zip(rows, run["bedside"]["readings"], strict=True) if errors else ():
        if row["denied"] != got:
            print(f"{'missed' if row['denied'] else 'wrong '} {row['target']}: {row['text']}")


def _ms(rows: list[dict[str, Any]], result: dict[str, Any], language: str) -> str:
    """The mean time a text of a language."""
    taken = [s for s, row in zip(result["seconds"], rows, strict=True) if row["language"] == language]
    return f"{sum(taken) / len(taken) * 1e3:.3f}"


def _united(amounts: list[Amount]) -> list[Amount]:
    return [amount for amount in amounts if amount.unit not in (BARE, "*")]


def tally(pairs: list[tuple[list[Amount], list[Amount]]]) -> Tally:
    """Each amount of a text answers for one of what was read of it."""
    right = 0
    for gold, read in pairs:
        rest = list(read)
        for amount in gold:
            found = next((other for other in rest if amount.same(other)), None)
            if found is not None:
                rest.remove(found)
                right += 1
    return Tally(right, sum(len(read) for _, read in pairs), sum(len(gold) for gold, _ in pairs))


def _of_kind(rows: list[dict[str, Any]], result: dict[str, Any], kind: str) -> str:
    """How many of the amounts of a kind were read."""
    kept = []
    for row, (gold, read) in zip(rows, _pairs(rows, result), strict=True):
        kept.append(([a for a, q in zip(gold, row["quantities"], strict=True) if q["kind"] == kind], read))
    found = tally(kept)
    return f"{found.right}/{found.there}"


def _traps(rows: list[dict[str, Any]], result: dict[str, Any]) -> str:
    """Of the texts without a quantity, those of which one was read: in all, and with a unit."""
    read = [got for row, (_, got) in zip(rows, _pairs(rows, result), strict=True) if not row["quantities"]]
    united = sum(any(a.unit for a in got) for got in read)
    return f"{sum(map(bool, read))}/{len(read)} ({united} with a unit)"


def _pairs(rows: list[dict[str, Any]], result: dict[str, Any]) -> list[tuple[list[Amount], list[Amount]]]:
    gold = [[_amount(q["low"], q["high"], q["unit"]) for q in row["quantities"]] for row in rows]
    return list(zip(gold, [[_amount(*r) for r in reading] for reading in result["readings"]], strict=True))


def _amount(low: float, high: float, unit: str) -> Amount:
    """In base units. A unit that the table lacks stands for itself."""
    small, table = unit.lower().strip(), _units()
    if small in table:
        base, factor = table[small]
        return Amount(low * factor, high * factor, base)
    over, slash, under = small.replace(" per ", "/").partition("/")
    if slash and over in table and under in table:
        (top, times), (bottom, by) = table[over], table[under]
        return Amount(low * times / by, high * times / by, f"{top}/{bottom}")
    return Amount(low, high, small)


@cache
def _units() -> dict[str, tuple[str, float]]:
    return {name: (base, factor) for name, (base, factor) in json.loads(_data("units.json")).items()}


def _bedside_amounts(text: str) -> list[tuple[float, float, str]]:
    """bedside's quantities as others tell theirs; "a few weeks" has no value and is left out."""
    return [amount for q in quantities(text) for amount in _of_norm(q.kind, q.norm)]


def _of_norm(kind: str, norm: str) -> Iterator[tuple[float, float, str]]:
    pressure = re.fullmatch(r"(\d+)/(\d+)", norm)
    if pressure:
        yield from ((float(v), float(v), "mmHg") for v in pressure.groups())
        return
    match = NORM.fullmatch(norm)
    if match:
        unit = match[3] or ("year" if kind == "age" else BARE)
        unit = BEDSIDE_UNITS.get(unit, unit)
        yield float(match[1]), float(match[2] or match[1]), unit


def _denied(item: list[str], listed: bool) -> bool:
    """Whether a word of the target is denied; with `listed` also where its clause goes on with a denied list."""
    text, target, language = item
    start, small = text.index(target), "en" if language == "en" else "zh"
    for clause in clauses(text, small, terms(text, small)):  # type: ignore[arg-type]
        held = [word for word in clause.words if start <= word.start < start + len(target)]
        if any(word.denied for word in held) or (held and listed and LISTED in clause.half_negators):
            return True
    return False


def _sure(item: list[str]) -> bool | None:
    """None where the target's clause has a word that may say "not" in another way: the gates claim nothing there."""
    text, target, language = item
    start, small = text.index(target), "en" if language == "en" else "zh"
    for clause in clauses(text, small, terms(text, small)):  # type: ignore[arg-type]
        if clause.start <= start < clause.end and clause.half_negators - {LISTED}:
            return None
    return _denied(item, listed=False)


def _peers(names: tuple[str, ...], items: list[Any], python: str | None) -> dict[str, dict[str, Any]]:
    """What each peer reads; one that cannot run is told of and left out."""
    found = {}
    for name in names:
        if python is None:
            print(f"{name}: skipped, no --peer-python")
            continue
        command = [python, str(HERE / "fact_parts" / "peers.py"), name]
        done = subprocess.run(command, input=json.dumps(items), capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"{name}: skipped, {done.stderr.strip().splitlines()[-1]}")
        else:
            found[name] = json.loads(done.stdout)
    return found


def _rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in _data(f"{name}.jsonl").splitlines()]


def _data(name: str) -> str:
    return (HERE / "data" / name).read_text(encoding="utf-8")


if __name__ == "__main__":
    main()
