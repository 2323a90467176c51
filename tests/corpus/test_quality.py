from __future__ import annotations

from typing import Any

import pytest

from bedside.core.config import CorpusConfig
from bedside.core.records import Dialogue, Language, Message
from bedside.corpus.clean import clean
from bedside.corpus.quality import fault
from bedside.corpus.raw import Raw

ASKED: dict[Language, str] = {
    "en": "I have a rash on my arm. What should I do?",
    "zh": "我手臂上起了疹子，应该怎么办？",
}


def reason(doctor: str, language: Language = "en", asked: str = "", **settings: Any) -> str | None:
    messages = (Message("patient", asked or ASKED[language]), Message("doctor", doctor))
    found = fault(Dialogue("id", "test", language, messages), CorpusConfig(**settings))
    return found[0] if found else None


SPANISH = "Hola doctor, tengo un dolor en el pecho desde hace dos días y no sé qué es lo que debo tomar para el dolor."
FOREIGN: list[tuple[str, Language]] = [
    (SPANISH, "en"),
    (
        "Bonjour, vous avez une infection de la peau, il faut prendre le médicament avec un repas et ne pas gratter.",
        "en",
    ),
    (
        "Sie haben eine Entzündung der Haut, das ist nicht schlimm, aber sie sollten eine Salbe für die Nacht nehmen.",
        "en",
    ),
    ("Aap ko fungal infection hai, yeh cream din mein do baar lagana hai aur pani se saaf karna hai.", "en"),
    ("आपको त्वचा का संक्रमण है, यह क्रीम दिन में दो बार लगाएं और साफ रखें।", "en"),
    ("У вас воспаление кожи, мажьте этот крем два раза в день и не чешите.", "en"),
    ("لديك التهاب في الجلد، استخدم هذا الكريم مرتين في اليوم ولا تحك المكان.", "en"),
    ("你这是皮肤过敏，可以口服氯雷他定，每日一次，外用炉甘石洗剂，注意不要抓挠，饮食清淡。", "en"),
    ("This is an allergic rash. Take loratadine once a day and use calamine lotion.", "zh"),
    ("これはアレルギー性の発疹です。一日一回ロラタジンを飲んでください。", "zh"),
    ("이것은 알레르기성 발진입니다. 하루에 한 번 로라타딘을 복용하십시오.", "zh"),
    (SPANISH, "zh"),
]
SELLS: list[tuple[str, Language]] = [
    ("It is eczema. Whatsapp me for the rest of the treatment.", "en"),
    ("It is eczema. For more you can consult me for a paid session.", "en"),
    ("It is eczema. Send a premium question to know the dose.", "en"),
    ("It is eczema. Please book an appointment on our site.", "en"),
    ("It is eczema. Book your consultation with me today.", "en"),
    ("It is eczema. You may call me at +91 98765 43210.", "en"),
    ("It is eczema. Visit our website for the cream.", "en"),
    ("It is eczema, our herbal oil heals it, order now.", "en"),
    ("这是湿疹，详细的可以加我微信说。", "zh"),
    ("这是湿疹，预约挂号热线：010-12345678。", "zh"),
    ("这是湿疹，我院专家独创疗法，效果很好。", "zh"),
    ("这是湿疹，您可以点击免费咨询。", "zh"),
    ("这是湿疹，药膏请拨打订购电话。", "zh"),
    ("这是湿疹，方便的话可以直接点击我进行交流。", "zh"),
]
BARE: list[tuple[str, Language]] = [
    ("Please consult a dermatologist.", "en"),
    ("Hi, thanks for your query. You need to see a doctor as soon as possible. Regards.", "en"),
    ("Dear, I would suggest you visit a hospital for proper evaluation and treatment.", "en"),
    ("You should see your GP for this.", "en"),
    ("Kindly get yourself examined by an orthopedician or a neurosurgeon. Good luck!", "en"),
    ("Hello! I would recommend you to speak to your doctor about this. Hope this helps.", "en"),
    ("See an ENT specialist, please.", "en"),
    ("建议到医院检查", "zh"),
    ("您好，建议您尽快去正规医院就诊，谢谢。", "zh"),
    ("你好，请到皮肤科看看吧。", "zh"),
    ("最好去当地三甲医院找专科医生做进一步检查，明确诊断后再治疗。祝早日康复！", "zh"),
    ("这种情况建议及时就医，遵医嘱治疗。", "zh"),
]
GOOD: list[tuple[str, Language]] = [
    ("Chest pain spreading to the arm may be a heart attack: call an ambulance now.", "en"),
    ("This could be a fracture. Please consult an orthopedician.", "en"),
    ("Please see a dermatologist for a biopsy.", "en"),
    ("Go to the emergency room immediately.", "en"),
    ("Consult a neurologist and get an MRI done.", "en"),
    ("It is a fungal infection. See a doctor if the cream does not help.", "en"),
    ("Avoid soap. Consult a dermatologist.", "en"),
    ("Do not worry, no doctor is needed.", "en"),
    ("Make an appointment with a surgeon, the lump must be taken out.", "en"),
    ("In my clinic I have seen many such cases. You may call the national hotline on 0800 029 999.", "en"),
    ("Tinea versicolor: fungisafe cream twice a day, flucoral capsule 150mg once every week for 2 weeks.", "en"),
    ("Your T-cell count (CD4) is 500 µL; α-blockers and β-blockers are fine.", "en"),
    ("Take it with coffee or premium milk. The drug company paid for the session of the trial.", "en"),
    ("胸痛放射到手臂可能是心肌梗死，请立即拨打急救电话。", "zh"),
    ("考虑湿疹，建议到皮肤科检查。", "zh"),
    ("建议去医院查血常规。", "zh"),
    ("请马上去急诊。", "zh"),
    ("多喝水，如果不适请就医。", "zh"),
    ("没有必要去医院。", "zh"),
    ("HBsAg阳性，HBeAg阳性，HBcAb阳性，ALT 80 U/L，AST 65 U/L，是大三阳。", "zh"),
    ("可以去药店购买水银血压计，在家测血压，医院预约在下周。", "zh"),
    ("我院介入穿刺是门诊做，不需要住院。", "zh"),
]


