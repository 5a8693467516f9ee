"""Dynamic enable and pulse trains: the trigger driver on pins, judged by the log of the device behind them."""

from itertools import pairwise
from typing import Any, Literal

import pytest
from gpiozero import OutputDevice
from gpiozero.pins.mock import MockFactory

from config.schema import TriggerSettings
from controller.signals import Contact, Pulses
from drivers.errors import DeviceBusy, UnsafeSettings
from drivers.trigger import Trigger
from drivers.trigger_train import EDGE_S, EdgeTrain
from simulator.clock import VirtualClock
from simulator.wired.charge_pump import DROP_OUT_S
from simulator.wired.trigger import TriggerDevice

Safe = Literal["open", "closed"]
ON, OFF = Contact("right.dorsiflexors", True), Contact("right.dorsiflexors", False)

PLACES: tuple[tuple[Safe, str], ...] = (
    ("open", "electrode_path"),
    ("open", "series"),
    ("closed", "electrode_path"),
    ("closed", "parallel"),
)
"""Every place of the enable's contact that the config allows."""


class Bench:
    """Driver and device on virtual pins and virtual time; `pulses` are those that reached the electrodes."""

    def __init__(self, safe: Safe = "open", rate_hz: float = 40.0, tick_s: float = 0.005, **changes: Any) -> None:  # noqa: ANN401
        self.clock = VirtualClock(100.0)
        self.factory = MockFactory()
        self.settings = TriggerSettings.model_validate(
            {"kind": "trigger", "pin": 22, "safe_contact": safe, "contact_when_low": safe, **changes}
        )
        self.pulses: list[float] = []
        self.device = TriggerDevice(
            self.settings, self.factory, self.clock, lambda t_s, *_: self.pulses.append(t_s), current_ma=30.0
        )
        self.driver = Trigger(self.settings, self.factory, self.clock, rate_hz)
        self.tick_s = tick_s

    def open(self) -> "Bench":
        self.driver.open()
        self.tick(OFF, 0.2)
        return self

    def tick(self, command: Contact | Pulses, seconds: float) -> None:
        for _ in range(round(seconds / self.tick_s)):
            self.driver.apply(command)
            self.dead(self.tick_s)

    def dead(self, seconds: float) -> None:
        """Time passes and nobody ticks."""
        for _ in range(max(1, round(seconds / 0.005))):
            self.clock.advance(min(seconds, 0.005))
            self.device.advance(self.clock.now())

    @property
    def problem(self) -> str:
        return self.driver.status().problem


def enabled(safe: Safe, place: str) -> Bench:
    return Bench(safe, enable_pin=23, enable_contact=place)


@pytest.mark.parametrize(("safe", "place"), PLACES)
def test_with_its_enable_it_stimulates_when_told_and_only_then(safe: Safe, place: str) -> None:
    bench = enabled(safe, place).open()
    assert bench.device.pump is not None
    assert bench.device.pump.energised
    assert not bench.device.stimulating
    begin_s = bench.clock.now()
    bench.tick(ON, 0.5)
    assert bench.device.stimulating
    bench.tick(OFF, 0.5)
    assert not bench.device.stimulating
    assert len([t_s for t_s in bench.pulses if t_s < begin_s + 0.5]) == pytest.approx(20, abs=1)
    assert bench.problem == ""


@pytest.mark.parametrize(("safe", "place"), PLACES)
@pytest.mark.parametrize("burst_s", [0.0, 0.005, 0.3, 1.0])
def test_a_host_that_dies_stimulates_no_longer_than_the_pump_holds(safe: Safe, place: str, burst_s: float) -> None:
    bench = enabled(safe, place).open()
    bench.tick(ON, burst_s)
    died_s = bench.clock.now()
    bench.dead(5.0)
    assert not bench.device.stimulating
    # The device's own falling ramp of 0.2 s follows where the jack ends the burst.
    ramp_s = 0.0 if place == "electrode_path" else 0.2
    assert [t_s for t_s in bench.pulses if t_s > died_s + DROP_OUT_S + ramp_s + 0.001] == []


@pytest.mark.parametrize(("safe", "place"), PLACES)
@pytest.mark.parametrize("level", [True, False])
def test_pins_that_stay_where_they_are_release_the_enable(safe: Safe, place: str, level: bool) -> None:
    bench = enabled(safe, place).open()
    assert bench.device.pump is not None
    bench.tick(ON, 0.3)
    bench.device.pump.pin.held = level
    stuck_s = bench.clock.now()
    bench.tick(ON, 1.0)
    assert not bench.device.stimulating
    assert "GPIO 23 (enable) is" in bench.problem
    bench.device.pump.pin.held = None
    bench.tick(OFF, 0.1)
    bench.tick(ON, 1.0)
    assert not bench.device.stimulating
    assert [t_s for t_s in bench.pulses if t_s > stuck_s + DROP_OUT_S + 0.2 + 0.001] == []


