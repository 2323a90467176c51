"""Personal names in a Chinese message: a surname with a title (赵大夫), after a cue (我叫, 姓名：, 我老公) or before a greeting.

Most surnames are ordinary characters too, and many open a word of medicine (高血压, 白细胞, 马上): those are left alone,
and where the cue is weak the other characters must be such as names are made of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import msgspec
import rjieba

from bedside.core.phrases import load_yaml
from bedside.corpus.gazetteer import chinese_given, chinese_surnames, given_names
from bedside.corpus.names_en import is_plain_word

__all__ = ["chinese_names"]

CHINESE_WORD = re.compile(r"[\u4e00-\u9fff]+\Z")
H = r"[\u4e00-\u9fff]"
# Surnames that are first of all words; a name with one of them is told by its other characters alone.
TOO_COMMON = frozenset("和时从应但全有能都要这那也来去不后红双原部向年老者终平公国海东西水火通相言步百计干束花经阴阳明成鲜占台查")
MORE_SURNAMES = frozenset({*"闫肖代付翟冼亓仝佟逄逯蔺芮佘邝覃粟苑冀隋仉佴祁阮", "欧阳", "司马", "上官", "诸葛", "尉迟", "司徒", "夏侯", "皇甫", "慕容", "令狐", "端木", "东方", "独孤", "南宫", "公孙", "长孙", "宇文"})
# Characters of given names that Faker's short lists do not hold.
MORE_GIVEN = frozenset(
    "轩涵梓宸浩宇晨曦皓铭睿博源祺佳怡欣妍悦彤琳瑶萱诗蕊薇曼露洁蓉婉妮娜倩颖莹媛菲雯嘉琪瑞泽霖鑫焱淼垚国建志永德忠义仁礼智信福禄寿喜财富贵荣华"
    "光明亮辉耀晖昌盛兴旺发达胜利刚强勇猛毅坚定安康宁静平和顺祥吉庆丰茂林森松柏桦枫杨柳桃梅兰竹菊荷莲桂芳芬香艳丽美秀英俊杰伟豪雄飞翔鹏鹤鸿雁"
    "燕凤凰龙虎彪豹骏驰云霞雪霜冰露雨雷电风春夏秋冬晓晴朗阳月星辰海江河湖波涛洋川山峰岭岩石玉珍珠宝金银钰琴棋书画文武学思慧敏聪灵巧素淑贤良惠"
    "爱亚东西南北中民军兵战红卫新立成功一二三子小大少长元正方圆世代先进前启开创业勤俭守诚振邦凯旋旭昊天宏远大广博才艺彩虹蕾琼瑾璇璐瑜瑛瑞珊玲珂"
    "翠碧青蓝紫娟娥娇姣婷妹姗姿媚嫣婕树根生全有余泉清湘沁沛洪润泽渊鸣越超群力行健骁楠栋梁材桐榕槐桢樱萍茜莎莉芸芝茹荣菁萌葵蓓薇藤岚峻崇岳"
)
TITLE_AHEAD = 4
# How far around a word a drug's name is looked for, in characters.
DRUG_REACH = 6
# Characters that open many words; jieba's guess at a person is not believed where a name of two characters opens so.
WEAK_SURNAMES = frozenset("沙米梅石荆祝来阿谢麦水云花车单占党官皮宣计都易常安康温柴满凌")
LATIN_NAME = re.compile(r"(?<![A-Za-z])[A-Z][a-z]{2,}(?: [A-Z][a-z]+)?(?![A-Za-z])")
OLD_AND_SURNAME = re.compile(r"(?<![\u4e00-\u9fff])(?:老|小)(?!师)(?=[\u4e00-\u9fff][跟和说他她也是的叫让给在就，。,、])")
PARENT = re.compile(r"(?P<n>小[\u4e00-\u9fff]|(?P<a>[\u4e00-\u9fff])(?P=a))(?=妈妈|爸爸|家属|妈|爸)")
OUR = re.compile(r"(?:我们?家|咱家|大宝|小宝|二宝|老大|老二)(?=[\u4e00-\u9fff])")


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The word lists of `data/privacy_zh.yaml`."""

    introductions: tuple[str, ...]
    openers: tuple[str, ...]
    relations: tuple[str, ...]
    titles: tuple[str, ...]
    before: frozenset[str]
    polite: tuple[str, ...]
    nobody: tuple[str, ...]
    not_pet: frozenset[str]
    clinical: tuple[str, ...]
    endings: tuple[str, ...]


