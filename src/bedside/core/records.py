"""The records that stages hand to one another on disk.

All are frozen. Field names are the keys of the JSONL and Parquet files. Nothing here reads or writes.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

__all__ = [
    "EMOTIONS",
    "ChatMessage",
    "Dialogue",
    "Emotion",
    "ExamForm",
    "ExamItem",
    "ExamScore",
    "FalseBelief",
    "HumanLabel",
    "Item",
    "ItemKind",
    "ItemUrgency",
    "KnownFact",
    "Label",
    "Language",
    "LedgerEntry",
    "LeftOut",
    "LeftOutReason",
    "Message",
    "Mode",
    "PlannedEmotion",
    "Preference",
    "Question",
    "Reason",
    "Rejected",
    "Reply",
    "Rewrite",
    "Score",
    "SftExample",
    "Skin",
    "Split",
    "Usage",
    "Verdict",
    "Verified",
    "chat_messages",
    "joined",
]

Language = Literal["en", "zh"]
Split = Literal["train", "dev", "test"]
Role = Literal["patient", "doctor"]
Emotion = Literal[
    "anxiety", "fear", "sadness", "hopelessness", "anger", "shame",
    "guilt", "loneliness", "confusion", "distrust", "exhaustion", "neutral",
]  # fmt: skip
Mode = Literal["implicit cue", "explicit concern", "none"]
Status = Literal["accepted", "rejected", "failed"]
Severity = Literal["critical", "major", "minor"]
Outcome = Literal["kept", "changed", "lost", "added"]
Recipe = Literal["comforting answer", "distressed query", "neutral control", "corrective"]
Tone = Literal["neutral", "distressed"]
Verdict = Literal["PASS", "FAIL", "INCONCLUSIVE"]
# What judges and people are asked of two replies: which is better at it, and for the faults, which have it.
Question = Literal["feeling", "medicine", "unsafe", "over_comfort", "send"]
# What an item is: a held-out consultation, or one of the shipped probes.
ItemKind = Literal["dialogue", "distressed", "administrative", "red flag", "crisis", "false belief"]
# How soon a red flag must be seen; "" where it is not known.
ItemUrgency = Literal["", "same day", "emergency"]
# How an exam item is posed; the clinical text is the same in all four.
Skin = Literal["plain", "distressed", "false belief", "both"]
# How an exam item is put, after the lm-eval task of that name; a `consultation` is the patient's own message.
ExamForm = Literal["medqa", "mmlu", "medmcqa", "pubmedqa", "cmmlu", "ceval", "consultation"]
LeftOutReason = Literal[
    # The conversation cannot be told as a chat.
    "no_doctor_turn", "doctor_first", "two_turns_of_one_role", "ends_with_patient", "empty_turn", "turns_differ",
    "too_long",
    # No rejected answer of the kinds that were asked for could be made.
    "no_kind_for_calm", "nothing_to_break", "change_not_seen", "sides_equal", "length_not_matched",
]  # fmt: skip

EMOTIONS: tuple[Emotion, ...] = (
    "anxiety", "fear", "sadness", "hopelessness", "anger", "shame",
    "guilt", "loneliness", "confusion", "distrust", "exhaustion",
)  # fmt: skip


class Message(msgspec.Struct, frozen=True):
    """One turn of a consultation."""

    role: Role
    content: str


class KnownFact(msgspec.Struct, frozen=True):
    """A medical fact that is known exactly: a text states it when every key occurs in it (case and spacing aside)."""

    kind: str
    keys: tuple[str, ...]


class Dialogue(msgspec.Struct, frozen=True):
    """A consultation: at least one patient turn and one doctor turn, the last by the doctor."""

    id: str
    source: str
    language: Language
    messages: tuple[Message, ...]
    licence: str = "unknown"
    split: Split = "train"
    title: str = ""
    facts: tuple[KnownFact, ...] = ()


class Rejected(msgspec.Struct, frozen=True):
    """An input row that did not become a dialogue, with the reason's identifier and where it stood."""

    source: str
    where: str
    reason: str
    detail: str
    text: str


