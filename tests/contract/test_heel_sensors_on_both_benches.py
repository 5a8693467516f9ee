"""Heel switch and FSR with broken cables: the real drivers over virtual electronics and the direct sensors agree."""

import itertools
from importlib import resources
from math import isnan

import pytest

from config.load import default_settings, load_settings
from config.schema import Settings
from controller.controller import Controller
from controller.signals import ArmingState, BurstStage, CommandKind, HeelContact, Inputs, OperatorCommand, Tick
from drivers.ads1115 import CONVERSION_S
from simulator.bench import Bench
from simulator.clock import VirtualClock

TICK_S = 0.005
START_S = 0.5


def switch_settings(wiring: str) -> Settings:
    settings = default_settings()
    pin = 27 if wiring == "supervised" else None
    heel = settings.sensor[0].model_copy(update={"wiring": wiring, "pin_unloaded": pin})
    return settings.model_copy(update={"sensor": (heel, settings.sensor[1])})


def fsr_settings() -> Settings:
    with resources.as_file(resources.files("config").joinpath("profiles", "fsr_heel.toml")) as path:
        return load_settings(path)


def opened(settings: Settings, *, wired: bool) -> Bench:
    """A bench whose sensors are open, at START_S."""
    bench = Bench(settings, VirtualClock(), seed=1, wired=wired, twin=False)
    bench.stimulators["main"].open()
    for sensor in bench.sensors.values():
        sensor.open()
    # Opening the wired FSR waits once, and each wait draws noise.
    bench.clock.sleep_until(2.0 * CONVERSION_S)
    bench.clock.sleep_until(START_S)
    return bench


def heel_levels(bench: Bench, seconds: float) -> list[float]:
    """The heel's value in every tick."""
    start_s = bench.clock.now()
    seen = []
    for k in range(1, round(seconds / TICK_S) + 1):
        bench.clock.sleep_until(start_s + k * TICK_S)
        reading = bench.sensors["heel"].poll()
        assert reading is not None
        seen.append(reading.values[0])
    return seen


@pytest.mark.parametrize("wiring", ["plain", "supervised"])
def test_a_loose_heel_wire_reads_the_same_on_both(wiring: str) -> None:
    found = []
    for wired in (True, False):
        bench = opened(switch_settings(wiring), wired=wired)
        sound = heel_levels(bench, 8.0)
        bench.heels["heel"].loosen(breaks_per_s=2.0, open_s=(0.05, 0.2))
        found.append((sound, heel_levels(bench, 8.0)))
    (sound, loose), direct = found
    assert str((sound, loose)) == str(direct), "NaN is unlike itself, so compare the words"
    assert {0.0, 1.0} <= set(sound)
    unknown = [isnan(level) for level in loose]
    if wiring == "supervised":
        assert 0.1 < sum(unknown) / len(unknown) < 0.5, "the wire says so itself"
    else:
        assert not any(unknown)
        edges = [sum(a != b for a, b in itertools.pairwise(levels)) for levels in (sound, loose)]
        assert edges[1] > edges[0] + 8, "a broken plain wire looks like heel off"


def test_an_fsr_reads_the_same_level_on_both_and_a_cut_cable_is_unknown() -> None:
    found = []
    for wired in (True, False):
        bench = opened(fsr_settings(), wired=wired)
        sound = heel_levels(bench, 8.0)
        bench.fsrs["heel"].cut()
        cut = heel_levels(bench, 2.0)
        bench.fsrs["heel"].mend()
        found.append((sound, cut, heel_levels(bench, 2.0)))
    (sound, cut, mended), direct = found
    assert sound == pytest.approx(direct[0], abs=0.002)
    assert mended == pytest.approx(direct[2], abs=0.002)
    assert min(sound) < 0.05
    assert max(sound) > 0.9
    assert all(isnan(level) for level in (*cut, *direct[1]))


CUT, SHORT = "cut", "short"


def spoil(bench: Bench, what: str) -> None:
    """Cut the heel's cable, or short it: the switch then reads closed, the FSR as no pad can."""
    if bench.fsrs:
        (bench.fsrs["heel"].cut if what == CUT else bench.fsrs["heel"].short)()
    elif what == CUT:
        bench.heels["heel"].loosen(breaks_per_s=1e6, open_s=(1e5, 1e5 + 1.0))
    else:
        bench.heels["heel"].stuck = True


