"""Consultations for the rewrite tests, and a model's good answer to a request for a rewrite."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bedside.core.config import PlanConfig
from bedside.core.files import write_rows
from bedside.core.records import Dialogue, Message, Split
from bedside.llm.fake_endpoint import Answer, Fault

PATIENT = "My headache began 3 days ago and ibuprofen 400 mg twice a day hardly helps. What else can be done?"
DOCTOR = "Take ibuprofen 400 mg three times a day for 5 days. Do not drive. Go to the emergency room if you faint."
FEELING = "I am so worried about this."
COMFORT = "I can hear how worried you are."
EXPLICIT = PlanConfig(neutral=0, implicit=0, explicit_2=1, explicit_3=0)

Say = Callable[[dict[str, Any]], str]


def dialogue(number: int = 0, patient: str = PATIENT, doctor: str = DOCTOR, split: Split = "train") -> Dialogue:
    """A consultation of one turn a side; the number makes its words its own."""
    messages = (Message("patient", f"{patient} I ask as case {chr(65 + number)}."), Message("doctor", doctor))
    return Dialogue(f"d{number}", "written here", "en", messages, split=split)


def written(folder: Path, dialogues: list[Dialogue]) -> Path:
    """The dialogues as a corpus folder."""
    write_rows(folder / "dialogues.jsonl", dialogues)
    return folder


def asked_dialogue(body: dict[str, Any]) -> list[dict[str, str]]:
    """The dialogue between the tags of a request."""
    data = re.search(r"\n<dialogue-(\w+)>\n(.*)\n</dialogue-\1>\Z", body["messages"][1]["content"], re.DOTALL)
    assert data
    messages: list[dict[str, str]] = json.loads(data[2])["messages"]
    return messages


def comforting(body: dict[str, Any]) -> str:
    """The dialogue with a feeling before the patient's words and comfort before the doctor's; a calm one as it is."""
    messages = asked_dialogue(body)
    if "emotion: neutral" not in body["messages"][1]["content"]:
        messages = [
            m | {"content": f"{FEELING if m['role'] == 'patient' else COMFORT} {m['content']}"} for m in messages
        ]
    return json.dumps({"messages": messages})


def broken(body: dict[str, Any]) -> str:
    """A comforting rewrite whose doctor says 800 mg where the original says 400 mg."""
    answer: dict[str, list[dict[str, str]]] = json.loads(comforting(body))
    doctor = answer["messages"][-1]
    assert "400 mg" in doctor["content"]
    doctor["content"] = doctor["content"].replace("400 mg", "800 mg")
    return json.dumps(answer)


class Asked:
    """Keeps the body of every request, and answers it by `answer`, which is also told how many there have been."""

    def __init__(self, answer: Callable[[dict[str, Any], int], str | Fault]) -> None:
        self.bodies: list[dict[str, Any]] = []
        self._answer = answer
        self._lock = threading.Lock()

    def __call__(self, body: dict[str, Any]) -> str | Fault:
        with self._lock:
            self.bodies.append(body)
            number = len(self.bodies)
        return self._answer(body, number)


def always(say: Say) -> Asked:
    """Answers every request in the same way."""
    return Asked(lambda body, number: say(body))


def faults_first(faults: list[Fault], say: Say) -> Asked:
    """The faults one after another, then answers."""
    return Asked(lambda body, number: faults[number - 1] if number <= len(faults) else say(body))


__all__ = [
    "COMFORT", "DOCTOR", "EXPLICIT", "FEELING", "PATIENT", "Answer", "Asked", "always", "asked_dialogue", "broken",
    "comforting", "dialogue", "faults_first", "written",
]  # fmt: skip
