"""`dorsiflex replay`: the controller over a black box or over a CSV recording."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, NamedTuple

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from config.load import default_settings, load_settings
from config.schema import HeelSettings, HeelSwitchSettings, ImuSettings, Settings, Side
from controller.controller import Controller
from controller.signals import ArmingState, CommandKind, Event, OperatorCommand, Phase, Tick
from dorsiflex.exit_codes import ExitCode
from dorsiflex.walk_statistics import WalkCounter
from recording.blackbox import END_OF_RUN, BlackBox, TickRecord, read_black_box
from recording.csv_walk import SensorChoice, csv_rate_hz, read_csv_walk
from recording.event_files import BurstFinder, events_of, write_bursts, write_events
from recording.replay import Verification, verify

TICKS_BETWEEN_UPDATES = 2000
SLOWEST_SAMPLES = 3.0
"""A recording slower than the loop is judged by its own rate: stale and late after this many of its samples."""
YOUNG_OBJECTS = 50_000
"""Garbage is looked for when so many more objects have been made than let go; a block of ticks is some thousand."""
ARM = (OperatorCommand(CommandKind.ARM),)
"""Whoever replays a CSV recording is the operator: it is armed as soon as its sensors are ready."""


class ReplayOptions(NamedTuple):
    """What the command line asks for."""

    file: Path
    sensors: SensorChoice
    placement: Literal["shank", "foot"]
    mediolateral_axis: str
    events: Path | None
    bursts: Path | None
    config: Path | None


def replay(options: ReplayOptions, console: Console) -> ExitCode:
    """Replay one file, write what was asked for, and say what was found. Raises ConfigError and RecordingError."""
    found = Found()
    with _progress() as progress, _seldom_collected():
        task = progress.add_task("replaying", total=None)

        def count(tick: Tick) -> Tick:
            found.put(tick)
            if found.ticks % TICKS_BETWEEN_UPDATES == 0:
                progress.update(task, description=f"replaying, {found.ticks} ticks")
            return tick

        if options.file.name.endswith((".csv", ".csv.gz")):
            code, words = ExitCode.OK, _replay_csv(options, count)
        else:
            code, words = _replay_black_box(options, count)
    if options.events is not None:
        write_events(options.events, found.events, name_legs=found.bursts.several_channels)
    if options.bursts is not None:
        write_bursts(options.bursts, found.bursts.finish(), name_channels=found.bursts.several_channels)
    for leg in found.counter.counts():
        words.append(
            f"{leg.side} leg: steps {leg.steps}, swings stimulated {leg.stimulated}, missed while armed {leg.missed}, "
            f"extra bursts {leg.extra}, that no step confirmed {leg.unconfirmed}"
        )
    for line in words:
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    return code


class Found:
    """What a replay collects."""

    def __init__(self) -> None:
        self.ticks = 0
        self.events: list[tuple[Side, Event]] = []
        self.bursts = BurstFinder()
        self.counter = WalkCounter()
        self._phases: list[Phase | None] = []

    def put(self, tick: Tick) -> None:
        """Take one tick."""
        self.ticks += 1
        news, happened, phases = self.bursts.add(tick), False, self._phases
        if len(phases) != len(tick.legs):
            phases[:] = [None] * len(tick.legs)
        for i, leg in enumerate(tick.legs):
            if leg.events:
                happened = True
            if leg.phase is not phases[i]:
                news, phases[i] = True, leg.phase
        # Steps and bursts are counted where one of these changes: most ticks change none.
        if happened:
            self.events.extend(events_of(tick))
        if news or happened:
            self.counter.put(tick)


def _progress() -> Progress:
    console = Console(stderr=True)
    return Progress(
        SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=console, transient=True,
        disable=not console.is_terminal,
    )  # fmt: skip


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """Blocks of ticks are held for a moment and let go whole: looking for garbage in them is a tenth of the work."""
    usual = gc.get_threshold()
    gc.set_threshold(YOUNG_OBJECTS, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def _replay_csv(options: ReplayOptions, take: Callable[[Tick], Tick]) -> list[str]:
    settings = load_settings(options.config) if options.config else default_settings()
    rate_hz = csv_rate_hz(options.file)
    settings, heel_id, imu_id = _settings_for_csv(settings, options, rate_hz)
    walk = read_csv_walk(options.file, options.sensors, options.mediolateral_axis, heel_id, imu_id)
    controller = Controller(settings)
    armed = False
    for inputs in walk:
        tick = controller.step(inputs if armed else inputs._replace(commands=ARM))
        armed = armed or tick.state == ArmingState.ARMED
        take(tick)
    words = [f"{options.file}: {rate_hz:.1f} Hz, sensors {options.sensors}, leg {settings.leg[0].side}"]
    if not armed:
        words.append(f"never armed, so no bursts: {'; '.join(tick.notes)}")
    return words


def _settings_for_csv(settings: Settings, options: ReplayOptions, rate_hz: float) -> tuple[Settings, str, str]:
    """The settings with one leg, the sensors that the recording has, and the recording's own rate."""
    leg = settings.leg[0]
    heels = [s for s in settings.sensor if isinstance(s, HeelSettings) and s.side == leg.side]
    imus = [s for s in settings.sensor if isinstance(s, ImuSettings) and s.side == leg.side]
    heel = heels[0] if heels else HeelSwitchSettings(kind="heel_switch", id="heel", side=leg.side)
    imu = imus[0] if imus else ImuSettings(kind="imu", id="imu", side=leg.side)
    imu = imu.model_copy(update={"placement": options.placement, "mounting_pitch_deg": 0.0})
    used = {"heel": (heel,), "imu": (imu,), "both": (heel, imu)}[options.sensors]
    slow_s = SLOWEST_SAMPLES / rate_hz
    changed = settings.model_copy(
        update={
            "leg": (leg.model_copy(update={"sensors": options.sensors}),),
            "sensor": used,
            "loop": settings.loop.model_copy(update={"rate_hz": max(1, round(rate_hz))}),
            "judgement": settings.judgement.model_copy(update={"stale_s": max(settings.judgement.stale_s, slow_s)}),
            "faults": settings.faults.model_copy(update={"late_s": max(settings.faults.late_s, slow_s)}),
        }
    )
    return changed, heel.id, imu.id


