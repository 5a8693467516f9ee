"""An electrode that comes off in a walk, or was never on, is found by what the foot does; sound ones are left alone."""

from functools import lru_cache

import pytest

from config.load import default_settings
from controller.controller import Controller
from controller.signals import ArmingState, Tick
from dorsiflex.assemble import bench_rig, open_rig
from runtime.loop import Loop
from runtime.mailbox import Mailbox
from simulator.bench_electrode import BenchElectrode
from simulator.clock import VirtualClock

OFF_S, END_S = 18.0, 26.0


class Kept:
    """Keeps when which faults were active, and takes the electrodes off at `off_s`."""

    def __init__(self, electrodes: list[BenchElectrode], off_s: float) -> None:
        self.electrodes, self.off_s = electrodes, off_s
        self.faults: dict[str, float] = {}
        self.state = ArmingState.DISARMED

    def put(self, tick: Tick) -> None:
        t_s = tick.inputs.t_s
        self.state = tick.state
        if t_s >= self.off_s:
            self.off_s = float("inf")
            for electrode in self.electrodes:
                electrode.lift()
        for name in tick.faults:
            self.faults.setdefault(name, t_s)

    def miss(self, tick: int) -> None:
        raise AssertionError(f"tick {tick} failed")

    def problem(self) -> str:
        return ""


@lru_cache
def walk(patient: str, placement: str, off_s: float) -> Kept:
    """A walk of 26 s on the direct bench whose electrodes come off at `off_s`."""
    settings = default_settings()
    heel, imu = settings.sensor[:2]
    heel = heel.model_copy(update={"wiring": "supervised", "pin_unloaded": 27})
    sensors = (heel, imu.model_copy(update={"placement": placement}))
    simulation = settings.simulation.model_copy(update={"patient": patient})
    settings = settings.model_copy(update={"sensor": sensors, "simulation": simulation})
    rig = bench_rig(settings, VirtualClock(), seed=2, wired=False, twin=False)
    open_rig(rig)
    assert rig.bench is not None
    kept = Kept(list(rig.bench.electrodes.values()), off_s)
    loop = Loop(rig.parts, Controller(settings).step, rig.clock, settings.loop.rate_hz, Mailbox(), kept)
    loop.run(lambda t_s: t_s >= END_S)
    return kept


@pytest.mark.parametrize("patient", ["classic", "stroke"])
def test_an_electrode_that_comes_off_is_told_within_four_strides_and_the_walk_goes_on(patient: str) -> None:
    kept = walk(patient, "foot", OFF_S)
    assert list(kept.faults) == ["no_effect:right"]
    assert OFF_S < kept.faults["no_effect:right"] < OFF_S + 4 * 1.5


def test_an_electrode_that_was_never_on_is_told() -> None:
    kept = walk("stroke", "foot", 0.0)
    assert list(kept.faults) == ["no_effect:right"]
    assert kept.faults["no_effect:right"] < 20.0


@pytest.mark.parametrize("patient", ["classic", "healthy"])
def test_a_sound_electrode_is_left_alone(patient: str) -> None:
    assert walk(patient, "foot", END_S).faults == {}


def test_an_imu_on_the_shank_cannot_tell_and_says_nothing() -> None:
    assert walk("classic", "shank", OFF_S).faults == {}
