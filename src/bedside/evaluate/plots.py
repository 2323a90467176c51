"""Drawing by hand: axes, marks with intervals and a legend, as inline SVG in the page's own colours and fonts.

Units are those of the view box (`WIDTH` wide). Every arm has a colour class (`c0` ...) and a shape, so that no meaning
hangs on colour alone. Nothing here knows what is drawn.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from bedside.core.text import chinese_count

__all__ = [
    "MARKS",
    "WIDTH",
    "Frame",
    "dashed",
    "interval",
    "legend",
    "line",
    "mark",
    "nice_range",
    "svg",
    "text",
    "ticks",
]

WIDTH = 520
SIZE = 14
# Points of each shape around the origin, for a radius of one; the first is a circle.
MARKS: tuple[tuple[tuple[float, float], ...], ...] = (
    (),
    ((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)),
    ((0, -1.25), (1.25, 0), (0, 1.25), (-1.25, 0)),
    ((0, -1.2), (1.15, 0.85), (-1.15, 0.85)),
    ((0, 1.2), (1.15, -0.85), (-1.15, -0.85)),
    ((-0.4, -1.2), (0.4, -1.2), (0.4, -0.4), (1.2, -0.4), (1.2, 0.4), (0.4, 0.4),
     (0.4, 1.2), (-0.4, 1.2), (-0.4, 0.4), (-1.2, 0.4), (-1.2, -0.4), (-0.4, -0.4)),
    ((0, -1.25), (1.19, -0.39), (0.73, 1.01), (-0.73, 1.01), (-1.19, -0.39)),
    ((-1.2, 0), (-0.6, -1.05), (0.6, -1.05), (1.2, 0), (0.6, 1.05), (-0.6, 1.05)),
)  # fmt: skip


class Frame(NamedTuple):
    """The area of the data, and the data's ranges at its edges."""

    left: float
    top: float
    right: float
    bottom: float
    x: tuple[float, float]
    y: tuple[float, float]

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where a value stands; what lies outside stands at the edge."""
        return _between(x, self.x, self.left, self.right), _between(y, self.y, self.bottom, self.top)


def ticks(low: float, high: float, about: int = 7) -> list[float]:
    """Round numbers within a range."""
    step = 10 ** math.floor(math.log10((high - low) / about))
    step *= next((m for m in (1, 2, 5, 10) if (high - low) / (step * m) <= about + 0.5), 10)
    first = math.ceil(low / step - 1e-9)
    return [round(n * step, 10) for n in range(first, math.floor(high / step + 1e-9) + 1)]


def nice_range(values: Sequence[float], least: float = 0.1) -> tuple[float, float]:
    """A range of shares around the values with some air, at least so wide, within 0 and 1."""
    low, high = min(values, default=0.0), max(values, default=1.0)
    air = max(0.08 * (high - low), (least - (high - low)) / 2, 0.01)
    low, high = max(0.0, low - air), min(1.0, high + air)
    if high - low < least:
        low, high = max(0.0, high - least), min(1.0, max(0.0, high - least) + least)
    return low, high


def line(a: tuple[float, float], b: tuple[float, float], kind: str) -> str:
    """A line of a class of the page's style sheet."""
    return f'<line class="{kind}" x1="{a[0]:.1f}" y1="{a[1]:.1f}" x2="{b[0]:.1f}" y2="{b[1]:.1f}"/>'


def dashed(points: Sequence[tuple[float, float]], number: int) -> str:
    """A line through the points of an arm."""
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline class="path c{number % len(MARKS)}" points="{path}"/>'


def text(place: tuple[float, float], words: str, kind: str = "", anchor: str = "start") -> str:
    """Words at a place; `anchor` is which part of them stands there."""
    return str(
        Markup('<text x="{:.1f}" y="{:.1f}" class="{}" text-anchor="{}">{}</text>').format(*place, kind, anchor, words)
    )


def mark(place: tuple[float, float], number: int, hollow: bool = False, radius: float = 5.0, told: str = "") -> str:
    """An arm's shape; `told` is what a pointer over it shows."""
    x, y = place
    shape = MARKS[number % len(MARKS)]
    title = str(Markup("<title>{}</title>").format(told)) if told else ""
    kind = f'class="mark c{number % len(MARKS)}{" hollow" if hollow else ""}"'
    if not shape:
        return f'<circle {kind} cx="{x:.1f}" cy="{y:.1f}" r="{radius}">{title}</circle>'
    points = " ".join(f"{x + dx * radius:.1f},{y + dy * radius:.1f}" for dx, dy in shape)
    return f'<polygon {kind} points="{points}">{title}</polygon>'


def interval(a: tuple[float, float], b: tuple[float, float], number: int) -> str:
    """The line of an interval, in the arm's colour."""
    return line(a, b, f"reach c{number % len(MARKS)}")


def legend(names: Sequence[str], top: float = 8) -> tuple[str, float]:
    """The arms' marks with their names in rows, and where they end."""
    parts, x, y = [], 6.0, top + SIZE / 2
    for number, name in enumerate(names):
        short = name if len(name) <= 26 else name[:25] + "…"
        width = 36 + _width(short)
        if x + width > WIDTH and x > 6:
            x, y = 6.0, y + 20
        parts += [mark((x + 6, y), number), text((x + 17, y + 5), short)]
        x += width
    return "".join(parts), y + 14


def svg(parts: Sequence[str], height: float, name: str, told: tuple[str, str]) -> Markup:
    """The whole picture; `name` makes its ids, `told` is its title and its description for those who cannot see it."""
    head = Markup(
        '<svg viewBox="0 0 {} {:.0f}" role="img" aria-labelledby="{}-t {}-d"><title id="{}-t">{}</title>'
        '<desc id="{}-d">{}</desc>'
    ).format(WIDTH, height, name, name, name, told[0], name, told[1])
    # Each part is markup that this module wrote, its words escaped.
    return head + Markup("".join(parts)) + Markup("</svg>")


def _between(value: float, ends: tuple[float, float], start: float, stop: float) -> float:
    share = (value - ends[0]) / (ends[1] - ends[0])
    return start + (stop - start) * min(1.0, max(0.0, share))


def _width(words: str) -> float:
    """About how wide words are."""
    wide = chinese_count(words)
    return SIZE * wide + 0.6 * SIZE * (len(words) - wide)
