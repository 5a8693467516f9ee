"""One suite over both seams of the simulator: real drivers over virtual electronics, and the same person directly."""

from importlib import resources
from typing import NamedTuple

import pytest

from config.load import default_settings, load_settings
from config.schema import Settings
from controller.controller import Controller
from controller.signals import ArmingState, Contact, Phase, Pulses, Tick
from dorsiflex.assemble import Rig, bench_rig, close_rig, open_rig
from recording.event_files import Burst, BurstFinder
from runtime.loop import Loop
from runtime.mailbox import Mailbox
from simulator.clock import VirtualClock

WALK_S = 60.0
START_S = 0.5
"""Both benches begin to tick at this time, whatever opening their devices took."""


class Ticks:
    """Keeps every tick; also stands in for a recorder."""

    def __init__(self) -> None:
        self.ticks: list[Tick] = []

    def put(self, tick: Tick) -> None:
        self.ticks.append(tick)

    def miss(self, tick: int) -> None:
        raise AssertionError(f"tick {tick} failed")

    def problem(self) -> str:
        return ""


class Walk(NamedTuple):
    """A finished walk."""

    rig: Rig
    ticks: list[Tick]

    @property
    def bench_bursts(self) -> list[tuple[float, float]]:
        """On-times by the device's own log."""
        bench = self.rig.bench
        assert bench is not None
        if bench.trigger_devices:
            return bench.trigger_devices["main"].bursts()
        if bench.direct_triggers:
            return [(b.start_s, b.stop_s) for b in bench.direct_triggers["main"].on_times]
        return [(b.start_s, b.stop_s) for b in bench.pulse_stimulators["main"].bursts("dorsiflexors")]


def settings_of(kind: str) -> Settings:
    """The default settings, or those with the trigger on the bench."""
    if kind == "bench":
        return default_settings()
    with resources.as_file(resources.files("config").joinpath("profiles", "trigger_bench.toml")) as path:
        return load_settings(path)


def walk(settings: Settings, *, wired: bool, seconds: float = WALK_S, seed: int = 1) -> Walk:
    """Let the simulated person walk under the controller on virtual time."""
    rig = bench_rig(settings, VirtualClock(), seed=seed, wired=wired, walk_for_s=seconds - 4.0)
    open_rig(rig)
    rig.clock.sleep_until(START_S)
    kept = Ticks()
    loop = Loop(rig.parts, Controller(settings).step, rig.clock, settings.loop.rate_hz, Mailbox(), kept)
    loop.run(lambda t_s: t_s >= seconds)
    close_rig(rig)
    return Walk(rig, kept.ticks)


@pytest.fixture(scope="module", params=["bench", "trigger"])
def pair(request: pytest.FixtureRequest) -> tuple[Walk, Walk]:
    """The same walk on both backends, wired first."""
    settings = settings_of(request.param)
    return walk(settings, wired=True), walk(settings, wired=False)


def phases(ticks: list[Tick]) -> list[tuple[float, Phase]]:
    """When each phase began."""
    changes: list[tuple[float, Phase]] = []
    for tick in ticks:
        phase = tick.legs[0].phase
        if not changes or changes[-1][1] != phase:
            changes.append((tick.inputs.t_s, phase))
    return changes


def bursts(ticks: list[Tick]) -> list[Burst]:
    """The bursts that the gate let through."""
    finder = BurstFinder()
    for tick in ticks:
        finder.add(tick)
    return finder.finish()


def test_both_backends_give_the_same_phases_within_one_tick(pair: tuple[Walk, Walk]) -> None:
    wired, direct = (phases(one.ticks) for one in pair)
    assert [phase for _, phase in wired] == [phase for _, phase in direct]
    assert len(wired) > 150
    for (one_s, _), (other_s, _) in zip(wired, direct, strict=True):
        assert one_s == pytest.approx(other_s, abs=0.005 + 1e-6)


def test_both_backends_give_the_same_bursts_within_one_tick(pair: tuple[Walk, Walk]) -> None:
    wired, direct = (bursts(one.ticks) for one in pair)
    assert len(wired) == len(direct) > 35
    for one, other in zip(wired, direct, strict=True):
        assert one.start_s == pytest.approx(other.start_s, abs=0.005 + 1e-6)
        assert one.stop_s == pytest.approx(other.stop_s, abs=0.005 + 1e-6)
        assert one.reason == other.reason == "envelope finished"


