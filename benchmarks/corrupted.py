"""Real walks with one of two sensors broken: what the events lose, and whether a burst begins in stance for it.

    python benchmarks/corrupted.py --data DATA                         # every recording with heel and IMU
    python benchmarks/corrupted.py --data DATA --faults heel_stuck_open,imu_mirrored --seed 2

Every recording is run whole with both sensors, then again for each fault, which begins at a random moment between a
quarter and a half of the recording and stays. Judged against the reference beside the recording:

    F1        initial contact, heel off and foot off, and how much of it the fault takes away; the goal is 0.02 at most
    alone     F1 with the sound sensor alone: while a sensor says nothing that is right, no more can be had
    stance    bursts that begin between initial contact and 250 ms before foot off, more than without the fault: goal 0
    doubted   recordings in which the controller said, after the fault, that the broken sensor is lost or doubted

Where the heel column is the label of the reference itself, as in agora, a broken IMU costs what a broken heel does not.
"""

import argparse
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from math import cos, radians, sin, sqrt
from pathlib import Path
from random import Random
from typing import Literal, NamedTuple

from config.load import default_settings
from config.schema import Settings
from controller.controller import Controller
from controller.signals import (
    NEVER_S,
    Certainty,
    CommandKind,
    Contact,
    EventKind,
    Inputs,
    OperatorCommand,
    Reading,
    StimulationCommand,
)
from dorsiflex.replay_command import ReplayOptions, _settings_for_csv
from dorsiflex.score.description import describe
from dorsiflex.score.matching import Detection, judge
from dorsiflex.score.recordings import recordings_in
from dorsiflex.score.reference import Reference, read_reference
from recording.csv_walk import csv_rate_hz, read_csv_walk
from recording.errors import RecordingError

KINDS = (EventKind.IC, EventKind.HO, EventKind.FO)
ARM = (OperatorCommand(CommandKind.ARM),)
WANTED_BEFORE_FOOT_OFF_S = 0.25
LARGEST_LOSS = 0.02
ASK_EVERY_S, STANDS_S, PRELUDE_HZ = 1.2, 2.5, 100
BOUNCE_S, DROPPED_SHARE, SLIP_DEG = 0.03, 0.3, 15.0
Break = Callable[[Random, float], Callable[[float, Reading], Reading | None]]


def _heel(change: Callable[[Random, float, float], float]) -> Break:
    """A broken heel switch: `change` gives its level from the true one and the time since the fault began."""

    def broken(random: Random, start_s: float) -> Callable[[float, Reading], Reading | None]:
        return lambda t_s, reading: Reading(reading.t_s, (change(random, t_s - start_s, reading.values[0]),))

    return broken


def _drops(random: Random, start_s: float) -> Callable[[float, Reading], Reading | None]:  # noqa: ARG001 - a Break
    return lambda _, reading: None if random.random() < DROPPED_SHARE else reading


def _bounces(random: Random, start_s: float) -> Callable[[float, Reading], Reading | None]:
    """The contact is lost and made again at random, for 30 ms on average, a third of the time."""
    state = [False, start_s]

    def bounce(t_s: float, reading: Reading) -> Reading:
        if t_s >= state[1]:
            state[0] = not state[0]
            state[1] = t_s + random.expovariate(1.0 / (BOUNCE_S if state[0] else 2.0 * BOUNCE_S))
        return Reading(reading.t_s, (1.0 - reading.values[0],)) if state[0] else reading

    return bounce


def _freezes(random: Random, start_s: float) -> Callable[[float, Reading], Reading | None]:  # noqa: ARG001 - a Break
    kept: list[tuple[float, ...]] = []

    def freeze(_: float, reading: Reading) -> Reading:
        if not kept:
            kept.append(reading.values)
        return Reading(reading.t_s, kept[0])

    return freeze


def _mirrors(random: Random, start_s: float) -> Callable[[float, Reading], Reading | None]:  # noqa: ARG001 - a Break
    """Mounted the wrong way round: turned by 180 degrees about the segment."""

    def mirror(_: float, reading: Reading) -> Reading:
        x, y, z, rate_x, rate_y, rate_z = reading.values
        return Reading(reading.t_s, (-x, y, -z, -rate_x, rate_y, -rate_z))

    return mirror


def _slips(axis: int, random: Random, start_s: float) -> Callable[[float, Reading], Reading | None]:  # noqa: ARG001
    """Slipped by 15 degrees about one axis of the segment."""
    one, two = [(1, 2), (2, 0), (0, 1)][axis]
    c, s = cos(radians(SLIP_DEG)), sin(radians(SLIP_DEG))

    def slip(_: float, reading: Reading) -> Reading:
        values = list(reading.values)
        for first in (0, 3):
            a, b = values[first + one], values[first + two]
            values[first + one], values[first + two] = c * a - s * b, s * a + c * b
        return Reading(reading.t_s, tuple(values))

    return slip


