"""Controller, bench stimulator and a recorded walk of the simulated person, and the judge of every tick."""

from collections import deque
from fractions import Fraction
from functools import lru_cache
from math import inf, isfinite, nan
from typing import Any, NamedTuple

from config.load import default_settings
from config.schema import Settings
from controller.controller import Controller
from controller.faults import Ending, FaultClass, fault_of
from controller.signals import (
    ArmingState,
    CommandKind,
    HeelContact,
    Inputs,
    LoopStatus,
    Mode,
    OperatorCommand,
    Phase,
    Pulses,
    Reading,
    Tick,
)
from dorsiflex.assemble import bench_rig, open_rig
from simulator.bench_stimulator import BenchStimulator
from simulator.clock import VirtualClock

RATE_HZ = 100
DT_S = 1.0 / RATE_HZ
WALK_S = 30.0
FIRST_STEP = 300
"""By then the recorded person walks."""
LOADED_N = 60.0
"""A heel switch is closed by 39 N at most (in simulation): with this it is down, without any doubt."""
HEALTHY_S = 3.0
"""So long after the heel switch was last broken its word is held against the true load."""
NUMBERS = {"steps": 0, "ticks": 0, "bursts": 0, "begins held against the true load": 0, "faults": 0, "cuts": 0}


class Frame(NamedTuple):
    """One moment of the recorded walk: what the sensors say and the true force under the heel."""

    level: float
    imu: tuple[float, ...]
    force_n: float


@lru_cache
def recorded_walk() -> tuple[Frame, ...]:
    """The default person for 30 s: stands for 2 s, then walks."""
    rig = bench_rig(default_settings(), VirtualClock(), seed=1, wired=False)
    open_rig(rig)
    assert rig.bench is not None
    frames, level, imu = [], 1.0, (0.0, 9.81, 0.0, 0.0, 0.0, 0.0)
    for k in range(1, round(WALK_S * RATE_HZ)):
        rig.clock.sleep_until(k * DT_S)
        for name, sensor in rig.parts.sensors.items():
            reading = sensor.poll()
            if reading is not None and name == "heel":
                (level,) = reading.values
            elif reading is not None:
                imu = reading.values  # type: ignore[assignment]
        frames.append(Frame(level, imu, rig.bench.person.heel_force_n("right")))
    return tuple(frames)


def settings_with(
    current_ma: float = 34.0, rise_s: float = 0.15, window_s: float = 10.0, duty: float = 0.6
) -> Settings:
    """The default settings with another plateau, rise or window."""
    base = default_settings()
    channel = base.leg[0].channel[0].model_copy(update={"current_ma": current_ma})
    leg = base.leg[0].model_copy(update={"channel": (channel,)})
    changes: dict[str, Any] = {
        "leg": (leg,),
        "loop": base.loop.model_copy(update={"rate_hz": RATE_HZ}),
        "stimulation": base.stimulation.model_copy(update={"rise_s": rise_s}),
        "gate": base.gate.model_copy(
            update={"duty_window_s": window_s, "max_duty": duty, "max_mean_charge_uc_per_s": 200.0}
        ),
    }
    return base.model_copy(update=changes)


