"""One walk of the campaign in closed loop, with or without its faults."""

from collections.abc import Callable, Sequence
from math import inf
from pathlib import Path

from config.schema import Settings
from controller.controller import Controller
from controller.signals import CommandKind, Inputs, OperatorCommand, Tick
from dorsiflex.faults.box import Box
from dorsiflex.faults.draw import SECONDS, Person, settings_of
from dorsiflex.faults.hand import Hand
from dorsiflex.faults.nerve import MortalStimulator, Nerve
from dorsiflex.faults.seen import Change, Seen, body_of, contacts_of, new_windows, swings_of, windows
from drivers.errors import DriverError
from drivers.interfaces import Sensor, Stimulator
from runtime.loop import Loop, LoopReport, Parts
from runtime.mailbox import Mailbox
from simulator.bench import Bench
from simulator.clock import VirtualClock
from simulator.faults.clock import FaultyClock, ProcessDeath, Restamped
from simulator.faults.inject import Injector, bench_injector
from simulator.faults.kinds import KINDS
from simulator.faults.plan import PlannedFault
from simulator.faults.timing import time_faults
from simulator.operator import SimulatedOperator
from simulator.patients import patient as patient_of

TICK_S = 0.005
RESTART_S = 3.0
"""So long after a brown-out the Pi is up again."""


def walk(person: Person, faults: Sequence[PlannedFault] = (), box: Path | None = None) -> Seen:
    """Walk for 62 s of simulated time. `box`: keep a black box here, for `dorsiflex replay`. Raises RecordingError."""
    walking = Walking(person, box)
    walking.plan(faults)
    return walking.run()


