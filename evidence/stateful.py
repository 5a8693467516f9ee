"""A machine that presses everything in any order, and holds every tick against the rules.

    python -m evidence.stateful --steps 100000

Steps of hypothesis: arm, pause, stop, modes, walking and standing, sensors and devices that break and mend, late ticks,
broken clocks, failing ticks, new settings, and a plan that asks for nonsense. Beneath them the real controller and the
bench stimulator, fed with a recorded walk of the simulated person, in simulation. Judged by the stimulator's log, the
heel's true load and the settings; the controller's word is taken for its state and its reasons only.
"""

import argparse
import sys
from math import inf, isfinite, nan

from hypothesis import HealthCheck, settings
from hypothesis import Phase as Phases
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from controller.signals import CommandKind, LoopStatus, Mode, OperatorCommand, Source
from evidence.result import save
from evidence.stateful_world import NUMBERS, World, settings_with

ODD = st.sampled_from([nan, inf, -inf, -1.0, 0.5, 2.0, 1e9, -0.0])
COUNT = st.integers(1, 60)


class Machine(RuleBasedStateMachine):
    """What may happen, in any order."""

    @initialize()
    def begin(self) -> None:
        self.world = World()
        self.world.ticks(400)
        self.world.commands = (OperatorCommand(CommandKind.ARM),)
        self.world.ticks(200)

    def _step(self) -> World:
        NUMBERS["steps"] += 1
        return self.world

    def _command(self, kind: CommandKind, source: Source = Source.OPERATOR, argument: str = "") -> None:
        world = self._step()
        world.commands += (OperatorCommand(kind, source, argument),)
        world.tick()

    @rule(count=COUNT)
    def walk(self, count: int) -> None:
        world = self._step()
        world.walks = True
        world.ticks(count)

    @rule(count=COUNT)
    def stand(self, count: int) -> None:
        world = self._step()
        world.walks = False
        world.ticks(count)

    @rule()
    def mend_and_arm(self) -> None:
        world = self._step()
        self._mend()
        world.commands = (OperatorCommand(CommandKind.DISARM), OperatorCommand(CommandKind.MODE, argument=Mode.WALK))
        world.ticks(250)
        world.commands = (OperatorCommand(CommandKind.ARM),)
        world.ticks(250)

    @rule(count=st.integers(100, 400))
    def walk_far(self, count: int) -> None:
        world = self._step()
        world.walks = True
        world.ticks(count)

    @rule()
    def mend_arm_and_walk_far(self) -> None:
        self.mend_and_arm()
        self.world.ticks(300)

    @rule(mode=st.sampled_from([Mode.EXERCISE, Mode.TEST_BURST]))
    def sit_and_arm(self, mode: Mode) -> None:
        world = self._step()
        self._mend()
        world.walks = False
        world.commands = (OperatorCommand(CommandKind.DISARM), OperatorCommand(CommandKind.MODE, argument=mode))
        world.ticks(300)
        world.commands = (OperatorCommand(CommandKind.ARM),)
        world.ticks(60)

    def _mend(self) -> None:
        world = self.world
        world.heel_fault = world.imu_fault = ""
        world.nonsense = None
        world.loop = LoopStatus()
        world.walks = True
        world.stimulator.open()

    @rule(
        kind=st.sampled_from(list(CommandKind)),
        source=st.sampled_from(list(Source)),
        argument=st.sampled_from(["", "right", "left", *Mode, "nonsense"]),
    )
    def press(self, kind: CommandKind, source: Source, argument: str) -> None:
        self._command(kind, source, argument)

    @rule(count=COUNT)
    def pause(self, count: int) -> None:
        self._command(CommandKind.PAUSE)
        self.world.ticks(count)
        self._command(CommandKind.RESUME)

    @rule()
    def test_burst(self) -> None:
        self._command(CommandKind.TEST_BURST, argument="right")
        self.world.ticks(20)

    @rule(fault=st.sampled_from(["missing", "on", "off", "odd", "chatters"]), odd=ODD, count=COUNT)
    def break_heel(self, fault: str, odd: float, count: int) -> None:
        world = self._step()
        world.heel_fault, world.odd = fault, odd
        world.ticks(count)

    @rule(fault=st.sampled_from(["missing", "odd", "frozen", "mirrored"]), odd=ODD, count=COUNT)
    def break_imu(self, fault: str, odd: float, count: int) -> None:
        world = self._step()
        world.imu_fault, world.odd = fault, odd
        world.ticks(count)

    @rule(count=COUNT)
    def mend_sensors(self, count: int) -> None:
        world = self._step()
        world.heel_fault = world.imu_fault = ""
        world.ticks(count)

    @rule()
    def break_stimulator(self) -> None:
        world = self._step()
        world.stimulator.fail("electrode off")
        world.ticks(2)

    @rule(gap_s=st.sampled_from([0.005, 0.015, 0.03, 0.09, 0.11, 0.3, 3.0]))
    def late(self, gap_s: float) -> None:
        self._step().tick(gap_s)

    @rule(stamp_s=st.sampled_from([nan, inf, -inf, -1.0, 0.0, 1e9, 1e300]))
    def broken_clock(self, stamp_s: float) -> None:
        world = self._step()
        world.stamp_s = stamp_s if stamp_s <= 0.0 or not isfinite(stamp_s) else nan
        world.tick()

    @rule(what=st.sampled_from(["exception", "recorder", "recorder mended", "late", "skipped"]), count=COUNT)
    def loop_trouble(self, what: str, count: int) -> None:
        world = self._step()
        if what == "exception":
            world.loop = LoopStatus(exception="ZeroDivisionError: division by zero")
        elif what == "recorder":
            world.loop = LoopStatus(recorder_problem="disk full")
        elif what == "recorder mended":
            world.loop = LoopStatus()
        else:
            world.loop = LoopStatus(late_s=0.03 if what == "late" else 0.0, skipped=3 if what == "skipped" else 0)
        world.ticks(min(count, 10))

    @rule(current_ma=st.sampled_from([0.0, 20.0, 34.0, 50.0]), rise_s=st.sampled_from([0.13, 0.15, 0.5]), count=COUNT)
    def new_settings(self, current_ma: float, rise_s: float, count: int) -> None:
        world = self._step()
        world.settings = settings_with(current_ma, rise_s)
        world.ticks(count)

    @rule(nonsense=st.sampled_from([None, None, nan, inf, -5.0, 1e308, 5e-324, 60.0, 200.0]), count=COUNT)
    def plan_gone_wrong(self, nonsense: float | None, count: int) -> None:
        world = self._step()
        world.nonsense = nonsense
        world.ticks(count)
        world.nonsense = None


