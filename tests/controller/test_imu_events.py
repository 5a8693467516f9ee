"""Gait events from one IMU, on walks made of sines: what is found, what is never said, and that nothing looks ahead."""

from collections.abc import Callable, Iterable
from itertools import pairwise
from math import cos, inf, isfinite, nan, pi, radians, sin
from typing import Literal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from config.schema import ImuEventSettings
from controller.imu_events import ImuEvents
from controller.signals import Certainty, Event, EventKind

Placement = Literal["shank", "foot"]
Values = tuple[float, ...]
Sample = tuple[float, Values]
Motion = Callable[[float], Values]

STILL: Values = (0.0, 9.81, 0.0, 0.0, 0.0, 0.0)
STRIDE_S = 1.2


def hump(phase: float, start: float, stop: float) -> float:
    """Half a sine between two phases, zero elsewhere."""
    return sin(pi * (phase - start) / (stop - start)) if start < phase < stop else 0.0


def foot_rate(phase: float) -> float:
    """Foot flat after a short slap, heel off at 0.45, deepest at 0.58, turns at 0.64, lands at 1.0."""
    push = 350.0 * hump(phase, 0.45, 0.64) ** 2
    return 264.0 * hump(phase, 0.64, 1.0) - 150.0 * hump(phase, 0.0, 0.1) - push - 120.0 * hump(phase, 0.5, 0.64)


def shank_rate(phase: float) -> float:
    """Shank leaning forward through stance, fastest at 0.55, turns at 0.65, highest at 0.96."""
    lean = 40.0 + 140.0 * hump(phase, 0.3, 0.65) if phase < 0.65 else 0.0
    return 373.0 * hump(phase, 0.65, 0.96) - lean * min(1.0, (0.65 - phase) * 20.0) - 110.0 * hump(phase, 0.96, 1.06)


RATES: dict[Placement, Callable[[float], float]] = {"foot": foot_rate, "shank": shank_rate}


def walking(placement: Placement, scale: float = 1.0, stride_s: float = STRIDE_S, start_s: float = 1.0) -> Motion:
    """Standing until `start_s`, then strides that begin with heel off from standing."""
    begin = 0.4 if placement == "foot" else 0.3

    def at(t_s: float) -> Values:
        if t_s < start_s:
            return STILL
        phase = ((t_s - start_s) / stride_s + begin) % 1.0
        swing = hump(phase, 0.64, 1.0)
        return (4.0 * scale * swing, 9.81 + 5.0 * scale * swing, 0.0, 0.0, 0.0, scale * RATES[placement](phase))

    return at


def sampled(motion: Motion, seconds: float, rate_hz: float = 100.0, start_s: float = 0.0) -> list[Sample]:
    count = int(seconds * rate_hz)
    return [(start_s + i / rate_hz, motion(start_s + i / rate_hz)) for i in range(count)]


def detect(samples: Iterable[Sample], placement: Placement, settings: ImuEventSettings | None = None) -> list[Event]:
    detector = ImuEvents(settings or ImuEventSettings(), placement, "imu")
    return [event for t_s, values in samples for event in detector.update(t_s, values)]


def of(events: list[Event], kind: EventKind) -> list[float]:
    return [event.t_s for event in events if event.kind == kind]


def kinds(events: list[Event]) -> list[EventKind]:
    return [event.kind for event in events]


def check_sane(events: list[Event], *, rested: bool = True) -> None:
    """What holds for every stream of events; after a rest a heel off may be said again."""
    for event in events:
        assert isfinite(event.t_s)
        assert event.t_s <= event.decided_s
        assert event.certainty == Certainty.CONFIRMED
        assert event.source == "imu"
    assert all(a.decided_s <= b.decided_s for a, b in pairwise(events))
    for kind in EventKind:
        assert all(a < b for a, b in pairwise(of(events, kind)))
    for a, b in pairwise(event for event in events if event.kind != EventKind.HO):
        assert rested or a.kind != b.kind
        assert b.t_s >= a.t_s
    contacts = of(events, EventKind.IC)
    assert all(b - a >= 0.1 for a, b in pairwise(contacts))


