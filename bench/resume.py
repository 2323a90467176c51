"""How long a finished run of 250,000 rows takes to be gone through again, and how much memory.

`python bench/resume.py` writes the files that such a run leaves (dialogues of the length of real consultations, a
reply and a finished row for each), then times `bedside rewrite` on them twice: without `rewrites.jsonl` and manifest,
as after a crash before the last write; and complete. The endpoint that is named does not exist: one request would
fail.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bedside.core.config import RewriteConfig
from bedside.core.files import write_rows
from bedside.core.records import Dialogue, LedgerEntry, Message, Usage
from bedside.llm import ChatReply, ChatRequest, Ledger
from bedside.rewrite.gates import Verdict
from bedside.rewrite.journal import Journal, RowKeys
from bedside.rewrite.order import Order, Orders
from bedside.rewrite.recipes import prompt, schema_of
from bedside.rewrite.work import Attempted

MODEL = "http://127.0.0.1:9/v1#nowhere"
# Mean lengths in the public sets: about 90 words of the patient and 120 of the doctor.
PATIENT_WORDS, DOCTOR_WORDS, FACTS = 90, 120, 8
WORDS = (
    "I have had pain in my back for two weeks and the tablets help little what should be done about it now doctor "
    "please take rest drink water come again if fever or cough gets worse an X-ray may show more than we can see"
)
SECONDS, GIGABYTES = 20.0, 1.5


def main() -> None:
    """Make the files, go through them, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=250_000)
    parser.add_argument("--folder", type=Path, help="where to work (several GB); a temporary folder by default")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        folder = Path(name)
        write_rows(folder / "dialogues.jsonl", (dialogue(number) for number in range(arguments.rows)))
        finished(folder)
        size = (folder / "out" / "requests.sqlite").stat().st_size / 1e9
        print(f"{arguments.rows:,} rows, requests.sqlite {size:.2f} GB")
        go_through(folder, "finished rows, no manifest")
        go_through(folder, "complete")


def dialogue(number: int) -> Dialogue:
    """A consultation of common words; the number makes it its own."""
    rng, words = random.Random(number), WORDS.split()
    patient = " ".join(rng.choices(words, k=PATIENT_WORDS))
    doctor = " ".join(rng.choices(words, k=DOCTOR_WORDS))
    return Dialogue(f"d{number}", "made here", "en", (Message("patient", patient), Message("doctor", doctor)))


def finished(folder: Path) -> None:
    """The ledger and the journal of a run whose every row was accepted at the first try."""
    (folder / "out").mkdir()
    config = RewriteConfig(model=MODEL)
    ledger, keys = Ledger(folder / "out" / "requests.sqlite"), RowKeys(config, 0)
    journal = Journal(ledger.database)
    ledger.database.execute("BEGIN")
    for order in Orders(folder / "dialogues.jsonl", config, 0):
        request = ChatRequest(
            prompt(order.dialogue, order.planned, order.recipe),
            config.temperature,
            config.max_output_tokens,
            schema_of(order.recipe),
        )
        ledger.put(
            "nowhere", request, ChatReply(" ".join(m.content for m in order.dialogue.messages), "stop", 2500, 400)
        )
        journal.put(keys.of(order), outcome(order))
    ledger.database.execute("COMMIT")
    ledger.close()


def outcome(order: Order) -> Attempted:
    """An accepted row, with a sentence more on each side and some facts."""
    messages = tuple(Message(m.role, f"{m.content} It has been on my mind all day.") for m in order.dialogue.messages)
    fact = LedgerEntry("dose", "doctor", "400 mg", "dose:400 mg", "kept", "critical")
    return Attempted(messages, Verdict((), (fact,) * FACTS), 1, Usage(1, 2500, 400), model=MODEL)


def go_through(folder: Path, what: str) -> None:
    """Time `bedside rewrite`: wall and processor seconds, peak memory."""
    command = [
        sys.executable, "-m", "bedside.cli", "rewrite", str(folder / "dialogues.jsonl"),
        "--model", MODEL, "-o", str(folder / "out"),
    ]  # fmt: skip
    begun = time.perf_counter()
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    assert process.stderr is not None
    told = process.stderr.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds, cpu_s = time.perf_counter() - begun, usage.ru_utime + usage.ru_stime
    memory_gb = usage.ru_maxrss / (1e9 if sys.platform == "darwin" else 1e6)
    print(
        f"{what}: {seconds:.1f} s wall, {cpu_s:.1f} s processor (bar {SECONDS:g}), {memory_gb:.2f} GB (bar {GIGABYTES})"
    )
    assert process.returncode == 0, told
    assert memory_gb <= GIGABYTES


if __name__ == "__main__":
    main()
