"""A tick of the package opensourceleg: its state machine of a gait and its logger, as its own tutorials put them.

Run by the Python of an environment that has it, by `benchmarks/tick_cost.py`; needs nothing of ours. Reads rows of heel
and IMU as JSON from the file named first; for each line on standard input it turns so many ticks as the line says and
answers with their times in microseconds, as JSON.
"""

import json
import sys
import tempfile
import time
from importlib.metadata import version
from itertools import cycle

from opensourceleg.control.fsm import State, StateMachine  # type: ignore[import-not-found]
from opensourceleg.logging import Logger, LogLevel  # type: ignore[import-not-found]

SWING_DEG_S, LOADED = 60.0, 0.5


class Leg:
    """What the criteria look at."""

    heel = 1.0
    acc = gyr = (0.0, 0.0, 0.0)
    current_ma = 0.0


def rolls(leg: Leg) -> bool:
    """The shank leans forward."""
    return leg.gyr[2] < -SWING_DEG_S


def leaves(leg: Leg) -> bool:
    """The heel is up and the shank swings."""
    return leg.heel < LOADED and leg.gyr[2] > SWING_DEG_S


def slows(leg: Leg) -> bool:
    """The swing is past its peak."""
    return leg.gyr[2] < SWING_DEG_S


def lands(leg: Leg) -> bool:
    """The heel is down."""
    return leg.heel > LOADED


def machine_of() -> StateMachine:
    """Four states of a gait, with criteria that are handed what they look at, as in the package's walking example."""
    early_stance, late_stance = State("early_stance"), State("late_stance")
    early_swing, late_swing = State("early_swing"), State("late_swing")
    states = [early_stance, late_stance, early_swing, late_swing]
    machine = StateMachine(states=states, initial_state_name="early_stance")
    machine.add_transition(early_stance, late_stance, "roll", criteria=rolls)
    machine.add_transition(late_stance, early_swing, "foot_off", criteria=leaves)
    machine.add_transition(early_swing, late_swing, "peak", criteria=slows)
    machine.add_transition(late_swing, early_stance, "heel_strike", criteria=lands)
    return machine


def main() -> None:
    """Answer until standard input ends."""
    with open(sys.argv[1], encoding="utf-8") as file:  # noqa: PTH123 - the peer's environment, plain and short
        rows = cycle(json.load(file))
    leg = Leg()
    with tempfile.TemporaryDirectory() as folder:
        logger = Logger(log_path=folder, file_name="peer", stream_level=LogLevel.ERROR)
        machine = machine_of()
        machine.start()
        logger.track_function(time.monotonic, "time")
        logger.track_function(lambda: leg.heel, "heel")
        for axis in range(3):
            logger.track_function(lambda axis=axis: leg.acc[axis], f"acc{axis}")
            logger.track_function(lambda axis=axis: leg.gyr[axis], f"gyr{axis}")
        logger.track_function(lambda: machine.current_state.name, "state")
        logger.track_function(lambda: leg.current_ma, "current_ma")
        sys.stdout.write(f"opensourceleg {version('opensourceleg')}\n")
        sys.stdout.flush()
        for line in sys.stdin:
            times_us = []
            for _ in range(int(line)):
                begin_ns = time.perf_counter_ns()
                heel, acc, gyr = next(rows)
                leg.heel, leg.acc, leg.gyr = heel, acc, gyr
                machine.update(leg=leg)
                leg.current_ma = 34.0 if "swing" in machine.current_state.name else 0.0
                logger.update()
                times_us.append((time.perf_counter_ns() - begin_ns) / 1000.0)
            sys.stdout.write(json.dumps(times_us) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
