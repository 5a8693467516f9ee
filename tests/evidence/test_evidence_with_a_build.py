"""The command that lets campaigns in simulated time use a build."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def fast(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "evidence.fast", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("words", [(), ("host_death",), ("coverage", "--check"), ("run",)])
def test_only_what_runs_in_simulated_time_may_use_a_build(words: tuple[str, ...]) -> None:
    done = fast(*words)
    assert done.returncode == 2
    assert done.stderr == "python -m evidence.fast NAME: one of fault_matrix, stateful, endurance\n"


def test_the_campaign_gets_its_own_arguments() -> None:
    done = fast("fault_matrix", "--only", "nothing")
    assert done.returncode == 2
    assert "--only: nothing of that name" in done.stderr