FAULTS: dict[str, Break] = {
    "heel_stuck_open": _heel(lambda *_: 0.0),
    "heel_stuck_closed": _heel(lambda *_: 1.0),
    "heel_bouncing": _bounces,
    "heel_dropouts": _drops,
    "heel_inverted": _heel(lambda _, __, level: 1.0 - level),
    "imu_frozen": _freezes,
    "imu_mirrored": _mirrors,
    "imu_slipped_about_z": partial(_slips, 2),
    "imu_slipped_about_y": partial(_slips, 1),
    "imu_dropouts": _drops,
}


class Walk(NamedTuple):
    """One recording: its settings for both sensors, its inputs, its reference, its sensors."""

    name: str
    settings: Settings
    inputs: tuple[Inputs, ...]
    reference: Reference
    heel_id: str
    imu_id: str


class Found(NamedTuple):
    """What came of a run: events per kind, when bursts began, when one of two sensors was last not believed."""

    events: dict[EventKind, list[Detection]]
    bursts_s: list[float]
    doubted_s: float


class Score(NamedTuple):
    """References found, detections needed for that, and references plus detections in all."""

    found: int
    total: int

    @property
    def f1(self) -> float:
        """2·found over references and detections."""
        return 2.0 * self.found / self.total if self.total else 1.0


def broken(walk: Walk, fault: str, seed: int) -> Iterator[Inputs]:
    """The inputs with one sensor broken from a random moment on."""
    first_s, last_s = walk.inputs[0].t_s + STANDS_S, walk.inputs[-1].t_s
    start_s = first_s + Random(f"{walk.name} {fault} {seed}").uniform(0.25, 0.5) * (last_s - first_s)
    sensor = walk.heel_id if fault.startswith("heel") else walk.imu_id
    return break_from(walk.inputs, sensor, fault, start_s, Random(seed))


def break_from(inputs: Sequence[Inputs], sensor: str, fault: str, start_s: float, random: Random) -> Iterator[Inputs]:
    """The inputs with the fault in one sensor from `start_s` on."""
    change = FAULTS[fault](random, start_s)
    for one in inputs:
        reading = one.readings.get(sensor)
        if one.t_s < start_s or reading is None:
            yield one
            continue
        others = {name: other for name, other in one.readings.items() if name != sensor}
        changed = change(one.t_s, reading)
        yield one._replace(readings=others if changed is None else {**others, sensor: changed})


def run(settings: Settings, inputs: Sequence[Inputs] | Iterator[Inputs]) -> Found:
    """The controller, armed as soon as it may be, over the inputs."""
    controller, armed, flowing, doubted_s, asked_s = Controller(settings), False, False, NEVER_S, NEVER_S
    events: dict[EventKind, list[Detection]] = {kind: [] for kind in KINDS}
    bursts_s: list[float] = []
    for one in inputs:
        asks = not armed and one.t_s - asked_s >= ASK_EVERY_S
        asked_s = one.t_s if asks else asked_s
        tick = controller.step(one._replace(commands=ARM) if asks else one)
        armed = armed or tick.state.name == "ARMED"
        leg = tick.legs[0]
        for event in leg.events:
            if event.certainty == Certainty.CONFIRMED:
                events[event.kind].append(Detection(event.t_s, event.decided_s))
        was, flowing = flowing, any(_flows(command) for command in tick.allowed.values())
        if flowing and not was:
            bursts_s.append(one.t_s)
        doubted_s = doubted_s if leg.lead in ("both", "none") else one.t_s
    return Found(events, bursts_s, doubted_s)


def _flows(command: StimulationCommand) -> bool:
    if isinstance(command, Contact):
        return command.stimulate
    return any(train.current_ma > 0.0 for train in command.trains)


def score(walk: Walk, found: Found) -> dict[EventKind, Score]:
    """Per kind of event that has a reference."""
    scores = {}
    for kind in KINDS:
        if kind in walk.reference.events_s:
            outcome = judge(walk.reference.events_s[kind], found.events[kind], walk.reference.windows)
            pairs = len(outcome.pairs)
            scores[kind] = Score(pairs, 2 * pairs + len(outcome.missed_s) + len(outcome.extra))
    return scores


def stance_starts(walk: Walk, found: Found) -> int:
    """Bursts that begin in stance, more than 250 ms before its foot off."""
    contacts, offs = (list(walk.reference.events_s.get(kind, ())) for kind in (EventKind.IC, EventKind.FO))
    count = 0
    for t_s in found.bursts_s:
        before, after = bisect_right(contacts, t_s), bisect_left(offs, t_s)
        if before and after < len(offs) and all(not contacts[before - 1] < off <= t_s for off in offs):
            count += t_s < offs[after] - WANTED_BEFORE_FOOT_OFF_S
    return count