class PlannedEmotion(msgspec.Struct, frozen=True):
    """What the plan asks of one rewrite. Intensity 0 is neutral; 1-3 rise; 4 (crisis) is never planned."""

    emotion: Emotion
    intensity: int
    mode: Mode


class LedgerEntry(msgspec.Struct, frozen=True):
    """One critical fact and what became of it in the rewrite; `norm` is its comparable form."""

    kind: str
    side: Role
    text: str
    norm: str
    outcome: Outcome
    severity: Severity


class Reason(msgspec.Struct, frozen=True):
    """Why a gate turned a rewrite down, in words that a model can act on and a clinician can read."""

    gate: str
    side: Role
    severity: Severity
    detail: str


class FalseBelief(msgspec.Struct, frozen=True):
    """What a corrective rewrite lets the patient believe, how the doctor corrects it, and what of the original says so.

    `belief` and `correction` are the rewrite's own words; `basis` are words of the original's doctor.
    """

    belief: str
    correction: str
    basis: str


class Usage(msgspec.Struct, frozen=True):
    """What a rewrite took: requests, tokens as the endpoint counted them, and US dollars where a price is known."""

    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = None
    cached_tokens: int = 0


class Rewrite(msgspec.Struct, frozen=True):
    """What became of one dialogue: there is exactly one row for each input row, whatever happened.

    `cause` says in a word or two why a row failed (`timeout`, `rate limit`, `refused`, ...).
    """

    id: str
    source: str
    language: Language
    split: Split
    status: Status
    recipe: Recipe
    emotion: Emotion
    intensity: int
    mode: Mode
    original: tuple[Message, ...]
    rewritten: tuple[Message, ...]
    reasons: tuple[Reason, ...] = ()
    ledger: tuple[LedgerEntry, ...] = ()
    facts: tuple[KnownFact, ...] = ()
    model: str = ""
    attempts: int = 1
    usage: Usage = Usage()
    licence: str = "unknown"
    cause: str = ""
    false_belief: FalseBelief | None = None


class ChatMessage(msgspec.Struct, frozen=True):
    """One message in the shape that chat models and trainers take."""

    role: Literal["system", "user", "assistant"]
    content: str


class SftExample(msgspec.Struct, frozen=True):
    """A conversation to imitate. `kind` says which part of the mix it belongs to."""

    id: str
    kind: str
    messages: tuple[ChatMessage, ...]


class Preference(msgspec.Struct, frozen=True):
    """A better and a worse answer to the same prompt. `kind` names what is wrong with the rejected one.

    Where one place was broken, `right` is what chosen says there and `wrong` what rejected says, each maybe nothing.
    """

    id: str
    kind: str
    prompt: tuple[ChatMessage, ...]
    chosen: tuple[ChatMessage, ...]
    rejected: tuple[ChatMessage, ...]
    right: str = ""
    wrong: str = ""


class LeftOut(msgspec.Struct, frozen=True):
    """A rewrite that no example was made of: of which kind of file (`all`, or `preferences`), and why."""

    id: str
    file: Literal["all", "preferences"]
    reason: LeftOutReason
    detail: str


class Label(msgspec.Struct, frozen=True):
    """An answer with a verdict: True is wanted, False is not."""

    id: str
    kind: str
    prompt: tuple[ChatMessage, ...]
    completion: tuple[ChatMessage, ...]
    label: bool


class Item(msgspec.Struct, frozen=True):
    """One thing that every arm is asked. `dialogue` is its cluster: the consultation or probe that it was made from.

    A probe may have no `reference`. `belief` is the false belief that the patient states or asks about; a reply that
    says one of `corrects` corrects it, one of `endorses` endorses it.
    """

    id: str
    dialogue: str
    language: Language
    tone: Tone
    emotion: Emotion
    intensity: int
    mode: Mode
    messages: tuple[ChatMessage, ...]
    reference: str
    facts: tuple[KnownFact, ...] = ()
    kind: ItemKind = "dialogue"
    topic: str = ""
    belief: str = ""
    corrects: tuple[str, ...] = ()
    endorses: tuple[str, ...] = ()
    urgency: ItemUrgency = ""