@pytest.mark.parametrize("placement", ["foot", "shank"])
@pytest.mark.parametrize("rate_hz", [50.0, 100.0, 200.0, 1000.0])
def test_every_stride_of_a_walk_has_its_three_events(placement: Placement, rate_hz: float) -> None:
    events = detect(sampled(walking(placement), 13.0, rate_hz), placement)
    check_sane(events, rested=False)
    assert [event.kind for event in events][:9] == [EventKind.HO, EventKind.FO, EventKind.IC] * 3
    assert [len(of(events, kind)) for kind in (EventKind.HO, EventKind.FO, EventKind.IC)] == pytest.approx(
        [10] * 3, abs=1
    )
    assert all(event.decided_s - event.t_s < (0.3 if i < 6 else 0.13) for i, event in enumerate(events))


@pytest.mark.parametrize("placement", ["foot", "shank"])
def test_events_lie_where_the_walk_has_them(placement: Placement) -> None:
    events = detect(sampled(walking(placement), 13.0), placement)
    begin, heel_off, foot_off, contact = (0.4, 0.46, 0.56, 1.008) if placement == "foot" else (0.3, 0.33, 0.56, 0.9975)
    for kind, phase, tolerance_s in (
        (EventKind.HO, heel_off, 0.06),
        (EventKind.FO, foot_off, 0.06),
        (EventKind.IC, contact, 0.012),
    ):
        for i, t_s in enumerate(of(events, kind)):
            assert t_s == pytest.approx(1.0 + (i + phase - begin) * STRIDE_S, abs=tolerance_s)


@pytest.mark.parametrize("placement", ["foot", "shank"])
@pytest.mark.parametrize("rate_hz", [25.0, 200.0, 500.0])
def test_the_rate_of_samples_does_not_matter(placement: Placement, rate_hz: float) -> None:
    usual = detect(sampled(walking(placement), 13.0, 100.0), placement)
    other = detect(sampled(walking(placement), 13.0, rate_hz), placement)
    assert [event.kind for event in usual] == [event.kind for event in other]
    near_s = 0.02 + 2.0 / min(rate_hz, 100.0)
    for a, b in zip(usual, other, strict=True):
        assert a.t_s == pytest.approx(b.t_s, abs=near_s)
        assert a.decided_s == pytest.approx(b.decided_s, abs=near_s)


@pytest.mark.parametrize("placement", ["foot", "shank"])
@pytest.mark.parametrize(("scale", "stride_s"), [(0.45, 2.0), (0.6, 1.5), (1.3, 0.9), (1.5, 0.8)])
def test_slow_and_fast_walks(placement: Placement, scale: float, stride_s: float) -> None:
    events = detect(sampled(walking(placement, scale, stride_s), 1.0 + 10.0 * stride_s), placement)
    check_sane(events, rested=False)
    assert len(of(events, EventKind.IC)) == pytest.approx(10, abs=1)
    assert len(of(events, EventKind.FO)) == pytest.approx(10, abs=1)


@pytest.mark.parametrize("placement", ["foot", "shank"])
def test_a_person_who_slows_down_is_followed_below_the_threshold_of_the_start(placement: Placement) -> None:
    fast, slow = walking(placement), walking(placement, scale=0.5, start_s=0.0)
    settings = ImuEventSettings(swing_rate_deg_s=200.0)

    def slowing(t_s: float) -> Values:
        return fast(t_s) if t_s < 6.0 else slow(t_s - 1.0)

    assert len(of(detect(sampled(slowing, 12.0), placement, settings), EventKind.IC)) >= 8


