"""A person follows a course: stands, walks, changes speed, turns, stops and starts again. In simulation."""

from itertools import pairwise
from math import cos, inf, nan, radians, sin
from statistics import mean

import pytest

from config.schema import Side
from controller.signals import EventKind
from simulator.course import Course, Progress, Ramp, Segment, Stand, Turn, Walk, wish
from simulator.gait_tables import gait_curves
from simulator.kinematics import POINTS, cadence_steps_min
from simulator.patients import PATIENTS, Patient
from simulator.person import Person
from simulator.stride_tables import stride_tables

SIDES: tuple[Side, Side] = ("left", "right")


def on(course: Course, patient: Patient = PATIENTS["classic"], seed: int = 1) -> Person:
    return Person(patient, frozenset({"right"}), 1.0, 75.0, seed, course=course)


def contacts(person: Person, side: Side) -> list[float]:
    return [event.t_s for event in person.truth(side) if event.kind is EventKind.IC]


@pytest.mark.parametrize(
    ("segments", "problem"),
    [
        ((Walk(5.0, 1.9),), "allowed is 0.2 to 1.8 m/s"),
        ((Walk(5.0, nan),), "allowed is 0.2 to 1.8 m/s"),
        ((Ramp(5.0, 0.1, 1.0),), "allowed is 0.2 to 1.8 m/s"),
        ((Stand(0.0),), "above 0 s"),
        ((Stand(nan),), "above 0 s"),
        ((Stand(inf), Walk(5.0, 1.0)), "segment 1 of the course lasts inf s"),
        ((Ramp(inf, 0.5, 1.0),), "only the last may be endless"),
        ((Stand(1.0), Turn(400.0, 2.5)), "allowed is a mean of 120 deg/s"),
        ((Turn(nan),), "allowed is a mean of 120 deg/s"),
    ],
)
def test_a_course_that_nobody_can_walk_is_refused(segments: tuple[Segment, ...], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        Course(segments)


def test_progress_goes_through_the_segments_and_ends_standing() -> None:
    progress = Progress(Course((Stand(1.0), Ramp(4.0, 0.4, 1.2), Turn(90.0), Walk(2.0, 1.0))))
    assert not progress.at(0.5).walks
    assert progress.at(3.0).speed_m_s == pytest.approx(0.8)
    assert progress.at(6.25).yaw_rate_deg_s == pytest.approx(72.0, rel=0.01)
    assert progress.at(8.0).speed_m_s == 1.0
    assert not progress.at(100.0).walks


@pytest.mark.parametrize("angle_deg", [180.0, -90.0])
def test_the_rate_of_a_turn_adds_up_to_its_angle(angle_deg: float) -> None:
    turn = Turn(angle_deg)
    assert sum(wish(turn, k / 1000.0).yaw_rate_deg_s * 0.001 for k in range(2500)) == pytest.approx(
        angle_deg, rel=0.001
    )
    assert wish(turn, 0.0).yaw_rate_deg_s == 0.0


def test_without_a_course_the_person_stands_walks_and_stands() -> None:
    own = Person(PATIENTS["classic"], frozenset({"right"}), 1.0, 75.0, 3, 6.0)
    told = on(Course((Stand(2.0), Walk(6.0, 1.0))), seed=3)
    for person in (own, told):
        person.advance(14.0)
    for side in SIDES:
        assert own.truth(side) == told.truth(side)
        assert own.swings(side) == told.swings(side)


def test_stopping_and_starting_again() -> None:
    """Each walk ends with both feet on the floor, and its first step after standing is marked as such."""
    person = on(Course((Stand(2.0), Walk(6.0, 1.0), Stand(5.0), Walk(6.0, 0.7), Stand(6.0))))
    for t_s, walking in ((1.9, 0.0), (5.0, 1.0), (12.5, 0.0), (16.0, 1.0), (24.5, 0.0)):
        person.advance(t_s)
        for side in SIDES:
            assert person.state(side).walking == walking
            assert walking == 1.0 or not person.state(side).in_swing
    for side in SIDES:
        kinds = [event.kind for event in person.truth(side)]
        assert kinds == [(EventKind.HO, EventKind.FO, EventKind.IC)[i % 3] for i in range(len(kinds))]
        assert kinds[-1] is EventKind.IC
        times = [event.t_s for event in person.truth(side)]
        assert times == sorted(times)
        first = [burst.start_s > 13.0 for burst in person.wanted_bursts(side) if burst.first]
        assert first == [False, True]


def test_a_stop_that_is_taken_back_still_ends_the_step() -> None:
    person = on(Course((Stand(1.0), Walk(5.0, 1.0), Stand(0.1), Walk(6.0, 1.0), Stand(5.0))))
    person.advance(20.0)
    for side in SIDES:
        assert [burst.first for burst in person.wanted_bursts(side)].count(True) == 2
        assert person.state(side).walking == 0.0


def test_a_ramp_of_speed_changes_step_after_step() -> None:
    person = on(Course((Stand(2.0), Ramp(40.0, 0.3, 1.6))), PATIENTS["classic"]._replace(stride_time_cv=0.0))
    person.advance(46.0)
    for side in SIDES:
        strides = [(start, stop - start) for start, stop in pairwise(contacts(person, side))]
        assert all(later < earlier for (_, earlier), (_, later) in pairwise(strides[:-1]))
        for start, stride_s in strides[2:-2]:
            speed = 0.3 + (start + 0.5 * stride_s - 2.0) / 40.0 * 1.3
            assert stride_s == pytest.approx(120.0 / cadence_steps_min(speed), rel=0.06)


@pytest.mark.parametrize("kind", ["healthy", "drag"])
@pytest.mark.parametrize("change", [(Ramp(10.0, 0.3, 1.6),), (Walk(5.0, 0.4), Walk(5.0, 1.6))])
def test_curves_have_no_steps_while_the_speed_changes(kind: str, change: tuple[Segment, ...]) -> None:
    """From one millisecond to the next no angle jumps; the rate of the shank stays that of its pitch."""
    person = on(Course((Stand(2.0), *change, Walk(5.0, 0.4))), PATIENTS[kind]._replace(stride_time_cv=0.0))
    person.advance(3.0)
    before, turned, start_deg = person.state("right"), 0.0, person.state("right").shank_pitch_deg
    for k in range(3001, 17000):
        person.advance(k / 1000.0)
        state = person.state("right")
        assert abs(state.hip_deg - before.hip_deg) < 0.35
        assert abs(state.knee_deg - before.knee_deg) < 0.65
        assert abs(state.shank_pitch_deg - before.shank_pitch_deg) < 0.65
        turned += person.imu("right", "shank")[5] * 0.001
        before = state
        if state.share < 0.001 or 0.4 < state.share < 0.401:
            assert turned == pytest.approx(state.shank_pitch_deg - start_deg, abs=1.5)


@pytest.mark.parametrize("steppage_deg", [0.0, 12.0])
def test_rates_of_a_changing_stride_are_those_of_its_angles(steppage_deg: float) -> None:
    tables = stride_tables(gait_curves(0.4), gait_curves(1.6), steppage_deg, 0.0)
    for value, rate in (
        (tables.shank, tables.shank_rate),
        (tables.foot, tables.foot_rate),
        (tables.shank_rate, tables.shank_acceleration),
    ):
        largest = max(abs(entry) for entry in rate)
        for i in range(5, POINTS - 5):
            assert rate[i] == pytest.approx((value[i + 1] - value[i - 1]) * POINTS / 2.0, abs=0.01 * largest)


def turned_round(angle_deg: float) -> tuple[dict[str, float], float, list[float], Person]:
    """Angle (deg) about the vertical that the gyroscopes show over a walk, the largest rate, the rates of the foot on
    the floor (deg/s), and the person."""
    person = on(
        Course((Stand(2.0), Walk(5.0, 1.2), Turn(angle_deg), Walk(6.0, 1.2))),
        PATIENTS["healthy"]._replace(stride_time_cv=0.0),
    )
    turned = {"shank": 0.0, "foot": 0.0}
    peak, planted = 0.0, []
    for k in range(14000):
        person.advance(k / 1000.0)
        state = person.state("right")
        if 0.2 < state.phase < 0.4:
            planted.append(person.imu("right", "foot")[4])
        for placement, pitch_deg in (("shank", state.shank_pitch_deg), ("foot", state.foot_pitch_deg)):
            rate_x, rate_y = person.imu("right", "shank" if placement == "shank" else "foot")[3:5]
            turned[placement] += 0.001 * (rate_x * sin(radians(pitch_deg)) + rate_y * cos(radians(pitch_deg)))
            peak = max(peak, abs(rate_y))
    return turned, peak, planted, person


def test_turning_round_shows_in_the_gyroscope_and_slows_the_steps() -> None:
    """Left and right are compared, so that what sways in every walk drops out."""
    (left, peak, planted, person), (right, _, others, _) = turned_round(180.0), turned_round(-180.0)
    for placement in ("shank", "foot"):
        assert 0.5 * (left[placement] - right[placement]) == pytest.approx(180.0, abs=5.0)
    assert 80.0 < peak < 450.0
    assert max(abs(one - other) for one, other in zip(planted, others, strict=True)) < 5.0
    strides = [(start, stop - start) for start, stop in pairwise(contacts(person, "right"))]
    straight = mean(stride_s for start, stride_s in strides if start < 5.0)
    turning = max(stride_s for start, stride_s in strides if 6.5 < start < 9.5)
    assert turning > 1.15 * straight


@pytest.mark.parametrize("asymmetry", [0.03, 0.08])
def test_hemiparetic_asymmetry(asymmetry: float) -> None:
    """The paretic stance is shorter by that share of the cycle and its swing longer, the other leg the reverse; step
    times differ by 1.1 to 1.6 (5.1)."""
    person = on(
        Course((Stand(2.0), Walk(30.0, 0.8))), PATIENTS["slap"]._replace(stride_time_cv=0.0, stance_asymmetry=asymmetry)
    )
    person.advance(30.0)
    shares = {}
    for side in SIDES:
        offs = [event.t_s for event in person.truth(side) if event.kind is EventKind.FO]
        strides = list(pairwise(contacts(person, side)))[2:]
        shares[side] = mean(
            (next(off for off in offs if off > start) - start) / (stop - start) for start, stop in strides
        )
    assert shares["right"] == pytest.approx(0.626 - asymmetry, abs=0.005)
    assert shares["left"] == pytest.approx(0.626 + asymmetry, abs=0.005)
    left, right = contacts(person, "left")[3:12], contacts(person, "right")
    paretic = mean(next(t for t in right if t > start) - start for start in left)
    other = mean(next(t for t in contacts(person, "left") if t > start) - start for start in right[3:12])
    assert paretic / other == pytest.approx((0.5 + asymmetry) / (0.5 - asymmetry), rel=0.03)
    assert 1.1 <= paretic / other <= 1.6


def test_two_weak_legs_are_alike() -> None:
    patient = PATIENTS["slap"]._replace(stance_asymmetry=0.08, stride_time_cv=0.0)
    person = Person(patient, frozenset(SIDES), 0.8, 75.0, 1, 15.0)
    person.advance(15.0)
    left, right = contacts(person, "left"), contacts(person, "right")
    middle = next(t for t in left if t > right[3])
    assert (middle - right[3]) / (right[4] - right[3]) == pytest.approx(0.5, abs=0.01)


def test_voluntary_strength_fades_over_minutes_and_comes_back_over_weeks() -> None:
    """MS: from a foot that clears the floor to one that does not; recovery the other way."""
    course = Course((Stand(2.0), Walk(60.0, 1.2)))
    fading = on(course, PATIENTS["slap"]._replace(compensates=0.0, voluntary_fades_per_min=0.2, voluntary_least=0.05))
    fading.advance(60.0)
    clearance = [swing.min_toe_clearance_mm for swing in fading.swings("right")]
    assert clearance[1] > 0.0 > clearance[-1]
    better = []
    for weeks in (0.0, 4.0, 12.0):
        person = on(course, PATIENTS["drag"]._replace(compensates=0.0, voluntary_gain_per_week=0.025, weeks=weeks))
        person.advance(8.0)
        better.append(person.swings("right")[-1].min_toe_clearance_mm)
    assert better == sorted(better)
    assert better[-1] > 0.0
