"""Chinese names beside a word of role, name or address, judged by what speaks for and against a name.

For it speak the surname, the other characters, jieba's guess and a boundary behind; against it a known word that begins
there. A role (护士戚小满), a naming (叫厍文斌), a department that signs (儿科查晓棠), one who is spoken to (若溪你好).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import msgspec
import rjieba

from bedside.core.phrases import load_yaml
from bedside.corpus.words_zh import CHINESE_WORD, HAN, any_of, given, is_medicine, patterns, words

__all__ = ["Roles", "role_names", "roles"]

AHEAD = 8
# How much must speak for a name.
ENOUGH = 4
MARK = re.compile(r"[^\u4e00-\u9fff]|$")
CLAUSE = re.compile(r"(?:^|[，,。！!？?；;：:、\s（(\]】~—-])\Z")
TITLE = re.compile(r"医生|大夫|主任|教授|护士|老师|先生|女士|小姐|医师|阿姨|叔叔|院长|师傅|同志|家属|药师")
FAMILIAR = re.compile(
    rf"(?:[阿小]{HAN}|老[大二三四五六七幺么]|{HAN}[哥姐叔姨嫂婶子儿爷伯妹]|(?P<a>{HAN})(?P=a))(?=[，,。！!、\s~啊呀哦吧\d今昨]"
    rf"|[一二两三四五六七八九十]{{1,2}}(?:岁|个月|周)|$|说|讲|给|帮|让|告诉|提醒|留)"
)
SELF = re.compile(rf"[我俺咱][是叫]?(?={HAN}{{3,4}}(?![\u4e00-\u9fff])|[阿老])")
BRACKETED = re.compile(rf"[（(]({HAN}{{2,4}})[)）]")
CALLED_SO = re.compile(rf"((?:大|小|二|三)?宝|{HAN}{{2,3}})(?=[（(](?:学名|大名|小名|本名|真名|原名|乳名))")
SPOKEN_TO = re.compile(
    rf"({HAN}{{2,4}}?)(?=[，,：:！!~]?\s?(?:你好|您好|早上好|下午好|晚上好)|[，,：:！!~]|(?:家长|妈妈|爸爸|家属)[，,：:你您]|(?:别|不用|放心|加油))"
)
CLOSE_KIN = (
    "宝宝",
    "儿子",
    "女儿",
    "孩子",
    "闺女",
    "孙子",
    "孙女",
    "外孙",
    "侄",
    "外甥",
    "老公",
    "老婆",
    "妻子",
    "丈夫",
    "爱人",
    "我家",
    "咱家",
    "大宝",
    "二宝",
    "三宝",
    "小宝",
    "老大",
    "老二",
)
# A surname alone with its title: 你们束主任.
SURNAME_TITLED = re.compile(
    r"(?:[你我咱他她]们(?:科|院|那)?|上次|上回|那天|[找听跟是由请让问挂约看给和转见陪等替])([\u4e00-\u9fff])(?=主任|大夫|医生|医师|护士长|老师|教授|院长)"
)
TITLED_IN_DEPARTMENT = re.compile(rf"[科室组]({HAN}{{2,3}})(?=医生|医师|主任|大夫|护士|教授|老师|药师|技师)")
# 麦麦提江，男，52岁: whatever stands at the head of a line before sex and age.
HEADER = re.compile(rf"(?m:^)({HAN}{{2,7}})[，,\s/]{{1,2}}(?:男|女)性?[，,\s/]{{1,2}}(?=\d{{1,3}}(?!\d)|今年)")
SEX_AND_AGE = re.compile(r"[男女]性?[，,\s/]{1,2}[\d今]")
NO_SURNAME = frozenset(
    "由癫痫瘫女男主名专家好新老小大本坏原班导牙眼骨神西中法军兽儿妇产皮村院校外内科私公良乡其某该哪这那别各位个"
)
MAKES_DRUGS = "片囊剂液膏素胺林药酸丸粒散针唑星平"
TITLED = re.compile(r"主任|大夫|医生|医师|护士|老师|教授|院长|药师|技师")
# jieba's tags for what it does not know: marks, names of things, single characters put together.
GUESSED = frozenset(("nz", "x", "g", "vg", "ng", "ag", "nt"))
NET_NAME = re.compile(
    r"(?:网名|昵称)(?:是|叫|[：:“\"]){1,2}([\u4e00-\u9fffA-Za-z\d]{2,8}?)(?=[，,。！”\"\s]|$)"
    r"|楼主([\u4e00-\u9fffA-Za-z\d]{2,8}?)(?=来(?:更新|报到|汇报))"
)
CARED_FOR = re.compile(rf"[给带抱陪喂帮让替]({HAN}{{2}})(?!们)")
BEFORE_CARE = re.compile(r"(?:^|[，,。！!？?；;\s]|可以|每天|先|要|请|应该|继续|再|别|多)\Z")


class Roles(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The word lists of `data/roles_zh.yaml`; those that are one string are sets of characters."""

    roles: tuple[str, ...]
    namings: tuple[str, ...]
    departments: tuple[str, ...]
    closings: tuple[str, ...]
    turnings: tuple[str, ...]
    kin_titles: tuple[str, ...]
    staff: frozenset[str]
    nobody: frozenset[str]
    wordlike: str
    surnames: str
    double_surnames: tuple[str, ...]
    given: str