FAULTS = ["pin fails", "pin fails once", "pin held on", "pin held off", "enable fails", "host dies", "stop", "pulses"]
STEPS = {"idle": 0.0, "first tick": 0.005, "in the burst": 0.3, "late in the burst": 1.5}


def happen(bench: Bench, fault: str) -> None:
    assert bench.device.pump is not None
    match fault:
        case "pin fails":
            bench.device.fail(RuntimeError("bad handle"))
        case "pin fails once":
            bench.device.fail(RuntimeError("bad handle"), times=1)
        case "pin held on" | "pin held off":
            bench.device.short(fault == "pin held on")
        case "enable fails":
            bench.device.pump.pin.error, bench.device.pump.pin.times_left = RuntimeError("bad handle"), 1_000_000
        case "host dies":
            bench.dead(1.0)
        case "stop":
            bench.driver.stop()
        case "pulses":
            bench.driver.apply(Pulses(()))


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(("safe", "place"), PLACES)
def test_every_fault_at_every_step_ends_the_output_and_stays(fault: str, step: str, safe: Safe, place: str) -> None:
    bench = enabled(safe, place).open()
    bench.tick(ON, STEPS[step])
    begin_s = bench.clock.now()
    happen(bench, fault)
    if fault == "pin held on":
        # Nobody can see it while the command is on too.
        bench.tick(ON, 0.1)
        begin_s = bench.clock.now()
        bench.tick(OFF, 0.15)
    bench.tick(OFF if step == "idle" else ON, 0.15)
    if fault != "host dies" or step != "idle":
        bench.tick(ON, 1.0)
    ramp_s = 0.0 if place == "electrode_path" else 0.2
    if fault == "host dies":
        late = [t_s for t_s in bench.pulses if begin_s + DROP_OUT_S + ramp_s + 0.001 < t_s < begin_s + 1.0]
    else:
        # With the trigger pin held on by a short circuit, the enable is all that is left.
        late = [t_s for t_s in bench.pulses if t_s > begin_s + 0.15 + ramp_s]
        if step == "idle" and fault in ("stop", "pulses"):
            # A command that was off releases these; what comes later is a new burst.
            late = [t_s for t_s in late if t_s < begin_s + 0.15]
        else:
            assert bench.problem
    assert late == []


@pytest.mark.parametrize("safe", ["open", "closed"])
def test_a_kernel_that_keeps_the_last_level_is_no_danger_with_an_enable(safe: Safe) -> None:
    place = "series" if safe == "open" else "parallel"
    plain, guarded = Bench(safe).open(), enabled(safe, place).open()
    for bench in (plain, guarded):
        bench.tick(ON, 0.3)
        bench.dead(2.0)
    assert plain.device.stimulating
    assert not guarded.device.stimulating


@pytest.mark.parametrize(("safe", "place"), PLACES)
def test_a_ramp_that_was_cut_off_by_a_stall_does_not_go_on_after_it(safe: Safe, place: str) -> None:
    bench = enabled(safe, place).open()
    bench.tick(ON, 0.5)
    bench.dead(0.5)
    put_out = len(bench.pulses)
    bench.tick(OFF, 1.0)
    assert len(bench.pulses) == put_out
    bench.tick(ON, 0.5)
    assert len(bench.pulses) > put_out


@pytest.mark.parametrize("safe", ["open", "closed"])
@pytest.mark.parametrize("off_s", [0.0, 0.005, 0.02, 0.1])
@pytest.mark.parametrize("stall_s", [0.07, 0.09, 0.12])
def test_a_ramp_that_a_short_stall_cut_off_in_or_after_the_burst_does_not_go_on(
    safe: Safe, off_s: float, stall_s: float
) -> None:
    bench = enabled(safe, "electrode_path").open()
    bench.tick(ON, 0.5)
    bench.tick(OFF, off_s)
    bench.dead(stall_s)
    put_out = len(bench.pulses)
    bench.tick(OFF, 1.0)
    assert len(bench.pulses) == put_out


def test_a_stall_long_after_the_burst_costs_the_next_one_nothing() -> None:
    bench = enabled("open", "electrode_path").open()
    bench.tick(ON, 0.5)
    bench.tick(OFF, 0.3)
    bench.dead(0.12)
    bench.tick(OFF, 0.03)
    put_out = len(bench.pulses)
    bench.tick(ON, 0.1)
    assert len(bench.pulses) > put_out


