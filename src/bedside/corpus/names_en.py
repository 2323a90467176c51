"""Personal names in an English message: by the words around them, by their capitals and by lists of names.

Knows nothing of Chinese. A name with no cue beside it is found only when it is a listed given name in capitals inside a
sentence. What is a term of medicine (Bell's palsy, Graves, Yasmin) is left alone unless a title stands before it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache

import bedside.corpus.shapes_en as shapes_en
import bedside.corpus.spoken_en as spoken_en
from bedside.corpus.gazetteer import surnames
from bedside.corpus.signatures_en import headers, signatures
from bedside.corpus.tokens_en import POSSESSIVE, Message, Run, no_names, words

__all__ = ["english_names"]

SENTENCE_END = re.compile(r"(?:^|[.!?:;\n])[\s\"'(]*\Z")
SAID = re.compile(r"\s*(?:[:=]|[-–]\s|is\b|\()\s*", re.IGNORECASE)
AGE_OR_END = re.compile(
    r"\s*(?:[,(;.!:]|\d|age\b|aged\b|d\.?o\.?b|\Z|\n|from\b|here\b|again\b|and\b|writing\b|btw\b|calling\b"
    r"|speaking\b|asking\b|posting\b|texting\b|[mf]\b)",
    re.IGNORECASE,
)
COMMA_OR_LINE = re.compile(r"['’]?\s?[,\n]")
AFTER_TITLE = {True: re.compile(r"[ \t.]{0,3}"), False: re.compile(r"[ \t]{0,2}")}
AGED = re.compile(
    r"[^\W\d_]+(?: [A-Z][^\W\d_]+)?[ ,(]{1,3}(?:aged?:? )?\d{1,2}(?!\d)(?!\s?(?:mg|mcg|ml|g|tab|units?|weeks?"
    r"|days?|months?)\b)",
    re.IGNORECASE,
)
# `Liesbeth, bile acids of 44`: a doctor speaks to the patient at the head of a message.
SPOKEN_TO = re.compile(r", ?\S")
# What follows a name that opens a sentence: `Siobhan is`, `Ayaan (9)`, `Okonkwo/54/M`, `Tunde, who`, `LaToya: 39`.
AS_SUBJECT = re.compile(
    r"['’]s\b|\s?(?:[/(:,]\s?\d|,? (?:is|was|has|had|who|and|says|said|told|my|here|et)\b| \d)", re.IGNORECASE
)
# After a field's label: `Attending: `, `contact - `.
FIELD_MARK = re.compile(r"\s?(?::|=| [-–])\s?")
FIELD_WORDS = frozenset({"electronically", "by", "physician", "doctor", "of"})
# Before somebody's own: `is Kwabena's potassium`, `would Xóchitl's epilepsy`.
BEFORE_OWNER = frozenset(
    ("discussed", "reviewed", "checked", "got", "have", "received", "regarding", "see", "saw", "changed",
     "increased", "reduced",
     "stopped", "started", "know", "with", "under", "that", "is", "are", "was", "were", "would", "could", "should",
     "can", "will", "does", "do", "did", "and",
     "about", "for", "if", "since", "because", "when")
)  # fmt: skip
PERSONS = frozenset({"lady", "guy", "man", "woman", "someone", "therapist", "anaesthetist", "anesthetist", "was", "is"})
# Verbs that a name is not told from in a hurry: `my husband Will be late`.
AUXILIARIES = frozenset({"will", "may", "can", "might", "must"})
# After one of these that is a name: `my husband Will won't see anyone`.
DOES = frozenset(
    ("won't", "wont", "is", "isn't", "was", "wasn't", "has", "hasn't", "had", "can't", "cant", "doesn't", "says",
     "said",
     "who", "and", "gets", "got", "takes", "does", "did", "didn't", "started", "woke", "needs", "keeps", "feels",
     "went", "wants")
)  # fmt: skip
# Abbreviations inside a German title: `Dr. med. univ.`.
FACULTIES = frozenset({"med", "dent", "univ", "vet", "nat", "rer", "phil", "habil"})
SHORT_TITLES = frozenset({"dr", "mr", "mrs", "ms", "prof"})
# Months that open a sentence after "I am" far more often than their namesakes do.
MONTHS = frozenset({"may", "april", "june", "august"})
# `its Temitope again`.
BACK = re.compile(r"\s(?:again|here|from bed|back)\b", re.IGNORECASE)
INTRODUCTIONS = ("i'm", "im", "am", "it's", "its", "is", "myself", "this's")
NEAR_DOSE = re.compile(r"['’]?s?\s?\d+(?:\.\d+)?\s?(?:mg|mcg|ml|g|tab)", re.IGNORECASE)
Rule = Callable[[Message, int], Run | None]


def english_names(text: str) -> list[tuple[int, int]]:
    """Spans (start, end) of personal names, in order, none overlapping."""
    message = Message(text)
    spans: list[tuple[int, int]] = []
    for run in sorted(_runs(message)):
        start, end = message.starts[run.first], message.end(run.last - 1)
        end -= len(found[0]) if (found := POSSESSIVE.search(text[start:end])) else 0
        if not spans or start >= spans[-1][1]:
            spans.append((start, end))
    return spans


def _runs(message: Message) -> Iterator[Run]:
    """Every run of tokens that some rule takes for a name."""
    rules = _rules()
    for i, (low, written) in enumerate(zip(message.lows, message.texts, strict=True)):
        if (rule := rules.get(low)) and (run := rule(message, i)):
            yield run
            yield from _listed_after(message, run, low)
        elif low != written and message.cased and written[0].isupper() and (run := _in_capitals(message, i)):
            yield run
        elif "'s" in low[-2:] and low != written and _owner(message, i):
            yield Run(i, i + 1)
    yield from headers(message)
    yield from shapes_en.filed(message)
    yield from spoken_en.heads(message)
    yield from signatures(message)


@cache
def _rules() -> Mapping[str, Rule]:
    """The rule that each cue word calls for; of a word in several lists the first."""
    lists = words()
    rules: dict[str, Rule] = dict.fromkeys(INTRODUCTIONS, _introduced)
    rules |= dict.fromkeys(lists.honorifics, _honoured) | dict.fromkeys(lists.fields, _field) | {"sent": _sent_from}
    rules |= dict.fromkeys(("called", "named"), _called) | dict.fromkeys(("calls", "call"), _calls_me)
    rules |= dict.fromkeys(("case", "behalf"), _behalf) | {"according": _according, "spoke": _spoken_to}
    rules |= dict.fromkeys(lists.relations | lists.plural_relations, _related)
    rules |= dict.fromkeys(("name", "names", "surname", "nickname"), _named)
    rules |= dict.fromkeys(lists.roles, _bracketed)
    rules |= dict.fromkeys(lists.greetings, _greeted) | dict.fromkeys(lists.titles, _titled)
    for cues, rule in _shape_rules().items():
        for cue in cues:
            rules[cue] = _either(rules[cue], rule) if cue in rules else rule
    return rules


def _shape_rules() -> Mapping[frozenset[str], Rule]:
    shapes = shapes_en.shapes()
    return {
        frozenset(("here",)): spoken_en.here,
        shapes.speaking: spoken_en.speaking,
        shapes.asking: spoken_en.asked_for,
        shapes.offices: spoken_en.beside_office,
        shapes.desks: spoken_en.at_desk,
        shapes.turning: spoken_en.turned_to,
        frozenset(("me", "i")): spoken_en.joined,
        frozenset(("from",)): spoken_en.from_whom,
        words().relations: spoken_en.in_brackets,
    }


def _either(first: Rule, second: Rule) -> Rule:
    """The first rule's name, else the second's."""
    return lambda message, i: first(message, i) or second(message, i)


def _in_capitals(message: Message, i: int) -> Run | None:
    return shapes_en.full_name(message, i) or _listed(message, i) or spoken_en.lives(message, i)


def _owner(message: Message, i: int) -> bool:
    """`Is Kwabena's potassium dangerous?`: whose it is; no disease or test with its finder's name."""
    after, listed = message.low(i + 1), words()
    fits = message.low(i - 1) in BEFORE_OWNER and message.unlisted(i) and after[:1].isalpha()
    fits = fits and message.between(i - 1, i) == " "
    return fits and after not in listed.eponym_heads and not message.medical(i + 1) and not message.capital(i + 1)


