"""Which option an answer in words names: strict, in English and Chinese, or nothing.

It is read where a model tells no log-probabilities. An answer counts when it is a letter alone, begins with a letter
set apart, says "the answer is X" (答案是 X), or is one option's own words. Letters that contradict one another name
nothing; nor does a letter that merely stands in a sentence ("A patient ...", "option B is wrong").
"""

from __future__ import annotations

import re

from bedside.evaluate.exam_formats.question import LETTERS

__all__ = ["option_named"]

MARK = r"[\s*_`\"'“”‘’「」()（）\[\]【】{}$]*"
# A letter; the articles "A" and "I" do not count before a word that goes on, nor any letter before another ("A or B").
LETTER = (
    r"([B-HJ]|[AI](?!\s+(?!(?:because|since|as|which|given)\b)[a-z]))(?![A-Za-z0-9'’-])"
    rf"(?!\s*(?:or|and|/|,|、|或者?|和|及)\s*[{LETTERS}](?![A-Za-z0-9]))"
)
BETWEEN = r"[^A-Za-z0-9\n.。;；不非]{0,12}"
# A letter and nothing else.
ALONE = re.compile(rf"\A{MARK}{LETTER}{MARK}[.。!]?{MARK}\Z")
# "B. Warfarin", "(B) because ...", "**B**: ...", "B、…", and "B" on a line of its own.
FIRST = re.compile(rf"\A{MARK}{LETTER}[*_`\"'”’」]*(?:[)\]）】.:：、,，;；]|\s*[\r\n]|\s+[-–—]\s)")
SAID = (
    re.compile(
        rf"(?i:\banswer|\b(?:correct|right|best)\s+(?:option|choice|one))\b{BETWEEN}"
        rf"(?:(?i:is|would be|must be|should be)\b{BETWEEN})?(?:(?i:option|choice|letter)\b{BETWEEN})?{LETTER}"
    ),
    re.compile(rf"(?i:\bI(?:'d|’d| would| will)? (?:choose|pick|select|go with|say))\b{BETWEEN}{LETTER}"),
    re.compile(rf"(?:答案|正确(?:的)?选项|正确的){BETWEEN}{LETTER}"),
    re.compile(rf"(?<![不别])(?:选择|选(?!项)){BETWEEN}{LETTER}"),
    re.compile(rf"\\boxed\{{\s*(?:\\text\{{)?\s*{LETTER}"),
)
LED_BY = re.compile(rf"\A{MARK}([{LETTERS}])\s+")


def option_named(text: str, options: tuple[str, ...]) -> int | None:
    """The place of the one option that an answer names; None where it names none, or several."""
    bare = text.strip()
    for pattern in (ALONE, FIRST):
        if found := pattern.search(bare):
            return _place(found[1], options)
    said = {found[1] for pattern in SAID for found in pattern.finditer(bare)}
    if said:
        return _place(said.pop(), options) if len(said) == 1 else None
    led = LED_BY.match(bare)
    place = _place(led[1], options) if led else None
    if led and place is not None and _plain(bare[led.end() :]) == _plain(options[place]):
        return place
    same = [place for place, option in enumerate(options) if _plain(option) == _plain(bare)]
    return same[0] if len(same) == 1 else None


def _place(letter: str, options: tuple[str, ...]) -> int | None:
    place = LETTERS.index(letter)
    return place if place < len(options) else None


def _plain(text: str) -> str:
    return " ".join(text.casefold().strip(" \t\r\n.。*\"'“”").split())
