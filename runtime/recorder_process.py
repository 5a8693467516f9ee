"""The recorder as a process of its own: the loop publishes packed ticks on the ring, the child writes the black box.

Nothing of the child can hold up the loop. One that is too slow loses ticks, which become a gap; one that failed or
died is told with a sentence. What was published is written even when the loop is killed: by the child; and even when
the child is killed: by the loop when it closes, out of the ring, which holds about 20 s.
"""

import os
import struct
import time
from collections.abc import Callable
from typing import NamedTuple, Protocol

from controller.signals import Tick
from recording.codec import pack_tick
from recording.errors import RecordingError
from runtime.notice import Notice
from runtime.processes import Child
from runtime.recorder import DirectRecorder, Writer
from runtime.ring import Ring, RingReader, RingWriter
from runtime.shared_record import SharedRecord

SYNC_S = 0.7
"""How often the disk is made to keep what was written: what a power cut can lose."""
IDLE_S = 0.01
"""How long the child rests when nothing waits."""
OPEN_S = 10.0
CLOSE_S = 10.0
"""How long the parent waits for the file to be made, and to be finished."""
TICKS_PER_LOOK = 100
"""How often, in ticks, the loop looks whether the child is still there."""

TICK, MISS, END = b"tme"
_NUMBER = struct.Struct("<Q")


class FileWriter(Writer, Protocol):
    """A black box that knows how far it is."""

    @property
    def progress(self) -> tuple[int, int]:
        """Bytes of the file that are whole records, and how many these are."""


class Progress(NamedTuple):
    """How far the child is: bytes and records of the file, records of the ring, and the tick that is expected next."""

    length: int
    sequence: int
    records: int
    next_tick: int


Resume = Callable[[int, int], tuple[Writer, int]]
"""Open the file of a writer that died, given its bytes and records; with it, how many more whole ones it holds."""


class RingRecorder:
    """The loop's end. Make it before any thread runs: it forks.

    `open_writer` runs in the child when `start` is called, `resume` in the loop when it closes and the child was
    killed; both may raise RecordingError.
    """

    def __init__(self, ring: Ring, open_writer: Callable[[], FileWriter], resume: Resume) -> None:
        self._resume = resume
        self._progress = SharedRecord("4Q")
        self._ring = ring
        self._writer = RingWriter(ring)
        self._notice = Notice()
        self._opened = Notice()
        self._go_read, self._go_write = os.pipe()
        self._problem = ""
        self._looked = 0
        self._child = Child("recorder", lambda parent_is_gone: self._record(open_writer, parent_is_gone))
        os.close(self._go_read)

    @property
    def pid(self) -> int:
        """Of the child."""
        return self._child.pid

    def start(self) -> None:
        """Have the file made. Raises RecordingError."""
        os.write(self._go_write, b"!")
        end_s = time.monotonic() + OPEN_S
        while not (self._opened.text or self._notice.text):
            if not self._child.alive or time.monotonic() > end_s:
                raise RecordingError("the recorder does not start: see the messages above, and start again")
            time.sleep(0.001)
        if self._notice.text:
            raise RecordingError(self._notice.text)

    def put(self, tick: Tick) -> None:
        """Publish one tick."""
        number = tick.inputs.loop.tick
        try:
            self._writer.put(_NUMBER.pack(TICK << 56 | number) + pack_tick(tick))
        except (RecordingError, ValueError) as error:
            self._problem = self._problem or str(error)
            self.miss(number)

    def miss(self, tick: int) -> None:
        """Publish that the tick of this number left no record."""
        self._writer.put(_NUMBER.pack(MISS << 56 | tick))

    def problem(self) -> str:
        """Why nothing can be written any more, or empty."""
        if self._problem or self._ring.closed:
            return self._problem
        self._looked += 1
        if self._notice.text:
            self._problem = self._notice.text
        elif self._looked % TICKS_PER_LOOK == 0 and not self._child.alive:
            self._problem = f"the recorder {self._child.how_it_ended}: start again"
        return self._problem

    def close(self, reason: str) -> None:
        """End the recording when all that waits is written; a failure shows in `problem`."""
        self._writer.put(_NUMBER.pack(END << 56) + reason.encode(errors="backslashreplace"))
        self._ring.close()
        os.close(self._go_write)
        finished = self._child.wait(CLOSE_S)
        if not finished:
            self._child.kill()
        if self._child.was_killed and not self._notice.text:
            self._take_over("did not finish" if not finished else self._child.how_it_ended)
        self._problem = self._problem or self._notice.text

    def _take_over(self, what_happened: str) -> None:
        """Write what the child did not; its file is no one else's any more."""
        values = self._progress.read()
        told = f"the recorder {what_happened}: "
        if values is None:
            self._problem = told + "nothing was recorded; start again"
            return
        progress = Progress(*[int(value) for value in values])
        try:
            writer, whole = self._resume(progress.length, progress.sequence)
        except RecordingError as error:
            self._problem = f"{told}{error}"
            return
        rest = DirectRecorder(_Behind(writer, whole))
        write_ring(RingReader(self._ring, progress.records), rest, self._notice, lambda: True, progress.next_tick)
        self._problem = told + (rest.problem() or "the rest was recorded when the run ended; start again")

    def _record(self, open_writer: Callable[[], FileWriter], parent_is_gone: Callable[[], bool]) -> None:
        os.close(self._go_write)
        if not os.read(self._go_read, 1):
            return
        try:
            writer = open_writer()
        except RecordingError as error:
            self._notice.post(str(error))
            return

        def note(records: int, next_tick: int) -> None:
            self._progress.write(*writer.progress, records, next_tick)

        note(0, 0)
        self._opened.post("open")
        write_ring(RingReader(self._ring), DirectRecorder(writer), self._notice, parent_is_gone, 0, note)


