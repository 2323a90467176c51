"""The report's files: the page and the JSON tell the same numbers, failures come first, and nothing written escapes."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from bedside.core.config import EvaluateConfig
from bedside.core.files import write_rows
from bedside.core.manifest import Manifest, Stage, close_stage, open_stage
from bedside.core.records import Reply
from bedside.evaluate import report
from bedside.evaluate.conversations import conversations, pack
from bedside.evaluate.failures import FAILURES, SERIOUS, failures, words
from bedside.evaluate.highlights import all_spans, reference_spans
from bedside.evaluate.judge.fake import FakeJudge
from bedside.evaluate.pictures import claim_line, facts_plane
from bedside.evaluate.plots import nice_range, ticks
from bedside.evaluate.report import write_report
from bedside.evaluate.statistics import Estimate
from tests.evaluate.judge.evaluated import BETTER, folder, judged
from tests.evaluate.report_sample import ARMS, EVIL, sample_audit, sample_claim

CLAIM_KEYS = {
    "arm", "role", "claim", "sentence", "margin", "must_be", "estimate", "p", "n_needed", "verdict", "finding",
}  # fmt: skip


class Cells(HTMLParser):
    """The numbers of a page's tables: each <data> with its value and text, and the digits that stand outside of any."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.numbers: list[tuple[float, str]] = []
        self.loose: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.value: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in ("meta", "link", "img", "br", "input"):
            self.tags.append(tag)
        if tag == "data":
            self.value = dict(attrs)["value"]

    def handle_endtag(self, tag: str) -> None:
        if tag in self.tags:
            while self.tags.pop() != tag:
                pass
        if tag == "data":
            self.value = None

    def handle_data(self, text: str) -> None:
        if self.value is not None:
            self.numbers.append((float(self.value), text))
        elif "td" in self.tags and re.search(r"\d", text):
            self.loose.append(text)


def numbers_in(value: Any) -> set[float]:
    """All numbers anywhere in a JSON value."""
    if isinstance(value, dict):
        return {n for inner in value.values() for n in numbers_in(inner)}
    if isinstance(value, list):
        return {n for inner in value for n in numbers_in(inner)}
    return {float(value)} if isinstance(value, int | float) and not isinstance(value, bool) else set()


def unpacked(text: str) -> Any:
    return json.loads(zlib.decompress(base64.b64decode(text)))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    write_report(sample_audit(20), EvaluateConfig(), (folder, f"A study {EVIL}", 3))
    return folder


@pytest.fixture(scope="module")
def html(run: Path) -> str:
    return (run / "report" / "index.html").read_text(encoding="utf-8")


def test_every_number_of_the_tables_is_in_report_json(run: Path, html: str) -> None:
    told = json.loads((run / "report" / "report.json").read_text(encoding="utf-8"))
    cells = Cells()
    cells.feed(html)
    known = numbers_in(told) | {0.0}
    assert len(cells.numbers) > 400
    assert [pair for pair in cells.numbers if pair[0] not in known] == []
    for value, shown in cells.numbers:
        plain = float(shown.replace("−", "-").replace(",", "").removeprefix("<"))
        near = [
            abs(plain - value) <= 0.5 and "." not in shown,
            abs(plain - value) <= 0.0501,
            abs(plain - 100 * value) <= 0.0501,
        ]
        assert any(near), (value, shown)
    # Digits elsewhere in cells are names and reasons, which others wrote.
    allowed = {"it failed 9 of 24 pairs of known answer", *(arm["model"] for arm in told["arms"])}
    assert set(cells.loose) <= allowed


def test_claims_json_is_a_list_of_claims(run: Path) -> None:
    claims = json.loads((run / "report" / "claims.json").read_text(encoding="utf-8"))
    told = json.loads((run / "report" / "report.json").read_text(encoding="utf-8"))
    assert isinstance(claims, list) and len(claims) == 4 * 5
    assert all(set(claim) == CLAIM_KEYS for claim in claims)
    assert claims == told["claims"]
    assert told["verdict"] == "FAIL" and told["verdicts"]["sft"] == "PASS" and told["sensitive"] is True


def test_nothing_that_others_wrote_is_markup(html: str) -> None:
    cells = Cells()
    cells.feed(html)
    assert EVIL not in html
    assert [(tag, name) for tag, name, _ in cells.attributes if name.startswith("on") or name == "style"] == []
    outside = [
        value for _, name, value in cells.attributes if name in ("src", "href") and not (value or "").startswith("#")
    ]
    assert outside == ["data:,"]
    assert "://" not in re.sub(r"<script.*?</script>", "", html, flags=re.DOTALL)