def test_the_first_push_of_a_foot_tells_foot_off_as_soon_as_the_foot_turns() -> None:
    walk, turned_s = walking("foot"), 1.0 + 0.24 * STRIDE_S
    slow_to_prove = ImuEventSettings(swing_rate_deg_s=200.0)
    events = detect(sampled(walk, 2.0), "foot", slow_to_prove)
    first = next(event for event in events if event.kind == EventKind.FO)
    assert turned_s - 0.02 <= first.decided_s <= turned_s + 0.05
    still = detect([(t_s, (0.0, 9.81, *values[2:])) for t_s, values in sampled(walk, 2.0)], "foot", slow_to_prove)
    assert of(still, EventKind.FO) == [], "nothing shook the leg: a heel was raised"


@pytest.mark.parametrize("placement", ["foot", "shank"])
def test_three_strides_below_the_threshold_bring_it_down_and_none_far_below_does(placement: Placement) -> None:
    slow, settings = walking(placement, scale=0.5), ImuEventSettings(swing_rate_deg_s=200.0)
    contacts = of(detect(sampled(slow, 13.0), placement, settings), EventKind.IC)
    assert len(contacts) >= 6
    assert contacts[0] > 1.0 + 3.0 * STRIDE_S
    far = detect(sampled(walking(placement, scale=0.25), 13.0), placement, settings)
    assert of(far, EventKind.FO) == of(far, EventKind.IC) == []


@pytest.mark.parametrize("placement", ["foot", "shank"])
def test_without_a_push_before_it_a_swing_is_a_kick(placement: Placement) -> None:
    def kicking(t_s: float) -> Values:
        rate = 200.0 * (hump(t_s % 3.0, 1.0, 1.4) - hump(t_s % 3.0, 1.4, 1.8) * (t_s % 3.0 < 1.8))
        return (0.0, 9.81 + 0.02 * abs(rate), 0.0, 0.0, 0.0, rate)

    events = detect(sampled(kicking, 2.5), placement)
    assert of(events, EventKind.FO) == of(events, EventKind.IC) == []


@pytest.mark.parametrize("placement", ["foot", "shank"])
@pytest.mark.parametrize(("push_deg", "steps"), [(3.0, 0), (7.0, 1), (12.0, 1)])
def test_a_swing_needs_a_push_of_its_own(placement: Placement, push_deg: float, steps: int) -> None:
    def leaning(t_s: float) -> Values:
        rate = 190.0 * hump(t_s, 1.4, 1.8) - push_deg * pi / 0.8 * hump(t_s, 1.0, 1.4) - 80.0 * hump(t_s, 1.8, 2.0)
        return (0.0, 9.81 + 0.03 * abs(rate), 0.0, 0.0, 0.0, rate)

    events = detect(sampled(leaning, 4.0), placement)
    assert len(of(events, EventKind.FO)) == len(of(events, EventKind.IC)) == steps


def test_the_bounce_after_contact_is_no_step() -> None:
    walk, contact_s = walking("foot"), 1.0 + 3.6 * STRIDE_S

    def bouncing(t_s: float) -> Values:
        since_s = t_s - contact_s
        if since_s < 0.0:
            return walk(t_s)
        rate = 500.0 * hump(since_s, 0.05, 0.11) - 600.0 * hump(since_s, 0.0, 0.05)
        return (0.0, 9.81 + 0.05 * abs(rate), 0.0, 0.0, 0.0, rate)

    events = detect(sampled(bouncing, 8.0, 200.0), "foot")
    assert len(of(events, EventKind.FO)) == len(of(events, EventKind.IC)) == 4


@pytest.mark.parametrize("placement", ["foot", "shank"])
def test_a_gentle_heel_raise_is_no_step(placement: Placement) -> None:
    turns_deg_s = {"foot": 100.0, "shank": 30.0}[placement]

    def rising(t_s: float) -> Values:
        rate = -turns_deg_s * sin(2.0 * pi * t_s) if t_s > 2.0 else 0.0
        return (0.0, 9.81 + 0.8 * sin(2.0 * pi * t_s), 0.0, 0.0, 0.0, rate)

    events = detect(sampled(rising, 20.0), placement)
    assert of(events, EventKind.FO) == of(events, EventKind.IC) == []


