"""How an exam item is put: its form's text with the skin's words around it, and the continuations that are scored.

The plain skin is lm-eval's prompt, character for character; in every other skin the clinical text (question, context
and options) is the same bytes, with words before it, after it, or both. An item in the form of a consultation is the
patient's message alone, and its options are what the doctor might say.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import msgspec

from bedside.core.phrases import load_yaml
from bedside.core.records import ExamForm, ExamItem, Skin
from bedside.core.text import join_sentences
from bedside.evaluate.exam_formats.question import LETTERS
from bedside.evaluate.skins import said_around

__all__ = ["Posed", "clinical_text", "lettered", "pose"]


class Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One form: the clinical text, the cue after it, what is scored, and a line about the subject."""

    block: str
    cue: str
    letters: bool
    about: str = ""


class Posed(NamedTuple):
    """An item in a skin. `about` goes before everything else, or into the system message of a chat."""

    about: str
    text: str
    options: tuple[str, ...]
    wording: int


@cache
def forms() -> dict[ExamForm, Form]:
    data = {name: form for name, form in load_yaml("evaluate/exam_forms.yaml").items() if name != "subjects"}
    return msgspec.convert(data, dict[ExamForm, Form])


@cache
def subjects() -> dict[str, dict[str, str]]:
    return msgspec.convert(load_yaml("evaluate/exam_forms.yaml")["subjects"], dict[str, dict[str, str]])


def pose(item: ExamItem, skin: Skin) -> Posed:
    """The prompt of an item in a skin, without system prompt and chat template."""
    form, said = forms()[item.form], said_around(item, skin)
    clinical = clinical_text(item)
    if item.form == "consultation":
        text = join_sentences([said.before, clinical, said.after]) if skin != "plain" else clinical
    else:
        before = f"{said.before}\n\n" if said.before else ""
        after = f"{said.after}\n" if said.after else ""
        text = f"{before}{clinical}{after}{form.cue}"
    options = tuple(LETTERS[: len(item.options)]) if form.letters else item.options
    return Posed(_about(item, form), text, options, said.wording)


def clinical_text(item: ExamItem) -> str:
    """Question, context and options as the form sets them; the same in every skin."""
    block = forms()[item.form].block
    if not item.context:
        block = block.removeprefix("Abstract: {context}\n")
    # MMLU's and the Chinese tasks strip the question; the others take it as it stands.
    question = item.question.strip() if item.form in ("mmlu", "cmmlu", "ceval") else item.question
    slots = {"question": question, "context": item.context, "options": lettered(item)}
    return block.format_map(slots)


def lettered(item: ExamItem) -> str:
    """The options with their letters, a line each."""
    return "".join(f"{letter}. {option}\n" for letter, option in zip(LETTERS, item.options, strict=False))


def _about(item: ExamItem, form: Form) -> str:
    if not form.about or not item.subject:
        return ""
    name = subjects().get(item.form, {}).get(item.subject, item.subject.replace("_", " "))
    return form.about.replace("{subject}", name)
