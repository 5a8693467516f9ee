"""The simulated healthy person against recordings of real ones, in simulation; `people.py` says how.

Goals: correlation of the sagittal rate ≥ 0.93 on the foot and ≥ 0.95 on the shank, and stride time, peak swing rate
and stance share within 10 % and one SD between people.
"""

import importlib.util
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

HELPER = Path(__file__).with_name("people.py")
spec = importlib.util.spec_from_file_location("simulator_against_people", HELPER)
assert spec is not None
assert spec.loader is not None
people: ModuleType = importlib.util.module_from_spec(spec)
sys.modules[spec.name] = people
spec.loader.exec_module(people)

FOLDER = people.data_folder()
recordings = pytest.mark.skipif(
    FOLDER is None,
    reason="the recordings are not at ../shared/data beside the checkout, nor where DORSIFLEX_DATA says",
)
TREADMILL = (
    "four people on a slow treadmill, two of them unlike the others too: longer stance and a faster swing than the "
    "laws of cadence and stance share give for their stride time"
)


@cache
def row(group: str) -> Any:  # noqa: ANN401
    """The line of one healthy group."""
    chosen = next(one for one in people.HEALTHY if one.name == group)
    return people.compared(chosen, people.recorded(FOLDER, chosen))


def close(figure: Any) -> bool:  # noqa: ANN401
    """Within 10 % and one SD between people of what was recorded."""
    away = abs(figure.simulated - figure.recorded)
    return bool(away <= 0.1 * figure.recorded and away <= figure.sd)


missed_by_agora = pytest.param("agora healthy", marks=pytest.mark.xfail(strict=True, reason=TREADMILL))


@recordings
def test_shank_rate_is_that_of_elderly_people_as_labelled() -> None:
    assert row("uniss elderly").labelled >= 0.95
    assert row("uniss elderly").strides >= 100


@recordings
@pytest.mark.parametrize("group", ["ipol", missed_by_agora])
def test_foot_rate_is_that_of_people_once_each_sensors_labels_are_aligned(group: str) -> None:
    assert row(group).aligned >= 0.93


@recordings
@pytest.mark.parametrize("group", ["ipol", "agora healthy", "uniss elderly"])
def test_the_simulation_is_nearly_as_much_like_a_person_as_other_people_are(group: str) -> None:
    one = row(group)
    assert one.aligned >= one.others - 0.04
    assert one.aligned >= one.labelled
    assert abs(one.shift_ms) <= 100.0


@recordings
@pytest.mark.parametrize("group", ["ipol", "agora healthy", "uniss elderly"])
def test_stride_time_is_matched(group: str) -> None:
    assert close(row(group).time_s)


@recordings
@pytest.mark.parametrize("group", ["ipol", "uniss elderly", missed_by_agora])
def test_peak_swing_rate_is_that_of_people(group: str) -> None:
    assert close(row(group).peak_deg_s)


@recordings
@pytest.mark.parametrize("group", ["ipol", "agora healthy"])
def test_stance_share_is_within_a_tenth(group: str) -> None:
    stance = row(group).stance
    assert abs(stance.simulated - stance.recorded) <= 0.1 * stance.recorded


@recordings
@pytest.mark.xfail(strict=True, reason="labelled foot off comes 2 to 3 % of the cycle later than 55.5 + 5.7/v says")
@pytest.mark.parametrize("group", ["ipol", "agora healthy"])
def test_stance_share_is_within_one_sd(group: str) -> None:
    assert close(row(group).stance)


@recordings
def test_stairs_are_not_taken_for_level_walking() -> None:
    stairs = row("gaitmap stairs")
    assert stairs.strides >= 30
    assert stairs.labelled < row("ipol").labelled


def test_a_shift_is_found_and_undone() -> None:
    curve = np.sin(np.linspace(0.0, 2.0 * np.pi, people.POINTS)) + np.cos(np.linspace(0.0, 6.0 * np.pi, people.POINTS))
    moved = people._shifted(curve, 5.0)
    assert people._best_shift(moved, curve) == pytest.approx(-5.0)
    assert people._alike(people._shifted(moved, -5.0), curve) > 0.999


def test_strides_are_cut_from_contact_to_contact_where_all_samples_are_good() -> None:
    t_s = np.arange(0.0, 6.0, 0.01)
    rate = 300.0 * np.sin(2.0 * np.pi * t_s)
    events = [("IC", 0.5), ("FO", 1.1), ("IC", 1.5), ("IC", 2.5), ("FO", 3.1), ("IC", 3.5), ("IC", 3.9), ("IC", 5.0)]
    good = np.full(len(t_s), True)
    good[(t_s > 4.0) & (t_s < 4.1)] = False
    strides = list(people.cut(t_s, rate, events, good))
    assert [stride.time_s for stride in strides] == pytest.approx([1.0, 1.0, 1.0])
    assert strides[0].stance == pytest.approx(0.6)
    assert np.isnan(strides[1].stance)
    assert strides[2].peak_deg_s == pytest.approx(300.0, abs=1.0)


def test_without_recordings_the_comparison_is_skipped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(people.VARIABLE, str(tmp_path))
    assert people.data_folder() is None
    (tmp_path / "manifest.csv").write_text("dataset\n")
    assert people.data_folder() == tmp_path


@recordings
@pytest.mark.parametrize("kind", ["classic", "stroke"])
@pytest.mark.parametrize("group", ["agora hemiparetic", "uniss stroke"])
def test_patients_are_about_as_much_like_recorded_ones_as_those_are_like_each_other(group: str, kind: str) -> None:
    chosen = next(one for one in people.PATIENT_GROUPS if one.name == group)
    one = people.compared(chosen, people.recorded(FOLDER, chosen), kind)
    assert one.people >= 3
    assert one.aligned >= one.others - 0.05