@pytest.mark.parametrize("placement", ["foot", "shank"])
def test_a_landing_without_pitching_back_or_rest_is_said_in_time(placement: Placement) -> None:
    walk = walking(placement)

    def hovering(t_s: float) -> Values:
        phase = (t_s - 1.0) / STRIDE_S + (0.4 if placement == "foot" else 0.3)
        return walk(t_s) if phase < 2.955 else (0.0, 13.0, 0.0, 0.0, 0.0, -1.0)

    events = detect(sampled(hovering, 8.0), placement)
    assert kinds(events)[-2:] == [EventKind.FO, EventKind.IC]
    assert events[-1].decided_s - events[-1].t_s < 0.25


@pytest.mark.parametrize("placement", ["foot", "shank"])
def test_a_sensor_that_comes_back_in_mid_swing_tells_the_contact_and_no_foot_off(placement: Placement) -> None:
    walk = [s for s in sampled(walking(placement), 6.0) if s[0] >= 1.0 + 0.36 * STRIDE_S]
    events = detect(walk, placement)
    assert kinds(events)[:2] == [EventKind.IC, EventKind.HO]


@pytest.mark.parametrize("placement", ["foot", "shank"])
@pytest.mark.parametrize("turn_deg", [-35.0, 20.0, 90.0, 180.0])
def test_a_sensor_turned_in_the_sagittal_plane_says_the_same(placement: Placement, turn_deg: float) -> None:
    c, s = cos(radians(turn_deg)), sin(radians(turn_deg))
    walk = sampled(walking(placement), 8.0)
    turned = [(t, (c * v[0] - s * v[1], s * v[0] + c * v[1], v[2], 0.0, 0.0, v[5])) for t, v in walk]
    assert detect(turned, placement) == detect(walk, placement)


@pytest.mark.parametrize("placement", ["foot", "shank"])
@pytest.mark.parametrize("bias_deg_s", [-4.0, 4.0])
def test_a_biased_gyroscope_is_borne(placement: Placement, bias_deg_s: float) -> None:
    walk = [(t, (*v[:5], v[5] + bias_deg_s)) for t, v in sampled(walking(placement), 13.0)]
    assert len(of(detect(walk, placement), EventKind.IC)) == 10


@pytest.mark.parametrize("placement", ["foot", "shank"])
@pytest.mark.parametrize(
    ("amplitude_deg_s", "frequency_hz"),
    [(0.0, 1.0), (10.0, 0.3), (14.0, 1.0), (50.0, 5.0), (120.0, 8.0), (25.0, 1.5)],
    ids=["still", "sway", "shift of weight", "tremor", "clonus", "shuffling in a seat"],
)
def test_no_step_is_seen_where_none_is(placement: Placement, amplitude_deg_s: float, frequency_hz: float) -> None:
    def restless(t_s: float) -> Values:
        return (0.3 * sin(17.0 * t_s), 9.81, 0.0, 0.0, 0.0, amplitude_deg_s * sin(2.0 * pi * frequency_hz * t_s))

    events = detect(sampled(restless, 30.0), placement)
    assert of(events, EventKind.FO) == of(events, EventKind.IC) == []


@pytest.mark.parametrize("placement", ["foot", "shank"])
@given(cut_s=st.floats(1.0, 8.0))
def test_what_comes_later_changes_nothing_that_was_said(placement: Placement, cut_s: float) -> None:
    walk = sampled(walking(placement), 9.0)
    whole = detect(walk, placement)
    part = detect([sample for sample in walk if sample[0] <= cut_s], placement)
    assert part == [event for event in whole if event.decided_s <= cut_s]


