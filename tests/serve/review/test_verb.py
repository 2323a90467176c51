"""`bedside review` as it is typed: links once, mistakes with a remedy, one server a study, an orderly end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from tests.serve.review.studies import evaluate, free_port, need_serving, rewrites

RATING = {"feeling": "A", "medicine": "A", "send": "A"}


def review(*words: object) -> subprocess.CompletedProcess[str]:
    need_serving()
    command = [sys.executable, "-m", "bedside.cli", "review", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, env=os.environ | {"COLUMNS": "120"})


class Running:
    """A review that is being served; the block ends with its end."""

    def __init__(self, *words: object) -> None:
        need_serving()
        command = [sys.executable, "-m", "bedside.cli", "review", *map(str, words), "--port"]
        self.port = str(free_port())
        command.append(self.port)
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def __enter__(self) -> Running:
        assert self.process.stderr
        for line in self.process.stderr:
            if "Serving at" in line:
                return self
        raise AssertionError(self.process.communicate())

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

    def links(self, count: int) -> dict[str, str]:
        assert self.process.stdout
        return dict(self.process.stdout.readline().rstrip("\n").split("\t") for _ in range(count))

    def end(self, number: int) -> tuple[int, str, str]:
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=120)
        return self.process.returncode, out, err


def rate(link: str, place: int) -> None:
    body = json.dumps({"rating": RATING, "done": True}).encode()
    with urlopen(Request(f"{link}/task/{place}", body, {"content-type": "application/json"}, method="PUT")) as reply:
        assert reply.status == 200


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_links_are_printed_once_and_what_was_rated_stays(tmp_path: Path, number: int, code: int) -> None:
    run = evaluate(tmp_path)
    with Running(run, "--reviewers", "anna,ben") as first:
        links = first.links(2)
        assert list(links) == ["anna", "ben"]
        rate(links["anna"], 0)
        ended, out, err = first.end(number)
    assert (ended, out) == (code, "")
    assert "anna 1 of 4, ben 0 of 4" in err
    assert "Traceback" not in err
    assert not [link for link in links.values() if link in err]
    assert json.loads((run / "review" / "summary.json").read_text())["reviewers"]["anna"]["rated"] == 1
    with Running(run) as second:
        token = links["anna"].rsplit("/", 1)[1]
        with urlopen(f"http://127.0.0.1:{second.port}/r/{token}/state") as reply:
            assert json.load(reply)["rated"] == [0]
        assert second.end(signal.SIGTERM)[:2] == (0, ""), "no link is printed again"


def test_two_servers_of_one_study_are_refused_and_export_is_not(tmp_path: Path) -> None:
    run = evaluate(tmp_path)
    with Running(run, "--reviewers", "anna") as first:
        rate(first.links(1)["anna"], 0)
        again = review(run)
        assert again.returncode == 2
        assert "another bedside process is at work here" in again.stderr
        exported = review(run, "--export", tmp_path / "r.csv")
        assert exported.returncode == 0, exported.stderr
        assert "1 ratings" in exported.stderr
        assert "no longer blind" in exported.stderr
        audit = Running(rewrites(run), "--rewrites")
        with audit:
            assert list(audit.links(1)) == ["reviewer"], "an audit of rewrites goes on beside it"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), ("holds no finished evaluation", "bedside evaluate --arm base=")),
        (("--rewrites",), ("holds no rewrites.jsonl", "bedside rewrite")),
    ],
)
def test_a_run_without_the_stage_says_which_and_how(
    tmp_path: Path, words: tuple[str, ...], told: tuple[str, str]
) -> None:
    found = review(tmp_path, *words)
    assert found.returncode == 2
    assert str(tmp_path) in found.stderr
    assert told[0] in found.stderr
    assert told[1] in found.stderr
    assert "Traceback" not in found.stderr
    assert not (tmp_path / "review").exists()


def test_other_mistakes_are_told_with_a_remedy_and_begin_no_study(tmp_path: Path) -> None:
    run = evaluate(tmp_path)
    for words, what, remedy in (
        (("--export", "r.csv"), "there is no review yet", "--reviewers anna,ben"),
        (("--new-link", "zoe"), "there is no review yet", "--reviewers anna,ben"),
        (("--reviewers", "a/b"), "cannot be a reviewer's name", "anna,ben"),
        (("--arm", "warmram"), "unknown arm 'warmram'", "Did you mean 'warmarm'?"),
        (("--host", "256.1.1.1"), "cannot listen at 256.1.1.1", "--port 0"),
    ):
        found = review(run, *words)
        assert (found.returncode, found.stdout) == (2, ""), (words, found.stderr)
        assert what in found.stderr
        assert remedy in found.stderr
        assert "Traceback" not in found.stderr
        assert not (run / "review").exists(), words


def test_what_a_study_was_drawn_with_stays(tmp_path: Path) -> None:
    run = evaluate(tmp_path)
    with Running(run, "--reviewers", "anna", "--limit", "3") as first:
        first.end(signal.SIGTERM)
    for words, what, remedy in (
        (("--limit", "4"), "was drawn with limit 3, not 4", "--out"),
        (("--new-link", "zoe"), "no such reviewer", "Known: anna."),
        (("--no-reference",), "was drawn with reference True, not False", "--out"),
    ):
        found = review(run, *words, "--port", "0")
        assert (found.returncode, found.stdout) == (2, ""), (words, found.stderr)
        assert what in found.stderr
        assert remedy in found.stderr


def test_a_new_link_ends_the_old_one_and_close_ends_the_study(tmp_path: Path) -> None:
    run = evaluate(tmp_path)
    with Running(run, "--reviewers", "anna") as first:
        old = first.links(1)["anna"].rsplit("/", 1)[1]
        first.end(signal.SIGTERM)
    with Running(run, "--new-link", "anna", "--url", "https://review.example.org/") as second:
        link = second.links(1)["anna"]
        assert link.startswith("https://review.example.org/r/")
        assert not link.endswith(old)
        second.end(signal.SIGTERM)
    closed = review(run, "--close", "--json")
    assert closed.returncode == 0
    assert json.loads(closed.stdout)["closed"] is True
