"""The command that says how fast a simulated person walks: its figures are plausible and its errors are one line."""

import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = Path(__file__).parents[2] / "benchmarks" / "simulation_speed.py"
ROWS = (
    "person with controller",
    "person, muscle sub-steps of 1 ms included",
    "sensors",
    "controller step",
    "loop and stimulator",
)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(COMMAND), *arguments], capture_output=True, text=True, timeout=100, check=False
    )


def test_it_prints_each_part_with_its_speed_and_the_functions_that_take_the_time() -> None:
    done = run("--seconds", "5", "--repeats", "1", "--profile")
    assert done.returncode == 0, done.stderr
    heading, columns, *rows = done.stdout.splitlines()[: 2 + len(ROWS)]
    assert heading.startswith("In simulation: drag, 5 s at 200 Hz")
    assert "x real time" in columns
    figures = {}
    for row in rows:
        name, *figure, _share = row.rsplit(maxsplit=3)
        figures[name.strip()] = [float(value) for value in figure]
    assert tuple(figures) == ROWS
    times, us = figures["person with controller"]
    assert times > 5.0
    assert times * us == pytest.approx(5000.0, rel=0.15)
    assert "controller.py" in done.stdout


@pytest.mark.parametrize(
    "arguments", [("--seconds", "1"), ("--seconds", "nan"), ("--repeats", "0"), ("--patient", "x")]
)
def test_a_wrong_command_line_is_one_line(arguments: tuple[str, str]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert "error:" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
