"""The plain skin chooses what lm-eval chooses, on a few items; `bench/knowledge.py` does it on a thousand."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path

import pytest

from bedside.core.records import ExamItem
from bedside.llm.local import LocalModel


def items() -> list[ExamItem]:
    """Ten in the form of MedQA and ten of MMLU, of unlike length, with the odd characters that real sets hold."""
    found = []
    for number in range(20):
        form = "medqa" if number % 2 else "mmlu"
        question = f"A {20 + number}-year-old woman has a temperature of 38.{number}°C." + " She coughs." * number
        found.append(
            ExamItem(
                id=f"x/{number}",
                source="x",
                language="en",
                question=f"{question}\nWhich of the following is the next step? ",
                options=("Aspirin, 300 mg", "A chest x-ray", "β-blocker", f"No. {number} of these; wait"),
                answer=number % 4,
                belief=(number + 1) % 4,
                subject="anatomy" if number < 10 else "college_medicine",
                form="medqa" if form == "medqa" else "mmlu",
            )
        )
    return found


@pytest.mark.parametrize(("chat", "system"), [(False, ""), (True, ""), (True, "You are a physician.")])
def test_plain_is_lm_eval(chat: bool, system: str, random_model: Path, tmp_path: Path) -> None:
    pytest.importorskip("lm_eval", reason="lm-eval is not installed: pip install lm-eval")
    from knowledge import compared, plain
    from knowledge_parts.peer import peer_tasks, run_peer

    logging.disable(logging.WARNING)
    local, asked = LocalModel(str(random_model)), items()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # lm-eval's own and those of its packages
            theirs = run_peer(local, peer_tasks(tmp_path, asked), tmp_path, 4, chat, system)
    finally:
        logging.disable(logging.NOTSET)
    row = compared("test", plain(local, asked, chat, system), theirs, {item.id: item.answer for item in asked})
    assert row["items"] == 20
    assert row["correctness_differs"] == 0
    assert row["choice_differs"] == 0
    assert row["largest_difference_nats"] < 1e-4
