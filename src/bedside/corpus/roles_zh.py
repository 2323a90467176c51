"""Chinese names beside a word of role or name, judged by what speaks for and against a name (weigh_zh.py).

A role (护士戚小满), a naming (叫厍文斌), a head of a line (麦麦提江，男，52岁), a title (你们束主任), a net name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import msgspec

from bedside.corpus.spoken_zh import addressed, at_ends, department, found
from bedside.corpus.weigh_zh import (
    familiar_at,
    is_given_name,
    name_characters,
    one_character,
    person_at,
    roles,
    surname_pattern,
)
from bedside.corpus.words_zh import HAN, any_of, is_medicine, never_given, words

__all__ = [
    "role_names",
]

CLAUSE = re.compile(r"(?:^|[，,。！!？?；;：:、\s（(\]】~—-])\Z")
SELF = re.compile(rf"[我俺咱][是叫]?(?={HAN}{{3,4}}(?![\u4e00-\u9fff])|[阿老])")
BRACKETED = re.compile(rf"[（(]({HAN}{{2,4}})[)）]")
CALLED_SO = re.compile(rf"((?:大|小|二|三)?宝|{HAN}{{2,3}})(?=[（(](?:学名|大名|小名|本名|真名|原名|乳名))")
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
    r"[你我咱他她上那找听跟是由请让问挂约看给和转见陪等替](?:(?<=[你我咱他她])们(?:科|院|那)?|(?<=上)[次回]|(?<=那)天"
    r"|(?<=[^你我咱他她上那]))([\u4e00-\u9fff])(?=主任|大夫|医生|医师|护士长|老师|教授|院长)"
)
TITLED_IN_DEPARTMENT = re.compile(rf"[科室组]({HAN}{{2,3}})(?=医生|医师|主任|大夫|护士|教授|老师|药师|技师)")
# 麦麦提江，男，52岁: whatever stands at the head of a line before sex and age.
HEADER = re.compile(rf"(?m:^)({HAN}{{2,7}})[，,\s/]{{1,2}}(?:男|女)性?[，,\s/]{{1,2}}(?=\d{{1,3}}(?!\d)|今年)")
SEX_AND_AGE = re.compile(r"[男女]性?[，,\s/]{1,2}[\d今]")
NO_SURNAME = frozenset(
    "向由癫痫瘫女男主名专家好新老小大本坏原班导牙眼骨神西中法军兽儿妇产皮村院校外内科私公良乡其某该哪这那别各位个"
)
MAKES_DRUGS = "片囊剂液膏素胺林药酸丸粒散针唑星平"
TITLED = re.compile(r"主任|大夫|医生|医师|护士|老师|教授|院长|药师|技师")
NET_NAME = re.compile(
    r"(?:网名|昵称)(?:是|叫|[：:“\"]){1,2}([\u4e00-\u9fffA-Za-z\d]{2,8}?)(?=[，,。！”\"\s]|$)"
    r"|楼主([\u4e00-\u9fffA-Za-z\d]{2,8}?)(?=来(?:更新|报到|汇报))"
)


class Cues(msgspec.Struct, frozen=True):
    """The word lists as patterns, compiled once."""

    role: re.Pattern[str]
    close: re.Pattern[str]
    naming: re.Pattern[str]


@cache
def cues() -> Cues:
    lists = roles()
    one = one_character()
    joins = rf"(?:[：:】\s]|是|叫|为){{0,2}}(?:{department()}\s?)?"
    # Most often the sentence goes on behind the cue, with a character that no given name holds.
    goes_on = f"(?![{words().never_given}]){HAN}"
    kin = [whose + who for whose in "我他她俺咱你您" for who in "妈爸姐妹哥弟姨舅姑婶嫂"]
    close = [role for role in lists.roles if role.startswith(CLOSE_KIN)]
    others = [role for role in lists.roles if not role.startswith(CLOSE_KIN)]
    return Cues(
        role=re.compile(rf"{any_of([*others, *kin])}{joins}(?=[{one}阿老小]{goes_on}|第五)"),
        close=re.compile(rf"{any_of(close)}{joins}(?=[{one}{''.join(sorted(name_characters()))}阿老]{goes_on})"),
        naming=re.compile(rf"(?:{any_of(lists.namings)})(?:[：:】\s]|是|作|做|为){{0,2}}(?={HAN}{{2}})"),
    )


def role_names(text: str) -> Iterator[tuple[int, int]]:
    """Spans of names beside such words, the surer first."""
    for cue in cues().naming.finditer(text):
        yield from _named(text, cue)
    for cue in (*cues().role.finditer(text), *cues().close.finditer(text)):
        weight = 1 + (cue[0].rstrip("：: 是叫为】") in roles().staff)
        yield from found(
            person_at(text, cue.end(), weight) or familiar_at(text, cue.end()) or _child_at(text, cue[0], cue.end())
        )
    for cue in SELF.finditer(text):
        if not CLAUSE.search(text, max(0, cue.start() - 2), cue.start()):
            continue
        yield from found(person_at(text, cue.end(), 0, whole=True) or familiar_at(text, cue.end()))
    yield from at_ends(text)
    yield from addressed(text)
    if "（" in text or "(" in text:
        for match in BRACKETED.finditer(text):
            if text[match.start() - 1] not in MAKES_DRUGS and person_at(text, match.start(1), 1) == match.span(1):
                yield match.span(1)
        yield from (m.span(1) for m in CALLED_SO.finditer(text))
    if "楼主" in text or "网名" in text or "昵称" in text:
        yield from (m.span(m.lastindex or 0) for m in NET_NAME.finditer(text))
    for match in HEADER.finditer(text) if SEX_AND_AGE.search(text) else ():
        plain = (
            match[1] in roles().nobody or is_medicine(text, *match.span(1)) or not never_given().isdisjoint(match[1])
        )
        if not plain:
            yield match.span(1)
    if not TITLED.search(text):
        return
    for match in SURNAME_TITLED.finditer(text):
        known = surname_pattern().match(match[1]) or _is_rare(match[1])
        if known and match[1] not in NO_SURNAME and match[1] not in never_given():
            yield match.span(1)
    for match in TITLED_IN_DEPARTMENT.finditer(text):
        if person_at(text, match.start(1), 2) == match.span(1):
            yield match.span(1)


def _is_rare(char: str) -> bool:
    """Whether a character is none of GB 2312's 3,755 commonest: before a title it is a surname."""
    code = char.encode("gb2312", "ignore")
    return not code or code[0] >= 0xD8


def _child_at(text: str, cue: str, at: int) -> tuple[int, int] | None:
    """宝宝鹿鸣黄疸: a given name alone, after a word for a child or a spouse."""
    fits = cue.startswith(CLOSE_KIN) and is_given_name(text, at, at + 2)
    return (at, at + 2) if fits else None


def _named(text: str, cue: re.Match[str]) -> Iterator[tuple[int, int]]:
    """叫 alone only at the head of a clause: else it is what somebody tells another to do."""
    alone = cue[0].startswith("叫")
    if not alone or CLAUSE.search(text, max(0, cue.start() - 2), cue.start()):
        yield from found(person_at(text, cue.end(), 1 if alone else 2, named=not alone))