@pytest.mark.parametrize("placement", ["foot", "shank"])
@given(cut_s=st.floats(1.0, 8.0))
def test_when_the_leg_stops_only_the_step_that_was_going_on_is_finished(placement: Placement, cut_s: float) -> None:
    walk = walking(placement)
    samples = sampled(lambda t: walk(t) if t <= cut_s else STILL, 20.0)
    events = detect(samples, placement)
    check_sane(events, rested=False)
    after = [event for event in events if event.decided_s > cut_s]
    assert [event.kind for event in after] in ([], [EventKind.IC], [EventKind.FO], [EventKind.FO, EventKind.IC])
    assert all(event.t_s <= cut_s + 0.09 and event.decided_s <= cut_s + 0.3 for event in after)


@pytest.mark.parametrize("placement", ["foot", "shank"])
@given(lost_s=st.floats(3.0, 6.0), gap_s=st.floats(0.3, 2.0))
def test_after_a_gap_the_half_finished_stride_is_forgotten(placement: Placement, lost_s: float, gap_s: float) -> None:
    walk = [s for s in sampled(walking(placement), 14.0) if not lost_s <= s[0] < lost_s + gap_s]
    events = detect(walk, placement)
    check_sane(events)
    back_s = lost_s + gap_s
    assert all(event.t_s >= back_s for event in events if event.decided_s >= back_s)
    assert len([t for t in of(events, EventKind.IC) if t > back_s + 2.0 * STRIDE_S]) >= (14.0 - back_s) / STRIDE_S - 4


def test_reset_keeps_nothing_that_could_fire() -> None:
    walk = sampled(walking("foot"), 9.0)
    for cut in range(100, 900, 7):
        detector = ImuEvents(ImuEventSettings(), "foot", "imu")
        for t_s, values in walk[:cut]:
            detector.update(t_s, values)
        detector.reset()
        for i in range(300):
            assert detector.update(walk[cut][0] + 0.01 * i, STILL) == ()


numbers = st.one_of(st.floats(-800.0, 800.0), st.floats(), st.sampled_from([nan, inf, -inf, 0.0, 1e308, -1e308]))
wild_values = st.tuples(*[numbers] * 6)
steps = st.one_of(st.floats(-0.5, 1.0), st.just(0.01), st.sampled_from([0.0, nan, inf, 0.005, 5.0]))
wild = st.lists(st.tuples(steps, wild_values), max_size=120)


@pytest.mark.parametrize("placement", ["foot", "shank"])
@given(walked_s=st.floats(0.0, 6.0), stream=wild)
@example(walked_s=4.0, stream=[(0.01, (1e308,) * 6), (nan, STILL), (-3.0, STILL), (0.01, (nan,) * 6)])
def test_any_sequence_of_samples_is_survived(
    placement: Placement, walked_s: float, stream: list[tuple[float, Values]]
) -> None:
    detector = ImuEvents(ImuEventSettings(), placement, "imu")
    events: list[Event] = []
    t_s = 0.0
    for t_s, values in sampled(walking(placement), walked_s):
        events += detector.update(t_s, values)
    for step_s, values in stream:
        said = detector.update(t_s + step_s, values)
        assert not said or isfinite(step_s)
        events += said
        if isfinite(step_s):
            t_s += step_s
    for later_s, values in sampled(walking(placement), 6.0, start_s=t_s + 1.0):
        events += detector.update(later_s, values)
    check_sane(events)


