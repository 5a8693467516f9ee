"""Whether speed stays when things grow tenfold: strides, length of the recording, viewers, people.

`python -m benchmarks.growth [--minutes 1] [--people 2] [--json FILE]`

Each is a ratio of speeds, ten times as much against once: 0.9 or more is constant within 10 %. In simulation, in
processor time of the process that is meant, best of several, the two taken in turns.
"""

import gc
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from time import process_time

from benchmarks.figures import Figure, parser, report
from benchmarks.pulse_timing import NoRecorder
from benchmarks.replayed import record
from config.load import default_settings
from controller.controller import Controller
from controller.signals import Inputs, LoopStatus, Reading
from dorsiflex.assemble import bench_rig, open_rig
from recording.blackbox import TickRecord, read_black_box
from recording.codec import pack_tick
from recording.replay import verify
from runtime.loop import Loop
from runtime.mailbox import Mailbox
from runtime.processes import Child
from runtime.ring import Ring, RingReader, RingWriter
from simulator.clock import VirtualClock

TENFOLD = 10
LEAST = 0.9
REPEATS = 3
PERSON_S = 20.0
VIEWER_S = 0.02
"""How often a viewer looks."""


def in_turns(once: Callable[[], float], tenfold: Callable[[], float]) -> float:
    """Speed of the second against the first: both give seconds for the same amount of work."""
    firsts_s: list[float] = []
    seconds_s: list[float] = []
    for _ in range(REPEATS):
        for times_s, work in ((firsts_s, once), (seconds_s, tenfold)):
            gc.collect()
            times_s.append(work())
    return min(firsts_s) / min(seconds_s)


def later(one: Inputs, by_s: float) -> Inputs:
    """The same inputs at another time."""
    readings = {name: Reading(reading.t_s + by_s, reading.values) for name, reading in one.readings.items()}
    devices = {name: status._replace(t_s=status.t_s + by_s) for name, status in one.devices.items()}
    return Inputs(one.t_s + by_s, readings, one.commands, devices, LoopStatus(one.loop.tick))


def strides(inputs: list[Inputs]) -> float:
    """Steps of a controller in its first walk against those in its eleventh, one after the other."""
    length_s = inputs[-1].t_s - inputs[0].t_s + 0.005

    def walks(before: int) -> float:
        step = Controller(default_settings()).step
        for walk in range(before):
            for one in inputs:
                step(later(one, walk * length_s))
        last = [later(one, before * length_s) for one in inputs]
        begin_s = process_time()
        for one in last:
            step(one)
        return process_time() - begin_s

    return in_turns(lambda: walks(0), lambda: walks(TENFOLD))


def replay_s(path: Path) -> float:
    """Processor time to read, replay and compare a black box, s a tick."""
    box = read_black_box(path)
    step = Controller(box.header.read_settings()).step
    begin_s = process_time()
    found = verify(box, step)
    if not found.exact:
        raise SystemExit("the replay differs from the recording")
    return (process_time() - begin_s) / found.ticks


def viewers(inputs: list[Inputs]) -> float:
    """Ticks of a loop that one viewer follows against those of one that ten follow."""

    def published_s(number: int) -> float:
        ring = Ring()

        def watch(parent_is_gone: Callable[[], bool]) -> None:
            reader = RingReader(ring)
            while not (ring.closed or parent_is_gone()):
                reader.skip_to_newest()
                time.sleep(VIEWER_S)

        children = [Child("viewer", watch) for _ in range(number)]
        writer, step = RingWriter(ring), Controller(default_settings()).step
        begin_s = process_time()
        for one in inputs:
            writer.put(pack_tick(step(one)))
        took_s = process_time() - begin_s
        ring.close()
        for child in children:
            child.wait(2.0)
            child.kill()
        return took_s

    return in_turns(lambda: published_s(1), lambda: published_s(TENFOLD))


def walk_s(seed: int) -> float:
    """Processor time for one person's walk with the controller, s."""
    settings = default_settings()
    rig = bench_rig(settings, VirtualClock(), seed=seed, wired=False, twin=False)
    open_rig(rig)
    loop = Loop(rig.parts, Controller(settings).step, rig.clock, settings.loop.rate_hz, Mailbox(), NoRecorder())
    begin_s = process_time()
    done = loop.run(lambda t_s: t_s >= PERSON_S)
    if done.exception:
        raise SystemExit(f"a tick failed: {done.exception}")
    return process_time() - begin_s


def people(number: int) -> float:
    """The first people against the last of ten times as many, one after the other in one process."""
    times_s = [walk_s(seed) for seed in range(number * TENFOLD)]
    return min(times_s[:number]) / min(times_s[-number:])


def figures(minutes: float, number: int) -> list[Figure]:
    """Measure all of it."""
    with tempfile.TemporaryDirectory() as name:
        short, long = Path(name) / "short.dfx", Path(name) / "long.dfx"
        record(short, minutes)
        record(long, TENFOLD * minutes)
        inputs = [one.tick.inputs for one in read_black_box(short).records if isinstance(one, TickRecord)]
        found = {
            "strides": strides(inputs),
            "length of the recording": in_turns(lambda: replay_s(short), lambda: replay_s(long)),
            "viewers": viewers(inputs),
            "people": people(number),
        }
    return [
        Figure(f"speed with ten times the {what}", ratio, "", LEAST, at_least=True) for what, ratio in found.items()
    ]


def main() -> None:
    """The command."""
    command = parser(__doc__)
    command.add_argument("--minutes", type=float, default=1.0, help="length of the shorter walk")
    command.add_argument("--people", type=int, default=2, help="the smaller number of people")
    asked = command.parse_args()
    report(figures(asked.minutes, asked.people), asked.json)


if __name__ == "__main__":
    main()
