"""The commands of the bring-up: `dorsiflex stage` and `dorsiflex control`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from controller.signals import CommandKind, Mode
from dorsiflex.cli_options import ConfigFile


class Stage(StrEnum):
    """Stages of the bring-up, in their order."""

    SIMULATE = "simulate"
    DRY_RUN = "dry_run"
    DUMMY_LOAD = "dummy_load"
    SEATED = "seated"
    STANDING = "standing"
    WALKING = "walking"


class Wish(StrEnum):
    """What `dorsiflex control` may ask for."""

    ARM = "arm"
    DISARM = "disarm"
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"
    MODE = "mode"
    TEST_BURST = "test_burst"


ARGUMENTS = {Wish.MODE: tuple(Mode), Wish.TEST_BURST: ("left", "right")}
ARGUMENT_HELP = f"For mode: {', '.join(Mode)}; for test_burst: left, right."

AtStage = Annotated[
    Stage | None,
    typer.Option(
        help=f"Stage of the bring-up: {', '.join(Stage)}; by default the highest that is unlocked, on the bench the "
        "first.",
        metavar="STAGE",
    ),
]


def stage(
    accept: Annotated[
        Path | None, typer.Option(help="Take this recording in as evidence for its stage.", metavar="FILE")
    ] = None,
    config: ConfigFile = None,
) -> None:
    """List the stages of the bring-up, which are unlocked for these settings, and what the others need.

    On hardware a stage is armed only when every stage before it has an accepted recording of the same safety set.
    """
    from dorsiflex.stage_command import stage as stage_now  # noqa: PLC0415 - as in cli

    raise typer.Exit(stage_now(config, accept, Console()))


def control(
    wish: Annotated[Wish, typer.Argument(help="What to do.", metavar="COMMAND", show_default=False)],
    argument: Annotated[str, typer.Argument(help=ARGUMENT_HELP, show_default=False)] = "",
    config: ConfigFile = None,
) -> None:
    """Tell the run of the same user on this machine to arm, disarm, pause, resume, stop, or change the mode.

    COMMAND: arm, disarm, pause, resume, stop, mode, test_burst. Exit code 5: no run answers; 9: it was refused.
    """
    from dorsiflex.control_command import control as control_now  # noqa: PLC0415 - as in cli

    fitting = ARGUMENTS.get(wish, ("",))
    if argument not in fitting:
        wanted = f"needs one of {', '.join(fitting)}" if wish in ARGUMENTS else "takes no argument"
        raise typer.BadParameter(f"{wish} {wanted}", param_hint="argument")
    raise typer.Exit(control_now(CommandKind(wish.value), argument, config, Console()))


def add_bring_up(app: typer.Typer) -> None:
    """Add both commands to the command line."""
    app.command()(stage)
    app.command()(control)
