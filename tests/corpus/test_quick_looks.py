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
from bedside.corpus import names_zh, persons_zh, roles_zh, shapes_en
from bedside.corpus.clean import AS_FTFY_DOES, MAY_BE_DAMAGED, clean_text
from bedside.corpus.identifiers import identifiers
from bedside.corpus.names_en import english_names
from bedside.corpus.names_zh import chinese_names
from bedside.corpus.tokens_en import TOKEN, Message
from bedside.corpus.words_zh import opening, patterns

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


@given(TEXTS, st.sampled_from(["[，,。\\n](李.?)", "\\n(老李|童)", "(?:亲|\\n)(.)"]))
@settings(max_examples=300, deadline=None)
def test_what_opens_a_text_is_found_as_what_opens_a_line(text: str, pattern: str) -> None:
    places = [(m.start(1) - 1, m.end(1) - 1) for m in opening(re.compile(pattern), text)]
    assert places == [m.span(1) for m in re.finditer(pattern.replace("[", "(?:^|[", 1).replace("]", "])", 1)
                      if pattern[0] == "[" else pattern.replace("\\n", "(?:^|\\n)", 1), text)]  # fmt: skip


@given(st.text(st.sampled_from("aZ_-4 9,是号生出于三日Street4A")))
@settings(max_examples=500)
def test_looks_that_open_with_one_class_find_what_the_alternatives_do(text: str) -> None:
    plain = {
        "LONG_CODE": re.compile(r"\d[\w-]{3}|[A-Za-z][\w-]{5}", re.ASCII),
        "POSTCODE_END": re.compile(r"\d[A-Za-z]{2}\b|\d{5}"),
        "HOUSE": re.compile(r"\d[A-Za-z]?,? [A-Z]|\d (?:[a-z]+ )?(?:street|road|avenue|lane)\b"),
        "BORN_ZH": re.compile(r"(?<=[\d一二三四五六七八九十日号])生|出生|生[于日]"),
    }
    for name, pattern in plain.items():
        assert bool(getattr(identifier_rules, name).search(text)) == bool(pattern.search(text))


@given(st.text(st.sampled_from("你我们上次那天找李王主任老师，科院")))
@settings(max_examples=500)
def test_surname_before_a_title_is_found_as_by_the_alternatives(text: str) -> None:
    plain = re.compile(
        r"(?:[你我咱他她]们(?:科|院|那)?|上次|上回|那天|[找听跟是由请让问挂约看给和转见陪等替])([\u4e00-\u9fff])"
        r"(?=主任|大夫|医生|医师|护士长|老师|教授|院长)"
    )
    assert [m.span(1) for m in roles_zh.SURNAME_TITLED.finditer(text)] == [m.span(1) for m in plain.finditer(text)]


def test_surnames_of_one_character_are_those_of_the_pattern() -> None:
    han = map(chr, range(0x3400, 0xA000))
    assert {char for char in han if patterns().surname.match(char)} == persons_zh.single_surnames()


@given(
    st.lists(st.sampled_from(["HARRIS, COLLEEN M", " F 47Y ", "ECG, HIV ", "Harris, ", "DOE, MARTIN", "the ", "MRI "]))
)
@settings(max_examples=200, deadline=None)
def test_names_of_records_are_the_same_when_every_text_is_tried(parts: list[str]) -> None:
    text = "".join(parts)
    with pytest.MonkeyPatch.context() as patch:
        quick = english_names(text)
        patch.setattr(shapes_en, "FILED", ANYTHING)
        assert english_names(text) == quick


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_identifiers_are_the_same_when_every_pattern_is_tried(text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        quick = identifiers(text)
        for look in ("DIGIT", "LETTER", "LONG_CODE", "HOUSE", "POSTCODE_END"):
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
