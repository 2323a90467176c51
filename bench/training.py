"""Training measured: bedside against a plain TRL script with the same settings, and what bedside's defaults gain.

    python bench/training.py --rounds 3

Each run is a process of its own; the two sides take turns. Tokens are those of the examples, without padding, so they
are the same on both sides; a second is a second of processor time in `Trainer.train`, together with the reference
pass before it where there is one. The whole run is all after the imports: reading, checking, loading, training, saving.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bedside.core.config import ClinicConfig, CorpusConfig, MethodConfig, PairsConfig, RewriteConfig

METHODS = ("sft", "dpo", "kto", "orpo", "simpo")
FILES = {"sft": "sft.jsonl", "kto": "labels.jsonl"}
LIMITS = {"sft": 96, "dpo": 48, "kto": 64, "orpo": 48, "simpo": 48}
BATCH = 8
HERE = Path(__file__).resolve().parent


def make_pairs(folder: Path) -> Path:
    """Examples of the embedded clinic."""
    from bedside import clinic, corpus, pairs, rewrite

    clinic.build(ClinicConfig(train=240, test=8), 0, folder / "clinic")
    sources = (f"jsonl:{folder / 'clinic' / 'dialogues.jsonl'}",)
    corpus.build(CorpusConfig(sources=sources, test_share=0.0), 0, folder / "corpus")
    rewrite.build(RewriteConfig(unsafe_sources=True), 0, folder / "corpus", folder / "rewrite")
    pairs.build(PairsConfig(), 0, folder / "rewrite", folder / "pairs")
    return folder / "pairs"


def plain_options(epochs: float, **more: Any) -> dict[str, Any]:
    """TRL's settings that equal bedside's on a CPU."""
    return {
        "num_train_epochs": epochs, "learning_rate": 1e-3, "per_device_train_batch_size": BATCH, "max_length": 512,
        "seed": 0, "data_seed": 0, "lr_scheduler_type": "cosine", "warmup_steps": 0.05, "logging_steps": 5,
        "logging_first_step": True, "save_strategy": "no", "report_to": "none", "use_cpu": True, "bf16": False,
        "disable_tqdm": True, "dataloader_pin_memory": False, "gradient_checkpointing": False,
    } | more  # fmt: skip


class Bench:
    """Runs jobs in processes and keeps what each printed."""

    def __init__(self, pairs: Path, base: str, scratch: Path) -> None:
        self._pairs, self._base, self._scratch = pairs, base, scratch
        self._count = 0

    def one(self, side: str, method: str, cache: str, epochs: float = 1.0, **options: Any) -> dict[str, float]:
        """The figures of one run. `cache` names a folder of reference log-probabilities."""
        self._count += 1
        out = self._scratch / f"{self._count}-{side}-{method}"
        packing = options.pop("packing", None)
        config = MethodConfig(
            method=method,  # type: ignore[arg-type]
            epochs=epochs,
            learning_rate=1e-3,
            batch_size=options.pop("batch", BATCH),
            limit=LIMITS[method],
            packing=packing,
            reference_cache=str(self._scratch / cache),
            options=options if side == "bedside" else {},
        )
        job = {
            "side": side, "method": method, "base": self._base, "out": str(out), "limit": LIMITS[method],
            "data": str(self._pairs / FILES.get(method, "preferences.jsonl")), "config": config.model_dump(mode="json"),
            "options": plain_options(epochs, **options),
        }  # fmt: skip
        path = self._scratch / "job.json"
        path.write_text(json.dumps(job), encoding="utf-8")
        environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": f"{HERE.parent / 'src'}:{HERE}"}
        command = [sys.executable, "-m", "training_parts.one", str(path)]
        ran = subprocess.run(command, cwd=HERE, env=environment, capture_output=True, text=True, check=False)
        if ran.returncode:
            raise SystemExit(ran.stderr)
        shutil.rmtree(out, ignore_errors=True)
        found: dict[str, float] = json.loads(ran.stdout.strip().splitlines()[-1])
        found["work"] = found["train cpu_s"] + found.get("_precompute_ref_logps cpu_s", 0.0)
        return found


def tokens(pairs: Path, base: str, method: str) -> int:
    """Tokens that one epoch reads, without padding."""
    from bedside.train import dpo, kto, orpo, sft, simpo
    from bedside.train.load import start_tokenizer
    from bedside.train.run import Run

    modules: dict[str, Any] = {"sft": sft, "dpo": dpo, "kto": kto, "orpo": orpo, "simpo": simpo}
    data = pairs / FILES.get(method, "preferences.jsonl")
    config = MethodConfig(method=method, limit=LIMITS[method])  # type: ignore[arg-type]
    run = Run(config, 0, data, base, None, Path("x"))
    return sum(modules[method].examples(run, start_tokenizer(run)).lengths)


def least(runs: list[dict[str, float]], name: str) -> float:
    return min(run[name] for run in runs)


def same_settings(bench: Bench, methods: list[str], rounds: int, read: dict[str, int]) -> None:
    """The table of bedside and plain TRL with the same settings."""
    say("| method | tokens/s, TRL | tokens/s, bedside | ratio | whole run, ratio | peak MB, TRL | peak MB, bedside |")
    say("|---|---|---|---|---|---|---|")
    for method in methods:
        reference = {"precompute_ref_log_probs": True} if method in ("dpo", "kto") else {}
        theirs: list[dict[str, float]] = []
        ours: list[dict[str, float]] = []
        for number in range(rounds):
            order = ("trl", "bedside") if number % 2 == 0 else ("bedside", "trl")
            for side in order:
                # A cache of its own for each round: the reference pass is made on both sides.
                found = bench.one(side, method, f"cache-{number}", **reference)
                (theirs if side == "trl" else ours).append(found)
        speeds = [read[method] / least(runs, "work") for runs in (theirs, ours)]
        whole = least(theirs, "cpu_s") / least(ours, "cpu_s")
        peaks = [least(runs, "peak_mb") for runs in (theirs, ours)]
        say(
            f"| {method} | {speeds[0]:,.0f} | {speeds[1]:,.0f} | {speeds[1] / speeds[0]:.3f} | {whole:.3f} "
            f"| {peaks[0]:,.0f} | {peaks[1]:,.0f} |"
        )


def gains(bench: Bench, methods: list[str], read: dict[str, int]) -> None:
    """What one choice gains, each against TRL's default for it and all else alike."""
    say("\n| choice | tokens/s without | with | gain |\n|---|---|---|---|")

    def row(name: str, method: str, before: dict[str, float], after: dict[str, float], epochs: float = 1.0) -> None:
        slow, fast = (epochs * read[method] / run["work"] for run in (before, after))
        say(f"| {name} | {slow:,.0f} | {fast:,.0f} | {fast / slow:.2f} |")

    if "sft" in methods:
        plain = bench.one("trl", "sft", "none")
        row(
            "sft: no recomputing of activations on a CPU",
            "sft",
            bench.one("trl", "sft", "none", gradient_checkpointing=True),
            plain,
        )
        row(
            "sft: packing (rows of 512, batch 2)",
            "sft",
            plain,
            bench.one("bedside", "sft", "none", packing=True, batch=2),
        )
    for method in ("dpo", "kto"):
        if method in methods:
            on_the_way = bench.one("trl", method, "none", epochs=2.0)
            bench_first = bench.one("bedside", method, "kept", epochs=2.0)
            row(f"{method}: reference computed once, 2 epochs", method, on_the_way, bench_first, 2.0)
            row(
                f"{method}: reference of an earlier run, 2 epochs",
                method,
                on_the_way,
                bench.one("bedside", method, "kept", epochs=2.0),
                2.0,
            )


def say(text: str) -> None:
    print(text, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--pairs", type=Path, help="a pairs folder; made from the embedded clinic where not given")
    parser.add_argument("--model", default="clinic")
    options = parser.parse_args()
    from bedside.llm import local_path

    methods, base = options.methods.split(","), local_path(options.model)
    with tempfile.TemporaryDirectory() as folder:
        pairs = options.pairs or make_pairs(Path(folder))
        read = {method: tokens(pairs, base, method) for method in methods}
        bench = Bench(pairs, base, Path(folder))
        same_settings(bench, methods, options.rounds, read)
        gains(bench, methods, read)


if __name__ == "__main__":
    main()
