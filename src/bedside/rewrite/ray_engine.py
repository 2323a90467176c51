"""`--engine ray`: the same rewriter over Ray Data, in blocks of rows, on the workers of one cluster.

A worker does a block with the engine of one machine and keeps what it did in the block's part (`parts`); the driver
hands blocks out and watches. Needs the extra `bedside[ray]`, bedside on every machine, and a run's folder that all of
them see. Nothing is reported to anybody: Ray's usage statistics are off, there is no dashboard, and a cluster that is
started here listens on loopback alone.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec

from bedside.core.config import RewriteConfig
from bedside.core.errors import EndpointError, Stop, UserMistake
from bedside.core.progress import Advance
from bedside.llm import endpoints_of, parse_model
from bedside.rewrite.engine import Todo
from bedside.rewrite.parts import Block, BlockWorker, Done, blocks

__all__ = ["ALONE", "QUIET", "do_blocks"]

QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_DATA_DISABLE_PROGRESS_BARS": "1",
    "RAY_DEDUP_LOGS": "0",
    "RAY_BACKEND_LOG_LEVEL": "fatal",
    # Ray will look for accelerators by itself where a model needs one; a CPU worker keeps the machine's settings.
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}
# A cluster of this machine alone: Ray then takes 127.0.0.1 for its address, as it does on macOS and Windows.
ALONE = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
LOOPBACK = "127.0.0.1"


class _Worker:
    """What Ray makes on a worker: bytes in, bytes out.

    Ray calls it from whichever thread it likes; the event loop and the files belong to one thread of its own.
    """

    def __init__(self, settings: dict[str, Any], seed: int, ledger_path: str, rewriters: tuple[str, ...]) -> None:
        self._thread = ThreadPoolExecutor(1)
        made = (RewriteConfig.model_validate(settings), seed, Path(ledger_path), rewriters)
        self._worker = self._thread.submit(BlockWorker, *made).result()

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        block = msgspec.msgpack.decode(row["block"], type=Block)
        return {"done": msgspec.msgpack.encode(self._thread.submit(self._worker.do, block).result())}


def do_blocks(config: RewriteConfig, seed: int, ledger_path: Path, todo: Iterator[Todo], advance: Advance) -> None:
    """Do all rows, each into the part of its block; the caller gathers the parts.

    Raises:
        UserMistake: Ray is not installed, or the cluster has nothing to do it with.
        EndpointError, Stop: it was ended early.
    """
    ray = _ray(config.ray_address)
    phrasebook = config.model == "phrasebook"
    rewriters = () if phrasebook else endpoints_of(config.model)
    items = [{"block": msgspec.msgpack.encode(block)} for block in blocks(todo, config.ray_block)]
    started = _start(ray, config.ray_address)
    _quiet(ray)
    try:
        on_gpu = not phrasebook and parse_model(rewriters[0]).kind == "local" and _resource(ray, "GPU") >= 1
        count = config.ray_workers or _default_workers(ray, len(rewriters), on_gpu)
        settings = (config.model_dump(mode="json"), seed, str(ledger_path.resolve()), rewriters)
        data = ray.data.from_items(items, override_num_blocks=len(items)).map(
            _Worker, fn_constructor_args=settings, compute=ray.data.ActorPoolStrategy(size=min(count, len(items))),
            num_cpus=1, num_gpus=1 if on_gpu else 0,
        )  # fmt: skip
        for row in data.iter_rows():
            _told(msgspec.msgpack.decode(row["done"], type=Done), advance)
    finally:
        if started:
            ray.shutdown()


def _ray(address: str | None) -> Any:
    for name, value in (QUIET if address else QUIET | ALONE).items():
        os.environ.setdefault(name, value)
    try:
        import ray
        import ray.data
    except ImportError:
        raise UserMistake(
            "--engine ray needs Ray, which is not installed",
            remedy="Install it on every machine: pip install 'bedside[ray]'; or leave --engine away.",
        ) from None
    return ray


def _start(ray: Any, address: str | None) -> bool:
    """Join the cluster, or start one on this machine; whether it is ours to end."""
    if ray.is_initialized():
        return False
    alone = {} if address else {"include_dashboard": False, "_node_ip_address": LOOPBACK}
    ray.init(address=address or "local", log_to_driver=False, logging_level="ERROR", configure_logging=False, **alone)
    return True


def _quiet(ray: Any) -> None:
    """bedside's own bar tells how far it is; blocks are taken as they come."""
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.execution_options.preserve_order = False
    for name in ("ray", "ray.data"):
        logging.getLogger(name).setLevel(logging.ERROR)


def _resource(ray: Any, name: str) -> float:
    return float(ray.cluster_resources().get(name, 0))


def _default_workers(ray: Any, endpoints: int, on_gpu: bool) -> int:
    """One a GPU; else two an endpoint, so that one is at work while the other ends a block; never more than fit."""
    if on_gpu:
        return int(_resource(ray, "GPU"))
    most = max(1, int(_resource(ray, "CPU")))
    return min(2 * endpoints or most, most)


def _told(done: Done, advance: Advance) -> None:
    if done.stop:
        raise Stop(done.stop, interrupted=True) if done.interrupted else EndpointError(done.stop)
    parts = [f"{n:,} {what}" for n, what in ((done.rejected, "rejected"), (done.failed, "failed")) if n]
    advance(done.rows, ", ".join([f"block {done.number}", *parts, f"{done.tokens:,} tokens"]))
