"""The options of `dorsiflex faults`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console


def faults(
    walks: Annotated[
        int, typer.Option(min=1, max=1_000_000, help="Walks of a minute each, with a fault or two.")
    ] = 100,
    seed: Annotated[int, typer.Option(help="Draws all walks of the campaign.")] = 1,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Processes that share the work.")] = 1,
    walk: Annotated[
        int | None,
        typer.Option(min=0, help="Only this walk, told in words; with --folder also its black box."),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(help="Keep every result here; the same command goes on where it ended.", metavar="FOLDER"),
    ] = None,
    json: Annotated[Path | None, typer.Option(help="Write all figures to this JSON file.", metavar="FILE")] = None,
    report: Annotated[Path | None, typer.Option(help="Write a page to this HTML file.", metavar="FILE")] = None,
) -> None:
    """Break sensors, bus, clock, devices and power in simulated walks, and judge by the truth what came of it.

    Exit code 9: something was harmful, or a fault changed nothing.
    """
    from dorsiflex.faults_command import FaultsOptions  # noqa: PLC0415 - numpy is not needed for --help
    from dorsiflex.faults_command import faults as faults_now  # noqa: PLC0415

    raise typer.Exit(faults_now(FaultsOptions(walks, seed, jobs, walk, folder, json, report), Console()))
