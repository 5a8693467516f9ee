"""How fast a cohort is simulated: two processes beside one, memory beside ten times the people, and a killed process.

`python -m benchmarks.cohort_speed [--people 8] [--minutes 1] [--jobs 2] [--repeats 2] [--patient drag]`

One and several processes take turns, and the best of the repeats counts. By the clock on the wall other programs on the
machine make the ratio worse, so the one that the processor times allow is printed too. Memory is the highest
proportional set size (PSS) of all processes together. As in `dorsiflex cohort`, the compiled controller and simulator
are used where they have been built. All figures are of people in simulation. A big run, as
`--people 1000 --minutes 10 --repeats 1`, takes hours.
"""

import argparse
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing import active_children
from os import times
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep
from typing import NamedTuple

from dorsiflex import compiled

compiled.use()

from config.load import default_document  # noqa: E402 - from here on compiled, where there is a build
from dorsiflex.cohort import WALKS_EACH, Walked, walk_all  # noqa: E402
from simulator.patients import PATIENTS  # noqa: E402

FIRST_SEED = 1000
MEMORY_MINUTES, MORE_PEOPLE = 0.1, 10
LOOK_EVERY_S = 0.05


def people_of(kind: str, people: int, minutes: float, jobs: int) -> Iterator[Walked]:
    """A cohort of one kind."""
    seeds = range(FIRST_SEED, FIRST_SEED + people)
    return walk_all(default_document().settings, (kind,), seeds, 60.0 * minutes, jobs)


class Took(NamedTuple):
    """Seconds on the wall, and of all processors together, s; the start of the processes included."""

    wall_s: float
    cpu_s: float


def time_of(kind: str, people: int, minutes: float, jobs: int) -> Took:
    """How long a cohort takes."""
    begin, before = monotonic(), times()
    for _ in people_of(kind, people, minutes, jobs):
        pass
    while active_children():
        sleep(0.01)
    wall_s, after = monotonic() - begin, times()
    return Took(wall_s, sum(after[:4]) - sum(before[:4]))


def highest_pss_mb(kind: str, people: int, jobs: int) -> float:
    """The most memory that this process and its workers have had together while people walked for a moment, MB."""
    highest, over = 0.0, Event()

    def look() -> None:
        nonlocal highest
        while not over.wait(LOOK_EVERY_S):
            mine = [os.getpid(), *(child.pid for child in active_children())]
            highest = max(highest, sum(_pss_mb(pid) for pid in mine if pid is not None))

    watcher = Thread(target=look)
    watcher.start()
    try:
        for _ in people_of(kind, people, MEMORY_MINUTES, jobs):
            pass
    finally:
        over.set()
        watcher.join()
    return highest


def _pss_mb(pid: int) -> float:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024.0
    return 0.0


def survives(kind: str, people: int, minutes: float, jobs: int) -> bool:
    """Whether a cohort, one process of which is killed after the first person, is the same as that of one process."""
    walks = people_of(kind, people, minutes, jobs)
    seen = [next(walks)]
    killed = active_children()[0].pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    seen.extend(walks)
    return repr(seen) == repr(list(people_of(kind, people, minutes, 1)))


def measure(asked: argparse.Namespace) -> Iterator[str]:
    """The lines of the table, as they come."""
    kind, people, minutes, jobs = asked.patient, asked.people, asked.minutes, asked.jobs
    how = f"best of {asked.repeats}, {'compiled' if compiled.in_use() else 'not compiled'}"
    yield f"In simulation: {people} people ({kind}), {minutes:g} min each, {how}."
    pairs = [[time_of(kind, people, minutes, number) for number in (1, jobs)] for _ in range(asked.repeats)]
    one, several = (Took(*map(min, zip(*column, strict=True))) for column in zip(*pairs, strict=True))
    for number, took in ((1, one), (jobs, several)):
        real = WALKS_EACH * people * 60.0 * minutes / took.wall_s
        yield (
            f"{number} at a time: {people / took.wall_s:.3g} people a second, {real:.0f} x real time, "
            f"{took.cpu_s:.1f} CPU s in {took.wall_s:.1f} s"
        )
    free = jobs * one.cpu_s / several.cpu_s
    yield f"{jobs} beside 1: {one.wall_s / several.wall_s:.2f} x by the clock; {free:.2f} x on {jobs} idle processors"
    few, many = highest_pss_mb(kind, people, jobs), highest_pss_mb(kind, MORE_PEOPLE * people, jobs)
    yield f"memory of all processes: {few:.1f} MB with {people} people, {many:.1f} MB with {MORE_PEOPLE * people}"
    whole = survives(kind, people, minutes, jobs)
    yield f"one process killed: the result is {'whole and the same' if whole else 'NOT THE SAME'}"


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="How fast a cohort is simulated, by one process and by several.")
    parser.add_argument("--patient", choices=sorted(PATIENTS), default="drag", help="kind of person")
    parser.add_argument("--people", type=int, default=8, help="how many, 4 or more")
    parser.add_argument("--minutes", type=float, default=1.0, help="how long each walks, 0.1 or more")
    parser.add_argument("--jobs", type=int, default=2, help="processes to compare with one, 2 or more")
    parser.add_argument("--repeats", type=int, default=2, help="the best of so many runs counts")
    asked = parser.parse_args()
    if asked.people < 4 or not 0.1 <= asked.minutes <= 120.0 or asked.jobs < 2 or asked.repeats < 1:
        parser.error("allowed are 4 people or more, 0.1 to 120 minutes, 2 jobs or more, 1 repeat or more")
    for line in measure(asked):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
