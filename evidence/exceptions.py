"""An exception at every line that a tick executes: each must end in a latch and in zero.

    python -m evidence.exceptions

The simulated person walks, in simulation, with the real loop, the bench stimulator and a burst that runs. In one tick
of its rise, plateau, extension and fall every line of `controller/` that the tick executes is made to raise once, in a
fork of its own. Then the walk goes on. Judged by the stimulator's own log and by the ticks: no pulse from the failed
tick on, the fault `exception` latched in the next tick, and still latched, silent, a second later.
"""

import argparse
import os
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import controller
from config.load import default_settings
from controller.controller import Controller
from controller.signals import ArmingState, BurstStage, CommandKind, Inputs, OperatorCommand, Tick
from dorsiflex.assemble import bench_rig, open_rig
from evidence.result import save
from runtime.loop import Loop
from runtime.mailbox import Mailbox
from simulator.bench_stimulator import BenchStimulator
from simulator.clock import VirtualClock

FOLDER = str(Path(controller.__file__).parent)
STAGES = (BurstStage.RISE, BurstStage.PLATEAU, BurstStage.EXTENSION, BurstStage.FALL)
ARM_AFTER_S, WALKS_FOR_S, LONGEST_S = 4.0, 3.0, 30.0
AFTER_S = 1.0


class InjectedError(Exception):
    """The exception that is raised at a line."""


class Place(NamedTuple):
    """The n-th line event of a tick, and where that is."""

    number: int
    file: str
    line: int


class Outcome(NamedTuple):
    """What became of one injection: empty `wrong` when it ended in a latch and in zero."""

    wrong: str
    raised: bool


class Memory:
    """A recorder that keeps the last ticks."""

    def __init__(self) -> None:
        self.ticks: list[Tick] = []
        self.missed = 0

    def put(self, tick: Tick) -> None:
        """Keep it."""
        self.ticks.append(tick)

    def miss(self, tick: int) -> None:
        """Count it."""
        del tick
        self.missed += 1

    def problem(self) -> str:
        """It never has one."""
        return ""


class Walk:
    """The default person on the bench, turned tick by tick by the real loop."""

    def __init__(self) -> None:
        settings = default_settings()
        self.rig = bench_rig(settings, VirtualClock(), seed=1, wired=False)
        open_rig(self.rig)
        stimulator = self.rig.parts.stimulators["main"]
        assert isinstance(stimulator, BenchStimulator)
        self.stimulator = stimulator
        self.controller = Controller(settings)
        self.step: Callable[[Inputs], Tick] = self.controller.step
        self.memory, self.mailbox = Memory(), Mailbox()
        self.loop = Loop(
            self.rig.parts,
            self.turn,
            self.rig.clock,
            settings.loop.rate_hz,
            self.mailbox,
            self.memory,
        )

    def turn(self, inputs: Inputs) -> Tick:
        """What the loop calls: the controller's step, or what stands in for it in one tick."""
        return self.step(inputs)

    def run(self, until: Callable[[Tick], bool], longest_s: float) -> Tick:
        """Walk until a tick is as wanted; the loop's own way to end disarms, so this ends it between two ticks."""
        end_s = self.rig.clock.now() + longest_s

        class Enough(BaseException):
            pass

        def stop_wanted(t_s: float) -> bool:
            if self.memory.ticks and until(self.memory.ticks[-1]):
                raise Enough
            return t_s >= end_s

        try:
            self.loop.run(stop_wanted)
        except Enough:
            return self.memory.ticks[-1]
        raise RuntimeError(f"no such tick within {longest_s:g} s")


def walking(stage: BurstStage) -> Walk:
    """A walk whose last tick was in the middle of a stage of a burst."""
    walk = Walk()
    walk.run(lambda tick: tick.inputs.t_s >= ARM_AFTER_S, LONGEST_S)
    walk.mailbox.post(OperatorCommand(CommandKind.ARM))
    walk.run(lambda tick: tick.inputs.t_s >= ARM_AFTER_S + WALKS_FOR_S, LONGEST_S)
    seen = 0

    def reached(tick: Tick) -> bool:
        nonlocal seen
        seen = seen + 1 if tick.legs[0].stage == stage and tick.state == ArmingState.ARMED else 0
        return seen == 4

    walk.run(reached, LONGEST_S)
    return walk


