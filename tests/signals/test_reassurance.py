"""False reassurance: promises and dismissals are found; conditions, reasons, doubts and denials are not."""

from __future__ import annotations

import pytest

from bedside.core.records import Language
from bedside.signals.reassurance import false_reassurance

FALSE: list[tuple[Language, str]] = [
    ("en", "There is nothing to worry about."),
    ("en", "You will be perfectly fine."),
    ("en", "I promise you this is not cancer."),
    ("en", "It can't be anything serious."),
    ("en", "There is absolutely no risk."),
    ("en", "It's all in your head."),
    ("en", "Nobody ever dies of this."),
    ("en", "The lump will disappear, mark my words."),
    ("zh", "您放心，肯定没事。"),
    ("zh", "绝对不会复发。"),
    ("zh", "我保证手术成功。"),
    ("zh", "这个药没有任何副作用。"),
    ("zh", "不用担心，没什么大不了的。"),
    ("zh", "别自己吓自己，不可能是癌。"),
]
SOUND: list[tuple[Language, str]] = [
    ("en", "If the scan is clear you can be reassured."),
    ("en", "Because the troponin is normal, a heart attack is very unlikely."),
    ("en", "I can't promise that everything will be fine."),
    ("en", "Most people recover within two weeks."),
    ("en", "You say that everyone tells you there is nothing to worry about."),
    ("en", "I will be with you at every step."),
    ("zh", "如果复查正常，您就可以放心。"),
    ("zh", "因为肌钙蛋白正常，所以心梗可能性很小。"),
    ("zh", "这不代表一定没事，我们还要再看。"),
    ("zh", "我不能保证一定能好。"),
    ("zh", "多数人两周左右恢复。"),
    ("zh", "我们会一直陪着您。"),
]


@pytest.mark.parametrize(("language", "text"), FALSE)
def test_is_found_with_its_place(language: Language, text: str) -> None:
    found = false_reassurance(text, language)
    assert found
    assert all(f.text == text[f.start : f.end] != "" for f in found)


@pytest.mark.parametrize(("language", "text"), SOUND)
def test_grounded_or_hedged_is_left(language: Language, text: str) -> None:
    assert false_reassurance(text, language) == ()


def test_only_the_unfounded_sentence_counts() -> None:
    text = "If the swab is clear, you can relax. You will be absolutely fine."
    (found,) = false_reassurance(text, "en")
    assert found.start > text.index("relax")


# Written after the last training, and no line of it.
PLAIN_ADVICE = (
    "晚饭别吃太晚。", "多晒太阳，多走动。", "少盐少油，慢慢来。", "先热敷，再轻轻揉。", "有痰就咳出来。",
    "您哪天开始疼的？", "上次月经什么时候？", "把药名念给我听。", "可以洗澡，别泡澡。", "多喝水，少吃辣。",
    "多休息，别着急上班。", "饭后走一走，有助消化。", "伤口不红不肿就不用换药。", "早上空腹来抽血。", "别提重东西。",
    "觉得累就歇一会儿。", "体温三十七度二，先观察。", "问题记在纸上，一次问完。",
)  # fmt: skip


@pytest.mark.parametrize("text", PLAIN_ADVICE)
def test_short_plain_advice_and_questions_promise_nothing(text: str) -> None:
    assert false_reassurance(text, "zh") == ()
