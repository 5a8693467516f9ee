"""What systemd hears over its socket, a real one: nothing from a loop that has not delivered a tick."""

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from controller.signals import ArmingState, Inputs, Tick
from runtime.clock import MonotonicClock
from runtime.loop import Loop, Parts
from runtime.mailbox import Mailbox
from runtime.recorder import DirectRecorder
from runtime.systemd_notify import SystemdNotice

Heard = Callable[[], list[str]]


class Systemd:
    """The other end."""

    def __init__(self, folder: Path, *, abstract: bool) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        name = f"@dorsiflex-test-{os.getpid()}" if abstract else str(folder / "notify")
        self.socket.bind(f"\0{name[1:]}" if abstract else name)
        self.socket.setblocking(False)
        self.environment = {"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "1000000", "WATCHDOG_PID": str(os.getpid())}

    def heard(self) -> list[str]:
        words: list[str] = []
        while True:
            try:
                words.append(self.socket.recv(4096).decode())
            except BlockingIOError:
                return words


@pytest.fixture(params=[False, True], ids=["path", "abstract"])
def systemd(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Systemd]:
    made = Systemd(tmp_path, abstract=request.param)
    yield made
    made.socket.close()


def test_it_hears_ready_life_states_and_the_end(systemd: Systemd, always_on: Callable[[Inputs], Tick]) -> None:
    notice = SystemdNotice(systemd.environment)
    tick = always_on(Inputs(0.0, {}))
    notice.ready()
    assert systemd.heard() == ["READY=1\nSTATUS=disarmed"]
    for k in range(200):
        notice.delivered(tick, 100.0 + 0.005 * k)
    first, *rest = systemd.heard()
    assert first == "WATCHDOG=1\nSTATUS=armed"
    assert rest == ["WATCHDOG=1"] * 3, "four times in the second that is allowed"
    latched = tick._replace(state=ArmingState.LATCHED, faults=("device:main", "heel_lost:right"))
    notice.delivered(latched, 101.1)
    assert systemd.heard() == ["WATCHDOG=1\nSTATUS=latched: device:main, heel_lost:right"]
    notice.stopping()
    notice.stopped()
    assert systemd.heard() == ["STOPPING=1\nSTATUS=ending\nWATCHDOG_USEC=20000000"]
    assert notice.problem() == ""


@pytest.mark.parametrize(
    "changes",
    [{"WATCHDOG_USEC": "0"}, {"WATCHDOG_USEC": ""}, {"WATCHDOG_USEC": "soon"}, {"WATCHDOG_PID": "1"}],
)
def test_a_watchdog_that_is_not_wanted_or_not_ours_is_not_fed(
    changes: dict[str, str], tmp_path: Path, always_on: Callable[[Inputs], Tick]
) -> None:
    systemd = Systemd(tmp_path, abstract=False)
    notice = SystemdNotice(systemd.environment | changes)
    notice.delivered(always_on(Inputs(0.0, {})), 1.0)
    assert systemd.heard() == ["STATUS=armed"]
    systemd.socket.close()


def test_nobody_there_or_nobody_who_reads_is_no_error_and_no_wait(
    tmp_path: Path, always_on: Callable[[Inputs], Tick]
) -> None:
    tick = always_on(Inputs(0.0, {}))
    for environment in ({}, {"NOTIFY_SOCKET": str(tmp_path / "nobody")}):
        notice = SystemdNotice(environment)
        notice.ready()
        notice.delivered(tick, 1.0)
    deaf = Systemd(tmp_path, abstract=False)
    notice = SystemdNotice(deaf.environment)
    for k in range(2000):
        notice.delivered(tick, float(k))
    assert 0 < len(deaf.heard()) < 2000, "the socket was full, and nobody waited"
    deaf.socket.close()


def test_a_tick_that_fails_before_the_gate_feeds_nothing(tmp_path: Path) -> None:
    systemd = Systemd(tmp_path, abstract=False)
    notice = SystemdNotice(systemd.environment)

    def fails(_inputs: Inputs) -> Tick:
        raise ZeroDivisionError

    class Nowhere(DirectRecorder):
        def __init__(self) -> None:
            self._problem = ""

        def miss(self, tick: int, count: int = 1) -> None:
            pass

    loop = Loop(Parts({}, {}, {}), fails, MonotonicClock(), 1000, Mailbox(), Nowhere(), (), (notice,))
    loop.run(lambda _t_s: False)
    assert [text for text in systemd.heard() if "WATCHDOG=1" in text] == []
    systemd.socket.close()
