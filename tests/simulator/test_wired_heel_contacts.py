"""The virtual heel switch: levels, pulls, bounce, break before make, and its faults."""

import pytest
from gpiozero import InputDevice
from gpiozero.pins.mock import MockFactory

from config.schema import HeelSwitchSettings
from simulator.wired.pins import HeelWires

PLAIN = HeelSwitchSettings(kind="heel_switch", id="heel", side="left")
SUPERVISED = HeelSwitchSettings(kind="heel_switch", id="heel", side="left", wiring="supervised", pin_unloaded=27)


def levels(factory: MockFactory) -> tuple[bool, bool]:
    return bool(factory.pin(17).state), bool(factory.pin(27).state)


def test_a_pin_keeps_its_wire_when_the_driver_sets_its_pull() -> None:
    factory = MockFactory()
    wires = HeelWires(PLAIN, factory)
    wires.drive(True, 0.0)
    with InputDevice(17, pull_up=True, pin_factory=factory) as claimed:
        assert claimed.pin.state is False
        wires.drive(False, 0.1)
        assert claimed.pin.state is True


def test_a_changeover_contact_breaks_before_it_makes() -> None:
    factory = MockFactory()
    wires = HeelWires(SUPERVISED, factory, transit_s=0.004)
    claimed = [InputDevice(pin, pull_up=True, pin_factory=factory) for pin in (17, 27)]
    wires.drive(False, 0.0)
    seen = []
    for k in range(10):
        wires.drive(True, 1.0 + k * 0.001)
        seen.append(levels(factory))
    # Low is closed: never both.
    assert seen[:4] == [(True, True)] * 4
    assert seen[4:] == [(False, True)] * 6
    assert (False, False) not in seen
    del claimed


def test_bounce_chatters_at_random_for_its_time_and_the_same_with_the_same_seed() -> None:
    def chatter(seed: int) -> list[bool]:
        factory = MockFactory()
        wires = HeelWires(PLAIN, factory, bounce_s=0.02, seed=seed)
        claimed = InputDevice(17, pull_up=True, pin_factory=factory)
        wires.drive(False, 0.0)
        seen = []
        for k in range(60):
            wires.drive(True, 1.0 + k * 0.0005)
            seen.append(not claimed.pin.state)
        return seen

    assert len(set(chatter(1)[:40])) == 2
    assert chatter(1)[41:] == [True] * 19
    assert chatter(1) == chatter(1) != chatter(2)


def test_faults_hold_until_mended() -> None:
    factory = MockFactory()
    wires = HeelWires(PLAIN, factory)
    claimed = InputDevice(17, pull_up=True, pin_factory=factory)
    wires.drive(True, 0.0)
    wires.cut()
    assert claimed.pin.state is True
    wires.drive(True, 0.1)
    assert claimed.pin.state is True
    wires.stick(False)
    wires.drive(False, 0.2)
    assert claimed.pin.state is False
    wires.mend()
    wires.drive(False, 0.3)
    assert claimed.pin.state is True


def test_wires_come_before_the_driver() -> None:
    factory = MockFactory()
    InputDevice(17, pull_up=True, pin_factory=factory)
    with pytest.raises(TypeError, match="before a driver claims it"):
        HeelWires(PLAIN, factory)
