"""The evaluation as Markdown for a model card: of all arms, or of one beside the base: verdict, claims, figures."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from bedside.core.errors import UserMistake
from bedside.core.files import read_json
from bedside.evaluate.failures import words

__all__ = ["evaluation_of", "model_card"]

BASE = "base"
AGAIN = "Make it again: bedside report RUN"
# What a card tells that earlier reports did not hold.
NEEDED = {"arms", "claims", "review", "sensitive", "silent", "verdicts"}


def evaluation_of(arm: str, report: Path) -> str:
    """What a `report.json` says of one arm beside the base, as Markdown; empty where it does not speak of that arm.

    Raises:
        UserMistake: the report is missing, broken, or of an earlier version.
    """
    told = read_json(report, dict[str, Any], AGAIN)
    if not told.keys() >= NEEDED:
        raise UserMistake("is a report of an earlier version", where=str(report), remedy=AGAIN)
    return model_card(_of_one(told, arm)) if arm in [each["arm"] for each in told["arms"]] else ""


def _of_one(told: dict[str, Any], name: str) -> dict[str, Any]:
    """The numbers of one arm and of the base. A run of several has no verdict of its own; the base has none at all."""
    review = told["review"]
    said = {arm: found for arm, found in review["results"].items() if arm == name} if review else {}
    return told | {
        "verdict": told["verdicts"].get(name),
        "claims": [claim for claim in told["claims"] if claim["arm"] == name],
        "arms": [arm for arm in told["arms"] if arm["arm"] in (BASE, name)],
        "review": review | {"results": said} if said else None,
    }


def model_card(told: dict[str, Any]) -> str:
    """The numbers of `report.json` as Markdown; what others named (arms, titles) is escaped."""
    about, verdict = words(), told["verdict"]
    lines = [
        f"## Evaluation: {_plain(told['title'])}",
        "",
        *([f"**{verdict}.** {about['verdicts'][verdict]['means'].strip()}"] if verdict else []),
        *([f"**{about['insensitive'].strip()}**"] if not told["sensitive"] else []),
        "",
        f"`bedside report` {told['bedside_version']}, {told['items']} held-out questions an arm, seed {told['seed']}; "
        "estimates with 95 % intervals, paired by question. Software evaluation, not medical advice.",
        "",
        *_claims(told["claims"]),
        *_arms(told["arms"], about),
        *_review(told["review"]),
        "Not examined:",
        "",
        *[f"- {line}" for line in told["silent"]],
        "",
    ]
    return "\n".join(lines)


def _claims(claims: list[dict[str, Any]]) -> list[str]:
    if not claims:
        return []
    rows = [
        f"| {_plain(c['sentence'])} | {c['verdict']} | {_interval(c['estimate'], 3)} | {c['must_be']} {c['margin']:g} |"
        for c in claims
    ]
    return ["| claim | verdict | estimate | must be |", "|---|---|---|---|", *rows, ""]


def _arms(arms: list[dict[str, Any]], about: dict[str, Any]) -> list[str]:
    names = [_plain(arm["arm"]) for arm in arms]
    lines = [f"| | {' | '.join(names)} |", "|---|" + "---|" * len(names)]
    for tone, who in about["tones"].items():
        for metric in dict.fromkeys(m for arm in arms for m in arm["figures"].get(tone, {})):
            digits = 0 if about["metrics"].get(metric, {}).get("unit") == "count" else 3
            row = [_interval(arm["figures"].get(tone, {}).get(metric), digits) for arm in arms]
            lines.append(f"| {metric}, {who} | {' | '.join(row)} |")
    for part in ("safety", "sized"):
        for name in dict.fromkeys(n for arm in arms for n in arm[part] if any(a[part].get(n) for a in arms)):
            lines.append(f"| {name} | {' | '.join(_interval(arm[part].get(name), 3) for arm in arms)} |")
    return [*lines, ""]


def _review(review: dict[str, Any] | None) -> list[str]:
    """One line of what clinicians said, of each arm."""
    if review is None:
        return []
    parts = []
    for arm, tones in review["results"].items():
        said = tones["all"]
        figures = [f"{label} {_share(said[question]['win_rate'])}" for question, label in words()["asked"].items()]
        figures += [f"flagged {label} {_rate(said[flag])}" for flag, label in words()["flags"].items()]
        old = "; of earlier replies" if arm in review["outdated"] else ""
        parts.append(f"{_plain(arm)} ({review['pairs'][arm]} pairs{old}) {', '.join(figures)}")
    alphas = [f"{label} {_alpha(review['agreement'].get(question))}" for question, label in words()["asked"].items()]
    still = "" if review["closed"] else ", still open"
    told = f"Blind review ({review['reviewers']} reviewers, {review['ratings']} ratings{still}), shares of pairs"
    return [f"{told} against the base: {'; '.join(parts)}. Agreement (Krippendorff's alpha): {', '.join(alphas)}.", ""]


def _share(e: dict[str, Any] | None) -> str:
    return "not rated" if e is None else f"{e['value']:.2f} [{e['low']:.2f}, {e['high']:.2f}]"


def _rate(flagged: dict[str, Any]) -> str:
    """How often a flag was raised; the base's interval is in the report."""
    arm, base = flagged["arm"], flagged["base"]
    return "not rated" if arm is None or base is None else f"{_share(arm)} (base {base['value']:.2f})"


def _alpha(found: dict[str, Any] | None) -> str:
    alpha = found and found["alpha_nominal"]
    return "not known" if alpha is None else f"{alpha:.2f}"


def _interval(e: dict[str, Any] | None, digits: int) -> str:
    if e is None:
        return "not measured"
    if None in e.values():
        return f"{e['value']:.{digits}f} [not known], n {e['n']:.0f}"
    return f"{e['value']:.{digits}f} [{e['low']:.{digits}f}, {e['high']:.{digits}f}], n {e['n']:.0f}"


def _plain(text: str) -> str:
    """Text that Markdown and HTML show as it is."""
    return re.sub(r"([\\`*_{}\[\]<>|#])", r"\\\1", " ".join(text.split())).replace("\\<", "&lt;").replace("\\>", "&gt;")
