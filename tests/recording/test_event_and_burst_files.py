"""The events and bursts of a replay as files: right times, the reason why each burst ended, whole or not there."""

import csv
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.schema import Side
from controller.signals import (
    COMPLIANT,
    ArmingState,
    BurstStage,
    Certainty,
    Contact,
    Event,
    EventKind,
    HeelContact,
    Inputs,
    LegTick,
    Mode,
    Phase,
    Pulses,
    PulseTrain,
    Reduction,
    StimulationCommand,
    Tick,
)
from recording.errors import CannotWriteError
from recording.event_files import Burst, BurstFinder, channels_of, events_of, write_bursts, write_events


def leg_tick(side: Side = "left", stage: BurstStage = BurstStage.IDLE) -> LegTick:
    return LegTick(side, HeelContact.OFF, {}, Phase.SWING, (), "imu", stage, 0.0, False, COMPLIANT)


def tick_at(
    t_s: float,
    on: tuple[str, ...] = (),
    stage: BurstStage = BurstStage.IDLE,
    reductions: tuple[Reduction, ...] = (),
    faults: tuple[str, ...] = (),
    state: ArmingState = ArmingState.ARMED,
    sides: tuple[Side, ...] = ("left",),
) -> Tick:
    """A tick in which the channels `on` are let through, and `left.dorsiflexors` is there in any case."""
    names = dict.fromkeys((*on, "left.dorsiflexors"))
    trains = tuple(PulseTrain(name, 1, 20.0 if name in on else 0.0, 300.0, 40.0, False) for name in names)
    commands: dict[str, StimulationCommand] = {"main": Pulses(trains)}
    legs = tuple(leg_tick(side, stage) for side in sides)
    return Tick(Inputs(t_s, {}), state, Mode.WALK, faults, (), legs, commands, commands, reductions)


ON = ("left.dorsiflexors",)


def bursts_of(*ticks: Tick) -> list[Burst]:
    finder = BurstFinder()
    for tick in ticks:
        finder.add(tick)
    return finder.finish()


def reason_of(*ticks: Tick) -> str:
    (burst,) = bursts_of(*ticks)
    return burst.reason


def test_a_burst_lasts_from_its_first_tick_to_the_first_without() -> None:
    assert bursts_of(
        tick_at(0.0),
        tick_at(0.1, ON, BurstStage.RISE),
        tick_at(0.2, ON, BurstStage.FALL),
        tick_at(0.3),
        tick_at(0.4),
    ) == [Burst(0.1, 0.3, "envelope finished", "left", "left.dorsiflexors")]


def test_the_reason_is_the_gate_then_the_state_then_the_envelope_then_a_fault() -> None:
    cut = (Reduction("left.dorsiflexors", "longest burst"), Reduction("right.dorsiflexors", "paused"))
    plateau, fall = tick_at(0.0, ON, BurstStage.PLATEAU), tick_at(0.0, ON, BurstStage.FALL)
    assert reason_of(plateau, tick_at(0.1, reductions=cut, faults=("late loop",))) == "gate: longest burst"
    latched = tick_at(0.1, faults=("emergency stop",), state=ArmingState.LATCHED)
    assert reason_of(plateau, latched) == "latched: emergency stop"
    assert reason_of(plateau, tick_at(0.1, state=ArmingState.DISARMED)) == "disarmed"
    assert reason_of(fall, tick_at(0.1)) == "envelope finished"
    assert reason_of(fall, tick_at(0.1, faults=("imu lost",))) == "envelope finished after fault: imu lost"
    assert reason_of(plateau, tick_at(0.1, faults=("imu lost",))) == "fault: imu lost"
    assert reason_of(plateau, tick_at(0.1)) == "cut in plateau"


def test_a_fault_from_before_the_burst_did_not_end_it() -> None:
    old = ("heel lost",)
    assert reason_of(tick_at(0.0, ON, BurstStage.FALL, faults=old), tick_at(0.1, faults=old)) == "envelope finished"


def test_a_burst_that_still_runs_ends_with_the_recording() -> None:
    assert bursts_of(tick_at(0.0, ON), tick_at(0.1, ON)) == [
        Burst(0.0, 0.1, "the recording ends", "left", "left.dorsiflexors")
    ]
    assert bursts_of() == []


