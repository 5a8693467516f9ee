"""How much faster than real time a simulated person walks, with the controller and without; in simulation.

`python -m benchmarks.simulation_speed [--patient drag] [--seconds 30] [--repeats 5] [--profile]`

One core, default settings, stimulation on, no wires, no recording, no twin. Each figure is the best of the repeats in
processor time, so a busy machine disturbs it little. The parts are timed one by one over the same walk; what they do
not explain of the whole is the loop. As in `dorsiflex cohort` and `simulate`, the compiled controller and simulator are
used where they have been built (`python -m dorsiflex.compiled`), unless DORSIFLEX_COMPILED=0 is set.
"""

import argparse
import cProfile
import pstats
import sys
from collections.abc import Callable
from time import process_time
from typing import NamedTuple

from dorsiflex import compiled

compiled.use()

from config.load import default_document  # noqa: E402 - from here on compiled, where there is a build
from config.schema import Settings  # noqa: E402
from controller.controller import Controller  # noqa: E402
from controller.signals import ArmingState, Inputs, Tick  # noqa: E402
from dorsiflex.virtual_loop import VirtualLoop  # noqa: E402
from runtime.loop import Parts  # noqa: E402
from simulator.bench import Bench  # noqa: E402
from simulator.bench_stimulator import Pulse  # noqa: E402
from simulator.clock import VirtualClock  # noqa: E402
from simulator.operator import SimulatedOperator  # noqa: E402
from simulator.patients import PATIENTS  # noqa: E402

SEED = 1
SHORTEST_S = 5.0
PROFILE_ROWS = 30


class Walk(NamedTuple):
    """A walk to be timed: the settings, how long, and what the whole of it has shown."""

    settings: Settings
    seconds: float
    inputs: list[Inputs]
    pulses: list[Pulse]

    @property
    def ticks(self) -> int:
        """Ticks of the controller, which are also the looks at the person."""
        return round(self.seconds * self.settings.loop.rate_hz)


class Keep:
    """A recorder that keeps what came in, and counts what was given: nothing is timed that did not work."""

    def __init__(self, *, inputs: bool = False) -> None:
        self.inputs: list[Inputs] = []
        self.armed = 0
        self._keeps = inputs

    def put(self, tick: Tick) -> None:
        """Take one tick."""
        self.armed += tick.state is ArmingState.ARMED
        if self._keeps:
            self.inputs.append(tick.inputs)

    def miss(self, tick: int) -> None:
        """The loop reports it."""

    def problem(self) -> str:
        """Nothing is lost."""
        return ""


def new_bench(settings: Settings) -> Bench:
    """The person and the sensors of these settings, without wires and without a twin."""
    bench = Bench(settings, VirtualClock(), seed=SEED, wired=False, twin=False)
    for stimulator in bench.stimulators.values():
        stimulator.open()
    for sensor in bench.sensors.values():
        sensor.open()
    return bench


def whole(settings: Settings, seconds: float, recorder: Keep) -> tuple[float, Bench]:
    """Time of person, sensors, controller and loop together. Raises RuntimeError if a tick fails or nobody is armed."""
    bench = new_bench(settings)
    parts = Parts(bench.sensors, bench.stimulators, {}, (SimulatedOperator(bench.clock),))
    loop = VirtualLoop(parts, Controller(settings).step, bench.clock, settings.loop.rate_hz, recorder)
    begin = process_time()
    report = loop.run(lambda t_s: t_s >= seconds)
    took_s = process_time() - begin
    if report.exception or recorder.armed == 0:
        raise RuntimeError(f"this walk cannot be timed: {report.exception or 'the controller was never armed'}")
    return took_s, bench


def person(walk: Walk) -> float:
    """Time of the person alone, who gets the same pulses."""
    one = new_bench(walk.settings).person
    tick_s = 1.0 / walk.settings.loop.rate_hz
    pulses = iter([*walk.pulses, Pulse(2.0 * walk.seconds, "left", "", 0.0, 0.0, 0.0)])
    pulse = next(pulses)
    begin = process_time()
    for tick in range(walk.ticks + 1):
        t_s = tick * tick_s
        one.advance(t_s)
        for leg in walk.settings.leg:
            one.heel_force_n(leg.side)
        while pulse.t_s <= t_s:
            one.pulse(pulse.side, pulse.channel, pulse.current_ma, pulse.pulse_width_us)
            pulse = next(pulses)
    return process_time() - begin


