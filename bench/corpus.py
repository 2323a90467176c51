"""How fast the corpus stage is and what its de-duplication finds: `python bench/corpus.py [--count 250000]`. Linux.

New dialogues recombine the sentences of real ones (`--data`, by default ../shared/data) at the lengths of real ones, so
that no two are alike. A tenth of the rows are planted: an earlier dialogue with 2-6 % of its words (in Chinese
characters) changed, and at random its case and marks, and a greeting or sign-off. All is seeded.

Prints seconds, memory (resident, summed over the process tree; pages that processes share count once in each), and what
was found and wrongly removed: by the whole stage, by its de-duplication alone, and, with `--peer-python` (a Python that
has text-dedup; bedside's own environment does not), by text-dedup's MinHash with its usual settings on the same texts.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from bedside.core.config import CorpusConfig
from bedside.core.records import Dialogue, Language
from bedside.core.text import is_chinese, join_sentences, sentences
from bedside.corpus.clean import clean
from bedside.corpus.raw import Raw
from bedside.corpus.sources import Source, read

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
SOURCES = (
    ("icliniq", "icliniq/icliniqQAs.json"),
    ("icliniq", "icliniq/ehealthforumQAs.json"),
    ("icliniq", "icliniq/questionDoctorQAs.json"),
    ("covid-dialogue", "covid_dialogue/COVID-Dialogue-Dataset-English.txt"),
    ("covid-dialogue", "covid_dialogue/COVID-Dialogue-Dataset-Chinese.txt"),
    ("toyhom", "toyhom_zh/toyhom_internal_medicine_sample.csv"),
    ("cmtmedqa", "cmtmedqa_zh/CMtMedQA_test.json"),
    ("meddialog", "meddialog_sample/en_medical_dialog.json"),
)
PLANTED = 0.10
COPIES = ("duplicate", "near_duplicate")
GREETINGS: dict[Language, tuple[str, ...]] = {
    "en": ("Hello doctor, ", "Hi, ", "Good evening. ", "Dear sir or madam, "),
    "zh": ("医生您好，", "你好，", "大夫，请问一下，", "您好！"),
}
FAREWELLS: dict[Language, tuple[str, ...]] = {
    "en": (" Thank you.", " Take care.", " I hope this helps.", " Regards."),
    "zh": ("谢谢。", "祝您健康。", "希望能帮到您。", "祝早日康复！"),
}
MARKS = {"en": str.maketrans(".,", "!;"), "zh": str.maketrans("，。", ",.")}
# Long sentences are taken apart, or two dialogues that share one would be alike.
PIECES = {
    "en": re.compile(r".{70,}?\s+|.+", re.DOTALL),
    "zh": re.compile(r".{20,35}?[，、；：,]|.{35}|.+", re.DOTALL),
}
LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Real(NamedTuple):
    """The sentences of a real dialogue's two sides, as they stood in the source."""

    patient: list[str]
    doctor: list[str]


class Made(NamedTuple):
    """A row of the file; `truth` is the place of the row that it is a copy of, -1 for a new one."""

    patient: str
    doctor: str
    language: Language
    truth: int


class Measured(NamedTuple):
    """A command's wall time, the highest resident memory of its process tree, and what it printed."""

    seconds: float
    gib: float
    printed: str


class Found(NamedTuple):
    """Places removed as copies, and places that were turned down for another reason."""

    copies: set[int]
    others: set[int]