class Patterns(msgspec.Struct, frozen=True):
    """The word lists as patterns, compiled once."""

    introduced: re.Pattern[str]
    opened: re.Pattern[str]
    related: re.Pattern[str]
    titled: re.Pattern[str]
    polite: re.Pattern[str]
    clinical: re.Pattern[str]
    surname: re.Pattern[str]


@cache
def words() -> Words:
    return msgspec.convert(load_yaml("corpus/data/privacy_zh.yaml"), Words)


@cache
def given() -> frozenset[str]:
    return chinese_given() | MORE_GIVEN


@cache
def patterns() -> Patterns:
    lists = words()
    one = "".join(sorted(s for s in chinese_surnames() | MORE_SURNAMES if len(s) == 1 and s not in TOO_COMMON))
    two = "|".join(sorted(s for s in chinese_surnames() | MORE_SURNAMES if len(s) == 2))
    return Patterns(
        introduced=re.compile(rf"(?:{_any(lists.introductions)})(?:\s*[：:是叫]\s*|\s+)?(?={H})"),
        opened=re.compile(rf"(?:{_any(lists.openers)})[：:\s]?(?={H})"),
        related=re.compile(rf"(?:{_any(lists.relations)})(?:是|叫|[：:])?(?={H}|[A-Z])"),
        titled=re.compile(_any(lists.titles)),
        polite=re.compile(_any(lists.polite)),
        clinical=re.compile(_any(lists.clinical)),
        surname=re.compile(rf"{two}|[{one}]"),
    )


def _any(listed: tuple[str, ...]) -> str:
    return "|".join(sorted(listed, key=len, reverse=True))


def chinese_names(text: str) -> list[tuple[int, int]]:
    """Spans (start, end) of personal names, in order, none overlapping."""
    taken: list[tuple[int, int]] = []
    for start, end in _candidates(text):
        if start < end and all(end <= a or start >= b for a, b in taken) and not text.startswith(words().nobody, start + 1):
            taken.append((start, end))
    return sorted(taken)


def _candidates(text: str) -> Iterator[tuple[int, int]]:
    yield from _dotted(text)
    yield from _introduced(text)
    yield from _titled(text)
    yield from _greeted(text)
    yield from _opened(text)
    yield from _related(text)
    yield from _signed(text)
    yield from _segmented(text)
    yield from _latin(text)
    yield from _familiar(text)


def _segmented(text: str) -> Iterator[tuple[int, int]]:
    """What jieba's dictionary and its hidden Markov model take for a person, if it opens with a surname.

    A surname that stands alone is joined with the word after it when that could be a given name (周 + 建国). A person
    with no surname (古丽娜尔) is believed only after a word for a relative or a patient.
    """
    at, alone = 0, False
    for word, tag in rjieba.tag(text):
        start, end, at = at, at + len(word), at + len(word)
        if alone and len(word) <= 2 and _given(word) and not _is_medicine(text, start - 1, end):
            yield start - 1, end
        surname = patterns().surname.match(word) if len(word) <= 4 and CHINESE_WORD.match(word) else None
        person = tag.startswith("nr") or (tag == "x" and len(word) == 2)
        alone = person and surname is not None and len(word) == 1 and word not in WEAK_SURNAMES
        if person and surname and _full(word, surname.end()) and not _is_medicine(text, start, end):
            yield start, end
        elif tag.startswith("nr") and 3 <= len(word) <= 5 and _introduces(text, start):
            if not _is_medicine(text, start, end):
                yield start, end


