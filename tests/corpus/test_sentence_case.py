from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedside.core.config import CorpusConfig
from bedside.core.phrases import load_yaml
from bedside.core.records import Dialogue, Language, Message
from bedside.corpus.clean import clean
from bedside.corpus.raw import Raw
from bedside.corpus.sentence_case import restore_case

# Long enough that each case, put before it, is text with a habit.
TAIL = ", and please tell me what else i should do about all of this"
CASED_TAIL = TAIL.replace(" i ", " I ")
CASES = [
    "Rest. Drink water! Is it better?",
    "I'm ill, I've a cough and I'd like to know",
    "Rest\nDrink water\n- Eat well",
    "1. Rest well. 2. Sleep",
    'He said "rest." Then sleep (well)',
    "Take it at 2.5 times, e.g. daily, i.e. often",
    "Ask Dr. lin",
    "Heat vs. cold, tab. Dolo",
    "Take 500 mg. twice a day",
    "Take 500 mg. It helps",
    "Fever, cough etc. and pain",
    "Rest for 2 hrs, avoid unwanted side effects, pain at L4L5",
    "An MRI, a CT scan, two MRIs, an X-ray; 2 x daily",
    "X ray, USG, ECG, EEG and CBC",
    "TSH 2.5 mIU/L, T3 and T4, glucose 90 mg/dL, 5 mmol/L, 3 U/L",
    "10 mL of syrup, 120/80 mmHg, SpO2 of 98",
    "HbA1c 6.5, pH 7.4, hCG and HBsAg",
    "Fever of 101 F or 38.5°C or 39 degrees C",
    "For HIV, STDs, a UTI, PCOS, IBS, GERD or COPD",
    "Vitamin B12, vitamin D, vitamin D3 and omega-3",
    "Hepatitis B and C, H. pylori and E. coli",
    "Parkinson's, Crohn’s and Graves' disease, Bell's palsy",
    "Down syndrome, Epstein-Barr virus, a Doppler and a Pap smear",
    "Lie down. The bell rings in the graves",
    "Tylenol or Crocin, but paracetamol or cetirizine",
    "On Monday in March, or march in May, which may help",
    "A D and C, or a C-section, by an OB-GYN, MD",
    "pH is fine",
    "Hearing aids help us, and all of it is in the pet",
    "Your LFTs are fine... Rest",
]


@pytest.mark.parametrize("expected", CASES)
def test_lower_case_becomes_sentence_case(expected: str) -> None:
    assert restore_case(expected.lower() + TAIL) == expected + CASED_TAIL


def test_there_are_cases_enough() -> None:
    assert len(set(CASES)) >= 25


@pytest.mark.parametrize(
    "text",
    [
        "mri of the brain",
        "I have an mri. now I am waiting and I do not know what to do",
        "IT IS VERY BAD and i do not know what to do about it, please tell me",
        "头痛怎么办？做了mri检查，结果正常，要不要再去医院复查一下呢？",
    ],
)
def test_short_text_and_text_with_capitals_stay_as_they_are(text: str) -> None:
    assert restore_case(text) == text


WORDS = st.sampled_from(
    [
        *"i a x c.",
        "mri",
        "vitamin d",
        "mg.",
        "e.g.",
        "dr.",
        "pain.",
        "ok?",
        "39 c",
        "h.",
        "pylori",
        "graves'",
        "É",
        "ß",
        "\n",
        "- 1.",
        "Rest.",
    ]
)


@settings(max_examples=200, deadline=None)
@given(text=st.one_of(st.text(max_size=120), st.lists(WORDS, max_size=60).map(" ".join)))
def test_nothing_but_case_changes_and_a_second_time_changes_nothing(text: str) -> None:
    restored = restore_case(text)
    assert len(restored) == len(text)
    assert restored.casefold() == text.casefold()
    assert restore_case(restored) == restored


def test_every_word_of_the_list_is_plain_text_and_stands_once() -> None:
    data = load_yaml("corpus/data/case_en.yaml")
    lists = [data[name] for name in ("acronyms", "words", "brands", "phrases")]
    assert all(len(entries) > 200 for entries in lists)
    entries = [entry for part in lists for entry in part]
    assert all(isinstance(entry, str) and entry.isascii() for entry in entries)
    assert len({entry.lower() for entry in entries}) == len(entries)


def test_every_entry_of_the_list_is_written_so_once_and_for_all() -> None:
    data = load_yaml("corpus/data/case_en.yaml")
    for entry in [*data["acronyms"], *data["words"], *data["brands"], *data["phrases"]]:
        restored = restore_case(f"the {entry.lower()}{TAIL}")
        assert restored == f"The {entry}{CASED_TAIL}"
        assert restore_case(restored) == restored


@pytest.mark.parametrize(("language", "start"), [("en", "I "), ("zh", "i ")])
def test_only_english_messages_get_sentence_case(language: Language, start: str) -> None:
    text = "i have had a bad cough for all of the last three weeks"
    raw = Raw("test", "key", "file:7", (Message("patient", text), Message("doctor", text)), "MIT", language)
    cleaned = clean(raw, CorpusConfig())
    assert isinstance(cleaned, Dialogue)
    assert all(m.content == start + text[2:] for m in cleaned.messages)
