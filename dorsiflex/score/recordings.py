"""One recording: the controller runs over it, and what it found is compared with the reference."""

from array import array
from collections.abc import Iterable, Iterator
from math import nan, sqrt
from pathlib import Path
from typing import Literal, NamedTuple

from config.load import default_settings, load_settings
from config.schema import HeelSwitchSettings, ImuSettings, Settings, Side
from controller.controller import Controller
from controller.signals import Certainty, Event, EventKind, Inputs
from dorsiflex.replay_command import ReplayOptions, _settings_for_csv
from dorsiflex.score.description import Description, describe
from dorsiflex.score.figures import Cell
from dorsiflex.score.matching import Detection, judge
from dorsiflex.score.reference import EVENTS_SUFFIX, SUFFIXES, Reference, beside, read_reference, stem_of
from recording.blackbox import TickRecord, read_black_box
from recording.csv_walk import SensorChoice, csv_rate_hz, read_csv_walk
from recording.errors import RecordingError, read_failed

KINDS = (EventKind.IC, EventKind.HO, EventKind.FO)
DEFAULT_AXIS = "+y"
PLACES = 6
"""Times to 1 µs, as `replay --events` writes them: what lies on the edge of a tolerance is judged alike."""


class DetectOptions(NamedTuple):
    """How to run the controller. None: as the recording's description says, else the shank and +y."""

    sensors: SensorChoice
    placement: Literal["shank", "foot"] | None
    mediolateral_axis: str | None
    config: Path | None


class Signal(NamedTuple):
    """What the sensors of a leg said, one value a sample; NaN where there is none.

    Sagittal rate in deg/s, positive in swing; length of the specific force in m/s²; heel level, 0 unloaded, 1 loaded.
    """

    time_s: "array[float]"
    rate_deg_s: "array[float]"
    force_m_s2: "array[float]"
    heel: "array[float]"


class ScoredLeg(NamedTuple):
    """One leg of a recording. Without a reference there are no cells and `why_not` says so."""

    name: str
    person: str
    group: str
    events: tuple[Event, ...]
    signal: Signal
    reference: Reference
    cells: tuple[Cell, ...]
    why_not: str


def recordings_in(paths: Iterable[Path]) -> list[Path]:
    """The files themselves; of a folder the recordings in it that have events or a description beside them.

    Raises RecordingError for a folder without any.
    """
    found: list[Path] = []
    for path in paths:
        if not path.is_dir():
            found.append(path)
            continue
        try:
            inside = sorted(one for one in path.iterdir() if _is_recording(one))
        except OSError as problem:
            raise read_failed(problem, path) from problem
        if not inside:
            raise RecordingError(
                f"no recording in {path} has a {EVENTS_SUFFIX} or .json file of its name beside it: name the recordings"
            )
        found += inside
    return found


def score_recording(path: Path, options: DetectOptions) -> list[ScoredLeg]:
    """Run the controller over a recording and compare. Raises ConfigError and RecordingError.

    A recording whose reference is left out is not run at all and gives nothing but its reason.
    """
    description = describe(path)
    if description.left_out:
        return [_left_out(path, description)]
    if path.name.endswith(".dfx"):
        settings, inputs = _of_black_box(path, options)
    else:
        settings, inputs = _of_csv(path, description, options)
    watched = {leg.side: _Watched(settings, leg.side) for leg in settings.leg}
    controller = Controller(settings)
    for one in inputs:
        tick = controller.step(one)
        for leg in tick.legs:
            watched[leg.side].take(one, leg.events)
    several = len(watched) > 1
    return [
        _scored(path, f"{stem_of(path).name} {side}" if several else stem_of(path).name, side, description, leg)
        for side, leg in watched.items()
    ]


class _Watched:
    """What one leg's sensors said and what the controller found."""

    def __init__(self, settings: Settings, side: Side) -> None:
        imus = [one for one in settings.sensor if isinstance(one, ImuSettings) and one.side == side]
        heels = [one for one in settings.sensor if isinstance(one, HeelSwitchSettings) and one.side == side]
        self._imu = imus[0].id if imus else ""
        self._heel = heels[0].id if heels else ""
        self.events: list[Event] = []
        self.signal = Signal(array("d"), array("f"), array("f"), array("f"))

    def take(self, inputs: Inputs, events: tuple[Event, ...]) -> None:
        self.events += events
        imu, heel = inputs.readings.get(self._imu), inputs.readings.get(self._heel)
        rate = force = nan
        if imu is not None:
            x, y, z, _, _, rate = imu.values
            force = sqrt(x * x + y * y + z * z)
        self.signal.time_s.append(inputs.t_s)
        self.signal.rate_deg_s.append(rate)
        self.signal.force_m_s2.append(force)
        self.signal.heel.append(nan if heel is None else heel.values[0])


def _scored(path: Path, name: str, side: Side, description: Description, leg: _Watched) -> ScoredLeg:
    reference = read_reference(path, description.side or side, description.offset_s)
    whole = ScoredLeg(name, description.person, description.group, tuple(leg.events), leg.signal, reference, (), "")
    if reference.is_empty:
        return whole._replace(why_not=f"no reference: no event of this leg in a {EVENTS_SUFFIX} file beside it")
    return whole._replace(cells=tuple(_cells(whole)))


def _cells(leg: ScoredLeg) -> Iterator[Cell]:
    times_s, windows = leg.signal.time_s, leg.reference.windows
    outside_s = times_s[-1] - times_s[0] if times_s else 0.0
    outside_s -= sum(window.stop_s - window.start_s for window in windows)
    for kind in KINDS:
        for certainty in Certainty:
            if kind in leg.reference.events_s:
                found = [
                    Detection(round(one.t_s, PLACES), round(one.decided_s, PLACES))
                    for one in leg.events
                    if one.kind is kind and one.certainty is certainty
                ]
                outcome = judge(leg.reference.events_s[kind], found, windows)
                yield Cell(leg.group, leg.person, kind, certainty, outcome, max(0.0, outside_s) / 60.0)


def _of_csv(path: Path, description: Description, options: DetectOptions) -> tuple[Settings, Iterator[Inputs]]:
    axis = options.mediolateral_axis or description.mediolateral_axis or DEFAULT_AXIS
    placement = options.placement or description.placement or "shank"
    settings = load_settings(options.config) if options.config else default_settings()
    as_replay = ReplayOptions(path, options.sensors, placement, axis, None, None, options.config)
    settings, heel_id, imu_id = _settings_for_csv(settings, as_replay, csv_rate_hz(path))
    return settings, read_csv_walk(path, options.sensors, axis, heel_id, imu_id)


def _of_black_box(path: Path, options: DetectOptions) -> tuple[Settings, Iterator[Inputs]]:
    box = read_black_box(path)
    settings = load_settings(options.config) if options.config else box.header.read_settings()
    return settings, (record.tick.inputs for record in box.records if isinstance(record, TickRecord))


def _left_out(path: Path, description: Description) -> ScoredLeg:
    nothing = Signal(array("d"), array("f"), array("f"), array("f"))
    reference = Reference({}, ())
    name = stem_of(path).name
    return ScoredLeg(name, description.person, description.group, (), nothing, reference, (), description.left_out)


def _is_recording(path: Path) -> bool:
    if not path.name.endswith(SUFFIXES) or path.name.endswith(EVENTS_SUFFIX) or not path.is_file():
        return False
    return path.name.endswith(".dfx") or any(beside(path, ending).exists() for ending in (EVENTS_SUFFIX, ".json"))
