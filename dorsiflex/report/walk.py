"""A simulated walk, judged: everything that the table and the page show."""

from collections.abc import Iterable
from typing import NamedTuple

from config.schema import Settings, Side
from controller.signals import EventKind
from dorsiflex.fitted_current import FittedChannel
from dorsiflex.report.traces import LegTrace, WalkTrace, currents_ma
from dorsiflex.walk_judgement import (
    BurstFigures,
    OutputPulse,
    SwingFigures,
    Window,
    judge_bursts,
    judge_swings,
    windows_of,
)
from simulator.activities.script import ActivityPerson
from simulator.bench import Bench, Body
from simulator.direct import DirectStimulator
from simulator.muscle import motor_threshold_ma
from simulator.patients import Patient
from simulator.trigger_output import RATE_HZ, TriggerOutput
from simulator.truth import WANTED_BEFORE_FOOT_OFF_S, Swing

TRIGGER_MA, TRIGGER_US = 30.0, 300.0
"""The knob of the simulated trigger device."""


class DevicePulse(NamedTuple):
    """One pulse by the log of a device: s, mA, µs, Hz."""

    t_s: float
    current_ma: float
    pulse_width_us: float
    rate_hz: float


class JudgedLeg(NamedTuple):
    """One affected leg: its figures with and without the stimulator, and what they were judged from.

    `bursts_fit` are the windows, in order, in which current belongs. `fatigue` is the share 0..1 of the muscle's force
    that is gone in the end. `swings` and `unstimulated_swings` are without the first step after standing; `current_ma`
    has one value a tick. `shortfall` says why stimulation did not help enough, when it did not.
    """

    side: Side
    figures: SwingFigures
    unstimulated: SwingFigures
    bursts: BurstFigures
    bursts_fit: tuple[Window, ...]
    fatigue: float
    swings: tuple[Swing, ...]
    unstimulated_swings: tuple[Swing, ...]
    trace: LegTrace
    current_ma: tuple[float, ...]
    shortfall: tuple[str, ...] = ()


class SimulatedWalk(NamedTuple):
    """A simulated walk, or another activity with its `meaning`.

    `stimulated` is false when nobody armed: then both columns of figures are the same. `fitted`: the channels whose
    current was found with the person; empty when that of the settings was used.
    """

    settings: Settings
    patient: Patient
    activity: str
    meaning: str
    seconds: float
    seed: int
    stimulated: bool
    legs: tuple[JudgedLeg, ...]
    fitted: tuple[FittedChannel, ...] = ()


def judge_leg(settings: Settings, patient: Patient, bench: Bench, trace: WalkTrace, side: Side) -> JudgedLeg:
    """Judge what one leg did on the bench, after the end of the run."""
    pulses = device_pulses(settings, bench, side)
    person, twin = bench.person, bench.twin
    wanted = person.wanted_bursts(side)
    end_s = trace.last.inputs.t_s if trace.last is not None else 0.0
    leg_trace = trace.legs[side]
    swings, twin_swings = _later_swings(person, side), _later_swings(twin, side)
    tail_s = settings.stimulation.extension_s + settings.stimulation.fall_s
    more = [*_tolerated(person, side, tail_s), *unfinished_swing(person, side, end_s)]
    return JudgedLeg(
        side=side,
        figures=judge_swings(
            swings,
            person.loadings(side),
            [leg_trace.dorsiflexion_at_contact(swing.initial_contact_s) for swing in swings],
        ),
        unstimulated=judge_swings(
            twin_swings,
            twin.loadings(side),
            [leg_trace.dorsiflexion_at_contact(swing.initial_contact_s, stimulated=False) for swing in twin_swings],
        ),
        bursts=judge_bursts(
            wanted,
            output_pulses(pulses, patient),
            tail_s,
            more,
        ),
        bursts_fit=tuple(windows_of(wanted, tail_s, more)),
        fatigue=leg_trace["fatigue"][-1] if len(leg_trace) else 0.0,
        swings=swings,
        unstimulated_swings=twin_swings,
        trace=leg_trace,
        current_ma=tuple(
            currents_ma([(pulse.t_s, pulse.current_ma, pulse.rate_hz) for pulse in pulses], leg_trace["time_s"])
        ),
    )


def device_pulses(settings: Settings, bench: Bench, side: Side) -> list[DevicePulse]:
    """Every pulse that reached this leg, in order of time, by the logs of the devices."""
    pulses: list[DevicePulse] = []
    for stimulator in bench.pulse_stimulators.values():
        pulses += [
            DevicePulse(pulse.t_s, pulse.current_ma, pulse.pulse_width_us, pulse.rate_hz)
            for pulse in stimulator.pulses
            if pulse.side == side
        ]
    for leg in settings.leg:
        for channel in leg.channel:
            trigger = bench.direct_triggers.get(channel.stimulator)
            if leg.side == side and trigger is not None:
                pulses += trigger_pulses(trigger)
    return sorted(pulses)


def output_pulses(pulses: Iterable[DevicePulse], patient: Patient) -> list[OutputPulse]:
    """The same pulses as this person's muscle takes them."""
    return [
        OutputPulse(pulse.t_s, pulse.current_ma / motor_threshold_ma(patient, pulse.pulse_width_us), pulse.rate_hz)
        for pulse in pulses
    ]


def trigger_pulses(trigger: DirectStimulator) -> list[DevicePulse]:
    """What a trigger device put out, from its log of what its contact said and its own ramps and time-out."""
    pulses: list[DevicePulse] = []

    def keep(t_s: float, current_ma: float, pulse_width_us: float) -> None:
        pulses.append(DevicePulse(t_s, current_ma, pulse_width_us, RATE_HZ))

    output = TriggerOutput(0.0, keep, TRIGGER_MA, TRIGGER_US)
    for on in trigger.on_times:
        output.ask(on.start_s, on=True)
        output.ask(on.stop_s, on=False)
    if trigger.on_times:
        output.advance(trigger.on_times[-1].stop_s + 1.0)
    return pulses


def _later_swings(person: Body, side: Side) -> tuple[Swing, ...]:
    first = {burst.stop_s for burst in person.wanted_bursts(side) if burst.first}
    return tuple(swing for swing in person.swings(side) if swing.initial_contact_s not in first)


def _tolerated(person: Body, side: Side, tail_s: float) -> list[Window]:
    """The windows of steps in which a burst is neither missed nor harmful: side steps, for example."""
    if not isinstance(person, ActivityPerson):
        return []
    return [Window(burst.start_s, burst.stop_s + tail_s) for burst in person.tolerated_bursts(side)]


def unfinished_swing(person: Body, side: Side, end_s: float) -> list[Window]:
    """The window of a swing that the end of the simulation cut off."""
    if not person.state(side).in_swing:
        return []
    foot_off_s = [event.t_s for event in person.truth(side) if event.kind is EventKind.FO]
    return [Window(foot_off_s[-1] - WANTED_BEFORE_FOOT_OFF_S, end_s)] if foot_off_s else []
