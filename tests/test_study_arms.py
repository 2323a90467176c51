"""Arms beside the base and the trained ones: a system prompt, a level of the dial, any model; mistakes told first."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedside import evaluate
from bedside import study as studies
from bedside.core.config import EvaluateConfig
from bedside.core.errors import ConfigError
from bedside.core.evaluate_config import ArmConfig
from bedside.core.files import read_rows, write_rows
from bedside.core.phrases import phrase_bank
from bedside.core.records import EMOTIONS, ChatMessage, Item, Reply
from bedside.typed import prompted

WARM = "You are a doctor who first acknowledges how the patient feels and then answers accurately."


def test_names_of_the_study_stand_for_their_models(tmp_path: Path) -> None:
    words = [
        "evaluate.arms.prompted={model: base, system_prompt: Be kind.}",
        "evaluate.arms.half={model: sft@0.5}",
        "evaluate.arms.other={model: 'http://127.0.0.1:1/v1#x@y'}",
        f"runs={tmp_path}",
    ]
    study = studies.load(None, words)
    arms = studies.arms_of(study, tmp_path / "demo")
    assert list(arms)[:5] == ["base", "sft", "dpo", "kto", "over_warm"]
    assert arms["prompted"] == arms["base"] == "local:clinic"
    assert arms["half"] == f"{arms['sft']}@0.5"
    assert arms["other"] == "http://127.0.0.1:1/v1#x@y"
    studies.preflight(study)


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("evaluate.arms.sft={model: base}", "has an arm of that name"),
        ("evaluate.arms.other={model: gpt-4}", "evaluate.arms.other"),
        ("evaluate.controls=[flattering]", "an arm that the study lacks"),
        ("evaluate.claims.arms=[stf]", "an arm that the study lacks"),
    ],
)
def test_a_mistaken_arm_is_told_before_the_first_stage(word: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=told):
        studies.preflight(studies.load(None, [word, f"runs={tmp_path}"]))


def test_an_arm_is_asked_under_its_system_prompt(tmp_path: Path) -> None:
    bank = phrase_bank("en").patient
    feelings = [bank[emotion]["explicit_3"].train[0] for emotion in EMOTIONS[:6]]
    said = [(ChatMessage("user", f"{feeling} I have hay fever. Which medicine helps?"),) for feeling in feelings]
    items = [Item(str(n), str(n), "en", "distressed", "fear", 3, "explicit concern", m, "") for n, m in enumerate(said)]
    write_rows(tmp_path / "items.jsonl", items)
    config = EvaluateConfig(max_new_tokens=30, arms={"warm": ArmConfig(model="local:clinic", system_prompt=WARM)})
    arms = {"base": "local:clinic", "warm": "local:clinic"}
    evaluate.build(config, 0, [tmp_path / "items.jsonl"], arms, tmp_path / "out")

    def replies(arm: str) -> list[str]:
        return [reply.text for reply in read_rows(tmp_path / "out" / arm / "replies.jsonl", Reply)]

    plain = replies("base")
    assert plain != replies("warm")
    # Another prompt is another arm: its replies are not kept.
    other = config.model_copy(update={"arms": {"warm": ArmConfig(model="local:clinic")}})
    evaluate.build(other, 0, [tmp_path / "items.jsonl"], {"warm": "local:clinic"}, tmp_path / "out")
    assert replies("warm") == plain


def test_a_system_prompt_is_given_by_name_as_text_or_file(tmp_path: Path) -> None:
    file = tmp_path / "warm.txt"
    file.write_text(WARM, encoding="utf-8")
    arms = {"base": "local:clinic", "warm": "local:clinic"}
    assert prompted(arms, []) is None
    assert prompted(arms, [f"warm={file}"]) == {"warm": {"model": "local:clinic", "system_prompt": WARM}}
    assert prompted(arms, ["warm=Be kind = calm."]) == {
        "warm": {"model": "local:clinic", "system_prompt": "Be kind = calm."}
    }
    for wrong, told in (("warm", "is not NAME=TEXT"), ("wram=x", "is no arm")):
        with pytest.raises(ConfigError, match=told):
            prompted(arms, [wrong])