def test_the_style_and_the_script_are_allowed_by_their_hash_alone(html: str) -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html)
    assert policy is not None and "unsafe" not in policy[1] and "default-src 'none'" in policy[1]
    bodies = [
        re.search(r"<style>(.*?)</style>", html, re.DOTALL),
        re.search(r"<script>(.*?)</script>", html, re.DOTALL),
    ]
    for body, kind in zip(bodies, ("style", "script"), strict=True):
        assert body is not None
        digest = base64.b64encode(hashlib.sha256(body[1].encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy[1].replace("&#43;", "+")


def test_failures_are_read_off_the_score() -> None:
    audit = sample_audit(20)
    found = {
        kind
        for arm in ARMS
        for item, reply, score in zip(audit.items, audit.replies[arm], audit.scores[arm], strict=True)
        for kind in failures(item, reply, score)
    }
    assert found == set(FAILURES) - {"hollow comfort", "unscored", "over-comfort"}
    item, score = audit.items[1], audit.scores["base"][1]
    assert item.tone == "neutral"
    assert failures(item, Reply(item.id, "", "error: timeout", 0), score) == ("unscored",)
    odd = msgspec.structs.replace(score, comforted=True, anti_acts=("formulaic",))
    assert failures(item, audit.replies["base"][1], odd) == ("hollow comfort", "over-comfort")
    assert set(words()["failures"]) == set(FAILURES)


def test_the_worst_of_the_tuned_arms_come_first_whatever_the_control_does() -> None:
    found = conversations(sample_audit(20))
    troubles = [c.trouble if c.trouble >= SERIOUS else 0 for c in found]
    assert troubles == sorted(troubles, reverse=True)
    control = list(ARMS)[-1]
    quiet = [c for c in found if not c.trouble]
    assert any("crisis" in next(a for a in c.answers if a.arm == control).failures for c in quiet)
    first = next(a for a in found[0].answers if a.arm == "dpo")
    assert "red flag" in first.failures or "severe error" in first.failures


def test_what_does_not_fit_leaves_the_failures_and_a_sample_of_every_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bedside.evaluate.conversations.CHUNK", 10)
    found = conversations(sample_audit(200))
    whole = pack(found)
    assert whole.told == len(found) == 415 and len(whole.chunks) == 42
    size = sum(map(len, whole.chunks))
    cut = pack(found, size // 2)
    assert 0 < cut.told < whole.told and sum(map(len, cut.chunks)) <= size // 2
    held = [n for n, chunk in enumerate(cut.chunks) if chunk]
    bad = sum(1 for n in range(42) if found[n * 10].trouble >= SERIOUS)
    assert held[0] == 0 and bad in held, "the worst, and the first of those without trouble"
    sample = found[bad * 10 : (bad + 1) * 10]
    assert {(c.item.tone, c.item.language) for c in sample} == {
        (tone, code) for tone in ("neutral", "distressed") for code in ("en", "zh")
    }
    index = unpacked(cut.directory)
    assert len(index["ids"]) == len(found), "all can be filtered"
    assert [row["said"][0][1] for row in unpacked(cut.chunks[0])] == [c.item.messages[0].content for c in found[:10]]


def test_counts_of_failures_are_those_of_the_index(run: Path, html: str) -> None:
    told = json.loads((run / "report" / "report.json").read_text(encoding="utf-8"))
    packed = re.search(r'id="index">([^<]+)<', html)
    assert packed is not None
    flags = unpacked(packed[1])["flags"]
    for row in told["failures"]:
        bit = 1 << FAILURES.index(row["failure"])
        assert list(row["arms"].values()) == [sum(bool(f[arm] & bit) for f in flags) for arm in range(len(ARMS))]


def test_marks_stand_at_their_words_after_an_emoji() -> None:
    audit = sample_audit(20)
    place = next(n for n, s in enumerate(audit.scores["dpo"]) if "false_reassurance" in s.anti_acts)
    item, score, text = audit.items[place], audit.scores["dpo"][place], "😟 " + audit.replies["dpo"][place].text
    marked = [text[s.start : s.end] for s in all_spans(item, score, text) if s.kind == "false_reassurance"]
    assert any("nothing to worry about" in words_ for words_ in marked)
    assert [item.reference[s.start : s.end] for s in reference_spans(item, score)] == ["ibuprofen 400 mg"]


def test_levels_of_a_dial_are_joined_from_the_base_on(run: Path) -> None:
    told = json.loads((run / "report" / "report.json").read_text(encoding="utf-8"))
    joined = re.findall(r'<polyline class="path c\d" points="([^"]+)"', str(facts_plane(told)))
    assert len(joined) == 1
    across = [float(point.split(",")[0]) for point in joined[0].split()]
    assert len(across) == 3 and across == sorted(across), "base, sft@0.5, sft: ever more comfort"


@pytest.mark.parametrize(
    ("ends", "arrow", "mark"), [((0.8, 0.7, 0.9), True, False), ((-0.01, -0.02, 0.0), False, True)]
)
def test_a_claims_line_ends_in_an_arrow_where_it_goes_on(
    ends: tuple[float, float, float], arrow: bool, mark: bool
) -> None:
    e = dict(zip(("value", "low", "high"), ends, strict=True))
    drawn = str(claim_line({"estimate": e, "must_be": "above", "margin": 0.0, "verdict": "PASS"}))
    assert ("<polygon" in drawn, "<rect" in drawn) == (arrow, mark)


@given(low=st.floats(-10, 10), width=st.floats(0.001, 20))
def test_ticks_are_few_round_and_inside(low: float, width: float) -> None:
    found = ticks(low, low + width)
    assert 2 <= len(found) <= 9
    assert all(low - 1e-6 <= tick <= low + width + 1e-6 for tick in found)


@given(st.lists(st.floats(0, 1), max_size=8))
def test_a_nice_range_holds_its_values(values: list[float]) -> None:
    low, high = nice_range(values)
    assert 0 <= low < high <= 1 and high - low >= 0.1 - 1e-9
    assert all(low <= value <= high for value in values)


def test_an_audit_that_caught_no_control_says_so(tmp_path: Path) -> None:
    audit = sample_audit(8, verdict="INCONCLUSIVE", caught=False)
    write_report(audit, EvaluateConfig(), (tmp_path, "a study", 0))
    for name in ("index.html", "model_card.md"):
        text = (tmp_path / "report" / name).read_text(encoding="utf-8")
        assert "not sensitive enough" in text and "INCONCLUSIVE" in text


def test_a_report_of_little_is_a_report(tmp_path: Path) -> None:
    whole = sample_audit(3)
    items = [item for item in whole.items if item.kind == "dialogue"]
    claims = [sample_claim("sft", "comfort", None, "INCONCLUSIVE", p=None)]
    claims += [msgspec.structs.replace(claims[0], estimate=Estimate(0.1, float("-inf"), float("inf"), 2))]
    audit = msgspec.structs.replace(
        whole, items=items, claims=claims, verdicts={"sft": "INCONCLUSIVE"}, caught={}, skins=[], interactions=[],
        judge=None, review=None, arms=[msgspec.structs.replace(arm, safety={}, sized={}) for arm in whole.arms],
    )  # fmt: skip
    write_report(audit, EvaluateConfig(), (tmp_path, "little", 0))
    told = json.loads((tmp_path / "report" / "report.json").read_text(encoding="utf-8"))
    assert len(told["silent"]) == 1 + 4 + 1 + 1 + 1 + 1 + 1, "exam, probes, judge, review, control, languages, patients"
    assert "No emergencies" in (tmp_path / "report" / "index.html").read_text(encoding="utf-8")


def test_a_refused_judge_is_told_of_and_not_believed(tmp_path: Path) -> None:
    told = judged(folder(tmp_path / "evaluate"), FakeJudge(), FakeJudge("always first"))
    assert [each["status"] for each in told["judges"]] == ["admitted", "refused"]
    write_report(msgspec.structs.replace(sample_audit(3), judge=told), EvaluateConfig(), (tmp_path, "judged", 0))
    html = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    table = html[html.index("How often an arm") : html.index("All figures of the judges")]
    assert table.count("none-0") == 2, "a row an arm, of the judge that was admitted"
    assert "always-first" not in table and escape(told["judges"][1]["reasons"][0]) in html
    rate = told["judges"][0]["results"][BETTER]["all"]["send"]["win_rate"]["value"]
    assert f'<data value="{rate}">{100 * rate:.1f}</data>' in table


def test_the_card_escapes_what_others_named(run: Path) -> None:
    card = (run / "report" / "model_card.md").read_text(encoding="utf-8")
    assert "<script>" not in card and "&lt;script&gt;" in card
    assert "| keeps" not in card and "sft keeps the medical facts with calm patients" in card


def test_the_stage_reads_a_folder_and_is_skipped_when_nothing_changed(tmp_path: Path) -> None:
    audit = sample_audit(8)
    write_rows(tmp_path / "evaluate" / "items.jsonl", audit.items)
    for arm in ("base", "sft"):
        stage = open_stage(tmp_path / "evaluate" / arm, Manifest("evaluate", {}, 0, {}, model=f"scripted:{arm}"))
        assert isinstance(stage, Stage)
        write_rows(stage.folder / "replies.jsonl", audit.replies[arm])
        write_rows(stage.folder / "scores.jsonl", audit.scores[arm])
        close_stage(stage, {})
    made = report(EvaluateConfig(bootstrap=200), 0, tmp_path, "from disk")
    assert made.counts["items"] == len(audit.items) == 31
    page = tmp_path / "report" / "index.html"
    before = page.stat().st_mtime_ns
    assert report(EvaluateConfig(bootstrap=200), 0, tmp_path, "from disk") == made
    assert page.stat().st_mtime_ns == before
