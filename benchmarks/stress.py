"""Does the loop keep its time when everything beside it goes wrong?

`python -m benchmarks.stress [--minutes 10] [--turns 5] [--json FILE]`; needs root, cyclictest and stress-ng

The real loop at 200 Hz with real-time priority, controller, ring, recorder and viewer, on a walk that was recorded (in
simulation); the viewer is stalled and the recorder stopped (SIGSTOP) from the first second on, the disk with the
recording is full, and `stress-ng --cpu 2` takes every processor. In turns with cyclictest at the same rate and priority
under the same load. A tick is missed when it is skipped or begins a whole tick late; so does a wake-up of cyclictest.
The goal is a ratio, with a floor of one miss so that a quiet machine can be met.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

from benchmarks.figures import Figure, parser, report, skip
from benchmarks.replayed import record, recorded_values, replayed_parts
from config.hashes import safety_hash, settings_hash
from config.load import default_settings
from controller.controller import Controller
from recording.blackbox_writer import BlackBoxWriter
from recording.header import make_header
from runtime.clock import MonotonicClock
from runtime.loop import Loop, LoopReport
from runtime.mailbox import Mailbox
from runtime.processes import Child
from runtime.realtime import on_time
from runtime.recorder_process import RingRecorder
from runtime.ring import Ring, RingReader

RATE_HZ, PRIORITY = 200, 80
MOST_RATIO = 1.5
PROCESSORS = 2
CALM_S = 1.0
"""Before the other processes are stopped, so that they were there."""
DISK_BYTES = 1024 * 1024


class Disturbed(NamedTuple):
    """A turn of the loop: its report, ticks that began a whole tick late, what the recorder said, what was refused."""

    report: LoopReport
    whole_tick_late: int
    recorder_problem: str
    refused: tuple[str, ...]

    @property
    def missed(self) -> int:
        """Ticks that were not turned in their own period."""
        return self.report.skipped_ticks + self.whole_tick_late


class Lateness:
    """A viewer within the loop that counts the ticks which began a whole tick late."""

    def __init__(self) -> None:
        self.whole_tick = 0

    def put(self, tick: object) -> None:
        """Take one tick."""
        self.whole_tick += tick.inputs.loop.late_s > 1.0 / RATE_HZ  # type: ignore[attr-defined]


@contextmanager
def full_disk(folder: Path) -> Iterator[Path | None]:
    """A small disk of its own, filled to the last byte after the recording has begun; None where there is none."""
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "dorsiflex-stress", str(folder)],
        capture_output=True,
        check=False,
    )
    if done.returncode:
        yield None
        return
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=False)


def fill(disk: Path) -> None:
    """Leave no byte free."""
    with (disk / "filler").open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return


@contextmanager
def load(seconds: float) -> Iterator[None]:
    """Every processor busy."""
    busy = subprocess.Popen(
        ["stress-ng", "--cpu", str(PROCESSORS), "--timeout", f"{seconds + 30:.0f}s", "--quiet"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        time.sleep(0.5)
        yield
    finally:
        busy.send_signal(signal.SIGINT)
        busy.wait()


def loop_turn(values: dict[str, list[tuple[float, ...]]], disk: Path, seconds: float, *, fills: bool) -> Disturbed:
    """The loop for so long, while nobody beside it does their work."""
    settings, clock, ring, late = default_settings(), MonotonicClock(), Ring(), Lateness()
    header = make_header(
        settings,
        software_version="stress",
        started="",
        settings_hash=settings_hash(settings),
        safety_hash=safety_hash(settings),
    )
    path = disk / f"{clock.now()}.dfx"
    recorder = RingRecorder(ring, lambda: BlackBoxWriter(path, header), partial(BlackBoxWriter.resume, path))
    viewer = Child("viewer", lambda gone: _look(ring, gone))
    recorder.start()
    if fills:
        fill(disk)
    stopped = False
    begin_s = clock.now()

    def over(t_s: float) -> bool:
        nonlocal stopped
        if not stopped and t_s - begin_s > CALM_S:
            stopped = True
            os.kill(viewer.pid, signal.SIGSTOP)
            os.kill(recorder.pid, signal.SIGSTOP)
        return t_s - begin_s > seconds

    parts = replayed_parts(values, settings, clock)
    loop = Loop(parts, Controller(settings).step, clock, RATE_HZ, Mailbox(), recorder, viewers=(late,))
    try:
        with on_time(priority=PRIORITY, cpu=None, lock_memory=True) as refused:
            done = loop.run(over)
    finally:
        os.kill(recorder.pid, signal.SIGCONT)
        recorder.close("stress")
        viewer.kill()
    return Disturbed(done, late.whole_tick, recorder.problem(), refused)


def _look(ring: Ring, parent_is_gone: Callable[[], bool]) -> None:
    reader = RingReader(ring)
    while not (ring.closed or parent_is_gone()):
        reader.skip_to_newest()
        time.sleep(0.02)


class Floor(NamedTuple):
    """Wake-ups of cyclictest, and how many came later than one tick."""

    wakeups: int
    late: int


def cyclictest_turn(seconds: float) -> Floor:
    """Wake-ups of cyclictest for so long."""
    wakeups, period_us = round(seconds * RATE_HZ), 10**6 // RATE_HZ
    command = ["cyclictest", "-m", f"-p{PRIORITY}", f"-i{period_us}", "-l", str(wakeups), "-q", "-h", str(period_us)]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    within = sum(int(count) for count in re.findall(r"^\d{6}\s+(\d+)\s*$", text, re.MULTILINE))
    overflows = re.search(r"Histogram Overflows:\s*(\d+)", text)
    late = int(overflows[1]) if overflows else wakeups - within
    return Floor(within + late, late)


def ratio_of_rates(missed: int, ticks: int, late: int, wakeups: int) -> float:
    """Rate of missed ticks over that of late wake-ups; less than one of either counts as one where both are few."""
    if missed == 0:
        return 0.0
    return (missed / ticks) / (max(1, late) / wakeups)


def figures(minutes: float, turns: int) -> list[Figure]:
    """Measure in alternating turns. Skipped where a tool or a right is missing."""
    for tool, package in (("cyclictest", "rt-tests"), ("stress-ng", "stress-ng")):
        if shutil.which(tool) is None:
            skip(f"{tool} is not here: install {package} (Debian: apt install {package})")
    seconds = 60.0 * minutes / turns
    loops: list[Disturbed] = []
    floors: list[Floor] = []
    with tempfile.TemporaryDirectory() as name:
        folder, disk = Path(name), Path(name) / "disk"
        disk.mkdir()
        record(folder / "walk.dfx", 0.35)
        values = recorded_values(folder / "walk.dfx")
        for _ in range(turns):
            with full_disk(disk) as small, load(2.0 * seconds):
                loops.append(loop_turn(values, disk, seconds, fills=small is not None))
                floors.append(cyclictest_turn(seconds))
            if loops[-1].refused:
                skip("; ".join(loops[-1].refused))
            if loops[-1].report.exception:
                raise SystemExit(f"a tick failed: {loops[-1].report.exception}")
            sys.stdout.write(f"  loop missed {loops[-1].missed}, cyclictest {floors[-1].late}\n")
            sys.stdout.flush()
    if small is None:
        sys.stdout.write("the full disk is skipped: no disk of its own can be mounted here (needs root)\n")
    else:
        sys.stdout.write(f"the recorder said: {loops[-1].recorder_problem}\n")
    ticks = sum(one.report.ticks + one.report.skipped_ticks for one in loops)
    missed, wakeups, late = (
        sum(one.missed for one in loops),
        sum(one.wakeups for one in floors),
        sum(one.late for one in floors),
    )
    return [
        Figure(
            "rate of missed ticks / of cyclictest's late wake-ups",
            ratio_of_rates(missed, ticks, late, wakeups),
            "",
            MOST_RATIO,
        ),
        Figure("ticks", ticks),
        Figure("ticks missed", missed),
        Figure("cyclictest's wake-ups later than a tick", late),
        Figure("turns with a full disk", turns if small is not None else 0),
    ]


def main() -> None:
    """The command."""
    command = parser(__doc__)
    command.add_argument("--minutes", type=float, default=10.0, help="of the loop; cyclictest takes as long again")
    command.add_argument("--turns", type=int, default=5, help="so many turns of each")
    asked = command.parse_args()
    report(figures(asked.minutes, asked.turns), asked.json)


if __name__ == "__main__":
    main()
