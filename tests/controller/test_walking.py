"""The walking detector: what is a step to each sensor, and what is none."""

from math import cos, inf, pi

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.schema import GaitSettings
from controller.signals import Certainty, Event, EventKind, Tilt
from controller.walking import FOOT_RATE_DEG_S, LONGEST_UP_S, Walking

IC, HO, FO = EventKind.IC, EventKind.HO, EventKind.FO
GAIT = GaitSettings()
BEFORE_S = 0.12
STEP_S = 0.005


def event(kind: EventKind, t_s: float) -> Event:
    return Event(kind, t_s, t_s, Certainty.CONFIRMED, "test")


def by_heel(times_s: list[tuple[float, float]]) -> list[bool]:
    """Whether it walks at each heel off, of a heel that goes up and comes down at these times."""
    walking = Walking(GAIT, None, BEFORE_S)
    found = []
    for up_s, down_s in times_s:
        walking.update(up_s, [event(HO, up_s)], (), None)
        found.append(walking.by_heel)
        walking.update(down_s, [event(IC, down_s)], (), None)
    return found


def regular(up_s: float, down_s: float, count: int = 6) -> list[tuple[float, float]]:
    """Equal movements of the heel."""
    return [(k * (up_s + down_s), k * (up_s + down_s) + up_s) for k in range(count)]


@pytest.mark.parametrize(
    ("up_s", "down_s"),
    [(0.45, 0.45), (0.65, 0.48), (0.85, 0.65), (0.4, 0.6), (1.0, 0.9)],
    ids=["turning on the spot", "1.2 m/s", "0.7 m/s", "flat", "slow with a long push-off"],
)
def test_a_heel_that_steps_walks_from_the_second_step_on(up_s: float, down_s: float) -> None:
    assert by_heel(regular(up_s, down_s)) == [False] + [True] * 5


@pytest.mark.parametrize(
    ("up_s", "down_s"),
    [(0.86, 1.19), (0.17, 0.23), (0.25, 0.25), (2.1, 1.2), (6.9, 2.5), (0.15, 1.0)],
    ids=["knees raised on a chair", "tapping", "slow tapping", "heel raises", "kneeling", "a scuff"],
)
def test_a_heel_that_does_something_else_does_not(up_s: float, down_s: float) -> None:
    assert not any(by_heel(regular(up_s, down_s)))


def test_who_walks_may_hurry_on_but_nobody_begins_in_a_hurry() -> None:
    ups_s = [0.6, 0.55, 0.5, 0.45, 0.4, 0.35, 0.3, 0.26]
    t_s, times_s = 0.0, []
    for up_s in ups_s:
        times_s.append((t_s, t_s + up_s))
        t_s += 1.85 * up_s
    assert by_heel(times_s) == [False] + [True] * 7
    assert not any(by_heel([(t - times_s[5][0], end - times_s[5][0]) for t, end in times_s[5:]]))


def test_a_pause_makes_the_next_step_a_first_one() -> None:
    first = regular(0.6, 0.5)
    after = [(up_s + 20.0, down_s + 20.0) for up_s, down_s in first]
    assert by_heel([*first, *after])[5:9] == [True, False, True, True]


@given(st.lists(st.floats(0.05, 4.0), min_size=2, max_size=40))
def test_a_heel_never_walks_on_a_lift_that_is_too_long(spans_s: list[float]) -> None:
    t_s, times_s = 0.0, []
    for up_s, down_s in zip(spans_s[::2], spans_s[1::2], strict=False):
        times_s.append((t_s, t_s + up_s))
        t_s += up_s + down_s
    found = by_heel(times_s)
    for k in range(1, len(times_s)):
        up_s = times_s[k - 1][1] - times_s[k - 1][0]
        assert not found[k] or 0.2 <= up_s <= LONGEST_UP_S + 1e-9


