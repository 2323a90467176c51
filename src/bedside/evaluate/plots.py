"""The report's pictures, as inline SVG that takes the page's text colour, so that they read in light and in dark."""

from __future__ import annotations

import io
import re
from typing import Any

from bedside.evaluate.statistics import Estimate
from bedside.evaluate.summary import Audit
from bedside.signals import ACTS

__all__ = ["act_profile", "comfort_and_facts"]

# Stands for the page's text colour until the SVG is written.
INK = "#010203"
# Okabe & Ito's palette (2008), told apart by colour-blind readers too; markers differ as well.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8a8a8a", "#b8a500")
MARKERS = "osD^vPXp"


def comfort_and_facts(audit: Audit) -> str:
    """Comfort against facts kept, with 95 % intervals: filled for distressed patients, hollow for calm ones."""
    figure, axes = _axes(6.4, 4.2)
    for number, arm in enumerate(audit.arms):
        colour, marker = COLOURS[number % len(COLOURS)], MARKERS[number % len(MARKERS)]
        for tone, fill in (("distressed", colour), ("neutral", "none")):
            comfort, facts = arm.figures[tone]["comfort"], arm.figures[tone]["facts"]
            if comfort is None or facts is None:
                continue
            label = arm.arm if tone == "distressed" else None
            axes.errorbar(
                comfort.value, facts.value, xerr=_reach(comfort), yerr=_reach(facts), fmt=marker, color=colour,
                markerfacecolor=fill, markersize=8, elinewidth=1, capsize=0, label=label,
            )  # fmt: skip
    axes.set_xlabel("comfort (share of replies that answer the feeling)")
    axes.set_ylabel("facts kept")
    axes.set_xlim(-0.05, 1.05)
    axes.legend(frameon=False, labelcolor=INK, loc="best")
    return _svg(
        figure,
        "Comfort and facts of each arm; filled marks: distressed patients, hollow marks: calm patients.",
    )


def act_profile(audit: Audit) -> str:
    """The share of replies to distressed patients with each comfort act, by arm."""
    figure, axes = _axes(6.4, 3.4)
    height = 0.8 / len(audit.arms)
    for number, arm in enumerate(audit.arms):
        places = [row + (number + 0.5) * height - 0.4 for row in range(len(ACTS))]
        values = [arm.acts[act] for act in ACTS]
        axes.barh(places, values, height * 0.9, color=COLOURS[number % len(COLOURS)], label=arm.arm)
    axes.set_yticks(range(len(ACTS)), ACTS)
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.set_xlabel("share of replies to distressed patients")
    axes.legend(frameon=False, labelcolor=INK, loc="lower right")
    return _svg(figure, "Comfort acts in the replies of each arm to distressed patients.")


def _axes(width: float, height: float) -> tuple[Any, Any]:
    """An empty figure, sizes in inches, drawn without any window system."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot()
    axes.set_facecolor("none")
    axes.tick_params(colors=INK)
    axes.xaxis.label.set_color(INK)
    axes.yaxis.label.set_color(INK)
    for name, spine in axes.spines.items():
        spine.set_visible(name in ("left", "bottom"))
        spine.set_color(INK)
    return figure, axes


def _reach(estimate: Estimate) -> list[list[float]]:
    return [[max(0.0, estimate.value - estimate.low)], [max(0.0, estimate.high - estimate.value)]]


def _svg(figure: Any, description: str) -> str:
    import matplotlib

    out = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": "bedside", "svg.fonttype": "none"}):
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    svg = out.getvalue()
    svg = svg[svg.index("<svg") :].replace(INK, "currentColor")
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    return svg.replace("<svg", f'<svg role="img" aria-label="{description}"', 1)
