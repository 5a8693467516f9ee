"""Driver and device on a real pseudo terminal, in real time: what the in-process line leaves out."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import pytest

from config.load import default_settings
from config.schema import P24Settings
from controller.signals import Pulses, PulseTrain
from drivers.background import BackgroundThread
from drivers.errors import DeviceBusy
from drivers.p24 import P24
from drivers.serial_line import SerialPort
from runtime.clock import MonotonicClock
from runtime.deadlines import Deadlines
from simulator.devices.faults import Fault, FaultKind
from simulator.devices.lines import PtyLine
from simulator.devices.wiring import virtual_port

CLOCK = MonotonicClock()
CHANNEL = default_settings().leg[0].channel[0]


@contextmanager
def plugged_in(mode: str = "low") -> Iterator[tuple[P24, PtyLine, SerialPort]]:
    settings = P24Settings.model_validate({"kind": "p24", "mode": mode})
    pty, port = virtual_port(settings, CLOCK)
    pty.start()
    driver = P24(settings, {1: CHANNEL}, port, CLOCK, BackgroundThread(CLOCK))
    driver.open()
    try:
        yield driver, pty, port
    finally:
        driver.close()
        pty.close()


def stimulate(driver: P24, ticks: int) -> str:
    """A burst at 40 Hz; what the driver says in the end."""
    deadlines = Deadlines(CLOCK, 200)
    for _ in range(ticks):
        due = deadlines.wait().tick % 5 == 0
        driver.status()
        driver.apply(Pulses((PulseTrain("right.dorsiflexors", 1, 20.0, 300.0, 40.0, due),)))
    return driver.status().problem


@pytest.mark.parametrize("mode", ["low", "mid"])
def test_pulses_come_out_at_their_rate(mode: str) -> None:
    with plugged_in(mode) as (driver, pty, _):
        assert stimulate(driver, 80) == ""
        times = [pulse.t_s for pulse in pty.device.pulses]
    assert 10 <= len(times) <= 17
    assert sorted(b - a for a, b in pairwise(times))[len(times) // 2] == pytest.approx(0.025, abs=0.005)


def test_a_plug_that_is_pulled_in_a_burst_is_told_and_keeps_nobody_waiting() -> None:
    with plugged_in() as (driver, pty, _):
        stimulate(driver, 20)
        pty.device.order(Fault(FaultKind.PORT_GONE))
        begin_s = CLOCK.now()
        assert "is gone" in stimulate(driver, 20)
        driver.stop()
        assert CLOCK.now() - begin_s < 0.3


def test_no_other_program_gets_the_port_and_no_thread_stays_behind() -> None:
    before = threading.active_count()
    with plugged_in() as (_, pty, _port):
        other = SerialPort(pty.path, virtual_port(P24Settings(kind="p24"), CLOCK)[1].settings)
        with pytest.raises(DeviceBusy):
            other.open()
    assert threading.active_count() == before


def test_it_comes_back_in_a_thread_of_its_own_while_the_loop_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.serial_session.REST_S", 0.1)
    with plugged_in() as (driver, pty, _):
        stimulate(driver, 20)
        pty.device.order(Fault(FaultKind.BAD_CRC))
        assert "unreadable" in stimulate(driver, 20)
        ended = len(pty.device.pulses)
        deadlines = Deadlines(CLOCK, 200)
        turns = 0
        while driver.status().problem and turns < 400:
            deadlines.wait()
            turns += 1
            driver.apply(Pulses((PulseTrain("right.dorsiflexors", 1, 0.0, 0.0, 0.0, False),)))
        assert driver.status().problem == ""
        assert turns >= 20
        assert len(pty.device.pulses) == ended
        assert stimulate(driver, 20) == ""
        assert len(pty.device.pulses) >= ended + 3