def run(steps: int, *, steps_of_one: int = 50, derandomize: bool = False, shrink: bool = False) -> dict[str, int]:
    """Run about so many steps; what happened in them. An AssertionError carries the way to a broken rule."""
    before = dict(NUMBERS)
    phases = (Phases.generate, Phases.shrink) if shrink else (Phases.generate,)
    chosen = settings(
        max_examples=max(1, steps // steps_of_one),
        stateful_step_count=steps_of_one,
        deadline=None,
        database=None,
        derandomize=derandomize,
        phases=phases,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Machine, settings=chosen)
    return {name: number - before[name] for name, number in NUMBERS.items()}


def main() -> int:
    """Run as many steps as asked; the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--steps", type=int, default=100_000, help="rules to carry out, each of 1 to 500 ticks")
    goal = parser.parse_args().steps
    happened = dict.fromkeys(NUMBERS, 0)
    while happened["steps"] < goal:
        for name, number in run(min(goal - happened["steps"] + 50, 5000)).items():
            happened[name] += number
        print(f"{happened['steps']} of {goal} steps, {happened['ticks']} ticks", file=sys.stderr)  # noqa: T201
    print(", ".join(f"{number} {name}" for name, number in happened.items()) + ": every rule kept")  # noqa: T201
    save("stateful", "Anything in any order", {**happened, "rules broken": 0}, whole=goal >= 100_000)
    return 0


if __name__ == "__main__":
    sys.exit(main())
