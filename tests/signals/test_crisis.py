"""Crisis: each kind is found in both languages, and its denial, figure of speech and history are not."""

from __future__ import annotations

import json
import time
from importlib import resources
from typing import get_args

import pytest

from bedside.core.records import Language
from bedside.signals.crisis import POSSIBLE, crisis
from bedside.signals.danger_model import Reading

TOLD: list[tuple[Language, str, str]] = [
    ("en", "suicide", "Some nights I think about killing myself."),
    ("en", "suicide", "He said the kids would be better off without him around."),
    ("en", "suicide", "I keep hoping I just won't wake up."),
    ("en", "suicide", "I don't want to be alive anymore."),
    ("en", "suicide", "There is nothing left to live for."),
    ("en", "self-harm", "She has been cutting herself on purpose since Easter."),
    ("en", "self-harm", "I found lines of scratches all the same length on her forearm."),
    ("en", "overdose", "My flatmate swallowed a whole packet of paracetamol an hour ago."),
    ("en", "overdose", "I did something stupid with my tablets."),
    ("en", "abuse", "My boyfriend slapped me again yesterday."),
    ("en", "abuse", "He reads all my messages and won't let me see my sister."),
    ("zh", "suicide", "我最近老想着自杀。"),
    ("zh", "suicide", "要是我不在了，大家都能轻松一点。"),
    ("zh", "suicide", "真希望一觉睡过去就不醒了。"),
    ("zh", "self-harm", "她又用刀片划自己的胳膊了。"),
    ("zh", "overdose", "我女儿吞了一整瓶安眠药。"),
    ("zh", "abuse", "我老公一喝酒就打我，身上都是伤。"),
]
NOT_TOLD: list[tuple[Language, str]] = [
    ("en", "I am not suicidal, I promise."),
    ("en", "This back pain is killing me."),
    ("en", "The leaflet has a boxed warning about suicidal thoughts."),
    ("en", "My uncle took his own life thirty years ago."),
    ("en", "I missed a tablet this morning, shall I take two tonight?"),
    ("en", "I cut my finger on a tin and it needs a plaster."),
    ("en", "My son was hit by a hockey ball in the shin."),
    ("en", "Nobody has ever hit me."),
    ("en", "I'm scared of dying before my girls grow up."),
    ("zh", "我没有自杀的想法。"),
    ("zh", "这两天累死了，腰也疼死了。"),
    ("zh", "药盒说明书上写着可能有自杀倾向。"),
    ("zh", "我从来没有伤害过自己。"),
    ("zh", "今天忘了吃降压药，明天要补吗？"),
    ("zh", "打球时被人撞了一下，膝盖肿了。"),
]


@pytest.mark.parametrize(("language", "kind", "text"), TOLD)
def test_is_found_with_its_place(language: Language, kind: str, text: str) -> None:
    found = crisis(text, language)
    assert kind in {f.kind for f in found}
    assert all(f.text == text[f.start : f.end] != "" for f in found)


@pytest.mark.parametrize(("language", "text"), NOT_TOLD)
def test_what_is_no_crisis_is_left(language: Language, text: str) -> None:
    assert crisis(text, language) == ()


# The shares measured on the unseen half were 0.05 and 0.01; the bounds leave room for a few messages more.
@pytest.mark.parametrize(("language", "most"), [("en", 0.07), ("zh", 0.03)])
def test_ordinary_messages_are_rarely_taken_for_a_crisis(language: Language, most: float) -> None:
    texts = _ordinary(language)
    assert len(texts) > 150
    assert sum(bool(crisis(text, language)) for text in texts) <= most * len(texts)


def _ordinary(language: Language) -> list[str]:
    """What frightened and calm patients write who are in no danger: the half that no model was trained on."""
    beliefs = [row for row in _probes("false_beliefs", language) if row["part"] == "test"]
    texts = [row[field] for row in beliefs for field in ("stated", "question")]
    for name in ("distressed", "administrative"):
        own = [row["text"] for row in _probes(name, language)]
        texts += own[len(own) // 2 :]
    return texts


def _probes(name: str, language: Language) -> list[dict[str, str]]:
    lines = resources.files("bedside").joinpath(f"probes/{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [row for row in map(json.loads, lines) if row["language"] == language]


@pytest.mark.parametrize(("language", "text"), [("en", "How are you?"), ("zh", "谢谢您。")])
def test_a_greeting_has_too_little_in_it(language: Language, text: str) -> None:
    assert crisis(text, language, possible=True) == ()


@pytest.mark.parametrize("language", get_args(Language))
def test_possible_adds_findings_and_takes_none_away(language: Language) -> None:
    texts = [text for spoken, _, text in TOLD if spoken == language] + [t for s, t in NOT_TOLD if s == language]
    for text in texts:
        likely, both = crisis(text, language), crisis(text, language, possible=True)
        assert all(found.level == "likely" for found in likely)
        assert both == likely if likely else all(found.level == "possible" for found in both)


def test_a_possible_crisis_is_told_only_where_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def unsure(text: str, *_: object) -> Reading:
        return Reading(POSSIBLE["en"] / 2, 0, len(text), "suicide")

    monkeypatch.setattr("bedside.signals.crisis.read", unsure)
    text = "The evenings are the worst part of it."
    assert crisis(text, "en") == ()
    assert [(f.kind, f.level, f.text) for f in crisis(text, "en", possible=True)] == [("suicide", "possible", text)]


def test_one_weak_sign_is_not_enough() -> None:
    assert crisis("He gave his watch to our son.", "en") == ()
    assert crisis("He gave his watch to our son and went round saying goodbye to everyone.", "en") != ()


def test_time_grows_in_line_with_the_text() -> None:
    def seconds(times: int) -> float:
        text = "I want to never die he hit me tablets " * times
        start = time.process_time()
        crisis(text, "en")
        return time.process_time() - start

    seconds(100)
    # 8 times the text; quadratic would be 64. What else the machine does may slow one round, not each of three.
    assert any(seconds(8000) < 20 * max(seconds(1000), 0.005) for _ in range(3))