def _replay_black_box(options: ReplayOptions, take: Callable[[Tick], Tick]) -> tuple[ExitCode, list[str]]:
    box = read_black_box(options.file)
    if options.config is not None:
        return _replay_with_other_settings(box, load_settings(options.config), take)
    controller = Controller(box.header.read_settings())
    result = verify(box, controller.step, take)
    words = [f"{options.file}: {result.ticks} ticks replayed, {_verdict(result)}"]
    ended = result.reason if result.closed else "the file is cut off at its end"
    if result.gaps or result.damaged or ended != END_OF_RUN:
        words.append(f"{result.gaps} ticks never reached the recorder, {result.damaged} damaged places; {ended}")
    if result.first_difference is not None:
        return ExitCode.DIFFERENT, words
    return (ExitCode.BAD_FILE if result.damaged else ExitCode.OK), words


def _verdict(result: Verification) -> str:
    first = result.first_difference
    if first is not None:
        return (
            f"first difference at tick {first.tick} ({first.t_s:.3f} s): {first.field} was {first.recorded}, "
            f"is now {first.replayed}"
        )
    if result.not_compared:
        return f"all equal to the recording; {result.not_compared} after a gap could not be compared"
    return "all equal to the recording"


def _replay_with_other_settings(
    box: BlackBox, settings: Settings, take: Callable[[Tick], Tick]
) -> tuple[ExitCode, list[str]]:
    controller = Controller(settings)
    known = {sensor.id for sensor in box.header.sensors}
    foreign = [sensor.id for sensor in settings.sensor if sensor.id not in known]
    ticks = 0
    for record in box.records:
        if isinstance(record, TickRecord):
            take(controller.step(record.tick.inputs))
            ticks += 1
    words = [f"{box.path}: {ticks} ticks replayed with other settings, so not compared"]
    if foreign:
        words.append(f"not in the recording, so silent: {', '.join(foreign)}; it has {', '.join(sorted(known))}")
    return ExitCode.OK, words
