"""The model card that lies beside a trained adapter."""

from __future__ import annotations

from typing import Any

import yaml

from bedside import __version__
from bedside.core.files import atomic_write
from bedside.train.run import Run

__all__ = ["write_card"]

CARD = """---
{front}---

# {title}

Tuned with bedside {version} ({method}) to answer distressed patients with comfort and the same medicine.
**Not medical advice. Not for use with patients without an audit of your own and clinical oversight.**

| | |
|---|---|
| base | `{base}` |
| starts from | {start} |
| method | {method} |
| examples | {examples} |
| steps | {steps} |
| seed | {seed} |

Settings, input hashes and the chat template's hash are in `manifest.json`; losses are in `log.jsonl`.
What it does well and badly is measured by `bedside evaluate` and `bedside report`; this card claims nothing else.
"""


def write_card(run: Run, base: str, counts: dict[str, int]) -> None:
    """Write `README.md` into the run's folder."""
    front: dict[str, Any] = {
        "library_name": "peft" if run.config.lora is not None else "transformers",
        "pipeline_tag": "text-generation",
        "base_model": base.removeprefix("local:"),
        "tags": ["bedside", "medical", run.config.method],
    }
    text = CARD.format(
        front=yaml.safe_dump(front, sort_keys=False),
        title=run.out.name,
        version=__version__,
        method=run.config.method,
        base=base,
        start=f"`{run.start.name}`" if run.start else "the base",
        examples=counts["examples"],
        steps=counts["steps"],
        seed=run.seed,
    )
    with atomic_write(run.out / "README.md") as out:
        out.write(text.encode())
