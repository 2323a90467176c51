"""Personal names in a Chinese message: with a title (赵大夫), after a cue (我叫, 姓名：, 我老公) or before a greeting.

Most surnames are ordinary characters too, and many open a word of medicine (高血压, 白细胞, 马上): those are left
alone, and where the cue is weak the other characters must be such as names are made of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bedside.corpus.cued_zh import cued_name, is_titled_name, nameable_at
from bedside.corpus.familiar_zh import familiar, latin_cued
from bedside.corpus.gazetteer import given_names
from bedside.corpus.persons_zh import segmented
from bedside.corpus.roles_zh import role_names
from bedside.corpus.signatures_zh import signed_name
from bedside.corpus.titled_zh import titled_names
from bedside.corpus.tokens_en import is_plain_word
from bedside.corpus.words_zh import HAN, all_given, is_medicine, never_given, opening, patterns, words

__all__ = ["chinese_names"]

TITLE_AHEAD = 4
LATIN_NAME = re.compile(r"(?<![A-Za-z·])[A-Z][a-z]{2,}(?: [A-Z][a-z]+)?(?![A-Za-z])")
CAPITAL = re.compile(r"[A-Z]")
LATIN_RIGHT = re.compile(r"\s?(?:\Z|[，,。.！!；;\n说他她的是]|家|妈|爸|\d)")
OLD_AND_SURNAME = re.compile(
    r"(?:(?<![\u4e00-\u9fff])|(?<=同事|朋友|邻居|室友|闺蜜|同学|对面|隔壁|老伴|工友|病友|网友)|(?<=老伴儿))"
    r"(?:老|小)(?!师)(?=[\u4e00-\u9fff][跟和说他她也是的叫让给在就查有去得，。,、])"
)
# 黄丽妈妈，: how a children's doctor calls a parent, at the head of a message or after a mark.
PARENT_OF = re.compile(rf"[\n，,。！!]({HAN}{{2,3}})(?=妈妈|爸爸|家长|家属)")
# 姓许，: a surname alone. Dr. Wong在香港: a Latin name after its title.
SURNAME_TOLD = re.compile(r"(?:^|[，,。\s我她他贵也师生位个])姓([\u4e00-\u9fff])(?=[，,。、\s]|的[医大主护男女病]|$)")
LATIN_TITLED = re.compile(r"\b(?:Dr|Mr|Mrs|Ms|Prof)\.? ?([A-Z][a-z]+(?: [A-Z][a-z]+)?)")
# ——风湿科 鲁敏: department and name at the end.
DEPARTMENT_SIGNED = re.compile(rf"[科院部室]\s+({HAN}{{2,4}})\s*[。.]?\s*\Z")
# 罗 建 军: a name typed with blanks, by itself.
SPACED_ALONE = re.compile(rf"(?:^|[，,。：:\n])\s?({HAN} {HAN}(?: {HAN})?)(?![\u4e00-\u9fff ])")
PARENTS = ("妈妈", "爸爸", "家长", "家属")
PARENT = re.compile(r"(?P<n>小[\u4e00-\u9fff]|(?P<a>[\u4e00-\u9fff])(?P=a))(?=妈妈|爸爸|家属|妈|爸)")
OUR = re.compile(r"(?:我们?家|咱家|大宝|小宝|二宝|老大|老二)(?=[\u4e00-\u9fff])")
WHOLE = re.compile(rf"{HAN}{{2,6}}?(?=[，,。.、；;！!\s（(\d]|今年|$)")
OPENED_END = re.compile(r"[，,。.；;！!\s（(\d女男]|$")
LATIN_RELATIVE = re.compile(r"[A-Z][a-z]+(?![A-Za-z])")
# 儿子浩然8岁: a given name alone, before an age.
GIVEN_AND_AGE = re.compile(rf"{HAN}{{2}}(?=\d{{1,2}}(?:岁|个月)|[一二三四五六七八九十两]{{1,2}}岁)")
# 童童今天又吐了: a pet name at the head of a sentence.
PET_SUBJECT = re.compile(rf"[，,。\n](?P<n>(?P<a>{HAN})(?P=a))(?=今天|昨|前天|从|\d|最近|发烧|咳|又)")
PET_RIGHT = "，,。\\s\\d今昨前从这抽发咳拉吐"
PET_NAME = re.compile(rf"(?:(?P<a>{HAN})(?P=a)|小{HAN}(?=[{PET_RIGHT}]|$))")
PET_END = re.compile(rf"[{PET_RIGHT}才都一二两三四五六七八九十]|$")
SPACED = re.compile(rf"({HAN}) ({HAN})(?: ({HAN}))?(?![\u4e00-\u9fff ])")
# Titles of one character, which open many words besides.
SHORT_TITLES = "总姐哥嫂"
CALLED = ("我叫", "姓名", "名叫", "大名", "患者叫")
ONE_CHARACTER = re.compile(HAN)
SHORT_REST = re.compile(rf"{HAN}{{1,2}}(?![\u4e00-\u9fff])")
# What may follow a name of two characters within a sentence.
AFTER_SHORT = "今年的岁男女昨前在是说患因于自从已现住有这"
GREETED = re.compile(rf"\n\s*({HAN}{{2,4}}?)(?=[，,：:]?\s?(?:您好|你好))")
SIGNED = re.compile(
    rf"(?:\n|[—–-]{{1,2}})\s*({HAN}{{2,4}})\s*[。.]?\s*\Z|(?:^|[\n。！!？?，,\s])({HAN}{{2,4}})(?:敬上|敬启|拜上|拜谢)"
)
DOTTED = re.compile(rf"({HAN}{{2,8}})[·•・]({HAN}{{2,6}}?)(?=[^\u4e00-\u9fff]|[昨今前去上这从现]|$)")
# `覃婧，女，34岁`; `逄赟 女 63`: at the head of a message or after a mark.
HEADER = re.compile(
    rf"[\n，,。；;：:\s（(]({HAN}{{2,4}})(?=[，,/\s、（(]{{1,2}}(?:男|女|\d{{1,3}}岁|[MF][，,/\s]|产后|孕\d|已婚|未婚))"
)


# `我是柳依依，今年29岁`: what is said of a person and of no disease.
AGED = re.compile(rf"{HAN}{{2,4}}?(?=[，,\s]\s?(?:今年|男|女|\d{{1,2}}岁))")


# A surname's character that ends a word is none: 不能替代医生.
GLUED = frozenset({"替代", "取代", "年代", "时代", "现代", "古代", "近代", "当代", "后代", "换代"})


def chinese_names(text: str) -> list[tuple[int, int]]:
    """Spans (start, end) of personal names, in order, none overlapping."""
    taken: list[tuple[int, int]] = []
    for start, end in _candidates(text):
        if (
            start < end
            and all(end <= a or start >= b for a, b in taken)
            and not text.startswith(words().nobody, start + 1)
            and text[max(0, start - 1) : start + 1] not in GLUED
        ):
            taken.append((start, end))
    return sorted(taken)


def _candidates(text: str) -> Iterator[tuple[int, int]]:
    """The surer rules first: of two spans that overlap the first is kept."""
    if "·" in text or "•" in text or "・" in text:
        yield from _dotted(text)
    yield from _introduced(text)
    yield from _titled(text)
    yield from _greeted(text)
    yield from _opened(text)
    yield from _related(text)
    yield from _headed(text)
    yield from _signed(text)
    yield from latin_cued(text)
    yield from familiar(text)
    yield from role_names(text)
    yield from titled_names(text)
    yield from segmented(text)
    yield from _latin(text)
    yield from _familiar(text)


def _latin(text: str) -> Iterator[tuple[int, int]]:
    """我是Vivian: a listed given name in Latin letters, in no bracket and beside no Chinese noun."""
    for match in LATIN_NAME.finditer(text) if CAPITAL.search(text) else ():
        first, _, second = match[0].lower().partition(" ")
        if first in given_names() and (second or not is_plain_word(first)) and LATIN_RIGHT.match(text, match.end()):
            yield match.span()


def _familiar(text: str) -> Iterator[tuple[int, int]]:
    """老李跟我; 小杰妈妈; 我家彤彤: how people speak of those they know."""
    for match in _matches(OLD_AND_SURNAME, text, "老", "小"):
        if text[match.end()] in words().common_surnames:
            yield match.end(), match.end() + 1
    for match in _matches(PARENT, text, "妈", "爸", "家属"):
        if match["n"] not in words().not_pet:
            yield match.span("n")
    if any(map(text.__contains__, PARENTS)):
        yield from _names_opening(PARENT_OF, text)
    for match in _matches(SURNAME_TOLD, text, "姓"):
        if match[1] not in "什名啥氏甚别":
            yield match.span(1)
    for match in _matches(LATIN_TITLED, text, "Dr", "Mr", "Ms", "Prof"):
        yield match.span(1)
    for match in _matches(SPACED_ALONE, text, " "):
        if patterns().surname.match(match[1]):
            yield match.span(1)
    for match in opening(PET_SUBJECT, text):
        if match["n"] not in words().not_pet and all_given(match["n"]):
            yield match.start("n") - 1, match.end("n") - 1
    for match in _matches(OUR, text, "家", "宝", "老"):
        if found := _pet_name(text, match.end()):
            yield found


def _matches(pattern: re.Pattern[str], text: str, *needed: str) -> Iterator[re.Match[str]]:
    """The pattern's matches, each of which holds one of the strings: most texts hold none and are not searched."""
    return pattern.finditer(text) if any(map(text.__contains__, needed)) else iter(())


