"""What the controller's tests feed it: the simulated person's sensors, without any stimulator behind them."""

from collections.abc import Callable
from functools import lru_cache

import pytest

from config.load import default_settings
from config.schema import Settings
from controller.controller import Controller
from controller.signals import BurstStage, Inputs, OperatorCommand, Pulses, Reading, Tick
from dorsiflex.assemble import bench_rig, open_rig
from simulator.clock import VirtualClock

LONGEST_S = 30.0


@lru_cache
def _walk(rate_hz: int) -> tuple[Inputs, ...]:
    rig = bench_rig(default_settings(), VirtualClock(), seed=1, wired=False)
    open_rig(rig)
    inputs = []
    for k in range(1, round(LONGEST_S * rate_hz)):
        rig.clock.sleep_until(k / rate_hz)
        polled = {name: sensor.poll() for name, sensor in rig.parts.sensors.items()}
        inputs.append(Inputs(rig.clock.now(), {name: reading for name, reading in polled.items() if reading}))
    return tuple(inputs)


def _walk_inputs(seconds: float, *, stands: bool = False, rate_hz: int = 200) -> list[Inputs]:
    inputs = list(_walk(rate_hz)[: round(seconds * rate_hz)])
    if not stands:
        return inputs
    still = []
    for k, one in enumerate(inputs):
        quiet = (0.0, 9.81 + 0.001 * (k % 7), 0.0, 0.0, 0.0, 0.05 * (k % 5))
        still.append(one._replace(readings={"heel": Reading(one.t_s, (1.0,)), "shank": Reading(one.t_s, quiet)}))
    return still


@pytest.fixture
def settings() -> Settings:
    """The default settings: right leg, plain heel switch, shank IMU, one channel on the bench stimulator."""
    return default_settings()


@pytest.fixture(scope="session")
def walk_inputs() -> Callable[..., list[Inputs]]:
    """Makes inputs: `seconds` (at most 30) of a person who stands for 2 s and walks, or only stands (`stands`)."""
    return _walk_inputs


class Steps:
    """Steps through inputs, and what can be read from the ticks."""

    def run(
        self, controller: Controller, inputs: list[Inputs], commands: dict[float, OperatorCommand] | None = None
    ) -> list[Tick]:
        """Step through the inputs, with each command in the first tick at or after its time."""
        waiting = sorted((commands or {}).items())
        ticks = []
        for one in inputs:
            given = one
            if waiting and one.t_s >= waiting[0][0]:
                given = one._replace(commands=(waiting.pop(0)[1],))
            ticks.append(controller.step(given))
        return ticks

    def current_ma(self, tick: Tick) -> float:
        """The current that the gate let through."""
        command = tick.allowed["main"]
        assert isinstance(command, Pulses)
        return command.trains[0].current_ma

    def bursts(self, ticks: list[Tick]) -> list[tuple[float, float]]:
        """Start and end of every stretch with current."""
        found: list[tuple[float, float]] = []
        start: float | None = None
        for tick in ticks:
            on = self.current_ma(tick) > 0.0
            if on and start is None:
                start = tick.inputs.t_s
            elif not on and start is not None:
                found.append((start, tick.inputs.t_s))
                start = None
        return found if start is None else [*found, (start, ticks[-1].inputs.t_s)]

    def mid_burst(self, ticks: list[Tick]) -> int:
        """Index of a tick on the plateau of a burst two thirds through the walk."""
        plateaus = [i for i, tick in enumerate(ticks) if tick.legs[0].stage == BurstStage.PLATEAU]
        return plateaus[len(plateaus) * 2 // 3]


@pytest.fixture
def steps() -> Steps:
    """Runs a controller over inputs and reads its ticks."""
    return Steps()
