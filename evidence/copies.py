"""A copy of the project to break, and what tests say of it. The checkout itself is never changed."""

import os
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path
from types import TracebackType

FOLDERS = (
    "benchmarks",
    "config",
    "controller",
    "deploy",
    "docs",
    "dorsiflex",
    "drivers",
    "evidence",
    "recording",
    "runtime",
    "simulator",
    "tests",
)
FILES = ("pyproject.toml", "README.md", "LICENSE", "Makefile", "constraints.txt")
LONGEST_S = 300.0


class Copy:
    """The project in a temporary folder, gone with the `with` statement."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._temporary = tempfile.TemporaryDirectory(prefix="dorsiflex-copy-")
        self.folder = Path(self._temporary.name)

    def __enter__(self) -> "Copy":
        skip = shutil.ignore_patterns("__pycache__", ".hypothesis", "*.dfx")
        for name in FOLDERS:
            if (self._root / name).exists():
                shutil.copytree(self._root / name, self.folder / name, ignore=skip)
        for name in FILES:
            shutil.copy(self._root / name, self.folder / name)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._temporary.cleanup()


def outcomes(copy: Copy, tests: tuple[str, ...]) -> dict[str, str]:
    """Run the named tests on the copy: `passed`, or `failed` when one case of the test did; no entry: it did not run.

    `tests` are named `path::function`; a test with parameters is one test. A copy that cannot be imported runs nothing.
    """
    report = copy.folder / "report.xml"
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", *tests]
    environment = {**os.environ, "PYTHONPATH": str(copy.folder), "CI": "true", "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run(command, cwd=copy.folder, env=environment, capture_output=True, timeout=LONGEST_S, check=False)
    if not report.exists():
        return {}
    found: dict[str, str] = {}
    for case in ET.parse(report).iter("testcase"):
        name = f"{(case.get('classname') or '').replace('.', '/')}.py::{(case.get('name') or '').partition('[')[0]}"
        if name in tests:
            failed = case.find("failure") is not None
            found[name] = "failed" if failed or found.get(name) == "failed" else "passed"
    return found
