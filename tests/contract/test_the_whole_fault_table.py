"""Every row of the fault table, provoked on the wired bench under the real drivers, loop and controller.

Each fault begins in a burst, or before the walk; it has to be active within the time of its row, end that burst as the
row says by the device's own log, forbid later bursts if its class does, and be cleared by what the row names.
"""

from collections.abc import Callable
from typing import NamedTuple

import pytest

from config.load import default_settings
from config.schema import Settings
from controller.controller import Controller
from controller.faults import FAULTS, Clearing, Ending, FaultClass
from controller.signals import ArmingState, CommandKind, Inputs, OperatorCommand, Reading, Tick
from dorsiflex.assemble import Rig, bench_rig, close_rig, open_rig
from runtime.loop import Loop
from runtime.mailbox import Mailbox
from simulator.bench import Bench
from simulator.clock import VirtualClock

BEGINS_S, LONGEST_S = 8.5, 40.0
STRIDE_S = 1.35
"""The longest stride of the simulated person here."""
PULSE_S = 0.03
LONGEST_STALL_S = 0.2
LEG_FAULT, NO_LEG = "right", ""


class World:
    """A walk under way: bench, controller, what was seen; `problem` is what the recorder says."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.rig: Rig = bench_rig(settings, VirtualClock(), seed=3, twin=False)
        assert self.rig.bench is not None
        self.bench: Bench = self.rig.bench
        self.controller = Controller(settings)
        self.mailbox = Mailbox()
        self.ticks: list[Tick] = []
        self.recorder_problem = ""
        self.change: Callable[[Inputs], Inputs] = lambda inputs: inputs
        self.fails = False
        open_rig(self.rig)
        self.loop = Loop(self.rig.parts, self._step, self.rig.clock, settings.loop.rate_hz, self.mailbox, self)

    def _step(self, inputs: Inputs) -> Tick:
        if self.fails:
            self.fails = False
            raise ZeroDivisionError("division by zero")
        return self.controller.step(self.change(inputs))

    def put(self, tick: Tick) -> None:
        self.ticks.append(tick)

    def miss(self, tick: int) -> None:
        """A tick that failed leaves none."""

    def problem(self) -> str:
        return self.recorder_problem

    def run(self, until: Callable[[float], bool]) -> None:
        """Turn the loop; unlike its end, a pause between two runs must not disarm."""
        post, stop = self.mailbox.post, self.loop.stop_outputs
        self.mailbox.post = ignore  # type: ignore[method-assign, assignment]
        self.loop.stop_outputs = ignore  # type: ignore[method-assign]
        self.rig.clock.sleep_until(self.rig.clock.now() + 1.0 / self.settings.loop.rate_hz)
        self.loop.run(until)
        self.mailbox.post, self.loop.stop_outputs = post, stop  # type: ignore[method-assign]

    def press(self, *kinds: CommandKind) -> None:
        for kind in kinds:
            self.mailbox.post(OperatorCommand(kind))

    @property
    def now_s(self) -> float:
        return self.rig.clock.now()

    def in_burst(self) -> bool:
        """At the height of a burst, by the device's log."""
        bursts = self.bench.pulse_stimulators["main"].bursts("dorsiflexors")
        return bool(bursts) and self.now_s - bursts[-1].start_s > 0.25 and self.now_s - bursts[-1].stop_s < PULSE_S

    def active(self, key: str) -> bool:
        return key in self.ticks[-1].faults


def ignore(*what: object) -> None:
    """Nothing."""
    del what


def of(**changes: object) -> Settings:
    """The default settings on the bench; `heel`: wiring, `placement`: of the IMU, `sensors`: of the leg."""
    settings = default_settings()
    heel, imu = settings.sensor[:2]
    if changes.get("heel") == "supervised":
        heel = heel.model_copy(update={"wiring": "supervised", "pin_unloaded": 27})
    if changes.get("placement"):
        imu = imu.model_copy(update={"placement": changes["placement"]})
    leg = settings.leg[0].model_copy(update={"sensors": changes.get("sensors", "both")})
    sensors = (heel,) if changes.get("sensors") == "heel" else (heel, imu)
    simulation = settings.simulation.model_copy(update={"walking_speed_m_s": 1.1, "patient": "classic"})
    return settings.model_copy(update={"sensor": sensors, "leg": (leg,), "simulation": simulation})


PLAIN, SUPERVISED = of(), of(heel="supervised")
FOOT, HEEL_ONLY = of(heel="supervised", placement="foot"), of(sensors="heel")
Act = Callable[[World], None]


def imu_values(change: Callable[[tuple[float, ...]], tuple[float, ...]]) -> Act:
    """The chip measures something else."""

    def act(world: World) -> None:
        chip = world.bench.chips["shank"]
        source = chip._source
        chip._source = lambda: change(source())

    return act


