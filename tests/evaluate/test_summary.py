"""An evaluation's folder in figures and verdicts: roles, controls, runs, probes."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedside.core.config import EvaluateConfig
from bedside.core.errors import InputFileError, UserMistake
from bedside.core.evaluate_config import ArmConfig, ClaimsConfig
from bedside.core.files import write_json, write_rows
from bedside.core.manifest import Manifest, Stage, close_stage, open_stage
from bedside.core.records import ChatMessage, Item, ItemKind, Reply, Score, Tone
from bedside.evaluate.summary import Audit, read_audit
from bedside.evaluate.verdicts import Role

N = 220
WARM, COLD, SMOTHERING = (0.9, 0.0), (0.0, 0.0), (1.0, 0.8)
CONFIG = EvaluateConfig(bootstrap=200)
ASKED: tuple[tuple[ItemKind, Tone], ...] = (
    ("dialogue", "distressed"), ("dialogue", "neutral"), ("red flag", "distressed"),
    ("false belief", "neutral"), ("false belief", "distressed"),
)  # fmt: skip


def items() -> list[Item]:
    asked = (ChatMessage("user", "?"),)
    return [
        Item(f"{kind}{i}/{tone}", f"{kind}{i}", "en", tone, "neutral", 0, "none", asked, "", kind=kind)
        for kind, tone in ASKED
        for i in range(N)
    ]


def scores(comfort: tuple[float, float], gives_in: int = 0) -> list[Score]:
    """`gives_in` false beliefs are endorsed when stated, none when asked about."""
    rows = []
    for item in items():
        place = int(item.dialogue.removeprefix(item.kind))
        belief, stated = item.kind == "false belief", item.tone == "distressed"
        rows.append(
            Score(
                item.id, item.dialogue, item.tone, ("names",), place < comfort[not stated] * N, (), 4, (),
                1.0 if item.kind == "dialogue" else None, 40, 40, kind=item.kind,
                escalated=True if item.kind == "red flag" else None,
                endorsed=stated and place < gives_in if belief else None, opener="Take" if place % 2 else f"o{place}",
            )
        )  # fmt: skip
    return rows


def make(folder: Path, arms: dict[str, list[Score]], prompts: dict[str, str] | None = None) -> Path:
    """An evaluate folder; `prompts` are the arms that were asked with settings of their own."""
    write_rows(folder / "items.jsonl", items())
    for arm, rows in arms.items():
        asked = {"system_prompt": prompts[arm]} if prompts and arm in prompts else {}
        stage = open_stage(folder / arm, Manifest("evaluate", asked, 0, {}, model=f"scripted:{arm}"))
        assert isinstance(stage, Stage)
        write_rows(stage.folder / "replies.jsonl", [Reply(item.id, "Yes.", "stop", 2) for item in items()])
        write_rows(stage.folder / "scores.jsonl", rows)
        close_stage(stage, {})
    return folder


def audit(folder: Path, arms: dict[str, list[Score]], config: EvaluateConfig = CONFIG) -> Audit:
    return read_audit(make(folder, {"base": scores(COLD)} | arms), config, 0)


def test_an_arm_that_keeps_everything_passes(tmp_path: Path) -> None:
    found = audit(tmp_path, {"sft": scores(WARM)})
    assert (found.verdict, found.verdicts) == ("PASS", {"sft": "PASS"})
    assert [(arm.arm, arm.role) for arm in found.arms] == [("base", "base"), ("sft", "claimed")]
    assert found.not_examined == {"sft": ["exam, plain", "exam, distressed", "exam, both"]}


def test_a_control_is_caught_and_is_not_claimed(tmp_path: Path) -> None:
    config = CONFIG.model_copy(update={"controls": ("over_warm",)})
    found = audit(tmp_path, {"sft": scores(WARM), "over_warm": scores(SMOTHERING)}, config)
    assert (found.verdict, found.caught) == ("PASS", {"over_warm": True})
    assert {claim.role for claim in found.claims if claim.arm == "over_warm"} == {"control"}


def test_a_control_that_passes_makes_the_audit_insensitive(tmp_path: Path) -> None:
    config = CONFIG.model_copy(update={"controls": ("weak",)})
    found = audit(tmp_path, {"sft": scores(WARM), "weak": scores(WARM)}, config)
    assert (found.verdict, found.verdicts["sft"], found.caught) == ("INCONCLUSIVE", "PASS", {"weak": False})


def test_arms_to_compare_with_do_not_decide(tmp_path: Path) -> None:
    config = CONFIG.model_copy(update={"arms": {"sft@2": ArmConfig(model="sft@2")}})
    bad = {name: scores(SMOTHERING) for name in ("prompted", "neutral", "sft@2")}
    found = audit(tmp_path, {"sft": scores(WARM), **bad}, config)
    assert found.verdict == "PASS"
    assert {found.verdicts[name] for name in bad} == {"FAIL"}
    assert {arm.role for arm in found.arms if arm.arm in bad} == {"other"}


def roles(folder: Path, prompts: dict[str, str]) -> dict[str, Role]:
    """The roles of arms of these names under their prompts, as a report that was told nothing finds them."""
    arms = {name: scores(COLD) for name in ("base", "sft", *prompts)}
    found = read_audit(make(folder, arms, prompts), CONFIG, 0)
    return {arm.arm: arm.role for arm in found.arms} | {claim.arm: claim.role for claim in found.claims}


def test_roles_follow_how_the_arms_were_asked(tmp_path: Path) -> None:
    asked = {"kind": "Be kind.", "sft@0.5": "", "warm#1": "Be kind.", "warm#2": "Be kind."}
    found = roles(tmp_path, asked)
    beside = {"kind", "sft@0.5", "warm", "warm#1", "warm#2"}
    assert {name: role for name, role in found.items() if name not in beside} == {"base": "base", "sft": "claimed"}
    assert {name for name, role in found.items() if role == "other"} == beside
    told = CONFIG.model_copy(update={"claims": ClaimsConfig(arms=("kind",))})
    assert read_audit(tmp_path, told, 0).verdicts.keys() == found.keys() - {"base"}
    assert {arm.arm for arm in read_audit(tmp_path, told, 0).arms if arm.role == "claimed"} == {"kind"}


def test_a_prompt_that_the_base_has_too_takes_no_claim_away(tmp_path: Path) -> None:
    same = {"base": "Be brief.", "sft": "Be brief.", "kind": "Be kind."}
    assert roles(tmp_path, same) == {"base": "base", "sft": "claimed", "kind": "other"}


def test_the_settings_may_name_the_claimed_arms(tmp_path: Path) -> None:
    config = CONFIG.model_copy(update={"claims": ClaimsConfig(arms=("sft",))})
    found = audit(tmp_path, {"sft": scores(WARM), "dpo": scores(SMOTHERING)}, config)
    assert (found.verdict, found.verdicts["dpo"]) == ("PASS", "FAIL")
    with pytest.raises(UserMistake, match="names 'kto', which was not evaluated"):
        read_audit(tmp_path, CONFIG.model_copy(update={"controls": ("kto",)}), 0)


def test_runs_of_one_arm_are_claimed_together(tmp_path: Path) -> None:
    found = audit(tmp_path, {"sft#1": scores((0.8, 0.0)), "sft#2": scores(WARM), "dpo#1": scores(WARM)})
    roles = {claim.arm: claim.role for claim in found.claims}
    assert roles == {"sft": "claimed", "sft#1": "other", "sft#2": "other", "dpo#1": "claimed"}
    assert [arm.arm for arm in found.arms] == ["base", "sft#1", "sft#2", "dpo#1"]
    comfort = {claim.arm: claim.estimate for claim in found.claims if claim.name == "comfort"}
    assert comfort["sft"] is not None
    assert comfort["sft"].value == pytest.approx(0.85)


def test_the_base_alone_claims_nothing(tmp_path: Path) -> None:
    found = audit(tmp_path, {})
    assert (found.claims, found.verdicts, found.verdict) == ([], {}, "INCONCLUSIVE")


def test_without_a_base_there_is_nothing_to_compare_with(tmp_path: Path) -> None:
    with pytest.raises(UserMistake, match="no complete arm named 'base'"):
        read_audit(make(tmp_path, {"sft": scores(WARM)}), CONFIG, 0)


def test_figures_of_safety_and_size(tmp_path: Path) -> None:
    (_, sft) = audit(tmp_path, {"sft": scores(WARM, gives_in=55)}).arms
    values = {name: found.value for name, found in (sft.safety | sft.sized).items() if found}
    assert values == pytest.approx(
        {
            "red flags escalated": 1.0, "beliefs endorsed, asked": 0.0, "beliefs endorsed, stated": 55 / N,
            "endorsement flips": 55 / N, "severe errors": 0.0, "length ratio": 1.0,
            # Half the dialogues open alike in both tones ("Take"), the others with their own words, twice each.
            "distinct openers": (N / 2 + 1) / (2 * N),
        }
    )  # fmt: skip
    assert sft.figures["distressed"]["comfort"] is not None
    assert sft.figures["distressed"]["comfort"].n == N
    assert sft.unscored == {"comfort": 0, "facts": 0}


def test_the_judge_is_passed_on(tmp_path: Path) -> None:
    make(tmp_path, {"base": scores(COLD)})
    assert read_audit(tmp_path, CONFIG, 0).judge is None
    (tmp_path / "judge").mkdir()
    write_json(tmp_path / "judge" / "judge.json", {"judges": []})
    assert read_audit(tmp_path, CONFIG, 0).judge == {"judges": []}
    (tmp_path / "judge" / "judge.json").write_text("[]", encoding="utf-8")
    with pytest.raises(InputFileError, match=r"judge.json: is not as bedside writes it"):
        read_audit(tmp_path, CONFIG, 0)


def test_secondary_outcomes_are_tested_exactly_and_corrected(tmp_path: Path) -> None:
    found = {row.outcome: row for row in audit(tmp_path, {"sft": scores(WARM, gives_in=8)}).secondary}
    stated = found["beliefs endorsed, stated"]
    # Eight changes, all one way, and three outcomes that could be scored on this data.
    assert stated.test == "McNemar"
    assert stated.p == pytest.approx(2 / 2**8)
    assert set(found) == {"false reassurance", "beliefs endorsed, asked", "beliefs endorsed, stated"}
    assert stated.p_holm == pytest.approx(3 * 2 / 2**8)
    assert found["beliefs endorsed, asked"].p == found["false reassurance"].p_holm == 1.0
