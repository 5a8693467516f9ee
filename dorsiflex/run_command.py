"""`dorsiflex run`: the loop on the virtual bench, or on the hardware where the config says so."""

from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import NamedTuple

from rich.console import Console

from config.hashes import safety_hash, settings_hash
from config.load import default_document, load_document
from config.schema import Settings
from config.stages import BY_NAME
from dorsiflex.assemble import Rig, bench_rig, pi_rig
from dorsiflex.bring_up import Stage
from dorsiflex.exit_codes import ExitCode
from dorsiflex.live_run import Beside, Ended, run_rig, start_guard
from dorsiflex.live_view import fault_words
from dorsiflex.patient_check import check_patient
from dorsiflex.run_summary import RunSummary, print_summary
from dorsiflex.stages import at_stage, granted, without_output
from dorsiflex.version import software
from dorsiflex.viewer import ProcessViewer, ThreadViewer
from dorsiflex.walker import walker
from drivers.gpio import persistence_warning
from drivers.interfaces import Clock
from recording.blackbox_writer import BlackBoxWriter
from recording.header import Header, make_header
from runtime.clock import MonotonicClock
from runtime.guard_process import GuardProcess
from runtime.loop import LoopReport
from runtime.mailbox import Mailbox
from runtime.recorder import DirectRecorder
from runtime.recorder_process import RingRecorder
from runtime.ring import Ring
from simulator.clock import VirtualClock
from simulator.patients import patient

MINUTES_ON_BENCH = 1.0
TYPICAL_SEED = 1
"""Of the typical person's steps and sensors."""


class RunOptions(NamedTuple):
    """What the command line asks for."""

    config: Path | None
    patient: str | None
    minutes: float | None
    fast: bool
    seed: int | None
    record: Path | None
    plain: bool
    stage: Stage | None = None


def run(options: RunOptions, console: Console) -> ExitCode:
    """Run until the time is up, Ctrl-C, `q` or a failed recording, and print the summary.

    Raises ConfigError, DriverError and RecordingError; whatever happens, the outputs are off when it returns.
    """
    settings = _settings(options)
    asked = None if options.stage is None else BY_NAME[options.stage].name
    settings = at_stage(settings, granted(settings, asked))
    if asked not in (None, settings.session.stage):
        _warn(f"stage {asked} is locked, running at {settings.session.stage}: `dorsiflex stage` tells more")
    on_bench = settings.hardware.backend == "simulator"
    minutes = options.minutes or (MINUTES_ON_BENCH if on_bench else None)
    clock = VirtualClock() if on_bench and options.fast else MonotonicClock()
    if settings.orthosis.enabled:
        _warn("orthosis.enabled: there is no orthosis driver yet; set-points are computed and recorded, nothing moves")
    path = options.record or _new_path(Path(settings.recording.directory))
    mailbox = Mailbox()
    # Whatever forks comes before whatever may run a thread: the devices.
    beside = _beside(settings, path, options, clock, mailbox, console)
    report, ended, seen, rig = run_rig(
        settings, lambda: _rig(settings, clock, options, minutes, beside.guard), beside, mailbox, minutes, _warn
    )
    _warn(seen.problem)
    print_summary(console, RunSummary(report, seen, rig.bench, path, settings, ended.refused))
    return _exit_code(report, ended, beside.recorder.problem())


def _rig(
    settings: Settings,
    clock: MonotonicClock | VirtualClock,
    options: RunOptions,
    minutes: float | None,
    guard: GuardProcess | None,
) -> Rig:
    if settings.hardware.backend == "simulator":
        return _bench(settings, clock, options.seed, 60.0 * (minutes or MINUTES_ON_BENCH))
    _warn(persistence_warning())
    rig = pi_rig(settings, clock, None if guard is None else guard.heartbeat)
    return without_output(rig) if settings.session.stage == "dry_run" else rig


def _beside(
    settings: Settings,
    path: Path,
    options: RunOptions,
    clock: MonotonicClock | VirtualClock,
    mailbox: Mailbox,
    console: Console,
) -> Beside:
    """Recorder and view: processes beside the loop in real time, parts of it in virtual time; and the guard."""
    plain = options.plain or not console.is_terminal

    def writer() -> BlackBoxWriter:
        return BlackBoxWriter(path, _header(settings))

    def resume(length: int, sequence: int) -> tuple[BlackBoxWriter, int]:
        return BlackBoxWriter.resume(path, length, sequence)

    if isinstance(clock, VirtualClock):
        return Beside(DirectRecorder(writer()), ThreadViewer(console, mailbox, plain=plain))
    ring = Ring()
    recorder, viewer = RingRecorder(ring, writer, resume), ProcessViewer(ring, console, plain=plain)
    return Beside(recorder, viewer, start_guard(settings, path))


def _warn(text: str) -> None:
    if text:
        Console(stderr=True).print(text, style="yellow", markup=False, soft_wrap=True)


def _bench(settings: Settings, clock: Clock, seed: int | None, seconds: float) -> Rig:
    """The virtual bench with the typical person of that kind, or the one whom a seed draws."""
    drawn = patient(settings.simulation.patient, seed)
    sensors_seed = TYPICAL_SEED if seed is None else seed
    return bench_rig(settings, clock, seed=sensors_seed, new_person=walker(settings, drawn, sensors_seed, seconds))


def _header(settings: Settings) -> Header:
    return make_header(
        settings,
        software_version=software(),
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
        settings = at_stage(settings, "simulate")
    return settings