def _full(word: str, surname: int) -> bool:
    weak = word[0] in WEAK_SURNAMES
    return 0 < len(word) - surname <= 2 and not (weak and (len(word) == 2 or not _given(word[surname:])))


def _given(part: str) -> bool:
    return all(char in given() for char in part)


def _introduces(text: str, at: int) -> bool:
    """Whether a relative, a patient or an introduction is named right before."""
    return text.endswith((*words().relations, *words().openers, *words().introductions, "叫"), 0, at)


def _is_medicine(text: str, start: int, end: int) -> bool:
    """Whether a word is one of medicine, by how it opens or ends, or as a part of a drug's name."""
    word = text[start:end]
    if patterns().clinical.match(word) or (word.endswith(words().endings) and not _given(word[1:])):
        return True
    for first in range(max(0, start - DRUG_REACH), start + 1):
        if any(text[first:last] in drug_names() for last in range(end, min(len(text), end + DRUG_REACH) + 1)):
            return True
    return False


def _latin(text: str) -> Iterator[tuple[int, int]]:
    """我是Vivian: a listed given name in Latin letters."""
    for match in LATIN_NAME.finditer(text):
        first = match[0].split()[0].lower()
        if first in given_names() and not is_plain_word(first):
            yield match.span()


def _familiar(text: str) -> Iterator[tuple[int, int]]:
    """老李跟我; 小杰妈妈; 我家彤彤: how people speak of those they know."""
    for match in OLD_AND_SURNAME.finditer(text):
        if surname := patterns().surname.match(text, match.end()):
            yield surname.span()
    for match in PARENT.finditer(text):
        if match["n"] not in words().not_pet:
            yield match.span("n")
    for match in OUR.finditer(text):
        if found := _pet_name(text, match.end()):
            yield found


@cache
def drug_names() -> frozenset[str]:
    """Chinese names of drugs, which a dictionary takes for foreign persons (布洛芬)."""
    listed = load_yaml("signals/data/drugs.yaml")
    return frozenset(name for names in listed.values() for name in names if CHINESE_WORD.match(name))


def _introduced(text: str) -> Iterator[tuple[int, int]]:
    """我叫迪丽努尔，: whatever stands there up to the next mark, at most six characters; else a surname and its name."""
    for cue in patterns().introduced.finditer(text):
        if whole := re.compile(rf"{H}{{2,6}}?(?=[，,。.、；;！!\s（(\d]|今年|$)").match(text, cue.end()):
            if len(whole[0]) <= 3 or not patterns().surname.match(text, cue.end()):
                yield whole.span()
                continue
        if found := _name_at(text, cue.end(), weak=False):
            yield found


def _opened(text: str) -> Iterator[tuple[int, int]]:
    """患者李明，; 我是方圆，: only with a mark or a word of person after it."""
    for cue in patterns().opened.finditer(text):
        if cue[0].startswith("我姓"):
            if surname := patterns().surname.match(text, cue.end()):
                yield surname.span()
        elif (found := _name_at(text, cue.end(), weak=True)) and re.compile(r"[，,。.；;！!\s（(\d女男]|$").match(text, found[1]):
            yield found


def _related(text: str) -> Iterator[tuple[int, int]]:
    """我老公周建国52岁; 儿子小宇; 儿子Kevin."""
    for cue in patterns().related.finditer(text):
        if latin := re.compile(r"[A-Z][a-z]+(?=[\d，,。\s])").match(text, cue.end()):
            yield latin.span()
        elif found := _name_at(text, cue.end(), weak=True) or _pet_name(text, cue.end()):
            yield found