def test_a_burst_that_is_still_wanted_after_a_stall_goes_on() -> None:
    bench = enabled("open", "electrode_path").open()
    bench.tick(ON, 0.5)
    bench.dead(0.15)
    put_out = len(bench.pulses)
    bench.tick(ON, 0.1)
    assert len(bench.pulses) > put_out


def test_series_where_an_open_contact_stimulates_is_refused_by_the_driver_too() -> None:
    settings = enabled("closed", "electrode_path").settings.model_copy(update={"enable_contact": "series"})
    with pytest.raises(UnsafeSettings, match="must not be in series"):
        Trigger(settings, MockFactory(), VirtualClock()).open()


def test_an_enable_pin_in_use_is_refused_and_leaves_nothing_claimed() -> None:
    bench = enabled("open", "series")
    other = OutputDevice(23, pin_factory=bench.factory)
    with pytest.raises(DeviceBusy, match="GPIO 23"):
        bench.driver.open()
    other.close()
    bench.driver.open()
    bench.driver.close()


def test_open_and_close_make_no_edge_and_leave_both_pins_low() -> None:
    bench = enabled("open", "series").open()
    assert bench.device.pump is not None
    bench.tick(ON, 0.3)
    bench.driver.close()
    assert not bench.factory.pin(22).state
    assert not bench.factory.pin(23).state
    bench.dead(DROP_OUT_S + 0.005)
    assert not bench.device.pump.energised
    bench.driver.open()
    bench.dead(1.0)
    assert not bench.device.pump.energised


@pytest.mark.parametrize("tick_s", [0.01, 0.005, 0.002, 0.001])
@pytest.mark.parametrize("rate_hz", [10.0, 33.3, 40.0, 50.0])
def test_a_train_makes_one_pulse_for_each_edge_at_the_asked_rate(rate_hz: float, tick_s: float) -> None:
    bench = Bench(mode="pulse_train", rate_hz=rate_hz, tick_s=tick_s).open()
    begin_s = bench.clock.now()
    bench.tick(ON, 1.9)
    bench.tick(OFF, 1.0)
    gaps = [b - a for a, b in pairwise(bench.pulses)]
    assert bench.pulses[0] == pytest.approx(begin_s, abs=1e-6)
    assert bench.pulses[-1] < begin_s + 1.9
    mean_s = (bench.pulses[-1] - bench.pulses[0]) / len(gaps)
    assert 1.0 / mean_s == pytest.approx(rate_hz, rel=max(0.01, 0.5 * tick_s / 1.8))
    assert min(gaps) > 1.0 / rate_hz - tick_s - 1e-6
    [(start_s, stop_s)] = bench.device.bursts()
    assert stop_s - start_s == pytest.approx(1.9, abs=0.12)


@pytest.mark.parametrize("burst_s", [0.005, 0.03, 0.3])
def test_a_dead_host_makes_no_pulse_more_in_a_train(burst_s: float) -> None:
    bench = Bench(mode="pulse_train").open()
    bench.tick(ON, burst_s)
    count = len(bench.pulses)
    assert count > 0
    bench.dead(3.0)
    assert len(bench.pulses) == count


def test_a_train_after_late_ticks_makes_up_for_none() -> None:
    bench = Bench(mode="pulse_train").open()
    bench.tick(ON, 0.3)
    bench.dead(0.2)
    late_s = bench.clock.now()
    bench.tick(ON, 0.1)
    assert len([t_s for t_s in bench.pulses if t_s >= late_s - 1e-9]) <= 5


def test_a_train_that_begins_again_keeps_its_rate() -> None:
    bench = Bench(mode="pulse_train").open()
    for _ in range(10):
        bench.tick(ON, 0.01)
        bench.tick(OFF, 0.005)
    assert min(b - a for a, b in pairwise(bench.pulses)) > 0.025 - 0.005 - 1e-6
    assert len(bench.pulses) > 3


def test_stop_ends_the_square_wave_low() -> None:
    bench = enabled("open", "series").open()
    bench.tick(ON, 0.305)
    assert bench.factory.pin(23).state
    bench.driver.stop()
    assert not bench.factory.pin(23).state


def test_an_edge_lasts_long_enough_for_the_relay_and_ends_with_the_train() -> None:
    train = EdgeTrain(40.0)
    levels = [(i * 0.001, train.level(i * 0.001, on=True)) for i in range(27)]
    high = [t_s for t_s, level in levels if level]
    assert high[:4] == [0.0, 0.001, 0.002, 0.003]
    assert high[4] == pytest.approx(0.025)
    assert EDGE_S <= 0.004
    assert train.level(0.027, on=True)
    assert not train.level(0.028, on=False)
