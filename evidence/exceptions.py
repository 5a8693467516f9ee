"""An exception at every line that a tick executes: each must end in a latch and in zero.

    python -m evidence.exceptions

The simulated person walks, in simulation, on the wired bench: heel switch and IMU through their drivers, a P24 through
its serial driver, the real loop above them. In the rise, plateau, extension and fall of a burst every line of
`controller/`, `drivers/` and `runtime/` that ten ticks in a row execute is made to raise once, in a fork of its own.
Then the walk goes on. Judged by the pulses that come out of the device, and by the ticks: no pulse after the failed
tick, the fault `exception` latched in the next one, and still latched, silent, a second later. A line outside of what
the loop can catch ends the loop itself: then all output must have been ended.
"""

import argparse
import os
import pickle
import sys
from collections.abc import Callable
from math import inf
from typing import NamedTuple, NoReturn

from controller.controller import Controller
from controller.signals import ArmingState, BurstStage, Tick
from dorsiflex.faults.draw import Person, settings_of
from dorsiflex.faults.nerve import Nerve
from dorsiflex.faults.seen import body_of
from drivers.interfaces import Sensor, Stimulator
from evidence.failing_lines import ROOMS, InjectedError, Place, Tracer, once_each
from evidence.result import save
from runtime.loop import Loop, Parts
from runtime.mailbox import Mailbox
from simulator.bench import Bench
from simulator.clock import VirtualClock
from simulator.operator import SimulatedOperator
from simulator.patients import patient as patient_of

WALKER = Person("classic", 4, "walk", 0.9, "p24-low", "both", "supervised", "shank")
STAGES = (BurstStage.RISE, BurstStage.PLATEAU, BurstStage.EXTENSION, BurstStage.FALL)
WALKS_FOR_S, LONGEST_S, AFTER_S = 8.0, 30.0, 1.0
SETTLED_TICKS = 4
TICKS = 10
"""Two pulses of 40 Hz, and whatever is read or sent less often than in every tick."""
KEEPERS = tuple(f"drivers/{name}.py" for name in ("heel_switch", "mpu6050", "i2c", "gpio"))
"""What a sensor is read with; whatever of it puts out current is called by another driver, which is judged."""
ON_THE_WIRE_S = 0.01
"""A pulse that was sent before the line failed comes out within two ticks."""


class Outcome(NamedTuple):
    """What became of one injection: empty `wrong` when it ended in a latch and in zero, or the loop and all output.

    `kept`: the driver of a sensor took it for a failed read.
    """

    wrong: str
    raised: bool
    ended: bool = False
    kept: bool = False


class Memory:
    """A recorder that keeps the ticks."""

    def __init__(self) -> None:
        self.ticks: list[Tick] = []

    def put(self, tick: Tick) -> None:
        """Keep it."""
        self.ticks.append(tick)

    def miss(self, tick: int) -> None:
        """It left none."""

    def problem(self) -> str:
        """It never has one."""
        return ""


class Walk:
    """A person on the wired bench, turned by the real loop in one run; `between` is asked before every tick."""

    def __init__(self) -> None:
        settings = settings_of(WALKER)
        clock = VirtualClock()
        self.nerve = Nerve(body_of(WALKER, settings, patient_of(WALKER.kind, WALKER.seed)), clock)
        bench = Bench(settings, clock, seed=WALKER.seed, wired=True, new_person=lambda: self.nerve, twin=False)
        self.clock = bench.clock
        parts = Parts(bench.sensors, bench.stimulators, {}, (SimulatedOperator(self.clock),))
        devices: tuple[Stimulator | Sensor, ...] = (*parts.stimulators.values(), *parts.sensors.values())
        for device in devices:
            device.open()
        self.memory = Memory()
        self.loop = Loop(parts, Controller(settings).step, self.clock, settings.loop.rate_hz, Mailbox(), self.memory)

    def run(self, between: Callable[[float], bool]) -> None:
        """Until `between` says that it is enough."""
        self.loop.run(between)


class Trial:
    """What a fork does with the ticks that come: note their lines (`wanted` None), or fail at one and go on."""

    def __init__(self, walk: Walk, wanted: int | None, pipe: int) -> None:
        self._walk = walk
        self._pipe = pipe
        self._noting = wanted is None
        self._left = TICKS
        self._end_s = walk.clock.now() + AFTER_S
        self._tracer = Tracer(wanted, walk.clock)

    def between(self, t_s: float) -> bool:
        """Asked before every tick; ends the fork when it has seen enough."""
        self._left -= 1
        if self._left == 0:
            self._tracer.stop()
            if self._noting:
                self._report(self._tracer.places)
        if t_s >= self._end_s:
            self._report(self._judge())
        return False

    def ended(self) -> None:
        """The loop has come to its end: what it drove lives on for a second."""
        self._tracer.stop()
        while self._walk.clock.now() < self._end_s:
            self._walk.clock.sleep_until(self._walk.clock.now() + ON_THE_WIRE_S)
        late = self._late_pulse()
        self._report(Outcome(late, self._tracer.raised_s < inf, ended=True))

    def _judge(self) -> Outcome:
        raised_s = self._tracer.raised_s
        if raised_s == inf:
            return Outcome("nothing was injected", raised=False)
        wrong = self._late_pulse()
        after = [tick for tick in self._walk.memory.ticks if tick.inputs.t_s > raised_s]
        kept = after and not any("exception" in tick.faults for tick in after)
        if kept and self._tracer.places[-1].file.startswith(KEEPERS):
            return Outcome("", raised=True, kept=True)
        if any("exception" not in tick.faults or tick.state != ArmingState.LATCHED for tick in after) or not after:
            wrong = "not latched by the fault exception"
        return Outcome(wrong, raised=True)

    def _late_pulse(self) -> str:
        after_s = self._walk.nerve.felt[-1].t_s - self._tracer.raised_s
        return f"a pulse {after_s:.3f} s after the exception" if after_s > ON_THE_WIRE_S else ""

    def _report(self, result: object) -> NoReturn:
        with os.fdopen(self._pipe, "wb") as pipe:
            pipe.write(pickle.dumps(result))
        os._exit(0)


