"""The gait of a simulated person: cadence, phases, shank rate, starting and stopping (reference 5.1, 5.2, A1)."""

from collections.abc import Callable
from itertools import pairwise
from math import sqrt
from statistics import mean, pstdev

import numpy as np
import pytest

from config.schema import Side
from controller.signals import EventKind
from simulator.gait_tables import at, gait_tables
from simulator.kinematics import POINTS, cadence_steps_min, joint_angles, stance_share
from simulator.patients import PATIENTS
from simulator.person import STANDING_S, Person

Walk = Callable[..., Person]
SIDES: tuple[Side, Side] = ("left", "right")


def times(person: Person, side: Side, kind: EventKind) -> list[float]:
    return [event.t_s for event in person.truth(side) if event.kind is kind]


@pytest.mark.parametrize("speed", [0.4, 0.8, 1.2, 1.6])
@pytest.mark.parametrize("side", SIDES)
def test_cadence_is_that_of_the_speed(walk: Walk, speed: float, side: Side) -> None:
    strides = []
    for seed in (1, 2, 3):
        contacts = times(walk("healthy", speed, seed), side, EventKind.IC)
        strides += [after - before for before, after in pairwise(contacts)]
    assert 120.0 / mean(strides) == pytest.approx(cadence_steps_min(speed), rel=0.03)


def test_reference_cadence() -> None:
    assert cadence_steps_min(1.2) == pytest.approx(105.0, abs=0.5)


@pytest.mark.parametrize(("speed", "percent"), [(1.2, 60.3), (0.8, 62.6), (0.4, 69.8)])
def test_stance_lasts_as_long_as_published(walk: Walk, speed: float, percent: float) -> None:
    person = walk("healthy", speed)
    contacts, offs = times(person, "right", EventKind.IC), times(person, "right", EventKind.FO)
    shares = []
    for start, stop in pairwise(contacts):
        off = next(t_s for t_s in offs if t_s > start)
        shares.append(100.0 * (off - start) / (stop - start))
    assert mean(shares) == pytest.approx(percent, abs=1.5)


@pytest.mark.parametrize("speed", [0.3, 1.2, 1.7])
def test_events_of_a_leg_come_in_turn(walk: Walk, speed: float) -> None:
    for side in SIDES:
        events = walk("classic", speed).truth(side)
        assert [event.t_s for event in events] == sorted(event.t_s for event in events)
        turn = [EventKind.HO, EventKind.FO, EventKind.IC]
        assert [event.kind for event in events] == [turn[i % 3] for i in range(len(events))]
        assert events[-1].kind is EventKind.IC


def test_heel_leaves_before_the_middle_of_the_cycle() -> None:
    assert 0.37 <= gait_tables(1.2).heel_off_share <= 0.42


def test_legs_walk_half_a_cycle_apart(walk: Walk) -> None:
    person = walk("healthy")
    left, right = times(person, "left", EventKind.IC), times(person, "right", EventKind.IC)
    for start, stop in pairwise(right[1:]):
        between = [t_s for t_s in left if start < t_s < stop]
        assert len(between) == 1
        assert (between[0] - start) / (stop - start) == pytest.approx(0.5, abs=0.04)


def test_stride_times_vary_as_much_as_the_patient(walk: Walk) -> None:
    strides = []
    for seed in range(1, 9):
        contacts = times(walk("classic", 1.2, seed), "right", EventKind.IC)
        strides += [after - before for before, after in pairwise(contacts[1:])]
    assert 0.03 < pstdev(strides) / mean(strides) < 0.07


def test_shank_rate_has_the_published_shape(person: Walk) -> None:
    walker = person("healthy", 1.2, 1, 15.0)
    by_percent: dict[int, list[float]] = {}
    for k in range(5000, 15000, 5):
        walker.advance(k / 1000.0)
        rate = walker.imu("right", "shank")[5]
        by_percent.setdefault(round(100.0 * walker.state("right").phase), []).append(rate)
    curve = {percent: mean(rates) for percent, rates in by_percent.items()}
    peak = max(curve, key=lambda percent: curve[percent])
    assert 80 <= peak <= 90
    assert 300.0 <= curve[peak] <= 430.0
    published = {20: -41, 40: -81, 54: -181, 60: -159, 66: 3, 72: 167, 78: 294, 84: 362, 90: 288, 94: 94}
    for percent, rate in published.items():
        assert curve[percent] == pytest.approx(rate, abs=60.0), percent


@pytest.mark.parametrize(("start_ms", "stop_ms"), [(1000, 3100), (5000, 15000), (16000, 19500)])
def test_shank_rate_is_the_rate_of_the_shank_pitch(person: Walk, start_ms: int, stop_ms: int) -> None:
    """From standing into gait, in gait, and back to standing; the blow at contact leaves no lasting turn."""
    walker = person("healthy", 1.2, 1, 15.0)
    walker.advance(start_ms / 1000.0)
    before_deg, turned_deg = walker.state("right").shank_pitch_deg, 0.0
    for k in range(start_ms + 1, stop_ms + 1):
        walker.advance(k / 1000.0)
        turned_deg += walker.imu("right", "shank")[5] * 0.001
    assert turned_deg == pytest.approx(walker.state("right").shank_pitch_deg - before_deg, abs=1.0)