def _pet_name(text: str, at: int) -> tuple[int, int] | None:
    match = re.compile(rf"(?:(?P<a>{H})(?P=a)|小{H}(?=[，,。\s\d今昨前从这抽发咳拉吐]|$))").match(text, at)
    if match is None or match[0] in words().not_pet:
        return None
    ends = re.compile(r"[，,。\s\d今昨前从这抽发咳拉吐才都一二两三四五六七八九十]|$").match(text, match.end())
    return match.span() if ends or (match["a"] and match["a"] in given()) else None


def _name_at(text: str, at: int, weak: bool) -> tuple[int, int] | None:
    """A surname and one or two characters of a given name that open at `at`; spaced characters too (罗 建 军)."""
    if spaced := re.compile(rf"({H}) ({H})(?: ({H}))?(?![\u4e00-\u9fff ])").match(text, at):
        return spaced.span() if patterns().surname.match(spaced[1]) and not weak else None
    surname = patterns().surname.match(text, at)
    if surname is None or patterns().clinical.match(text, at):
        return None
    rest = text[surname.end() : surname.end() + 2]
    for length in (2, 1):
        part = rest[:length]
        good = len(part) == length and all(char in given() for char in part)
        after = text[surname.end() + length : surname.end() + length + 1]
        if good and text[surname.end() : surname.end() + length + 1] and (length == 2 or not re.match(H, after) or after in "今年的岁男女昨前在是说患因于自从已现住有这"):
            return surname.start(), surname.end() + length
    if not weak and (one := re.compile(rf"{H}{{1,2}}(?![\u4e00-\u9fff])").match(text, surname.end())):
        return surname.start(), one.end()
    return None


def _titled(text: str) -> Iterator[tuple[int, int]]:
    """赵大夫, 尉迟主任, 陈涛先生: the longest name that ends at the title and opens where a word may open."""
    blanked = patterns().polite.sub(lambda m: "，" * len(m[0]), text)
    for title in patterns().titled.finditer(blanked):
        for length in range(TITLE_AHEAD, 0, -1):
            start = title.start() - length
            if start >= 0 and _is_titled(blanked, start, title.start()):
                yield start, title.start()
                break


def _is_titled(text: str, start: int, end: int) -> bool:
    surname = patterns().surname.match(text, start, end)
    if surname is None or patterns().clinical.match(text, start):
        return False
    rest = text[surname.end() : end]
    if len(rest) > 2 or any(char not in given() for char in rest):
        return False
    before = text[start - 1 : start]
    return not re.match(H, before) or before in words().before or text[max(0, start - 2) : start] in words().relations


def _greeted(text: str) -> Iterator[tuple[int, int]]:
    """罗雪晴您好: at the head of a message or a line."""
    for match in re.finditer(rf"(?:^|\n)\s*({H}{{2,4}}?)(?=[，,：:]?\s?(?:您好|你好))", text):
        start = match.start(1)
        found = _name_at(text, start, weak=True)
        if found and found[1] == match.end(1):
            yield found


def _signed(text: str) -> Iterator[tuple[int, int]]:
    """A last line, or what follows a dash at the end, that is a name and nothing else."""
    if match := re.search(rf"(?:\n|[—–-]{{1,2}})\s*({H}{{2,4}})\s*[。.]?\s*\Z", text):
        found = _name_at(text, match.start(1), weak=True)
        if found and found[1] == match.end(1):
            yield found


def _dotted(text: str) -> Iterator[tuple[int, int]]:
    """艾克拜尔·吐尔逊: two parts around a middle dot, as many of China's peoples write their names."""
    for match in re.finditer(rf"({H}{{2,8}})[·•・]({H}{{2,6}}?)(?=[^\u4e00-\u9fff]|[昨今前去上这从现]|$)", text):
        start = match.start(1)
        for cue in (patterns().introduced, patterns().related, patterns().opened):
            for found in cue.finditer(text, start, match.end(1)):
                start = max(start, found.end())
        yield start, match.end(2)
