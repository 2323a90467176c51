"""The study's file: nothing that was said is lost, and it lets nobody in."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from bedside.core.errors import InputFileError, UserMistake
from bedside.serve.review.records import PairRating, Rating
from bedside.serve.review.store import Store
from bedside.serve.review.study import invite, locate, open_study, source_changed
from tests.serve.review.studies import evaluate, rewrites

ONE = PairRating("A", "equal", "either")
TWO = PairRating("B", "B", "neither", ("unsafe",), (), "why", 3.5)


def opened(run: Path) -> Store:
    return open_study(locate(run, "pairs", None), {})


def shown(store: Store, place: int) -> Rating:
    found = store.task("anna", place)
    assert found is not None
    return found[2]


def test_ratings_are_kept_over_closing_and_the_next_open_place_comes(tmp_path: Path) -> None:
    store = opened(evaluate(tmp_path))
    invite(store, ["anna", "ben"])
    assert store.state("anna") == (0, 4, [])
    store.rate("anna", 0, ONE)
    store.rate("anna", 2, TWO)
    assert store.state("anna") == (3, 4, [0, 2])
    store.rate("anna", 3, ONE)
    assert store.state("anna") == (1, 4, [0, 2, 3]), "after the last it goes on where one is missing"
    store.rate("anna", 1, ONE)
    assert store.state("anna") == (4, 4, [0, 1, 2, 3])
    assert store.state("ben") == (0, 4, [])
    store.close()
    again = opened(tmp_path)
    assert again.state("anna") == (4, 4, [0, 1, 2, 3])
    found = again.task("anna", 2)
    assert found is not None
    assert found[2] == TWO
    again.close()


def test_undo_takes_back_the_latest_and_leaves_it_as_a_draft(tmp_path: Path) -> None:
    store = opened(evaluate(tmp_path))
    invite(store, ["anna", "ben"])
    store.rate("ben", 0, ONE)
    store.rate("anna", 0, ONE)
    store.rate("anna", 1, TWO)
    assert store.undo("anna") == 1
    assert store.state("anna") == (1, 4, [0])
    found = store.task("anna", 1)
    assert found is not None
    assert found[2] == TWO
    assert store.undo("anna") == 0
    assert store.undo("anna") is None
    assert [given.reviewer for given in store.ratings()] == ["ben"]
    store.close()


def test_undoing_a_second_rating_of_a_place_brings_the_first_back(tmp_path: Path) -> None:
    store = opened(evaluate(tmp_path))
    invite(store, ["anna"])
    store.rate("anna", 0, ONE)
    store.rate("anna", 0, TWO)
    assert [given.rating for given in store.ratings()] == [TWO]
    assert shown(store, 0) == TWO
    store.undo("anna")
    assert [given.rating for given in store.ratings()] == [ONE]
    store.draft("anna", 0, PairRating())
    store.rate("anna", 0, ONE)
    assert shown(store, 0) == ONE
    store.close()


def test_a_draft_is_no_rating(tmp_path: Path) -> None:
    store = opened(evaluate(tmp_path))
    invite(store, ["anna"])
    store.draft("anna", 0, PairRating("A", note="half"))
    found = store.task("anna", 0)
    assert found is not None
    assert found[2] == PairRating("A", note="half")
    assert store.state("anna").rated == []
    assert store.ratings() == []
    assert store.task("anna", 4) is None
    store.close()


def test_links_are_unguessable_and_not_in_the_file(tmp_path: Path) -> None:
    store = opened(evaluate(tmp_path))
    tokens = invite(store, ["anna", "ben", "anna"])
    assert list(tokens) == ["anna", "ben"]
    assert len(set(tokens.values())) == 2
    assert all(len(token) >= 32 for token in tokens.values()), "24 random bytes"
    assert store.reviewer_of(tokens["ben"]) == "ben"
    for wrong in ("", "anna", tokens["ben"][:-1], tokens["ben"].swapcase(), "é\udcff"):
        assert store.reviewer_of(wrong) is None
    assert invite(store, ["anna"]) == {}, "who is in keeps the link"
    new = store.renew_link("anna")
    assert (store.reviewer_of(new), store.reviewer_of(tokens["anna"])) == ("anna", None)
    store.close()
    data = (tmp_path / "review" / "review.sqlite").read_bytes()
    assert not [token for token in (*tokens.values(), new) if token.encode() in data]
    assert b"anna" in data


@pytest.mark.parametrize("name", ["a/b", "", " x", "a\tb", "x" * 41, "<b>"])
def test_names_that_could_be_mistaken_are_refused(tmp_path: Path, name: str) -> None:
    store = opened(evaluate(tmp_path))
    with pytest.raises(UserMistake, match="reviewer's name"):
        invite(store, [name])
    store.close()


def test_other_settings_than_it_was_drawn_with_are_refused(tmp_path: Path) -> None:
    place = locate(evaluate(tmp_path), "pairs", None)
    open_study(place, {"limit": 2}).close()
    open_study(place, {}).close()
    open_study(place, {"limit": 2, "seed": 0}).close()
    with pytest.raises(UserMistake, match=r"limit 2, not 3.*\n.*--out"):
        open_study(place, {"limit": 3})
    with pytest.raises(UserMistake, match="pairs, not rewrites"):
        open_study(locate(rewrites(tmp_path), "rewrites", tmp_path / "review"), {})


def test_a_changed_evaluation_is_noticed_and_the_study_stays(tmp_path: Path) -> None:
    place = locate(evaluate(tmp_path), "pairs", None)
    store = open_study(place, {})
    before = store.cases()
    assert not source_changed(store, place)
    evaluate(tmp_path, 3)
    assert source_changed(store, place)
    store.close()
    again = open_study(place, {})
    assert again.cases() == before
    again.close()


def test_a_run_that_is_interrupted_while_drawing_leaves_no_half_study(tmp_path: Path) -> None:
    place = locate(evaluate(tmp_path), "pairs", None)
    place.folder.mkdir()
    (place.folder / ".review.sqlite.new").write_bytes(b"half")
    store = open_study(place, {})
    assert len(store.cases()) == 4
    store.close()


@pytest.mark.parametrize("content", [b"no database", b""])
def test_a_file_of_another_kind_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "review.sqlite"
    path.write_bytes(content)
    with pytest.raises(InputFileError, match="no file of a review"):
        Store(path)


def test_a_database_of_another_version_is_told(tmp_path: Path) -> None:
    path = tmp_path / "review.sqlite"
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(InputFileError, match="version is 99"):
        Store(path)
