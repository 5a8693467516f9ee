"""The command line as a user meets it: real processes of the installed program."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from controller.signals import Contact, Tick
from dorsiflex.cli import main
from recording.blackbox import TickRecord, read_black_box

COMMAND = (str(Path(sys.executable).parent / "dorsiflex"),)
LONGEST_S = 90.0


def outside_any_checkout() -> dict[str, str]:
    """The environment of a user: no import path of ours, no terminal of a test runner."""
    environment = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "COLUMNS", "LINES")}
    return environment | {"COLUMNS": "100", "PYTHONSAFEPATH": "1"}


def assert_no_traceback(text: str) -> None:
    assert "Traceback" not in text
    assert "bug in dorsiflex" not in text


class Program:
    """Runs `dorsiflex` in a folder; whatever it prints, it is no traceback."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *arguments: str | Path, prefix: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [*prefix, *COMMAND, *map(str, arguments)],
            cwd=self.folder,
            env=outside_any_checkout(),
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=LONGEST_S,
        )
        assert_no_traceback(done.stdout + done.stderr)
        return done

    def start(self, *arguments: str | Path) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*COMMAND, *map(str, arguments)],
            cwd=self.folder,
            env=outside_any_checkout(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
        )


@pytest.fixture
def dorsiflex(tmp_path: Path) -> Program:
    return Program(tmp_path)


@pytest.fixture
def in_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """The same without a process of its own: quicker, for what ends before anything runs."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")

    def call(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        argv = ["dorsiflex", *map(str, arguments)]
        monkeypatch.setattr(sys, "argv", argv)
        with pytest.raises(SystemExit) as ending:
            main()
        printed = capsys.readouterr()
        assert_no_traceback(printed.out + printed.err)
        return subprocess.CompletedProcess(argv, int(ending.value.code or 0), printed.out, printed.err)

    return call


@pytest.fixture(scope="session")
def walk(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A short simulated walk: its recording and what was printed."""
    folder = tmp_path_factory.mktemp("walk")
    path = folder / "walk.dfx"
    return path, Program(folder)("run", "--speed", "max", "--minutes", "0.2", "--seed", "3", "--record", path)


def ticks_in(path: Path) -> list[Tick]:
    return [record.tick for record in read_black_box(path).records if isinstance(record, TickRecord)]


@pytest.fixture(scope="session")
def ticks_of() -> Callable[[Path], list[Tick]]:
    return ticks_in


def lets_current_out(tick: Tick) -> bool:
    return any(
        command.stimulate if isinstance(command, Contact) else any(train.current_ma > 0.0 for train in command.trains)
        for command in tick.allowed.values()
    )


@pytest.fixture(scope="session")
def is_on() -> Callable[[Tick], bool]:
    return lets_current_out


@pytest.fixture(scope="session")
def command() -> tuple[str, ...]:
    return COMMAND


@pytest.fixture(scope="session")
def user_environment() -> dict[str, str]:
    return outside_any_checkout()


@pytest.fixture
def started(dorsiflex: Program) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts programs that are over when the test is."""
    running: list[subprocess.Popen[str]] = []

    def start(*arguments: str | Path) -> subprocess.Popen[str]:
        running.append(dorsiflex.start(*arguments))
        return running[-1]

    yield start
    for one in running:
        if one.poll() is None:
            one.kill()
        one.communicate()
