"""The recorder off the tick: it never makes the loop wait, and it tells what it lost."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from config.load import default_settings
from controller.signals import Tick
from recording.blackbox import EndRecord, GapRecord, TickRecord, read_black_box
from recording.blackbox_writer import BlackBoxWriter
from recording.errors import CannotWriteError
from recording.header import make_header
from runtime.recorder import MOST_WAITING, DirectRecorder, ThreadRecorder

PATIENCE_S = 20.0
Numbered = Callable[[int], Tick]


class FakeWriter:
    """Keeps what it is given; can be held, and can be made to fail."""

    def __init__(self) -> None:
        self.items: list[object] = []
        self.may_write = threading.Event()
        self.may_write.set()
        self.held = threading.Event()
        self.fails_with: Exception | None = None
        self.wanted = 0
        self.reached = threading.Event()
        self.synced = threading.Event()

    def tick(self, tick: Tick) -> None:
        self._write(tick.inputs.loop.tick)

    def gap(self, first_tick: int, count: int) -> None:
        self._write(("gap", first_tick, count))

    def sync(self) -> None:
        if self.fails_with is not None:
            raise self.fails_with
        self.synced.set()

    def close(self, reason: str) -> None:
        self._write(("end", reason))

    def wait_for(self, count: int) -> None:
        self.wanted = count
        if len(self.items) < count:
            assert self.reached.wait(PATIENCE_S)

    def _write(self, item: object) -> None:
        if not self.may_write.is_set():
            self.held.set()
            assert self.may_write.wait(PATIENCE_S)
        if self.fails_with is not None:
            raise self.fails_with
        self.items.append(item)
        if len(self.items) == self.wanted:
            self.reached.set()


def test_a_blocked_disk_costs_ticks_and_not_time(numbered_tick: Numbered) -> None:
    writer = FakeWriter()
    writer.may_write.clear()
    recorder = ThreadRecorder(writer)
    recorder.put(numbered_tick(0))
    assert writer.held.wait(PATIENCE_S)
    kept = 1 + MOST_WAITING
    for number in range(1, kept + 50):
        recorder.put(numbered_tick(number))
    assert writer.items == []
    assert recorder.problem() == ""
    writer.wanted = kept
    writer.may_write.set()
    writer.wait_for(kept)
    for number in (kept + 50, kept + 51):
        recorder.put(numbered_tick(number))
    recorder.close("done")
    assert writer.items == [*range(kept), ("gap", kept, 50), kept + 50, kept + 51, ("end", "done")]
    assert recorder.problem() == ""


def test_ticks_dropped_to_the_very_end_are_told_at_the_close(numbered_tick: Numbered) -> None:
    writer = FakeWriter()
    writer.may_write.clear()
    recorder = ThreadRecorder(writer)
    recorder.put(numbered_tick(0))
    assert writer.held.wait(PATIENCE_S)
    for number in range(1, 1 + MOST_WAITING + 7):
        recorder.put(numbered_tick(number))
    writer.may_write.set()
    recorder.close("done")
    assert writer.items == [*range(1 + MOST_WAITING), ("gap", 1 + MOST_WAITING, 7), ("end", "done")]


def test_a_missed_tick_is_a_gap_between_its_neighbours(numbered_tick: Numbered) -> None:
    for make in (DirectRecorder, ThreadRecorder):
        writer = FakeWriter()
        recorder = make(writer)
        recorder.put(numbered_tick(0))
        recorder.miss(1)
        recorder.put(numbered_tick(2))
        recorder.miss(3)
        recorder.close("done")
        assert writer.items == [0, ("gap", 1, 1), 2, ("gap", 3, 1), ("end", "done")]


def test_close_writes_what_waits(numbered_tick: Numbered) -> None:
    writer = FakeWriter()
    recorder = ThreadRecorder(writer)
    for number in range(500):
        recorder.put(numbered_tick(number))
    recorder.close("done")
    assert writer.items == [*range(500), ("end", "done")]


@pytest.mark.parametrize("error", [CannotWriteError("no space left"), ZeroDivisionError("a bug in a writer")])
@pytest.mark.parametrize("make", [DirectRecorder, ThreadRecorder])
def test_a_failing_writer_shows_and_raises_nothing(
    make: type[DirectRecorder | ThreadRecorder], error: Exception, numbered_tick: Numbered
) -> None:
    writer = FakeWriter()
    recorder = make(writer)
    recorder.put(numbered_tick(0))
    writer.wait_for(1)
    writer.fails_with = error
    recorder.put(numbered_tick(1))
    for _ in range(2000):
        if recorder.problem():
            break
        threading.Event().wait(0.01)
    assert str(error) in recorder.problem()
    writer.fails_with = None
    for number in (2, 3, 4):
        recorder.put(numbered_tick(number))
    recorder.close("end of run")
    assert writer.items[:-1] == [0, ("gap", 1, 4)], "what was lost must be told where that can be written"
    assert writer.items[-1] == ("end", f"end of run, 4 ticks lost: {recorder.problem()}")
    assert str(error) in recorder.problem()


def test_a_failure_to_close_shows(numbered_tick: Numbered) -> None:
    for make in (DirectRecorder, ThreadRecorder):
        writer = FakeWriter()
        recorder = make(writer)
        recorder.put(numbered_tick(0))
        writer.wait_for(1)
        writer.fails_with = CannotWriteError("the disk is gone")
        recorder.close("done")
        assert recorder.problem() == "the disk is gone"


def test_a_thread_recorder_writes_a_whole_black_box(tmp_path: Path, numbered_tick: Numbered) -> None:
    header = make_header(
        default_settings(), software_version="0", started="now", settings_hash="a" * 64, safety_hash="b" * 64
    )
    path = tmp_path / "walk.dfx"
    recorder = ThreadRecorder(BlackBoxWriter(path, header))
    ticks = [numbered_tick(number) for number in range(300)]
    for tick in ticks[:200]:
        recorder.put(tick)
    recorder.miss(200)
    for tick in ticks[201:]:
        recorder.put(tick)
    recorder.close("done")
    records = list(read_black_box(path).records)
    assert [r.tick for r in records if isinstance(r, TickRecord)] == ticks[:200] + ticks[201:]
    assert [(r.first_tick, r.ticks) for r in records if isinstance(r, GapRecord)] == [(200, 1)]
    assert records[-1] == EndRecord(True, "done", 0)


def test_the_disk_is_made_to_keep_what_was_written(numbered_tick: Numbered) -> None:
    writer = FakeWriter()
    recorder = ThreadRecorder(writer)
    assert writer.synced.wait(PATIENCE_S)
    writer.fails_with = CannotWriteError("the disk reports an error")
    for _ in range(2000):
        if recorder.problem():
            break
        threading.Event().wait(0.01)
    assert recorder.problem() == "the disk reports an error"
    writer.fails_with = None
    recorder.put(numbered_tick(7))
    recorder.close("done")
    assert writer.items[0] == ("gap", 7, 1)
