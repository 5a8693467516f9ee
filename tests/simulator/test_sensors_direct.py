"""The direct bench: sensor models and a trigger device behind the driver interfaces."""

from typing import Any

import pytest
from gpiozero.pins.mock import MockFactory

from config.schema import ImuSettings, Side, TriggerSettings
from controller.signals import Contact, Pulses
from drivers.interfaces import Sensor, Stimulator
from simulator.clock import BenchClock, VirtualClock
from simulator.direct import DirectHeelSwitch, DirectImu, DirectStimulator
from simulator.sensors import HeelModel, ImuModel
from simulator.wired.trigger import TriggerDevice

ON, OFF = Contact("dorsiflexors", stimulate=True), Contact("dorsiflexors", stimulate=False)


def imu(**changes: Any) -> ImuSettings:  # noqa: ANN401
    return ImuSettings.model_validate({"kind": "imu", "id": "shank", "side": "right", **changes})


def test_virtual_time_passes_by_sleeping_only() -> None:
    clock = VirtualClock(5.0)
    assert clock.now() == clock.now() == 5.0
    clock.sleep_until(7.5)
    clock.sleep_until(6.0)
    assert clock.now() == 7.5


def test_the_bench_moves_along_when_the_sleeper_wakes() -> None:
    moved: list[float] = []
    clock = BenchClock(VirtualClock(), moved.append)
    clock.sleep_until(0.005)
    clock.sleep_until(0.010)
    assert moved == [0.005, 0.010]
    assert clock.now() == 0.010


def test_heel_reading_follows_the_contact_and_carries_the_clocks_stamp() -> None:
    clock, model = VirtualClock(), HeelModel("1")
    sensor: Sensor = DirectHeelSwitch(model, clock)
    sensor.open()
    seen = []
    for k, force_n in enumerate([0.0, 0.0, 300.0, 300.0, 300.0, 0.0, 0.0, 0.0]):
        clock.sleep_until(k * 0.02)
        model.advance(clock.now(), force_n)
        reading = sensor.poll()
        assert reading is not None
        assert reading.t_s == clock.now()
        seen.append(reading.values)
    assert seen[1] == (0.0,)
    assert seen[4] == (1.0,)
    assert seen[7] == (0.0,)
    assert sensor.poll() is None, "the clock has not moved"
    assert sensor.status().problem == ""


@pytest.mark.parametrize(("forward", "up"), [("+x", "+y"), ("-z", "+x"), ("+y", "-z")])
def test_imu_reading_is_in_the_segment_frame(forward: str, up: str) -> None:
    settings, clock = imu(forward_axis=forward, up_axis=up), VirtualClock()
    model = ImuModel(settings, "3")
    sensor: Sensor = DirectImu(settings, model, clock)
    for k in range(100):
        clock.sleep_until(k / 200.0)
        model.advance(clock.now(), (0.0, 9.81, 0.0, 0.0, 0.0, 300.0))
    reading = sensor.poll()
    assert reading is not None
    assert len(reading.values) == 6
    assert reading.t_s == clock.now()
    assert reading.values[1] == pytest.approx(9.81, abs=1.2)
    assert reading.values[5] == pytest.approx(300.0, abs=30.0)
    assert sensor.poll() is None


def test_imu_is_clipped_to_its_range() -> None:
    settings, clock = imu(acc_range_g=2, gyro_range_deg_s=250), VirtualClock()
    model = ImuModel(settings, "3")
    model.advance(0.0, (-90.0, 90.0, 90.0, 900.0, -900.0, 900.0))
    reading = DirectImu(settings, model, clock).poll()
    assert reading is not None
    assert all(abs(value) <= 2 * 9.80665 for value in reading.values[:3])
    assert [abs(value) for value in reading.values[3:]] == [250.0] * 3


class TwoTriggers:
    """The direct trigger device and the wired one, told the same."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.direct_pulses: list[tuple[float, float]] = []
        self.wired_pulses: list[tuple[float, float]] = []
        self.direct = DirectStimulator("right", "dorsiflexors", self.clock, self._direct)
        self._factory = MockFactory()
        settings = TriggerSettings(kind="trigger", pin=22, safe_contact="open")
        self.wired = TriggerDevice(settings, self._factory, self.clock, self._wired)
        self._pin = self._factory.pin(22)
        self._pin.function = "output"
        self.direct.open()

    def tell(self, contact: Contact) -> None:
        self.direct.apply(contact)
        self._pin.state = contact.stimulate

    def advance(self, t_s: float) -> None:
        self.clock.sleep_until(t_s)
        self.wired.advance(t_s)
        self.direct.advance(t_s)

    def _direct(self, side: Side, channel: str, current_ma: float, pulse_width_us: float) -> None:
        assert (side, channel, pulse_width_us) == ("right", "dorsiflexors", 300.0)
        self.direct_pulses.append((self.clock.now(), current_ma))

    def _wired(self, _t_s: float, current_ma: float, _width_us: float) -> None:
        if current_ma > 1e-6:  # the rounding at the end of a ramp is no pulse
            self.wired_pulses.append((self.clock.now(), current_ma))


def test_direct_trigger_puts_out_what_the_wired_one_does() -> None:
    triggers = TwoTriggers()
    plan = {100: ON, 800: OFF, 850: ON, 1500: OFF, 2000: ON, 6500: OFF, 6900: ON, 7400: OFF}
    for k in range(0, 8000, 5):
        triggers.advance(k / 1000.0)
        if k in plan:
            triggers.tell(plan[k])
    assert len(triggers.direct_pulses) > 150
    assert [t for t, _ in triggers.direct_pulses] == [t for t, _ in triggers.wired_pulses]
    assert [ma for _, ma in triggers.direct_pulses] == pytest.approx([ma for _, ma in triggers.wired_pulses])
    assert max(ma for _, ma in triggers.direct_pulses) == pytest.approx(30.0)
    assert [(b.start_s, b.stop_s) for b in triggers.direct.on_times] == [
        (0.1, 0.8),
        (0.85, 1.5),
        (2.0, 6.5),
        (6.9, 7.4),
    ]


def test_a_trigger_device_is_silent_at_open_and_after_a_fault() -> None:
    triggers = TwoTriggers()
    stimulator: Stimulator = triggers.direct
    triggers.advance(1.0)
    assert triggers.direct_pulses == []
    stimulator.apply(ON)
    triggers.advance(2.0)
    stimulator.apply(Pulses(()))
    assert "takes contact commands" in stimulator.status().problem
    stimulator.apply(ON)
    triggers.advance(2.3)
    told = len(triggers.direct_pulses)
    triggers.advance(5.0)
    assert len(triggers.direct_pulses) == told
    stimulator.close()
    stimulator.close()
    assert stimulator.status().problem == "trigger device: not open"