class _Behind:
    """A `Writer` whose first records are in the file already."""

    def __init__(self, writer: Writer, there: int) -> None:
        self._writer = writer
        self._there = there
        self.sync = writer.sync
        self.close = writer.close

    def packed_tick(self, data: bytes) -> None:
        if self._there:
            self._there -= 1
        else:
            self._writer.packed_tick(data)

    def gap(self, first_tick: int, count: int) -> None:
        if self._there:
            self._there -= 1
        else:
            self._writer.gap(first_tick, count)


def packed_tick_of(payload: bytes) -> bytes | None:
    """The packed tick in a record of the ring, or None when the record is something else."""
    (word,) = _NUMBER.unpack_from(payload)
    return payload[_NUMBER.size :] if word >> 56 == TICK else None


def write_ring(
    reader: RingReader,
    recorder: DirectRecorder,
    notice: Notice,
    writer_is_gone: Callable[[], bool],
    next_tick: int = 0,
    note: Callable[[int, int], None] = lambda _records, _next_tick: None,
) -> None:
    """Write what comes over the ring until its end, or until its writer died and all that it published is written.

    `next_tick`: the one that is expected first; `note` is told after each record, how many of the ring are done.
    """
    sync_s = time.monotonic() + SYNC_S
    while True:
        gone = writer_is_gone()
        while (record := reader.read()) is not None:
            if record.lost_before:
                recorder.miss(next_tick, record.lost_before)
            (word,) = _NUMBER.unpack_from(record.payload)
            kind, number = word >> 56, word & (1 << 56) - 1
            if kind == END:
                recorder.close(record.payload[_NUMBER.size :].decode(errors="replace"))
                notice.post(recorder.problem())
                return
            if kind == TICK:
                recorder.put_packed(number, record.payload[_NUMBER.size :])
            else:
                recorder.miss(number)
            next_tick = number + 1
            note(record.number + 1, next_tick)
        if gone:
            recorder.close("the loop ended without a word")
            return
        notice.post(recorder.problem())
        if time.monotonic() >= sync_s:
            recorder.sync()
            sync_s = time.monotonic() + SYNC_S
        time.sleep(IDLE_S)
