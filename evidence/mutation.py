"""Break the safety chain in every small way, and see whether its own tests notice.

    python -m evidence.mutation                          # every mutant of every file; exit code 1 if one survives
    python -m evidence.mutation --file gate --budget-s 60 --seed 3

The files themselves are never written. One process collects the tests and runs them once; each mutant gets a fork of
it, whose loaded module is replaced by the mutated one, in every module that imported from it. Its tests run, those that
killed most first, then the quickest; one that fails or runs out of processor time kills the mutant.
"""

import argparse
import ast
import os
import random
import signal
import sys
import time
import tomllib
from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from evidence.mutants import Mutant, mutants_of
from evidence.result import save

ROOT = Path(__file__).parent.parent
EXCUSED = Path(__file__).parent / "excused_mutants.toml"
TESTS = {
    "gate": ["test_gate_*.py", "test_limit_matrix.py"],
    "account": ["test_gate_*.py", "test_limit_matrix.py"],
    "permission": ["test_gate_account.py", "test_gate_memory.py"],
    "contact": ["test_contact_*.py"],
    "gait": ["test_gait_*.py"],
    "arming": ["test_arming_*.py"],
    "faults": ["test_fault_*.py"],
    "fault_book": ["test_fault_*.py"],
}
"""The tests that have to notice, by file of `controller/`."""

QUICK = "not whatever and not for_any and not matrix and not all_floats"
"""The tests but for random examples and many cases: the others kill nearly every mutant."""

IMPORT_FAILED, SURVIVED = 60000, 60001
OUT_OF_TIME = -signal.SIGVTALRM


@dataclass
class Tally:
    """What became of the mutants of one file."""

    known: int = 0
    tried: int = 0
    killed: int = 0
    out_of_time: int = 0
    excused: list[str] = field(default_factory=list)
    survivors: list[str] = field(default_factory=list)
    needless: list[str] = field(default_factory=list)


