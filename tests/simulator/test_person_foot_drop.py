"""Foot drop emerges from weakness and goes with stimulation (reference 5.3, 5.7 to 5.9). All figures in simulation."""

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from config.schema import Side
from simulator.geometry import MID_SWING, TOE, ankle_height_m, point_from_ankle
from simulator.kinematics import PELVIS_OFFSET_DEG, POINTS, joint_angles
from simulator.patients import PATIENTS
from simulator.person import Person
from simulator.truth import IcType, Loading

Walk = Callable[..., Person]
Mean = Callable[[Person, str], float]

AFFECTED: Side = "right"
WALK_S = 20.0


def make(patient: str, speed_m_s: float = 1.2, seed: int = 1, walk_for_s: float = WALK_S) -> Person:
    """A person who does not compensate and has no reflexes; nor has table 5.8."""
    kind = PATIENTS[patient]._replace(compensates=0.0, reflex_nm_s_per_deg=0.0, stance_asymmetry=0.0)
    return Person(kind, frozenset({AFFECTED}), speed_m_s, 75.0, seed, walk_for_s)


@cache
def walked(
    patient: str, speed_m_s: float = 1.2, seed: int = 1, current_ma: float = 0.0, onset_s: float = -0.110
) -> Person:
    """That person after the walk, with bursts (300 µs, 40 Hz) from foot off + `onset_s` to IC + 0.15 s."""
    walker = make(patient, speed_m_s, seed)
    windows = []
    if current_ma > 0.0:
        rehearsal = walked(patient, speed_m_s, seed)
        windows = [(s.foot_off_s + onset_s, s.initial_contact_s + 0.15) for s in rehearsal.swings(AFFECTED)]
    for k in range(round((WALK_S + 5.0) / 0.025)):
        t_s = k * 0.025
        walker.advance(t_s)
        if any(start <= t_s <= stop for start, stop in windows):
            walker.pulse(AFFECTED, "dorsiflexors", current_ma, 300.0)
    return walker


@pytest.fixture(scope="module")
def walk() -> Walk:
    """`walk(patient, speed_m_s, seed, current_ma, onset_s)`: not to be changed; here without compensation."""
    return walked


@pytest.fixture(scope="module")
def person() -> Walk:
    """`person(patient, speed_m_s, seed, walk_for_s)`: a new one, here without compensation."""
    return make


def least_clearance_mm(largest_swing_ankle_deg: float) -> float:
    """Least toe clearance at 1.2 m/s when the swing ankle stays at or below an angle."""
    phase = np.arange(POINTS) / POINTS
    hip, knee, ankle = joint_angles(1.2, phase)
    shank = hip + PELVIS_OFFSET_DEG - knee
    dropped = shank + np.minimum(ankle, largest_swing_ankle_deg)
    clearance = ankle_height_m(phase, hip, knee, shank + ankle) + point_from_ankle(TOE, dropped)[1]
    return 1000.0 * float(np.min(clearance[(phase >= MID_SWING[0]) & (phase <= MID_SWING[1])]))


@pytest.mark.parametrize(
    ("ankle_deg", "clearance_mm"),
    [(30.0, 20.0), (0.0, -2.0), (-5.0, -16.0), (-10.0, -29.0), (-15.0, -42.0), (-20.0, -54.0)],
)
def test_toe_clearance_by_swing_ankle(ankle_deg: float, clearance_mm: float) -> None:
    assert least_clearance_mm(ankle_deg) == pytest.approx(clearance_mm, abs=1.5)


def test_a_degree_of_ankle_is_two_and_a_half_millimetres_of_toe() -> None:
    assert (least_clearance_mm(-5.0) - least_clearance_mm(-20.0)) / 15.0 == pytest.approx(2.5, abs=0.2)


@pytest.mark.parametrize(
    ("patient", "clearance_mm", "foot_pitch_at_ic_deg", "contact_share"),
    [
        ("healthy", 20.0, 12.3, 0.0),
        ("slap", 5.0, 8.0, 0.0),
        ("classic", -12.0, 5.0, 0.26),
        ("drag", -47.0, -0.4, 0.46),
        ("stroke", -25.0, 0.0, 0.35),
    ],
)
def test_presets_walk_as_the_reference_says(
    walk: Walk, mean: Mean, patient: str, clearance_mm: float, foot_pitch_at_ic_deg: float, contact_share: float
) -> None:
    """Table 5.8 lets the foot swing through the floor, as the hanging foot does. The floor itself pushes the foot up,
    so it touches for less of the swing."""
    walker = walk(patient)
    assert mean(walker, "min_toe_clearance_mm") == pytest.approx(clearance_mm, abs=8.0)
    assert mean(walker, "foot_pitch_at_ic_deg") == pytest.approx(foot_pitch_at_ic_deg, abs=2.0)
    assert mean(walker, "hanging_share") == pytest.approx(contact_share, abs=0.08)
    assert mean(walker, "hanging_share") - 0.1 < mean(walker, "scrape_share") <= mean(walker, "hanging_share")


@pytest.mark.parametrize(
    ("patient", "contact"), [("healthy", "heel"), ("slap", "heel"), ("classic", "heel"), ("drag", "flat")]
)
def test_initial_contact_by_preset(walk: Walk, patient: str, contact: IcType) -> None:
    contacts = [swing.contact for swing in walk(patient).swings("right")[2:]]
    assert contacts.count(contact) >= 0.8 * len(contacts)


