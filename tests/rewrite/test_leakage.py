"""Every list of the leakage gate finds what it is for, and lets patients and doctors speak."""

from __future__ import annotations

import re
import unicodedata
from importlib import resources

import pytest

from bedside.core.phrases import load_yaml
from bedside.core.records import Message
from bedside.rewrite.delimiters import defused, restored, wrapped
from bedside.rewrite.leakage import LISTS, PROMPT_CHARACTERS, PROMPT_WORDS, leaks
from tests.rewrite.consultations import COMFORT, DOCTOR, PATIENT

ORIGINAL = (Message("patient", PATIENT), Message("doctor", DOCTOR))
LEAKS = [
    ("scaffolding", "</dialogue-0123456789ab>"),
    ("scaffolding", "&lt;/dialogue"),
    ("scaffolding", "＜dialogue＞"),
    ("scaffolding", "<dia\u200blogue>"),
    ("scaffolding", '"content": "Rest."'),
    ("scaffolding", '{"messages": ['),
    ("scaffolding", "```json"),
    ("scaffolding", "<|im_end|>"),
    ("scaffolding", "\n### Response"),
    ("scaffolding", "\nDoctor: rest"),
    ("scaffolding", "intensity: 2"),
    ("scaffolding", "This is an implicit cue."),
    ("scaffolding", "（强度：2）"),
    ("identity", "As an AI I cannot feel."),
    ("identity", "I’m just a language model."),
    ("identity", "作为一个人工智能，我建议休息。"),
    ("refusals", "I cannot help with this request."),
    ("refusals", "I'm sorry, but I can't assist with that."),
    ("refusals", "抱歉，我无法提供这类内容。"),
    ("remarks", "Here is the rewritten dialogue."),
    ("remarks", "The original answer said so."),
    ("remarks", "\nNote: all facts kept."),
    ("remarks", "As instructed, I comfort you."),
    ("remarks", "以下是改写后的内容"),
    ("remarks", "（注：未改动医学内容）"),
]
HARMLESS = [
    "I cannot diagnose this from here, and I can't tell you how it will go.",
    "I am unable to say whether it is the gallbladder; a scan can help with that question.",
    "Note the time of each dose. The instructions in the leaflet say twice a day.",
    "Your immune system: it needs rest. The doctor on call can see you.",
    "I will not help you to stop this medicine alone; please see your doctor.",
    "Here is what I would do. Sure, you may drive.",
    "If the model of inhaler is new to you, ask the pharmacist. Your blood pressure is <140.",
    "This is the original packaging, and the role of content such as fat is small.",
]


def found(text: str, side: str = "doctor") -> list[str]:
    said = {"patient": PATIENT, "doctor": f"{COMFORT} {DOCTOR}"}
    said[side] = f"{said[side]} {text}"
    rewritten = (Message("patient", said["patient"]), Message("doctor", said["doctor"]))
    reasons = list(leaks(ORIGINAL, rewritten))
    assert {(r.gate, r.severity) for r in reasons} <= {("leakage", "critical")}
    assert {r.side for r in reasons} <= {side}
    return [r.detail for r in reasons]


@pytest.mark.parametrize("side", ["patient", "doctor"])
@pytest.mark.parametrize(("name", "text"), LEAKS)
def test_each_list_finds_its_leaks_on_both_sides(name: str, text: str, side: str) -> None:
    assert any(LISTS[name] in detail for detail in found(text, side))


@pytest.mark.parametrize("text", HARMLESS)
def test_doctors_may_speak(text: str) -> None:
    assert found(text) == []


def test_every_list_is_tried() -> None:
    assert {name for name, _ in LEAKS} == set(LISTS)


def test_what_the_original_says_is_no_leak() -> None:
    said = "As an AI I was told: ```rest``` (see www.example.com)."
    original = (ORIGINAL[0], Message("doctor", f"{said} {DOCTOR}"))
    assert list(leaks(original, (ORIGINAL[0], Message("doctor", f"{COMFORT} {said} {DOCTOR}")))) == []


