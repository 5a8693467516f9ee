"""How late the loop wakes, beside cyclictest in the same minute.

`python benchmarks/wakeups.py [--seconds 60] [--pairs 5] [--json FILE]`

The loop's own deadlines at 200 Hz, SCHED_FIFO 80, memory locked, alternating with `cyclictest -m -p80 -i5000` (Debian:
rt-tests), which is what this kernel can do from C. Needs root. The goal is a ratio, since a machine has good and bad
minutes: 1.5 at p50 and at p99, the median of the pairs. Drift is the lateness of the last deadline's grid against the
clock, which absolute deadlines keep at nought; a tick is never early and its number never comes twice.
"""

import argparse
import re
import shutil
import subprocess
import sys
from statistics import median
from typing import NamedTuple

from benchmarks.figures import Figure, print_figures, save_figures
from runtime.clock import MonotonicClock
from runtime.deadlines import Deadlines
from runtime.realtime import on_time

RATE_HZ = 200
PRIORITY = 80
GOAL = 1.5


class Lateness(NamedTuple):
    """Of wake-ups, µs."""

    p50_us: float
    p99_us: float
    worst_us: float


class Loop(NamedTuple):
    """Wake-ups of the loop: how late, ticks that were skipped, woken early or came twice, and what was refused."""

    lateness: Lateness
    skipped: int
    early: int
    twice: int
    refused: tuple[str, ...]


def loop_wakeups(seconds: float) -> Loop:
    """Wake on the deadlines of the live loop for so long."""
    with on_time(priority=PRIORITY, cpu=None, lock_memory=True) as refused:
        clock = MonotonicClock()
        start_s = clock.now()
        deadlines = Deadlines(clock, RATE_HZ)
        wakes = [deadlines.wait() for _ in range(round(seconds * RATE_HZ))]
    numbers = [wake.tick for wake in wakes]
    early = sum(wake.t_s < start_s + wake.tick / RATE_HZ - 1e-9 for wake in wakes)
    late_us = sorted(wake.late_s * 1e6 for wake in wakes[1:])
    return Loop(
        Lateness(quantile(late_us, 0.5), quantile(late_us, 0.99), late_us[-1]),
        sum(wake.skipped for wake in wakes),
        early,
        len(numbers) - len(set(numbers)),
        refused,
    )


def cyclictest_wakeups(seconds: float) -> Lateness:
    """The same from cyclictest's histogram. Raises OSError and CalledProcessError."""
    ticks = round(seconds * RATE_HZ)
    command = ["cyclictest", "-m", f"-p{PRIORITY}", f"-i{10**6 // RATE_HZ}", "-l", str(ticks), "-q", "-h", "5000"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    late_us = sorted(
        float(us) for us, count in re.findall(r"^(\d{6})\s+(\d+)\s*$", text, re.MULTILINE) for _ in range(int(count))
    )
    worst = re.search(r"Max Latencies:\s*(\d+)", text)
    return Lateness(quantile(late_us, 0.5), quantile(late_us, 0.99), float(worst[1]) if worst else late_us[-1])


def quantile(ordered: list[float], share: float) -> float:
    """The value below which `share` of the ordered values lie."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def figures(seconds: float, pairs: int) -> list[Figure]:
    """Measure the pairs. Raises SystemExit where cyclictest or the right to real time is missing."""
    if shutil.which("cyclictest") is None:
        sys.exit("cyclictest is not here: install rt-tests (Debian: apt install rt-tests)")
    rows: list[tuple[Loop, Lateness]] = []
    for _ in range(pairs):
        loop = loop_wakeups(seconds)
        if loop.refused:
            sys.exit("\n".join(loop.refused))
        rows.append((loop, cyclictest_wakeups(seconds)))
        sys.stdout.write(f"  loop {_words(loop.lateness)}   cyclictest {_words(rows[-1][1])}\n")
        sys.stdout.flush()
    p50 = median(loop.lateness.p50_us / floor.p50_us for loop, floor in rows)
    p99 = median(loop.lateness.p99_us / floor.p99_us for loop, floor in rows)
    wrong = sum(loop.early + loop.twice for loop, _ in rows)
    return [
        Figure("wake-up lateness p50, loop / cyclictest", p50, "", f"<= {GOAL}", p50 <= GOAL),
        Figure("wake-up lateness p99, loop / cyclictest", p99, "", f"<= {GOAL}", p99 <= GOAL),
        Figure("wake-up lateness p50, loop", median(loop.lateness.p50_us for loop, _ in rows), "µs"),
        Figure("wake-up lateness p99, loop", median(loop.lateness.p99_us for loop, _ in rows), "µs"),
        Figure("ticks early or twice", wrong, "", "0", wrong == 0),
        Figure("ticks skipped", sum(loop.skipped for loop, _ in rows), ""),
    ]


def _words(lateness: Lateness) -> str:
    return f"p50 {lateness.p50_us:5.1f} p99 {lateness.p99_us:6.1f} worst {lateness.worst_us:6.0f} µs"


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--json", help="where to save the figures")
    options = parser.parse_args()
    measured = figures(options.seconds, options.pairs)
    print_figures(measured)
    save_figures(options.json, measured)


if __name__ == "__main__":
    main()