def main() -> None:
    """Make the rows, run the stage and the de-duplications, print."""
    options = _options()
    if options.alone:
        _alone(options.alone)
        return
    rows = list(made(real(options.data), options.count, random.Random(options.seed)))
    with tempfile.TemporaryDirectory(prefix="bedside-bench-") as folder:
        path = write(rows, Path(folder))
        for language in ("en", "zh"):
            lengths = [(len(r.patient), len(r.doctor)) for r in rows if r.language == language]
            means = [sum(side) / max(1, len(lengths)) for side in zip(*lengths, strict=True)] or [0.0, 0.0]
            print(f"{language}: {len(lengths):,} rows; mean characters: patient {means[0]:.0f}, doctor {means[1]:.0f}")
        stage(rows, path)
        alone(rows, path)
        peer(rows, path, options.peer_python)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=250_000, help="rows, planted ones included")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--data", type=Path, default=SHARED, help="folder of the real data")
    parser.add_argument("--peer-python", help="a Python that has text-dedup")
    parser.add_argument("--alone", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def real(data: Path) -> list[list[Real]]:
    """The usable dialogues of each source and language, uncleaned."""
    groups = []
    for name, place in SOURCES:
        rows = [r for r in read(Source(name, str(data / place)), {}) if isinstance(r, Raw)]
        usable = [r for r in rows if isinstance(clean(r, CorpusConfig()), Dialogue)]
        groups.append([Real(_said(r, "patient"), _said(r, "doctor")) for r in usable])
        print(f"{place}: {len(usable):,} usable of {len(rows):,}")
    return [group for group in groups if group]


def _said(row: Raw, role: str) -> list[str]:
    """What one side said, in pieces; without links, which end the real texts and would cut off what follows."""
    said = [part for m in row.messages if m.role == role for part in sentences(m.content.strip())]
    pieces = PIECES["zh" if is_chinese("".join(said)) else "en"]
    return [piece for part in said if "-->" not in part for piece in pieces.findall(part)]


def made(groups: list[list[Real]], count: int, rng: random.Random) -> Iterator[Made]:
    """Rows in order; a planted one stands after the row that it is a copy of."""
    weights = [len(group) for group in groups]
    planted = set(rng.sample(range(1, count), round(count * PLANTED)))
    new: list[tuple[int, Made]] = []
    seen: set[int] = set()
    for place in range(count):
        if place in planted:
            original, row = rng.choice(new)
            yield _perturbed(row, original, rng)
            continue
        row = _recombined(rng.choices(groups, weights)[0], rng)
        while hash((row.patient, row.doctor)) in seen:
            row = _recombined(rng.choices(groups, weights)[0], rng)
        seen.add(hash((row.patient, row.doctor)))
        new.append((place, row))
        yield row


def _recombined(group: list[Real], rng: random.Random) -> Made:
    """A new dialogue: the lengths of one real dialogue, the sentences of several others of the same source."""
    model = rng.choice(group)
    patients = [real.patient for real in rng.choices(group, k=rng.randint(2, 3))]
    doctors = [real.doctor for real in rng.choices(group, k=rng.randint(2, 4))]
    patient = _mixed(patients, sum(map(len, model.patient)), rng)
    doctor = _mixed(doctors, sum(map(len, model.doctor)), rng)
    return Made(patient, doctor, "zh" if is_chinese(patient + doctor) else "en", -1)


def _mixed(donors: list[list[str]], length: int, rng: random.Random) -> str:
    """Sentences of all donors in turn until the text is as long as asked; at least one of each of the first two."""
    queues = [rng.sample(donor, len(donor)) for donor in donors]
    chosen: list[str] = []
    while any(queues):
        for queue in queues:
            if queue and (len(chosen) < 2 or sum(map(len, chosen)) < length):
                chosen.append(queue.pop())
        if len(chosen) >= 2 and sum(map(len, chosen)) >= length:
            break
    return join_sentences(chosen)


def _perturbed(row: Made, original: int, rng: random.Random) -> Made:
    """A near-duplicate: words or characters changed; case, marks, greeting and sign-off changed at random."""
    share = rng.uniform(0.02, 0.06)
    sides = [_worn(text, row.language, share, rng) for text in (row.patient, row.doctor)]
    if rng.random() < 0.3:
        sides = [text.lower() for text in sides]
    if rng.random() < 0.3:
        sides = [text.translate(MARKS[row.language]) for text in sides]
    if rng.random() < 0.4:
        side = rng.randrange(2)
        sides[side] = rng.choice(GREETINGS[row.language]) + sides[side]
    if rng.random() < 0.4:
        side = rng.randrange(2)
        sides[side] += rng.choice(FAREWELLS[row.language])
    return Made(sides[0], sides[1], row.language, original)


def _worn(text: str, language: Language, share: float, rng: random.Random) -> str:
    """The share of the words (Chinese: characters) with a typo, gone, or in the place of the next; at least one."""
    units = text.split(" ") if language == "en" else list(text)
    for place in rng.sample(range(len(units)), max(1, round(share * len(units)))):
        change = rng.choice(("typo", "delete", "swap"))
        if change == "typo":
            units[place] = _typo(units[place], rng) if language == "en" else rng.choice(text)
        elif change == "delete":
            units[place] = ""
        elif place + 1 < len(units):
            units[place], units[place + 1] = units[place + 1], units[place]
    return " ".join(u for u in units if u) if language == "en" else "".join(units)


def _typo(word: str, rng: random.Random) -> str:
    place = rng.randrange(len(word) or 1)
    return word[:place] + rng.choice(LETTERS) + word[place + 1 :]


def write(rows: list[Made], folder: Path) -> Path:
    """`rows.jsonl` for the stage, `truth.jsonl` and `texts.jsonl` for the de-duplications beside it."""
    names = ("rows", "texts", "truth")
    files = [(folder / f"{name}.jsonl").open("w", encoding="utf-8") for name in names]
    for place, row in enumerate(rows):
        values: tuple[dict[str, Any], ...] = (
            {"id": f"made-{place}", "patient": row.patient, "doctor": row.doctor},
            {"id": place, "text": f"{row.patient} {row.doctor}"},
            {"id": f"made-{place}", "truth": None if row.truth < 0 else f"made-{row.truth}"},
        )
        for file, value in zip(files, values, strict=True):
            file.write(json.dumps(value, ensure_ascii=False) + "\n")
    for file in files:
        file.close()
    return folder / "rows.jsonl"


def stage(rows: list[Made], path: Path) -> None:
    """The whole stage by its command."""
    out = path.parent / "out"
    command = [sys.executable, "-m", "bedside.cli", "corpus", f"jsonl:{path}", "-o", str(out), "--json"]
    measured = measure(command)
    counts = json.loads(measured.printed)["counts"]
    assert counts["read"] == len(rows) == counts["accepted"] + counts["rejected"]
    found = _rejected(out / "rejected.jsonl")
    tell("bedside corpus, whole stage", measured, rows, found)
    for name, n in counts.items():
        print(f"    {name}: {n:,}")


def _rejected(path: Path) -> Found:
    """Rows by their place in the file: `where` is FILE:LINE."""
    found = Found(set(), set())
    with path.open(encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            place = int(row["where"].rpartition(":")[2]) - 1
            (found.copies if row["reason"] in COPIES else found.others).add(place)
    return found


def alone(rows: list[Made], path: Path) -> None:
    """bedside's de-duplication alone, in a process of its own that reads the texts and prints the places it removes."""
    measured = measure([sys.executable, __file__, "--alone", str(path.with_name("texts.jsonl"))])
    tell("bedside de-duplication alone", measured, rows, Found(set(json.loads(measured.printed)), set()))


def _alone(path: Path) -> None:
    import numpy as np

    from bedside.corpus.duplicates import earlier_copies, signatures

    threshold = CorpusConfig().near_duplicates
    assert threshold is not None
    with path.open(encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    print(json.dumps(np.flatnonzero(earlier_copies(signatures(texts), threshold) >= 0).tolist()))


def peer(rows: list[Made], path: Path, python: str | None) -> None:
    """text-dedup's MinHash with 250 permutations on every processor: as it comes, and at bedside's grain."""
    if python is None:
        print("\ntext-dedup: skipped, no --peer-python")
        return
    threshold = CorpusConfig().near_duplicates
    for words, share in ((5, 0.7), (2, threshold)):
        out = path.parent / f"peer-{words}"
        measured = measure([python, *_peer_command(path, out), "--ngram", str(words), "--threshold", str(share)])
        told = "import datasets, json, sys; print(json.dumps(list(datasets.load_from_disk(sys.argv[1])['id'])))"
        kept = json.loads(subprocess.check_output([python, "-c", told, str(out)], stderr=subprocess.DEVNULL))
        found = Found(set(range(len(rows))) - set(kept), set())
        tell(f"text-dedup MinHash alone, {words} words, threshold {share}", measured, rows, found)


def _peer_command(path: Path, out: Path) -> list[str]:
    """min_length 1: by default it also drops texts of fewer than 5 words, which Chinese without spaces is."""
    texts, cache = str(path.with_name("texts.jsonl")), str(path.parent / "cache")
    command = ["-m", "text_dedup.minhash", "--path", "json", "--data_files", texts, "--split", "train"]
    return [*command, "--column", "text", "--output", str(out), "--cache_dir", cache, "--min_length", "1"]


def tell(name: str, measured: Measured, rows: list[Made], found: Found) -> None:
    """Print what one run took and found, in all and by language."""
    per_s = len(rows) / measured.seconds
    print(f"\n{name}: {measured.seconds:.1f} s, {per_s:,.0f} rows/s, peak {measured.gib:.2f} GiB")
    for language in (None, "en", "zh"):
        groups = _groups(rows, found, language)
        copies = sum(size - 1 for size in groups.values())
        removed = Counter(_original(rows, place) for place in found.copies)
        right = sum(min(removed[group], size - 1) for group, size in groups.items())
        wrong = sum(removed[group] for group in groups) - right
        print(f"  {language or 'all'}: {_of(right, copies)} planted found, {_of(wrong, len(groups))} others removed")


def _groups(rows: list[Made], found: Found, language: Language | None) -> Counter[int]:
    """An original with its copies, by the original's place: how many of them came as far as the de-duplication.

    One of them should be left, whichever: text-dedup does not always keep the first.
    """
    here = [i for i, row in enumerate(rows) if language in (None, row.language) and i not in found.others]
    return Counter(_original(rows, place) for place in here)


def _original(rows: list[Made], place: int) -> int:
    return place if rows[place].truth < 0 else rows[place].truth


def _of(part: int, whole: int) -> str:
    return f"{part:,} of {whole:,} ({part / max(1, whole):.3%})"


def measure(command: list[str]) -> Measured:
    """Run a command to its end.

    Raises:
        SystemExit: it failed; what it said was printed to stderr.
    """
    started, peaks = time.perf_counter(), [0]
    with tempfile.TemporaryFile("w+") as said:
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, text=True)
        watcher = threading.Thread(target=_watch, args=(child, peaks))
        watcher.start()
        printed, _ = child.communicate()
        seconds = time.perf_counter() - started
        watcher.join()
        if child.returncode:
            said.seek(0)
            sys.exit(f"{' '.join(command)} exited {child.returncode}:\n{said.read()[-3000:]}")
    return Measured(seconds, peaks[0] / 2**30, printed)


def _watch(child: subprocess.Popen[str], peaks: list[int]) -> None:
    while child.poll() is None:
        peaks[0] = max(peaks[0], _resident(child.pid))
        time.sleep(0.1)


def _resident(process: int) -> int:
    """Bytes that a process and its descendants hold in memory now; those that end meanwhile hold none."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
        children = [c for path in Path(f"/proc/{process}/task").glob("*/children") for c in path.read_text().split()]
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") + sum(_resident(int(c)) for c in children)


if __name__ == "__main__":
    main()