class Nursery:
    """Walks to the middle of a stage of a burst; there it forks for every line, one trial after another."""

    def __init__(self, stage: BurstStage, numbers: Callable[[list[Place]], list[Place]]) -> None:
        self.results: list[tuple[Place, Outcome]] = []
        self._walk = Walk()
        self._stage = stage
        self._numbers = numbers
        self._seen = 0
        self._trial: Trial | None = None

    def run(self) -> list[tuple[Place, Outcome]]:
        """What became of every trial. Raises RuntimeError when the stage is never reached."""
        try:
            self._walk.run(self._between)
        except InjectedError:
            if self._trial is None:
                raise
        if self._trial is not None:
            self._trial.ended()
        if not self.results:
            raise RuntimeError(f"no {self._stage.name.lower()} within {LONGEST_S:g} s")
        return self.results

    def _between(self, t_s: float) -> bool:
        if self._trial is not None:
            return self._trial.between(t_s)
        tick = self._walk.memory.ticks[-1] if self._walk.memory.ticks else None
        there = tick is not None and tick.legs[0].stage == self._stage and tick.state == ArmingState.ARMED
        self._seen = self._seen + 1 if there and t_s > WALKS_FOR_S else 0
        if self._seen < SETTLED_TICKS:
            return t_s > LONGEST_S
        places = self._forked(None)
        if not isinstance(places, list):
            return False
        for place in self._numbers(places):
            outcome = self._forked(place.number)
            if outcome is None:
                return False
            assert isinstance(outcome, Outcome)
            self.results.append((place, outcome))
        return True

    def _forked(self, wanted: int | None) -> object:
        """What a trial in a fork reports; None in the fork itself, which has to walk on."""
        read_end, write_end = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(read_end)
            self._trial = Trial(self._walk, wanted, write_end)
            return None
        os.close(write_end)
        with os.fdopen(read_end, "rb") as pipe:
            said = pipe.read()
        os.waitpid(pid, 0)
        return pickle.loads(said) if said else Outcome("the process died", raised=False)


class Found(NamedTuple):
    """How many exceptions were raised, at which lines; how many ended the loop, were kept by a sensor, went wrong."""

    injected: int
    lines: set[tuple[str, int]]
    ended: int
    kept: int
    wrong: list[str]


def campaign(stages: tuple[BurstStage, ...], every: int) -> Found:
    """Raise at every `every`-th line of a tick in these stages."""
    injected, lines, ended, kept, wrong = 0, set(), 0, 0, []
    for stage in stages:
        for place, outcome in Nursery(stage, lambda places: once_each(places)[::every]).run():
            if outcome.wrong:
                wrong.append(f"{stage.name.lower()}, {place.file}:{place.line}: {outcome.wrong}")
            injected += outcome.raised
            ended += outcome.ended
            kept += outcome.kept
            lines.add((place.file, place.line))
    return Found(injected, lines, ended, kept, wrong)


def main() -> int:
    """Run the campaign; the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--every", type=int, default=1, help="only every so many-th line")
    every = parser.parse_args().every
    injected, lines, ended, kept, wrong = campaign(STAGES, every)
    for one in wrong:
        print(one)  # noqa: T201
    by_room = {room: sum(file.startswith(room) for file, _ in lines) for room in ROOMS}
    told = ", ".join(f"{count} of {room}/" for room, count in by_room.items())
    print(f"{injected} exceptions at {len(lines)} lines: {told}")  # noqa: T201
    print(f"{ended} ended the loop and all output, {kept} were kept by the driver of a sensor")  # noqa: T201
    print(f"{len(wrong)} not ended in a latch and zero")  # noqa: T201
    save(
        "exceptions",
        "Exception at every line that a tick executes",
        {
            "injected": injected,
            **{f"lines of {room}/": count for room, count in by_room.items()},
            "ended the loop, and all output with it": ended,
            "kept by a sensor's driver as a failed read": kept,
            "not ended in a latch and zero": len(wrong),
        },
        whole=every == 1,
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
