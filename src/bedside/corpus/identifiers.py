"""E-mail, phone, web address, postal address, record number and date of birth, in English and Chinese text.

Numbers are medicine first: a run of digits is an identifier only by its shape (an international phone number, a Chinese
identity number) or by the word beside it (`phone`, `policy`, 住院号). Batch, trial, gene and diagnosis codes stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

__all__ = ["Kind", "Span", "dates_beside_names", "identifiers"]

Kind = Literal["NAME", "EMAIL", "PHONE", "URL", "POSTAL", "ID", "BIRTHDATE"]


class Span(NamedTuple):
    """What is private: its place in the text and its kind."""

    start: int
    end: int
    kind: Kind


MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
DATE = (
    rf"(?:\d{{1,2}}(?:st|nd|rd|th)?[ -](?:of )?{MONTH},?[ -]\d{{2,4}}|{MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}}"
    r"|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})"
)
DATE_ZH = (
    r"(?:\d{2,4}[年./-]\s?\d{1,2}[月./-]\s?\d{1,2}[日号]?|(?:19|20)\d{6}(?!\d)"
    r"|(?:[一二零〇○九八七六五四三]{2,4}|\d{2,4})年(?:农历|阴历|闰)?(?:[一二三四五六七八九十正腊冬闰]{1,3}|\d{1,2})月"
    r"(?:初?[一二三四五六七八九十廿卅]{1,3}|\d{1,2})[日号]?)"
)
BORN = (
    r"(?:born(?: on(?: the)?)?|d\.?o\.?b\.?|date of birth|birth ?date|b(?:irth)?-? ?day|geb(?:oren)?|née? le"
    r"|nacid[oa] el|nat[oa] il)"
)
BIRTH = re.compile(
    rf"(?:\b{BORN}\b\.?(?: is| was|:)?[\s:(-]{{0,3}}(?P<a>{DATE}))"
    rf"|(?P<b>{DATE})(?=[^.\d]{{0,45}}\b(?:date of birth|birthday|d\.?o\.?b\b))"
    rf"|(?:出生日期|出生年月日?|出生时间|出生于|生于|生日|出生)[是为在：:\s]{{0,2}}(?:农历|阳历"
    rf"|公历)?(?P<c>{DATE_ZH})"
    rf"|(?P<d>{DATE_ZH})(?=出生|生(?:的|人|于|，|,|。|$|\s)|的[，,]?(?:算|是|属|今年)|[，,\s/]{{1,2}}[男女](?![\u4e00-\u9fff]))"
    rf"|(?<![\u4e00-\u9fff])[男女][，,\s/]{{1,2}}(?P<e>{DATE_ZH})(?=[，,\s/。)）]|$)"
    rf"|\b(?:male|female|[mf])[,\s/]{{1,3}}(?P<f>{DATE})(?=[,\s/.)]|$)"
    rf"|(?P<g>{DATE})[,\s/]{{1,3}}(?:male|female|[mf])\b",
    re.IGNORECASE,
)
DATE_BEHIND = re.compile(
    rf"[ \t,，(（/|、]{{1,3}}(?P<n>(?=[^\s]{{0,14}}\s?(?:of )?[^\s]{{0,10}}\s?(?:19|20[01])\d\d|19|20[01]"
    rf"|\d\d年)(?:{DATE}|{DATE_ZH}))",
    re.IGNORECASE,
)
DOCTOR = re.compile(r"(?:\b(?:dr|doctor|prof|nurse|with|saw|by|from)\.?|医生|大夫|医师)\s?\Z", re.IGNORECASE)
AFTER_DATE = re.compile(
    r"\d|[ ,，]{0,2}(?:入院|出院|手术|就诊|住院|复查|检查|确诊|visit|admitted|seen|surgery|appointment)", re.IGNORECASE
)
EMAIL = re.compile(
    r"[\w.+-]+ ?(?:@|\(at\)|\[at\]) ?[\w-]+(?:(?:\.| ?(?:\(dot\)|\[dot\]) ?)[\w-]+)+", re.IGNORECASE | re.ASCII
)
# seun dot bako at example dot com.
SPELLED = re.compile(
    r"\b[\w.+-]+(?: (?:dot|underscore|dash) [\w+-]+)* (?:at|@) [\w-]+(?: dot [a-z]{2,3}){0,2} dot [a-z]{2,4}\b",
    re.IGNORECASE,
)
URL = re.compile(
    r"(?:https?://|www\.)[^\s<>\"'）)，。；\u4e00-\u9fff]+|\b(?:[a-z0-9-]+\.)+(?:com|org|net|edu|gov|io|info|cn"
    r"|uk|de|fr|in|au|ca)"
    r"(?:/[^\s<>\"'）)，。；\u4e00-\u9fff]*[\w/])|\b(?:[a-z0-9-]+\.){1,3}(?:com|org|net|cn)\b(?!\.)",
    re.IGNORECASE | re.ASCII,
)
# Shapes that only telephones have: +CC, (ddd) ddd-dddd, ddd-ddd-dddd, 07ddd dddddd, French pairs, Chinese numbers.
EXTENSION = r"(?:[ ,，]{0,2}(?:转|分机|ext(?:ensio)?n?\.?|x)[ ：:]?\d{1,6}|(?<=\d{7})-\d{3,4})?"
PHONE = re.compile(
    r"(?<![\w.+/-])(?:\+\d{1,3}[ .-]?(?:\(0?\d{1,4}\)[ .-]?)?\d(?:[ .-]?\d){6,12}"
    r"|\(\d{3,5}\) ?\d{3,4}[ .-]?\d{3,4}|(?:1[ .-])?\d{3}[.-]\d{3}[.-]\d{4}|(?:1 )?\d{3} \d{3} \d{4}(?![\d ]*\d)"
    r"|[6-9]\d{4}[ -]?\d{5}|00\d{1,3}(?:[ -]?\d){8,11}"
    r"|[（(]0\d{2,3}[）)][ -]?\d{3,4}[ -]?\d{4}"
    r"|07\d{3} ?\d{3} ?\d{3}|0\d(?: \d\d){4}|0\d{2,4}[ -]\d{3,4}[ -]?\d{3,4}"
    r"|1[3-9]\d[ -]?\d{4}[ -]?\d{4}|1[3-9]\d{3}[ -]\d{3}[ -]\d{3}|1[3-9]\d(?:[ -]?\d{2}){4}(?!\d)"
    r"|1[3-9]\d[ -]\d{3}[ -]\d{3}[ -]\d{2}|0\d{2,3}-?\d{4}[ -]?\d{4})" + EXTENSION + r"(?![\w/]|[.-]\d)",
    re.ASCII,
)
PHONE_CUE = re.compile(
    r"(?:\b(?:phone|tel|telephone|mobile|mob|cell|cellphone|whats ?app|contact(?: me)?(?: at| on)?|reach me|ring me"
    r"|call me|text me|landline|fax|ph|helpline)\b|电话|手机|联系方式|联系我|座机|致电|热线)"
    r"(?:\s?(?:no|number|num|is|at|on|号码|号|是|为|me|:|：|\.|-|#))*\s*(?P<n>\(?\+?\d(?:[ ().-]{0,2}\d){5,14}"
    rf"{EXTENSION})",
    re.IGNORECASE,
)
CODE = r"[A-Z]{0,4}[-/ ]?\d[\dA-Z]*(?:[-/ ]?[\dA-Z]*\d[\dA-Z]*)*"
ID_CUE = re.compile(
    r"(?:\b(?:mrn|m\.r\.n|nhs|nhi|chi|pesel|health (?:card|number)|card (?:no|number)|group (?:no|number)|ssn"
    r"|social security|policy|claim(?: ref(?:erence)?)?|passport(?: copy)?"
    r"|medical record"
    r"|record|patient id|hosp(?:ital)? (?:id|no|number)|insurance|member(?:ship)?|subscriber|aadhaar|aadhar|pan card"
    r"|medicare"
    r"|medicaid|order|case (?:id|no|number)|chart|uhid|op|ip|reg(?:istration)?|licen[cs]e|account"
    r"|acct|driver'?s? licen[cs]e"
    r"|booking|reference|ref|file|id(?: card)?|patient (?:no|number)|emirates id|nric|cnic|accession"
    r"|lab (?:no|number|id)"
    r"|sample (?:no|number|id)|barcode|specimen|encounter|visit id|ticket"
    r"|prescription (?:no|number)|rx (?:no|number|#)|hn|abha|(?-i:IC|NIC|SIN|PPSN?|NIN|BVN|NIE|DNI|NIF|NIK|KTP"
    r"|CPF|CPR|CNP|BSN|AHV|HKID|OHIP|IHI|DVA"
    r"|TCKN?|KVNR|SVNR|NINO|CURP|CIN|EHIC|CMRN|URN|HRN|PID|EMPI|HICN|MBI|PHN|ACC|BPJS|EGN|OIB|JMBG)"
    r"|my ?kad|personnummer|personal number|national (?:id|number|insurance)|identity (?:card|number|no)|nino"
    r"|codice fiscale"
    r"|versicherten(?:nummer|-nr)|group|plan|hosp(?:ital)?|patient(?:en)?(?:nummer|-nr)?|unit|folder|clinic"
    r"|admission|referral|requisition"
    r"|invoice|receipt|case|study id|employee|staff|student|beneficiary|id-?nr|ins(?:urance)? id|voucher|req"
    r"|dossier|expediente)\b[ .]?"
    r"(?:(?:no|number|num|id|ref|card|code|copy|is|was|num|#|:|\(|=)[ .:#(]*)*)"
    rf"(?P<n>(?-i:{CODE}))(?!\s?(?:mg|ml|mcg|g|kg|weeks?|days?|years?|%))",
    re.IGNORECASE,
)
ID_ZH = re.compile(
    r"(?:身份证|证件|住院|门诊|病历|病案|就诊|就诊卡|医保|医保卡|社保|社保卡|护照|检查|登记|挂号|条码|保单|订单"
    r"|档案|工号|学号"
    r"|健康卡|诊疗卡|保险单?|银行卡|卡|编号|流水|受理|申请|快递单?|运单|合同|床头卡|病理|影像|建档|居住证|通行证"
    r"|军官证|军人证|残疾证|样本|条形码|会员|报告单?"
    r"|QQ|qq|[Qq]群|微信|wx|WX|V信|v信|vx|VX|加[vV]|支付宝|抖音|小红书|钉钉|微博)(?:卡|账)?(?:号码?|ID|id|编号"
    r"|：|:|是|为|\s|\(|（)*"
    r"(?P<n>[A-Za-z]{0,4}[-_]?\d(?:[\w-]{3,}|\d{3}(?: \d{3,4})+)(?: \d{4}(?!\w))*"
    r"|[A-Za-z]{1,4}(?:-[A-Za-z0-9]{1,6}){1,3}-?\d{3,}|[A-Za-z][\w-]{5,19})",
    re.ASCII,
)
# Names on the net: `wechat id is tina_88`, `telegram @tina88`, `@tina88`.
HANDLE = re.compile(
    r"(?:\b(?:we ?chat|telegram|skype|insta(?:gram)?|snap(?:chat)?|line|signal|discord|twitter|facebook|fb|viber"
    r"|kakao(?:talk)?"
    r"|zalo|tiktok|user ?name)\b(?: ?(?:id|name|user|handle|is|me|on|at|:|=|-))*[ :]+(?=\S*[\d_@]))"
    r"(?P<n>@?[A-Za-z][\w.-]{3,}\w)|(?<![\w.@])(?P<m>@[A-Za-z_][\w.]{3,}\w)",
    re.IGNORECASE | re.ASCII,
)
# An identity number of China, a social security number of the United States, letters and a long number of an insurer.
IDENTITY = re.compile(
    r"(?<![\dA-Za-z])(?:\d{17}[\dXx]|\d{3}-\d{2}-\d{4}|(?!NCT|ISRCTN|COVID|SARS)[A-Z]{3,6}-\d{6,10})(?![\d-])"
)
NUMBERED = re.compile(r"\b(?:no|number|num|id)\b|[#:：号]")
# Codes of medicine: diagnoses, trials, gene variants.
CLINICAL_CODE = re.compile(r"NCT\d+|rs\d+|[A-Z]\d{2}(?:\.\d{1,3})?|(?:COVID|HPV|CA|CD|IL|B|T|L|S|C)-?\d{1,3}", re.ASCII)
# What a cue may be followed by and is no number of anybody: a day.
WHOLE_DATE = re.compile(r"(?:\d{4}([-/.])\d{1,2}\1\d{1,2}|\d{1,2}([-/.])\d{1,2}\2(?:\d{4}|\d\d))(?!\d)")
UNITS = "MG|ML|NG|MM|CM|KG|GM|PG|IU|MO|YR|WK|HR|DL|MEQ|PM|AM|TH|ST|ND|RD"
POSTCODE = re.compile(
    rf"\b[A-Z]{{1,2}}\d[A-Z\d]? ?\d(?!(?:{UNITS})\b)[A-Z]{{2}}\b|\b(?-i:[A-Z]{{2}}) \d{{5}}(?:-\d{{4}})?\b"
    r"|(?-i:(?<=[a-z,] )\d{5}-\d{4}\b|\b[ABCEGHJ-NPRSTVXY]\d[A-Z] \d[A-Z]\d\b)",
    re.IGNORECASE,
)
# The ways of the English-speaking world, written out and short; with a capital, or the words before are none.
WAYS = (
    "Pde|Parade|Rise|Cres|Cl|Gdns|Tce|Ter|Dr|Ct|Cir|Circle|Pl|Sq|Pkwy|Parkway|Hwy|Highway|Trl|Trail|Mews|Hill|View|Esplanade|Esp|Loop"
    "|Path|Pike|Run|Vale|Wharf|Quay|Crossing|Bend|Ridge|Green|Park|Heights|Hts|Gate|Yard|Villas|Wynd|Brae|Croft|Approach|Chase|Crest"
    "|Glade|Grange|Mead|Meadows?|Orchard|Garth|Fold|Boulevarde?|Alley|Aly|Arcade|Circuit|Cct|Cove|Expressway|Freeway|Landing|Link|Outlook"
    "|Pass|Plaza|Point|Promenade|Retreat|Row|Turnpike|Walk|Enclave|Layout|Sector|Phase|Cross|Main|Nagar|Marg|Chowk|Bagh|Jalan|Lorong|Broadway"
)
STREET_BY_CAPITAL = re.compile(
    rf"(?<![\d.,/-])(?:\d{{1,4}}[/-])?\d{{1,5}}[A-Za-z]?,? (?:[NSEW]{{1,2}}\.? )?(?:[A-Z][\w'’.-]+ ){{1,3}}"
    rf"(?:{WAYS}|St|Rd|Ave?|Ln|Blvd|Street|Road|Avenue"
    r"|Lane|Drive|Close|Crescent|Court|Terrace|Gardens|Boulevard|Way|Grove|Place|Square)\b\.?"
    r"(?:,? (?:(?:[Aa]pt|[Uu]nit|[Ff]lat|[Ss]uite|[Ss]te|[Rr]m)\.? ?|# ?)\w+)?"
    r"|(?<![\d.,/-])\d{1,5},? (?:Jalan|Jln|Lorong|Via|Calle|Rua) (?:[A-Z][\w'’]+ ?){1,3}(?:\d{1,3}(?:/\d{1,3})?)?"
    r"|\b[Bl]lo?c?k \d{1,4}[A-Z]? (?:[A-Z][\w'’]+ ){1,3}(?:Ave(?:nue)?|St(?:reet)?|Rd|Road|Drive"
    r"|Dr) ?\d{0,3}(?:,? #\d{2}-\d{2,4})?"
)
STREET = re.compile(
    r"(?:\d{1,4}[/-])?\d{1,5}[a-z]?,? (?-i:(?:[A-Z][\w'’-]+ ){1,3}|(?:[a-z]{4,} )(?=street\b|road\b|avenue\b"
    r"|lane\b))(?:street"
    r"|st|road|rd|avenue|ave|lane|ln|drive|close|crescent|court"
    r"|terrace|gardens|boulevard|blvd|square|way|grove|nagar|marg|colony|strasse|straße|place|row|walk)\b"
    r"(?:,? (?:apt|unit|flat|#) ?\w+)?",
    re.IGNORECASE,
)
# 18 rue des Lilas, 69003; 7 Kirkegade, 8000 Aarhus; Lindenstraße 4; PO Box 1123.
STREET_ABROAD = re.compile(
    r"\d{1,4}(?: bis)?,? (?:rue|avenue|boulevard|calle|via|rua|avenida|place|chemin|plaza) (?:d[eiu]s? |de la "
    r"|dell[ao] |la |du )?"
    r"[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)?(?:, \d{4,5}\b)?"
    r"|\d{1,4},? [A-Z]\w{2,}(?:gade|gatan|gata|straat|straße|strasse|vej|veien|katu)\b(?:, \d{4,5}\b)?"
    r"|\b[A-Z][\w-]{2,}(?:straße|strasse|straat|str\.|weg|gasse|platz|gatan|gade|laan|gracht"
    r"|vej) \d{1,4}[a-z]?\b(?:, \d{4,5}\b)?"
    r"|\b(?:[Pp]\.? ?[Oo]\.?|[Pp]ost(?: [Oo]ffice)?) [Bb]ox (?:[Nn]o\.? ?)?\d+"
)
FLAT = re.compile(
    r"\b(?:flat|apt\.?|apartment|unit|suite|room|house|plot|door) (?:no\.? ?)?\w{1,5},? \Z", re.IGNORECASE
)
POSTAL_CUE = re.compile(
    r"(?:\b(?:zip|post|postal|pin)[ -]?codes?\b|\bzip\b|\bplz\b|\bpincode\b|\beircode\b|邮编|邮政编码)(?:\s|:|："
    r"|是|is\b|#|-){0,4}"
    r"(?P<n>[A-Z]{0,2}\d[A-Z\d]{0,3}(?: ?\d[A-Z]{2})?\d{0,4})",
    re.IGNORECASE,
)
POSTAL_ZH = re.compile(
    r"(?:(?:住在?|地址|家住|寄到|位于|现居|住址|送到)[是：:]?)?"
    r"(?P<n>(?:[\u4e00-\u9fff]{2,8}?(?:省|市|区|县|镇|乡)){0,4}[\u4e00-\u9fff]{1,6}?(?:路|街|巷|弄|胡同|大道|道"
    r"|村|小区|花园|家园|苑|新村|里|坊)"
    r"(?:[东西南北中一二三四五六七八九十\d]{0,2}段)?\d+(?:号|弄|栋|幢|座)(?:院|楼|大院)?(?:[\d\w-]{0,4}(?:号楼?|栋|幢|座|楼|单元|室|号院"
    r"|层|门))*(?:\d{3,4})?"
    r"|(?:[\u4e00-\u9fff]{2,6}?(?:小区|花园|家园|苑|新村|里|公寓|大厦|广场|山庄|国际|宿舍|华府|名城|城))[A-Za-z\d东西南北一二三四五六七八九十]{1,3}"
    r"(?:号楼|栋|幢|座|区)(?:[\dA-Za-z-]{1,5}(?:号楼|栋|幢|座|楼|单元|室|层|号|门))*(?:\d{3,4})?)"
)


# Quick tests: a text in which one of these finds nothing needs none of the slower patterns.
LATIN_WORD = re.compile(r"[a-z]{3}")
DIGIT = re.compile(r"\d")
LONG_CODE = re.compile(r"\d[\w-]{3}|[A-Za-z][\w-]{5}", re.ASCII)
FOUR_DIGITS = re.compile(r"\d(?:[A-Za-z/ -]{0,5}\d){3}")
SEVEN_DIGITS = re.compile(r"\d(?:[ ().-]{0,2}\d){5}")
POSTCODE_END = re.compile(r"\d[A-Za-z]{2}\b|\d{5}")
HOUSE = re.compile(r"\d[A-Za-z]?,? [A-Z]|\d (?:[a-z]+ )?(?:street|road|avenue|lane)\b")
HOUSE_ZH = re.compile(
    r"[路街巷弄同道村区园家苑里坊段寓厦场庄际舍府城][东西南北中一二三四五六七八九十A-Za-z\d]{0,2}段?\d*[号弄栋幢座]"
)
BORN_WORDS = ("born", "birth", "dob", "d.o.b", "bday", "b-day", "geb", "né", "nacid", "nato il", "nata il")
BORN_ZH = re.compile(r"(?<=[\d一二三四五六七八九十日号])生|出生|生[于日]")
FULL_DATE = re.compile(r"\d[-/.年]\s?\d{1,2}[-/.月]\s?\d")
# A whole date in digits beside a sex: `1952-05-17 女`.
SEX_NEAR = re.compile(
    r"\d[,，\s/]{1,3}(?:[男女]|(?:fe)?male\b|[mf]\b)|(?:[男女]|male|\b[mf])[,，\s/]{1,3}\d|\d[日号]的", re.IGNORECASE
)
NET_WORDS = (
    "wechat", "we chat", "telegram", "skype", "insta", "snapchat", "line id", "discord", "twitter", "facebook", "viber",
    "kakao", "zalo", "tiktok", "username", "user name",
)  # fmt: skip
POSTAL_WORDS = ("zip", "post", "pin", "plz", "eircode", "邮编", "邮政")
ABROAD_WORDS = (
    " rue ", " avenue ", " boulevard ", " calle ", " via ", " rua ", " avenida ", " place ", " chemin ", " plaza ",
    "gade",
    "gatan", "gata ", "straat", "straße", "strasse", "vej", "veien", "katu", "str. ", "weg ", "gasse", "platz", "laan ",
    "gracht", " box ",
)  # fmt: skip
WEB_WORDS = (
    "://",
    "www.",
    ".com",
    ".org",
    ".net",
    ".edu",
    ".gov",
    ".io",
    ".info",
    ".cn",
    ".uk",
    ".de",
    ".fr",
    ".in",
    ".au",
    ".ca",
)
# How far before and behind its digits an identifier's cue and end are looked for, in characters.
CUE_REACH = 48
NUMERALS = re.compile(r"[零〇一二三四五六七八九]{11}")


def identifiers(text: str) -> list[Span]:
    """All identifiers of a text but names, in order, none overlapping; the more telling kind wins."""
    found: list[Span] = []
    for span in _candidates(text, text.lower()):
        if span.start < span.end and all(span.end <= other.start or span.start >= other.end for other in found):
            found.append(span)
    return sorted(found)


def dates_beside_names(text: str, spans: list[Span]) -> list[Span]:
    """A whole date right behind a person's name on one line, years ago: 张萌 2001/12/09.

    A doctor's name is left: the date there is a visit's.
    """
    found = []
    for span in spans:
        if span.kind != "NAME" or DOCTOR.search(text, max(0, span.start - 12), span.start):
            continue
        match = DATE_BEHIND.match(text, span.end)
        if match and not AFTER_DATE.match(text, match.end()):
            found.append(Span(*match.span("n"), "BIRTHDATE"))
    return found


def _candidates(text: str, low: str) -> Iterator[Span]:
    digit = DIGIT.search(text)
    if "@" in text or "(at)" in low or "[at]" in low:
        yield from (Span(*m.span(), "EMAIL") for m in EMAIL.finditer(text))
    if " dot " in low:
        yield from (Span(*m.span(), "EMAIL") for m in SPELLED.finditer(text))
    if _any(WEB_WORDS, low):
        yield from (Span(*m.span(), "URL") for m in URL.finditer(text))
    if (digit or not text.isascii()) and _born(text, low):
        for match in BIRTH.finditer(text):
            yield Span(*match.span(match.lastgroup or 0), "BIRTHDATE")
    if not text.isascii():
        yield from _chinese(text)
    latin = LATIN_WORD.search(low)
    if "@" in text or (latin and _any(NET_WORDS, low)):
        yield from (Span(*m.span(m.lastgroup or 0), "ID") for m in HANDLE.finditer(text))
    if digit and FOUR_DIGITS.search(text):
        yield from _numbers(text)
    yield from _addresses(text, low)
    if latin and _any(ABROAD_WORDS, low):
        yield from (Span(*m.span(), "POSTAL") for m in STREET_ABROAD.finditer(text))


def _born(text: str, low: str) -> bool:
    """Whether a birth is spoken of, or a whole date stands beside somebody's sex."""
    if _any(BORN_WORDS, low) or ("生" in text and BORN_ZH.search(text)):
        return True
    return bool(FULL_DATE.search(text)) and bool(SEX_NEAR.search(text))