class Campaign:
    """A pytest plugin: instead of running the tests once it runs them against mutants."""

    def __init__(self, files: list[str], jobs: int, budget_s: float | None, seed: int, slowest_s: float) -> None:
        self.files, self.jobs, self.budget_s, self.slowest_s = files, jobs, budget_s, slowest_s
        self.random = random.Random(seed)
        self.tallies: dict[str, Tally] = {}
        self.problems: list[str] = []
        self.kills: Counter[int] = Counter()
        self.took_s: dict[int, float] = {}

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run everything once unbroken, then each file's tests against its mutants."""
        _without_shrinking(session.items)
        for i, item in enumerate(session.items):
            began_s = time.process_time()
            following = session.items[i + 1] if i + 1 < len(session.items) else None
            if _fails(item, following):
                self.problems.append(f"fails without any mutant: {item.nodeid}")
            self.took_s[i] = time.process_time() - began_s
        if not self.problems:
            for name in self.files:
                self._try_file(name, session.items)
        return True

    def _try_file(self, name: str, items: list[pytest.Item]) -> None:
        module = sys.modules[f"controller.{name}"]
        path = ROOT / "controller" / f"{name}.py"
        tree = ast.parse(path.read_text())
        mutants = mutants_of(tree, _constants(module))
        excused = {entry["name"] for entry in tomllib.loads(EXCUSED.read_text()).get(name, [])}
        self.problems += [
            f"excused, but there is no such mutant: {name}: {x}" for x in excused - {m.name for m in mutants}
        ]
        wanted = {test for pattern in TESTS[name] for test in (ROOT / "tests" / "controller").glob(pattern)}
        numbers = [i for i, item in enumerate(items) if item.path in wanted and self.took_s[i] <= self.slowest_s]
        tally = self.tallies[name] = Tally(known=len(mutants))
        if self._fork(None, module, tree, [items[i] for i in numbers], numbers) != SURVIVED:
            self.problems.append(f"the tests of {name} fail although nothing was mutated but loaded anew")
            return
        if self.budget_s is not None:
            self.random.shuffle(mutants)
        began_s = time.monotonic()
        running: dict[int, tuple[Mutant, int]] = {}
        for mutant in mutants:
            if self.budget_s is not None and time.monotonic() - began_s > self.budget_s / len(self.files):
                break
            if len(running) >= self.jobs:
                self._reap(running, tally, excused)
            order = sorted(numbers, key=lambda i: (-self.kills[i], self.took_s[i]))
            pid, pipe = self._start(mutant, module, tree, [items[i] for i in order], order)
            running[pid] = mutant, pipe
        while running:
            self._reap(running, tally, excused)

    def _fork(
        self, mutant: Mutant | None, module: ModuleType, tree: ast.Module, items: list[pytest.Item], numbers: list[int]
    ) -> int:
        pid, pipe = self._start(mutant, module, tree, items, numbers)
        _, status = os.waitpid(pid, 0)
        return _verdict(pipe, status)

    def _start(
        self, mutant: Mutant | None, module: ModuleType, tree: ast.Module, items: list[pytest.Item], numbers: list[int]
    ) -> tuple[int, int]:
        read_end, write_end = os.pipe()
        sys.stdout.flush()
        pid = os.fork()
        if pid:
            os.close(write_end)
            return pid, read_end
        verdict = IMPORT_FAILED
        try:
            silence = os.open(os.devnull, os.O_WRONLY)
            os.dup2(silence, 1)
            os.dup2(silence, 2)
            if mutant is not None:
                mutant.edit()
            signal.setitimer(signal.ITIMER_VIRTUAL, 5.0)
            _install(module, tree, items)
            verdict = SURVIVED
            for i, item in enumerate(items):
                signal.setitimer(signal.ITIMER_VIRTUAL, 1.0 + 5.0 * self.took_s[numbers[i]])
                if _fails(item, items[i + 1] if i + 1 < len(items) else None):
                    verdict = numbers[i]
                    break
        finally:
            os.write(write_end, verdict.to_bytes(4, "little"))
            os._exit(0)

    def _reap(self, running: dict[int, tuple[Mutant, int]], tally: Tally, excused: set[str]) -> None:
        pid, status = os.wait()
        mutant, pipe = running.pop(pid)
        verdict = _verdict(pipe, status)
        tally.tried += 1
        if tally.tried % 50 == 0:
            print(f"{tally.tried} of {tally.known}, {len(tally.survivors)} survived", file=sys.stderr, flush=True)  # noqa: T201
        if verdict == SURVIVED:
            (tally.excused if mutant.name in excused else tally.survivors).append(f"{mutant.line}: {mutant.name}")
            if mutant.name not in excused:
                print(f"  survived: {mutant.line}: {mutant.name}", file=sys.stderr, flush=True)  # noqa: T201
            return
        tally.killed += 1
        if mutant.name in excused:
            tally.needless.append(mutant.name)
        if verdict == OUT_OF_TIME:
            tally.out_of_time += 1
        elif verdict != IMPORT_FAILED:
            self.kills[verdict] += 1


def _verdict(pipe: int, status: int) -> int:
    """The number of the test that failed, or one of the other verdicts."""
    with os.fdopen(pipe, "rb") as said:
        answer = said.read()
    if os.WIFSIGNALED(status):
        return OUT_OF_TIME
    return int.from_bytes(answer, "little")


def _fails(item: pytest.Item, following: pytest.Item | None) -> bool:
    return any(report.failed for report in runtestprotocol(item, log=False, nextitem=following))


def _without_shrinking(items: list[pytest.Item]) -> None:
    """One failing example is enough: do not look for a smaller one."""
    import hypothesis  # noqa: PLC0415 - pytest's plugin wants to import it first

    quick = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
    for item in items:
        test = getattr(getattr(item, "obj", None), "__func__", getattr(item, "obj", None))
        chosen = getattr(test, "_hypothesis_internal_use_settings", None)
        if chosen is not None:
            setattr(test, "_hypothesis_internal_use_settings", hypothesis.settings(chosen, phases=quick))  # noqa: B010
        machine: Any = getattr(item, "cls", None)
        if isinstance(getattr(machine, "settings", None), hypothesis.settings):
            machine.settings = hypothesis.settings(machine.settings, phases=quick)


