"""How people call those they know in Chinese text (老刘, 护士阿敏, 强哥), and Latin names beside a Chinese cue.

Knows nothing of full names; see names_zh.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from bedside.corpus.words_zh import HAN, all_given, patterns, words

__all__ = ["familiar", "latin_cued"]

LEFT = re.compile(
    r"(?:^|[^\u4e00-\u9fff]|[和跟让给找问叫被请帮是与同替陪带]|同事|朋友|邻居|室友|闺蜜|病友|工友|同学)\Z"
)
# 护士阿敏帮我, 我是阿华，, 阿芳你好.
AH = re.compile(
    r"(?:(?:护士|医生|大夫|护工|保姆|月嫂|朋友|同事|邻居|闺蜜|我是|我叫|[和跟让给找问叫])(阿[\u4e00-\u9fff])"
    r"|(?:^|\n)(阿[\u4e00-\u9fff])(?=[，,！!]?(?:您好|你好)))"
    r"(?=[，,。！!]|您好|你好|说|帮|给|让|告|提|也|又|都|今|昨|她|他)"
)
# 护士小蕊说.
STAFF = re.compile(
    rf"(?:护士|医生|大夫|护工|月嫂|药师|前台|客服|助理)(小{HAN}|(?P<a>{HAN})(?P=a))(?=说|帮|给|让|告|提|打|叫"
    rf"|交代|嘱)"
)
# 小贝今年三岁, 小鹿3岁: at the head of a sentence.
CHILD = re.compile(rf"(?:^|[，,。\n])(小{HAN})(?=今年|\d{{1,2}}(?:岁|个月)|[一二三四五六七八九十两]{{1,2}}岁)")
# 强哥，: at the head of a message.
ELDER = re.compile(rf"(?:^|\n)({HAN})(?=(?:哥|姐|叔|姨|嫂|婶|总)(?:[，,：:！!]|您好|你好))")
# 小鹿妈妈，; 迪丽妹妹今年.
BELOVED = re.compile(rf"(?:亲爱的|^|\n)(小{HAN}|{HAN}{{2}})(?=(?:妈妈|爸爸|家长)[，,：:！!您你]|宝宝[，,：:！!您你])")
# 苗苗的腺样体: a pet name at the head of a message.
DOUBLED = re.compile(rf"^(?P<n>(?P<a>{HAN})(?P=a))(?=的{HAN}{{2}})")
NO_AH = frozenset(
    {"阿姨", "阿奇", "阿莫", "阿司", "阿托", "阿昔", "阿德", "阿胶", "阿片", "阿卡", "阿达", "阿普", "阿立", "阿维"}
)
NO_ELDER = frozenset("大小老表堂二三四亲好师学各众")
NO_PET = frozenset("暖甜圆绵厚高平柔冰弯直长静乱明")
LATIN_LETTER = re.compile(r"[A-Z]")
LATIN_BEFORE = re.compile(
    r"(?<![A-Za-z])[A-Z][a-z\u00df-\u024f]+(?=\s?(?:医生|教授|大夫|主任|先生|女士|小姐|太太|阿姨))"
)
LATIN_AFTER = re.compile(
    r"(?P<sure>我叫|名叫|姓名[：:]?|名字是|名字叫|患者叫|孩子叫|儿子叫|女儿叫|宝宝叫|他叫|她叫|联系人[：:]?)\s?"
    r"(?P<n>[A-Z\u00c0-\u024f][^\W\d_\u4e00-\u9fff]+(?:[ '’-][A-Z\u00c0-\u1eff][^\W\d_\u4e00-\u9fff]*){0,4})"
)


@cache
def _old_and_surname() -> re.Pattern[str]:
    return re.compile(rf"[老小大]([{words().familiar_surnames}])(?=[\u4e00-\u9fff，,。！!：:、\s]|$)")


@cache
def _foreign_child() -> re.Pattern[str]:
    return re.compile(
        rf"(?:^|[，。\n])([{words().transliterated}]{{2,4}})(?=(?:妹妹|姐姐|哥哥|弟弟|大叔|大妈|同学|小朋友))"
    )


def familiar(text: str) -> Iterator[tuple[int, int]]:
    """Spans of pet names, nicknames and surnames that 老 or 小 stands before."""
    if "小" in text or "老" in text or "大" in text:
        for match in _old_and_surname().finditer(text):
            left = text[max(0, match.start() - 2) : match.start()]
            if LEFT.search(left) and not patterns().clinical.match(text, match.start(1)):
                yield match.span(1)
        for pattern in (STAFF, CHILD):
            yield from _pets(pattern, text)
    if "阿" in text:
        yield from (m.span(m.lastindex or 0) for m in AH.finditer(text) if m[m.lastindex or 0] not in NO_AH)
    for match in ELDER.finditer(text):
        if match[1] not in NO_ELDER and all_given(match[1]):
            yield match.span(1)
    yield from _pets(BELOVED, text)
    doubled = DOUBLED.match(text)
    if doubled and doubled["n"] not in words().not_pet and all_given(doubled["n"]) and doubled["a"] not in NO_PET:
        yield doubled.span("n")
    if any(called in text for called in ("妹妹", "姐姐", "哥哥", "弟弟", "大叔", "大妈", "同学", "小朋友")):
        yield from (m.span(1) for m in _foreign_child().finditer(text))


def _pets(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    for match in pattern.finditer(text):
        if match[1] not in words().not_pet and all_given(match[1]):
            yield match.span(1)


def latin_cued(text: str) -> Iterator[tuple[int, int]]:
    """我叫Nguyễn Thị Hoa, Müller教授: a name in Latin letters beside a word that says so."""
    if LATIN_LETTER.search(text):
        yield from (m.span("n") for m in LATIN_AFTER.finditer(text))
        yield from (m.span() for m in LATIN_BEFORE.finditer(text))