@pytest.mark.parametrize(("doctor", "language"), FOREIGN)
def test_another_language_is_told(doctor: str, language: Language) -> None:
    assert reason(doctor, language) == "wrong_language"
    assert reason(GOOD[0][0] if language == "en" else GOOD[14][0], language, asked=doctor) == "wrong_language"


@pytest.mark.parametrize(("doctor", "language"), SELLS)
def test_an_answer_that_sells_is_told(doctor: str, language: Language) -> None:
    assert reason(doctor, language) == "advertising"
    assert reason(doctor, language, drop_advertising=False) is None


@pytest.mark.parametrize(("doctor", "language"), BARE)
def test_an_answer_that_only_sends_to_a_doctor_is_told(doctor: str, language: Language) -> None:
    assert reason(doctor, language) == "only_see_a_doctor"
    assert reason(doctor, language, drop_only_referral=False) is None


@pytest.mark.parametrize(("doctor", "language"), GOOD)
def test_an_answer_that_says_something_is_kept(doctor: str, language: Language) -> None:
    assert reason(doctor, language) is None


def test_there_are_cases_enough_in_both_languages() -> None:
    for cases in (FOREIGN, SELLS, BARE, GOOD):
        assert len(cases) >= 12
        assert min(sum(language == code for _, language in cases) for code in ("en", "zh")) >= 4


def test_all_that_the_doctor_says_is_judged_together() -> None:
    turns = [
        Message("patient", ASKED["en"]),
        Message("doctor", "See a doctor."),
        Message("patient", "Why? What is it?"),
    ]
    dialogue = Dialogue("id", "test", "en", (*turns, Message("doctor", "It may be ringworm.")))
    assert fault(dialogue, CorpusConfig()) is None


def test_a_language_that_is_not_wanted_is_told_with_those_that_are() -> None:
    dialogue = Dialogue("id", "test", "zh", (Message("patient", ASKED["zh"]), Message("doctor", "考虑湿疹。")))
    assert fault(dialogue, CorpusConfig(languages=("en",))) == ("wrong_language", "the dialogue is 'zh', wanted are en")


def test_the_detail_names_what_was_found() -> None:
    raw = Raw("test", "k", "f:1", (Message("patient", ASKED["en"]), Message("doctor", SELLS[0][0])), "MIT")
    cleaned = clean(raw, CorpusConfig())
    assert isinstance(cleaned, Dialogue)
    assert fault(cleaned, CorpusConfig()) == ("advertising", "the doctor's side sells: 'whatsapp me'")
