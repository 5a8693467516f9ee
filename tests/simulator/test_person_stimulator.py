"""The virtual pulse stimulator: what it puts out, what it refuses, its log."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.limits import HARD_MAX_CHARGE_UC, HARD_MAX_CURRENT_MA, HARD_MAX_PULSE_WIDTH_US, HARD_MAX_RATE_HZ
from config.schema import Side
from controller.signals import Contact, Pulses, PulseTrain
from drivers.interfaces import Stimulator
from simulator.bench_stimulator import BenchStimulator
from simulator.clock import VirtualClock

TRAIN = PulseTrain("dorsiflexors", 1, 25.0, 300.0, 40.0, due=True)


def changed(field: str, value: float) -> PulseTrain:
    """The train with one number changed."""
    return {
        "current_ma": TRAIN._replace(current_ma=value),
        "pulse_width_us": TRAIN._replace(pulse_width_us=value),
        "rate_hz": TRAIN._replace(rate_hz=value),
    }[field]


class Bench:
    """A stimulator with two outputs, and what reached the person."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.felt: list[tuple[Side, str, float, float]] = []
        outputs: dict[int, tuple[Side, str]] = {1: ("right", "dorsiflexors"), 2: ("left", "dorsiflexors")}
        self.device = BenchStimulator(outputs, self.clock, lambda *pulse: self.felt.append(pulse))
        self.device.open()

    def put_out(self, *trains: PulseTrain, at_s: float = 0.0) -> None:
        self.clock.sleep_until(at_s)
        self.device.apply(Pulses(trains))


def test_one_due_train_is_one_pulse() -> None:
    bench = Bench()
    bench.put_out(TRAIN, TRAIN._replace(output=2, current_ma=20.0), at_s=1.0)
    bench.put_out(TRAIN._replace(due=False), at_s=1.005)
    assert bench.felt == [("right", "dorsiflexors", 25.0, 300.0), ("left", "dorsiflexors", 20.0, 300.0)]
    assert [(pulse.t_s, pulse.side, pulse.current_ma) for pulse in bench.device.pulses] == [
        (1.0, "right", 25.0),
        (1.0, "left", 20.0),
    ]
    assert bench.device.status().problem == ""


def test_silence_is_off() -> None:
    bench = Bench()
    bench.put_out(TRAIN)
    bench.clock.sleep_until(10.0)
    bench.device.status()
    bench.device.apply(Pulses(()))
    assert len(bench.felt) == 1


@given(
    st.sampled_from(["current_ma", "pulse_width_us", "rate_hz"]),
    st.one_of(
        st.sampled_from([float("nan"), float("inf"), float("-inf"), -1e-9]),
        st.floats(max_value=-1e-9),
        st.floats(min_value=HARD_MAX_PULSE_WIDTH_US + 1e-6),
    ),
    st.booleans(),
)
def test_nothing_beyond_the_caps_or_not_finite_gets_out(field: str, value: float, due: bool) -> None:
    bench = Bench()
    bench.put_out(TRAIN._replace(output=2), changed(field, value)._replace(due=due))
    assert bench.felt == []
    assert "output off" in bench.device.status().problem
    bench.put_out(TRAIN, at_s=1.0)
    assert bench.felt == [], "off until it is opened again"
    bench.device.open()
    bench.put_out(TRAIN, at_s=2.0)
    assert len(bench.felt) == 1


@pytest.mark.parametrize(
    ("train", "fine"),
    [
        (TRAIN._replace(current_ma=HARD_MAX_CURRENT_MA), True),
        (TRAIN._replace(current_ma=HARD_MAX_CURRENT_MA + 0.001), False),
        (TRAIN._replace(pulse_width_us=HARD_MAX_PULSE_WIDTH_US), True),
        (TRAIN._replace(pulse_width_us=HARD_MAX_PULSE_WIDTH_US + 0.001), False),
        (TRAIN._replace(rate_hz=HARD_MAX_RATE_HZ), True),
        (TRAIN._replace(rate_hz=HARD_MAX_RATE_HZ + 0.001), False),
        (TRAIN._replace(current_ma=50.0, pulse_width_us=20.0 * HARD_MAX_CHARGE_UC), True),
        (TRAIN._replace(current_ma=50.01, pulse_width_us=20.0 * HARD_MAX_CHARGE_UC), False),
        (TRAIN._replace(output=3), False),
    ],
)
def test_the_caps_themselves_are_allowed(train: PulseTrain, fine: bool) -> None:
    bench = Bench()
    bench.put_out(train)
    assert (len(bench.felt) == 1) == fine
    assert (bench.device.status().problem == "") == fine


def test_pulses_faster_than_they_claim_are_refused() -> None:
    bench = Bench()
    for k in range(200):
        bench.put_out(TRAIN, at_s=k * 0.005)
    assert len(bench.felt) == 51
    assert "more than 50 pulses in a second" in bench.device.status().problem


@pytest.mark.parametrize("rate_hz", [10.0, 40.0, 50.0])
def test_allowed_rates_go_on_until_the_longest_burst(rate_hz: float) -> None:
    bench = Bench()
    for k in range(round(3.0 * rate_hz)):
        bench.put_out(TRAIN._replace(rate_hz=rate_hz), at_s=k / rate_hz)
    assert "burst longer than 2 s" in bench.device.status().problem
    assert bench.device.pulses[-1].t_s == pytest.approx(2.0, abs=0.11)


def test_bursts_are_told_apart_by_their_pauses() -> None:
    bench = Bench()
    for start_s in (1.0, 2.0, 3.0):
        for k in range(20):
            bench.put_out(TRAIN, TRAIN._replace(output=2, due=k == 0), at_s=start_s + k * 0.025)
    bursts = bench.device.bursts("dorsiflexors", "right")
    assert [burst.start_s for burst in bursts] == [1.0, 2.0, 3.0]
    assert [burst.stop_s for burst in bursts] == pytest.approx([1.475, 2.475, 3.475])
    assert [burst.stop_s - burst.start_s for burst in bench.device.bursts("dorsiflexors", "left")] == [0.0] * 3
    assert bench.device.bursts("evertors") == []
    assert bench.device.status().problem == ""


def test_a_zero_is_no_pulse() -> None:
    bench = Bench()
    bench.put_out(TRAIN._replace(current_ma=0.0), TRAIN._replace(pulse_width_us=0.0))
    assert bench.device.pulses == []
    assert bench.device.status().problem == ""


def test_a_fault_on_demand_ends_the_output() -> None:
    bench = Bench()
    bench.put_out(TRAIN)
    bench.device.fail("electrode off")
    bench.put_out(TRAIN, at_s=0.025)
    assert len(bench.felt) == 1
    assert bench.device.status().problem == "electrode off"


def test_a_closed_device_is_silent_and_says_so() -> None:
    bench = Bench()
    device: Stimulator = bench.device
    device.stop()
    device.stop()
    device.close()
    device.close()
    bench.put_out(TRAIN)
    assert bench.felt == []
    assert device.status().problem == "bench stimulator: not open"


def test_a_contact_command_is_refused() -> None:
    bench = Bench()
    bench.device.apply(Contact("dorsiflexors", stimulate=True))
    assert "takes pulses" in bench.device.status().problem
