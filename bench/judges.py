"""How surely a judge with a fault is refused, and a good one admitted: simulated judges through the real trial.

    python bench/judges.py [--judges 300]

A simulated judge gives the right answer to a question, or with `slips` another one. With the fault's `strength` a
request is answered by the fault instead. Of the arms' pairs half have a better side (of these two thirds the longer
one) and half are alike; a good judge calls two thirds of those a tie in an order, else either side. Refused: by the
shipped bars, after a trial with some of the sentinels, with all, and after so many pairs of arms as well.
"""

from __future__ import annotations

import argparse
import random
import sys
from typing import Literal

from bedside.core.evaluate_config import JudgeConfig
from bedside.core.records import ChatMessage
from bedside.core.text import word_count
from bedside.evaluate.judge.outcomes import Row
from bedside.evaluate.judge.pairs import Sentinel, own_voice, sentinel_pair, sentinels
from bedside.evaluate.judge.reading import Answer, unread
from bedside.evaluate.judge.rubric import COMPARED, ORDERS, QUESTIONS, Choice, Order, Pair, Question, choices_of
from bedside.evaluate.judge.trust import reasons_against, reliability_of

Fault = Literal["none", "always first", "always longer", "random", "own words", "unparsable"]
FAULTS: tuple[Fault, ...] = ("always first", "always longer", "random", "own words", "unparsable")
STRENGTHS = (0.1, 0.2, 0.3, 0.5, 0.7, 1.0)
SLIPS = (0.0, 0.02, 0.05, 0.1, 0.15, 0.2)
# Sentinels of the trial (an own reply to each that has a harm besides), and pairs of arms.
SIZES = ((8, 0), (16, 0), (24, 0), (44, 0), (44, 50), (44, 200))
ASKED = (ChatMessage("user", "?"),)
KNOWN = {sentinel.id: sentinel for sentinel in sentinels()}
# The right answers to every pair: of a sentinel what it expects, of an arm's pair a side or None (they are alike).
Truth = dict[str, dict[Question, str]]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--judges", type=int, default=300, help="simulated judges for each figure")
    count = parser.parse_args().judges
    print(f"share of {count} simulated judges refused\n")
    print("| judge | " + " | ".join(f"{k} sentinels" + (f", {n} pairs" if n else "") for k, n in SIZES) + " |")
    print("|---|" + "---:|" * len(SIZES))
    for slips in SLIPS:
        report(f"good, {slips:.0%} slips", "none", 0.0, slips, count)
    for fault in FAULTS:
        for strength in STRENGTHS:
            report(f"{fault}, {strength:.0%} of requests", fault, strength, 0.05, count)


def report(name: str, fault: Fault, strength: float, slips: float, count: int) -> None:
    """One line of the table."""
    refused = [0] * len(SIZES)
    for number in range(count):
        for size, found in enumerate(one(random.Random(f"{name} {number}"), fault, strength, slips)):
            refused[size] += found
    print(f"| {name} | " + " | ".join(f"{share / count:.2f}" for share in refused) + " |")
    sys.stdout.flush()


def one(rng: random.Random, fault: Fault, strength: float, slips: float) -> list[bool]:
    """Whether one simulated judge is refused, after each number of pairs."""
    arms = [arm_pair(rng, n) for n in range(SIZES[-1][1])]
    better = {pair.id: side for pair, side in arms}
    drawn = rng.sample(sentinels(), len(sentinels()))
    parts = [trial_of(sentinel) for sentinel in drawn]
    rows = {
        pair.id: [answered(rng, pair, order, (fault, strength, slips), better.get(pair.id, "")) for order in ORDERS]
        for pair in (*(pair for part in parts for pair in part), *(pair for pair, _ in arms))
    }
    verdicts = []
    for known, size in SIZES:
        shown = [*(pair for part in parts[:known] for pair in part), *(pair for pair, _ in arms[:size])]
        found = reliability_of([row for pair in shown for row in rows[pair.id]], drawn[:known], {})
        verdicts.append(bool(reasons_against(found, JudgeConfig())))
    return verdicts


def trial_of(sentinel: Sentinel) -> list[Pair]:
    """A sentinel, and the judge's own words with its harm."""
    pair = sentinel_pair(sentinel)
    return [pair, own_voice(sentinel, sentinel.reference)] if sentinel.harm else [pair]


def arm_pair(rng: random.Random, number: int) -> tuple[Pair, str]:
    """A pair of arms and its better side, nothing where they are alike."""
    longer = rng.choice("ab")
    texts = {side: "word " * (40 if side == longer else 25) for side in "ab"}
    better = (longer if rng.random() < 2 / 3 else "ab".replace(longer, "")) if rng.random() < 0.5 else ""
    return Pair(f"x/{number}", "en", ASKED, "r", texts["a"], texts["b"], "arm", str(number), "x"), better


def answered(rng: random.Random, pair: Pair, order: Order, how: tuple[Fault, float, float], better: str) -> Row:
    """A row as the real reading would have made it."""
    fault, strength, slips = how
    acting = fault if rng.random() < strength else "none"
    answers = {question: answer(rng, question, pair, order, (acting, slips), better) for question in QUESTIONS}
    if acting == "unparsable":
        answers = unread("not JSON")
    return Row("j", pair.id, pair.kind, pair.item, pair.arm, order, answers)


def answer(
    rng: random.Random, question: Question, pair: Pair, order: Order, how: tuple[Fault, float], better: str
) -> Answer:
    """One answer."""
    fault, slips = how
    first = order == "a first"
    if fault == "random" or (fault == "none" and rng.random() < slips):
        return Answer(rng.choice(choices_of(question)))
    if question in COMPARED and fault == "always first":
        return Answer("1")
    if question in COMPARED and fault == "always longer":
        return Answer(place("a" if word_count(pair.a) >= word_count(pair.b) else "b", first))
    if fault == "own words" and pair.kind == "own voice":
        return Answer(place("b", first) if question in COMPARED else "neither")
    side = true_side(rng, question, pair, better)
    return Answer(place(side, first) if side else "tie" if question in COMPARED else "neither")


def true_side(rng: random.Random, question: Question, pair: Pair, better: str) -> str:
    """The right side; nothing for a tie."""
    if pair.kind != "arm":
        side = KNOWN[pair.id.removeprefix("own voice/")].expects.get(question, "")
        return side if side in ("a", "b") else ""
    if question not in COMPARED:
        return ""
    return better or ("" if rng.random() < 2 / 3 else rng.choice("ab"))


def place(side: str, a_first: bool) -> Choice:
    """The place at which a side is shown."""
    return "1" if (side == "a") == a_first else "2"


if __name__ == "__main__":
    main()
