"""The virtual trigger stimulator: its contact, its ramps, its pulses and its time-out, without the driver."""

from itertools import pairwise
from typing import Literal

import pytest
from gpiozero import OutputDevice
from gpiozero.pins.mock import MockFactory

from config.schema import TriggerSettings
from simulator.clock import VirtualClock
from simulator.wired.trigger import TriggerDevice

State = Literal["open", "closed"]


class Bench:
    """The device, and a bare output in place of the driver."""

    def __init__(self, safe: State = "open", low: State = "open") -> None:
        self.clock = VirtualClock(0.0)
        factory = MockFactory()
        settings = TriggerSettings.model_construct(
            id="main", kind="trigger", pin=16, safe_contact=safe, contact_when_low=low
        )
        self.pulses: list[tuple[float, float, float]] = []
        self.device = TriggerDevice(settings, factory, self.clock, lambda *pulse: self.pulses.append(pulse))
        self.output = OutputDevice(16, pin_factory=factory)

    def hold(self, high: bool, seconds: float) -> None:
        self.output.value = high
        for _ in range(round(seconds / 0.005)):
            self.clock.advance(0.005)
            self.device.advance(self.clock.now())


@pytest.mark.parametrize(
    ("safe", "low", "high_stimulates"),
    [("open", "open", True), ("closed", "closed", True), ("open", "closed", False), ("closed", "open", False)],
)
def test_it_stimulates_when_its_contact_is_not_the_safe_one(safe: State, low: State, high_stimulates: bool) -> None:
    bench = Bench(safe, low)
    bench.hold(True, 0.1)
    assert bench.device.stimulating is high_stimulates
    bench.hold(False, 0.1)
    assert bench.device.stimulating is not high_stimulates


def test_the_log_has_the_edges_and_the_bursts_with_the_clocks_time() -> None:
    bench = Bench()
    bench.hold(False, 1.0)
    bench.hold(True, 0.5)
    bench.hold(False, 1.0)
    bench.hold(True, 0.25)
    assert [on for _, on in bench.device.edges] == [True, False, True]
    assert [t_s for t_s, _ in bench.device.edges] == pytest.approx([1.0, 1.5, 2.5])
    assert [t_s for burst in bench.device.bursts() for t_s in burst] == pytest.approx([1.0, 1.5, 2.5, 2.75])


def test_a_released_pin_falls_low_by_its_pull_down() -> None:
    bench = Bench()
    bench.hold(True, 0.1)
    bench.output.close()
    assert not bench.device.stimulating


def test_pulses_rise_stay_and_fall() -> None:
    bench = Bench()
    bench.hold(True, 1.0)
    bench.hold(False, 1.0)
    times = [t for t, _, _ in bench.pulses]
    assert all(b - a == pytest.approx(0.025) for a, b in pairwise(times))
    assert {width for _, _, width in bench.pulses} == {300.0}
    for t_s, current_ma, _ in bench.pulses:
        expected = min(t_s / 0.2, 1.0) if t_s <= 1.0 else 1.0 - (t_s - 1.0) / 0.2
        assert current_ma == pytest.approx(30.0 * expected, abs=1e-6)
    assert times[-1] < 1.2
    assert bench.device.pulses == len(bench.pulses)


def test_pulses_do_not_depend_on_how_often_it_is_advanced() -> None:
    fine, coarse = Bench(), Bench()
    for high, seconds in ((True, 0.7), (False, 0.1), (True, 0.4), (False, 2.0)):
        fine.hold(high, seconds)
        coarse.output.value = high
        coarse.clock.advance(seconds)
    coarse.device.advance(coarse.clock.now())
    assert [p[0] for p in coarse.pulses] == pytest.approx([p[0] for p in fine.pulses])
    assert [p[1] for p in coarse.pulses] == pytest.approx([p[1] for p in fine.pulses], abs=1e-6)


def test_its_own_time_out_ends_a_burst_until_the_contact_was_released() -> None:
    bench = Bench()
    bench.hold(True, 10.0)
    last_s = bench.pulses[-1][0]
    assert 3.0 < last_s < 3.2
    bench.hold(False, 0.5)
    bench.hold(True, 0.5)
    assert bench.pulses[-1][0] > 10.9


def test_a_pin_that_is_already_claimed_is_refused() -> None:
    factory = MockFactory()
    OutputDevice(16, pin_factory=factory)
    settings = TriggerSettings(kind="trigger", pin=16, safe_contact="open")
    with pytest.raises(TypeError, match="before the driver opens it"):
        TriggerDevice(settings, factory, VirtualClock(100.0), lambda *_: None)