class Cues(msgspec.Struct, frozen=True):
    """The word lists as patterns, compiled once."""

    role: re.Pattern[str]
    close: re.Pattern[str]
    naming: re.Pattern[str]
    signed: re.Pattern[str]
    closed: re.Pattern[str]
    turned: re.Pattern[str]
    elder: re.Pattern[str]
    surname: re.Pattern[str]


@cache
def roles() -> Roles:
    return msgspec.convert(load_yaml("corpus/data/roles_zh.yaml"), Roles)


@cache
def cues() -> Cues:
    lists = roles()
    two = "|".join(sorted({*lists.double_surnames, *words().double_surnames}, key=len, reverse=True))
    one = "".join(sorted({*lists.surnames, *words().more_surnames, *words().rare_surnames, *words().common_surnames}))
    department = f"(?:{any_of(lists.departments)})(?:病房|门诊|中心)?[一二三四五]?(?:病?区|科|部|组)?的?"
    joins = rf"(?:[：:】\s]|是|叫|为){{0,2}}(?:{department}\s?)?"
    # Most often the sentence goes on behind the cue, with a character that no given name holds.
    goes_on = f"(?![{words().never_given}]){HAN}"
    kin = [whose + who for whose in "我他她俺咱你您" for who in "妈爸姐妹哥弟姨舅姑婶嫂"]
    close = [role for role in lists.roles if role.startswith(CLOSE_KIN)]
    others = [role for role in lists.roles if not role.startswith(CLOSE_KIN)]
    return Cues(
        role=re.compile(rf"{any_of([*others, *kin])}{joins}(?=[{one}阿老小]{goes_on}|第五)"),
        close=re.compile(rf"{any_of(close)}{joins}(?=[{one}{''.join(sorted(_given()))}阿老]{goes_on})"),
        naming=re.compile(rf"(?:{any_of(lists.namings)})(?:[：:】\s]|是|作|做|为){{0,2}}(?={HAN}{{2}})"),
        signed=re.compile(
            rf"(?:^|[。！!？?；;，,\s~—-])\s*(?:{department}|[\u4e00-\u9fff]{{2,8}}(?:科|院|室|中心)|值班(?:医生|护士|医师)"
            rf"|主治医师)\s?[：:—-]{{0,2}}\s?({HAN}{{2,4}})[。.\s]*\Z"
        ),
        closed=re.compile(rf"(?:^|[。！!？?；;，,\s~—-])({HAN}{{2,4}}?)(?:{any_of(lists.closings)})[。.！!\s]*\Z"),
        turned=re.compile(rf"(?:{any_of(lists.turnings)})[，,！!～~\s]?({HAN}{{2,3}}?)(?=[啊呀哦]?[，,。！!～~：:]|$)"),
        elder=re.compile(
            rf"(?:(?:你好|您好|谢谢|感谢|在的|好的|亲爱的)[，,]?)?({HAN}{{2}})(?=(?:{any_of(lists.kin_titles)})[，,：:！!～~]"
            rf"|(?:{any_of(lists.kin_titles)})[你您]好)"
        ),
        surname=re.compile(rf"{two}|[{one}]"),
    )


@cache
def _given() -> frozenset[str]:
    return given() | set(roles().given)