@example([(0.5, 61.0, 5.0), (0.125, 0.0, 5.0), (0.03125, -345.0, 5.0), (0.5, 61.0, 5.0)])
@given(
    st.lists(st.tuples(st.floats(0.02, 0.6), st.floats(-700.0, 700.0), st.floats(5.0, 15.0)), min_size=1, max_size=60)
)
@example([(0.59375, 75.0, 5.0), (0.15625, 0.0, 9.0), (0.5, -321.0, 5.0)])
@example([(0.12, 515.0, 15.0), (0.43, 12.0, 9.0)])
@example(
    [
        (0.55, 602.0, 11.0), (0.57, 298.0, 8.0), (0.37, 320.0, 12.0), (0.58, -393.0, 14.0), (0.32, 409.0, 7.0),
        (0.19, -281.0, 11.0), (0.32, -172.0, 7.0), (0.27, 618.0, 12.0), (0.47, -7.0, 9.0),
    ]
)  # fmt: skip
def test_any_movement_keeps_the_order_of_events(pieces: list[tuple[float, float, float]]) -> None:
    samples: list[Sample] = []
    t_s = 0.0
    for length_s, peak, acc in pieces:
        for i in range(int(length_s * 100.0)):
            t_s += 0.01
            samples.append((t_s, (acc, 0.0, 0.0, 0.0, 0.0, peak * sin(pi * i / (length_s * 100.0)))))
    for placement in RATES:
        events = detect(samples, placement)
        check_sane(events)
        heels = [event.t_s for event in events if event.kind == EventKind.HO]
        for contact_s in of(events, EventKind.IC):
            assert not any(contact_s <= heel_s < contact_s + 0.1 for heel_s in heels)


def test_a_sample_whose_stamp_does_not_advance_is_ignored() -> None:
    walk = sampled(walking("foot"), 8.0)
    noisy = [s for sample in walk for s in (sample, (sample[0], (0.0,) * 5 + (900.0,)), (sample[0] - 1.0, STILL))]
    assert detect(noisy, "foot") == detect(walk, "foot")


def cautious_step(t_s: float, scale: float) -> Values:
    """A slow shank that is hardly shaken: a step with a cane."""
    _, acc_y, *_, rate = walking("shank", scale, 1.9)(t_s)
    return (0.0, 9.81 + 0.26 * (acc_y - 9.81) / scale, 0.0, 0.0, 0.0, rate)


def test_slow_soft_steps_are_found_from_the_first_on() -> None:
    events = detect(sampled(lambda t_s: cautious_step(t_s, 0.4), 12.6), "shank")
    assert len(of(events, EventKind.FO)) == len(of(events, EventKind.IC)) == 6
    assert max(event.decided_s - event.t_s for event in events if event.kind == EventKind.FO) < 0.4


def landing_after(strides: int, falls_deg: float, placement: Placement) -> tuple[float, list[Event]]:
    """Strides, the last of which ends so: down by `falls_deg` in 50 ms, and creeping up, shaken, never at rest.

    Returns the moment of the highest angle and the contacts from then on.
    """
    walk = walking(placement)
    top_s = 1.0 + (strides - {"foot": 0.4, "shank": 0.3 + 0.045}[placement]) * STRIDE_S

    def motion(t_s: float) -> Values:
        since_s = t_s - top_s
        if since_s < 0.0:
            return walk(t_s)
        rate = -falls_deg * pi / 0.1 * hump(since_s, 0.0, 0.05) + 7.0 * (since_s >= 0.05)
        return (0.0, 9.81 + 3.0, 0.0, 0.0, 0.0, rate)

    events = detect(sampled(motion, top_s + 0.5, 200.0), placement)
    return top_s, [event for event in events if event.kind == EventKind.IC and event.decided_s > top_s - 0.1]


@pytest.mark.parametrize(
    ("placement", "strides", "falls_deg"), [("foot", 1, 1.0), ("foot", 6, 0.75), ("shank", 1, 1.0), ("shank", 6, 0.95)]
)
def test_a_landing_that_hardly_pitches_back_is_told_at_once(
    placement: Placement, strides: int, falls_deg: float
) -> None:
    top_s, told = landing_after(strides, falls_deg, placement)
    assert [event.decided_s - top_s < 0.09 for event in told] == [True]


