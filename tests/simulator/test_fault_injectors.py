"""What a fault does to values and to time; that it happens on the bench is shown by the fault matrix."""

from itertools import pairwise
from math import isnan
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.schema import FsrSettings
from simulator.clock import VirtualClock
from simulator.faults.clock import Drift, FaultyClock, Halt, Jump, Lag, Stall
from simulator.faults.inject import fsr_injector
from simulator.faults.kinds import KINDS
from simulator.faults.plan import PlannedFault
from simulator.faults.timing import time_faults
from simulator.faults.values import HEEL_TYPES, IMU_TYPES, POSE_TYPES, Six, heel_change, imu_change
from simulator.heel_sensor import FsrModel

TICK_S = 0.005


def moving(t_s: float) -> Six:
    """Six values that differ from each other and from tick to tick, and a temperature."""
    return (*[(i + 1) * (1.0 + t_s) for i in range(6)], 30.0)


@pytest.mark.parametrize("kind", HEEL_TYPES)
def test_a_broken_heel_says_loaded_or_unloaded_and_not_always_the_truth(kind: str) -> None:
    change = heel_change(kind, Random(1))
    said = []
    for k in range(800):
        t_s = k * TICK_S
        true = float(t_s % 1.0 < 0.6)
        values = change(t_s, (true,))
        assert values in ((0.0,), (1.0,))
        said.append(values != (true,))
    assert any(said)


@pytest.mark.parametrize("part", ["acc", "gyr", "imu"])
@pytest.mark.parametrize("kind", [*IMU_TYPES, *POSE_TYPES])
def test_a_broken_imu_changes_its_own_part_and_nothing_else(kind: str, part: str) -> None:
    change = imu_change(kind, part, Random(2))
    changed = [False] * 7
    for k in range(400):
        true = moving(k * TICK_S)
        said = change(k * TICK_S, true)
        assert said is not None
        assert len(said) == 7
        changed = [was or a != b for was, a, b in zip(changed, said, true, strict=True)]
    if kind in POSE_TYPES:
        assert any(changed[:3])
        assert any(changed[3:6])
    else:
        assert all(changed[:3]) == (part != "gyr")
        assert any(changed[:3]) == (part != "gyr")
        assert all(changed[3:6]) == (part != "acc")
        assert any(changed[3:6]) == (part != "acc")
    assert not changed[6]


def test_what_is_delayed_was_true_before() -> None:
    change = imu_change("delayed", "imu", Random(3))
    said = [change(k * TICK_S, moving(k * TICK_S)) for k in range(400)]
    late = {
        k - next(j for j in range(k + 1) if moving(j * TICK_S) == one) for k, one in enumerate(said) if k > 100 and one
    }
    assert len(late) == 1
    assert 0.1 <= late.pop() * TICK_S <= 0.3 + TICK_S


def test_no_number_is_no_number() -> None:
    said = imu_change("nan", "gyr", Random(4))(0.0, moving(0.0))
    assert said is not None
    assert [isnan(one) for one in said] == [False] * 3 + [True] * 3 + [False]


@given(st.integers(0, 1000))
def test_a_slipped_sensor_keeps_the_lengths_of_its_vectors(seed: int) -> None:
    said = imu_change("slipped", "imu", Random(seed))(0.0, moving(0.0))
    assert said is not None
    for first in (0, 3):
        before, after = (sum(one * one for one in v[first : first + 3]) for v in (moving(0.0), said))
        assert after == pytest.approx(before)


def clock_with(*faults: Jump | Halt | Drift | Stall | Lag) -> tuple[FaultyClock, VirtualClock, list[float]]:
    true, moves = VirtualClock(), list[float]()
    clock = FaultyClock(true, moves.append)
    for fault in faults:
        clock.order(fault)
    return clock, true, moves


@pytest.mark.parametrize(
    ("fault", "shown_s"),
    [
        (Jump(1.0, 0.5), 2.5),
        (Jump(1.0, -0.5), 1.5),
        (Halt(1.0, 0.3), 1.7),
        (Halt(1.0, 5.0), 1.0),
        (Drift(1.0, 1.5, 1.1), 2.05),
        (Stall(1.0, 0.5), 2.0),
    ],
)
def test_what_a_faulty_clock_shows_after_two_seconds(fault: Jump | Halt | Drift | Stall, shown_s: float) -> None:
    clock, _, _ = clock_with(fault)
    assert clock.shown_s(0.9) == 0.9
    assert clock.shown_s(2.0) == pytest.approx(shown_s)


