"""How late the loop wakes, beside cyclictest in the same minute.

`python -m benchmarks.wakeups [--seconds 15] [--pairs 5] [--json FILE]`

The loop's own deadlines at 200 Hz, SCHED_FIFO 80, memory locked, alternating with `cyclictest -m -p80 -i5000` (Debian:
rt-tests), which is what this kernel can do from C. Needs root. The goal is a ratio, since a machine has good and bad
minutes: 1.5 at p50 and at p99, the median of the pairs. Drift is how much later the last tenth of the wake-ups comes on
the grid of deadlines than the first; a tick is never early and its number never comes twice.
"""

import re
import shutil
import subprocess
import sys
from statistics import median
from typing import NamedTuple

from benchmarks.figures import Figure, parser, quantile, report, skip
from runtime.clock import MonotonicClock
from runtime.deadlines import Deadlines, Wake
from runtime.realtime import on_time

RATE_HZ = 200
PRIORITY = 80
GOAL = 1.5
MOST_DRIFT_PPM = 10.0
"""0 within the noise of a wake-up: 100 µs in 10 s."""


class Lateness(NamedTuple):
    """Of wake-ups, µs."""

    p50_us: float
    p99_us: float
    worst_us: float


class Loop(NamedTuple):
    """Wake-ups of the loop: how late, ticks that were skipped, woken early or came twice, drift, what was refused."""

    lateness: Lateness
    skipped: int
    early: int
    twice: int
    drift_ppm: float
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
        drift_ppm(wakes, start_s),
        refused,
    )


def drift_ppm(wakes: list[Wake], start_s: float) -> float:
    """How much later the last tenth of the wake-ups comes than the first, on the grid, as a share of the run."""
    tenth = max(1, len(wakes) // 10)
    off_s = [wake.t_s - start_s - wake.tick / RATE_HZ for wake in wakes]
    return (median(off_s[-tenth:]) - median(off_s[:tenth])) / (wakes[-1].t_s - wakes[0].t_s) * 1e6


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


def figures(seconds: float, pairs: int) -> list[Figure]:
    """Measure the pairs. Skipped where cyclictest or the right to real time is missing."""
    if shutil.which("cyclictest") is None:
        skip("cyclictest is not here: install rt-tests (Debian: apt install rt-tests)")
    rows: list[tuple[Loop, Lateness]] = []
    for _ in range(pairs):
        loop = loop_wakeups(seconds)
        if loop.refused:
            skip("; ".join(loop.refused))
        rows.append((loop, cyclictest_wakeups(seconds)))
        sys.stdout.write(f"  loop {_words(loop.lateness)}   cyclictest {_words(rows[-1][1])}\n")
        sys.stdout.flush()
    p50 = median(loop.lateness.p50_us / floor.p50_us for loop, floor in rows)
    p99 = median(loop.lateness.p99_us / floor.p99_us for loop, floor in rows)
    return [
        Figure("wake-up lateness p50, loop / cyclictest", p50, "", GOAL),
        Figure("wake-up lateness p99, loop / cyclictest", p99, "", GOAL),
        Figure("wake-up lateness p50, loop", median(loop.lateness.p50_us for loop, _ in rows), "µs"),
        Figure("wake-up lateness p50, cyclictest", median(floor.p50_us for _, floor in rows), "µs"),
        Figure("wake-up lateness p99, loop", median(loop.lateness.p99_us for loop, _ in rows), "µs"),
        Figure("wake-up lateness p99, cyclictest", median(floor.p99_us for _, floor in rows), "µs"),
        Figure("drift of the grid, worst pair", max(abs(loop.drift_ppm) for loop, _ in rows), "ppm", MOST_DRIFT_PPM),
        Figure("ticks early or twice", sum(loop.early + loop.twice for loop, _ in rows), "", 0.0),
        Figure("ticks skipped", sum(loop.skipped for loop, _ in rows)),
    ]


def _words(lateness: Lateness) -> str:
    return f"p50 {lateness.p50_us:5.1f} p99 {lateness.p99_us:6.1f} worst {lateness.worst_us:6.0f} µs"


def main() -> None:
    """The command."""
    command = parser(__doc__)
    command.add_argument("--seconds", type=float, default=15.0, help="length of each half of a pair")
    command.add_argument("--pairs", type=int, default=5)
    asked = command.parse_args()
    report(figures(asked.seconds, asked.pairs), asked.json)


if __name__ == "__main__":
    main()