class Shank:
    """A segment whose pitch leans by `lean_deg` in `stance_s` and swings back in `swing_s`, stride after stride.

    With `backwards` the same film runs the other way. Events come when they happen.
    """

    def __init__(self, placement: str = "shank", lean_deg: float = 40.0, *, backwards: bool = False) -> None:
        self.walking = Walking(GAIT, "foot" if placement == "foot" else "shank", BEFORE_S)
        self.lean_deg, self.backwards = lean_deg, backwards
        self.stance_s, self.swing_s = 0.7, 0.5
        self.t_s = 0.0
        self.leans_s: list[float] = []
        self.swings_s: list[float] = []

    def pitch_deg(self, share_s: float) -> float:
        """Falls over stance, rises over swing."""
        if share_s < self.stance_s:
            return 10.0 - self.lean_deg * 0.5 * (1.0 - cos(pi * share_s / self.stance_s))
        return 10.0 - self.lean_deg * 0.5 * (1.0 + cos(pi * (share_s - self.stance_s) / self.swing_s))

    def stride(self, *, told: bool = True) -> "Shank":
        """One stride from initial contact to initial contact; `told`: with its events."""
        total_s, start_s = self.stance_s + self.swing_s, self.t_s
        ticks, foot_off = round(total_s / STEP_S), round(self.stance_s / STEP_S)
        for k in range(1, ticks + 1):
            here_s, before_s = ((total_s - j * STEP_S if self.backwards else j * STEP_S) for j in (k, k - 1))
            rate = (self.pitch_deg(here_s) - self.pitch_deg(before_s)) / STEP_S
            self.t_s = start_s + k * STEP_S
            events = {foot_off: (event(FO, self.t_s),), ticks: (event(IC, self.t_s),)}.get(k, ()) if told else ()
            self.walking.update(self.t_s, (), events, Tilt(self.pitch_deg(here_s), rate, known=True))
            if self.walking.leans:
                self.leans_s.append(k * STEP_S)
            if self.walking.swings:
                self.swings_s.append(k * STEP_S)
        return self


def test_a_step_that_the_imu_saw_whole_is_walking_until_a_long_pause() -> None:
    shank = Shank()
    assert not shank.walking.by_imu
    shank.stride()
    assert shank.walking.by_imu
    shank.walking.update(shank.t_s + GAIT.stance_max_s + 0.01, (), (), Tilt(0.0, 0.0, known=True))
    assert not shank.walking.by_imu


def test_steps_backwards_are_none() -> None:
    shank = Shank(backwards=True)
    shank.stance_s, shank.swing_s = 1.0, 0.45
    shank.stride().stride()
    assert shank.walking.backwards
    assert not shank.walking.by_imu
    assert not shank.walking.may_guess


def test_the_lean_before_foot_off_is_known_from_the_steps_before() -> None:
    shank = Shank().stride().stride().stride()
    shank.leans_s.clear()
    shank.stride()
    assert min(shank.leans_s) == pytest.approx(shank.stance_s - BEFORE_S, abs=0.05)
    assert max(shank.leans_s) <= shank.stance_s + 1e-9


@pytest.mark.parametrize("placement", ["shank", "foot"])
def test_who_stands_still_with_a_lean_does_not_push_off(placement: str) -> None:
    shank = Shank(placement).stride().stride().stride()
    for k in range(1, 400):
        wavers = 5.0 * (-1) ** k
        shank.walking.update(shank.t_s + k * STEP_S, (), (), Tilt(-28.0, wavers, known=True))
        assert not shank.walking.leans


def test_the_swing_is_seen_without_any_event_and_after_a_push_only() -> None:
    shank = Shank(lean_deg=80.0).stride().stride()
    shank.swings_s.clear()
    shank.stride(told=False)
    assert shank.stance_s < min(shank.swings_s) < shank.stance_s + 0.25
    shank.stride()
    shank.swings_s.clear()
    shank.lean_deg = 28.0
    shank.stride(told=False)
    assert shank.swings_s == []


def test_a_knee_that_straightens_slowly_at_the_end_of_a_walk_is_no_swing() -> None:
    shank = Shank(lean_deg=60.0).stride().stride()
    shank.swings_s.clear()
    shank.swing_s = 1.2
    shank.stride(told=False)
    assert shank.swings_s == []
    shank = Shank(lean_deg=60.0).stride().stride()
    shank.swings_s.clear()
    shank.swing_s = 0.6
    shank.stride(told=False)
    assert shank.swings_s != []


