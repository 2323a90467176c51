"""The gate on leakage: a rewrite holds a patient's and a doctor's words, and nothing of how they were asked for.

Turned down: marks and scaffolding of the request, sentences of the prompts, a model that speaks of itself, refuses or
talks about its task, words of another language, addresses that the original does not have, and a doctor who says what
a sentence in the dialogue told a model to say. What the original says itself is no leak. The lists are
`data/*.yaml`; they know common wordings, so a leak in other words passes. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib import resources

from bedside.core.phrases import load_yaml
from bedside.core.records import Message, Reason, Role, joined
from bedside.core.text import sentences

__all__ = ["leaks"]

SIDES: tuple[Role, Role] = ("patient", "doctor")
# Each list with what is wrong, as the model is told.
LISTS = {
    "scaffolding": "a mark of the request's form",
    "identity": "a model speaking of itself",
    "refusals": "a refusal",
    "remarks": "a remark about the task",
}
# So many words (Chinese: characters) in a row that stand in a prompt and not in the original were copied from it.
PROMPT_WORDS, PROMPT_CHARACTERS = 8, 12
# Looked at in every fourth place first: a run of eight has four in a row that begin in such a place.
LOOK = 4
# Words in a row of the other language that no name or unit explains.
FOREIGN_WORDS, FOREIGN_CHARACTERS = 6, 2
TOKEN = re.compile(r"[^\W_\u3400-\u9fff]+|[\u3400-\u9fff]")
LATIN_RUN = re.compile(rf"(?:[A-Za-z]+[ ,;'’-]+){{{FOREIGN_WORDS - 1},}}[A-Za-z]+")
CHINESE_RUN = re.compile(rf"[\u3400-\u9fff]{{{FOREIGN_CHARACTERS},}}")
ADDRESS = re.compile(
    r"(?:https?://|\bwww\.)[^\s()（），。<>]+|\b[\w.+-]+@[\w-]+\.\w+|\b[\w-]+\.(?:com|net|org|cn|io|info)\b", re.I
)
ADDRESS_MARKS = ("http", "www.", "@", ".com", ".net", ".org", ".cn", ".io", ".info")
INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad]")


def leaks(original: tuple[Message, ...], rewritten: tuple[Message, ...]) -> Iterator[Reason]:
    """A critical reason for everything that leaked into the rewrite, side by side."""
    everything = _plain("\n".join(m.content for m in original))
    for side in SIDES:
        own, text = _plain(joined(original, side)), _plain(joined(rewritten, side))
        if text == own:
            continue
        for what, words in (*_listed(text, own), *_copied(text, everything), *_foreign(text, everything)):
            yield _reason(side, what, words)
    for words in _obeyed(original, _plain(joined(rewritten, "doctor"))):
        yield _reason("doctor", "what a sentence in the dialogue told a model to write", words)


def _reason(side: Role, what: str, words: str) -> Reason:
    return Reason("leakage", side, "critical", f"Take out {what}: “{' '.join(words.split())[:80]}”.")


def _plain(text: str) -> str:
    """Full-width letters and signs as plain ones, invisible characters gone."""
    if text.isascii():
        return text
    return INVISIBLE.sub("", unicodedata.normalize("NFKC", text))


def _listed(text: str, known: str) -> Iterator[tuple[str, str]]:
    """The first finding of each list that the original does not say as well."""
    small, before = text.casefold(), known.casefold()
    for name, what in LISTS.items():
        found = (m[0] for p in _tried(name, "any", small) for m in p.finditer(text))
        words = next((w for w in found if w.strip().casefold() not in before), None)
        if words is not None:
            yield what, words


def _tried(name: str, part: str, small: str) -> Iterator[re.Pattern[str]]:
    """The patterns of a list that may match, told by the literals before them."""
    return (pattern for literals, pattern in _patterns(name, part) if any(one in small for one in literals))


def _copied(text: str, known: str) -> Iterator[tuple[str, str]]:
    """The first run of words that stands in a prompt and not in the original."""
    tokens = _tokens(text)
    looks, runs = _prompt_runs()
    near = [n for n in range(0, len(tokens), LOOK) if tuple(tokens[n : n + LOOK]) in looks]
    if not near:
        return
    said = {run for _, run in _runs(_tokens(known))}
    for _, run in _runs(tokens):
        if run in runs and run not in said:
            yield "words of the prompt", (" " if run[0].isascii() else "").join(run)
            return


def _foreign(text: str, known: str) -> Iterator[tuple[str, str]]:
    """A run of words in a language that the original's words are not in, and an address that it does not have."""
    if CHINESE_RUN.search(known):
        run = LATIN_RUN.search(text)
        if run and run[0].casefold() not in known.casefold():
            yield "words of another language", run[0]
    elif run := CHINESE_RUN.search(text):
        yield "words of another language", run[0]
    if not any(mark in text for mark in ADDRESS_MARKS):
        return
    # Damaged originals have spaces within an address.
    spaceless = "".join(known.casefold().split())
    for match in ADDRESS.finditer(text):
        if match[0].rstrip(".").casefold() not in spaceless:
            yield "an address that the dialogue does not hold", match[0]
            return


def _obeyed(original: tuple[Message, ...], doctor: str) -> Iterator[str]:
    """What instruction-like sentences of the dialogue ask to be written, and the doctor now writes."""
    own, small = _plain(joined(original, "doctor")).casefold(), doctor.casefold()
    for message in original:
        for sentence in sentences(_plain(message.content)):
            if not any(p.search(sentence) for p in _tried("instructions", "instructions", sentence.casefold())):
                continue
            for match in (m for _, p in _patterns("instructions", "payloads") for m in p.finditer(sentence)):
                words = match[1].strip(" .。!！").casefold()
                if words in small and words not in own:
                    yield match[1]
                    return


@cache
def _patterns(name: str, part: str) -> tuple[tuple[tuple[str, ...], re.Pattern[str]], ...]:
    """Each pattern of a list with the literals one of which its matches have."""
    lines = load_yaml(f"rewrite/data/{name}.yaml")[part]
    pairs = [line if isinstance(line, list) else ["", line] for line in lines]
    return tuple((tuple(literals.split(" / ")), re.compile(pattern, re.IGNORECASE)) for literals, pattern in pairs)


@cache
def _prompt_runs() -> tuple[frozenset[tuple[str, ...]], frozenset[tuple[str, ...]]]:
    """Every short look and every whole run of words in any prompt file."""
    folder = resources.files("bedside").joinpath("prompts")
    texts = [p.read_text(encoding="utf-8") for p in folder.iterdir() if p.name.endswith(".md")]
    read = [_tokens(_plain(text)) for text in texts]
    looks = frozenset(tuple(tokens[n : n + LOOK]) for tokens in read for n in range(len(tokens)))
    return looks, frozenset(run for tokens in read for _, run in _runs(tokens))


def _tokens(text: str) -> list[str]:
    return TOKEN.findall(text.casefold())


def _runs(tokens: list[str]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Each place with the run that starts there, as long as its first token's script asks for."""
    for start, token in enumerate(tokens):
        length = PROMPT_CHARACTERS if "\u3400" <= token[0] <= "\u9fff" else PROMPT_WORDS
        if start + length <= len(tokens):
            yield start, tuple(tokens[start : start + length])