def test_a_small_swing_lands_sooner_after_its_highest_angle() -> None:
    long_s, short_s = (
        of(detect(sampled(walking("shank", scale), 13.0), "shank"), EventKind.IC)[-1] for scale in (1.0, 0.17)
    )
    assert 0.01 < long_s - short_s < 0.06


def test_who_leans_forward_before_the_first_step_has_not_lifted_the_heel_yet() -> None:
    """The other leg goes first: a quick lean of 10 deg, slower, and then the push-off of this leg."""
    step = walking("shank", start_s=2.0)

    def at(t_s: float) -> Values:
        if t_s < 2.0:
            return (0.0, 9.81, 0.0, 0.0, 0.0, -105.0 * hump(t_s, 1.5, 1.65))
        return step(t_s)

    heel_off = of(detect(sampled(at, 6.0), "shank"), EventKind.HO)
    assert heel_off[0] > 2.0


def toe_first_rate(phase: float) -> float:
    """As `foot_rate`, but the toes land: the foot sinks a little, is turned up flat, and settles on at 4 deg/s."""
    push = 350.0 * hump(phase, 0.45, 0.64) ** 2 + 120.0 * hump(phase, 0.5, 0.64)
    settles = 4.0 if 0.08 <= phase < 0.42 else 0.0
    return (
        204.0 * hump(phase, 0.64, 0.94)
        - 40.0 * hump(phase, 0.94, 1.0)
        + 100.0 * hump(phase, 0.0, 0.08)
        + settles
        - push
    )


def test_a_foot_that_lands_on_its_toes_has_landed_when_it_lies_flat_although_it_settles_on() -> None:
    stride_s, begin = 1.3, 0.4

    def motion(t_s: float) -> Values:
        if t_s < 1.0:
            return STILL
        phase = ((t_s - 1.0) / stride_s + begin) % 1.0
        swing = hump(phase, 0.64, 1.0)
        return (4.0 * swing, 9.81 + 5.0 * swing, 0.0, 0.0, 0.0, toe_first_rate(phase))

    contacts = [one for one in detect(sampled(motion, 14.0, 200.0), "foot") if one.kind == EventKind.IC]
    for k in range(2, 9):
        landed_s = 1.0 + (k + 1.0 - begin) * stride_s
        told = [one for one in contacts if abs(one.t_s - landed_s) <= 0.15]
        assert told
        assert told[-1].decided_s < landed_s + 0.36


@pytest.mark.parametrize("strides", [1, 5])
@pytest.mark.parametrize(
    "landing",
    [
        [(0.0, 0.2, -24.0)],
        [(0.0, 0.2, -34.0)],
        [(0.0, 0.04, -21.0), (0.075, 0.15, -14.0)],
    ],
    ids=["as high as it lay before", "lower than it lay before", "lay flat and was lifted at once"],
)
def test_a_foot_that_taps_where_it_did_not_lie_flat_has_not_left_the_floor(
    strides: int, landing: list[tuple[float, float, float]]
) -> None:
    walk = walking("foot")
    landed_s = 1.0 + (strides - 0.4) * STRIDE_S
    # After a landing it hangs in the air, never still, then goes down and up slowly: start, stop, by how much in deg.
    turns = [*landing, (1.0, 1.2, -25.0), (1.2, 1.8, 25.0)]

    def motion(t_s: float) -> Values:
        after_s = t_s - landed_s
        if after_s < 0.0:
            return walk(t_s)
        rate = 40.0 * sin(2.0 * pi * 6.0 * after_s) if landing[-1][1] < after_s < 1.0 else 0.0
        rate += sum(deg * pi / 2.0 / (stop - start) * hump(after_s, start, stop) for start, stop, deg in turns)
        return (0.0, 9.81, 0.0, 0.0, 0.0, rate)

    events = detect(sampled(motion, landed_s + 2.0, 200.0), "foot")
    assert len(of(events, EventKind.FO)) == strides
