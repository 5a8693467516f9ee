"""The command that measures how far the controller is over all activities, on a few short runs."""

import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks.activities", "--seeds", "2", "--seconds", "12", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, cwd=CHECKOUT)


def row(printed: str, name: str) -> list[str]:
    return next(line for line in printed.splitlines() if line.startswith(f"{name} ")).split()[1:]


def test_bursts_are_counted_by_the_truth_and_an_activity_without_steps_wants_none() -> None:
    done = run("--sensors", "both", "--only", "classic,vehicle")
    assert done.stderr == ""
    assert "in simulation: 2 runs of 12 s" in done.stdout
    wanted, given, share, _, in_stance = row(done.stdout, "classic")[:5]
    assert int(wanted) >= 5
    assert (given, share, in_stance) == (wanted, "100.0", "0")
    assert float(row(done.stdout, "classic")[8]) > 0.9
    assert row(done.stdout, "vehicle")[:3] == ["0", "0", "-"]


def test_a_mistake_in_the_command_names_what_there_is() -> None:
    done = run("--only", "swimming")
    assert done.returncode == 2
    assert "no swimming: there are weight_shift" in done.stderr
