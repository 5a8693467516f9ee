"""`dorsiflex control`: a command for the run on this machine, of the same user."""

from pathlib import Path

from rich.console import Console

from config.load import default_document, load_document
from controller.signals import CommandKind
from dorsiflex.exit_codes import ExitCode
from runtime.control_socket import NAME, ask

PATIENCE_S = 3.0

NO_RUN = "no run answers at {}: is it running, as this user, with this config?"

NOT_DONE = ("no answer", "nothing was asked", "that is no request", "too late", "the run has ended")
"""What the door answers by itself: no tick has shown that the command was taken."""


def control(kind: CommandKind, argument: str, config: Path | None, console: Console) -> ExitCode:
    """Send one command and print what came of it. Raises ConfigError."""
    settings = (load_document(config) if config else default_document()).settings
    folder = Path(settings.recording.directory)
    request = f"{kind.value} {argument}".strip()
    try:
        answer = ask(folder, request, PATIENCE_S)
    except OSError:
        answer = ""
    if not answer:
        Console(stderr=True).print(NO_RUN.format(folder / NAME), style="red", markup=False, soft_wrap=True)
        return ExitCode.NO_DEVICE
    console.print(answer, markup=False, highlight=False, soft_wrap=True)
    if answer in NOT_DONE:
        return ExitCode.NO_DEVICE
    return ExitCode.OUTSIDE_LIMITS if " refused: " in answer else ExitCode.OK