def _called(message: Message, i: int) -> Run | None:
    """`a lady called Maureen`, `the surgeon was called Ndlovu`, which is listed nowhere."""
    person = any(message.low(k) in words().roles | words().relations | PERSONS for k in range(max(0, i - 3), i))
    return message.run(
        i + 1, "strong" if person and message.unlisted(i + 1) and message.between(i, i + 1) == " " else "weak"
    )


def _honoured(message: Message, i: int) -> Run | None:
    """`Mehmet bey`, `Rajesh ji`: the honorific stands behind, in lower case."""
    if message.capital(i) or i == 0 or not re.fullmatch(r"[ -]", message.between(i - 1, i)):
        return None
    return Run(i - 1, i) if message.unlisted(i - 1) or (message.known(i - 1) and message.capital(i - 1)) else None


def _field(message: Message, i: int) -> Run | None:
    """`Attending: R. Kowalczyk`, `Referred by: Dr. Hsu`: a field of a form."""
    i = message.skip(i + 1, FIELD_WORDS) - 1
    if not FIELD_MARK.fullmatch(message.between(i, i + 1)):
        return None
    after = message.skip(i + 1, words().titles)
    if message.unlisted(after) or message.known(after) or message.unlisted(after + 1) or message.known(after + 1):
        return message.run(after, "strong")
    return None


