"""The same items through lm-eval: its own task files, fed with local data, and its own transformers model class.

`medqa` and `mmlu` take the prompt, the letters and the scoring from the task files that lm-eval installs; only where
the rows come from is changed. `shown` gives lm-eval finished prompts and options, for what its tasks do not have.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from bedside.core.records import ExamItem
from bedside.evaluate.exam_formats.question import LETTERS
from bedside.evaluate.posing import Posed

__all__ = ["Course", "peer_tasks", "run_peer", "shown_task"]


class Course(NamedTuple):
    """One run: which option was chosen and each option's log-likelihood, by item; processor and wall seconds."""

    chosen: dict[str, int]
    log_likelihoods: dict[str, tuple[float, ...]]
    cpu_s: float
    wall_s: float


def _write(folder: Path, task: str, include: Path | None, rows: list[dict[str, Any]], extra: dict[str, Any]) -> str:
    import yaml

    data = folder / f"{task}.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    files = dict.fromkeys(("train", "validation", "dev", "test"), str(data))
    settings = {
        "task": task,
        "dataset_path": "json",
        "dataset_name": None,
        "dataset_kwargs": {"data_files": files},
        "tag": None,
        **extra,
    }
    if include is not None:
        settings["include"] = str(include)
    (folder / f"{task}.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    return task


def peer_tasks(folder: Path, items: Sequence[ExamItem]) -> list[str]:
    """Write task files for the MedQA and MMLU items; return their names."""
    import lm_eval

    installed = Path(lm_eval.__file__).parent / "tasks"
    medqa = [
        {"id": i.id, "sent1": i.question, **{f"ending{n}": o for n, o in enumerate(i.options)}, "label": i.answer}
        for i in items
        if i.form == "medqa"
    ]
    tasks = [_write(folder, "peer_medqa", installed / "medqa" / "medqa.yaml", medqa, {})] if medqa else []
    for subject in sorted({i.subject for i in items if i.form == "mmlu"}):
        rows = [
            {"id": i.id, "question": i.question, "choices": list(i.options), "answer": i.answer}
            for i in items
            if i.form == "mmlu" and i.subject == subject
        ]
        include = installed / "mmlu" / "default" / f"mmlu_{subject}.yaml"
        tasks.append(_write(folder, f"peer_mmlu_{subject}", include, rows, {}))
    return tasks


def shown_task(folder: Path, name: str, shown: Sequence[tuple[str, Posed, int]]) -> list[str]:
    """Write a task of finished prompts: (id, posed, place of the right option)."""
    rows = [
        {"id": id_, "text": posed.about + posed.text, "choices": list(posed.options), "label": answer}
        for id_, posed, answer in shown
    ]
    extra = {
        "output_type": "multiple_choice",
        "test_split": "test",
        "doc_to_text": "{{text}}",
        "doc_to_choice": "{{choices}}",
        "doc_to_target": "label",
        "metric_list": [{"metric": "acc", "aggregation": "mean", "higher_is_better": True}],
    }
    return [_write(folder, name, None, rows, extra)]


def run_peer(
    local: Any, tasks: list[str], folder: Path, batch_size: int, chat: bool = False, system_prompt: str = ""
) -> Course:
    """lm-eval's `simple_evaluate` over the tasks with a loaded model."""
    os.environ |= {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
    import lm_eval
    from lm_eval.models.huggingface import HFLM
    from lm_eval.tasks import TaskManager

    # The device is named, since lm-eval otherwise moves the model by itself.
    peer = HFLM(pretrained=local.model, tokenizer=local.tokenizer, batch_size=batch_size, backend="causal")
    manager = TaskManager(include_path=str(folder), include_defaults=False)
    begun, wall = time.process_time(), time.monotonic()
    out = lm_eval.simple_evaluate(
        model=peer,
        tasks=tasks,
        task_manager=manager,
        log_samples=True,
        bootstrap_iters=0,
        num_fewshot=0,
        apply_chat_template=chat,
        system_instruction=system_prompt or None,
    )
    cpu_s, wall_s = time.process_time() - begun, time.monotonic() - wall
    samples = [sample for rows in out["samples"].values() for sample in rows]
    found = {s["doc"]["id"]: tuple(float(r[0][0]) for r in s["resps"]) for s in samples}
    # Told by its own `acc` where that says "right"; the letters it prefers are those of the largest value.
    chosen = {id_: max(range(len(values)), key=values.__getitem__) for id_, values in found.items()}
    for sample in samples:
        right = chosen[sample["doc"]["id"]] == _label(sample["doc"])
        assert right == bool(sample["acc"]), f"read lm-eval's sample wrongly: {sample['doc']['id']}"
    return Course(chosen, found, cpu_s, wall_s)


def _label(doc: dict[str, Any]) -> int:
    label: Any = doc.get("label", doc.get("answer"))
    return LETTERS.index(label) if isinstance(label, str) else int(label)