def test_a_sleeper_wakes_when_the_clock_shows_his_time() -> None:
    clock, true, moves = clock_with(Jump(1.0, -0.5))
    clock.sleep_until(1.2)
    assert true.now() == pytest.approx(1.2)
    clock.sleep_until(1.2)
    assert clock.now() == pytest.approx(1.2)
    assert true.now() == pytest.approx(1.7)
    assert clock.happened[0] == 1
    assert all(b - a <= 0.0076 for a, b in pairwise(moves))


def test_while_the_clock_stands_still_a_loop_turns_on() -> None:
    clock, true, _ = clock_with(Halt(0.0, 1.0))
    for _ in range(10):
        clock.sleep_until(5.0)
    assert true.now() == pytest.approx(10 * TICK_S)
    assert clock.now() == 0.0


def test_who_is_stalled_wakes_late() -> None:
    clock, true, _ = clock_with(Stall(1.0, 0.2))
    clock.sleep_until(0.995)
    assert true.now() == pytest.approx(0.995)
    clock.sleep_until(1.0)
    assert true.now() == pytest.approx(1.2)
    assert clock.happened[0] == 1


def test_each_fault_of_time_is_counted_for_itself_and_only_where_it_changes_something() -> None:
    clock, true, _ = clock_with()
    clock.order(Stall(1.0, 0.2), 0)
    clock.order(Jump(2.0, 0.5), 1)
    clock.order(Stall(2.4011, 0.002), 2)
    clock.sleep_until(1.0)
    assert [clock.happened[whose] for whose in range(3)] == [1, 0, 0]
    clock.sleep_until(2.4)
    assert true.now() == pytest.approx(2.4)
    assert (clock.happened[1], clock.happened[2]) == (1, 0)
    clock.sleep_until(3.0)
    assert [clock.happened[whose] for whose in range(3)] == [1, 1, 0]


def test_with_a_lag_every_sleep_is_late_whenever_it_begins() -> None:
    clock, true, _ = clock_with(Lag(1.0, 2.0, 0.004))
    for until_s, woken_s in ((0.995, 0.995), (1.0003, 1.0043), (1.0053, 1.0093), (2.001, 2.001)):
        clock.sleep_until(until_s)
        assert true.now() == pytest.approx(woken_s)
    assert clock.happened[0] == 2


@pytest.mark.parametrize("name", KINDS)
def test_the_faults_of_time_are_drawn_from_their_seed_and_no_others_touch_it(name: str) -> None:
    planned = PlannedFault(name, 20.0, 25.0, "7")
    found = time_faults(planned)
    assert found == time_faults(planned)
    assert bool(found) == (KINDS[name].channel in ("clock", "scheduler"))
    assert all(20.0 <= one.at_s <= 26.0 for one in found)


@pytest.mark.parametrize("kind", [kind.type for kind in KINDS.values() if kind.channel == "heel"])
def test_an_fsr_fails_in_every_way_of_a_heel_switch_and_is_whole_again(kind: str) -> None:
    sensor = FsrSettings(kind="fsr", id="heel", side="right")
    sound, broken = FsrModel(sensor, "1"), FsrModel(sensor, "1")
    injector = fsr_injector(PlannedFault(f"heel.{kind}", 2.0, 6.0, "7"), broken, kind)
    differ = {"before": 0, "during": 0, "after": 0}
    for k in range(1, 2000):
        t_s = k * TICK_S
        injector.before(t_s)
        force_n = 600.0 if t_s % 1.0 < 0.6 else 0.0
        for model in (sound, broken):
            model.advance(t_s, force_n)
        when = "before" if t_s < 2.0 else "during" if t_s < 6.0 else "after"
        # What a slow pad remembers is gone a second later, and noise is a hundredth.
        differ[when] += abs(broken.volts() - sound.volts()) > 0.3 and not 6.0 <= t_s < 7.0
    assert (differ["before"], differ["after"]) == (0, 0)
    assert differ["during"] > 10
    assert injector.count > 10


def test_every_kind_says_what_it_means() -> None:
    assert len({kind.meaning + kind.channel for kind in KINDS.values()}) == len(KINDS)
