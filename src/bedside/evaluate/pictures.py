"""The report's pictures from its numbers: comfort against knowledge, the skins, the acts, a claim and its margin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from markupsafe import Markup

from bedside.evaluate.failures import words
from bedside.evaluate.plots import (
    MARKS,
    WIDTH,
    Frame,
    dashed,
    interval,
    legend,
    line,
    mark,
    nice_range,
    svg,
    text,
    ticks,
)

__all__ = ["act_profile", "claim_line", "exam_plane", "facts_plane", "skin_plot"]

Numbers = dict[str, Any]
Pick = Callable[[Numbers, str], Numbers | None]
LEFT, RIGHT = 58, 10
# How far from its margin a claim's line reaches, as shares; what lies beyond ends in an arrow.
REACH = 0.15
# Width and height of that line.
STRIP = (170, 22)


def facts_plane(told: Numbers) -> Markup | None:
    """Comfort against facts kept: filled for distressed patients, hollow for calm ones."""
    return _plane(told, "facts", lambda arm, tone: arm["figures"].get(tone, {}).get("facts"), "facts kept, %")


def exam_plane(told: Numbers) -> Markup | None:
    """Comfort against accuracy in the exam: filled in the distressed skin, hollow in the plain one."""
    found = {(s["arm"], s["skin"]): s["accuracy"] for s in told["skins"] if s["source"] == "all"}
    skins = {"distressed": "distressed", "neutral": "plain"}
    return _plane(told, "exam", lambda arm, tone: found.get((arm["arm"], skins[tone])), "exam questions right, %")


def skin_plot(told: Numbers) -> Markup | None:
    """Accuracy in each skin, a line an arm, with the share of the commonest place as a floor."""
    rows = [s for s in told["skins"] if s["source"] == "all" and _whole(s["accuracy"])]
    skins = [skin for skin in words()["skins"] if any(s["skin"] == skin for s in rows)]
    if not skins:
        return None
    names = [arm["arm"] for arm in told["arms"] if any(s["arm"] == arm["arm"] for s in rows)]
    head, top = legend(names)
    floor = rows[0]["majority"]
    ends = nice_range([s["accuracy"][end] for s in rows for end in ("low", "high")] + [floor])
    frame = Frame(LEFT, top + 30, WIDTH - RIGHT, top + 300, (-0.5, len(skins) - 0.5), ends)
    parts = [head, *_left_axis(frame, "exam questions right, %")]
    parts += [text((frame.at(n, 0)[0], frame.bottom + 20), skin, anchor="middle") for n, skin in enumerate(skins)]
    level = frame.at(0, floor)[1]
    parts += [line((frame.left, level), (frame.right, level), "floor"),
              text((frame.left, level - 5), "always the commonest answer", "soft")]  # fmt: skip
    for number, name in enumerate(names):
        shift = (number - (len(names) - 1) / 2) * min(0.12, 0.6 / len(names))
        mine = {s["skin"]: s["accuracy"] for s in rows if s["arm"] == name}
        places = [(n + shift, mine[skin]) for n, skin in enumerate(skins) if skin in mine]
        parts.append(dashed([frame.at(x, e["value"]) for x, e in places], number))
        for x, e in places:
            parts.append(interval(frame.at(x, e["low"]), frame.at(x, e["high"]), number))
            parts.append(mark(frame.at(x, e["value"]), number, told=f"{name}: {_percent(e)}"))
    described = (
        f"Accuracy of {len(names)} arms in {len(skins)} skins, with 95 % intervals; all values are in the table below."
    )
    return svg(parts, frame.bottom + 34, "skins", ("Accuracy by skin", described))


def act_profile(told: Numbers) -> Markup:
    """The share of replies to distressed patients with each comfort act, a mark an arm."""
    arms = told["arms"]
    acts = list(dict.fromkeys(act for arm in arms for act in arm["acts_distressed"]))
    head, top = legend([arm["arm"] for arm in arms])
    left, row = 246, 20 + 9 * len(arms)
    frame = Frame(left, top + 8, WIDTH - 16, top + 8 + row * len(acts), (0.0, 1.0), (0.0, 1.0))
    parts = [head]
    for place, act in enumerate(acts):
        middle = frame.top + row * (place + 0.5)
        parts += [text((left - 12, middle + 5), words()["acts"].get(act, act), anchor="end"),
                  line((left, middle + row / 2), (frame.right, middle + row / 2), "grid")]  # fmt: skip
        for number, arm in enumerate(arms):
            y = middle + (number - (len(arms) - 1) / 2) * 9
            share = arm["acts_distressed"].get(act, 0.0)
            at = (frame.at(share, 0)[0], y)
            parts += [line((left, y), at, f"stem c{number % len(MARKS)}"),
                      mark(at, number, radius=4, told=f"{arm['arm']}: {100 * share:.1f} %")]  # fmt: skip
    parts += _bottom_axis(frame, "replies to distressed patients, %")
    described = (
        f"Shares of {len(acts)} comfort acts in the replies of {len(arms)} arms; all values are in the table below."
    )
    return svg(parts, frame.bottom + 48, "acts", ("Comfort acts", described))


def claim_line(claim: Numbers) -> Markup:
    """A claim's interval beside its margin, the good side on the right; its numbers stand in words beside it."""
    middle, half = STRIP[1] / 2, STRIP[0] / 2
    parts = [line((0, middle), (STRIP[0], middle), "grid"), line((half, 1), (half, STRIP[1] - 1), "margin")]
    e = claim["estimate"]
    if _whole(e):
        sign = 1 if claim["must_be"] == "above" else -1
        parts += _strip(sorted(sign * (e[end] - claim["margin"]) / REACH for end in ("low", "value", "high")), claim)
    head = Markup('<svg class="strip" viewBox="0 0 {0} {1}" width="{0}" height="{1}" aria-hidden="true">')
    return head.format(*STRIP) + Markup("".join(parts)) + Markup("</svg>")


