"""`covid-dialogue`: UCSD-AI4H/COVID-Dialogue, its English and Chinese text files and its Chinese JSON.

Text files are blocks that open with `id=N`; a line `Dialogue` stands before the turns, which are headed `Patient:` and
`Doctor:` (病人： and 医生：). A Chinese patient tells the illness in a form
before the turns: it becomes the first message. Some Chinese blocks end with a section of the site's own (诊断及建议),
which is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from bedside.core.files import read_text
from bedside.core.records import Message, Rejected, Role
from bedside.corpus.raw import Raw, broken
from bedside.corpus.rows import json_rows

__all__ = ["read", "told_before"]

SOURCE = "covid-dialogue"
LICENCE = "copyright of the consultation sites; research"
BLOCK = re.compile(r"^id=(\d+)\s*$", re.MULTILINE)
TURN = re.compile(r"^(Patient|Doctor|病人|医生)[:：][ \t]*", re.MULTILINE)
SITE_SECTION = re.compile(r"^(?:Diagnosis and suggestions|诊断及建议|病历概要)\s*$", re.MULTILINE)
# The form's fields in the patient's own words: what is wrong, and what help is hoped for. "未填写" is an empty field.
FORM = re.compile(
    r"^病情描述[:：][ \t]*+(?!未填写)(.+(?:\n(?![^\n]{2,10}[:：]).+)*)|^希望获得的帮助[:：][ \t]*+(?!未填写)(.+)",
    re.MULTILINE,
)
# A patient who comes again fills in the form again, within the same block.
LATER_FORM = re.compile(r"^Description[ \t]*\n(.*?)^Dialogue[ \t]*\n", re.MULTILINE | re.DOTALL)
HEADS: dict[str, Role] = {"Patient": "patient", "病人": "patient", "Doctor": "doctor", "医生": "doctor"}


def read(path: Path) -> Iterator[Raw | Rejected]:
    """Yield every block of the file, as a consultation or as broken."""
    text = read_text(path)
    return _read_json(path) if text.lstrip()[:1] in ("[", "{") else _read_text(path, text.replace("\r\n", "\n"))


def _read_text(path: Path, text: str) -> Iterator[Raw | Rejected]:
    starts = list(BLOCK.finditer(text))
    for number, start in enumerate(starts):
        end = starts[number + 1].start() if number + 1 < len(starts) else len(text)
        where = f"{path}:{text.count(chr(10), 0, start.start()) + 1}"
        block = text[start.end() : end]
        head, marker, dialogue = block.partition("\nDialogue\n")
        if not marker:
            yield broken(SOURCE, where, "no `Dialogue` line", block)
            continue
        title = head.partition("Description\n")[2].strip()
        messages = (*told_before(head), *_visits(dialogue))
        yield Raw(SOURCE, f"{path.stem}-{number}", where, messages, LICENCE, None, title)


def told_before(head: str) -> tuple[Message, ...]:
    """What a Chinese patient wrote into the form before the doctor's first question."""
    told = [line for match in FORM.finditer(head) for line in match.groups() if line]
    return (Message("patient", "\n".join(told)),) if told else ()


def _visits(dialogue: str) -> tuple[Message, ...]:
    """The turns of all visits of a block, each later form as what the patient tells next."""
    first, *later = LATER_FORM.split(dialogue)
    messages = _turns(SITE_SECTION.split(first)[0])
    for form, turns in zip(later[::2], later[1::2], strict=True):
        messages += (*told_before(form), *_turns(SITE_SECTION.split(turns)[0]))
    return messages


def _turns(text: str) -> tuple[Message, ...]:
    heads = list(TURN.finditer(text))
    if not heads:
        return ()
    ends = [h.start() for h in heads[1:]] + [len(text)]
    return tuple(Message(HEADS[h[1]], text[h.end() : end]) for h, end in zip(heads, ends, strict=True))


def _read_json(path: Path) -> Iterator[Raw | Rejected]:
    for number, (where, row) in enumerate(json_rows(path)):
        lines = row.get("Dialogue") if isinstance(row, dict) else None
        if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
            yield broken(SOURCE, where, "no `Dialogue` list", row)
            continue
        yield Raw(SOURCE, f"{path.stem}-json-{number}", where, _turns("\n".join(lines)), LICENCE)