def _introduced(text: str) -> Iterator[tuple[int, int]]:
    """我叫迪丽努尔，: whatever stands there up to the next mark, of six characters at most; else a full name."""
    for cue in patterns().introduced.finditer(text):
        if cue[0].rstrip().endswith("叫") and text[cue.end()] in words().not_called:
            continue
        whole = WHOLE.match(text, cue.end())
        if whole and cue[0].startswith(CALLED) and len(whole[0]) == 2 and whole[0] in words().nameable:
            yield whole.span()
            continue
        if whole and not is_medicine(text, *whole.span()) and "什么" not in whole[0]:
            foreign = patterns().transliterated.fullmatch(whole[0])
            if foreign or len(whole[0]) <= 3 or not patterns().surname.match(text, cue.end()):
                yield whole.span()
                continue
        if found := _name_at(text, cue.end(), weak=False) or cued_name(text, cue.end(), sure=True):
            yield found
        elif whole and len(whole[0]) <= 5 and never_given().isdisjoint(whole[0]):
            yield whole.span()


def _opened(text: str) -> Iterator[tuple[int, int]]:
    """患者李明，; 我是方圆，: only with a mark or a word of person after it."""
    for cue in patterns().opened.finditer(text):
        if cue[0].startswith("我姓"):
            if surname := patterns().surname.match(text, cue.end()):
                yield surname.span()
        elif (found := _name_at(text, cue.end(), weak=True)) and OPENED_END.match(text, found[1]):
            yield found
        elif (aged := AGED.match(text, cue.end())) and _is_name(text, *aged.span()):
            yield aged.span()
        elif found := nameable_at(text, cue.end()):
            yield found
        elif (foreign := _foreign_name(text, cue.end())) and OPENED_END.match(text, foreign[1]):
            yield foreign
        elif (found := cued_name(text, cue.end(), sure=False)) and OPENED_END.match(text, found[1]):
            yield found


