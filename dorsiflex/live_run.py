"""Turns a rig until its run is over: the ends that a run may have, and who watches over it meanwhile."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from types import FrameType
from typing import NamedTuple

from config.schema import Settings
from controller.controller import Controller
from controller.signals import ArmingState, Tick
from dorsiflex.assemble import Rig, close_rig, open_rig
from dorsiflex.last_words import guard_plan
from dorsiflex.viewer import Seen, Viewer
from dorsiflex.walk_statistics import outputs_on
from recording.blackbox import END_OF_RUN
from runtime.control_socket import ControlSocket
from runtime.gpio_line import GpioLine
from runtime.guard import Limits
from runtime.guard_act import OpenLine
from runtime.guard_process import GuardProcess
from runtime.loop import Loop, LoopReport, Watch
from runtime.mailbox import Mailbox
from runtime.realtime import on_time
from runtime.recorder import DirectRecorder
from runtime.recorder_process import RingRecorder
from runtime.systemd_notify import SystemdNotice
from simulator.operator import SimulatedOperator

LONGEST_FAREWELL_S = 3.0
"""When the recording fails, a running burst may end before the run does; it takes no longer than this."""
BENCH_SILENCE_S = 0.5
"""On the bench nobody is connected, and other programs make the loop late, real-time priority or not."""

ENDING_SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGTSTP)
"""End the run like Ctrl-C, unless whoever started it wants them ignored."""


class Beside(NamedTuple):
    """Who is beside the loop: in processes of their own where time is real, and then with a guard."""

    recorder: DirectRecorder | RingRecorder
    viewer: Viewer
    guard: GuardProcess | None = None


class Ended(NamedTuple):
    """How the run ended."""

    interrupted: bool
    latched: tuple[str, ...]
    refused: tuple[str, ...]


class Newest:
    """A sink that keeps the newest tick."""

    def __init__(self) -> None:
        self.tick: Tick | None = None

    def put(self, tick: Tick) -> None:
        """Take one tick."""
        self.tick = tick


def start_guard(settings: Settings, recording: Path, open_line: OpenLine = GpioLine) -> GuardProcess:
    """The guard of a run that is recorded there. Make it before any thread runs: it forks."""
    guard, loop = settings.guard, settings.loop
    bench = settings.hardware.backend == "simulator"
    limits = Limits(
        BENCH_SILENCE_S if bench else guard.heartbeat_s,
        # Above the loop, so that a loop that spins does not keep it from its work.
        loop.realtime_priority + 1 if loop.realtime_priority else 0,
        loop.lock_memory,
    )
    return GuardProcess(limits, f"{recording}.guard.json", open_line)


class Run(NamedTuple):
    """A run that is over: what loop and view know of it, how it ended, and the rig, which is closed."""

    report: LoopReport
    ended: Ended
    seen: Seen
    rig: Rig


def run_rig(
    settings: Settings,
    make_rig: Callable[[], Rig],
    beside: Beside,
    mailbox: Mailbox,
    minutes: float | None,
    warn: Callable[[str], None],
) -> Run:
    """Make, open, turn and close a rig. Raises DriverError and RecordingError; the outputs are off when it returns.

    Whoever is beside the loop ends with it, the guard when every output is closed.
    """
    recorder, viewer, guard = beside
    try:
        rig = make_rig()
        try:
            open_rig(rig)
            if isinstance(recorder, RingRecorder):
                recorder.start()
            report, ended = turn(settings, rig, beside, mailbox, minutes, warn)
        finally:
            close_rig(rig)
    finally:
        if guard is not None:
            guard.end()
        recorder.close(END_OF_RUN)
        seen = viewer.finish()
    return Run(report, ended, seen, rig)


def turn(
    settings: Settings, rig: Rig, beside: Beside, mailbox: Mailbox, minutes: float | None, warn: Callable[[str], None]
) -> tuple[LoopReport, Ended]:
    """Run the loop on an open rig until the time is up, somebody ends it or nothing can be recorded any more."""
    newest = Newest()
    recorder, viewer, guard = beside
    quit_asked, interrupted = threading.Event(), threading.Event()
    control = ControlSocket(Path(settings.recording.directory))
    parts = rig.parts._replace(panels=(*rig.parts.panels, *viewer.panels, control))
    hands = tuple([panel for panel in rig.parts.panels if isinstance(panel, SimulatedOperator)])
    sinks = (newest, *viewer.sinks, control, *hands)
    notice = SystemdNotice(os.environ)
    watches: tuple[Watch, ...] = () if guard is None else (guard, notice)
    loop = Loop(parts, Controller(settings).step, rig.clock, settings.loop.rate_hz, mailbox, recorder, sinks, watches)
    end_s = None if minutes is None else rig.clock.now() + minutes * 60.0
    farewell = Farewell(recorder.problem, newest)
    latched: tuple[str, ...] = ()

    def stop_wanted(t_s: float) -> bool:
        nonlocal latched
        # The last tick disarms, which acknowledges the latches: what counts is the state before it.
        last = newest.tick
        latched = last.faults if last is not None and last.state == ArmingState.LATCHED else ()
        over = end_s is not None and t_s >= end_s
        return over or quit_asked.is_set() or interrupted.is_set() or farewell.over(t_s)

    with _interrupts(interrupted.set), _punctual(settings, live=guard is not None) as refused_loop:
        refused = refused_loop
        if guard is not None:
            guard.start(lambda: guard_plan(settings, rig.parts, rig.chip))
            refused = refused_loop or tuple([f"the guard: {text}" for text in guard.refused])
        if rig.bench is None:
            warn("\n".join(refused))
        if guard is not None:
            control.open()
        # A bench run with a recording elsewhere need not have the folder, and nobody waits at its door.
        if rig.bench is None or Path(settings.recording.directory).is_dir():
            warn(control.problem)
        viewer.start(quit_asked.set)
        notice.ready()
        try:
            report = loop.run(stop_wanted)
        finally:
            control.close()
    return report, Ended(interrupted.is_set(), latched, refused)


def _punctual(settings: Settings, *, live: bool) -> AbstractContextManager[tuple[str, ...]]:
    """What real time needs, where time is real; gives what was refused."""
    loop = settings.loop
    if not live:
        return nullcontext(())
    return on_time(priority=loop.realtime_priority, cpu=loop.cpu, lock_memory=loop.lock_memory)


class Farewell:
    """Ends the run when it cannot be recorded any more, after the burst that is running."""

    def __init__(self, problem: Callable[[], str], newest: Newest) -> None:
        self.problem = problem
        self.newest = newest
        self._since_s: float | None = None

    def over(self, t_s: float) -> bool:
        """Whether the recording failed and no output is on any more."""
        if not self.problem():
            return False
        if self._since_s is None:
            self._since_s = t_s
        last = self.newest.tick
        return last is None or not outputs_on(last) or t_s - self._since_s > LONGEST_FAREWELL_S


@contextmanager
def _interrupts(told: Callable[[], None]) -> Iterator[None]:
    """Every signal that would end or freeze the loop is told to it instead: it ends in its next tick, output off.

    Among them Ctrl-Z, which would leave the output as it is, and the loss of the terminal.
    """

    def tell(_number: int, _frame: FrameType | None) -> None:
        told()

    numbers = [number for number in ENDING_SIGNALS if signal.getsignal(number) != signal.SIG_IGN]
    before = {number: signal.signal(number, tell) for number in (signal.SIGINT, *numbers)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
