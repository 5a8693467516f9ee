"""Absolute deadlines: never early, never twice, a missed one skipped and counted, no drift."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.clock import MonotonicClock
from runtime.deadlines import Deadlines, Wake
from simulator.clock import VirtualClock

FLOAT_NOISE_S = 1e-9


class SleepyClock:
    """Virtual time that passes by sleeping, by oversleeping and by work."""

    def __init__(self, start_s: float) -> None:
        self.t_s = start_s
        self.oversleep_s = 0.0

    def now(self) -> float:
        return self.t_s

    def sleep_until(self, t_s: float) -> None:
        self.t_s = max(self.t_s, t_s) + self.oversleep_s


# Lengths of work and oversleeping in periods; whole numbers of them land on the deadlines themselves.
PERIODS = st.one_of(st.just(0.0), st.floats(0.0, 5.0), st.integers(0, 4).map(float))


@given(
    start_s=st.floats(0.0, 1e6),
    rate_hz=st.integers(100, 1000),
    turns=st.lists(st.tuples(PERIODS, PERIODS), min_size=1, max_size=40),
)
def test_every_deadline_is_met_late_or_skipped_and_counted(
    start_s: float, rate_hz: int, turns: list[tuple[float, float]]
) -> None:
    clock = SleepyClock(start_s)
    deadlines = Deadlines(clock, rate_hz)
    period_s = deadlines.period_s
    last_tick = -1
    for work, oversleep in turns:
        clock.t_s += work * period_s
        clock.oversleep_s = oversleep * period_s
        asked_s = clock.t_s
        wake = deadlines.wait()
        due_s = start_s + wake.tick * period_s
        assert wake.t_s == clock.t_s >= due_s
        assert wake.late_s == wake.t_s - due_s
        assert wake.tick > last_tick
        assert wake.skipped == wake.tick - last_tick - 1
        if wake.skipped:
            assert asked_s >= due_s - FLOAT_NOISE_S, "skipped a deadline that could be met"
        assert asked_s < due_s + period_s + FLOAT_NOISE_S, "caught up a deadline that was past by a whole period"
        last_tick = wake.tick


@pytest.mark.parametrize("start_s", [0.0, 0.1, 12345.678901, 3.1e6])
@pytest.mark.parametrize("rate_hz", [300, 1000])
def test_a_hundred_thousand_ticks_do_not_drift(start_s: float, rate_hz: int) -> None:
    deadlines = Deadlines(VirtualClock(start_s), rate_hz)
    for k in range(100_000):
        wake = deadlines.wait()
        if wake != (k, wake.t_s, 0.0, 0) or abs(wake.t_s - (start_s + k / rate_hz)) > FLOAT_NOISE_S:
            pytest.fail(f"tick {k} woke as {wake}")


def test_a_stall_of_many_periods_costs_its_ticks_and_no_more() -> None:
    clock = VirtualClock(50.0)
    deadlines = Deadlines(clock, 200)
    assert deadlines.wait() == Wake(0, 50.0, 0.0, 0)
    clock.sleep_until(50.0525)
    late = deadlines.wait()
    assert (late.tick, late.skipped) == (10, 9)
    assert late.late_s == pytest.approx(0.0025)
    after = deadlines.wait()
    assert (after.tick, after.skipped, after.late_s) == (11, 0, 0.0)


def test_the_real_clock_keeps_the_order() -> None:
    clock = MonotonicClock()
    start_s = clock.now()
    deadlines = Deadlines(clock, 200)
    wakes = [deadlines.wait()]
    while clock.now() < start_s + 0.3:
        wakes.append(deadlines.wait())
    assert all(later.tick == earlier.tick + 1 + later.skipped for earlier, later in pairwise(wakes))
    assert all(later.t_s > earlier.t_s for earlier, later in pairwise(wakes))
    assert all(wake.t_s >= start_s + wake.tick / 200 - 1e-6 for wake in wakes)
    assert wakes[-1].tick + 1 == len(wakes) + sum(wake.skipped for wake in wakes)
