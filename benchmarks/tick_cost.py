"""What a tick costs: sense, decide, gate, ring; beside the state machine and logger of opensourceleg in the same run.

`python -m benchmarks.tick_cost [--peer PYTHON] [--ticks 2000] [--rounds 7] [--json FILE]`

Both read the same recorded walk (in simulation) and do not sleep; rounds of the one and of the other alternate. Ours is
the real loop with the real controller, sensors that hand over what was recorded, and the ring to the recorder, in which
the whole tick is written down; theirs is a gait of four states and ten logged values. PYTHON is that of an environment
with `pip install opensourceleg`; without one the figures of the tick alone are given.
"""

import gc
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import NoReturn

from benchmarks.figures import Figure, parser, quantile, report
from benchmarks.replayed import record, recorded_values, replayed_parts
from config.load import default_settings
from controller.controller import Controller
from recording.blackbox import TickRecord, read_black_box
from recording.codec import pack_tick
from runtime.loop import Loop
from runtime.mailbox import Mailbox
from runtime.recorder_process import RingRecorder
from runtime.ring import Ring, RingWriter

GOAL = 0.35
PEER_ENVIRONMENT = Path(".venv/peer/bin/python")
"""Where `make bench` puts the peer."""
SENSORS = ("heel", "shank")


class SteppedClock:
    """Time that jumps to the next deadline, and notes how long the turns took by the real clock, µs."""

    def __init__(self) -> None:
        self.t_s = 0.0
        self.times_us: list[float] = []
        self._begun_ns = 0

    def now(self) -> float:
        """The time of the walk, s."""
        return self.t_s

    def sleep_until(self, t_s: float) -> None:
        """The turn before ends here, the next begins."""
        ended_ns = time.perf_counter_ns()
        if self._begun_ns:
            self.times_us.append((ended_ns - self._begun_ns) / 1000.0)
        self.t_s = max(self.t_s, t_s)
        self._begun_ns = time.perf_counter_ns()

    def rest(self) -> list[float]:
        """The times so far; the one that includes the rest does not count."""
        taken, self.times_us, self._begun_ns = self.times_us, [], 0
        return taken


