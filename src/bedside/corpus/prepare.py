"""One row of a source made ready: cleaned, de-identified, judged, hashed. Pure; knows nothing of other rows.

Rows are made ready in batches, so that other processes can do it; what comes back are bytes, written as they are.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence

import msgspec

from bedside.core.config import CorpusConfig
from bedside.core.records import Dialogue, Message, Rejected, Split
from bedside.corpus.clean import clean
from bedside.corpus.duplicates import Signatures, signatures
from bedside.corpus.privacy import deidentify
from bedside.corpus.quality import fault
from bedside.corpus.raw import Given, Raw

__all__ = ["Batch", "Ready", "Row", "prepare"]

Row = Raw | Given | Rejected
# What is kept of a rejected row, in characters.
KEPT_TEXT = 2000


class Ready(msgspec.Struct, frozen=True):
    """A dialogue as the line that it will be; `own` if bedside wrote it before: it is compared word for word only."""

    id: str
    where: str
    content: bytes
    own: bool
    line: bytes


class Batch(msgspec.Struct, frozen=True):
    """Rows made ready, in their order; signatures have one row for each `Ready`, of the dialogue and of the patient."""

    rows: list[Ready | Rejected]
    private: dict[str, int]
    whole: Signatures | None
    asked: Signatures | None


def prepare(rows: Sequence[Row], config: CorpusConfig) -> Batch:
    """Make rows ready; signatures are taken only where the settings ask for them."""
    private: Counter[str] = Counter()
    done: list[Ready | Rejected] = []
    texts: list[tuple[str, str]] = []
    encode = msgspec.json.Encoder().encode
    for row in rows:
        dialogue = _dialogue(row, config, private)
        if isinstance(dialogue, Rejected):
            done.append(dialogue)
            continue
        assert not isinstance(row, Rejected)
        dialogue = _with_split(dialogue, config.test_share)
        texts.append((" ".join(m.content for m in dialogue.messages), _asked(dialogue)))
        done.append(Ready(dialogue.id, row.where, content_hash(dialogue), isinstance(row, Given), encode(dialogue)))
    whole = signatures([text for text, _ in texts]) if config.near_duplicates else None
    asked = signatures([text for _, text in texts]) if config.against else None
    return Batch(done, dict(private), whole, asked)


def _dialogue(row: Row, config: CorpusConfig, private: Counter[str]) -> Dialogue | Rejected:
    """The dialogue of a row, or why it has none; dialogues that bedside wrote before are checked only."""
    if isinstance(row, Rejected):
        return row
    if isinstance(row, Given):
        return row.dialogue if _is_exchange(row.dialogue) else _no_exchange(row)
    cleaned = clean(row, config)
    if isinstance(cleaned, Rejected):
        return cleaned
    if reason := fault(cleaned, config):
        text = "\n".join(f"{m.role}: {m.content}" for m in cleaned.messages)
        return Rejected(cleaned.source, row.where, reason[0], reason[1], text[:KEPT_TEXT])
    return _deidentified(cleaned, private) if config.deidentify else cleaned


def _deidentified(dialogue: Dialogue, private: Counter[str]) -> Dialogue:
    messages, counts = deidentify((Message("patient", dialogue.title), *dialogue.messages), dialogue.language)
    private.update(counts)
    return msgspec.structs.replace(dialogue, title=messages[0].content, messages=messages[1:])


def _no_exchange(row: Given) -> Rejected:
    text = "\n".join(m.content for m in row.dialogue.messages)
    detail = "a dialogue opens with the patient and ends with the doctor"
    return Rejected(row.dialogue.source, row.where, "no_exchange", detail, text[:KEPT_TEXT])


def _is_exchange(dialogue: Dialogue) -> bool:
    messages = dialogue.messages
    return bool(messages) and messages[0].role == "patient" and messages[-1].role == "doctor"


def _asked(dialogue: Dialogue) -> str:
    """The patient's words."""
    return " ".join(m.content for m in dialogue.messages if m.role == "patient")


def content_hash(dialogue: Dialogue) -> bytes:
    """Hash of all words, letter case and spacing aside."""
    text = "\0".join(" ".join(m.content.lower().split()) for m in dialogue.messages)
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


def _with_split(dialogue: Dialogue, test_share: float) -> Dialogue:
    """The split is read off the patient's words: it never changes when data is added. A given test row stays one."""
    if dialogue.split != "train":
        return dialogue
    asked = " ".join(dialogue.messages[0].content.lower().split())
    place = int(hashlib.sha256(asked.encode()).hexdigest()[:8], 16) / 16**8
    split: Split = "test" if place < test_share else "train"
    return msgspec.structs.replace(dialogue, split=split) if split != dialogue.split else dialogue
