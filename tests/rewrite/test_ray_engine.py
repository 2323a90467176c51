"""The Ray engine on a cluster of this machine: rows and counts are those of one process; it goes on after a stop."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bedside.core.config import RewriteConfig
from bedside.core.errors import EndpointError, UserMistake
from bedside.core.files import read_rows
from bedside.core.records import Rewrite
from bedside.llm.fake_endpoint import Fault, serving
from bedside.rewrite.ray_engine import ALONE, QUIET, do_blocks
from bedside.rewrite.stage import LEDGER, build
from tests.rewrite.consultations import EXPLICIT, Asked, always, broken, comforting, dialogue, written

ROWS = 9
needs_ray = pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="Ray (bedside[ray]) is not installed")


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    """A cluster on loopback, started once; the engine joins what runs already."""
    os.environ.update(QUIET | ALONE)
    import ray

    # Workers find the package and the tests where this process does.
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path("src").resolve()), str(Path().resolve())])
    ray.init(address="local", num_cpus=2, include_dashboard=False, _node_ip_address="127.0.0.1", log_to_driver=False,
             logging_level="ERROR")  # fmt: skip
    yield
    ray.shutdown()


@needs_ray
def test_a_cluster_of_this_machine_listens_on_loopback_alone(cluster: None) -> None:
    import psutil
    import ray

    assert ray.util.get_node_ip_address() == "127.0.0.1"
    ours = psutil.Process().children(recursive=True)
    listening = [c.laddr.ip for p in ours for c in p.net_connections("inet") if c.status == psutil.CONN_LISTEN]
    assert listening, "the cluster's processes were found"
    assert {address for address in listening if address not in ("127.0.0.1", "::1", "::ffff:127.0.0.1")} == set()


def settings(model: str, **more: Any) -> RewriteConfig:
    quick = {"timeout_s": 60, "concurrency": 2, "workers": 0, "ray_block": 2, "ray_workers": 2}
    return RewriteConfig.model_validate({"model": model, "plan": EXPLICIT} | quick | more)


@needs_ray
@pytest.mark.filterwarnings("ignore")
def test_many_machines_give_what_one_gives(tmp_path: Path, cluster: None) -> None:
    def mixed(body: dict[str, Any]) -> str:
        return broken(body) if "case B" in body["messages"][1]["content"] else comforting(body)

    source = written(tmp_path / "corpus", [dialogue(n) for n in range(ROWS)])
    one, two = always(mixed), always(mixed)
    with serving(one) as first, serving(two) as second:
        model = f"{first}#writer"
        alone = build(settings(model), 1, source, tmp_path / "one")
        asked = len(one.bodies)
        spread = build(settings(f"{model},{second}#writer", engine="ray"), 1, source, tmp_path / "many")
    assert alone.counts == spread.counts
    assert alone.counts["requests"] == asked == len(one.bodies) - asked + len(two.bodies)
    assert min(len(one.bodies) - asked, len(two.bodies)) > 0
    rows = [list(read_rows(tmp_path / name / "rewrites.jsonl", Rewrite)) for name in ("one", "many")]
    strip = [[(r.id, r.status, r.rewritten, r.reasons, r.ledger, r.usage, r.attempts) for r in part] for part in rows]
    assert strip[0] == strip[1] and len(strip[0]) == ROWS


@needs_ray
@pytest.mark.filterwarnings("ignore")
def test_it_goes_on_after_the_endpoint_refused_and_by_either_engine(tmp_path: Path, cluster: None) -> None:
    source = written(tmp_path / "corpus", [dialogue(n) for n in range(ROWS)])
    locked = Asked(lambda body, number: comforting(body) if number <= 3 else Fault(401, "key expired"))
    with serving(locked) as url:
        port = int(url.split(":")[2].split("/")[0])
        with pytest.raises(EndpointError, match=r"key expired[\s\S]*3 of 9 rows are done and kept"):
            build(settings(f"{url}#w", engine="ray", concurrency=1, ray_workers=1), 1, source, tmp_path / "out")
    asked = always(comforting)
    with serving(asked, port) as url:
        manifest = build(settings(f"{url}#w", engine="ray", ray_workers=1, ray_block=4), 1, source, tmp_path / "out")
        again = build(settings(f"{url}#w"), 1, source, tmp_path / "out")
    assert len(asked.bodies) == ROWS - 3
    assert manifest == again and manifest.counts["accepted"] == ROWS
    assert sorted(p.name for p in (tmp_path / "out").iterdir() if LEDGER in p.name) == [LEDGER]


def test_without_ray_the_remedy_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "ray", None)
    with pytest.raises(UserMistake, match="not installed") as caught:
        do_blocks(RewriteConfig(), 1, tmp_path / LEDGER, iter(()), lambda steps, note: None)
    assert "bedside[ray]" in str(caught.value)
