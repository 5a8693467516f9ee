"""`dorsiflex simulate`: a simulated walk as fast as it goes, judged by the truth, as table, CSV file and report."""

import csv
import io
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from config.load import default_document, load_document
from config.schema import Settings
from controller.controller import Controller
from controller.signals import ArmingState
from dorsiflex.assemble import close_rig, open_rig, rig_of
from dorsiflex.exit_codes import ExitCode
from dorsiflex.fitted_current import FittedChannel, fit_person
from dorsiflex.live_view import fault_words
from dorsiflex.patient_check import check_patient
from dorsiflex.report.page import report_page
from dorsiflex.report.table import print_table
from dorsiflex.report.traces import CSV_COLUMNS, WalkTrace, csv_rows
from dorsiflex.report.walk import SimulatedWalk, device_pulses, judge_leg
from dorsiflex.shortfall import Walk, shortfall
from dorsiflex.virtual_loop import VirtualLoop
from dorsiflex.walker import walker
from recording.errors import write_failed
from runtime.loop import LoopReport
from simulator.activities.registry import ACTIVITIES
from simulator.bench import Bench, Body
from simulator.clock import VirtualClock
from simulator.patients import PATIENTS, Patient, after_weeks
from simulator.patients import patient as patient_of

WALK = "walk"
"""The activity of the walking person; all others are scripts."""
PROGRESS_EVERY_S = 1.0


class SimulateOptions(NamedTuple):
    """What the command line asks for; None: as the settings have it, or no such file."""

    patient: str | None
    activity: str
    minutes: float
    speed_mps: float | None
    seed: int
    stimulation: bool
    config: Path | None
    csv: Path | None
    report: Path | None
    fit: bool = False
    weeks: float | None = None


class ContradictionError(ValueError):
    """Options that cannot be had together; `option` is the one that would be ignored."""

    def __init__(self, option: str, text: str) -> None:
        super().__init__(text)
        self.option = option


def simulate(options: SimulateOptions, console: Console) -> ExitCode:
    """Simulate, print the table and write the files that were asked for.

    With `fit` the current is found with the person first, as in a clinic. Raises, before anything is simulated,
    ConfigError, ValueError for an unknown activity, ContradictionError for an option that would be ignored, and
    CannotWriteError for a place that cannot be written.
    """
    if options.activity != WALK and options.activity not in ACTIVITIES:
        raise ValueError(f"no such activity: {options.activity}: there are {', '.join(activity_names())}")
    _check_together(options)
    settings = _settings(options)
    _check_weeks(settings, options)
    for path in (options.csv, options.report):
        if path is not None:
            check_writable(path)
    fitted: tuple[FittedChannel, ...] = ()
    if options.fit:
        settings, fitted = fit_person(settings, person_of(settings, options)[0])
    walk, ended = _walk(settings, options, console, fitted)
    print_table(console, walk)
    if options.csv is not None:
        write_text(options.csv, csv_text(walk))
        _say(console, f"traces {options.csv}")
    if options.report is not None:
        write_text(options.report, report_page(walk))
        _say(console, f"report {options.report}")
    return _exit_code(*ended)


def activity_names() -> tuple[str, ...]:
    """Everything that a simulated person can be asked to do."""
    return (WALK, *ACTIVITIES)


def activity_lines() -> list[str]:
    """Everything that a simulated person can be asked to do, with its meaning, one a line."""
    meanings = {WALK: "the person walks, with and without stimulation"}
    meanings |= {activity.name: f"script: {activity.meaning}" for activity in ACTIVITIES.values()}
    width = max(map(len, meanings)) + 2
    return [f"{name:<{width}}{meaning}" for name, meaning in meanings.items()]


def csv_text(walk: SimulatedWalk) -> str:
    """The traces of all legs, one row a tick and leg."""
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow(CSV_COLUMNS)
    for leg in walk.legs:
        table.writerows(csv_rows(leg.trace, leg.current_ma))
    return text.getvalue()


def write_text(path: Path, text: str) -> None:
    """Put a file in its place in one step. Raises CannotWriteError."""
    target = Path(os.path.realpath(path))
    half = target.with_name(f".{target.name[:200]}.{os.getpid()}.half")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists() and not target.is_file() and not target.is_dir():
            target.write_text(text, encoding="utf-8")
            return
        half.write_text(text, encoding="utf-8", newline="")
        half.replace(target)
    except OSError as problem:
        with suppress(OSError):
            half.unlink()
        raise write_failed(problem, path) from problem


