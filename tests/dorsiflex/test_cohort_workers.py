"""Who simulates a cohort does not matter, and a worker that is killed costs nobody's result. Real processes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import islice
from multiprocessing import active_children
from pathlib import Path

import pytest

from config.load import default_document
from config.problems import ConfigError
from dorsiflex.cohort import Walked, walk_all
from dorsiflex.cohort_workers import AHEAD, in_processes, on_cluster

Run = Callable[..., subprocess.CompletedProcess[str]]
SAMPLE = ("cohort", "--people", "1", "--minutes", "0.1")
SEEDS, SECONDS = range(3), 6.0


def double(number: int) -> int:
    return 2 * number


def die(number: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return number


@pytest.fixture(scope="module")
def alone() -> list[Walked]:
    """The people as one process simulates them; compared by their text, as NaN is not equal to NaN."""
    return list(walk_all(default_document().settings, ("drag",), SEEDS, SECONDS))


def test_a_killed_process_costs_nobodys_result(alone: list[Walked]) -> None:
    walks = walk_all(default_document().settings, ("drag",), SEEDS, SECONDS, jobs=2)
    first = next(walks)
    killed = active_children()[0].pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    assert repr([first, *walks]) == repr(alone)
    assert killed not in [child.pid for child in active_children()]


def test_processes_that_die_again_and_again_are_told() -> None:
    with pytest.raises(ConfigError, match=r"^--jobs: 3 times a process was ended from outside"):
        list(in_processes(die, range(2), 1))


def test_people_are_handed_out_as_they_are_needed() -> None:
    """Nobody counts a cohort before it walks: memory does not grow with it."""
    asked: list[int] = []

    def people() -> Iterator[int]:
        for number in range(1000):
            asked.append(number)
            yield number

    results = in_processes(double, people(), 1)
    assert list(islice(results, 5)) == [0, 2, 4, 6, 8]
    assert len(asked) <= 5 + AHEAD
    results.close()  # type: ignore[attr-defined]


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A Dask scheduler on this machine with two workers: its address, and the workers' processes."""
    pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    found = tmp_path / "scheduler.json"
    dask = [sys.executable, "-m", "dask"]
    here = ["--host", "127.0.0.1", "--no-dashboard"]
    with ExitStack() as stack:

        def start(*arguments: str) -> subprocess.Popen[bytes]:
            command, nowhere = [*dask, *arguments, *here], subprocess.DEVNULL
            process = subprocess.Popen(command, cwd=tmp_path, stdout=nowhere, stderr=nowhere)
            stack.callback(process.wait, 10)
            stack.callback(process.kill)
            return process

        start("scheduler", "--port", "0", "--scheduler-file", str(found))
        one = ("--nthreads", "1", "--no-nanny", "--scheduler-file", str(found))
        deadline = time.monotonic() + 30.0
        while not found.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        address = found.read_text(encoding="utf-8").split('"address": "')[1].split('"')[0]
        yield address, [start("worker", *one), start("worker", *one)]


def test_a_cluster_gives_the_same_people_though_a_worker_is_killed(
    cluster: tuple[str, list[subprocess.Popen[bytes]]], alone: list[Walked]
) -> None:
    address, workers = cluster
    walks = walk_all(default_document().settings, ("drag",), SEEDS, SECONDS, scheduler=address)
    first = next(walks)
    workers[0].kill()
    assert repr([first, *walks]) == repr(alone)
    assert workers[0].wait(10) == -signal.SIGKILL


def test_a_scheduler_that_is_not_there_is_told_in_one_line(in_process: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    monkeypatch.setattr("dorsiflex.cohort_workers.ANSWERS_WITHIN_S", 0.2)
    done = in_process(*SAMPLE, "--scheduler", "tcp://127.0.0.1:9")
    assert done.returncode == 3
    assert done.stderr.startswith("--scheduler: no Dask scheduler answers at tcp://127.0.0.1:9: start one with")
    assert len(done.stderr.splitlines()) == 1


def test_without_dask_the_command_says_what_to_install(in_process: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    done = in_process(*SAMPLE, "--scheduler", "tcp://127.0.0.1:8786")
    assert done.returncode == 3
    cure = f"in the checkout, {sys.executable} -m pip install '.[cluster]', and so on the workers"
    assert done.stderr == f"--scheduler: needs Dask: {cure}\n"
    with pytest.raises(ConfigError):
        list(on_cluster(double, range(2), "tcp://127.0.0.1:8786"))