def role_names(text: str) -> Iterator[tuple[int, int]]:
    """Spans of names beside such words, the surer first."""
    for cue in cues().naming.finditer(text):
        yield from _named(text, cue)
    for cue in (*cues().role.finditer(text), *cues().close.finditer(text)):
        weight = 1 + (cue[0].rstrip("：: 是叫为】") in roles().staff)
        yield from _found(
            person_at(text, cue.end(), weight) or _familiar_at(text, cue.end()) or _child_at(text, cue[0], cue.end())
        )
    for cue in SELF.finditer(text):
        if not CLAUSE.search(text, max(0, cue.start() - 2), cue.start()):
            continue
        yield from _found(person_at(text, cue.end(), 0, whole=True) or _familiar_at(text, cue.end()))
    yield from _at_ends(text)
    yield from _addressed(text)
    if "（" in text or "(" in text:
        for match in BRACKETED.finditer(text):
            if text[match.start() - 1] not in MAKES_DRUGS and person_at(text, match.start(1), 1) == match.span(1):
                yield match.span(1)
        yield from (m.span(1) for m in CALLED_SO.finditer(text))
    if "楼主" in text or "网名" in text or "昵称" in text:
        yield from (m.span(m.lastindex or 0) for m in NET_NAME.finditer(text))
    for match in HEADER.finditer(text) if SEX_AND_AGE.search(text) else ():
        plain = (
            match[1] in roles().nobody or is_medicine(text, *match.span(1)) or set(match[1]) & set(words().never_given)
        )
        if not plain:
            yield match.span(1)
    if not TITLED.search(text):
        return
    for match in SURNAME_TITLED.finditer(text):
        known = cues().surname.match(match[1]) or _is_rare(match[1])
        if known and match[1] not in NO_SURNAME and match[1] not in words().never_given:
            yield match.span(1)
    for match in TITLED_IN_DEPARTMENT.finditer(text):
        if person_at(text, match.start(1), 2) == match.span(1):
            yield match.span(1)


def _found(span: tuple[int, int] | None) -> Iterator[tuple[int, int]]:
    if span:
        yield span


def _is_rare(char: str) -> bool:
    """Whether a character is none of GB 2312's 3,755 commonest: before a title it is a surname."""
    code = char.encode("gb2312", "ignore")
    return not code or code[0] >= 0xD8


def _child_at(text: str, cue: str, at: int) -> tuple[int, int] | None:
    """宝宝鹿鸣黄疸: a given name alone, after a word for a child or a spouse."""
    fits = cue.startswith(CLOSE_KIN) and _is_given(text, at, at + 2)
    return (at, at + 2) if fits else None


def _named(text: str, cue: re.Match[str]) -> Iterator[tuple[int, int]]:
    """叫 alone only at the head of a clause: else it is what somebody tells another to do."""
    alone = cue[0].startswith("叫")
    if not alone or CLAUSE.search(text, max(0, cue.start() - 2), cue.start()):
        yield from _found(person_at(text, cue.end(), 1 if alone else 2, named=not alone))


def _at_ends(text: str) -> Iterator[tuple[int, int]]:
    """儿科查晓棠 and 哲子留 at a message's end."""
    head = max(0, len(text) - 24)
    if match := cues().signed.search(text, head):
        yield from _found(_whole_name(text, *match.span(1), cue=1))
    elif (match := cues().closed.search(text, head)) and match[1] not in roles().nobody:
        plain = is_medicine(text, *match.span(1)) or set(match[1]) & set(words().never_given)
        if not plain and (_whole_name(text, *match.span(1), cue=2) or FAMILIAR.match(text, match.start(1))):
            yield match.span(1)


def _addressed(text: str) -> Iterator[tuple[int, int]]:
    """若溪你好; 在的梅朵，; 凤霞阿姨，."""
    for pattern, matches in _spoken_to(text):
        for match in matches:
            familiar = FAMILIAR.match(text, match.start(1)) if pattern is not SPOKEN_TO else None
            if match[1] in roles().nobody or match[1] in words().not_pet:
                continue
            if (
                _is_given(text, *match.span(1))
                or person_at(text, match.start(1), 1) == match.span(1)
                or (text.startswith("家长", match.end(1)) and _is_unknown(text, *match.span(1)))
                or (familiar and familiar[0] == match[1] and match[1][0] in "阿老")
            ):
                yield match.span(1)
    for match in CARED_FOR.finditer(text):
        cared = set(match[1]) <= _given() and BEFORE_CARE.search(text, max(0, match.start() - 2), match.start())
        if cared and _is_given(text, *match.span(1)):
            yield match.span(1)


def _spoken_to(text: str) -> Iterator[tuple[re.Pattern[str], Iterator[re.Match[str]]]]:
    """The patterns of those spoken to with their matches: at the heads of lines, and after 谢谢 and the like."""
    heads = [0] if "\n" not in text else [0, *(m.end() for m in re.finditer("\n", text))]
    for pattern in (SPOKEN_TO, cues().elder):
        yield pattern, filter(None, (pattern.match(text, head) for head in heads))
    yield cues().turned, cues().turned.finditer(text)