def ticks_of(settings: Settings, at_s: float, what: str, *, wired: bool, seconds: float) -> tuple[Bench, list[Tick]]:
    """An armed person stands until 2 s and walks; the heel's cable is spoilt at `at_s`."""
    bench = opened(settings, wired=wired)
    controller = Controller(settings)
    ticks: list[Tick] = []
    for k in range(1, round(seconds / TICK_S)):
        bench.clock.sleep_until(START_S + k * TICK_S)
        if k == round((at_s - START_S) / TICK_S):
            spoil(bench, what)
        polled = {name: sensor.poll() for name, sensor in bench.sensors.items()}
        readings = {name: reading for name, reading in polled.items() if reading is not None}
        arms = (OperatorCommand(CommandKind.ARM),) if k == 200 else ()
        ticks.append(controller.step(Inputs(bench.clock.now(), readings, arms)))
        bench.stimulators["main"].apply(ticks[-1].allowed["main"])
    return bench, ticks


@pytest.mark.parametrize("wired", [True, False], ids=["wired", "direct"])
@pytest.mark.parametrize("what", [CUT, SHORT])
@pytest.mark.parametrize("wiring", ["plain", "supervised"])
@pytest.mark.parametrize("at_s", [1.8, 6.6, 7.0], ids=lambda at_s: f"at {at_s:g} s")
def test_a_cut_or_shorted_heel_wire_starts_no_burst_where_none_is_wanted(
    wiring: str, what: str, at_s: float, wired: bool
) -> None:
    bench, ticks = ticks_of(switch_settings(wiring), at_s, what, wired=wired, seconds=12.0)
    assert ticks[300].state == ArmingState.ARMED
    wanted = bench.person.wanted_bursts("right")
    started = [b.start_s for b in bench.pulse_stimulators["main"].bursts("dorsiflexors") if b.start_s > at_s]
    for start_s in started:
        if start_s > wanted[-1].stop_s:
            continue  # what is wanted is known when the foot has left the floor
        assert any(want.start_s - 0.03 <= start_s <= want.stop_s for want in wanted), start_s
    if what == CUT and wiring == "supervised":
        assert {tick.legs[0].contact for tick in ticks if tick.inputs.t_s > at_s + 0.05} == {HeelContact.UNKNOWN}
        assert "heel_lost:right" in ticks[-1].faults
    elif at_s > 2.0:
        assert "heel_doubted:right" in ticks[-1].faults
    if at_s > 2.0:
        assert started, "the IMU leads, and the walk goes on"


@pytest.mark.parametrize("wired", [True, False], ids=["wired", "direct"])
@pytest.mark.parametrize("at_s", [1.8, 6.6, 7.0])
@pytest.mark.parametrize("what", [CUT, SHORT])
def test_a_cut_or_shorted_fsr_cable_starts_no_burst(what: str, at_s: float, wired: bool) -> None:
    bench, ticks = ticks_of(fsr_settings(), at_s, what, wired=wired, seconds=9.0)
    after = [tick for tick in ticks if tick.inputs.t_s > at_s + 0.06]
    assert {tick.legs[0].contact for tick in after} == {HeelContact.UNKNOWN}
    assert "sensors_lost:right" in after[-1].faults
    starts = [b.start_s for b in bench.pulse_stimulators["main"].bursts("dorsiflexors")]
    assert not [start_s for start_s in starts if start_s > at_s + 0.06]


def walk_until_cut(*, wired: bool) -> list[Tick]:
    """An armed person with an FSR walks; its cable breaks at 12 s."""
    bench = opened(fsr_settings(), wired=wired)
    controller = Controller(bench.settings)
    ticks: list[Tick] = []
    for k in range(1, round(18.0 / TICK_S)):
        bench.clock.sleep_until(START_S + k * TICK_S)
        if k == round(12.0 / TICK_S):
            bench.fsrs["heel"].cut()
        t_s = bench.clock.now()
        reading = bench.sensors["heel"].poll()
        assert reading is not None
        arms = (OperatorCommand(CommandKind.ARM),) if k == 200 else ()
        ticks.append(controller.step(Inputs(t_s, {"heel": reading}, arms)))
        bench.stimulators["main"].apply(ticks[-1].allowed["main"])
    return ticks


@pytest.mark.parametrize("wired", [True, False], ids=["wired", "direct"])
def test_a_cut_fsr_cable_never_triggers(wired: bool) -> None:
    ticks = walk_until_cut(wired=wired)
    before, after = ticks[: round(12.0 / TICK_S)], ticks[round(12.06 / TICK_S) :]
    assert sum(tick.legs[0].stage == BurstStage.RISE for tick in before) > 100
    assert {tick.legs[0].contact for tick in before} >= {HeelContact.ON, HeelContact.OFF}
    assert {tick.legs[0].contact for tick in after} == {HeelContact.UNKNOWN}
    assert not any(tick.legs[0].stage in (BurstStage.DELAY, BurstStage.RISE) for tick in after)
    assert after[-1].state == ArmingState.LATCHED
    assert "sensors_lost:right" in after[-1].faults
