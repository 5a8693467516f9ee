"""Real walks with one of two sensors broken: what the events lose, and whether a burst begins in stance for it.

    python -m benchmarks.corrupted --data DATA                         # every recording with heel and IMU
    python -m benchmarks.corrupted --data DATA --faults heel_stuck_open,imu_mirrored --seed 2

Every recording is run whole with both sensors, then again for each fault, which begins at a random moment between a
quarter and a half of the recording and stays. Judged against the reference beside the recording:

    F1        initial contact, heel off and foot off, and how much of it the fault takes away; the goal is 0.02 at most
    alone     F1 with the sound sensor alone: while a sensor says nothing that is right, no more can be had
    stance    bursts that begin between initial contact and 250 ms before foot off where none began within 200 ms
              without the fault: goal 0. Where the reference missed a stride, as a stance of 1.5 times the usual one
              tells, nothing is counted
    earlier   of the other bursts that begin so: how many begin earlier than without the fault, and how much at most
    doubted   recordings in which the controller said, after the fault, that the broken sensor is lost or doubted

Where the heel column is the label of the reference itself, as in agora, a broken IMU costs what a broken heel does not.
"""

import argparse
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from math import sqrt
from pathlib import Path
from random import Random
from typing import Literal, NamedTuple

from benchmarks.sensor_breaks import FAULTS, break_from
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
SAME_BURST_S, MISSED_STRIDE_SHARE = 0.2, 1.5
LARGEST_LOSS = 0.02
ASK_EVERY_S, STANDS_S, PRELUDE_HZ = 1.2, 2.5, 100


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


def stance_starts(reference: Reference, bursts_s: Sequence[float]) -> list[float]:
    """When bursts begin in stance, more than 250 ms before foot off; none where the reference missed a stride."""
    contacts, offs = (list(reference.events_s.get(kind, ())) for kind in (EventKind.IC, EventKind.FO))
    stances = [(t_s, offs[bisect_right(offs, t_s)]) for t_s in contacts if offs and t_s < offs[-1]]
    usual_s = sorted(off_s - t_s for t_s, off_s in stances)[len(stances) // 2] if stances else 0.0
    whole = [(t_s, off_s) for t_s, off_s in stances if off_s - t_s <= MISSED_STRIDE_SHARE * usual_s]
    return [
        start_s
        for start_s in bursts_s
        if any(t_s <= start_s < off_s - WANTED_BEFORE_FOOT_OFF_S for t_s, off_s in whole)
    ]


def blamed(reference: Reference, bursts_s: Sequence[float], calm_s: Sequence[float]) -> tuple[int, list[float]]:
    """Bursts in stance because of a fault, and by how much others begin earlier there for it, s.

    `calm_s`: when bursts began without the fault.
    """
    count, earlier_s = 0, []
    for start_s in stance_starts(reference, bursts_s):
        k = bisect_left(calm_s, start_s)
        nearest_s = min(calm_s[max(0, k - 1) : k + 1], key=lambda t_s: abs(t_s - start_s), default=NEVER_S)
        if abs(nearest_s - start_s) > SAME_BURST_S:
            count += 1
        elif nearest_s > start_s:
            earlier_s.append(nearest_s - start_s)
    return count, earlier_s


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
    calm = sum(len(stance_starts(walk.reference, found.bursts_s)) for walk, found in zip(walks, whole, strict=True))
    alone = {name: _total(walks, [run(with_sensors(w, name), w.inputs) for w in walks]) for name in ("heel", "imu")}
    _say(f"{len(walks)} recordings; whole: {_words(before)}; bursts begun in stance {calm}")
    _say(f"heel alone: {_words(alone['heel'])}; IMU alone: {_words(alone['imu'])}")
    missed = 0
    for fault in options.faults.split(",") if options.faults else FAULTS:
        found = [run(walk.settings, broken(walk, fault, options.seed)) for walk in walks]
        after = _total(walks, found)
        loss = {kind: before[kind].f1 - after[kind].f1 for kind in after}
        blame = [blamed(w.reference, f.bursts_s, c.bursts_s) for w, f, c in zip(walks, found, whole, strict=True)]
        stance, earlier_s = sum(count for count, _ in blame), [s for _, some_s in blame for s in some_s]
        doubted = sum(f.doubted_s > w.inputs[len(w.inputs) // 4].t_s for w, f in zip(walks, found, strict=True))
        lost = ", ".join(f"{kind} {value:+.3f}" for kind, value in loss.items())
        early = f"earlier {len(earlier_s)} by up to {1000.0 * max(earlier_s, default=0.0):.0f} ms"
        seen = f"stance {stance}  {early}  doubted {doubted} of {len(walks)}"
        _say(f"{fault:20} {_words(after)}  lost: {lost}  {seen}")
        missed += any(value > LARGEST_LOSS for value in loss.values()) or stance > 0
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