def _sent_from(message: Message, i: int) -> Run | None:
    """`Sent from Kareem's iPhone`."""
    fits = message.low(i + 1) == "from" and POSSESSIVE.search(message.low(i + 2)) and message.capital(i + 2)
    return Run(i + 2, i + 3) if fits else None


def _calls_me(message: Message, i: int) -> Run | None:
    """`everyone calls me Bunny`."""
    fits = message.low(i + 1) == "me" and message.capital(i + 2) and message.between(i + 1, i + 2) == " "
    return message.run(i + 2, "strong") if fits else None


def _behalf(message: Message, i: int) -> Run | None:
    """`on behalf of Mwangi`; a `case of` is a disease unless the name is listed."""
    if message.low(i + 1) != "of":
        return None
    return message.run(i + 2, "strong" if message.low(i) == "behalf" else "weak")


def _according(message: Message, i: int) -> Run | None:
    """`According to Tunde, who`."""
    fits = message.low(i + 1) == "to" and message.capital(i + 2) and not message.ordinary(i + 2)
    return message.run(i + 2, "strong") if fits and message.between(i + 2, i + 3) == ", " else None


def _bracketed(message: Message, i: int) -> Run | None:
    """`the surgeon (McAllister, I think)`."""
    fits = message.between(i, i + 1) == " (" and message.capital(i + 1) and message.known(i + 1)
    return message.run(i + 1, "strong") if fits else None


def _spoken_to(message: Message, i: int) -> Run | None:
    """`Spoke w/ Hyun-woo`."""
    fits = message.low(i + 1) in ("with", "to", "w") and message.capital(i + 2) and not message.ordinary(i + 2)
    return message.run(i + 2, "strong") if fits else None


def _titled(message: Message, i: int) -> Run | None:
    """`Dr. Rao`, `my doc patel`; a title in lower case is followed by all sorts of words."""
    low, lists = message.low(i), words()
    after = message.skip(i + 1, lists.titles)
    after = message.skip(after, frozenset({"practitioner"}))
    if message.low(after) in FACULTIES and message.between(after, after + 1).startswith("."):
        after = message.skip(after, FACULTIES)
    short = message.low(after - 1) in SHORT_TITLES | FACULTIES
    if message.between(i, i + 1) == ", " and message.between(i + 1, i + 2) == ", " and message.capital(i + 1):
        return message.run(i + 1, "weak")
    if message.texts[i] == "MS" or not AFTER_TITLE[short].fullmatch(message.between(after - 1, after)):
        return None
    # `ms spasm`, `mr angiogram`, `nurse advised`: abbreviations and professions, if in lower case.
    sure = (message.capital(after) and (short or message.capital(i) or _person_like(message, after))) or low in (
        "dr",
        "mrs",
    )
    run = message.run(after, "strong" if sure else "weak")
    if run is None and low in ("dr", "mrs", "mr") and _lower_after_title(message, after):
        run = Run(after, after + 1)
    if run is None or message.low(run.first) in lists.relations:
        return None
    return None if POSSESSIVE.sub("", message.low(run.first)) in lists.brands_of_doctors else run