def _install(module: ModuleType, tree: ast.Module, items: list[pytest.Item]) -> None:
    """Load the module anew from the tree, and give what is new to everybody who imported what was there before."""
    before = dict(vars(module))
    exec(compile(ast.fix_missing_locations(tree), module.__file__ or "", "exec"), vars(module))
    users = [user for user in sys.modules.values() if user is not None and user is not module]
    users += [item.getparent(pytest.Module).obj for item in items if item.getparent(pytest.Module) is not None]  # type: ignore[union-attr]
    for name, new in list(vars(module).items()):
        if name.startswith("__"):
            continue
        old = before.get(name)
        for user in users:
            names = getattr(user, "__dict__", {})
            if names.get(name) is old and old is not None:
                names[name] = new


def _constants(module: ModuleType) -> dict[str, list[str]]:
    """To each number or enum member that a module defines or imports all names of its kind."""
    kinds: dict[type, list[str]] = {}
    for name, value in vars(module).items():
        if name.isupper() and isinstance(value, int | float | Enum) and not isinstance(value, bool):
            kinds.setdefault(type(value) if isinstance(value, Enum) else float, []).append(name)
    return {name: names for names in kinds.values() for name in names}


def main() -> int:
    """Run the campaign as the command line says; the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--file", action="append", choices=list(TESTS), help="this file only; may be repeated")
    parser.add_argument("--jobs", type=int, default=2, help="mutants at a time")
    parser.add_argument("--budget-s", type=float, help="a random sample that takes about so long; left out: all")
    parser.add_argument("--seed", type=int, default=1, help="of the sample")
    parser.add_argument("--slowest-s", type=float, default=60.0, help="leave out tests that take longer")
    parser.add_argument("--quick", action="store_true", help="leave out the tests that take most of the time")
    asked = parser.parse_args()
    files = asked.file or list(TESTS)
    os.environ["CI"] = "true"
    tests = sorted({str(path) for f in files for p in TESTS[f] for path in (ROOT / "tests" / "controller").glob(p)})
    campaign = Campaign(files, asked.jobs, asked.budget_s, asked.seed, asked.slowest_s)
    began_s = time.monotonic()
    options = ["-p", "no:cacheprovider", "-p", "no:terminal", "-s", f"--rootdir={ROOT}"]
    options += ["-o", "addopts=--import-mode=importlib"]
    options += ["-k", QUICK] if asked.quick else []
    code = pytest.main([*options, *tests], plugins=[campaign])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        campaign.problems.append(f"pytest ended with {code!r}")
    return _report(campaign, time.monotonic() - began_s, whole=asked == parser.parse_args([f"--jobs={asked.jobs}"]))


def _report(campaign: Campaign, took_s: float, *, whole: bool) -> int:
    tallies = campaign.tallies
    for name, t in tallies.items():
        print(  # noqa: T201
            f"{name}: {t.tried} of {t.known} mutants, {t.killed} killed ({t.out_of_time} by the clock), "
            f"{len(t.excused)} excused, {len(t.survivors)} survived"
        )
        for survivor in t.survivors:
            print(f"  survived: {name}.py:{survivor}")  # noqa: T201
        campaign.problems += [f"excused, but a test kills it: {name}: {mutant}" for mutant in t.needless]
    for problem in campaign.problems:
        print(problem)  # noqa: T201
    tried, survived = sum(t.tried for t in tallies.values()), sum(len(t.survivors) for t in tallies.values())
    print(f"{tried} mutants in {took_s:.0f} s, {tried / took_s:.0f} a second")  # noqa: T201
    if whole:
        figures: dict[str, int | float | str | bool | None] = {
            "mutants": tried,
            "killed": sum(t.killed for t in tallies.values()),
            "excused, each with a proof": sum(len(t.excused) for t in tallies.values()),
            "survivors": survived,
            "files": ", ".join(f"{name}.py {t.tried}" for name, t in tallies.items()),
            "seconds": round(took_s),
        }
        save("mutation", "Mutants of the safety chain", figures, whole=True)
    return 1 if survived or campaign.problems else 0


if __name__ == "__main__":
    sys.exit(main())
