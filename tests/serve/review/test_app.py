"""What the server says to whom: nothing to strangers, nothing about arms to reviewers, nothing twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bedside.serve.review.records import PairRating
from tests.serve.review.studies import ARMS, Study, evaluate, rewrites, served

WHOLE: dict[str, Any] = {
    "feeling": "A",
    "medicine": "B",
    "send": "neither",
    "flags_a": ["unsafe"],
    "note": "n",
    "seconds": 2,
}


def test_arms_and_models_never_reach_the_browser(tmp_path: Path) -> None:
    run = evaluate(tmp_path, 4, ("base", "warmarm", "otherarm"))
    answers: list[str] = []

    def listen(study: Study, method: str, path: str, body: Any = None) -> None:
        status, headers, reply = study.ask(method, path, body)
        answers.append(f"{status} {headers} {reply.decode()}")

    with served(run) as study:
        me = study.links["anna"]
        for path in ("", "/state", *(f"/task/{place}" for place in range(9))):
            listen(study, "GET", me + path)
        for part in ("page.js", "page.css", "words.json", "parts.js", "desk.js", "pair.js", "rewrite.js", "other"):
            listen(study, "GET", f"/part/{part}")
        for place in range(8):
            listen(study, "PUT", f"{me}/task/{place}", {"rating": WHOLE, "done": True})
        for method, path in (("POST", "/undo"), ("PUT", "/place"), ("DELETE", ""), ("PUT", "/task/0")):
            listen(study, method, me + path, {"place": 99})
        listen(study, "PUT", f"{me}/task/0", b"{")
        listen(study, "GET", "/openapi.json")
        study.store.end()
        listen(study, "GET", me + "/state")
        listen(study, "GET", me + "/task/1")
        listen(study, "PUT", f"{me}/task/0", {"rating": WHOLE, "done": True})
    assert len(answers) == 11 + 8 + 8 + 4 + 5
    assert sum("Question" in answer for answer in answers) == 9, "eight pairs were shown, one of them twice"
    for word in ("warmarm", "otherarm", "secretmodel", "secretprompt", "scripted", "item0", "talk0", "flipped"):
        assert not [answer for answer in answers if word in answer], word


def test_sides_are_turned_as_the_order_says(tmp_path: Path) -> None:
    with served(evaluate(tmp_path)) as study:
        turned = []
        for place in range(4):
            shown = study.told("GET", f"{study.links['anna']}/task/{place}")["case"]["replies"]
            found = study.store.task("anna", place)
            assert found is not None
            turned.append(found[0].flipped)
            assert shown["A" if found[0].flipped else "B"].startswith(ARMS["warmarm"])
            assert shown["B" if found[0].flipped else "A"].startswith(ARMS["base"])
        assert sorted(turned) == [False, False, True, True]


def test_strangers_get_one_and_the_same_answer(tmp_path: Path) -> None:
    with served(evaluate(tmp_path)) as study:
        token = study.links["anna"].removeprefix("/r/")
        wrong = token[:-1] + ("a" if token[-1] != "a" else "b")
        paths = (
            "/",
            "/nothing",
            "/docs",
            "/openapi.json",
            "/r/",
            f"/part/{token}",
            "/part/..%2fapp.py",
            "/part/../app.py",
        )
        asked = [("GET", path) for path in paths]
        for path in ("", "/state", "/task/0", "/task/x", "/place", "/undo", "/", "/nothing"):
            asked += [(method, f"/r/{wrong}{path}") for method in ("GET", "PUT", "POST", "DELETE")]
        assert len(asked) == 40
        told = {(status, body) for status, _, body in (study.ask(method, path, None) for method, path in asked)}
        assert told == {(404, b'{"status":404}')}
        bodies = {study.ask("PUT", f"/r/{wrong}/task/0", body)[0] for body in (b"{", b"x" * 70_000, b"{}")}
        assert bodies == {404}, "nothing of a stranger's is read"
        assert study.ask("GET", f"/r/{token}/state")[0] == 200


def test_every_answer_is_sealed(tmp_path: Path) -> None:
    with served(evaluate(tmp_path)) as study:
        for path in (study.links["anna"], "/part/page.js", "/nothing", study.links["anna"] + "/state"):
            _, headers, _ = study.ask("GET", path)
            policy = headers["content-security-policy"]
            assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'")
            assert "unsafe" not in policy
            assert "http" not in policy
            assert "frame-ancestors 'none'" in policy
            assert headers["cache-control"] == "no-store"
            assert headers["referrer-policy"] == "no-referrer"
            assert headers["x-content-type-options"] == "nosniff"
            assert "server" not in headers


@pytest.mark.parametrize(
    ("rating", "status"),
    [
        (WHOLE, 200),
        ({}, 422),
        (WHOLE | {"send": None}, 422),
        (WHOLE | {"feeling": "neither"}, 422),
        (WHOLE | {"flags_b": ["rude"]}, 422),
        (WHOLE | {"note": "x" * 4001}, 422),
        (WHOLE | {"seconds": -1}, 422),
        (WHOLE | {"arm": "base"}, 422),
        ([], 422),
    ],
)
def test_only_whole_ratings_of_the_kinds_that_there_are_count(tmp_path: Path, rating: Any, status: int) -> None:
    with served(evaluate(tmp_path)) as study:
        path = f"{study.links['anna']}/task/0"
        assert study.ask("PUT", path, {"rating": rating, "done": True})[0] == status
        assert len(study.store.ratings()) == (status == 200)


def test_large_and_foreign_bodies_are_refused(tmp_path: Path) -> None:
    with served(evaluate(tmp_path)) as study:
        path = f"{study.links['anna']}/task/0"
        whole = json.dumps({"rating": WHOLE, "done": True}).encode()
        assert study.ask("PUT", path, whole + b" " * 70_000)[0] == 413
        assert study.ask("PUT", path, whole, kind="text/plain")[0] == 415
        assert study.ask("PUT", path, b"[" * 50_000)[0] == 422
        assert study.store.ratings() == []
        for place in ("4", "-1", "1e3", "٣", "9" * 30):
            assert (
                study.ask("GET", f"{study.links['anna']}/task/{place.encode().hex() if place == '٣' else place}")[0]
                == 404
            )
        assert study.ask("PUT", f"{study.links['anna']}/place", {"place": 5})[0] == 422
        assert study.told("PUT", f"{study.links['anna']}/place", {"place": 4})["place"] == 4


def test_a_reviewer_sees_only_what_is_theirs(tmp_path: Path) -> None:
    with served(evaluate(tmp_path)) as study:
        study.told("PUT", f"{study.links['anna']}/task/0", {"rating": WHOLE, "done": True})
        assert study.told("GET", f"{study.links['anna']}/state")["rated"] == [0]
        assert study.told("GET", f"{study.links['ben']}/state")["rated"] == []
        assert study.told("POST", f"{study.links['ben']}/undo")["rated"] == []
        assert study.told("GET", f"{study.links['anna']}/state")["rated"] == [0]


def test_a_closed_study_takes_nothing_more(tmp_path: Path) -> None:
    with served(evaluate(tmp_path)) as study:
        me = study.links["anna"]
        study.told("PUT", f"{me}/task/0", {"rating": WHOLE, "done": True})
        study.store.end()
        assert study.ask("PUT", f"{me}/task/1", {"rating": WHOLE, "done": True})[0] == 409
        assert study.ask("POST", f"{me}/undo")[0] == 409
        assert study.told("GET", f"{me}/state")["closed"] is True
        assert [given.rating for given in study.store.ratings()] == [
            PairRating("A", "B", "neither", ("unsafe",), (), "n", 2.0)
        ]


def test_the_reference_can_be_hidden(tmp_path: Path) -> None:
    with served(evaluate(tmp_path), reference=False) as study:
        assert study.told("GET", f"{study.links['anna']}/task/0")["case"]["reference"] == ""
    with served(evaluate(tmp_path / "other")) as study:
        assert study.told("GET", f"{study.links['anna']}/task/0")["case"]["reference"] == "Take ibuprofen."


def test_an_audit_shows_differences_ledger_and_reasons(tmp_path: Path) -> None:
    with served(rewrites(tmp_path), "rewrites") as study:
        me = study.links["anna"]
        shown = [study.told("GET", f"{me}/task/{place}")["case"] for place in range(4)]
        assert sorted(case["status"] for case in shown) == ["accepted", "accepted", "rejected", "rejected"]
        rejected = next(case for case in shown if case["status"] == "rejected")
        assert rejected["turns"][1]["original"] == [["both", "Take "], ["here", "ibuprofen"], ["both", " 400 mg."]]
        assert [entry["outcome"] for entry in rejected["ledger"]] == ["lost", "added", "kept"]
        assert rejected["reasons"][0]["detail"] == "ibuprofen became aspirin"
        rating = {"verdict": "reject", "wrong": ["fact changed"], "note": "aspirin"}
        assert study.told("PUT", f"{me}/task/0", {"rating": rating, "done": True})["rated"] == [0]
        assert study.ask("PUT", f"{me}/task/0", {"rating": WHOLE, "done": True})[0] == 422, "that rates a pair"