def _chinese(text: str) -> Iterator[Span]:
    if LONG_CODE.search(text):
        yield from (Span(*m.span("n"), "ID") for m in ID_ZH.finditer(text) if _is_code(m))
    yield from (Span(*m.span(), "PHONE") for m in NUMERALS.finditer(text))


def _numbers(text: str) -> Iterator[Span]:
    if SEVEN_DIGITS.search(text):
        yield from (Span(*m.span(), "ID") for m in IDENTITY.finditer(text))
    for near in FOUR_DIGITS.finditer(text):
        matches = ID_CUE.finditer(text, max(0, near.start() - CUE_REACH), near.end() + CUE_REACH)
        yield from (Span(*m.span("n"), "ID") for m in matches if _is_code(m))
    if SEVEN_DIGITS.search(text):
        yield from (Span(*m.span("n"), "PHONE") for m in PHONE_CUE.finditer(text))
        yield from (Span(*m.span(), "PHONE") for m in PHONE.finditer(text))


def _addresses(text: str, low: str) -> Iterator[Span]:
    if _any(POSTAL_WORDS, low):
        yield from (Span(*m.span("n"), "POSTAL") for m in POSTAL_CUE.finditer(text))
    if POSTCODE_END.search(text):
        yield from (Span(*m.span(), "POSTAL") for m in POSTCODE.finditer(text))
    if HOUSE.search(text):
        for match in (*STREET_BY_CAPITAL.finditer(text), *STREET.finditer(text)):
            flat = FLAT.search(text, max(0, match.start() - 24), match.start())
            yield Span(flat.start() if flat else match.start(), match.end(), "POSTAL")
    if HOUSE_ZH.search(text):
        yield from (Span(*m.span("n"), "POSTAL") for m in POSTAL_ZH.finditer(text))


def _any(cues: tuple[str, ...], low: str) -> bool:
    return any(map(low.__contains__, cues))


def _is_code(match: re.Match[str]) -> bool:
    """Long enough to tell one person from another, and no code of medicine; four digits only after `no.`."""
    code, cue = match["n"], match.string[match.start() : match.start("n")].lower()
    digits = sum(map(str.isdigit, code))
    if CLINICAL_CODE.fullmatch(code) or WHOLE_DATE.match(match.string, match.start("n")):
        return False
    if digits == 4 and not code.startswith(("19", "20")):
        return code[0].isalpha() or bool(NUMBERED.search(cue))
    return (
        digits >= 5
        or (digits == 4 and code[0].isalpha())
        or (digits == 0 and len(code) >= 6 and "检" not in cue and "报告" not in cue)
    )
