"""The virtual charge pump and the devices behind it, with a bare output in place of the driver."""

import pytest
from gpiozero import OutputDevice
from gpiozero.pins.mock import MockFactory

from config.schema import TriggerSettings
from simulator.clock import VirtualClock
from simulator.wired.charge_pump import DROP_OUT_S, EDGES_TO_CLOSE, ChargePump
from simulator.wired.trigger import TriggerDevice


class Bench:
    def __init__(self) -> None:
        self.clock, self.factory = VirtualClock(10.0), MockFactory()
        self.told: list[float] = []
        self.pump = ChargePump(23, self.factory, self.clock, self.told.append)
        self.output = OutputDevice(23, pin_factory=self.factory)

    def edges(self, count: int, apart_s: float = 0.01) -> None:
        for _ in range(count):
            self.output.toggle()
            self.clock.advance(apart_s)
            self.pump.settle(self.clock.now())


def test_edges_close_the_relay_and_silence_drops_it_when_its_time_is_over() -> None:
    bench = Bench()
    bench.edges(EDGES_TO_CLOSE - 1)
    assert not bench.pump.energised
    bench.edges(3)
    assert bench.pump.energised
    last_s = bench.clock.now() - 0.01
    bench.clock.advance(1.0)
    bench.pump.settle(bench.clock.now())
    assert not bench.pump.energised
    assert bench.pump.changes[-1] == (pytest.approx(last_s + DROP_OUT_S), False)
    assert bench.pump.energised_at(last_s + DROP_OUT_S - 0.001)
    assert not bench.pump.energised_at(last_s + DROP_OUT_S)
    assert len(bench.told) == 2


@pytest.mark.parametrize("level", [True, False])
def test_a_level_is_no_square_wave(level: bool) -> None:
    bench = Bench()
    bench.edges(10)
    bench.pump.pin.held = level
    bench.edges(20)
    assert not bench.pump.energised


def test_edges_that_are_too_far_apart_do_not_charge_it() -> None:
    bench = Bench()
    bench.edges(50, apart_s=DROP_OUT_S + 0.001)
    assert bench.told == []


def test_a_device_of_single_pulses_makes_one_for_each_time_that_its_contact_leaves_the_safe_state() -> None:
    clock, factory = VirtualClock(10.0), MockFactory()
    pulses: list[float] = []
    settings = TriggerSettings(kind="trigger", mode="pulse_train", pin=22, safe_contact="open")
    device = TriggerDevice(settings, factory, clock, lambda t_s, *_: pulses.append(t_s))
    output = OutputDevice(22, pin_factory=factory)
    for _ in range(3):
        output.on()
        clock.advance(0.5)
        output.off()
        clock.advance(0.5)
        device.advance(clock.now())
    assert pulses == pytest.approx([10.0, 11.0, 12.0])
    assert device.pulses == 3
