"""An arm sits the exam: every item in every skin, and which option it finds likeliest.

A local model is asked by log-likelihood, in parts that are kept whole, so that an interrupted exam goes on and ends in
the same scores. Any other model is asked for a letter. The plain skin is scored as lm-eval scores it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bedside.core.evaluate_config import ExamConfig
from bedside.core.files import read_rows, write_rows
from bedside.core.manifest import read_manifest
from bedside.core.progress import Advance, progress
from bedside.core.records import ExamItem, ExamScore
from bedside.evaluate.exam_endpoint import Sitting, ask_letters
from bedside.evaluate.posing import Posed, pose
from bedside.llm import ModelName, parse_model

if TYPE_CHECKING:
    from bedside.llm.continuations import Asked
    from bedside.llm.local import LocalModel

__all__ = ["EXAM_PARTS", "by_likelihood", "choice_of", "sit"]

EXAM_PARTS = "exam.parts"
PART = 32  # items


def sit(
    arm: str, model: str, items: Sequence[ExamItem], config: ExamConfig, folder: Path, system_prompt: str = ""
) -> list[ExamScore]:
    """The arm's scores, item by item and skin by skin, in the order of the items."""
    sittings = [Sitting(item, skin) for item in items for skin in config.skins]
    name = parse_model(model)
    with progress(f"exam {arm}", len(sittings)) as advance:
        if name.kind != "local":
            return ask_letters(model, sittings, system_prompt, folder, advance)
        found = {
            (score.item, score.skin): score
            for score in _in_parts(name, items, config, folder / EXAM_PARTS, (system_prompt, advance))
        }
    return [found[item.id, skin] for item, skin in sittings]


def choice_of(log_likelihoods: Sequence[float]) -> int:
    """The place of the likeliest option, the first of equals, as in lm-eval's `acc`."""
    return max(range(len(log_likelihoods)), key=lambda place: log_likelihoods[place])


def _in_parts(
    name: ModelName, items: Sequence[ExamItem], config: ExamConfig, parts: Path, given: tuple[str, Advance]
) -> Iterator[ExamScore]:
    """Items of like length come together; a part is always composed alike."""
    from bedside.llm.local import LocalModel
    from bedside.llm.template import has_own_template, require_same_template

    system_prompt, advance = given
    local = LocalModel(name.name, level=name.level)
    manifest = read_manifest(Path(name.name))
    if manifest is not None:
        require_same_template(manifest.template_hash, local.tokenizer, name.name)
    chat = has_own_template(local.tokenizer) if config.chat is None else config.chat
    order = sorted(items, key=lambda item: -len(item.question) - len(item.context) - sum(map(len, item.options)))
    for number, start in enumerate(range(0, len(order), PART)):
        chunk = [Sitting(item, skin) for item in order[start : start + PART] for skin in config.skins]
        part = parts / f"{number}.jsonl"
        if not part.is_file():
            write_rows(part, by_likelihood(local, chunk, config.batch_size, chat, system_prompt))
        advance(len(chunk), "")
        yield from read_rows(part, ExamScore)


def by_likelihood(
    local: LocalModel, sittings: Sequence[Sitting], batch_size: int, chat: bool, system_prompt: str = ""
) -> Iterator[ExamScore]:
    """Score sittings with a model in this process, in order; consultations always go through its chat template."""
    from bedside.llm.likelihood import log_likelihoods

    posed = [pose(item, skin) for item, skin in sittings]
    asked = [
        in_chat(local.tokenizer, one, system_prompt)
        if chat or sitting.item.form == "consultation"
        else in_text(one, system_prompt)
        for sitting, one in zip(sittings, posed, strict=True)
    ]
    found = log_likelihoods(local.model, local.tokenizer, asked, batch_size)
    for number, ((item, skin), one) in enumerate(zip(sittings, posed, strict=True)):
        values = found.values[number]
        choice, cut = choice_of(values), number in found.cut
        right = choice == item.answer
        yield ExamScore(
            item.id, item.source, skin, one.wording, values, choice, item.answer, item.belief, right, "", cut
        )


def in_text(posed: Posed, system_prompt: str) -> Asked:
    """As plain text: the answer stands one space after the prompt."""
    from bedside.llm.continuations import Asked

    system = f"{system_prompt}\n\n" if system_prompt else ""
    return Asked(f"{system}{posed.about}{posed.text}", tuple(f" {option}" for option in posed.options))


def in_chat(tokenizer: Any, posed: Posed, system_prompt: str) -> Asked:
    """Through the chat template: the answer is the beginning of the model's reply.

    Where a template takes no system message, its text begins the user's. A thinking model is asked without thoughts.
    """
    from jinja2 import TemplateError

    from bedside.llm.continuations import Asked
    from bedside.llm.template import answering

    both = system_prompt and posed.about
    system = f"{system_prompt}\n\n{posed.about}" if both else system_prompt or posed.about
    user = {"role": "user", "content": posed.text}
    messages = [{"role": "system", "content": system}, user] if system else [user]
    options: dict[str, Any] = {"tokenize": False, "add_generation_prompt": True, **answering(tokenizer)}
    try:
        context = tokenizer.apply_chat_template(messages, **options)
    except TemplateError:
        if not system:
            raise
        joined = {"role": "user", "content": f"{system.rstrip()}\n\n{posed.text}"}
        context = tokenizer.apply_chat_template([joined], **options)
    return Asked(str(context), posed.options)
