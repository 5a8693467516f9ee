"""A sample of the mutants of the gate's rules and account: `python -m evidence.mutation` tries all of every file."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_a_sample_of_mutants_is_killed() -> None:
    command = [sys.executable, "-m", "evidence.mutation", "--file", "permission", "--file", "account"]
    command += ["--budget-s", "3", "--quick", "--jobs", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
