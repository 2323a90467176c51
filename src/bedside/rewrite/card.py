"""The rewrites' dataset card: `README.md` as the Hugging Face Hub reads it.

It tells what was asked for and what came of it: the mix, the gates, attempts, tokens and cost, the sources' licences,
and a few rows in full. The same rows and manifest give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from bedside.core.files import atomic_write
from bedside.core.hub import cell, hub_licence, hub_size
from bedside.core.manifest import Manifest
from bedside.core.phrases import load_yaml
from bedside.core.records import EMOTIONS, Emotion, Status
from bedside.rewrite.mix import Cell, Mix

__all__ = ["write_card"]

WORDS = "rewrite/data/card.yaml"
# Settings that the card's own tables tell, or that would name the reader's machine.
UNTOLD = ("model", "plan", "limit")
LEVELS = {"neutral": 0, "implicit": 1, "explicit_2": 2, "explicit_3": 3}
# A longer turn is cut in the examples.
LONGEST = 1200


class Line(NamedTuple):
    """Rows of one kind: all that were asked for, and what became of them."""

    asked: int
    accepted: int
    rejected: int
    failed: int

    @property
    def share(self) -> str:
        return f"{self.accepted / self.asked:.0%}" if self.asked else "–"


def write_card(out: Path, manifest: Manifest, mix: Mix) -> None:
    """Write `README.md` to the folder `out`."""
    with atomic_write(out / "README.md") as file:
        file.write(_text(manifest, mix).encode())


def _text(manifest: Manifest, mix: Mix) -> str:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("bedside", "rewrite"),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,  # Markdown is no HTML
    )
    environment.globals |= {"cell": cell, "thousands": "{:,}".format, "quoted": _quoted}
    emotions = mix.emotions()
    named: list[Emotion] = [e for e in (*EMOTIONS, "neutral") if e in emotions]
    return environment.get_template("card.md.j2").render(
        front_matter=_front_matter(mix), words=load_yaml(WORDS), manifest=manifest,
        model=_model_name(manifest.model), mix=mix, total=_line(mix.status),
        levels=_levels(manifest.config["plan"], mix), cells=[(c, _line(mix.cells[c])) for c in _ordered(mix.cells)],
        recipes={name: _line(counts) for name, counts in sorted(mix.recipes.items())},
        emotions={name: _line(emotions[name]) for name in named}, named=named, gates=_gates(mix, named),
        attempts={n: _line(mix.attempts[n]) for n in sorted(mix.attempts)},
        sources={key: _line(counts) for key, counts in sorted(mix.sources.items())},
        settings={k: str(v) for k, v in manifest.config.items() if k not in UNTOLD},
    )  # fmt: skip


def _front_matter(mix: Mix) -> str:
    """What the Hub reads: only `rewrites.jsonl` is data."""
    import yaml

    fields = {
        "license": hub_licence(licence for _, licence in mix.sources),
        "language": sorted(mix.languages),
        "task_categories": ["text-generation"],
        "tags": ["medical", "dialogue", "empathy", "synthetic", "bedside"],
        "size_categories": [hub_size(mix.status.total())],
        "configs": [{"config_name": "default", "data_files": "rewrites.jsonl"}],
    }
    return yaml.safe_dump(fields, sort_keys=False, allow_unicode=True)


def _model_name(text: str) -> str:
    """A MODEL string without the reader's hosts and folders."""
    if "#" in text:
        return text.partition("#")[2].partition(",")[0]
    kind, _, name = text.partition(":")
    return Path(name).name if kind in ("local", "scripted") else name or text


def _line(counts: Mapping[Status, int]) -> Line:
    parts = [counts.get(status, 0) for status in ("accepted", "rejected", "failed")]
    return Line(sum(parts), *parts)


def _levels(plan: Mapping[str, float], mix: Mix) -> list[tuple[str, float, Line]]:
    """Each level of the plan with the share that was asked for."""
    found = []
    for name, intensity in LEVELS.items():
        counts = [c for place, c in mix.cells.items() if place.intensity == intensity]
        line = Line(*(sum(column) for column in zip(*map(_line, counts), strict=True))) if counts else Line(0, 0, 0, 0)
        found.append((name, plan[name], line))
    return found


def _ordered(cells: Iterable[Cell]) -> list[Cell]:
    order = {emotion: place for place, emotion in enumerate((*EMOTIONS, "neutral"))}
    return sorted(cells, key=lambda c: (order[c.emotion], c.intensity, c.mode))


def _gates(mix: Mix, named: list[Emotion]) -> dict[str, list[int]]:
    """Rejected rows that each gate turned down, by emotion; the gate that turned most down comes first."""
    order = sorted(mix.gates, key=lambda gate: (-mix.gates[gate].total(), gate))
    return {gate: [mix.gates[gate][emotion] for emotion in named] for gate in order}


def _quoted(text: Any) -> str:
    """A turn as a Markdown quotation; a long one is cut, and what looks like Markdown or HTML is shown as it stands."""
    short = text if len(text) <= LONGEST else f"{text[:LONGEST]} […]"
    safe = short.replace("\\", "\\\\").replace("<", "&lt;").replace("|", "\\|")
    return "\n".join(f"> {line}" if line.strip() else ">" for line in safe.strip().splitlines())
