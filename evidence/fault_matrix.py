"""Every fault at every moment of the stride: ten channels, seven types, four gait phases, 25 onsets in each.

    python -m evidence.fault_matrix               # 7,000 cells and 1,400 of the extra rows, in some minutes on 2 cores
    python -m evidence.fault_matrix --onsets 2 --only bus --jobs 1

One person walks on the wired bench at full speed, real drivers beneath the loop. At every onset the program forks; each
child lives on with one fault, in closed loop, long enough to meet the row of the fault table. A cell holds when

- the fault changed something,
- it was noticed in time, and by a row that fits, where it has to be noticed,
- that row was acted on within 20 ms (sensors) or 150 ms (devices), as its class and ending say,
- nothing was harmful by the person's truth and the pulses that came out: no burst in stance that the sound walk has
  not, no abrupt cut where the row forbids it, nothing above a cap, no current after a latch.

All results hold in simulation only. Exit code 1 when a cell fails.
"""

import argparse
import gc
import json
import os
import select
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from random import Random
from typing import NamedTuple

from controller.faults import Ending, FaultClass, fault_of
from controller.signals import ArmingState
from dorsiflex.faults.bursts import Burst, bursts_of
from dorsiflex.faults.draw import SECONDS, Person
from dorsiflex.faults.expected import DEVICE_ROWS, expected
from dorsiflex.faults.oracle import judge, rejoined
from dorsiflex.faults.seen import Seen
from dorsiflex.faults.walk import Walking
from dorsiflex.walk_judgement import Window
from evidence.result import save
from simulator.faults.kinds import KINDS
from simulator.faults.plan import PlannedFault

CHANNELS = ("heel", "acc", "gyr", "imu", "bus", "clock", "scheduler", "link", "electrode", "recorder")
TYPES = ("off", "stuck", "garbage", "wrong", "slow", "delayed", "intermittent")
SAME = {"heel.stuck": "heel.stuck_closed", "link.off": "link.gone", "link.stuck": "link.silence",
        "link.wrong": "link.wrong_number", "link.delayed": "link.late"}  # fmt: skip
EXTRA = ("heel.stuck_open", "heel.bouncing", "heel.short", "acc.saturated", "gyr.saturated", "imu.mirrored",
         "imu.slipped", "imu.brown_out", "link.refused", "link.reset", "operator.stop", "settings.changed",
         "process.death", "process.brown_out")  # fmt: skip
PHASES = ("loading", "stance", "pre-swing", "swing")
ONSETS = 25
WALKER = Person("classic", 4, "walk", 0.9, "p24-low", "both", "supervised", "shank")
FIRST_S, LAST_S = 10.0, 10.0
"""Onsets begin after five strides, and leave some before the person stands."""
AFTER_S, LEAST_S, UNNOTICED_S = 0.8, 2.0, 4.0
"""A child lives on so long after what it has to notice, or at least; and with a sensor that may lie unnoticed."""
SENSOR_ACTION_S, DEVICE_ACTION_S = 0.02, 0.15
TICK_S, PULSE_S = 0.005, 0.03


class Cell(NamedTuple):
    """One fault at one onset, and what is wrong with it; empty when it holds. `after_s`: from fault to notice."""

    kind: str
    phase: str
    onset_s: float
    wrong: tuple[str, ...]
    after_s: float | None
    row: str


def kinds() -> list[str]:
    """The rows of the matrix: every channel with every type, and what has no place among the seven."""
    names = [f"{channel}.{how}" for channel in CHANNELS for how in TYPES]
    return [SAME.get(name, name) for name in names] + list(EXTRA)


class Forking(Walking):
    """Walks on and leaves a child with a fault at every onset; what `run` returns in a child is the child's."""

    def __init__(self, onsets: Sequence[tuple[float, str]], names: Sequence[str], jobs: int) -> None:
        super().__init__(WALKER)
        self.onsets = list(onsets)
        self.names = names
        self.nursery = Nursery(jobs)
        self.cell: tuple[PlannedFault, str] | None = None
        self.end_s = self.onsets[-1][0] + 6.0

    def before(self, t_s: float) -> None:
        """Fork where an onset is due, then move on."""
        while self.cell is None and self.onsets and t_s >= self.onsets[0][0] - TICK_S:
            onset_s, phase = self.onsets.pop(0)
            if self._leave_children(onset_s, phase):
                break
        super().before(t_s)

    def _leave_children(self, onset_s: float, phase: str) -> bool:
        """True in a child."""
        for name in self.names:
            if self.nursery.fork():
                continue
            fault = PlannedFault(name, onset_s, seed=f"{name} {onset_s:.4f}")
            self.cell = (fault, phase)
            self.plan((fault,))
            within_s = expected(name, self.settings, LONGEST_STRIDE_S).within_s
            lies = within_s is None and KINDS[name].channel in ("heel", "acc", "gyr", "imu", "bus")
            self.end_s = onset_s + max(UNNOTICED_S if lies else LEAST_S, (within_s or 0.0) + AFTER_S)
            return True
        return False