class World:
    """Controller, stimulator and person on one clock, and the judge of every tick."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.controller = Controller(settings_with())
        self.stimulator = BenchStimulator({1: ("right", "dorsiflexors")}, self.clock, lambda *_: None)
        self.stimulator.open()
        self.frame = 0
        self.walks = True
        self.heel_fault = self.imu_fault = ""
        self.odd = nan
        self.nonsense: float | None = None
        self.spoilt_before = False
        self.heel_broken_s = -inf
        self.loaded_since_s: float | None = None
        self.commands: tuple[OperatorCommand, ...] = ()
        self.loop = LoopStatus()
        self.settings: Settings | None = None
        self.stamp_s: float | None = None
        self.last: Tick | None = None
        self.last_ma = 0.0
        self.last_s = 0.0
        self.bursts: deque[list[float]] = deque()
        self.judged = 0

    def ticks(self, count: int) -> None:
        """So many ticks, on time."""
        for _ in range(count):
            self.tick()

    def tick(self, gap_s: float = 0.0) -> Tick:
        """One tick, `gap_s` late."""
        self.clock.advance(DT_S + gap_s)
        t_s = self.clock.now()
        walk = recorded_walk()
        if self.walks:
            self.frame += 1 + round(gap_s * RATE_HZ)
        at = self.frame if self.frame < len(walk) else FIRST_STEP + (self.frame - FIRST_STEP) % (len(walk) - FIRST_STEP)
        frame = walk[at]
        if not self.walks:
            frame = Frame(1.0, (0.0, 9.81 + 0.001 * (self.judged % 7), 0.0, 0.0, 0.0, 0.01 * (self.judged % 5)), 300.0)
        self._feel(t_s, frame)
        stamp_s = t_s if self.stamp_s is None else self.stamp_s
        inputs = Inputs(
            stamp_s,
            self._readings(stamp_s, frame),
            self.commands,
            {"main": self.stimulator.status()},
            self.loop._replace(tick=self.judged),
            self.settings,
        )
        self._spoil_plan()
        tick = self.controller.step(inputs)
        pulses = len(self.stimulator.pulses)
        self.stimulator.apply(tick.allowed["main"])
        self._judge(tick, t_s, self.stimulator.pulses[pulses:])
        self.commands, self.settings, self.stamp_s = (), None, None
        self.loop = LoopStatus(recorder_problem=self.loop.recorder_problem)
        return tick

    def _feel(self, t_s: float, frame: Frame) -> None:
        if frame.force_n < LOADED_N:
            self.loaded_since_s = None
        elif self.loaded_since_s is None:
            self.loaded_since_s = t_s
        if self.heel_fault:
            self.heel_broken_s = t_s

    def _readings(self, t_s: float, frame: Frame) -> dict[str, Reading]:
        readings = {}
        level = {"on": 1.0, "off": 0.0, "odd": self.odd, "chatters": float(self.judged % 2)}.get(
            self.heel_fault, frame.level
        )
        if self.heel_fault != "missing":
            readings["heel"] = Reading(t_s, (level,))
        imu = frame.imu
        if self.imu_fault == "odd":
            imu = tuple([value + self.odd for value in imu])
        elif self.imu_fault == "frozen":
            imu = (0.0, 9.81, 0.0, 0.0, 0.0, -100.0)
        elif self.imu_fault == "mirrored":
            imu = tuple([-value for value in imu])
        if self.imu_fault != "missing":
            readings["shank"] = Reading(t_s, imu)
        return readings

    def _spoil_plan(self) -> None:
        """A plan gone wrong asks for another plateau than the settings say."""
        for work in self.controller.legs:
            for channel in work.channels:
                usual_ma = self.controller.settings.leg[0].channel[0].current_ma
                channel._current_ma = usual_ma if self.nonsense is None else self.nonsense

    def _judge(self, tick: Tick, t_s: float, pulses: list[Any]) -> None:
        self.judged += 1
        NUMBERS["ticks"] += 1
        command, asked = tick.allowed["main"], tick.asked["main"]
        assert isinstance(command, Pulses)
        assert isinstance(asked, Pulses)
        (train,), (wish,) = command.trains, asked.trains
        current_ma = train.current_ma
        if tick.state in (ArmingState.DISARMED, ArmingState.LATCHED):
            assert current_ma == 0.0
            assert pulses == []
        self._inside_caps(tick, t_s)
        if pulses:
            assert [(p.current_ma, p.pulse_width_us) for p in pulses] == [(current_ma, train.pulse_width_us)]
            assert train.due
        reduced = current_ma < wish.current_ma or train.due < wish.due or not isfinite(wish.current_ma)
        assert not reduced or tick.reductions
        new = set(tick.faults) - set(self.last.faults if self.last is not None else ())
        NUMBERS["faults"] += len(new)
        if any(fault_of(name).ending != Ending.NOTHING for name in new):
            assert current_ma <= self.last_ma
        if current_ma > 0.0 and self.last_ma == 0.0:
            self._begins(tick, t_s)
        self._keep_account(t_s, current_ma)
        self._cut_has_a_reason(tick, t_s, current_ma)
        self.last, self.last_ma, self.last_s = tick, current_ma, t_s
        self.spoilt_before = self.nonsense is not None

    def _inside_caps(self, tick: Tick, t_s: float) -> None:
        settings_now = self.controller.settings
        channel = settings_now.leg[0].channel[0]
        (train,) = tick.allowed["main"].trains  # type: ignore[union-attr]
        values = train.current_ma, train.pulse_width_us, train.rate_hz
        assert all(isfinite(value) and value >= 0.0 for value in values)
        assert train.current_ma <= channel.max_current_ma
        assert train.pulse_width_us <= channel.max_pulse_width_us
        assert train.rate_hz <= channel.max_rate_hz
        assert Fraction(train.current_ma) * Fraction(train.pulse_width_us) <= 1000 * Fraction(channel.max_charge_uc)
        rise_ma = settings_now.gate.max_rise_ma_per_s * min(t_s - self.last_s, 0.02)
        assert train.current_ma <= self.last_ma + rise_ma + 1e-9

    def _begins(self, tick: Tick, t_s: float) -> None:
        NUMBERS["bursts"] += 1
        leg = tick.legs[0]
        assert tick.state == ArmingState.ARMED
        assert not any(fault_of(name).kind != FaultClass.DEGRADE for name in tick.faults)
        moving = leg.phase in (Phase.PRE_SWING, Phase.SWING)
        assert moving == (tick.mode == Mode.WALK)
        if tick.mode != Mode.WALK:
            return
        assert leg.lead == "imu" or leg.contact == HeelContact.OFF
        if t_s - self.heel_broken_s > HEALTHY_S and leg.lead != "imu":
            NUMBERS["begins held against the true load"] += 1
            twice_s = 2.0 * self.controller.settings.contact.debounce_on_s
            assert self.loaded_since_s is None or t_s - self.loaded_since_s < twice_s

    def _keep_account(self, t_s: float, current_ma: float) -> None:
        now = self.controller.settings
        if current_ma > 0.0:
            if self.last_ma == 0.0:
                if self.bursts:
                    assert t_s - self.bursts[-1][1] >= now.gate.shortest_pause_s
                self.bursts.append([t_s, t_s])
            self.bursts[-1][1] = t_s
            assert t_s - self.bursts[-1][0] < now.stimulation.longest_burst_s
            window_s = now.gate.duty_window_s
            while self.bursts[0][1] <= t_s - window_s:
                self.bursts.popleft()
            on_s = sum(end_s - max(start_s, t_s - window_s) for start_s, end_s in self.bursts)
            assert on_s <= now.gate.max_duty * window_s + 1e-9
            nc = sum(p.current_ma * p.pulse_width_us for p in self._pulses_since(t_s - window_s))
            assert nc <= 1000.0 * now.gate.max_mean_charge_uc_per_s * window_s

    def _pulses_since(self, t_s: float) -> list[Any]:
        recent = []
        for pulse in reversed(self.stimulator.pulses):
            if pulse.t_s <= t_s:
                break
            recent.append(pulse)
        return recent

    def _cut_has_a_reason(self, tick: Tick, t_s: float, current_ma: float) -> None:
        """A fall faster than the falling ramp's is somebody's wish, a fault that cuts, a late tick, or named."""
        now = self.controller.settings
        fastest_ma = 2.0 * now.leg[0].channel[0].max_current_ma * DT_S / (0.5 * now.stimulation.fall_s)
        if self.last_ma - current_ma <= fastest_ma:
            return
        NUMBERS["cuts"] += 1
        asked_off = any(c.kind in (CommandKind.DISARM, CommandKind.STOP) for c in tick.inputs.commands)
        cutting = any(fault_of(name).ending == Ending.CUT for name in tick.faults)
        late = t_s - self.last_s > 1.5 * DT_S
        plan = self.spoilt_before or self.nonsense is not None or self.settings is not None
        assert asked_off or cutting or late or plan or tick.reductions