def _walk(
    settings: Settings, options: SimulateOptions, console: Console, fitted: tuple[FittedChannel, ...]
) -> tuple[SimulatedWalk, tuple[LoopReport, Sequence[str]]]:
    seconds = options.minutes * 60.0
    clock = VirtualClock()
    patient, make = person_of(settings, options)
    bench = Bench(settings, clock, seed=options.seed, wired=False, new_person=make)
    rig = rig_of(bench)
    trace = WalkTrace(settings, bench)
    # Nobody at the arm button: nothing is ever put out.
    parts = rig.parts if options.stimulation else rig.parts._replace(panels=())
    loop = VirtualLoop(parts, Controller(settings).step, rig.clock, settings.loop.rate_hz, trace)
    latched: tuple[str, ...] = ()
    with _progress(console) as progress:
        task = progress.add_task("simulating", total=seconds)
        shown_s = 0.0

        def over(t_s: float) -> bool:
            nonlocal latched, shown_s
            if t_s - shown_s >= PROGRESS_EVERY_S:
                shown_s = t_s
                progress.update(task, completed=t_s)
            # The last tick disarms, which acknowledges the latches: what counts is the state before it.
            last = trace.last
            latched = last.faults if last is not None and last.state == ArmingState.LATCHED else ()
            return t_s >= seconds

        try:
            open_rig(rig)
            report = loop.run(over)
        finally:
            close_rig(rig)
    legs = tuple(judge_leg(settings, patient, bench, trace, leg.side) for leg in settings.leg)
    if options.activity == WALK and options.stimulation:
        told = {leg.side: device_pulses(settings, bench, leg.side) for leg in legs}
        walked = Walk(settings, patient, options.seed, seconds, told)
        legs = tuple(leg._replace(shortfall=shortfall(walked, leg)) for leg in legs)
    meaning = "" if options.activity == WALK else ACTIVITIES[options.activity].meaning
    walk = SimulatedWalk(
        settings, patient, options.activity, meaning, seconds, options.seed, options.stimulation, legs, fitted
    )
    return walk, (report, latched)


def person_of(settings: Settings, options: SimulateOptions) -> tuple[Patient, Callable[[], Body]]:
    """The person of that kind whom the seed draws, and how to make them do the activity."""
    seconds = options.minutes * 60.0
    drawn = patient_of(settings.simulation.patient, options.seed)
    if options.weeks is not None:
        drawn = after_weeks(drawn, options.weeks)
    if options.activity != WALK:
        activity = ACTIVITIES[options.activity]
        return drawn, lambda: activity.build(options.seed, seconds, settings.leg[0].side)
    return drawn, walker(settings, drawn, options.seed, seconds)


def _progress(console: Console) -> Progress:
    """A bar on a terminal, nothing elsewhere."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:.0f} %"),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def _settings(options: SimulateOptions) -> Settings:
    document = load_document(options.config) if options.config else default_document()
    settings = document.settings
    if options.patient is None:
        check_patient(document)
    simulation: dict[str, object] = {}
    if options.patient is not None:
        simulation["patient"] = options.patient
    if options.speed_mps is not None:
        simulation["walking_speed_m_s"] = options.speed_mps
    changed = settings.model_copy(
        update={
            "simulation": settings.simulation.model_copy(update=simulation),
            "hardware": settings.hardware.model_copy(update={"backend": "simulator"}),
        }
    )
    return Settings.model_validate(changed.model_dump())


def _check_together(options: SimulateOptions) -> None:
    if options.activity != WALK and options.speed_mps is not None:
        raise ContradictionError("--speed-mps", f"{options.activity} is a script with a speed of its own")
    if options.activity != WALK and options.weeks is not None:
        raise ContradictionError("--weeks", f"{options.activity} is a script: nobody's strength changes its motion")
    if options.fit and not options.stimulation:
        raise ContradictionError("--fit", "there is no current to find with --no-stimulation")
    used: dict[str, str] = {}
    for option, path in (("--config", options.config), ("--csv", options.csv), ("--report", options.report)):
        if path is None or (path.exists() and not path.is_file()):
            continue
        target = os.path.realpath(path)
        if target in used:
            raise ContradictionError(option, f"{path} is the file of {used[target]}, which would be overwritten")
        used[target] = option


def _check_weeks(settings: Settings, options: SimulateOptions) -> None:
    kind = settings.simulation.patient
    if options.weeks is not None and PATIENTS[kind].voluntary_gain_per_week == 0.0:
        recover = ", ".join(name for name, person in PATIENTS.items() if person.voluntary_gain_per_week > 0.0)
        raise ContradictionError("--weeks", f"{kind} does not recover with the weeks; these do: {recover}")


def check_writable(path: Path) -> None:
    """Ten minutes of simulation should not end in an error that was there before."""
    target = Path(os.path.realpath(path))
    probe = target.with_name(f".{target.name[:200]}.{os.getpid()}.half")
    try:
        if target.is_dir():
            raise IsADirectoryError(21, "is a directory", str(target))
        if target.exists() and not target.is_file():
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as problem:
        raise write_failed(problem, path) from problem


def _say(console: Console, text: str) -> None:
    console.print(text, highlight=False, markup=False, soft_wrap=True)


def _exit_code(report: LoopReport, latched: Sequence[str]) -> ExitCode:
    errors = Console(stderr=True, style="red", soft_wrap=True, highlight=False, markup=False)
    if report.exception:
        errors.print(f"a tick failed: {report.exception}: please report it with the command that you gave")
        return ExitCode.INTERNAL
    if latched:
        errors.print(f"ended latched: {'; '.join(fault_words(name) for name in latched)}")
        return ExitCode.LATCHED
    return ExitCode.OK
