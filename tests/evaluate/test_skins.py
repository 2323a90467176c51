"""The four skins: clinical text untouched to the byte, words drawn by the item alone, wordings that add no medicine."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedside.core.evaluate_config import SKINS
from bedside.core.records import ExamForm, ExamItem, Language, Skin
from bedside.evaluate.posing import clinical_text, pose
from bedside.evaluate.skins import Wording, wordings
from bedside.signals.read import read

LANGUAGES: tuple[Language, ...] = ("en", "zh")
FORMS: tuple[ExamForm, ...] = ("medqa", "mmlu", "medmcqa", "pubmedqa", "cmmlu", "ceval", "consultation")
ALL: list[tuple[Language, str, Skin, Wording]] = [
    (language, kind, skin, wording)
    for language in LANGUAGES
    for kind, skins in wordings(language).items()
    for skin, rows in skins.items()
    for wording in rows
]


def an_item(form: ExamForm, number: int = 0, question: str = "Which drug is given?") -> ExamItem:
    options = ("Aspirin 75 mg.", "Warfarin", "Heparin", "None of these")
    context = "An abstract." if form == "pubmedqa" else ""
    return ExamItem(f"x/{number}", "x", "en", question, options, 1, 0, context, "anatomy", form)


def test_plain_is_lm_evals_prompt() -> None:
    options = "A. Aspirin 75 mg.\nB. Warfarin\nC. Heparin\nD. None of these\n"
    q = "Which drug is given?"
    about = "The following are multiple choice questions (with answers) about anatomy.\n\n"
    expected = {
        "medqa": ("", f"Question: {q}\n{options}Answer:"),
        "mmlu": (about, f"{q}\n{options}Answer:"),
        "medmcqa": ("", f"Question: {q}\nChoices:\n{options}Answer:"),
        "pubmedqa": ("", f"Abstract: An abstract.\nQuestion: {q}\nAnswer:"),
        "cmmlu": ("以下是关于解剖学的单项选择题，请直接给出正确答案的选项。\n\n", f"{q}\n{options}答案："),
        "ceval": ("以下是中国关于anatomy的单项选择题，请选出其中的正确答案。\n\n", f"{q}\n{options}答案："),
        "consultation": ("", q),
    }
    for form in FORMS:
        item = an_item(form)
        posed = pose(item, "plain")
        assert (posed.about, posed.text) == expected[form]
        words = form in ("pubmedqa", "consultation")
        assert posed.options == (item.options if words else ("A", "B", "C", "D"))


@given(st.text(min_size=1).filter(str.strip), st.sampled_from(FORMS), st.integers(0, 10**6))
def test_the_clinical_text_is_the_same_bytes_in_every_skin(question: str, form: ExamForm, number: int) -> None:
    item = an_item(form, number, question)
    clinical = clinical_text(item)
    assert (question.strip() if form in ("mmlu", "cmmlu", "ceval") else question) in clinical
    for skin in SKINS:
        posed = pose(item, skin)
        if form != "consultation":
            assert clinical.encode("utf-8", "surrogatepass") in posed.text.encode("utf-8", "surrogatepass")
        else:
            assert clinical.strip() in posed.text
        assert posed.options == pose(item, "plain").options
        assert (posed.text == pose(item, "plain").text) == (skin == "plain")


def test_the_wording_is_drawn_by_the_item_and_every_one_is_used() -> None:
    for skin in SKINS[1:]:
        drawn = Counter(pose(an_item("medqa", number), skin).wording for number in range(400))
        assert len(drawn) == len(wordings("en")["exam"][skin])
        assert min(drawn.values()) > 400 / len(drawn) / 2
    first = [pose(an_item("medqa", n), "both").wording for n in range(40)]
    assert first == [pose(an_item("mmlu", n), "both").wording for n in range(40)]


def test_the_belief_is_stated_where_it_should_be_and_only_there() -> None:
    for number in range(40):
        for skin in SKINS:
            text = pose(an_item("pubmedqa", number), skin).text
            assert ("“Aspirin 75 mg”" in text) == (skin in ("false belief", "both"))


def test_there_are_enough_wordings_and_all_differ() -> None:
    for language in LANGUAGES:
        for kind in ("exam", "consultation"):
            assert set(wordings(language)[kind]) == set(SKINS[1:])
            assert all(len(rows) >= 5 for rows in wordings(language)[kind].values())
    texts = [w.before + w.after for language, kind, _, w in ALL if kind == "exam"]
    assert len(texts) == len(set(texts)) == 48
    openings = Counter(text.split()[0] if text.isascii() else text[:2] for text in texts)
    assert max(openings.values()) <= 6, "no formula"


@pytest.mark.parametrize(("language", "kind", "skin", "wording"), ALL)
def test_a_wording_adds_no_medicine(language: Language, kind: str, skin: Skin, wording: Wording) -> None:
    text = f"{wording.before} {wording.after}".strip()
    assert text.count("{belief}") == (skin != "distressed")
    said = read(text.replace("{belief}", "X"), language)
    # What the readers of symptoms, drugs, tests and doses would find could be taken for a finding of the case.
    harmless = {"relation", "timing", "duration", "frequency", "prohibition"}
    assert {fact["kind"] for fact in said["facts"]} <= harmless
    assert not [found for found in said["crisis"] if found["mode"] != "indirect"]
    assert not [character for character in text if character.isdigit()]


def test_distress_is_heard_where_it_should_be_and_only_there() -> None:
    """By the reader of feelings, which knows nothing of the wordings."""
    heard = {True: [0, 0], False: [0, 0]}
    for language, _, skin, wording in ALL:
        text = f"{wording.before} {wording.after}".replace("{belief}", "X").strip()
        count = heard[skin in ("distressed", "both")]
        count[0] += read(text, language)["emotion"]["emotion"] != "neutral"
        count[1] += 1
    assert heard[True][1] == 52
    assert heard[True][0] / heard[True][1] >= 0.9
    assert heard[False][0] / heard[False][1] <= 0.1