LONGEST_STRIDE_S = 1.35
"""Of this person at this speed."""


class Nursery:
    """Children at work, `jobs` at most at a time, and what they have sent."""

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs
        self.sent: list[bytes] = []
        self.pipe = -1
        self._open: dict[int, list[bytes]] = {}

    def fork(self) -> int:
        """The child's id, or 0 in the child, which writes to `pipe`."""
        while len(self._open) >= self.jobs:
            self._listen()
        read, write = os.pipe()
        child = os.fork()
        if child:
            os.close(write)
            self._open[read] = []
            return child
        os.close(read)
        for other in self._open:
            os.close(other)
        self.pipe = write
        return 0

    def wait(self) -> None:
        """Until all have ended."""
        while self._open:
            self._listen()

    def _listen(self) -> None:
        ready, _, _ = select.select(list(self._open), [], [])
        for read in ready:
            data = os.read(read, 1 << 20)
            if data:
                self._open[read].append(data)
                continue
            self.sent.append(b"".join(self._open.pop(read)))
            os.close(read)
            os.wait()


def onsets(swings: Sequence[Window], contacts_s: Sequence[float], each: int) -> list[tuple[float, str]]:
    """`each` moments in each of the four phases, spread over strides and over the phase."""
    strides = []
    for swing in swings:
        contact_s = max((t_s for t_s in contacts_s if t_s < swing.start_s), default=0.0)
        if FIRST_S < contact_s < SECONDS - LAST_S:
            strides.append((contact_s, swing))
    random, moments = Random("onsets"), []
    for i in range(each):
        contact_s, swing = strides[i % len(strides)]
        off_s = swing.start_s
        spans = {
            "loading": (contact_s, contact_s + 0.15),
            "stance": (contact_s + 0.15, off_s - 0.25),
            "pre-swing": (off_s - 0.25, off_s),
            "swing": (off_s, swing.stop_s),
        }
        for phase, (start_s, stop_s) in spans.items():
            share = (i + random.random()) / each
            moments.append((start_s + share * (stop_s - start_s), phase))
    return sorted(moments)


def judged(fault: PlannedFault, phase: str, seen: Seen, sound: Seen) -> Cell:
    """Whether this cell meets its row."""
    verdict = judge(WALKER, (fault,), seen, sound)
    noticed = verdict.noticed[0]
    wrong = [*verdict.harms]
    if not noticed.injected:
        wrong.append("nothing was injected")
    if noticed.late:
        wrong.append("not noticed in time" if noticed.after_s is None else f"noticed late, as {noticed.row}")
    elif noticed.row and not noticed.right and KINDS[fault.kind].channel not in ("settings", "process"):
        wrong.append(f"noticed as {noticed.row}")
    if noticed.after_s is not None:
        wrong += _action(noticed.row, fault.start_s + noticed.after_s, seen, rejoined(bursts_of(seen), (fault,)))
    return Cell(fault.kind, phase, fault.start_s, tuple(wrong), noticed.after_s, noticed.row)


