"""The command line: `dorsiflex run`, `simulate`, `cohort`, `faults`, `replay`, `score`, `doctor`, `config`."""

import errno
import os
import sys
import tempfile
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from config.problems import ConfigError, ConfigFileError
from dorsiflex import compiled
from dorsiflex.bring_up import AtStage, add_bring_up
from dorsiflex.cli_options import (
    COHORT_KINDS,
    ConfigFile,
    MediolateralAxis,
    Patients,
    Placement,
    Sensors,
    Speed,
    known_patient,
)
from dorsiflex.config_commands import config_app
from dorsiflex.exit_codes import ExitCode
from dorsiflex.faults_cli import faults
from dorsiflex.patient_check import KINDS
from dorsiflex.version import version
from drivers.errors import DriverError
from recording.errors import CannotWriteError, RecordingError

app = typer.Typer(
    name="dorsiflex",
    help="Open controller for people with foot drop. A research prototype, not a medical device: never on a person "
    "without a clinician and a hard-wired stop.",
    epilog="Exit codes: " + ", ".join(f"{code.value} {code.meaning}" for code in ExitCode) + ".",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(config_app, name="config")
app.command()(faults)
add_bring_up(app)


@app.command()
def run(
    config: ConfigFile = None,
    simulate: Annotated[
        str | None,
        typer.Option(help=f"Simulate this kind of person: {KINDS}.", metavar="PATIENT", callback=known_patient),
    ] = None,
    minutes: Annotated[
        float | None,
        typer.Option(min=0.05, max=1440, help="Length; by default 1 simulated, without end on hardware."),
    ] = None,
    speed: Annotated[Speed, typer.Option(help="1: real time; max: as fast as it goes (bench only).")] = Speed.REAL,
    seed: Annotated[
        int | None,
        typer.Option(help="Which simulated person of that kind, and which sensors; by default the typical person."),
    ] = None,
    record: Annotated[
        Path | None, typer.Option(help="Black box to write; by default a new file in the folder of the settings.")
    ] = None,
    plain: Annotated[bool, typer.Option("--plain", help="One line a second instead of the live view.")] = False,
    stage: AtStage = None,
) -> None:
    """Run the controller: on the virtual bench, or on hardware where the config says backend = "pi"."""
    from dorsiflex.run_command import RunOptions  # noqa: PLC0415 - numpy is not needed for --help
    from dorsiflex.run_command import run as run_now  # noqa: PLC0415

    options = RunOptions(config, simulate, minutes, speed == Speed.MAX, seed, record, plain, stage)
    raise typer.Exit(run_now(options, Console()))


@app.command()
def simulate(
    patient: Annotated[
        str | None,
        typer.Option(
            help=f"Kind of person: {KINDS}; by default that of the settings. With a script it sets at which current "
            "the muscle moves, never the motion.",
            metavar="PATIENT",
            callback=known_patient,
        ),
    ] = None,
    activity: Annotated[
        str, typer.Option(help="walk, or an everyday movement by a script; list tells them all.", metavar="ACTIVITY")
    ] = "walk",
    weeks: Annotated[
        float | None,
        typer.Option(min=0, max=520, help="Weeks that a person who recovers has had; by default none."),
    ] = None,
    minutes: Annotated[float, typer.Option(min=0.1, max=120, help="Length of the simulated time.")] = 2.0,
    speed_mps: Annotated[
        float | None,
        typer.Option(min=0.2, max=1.8, help="Walking speed, m/s; by default that of the settings. Not with a script."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Which simulated person and sensors of that kind.")] = 1,
    stimulation: Annotated[
        bool, typer.Option("--stimulation/--no-stimulation", help="Whether the simulated operator arms.")
    ] = True,
    fit: Annotated[
        bool,
        typer.Option(
            "--fit/--no-fit",
            help="Find this person's current first, seated and burst by burst, within the caps of the settings; "
            "without it the current of the settings is used.",
        ),
    ] = False,
    config: ConfigFile = None,
    csv: Annotated[Path | None, typer.Option(help="Write the traces to this CSV file.", metavar="FILE")] = None,
    report: Annotated[Path | None, typer.Option(help="Write a report to this HTML file.", metavar="FILE")] = None,
) -> None:
    """Simulate a walk as fast as it goes and judge it by what truly happened, never by the controller's word."""
    from dorsiflex.simulate_command import (  # noqa: PLC0415 - as in run
        ContradictionError,
        SimulateOptions,
        activity_lines,
        activity_names,
    )
    from dorsiflex.simulate_command import simulate as simulate_now  # noqa: PLC0415

    if activity not in activity_names():
        if activity != "list":
            raise typer.BadParameter(
                f"{activity} is no activity: `--activity list` names them", param_hint="--activity"
            )
        typer.echo("\n".join(activity_lines()))
        raise typer.Exit
    options = SimulateOptions(patient, activity, minutes, speed_mps, seed, stimulation, config, csv, report, fit, weeks)
    try:
        code = simulate_now(options, Console())
    except ContradictionError as problem:
        raise typer.BadParameter(str(problem), param_hint=problem.option) from None
    raise typer.Exit(code)


@app.command()
def cohort(
    patient: Patients = None,
    people: Annotated[int, typer.Option("--people", "--seeds", min=1, max=1000, help="People of each kind.")] = 20,
    first_seed: Annotated[
        int, typer.Option(min=0, help="Seed of the first of them; the others have the seeds that follow.")
    ] = 1000,
    minutes: Annotated[float, typer.Option(min=0.1, max=120, help="How long each walks.")] = 5.0,
    speed_mps: Annotated[
        float | None, typer.Option(min=0.2, max=1.8, help="Walking speed, m/s; by default that of the settings.")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Processes that share the work.")] = 1,
    scheduler: Annotated[str, typer.Option(help="Have a Dask cluster do it, tcp://HOST:8786.", metavar="ADDRESS")] = "",
    config: ConfigFile = None,
    csv: Annotated[
        Path | None, typer.Option(help="Write a row for each person and current to this CSV file.", metavar="FILE")
    ] = None,
) -> None:
    """Simulate many people of each kind: whom stimulation helps, as set and with a current fitted to each person."""
    from dorsiflex.cohort_command import CohortOptions  # noqa: PLC0415 - as in run
    from dorsiflex.cohort_command import cohort as cohort_now  # noqa: PLC0415

    kinds = tuple(dict.fromkeys(patient or COHORT_KINDS))
    options = CohortOptions(kinds, people, first_seed, minutes, speed_mps, jobs, config, csv, scheduler)
    raise typer.Exit(cohort_now(options, Console()))


@app.command()
def replay(
    file: Annotated[Path, typer.Argument(help="A black box, or a recording as .csv or .csv.gz.")],
    sensors: Annotated[Sensors, typer.Option(help="Sensors of a CSV recording to use.")] = Sensors.BOTH,
    placement: Annotated[Placement, typer.Option(help="Where the IMU of a CSV recording sits.")] = Placement.SHANK,
    mediolateral_axis: Annotated[
        MediolateralAxis, typer.Option(help="Axis of the recorded IMU, signed so that its rate is positive in swing.")
    ] = MediolateralAxis.PLUS_Y,
    events: Annotated[Path | None, typer.Option(help="Write the gait events to this CSV file.")] = None,
    bursts: Annotated[Path | None, typer.Option(help="Write the bursts to this CSV file.")] = None,
    config: ConfigFile = None,
) -> None:
    """Run the controller over a recording. A black box is also compared with what it recorded, tick by tick."""
    from dorsiflex.replay_command import ReplayOptions  # noqa: PLC0415 - as in run
    from dorsiflex.replay_command import replay as replay_now  # noqa: PLC0415

    options = ReplayOptions(file, sensors.value, placement.value, mediolateral_axis.value, events, bursts, config)
    raise typer.Exit(replay_now(options, Console()))


@app.command()
def score(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="Recordings, as .csv, .csv.gz or .dfx, or folders of them; NAME.events.csv is beside each."
        ),
    ],
    sensors: Annotated[Sensors, typer.Option(help="Sensors of the CSV recordings to use.")] = Sensors.BOTH,
    placement: Annotated[
        Placement | None, typer.Option(help="Where the IMU sits; by default as NAME.json says, else the shank.")
    ] = None,
    mediolateral_axis: Annotated[
        MediolateralAxis | None,
        typer.Option(help="Axis of the IMU whose rate is positive in swing; by default as NAME.json says, else +y."),
    ] = None,
    limits: Annotated[
        Path | None, typer.Option(help="Limits (TOML) that the figures must keep; else the exit code is 9.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="Write a page with every miss and extra to this HTML file.", metavar="FILE")
    ] = None,
    config: ConfigFile = None,
) -> None:
    """Score the controller's gait events on your own recordings against a reference, and judge them by limits."""
    from dorsiflex.score.recordings import DetectOptions  # noqa: PLC0415 - as in run
    from dorsiflex.score_command import ScoreOptions  # noqa: PLC0415
    from dorsiflex.score_command import score as score_now  # noqa: PLC0415

    axis = mediolateral_axis.value if mediolateral_axis else None
    detect = DetectOptions(sensors.value, placement.value if placement else None, axis, config)
    raise typer.Exit(score_now(ScoreOptions(tuple(files), detect, limits, report), Console()))


@app.command()
def doctor(config: ConfigFile = None) -> None:
    """Look whether every device of the config is there and the right one, and how quickly it answers.

    Nobody is stimulated. Exit code 5: something is absent, wrong or fails.
    """
    from dorsiflex.doctor_command import doctor as doctor_now  # noqa: PLC0415 - as in run

    raise typer.Exit(doctor_now(config, Console()))


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"dorsiflex {version()}")
        raise typer.Exit


@app.callback()
def top(
    command: typer.Context,
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Open controller for people with foot drop."""
    if command.invoked_subcommand in compiled.COMMANDS:
        compiled.use()


def main() -> None:
    """Run the command line; every error that a user can cause is one line and an exit code."""
    try:
        app()
    except (ConfigError, DriverError, RecordingError) as error:
        typer.echo(str(error), err=True)
        sys.exit(_code_of(error))
    except KeyboardInterrupt:
        sys.exit(ExitCode.INTERRUPTED)
    except OSError as error:
        if error.filename is not None or error.errno not in (errno.ENOSPC, errno.EIO, errno.EPIPE):
            typer.echo(_report_bug(error), err=True)
            sys.exit(ExitCode.INTERNAL)
        # Neither a file nor a device of ours: what is printed has no place to go.
        _give_up_stdout()
        with suppress(OSError):
            typer.echo(f"cannot print: {os.strerror(error.errno).lower()}: the recording is not concerned", err=True)
        sys.exit(ExitCode.CANNOT_WRITE)
    except Exception as error:  # noqa: BLE001 - a bug: told in one line, the traceback goes where it can be sent from
        typer.echo(_report_bug(error), err=True)
        sys.exit(ExitCode.INTERNAL)


def _give_up_stdout() -> None:
    """Python would try again to write what is left at its exit, and print a traceback."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _report_bug(error: Exception) -> str:
    with tempfile.NamedTemporaryFile("w", prefix="dorsiflex-bug-", suffix=".txt", delete=False) as file:
        file.write("".join(traceback.format_exception(error)))
    return f"bug in dorsiflex: {type(error).__name__}: {error}: please report it with {file.name}"


def _code_of(error: Exception) -> ExitCode:
    if isinstance(error, ConfigFileError):
        return ExitCode.BAD_FILE
    if isinstance(error, ConfigError):
        return ExitCode.BAD_CONFIG
    if isinstance(error, DriverError):
        return ExitCode.NO_DEVICE
    return ExitCode.CANNOT_WRITE if isinstance(error, CannotWriteError) else ExitCode.BAD_FILE
