"""One run of the controller in closed loop over a simulated person, judged by the truth and the stimulator's log.

All results hold in simulation only.
"""

from collections.abc import Iterator, Sequence
from math import inf
from typing import Literal, NamedTuple

from config.load import default_settings
from config.schema import HeelSwitchSettings, ImuSettings, Settings
from controller.controller import Controller
from controller.signals import Certainty, EventKind, Tick
from dorsiflex.assemble import bench_rig, close_rig, open_rig
from dorsiflex.report.walk import device_pulses
from dorsiflex.score.matching import Detection, Outcome, Window, judge
from dorsiflex.walk_judgement import BurstFigures, OutputPulse, bursts_of, judge_bursts, windows_of
from dorsiflex.walk_judgement import Window as BurstWindow
from runtime.loop import Loop
from runtime.mailbox import Mailbox
from simulator.activities.registry import ACTIVITIES
from simulator.activities.script import ActivityPerson
from simulator.bench import Body
from simulator.clock import VirtualClock
from simulator.muscle import motor_threshold_ma
from simulator.patients import PATIENTS
from simulator.patients import patient as patient_of
from simulator.person import STANDING_S, Person

Sensors = Literal["heel", "imu", "both"]
Placement = Literal["shank", "foot"]

STAND_BEFORE_END_S = 2.0
LAST_S = 0.5
"""Events of the last moments may not be decided yet when the simulation ends."""
SIDE: Literal["right"] = "right"
KINDS = (EventKind.IC, EventKind.HO, EventKind.FO)
PREDICTED = (EventKind.IC, EventKind.FO)


class Job(NamedTuple):
    """One run: an activity by its name, or a kind of person who walks."""

    name: str
    walks: bool
    seed: int
    seconds: float
    sensors: Sensors
    placement: Placement
    wiring: Literal["plain", "supervised"]
    speed_m_s: float


class Result(NamedTuple):
    """What came of a run."""

    job: Job
    bursts: BurstFigures
    late: int
    confirmed: dict[EventKind, Outcome]
    predicted: dict[EventKind, Outcome]
    in_stance: tuple[str, ...]
    faults: tuple[str, ...]
    exception: str


class Watch:
    """A sink for ticks that keeps the events and the faults."""

    def __init__(self) -> None:
        self.events: dict[tuple[EventKind, Certainty], list[Detection]] = {}
        self.faults: dict[str, None] = {}

    def put(self, tick: Tick) -> None:
        """Take one tick."""
        for event in tick.legs[0].events:
            self.events.setdefault((event.kind, event.certainty), []).append(Detection(event.t_s, event.decided_s))
        for fault in tick.faults:
            self.faults[fault] = None

    def miss(self, tick: int) -> None:
        """A tick failed; the loop's report says why."""

    def problem(self) -> str:
        """Nothing can be lost here."""
        return ""


def run(job: Job) -> Result:
    """Simulate one job in closed loop and judge it."""
    settings = _settings(job)
    body = _body(job)
    # The same body twice: nobody needs the twin without a stimulator, and to move a body again to where it is is free.
    rig = bench_rig(settings, VirtualClock(), seed=job.seed, wired=False, new_person=lambda: body)
    assert rig.bench is not None
    watch = Watch()
    loop = Loop(rig.parts, Controller(settings).step, rig.clock, settings.loop.rate_hz, Mailbox(), watch)
    try:
        open_rig(rig)
        report = loop.run(lambda t_s: t_s >= job.seconds)
    finally:
        close_rig(rig)
    typical = PATIENTS[job.name if job.walks else settings.simulation.patient]
    pulses = [
        OutputPulse(p.t_s, p.current_ma / motor_threshold_ma(typical, p.pulse_width_us), p.rate_hz)
        for p in device_pulses(settings, rig.bench, SIDE)
    ]
    wanted = body.wanted_bursts(SIDE)
    tail_s = settings.stimulation.extension_s + settings.stimulation.fall_s
    free = list(_free(body, tail_s, job.seconds)) if isinstance(body, ActivityPerson) else []
    truth = {kind: [event.t_s for event in body.truth(SIDE) if event.kind is kind] for kind in KINDS}
    whole = [Window(-inf, job.seconds - LAST_S)]
    return Result(
        job=job,
        bursts=judge_bursts(wanted, pulses, tail_s, free),
        late=_late(body, [p.t_s for p in pulses]),
        confirmed={k: judge(truth[k], watch.events.get((k, Certainty.CONFIRMED), []), whole) for k in KINDS},
        predicted={k: judge(truth[k], watch.events.get((k, Certainty.PREDICTED), []), whole) for k in PREDICTED},
        in_stance=tuple(_in_stance(pulses, windows_of(wanted, tail_s, free), _first_steps(body))),
        faults=tuple(watch.faults),
        exception=report.exception,
    )


