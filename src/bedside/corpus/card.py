"""The corpus's dataset card: `README.md` as the Hugging Face Hub reads it, and its picture `lengths.png`.

It tells what the stage counted and nothing else; it does not read the dialogues. The same summary gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from bedside.core.files import atomic_write
from bedside.core.hub import cell, hub_licence, hub_size
from bedside.core.phrases import load_yaml

__all__ = ["SourceSummary", "Summary", "write_card"]

WORDS = "corpus/data/card.yaml"
# Settings that name the reader's files or machine, or that the card's tables tell.
UNTOLD = ("sources", "columns", "workers")
# Okabe & Ito's palette (2008), as in the report's pictures.
INK, PATIENT, DOCTOR = "#222222", "#0072b2", "#d55e00"
# The bins' width in characters, and the share of the consultations that the picture's axis reaches to.
BIN, SHOWN = 50, 0.99


class SourceSummary(msgspec.Struct, frozen=True):
    """What became of one source's rows; `place` is a file's name without its folder."""

    name: str
    place: str
    licences: tuple[str, ...]
    read: int
    accepted: int
    rejected: dict[str, int]


class Summary(msgspec.Struct, frozen=True):
    """What the stage counted: consultations by language, split, messages and characters a side, and replacements.

    The two histograms map a bin's lower edge (a multiple of 50 characters) to consultations. `defects` counts the
    consultations, of the `audited` ones, in whose answer each kind of defect was found.
    """

    sources: tuple[SourceSummary, ...]
    languages: dict[str, int]
    splits: dict[str, int]
    turns: dict[int, int]
    private: dict[str, int]
    patient_characters: dict[int, int]
    doctor_characters: dict[int, int]
    settings: dict[str, Any] = {}
    audited: int = 0
    defects: dict[str, int] = {}


class Total(NamedTuple):
    """Rows of all sources."""

    read: int
    accepted: int
    rejected: int


def write_card(out: Path, summary: Summary) -> None:
    """Write `README.md` and `lengths.png` to the folder `out`."""
    with atomic_write(out / "lengths.png") as file:
        file.write(_picture(summary))
    with atomic_write(out / "README.md") as file:
        file.write(_text(summary).encode())


def _text(summary: Summary) -> str:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("bedside", "corpus"),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,  # Markdown is no HTML
    )
    environment.globals |= {"cell": cell, "thousands": "{:,}".format}
    medians = {
        "patient": _quantile(summary.patient_characters, 0.5),
        "doctor": _quantile(summary.doctor_characters, 0.5),
    }
    return environment.get_template("card.md.j2").render(
        front_matter=_front_matter(summary), words=load_yaml(WORDS), total=_total(summary), medians=medians,
        sources=summary.sources, reasons=_reasons(summary.sources), languages=_by_count(summary.languages),
        splits=_by_count(summary.splits), turns=_doubling(summary.turns), private=_by_count(summary.private),
        settings=_told(summary.settings), audited=summary.audited, defects=summary.defects,
    )  # fmt: skip


def _front_matter(summary: Summary) -> str:
    """What the Hub reads: only `dialogues.jsonl` is data, which it would not guess beside `rejected.jsonl`."""
    import yaml

    fields = {
        "license": hub_licence(licence for source in summary.sources for licence in source.licences),
        "language": sorted(summary.languages),
        "task_categories": ["text-generation"],
        "tags": ["medical", "dialogue", "consultation", "bedside"],
        "size_categories": [hub_size(_total(summary).accepted)],
        "configs": [{"config_name": "default", "data_files": "dialogues.jsonl"}],
    }
    return yaml.safe_dump(fields, sort_keys=False, allow_unicode=True)


def _total(summary: Summary) -> Total:
    read, accepted = (sum(getattr(s, field) for s in summary.sources) for field in ("read", "accepted"))
    return Total(read, accepted, sum(sum(s.rejected.values()) for s in summary.sources))


def _reasons(sources: Iterable[SourceSummary]) -> dict[str, list[int]]:
    """The count of each reason in each source, the most frequent reason first."""
    sources = list(sources)
    names = {reason for source in sources for reason, n in source.rejected.items() if n}
    counts = {name: [source.rejected.get(name, 0) for source in sources] for name in names}
    return dict(sorted(counts.items(), key=lambda item: (-sum(item[1]), item[0])))


def _by_count(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _doubling(turns: Mapping[int, int]) -> dict[str, int]:
    """Consultations by their number of messages: 2, 3-4, 5-8, 9-16 and so on."""
    grouped: dict[int, int] = {}
    for messages, n in sorted(turns.items()):
        top = 1 << (messages - 1).bit_length()
        grouped[top] = grouped.get(top, 0) + n
    return {(f"{top // 2 + 1}–{top}" if top > 2 else str(top)): n for top, n in grouped.items()}


def _told(settings: Mapping[str, Any]) -> dict[str, str]:
    """Settings as text, without the reader's own folders."""
    told = {name: value for name, value in settings.items() if name not in UNTOLD}
    if told.get("against"):
        told["against"] = [Path(place.partition(":")[2]).name for place in told["against"]]
    return {name: _plain(value) for name, value in told.items()}


def _plain(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "none"}[value]
    return ", ".join(map(str, value)) or "none" if isinstance(value, list | tuple) else str(value)


def _quantile(histogram: Mapping[int, int], share: float) -> int:
    """The upper edge of the bin that the share of the consultations ends in; 0 when there are none."""
    below, wanted = 0, share * sum(histogram.values())
    for edge, n in sorted(histogram.items()):
        below += n
        if below >= wanted:
            return edge + BIN
    return 0


def _picture(summary: Summary) -> bytes:
    """Both histograms as PNG, drawn without any window system; the background is white in dark pages too."""
    import io

    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.0, 3.2), layout="constrained", facecolor="white")
    panels = figure.subplots(1, 2)
    _panel(panels[0], "patient", summary.patient_characters, PATIENT)
    _panel(panels[1], "doctor", summary.doctor_characters, DOCTOR)
    panels[0].set_ylabel("consultations", color=INK)
    out = io.BytesIO()
    # Neither the software's version nor a date: the same summary gives the same bytes.
    figure.savefig(out, format="png", dpi=150, metadata={"Software": None})
    return out.getvalue()


def _panel(axes: Any, side: str, histogram: Mapping[int, int], colour: str) -> None:
    """One side's histogram, up to where 99 % of the consultations end."""
    end = _quantile(histogram, SHOWN)
    edges = [edge for edge in sorted(histogram) if edge < end]
    axes.bar(edges, [histogram[e] for e in edges], BIN, align="edge", color=colour, edgecolor="white", linewidth=0.4)
    axes.set_title(side, color=INK, fontsize=12, loc="left")
    beyond = sum(histogram.values()) - sum(histogram[e] for e in edges)
    axes.set_xlabel(f"characters ({beyond:,} are longer)" if beyond else "characters", color=INK, fontsize=11)
    axes.set_xlim(0, max(end, BIN))
    axes.tick_params(colors=INK, labelsize=10)
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.yaxis.set_major_formatter("{x:,.0f}")
    for name, spine in axes.spines.items():
        spine.set_visible(name in ("left", "bottom"))
        spine.set_color(INK)
