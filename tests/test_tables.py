"""What the command line shows of results is whole, however narrow the terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bedside.tables import print_arms

ESTIMATE = {"value": 0.762, "low": 0.7, "high": 0.824}
FIGURES = {
    tone: {"comfort": ESTIMATE, "facts": ESTIMATE, "words": {"value": 48.0}} for tone in ("distressed", "neutral")
}


@pytest.mark.parametrize("columns", [40, 80, 200])
@pytest.mark.parametrize("arm", ["over_warm", "sft_with_a_name_of_many_words_and_a_level@0.75"])
def test_no_figure_of_the_table_of_arms_is_cut(
    columns: int, arm: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    numbers = {
        "items": 247,
        "arms": [{"arm": arm, "figures": FIGURES}],
        "verdicts": {arm: "INCONCLUSIVE"},
        "verdict": "INCONCLUSIVE",
        "claims": [],
        "caught": {},
        "margins": {"signed_by": ""},
    }
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "report.json").write_text(json.dumps(numbers), encoding="utf-8")
    print_arms(tmp_path)
    told = capsys.readouterr().out
    table = told[: told.index("no arm is claimed")]
    assert "…" not in table
    for shown in (arm, "INCONCLUSIVE", "facts,", "calm"):
        assert shown in table
    assert (table.count("0.762"), table.count("±0.062")) == (4, 4)
    if columns == 80 and arm == "over_warm":
        assert max(map(len, table.splitlines())) <= columns
