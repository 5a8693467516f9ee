"""What a live run costs: memory of all its processes, processor time beside a loop that only sleeps, time to start.

`python -m benchmarks.live_cost [--seconds 20] [--json FILE]`

`dorsiflex run` at 200 Hz in real time without a terminal, two ways one after the other: with sensors that play back a
recorded walk, which is what the loop of a Pi runs except for the drivers' work on pins and bus, and with the simulated
person and the virtual bench in the loop's process. Memory is PSS (what is shared counts once, split among those who
share).
"""

import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks.figures import Figure, parser, report
from benchmarks.replayed import PROGRAM, record
from recording.blackbox import TickRecord, read_black_box

STARTS = 3
SETTLE_S = 3.0
MOST_MB, MOST_LOOP_MB, MOST_CPU, MOST_START_S = 90.0, 40.0, 4.0, 1.5
BARE = """
import time
t0 = time.monotonic()
k = 0
while True:
    k += 1
    wait_s = t0 + k * 0.005 - time.monotonic()
    if wait_s > 0.0:
        time.sleep(wait_s)
"""


class Cost(NamedTuple):
    """Of one process: proportional share of memory MB, processor time since it started s."""

    pss_mb: float
    cpu_s: float


def cost(pid: int) -> Cost:
    """What /proc knows of a process; processor time to the nanosecond, of all its threads."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8")
    pss = re.search(r"^Pss: +(\d+)", rollup, re.MULTILINE)
    on_cpu_ns = sum(
        int(path.read_text(encoding="utf-8").split()[0]) for path in Path(f"/proc/{pid}/task").glob("*/schedstat")
    )
    return Cost(int(pss[1]) / 1024 if pss else 0.0, on_cpu_ns * 1e-9)


def family(pid: int) -> list[int]:
    """A process and its children."""
    return [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split())]


def start(program: Sequence[str], path: Path, seconds: float) -> "subprocess.Popen[bytes]":
    """A run without a terminal, recording to `path`."""
    command = [*program, "run", "--minutes", str(seconds / 60.0), "--plain", "--record", str(path)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)


def time_to_first_tick(path: Path) -> float:
    """From starting the program to the first tick, by the monotonic clock that both share, s."""
    began_s = time.monotonic()
    start(PROGRAM, path, 3.0).wait()
    first = next(record for record in read_black_box(path).records if isinstance(record, TickRecord))
    return first.tick.inputs.t_s - began_s


class Spent(NamedTuple):
    """Of a run: memory of all processes and of the loop's, MB; processor time of all, of the loop's and of the bare
    loop that slept beside it, as shares of one processor."""

    all_mb: float
    loop_mb: float
    all_cpu: float
    loop_cpu: float
    bare_cpu: float


def spend(program: Sequence[str], path: Path, seconds: float) -> Spent:
    """Watch a run for so long, and a bare loop beside it."""
    bare = subprocess.Popen([sys.executable, "-c", BARE])
    live = start(program, path, seconds + SETTLE_S + 4.0)
    try:
        time.sleep(SETTLE_S)
        pids = [*family(live.pid), bare.pid]
        before = [cost(pid) for pid in pids]
        time.sleep(seconds)
        after = [cost(pid) for pid in pids]
    finally:
        bare.kill()
        bare.wait()
        live.wait()
    *shares, bare_share = [(late.cpu_s - early.cpu_s) / seconds for early, late in zip(before, after, strict=True)]
    return Spent(sum(one.pss_mb for one in after[:-1]), after[0].pss_mb, sum(shares), shares[0], bare_share)


def figures(seconds: float) -> list[Figure]:
    """Measure all of it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        starts_s = [time_to_first_tick(folder / f"{i}.dfx") for i in range(STARTS)]
        walk = folder / "walk.dfx"
        record(walk, 0.35)
        played = spend((sys.executable, "-m", "benchmarks.replayed", str(walk)), folder / "played.dfx", seconds)
        bench = spend(PROGRAM, folder / "bench.dfx", seconds)
    return [
        Figure("memory of all processes, PSS", played.all_mb, "MB", MOST_MB),
        Figure("memory of the loop's process, PSS", played.loop_mb, "MB", MOST_LOOP_MB),
        Figure("processor time, all processes / a loop that only sleeps", _ratio(played), "", MOST_CPU),
        Figure("processor time, all processes", 100.0 * played.all_cpu, "%"),
        Figure("processor time, the loop's process", 100.0 * played.loop_cpu, "%"),
        Figure("processor time, the bare loop", 100.0 * played.bare_cpu, "%"),
        Figure("with the simulated person: memory of all processes", bench.all_mb, "MB"),
        Figure("with the simulated person: memory of the loop's process", bench.loop_mb, "MB"),
        Figure("with the simulated person: processor time / bare loop", _ratio(bench)),
        Figure("start to first tick, with the simulated person", median(starts_s), "s", MOST_START_S),
    ]


def _ratio(spent: Spent) -> float:
    return spent.all_cpu / spent.bare_cpu if spent.bare_cpu else float("inf")


def main() -> None:
    """The command."""
    command = parser(__doc__)
    command.add_argument("--seconds", type=float, default=20.0, help="how long each run is watched")
    asked = command.parse_args()
    report(figures(asked.seconds), asked.json)


if __name__ == "__main__":
    main()
