"""What a live run costs: memory of all its processes, processor time beside a loop that only sleeps, time to start.

`python benchmarks/live_cost.py [--seconds 30] [--json FILE]`

`dorsiflex run` at 200 Hz in real time on the virtual bench, without a terminal. Memory is PSS (what is shared counts
once, split among those who share). The bench is part of the loop's process here; on a Pi drivers are in its place.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from benchmarks.figures import Figure, print_figures, save_figures
from recording.blackbox import TickRecord, read_black_box

PROGRAM = Path(sys.executable).with_name("dorsiflex")
SETTLE_S = 3.0
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
    """What /proc knows of a process."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8")
    pss = re.search(r"^Pss: +(\d+)", rollup, re.MULTILINE)
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    return Cost(int(pss[1]) / 1024 if pss else 0.0, (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"))


def family(pid: int) -> list[int]:
    """A process and its children."""
    return [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split())]


def start(path: Path, minutes: float) -> "subprocess.Popen[bytes]":
    """A run without a terminal, recording to `path`."""
    command = [str(PROGRAM), "run", "--minutes", str(minutes), "--plain", "--record", str(path)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)


def time_to_first_tick(folder: Path) -> float:
    """From starting the program to the first tick, by the monotonic clock that both share, s."""
    path = folder / "start.dfx"
    began_s = time.monotonic()
    program = start(path, 0.05)
    program.wait()
    first = next(record for record in read_black_box(path).records if isinstance(record, TickRecord))
    return first.tick.inputs.t_s - began_s


def figures(seconds: float) -> list[Figure]:
    """Measure all of it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        starts_s = sorted(time_to_first_tick(folder / str(i)) for i in range(3))
        bare = subprocess.Popen([sys.executable, "-c", BARE])
        live = start(folder / "live.dfx", (seconds + SETTLE_S + 5.0) / 60.0)
        time.sleep(SETTLE_S)
        pids = family(live.pid)
        before = [cost(pid) for pid in (*pids, bare.pid)]
        time.sleep(seconds)
        after = [cost(pid) for pid in (*pids, bare.pid)]
        bare.kill()
        bare.wait()
        live.wait()
    spent_s = [late.cpu_s - early.cpu_s for early, late in zip(before, after, strict=True)]
    total_mb = sum(one.pss_mb for one in after[:-1])
    ratio = sum(spent_s[:-1]) / spent_s[-1] if spent_s[-1] else float("inf")
    return [
        Figure("memory of all processes, PSS", total_mb, "MB", "<= 90", total_mb <= 90),
        Figure("memory of the loop's process, PSS", after[0].pss_mb, "MB", "<= 40", after[0].pss_mb <= 40),
        Figure("processor time, all / a loop that only sleeps", ratio, "", "<= 4", ratio <= 4),
        Figure("processor time, all processes", 100.0 * sum(spent_s[:-1]) / seconds, "%"),
        Figure("processor time, the loop's process", 100.0 * spent_s[0] / seconds, "%"),
        Figure("processor time, the bare loop", 100.0 * spent_s[-1] / seconds, "%"),
        Figure("start to first tick, median of 3", starts_s[1], "s", "<= 1.5", starts_s[1] <= 1.5),
    ]


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--json", help="where to save the figures")
    options = parser.parse_args()
    measured = figures(options.seconds)
    print_figures(measured)
    save_figures(options.json, measured)


if __name__ == "__main__":
    main()
