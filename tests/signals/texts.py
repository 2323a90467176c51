"""Any text, for property tests: random characters, and pieces of both languages that the readers look for."""

from __future__ import annotations

from hypothesis import strategies as st

ENGLISH = (
    "500|0.5|2-3|1/2|two|half|a|mg|g|tablets|every|hours|days|twice|daily|a day|BD|-|years old|aged|.|, |\n|do not"
    "|avoid|(|'|no|not|if|unless|may|definitely|fever|asthma|mother|left knee|140/90|38.5 degrees|before meals|?"
    "|You have"
)
NAMES = "aspirin|MRI|ct of the head|at once|ER|布洛芬|心电图|急诊|头颅MRI|İ|ſ"
CHINESE = "每|半|两|十二|小时|天|次|片|岁|不要|没有|发烧|可能|肯定|如果|妈妈|左膝|会不会|请勿|。|，|%|度|℃|肺炎|0.5克"
PIECES = st.sampled_from([*ENGLISH.split("|"), *NAMES.split("|"), *CHINESE.split("|")])
TEXTS = st.one_of(
    st.text(max_size=80), st.lists(PIECES, max_size=14).map(" ".join), st.lists(PIECES, max_size=14).map("".join)
)
