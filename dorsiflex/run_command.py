"""`dorsiflex run`: the loop on the virtual bench, or on the hardware where the config says so."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from types import FrameType
from typing import NamedTuple

from rich.console import Console

from config.hashes import safety_hash, settings_hash
from config.load import default_document, load_document
from config.schema import Settings
from controller.controller import Controller
from controller.signals import ArmingState
from dorsiflex.assemble import Rig, bench_rig, close_rig, open_rig, pi_rig
from dorsiflex.exit_codes import ExitCode
from dorsiflex.keyboard import HELP, Keyboard
from dorsiflex.live_view import LiveView, fault_words
from dorsiflex.patient_check import check_patient
from dorsiflex.run_summary import RunSummary, print_summary
from dorsiflex.version import version
from dorsiflex.walk_statistics import WalkCounter, outputs_on
from dorsiflex.walker import walker
from drivers.gpio import persistence_warning
from drivers.interfaces import Clock
from recording.blackbox_writer import BlackBoxWriter
from recording.header import Header, make_header
from runtime.clock import MonotonicClock
from runtime.loop import Loop, LoopReport
from runtime.mailbox import Mailbox
from runtime.recorder import DirectRecorder, ThreadRecorder
from simulator.clock import VirtualClock
from simulator.patients import patient

MINUTES_ON_BENCH = 1.0
TYPICAL_SEED = 1
"""Of the typical person's steps and sensors."""
LONGEST_FAREWELL_S = 3.0
"""When the recording fails, a running burst may end before the run does; it takes no longer than this."""

ENDING_SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGTSTP)
"""End the run like Ctrl-C, unless whoever started it wants them ignored."""


class RunOptions(NamedTuple):
    """What the command line asks for."""

    config: Path | None
    patient: str | None
    minutes: float | None
    fast: bool
    seed: int | None
    record: Path | None
    plain: bool


def run(options: RunOptions, console: Console) -> ExitCode:
    """Run until the time is up, Ctrl-C, `q` or a failed recording, and print the summary.

    Raises ConfigError, DriverError and RecordingError; whatever happens, the outputs are off when it returns.
    """
    settings = _settings(options)
    on_bench = settings.hardware.backend == "simulator"
    minutes = options.minutes or (MINUTES_ON_BENCH if on_bench else None)
    clock = VirtualClock() if on_bench and options.fast else MonotonicClock()
    if on_bench:
        rig = _bench(settings, clock, options.seed, 60.0 * (minutes or MINUTES_ON_BENCH))
    else:
        rig = pi_rig(settings, clock)
        _warn(persistence_warning())
    if settings.orthosis.enabled:
        _warn("orthosis.enabled: there is no orthosis driver yet; set-points are computed and recorded, nothing moves")
    path = options.record or _new_path(Path(settings.recording.directory))
    try:
        open_rig(rig)
        recorder = _open_recorder(BlackBoxWriter(path, _header(settings)), clock)
        try:
            report, ended = _turn(settings, rig, recorder, options, minutes, console)
        finally:
            close_rig(rig)
            recorder.close("end of run")
    finally:
        close_rig(rig)
    print_summary(console, RunSummary(report, ended.counter.counts(), rig.bench, path, settings))
    return _exit_code(report, ended, recorder.problem())


def _warn(text: str) -> None:
    if text:
        Console(stderr=True).print(text, style="yellow", markup=False, soft_wrap=True)


def _open_recorder(writer: BlackBoxWriter, clock: MonotonicClock | VirtualClock) -> DirectRecorder | ThreadRecorder:
    return DirectRecorder(writer) if isinstance(clock, VirtualClock) else ThreadRecorder(writer)


def _bench(settings: Settings, clock: Clock, seed: int | None, seconds: float) -> Rig:
    """The virtual bench with the typical person of that kind, or the one whom a seed draws."""
    drawn = patient(settings.simulation.patient, seed)
    sensors_seed = TYPICAL_SEED if seed is None else seed
    return bench_rig(settings, clock, seed=sensors_seed, new_person=walker(settings, drawn, sensors_seed, seconds))


