"""Recorders: the one in the loop's process for virtual time, and the one beside it, which never makes the loop wait."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from config.load import default_settings
from controller.signals import Reduction, Tick
from recording.blackbox import TICK, EndRecord, GapRecord, TickRecord, read_black_box
from recording.blackbox_writer import BlackBoxWriter
from recording.codec import pack_tick, unpack_tick
from recording.errors import CannotWriteError, RecordingError
from recording.frame import pack_frame
from recording.header import make_header
from runtime import recorder_process
from runtime.recorder import DirectRecorder
from runtime.recorder_process import RingRecorder
from runtime.ring import Ring

PATIENCE_S = 20.0
LOOP_DIED = EndRecord(True, "the loop ended without a word", 0)
Numbered = Callable[[int], Tick]
Made = Callable[..., RingRecorder]


class FakeWriter:
    """Keeps what it is given, and can be made to fail."""

    def __init__(self) -> None:
        self.items: list[object] = []
        self.fails_with: Exception | None = None

    def packed_tick(self, data: bytes) -> None:
        self._write(unpack_tick(data).inputs.loop.tick)

    def gap(self, first_tick: int, count: int) -> None:
        self._write(("gap", first_tick, count))

    def sync(self) -> None:
        if self.fails_with is not None:
            raise self.fails_with

    def close(self, reason: str) -> None:
        self._write(("end", reason))

    def _write(self, item: object) -> None:
        if self.fails_with is not None:
            raise self.fails_with
        self.items.append(item)


class FailingBox(BlackBoxWriter):
    """A black box on a disk that fails from the tick of number 3 on."""

    error: Exception = CannotWriteError("no space left")

    def packed_tick(self, data: bytes) -> None:
        if unpack_tick(data).inputs.loop.tick >= 3:
            raise self.error
        super().packed_tick(data)


class BuggyBox(FailingBox):
    error = ZeroDivisionError("a bug in a writer")


class TiredDisk(BlackBoxWriter):
    """A disk that takes everything and cannot keep it."""

    def sync(self) -> None:
        raise CannotWriteError("the disk reports an error")


def wait_until(condition: Callable[[], object]) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end_s, "it never came so far"
        time.sleep(0.005)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "walk.dfx"


@pytest.fixture
def made(path: Path) -> Iterator[Made]:
    """Makes a recorder in a process of its own, and sees to it that none is left behind."""
    header = make_header(
        default_settings(), software_version="0", started="now", settings_hash="a" * 64, safety_hash="b" * 64
    )
    recorders: list[RingRecorder] = []

    def make(box: type[BlackBoxWriter] = BlackBoxWriter, capacity: int = 1 << 20) -> RingRecorder:
        ring = Ring(capacity)
        recorders.append(RingRecorder(ring, lambda: box(path, header), lambda *done: box.resume(path, *done)))
        return recorders[-1]

    yield make
    for recorder in recorders:
        with suppress(ProcessLookupError):
            os.kill(recorder.pid, signal.SIGKILL)


def kept(path: Path) -> list[object]:
    """What a black box holds, in the words of FakeWriter."""
    words: list[object] = []
    for record in read_black_box(path).records:
        if isinstance(record, TickRecord):
            words.append(record.tick.inputs.loop.tick)
        elif isinstance(record, GapRecord):
            words.append(("gap", record.first_tick, record.ticks))
        else:
            words.append(record)
    return words


def test_a_missed_tick_is_a_gap_between_its_neighbours(numbered_tick: Numbered) -> None:
    writer = FakeWriter()
    recorder = DirectRecorder(writer)
    recorder.put(numbered_tick(0))
    recorder.miss(1)
    recorder.put(numbered_tick(2))
    recorder.miss(3)
    recorder.close("done")
    assert writer.items == [0, ("gap", 1, 1), 2, ("gap", 3, 1), ("end", "done")]


@pytest.mark.parametrize("error", [CannotWriteError("no space left"), ZeroDivisionError("a bug in a writer")])
def test_a_failing_writer_shows_and_raises_nothing(error: Exception, numbered_tick: Numbered) -> None:
    writer = FakeWriter()
    recorder = DirectRecorder(writer)
    recorder.put(numbered_tick(0))
    writer.fails_with = error
    recorder.put(numbered_tick(1))
    assert str(error) in recorder.problem()
    writer.fails_with = None
    for number in (2, 3, 4):
        recorder.put(numbered_tick(number))
    recorder.close("end of run")
    assert writer.items[:-1] == [0, ("gap", 1, 4)], "what was lost must be told where that can be written"
    assert writer.items[-1] == ("end", f"end of run, 4 ticks lost: {recorder.problem()}")


def test_a_failure_to_close_or_to_keep_shows(numbered_tick: Numbered) -> None:
    for act in (DirectRecorder.sync, lambda recorder: recorder.close("done")):
        writer = FakeWriter()
        recorder = DirectRecorder(writer)
        recorder.put(numbered_tick(0))
        writer.fails_with = CannotWriteError("the disk is gone")
        act(recorder)
        assert recorder.problem() == "the disk is gone"


def test_the_process_writes_a_whole_black_box(made: Made, path: Path, numbered_tick: Numbered) -> None:
    recorder = made()
    recorder.start()
    for number in range(300):
        if number == 200:
            recorder.miss(number)
        else:
            recorder.put(numbered_tick(number))
    recorder.close("done")
    assert recorder.problem() == ""
    assert kept(path) == [*range(200), ("gap", 200, 1), *range(201, 300), EndRecord(True, "done", 0)]


def test_a_recorder_that_never_started_leaves_no_file(made: Made, path: Path) -> None:
    recorder = made()
    recorder.close("nothing happened")
    assert recorder.problem() == ""
    assert not path.exists()


def test_a_place_that_cannot_be_written_is_told_at_the_start(made: Made, path: Path) -> None:
    path.write_text("somebody else's")
    recorder = made()
    with pytest.raises(RecordingError, match="is there already"):
        recorder.start()
    recorder.close("never began")
    assert path.read_text() == "somebody else's"


def test_a_stopped_recorder_costs_ticks_and_not_time(made: Made, path: Path, numbered_tick: Numbered) -> None:
    recorder = made(capacity=1 << 16)
    recorder.start()
    for number in range(20):
        recorder.put(numbered_tick(number))
    wait_until(lambda: len(kept(path)) >= 20)
    os.kill(recorder.pid, signal.SIGSTOP)
    for number in range(20, 1020):
        recorder.put(numbered_tick(number))
    assert recorder.problem() == ""
    os.kill(recorder.pid, signal.SIGCONT)
    recorder.close("done")
    *items, end = kept(path)
    (gap,) = [item for item in items if isinstance(item, tuple)]
    place = items.index(gap)
    _, first, lost = gap
    assert items[:place] == list(range(first))
    assert items[place + 1 :] == list(range(first + lost, 1020))
    assert lost > 500
    assert end == EndRecord(True, "done", 0)


@pytest.mark.parametrize("box", [FailingBox, BuggyBox])
def test_a_disk_that_fails_is_told_to_the_loop(
    box: type[FailingBox], made: Made, path: Path, numbered_tick: Numbered
) -> None:
    recorder = made(box)
    recorder.start()
    for number in range(3):
        recorder.put(numbered_tick(number))
    assert recorder.problem() == ""
    for number in range(3, 7):
        recorder.put(numbered_tick(number))
    wait_until(recorder.problem)
    assert str(box.error) in recorder.problem()
    recorder.close("end of run")
    assert kept(path) == [0, 1, 2, ("gap", 3, 4), EndRecord(True, f"end of run, 4 ticks lost: {recorder.problem()}", 0)]


def test_a_disk_that_cannot_keep_what_was_written_is_told(made: Made, numbered_tick: Numbered) -> None:
    recorder = made(TiredDisk)
    recorder.start()
    recorder.put(numbered_tick(0))
    wait_until(recorder.problem)
    assert recorder.problem() == "the disk reports an error"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_what_a_killed_recorder_did_not_write_is_written_when_the_loop_closes(
    number: signal.Signals, made: Made, path: Path, numbered_tick: Numbered, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder_process, "CLOSE_S", 0.2)
    recorder = made()
    recorder.start()
    for k in range(10):
        recorder.put(numbered_tick(k))
    wait_until(lambda: len(kept(path)) >= 10)
    os.kill(recorder.pid, number)
    for k in range(10, 150):
        if k == 100:
            recorder.miss(k)
        else:
            recorder.put(numbered_tick(k))
    if number == signal.SIGKILL:
        wait_until(recorder.problem)
        assert recorder.problem() == "the recorder was ended by SIGKILL: start again"
    recorder.close("end of run")
    assert recorder.problem().endswith(": the rest was recorded when the run ended; start again")
    assert kept(path) == [*range(100), ("gap", 100, 1), *range(101, 150), EndRecord(True, "end of run", 0)]


@pytest.mark.parametrize("torn", [0, 7])
def test_whole_records_that_the_dead_recorder_did_not_tell_of_are_not_written_twice(
    torn: int, made: Made, path: Path, numbered_tick: Numbered
) -> None:
    recorder = made()
    recorder.start()
    for k in range(10):
        recorder.put(numbered_tick(k))
    wait_until(lambda: len(kept(path)) >= 11)
    os.kill(recorder.pid, signal.SIGKILL)
    size = path.stat().st_size
    frame = pack_frame(TICK, 12, pack_tick(numbered_tick(10)))
    with path.open("ab") as file:
        file.write(frame + frame[:torn])
    for k in range(10, 20):
        recorder.put(numbered_tick(k))
    recorder.close("end of run")
    assert kept(path) == [*range(20), EndRecord(True, "end of run", 0)]
    assert path.stat().st_size > size


def test_what_the_ring_could_not_hold_is_a_gap_after_a_killed_recorder(
    made: Made, path: Path, numbered_tick: Numbered
) -> None:
    recorder = made(capacity=1 << 14)
    recorder.start()
    recorder.put(numbered_tick(0))
    wait_until(lambda: 0 in kept(path))
    os.kill(recorder.pid, signal.SIGKILL)
    for k in range(1, 500):
        recorder.put(numbered_tick(k))
    recorder.close("end of run")
    _, gap, *rest, end = kept(path)
    assert isinstance(gap, tuple)
    _, first, lost = gap
    assert first == 1
    assert rest == list(range(1 + lost, 500))
    assert len(rest) > 20
    assert end == EndRecord(True, "end of run", 0)


def test_what_was_published_is_written_when_the_loop_is_killed(made: Made, path: Path, numbered_tick: Numbered) -> None:
    loop = os.fork()
    if loop == 0:
        recorder = made()
        recorder.start()
        for number in range(500):
            recorder.put(numbered_tick(number))
        os.kill(os.getpid(), signal.SIGKILL)
    assert os.WTERMSIG(os.waitpid(loop, 0)[1]) == signal.SIGKILL
    wait_until(lambda: path.exists() and kept(path)[-1] == LOOP_DIED)
    assert kept(path) == [*range(500), LOOP_DIED]


def test_a_tick_that_no_record_can_hold_is_a_problem_and_no_exception(
    made: Made, path: Path, numbered_tick: Numbered
) -> None:
    recorder = made(capacity=1 << 14)
    recorder.start()
    recorder.put(numbered_tick(0))
    recorder.put(numbered_tick(1)._replace(reductions=(Reduction("right.dorsiflexors", "x" * 5000),)))
    assert "too long" in recorder.problem()
    recorder.put(numbered_tick(2))
    recorder.close("done")
    assert kept(path) == [0, ("gap", 1, 1), 2, EndRecord(True, "done", 0)]
