"""`dorsiflex config …`: check a config file, show every value, print the schema or the default file."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from config.delivery import remarks
from config.describe import Setting, value_text, walk, with_unit
from config.hashes import SHOWN_DIGITS, safety_hash
from config.lines import KeyPath, key_text
from config.load import Document, default_document, default_toml, load_document
from config.problems import ConfigError, ConfigFileError
from config.schema import Settings
from dorsiflex.exit_codes import ExitCode
from dorsiflex.patient_check import check_patient

config_app = typer.Typer(help="Check, show and start config files.", no_args_is_help=True, rich_markup_mode=None)

File = Annotated[Path, typer.Argument(metavar="FILE", help="Config file (TOML).")]
OptionalFile = Annotated[Path | None, typer.Argument(metavar="[FILE]", help="Config file; without: the default file.")]


@config_app.command()
def check(file: File) -> None:
    """Find every mistake in FILE.

    Prints one line when it can be used, and one for each value that the device delivers differently; otherwise each
    mistake with its line, the allowed range and unit.
    Exit code 3: it has mistakes; 4: it cannot be read.
    """
    document = load_or_exit(file)
    count = sum(path in document.lines for path, _, _ in walk(document.settings))
    typer.echo(f"{file}: ok, {count} settings, safety set {safety_hash(document.settings)[:SHOWN_DIGITS]}")
    for remark in remarks(document.settings):
        typer.echo(f"{file}: {remark.key}: {remark.text}")


@config_app.command()
def show(file: OptionalFile = None) -> None:
    """Show every value and where it came from.

    Each value has its unit, and the file and line that set it, or that it is the default. When the output is no
    terminal: one line per value, separated by tabs.
    """
    document = default_document() if file is None else load_or_exit(file)
    on_terminal = sys.stdout.isatty()
    name = Path(document.name).name if on_terminal else document.name
    rows = [_row(document, name, path, setting, value) for path, setting, value in walk(document.settings)]
    if on_terminal:
        _show_table(rows)
    else:
        for row in rows:
            typer.echo("\t".join(row))


@config_app.command()
def schema() -> None:
    """Print the JSON schema, for editors.

    With units, ranges and meanings; editors that know it complete and check TOML while you type.
    """
    typer.echo(json.dumps(Settings.model_json_schema(), indent=2, ensure_ascii=False))


@config_app.command()
def default() -> None:
    """Print the commented default file.

    To start your own from: `dorsiflex config default > my.toml`.
    """
    typer.echo(default_toml(), nl=False)


def load_or_exit(file: Path) -> Document:
    """The config in a file, or its problems on stderr and exit code 3 (errors in it) or 4 (cannot be read)."""
    try:
        document = load_document(file)
        check_patient(document)
    except ConfigError as error:
        typer.echo(str(error), err=True)
        code = ExitCode.BAD_FILE if isinstance(error, ConfigFileError) else ExitCode.BAD_CONFIG
        raise typer.Exit(code) from None
    return document


def _row(document: Document, name: str, path: KeyPath, setting: Setting, value: object) -> tuple[str, str, str]:
    line = document.lines.get(path)
    origin = "default" if line is None else f"{name}:{line}"
    shown = "left out" if value is None else with_unit(value_text(setting, value), setting.unit)
    return key_text(path), shown, origin


def _show_table(rows: list[tuple[str, str, str]]) -> None:
    # rich takes long to import and only a terminal needs it.
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=None, pad_edge=False)
    table.add_column("setting", no_wrap=True)
    table.add_column("value", overflow="fold")
    table.add_column("from", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)
