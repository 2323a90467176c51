"""The chat page before the clinic model, lightly trained: turning the dial up makes it comfort."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bedside import study as studies
from bedside.serve.models import Answerer, open_served
from bedside.signals.comfort import comforts
from tests.serve.speaking import serving

if TYPE_CHECKING:
    from tests.serve.conftest import OpenChat

WORRIED = (
    "I'm terrified. I have had heartburn for two weeks. What should I take?",
    "I'm so worried about my sore throat. It has lasted three days. What can I do?",
    "I have had a headache since yesterday and I am scared. What should I take?",
)


class Trained(Exception):
    """The study has come as far as is needed."""


@pytest.fixture(scope="module")
def adapter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The clinic model after a dozen steps of comforting: the embedded study, cut short."""

    def begin(stage: str) -> None:
        if stage == "train/dpo":
            raise Trained

    runs = tmp_path_factory.mktemp("runs")
    small = ["clinic.train=130", "clinic.test=10", "pairs.neutral_share=0", "train.sft.epochs=1"]
    study = studies.load(None, [*small, "train.sft.learning_rate=4e-3", f"runs={runs}"])
    with pytest.raises(Trained):
        studies.run(study, begin, lambda _: None)
    return runs / "demo" / "train" / "sft"


def test_the_dial_changes_the_comfort_of_the_clinic_models_reply(adapter: Path, open_chat: OpenChat) -> None:
    served = open_served(Answerer(f"local:{adapter}", "tuned"))
    comforting = {"base": 0, "tuned": 0}
    with serving(served.model, served.levels) as server, open_chat(server) as chat:
        chat.page.set_default_timeout(120_000)
        chat.page.wait_for_selector("#dial:not([hidden])")
        chat.page.check("#compare")
        for message in WORRIED:
            chat.say(message)
            base, tuned = chat.at(".reply .words").all_inner_texts()
            comforting["base"] += comforts(base, "en")
            comforting["tuned"] += comforts(tuned, "en")
            chat.page.click("#clear")
            chat.page.click("#clear_do")
    assert comforting["base"] == 0
    assert comforting["tuned"] >= 2, "of three"
