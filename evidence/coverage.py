"""Every line and every branch of the safety chain is run by its own tests, or this fails.

python -m evidence.coverage
python -m evidence.coverage --check    for CI: keeps no figures
"""

import argparse
import os
import sys
from pathlib import Path

import coverage
import pytest

from evidence.result import save

ROOT = Path(__file__).parent.parent
FILES = ("gate", "account", "permission", "arming", "faults", "fault_book", "contact", "gait")
TESTS = ("test_gate_*.py", "test_arming_*.py", "test_fault_*.py", "test_contact_*.py", "test_gait_*.py")
IMPORTS = "addopts=--import-mode=importlib"
QUICK = "not whatever and not for_any"
"""The properties over random examples add time and no line."""


class Failed:
    """Remembers which tests failed."""

    def __init__(self) -> None:
        self.tests: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note it."""
        if report.failed:
            self.tests.append(report.nodeid)


def main() -> int:
    """Run the tests of those files and print what they miss; the exit code."""
    parser = argparse.ArgumentParser(description="Lines and branches of the safety chain that its own tests run.")
    parser.add_argument("--check", action="store_true", help="keep no figures in docs/evidence")
    keeps = not parser.parse_args().check
    os.environ["CI"] = "true"
    sources = [str(ROOT / "controller" / f"{name}.py") for name in FILES]
    measured = coverage.Coverage(branch=True, include=sources, data_file=None, config_file=False)
    tests = sorted({str(path) for pattern in TESTS for path in (ROOT / "tests" / "controller").glob(pattern)})
    failed = Failed()
    measured.start()
    options = ["-p", "no:cacheprovider", "-p", "no:terminal", f"--rootdir={ROOT}", "-o", IMPORTS, "-k", QUICK]
    code = pytest.main([*options, *tests], plugins=[failed])
    measured.stop()
    if code != pytest.ExitCode.OK:
        print(f"the tests themselves ended with {code!r}: {', '.join(failed.tests)}")  # noqa: T201
        return 1
    lines = missing_lines = branches = missing_branches = 0
    for source in sources:
        found = measured._analyze(source)
        lines += found.numbers.n_statements
        missing_lines += found.numbers.n_missing
        branches += found.numbers.n_branches
        missing_branches += found.numbers.n_missing_branches
        for line in sorted(found.missing):
            print(f"{source}:{line}: not run by any test")  # noqa: T201
        for line, to in sorted(found.missing_branch_arcs().items()):
            print(f"{source}:{line}: no test goes from here to {', '.join(str(one) for one in to)}")  # noqa: T201
    print(f"{lines - missing_lines} of {lines} lines, {branches - missing_branches} of {branches} branches")  # noqa: T201
    if keeps:
        figures: dict[str, int | float | str | bool | None] = {
            "files": ", ".join(FILES),
            "lines": f"{lines - missing_lines} of {lines}",
            "branches": f"{branches - missing_branches} of {branches}",
        }
        save("coverage", "Lines and branches of the safety chain run by its tests", figures, whole=True)
    return 1 if missing_lines or missing_branches else 0


if __name__ == "__main__":
    sys.exit(main())