class Walking:
    """A person on the bench, the loop, and what breaks in it.

    On a bench without wires `plan` has to come before `run`; with wires a fault may be planned at any time before its
    own. The walk ends at `end_s` of the true time.
    """

    def __init__(self, person: Person, box: Path | None = None) -> None:
        self.settings = settings_of(person)
        self.patient = patient_of(person.kind, person.seed)
        self.body = body_of(person, self.settings, self.patient)
        virtual = VirtualClock()
        self.nerve = Nerve(self.body, virtual)
        wired = person.device != "direct"
        self.bench = Bench(
            self.settings, virtual, seed=person.seed, wired=wired, new_person=lambda: self.nerve, twin=False
        )
        self.end_s = SECONDS
        self.faults: tuple[PlannedFault, ...] = ()
        self.injectors: list[Injector | None] = []
        self.told: list[int] = []
        self.sensors: dict[str, Sensor] = dict(self.bench.sensors)
        self.clock = FaultyClock(self.bench.clock, self.before)
        self.stimulators = {name: MortalStimulator(one) for name, one in self.bench.stimulators.items()}
        self.mailbox = Mailbox()
        self.box = Box(self.settings, box, self.bench.clock.now)
        self.changes: list[Change] = []
        self.died_s = self.restarted_s = inf
        self.hand: Hand | None = None

    def plan(self, faults: Sequence[PlannedFault]) -> None:
        """These faults will happen. Raises LookupError when what is to fail is not there."""
        self.faults = tuple(faults)
        self.told = [0] * len(faults)
        self.injectors = [bench_injector(one, self.settings, self.bench, self.sensors) for one in faults]
        for i, fault in enumerate(faults):
            for time_fault in time_faults(fault):
                self.clock.order(time_fault, i)
            if KINDS[fault.kind].channel == "recorder":
                self.box.order(fault)
        if [fault.kind for fault in faults] == ["settings.changed"]:
            # With another fault beside it, nobody could tell which one is noticed in time.
            self.hand = Hand(faults[0], self.mailbox.post)

    def run(self) -> Seen:
        """To the end, through death and restart."""
        outputs: dict[str, Stimulator] = dict(self.stimulators)
        # All stamps of one machine come from one clock.
        sensors: dict[str, Sensor] = {name: Restamped(one, self.clock) for name, one in self.sensors.items()}
        parts = Parts(sensors, outputs, {}, (SimulatedOperator(self.bench.clock),))
        exception = ""
        try:
            exception = self._turn(parts).exception
        except ProcessDeath:
            brown_out = any(fault.kind == "process.brown_out" for fault in self.faults)
            self._live_on(min(self.end_s, self.died_s + RESTART_S) if brown_out else self.end_s)
            if brown_out:
                for stimulator in self.stimulators.values():
                    stimulator.alive = True
                for device in self.bench.trigger_devices.values():
                    device.short(None)
                # The kernel gave back what the dead program held.
                _close(parts)
                self.restarted_s = self.bench.clock.now()
                exception = self._start_again(parts._replace(panels=()))
        self.box.close()
        return self._seen(exception)

    def _start_again(self, parts: Parts) -> str:
        """After a brown-out; a program that cannot open its devices says so and ends."""
        try:
            return self._turn(parts).exception
        except DriverError:
            _close(parts)
            self._live_on(self.end_s)
            return ""

    def _turn(self, parts: Parts) -> LoopReport:
        _open(parts)
        step = self._step(Controller(self.settings).step)
        loop = Loop(parts, step, self.clock, self.settings.loop.rate_hz, self.mailbox, self.box, (self,))
        report = loop.run(lambda _t_s: self.bench.clock.now() >= self.end_s)
        _close(parts)
        return report

    def put(self, tick: Tick) -> None:
        """A viewer of the loop: note what changed."""
        last = self.changes[-1] if self.changes else None
        lead = tick.legs[0].lead
        if last is None or (last.state, last.faults, last.lead) != (tick.state, tick.faults, lead):
            self.changes.append(Change(self.bench.clock.now(), tick.state, tick.faults, lead))

    def _step(self, step: Callable[[Inputs], Tick]) -> Callable[[Inputs], Tick]:
        """The controller, to whom somebody may send other settings."""

        def told(inputs: Inputs) -> Tick:
            for i, fault in enumerate(self.faults):
                due = fault.kind == "settings.changed" and not self.told[i]
                if due and self.bench.clock.now() >= fault.start_s:
                    self.told[i] = 1
                    return step(inputs._replace(settings=stronger(self.settings)))
            return step(inputs)

        return told

    def before(self, t_s: float) -> None:
        """The bench is about to move to `t_s`."""
        if self.hand is not None and self.changes:
            self.hand.before(t_s, self.changes[-1].state)
        for i, (fault, injector) in enumerate(zip(self.faults, self.injectors, strict=True)):
            if injector is not None:
                injector.before(t_s)
            elif t_s >= fault.start_s and not self.told[i]:
                if fault.kind == "operator.stop":
                    self.told[i] = 1
                    self.mailbox.post(OperatorCommand(CommandKind.STOP))
                elif KINDS[fault.kind].channel == "process":
                    self.told[i] = 1
                    self._die(t_s, brown_out=fault.kind == "process.brown_out")

    def _die(self, t_s: float, *, brown_out: bool) -> None:
        self.died_s = min(self.died_s, t_s)
        for stimulator in self.stimulators.values():
            stimulator.alive = False
        if brown_out:
            for chip in self.bench.chips.values():
                chip.brown_out()
            for converter in self.bench.converters.values():
                converter.brown_out()
            # A Pi without power drives no pin: the pull-downs do.
            for device in self.bench.trigger_devices.values():
                device.short(False)
        raise ProcessDeath

    def _live_on(self, until_s: float) -> None:
        """The bench without its program."""
        while self.bench.clock.now() < until_s:
            self.bench.clock.sleep_until(self.bench.clock.now() + TICK_S)

    def _injected(self) -> tuple[int, ...]:
        counts = []
        for i, (fault, injector, told) in enumerate(zip(self.faults, self.injectors, self.told, strict=True)):
            channel = KINDS[fault.kind].channel
            if injector is not None:
                counts.append(injector.count)
            elif channel in ("clock", "scheduler"):
                counts.append(self.clock.happened[i])
            else:
                counts.append(self.box.refused if channel == "recorder" else told + self._used_again())
        return tuple(counts)

    def _used_again(self) -> int:
        """Whether the new settings were let in and the person was armed with them."""
        return int(self.hand is not None and self.hand.armed_s < inf)

    def _seen(self, exception: str) -> Seen:
        body, end_s = self.body, self.end_s
        let_in_s = inf if self.hand is None else self.hand.disarmed_s
        after = stronger(self.settings) if let_in_s < inf else self.settings
        allowed = windows(body, self.settings, end_s)
        if let_in_s < inf:
            allowed = new_windows(allowed, windows(body, after, end_s), let_in_s)
        return Seen(
            self.settings, self.patient, self.nerve.felt, allowed, swings_of(body, end_s), body.wanted_bursts("right"),
            contacts_of(body), self.changes, self._injected(), self.died_s, self.restarted_s, exception, after,
            let_in_s,
        )  # fmt: skip


def stronger(settings: Settings) -> Settings:
    """The same settings with more current within the person's cap, and a longer burst."""
    leg = settings.leg[0]
    channel = leg.channel[0].model_copy(update={"current_ma": min(44.0, leg.channel[0].max_current_ma)})
    stimulation = settings.stimulation.model_copy(update={"extension_s": 0.3})
    leg = leg.model_copy(update={"channel": (channel,)})
    return settings.model_copy(update={"leg": (leg,), "stimulation": stimulation})


def _open(parts: Parts) -> None:
    for stimulator in parts.stimulators.values():
        stimulator.open()
    for sensor in parts.sensors.values():
        sensor.open()


def _close(parts: Parts) -> None:
    for stimulator in parts.stimulators.values():
        stimulator.close()
    for sensor in parts.sensors.values():
        sensor.close()