def _related(text: str) -> Iterator[tuple[int, int]]:
    """我老公周建国52岁; 儿子小宇; 儿子Kevin; 爷爷扎西顿珠."""
    for cue in patterns().related.finditer(text):
        # Most often the sentence simply goes on.
        if text[cue.end()] in never_given():
            continue
        if latin := LATIN_RELATIVE.match(text, cue.end()):
            yield latin.span()
        elif found := _name_at(text, cue.end(), weak=True) or _pet_name(text, cue.end()):
            yield found
        elif (child := GIVEN_AND_AGE.match(text, cue.end())) and all_given(child[0]):
            yield child.span()
        elif (
            found := _foreign_name(text, cue.end())
            or nameable_at(text, cue.end())
            or cued_name(text, cue.end(), sure=False)
        ):
            yield found


def _foreign_name(text: str, at: int) -> tuple[int, int] | None:
    match = patterns().transliterated.match(text, at)
    return match.span() if match and len(match[0]) >= 3 and not is_medicine(text, *match.span()) else None


def _pet_name(text: str, at: int) -> tuple[int, int] | None:
    match = PET_NAME.match(text, at)
    if match is None or match[0] in words().not_pet:
        return None
    doubled = match["a"]
    return match.span() if PET_END.match(text, match.end()) or (doubled and all_given(doubled)) else None