def test_a_trigger_is_on_while_it_stimulates() -> None:
    ticks = [
        tick_at(0.1 * i)._replace(allowed={"trigger": Contact("left.peroneal", on)})
        for i, on in enumerate((False, True, True, False))
    ]
    (burst,) = bursts_of(*ticks)
    assert (burst.start_s, round(burst.stop_s, 9), burst.channel) == (0.1, 0.3, "left.peroneal")


def test_each_channel_has_its_own_bursts_on_its_own_leg() -> None:
    finder = BurstFinder()
    finder.add(tick_at(0.0, ON, sides=("left", "right")))
    finder.add(tick_at(0.1, ("right.dorsiflexors",), BurstStage.FALL, sides=("left", "right")))
    finder.add(tick_at(0.2, sides=("left", "right")))
    assert finder.several_channels
    assert [(burst.start_s, burst.stop_s, burst.leg) for burst in finder.finish()] == [
        (0.0, 0.1, "left"),
        (0.1, 0.2, "right"),
    ]


@given(st.lists(st.booleans()))
def test_the_bursts_cover_exactly_the_ticks_with_current(pattern: list[bool]) -> None:
    bursts = bursts_of(*(tick_at(float(i), ON if on else ()) for i, on in enumerate(pattern)), tick_at(len(pattern)))
    assert [any(burst.start_s <= i < burst.stop_s for burst in bursts) for i in range(len(pattern))] == pattern


@settings(max_examples=30)
@given(st.lists(st.from_type(Tick), max_size=3))
def test_any_ticks_have_bursts(ticks: list[Tick]) -> None:
    assert len(bursts_of(*ticks)) <= sum(len(list(channels_of(tick.allowed))) for tick in ticks)


def test_events_are_written_as_the_scorer_reads_them(tmp_path: Path) -> None:
    event = Event(EventKind.IC, 1.25, 1.3000004, Certainty.CONFIRMED, "imu")
    early = Event(EventKind.FO, 2.0, 1.9, Certainty.PREDICTED, "imu")
    tick = tick_at(1.3)._replace(legs=(leg_tick()._replace(events=(event, early)),))
    write_events(tmp_path / "events.csv", events_of(tick))
    assert (tmp_path / "events.csv").read_text() == (
        "event,time_s,decided_s,kind\nIC,1.250000,1.300000,confirmed\nFO,2.000000,1.900000,predicted\n"
    )
    write_events(tmp_path / "events.csv", events_of(tick), name_legs=True)
    with (tmp_path / "events.csv").open() as file:
        assert [row["leg"] for row in csv.DictReader(file)] == ["left", "left"]


def test_bursts_are_written_with_their_reasons(tmp_path: Path) -> None:
    bursts = [Burst(1.0, 1.5, "gate: rise, charge", "left", "left.evertors")]
    write_bursts(tmp_path / "new" / "bursts.csv", bursts)
    assert (tmp_path / "new" / "bursts.csv").read_text() == (
        'start_s,stop_s,reason\n1.000000,1.500000,"gate: rise, charge"\n'
    )
    write_bursts(tmp_path / "new" / "bursts.csv", bursts, name_channels=True)
    assert (tmp_path / "new" / "bursts.csv").read_text().splitlines()[0] == "start_s,stop_s,reason,leg,channel"


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "bursts.csv"
    path.write_text("before")
    link = tmp_path / "link.csv"
    link.symlink_to(path)

    def fail(_: int) -> None:
        raise OSError(28, "full")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(CannotWriteError, match="no space left"):
        write_bursts(path, [])
    assert path.read_text() == "before"
    monkeypatch.undo()
    write_bursts(link, [])
    assert link.is_symlink()
    assert path.read_text() == "start_s,stop_s,reason\n"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["bursts.csv", "link.csv"]


def test_places_that_cannot_be_written_are_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path, tmp_path / "file" / "bursts.csv", tmp_path / ("x" * 300)):
        with pytest.raises(CannotWriteError) as refused:
            write_bursts(path, [])
        assert "\n" not in str(refused.value)
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    """The same holds for a device: `--events /dev/stdout` must not put a file in its place."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_bursts(pipe, [])
        assert os.read(reader, 100) == b"start_s,stop_s,reason\n"
    finally:
        os.close(reader)
    assert pipe.is_fifo()