def lines_of_next_tick(walk: Walk) -> list[Place]:
    """Every line event of `controller/` in the next tick, in order."""
    places: list[Place] = []

    def note(frame: FrameType, event: str) -> None:
        if event == "line":
            places.append(Place(len(places), Path(frame.f_code.co_filename).name, frame.f_lineno))

    _traced_tick(walk, note)
    return places


def inject(walk: Walk, number: int) -> Outcome:
    """Raise at the given line event of the next tick, go on for a second, and judge."""
    count = 0
    raised = False

    def fail(frame: FrameType, event: str) -> None:
        nonlocal count, raised
        if event != "line":
            return
        if count == number and not raised:
            raised = True
            raise InjectedError(f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}")
        count += 1

    pulses = len(walk.stimulator.pulses)
    done = len(walk.memory.ticks)
    try:
        _traced_tick(walk, fail)
        end_s = walk.rig.clock.now() + AFTER_S
        walk.run(lambda tick: tick.inputs.t_s >= end_s, 2 * AFTER_S)
    except InjectedError as error:
        return Outcome(f"the loop itself died of it: {error}", raised)
    after = walk.memory.ticks[done:]
    if len(walk.stimulator.pulses) > pulses:
        return Outcome("a pulse after the exception", raised)
    if walk.memory.missed != 1:
        return Outcome(f"{walk.memory.missed} ticks missed", raised)
    if any("exception" not in tick.faults or tick.state != ArmingState.LATCHED for tick in after):
        return Outcome("not latched by the fault exception", raised)
    if not all(train.current_ma == 0.0 for tick in after for train in tick.allowed["main"].trains):  # type: ignore[union-attr]
        return Outcome("current after the latch", raised)
    return Outcome("", raised)


def _traced_tick(walk: Walk, look: Callable[[FrameType, str], None]) -> None:
    """One tick of the loop with a look at every line of `controller/`."""
    real = walk.controller.step

    def local(frame: FrameType, event: str, _: Any) -> Any:  # noqa: ANN401
        look(frame, event)
        return local

    def traced(frame: FrameType, _event: str, _: Any) -> Any:  # noqa: ANN401
        return local if frame.f_code.co_filename.startswith(FOLDER) else None

    def step(inputs: Inputs) -> Tick:
        walk.step = real
        before = sys.gettrace()
        sys.settrace(traced)
        try:
            return real(inputs)
        finally:
            sys.settrace(before)

    walk.step = step
    done = len(walk.memory.ticks) + walk.memory.missed
    walk.run(lambda _: len(walk.memory.ticks) + walk.memory.missed > done, AFTER_S)


def forked(work: Callable[[], object]) -> object:
    """The result of the work, done in a fork, so that nothing of it stays."""
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.write(write_end, pickle.dumps(work()))
        finally:
            os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as pipe:
        said = pipe.read()
    os.waitpid(pid, 0)
    return pickle.loads(said) if said else Outcome("the process died", raised=False)


def campaign(stages: tuple[BurstStage, ...], every: int) -> tuple[int, set[tuple[str, int]], list[str]]:
    """Inject at every `every`-th line event; how many, at which lines, and what went wrong."""
    injected, lines, wrong = 0, set(), []
    for stage in stages:
        walk = walking(stage)
        places = forked(lambda: lines_of_next_tick(walk))  # noqa: B023
        assert isinstance(places, list)
        for place in places[::every]:
            outcome = forked(lambda: inject(walk, place.number))  # noqa: B023
            assert isinstance(outcome, Outcome)
            where = f"{stage.name.lower()}, {place.file}:{place.line}"
            if not outcome.raised:
                wrong.append(f"{where}: nothing was injected")
            elif outcome.wrong:
                wrong.append(f"{where}: {outcome.wrong}")
            injected += 1
            lines.add((place.file, place.line))
    return injected, lines, wrong


def main() -> int:
    """Run the campaign; the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--every", type=int, default=1, help="only every so many-th line event")
    every = parser.parse_args().every
    injected, lines, wrong = campaign(STAGES, every)
    for one in wrong:
        print(one)  # noqa: T201
    print(f"{injected} exceptions at {len(lines)} lines, {len(wrong)} not ended in a latch and zero")  # noqa: T201
    save(
        "exceptions",
        "Exception at every line of the controller that a tick executes",
        {"injected": injected, "lines of controller/": len(lines), "not ended in a latch and zero": len(wrong)},
        whole=every == 1,
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
