"""Many simulated people walk with and without stimulation: whom it helps. All results hold in simulation only."""

import signal
from collections.abc import Iterator, Sequence
from multiprocessing import get_context
from typing import NamedTuple

from config.schema import Settings
from controller.controller import Controller
from controller.signals import ArmingState, Tick
from dorsiflex.assemble import Rig, close_rig, open_rig
from dorsiflex.contact_angles import ContactAngles
from dorsiflex.fitted_current import FittedChannel, check_fittable, fit_person
from dorsiflex.report.walk import device_pulses, output_pulses, unfinished_swing
from dorsiflex.walk_judgement import BurstFigures, SwingFigures, helps_enough, judge_bursts
from dorsiflex.walker import walker
from runtime.loop import Loop, Parts
from runtime.mailbox import Mailbox
from simulator.bench import Bench
from simulator.clock import VirtualClock
from simulator.operator import SimulatedOperator
from simulator.patients import Patient
from simulator.patients import patient as patient_of
from simulator.person import STEP_S, Person
from simulator.sensation import Sensation, sensation


class Walker(NamedTuple):
    """Whom to simulate: a kind and the seed that draws a person of it, for how long (s)."""

    settings: Settings
    kind: str
    seed: int
    seconds: float


class Outcome(NamedTuple):
    """How a person walked with one current. `gain_deg`: more dorsiflexion at initial contact than without, median.

    `fatigue`: share 0..1 of the muscle's force that is gone in the end. `helped`: clear steps and gain are enough.
    `problem`: why the walk is not to be trusted, a failed tick or a latched fault; else empty.
    """

    current_ma: float
    felt: Sensation
    figures: SwingFigures
    gain_deg: float
    bursts: BurstFigures
    fatigue: float
    helped: bool
    problem: str


class Walked(NamedTuple):
    """One person: without stimulation, with the current of the settings, with the one fitted to them; and the fitting.

    Judged is the first leg of the settings.
    """

    kind: str
    seed: int
    without: SwingFigures
    as_set: Outcome
    fitted: Outcome
    fitting: FittedChannel


def walk_all(
    settings: Settings, kinds: Sequence[str], seeds: Sequence[int], seconds: float, jobs: int
) -> Iterator[Walked]:
    """Everybody of these kinds and seeds, in order; `jobs` processes. Raises ConfigError: nothing can be fitted."""
    check_fittable(settings)
    walkers = [Walker(settings, kind, seed, seconds) for kind in kinds for seed in seeds]
    if jobs <= 1:
        yield from map(walk_one, walkers)
        return
    # Leaving the block ends the processes at once: Ctrl-C does not wait for anybody's five minutes.
    with get_context("spawn").Pool(jobs, initializer=leave_ctrl_c_to_parent) as pool:
        yield from pool.imap(walk_one, walkers)


def leave_ctrl_c_to_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def walk_one(who: Walker) -> Walked:
    """One person's three walks."""
    patient = patient_of(who.kind, who.seed)
    alone = _without(who, patient)
    fitted_settings, fittings = fit_person(who.settings, patient)
    fitting = next(found for found in fittings if found.side == who.settings.leg[0].side)
    as_set = _with(who, who.settings, patient, alone, fitting.channel)
    fitted = _with(who, fitted_settings, patient, alone, fitting.channel)
    return Walked(who.kind, who.seed, alone, as_set, fitted, fitting)


def _without(who: Walker, patient: Patient) -> SwingFigures:
    """The person walks with no stimulator on."""
    side, rate_hz = who.settings.leg[0].side, who.settings.loop.rate_hz
    body = walker(who.settings, patient, who.seed, who.seconds)()
    angles = ContactAngles(body, side)
    for tick in range(1, round(who.seconds * rate_hz) + 1):
        body.advance(tick / rate_hz + 0.5 * STEP_S)
        angles.look()
    return angles.figures()


def _with(who: Walker, settings: Settings, patient: Patient, alone: SwingFigures, lifting: str) -> Outcome:
    """The person walks with the controller on; `lifting` is the id of the channel that is judged."""
    side, clock = settings.leg[0].side, VirtualClock()
    make = walker(settings, patient, who.seed, who.seconds)
    bench = Bench(settings, clock, seed=who.seed, wired=False, new_person=make, twin=False)
    rig = Rig(Parts(bench.sensors, bench.stimulators, {}, (SimulatedOperator(bench.clock),)), bench.clock, bench)
    angles = ContactAngles(bench.person, side)
    watch = _Watch(angles)
    loop = Loop(rig.parts, Controller(settings).step, rig.clock, settings.loop.rate_hz, Mailbox(), watch)
    try:
        open_rig(rig)
        report = loop.run(lambda t_s: t_s >= who.seconds or watch.note_latched())
    finally:
        close_rig(rig)
    figures = angles.figures()
    channel = next(channel for channel in settings.leg[0].channel if channel.id == lifting)
    tail_s = settings.stimulation.extension_s + settings.stimulation.fall_s
    body = bench.person
    return Outcome(
        current_ma=channel.current_ma,
        felt=sensation(patient, channel.current_ma, channel.pulse_width_us),
        figures=figures,
        gain_deg=figures.dorsiflexion_at_ic_deg - alone.dorsiflexion_at_ic_deg,
        bursts=judge_bursts(
            body.wanted_bursts(side),
            output_pulses(device_pulses(settings, bench, side), patient),
            tail_s,
            unfinished_swing(body, side, who.seconds),
        ),
        fatigue=body.fatigue(side) if isinstance(body, Person) else 0.0,
        helped=helps_enough(figures, alone),
        problem=report.exception or watch.latched,
    )


class _Watch:
    """A sink for ticks that looks at the leg and notes a latched fault."""

    def __init__(self, angles: ContactAngles) -> None:
        self.latched = ""
        self._angles = angles
        self._last: Tick | None = None

    def put(self, tick: Tick) -> None:
        self._last = tick
        self._angles.look()

    def miss(self, tick: int) -> None:
        """A tick failed; the loop's report says why."""

    def problem(self) -> str:
        """Nothing can be lost here."""
        return ""

    def note_latched(self) -> bool:
        """Whether the controller has latched, and why: asked before the last tick, which disarms."""
        last = self._last
        if last is not None and last.state == ArmingState.LATCHED:
            self.latched = ", ".join(last.faults)
        return bool(self.latched)
