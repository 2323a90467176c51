"""The HTML page from the numbers and the conversations: one file; its style and script are inlined, allowed by hash.

Everything that patients, models and users wrote goes through Jinja's escaping, or into a data block that the page's
script shows as text.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from importlib import resources
from typing import Any

import jinja2
from markupsafe import Markup

from bedside.evaluate.conversations import Answer, Conversation, Packed
from bedside.evaluate.failures import FAILURES, SERIOUS, Failure, words
from bedside.evaluate.highlights import Span, all_spans, reference_spans
from bedside.evaluate.pictures import act_profile, claim_line, exam_plane, facts_plane, skin_plot

__all__ = ["page"]

SCRIPTS = ("store.js", "talk.js", "list.js")
# Worst replies of each kind that are shown before all conversations.
WORST = 2


def page(told: dict[str, Any], found: Sequence[Conversation], packed: Packed) -> str:
    """The page for the numbers of `report.json`."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("bedside", "evaluate/templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"figure": _figure, "claim_line": claim_line, "flat": _flat, "said": _said}
    environment.globals |= {"link": _link, "number": _numbering()}
    style, script = _part("page.css"), "".join(map(_part, SCRIPTS))
    return environment.get_template("report.html.j2").render(
        told=told,
        words=words(),
        worst=list(_worst(told, found)),
        pictures={
            "facts": facts_plane(told),
            "exam": exam_plane(told),
            "skins": skin_plot(told),
            "acts": act_profile(told),
        },
        style=Markup(style),
        script=Markup(script),
        hashes={"style": _hash(style), "script": _hash(script)},
        packed=packed,
        labels=_data(_labels(told)),
    )


def _labels(told: dict[str, Any]) -> dict[str, Any]:
    """What the script says: arms, kinds of failure in the order of their bits, acts."""
    about = words()
    return {
        "arms": [arm["arm"] for arm in told["arms"]],
        "failures": [[kind, about["failures"][kind]["label"], about["failures"][kind]["reason"]] for kind in FAILURES],
        # How many of the kinds, from the first, are serious; the rest are told quietly.
        "serious": sum(about["failures"][kind]["weight"] >= SERIOUS for kind in FAILURES),
        "acts": about["acts"],
        "kinds": about["kinds"],
        "tones": about["tones"],
        "anti": ["false_reassurance", "minimises", "claims_experience", "formulaic", "endorses", "severe", "lost"],
    }


def _worst(told: dict[str, Any], found: Sequence[Conversation]) -> Iterable[dict[str, Any]]:
    """For each serious kind of failure, the worst replies of the arms that are neither base nor control."""
    roles = {arm["arm"]: arm["role"] for arm in told["arms"]}
    looked_at = [(c, a) for c in found for a in c.answers if roles[a.arm] in ("claimed", "other") and a.failures]
    seen: set[str] = set()
    for kind in words()["shown"]:
        bad = sorted((pair for pair in looked_at if kind in pair[1].failures), key=lambda pair: -pair[1].trouble)
        if bad:
            # A reply that stands under one kind already is not shown again, unless there is no other.
            shown = sorted(bad, key=lambda pair: f"{pair[0].item.id} {pair[1].arm}" in seen)[:WORST]
            seen |= {f"{c.item.id} {a.arm}" for c, a in shown}
            yield {"failure": kind, "count": len(bad), "examples": [_example(kind, *pair) for pair in shown]}


def _example(kind: Failure, found: Conversation, answer: Answer) -> dict[str, Any]:
    item, score, text = found.item, answer.score, answer.reply.text
    spans = all_spans(item, score, text)
    return {
        "id": item.id,
        "arm": answer.arm,
        "kind": item.kind,
        "feeling": "calm" if item.emotion == "neutral" else item.emotion,
        "language": item.language,
        "asked": next((m.content for m in reversed(item.messages) if m.role == "user"), ""),
        "reply": _marked(text, spans),
        "reason": _reason(kind, found, answer),
        "reference": _marked(item.reference, reference_spans(item, score))
        if score.facts_lost or score.severe_errors
        else "",
    }


def _reason(kind: Failure, found: Conversation, answer: Answer) -> str:
    details = {
        "severe error": "; ".join(answer.score.severe_errors),
        "lost fact": "; ".join(answer.score.facts_lost),
        "belief": found.item.belief,
    }.get(kind, "")
    reason: str = words()["failures"][kind]["reason"]
    return f"{reason}: {details}" if details else reason


def _marked(text: str, spans: Sequence[Span]) -> Markup:
    """Text with the spans marked; what overlaps an earlier span is left plain."""
    parts, at, labels = [], 0, words()["acts"]
    for start, end, kind in spans:
        if start < at or end <= start:
            continue
        label = labels.get(kind, "left out" if kind == "lost" else kind)
        parts += [
            Markup.escape(text[at:start]),
            Markup('<mark class="{}" title="{}">{}</mark>').format(kind, label, text[start:end]),
        ]
        at = end
    return Markup("").join([*parts, text[at:]])


def _figure(value: float | None, unit: str) -> Markup:
    """A number in its unit, with the exact one beside it for machines."""
    if value is None:
        return Markup("–")
    shown = {
        "percent": lambda v: f"{100 * v:.1f}",
        "points": lambda v: f"{100 * v:+.1f}",
        "ratio": lambda v: f"{v:.2f}",
        "nats": lambda v: f"{v:+.2f}",
        "signed": lambda v: f"{v:+.1f}",
        "count": lambda v: f"{v:.0f}",
        "tenths": lambda v: f"{v:.1f}",
        "p": lambda v: "<0.0001" if v < 0.0001 else f"{v:.4f}",
        "number": lambda v: f"{v:.4g}",
        "thousands": lambda v: f"{v:,.0f}",
    }[unit](value)
    return Markup('<data value="{}">{}</data>').format(value, shown.replace("-", "−"))


def _said(claim: dict[str, Any]) -> str:
    """A claim's sentence without the arm, which stands above it."""
    return str(claim["sentence"]).removeprefix(f"{claim['arm']} ")


def _flat(value: Any, path: str = "") -> list[tuple[str, Any]]:
    """Nested values as rows of a path and a plain value; an estimate stays whole."""
    if isinstance(value, dict) and not {"value", "low", "high"} <= set(value):
        return [row for key, inner in value.items() for row in _flat(inner, f"{path} · {key}" if path else str(key))]
    if isinstance(value, list) and any(isinstance(inner, dict | list) for inner in value):
        return [row for n, inner in enumerate(value, start=1) for row in _flat(inner, f"{path} {n}")]
    return [(path, value)]


def _link(item: str) -> str:
    """The address of a conversation within the page."""
    from urllib.parse import quote

    return "#item-" + quote(item, safe="")


def _numbering() -> Callable[[str, str], str]:
    """Names like `Table 2`, counted in the order of their first mention."""
    known: dict[str, list[str]] = {}

    def number(kind: str, name: str) -> str:
        names = known.setdefault(kind, [])
        if name not in names:
            names.append(name)
        return f"{kind} {names.index(name) + 1}"

    return number


def _data(value: Any) -> Markup:
    """JSON for a data block: only `<` could end it early."""
    return Markup(json.dumps(value, ensure_ascii=False).replace("<", "\\u003c"))


def _part(name: str) -> str:
    return resources.files("bedside").joinpath("evaluate/templates", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