def test_a_swing_is_over_when_nothing_turns_forward_any_more() -> None:
    shank = Shank().stride()
    shank.stride(told=False)
    assert not shank.walking.over
    shank.walking.update(shank.t_s + 0.25, (), (), Tilt(10.0, -1.0, known=True))
    assert shank.walking.over


def test_a_swing_that_begins_is_not_over_because_the_one_before_it_was() -> None:
    shank = Shank().stride()
    shank.stride(told=False)
    for event_s, kind in ((0.0, FO), (0.1, IC)):
        shank.walking.update(shank.t_s + event_s, (), [event(kind, shank.t_s + event_s)], Tilt(9.0, 70.0, known=True))
    # The swing went on after a landing that was told too soon, and its end is told as that one again.
    for after_s, rate in ((0.12, 70.0), (0.2, 70.0), (0.3, 70.0)):
        shank.walking.update(shank.t_s + after_s, (), (), Tilt(9.0, rate, known=True))
    shank.walking.update(shank.t_s + 0.4, (), [event(IC, shank.t_s + 0.4)], Tilt(9.0, 0.0, known=True))
    shank.walking.update(shank.t_s + 1.0, (), [event(FO, shank.t_s + 1.0)], Tilt(-20.0, -20.0, known=True))
    assert not shank.walking.over


@pytest.mark.parametrize(("peak_deg_s", "walks"), [(FOOT_RATE_DEG_S - 10.0, False), (FOOT_RATE_DEG_S + 10.0, True)])
def test_a_foot_has_to_swing_as_fast_as_no_foot_on_a_chair(peak_deg_s: float, walks: bool) -> None:
    foot = Shank("foot", lean_deg=peak_deg_s * 2.0 * 0.5 / pi)
    foot.stride()
    assert foot.walking.by_imu == walks
    assert not foot.walking.may_guess


@pytest.mark.parametrize(("turned_deg", "walks"), [(14.0, False), (28.0, True)])
def test_a_foot_that_taps_after_a_walk_does_not_walk_on(turned_deg: float, walks: bool) -> None:
    """A tap is as quick as a step, but the foot turns by less than in the smallest push-off that counts."""
    foot = Shank("foot", lean_deg=60.0).stride().stride()
    assert foot.walking.by_imu
    foot.lean_deg, foot.stance_s, foot.swing_s = turned_deg, 0.25, 0.25
    foot.stride().stride()
    assert foot.walking.by_imu is walks


def test_an_imu_that_takes_over_from_the_heel_has_to_show_a_step_first() -> None:
    shank = Shank().stride()
    shank.walking.distrust()
    assert not shank.walking.by_imu
    assert not shank.walking.may_guess
    shank.stride()
    assert shank.walking.by_imu
    assert shank.walking.may_guess


def test_a_tilt_that_is_not_known_leans_and_swings_nowhere() -> None:
    shank = Shank().stride().stride()
    for k in range(100):
        shank.walking.update(shank.t_s + k * STEP_S, (), (), Tilt(-40.0 + k, 200.0 - 4.0 * k, known=False))
        assert not shank.walking.leans
        assert not shank.walking.swings


def saturate(walking: Walking, from_s: float, rate_deg_s: float, seconds: float) -> list[tuple[bool, bool]]:
    """Whether it swings and leans in each tick of a rate that stands at one value, the pitch going round with it."""
    found = []
    for k in range(1, round(seconds / STEP_S) + 1):
        pitch_deg = (rate_deg_s * k * STEP_S + 180.0) % 360.0 - 180.0
        walking.update(from_s + k * STEP_S, (), (), Tilt(pitch_deg, rate_deg_s, known=True))
        found.append((walking.swings, walking.leans))
    return found


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize(
    ("full_scale_deg_s", "rate_deg_s"), [(inf, 1000.0), (inf, 2000.0), (500.0, 490.0), (250.0, 245.0)]
)
def test_a_gyroscope_at_its_full_scale_swings_and_leans_nowhere(
    full_scale_deg_s: float, rate_deg_s: float, sign: float
) -> None:
    shank = Shank().stride().stride()
    if full_scale_deg_s < inf:
        shank.walking = Walking(GAIT, "shank", BEFORE_S, full_scale_deg_s)
        shank.stride().stride()
    assert shank.walking.by_imu
    found = saturate(shank.walking, shank.t_s, sign * rate_deg_s, 0.4)
    assert not any(swings or leans for swings, leans in found)
    assert not shank.walking.by_imu
    assert not shank.walking.may_guess