def _action(row: str, noticed_s: float, seen: Seen, bursts: Sequence[Burst]) -> Iterator[str]:
    """What is wrong with what was done about a row."""
    fault = fault_of(row)
    within_s = DEVICE_ACTION_S if fault.name in DEVICE_ROWS else SENSOR_ACTION_S
    running = next((burst for burst in bursts if burst.start_s <= noticed_s <= burst.stop_s), None)
    may_last_s = {
        Ending.CUT: within_s,
        Ending.OPEN_LOOP: within_s + seen.settings.stimulation.open_loop_s,
        Ending.FALL: within_s + seen.settings.stimulation.fall_s,
    }.get(fault.ending)
    if running and may_last_s is not None and running.stop_s - noticed_s > may_last_s + PULSE_S:
        yield f"the burst goes on for {running.stop_s - noticed_s:.3f} s after {fault.name}"
    later = [burst for burst in bursts if burst.start_s > noticed_s + within_s]
    if fault.kind is FaultClass.LATCH and later:
        yield f"a burst begins at {later[0].start_s:.2f} s in spite of {fault.name}"
    if fault.kind is FaultClass.LATCH and fault.ending is Ending.CUT:
        latched = [c.t_s for c in seen.changes if c.state is ArmingState.LATCHED]
        if not latched or latched[0] - noticed_s > within_s:
            yield f"{fault.name} does not latch"


def run(names: Sequence[str], each: int, jobs: int) -> list[Cell]:
    """The whole matrix, or part of it."""
    scout = Walking(WALKER)
    scout.end_s = min(SECONDS, FIRST_S + LAST_S + LONGEST_STRIDE_S * each)
    sound = scout.run()
    moments = onsets(sound.swings[:-1], sound.contacts_s, each)
    parent = Forking(moments, names, jobs)
    gc.collect()
    gc.freeze()
    seen = parent.run()
    if parent.cell is not None:
        cell = judged(*parent.cell, seen, sound)
        os.write(parent.nursery.pipe, json.dumps(cell).encode())
        os._exit(0)
    parent.nursery.wait()
    gc.unfreeze()
    cells = []
    for sent in parent.nursery.sent:
        kind, phase, onset_s, wrong, after_s, row = json.loads(sent)
        cells.append(Cell(kind, phase, onset_s, tuple(wrong), after_s, row))
    return cells


def say(line: str) -> None:
    """One line of the report."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> int:
    """Run the matrix, print which cells fail by channel and type, and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--onsets", type=int, default=ONSETS, help="in each gait phase; default 25")
    parser.add_argument("--only", default="", help="channels or faults: bus, heel.off")
    parser.add_argument("--jobs", type=int, default=2, help="processes; default 2")
    options = parser.parse_args()
    only = options.only.split(",") if options.only else []
    names = [name for name in kinds() if not only or name in only or name.partition(".")[0] in only]
    if not names:
        parser.error(f"--only: nothing of that name: there are {', '.join(kinds())}")
    begun_s = time.monotonic()
    cells = run(names, options.onsets, options.jobs)
    expected_cells = len(names) * len(PHASES) * options.onsets
    failed = [cell for cell in cells if cell.wrong]
    for name in names:
        own = [cell for cell in cells if cell.kind == name]
        bad = [cell for cell in own if cell.wrong]
        times = sorted(cell.after_s for cell in own if cell.after_s is not None)
        told = "noticed 0"
        if times:
            median_ms, worst_ms = 1000.0 * times[len(times) // 2], 1000.0 * times[-1]
            told = f"noticed {len(times)}, median {median_ms:.0f} ms, worst {worst_ms:.0f} ms"
        rows = ", ".join(
            f"{row} {n}" for row, n in Counter(cell.row.partition(":")[0] for cell in own if cell.row).items()
        )
        say(f"{name:24} {len(own) - len(bad)} of {len(own)} hold; {told} {rows}")
        for what, count in Counter(_without_numbers(cell.wrong[0]) for cell in bad).most_common(3):
            first = next(cell for cell in bad if _without_numbers(cell.wrong[0]) == what)
            say(f"    {count} times: {first.wrong[0]} (fault at {first.onset_s:.3f} s, {first.phase})")
    missing = expected_cells - len(cells)
    say(
        f"{len(cells)} cells of {expected_cells}, {len(failed)} fail, {missing} crashed; "
        f"{time.monotonic() - begun_s:.0f} s, in simulation"
    )
    figures: dict[str, int | float | str | bool | None] = {
        "channels": len({name.partition(".")[0] for name in names}),
        "faults": len(names),
        "cells": len(cells),
        "cells that fail": len(failed),
        "cells that crashed": missing,
    }
    if not only:
        save("fault_matrix", "Fault matrix", figures, whole=options.onsets >= ONSETS)
    return int(bool(failed) or missing > 0)


def _without_numbers(text: str) -> str:
    return "".join("#" if letter.isdigit() else letter for letter in text)


if __name__ == "__main__":
    sys.exit(main())