def _name_at(text: str, at: int, weak: bool) -> tuple[int, int] | None:
    """A surname and one or two characters of a given name that open at `at`; spaced characters too (罗 建 军)."""
    if spaced := SPACED.match(text, at):
        return spaced.span() if patterns().surname.match(spaced[1]) and not weak else None
    surname = patterns().surname.match(text, at)
    if surname is None or patterns().clinical.match(text, at):
        return None
    for length in (2, 1):
        end = surname.end() + length
        after = text[end : end + 1]
        short = length == 2 or not ONE_CHARACTER.match(after) or after in AFTER_SHORT
        if after and all_given(text[surname.end() : end]) and short:
            return (at, end) if text[at:end] not in words().plain_words else None
    if not weak and (one := SHORT_REST.match(text, surname.end())):
        return at, one.end()
    return None


def _titled(text: str) -> Iterator[tuple[int, int]]:
    """赵大夫, 尉迟主任, 陈涛先生: the longest name that ends at the title and opens where a word may open."""
    if not patterns().titled.search(text):
        return
    blanked = patterns().polite.sub(lambda m: "，" * len(m[0]), text)
    for title in patterns().titled.finditer(blanked):
        for length in range(TITLE_AHEAD, 0, -1):
            start = title.start() - length
            if start >= 0 and _is_titled(blanked, start, title.start()):
                yield start, title.start()
                break


def _is_titled(text: str, start: int, end: int) -> bool:
    surname = patterns().surname.match(text, start, end)
    if surname is None:
        return False
    if text.startswith(("中医", "西医"), end - 1):
        return False
    rest, nameable = text[surname.end() : end], text[start:end] in words().nameable
    if not nameable and (patterns().clinical.match(text, start) or text[start:end] in words().plain_words):
        return False
    before = text[start - 1 : start]
    opens = not before.isdigit() if not ONE_CHARACTER.match(before) else before in words().before
    if len(rest) > 2 or not (opens or text[max(0, start - 2) : start] in words().relations):
        return False
    return all_given(rest) or (text[end : end + 1] not in SHORT_TITLES and is_titled_name(text, start, end))


def _greeted(text: str) -> Iterator[tuple[int, int]]:
    """罗雪晴您好: at the head of a message or a line."""
    yield from _names_opening(GREETED, text)


def _headed(text: str) -> Iterator[tuple[int, int]]:
    """覃婧，女，34岁: what stands before age and sex, if its surname or all its characters are names'."""
    yield from _names_opening(HEADER, text)


def _names_opening(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    for match in opening(pattern, text):
        if _is_name(match.string, *match.span(1)):
            yield match.start(1) - 1, match.end(1) - 1


def _signed(text: str) -> Iterator[tuple[int, int]]:
    """A last line, or what follows a dash at the end, that is a name and nothing else."""
    match = SIGNED.search(text, max(0, len(text) - 12)) or DEPARTMENT_SIGNED.search(text, max(0, len(text) - 14))
    if match and _is_name(text, *match.span(match.lastindex or 0)):
        yield match.span(match.lastindex or 0)
        return
    yield from signed_name(text)


def _is_name(text: str, start: int, end: int) -> bool:
    """Whether a stretch of text is a surname and a given name, and nothing else."""
    surname = patterns().surname.match(text, start, end)
    if surname is None or is_medicine(text, start, end):
        return False
    rest = text[surname.end() : end]
    common = text[start] in words().common_surnames and text[start] not in words().weak_surnames
    common = common or text[start] in words().rare_surnames or surname.end() - start > 1
    return 0 < len(rest) <= 2 and (len(rest) == 1 or common or all_given(rest))


def _dotted(text: str) -> Iterator[tuple[int, int]]:
    """艾克拜尔·吐尔逊: two parts around a middle dot, as many of China's peoples write their names."""
    for match in DOTTED.finditer(text):
        start = match.start(1)
        for cue in (patterns().introduced, patterns().related, patterns().opened):
            for found in cue.finditer(text, start, match.end(1)):
                start = max(start, found.end())
        yield start, match.end(2)
