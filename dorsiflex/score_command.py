"""`dorsiflex score`: the controller's gait events against a user's own reference, as table, page and verdict."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from config.hashes import settings_hash
from config.load import default_settings, load_settings
from dorsiflex.exit_codes import ExitCode
from dorsiflex.score.limits import broken, read_limits
from dorsiflex.score.page import Verdict, score_page
from dorsiflex.score.recordings import DetectOptions, ScoredLeg, recordings_in, score_recording
from dorsiflex.score.table import group_figures, print_tables
from dorsiflex.simulate_command import check_writable, write_text
from recording.errors import RecordingError


class ScoreOptions(NamedTuple):
    """What the command line asks for."""

    files: tuple[Path, ...]
    detect: DetectOptions
    limits: Path | None
    report: Path | None


def score(options: ScoreOptions, console: Console) -> ExitCode:
    """Score the recordings, print the tables, write the page, and judge by the limits.

    A recording that cannot be read does not stop the others: it is told at the end, and the exit code is that of a bad
    file. Raises ConfigError, and CannotWriteError for a page that cannot be written before anything is scored.
    """
    limits = read_limits(options.limits) if options.limits is not None else ()
    if options.report is not None:
        check_writable(options.report)
    settings = load_settings(options.detect.config) if options.detect.config else default_settings()
    paths = recordings_in(options.files)
    legs, failures = _score_all(paths, options.detect, console)
    verdict = None
    if options.limits is not None:
        verdict = Verdict(options.limits.name, tuple(broken(limits, group_figures(legs))))
    if options.report is not None:
        # Before anything is printed: who looks at the first lines only gets the page all the same.
        how = _how(options.detect, settings_hash(settings)[:12])
        write_text(options.report, score_page(legs, how, verdict))
    print_tables(console, legs)
    if verdict is not None:
        _tell(console, [*verdict.broken, f"{'failed' if verdict.broken else 'passed'}: limits {options.limits}"])
    if options.report is not None:
        _tell(console, [f"report {options.report}"])
    errors = Console(stderr=True)
    _tell(errors, failures)
    if not failures and not any(leg.cells for leg in legs):
        _tell(errors, ["nothing was scored: put the events of a reference beside a recording, as NAME.events.csv"])
        return ExitCode.BAD_FILE
    if failures:
        return ExitCode.BAD_FILE
    return ExitCode.OUTSIDE_LIMITS if verdict and verdict.broken else ExitCode.OK


def _score_all(paths: Sequence[Path], options: DetectOptions, console: Console) -> tuple[list[ScoredLeg], list[str]]:
    legs: list[ScoredLeg] = []
    failures: list[str] = []
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("scoring", total=len(paths))
        for path in paths:
            try:
                legs += score_recording(path, options)
            except RecordingError as problem:
                failures.append(str(problem))
            progress.advance(task)
    return legs, failures


def _how(options: DetectOptions, settings: str) -> str:
    """With what the controller ran, in a sentence for the page."""
    where = f"IMU on the {options.placement}" if options.placement else "IMU where each recording says"
    sensors = {"heel": "the heel switch alone", "imu": "the IMU alone", "both": "heel switch and IMU"}[options.sensors]
    placed = "" if options.sensors == "heel" else f", {where}"
    file = f" of {options.config.name}" if options.config else ", the default ones"
    return (
        f"Found with {sensors}{placed}; settings {settings}{file}. Black boxes: with the sensors of their own settings."
    )


def _tell(console: Console, lines: Sequence[str]) -> None:
    for line in lines:
        console.print(line, highlight=False, markup=False, soft_wrap=True)
