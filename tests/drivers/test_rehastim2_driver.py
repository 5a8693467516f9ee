"""The RehaStim2 driver from open to close on its bench device, judged by the device's own log."""

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from config.schema import Rehastim2Settings
from controller.signals import Pulses
from drivers.errors import DeviceAbsent, DeviceFailed, DriverError
from drivers.rehastim2 import Rehastim2
from drivers.rehastim2_frames import DeviceMode
from drivers.serial_stimulators import examine
from simulator.devices.faults import Fault, FaultKind
from simulator.devices.lines import InProcessLine
from simulator.devices.rehastim2 import WATCHDOG_S

if TYPE_CHECKING:
    from tests.drivers.rehastim2_session import MODES, Mode, Session
else:
    from rehastim2_session import MODES, Mode, Session


def test_open_waits_for_the_device_and_leaves_it_ready_and_silent(session: Session) -> None:
    session.open()
    assert session.core.connected
    assert session.core.mode == DeviceMode.INITIALISED
    assert session.driver.version == 1
    session.tick(5.0)
    assert session.pulses() == []
    assert session.core.connected
    assert session.problem == ""


def test_a_device_on_which_nobody_chose_science_mode_is_told_so(session: Session) -> None:
    session.core.selected = False
    with pytest.raises(DeviceAbsent, match="is ScienceMode chosen on its screen"):
        session.driver.open()
    assert session.problem != ""


def test_open_after_a_dead_host_waits_until_the_device_has_given_up(session: Session) -> None:
    session.open()
    session.tick(0.3, 30.0)
    again = Session("one_shot")
    again.line = InProcessLine(session.device, session.clock)
    again.driver = Rehastim2(
        Rehastim2Settings(kind="rehastim2"), again.channels, again.line, session.clock, again.background
    )
    before_s = session.clock.now()
    again.driver.open()
    assert WATCHDOG_S - 0.5 < session.clock.now() - before_s < 2.5
    assert session.pulses(since_s=before_s + WATCHDOG_S) == []


def test_a_device_that_is_not_idle_after_init_is_refused(session: Session) -> None:
    session.core.mode = DeviceMode.STARTED
    with pytest.raises(DeviceFailed, match="is not idle after INIT"):
        session.driver.open()


@pytest.mark.parametrize("mode", MODES)
def test_a_host_that_dies_stimulates_no_longer_than_the_device_allows(mode: Mode) -> None:
    longest_s = 0.06 if mode == "one_shot" else WATCHDOG_S * 1.1
    worst_s = 0.0
    for i in range(15):
        session = Session(mode).open()
        session.tick(0.1 + i * 0.041, 30.0)
        died_s = session.clock.now()
        for _ in range(400):
            session.clock.advance(0.005)
            session.device.feed(b"", session.clock.now())
        worst_s = max([worst_s, *(t_s - died_s for t_s in session.pulses())])
    assert 0.0 < worst_s <= longest_s


def test_stop_ends_the_output_within_its_bound_and_keeps_it_off(session: Session) -> None:
    session.open()
    session.tick(0.5, 30.0)
    before_s = session.clock.now()
    session.driver.stop()
    session.driver.stop()
    assert session.clock.now() - before_s < 0.1
    assert session.core.mode == DeviceMode.START
    session.tick(1.5, 30.0)
    assert session.pulses(since_s=before_s + 0.03) == []


@pytest.mark.parametrize("kind", [FaultKind.PORT_GONE, FaultKind.ACK_DROPPED, FaultKind.ACK_LATE])
def test_stop_is_bounded_whatever_the_line_does(session: Session, kind: FaultKind) -> None:
    session.open()
    session.tick(0.3, 30.0)
    session.device.order(Fault(kind, times=1000))
    before_s = session.clock.now()
    session.driver.stop()
    session.driver.close()
    assert session.clock.now() - before_s <= 0.2
    assert session.problem


def test_the_watchdog_is_fed_by_ticks_only_and_often_enough(session: Session) -> None:
    session.open()
    seen: list[tuple[float, int]] = []
    feed = session.core.answers

    def watched(data: bytes, now_s: float) -> list[bytes]:
        if data:
            seen.append((now_s, len(data)))
        return feed(data, now_s)

    session.core.answers = watched  # type: ignore[method-assign]
    session.tick(4.0, 0.0)
    times = [t_s for t_s, _ in seen]
    assert max(b - a for a, b in pairwise(times)) <= 0.41
    count = len(seen)
    for _ in range(300):
        session.clock.advance(0.005)
        session.line.advance()
        session.background.advance()
    assert len(seen) == count
    assert not session.core.connected


def test_close_before_open_and_twice_is_harmless(session: Session) -> None:
    session.driver.close()
    session.driver.stop()
    session.driver.apply(Pulses(()))
    session.open()
    session.driver.close()
    session.driver.close()
    session.driver.apply(Pulses(()))
    session.device.gone = True
    with pytest.raises(DriverError, match="is not there"):
        session.driver.open()


def test_an_examination_names_the_device_and_times_its_answers(session: Session) -> None:
    session.core.answer_s = 0.008
    found = examine(Rehastim2Settings(kind="rehastim2"), session.line, session.clock, questions=20)
    assert found.identity == "RehaStim2, ScienceMode2 version 1"
    assert len(found.round_trips_s) == 20
    assert all(0.008 <= took_s < 0.01 for took_s in found.round_trips_s)
    assert session.core.mode == DeviceMode.START
    assert session.pulses() == []
