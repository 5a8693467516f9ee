"""The heel switch model: threshold, hysteresis, bounce (reference 5.10)."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.signals import EventKind
from simulator.patients import PATIENTS
from simulator.person import STANDING_S, Person
from simulator.sensors import HeelModel

FINE_S = 0.0001


def edges_after(model: HeelModel, t_s: float, until_s: float = 0.02) -> list[float]:
    """Times of the edges within `until_s` after `t_s`, with a resolution of 0.1 ms."""
    times = [t_s + k * FINE_S for k in range(round(until_s / FINE_S))]
    states = [model.closed(time) for time in times]
    return [time for time, before, now in zip(times[1:], states, states[1:], strict=False) if before != now]


@given(st.integers(0, 10_000))
def test_bounce_stays_within_its_bounds(seed: int) -> None:
    model = HeelModel(str(seed))
    for step in range(10):
        t_s = step * 0.6
        model.advance(t_s, 0.0)
        model.advance(t_s + 0.001, 400.0)
        closing = edges_after(model, t_s - 0.001)
        assert 1 <= len(closing) <= 6
        assert closing[-1] - closing[0] <= 0.008 + FINE_S
        assert model.closed(t_s + 0.02)
        model.advance(t_s + 0.3, 400.0)
        model.advance(t_s + 0.301, 0.0)
        opening = edges_after(model, t_s + 0.299)
        assert 1 <= len(opening) <= 3
        assert not model.closed(t_s + 0.33)


def test_closings_do_bounce() -> None:
    counts = set()
    for seed in range(30):
        model = HeelModel(str(seed))
        model.advance(0.0, 0.0)
        model.advance(0.001, 400.0)
        counts.add(len(edges_after(model, -0.001)))
    assert counts >= {1, 3}


def test_openings_bounce_at_times() -> None:
    counts = set()
    for seed in range(30):
        model = HeelModel(str(seed))
        model.advance(0.0, 400.0)
        model.advance(0.001, 0.0)
        counts.add(len(edges_after(model, -0.001)))
    assert counts == {1, 3}


def test_the_foot_slides_in_the_shoe_so_each_step_closes_at_another_force() -> None:
    model, closes_at = HeelModel("1"), []
    for step in range(40):
        force_n, t_s = 10.0, step * 20.0
        while True:
            t_s, force_n = t_s + 0.05, force_n + 0.5
            model.advance(t_s, force_n)
            if model.closed(t_s + 0.02):
                break
        closes_at.append(force_n)
        model.advance(t_s + 0.1, 0.0)
    assert 20.0 <= min(closes_at) < 25.0
    assert 35.0 < max(closes_at) <= 40.0


@given(st.integers(0, 1000))
def test_it_closes_at_20_to_40_n_and_opens_lower(seed: int) -> None:
    model = HeelModel(str(seed))
    closed_at = opened_at = None
    force_n, t_s = 0.0, 0.0
    while closed_at is None:
        t_s, force_n = t_s + 0.05, force_n + 0.5
        model.advance(t_s, force_n)
        closed_at = force_n if model.closed(t_s + 0.02) else None
    while opened_at is None:
        t_s, force_n = t_s + 0.05, force_n - 0.5
        model.advance(t_s, force_n)
        opened_at = None if model.closed(t_s + 0.02) else force_n
    assert 20.0 <= closed_at <= 40.0
    assert 0.0 < opened_at <= closed_at - 9.0


@given(st.lists(st.floats(0.0, 800.0), max_size=50), st.integers(0, 100))
def test_without_bounce_left_it_agrees_with_the_force(forces: list[float], seed: int) -> None:
    model = HeelModel(str(seed))
    for k, force_n in enumerate([*forces, 0.0, 500.0]):
        model.advance(k * 0.1, force_n)
        if force_n > 40.0:
            assert model.closed(k * 0.1 + 0.02)
        if force_n < 1.0:
            assert not model.closed(k * 0.1 + 0.02)


def test_the_first_force_sets_the_contact_without_bounce() -> None:
    model = HeelModel("1")
    model.advance(0.0, 200.0)
    assert model.closed(0.0)
    assert edges_after(model, 0.0) == []


def heel_delays_ms(walker: Person, seed: str) -> list[float]:
    """From true IC to the first closing of the heel, for each step of the right leg."""
    model = HeelModel(seed)
    rises: list[float] = []
    was = True
    for k in range(25000):
        t_s = k / 1000.0
        walker.advance(t_s)
        model.advance(t_s, walker.heel_force_n("right"))
        now = model.closed(t_s)
        if now and not was:
            rises.append(t_s)
        was = now
    contacts = [event.t_s for event in walker.truth("right") if event.kind is EventKind.IC]
    return [1000.0 * (next(t_s for t_s in rises if t_s > contact - 0.05) - contact) for contact in contacts]


@pytest.mark.parametrize(("patient", "speed", "low", "high"), [("healthy", 0.9, -3, 8), ("drag", 0.5, 8, 60)])
def test_the_heel_closes_late_when_the_toes_land_first(
    person: Callable[..., Person], patient: str, speed: float, low: float, high: float
) -> None:
    delays = heel_delays_ms(person(patient, speed), "1")
    assert len(delays) > 8
    assert all(low <= delay <= high for delay in delays)


@pytest.mark.parametrize(("reaches", "closes"), [(1.0, True), (0.0, False)])
def test_a_heel_that_never_reaches_the_ground_never_closes_the_contact(reaches: float, closes: bool) -> None:
    patient = PATIENTS["drag"]._replace(heel_reaches=reaches)
    walker, model = Person(patient, frozenset({"right"}), 0.6, 75.0, 1), HeelModel("1")
    closed = []
    for k in range(6000):
        t_s = k / 500.0
        walker.advance(t_s)
        model.advance(t_s, walker.heel_force_n("right"))
        if t_s > STANDING_S + 3.0:
            closed.append(model.closed(t_s))
    assert sum(swing.contact == "toe" for swing in walker.swings("right")) >= 4
    assert any(closed) is closes


@pytest.mark.parametrize("seed", ["1", "2", "3"])
def test_a_heel_that_stays_below_the_threshold_never_closes(seed: str) -> None:
    model = HeelModel(seed)
    for k in range(2000):
        model.advance(k * 0.005, 10.0 + 9.0 * (k % 200 > 120))
        assert not model.closed(k * 0.005)


def test_a_heel_that_never_unloads_keeps_the_contact_closed_or_lets_it_open_at_times() -> None:
    openings = {}
    for floor_n in (0.0, 15.0, 40.0):
        model = HeelModel("1", floor_n=floor_n)
        count, was = 0, False
        for k in range(6000):
            t_s = k * 0.005
            model.advance(t_s, 400.0 if k % 200 < 120 else 0.0)
            now = model.closed(t_s)
            count += was and not now
            was = now
        openings[floor_n] = count
    assert openings[0.0] >= 30
    assert 0 < openings[15.0] < 30, "it opens between 0 and 30 N"
    assert openings[40.0] == 0


@pytest.mark.parametrize("stuck", [True, False])
def test_a_stuck_contact_says_the_same_whatever_the_force(stuck: bool) -> None:
    model = HeelModel("1")
    model.advance(0.0, 0.0)
    model.stuck = stuck
    for k in range(1, 400):
        model.advance(k * 0.005, 400.0 * (k // 100 % 2))
        assert model.closed(k * 0.005) is stuck
    model.mend()
    model.advance(2.1, 400.0)
    assert model.closed(2.15)
    model.advance(2.2, 0.0)
    assert not model.closed(2.25)


def interrupted(seed: str, seconds: float = 60.0) -> list[bool]:
    """A loaded heel behind a loose wire, at 200 Hz."""
    model = HeelModel(seed)
    model.advance(0.0, 400.0)
    model.loosen(breaks_per_s=2.0, open_s=(0.01, 0.2))
    seen = []
    for k in range(1, round(seconds * 200)):
        model.advance(k / 200.0, 400.0)
        assert model.closed(k / 200.0) == model.connected(k / 200.0)
        seen.append(model.closed(k / 200.0))
    return seen


def test_a_loose_wire_opens_a_loaded_contact_at_random_and_the_same_way_for_a_seed() -> None:
    seen = interrupted("1")
    breaks = sum(before and not now for before, now in pairwise(seen))
    assert 60 <= breaks <= 140, "about 2 a second of contact"
    assert 0.08 <= 1.0 - sum(seen) / len(seen) <= 0.30
    assert interrupted("1") == seen != interrupted("2")


def test_a_loose_wire_never_closes_an_unloaded_contact_and_does_not_change_the_bounce() -> None:
    sound, loose = HeelModel("7"), HeelModel("7")
    loose.loosen()
    for k in range(20000):
        t_s = k * 0.001
        force_n = 300.0 if k % 1000 < 600 else 0.0
        sound.advance(t_s, force_n)
        loose.advance(t_s, force_n)
        assert not loose.closed(t_s) or sound.closed(t_s)


@pytest.mark.parametrize(("rate", "times"), [(0.0, (0.01, 0.1)), (2.0, (0.0, 0.1)), (2.0, (0.2, 0.1))])
def test_a_loose_wire_needs_sense(rate: float, times: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="loose wire"):
        HeelModel("1").loosen(rate, times)


def closings_in_swing(slides_per_s: float) -> int:
    """Closings of the contact while a healthy foot is in the air, over 40 s of walking."""
    walker, model = Person(PATIENTS["healthy"], frozenset({"right"}), 1.2, 75.0, 1), HeelModel("1")
    if slides_per_s:
        model.sliding.begin(slides_per_s)
    seen = []
    for k in range(8000):
        t_s = k * 0.005
        walker.advance(t_s)
        model.advance(t_s, walker.heel_force_n("right"))
        seen.append((t_s, model.closed(t_s)))
    swings = [(swing.foot_off_s, swing.initial_contact_s - 0.03) for swing in walker.swings("right")]
    rises = [late_s for (_, before), (late_s, now) in pairwise(seen) if now and not before]
    return sum(any(start < t_s < end for start, end in swings) for t_s in rises)


def test_a_foot_that_slides_in_the_shoe_closes_the_contact_in_swing() -> None:
    assert closings_in_swing(0.0) == 0
    assert closings_in_swing(2.0) >= 5


@pytest.mark.parametrize("pushes_per_s", [0.0, -1.0, float("nan"), float("inf")])
def test_sliding_needs_sense(pushes_per_s: float) -> None:
    with pytest.raises(ValueError, match="sliding foot"):
        HeelModel("1").sliding.begin(pushes_per_s)


def test_behind_a_loose_wire_the_contact_itself_is_as_it_was() -> None:
    model = HeelModel("1")
    model.advance(0.0, 400.0)
    model.loosen()
    for k in range(1, 4000):
        model.advance(k * 0.005, 400.0)
        assert model.contact(k * 0.005)
        assert model.closed(k * 0.005) is model.connected(k * 0.005)