def test_after_the_full_scale_a_whole_step_has_to_be_shown() -> None:
    shank = Shank().stride().stride()
    saturate(shank.walking, shank.t_s, 1000.0, 0.1)
    shank.t_s += 0.1
    shank.leans_s.clear()
    shank.stance_s = 0.3
    assert not shank.walking.by_imu
    shank.stride()
    assert shank.walking.by_imu
    assert shank.walking.may_guess


def test_a_few_samples_at_full_scale_are_no_step_lost() -> None:
    shank = Shank().stride().stride()
    saturate(shank.walking, shank.t_s, 1000.0, 0.04)
    assert shank.walking.by_imu


def test_a_burst_ends_when_the_gyroscope_saturates_in_the_swing() -> None:
    shank = Shank().stride()
    shank.stride(told=False)
    saturate(shank.walking, shank.t_s, 1000.0, 0.25)
    assert shank.walking.over


def test_a_pitch_that_went_astray_at_full_scale_is_no_lean() -> None:
    shank = Shank().stride().stride()
    saturate(shank.walking, shank.t_s, -1000.0, 0.1)
    for k in range(1, 20):
        tilt = Tilt(-100.0 - 20.0 * k * STEP_S, -20.0, known=True)
        shank.walking.update(shank.t_s + 0.1 + k * STEP_S, (), (), tilt)
        assert not shank.walking.leans


def test_a_landing_that_is_told_again_undoes_no_step() -> None:
    foot = Shank("foot", lean_deg=60.0).stride()
    foot.walking.update(foot.t_s + 0.3, (), (event(IC, foot.t_s + 0.3),), Tilt(10.0, 0.0, known=True))
    assert foot.walking.by_imu
    foot.walking.update(foot.t_s + 1.5, (), (event(IC, foot.t_s + 1.5),), Tilt(10.0, 0.0, known=True))
    assert not foot.walking.by_imu


def quick_foot() -> Shank:
    foot = Shank("foot", lean_deg=60.0)
    foot.swing_s = 0.36
    return foot


def test_a_quick_swing_of_the_foot_is_a_step_only_where_one_was_seen_lately() -> None:
    foot = quick_foot()
    assert not foot.stride().stride().walking.by_imu
    foot.swing_s = 0.5
    assert foot.stride().walking.by_imu
    foot.lean_deg, foot.swing_s = 14.0, 0.36
    assert not foot.stride().walking.by_imu
    foot.lean_deg = 60.0
    assert foot.stride().walking.by_imu
    foot.lean_deg = 14.0
    for _ in range(6):
        foot.stride()
    foot.lean_deg = 60.0
    assert not foot.stride().walking.by_imu


def test_a_quick_swing_of_the_foot_is_a_step_where_the_heel_has_stepped() -> None:
    foot = quick_foot()
    for kind, t_s in ((HO, -1.2), (IC, -0.7), (HO, -0.1)):
        foot.walking.update(0.0, (event(kind, t_s),), (), None)
    assert foot.walking.by_heel
    assert foot.stride().walking.by_imu


@pytest.mark.parametrize(("rate_deg_s", "leans"), [(-1.0, False), (-30.0, True)])
def test_a_foot_that_has_come_down_flat_and_rests_does_not_lean(rate_deg_s: float, leans: bool) -> None:
    foot = Shank("foot", lean_deg=60.0).stride().stride()
    foot.walking.update(foot.t_s + 0.4, (), (), Tilt(-45.0, rate_deg_s, known=True))
    assert foot.walking.leans is leans