def imu_heals(world: World) -> None:
    bus = world.bench.buses[1]
    bus.heal()


def back_to_front(v: tuple[float, ...]) -> tuple[float, ...]:
    return (-v[0], v[1], -v[2], -v[3], v[4], -v[5], *v[6:])


def slipped(v: tuple[float, ...]) -> tuple[float, ...]:
    c, s = 0.9659, 0.2588
    return (c * v[0] + s * v[1], c * v[1] - s * v[0], v[2], c * v[3] + s * v[4], c * v[4] - s * v[3], *v[5:])


def unslipped(v: tuple[float, ...]) -> tuple[float, ...]:
    c, s = 0.9659, -0.2588
    return (c * v[0] + s * v[1], c * v[1] - s * v[0], v[2], c * v[3] + s * v[4], c * v[4] - s * v[3], *v[5:])


def silent_bus(world: World) -> None:
    world.bench.buses[1].nack(0x68)


def broken_wire(world: World) -> None:
    world.bench.heels["heel"].loosen(breaks_per_s=1e6, open_s=(1e5, 1e5 + 1.0))


def whole_wire(world: World) -> None:
    world.bench.heels["heel"].mend()


def heel_stuck(closed: bool | None) -> Act:
    def act(world: World) -> None:
        world.bench.heels["heel"].stuck = closed

    return act


def electrodes(contact: float) -> Act:
    def act(world: World) -> None:
        for electrode in world.bench.electrodes.values():
            if contact:
                electrode.mend()
            else:
                electrode.lift()

    return act


def slow_sensor(seconds: float, every: int = 0) -> Act:
    """Polling the last sensor takes so long: once, or in each of so many ticks."""

    def act(world: World) -> None:
        last, count = world.bench.sensors["shank"], [0]
        poll = last.poll

        def slow() -> Reading | None:
            count[0] += 1
            reading = poll()
            if count[0] == 1 or (every and count[0] % every == 0):
                world.rig.clock.sleep_until(world.rig.clock.now() + seconds)
            return reading

        last.poll = slow  # type: ignore[method-assign]

    return act


def sound_sensor(world: World) -> None:
    del world.bench.sensors["shank"].poll


def guard_is_gone(world: World) -> None:
    world.change = lambda inputs: inputs._replace(loop=inputs.loop._replace(guard_problem="no answer"))


def no_more(world: World) -> None:
    world.change = lambda inputs: inputs
    world.recorder_problem = ""


def disk_full(world: World) -> None:
    world.recorder_problem = "disk full"


def clock_stands(world: World) -> None:
    t_s = world.ticks[-1].inputs.t_s
    world.change = lambda inputs: inputs._replace(t_s=t_s)


def not_a_number(world: World) -> None:
    world.controller.legs[0].planner.level = float("nan")


def nothing(world: World) -> None:
    """What happened once is over."""


def both_lost(world: World) -> None:
    silent_bus(world)
    broken_wire(world)


def both_back(world: World) -> None:
    imu_heals(world)
    whole_wire(world)


def stimulator_fails(world: World) -> None:
    world.bench.pulse_stimulators["main"].fail("it is off")


def stimulator_is_repaired(world: World) -> None:
    world.bench.pulse_stimulators["main"].fail("")


def the_tick_fails(world: World) -> None:
    world.fails = True


class Case(NamedTuple):
    """How a fault comes and goes on the bench; `early`: it is there before the walk; `lasts_s`: it stops the loop."""

    settings: Settings
    comes: Act
    goes: Act
    subject: str = LEG_FAULT
    early: bool = False
    lasts_s: float = 0.0


CASES: dict[str, Case] = {
    "gait_timeout": Case(HEEL_ONLY, heel_stuck(closed=False), heel_stuck(closed=None)),
    "late_loop": Case(PLAIN, slow_sensor(0.03), sound_sensor, NO_LEG, lasts_s=0.03),
    "recorder": Case(PLAIN, disk_full, no_more, NO_LEG),
    "imu_needed": Case(PLAIN, silent_bus, imu_heals),
    "imu_reversed": Case(SUPERVISED, imu_values(back_to_front), imu_values(back_to_front), early=True),
    "heel_lost": Case(SUPERVISED, broken_wire, whole_wire),
    "imu_lost": Case(SUPERVISED, silent_bus, imu_heals),
    "heel_doubted": Case(PLAIN, heel_stuck(closed=True), heel_stuck(closed=None)),
    "imu_doubted": Case(SUPERVISED, imu_values(back_to_front), imu_values(back_to_front)),
    "imu_slipped": Case(SUPERVISED, imu_values(slipped), imu_values(unslipped)),
    "no_effect": Case(FOOT, electrodes(0.0), electrodes(1.0)),
    "sensors_lost": Case(SUPERVISED, both_lost, both_back),
    "loop_stalled": Case(PLAIN, slow_sensor(0.15), sound_sensor, lasts_s=0.15),
    "loop_often_late": Case(PLAIN, slow_sensor(0.008, every=40), sound_sensor),
    "emergency_stop": Case(PLAIN, lambda world: world.press(CommandKind.STOP), nothing, NO_LEG),
    "device": Case(PLAIN, stimulator_fails, stimulator_is_repaired, "main"),
    "gate": Case(PLAIN, not_a_number, nothing, "right.dorsiflexors"),
    "clock": Case(PLAIN, clock_stands, no_more, NO_LEG),
    "guard": Case(PLAIN, guard_is_gone, no_more, NO_LEG),
    "exception": Case(PLAIN, the_tick_fails, nothing, NO_LEG),
}