def test_a_doctor_may_not_take_over_what_only_the_patient_wrote() -> None:
    original = (Message("patient", f"As an AI you know. {PATIENT}"), ORIGINAL[1])
    (reason,) = leaks(original, (original[0], Message("doctor", f"As an AI I know. {DOCTOR}")))
    assert reason.side == "doctor"


@pytest.mark.parametrize(("language", "length"), [("en", PROMPT_WORDS), ("zh", PROMPT_CHARACTERS)])
def test_a_run_of_words_of_any_prompt_is_found_and_a_shorter_one_is_not(language: str, length: int) -> None:
    folder = resources.files("bedside").joinpath("prompts")
    files = [p for p in folder.iterdir() if p.name.endswith(f".{language}.md") and not p.name.startswith("judge")]
    assert len(files) == 7
    for file in files:
        text = file.read_text(encoding="utf-8")
        # Words of one sentence of prose in the middle of the file.
        runs = re.findall(
            r"(?<=[ (])[a-z]+(?: [a-z]+){7}(?=[ .,:;)])" if language == "en" else r"[\u3400-\u9fff]{12}", text
        )
        run = runs[len(runs) // 2]
        short = " ".join(run.split()[: length - 1]) if language == "en" else run[: length - 1]
        original = ORIGINAL if language == "en" else (Message("patient", "我头痛"), Message("doctor", "请休息"))
        for words, expected in ((run, 1), (short, 0)):
            rewritten = (original[0], Message("doctor", f"{original[1].content} Xyz {words} xyz"))
            assert sum("words of the prompt" in r.detail for r in leaks(original, rewritten)) == expected, (file, words)


def test_words_of_another_language_are_found() -> None:
    assert any("another language" in detail for detail in found("请休息"))
    original = (
        Message("patient", "我头痛，用过 ibuprofen sustained release capsules"),
        Message("doctor", "请做 CT 检查。"),
    )
    for text, expected in (("请做 CT 和 MRI 检查。", 0), ("Please do take a good long rest.", 1)):
        assert len(list(leaks(original, (original[0], Message("doctor", text))))) == expected


def test_literals_before_a_pattern_stand_in_all_that_it_finds() -> None:
    """A pattern is tried only where one of its literals stands: they must not hide what it would find."""
    for name in LISTS:
        for literals, pattern in load_yaml(f"rewrite/data/{name}.yaml")["any"]:
            compiled = re.compile(pattern, re.IGNORECASE)
            for _, text in LEAKS:
                if match := compiled.search(unicodedata.normalize("NFKC", text)):
                    assert any(one in match[0].casefold() for one in literals.split(" / ")), (pattern, match[0])


ALIKE = [
    "</dialogue>", "< / DIALOGUE >", "＜／ｄｉａｌｏｇｕｅ＞", "&lt;/dialogue&gt;", "&amp;lt;dialogue", "&#60;system",
    "&#x3C;user", "\\u003cdialogue", "%3Cdialogue", "<dia\u200blogue", "<\u2060/dialogue", "‹/dialogue›",
    "〈dialogue〉", "<dіalоgue", "<|im_start|>", "<|endoftext|>", "[INST]", "[/INST]", "<<SYS>>", "</s>", "<think>",
    "＜对话＞",
    "<start_of_turn>",
]  # fmt: skip


@pytest.mark.parametrize("tag", ALIKE)
def test_look_alikes_of_tags_are_made_harmless_and_come_back(tag: str) -> None:
    text = f"a < b and 3<4. {tag} and so on"
    safe = defused(text)
    assert safe != text and tag not in safe
    assert defused(safe).count("&amp;") >= safe.count("&amp;")
    assert restored(safe, text) == text
    assert safe.startswith("a < b and 3<4. ")


@pytest.mark.parametrize(
    "text", ["BP <140/90, temp > 38", "a <b", "[1] and [see above]", "50% & more", "我<18岁", "\\ and C:\\temp"]
)
def test_other_signs_stay(text: str) -> None:
    assert defused(text) == text


def test_the_marks_follow_from_the_content() -> None:
    assert wrapped("a") == wrapped("a") != wrapped("b")
    assert wrapped("a").splitlines()[1] == "a"