@pytest.mark.parametrize("which", [0, 1], ids=["wired", "direct"])
def test_the_device_put_out_what_the_gate_allowed_and_nothing_else(pair: tuple[Walk, Walk], which: int) -> None:
    one = pair[which]
    logged, allowed = one.bench_bursts, bursts(one.ticks)
    assert len(logged) == len(allowed)
    for (start_s, stop_s), burst in zip(logged, allowed, strict=True):
        assert burst.start_s - 0.006 <= start_s <= burst.start_s + 0.03
        assert burst.stop_s - 0.03 <= stop_s <= burst.stop_s + 0.006


@pytest.mark.parametrize("which", [0, 1], ids=["wired", "direct"])
def test_bursts_lie_where_the_person_wants_them(pair: tuple[Walk, Walk], which: int) -> None:
    bench = pair[which].rig.bench
    assert bench is not None
    wanted = bench.person.wanted_bursts("right")
    after_ic_s = 0.15 + 0.2 + 0.06
    for start_s, stop_s in pair[which].bench_bursts:
        assert any(w.start_s - 0.03 <= start_s and stop_s <= w.stop_s + after_ic_s for w in wanted)
    served = [
        w for w in wanted if any(start < w.stop_s and stop > w.start_s for start, stop in pair[which].bench_bursts)
    ]
    assert len(served) >= len([w for w in wanted if not w.first]) - 1


@pytest.mark.parametrize("which", [0, 1], ids=["wired", "direct"])
def test_readings_arrive_in_every_tick_with_stamps_that_advance(pair: tuple[Walk, Walk], which: int) -> None:
    last = {"heel": -1.0, "shank": -1.0}
    for tick in pair[which].ticks:
        assert set(tick.inputs.readings) == {"heel", "shank"}
        for name, reading in tick.inputs.readings.items():
            assert last[name] < reading.t_s <= tick.inputs.t_s
            last[name] = reading.t_s


@pytest.mark.parametrize("which", [0, 1], ids=["wired", "direct"])
def test_the_simulated_hand_arms_once_and_the_end_disarms(pair: tuple[Walk, Walk], which: int) -> None:
    ticks = pair[which].ticks
    assert ticks[0].state == ArmingState.DISARMED
    assert ticks[-2].state == ArmingState.ARMED
    assert ticks[-1].state == ArmingState.DISARMED
    command = ticks[-1].allowed["main"]
    assert isinstance(command, Pulses | Contact)


@pytest.mark.parametrize("seed", [2, 3])
def test_stimulation_lifts_the_foot_in_simulation(seed: int) -> None:
    from dorsiflex.run_summary import stimulated_pairs

    one = walk(settings_of("bench"), wired=False, seconds=40.0, seed=seed)
    assert one.rig.bench is not None
    pairs = stimulated_pairs(one.rig.bench, "right")
    lifts = sorted(on.mean_dorsiflexion_deg - off.mean_dorsiflexion_deg for on, off in pairs)
    cleared = sorted(on.min_toe_clearance_mm for on, _ in pairs)
    assert len(pairs) > 20
    assert lifts[len(lifts) // 2] >= 5.0
    assert cleared[len(cleared) // 2] > 10.0


@pytest.mark.parametrize("profile", ["bilateral", "two_channels", "heel_only", "fsr_heel"])
@pytest.mark.parametrize("wired", [True, False], ids=["wired", "direct"])
def test_every_profile_of_the_bench_walks(profile: str, wired: bool) -> None:
    with resources.as_file(resources.files("config").joinpath("profiles", f"{profile}.toml")) as path:
        settings = load_settings(path)
    one = walk(settings, wired=wired, seconds=20.0)
    sides = {burst.leg for burst in bursts(one.ticks)}
    assert sides == {leg.side for leg in settings.leg}
    channels = {burst.channel for burst in bursts(one.ticks)}
    assert channels == {f"{leg.side}.{channel.id}" for leg in settings.leg for channel in leg.channel}
    assert one.ticks[-1].faults == ()


@pytest.mark.parametrize("wiring", ["plain", "supervised"])
def test_a_slow_walker_gets_the_burst_before_foot_off(wiring: str) -> None:
    settings = settings_of("bench")
    heel = settings.sensor[0].model_copy(
        update={"wiring": wiring, "pin_unloaded": 27 if wiring == "supervised" else None}
    )
    slow = settings.simulation.model_copy(update={"walking_speed_m_s": 0.4, "patient": "drag"})
    one = walk(settings.model_copy(update={"simulation": slow, "sensor": (heel, settings.sensor[1])}), wired=False)
    assert one.rig.bench is not None
    swings = [s for s in one.rig.bench.person.swings("right") if s.foot_off_s > 12.0]
    starts = [b.start_s for b in bursts(one.ticks)]
    in_time = [s for s in swings if any(s.foot_off_s - 0.6 < start < s.foot_off_s for start in starts)]
    assert len(in_time) == len(swings) > 15