def _person_like(message: Message, i: int) -> bool:
    """Whether a capital after `nurse` or `doctor` in lower case opens a name: `nurse Joy`, but `the doctor Norco`."""
    return message.cased and (message.unlisted(i) or message.known(i) or message.given(i))


def _lower_after_title(message: Message, i: int) -> bool:
    """Whether a word in lower case can be the name after `dr`: listed nowhere, or a surname that is an eponym too."""
    low = POSSESSIVE.sub("", message.low(i))
    if low in words().clinical:
        return low in surnames() and message.low(i + 1) not in words().eponym_heads
    if low in surnames() and low in words().also_words and low not in words().words:
        return True
    plain = message.ordinary(i) or low in words().words or low in words().roles or message.medical(i)
    return len(low) > 2 and not plain and not low.endswith(("ed", "ing", "ly"))


def _greeted(message: Message, i: int) -> Run | None:
    """`Hello Priya`, `hi dr lee`, `good morning Mr. Ali`: at the head of a sentence."""
    if message.low(i) == "welcome" and message.low(i + 1) == "to":
        return None
    start = message.starts[i]
    head = SENTENCE_END.search(message.text[max(0, start - 8) : start])
    if not head and message.low(i - 1) not in ("good", "and", "hi", "hello"):
        return None
    after = message.skip(i + 1, words().titles | {"there", "again", "to", "back", "my"})
    gap = message.between(i, after)
    if "\n" in gap or re.search(r"[.!?]", gap.replace("r.", "r")):
        return None
    run = message.run(after, "strong")
    if run and "," in gap and not AGE_OR_END.match(message.text, message.end(run.last - 1)):
        return None
    if run is None:
        lower = after < len(message) and _lower_after_title(message, after)
        return Run(after, after + 1) if lower and COMMA_OR_LINE.match(message.text, message.end(after)) else None
    sure = (message.known(run.first) and message.capital(run.first)) or _mum_of(message, run.last - 1, plain=True)
    return run if sure or AGE_OR_END.match(message.text, message.end(run.last - 1)) else None


def _named(message: Message, i: int) -> Run | None:
    """`my name is ...`, `Patient's name - ...`, `surname ...`; a brand's name is none."""
    low, before = message.low(i), message.low(i - 1)
    said = SAID.match(message.text, message.end(i))
    if before in ("brand", "generic", "trade", "drug", "medicine", "file", "user") or (low == "names" and not said):
        return None
    if said is None and low != "surname" and before not in ("my", "full"):
        return None
    after = i + 1
    while message.low(after) in {"is", *words().forewords}:
        after += 1
    return message.run(after, "certain")


def _related(message: Message, i: int) -> Run | None:
    """`my son Tom`, `my daughter, Mia`, `baby of Lakshmi`, `Kids: Ayaan (9)`; what follows a comma must be listed."""
    plural = message.low(i) in words().plural_relations
    after = i + 1
    while message.low(after) in ("is", "are", "called", "named", "of", "a", "little", "girl", "boy"):
        after += 1
    gap = message.between(i, after)
    if gap == ": " and not plural:
        return message.run(after, "strong" if message.unlisted(after) else "weak")
    if gap == " " and _wordlike(message, after):
        return Run(after, after + 1)
    if (
        gap == " "
        and message.capital(after)
        and message.given(after)
        and AS_SUBJECT.match(message.text, message.end(after))
    ):
        return message.run(after, "weak") or Run(after, after + 1)
    if re.search(r"[.!?\n;(]" if plural else r"[.!?\n:;(]", gap):
        return None
    if message.low(after - 1) in ("is", "are") and not message.given(after):
        return None
    capital = message.unlisted(after) or (message.capital(after) and message.known(after))
    capital = message.cased and capital and "," not in gap
    if "," in gap and message.unlisted(after) and message.between(after, after + 1) == ", ":
        return Run(after, after + 1)
    return message.run(after, "strong" if capital else "weak")


def _wordlike(message: Message, i: int) -> bool:
    """`my wife Hope hopes`: a given name that is a word too, in capitals and not a verb."""
    low = message.low(i)
    fits = message.cased and message.capital(i) and message.given(i) and low in words().also_words
    if fits and low in AUXILIARIES and message.low(i + 1) in DOES:
        return True
    return fits and low not in AUXILIARIES | words().medical_words and not message.capital(i + 1)