def walk_of(path: Path) -> Walk | None:
    """A recording with both sensors and a reference; None for any other. Raises RecordingError."""
    told = describe(path)
    if told.left_out:
        return None
    axis = told.mediolateral_axis or "+z"
    options = ReplayOptions(path, "both", told.placement or "shank", axis, None, None, None)
    try:
        settings, heel_id, imu_id = _settings_for_csv(default_settings(), options, csv_rate_hz(path))
        inputs = tuple(read_csv_walk(path, "both", axis, heel_id, imu_id))
    except RecordingError:
        return None
    inputs = (*_stands(inputs, heel_id, imu_id), *inputs)
    reference = read_reference(path, told.side or settings.leg[0].side, told.offset_s)
    return None if reference.is_empty else Walk(path.stem, settings, inputs, reference, heel_id, imu_id)


def _stands(inputs: Sequence[Inputs], heel_id: str, imu_id: str) -> list[Inputs]:
    """A person who stands before the recording begins: arming wants to have seen a loaded heel and a still IMU."""
    accs = [one.readings[imu_id].values[:3] for one in inputs if imu_id in one.readings]
    mean = [sum(axis) / len(accs) for axis in zip(*accs, strict=True)]
    size = sqrt(sum(axis * axis for axis in mean))
    stands = []
    for k in range(round(STANDS_S * PRELUDE_HZ)):
        t_s = inputs[0].t_s - STANDS_S + k / PRELUDE_HZ
        still = tuple(axis / size * 9.80665 + 0.001 * (k % 7) for axis in mean) + (0.05 * (k % 5),) * 3
        stands.append(Inputs(t_s, {heel_id: Reading(t_s, (1.0,)), imu_id: Reading(t_s, still)}))
    return stands


def with_sensors(walk: Walk, sensors: Literal["heel", "imu"]) -> Settings:
    """The settings for one of the two sensors."""
    leg = walk.settings.leg[0].model_copy(update={"sensors": sensors})
    used = tuple(s for s in walk.settings.sensor if s.id == (walk.heel_id if sensors == "heel" else walk.imu_id))
    return walk.settings.model_copy(update={"leg": (leg,), "sensor": used})


def main() -> int:
    """Run every fault and print a line for each; exit code 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="recordings, or folders of them")
    parser.add_argument("--faults", default="", help="some of " + ", ".join(FAULTS))
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    walks = [walk for path in recordings_in(options.data) if (walk := walk_of(path)) is not None]
    whole = [run(walk.settings, walk.inputs) for walk in walks]
    before = _total(walks, whole)
    calm = [stance_starts(walk, found) for walk, found in zip(walks, whole, strict=True)]
    alone = {name: _total(walks, [run(with_sensors(w, name), w.inputs) for w in walks]) for name in ("heel", "imu")}
    _say(f"{len(walks)} recordings; whole: {_words(before)}; bursts begun in stance {sum(calm)}")
    _say(f"heel alone: {_words(alone['heel'])}; IMU alone: {_words(alone['imu'])}")
    missed = 0
    for fault in options.faults.split(",") if options.faults else FAULTS:
        found = [run(walk.settings, broken(walk, fault, options.seed)) for walk in walks]
        after = _total(walks, found)
        loss = {kind: before[kind].f1 - after[kind].f1 for kind in after}
        more = [max(0, stance_starts(w, f) - c) for w, f, c in zip(walks, found, calm, strict=True)]
        doubted = sum(f.doubted_s > w.inputs[len(w.inputs) // 4].t_s for w, f in zip(walks, found, strict=True))
        lost = ", ".join(f"{kind} {value:+.3f}" for kind, value in loss.items())
        _say(f"{fault:20} {_words(after)}  lost: {lost}  stance {sum(more)}  doubted {doubted} of {len(walks)}")
        missed += any(value > LARGEST_LOSS for value in loss.values()) or sum(more) > 0
    return 1 if missed else 0


def _total(walks: list[Walk], found: list[Found]) -> dict[EventKind, Score]:
    total: dict[EventKind, Score] = {}
    for walk, one in zip(walks, found, strict=True):
        for kind, part in score(walk, one).items():
            so_far = total.get(kind, Score(0, 0))
            total[kind] = Score(so_far.found + part.found, so_far.total + part.total)
    return total


def _words(scores: dict[EventKind, Score]) -> str:
    return ", ".join(f"{kind} {one.f1:.3f}" for kind, one in scores.items())


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