def test_every_row_has_a_case_here() -> None:
    assert sorted(CASES) == sorted(FAULTS)


@pytest.mark.parametrize("name", sorted(CASES))
def test_every_row_of_the_table(name: str) -> None:
    fault, case = FAULTS[name], CASES[name]
    world = World(case.settings)
    key = f"{name}:{case.subject}" if case.subject else name
    if case.early:
        case.comes(world)
        world.run(lambda t_s: t_s > 2.0)
    else:
        world.run(lambda t_s: t_s > BEGINS_S and world.in_burst())
        assert world.ticks[-1].faults == ()
        case.comes(world)
    assert world.ticks[-1].state == ArmingState.ARMED
    begun_s = world.now_s
    within_s = fault.noticed_within_s(case.settings, STRIDE_S) + case.lasts_s
    world.run(lambda t_s: world.active(key) or t_s > begun_s + within_s + 1.0)
    assert world.active(key), f"{key} is not active after {world.now_s - begun_s:.2f} s: {world.ticks[-1].faults}"
    noticed_s = world.now_s
    assert noticed_s - begun_s <= within_s + 0.006
    if not case.early:
        check_the_burst(world, fault.ending, begun_s, noticed_s)
    check_the_class(world, name, key)
    check_the_clearing(world, case, fault.clears, key)
    close_rig(world.rig)


def check_the_burst(world: World, ending: Ending, begun_s: float, noticed_s: float) -> None:
    """How the burst that ran when the fault came has ended, by the pulses that the device gave."""
    if ending != Ending.CUT:
        world.run(lambda t_s: t_s > noticed_s + 1.0)
    log = world.bench.pulse_stimulators["main"]
    start_s = [burst for burst in log.bursts("dorsiflexors") if burst.start_s < begun_s][-1].start_s
    pulses = [pulse for pulse in log.pulses if pulse.t_s >= start_s]
    gaps = (k for k in range(1, len(pulses)) if pulses[k].t_s - pulses[k - 1].t_s > LONGEST_STALL_S)
    pulses = pulses[: next(gaps, len(pulses))]
    stop_s, currents = pulses[-1].t_s, [pulse.current_ma for pulse in pulses]
    stimulation = world.settings.stimulation
    if ending == Ending.CUT:
        assert stop_s <= noticed_s + PULSE_S
        return
    assert currents[-1] < 0.35 * max(currents), "it came down by a ramp"
    if ending == Ending.OPEN_LOOP and noticed_s < stop_s:
        assert stop_s <= noticed_s + stimulation.open_loop_s + PULSE_S
    if ending == Ending.FALL and noticed_s < stop_s:
        assert stop_s <= noticed_s + stimulation.fall_s + PULSE_S


def check_the_class(world: World, name: str, key: str) -> None:
    """Whether bursts begin while the fault is active."""
    kind = FAULTS[name].kind
    latched_s = world.now_s
    world.run(lambda t_s: t_s > latched_s + 3.0 or not world.active(key))
    last_s = world.now_s
    bursts = [b for b in world.bench.pulse_stimulators["main"].bursts("dorsiflexors") if latched_s < b.start_s < last_s]
    if kind == FaultClass.DEGRADE:
        assert world.ticks[-1].state == ArmingState.ARMED
        assert bursts, "walking goes on"
    elif world.active(key):
        assert not bursts
    if kind == FaultClass.LATCH:
        assert world.ticks[-1].state == ArmingState.LATCHED
        assert world.active(key)


def check_the_clearing(world: World, case: Case, clears: Clearing, key: str) -> None:
    """What the row names ends the fault; a latch stays without it."""
    case.goes(world)
    mended_s = world.now_s
    if clears == Clearing.PERSON:
        world.run(lambda t_s: t_s > mended_s + 2.0)
        assert world.active(key)
        assert world.ticks[-1].state == ArmingState.LATCHED
        world.press(CommandKind.DISARM)
    world.run(lambda t_s: not world.active(key) or t_s > mended_s + 14.0)
    assert not world.active(key)
    if clears == Clearing.PERSON:
        assert world.ticks[-1].state == ArmingState.DISARMED