class Peer:
    """The other package in a process of its own."""

    def __init__(self, python: str, rows: Path) -> None:
        script = Path(__file__).with_name("peer_tick.py")
        self._process = subprocess.Popen(
            [python, str(script), str(rows)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.name = self._line().strip()

    def ticks_us(self, ticks: int) -> list[float]:
        """The times of so many of its ticks."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{ticks}\n")
        self._process.stdin.flush()
        times_us: list[float] = json.loads(self._line())
        return times_us

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("the peer ended without an answer: see its message above")
        return line


class Rounds:
    """What the loop asks every tick: whether to stop. In between rounds it lets the peer have its turn."""

    def __init__(self, clock: SteppedClock, peer: Peer | None, ticks: int, rounds: int) -> None:
        self._clock, self._peer, self._ticks, self._left = clock, peer, ticks, rounds
        self.ours_us: list[list[float]] = []
        self.theirs_us: list[list[float]] = []

    def over(self, _t_s: float) -> bool:
        """Whether that was the last round."""
        if len(self._clock.times_us) < self._ticks:
            return False
        self.ours_us.append(self._clock.rest())
        if self._peer is not None:
            self.theirs_us.append(self._peer.ticks_us(self._ticks))
        self._left -= 1
        return self._left == 0


def measure(values: dict[str, list[tuple[float, ...]]], peer: Peer | None, ticks: int, rounds: int) -> Rounds:
    """Turn both in alternation. Raises SystemExit when a tick fails or nobody was armed."""
    settings = default_settings()
    clock = SteppedClock()
    recorder = RingRecorder(Ring(), _no_writer, _no_rest)
    controller = Controller(settings)
    parts = replayed_parts(values, settings, clock)
    loop = Loop(parts, controller.step, clock, settings.loop.rate_hz, Mailbox(), recorder)
    turns = Rounds(clock, peer, ticks, rounds + 1)
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        done = loop.run(turns.over)
    finally:
        gc.enable()
        recorder.close("")
    if done.exception or not turns.ours_us:
        raise SystemExit(f"a tick failed: {done.exception}")
    return turns


def parts_us(path: Path) -> dict[str, float]:
    """Median times of what a tick is made of, one after the other over a black box, µs."""
    step, ring = Controller(default_settings()).step, RingWriter(Ring())
    all_inputs = [one.tick.inputs for one in read_black_box(path).records if isinstance(one, TickRecord)]
    now_ns = time.perf_counter_ns
    times_ns: list[tuple[int, int, int]] = []
    for inputs in all_inputs:
        begin_ns = now_ns()
        tick = step(inputs)
        decided_ns = now_ns()
        packed = pack_tick(tick)
        packed_ns = now_ns()
        ring.put(packed)
        times_ns.append((decided_ns - begin_ns, packed_ns - decided_ns, now_ns() - packed_ns))
    names = ("the controller's step", "packing the tick", "the ring")
    return {name: median(column) / 1000.0 for name, column in zip(names, zip(*times_ns, strict=True), strict=True)}


def figures(python: str | None, ticks: int, rounds: int) -> list[Figure]:
    """The tick, and beside the peer where there is one."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        record(folder / "walk.dfx", 0.35)
        values = recorded_values(folder / "walk.dfx")
        heel, shank = (values[sensor] for sensor in SENSORS)
        rows = [(one[0], imu[:3], imu[3:]) for one, imu in zip(heel, shank, strict=False)]
        (folder / "rows.json").write_text(json.dumps(rows), encoding="utf-8")
        peer = None if python is None else Peer(python, folder / "rows.json")
        turns = measure(values, peer, ticks, rounds)
        parts = parts_us(folder / "walk.dfx")
        if peer is not None:
            peer.close()
    # The first round warms up.
    ours = [sorted(times_us) for times_us in turns.ours_us[1:]]
    found = [
        Figure("tick: sense, decide, gate, ring; p50", median(quantile(one, 0.5) for one in ours), "µs"),
        Figure("tick: sense, decide, gate, ring; p99", median(quantile(one, 0.99) for one in ours), "µs"),
    ]
    found += [Figure(f"of it {name}, p50", us, "µs") for name, us in parts.items()]
    if peer is not None:
        theirs = [sorted(times_us) for times_us in turns.theirs_us[1:]]
        pairs = [quantile(our, 0.5) / quantile(their, 0.5) for our, their in zip(ours, theirs, strict=True)]
        found.insert(0, Figure(f"tick p50 / {peer.name}", median(pairs), "", GOAL))
        found.append(
            Figure(f"{peer.name}: machine and logger, p50", median(quantile(one, 0.5) for one in theirs), "µs")
        )
    return found


def _no_writer() -> NoReturn:
    raise AssertionError("nothing is written to a file here")


def _no_rest(length: int, sequence: int) -> NoReturn:
    raise AssertionError(f"nothing was written to a file here: {length} bytes, record {sequence}")


def main() -> None:
    """The command."""
    command = parser(__doc__)
    command.add_argument("--peer", metavar="PYTHON", help="the Python of an environment with opensourceleg")
    command.add_argument("--ticks", type=int, default=2000, help="in each round")
    command.add_argument("--rounds", type=int, default=7, help="of each of the two")
    asked = command.parse_args()
    python = asked.peer or (str(PEER_ENVIRONMENT) if PEER_ENVIRONMENT.exists() else None)
    if python is None:
        sys.stdout.write(
            "opensourceleg is not here, so nothing beside it: make bench brings it, or name it with --peer PYTHON\n"
        )
    report(figures(python, asked.ticks, asked.rounds), asked.json)


if __name__ == "__main__":
    main()