class Ended(NamedTuple):
    """How the run ended."""

    counter: WalkCounter
    interrupted: bool
    latched: tuple[str, ...]


def _turn(
    settings: Settings,
    rig: Rig,
    recorder: DirectRecorder | ThreadRecorder,
    options: RunOptions,
    minutes: float | None,
    console: Console,
) -> tuple[LoopReport, Ended]:
    counter, mailbox = WalkCounter(), Mailbox()
    quit_asked, interrupted = threading.Event(), threading.Event()
    loop = Loop(
        rig.parts, Controller(settings).step, rig.clock, settings.loop.rate_hz, mailbox, recorder, viewers=(counter,)
    )
    end_s = None if minutes is None else rig.clock.now() + minutes * 60.0
    farewell = Farewell(recorder.problem, counter)
    latched: tuple[str, ...] = ()

    def stop_wanted(t_s: float) -> bool:
        nonlocal latched
        # The last tick disarms, which acknowledges the latches: what counts is the state before it.
        last = counter.last
        latched = last.faults if last is not None and last.state == ArmingState.LATCHED else ()
        over = end_s is not None and t_s >= end_s
        return over or quit_asked.is_set() or interrupted.is_set() or farewell.over(t_s)

    plain = options.plain or not console.is_terminal
    keyboard = Keyboard(mailbox, counter, quit_asked.set)
    keys = HELP if keyboard.usable else "Ctrl-C quits"
    with _interrupts(interrupted.set), keyboard, LiveView(counter, console, plain=plain, keys=keys):
        report = loop.run(stop_wanted)
    return report, Ended(counter, interrupted.is_set(), latched)


class Farewell:
    """Ends the run when it cannot be recorded any more, after the burst that is running."""

    def __init__(self, problem: Callable[[], str], counter: WalkCounter) -> None:
        self.problem = problem
        self.counter = counter
        self._since_s: float | None = None

    def over(self, t_s: float) -> bool:
        """Whether the recording failed and no output is on any more."""
        if not self.problem():
            return False
        if self._since_s is None:
            self._since_s = t_s
        last = self.counter.last
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


def _header(settings: Settings) -> Header:
    return make_header(
        settings,
        software_version=version(),
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        settings_hash=settings_hash(settings),
        safety_hash=safety_hash(settings),
    )


def _new_path(folder: Path) -> Path:
    stem = datetime.now(UTC).strftime("walk-%Y%m%d-%H%M%S")
    names = (f"{stem}{'' if i == 0 else f'-{i}'}.dfx" for i in count())
    return next(folder / name for name in names if not _is_there(folder / name))


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        # A folder that may not be looked into: the writer will say so.
        return False


def _exit_code(report: LoopReport, ended: Ended, recorder_problem: str) -> ExitCode:
    errors = Console(stderr=True, style="red", soft_wrap=True, highlight=False, markup=False)
    if recorder_problem:
        errors.print(recorder_problem)
        return ExitCode.CANNOT_WRITE
    if report.exception:
        errors.print(f"a tick failed: {report.exception}: please report it with the recording")
        return ExitCode.INTERNAL
    if ended.interrupted:
        return ExitCode.INTERRUPTED
    if ended.latched:
        errors.print(f"ended latched: {'; '.join(fault_words(name) for name in ended.latched)}")
        return ExitCode.LATCHED
    return ExitCode.OK


def _settings(options: RunOptions) -> Settings:
    document = load_document(options.config) if options.config else default_document()
    settings = document.settings
    if options.patient is None:
        check_patient(document)
    else:
        simulation = settings.simulation.model_copy(update={"patient": options.patient})
        hardware = settings.hardware.model_copy(update={"backend": "simulator"})
        settings = Settings.model_validate(
            settings.model_copy(update={"simulation": simulation, "hardware": hardware}).model_dump()
        )
    return settings
