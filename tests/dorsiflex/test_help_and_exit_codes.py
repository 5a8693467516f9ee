"""The help says everything, and the exit codes are the same wherever they are listed."""

import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from dorsiflex.cli import app
from dorsiflex.exit_codes import ExitCode

Run = Callable[..., subprocess.CompletedProcess[str]]
ROOT = typer.main.get_command(app)
README = Path(__file__).resolve().parents[2] / "README.md"


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:  # noqa: ANN401
    yield path, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, (*path, name))


COMMANDS = dict(commands(ROOT))


def squeezed(text: str) -> str:
    return re.sub(r"[\s│]+", " ", text)


def test_the_commands_are_those_promised() -> None:
    assert set(COMMANDS) == {
        (), ("run",), ("replay",), ("score",), ("simulate",), ("cohort",), ("faults",), ("doctor",),
        ("stage",), ("control",),
        ("config",),
        ("config", "check"), ("config", "show"), ("config", "schema"), ("config", "default"),
    }  # fmt: skip


@pytest.mark.parametrize("path", list(COMMANDS), ids=" ".join)
def test_the_help_has_a_sentence_on_everything(path: tuple[str, ...], in_process: Run) -> None:
    command = COMMANDS[path]
    done = in_process(*path, "--help")
    assert done.returncode == 0
    shown = squeezed(done.stdout)
    assert command.help
    for parameter in command.params:
        sentence = parameter.help or ""
        assert sentence.endswith("."), f"{path}: {parameter.name} has no sentence"
        assert squeezed(sentence).split(" [")[0] in shown
        if parameter.param_type_name == "option":
            assert max(parameter.opts, key=len) in shown
    for name in getattr(command, "commands", {}):
        assert name in shown


def test_run_has_the_options_promised() -> None:
    options = {name for parameter in COMMANDS["run",].params for name in parameter.opts}
    assert options == {"--config", "--simulate", "--minutes", "--speed", "--seed", "--record", "--plain", "--stage"}


def test_replay_has_the_options_promised() -> None:
    options = {name for parameter in COMMANDS["replay",].params for name in parameter.opts if name.startswith("-")}
    assert options == {
        "--sensors", "--placement", "--mediolateral-axis", "--events", "--bursts", "--config"
    }  # fmt: skip


def test_score_has_the_options_promised() -> None:
    options = {name for parameter in COMMANDS["score",].params for name in parameter.opts if name.startswith("-")}
    assert options == {
        "--sensors", "--placement", "--mediolateral-axis", "--limits", "--report", "--config"
    }  # fmt: skip


def test_the_help_lists_the_exit_codes(in_process: Run) -> None:
    shown = squeezed(in_process("--help").stdout)
    listed = ", ".join(f"{code.value} {code.meaning}" for code in ExitCode)
    assert f"Exit codes: {listed}." in shown


def test_the_readme_lists_the_same_exit_codes() -> None:
    text = README.read_text(encoding="utf-8").split("## Exit codes", 1)[1].split("\n## ", 1)[0]
    codes = [int(entry.split()[0]) for entry in text.strip().split(" · ")]
    assert codes == sorted(code.value for code in ExitCode)


def test_help_asked_for_wrongly_still_helps(dorsiflex: Run) -> None:
    assert "Usage: dorsiflex" in dorsiflex().stdout + dorsiflex().stderr
    assert dorsiflex("-h").returncode == 0