def person_and_sensors(walk: Walk) -> float:
    """Time of the person and of the sensors, which are read at every tick; nobody stimulates."""
    bench = new_bench(walk.settings)
    clock, sensors = bench.clock, list(bench.sensors.values())
    tick_s = 1.0 / walk.settings.loop.rate_hz
    begin = process_time()
    for tick in range(walk.ticks + 1):
        clock.sleep_until(tick * tick_s)
        for sensor in sensors:
            sensor.poll()
    return process_time() - begin


def controller(walk: Walk) -> float:
    """Time of the controller's steps alone."""
    step = Controller(walk.settings).step
    begin = process_time()
    for inputs in walk.inputs:
        step(inputs)
    return process_time() - begin


def settings_of(patient: str) -> Settings:
    """The default settings with another kind of person."""
    settings = default_document().settings
    simulation = settings.simulation.model_copy(update={"patient": patient})
    return settings.model_copy(update={"simulation": simulation})


def best(repeats: int, run: Callable[[], float]) -> float:
    """The shortest of some runs, s."""
    return min(run() for _ in range(repeats))


def measure(patient: str, seconds: float, repeats: int) -> str:
    """The table."""
    settings = settings_of(patient)
    keep = Keep(inputs=True)
    _, bench = whole(settings, seconds, keep)
    (stimulator,) = bench.pulse_stimulators.values()
    walk = Walk(settings, seconds, keep.inputs, stimulator.pulses)
    quiet = walk._replace(pulses=[])
    all_s = best(repeats, lambda: whole(settings, seconds, Keep())[0])
    person_s = best(repeats, lambda: person(walk))
    sensors_s = best(repeats, lambda: person_and_sensors(walk)) - best(repeats, lambda: person(quiet))
    controller_s = best(repeats, lambda: controller(walk))
    rows = [
        ("person with controller", all_s),
        ("  person, muscle sub-steps of 1 ms included", person_s),
        ("  sensors", sensors_s),
        ("  controller step", controller_s),
        ("  loop and stimulator", all_s - person_s - sensors_s - controller_s),
    ]
    lines = [
        f"In simulation: {patient}, {seconds:g} s at {settings.loop.rate_hz} Hz, {len(walk.pulses)} pulses, "
        f"best of {repeats}, {'compiled' if compiled.in_use() else 'not compiled'}.",
        f"{'':44} {'x real time':>12} {'us a tick':>10} {'share':>6}",
    ]
    for name, took_s in rows:
        us = 1e6 * took_s / walk.ticks
        lines.append(f"{name:44} {seconds / took_s:12.0f} {us:10.1f} {100 * took_s / all_s:5.0f}%")
    return "\n".join(lines)


def profile(patient: str, seconds: float) -> None:
    """Print where the time goes, function by function; profiling itself makes small functions look dear."""
    profiler = cProfile.Profile()
    profiler.runcall(whole, settings_of(patient), seconds, Keep())
    pstats.Stats(profiler).strip_dirs().sort_stats("tottime").print_stats(PROFILE_ROWS)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="How much faster than real time a simulated person walks.")
    parser.add_argument("--patient", choices=sorted(PATIENTS), default="drag", help="kind of person")
    parser.add_argument("--seconds", type=float, default=30.0, help=f"simulated time, {SHORTEST_S:g} s or more")
    parser.add_argument("--repeats", type=int, default=5, help="the best of so many runs counts")
    parser.add_argument("--profile", action="store_true", help="also print the functions that take the time")
    asked = parser.parse_args()
    if not SHORTEST_S <= asked.seconds <= 3600.0 or asked.repeats < 1:
        parser.error(f"allowed are {SHORTEST_S:g} to 3600 s and 1 repeat or more")
    sys.stdout.write(measure(asked.patient, asked.seconds, asked.repeats) + "\n")
    if asked.profile:
        profile(asked.patient, asked.seconds)


if __name__ == "__main__":
    main()