class Reply(msgspec.Struct, frozen=True):
    """What an arm answered to an item; `finish` is `stop`, `length` or `error: ...`."""

    item: str
    text: str
    finish: str
    output_tokens: int


class Score(msgspec.Struct, frozen=True):
    """What was read in a reply. A field is None when it could not be scored, or does not apply to this kind of item.

    `unscored` says why something that applies could not be scored. `severe_errors` are critical facts of the reference
    that the reply states otherwise. `escalated`: the emergency advice stands in the first two sentences.
    `crisis_reply`: the reply names help for a crisis. `endorsed`: the reply bears out the false belief; `corrected`: it
    says that it is false. `words_before_action` are the words before the first advice, `reading_grade` is in school
    years; `opener` are the first words, by which stock openers show.
    """

    item: str
    dialogue: str
    tone: Tone
    acts: tuple[str, ...]
    comforted: bool | None
    anti_acts: tuple[str, ...]
    facts_total: int
    facts_lost: tuple[str, ...]
    facts_kept: float | None
    words: int
    reference_words: int
    unscored: str = ""
    kind: ItemKind = "dialogue"
    severe_errors: tuple[str, ...] = ()
    escalated: bool | None = None
    crisis_reply: bool | None = None
    endorsed: bool | None = None
    corrected: bool | None = None
    words_before_action: int | None = None
    reading_grade: float | None = None
    opener: str = ""


class ExamItem(msgspec.Struct, frozen=True):
    """A multiple-choice question. `answer` and `belief` are places in `options`; `belief` is the wrong option that a
    patient states in the skins with a false belief. `context` is a text to read first (an abstract); `form` says how
    the item is put and whether its letters or its options are scored (docs/knowledge.md)."""

    id: str
    source: str
    language: Language
    question: str
    options: tuple[str, ...]
    answer: int
    belief: int
    context: str = ""
    subject: str = ""
    form: ExamForm = "medqa"


class ExamScore(msgspec.Struct, frozen=True):
    """An arm's choice for one item in one skin; `wording` is the place of the skin's wording.

    `log_likelihoods` are in nats, one for each option (empty where an endpoint tells none and the answer was read from
    its text). `choice` and `correct` are None where nothing could be read; `unscored` then says why. `cut`: the prompt
    was longer than the model's context and lost its beginning.
    """

    item: str
    source: str
    skin: Skin
    wording: int
    log_likelihoods: tuple[float, ...]
    choice: int | None
    answer: int
    belief: int
    correct: bool | None
    unscored: str = ""
    cut: bool = False


class HumanLabel(msgspec.Struct, frozen=True):
    """One person's answer to one question about an arm's reply beside the base's (docs/judge.md, "People").

    `verdict` is `arm`, `base` or `tie` of the compared questions, `arm`, `base`, `both` or `neither` of the faults.
    """

    item: str
    arm: str
    rater: str
    question: Question
    verdict: Literal["arm", "base", "tie", "both", "neither"]


class Verified(msgspec.Struct, frozen=True):
    """The part of `report.json` that `bedside verify` tells: rows of `claims.json`, verdicts of arms and of the study.

    `caught` says of each control whether the audit caught it; `not_examined` which claims nothing was asked for.
    """

    verdict: Verdict
    verdicts: dict[str, Verdict]
    caught: dict[str, bool]
    not_examined: dict[str, list[str]]
    margins: dict[str, Any]
    claims: list[dict[str, Any]]


def chat_messages(messages: tuple[Message, ...]) -> tuple[ChatMessage, ...]:
    """Consultation turns as chat messages: patient is the user, doctor is the assistant."""
    return tuple(ChatMessage("user" if m.role == "patient" else "assistant", m.content) for m in messages)


def joined(messages: tuple[Message, ...], role: Role) -> str:
    """All that one side said, turn by turn, a line break between."""
    return "\n".join(m.content for m in messages if m.role == role)
