"""The heel switch driver over virtual contacts."""

from collections.abc import Callable
from math import isnan

import pytest
from gpiozero import InputDevice
from gpiozero.pins.mock import MockFactory

from config.schema import HeelSwitchSettings
from drivers.errors import DeviceBusy, DeviceFailed, DriverError
from drivers.heel_switch import HeelSwitch
from simulator.clock import VirtualClock
from simulator.wired.pins import HeelWires

PLAIN = HeelSwitchSettings(kind="heel_switch", id="heel", side="left")
PLAIN_HIGH = HeelSwitchSettings(kind="heel_switch", id="heel", side="left", active_level="high", pull="down")
SUPERVISED = HeelSwitchSettings(kind="heel_switch", id="heel", side="left", wiring="supervised", pin_unloaded=27)
SUPERVISED_HIGH = HeelSwitchSettings(
    kind="heel_switch", id="heel", side="left", wiring="supervised", pin_unloaded=27, active_level="high", pull="down"
)


def values(switch: HeelSwitch) -> tuple[float, ...]:
    reading = switch.poll()
    assert reading is not None
    return reading.values


@pytest.mark.parametrize("settings", [PLAIN, PLAIN_HIGH, SUPERVISED, SUPERVISED_HIGH])
def test_a_loaded_heel_reads_one_and_an_unloaded_one_zero(
    settings: HeelSwitchSettings, factory: MockFactory, clock: VirtualClock
) -> None:
    wires = HeelWires(settings, factory)
    switch = HeelSwitch(settings, factory, clock)
    switch.open()
    for closed in (True, False, True):
        clock.advance(0.1)
        wires.drive(closed, clock.now())
        clock.advance(0.1)
        wires.drive(closed, clock.now())
        reading = switch.poll()
        assert reading == (clock.now(), (1.0 if closed else 0.0,))
        assert switch.status().problem == ""


def test_with_supervised_wiring_a_broken_wire_reads_nan(factory: MockFactory, clock: VirtualClock) -> None:
    wires = HeelWires(SUPERVISED, factory)
    switch = HeelSwitch(SUPERVISED, factory, clock)
    switch.open()
    wires.drive(True, clock.now())
    assert values(switch) == (1.0,)
    wires.cut()
    assert isnan(values(switch)[0])


def test_with_supervised_wiring_both_contacts_closed_reads_nan(factory: MockFactory, clock: VirtualClock) -> None:
    wires = HeelWires(SUPERVISED, factory)
    switch = HeelSwitch(SUPERVISED, factory, clock)
    switch.open()
    wires.stick(False)
    wires.drive(False, clock.now())
    assert isnan(values(switch)[0])


def test_with_plain_wiring_a_broken_wire_looks_like_heel_off(factory: MockFactory, clock: VirtualClock) -> None:
    wires = HeelWires(PLAIN, factory)
    switch = HeelSwitch(PLAIN, factory, clock)
    switch.open()
    wires.drive(True, clock.now())
    wires.cut()
    assert values(switch) == (0.0,)


def test_a_busy_pin_is_named_in_one_line_and_nothing_stays_claimed(factory: MockFactory, clock: VirtualClock) -> None:
    other = InputDevice(27, pull_up=True, pin_factory=factory)
    switch = HeelSwitch(SUPERVISED, factory, clock)
    with pytest.raises(DeviceBusy, match=r"^GPIO 27 \(heel, unloaded contact\) is in use: .*$"):
        switch.open()
    InputDevice(17, pull_up=True, pin_factory=factory).close()
    other.close()
    switch.open()
    assert switch.poll() is not None


def test_a_pull_that_the_pin_does_not_have_is_a_driver_error(factory: MockFactory, clock: VirtualClock) -> None:
    settings = HeelSwitchSettings(kind="heel_switch", id="heel", side="left", pin=2, active_level="high", pull="down")
    with pytest.raises(DriverError, match=r"^GPIO 2 .*pull.*$"):
        HeelSwitch(settings, factory, clock).open()


@pytest.mark.parametrize(("said", "raised"), [("'GPIO busy'", DeviceBusy), ("'bad GPIO number'", DeviceFailed)])
def test_a_kernel_that_refuses_is_believed(
    factory: MockFactory, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch, said: str, raised: type[DriverError]
) -> None:
    def refuse(text: str) -> Callable[..., None]:
        def pin(*_args: object, **_kwargs: object) -> None:
            raise RuntimeError(text)

        return pin

    monkeypatch.setattr(factory, "pin", refuse(said))
    with pytest.raises(raised, match="GPIO 17"):
        HeelSwitch(PLAIN, factory, clock).open()


def test_a_pin_that_cannot_be_read_gives_nothing_and_says_so(
    factory: MockFactory, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    wires = HeelWires(PLAIN, factory)
    switch = HeelSwitch(PLAIN, factory, clock)
    switch.open()
    wires.drive(True, clock.now())

    def fail() -> bool:
        raise RuntimeError("unknown handle")

    with monkeypatch.context() as broken:
        broken.setattr(factory.pin(17), "_get_state", fail)
        assert switch.poll() is None
        assert "unknown handle" in switch.status().problem
    assert values(switch) == (1.0,)
    assert switch.status().problem == ""


def test_close_is_idempotent_and_a_closed_switch_reads_nothing(factory: MockFactory, clock: VirtualClock) -> None:
    switch = HeelSwitch(PLAIN, factory, clock)
    switch.close()
    switch.open()
    switch.close()
    switch.close()
    assert switch.poll() is None
    assert switch.status().problem != ""
