"""What other libraries read: `python peers.py TOOL < texts.json`, run by `fact_peers.py` with a Python that has them.

Reads a JSON list from standard input, prints `{"seconds": [...], "readings": [...]}`: for each item the time that it
took and what was read. For quantities an item is a text and a reading a list of (low, high, unit as the tool names it);
for negation an item is (text, target, language) and a reading true, false or null.
Knows nothing of bedside, which need not be installed beside them.
"""

from __future__ import annotations

import json
import re
import sys
import time
import warnings
from collections.abc import Callable
from importlib import import_module
from typing import Any

PASSES = 3
Reading = tuple[float, float, str]
PLAIN_AMOUNT = re.compile(r"(\d+(?:,\d{3})*(?:\.\d+)?)\s?([A-Za-zµμ°%]+(?:/[A-Za-zµμ]+)*)")
TIMEX = re.compile(r"P(T?)([\d.]+)([YMWDHS])")
TIMEX_NAMES = {"Y": "year", "M": "month", "W": "week", "D": "day", "TH": "hour", "TM": "minute", "TS": "second"}


def main() -> None:
    """Read with the tool that the first argument names."""
    warnings.filterwarnings("ignore")
    print(json.dumps(timed(TOOLS[sys.argv[1]](), json.load(sys.stdin))))


def timed(read: Callable[[Any], Any], items: list[Any]) -> dict[str, Any]:
    """What is read of each item, and the seconds that each takes, the best of `PASSES` after a first one."""
    readings, best = [read(item) for item in items], [float("inf")] * len(items)
    for _ in range(PASSES):
        for place, item in enumerate(items):
            begun = time.perf_counter()
            read(item)
            best[place] = min(best[place], time.perf_counter() - begun)
    return {"seconds": best, "readings": readings}


def quantulum() -> Callable[[str], list[Reading]]:
    """quantulum3 without its optional classifier; a range is what it tells as a mean and an uncertainty."""
    parse = import_module("quantulum3.parser").parse

    def read(text: str) -> list[Reading]:
        found = []
        for one in parse(text):
            about, name = one.uncertainty or 0, one.unit.name
            found.append((one.value - about, one.value + about, "" if name == "dimensionless" else name))
        return found

    return read


def pint() -> Callable[[str], list[Reading]]:
    """pint reads units, not texts: it is given each number with the letters that follow."""
    registry = import_module("pint").UnitRegistry()

    def read(text: str) -> list[Reading]:
        found = []
        for amount in PLAIN_AMOUNT.finditer(text):
            try:
                unit = str(registry.Unit(amount[2])).replace(" ", "")
            except Exception:  # noqa: BLE001 - pint raises of many kinds on letters that are no unit
                unit = ""
            value = float(amount[1].replace(",", ""))
            found.append((value, value, unit))
        return found

    return read


def recognizers() -> Callable[[str], list[Reading]]:
    """Microsoft's recognizers of dimensions, ages, temperatures and times, English or Chinese by the text's letters."""
    units = import_module("recognizers_number_with_unit").NumberWithUnitRecognizer
    times = import_module("recognizers_date_time").DateTimeRecognizer
    models: dict[str, tuple[list[Any], Any]] = {}
    for culture in ("en-us", "zh-cn"):
        recognizer = units(culture)
        kinds = [recognizer.get_dimension_model(), recognizer.get_age_model(), recognizer.get_temperature_model()]
        models[culture] = (kinds, times(culture).get_datetime_model())

    def read(text: str) -> list[Reading]:
        amounts, spans = models["zh-cn" if re.search("[\u3400-\u9fff]", text) else "en-us"]
        found, ages = [], []
        for model in amounts:
            for one in model.parse(text):
                if one.resolution and one.resolution.get("value"):
                    value = float(one.resolution["value"])
                    found.append((value, value, str(one.resolution["unit"]).lower()))
                    ages.append((one.start, one.end))
        for one in spans.parse(text):
            kind = one.type_name.rpartition(".")[2]
            inside = any(start <= one.end and one.start <= end for start, end in ages)
            if kind in ("duration", "set") and not inside:
                found += [r for v in (one.resolution or {}).get("values", []) if (r := _timex(v["timex"], kind))][:1]
        return found

    return read


def _timex(timex: str, kind: str) -> Reading | None:
    """A TIMEX duration, or what it is a day if it repeats."""
    match = TIMEX.fullmatch(timex)
    if match is None:
        return None
    count, name = float(match[2]), TIMEX_NAMES.get(match[1] + match[3], "")
    if kind == "duration":
        return count, count, name
    if name in ("hour", "minute"):
        a_day = (24 if name == "hour" else 1440) / count
        return a_day, a_day, "/day"
    return 1 / count, 1 / count, f"/{name}"


def negex() -> Callable[[list[str]], bool | None]:
    """negspacy with its clinical English terms on spaCy's blank pipeline and sentence marks."""
    spacy, terms = import_module("spacy"), import_module("negspacy.termsets").termset("en_clinical").get_patterns()
    import_module("negspacy.negation")
    return _marked(spacy, "negex", {"neg_termset": terms}, lambda entity: bool(entity._.negex))


def context() -> Callable[[list[str]], bool | None]:
    """medspaCy's ConText with the rules that it ships, on spaCy's blank pipeline and sentence marks."""
    import_module("medspacy")
    return _marked(import_module("spacy"), "medspacy_context", {}, lambda entity: bool(entity._.is_negated))


def _marked(
    spacy: Any, pipe: str, config: dict[str, Any], denied: Callable[[Any], bool]
) -> Callable[[list[str]], bool | None]:
    """The target is set as the one entity, as a matcher would."""
    pipelines = {}
    for language in ("en", "zh"):
        pipelines[language] = spacy.blank(language)
        pipelines[language].add_pipe("sentencizer")
        pipelines[language].add_pipe(pipe, config=config)

    def read(item: list[str]) -> bool | None:
        text, target, language = item
        nlp, start = pipelines[language], text.index(target)
        doc = nlp.make_doc(text)
        span = doc.char_span(start, start + len(target), label="TARGET", alignment_mode="expand")
        doc.ents = [span]
        for _, component in nlp.pipeline:
            doc = component(doc)
        return denied(doc.ents[0])

    return read


TOOLS: dict[str, Callable[[], Callable[[Any], Any]]] = {
    "quantulum3": quantulum,
    "pint": pint,
    "recognizers-text": recognizers,
    "negspacy": negex,
    "medspacy": context,
}

if __name__ == "__main__":
    main()
