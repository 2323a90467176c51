"""An evaluate folder with a base and arms, and judging it at a local endpoint."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bedside.core.config import EvaluateConfig, parse_settings
from bedside.core.files import write_json, write_rows
from bedside.core.manifest import Manifest
from bedside.core.records import ChatMessage, Item, Reply
from bedside.evaluate.judge import judge
from bedside.evaluate.judge.fake import FakeJudge
from bedside.llm.fake_endpoint import serving

BETTER, WORSE = "zebra_better", "zebra_worse"
FACTS = "Take the blue tablet twice a day with food for five days and drink enough water"


def items(count: int) -> list[Item]:
    return [
        Item(
            f"d{n}/{tone}", f"d{n}", "en", tone, "fear" if tone == "distressed" else "neutral", 1, "none",
            (ChatMessage("user", f"Question {n}, asked by a {tone} person: what do I do about my knee?"),),
            f"{FACTS}, case {n}.",
        )
        for n in range(count // 2)
        for tone in ("distressed", "neutral")
    ]  # fmt: skip


def folder(path: Path, count: int = 20, models: dict[str, str] | None = None) -> Path:
    """Each third reply of the better arm is longer; its replies hold more of the reference than the base's."""
    asked = items(count)
    write_rows(path / "items.jsonl", asked)
    texts = {
        "base": [f"Take the blue tablet, case {n}. That is what I can say about it." for n, _ in enumerate(asked)],
        BETTER: [f"{FACTS}, case {n}." + " You did well to ask me." * (n % 3) for n, _ in enumerate(asked)],
        WORSE: [f"It is hard to say anything, case {n}. That is that, I should think." for n, _ in enumerate(asked)],
    }
    for arm, said in texts.items():
        replies = [Reply(item.id, text, "stop", 10) for item, text in zip(asked, said, strict=True)]
        write_rows(path / arm / "replies.jsonl", replies)
        model = (models or {}).get(arm, f"http://127.0.0.1:1/v1#{arm}")
        write_json(path / arm / "manifest.json", Manifest("evaluate", {}, 0, {}, model=model))
    return path


def config(*models: str, **settings: Any) -> EvaluateConfig:
    values = {"judge": {"models": models, **settings}, "bootstrap": 200}
    found: EvaluateConfig = parse_settings(EvaluateConfig, values, "test")
    return found


def judged(path: Path, *judges: FakeJudge, **settings: Any) -> dict[str, Any]:
    """Judge a folder by fakes, each at an endpoint of its own; gives `judge.json`."""
    urls: list[str] = []

    def serve(left: tuple[FakeJudge, ...]) -> None:
        if left:
            with serving(left[0]) as url:
                urls.append(f"{url}#{left[0].fault.replace(' ', '-')}-{len(urls)}")
                serve(left[1:])
        else:
            judge(config(*urls, **settings), 0, path)

    serve(judges)
    told: dict[str, Any] = json.loads((path / "judge" / "judge.json").read_text(encoding="utf-8"))
    return told