def _is_given(text: str, start: int, end: int) -> bool:
    """Whether two characters are a given name: both such as names are made of, no word, and jieba's guess a person."""
    word = text[start:end]
    if len(word) != 2 or not set(word) <= _given() or is_medicine(text, start, end):
        return False
    if word in roles().nobody or word in words().not_pet:
        return False
    first, tag = rjieba.tag(text[start : start + AHEAD])[0]
    return word[0] == word[1] or (first == word and (tag.startswith("nr") or tag in GUESSED))


def _is_unknown(text: str, start: int, end: int) -> bool:
    """Whether two characters are no word of the dictionary: 子衿家长，."""
    word = text[start:end]
    plain = is_medicine(text, start, end) or set(word) & set(words().never_given)
    return len(word) == 2 and not plain and len(rjieba.tag(word)) == 2


def _familiar_at(text: str, at: int) -> tuple[int, int] | None:
    match = FAMILIAR.match(text, at)
    if match is None or match[0] in words().not_pet or match[0] in roles().nobody or is_medicine(text, *match.span()):
        return None
    known = match[0][0] in "阿老" or (
        match[0][0] == "小" and (match[0][1] in _given() or cues().surname.match(match[0], 1))
    )
    return match.span() if known and not set(match[0][1:]) & set(words().never_given) else None


def person_at(text: str, at: int, cue: int, whole: bool = False, named: bool = False) -> tuple[int, int] | None:
    """The full name that opens at `at`, if enough speaks for it; `whole`: three characters, then a mark."""
    surname = cues().surname.match(text, at)
    if (
        surname is None
        or not _may_go_on(text, surname.end())
        or (patterns().clinical.match(text, at) and text[at : at + 2] not in words().nameable)
    ):
        return None
    tagged = rjieba.tag(text[at : at + AHEAD])
    for end in (surname.end() + 2, surname.end() + 1):
        closed = end <= len(text) and bool(MARK.match(text, end))
        if whole and (not closed or end - at < 3):
            continue
        if end <= len(text):
            speaks = _speaks(text, at, surname.end(), end, tagged, named=named)
            if speaks + cue + closed >= ENOUGH + (end - at < 3):
                return at, end
    return None


def _may_go_on(text: str, at: int) -> bool:
    """The quick test: whether the character behind the surname can be one of a name."""
    after = text[at : at + 1]
    return bool(after) and after not in words().never_given and bool(CHINESE_WORD.match(after))


def _whole_name(text: str, start: int, end: int, cue: int) -> tuple[int, int] | None:
    found = person_at(text, start, cue)
    return found if found == (start, end) or (_is_given(text, start, end) and cue > 1) else None


def _speaks(text: str, at: int, middle: int, end: int, tagged: list[tuple[str, str]], named: bool) -> int:
    """How much the characters speak for a name; a known word there speaks against everything."""
    rest, word = text[middle:end], text[at:end]
    if not CHINESE_WORD.match(rest) or set(rest) & set(words().never_given) or word in roles().nobody:
        return -9
    if word in words().plain_words or is_medicine(text, at, end) or not _bounded(text, end, tagged, at):
        return -9
    doubled = len(rest) == 2 and rest[0] == rest[1]
    if (
        not doubled
        and not (named and MARK.match(text, end) and set(rest) <= _given())
        and _is_known(tagged, at, middle, end)
    ):
        return -9
    guess = any(a == at and b == end and tag.startswith("nr") for a, b, tag in _places(tagged, at))
    surname = 2 if text[at] not in roles().wordlike or middle - at > 1 else 0
    return surname + (set(rest) <= _given()) + guess + doubled + (text[at] in words().rare_surnames)


def _places(tagged: list[tuple[str, str]], at: int) -> Iterator[tuple[int, int, str]]:
    for word, tag in tagged:
        yield at, at + len(word), tag
        at += len(word)


def _is_known(tagged: list[tuple[str, str]], at: int, middle: int, end: int) -> bool:
    """Whether a word of the dictionary covers the surname and more, or goes on beyond the name."""
    for a, b, tag in _places(tagged, at):
        plain = not tag.startswith("nr") and tag not in ("x", "eng", "ns", "nz") and b - a > 1
        if plain and ((a == at and b > middle) or (a < end < b)):
            return True
    return False


def _bounded(text: str, end: int, tagged: list[tuple[str, str]], at: int) -> bool:
    """Whether a word begins behind the name."""
    if MARK.match(text, end) or TITLE.match(text, end) or text.startswith(words().does, end):
        return True
    return any(a == end for a, _, _ in _places(tagged, at))
