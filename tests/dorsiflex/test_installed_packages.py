"""What is tested is what would be shipped: the installed wheel, not the checkout beside the tests."""

import importlib
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOMS = ("config", "controller", "drivers", "dorsiflex", "recording", "runtime", "simulator")


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_comes_from_site_packages(room: str) -> None:
    file = importlib.import_module(room).__file__
    assert file is not None
    assert Path(file).parent.parent == Path(sysconfig.get_path("purelib"))


def test_the_installed_script_runs(tmp_path: Path) -> None:
    script = Path(sys.executable).parent / "dorsiflex"
    done = subprocess.run([script, "--version"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("dorsiflex ")
