"""Judging a folder of arms: once, resumable, apart and by majority, and told where it cannot be done."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from bedside.core.errors import BedsideError, UserMistake
from bedside.core.files import read_rows, write_json, write_rows
from bedside.core.manifest import Manifest, read_manifest
from bedside.core.records import Reply
from bedside.evaluate.judge import judge
from bedside.evaluate.judge.fake import FakeJudge
from bedside.evaluate.summary import read_audit
from bedside.llm.fake_endpoint import Fault, serving
from bedside.tables import judge_lines
from tests.evaluate.judge.evaluated import BETTER, WORSE, config, folder, judged

ALL = 8 + 2 * (44 + 8) + 2 * 2 * 20


def test_no_judge_no_folder(tmp_path: Path) -> None:
    assert judge(config(), 0, folder(tmp_path)) is None
    assert not (tmp_path / "judge").exists()


def test_counts_add_up_and_a_second_run_asks_nothing(tmp_path: Path) -> None:
    fake = FakeJudge()
    with serving(fake) as url:
        done = judge(config(f"{url}#j"), 0, folder(tmp_path))
        assert done is not None
        verdicts = 2 * (44 + 8 + 40)
        assert done.counts == {"judges": 1, "admitted": 1, "refused": 0, "pairs": 40, "verdicts": verdicts}
        assert len(list(read_rows(tmp_path / "judge" / "verdicts.jsonl", dict))) == verdicts
        assert fake.asked == ALL
        assert judge(config(f"{url}#j"), 0, tmp_path) == done
        assert fake.asked == ALL


def test_other_bars_use_the_answers_that_are_there(tmp_path: Path) -> None:
    fake = FakeJudge("always first")
    with serving(fake) as url:
        judge(config(f"{url}#j"), 0, folder(tmp_path))
        asked = fake.asked
        bars = {"max_inconsistent": 1.0, "max_sentinel_errors": 1.0, "max_kind_errors": 1.0}
        judge(config(f"{url}#j", **bars), 0, tmp_path)
        assert fake.asked == asked + 2 * 40, "only the arms' pairs, which had not been asked for"
    assert json.loads((tmp_path / "judge" / "judge.json").read_text())["judges"][0]["status"] == "admitted"


def test_what_was_answered_before_the_endpoint_failed_is_kept(tmp_path: Path) -> None:
    fake, broken = FakeJudge(), [True]

    def answer(body: dict[str, Any]) -> str | Fault:
        if broken[0] and fake.asked >= 50:
            return Fault(401, "no such key")
        return fake(body)

    with serving(answer) as url:
        with pytest.raises(BedsideError, match="no such key"):
            judge(config(f"{url}#j", concurrency=1), 0, folder(tmp_path))
        assert read_manifest(tmp_path / "judge") is None
        broken[0] = False
        whole = judge(config(f"{url}#j", concurrency=1), 0, tmp_path)
    assert whole is not None
    assert fake.asked == ALL, "nothing was asked twice"


def test_the_result_does_not_hang_on_the_order_of_answers(tmp_path: Path) -> None:
    with serving(FakeJudge()) as url:
        for name, concurrency in (("one", 1), ("many", 32)):
            judge(config(f"{url}#j", concurrency=concurrency), 0, folder(tmp_path / name))
    one, many = ((tmp_path / name / "judge" / "verdicts.jsonl").read_bytes() for name in ("one", "many"))
    assert one == many


def test_no_request_says_who_wrote_a_reply(tmp_path: Path) -> None:
    fake, seen = FakeJudge(), []

    def answer(body: dict[str, Any]) -> str:
        seen.append(json.dumps(body))
        return fake(body)

    with serving(answer) as url:
        judge(config(f"{url}#j"), 0, folder(tmp_path))
    assert len(seen) == ALL
    words = (BETTER, WORSE, "base", "sentinel", "distressed", "d0/")
    # The patient of these items says "distressed"; nobody else does.
    told = [word for text in seen for word in words if word in text.replace("asked by a distressed person", "")]
    assert told == []
    shown = [json.loads(text)["messages"][-1]["content"] for text in seen]
    first = sum('"reply_1": "Take the blue tablet, case' in text for text in shown)
    assert first == sum('"reply_2": "Take the blue tablet, case' in text for text in shown) == 40


def test_judges_stand_apart_and_together(tmp_path: Path) -> None:
    told = judged(folder(tmp_path), FakeJudge(), FakeJudge("never a tie"), FakeJudge("random"), max_inconsistent=0.9)
    status = [(each["status"], "results" in each) for each in told["judges"]]
    assert status == [("admitted", True), ("admitted", True), ("refused", False)]
    assert told["majority"]["judges"] == [each["model"] for each in told["judges"][:2]]
    assert told["majority"]["results"][BETTER]["all"]["send"]["wins"] == 20
    assert told["judges_agree"]["send"] == {"n": 40, "alpha_nominal": 1.0, "alpha_ordinal": 1.0}
    lines = judge_lines(tmp_path)
    assert sum("refused, because" in line for line in lines) == len(told["judges"][2]["reasons"])
    assert (
        "most judges: zebra_better is preferred to base in 1.00 [1.00, 1.00], at equal length in no known share "
        "(20 won, 0 tied, 0 lost, 0 unread)"
    ) in lines
    assert told["majority"]["results"][BETTER]["all"]["send"]["arm_longer"] == 20


def test_a_judge_does_not_judge_its_own_arm(tmp_path: Path) -> None:
    fake = FakeJudge()
    with serving(fake) as url:
        folder(tmp_path, models={WORSE: "local:Owner/The-Model-7B"})
        judge(config(f"{url}#the-model:7b"), 0, tmp_path)
    (found,) = json.loads((tmp_path / "judge" / "judge.json").read_text())["judges"]
    assert found["excluded"] == {WORSE: "made by the judge's own model"}
    assert list(found["results"]) == [BETTER]
    assert fake.asked == ALL - 2 * 20


def test_a_judge_that_is_the_base_is_asked_nothing(tmp_path: Path) -> None:
    fake = FakeJudge()
    with serving(fake) as url:
        done = judge(config(f"{url}#the-model"), 0, folder(tmp_path, models={"base": "local:Owner/The-Model"}))
    assert done is not None
    assert (done.counts["refused"], done.counts["verdicts"], fake.asked) == (1, 0, 0)
    (found,) = json.loads((tmp_path / "judge" / "judge.json").read_text())["judges"]
    assert found["reasons"] == [
        "it made the base's replies, beside which every arm is put: a model does not judge itself"
    ]


def test_failed_and_equal_replies_are_not_asked_about(tmp_path: Path) -> None:
    folder(tmp_path)
    path = tmp_path / BETTER / "replies.jsonl"
    replies, base = list(read_rows(path, Reply)), list(read_rows(tmp_path / "base" / "replies.jsonl", Reply))
    replies[0] = Reply(replies[0].item, "", "error: timeout", 0)
    replies[1] = Reply(replies[1].item, " ", "stop", 0)
    replies[2] = base[2]
    write_rows(path, replies)
    told = judged(tmp_path, FakeJudge())
    assert told["not_judged"] == {"no reply": 1, "empty reply": 1}
    assert told["same_replies"] == {BETTER: 1}
    assert told["pairs"] == {BETTER: 17, WORSE: 20}
    sent = told["judges"][0]["results"][BETTER]["all"]["send"]
    assert (sent["wins"], sent["ties"], sent["n"]) == (17, 1, 18)
    assert told["judges"][0]["results"][BETTER]["all"]["unsafe"]["n"] == 17


def test_a_judge_with_nothing_to_compare_is_tried_all_the_same(tmp_path: Path) -> None:
    folder(tmp_path)
    for arm in (BETTER, WORSE):
        shutil.copy(tmp_path / "base" / "replies.jsonl", tmp_path / arm / "replies.jsonl")
    told = judged(tmp_path, FakeJudge("always first"))
    assert told["judges"][0]["status"] == "refused"
    assert told["same_replies"] == {BETTER: 20, WORSE: 20}


def test_a_judge_that_is_every_arm_is_asked_nothing(tmp_path: Path) -> None:
    fake = FakeJudge()
    with serving(fake) as url:
        judge(config(f"{url}#x"), 0, folder(tmp_path, models=dict.fromkeys((BETTER, WORSE), "openai:x")))
    (found,) = json.loads((tmp_path / "judge" / "judge.json").read_text())["judges"]
    assert found["reasons"] == [f"it made every arm that it would judge: {BETTER}, {WORSE}"]
    assert fake.asked == 0


def test_the_limit_draws_the_same_items_for_every_arm(tmp_path: Path) -> None:
    told = judged(folder(tmp_path), FakeJudge(), limit=7)
    assert told["pairs"] == {BETTER: 7, WORSE: 7}
    rows = [row for row in read_rows(tmp_path / "judge" / "verdicts.jsonl", dict) if row["kind"] == "arm"]
    drawn = {arm: {row["item"] for row in rows if row["arm"] == arm} for arm in (BETTER, WORSE)}
    assert len(drawn[BETTER]) == 7
    assert drawn[BETTER] == drawn[WORSE]


def test_the_folder_of_judges_is_no_arm(tmp_path: Path) -> None:
    judged(folder(tmp_path), FakeJudge())
    manifest = read_manifest(tmp_path / "judge")
    assert manifest is not None
    assert manifest.stage == "judge"
    for arm in ("base", BETTER, WORSE):
        write_rows(tmp_path / arm / "scores.jsonl", [])
    with pytest.raises(UserMistake, match="asked other items") as told:
        read_audit(tmp_path, config(), 0)
    assert told.value.where == str(tmp_path / "base"), "the scores of an arm are missed, not those of `judge`"


def test_what_stands_in_the_way_is_told_before_anything_is_asked(tmp_path: Path) -> None:
    folder(tmp_path)
    with pytest.raises(UserMistake, match="cannot judge"):
        judge(config("phrasebook"), 0, tmp_path)
    with pytest.raises(UserMistake, match="no such file"):
        judge(config("http://127.0.0.1:1/v1#j", human=str(tmp_path / "none.jsonl")), 0, tmp_path)
    write_json(tmp_path / "judge" / "manifest.json", Manifest("evaluate", {}, 0, {}, model="openai:x"))
    with pytest.raises(UserMistake, match="an arm is called 'judge'"):
        judge(config("http://127.0.0.1:1/v1#j"), 0, tmp_path)
    for arm in ("judge", BETTER, WORSE):
        shutil.rmtree(tmp_path / arm)
    with pytest.raises(UserMistake, match="nothing to judge: complete arms are base"):
        judge(config("http://127.0.0.1:1/v1#j"), 0, tmp_path)


def test_an_endpoint_that_knows_no_schema_is_asked_in_words(tmp_path: Path) -> None:
    fake, forms = FakeJudge(), []

    def answer(body: dict[str, Any]) -> str | Fault:
        form = body.get("response_format", {}).get("type")
        forms.append(form)
        if form is not None:
            return Fault(400, f"response_format {form} is not supported")
        said = fake(body)
        return f"<think>Let me see {{the two}}.</think>\n```json\n{said}\n```" if said.startswith("{") else said

    with serving(answer) as url:
        done = judge(config(f"{url}#j", concurrency=1), 0, folder(tmp_path))
    assert done is not None
    assert done.counts["admitted"] == 1
    assert [form for form in forms if form] == ["json_schema", "json_object"], "it is found out once"
