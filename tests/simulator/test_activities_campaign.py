"""The controller with the default settings over everything that is no gait: no burst; and over a walk: nearly all.

Short runs of one seed each; `python -m benchmarks.activities` is the whole campaign.
"""

from collections.abc import Iterable
from random import Random

import pytest

from config.load import default_settings
from controller.controller import Controller
from controller.signals import CommandKind, Inputs, OperatorCommand, Pulses, Reading
from simulator.activities.registry import ACTIVITIES
from simulator.activities.script import ActivityPerson
from simulator.sensors import HeelModel

RATE_HZ = 200
SECONDS = 20.0
NOT_GAIT = [name for name in ACTIVITIES if ACTIVITIES[name].posture != "walking"]

Span = tuple[float, float]


def inputs(person: ActivityPerson, seconds: float, seed: int) -> Iterable[Inputs]:
    """What the default sensors of the right leg say: a bouncing heel switch, and the shank as it truly moves."""
    heel, noise = HeelModel(str(seed)), Random(seed)
    for k in range(1, round(seconds * RATE_HZ)):
        t_s = k / RATE_HZ
        person.advance(t_s)
        heel.advance(t_s, person.heel_force_n("right"))
        imu = tuple(value + noise.gauss(0.0, 0.02) for value in person.imu("right", "shank"))
        readings = {"heel": Reading(t_s, (float(heel.closed(t_s)),)), "shank": Reading(t_s, imu)}
        yield Inputs(t_s, readings, (OperatorCommand(CommandKind.ARM),) if k == RATE_HZ else ())


def bursts(name: str, seconds: float = SECONDS, seed: int = 1) -> list[Span]:
    """Start and end of each burst that the gate let through."""
    controller = Controller(default_settings())
    found: list[Span] = []
    start: float | None = None
    for one in inputs(ACTIVITIES[name].build(seed, seconds), seconds, seed):
        command = controller.step(one).allowed["main"]
        assert isinstance(command, Pulses)
        if command.trains[0].current_ma > 0.0:
            start = one.t_s if start is None else start
        elif start is not None:
            found.append((start, one.t_s))
            start = None
    return found if start is None else [*found, (start, seconds)]


@pytest.mark.parametrize("name", NOT_GAIT)
def test_what_is_no_gait_gets_no_burst(name: str) -> None:
    assert bursts(name) == []


def test_the_campaign_sees_the_bursts_of_a_walk() -> None:
    person = ACTIVITIES["carpet"].build(1, SECONDS)
    person.advance(SECONDS)
    wanted = [window for window in person.wanted_bursts("right") if not window.first]
    found = bursts("carpet")
    given = [window for window in wanted if any(a < window.stop_s and b > window.start_s for a, b in found)]
    assert len(wanted) >= 8
    assert len(given) == len(wanted)
