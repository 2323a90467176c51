"""Which option an answer in words names: strict, in English and Chinese, or nothing.

It is read where a model tells no log-probabilities. An answer counts when it is a letter alone, begins with a letter
set apart, says "the answer is X" (答案是 X), or is one option's own words. Letters that contradict one another name
nothing; so does a letter that stands anywhere in a sentence ("A patient ...").
"""

from __future__ import annotations

import re

from bedside.evaluate.exam_formats.question import LETTERS

__all__ = ["option_named"]

MARK = r"[\s*_`\"'“”‘’「」()（）\[\]【】{}$]*"
LETTER = rf"([{LETTERS}])(?![A-Za-z0-9'’-])"
# A letter and nothing else.
ALONE = re.compile(rf"\A{MARK}{LETTER}{MARK}[.。!]?{MARK}\Z")
# "B. Warfarin", "(B) because ...", "**B**: ...", "B、…", "B\n\nbecause".
FIRST = re.compile(rf"\A{MARK}{LETTER}(?:[*_`\"'”’」]*[)\]）】.:：、,，;；]|[*_`\"'”’」]*\s*[\r\n]|\s+[-–—]\s)")
SAID = (
    re.compile(
        rf"\b(?i:(?:correct |right |best |final |most likely |one )*(?:answer|option|choice))\b{MARK}"
        rf"(?i:is|would be|must be|should be|:|：|=)?{MARK}(?:(?i:is|option|choice|letter|:|：)\b?{MARK})*{LETTER}"
    ),
    re.compile(rf"\b(?i:I(?:'d| would| will)? (?:choose|pick|select|go with|went with)|I(?:'d| would) say){MARK}"
               rf"(?:(?i:option|answer){MARK})?{LETTER}"),
    re.compile(rf"(?:正确|最佳|最终)?(?:答案|选项)(?:应该|应当|应|就)?(?:是|为|选|：|:)?{MARK}(?:选项)?{MARK}{LETTER}"),
    re.compile(rf"(?:应该|应当|应|我|故|所以|因此|，|。|：|\A)选择?{MARK}(?:选项|项)?{MARK}{LETTER}"),
    re.compile(rf"\\boxed\{{\s*(?:\\text\{{)?\s*{LETTER}"),
)
# "The answer is not B", 答案不是 B.
DENIED = re.compile(r"\b(?:not|isn't|never)\b|不是|不选|并非", re.IGNORECASE)


def option_named(text: str, options: tuple[str, ...]) -> int | None:
    """The place of the one option that an answer names; None where it names none, or several."""
    bare = text.strip()
    for pattern in (ALONE, FIRST):
        if found := pattern.search(bare):
            return _place(found[1], options)
    said = {found[1] for pattern in SAID for found in pattern.finditer(bare) if not DENIED.search(found[0])}
    if len(said) == 1:
        return _place(said.pop(), options)
    if said:
        return None
    same = [place for place, option in enumerate(options) if _plain(option) == _plain(bare)]
    return same[0] if len(same) == 1 else None


def _place(letter: str, options: tuple[str, ...]) -> int | None:
    place = LETTERS.index(letter)
    return place if place < len(options) else None


def _plain(text: str) -> str:
    return " ".join(text.casefold().strip(" \t\r\n.。*\"'“”").split())
