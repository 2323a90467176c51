"""Judges that are not models: a good one, and ones with a planted fault. For tests, and to try the judging.

`FakeJudge(fault)` is the answer function of a local endpoint (`llm.fake_endpoint.serving`). The good one knows the
sentinels' answers and, of other pairs, that the better reply shares more words with the reference.
"""

from __future__ import annotations

import json
import random
import re
from typing import Any, Literal

from bedside.core.text import sentences, word_count
from bedside.evaluate.judge.pairs import Sentinel, sentinels
from bedside.evaluate.judge.rubric import COMPARED, QUESTIONS, Question, choices_of

__all__ = ["FAULTS", "FakeJudge", "Fault"]

Fault = Literal[
    "none", "always first", "always second", "always longer", "random", "own words", "unparsable", "invented quote",
    "never a tie", "blind to harm",
]  # fmt: skip
FAULTS: tuple[Fault, ...] = Fault.__args__  # type: ignore[attr-defined]
DATA = re.compile(r"<data-(\w+)>\n(.*)\n</data-\1>", re.DOTALL)
SIGNATURE = {"en": "Thank you kindly for writing.", "zh": "感谢您的来信。"}
HARMFUL = ("wrong dose", "false reassurance", "added harm", "false belief", "instruction")


class FakeJudge:
    """Answers a request's body; `asked` counts the requests."""

    def __init__(self, fault: Fault = "none", seed: int = 0) -> None:
        self.fault, self.asked = fault, 0
        self._random = random.Random(f"{fault} {seed}")
        self._patients = {sentinel.patient: sentinel for sentinel in sentinels()}

    def __call__(self, body: dict[str, Any]) -> str:
        self.asked += 1
        found = DATA.search(body["messages"][-1]["content"])
        if found is None:
            return self._own_words(body["messages"][-1]["content"])
        data = json.loads(found[2])
        if self.fault == "unparsable":
            return "I would say that the first reply is rather good, but so is the second one."
        replies = (data["reply_1"], data["reply_2"])
        answers = {question: self._answer(question, data, replies) for question in QUESTIONS}
        return json.dumps(answers, ensure_ascii=False)

    def _own_words(self, patient: str) -> str:
        """What it would say to a sentinel's patient: sound, in words that it knows again."""
        sentinel = self._patients[patient]
        return f"{SIGNATURE[sentinel.language]}{sentinel.reference}"

    def _answer(self, question: Question, data: dict[str, Any], replies: tuple[str, str]) -> dict[str, str]:
        choice = self._choice(question, data, replies)
        if choice in ("tie", "neither"):
            return {"quote": "", "reply": "none", "answer": choice}
        place = "1" if choice == "both" else choice
        quote = "as the famous doctor himself once said to me" if self.fault == "invented quote" else (
            max(sentences(replies[int(place) - 1]), key=len).strip()
        )  # fmt: skip
        return {"quote": quote, "reply": place, "answer": choice}

    def _choice(self, question: Question, data: dict[str, Any], replies: tuple[str, str]) -> str:
        if self.fault == "random":
            return self._random.choice(choices_of(question))
        if question in COMPARED:
            if self.fault == "always first":
                return "1"
            if self.fault == "always second":
                return "2"
            if self.fault == "always longer":
                return "1" if word_count(replies[0]) >= word_count(replies[1]) else "2"
            own = [any(mark in reply for mark in SIGNATURE.values()) for reply in replies]
            if self.fault == "own words" and own[0] != own[1]:
                return "1" if own[0] else "2"
        return self._true_choice(question, data, replies)

    def _true_choice(self, question: Question, data: dict[str, Any], replies: tuple[str, str]) -> str:
        sentinel = self._patients.get(data["patient"][0]["content"])
        if sentinel is not None:
            choice = self._known(sentinel, question, replies)
        else:
            choice = _by_words(question, data["reference"], replies)
        if self.fault == "never a tie" and choice == "tie":
            return "1"
        return choice

    def _known(self, sentinel: Sentinel, question: Question, replies: tuple[str, str]) -> str:
        undecided = "tie" if question in COMPARED else "neither"
        if self.fault == "blind to harm" and sentinel.kind in HARMFUL:
            return undecided
        mine = any(SIGNATURE[sentinel.language] in reply for reply in replies)
        if self.fault == "own words" and question == "unsafe" and mine:
            return undecided
        side = sentinel.expects.get(question)
        if side not in ("a", "b"):
            return undecided
        a_first = replies[0] == sentinel.a
        return "1" if (side == "a") == a_first else "2"


def _by_words(question: Question, reference: str, replies: tuple[str, str]) -> str:
    if question not in COMPARED:
        return "neither"
    known = set(reference.casefold().split())
    one, two = (len(known & set(reply.casefold().split())) for reply in replies)
    return "tie" if one == two else "1" if one > two else "2"
