"""The figures of a campaign become a section of the page, and a missed goal is said."""

import json
from pathlib import Path
from typing import Any

import pytest

from evidence import campaign, result

ROW = {"tried": 5000, "too_late": 0, "walks_with_harm": 0}
SOUND = {"what": "walk", "hours": 30.0, "false_alarms": {"heel_doubted": 3}, "bursts_wanted": 9000, "bursts_missed": 9}


def found(**changes: object) -> dict[str, Any]:
    good = {
        "walks": 10_000, "harmful_walks": 0, "harmful_walks_with_one_sensor": 0, "injected_nothing": {},
        "walks_with_a_burst_begun_in_stance": 0, "walks_with_a_burst_begun_in_stance_with_one_sensor": 0,
        "walks_with_an_abrupt_cut": 0, "walks_above_a_cap": 0,
        "without_a_fault": [SOUND], "faults": {"heel.off": ROW, "imu.off": ROW},
    }  # fmt: skip
    return {**good, **changes}


def test_a_campaign_that_keeps_every_goal_is_met() -> None:
    assert campaign.goal_met(found())


@pytest.mark.parametrize(
    "changes",
    [
        {"walks": 9_999},
        {"harmful_walks": 1},
        {"injected_nothing": {"link.slow": 1}},
        {"without_a_fault": [{**SOUND, "false_alarms": {"heel_doubted": 4}}]},
        {"without_a_fault": [{**SOUND, "bursts_missed": 10}]},
    ],
)
def test_each_goal_can_be_missed(changes: dict[str, Any]) -> None:
    assert not campaign.goal_met(found(**changes))


def test_the_figures_are_kept_with_the_tree_they_are_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(result, "FOLDER", tmp_path)
    file = tmp_path / "figures.json"
    harmed = {"heel.off": {**ROW, "walks_with_harm": 2}}
    harm = {"harmful_walks": 2, "walks_with_a_burst_begun_in_stance": 1}
    file.write_text(json.dumps(found(faults=harmed, **harm)))
    assert campaign.main([str(file), "--commit", "abc1234"]) == 1
    kept = json.loads((tmp_path / "campaign.json").read_text())
    assert kept["commit"] == "abc1234"
    assert kept["whole"]
    assert kept["figures"]["faults in walks with harm"] == "heel.off 2"
    assert kept["figures"]["walks in which a burst begins in stance"] == 1
    assert kept["figures"]["goal met"] is False


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"faults": 3}'])
def test_what_is_no_campaign_is_refused_in_one_line(
    tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "figures.json"
    file.write_text(text)
    assert campaign.main([str(file)]) == 4
    assert len(capsys.readouterr().err.splitlines()) == 1