def _settings(job: Job) -> Settings:
    settings = default_settings()
    sensors: list[HeelSwitchSettings | ImuSettings] = []
    for sensor in settings.sensor:
        if isinstance(sensor, HeelSwitchSettings) and job.sensors != "imu":
            pin = 27 if job.wiring == "supervised" else None
            sensors.append(sensor.model_copy(update={"wiring": job.wiring, "pin_unloaded": pin}))
        elif isinstance(sensor, ImuSettings) and job.sensors != "heel":
            sensors.append(sensor.model_copy(update={"placement": job.placement}))
    leg = settings.leg[0].model_copy(update={"sensors": job.sensors})
    return Settings.model_validate(settings.model_copy(update={"leg": (leg,), "sensor": tuple(sensors)}).model_dump())


def _body(job: Job) -> Body:
    if not job.walks:
        return ACTIVITIES[job.name].build(job.seed, job.seconds, SIDE)
    walk_for_s = max(1.0, job.seconds - STANDING_S - STAND_BEFORE_END_S)
    return Person(patient_of(job.name, job.seed), frozenset({SIDE}), job.speed_m_s, 75.0, job.seed, walk_for_s)


def _free(body: ActivityPerson, tail_s: float, end_s: float) -> Iterator[BurstWindow]:
    """The windows of all steps, of those too in which a burst is tolerated and of one that the end cuts off."""
    start_s = 0.0
    for first_s, last_s in body.forbidden(SIDE, tail_s):
        if first_s > start_s:
            yield BurstWindow(start_s, first_s)
        start_s = last_s
    if start_s < end_s:
        yield BurstWindow(start_s, end_s)


def _in_stance(
    pulses: Sequence[OutputPulse], windows: Sequence[BurstWindow], first_steps_s: Sequence[float]
) -> Iterator[str]:
    """Each burst in stance in words: from when, for how long, and whether it belongs to a step."""
    for burst in bursts_of([pulse for pulse in pulses if pulse.felt_by_muscle]):
        outside = [p.t_s for p in burst if not any(w.start_s <= p.t_s <= w.stop_s for w in windows)]
        if not outside:
            continue
        meets = [w for w in windows if w.start_s <= burst[-1].t_s and burst[0].t_s <= w.stop_s]
        where = "no step"
        if meets:
            early_s, long_s = meets[0].start_s - outside[0], outside[-1] - meets[-1].stop_s
            where = " and ".join(
                f"{1000.0 * value:.0f} ms too {word}"
                for value, word in ((early_s, "early"), (long_s, "long"))
                if value > 0.0
            )
            where += (
                " for a first step" if any(meets[0].start_s <= t_s <= meets[0].stop_s for t_s in first_steps_s) else ""
            )
        yield f"{burst[0].t_s:.2f} to {burst[-1].t_s:.2f} s ({where or 'between steps'})"


def _first_steps(body: Body) -> list[float]:
    """Middles of the windows of first steps after standing."""
    bursts = body.wanted_bursts(SIDE) or (body.tolerated_bursts(SIDE) if isinstance(body, ActivityPerson) else [])
    return [(burst.start_s + burst.stop_s) / 2.0 for burst in bursts if burst.first]


def _late(body: Body, pulses_s: Sequence[float]) -> int:
    """Wanted bursts, first steps apart, of which the first pulse came after foot off."""
    foot_off_s = [event.t_s for event in body.truth(SIDE) if event.kind is EventKind.FO]
    late = 0
    for wanted in body.wanted_bursts(SIDE):
        inside = [t_s for t_s in pulses_s if wanted.start_s <= t_s <= wanted.stop_s]
        off_s = [t_s for t_s in foot_off_s if wanted.start_s < t_s < wanted.stop_s]
        late += bool(inside and off_s and not wanted.first and inside[0] > off_s[-1])
    return late
