"""MODEL strings name one model, or the user is told what to mend."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedside.core.errors import UserMistake
from bedside.llm import open_model
from bedside.llm.model_string import ModelName, local_path, parse_model


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("phrasebook", ModelName("phrasebook", "phrasebook")),
        ("openai:gpt-4o-mini", ModelName("endpoint", "gpt-4o-mini", None)),
        ("openai:ft:gpt:own", ModelName("endpoint", "ft:gpt:own", None)),
        ("http://127.0.0.1:8000/v1#a/b", ModelName("endpoint", "a/b", "http://127.0.0.1:8000/v1")),
        ("https://host/v1#m#2", ModelName("endpoint", "m#2", "https://host/v1")),
        ("local:Nobody/no-such-model", ModelName("local", "Nobody/no-such-model")),
    ],
)
def test_a_model_string_is_taken_apart(text: str, name: ModelName) -> None:
    assert parse_model(text) == name


@pytest.mark.parametrize(
    "text", ["", "gpt-4o", "openai:", "local:", "scripted:", "Phrasebook", "ftp://host/v1#m", ":x"]
)
def test_what_is_no_model_is_told_with_examples(text: str) -> None:
    with pytest.raises(UserMistake) as caught:
        parse_model(text)
    assert repr(text) in caught.value.what
    assert "http://127.0.0.1:8000/v1#NAME" in (caught.value.remedy or "")


@pytest.mark.parametrize("text", ["http://127.0.0.1:8000/v1", "http://127.0.0.1:8000/v1#"])
def test_an_endpoint_needs_a_model_name(text: str) -> None:
    with pytest.raises(UserMistake, match="names no model"):
        parse_model(text)


def test_a_script_is_a_file(tmp_path: Path) -> None:
    script = tmp_path / "s.jsonl"
    with pytest.raises(UserMistake, match="no such file"):
        parse_model(f"scripted:{script}")
    script.write_text("", encoding="utf-8")
    assert parse_model(f"scripted:{script}") == ModelName("scripted", str(script))
    with pytest.raises(UserMistake, match="no such file"):
        parse_model(f"scripted:{tmp_path}")


@pytest.mark.parametrize("config", ["config.json", "adapter_config.json"])
def test_a_local_model_is_a_folder_with_a_config(tmp_path: Path, config: str) -> None:
    with pytest.raises(UserMistake, match="holds no model"):
        local_path(str(tmp_path))
    (tmp_path / config).write_text("{}", encoding="utf-8")
    assert parse_model(f"local:{tmp_path}") == ModelName("local", str(tmp_path))


def test_a_mistyped_path_is_not_taken_for_a_hub_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs").mkdir()
    for name in ("runs/sft", "./sft", "/no/such", "~/sft", "a/b/c", "plain"):
        with pytest.raises(UserMistake, match="no such model folder"):
            local_path(name)
    assert local_path("owner/name") == "owner/name"


def test_the_embedded_model_has_a_short_name() -> None:
    assert Path(local_path("clinic")).parts[-2:] == ("clinic", "model")


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40))
def test_any_text_is_a_model_or_the_users_mistake(text: str) -> None:
    try:
        name = parse_model(text)
    except UserMistake as mistake:
        assert str(mistake)
    else:
        assert name.name


def test_the_phrasebook_holds_no_conversation() -> None:
    with pytest.raises(UserMistake, match="holds no conversation"):
        open_model("phrasebook")


def test_a_level_of_the_dial_stands_behind_the_folder(tmp_path: Path) -> None:
    adapter = tmp_path / "sft"
    adapter.mkdir()
    (adapter / "adapter_config.json").write_text("{}")
    assert parse_model(f"local:{adapter}@0.5") == ModelName("local", str(adapter), level=0.5)
    assert parse_model(f"local:{adapter}@0").level == 0
    assert parse_model(f"local:{adapter}").level == 1
    for level in ("1.6", "-0.1", "nan", "inf"):
        with pytest.raises(UserMistake, match="the dial has no level"):
            parse_model(f"local:{adapter}@{level}")
    named = tmp_path / "sft@0.5"
    adapter.rename(named)
    assert parse_model(f"local:{named}") == ModelName("local", str(named)), "a folder of that very name"


def test_an_openai_model_needs_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    from bedside.core.errors import EndpointError

    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(EndpointError, match="OPENAI_API_KEY"):
        open_model("openai:gpt-4o-mini")