def test_the_slap_patient_slaps(walk: Walk) -> None:
    loadings = walk("slap").loadings("right")
    assert len(loadings) > 10
    assert all(loading.slap for loading in loadings)
    assert all(loading.peak_rate_deg_s < -400.0 for loading in loadings[2:])


@pytest.mark.parametrize(
    ("flat_after_s", "peak_rate_deg_s", "slap"), [(0.044, -300.0, True), (0.065, -401.0, True), (0.065, -200.0, False)]
)
def test_slap_is_fast_in_time_or_in_rate(flat_after_s: float, peak_rate_deg_s: float, slap: bool) -> None:
    assert Loading(10.0, 10.0 + flat_after_s, peak_rate_deg_s).slap is slap


@pytest.mark.parametrize("speed", [0.4, 0.6, 0.9, 1.5])
def test_weaker_is_lower_at_every_speed(walk: Walk, mean: Mean, speed: float) -> None:
    clearance = [
        mean(walk(patient, speed), "min_toe_clearance_mm") for patient in ("drag", "classic", "slap", "healthy")
    ]
    assert clearance == sorted(clearance)
    assert clearance[0] < 0.0
    assert clearance[-1] >= 19.0


def test_the_other_leg_is_healthy(walk: Walk) -> None:
    assert all(swing.contact == "heel" and swing.scrape_share == 0.0 for swing in walk("drag").swings("left"))


@pytest.mark.parametrize(("patient", "current_ma"), [("classic", 30.0), ("drag", 32.0)])
def test_stimulation_lifts_the_foot(walk: Walk, mean: Mean, patient: str, current_ma: float) -> None:
    without, with_bursts = walk(patient), walk(patient, current_ma=current_ma)
    lifted = mean(with_bursts, "mean_dorsiflexion_deg") - mean(without, "mean_dorsiflexion_deg")
    assert lifted >= 5.0
    swings = with_bursts.swings("right")
    assert all(swing.stimulated and swing.min_toe_clearance_mm > 10.0 for swing in swings[1:])
    assert not any(swing.stimulated for swing in without.swings("right"))


def test_25_ma_is_just_enough_for_the_classic_patient(walk: Walk, mean: Mean) -> None:
    """1.5 motor thresholds recruit 12 % of the muscle (5.5), less while the nerve slides away from the electrode around
    foot off: the toes clear the floor, with next to nothing to spare."""
    without, with_25_ma = walk("classic"), walk("classic", current_ma=25.0)
    gained = mean(with_25_ma, "mean_dorsiflexion_deg") - mean(without, "mean_dorsiflexion_deg")
    assert 2.0 <= gained <= 6.0
    assert 0.0 <= mean(with_25_ma, "min_toe_clearance_mm") <= 12.0
    assert mean(with_25_ma, "scrape_share") < 0.05 < mean(without, "scrape_share")


def test_more_current_never_lifts_less(walk: Walk, mean: Mean) -> None:
    lifted = [
        mean(walk("classic", current_ma=ma), "mean_dorsiflexion_deg") for ma in (0.0, 15.0, 25.0, 30.0, 40.0, 60.0)
    ]
    assert lifted == sorted(lifted)
    assert lifted[1] - lifted[0] < 0.5, "15 mA is below the motor threshold of 16.7 mA"
    assert lifted[-1] < 20.0, "the calf holds the ankle"


def test_a_late_burst_lifts_late(walk: Walk, mean: Mean) -> None:
    clearance = [
        mean(walk("drag", current_ma=30.0, onset_s=onset), "min_toe_clearance_mm") for onset in (-0.11, 0.05, 0.2)
    ]
    assert clearance[0] - clearance[1] > 2.0
    assert clearance[1] - clearance[2] > 20.0


def test_a_burst_past_contact_softens_the_landing(walk: Walk) -> None:
    without, with_40_ma = walk("slap").loadings("right"), walk("slap", current_ma=40.0).loadings("right")
    assert max(loading.foot_flat_s - loading.initial_contact_s for loading in without[2:]) < 0.045
    assert min(loading.foot_flat_s - loading.initial_contact_s for loading in with_40_ma[2:]) > 0.045


def test_only_dorsiflexors_lift(person: Walk) -> None:
    clearances = {}
    for channel in ("dorsiflexors", "evertors"):
        walker = person("classic", 1.2, 1, 6.0)
        for k in range(400):
            walker.advance(k * 0.025)
            walker.pulse("right", channel, 30.0, 300.0)
        clearances[channel] = walker.swings("right")[-1].min_toe_clearance_mm
        assert (walker.state("right").activation > 0.0) == (channel == "dorsiflexors")
    assert clearances["dorsiflexors"] > 10.0
    assert clearances["evertors"] < 0.0


def test_toe_clearance_of_the_state_stops_at_the_floor(person: Walk) -> None:
    walker = person("drag", 1.2, 1, 6.0)
    scraped = 0
    for k in range(2000, 8000, 5):
        walker.advance(k / 1000.0)
        state = walker.state("right")
        assert state.toe_clearance_mm >= 0.0
        scraped += state.scraping
        assert state.dorsiflexion_deg == pytest.approx(state.foot_pitch_deg - state.shank_pitch_deg)
    assert scraped > 100
