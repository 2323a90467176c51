"""One measured run: `python -m training_parts.one JOB.json`; prints its figures as the last line, as JSON."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import transformers
import trl


def timed(kind: Any, name: str, found: dict[str, float]) -> None:
    """Add up the processor and wall time that a method of a class takes."""
    original: Callable[..., Any] = getattr(kind, name)

    def measured(*args: Any, **kwargs: Any) -> Any:
        cpu, wall = time.process_time(), time.perf_counter()
        try:
            return original(*args, **kwargs)
        finally:
            found[f"{name} cpu_s"] = found.get(f"{name} cpu_s", 0.0) + time.process_time() - cpu
            found[f"{name} wall_s"] = found.get(f"{name} wall_s", 0.0) + time.perf_counter() - wall

    setattr(kind, name, measured)


def main() -> None:
    job = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    # Both sides import everything before the clock starts.
    from bedside.core.config import MethodConfig
    from bedside.train import build, dpo, kto, orpo, preflight, run, sft, simpo
    from training_parts import plain

    assert all((dpo, kto, orpo, preflight, sft, simpo))
    run.quiet()
    found: dict[str, float] = {}
    timed(transformers.Trainer, "train", found)
    for kind in (trl.DPOTrainer, trl.KTOTrainer):
        timed(kind, "_precompute_ref_logps", found)
    cpu, wall = time.process_time(), time.perf_counter()
    data, out, base = Path(job["data"]), Path(job["out"]), job["base"]
    if job["side"] == "bedside":
        build(MethodConfig.model_validate(job["config"]), 0, data, (f"local:{base}", None), out)
    else:
        plain.run(job["method"], data, base, out, job["options"], job["limit"])
    found |= {"cpu_s": time.process_time() - cpu, "wall_s": time.perf_counter() - wall}
    found["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write("\n" + json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
