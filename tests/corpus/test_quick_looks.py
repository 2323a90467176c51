"""The quick looks that spare most texts a slow pattern change nothing of what is found."""

from __future__ import annotations

import itertools
import re
import sys

import ftfy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedside.core.text import WORD, word_count
from bedside.corpus import identifiers as identifier_rules
from bedside.corpus import names_zh
from bedside.corpus.clean import AS_FTFY_DOES, MAY_BE_DAMAGED, clean_text
from bedside.corpus.identifiers import identifiers
from bedside.corpus.names_zh import chinese_names
from bedside.corpus.tokens_en import TOKEN, Message

HARMLESS = [char for char in map(chr, range(sys.maxunicode)) if not MAY_BE_DAMAGED.match(char)]
# All but Chinese characters, which are all alike.
MARKS = [char for char in HARMLESS if not "\u3400" <= char <= "\u9fff"]
ANYTHING = re.compile("")
PIECES = (
    "老李", "小杰", "妈妈", "爸", "家属", "家长", "姓许", "，", "。", " ", "\n", "Dr. Wong", "Mrs", "Prof Li",
    "Kevin", "王 建 国", "童童", "我家", "我们家", "大宝", "老二", "今天", "又", "跟我", "说", "的", "医生", "大夫",
    "李", "明", "陈涛", "先生", "感谢", "了", "出生于", "生日", "born", "1990年3月4日", "3/4/1990", "QQ", "微信",
    "号", "abc_def", "a12", "12345", "13812345678", "NW1 4NP", "12 High Street", "路12号", "zip", "no. ", "policy ",
    "MRN ", "٣٤٥٦",
)  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), max_size=8).map("".join)


def test_ftfy_leaves_alone_what_is_not_shown_to_it() -> None:
    assert all(ftfy.fix_text(char, AS_FTFY_DOES) == char for char in HARMLESS if not char.isascii())
    pairs = "\n".join(a + b for a, b in itertools.product(MARKS, MARKS))
    assert ftfy.fix_text(pairs, AS_FTFY_DOES) == pairs


@given(st.text(st.sampled_from([*MARKS, "头", "痛"])))
@settings(max_examples=300)
def test_ftfy_leaves_longer_texts_alone_too(text: str) -> None:
    assert ftfy.fix_text(text, AS_FTFY_DOES) == text


@given(st.text(st.sampled_from("ab头， \t\n\r\u00a0\u3000\u200b\ufffd\ufeff\x07\x1c<&")))
@settings(max_examples=300)
def test_spacing_is_regular_whatever_the_text_is_made_of(text: str) -> None:
    cleaned = clean_text(text)
    assert not re.search(r"[ \t\u00a0\u3000]{2}|[\t\r\u00a0\u3000\u200b\ufffd\ufeff\x07\x1c]|\n\s| \n", cleaned)
    assert cleaned == cleaned.strip() == clean_text(cleaned)


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_chinese_names_are_the_same_when_every_pattern_is_tried(text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        quick = chinese_names(text)
        patch.setattr(names_zh, "_matches", lambda pattern, text, *needed: pattern.finditer(text))
        patch.setattr(names_zh, "CAPITAL", ANYTHING)
        assert chinese_names(text) == quick


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_identifiers_are_the_same_when_every_pattern_is_tried(text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        quick = identifiers(text)
        for look in ("DIGIT", "LONG_CODE"):
            patch.setattr(identifier_rules, look, ANYTHING)
        assert identifiers(text) == quick


@given(st.text(st.sampled_from("aZé'’-_ 3头Σσİ\n")))
@settings(max_examples=300)
def test_tokens_stand_where_they_are_said_to_in_lower_case(text: str) -> None:
    message = Message(text)
    found = (
        list(TOKEN.finditer(text)) if not text.isascii() else list(re.finditer(r"[A-Za-z]+(?:['-][A-Za-z]+)*", text))
    )
    assert [(m[0], m.start()) for m in found] == list(zip(message.texts, message.starts, strict=True))
    assert message.lows == [m[0].lower().replace("’", "'") for m in found]


@given(st.text(st.sampled_from("aZ'-_ 3.")))
@settings(max_examples=300)
def test_words_of_plain_text_are_counted_as_those_of_any_text(text: str) -> None:
    assert word_count(text) == len(WORD.findall(text)) == word_count(f"{text} 头") - 1
