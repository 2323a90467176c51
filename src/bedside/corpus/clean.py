"""Cleaning one consultation: `Raw -> Dialogue | Rejected`. Pure; knows nothing of other consultations.

Encoding damage is mended (ftfy), markup, links and the consultation sites' own words go, spacing is made regular,
English in lower case gets sentence case.
What is left must be a consultation: it opens with the patient, ends with the doctor, and both say something.
"""

from __future__ import annotations

import html
import re

import ftfy

from bedside.core.config import CorpusConfig
from bedside.core.records import Dialogue, Language, Message, Rejected
from bedside.core.text import is_chinese, word_count
from bedside.corpus.raw import Raw
from bedside.corpus.sentence_case import restore_case

__all__ = ["clean", "clean_text"]

TAG = re.compile(
    r"</?(?:a|b|i|u|p|br|hr|em|strong|div|span|font|img|ul|ol|li|h[1-6]|table|tbody|tr|td|th|sub|sup|pre|code|center"
    r"|blockquote|script|style|link|html|body|head)(?:\s[^<>]{0,300})?/?>|<[a-z]+_[a-z_]+>",
    re.IGNORECASE,
)
# The sites' own words around an answer, in the sources' own spelling.
BOILERPLATE = re.compile(
    r"""(?ix)
      (?:for\ (?:further|more)\ (?:information|queries|doubts)[^.?!\n]{0,40}\s)?
      consult\ an?\ (?:(?!(?:before|after|if|when|about|for|or|you|that)\b)[\w-]+[ ,&/]+){1,8}?online
      \s*(?:-+>\s*(?:<link>|https?:\S+)?|$)
    | -+>\s*(?:<link>|https?:\S+)?
    | (?:https?://|www\.)\S+
    | ^\s*in\ brief:\s*
    | would\ you\ like\ to\ video\ or\ text\ chat\ with\ me\?
    | \(attachments?\ removed\ to\ protect\ (?:the\ )?patient'?s?\ identity\)\.?
    | \bchat\ ?doctor\b\.?
    | \bthanks?\ for\ (?:using|choosing|posting\ (?:your\ query\ )?(?:at|on|to))[ ]
      (?:healthcaremagic|hcm|icliniq|healthtap)[^.!\n]*[.!]?
    """,
    re.MULTILINE,
)
# One of these stands wherever BOILERPLATE matches; most texts hold none, and looking for them is quicker.
SITE_MARKS = (
    "consult", "->", "http", "www.", "in brief", "would you like to", "attachment", "chat", "healthcaremagic", "hcm",
    "icliniq", "healthtap",
)  # fmt: skip
# Anything but characters that ftfy leaves as they are, whatever stands beside them: no sign of damaged encoding, no
# entity, nothing that the normal form changes. Most Chinese text holds no other, and to look is far quicker than ftfy.
MAY_BE_DAMAGED = re.compile(
    r"[^\t\n -%'-~\u2013\u2014\u2018\u2019\u201c\u201d\u2026\u2103\u2460-\u2473\u3001-\u3029\u3400-\u4dbf\u4e00-\u9fa5"
    r"\uff01-\uff5e]"
)
AS_FTFY_DOES = ftfy.TextFixerConfig(explain=False, uncurl_quotes=False, fix_character_width=False)
# One plain space stays as it is and needs no look.
SPACES = re.compile(r"[ \t\u00a0\u3000]{2,}|[\t\u00a0\u3000]")
BREAKS = re.compile(r" ?\n\s*")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u2028-\u202e\ufeff\ufffd]")
CUT_OFF = ("…", "...")


def clean(raw: Raw, config: CorpusConfig) -> Dialogue | Rejected:
    """The cleaned consultation, or the reason why it is none."""
    messages = _merge_turns([Message(m.role, clean_text(m.content)) for m in raw.messages])
    while messages and messages[0].role == "doctor":
        messages.pop(0)
    while messages and messages[-1].role == "patient":
        messages.pop()
    reason = _fault(messages, config)
    if reason:
        text = "\n".join(f"{m.role}: {m.content}" for m in raw.messages)
        return Rejected(raw.source, raw.where, reason[0], reason[1], text[:2000])
    text = "".join(m.content for m in messages)
    language: Language = raw.language or ("zh" if is_chinese(text) else "en")
    if language == "en":
        messages = [Message(m.role, restore_case(m.content)) for m in messages]
    return Dialogue(
        id=raw.key,
        source=raw.source,
        language=language,
        messages=tuple(messages),
        licence=raw.licence,
        title=clean_text(raw.title),
        split=raw.split,
        facts=raw.facts,
    )


def clean_text(text: str) -> str:
    """A message without encoding damage, markup, links and site words; line breaks are kept, runs of space are not."""
    text = html.unescape(text)
    if "\x1b" in text or (not text.isascii() and MAY_BE_DAMAGED.search(text)):  # plain ASCII cannot be damaged
        text = ftfy.fix_text(text, AS_FTFY_DOES)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "<" in text:
        text = TAG.sub(" ", text)
    low = text.lower()
    if any(map(low.__contains__, SITE_MARKS)):
        text = BOILERPLATE.sub(" ", text)
    return _spaced(text)


def _spaced(text: str) -> str:
    """The text without control characters, its spacing regular. Breaks, tabs and the like are not printable."""
    if text.isprintable() and "  " not in text and "\ufffd" not in text:
        return text.strip()
    text = SPACES.sub(" ", CONTROL.sub("", text))
    return (BREAKS.sub("\n", text) if "\n" in text else text).strip()


def _merge_turns(messages: list[Message]) -> list[Message]:
    """Join what one side said in a row; turns that say nothing go."""
    merged: list[Message] = []
    for message in messages:
        if not message.content:
            continue
        if merged and merged[-1].role == message.role:
            merged[-1] = Message(message.role, f"{merged[-1].content}\n{message.content}")
        else:
            merged.append(message)
    return merged


def _fault(messages: list[Message], config: CorpusConfig) -> tuple[str, str] | None:
    if not messages:
        return "no_exchange", "there is no patient's message that a doctor answers"
    patient = sum(word_count(m.content) for m in messages if m.role == "patient")
    doctor = sum(word_count(m.content) for m in messages if m.role == "doctor")
    if patient < config.min_patient_words:
        return "patient_too_short", f"{patient} words, at least {config.min_patient_words} are asked"
    if doctor < config.min_doctor_words:
        return "doctor_too_short", f"{doctor} words, at least {config.min_doctor_words} are asked"
    if messages[-1].content.rstrip().endswith(CUT_OFF):
        return "answer_cut_off", "the doctor's last message ends in an ellipsis"
    return None