def _listed_after(message: Message, run: Run, cue: str) -> Iterator[Run]:
    """`twins niamh and caoimhe`, `Ayaan (9), Zoya (6) and baby Inaya`: the further names of a list of relatives."""
    while cue in words().plural_relations and run.last < len(message):
        gap = message.between(run.last - 1, run.last)
        after = run.last + (message.low(run.last) in ("and", "n"))
        if not re.fullmatch(r"\s?(?:\(\d+\)|\d+)?,? ", gap) or ("," not in gap and after == run.last):
            return
        after = message.skip(after, frozenset({"baby", "little"}))
        if message.ordinary(after) or message.medical(after) or len(message.low(after)) < 3:
            return
        run = message.run(after, "strong") or Run(after, after + 1)
        yield run


def _introduced(message: Message, i: int) -> Run | None:
    """`I am Rose, 27`, `im jessica 27 f`, `its Kenji again`, `this is Maria`."""
    low, before = message.low(i), message.low(i - 1)
    if (
        (low == "am" and before != "i")
        or (low == "is" and before not in ("this", "me"))
        or "\n" in message.between(i, i + 1)
    ):
        return None
    after = message.skip(i + 1, words().titles)
    if message.low(after) == "me" and before != "i":
        return _its_me(message, after + 1)
    aged = message.capital(after) and bool(AGED.match(message.text, message.starts[after]))
    plain = message.capital(after) and message.given(after) and message.low(after) not in MONTHS
    # Two capitals in a row, or a double name, after "this is": a name, though it is listed nowhere.
    double = message.capital(after) and message.cased and ("-" in message.low(after) or message.capital(after + 1))
    full = double and low == "is" and message.between(after, after + 1) == " "
    full = full or (message.unlisted(after) and (message.unlisted(after + 1) or message.known(after + 1)))
    if low == "is" and _mum_of(message, after):
        return Run(after, after + 1)
    aged = aged and (message.unlisted(after) or message.known(after) or message.given(after))
    back = message.unlisted(after) and bool(BACK.match(message.text, message.end(after)))
    run = message.run(after, "strong" if after > i + 1 or plain or aged or full or back else "weak")
    return run if run and AGE_OR_END.match(message.text, message.end(run.last - 1)) else None


def _its_me(message: Message, i: int) -> Run | None:
    """`it's me, Bex`; `its me bex, u said`: in lower case too where the word is none of ours."""
    if message.between(i - 1, i) not in (" ", ", ", " - ", " – ", ": "):
        return None
    if run := shapes_en.name_at(message, i):
        return run
    plain = message.low(i) in no_names() or message.medical(i)
    fits = len(message.low(i)) > 2 and not plain and AGE_OR_END.match(message.text, message.end(i))
    return Run(i, i + 1) if fits or (message.given(i) and not message.ordinary(i)) else None


def _mum_of(message: Message, i: int, plain: bool = False) -> bool:
    """`this is Zuri's mom`."""
    owner = bool(POSSESSIVE.search(message.low(i))) and message.capital(i)
    return owner and message.low(i + 1) in words().relations and (plain or not message.ordinary(i))


def _listed(message: Message, i: int) -> Run | None:
    """A listed name in capitals inside a sentence; at its head only as a subject."""
    if message.texts[i].isupper() or not message.known(i):
        return None
    lists, start, end = words(), message.starts[i], message.end(i)
    before = message.low(i - 1)
    near = message.between(i - 1, i) == " " if i else False
    if (near and before in lists.not_before_names) or message.low(i + 1) in lists.place_heads:
        return None
    if NEAR_DOSE.match(message.text, end):
        return None
    head = SENTENCE_END.search(message.text[max(0, start - 4) : start])
    if i == 0 and message.given(0) and SPOKEN_TO.match(message.text, end):
        return message.run(i, "weak")
    if head and not POSSESSIVE.search(message.texts[i]) and not AS_SUBJECT.match(message.text, end):
        return None
    if not (message.given(i) or head or before in lists.before_names or "-" in message.texts[i]):
        return None
    return message.run(i, "weak")
