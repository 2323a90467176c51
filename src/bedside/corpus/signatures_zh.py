"""Names at the end of a Chinese message: 儿科 禚颖, a line of its own before the title, 盼复！ 逯海涛.

Knows the last lines alone; departments, titles and dates beside the name are left.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bedside.corpus.cued_zh import is_titled_name
from bedside.corpus.words_zh import HAN, is_medicine, words

__all__ = ["signed_name"]

# How far from a message's end a signature is looked for, in characters.
REACH = 40
PART = re.compile(r"[^\s，,。.！!；;：:—–~-]+")
OPENS = re.compile(
    r"\n|[—–]{1,2}|\s{2,}|[。！!]\s?(?=[\u4e00-\u9fff]{2,4}[。\s]*\Z)|(?:敬礼|盼复|此致|谢谢|祝好|署名|签名)[！!。，,：:\s]+"
)
# What stands beside a name in a signature.
BESIDE = re.compile(
    r".*(?:科|院|部|室|中心|诊所|医师|医生|护师|护士|药师|主任|教授|大夫|治疗师|营养师|咨询师|医助|助理|专家|家属|患者|病人|敬上|敬启|上|拜谢|拜上)\Z"
    r"|\d.*|(?:此致|敬礼|盼复|谢谢|感谢|祝好)"
)
NAME = re.compile(rf"{HAN}{{2,4}}\Z")
CLOSED = re.compile(r"(?:敬礼|此致|盼复|祝好|敬上)[！!。，,\s]*\Z")


def signed_name(text: str) -> Iterator[tuple[int, int]]:
    """The one part of the message's last lines that is a name, if all the others are titles, departments or dates."""
    head = max(0, len(text) - REACH)
    for opens in OPENS.finditer(text, head):
        parts = [(m.start(), m.end()) for m in PART.finditer(text, opens.end())]
        named = [(a, b) for a, b in parts if not BESIDE.match(text[a:b])]
        if len(named) == 1 and len(parts) <= 4:
            start, end = named[0]
            if NAME.match(text[start:end]) and _signs(text, start, end):
                yield start, end
                return


def _signs(text: str, start: int, end: int) -> bool:
    if is_titled_name(text, start, end):
        return end - start <= 3 or text[start : start + 2] in words().double_surnames
    plain = is_medicine(text, start, end) or set(text[start:end]) & set(words().never_given)
    return (
        not plain and end - start <= 3 and bool(CLOSED.search(text, 0, start)) and text[start:end] not in words().polite
    )
