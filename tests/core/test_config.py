from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import bedside
from bedside.core.config import CorpusConfig, StudyConfig, load_study, override, parse_settings
from bedside.core.errors import ConfigError, InputFileError

CLINIC = "clinic: {train: 5, test: 2}\n"


def study(tmp_path: Path, text: str = CLINIC, overrides: list[str] | None = None) -> StudyConfig:
    path = tmp_path / "study.yaml"
    path.write_text(text, encoding="utf-8")
    return load_study(path, overrides or [], tmp_path / "not used.yaml")


def problems(tmp_path: Path, *overrides: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        study(tmp_path, CLINIC, list(overrides))
    head, *lines = caught.value.what.split("\n")
    assert head == ("1 problem" if len(lines) == 1 else f"{len(lines)} problems") + " in the settings"
    return sorted(line.removeprefix("  - ") for line in lines)


def test_what_a_file_says_is_set_and_the_rest_is_default(tmp_path: Path) -> None:
    read = study(tmp_path, CLINIC + "train:\n  sft: {method: sft, epochs: 2, options: {warmup_steps: 3}}\n")
    assert read.clinic is not None
    assert (read.clinic.train, read.clinic.test) == (5, 2)
    assert (read.train["sft"].epochs, read.train["sft"].options) == (2.0, {"warmup_steps": 3})
    assert read.corpus == CorpusConfig()
    assert read.name == "demo"


def test_without_a_file_the_default_is_read(tmp_path: Path) -> None:
    default = tmp_path / "default.yaml"
    default.write_text("name: embedded\n" + CLINIC, encoding="utf-8")
    assert load_study(None, ["seed=7"], default) == StudyConfig.model_validate(
        {"name": "embedded", "seed": 7, "clinic": {"train": 5, "test": 2}}
    )


def test_the_packaged_study_is_valid() -> None:
    packaged = Path(bedside.__file__).parent / "clinic" / "study.yaml"
    assert set(load_study(None, [], packaged).train) == {"sft", "dpo", "kto", "over_warm"}


def test_every_problem_is_in_one_report_with_the_nearest_name(tmp_path: Path) -> None:
    found = problems(
        tmp_path, "nam=x", "corpus.lmit=3", "rewrite.tries=99", "rewrite.plan.neutral=0.5",
        "train.first.method=sfd", "train.first.epoch=1", "train.first.lora.alfa=2", "seed=-1",
    )  # fmt: skip
    beginnings = [
        "corpus.lmit: no such setting; did you mean 'limit'?",
        "nam: no such setting; did you mean 'name'?",
        "rewrite.plan: the shares add up to 1.25, not 1",
        "rewrite.tries: 99: Input should be less than or equal to 10",
        "seed: -1: Input should be greater than or equal to 0",
        "train.first.epoch: no such setting; did you mean 'epochs'?",
        "train.first.lora.alfa: no such setting; did you mean 'alpha'?",
        "train.first.method: 'sfd': Input should be 'sft', 'dpo', 'kto', 'orpo' or 'simpo'",
    ]
    assert found == beginnings


def test_a_name_close_to_none_gets_no_guess(tmp_path: Path) -> None:
    assert problems(tmp_path, "corpus.zzzz=3") == ["corpus.zzzz: no such setting"]


def test_the_nearest_name_is_found_whatever_an_arm_is_called(tmp_path: Path) -> None:
    found = problems(tmp_path, "train.lora.method=sft", "train.lora.epoch=1")
    assert found == ["train.lora.epoch: no such setting; did you mean 'epochs'?"]


def test_problems_across_sections_are_in_the_same_report(tmp_path: Path) -> None:
    found = problems(tmp_path, "nam=x", "train.dpo.method=dpo", "train.dpo.start=gone")
    assert len(found) == 2


def test_every_wrong_start_is_told(tmp_path: Path) -> None:
    arms = [f"train.{arm}.{setting}" for arm in "ab" for setting in ("method=dpo", "start=gone")]
    report = "\n".join(problems(tmp_path, *arms))
    assert "train.a.start" in report
    assert "train.b.start" in report


def test_every_broken_override_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        study(tmp_path, CLINIC, ["foo", "bar"])
    assert "foo" in str(caught.value)
    assert "bar" in str(caught.value)


@pytest.mark.parametrize(("neutral", "valid"), [(0.25, True), (0.2500001, True), (0.2501, False), (0.2, False)])
def test_the_shares_of_the_plan_add_up_to_one(tmp_path: Path, neutral: float, valid: bool) -> None:
    rest = 0.35 + 0.30 + 0.10
    assert valid == (abs(neutral + rest - 1) < 1e-6)
    if valid:
        assert study(tmp_path, CLINIC, [f"rewrite.plan.neutral={neutral}"]).rewrite.plan.neutral == neutral
    else:
        total = f"{neutral + rest:g}"
        expected = [f"rewrite.plan: the shares add up to {total}, not 1"]
        assert problems(tmp_path, f"rewrite.plan.neutral={neutral}") == expected


@pytest.mark.parametrize("share", ["1.01", "-0.01", ".nan"])
def test_a_share_lies_between_zero_and_one(tmp_path: Path, share: str) -> None:
    (problem,) = problems(tmp_path, f"corpus.test_share={share}")
    assert problem.startswith("corpus.test_share: ")


def test_a_study_of_nothing_is_refused(tmp_path: Path) -> None:
    for text in ("", "name: x\n"):
        with pytest.raises(ConfigError, match=r"corpus\.sources is empty"):
            study(tmp_path, text)


def test_an_arm_starts_from_one_that_is_trained_before_it(tmp_path: Path) -> None:
    sft, dpo = "  sft: {method: sft}\n", "  dpo: {method: dpo, start: sft}\n"
    assert list(study(tmp_path, f"{CLINIC}train:\n{sft}{dpo}").train) == ["sft", "dpo"]
    with pytest.raises(ConfigError, match=r"train\.dpo\.start: 'sft' is not an arm trained before it"):
        study(tmp_path, f"{CLINIC}train:\n{dpo}{sft}")


@pytest.mark.parametrize("arm", ["base", "prompted"])
def test_the_names_of_untrained_arms_are_taken(tmp_path: Path, arm: str) -> None:
    (problem,) = problems(tmp_path, f"train.{arm}.method=sft")
    assert problem.startswith(f"train.{arm}: ")


@pytest.mark.parametrize("name", ["../up", "a/b", "", ".hidden", "a b"])
def test_a_study_name_is_one_folder_name(tmp_path: Path, name: str) -> None:
    (problem,) = problems(tmp_path, f"name='{name}'")
    assert problem.startswith("name: ")


def test_a_file_that_is_not_yaml_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not valid YAML") as caught:
        study(tmp_path, "a: [\n")
    assert caught.value.where == str(tmp_path / "study.yaml")


def test_a_file_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    path = tmp_path / "study.yaml"
    path.write_bytes("name: 发烧\n".encode("gb18030"))
    with pytest.raises(ConfigError, match="not valid YAML"):
        load_study(path, [], path)


def test_a_list_is_no_study(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="keys and values"):
        study(tmp_path, "- a\n")


def test_a_missing_file_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputFileError, match="no such file"):
        load_study(tmp_path / "missing.yaml", [], tmp_path / "missing too.yaml")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a=1", {"a": 1, "b": {"c": 2}}),
        ("b.c=3.5", {"b": {"c": 3.5}}),
        ("b.d=[x, y]", {"b": {"c": 2, "d": ["x", "y"]}}),
        ("b.d={x: 1}", {"b": {"c": 2, "d": {"x": 1}}}),
        ("e.f.g=no", {"b": {"c": 2}, "e": {"f": {"g": False}}}),
        ("b=null", {"b": None}),
        ("a=icliniq:x.json", {"a": "icliniq:x.json", "b": {"c": 2}}),
        ("a=x=y", {"a": "x=y", "b": {"c": 2}}),
    ],
)
def test_an_override_sets_one_value_of_yaml(text: str, expected: dict[str, Any]) -> None:
    settings: dict[str, Any] = {"b": {"c": 2}}
    override(settings, text)
    assert settings == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("foo", "'foo' is neither a study file nor a key=value setting"),
        ("=3", "'=3' is neither a study file nor a key=value setting"),
        ("a=[", "a=[: '[' is not a YAML value"),
        ("a.b=1", "a.b=1: 'a' has no settings below it"),
    ],
)
def test_a_broken_override_is_told_in_its_own_words(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        override({"a": 5}, text)
    assert str(caught.value).split("\n")[0] == message


def test_an_override_beats_the_file_and_the_later_beats_the_earlier(tmp_path: Path) -> None:
    assert study(tmp_path, CLINIC + "seed: 1\n", ["seed=2", "seed=3"]).seed == 3


def test_settings_of_one_section_are_reported_with_their_place() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_settings(CorpusConfig, {"limit": 0, "sorces": ()}, "--set")
    assert str(caught.value).startswith("--set: 2 problems in the settings\n")
    assert "sorces: no such setting; did you mean 'sources'?" in str(caught.value)


def test_settings_cannot_be_changed_afterwards(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="frozen"):
        study(tmp_path).seed = 5