def _strip(ends: list[float], claim: Numbers) -> list[str]:
    """An interval from low over value to high, in shares of the strip's half; an arrow where it goes on."""
    middle, kind = STRIP[1] / 2, f"v-{claim['verdict']}"
    low, value, high = (STRIP[0] / 2 * (1 + min(1.0, max(-1.0, end)) * 0.94) for end in ends)
    parts = [line((low, middle), (high, middle), f"reach {kind}")]
    for goes_on, x, way in ((ends[2] > 1, high, 4), (ends[0] < -1, low, -4)):
        if goes_on:
            points = f"{x - way:.1f},{middle - 5} {x + way:.1f},{middle} {x - way:.1f},{middle + 5}"
            parts.append(f'<polygon class="mark {kind}" points="{points}"/>')
    if -1 <= ends[1] <= 1:
        parts.append(f'<rect class="mark {kind}" x="{value - 4:.1f}" y="{middle - 4}" width="8" height="8"/>')
    return parts


def _plane(told: Numbers, name: str, pick: Pick, label: str) -> Markup | None:
    """Comfort (to the right) against a measure of knowledge (up); arms `NAME@LEVEL` of one name are joined."""
    marks: dict[tuple[int, str], tuple[Numbers, Numbers]] = {}
    for number, arm in enumerate(told["arms"]):
        for tone in ("distressed", "neutral"):
            comfort, knows = arm["figures"].get(tone, {}).get("comfort"), pick(arm, tone)
            if comfort and knows and _whole(comfort) and _whole(knows):
                marks[number, tone] = (comfort, knows)
    if not marks:
        return None
    head, top = legend([arm["arm"] for arm in told["arms"]])
    ends = nice_range([k[end] for _, k in marks.values() for end in ("low", "high")])
    frame = Frame(LEFT, top + 30, WIDTH - RIGHT, top + 340, (-0.03, 1.03), ends)
    parts = [head, *_left_axis(frame, label), *_bottom_axis(frame, "feeling answered, % of replies")]
    for joined in _dials([arm["arm"] for arm in told["arms"]]):
        places = [marks[n, "distressed"] for n in joined if (n, "distressed") in marks]
        parts.append(dashed([frame.at(c["value"], k["value"]) for c, k in places], joined[-1]))
    for (number, tone), (c, k) in marks.items():
        hint = f"{told['arms'][number]['arm']}, {words()['tones'][tone]}: comfort {_percent(c)}, {name} {_percent(k)}"
        parts += [
            interval(frame.at(c["low"], k["value"]), frame.at(c["high"], k["value"]), number),
            interval(frame.at(c["value"], k["low"]), frame.at(c["value"], k["high"]), number),
            mark(frame.at(c["value"], k["value"]), number, tone == "neutral", 6, hint),
        ]
    measure = label.split(",")[0]
    described = f"{len(told['arms'])} arms by comfort and {measure}, with 95 % intervals; all values are in the tables."
    return svg(parts, frame.bottom + 48, f"plane-{name}", (f"Comfort and {measure}", described))


def _dials(names: list[str]) -> list[list[int]]:
    """Places of the arms of each dial in order of level: base is 0, an arm without a level 1."""
    families: dict[str, list[tuple[float, int]]] = {}
    for place, name in enumerate(names):
        family, _, level = name.rpartition("@")
        if family and level.replace(".", "", 1).isdigit():
            families.setdefault(family, []).append((float(level), place))
    for family, levels in families.items():
        held = {level for level, _ in levels}
        levels += [(1.0, names.index(family))] if family in names and 1.0 not in held else []
        levels += [(0.0, names.index("base"))] if "base" in names and 0.0 not in held else []
    return [[place for _, place in sorted(levels)] for levels in families.values()]


def _left_axis(frame: Frame, label: str) -> list[str]:
    parts = [text((4, frame.top - 14), label, "soft")]
    for value in ticks(*frame.y):
        y = frame.at(0, value)[1]
        parts += [
            line((frame.left, y), (frame.right, y), "grid"),
            text((frame.left - 8, y + 5), f"{100 * value:g}", "", "end"),
        ]
    return parts


def _bottom_axis(frame: Frame, label: str) -> list[str]:
    parts = [line((frame.left, frame.bottom), (frame.right, frame.bottom), "axis"),
             text(((frame.left + frame.right) / 2, frame.bottom + 40), label, "soft", "middle")]  # fmt: skip
    for value in ticks(max(0.0, frame.x[0]), min(1.0, frame.x[1])):
        x = frame.at(value, 0)[0]
        parts += [
            line((x, frame.bottom), (x, frame.bottom + 5), "axis"),
            text((x, frame.bottom + 20), f"{100 * value:g}", "", "middle"),
        ]
    return parts


def _whole(e: Numbers | None) -> bool:
    """Whether there is an estimate, with both ends of its interval."""
    return e is not None and None not in e.values()


def _percent(e: Numbers) -> str:
    return f"{100 * e['value']:.1f} % ({100 * e['low']:.1f} to {100 * e['high']:.1f}), n {e['n']:.0f}"