@pytest.mark.parametrize("placement", ["shank", "foot"])
def test_standing_shows_gravity_alone(person: Walk, placement: str) -> None:
    walker = person("classic", 0.9, 1, 5.0)
    for t_s in (1.0, 20.0):
        walker.advance(t_s)
        for side in SIDES:
            values = walker.imu(side, "shank" if placement == "shank" else "foot")
            assert values == pytest.approx((0.0, 9.81, 0.0, 0.0, 0.0, 0.0), abs=0.02)


def test_a_foot_flat_on_the_floor_is_at_rest() -> None:
    for speed in (0.4, 0.9, 1.2):
        tables = gait_tables(speed)
        middle = 0.5 * (0.10 + tables.heel_off_share)
        assert at(tables.foot, middle) == pytest.approx(0.0, abs=0.5)
        stride_s = 120.0 / cadence_steps_min(speed)
        assert abs(at(tables.ankle_az, middle)) / stride_s**2 < 1.0


def test_person_stands_then_walks_then_stands(person: Walk) -> None:
    walker = person("classic", 0.9, 1, 10.0)
    for k in range(0, 18000, 10):
        t_s = k / 1000.0
        walker.advance(t_s)
        if t_s <= STANDING_S or t_s > 15.0:
            for side in SIDES:
                state = walker.state(side)
                assert state.walking == 0.0
                assert not state.in_swing
                assert walker.heel_force_n(side) == pytest.approx(0.3 * 75.0 * 9.81, rel=0.01)
    for side in SIDES:
        first, last = walker.truth(side)[0], walker.truth(side)[-1]
        assert STANDING_S < first.t_s < 4.0
        assert 10.0 < last.t_s < 15.0


def test_wanted_bursts_go_from_before_foot_off_to_contact(walk: Walk) -> None:
    walker = walk("classic")
    wanted, swings = walker.wanted_bursts("right"), walker.swings("right")
    assert len(wanted) == len(swings) > 10
    for burst, swing in zip(wanted, swings, strict=True):
        assert burst.start_s == pytest.approx(swing.foot_off_s - 0.25)
        assert burst.stop_s == swing.initial_contact_s
    assert [burst.first for burst in wanted] == [True] + [False] * (len(wanted) - 1)


@pytest.mark.parametrize("speed", [0.2, 0.4, 0.9, 1.2, 1.8])
def test_foot_off_of_the_curves_falls_on_foot_off(speed: float) -> None:
    tables = gait_tables(speed)
    assert at(tables.phase, tables.stance_share) == pytest.approx(0.603, abs=0.005)
    assert tables.phase[0] == 0.0
    assert tables.phase[-1] == 1.0
    assert list(tables.phase) == sorted(tables.phase)


def test_stance_share_stays_within_its_limits() -> None:
    assert stance_share(0.2) == 0.75
    assert stance_share(1.8) == pytest.approx(0.587, abs=0.001)


@pytest.mark.parametrize("speed", [0.19, 1.81, float("nan")])
def test_an_impossible_speed_is_refused(person: Walk, speed: float) -> None:
    with pytest.raises(ValueError, match=r"allowed is 0\.2 to 1\.8 m/s"):
        person("healthy", speed)


@pytest.mark.parametrize(
    ("dimensionless_speed", "hip_range", "knee_peak", "ankle_trough"),
    [(0.19, 30.5, 44.7, -4.3), (0.30, 36.7, 55.2, -13.6), (0.43, 42.5, 59.1, -19.8), (0.56, 47.9, 61.0, -22.0)],
)
def test_joints_move_more_the_faster_the_walk(
    dimensionless_speed: float, hip_range: float, knee_peak: float, ankle_trough: float
) -> None:
    """Four speed classes of Schwartz 2008 (5.2), as shares of what the fits give at 1.2 m/s: within 2.5 deg."""
    phase = np.arange(POINTS) / POINTS
    hip, knee, ankle = joint_angles(dimensionless_speed * sqrt(9.81 * 0.93), phase)
    hip_at_1_2, knee_at_1_2, ankle_at_1_2 = joint_angles(1.2, phase)
    assert 40.1 * float(np.ptp(hip) / np.ptp(hip_at_1_2)) == pytest.approx(hip_range, abs=2.5)
    assert 60.3 * float(knee.max() / knee_at_1_2.max()) == pytest.approx(knee_peak, abs=2.5)
    push_off = (phase > 0.55) & (phase < 0.75)
    ratio = float(ankle[push_off].min() / ankle_at_1_2[push_off].min())
    assert -18.8 * ratio == pytest.approx(ankle_trough, abs=2.5)


def test_after_a_toe_first_contact_the_heel_bears_what_the_patient_lets_it() -> None:
    loads = {}
    for reaches in (1.0, 0.3, 0.0):
        patient = PATIENTS["drag"]._replace(compensates=0.0, heel_reaches=reaches, calf_stiffness=1.5)
        walker = Person(patient, frozenset({"right"}), 0.9, 75.0, 1, 12.0)
        loads[reaches] = 0.0
        for k in range(6000, 12000, 5):
            walker.advance(k / 1000.0)
            loads[reaches] = max(loads[reaches], walker.heel_force_n("right"))
        assert all(swing.contact == "toe" for swing in walker.swings("right")[2:])
    assert loads[0.0] == 0.0
    assert loads[0.3] == pytest.approx(0.3 * loads[1.0], rel=0.02)
    assert loads[1.0] > 200.0
