"""The black box: one record per tick, readable to the last whole one whatever happened to the program or the power.

A file is a row of frames (see `recording.frame`): the header twice, so that no single damage takes it, then ticks and
gaps, then an end. It is read with `read_black_box` and written with `recording.blackbox_writer`.
"""

import stat
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from controller.signals import Tick
from recording.codec import unpack_tick
from recording.errors import RecordingError, read_failed
from recording.frame import LONGEST_PAYLOAD, Frame, Junk, Run, frames, runs
from recording.header import Header, unpack_header

HEADER_COPIES = 2

HEADER, TICK, GAP, END = 1, 2, 3, 4
"""Kinds of frames."""

GAP_FORMAT = struct.Struct("<QQ")

_SEARCHED_FOR_HEADER = 8 * LONGEST_PAYLOAD


class TickRecord(NamedTuple):
    """A tick; `packed` is what `pack_tick` made of it."""

    offset: int
    tick: Tick
    packed: bytes


class GapRecord(NamedTuple):
    """`ticks` ticks from number `first_tick` on were turned but never reached the recorder."""

    offset: int
    first_tick: int
    ticks: int


class DamageRecord(NamedTuple):
    """Something is wrong at `offset`: bytes that are no record, and how many records are missing there."""

    offset: int
    bytes_skipped: int
    records_missing: int
    reason: str


END_OF_RUN = "end of run"
"""The reason of an end that was wanted."""


class EndRecord(NamedTuple):
    """The end of the file, always the last item: `closed` with its reason, or cut off with so many torn bytes."""

    closed: bool
    reason: str
    torn_bytes: int


Record = TickRecord | GapRecord | DamageRecord | EndRecord


class TickBlock(NamedTuple):
    """Ticks behind one another as they were packed, not looked at yet."""

    run: Run

    @property
    def packed(self) -> list[bytes]:
        """What `pack_tick` made of each."""
        return self.run.payloads

    def records(self) -> "Iterator[TickRecord | DamageRecord]":
        """The ticks one by one; one that makes no sense is damage."""
        return map(_tick_record, self.run.frames())


Block = TickBlock | GapRecord | DamageRecord | EndRecord


class BlackBox(NamedTuple):
    """A recording that is being read: one of `records` and `blocks` can be walked, once.

    `blocks` are the records with the ticks left packed, which is much less work. Both raise RecordingError when the
    disk fails.
    """

    path: Path
    header: Header
    records: Iterator[Record]
    blocks: Iterator[Block]


def read_black_box(path: Path) -> BlackBox:
    """Open a recording for reading, block by block; damage is an item of `records`, never an exception.

    Raises RecordingError when the file is missing, unreadable, no black box, or of another format version.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise RecordingError(f"{path} is no file: name a recording")
        with path.open("rb", buffering=0) as file:
            header = _find_header(file, path)
    except OSError as problem:
        raise read_failed(problem, path) from problem
    return BlackBox(path, header, _records(path), _blocks(path))


def _find_header(file: BinaryIO, path: Path) -> Header:
    """The first whole header near the start of the file."""
    found_frame = torn = False
    for item in frames(_read_at_most(_SEARCHED_FOR_HEADER, file)):
        if isinstance(item, Junk):
            torn = torn or (item.torn and item.offset == 0)
        elif item.kind == HEADER:
            return unpack_header(item.payload, path)
        else:
            found_frame = True
    if found_frame:
        raise RecordingError(f"{path} is a black box whose header is damaged: it cannot be replayed")
    if torn or not path.stat().st_size:
        raise RecordingError(f"{path} holds nothing: the recording was cut off before its header was written")
    raise RecordingError(f"{path} is no black box of Dorsiflex")


def _read_at_most(limit: int, file: BinaryIO) -> Callable[[int], bytes]:
    def read(size: int) -> bytes:
        return file.read(max(0, min(size, limit - file.tell())))

    return read


def _records(path: Path) -> Iterator[Record]:
    for block in _blocks(path):
        if isinstance(block, TickBlock):
            yield from block.records()
        else:
            yield block


def _blocks(path: Path) -> Iterator[Block]:
    """Judge the frames of a file: their sequence, their content, its end."""
    expected, end, torn_bytes = 0, None, 0
    junk: Junk | None = None
    for item in _runs_of(path):
        if isinstance(item, Junk):
            junk = item
            continue
        # Ticks in order stay together, anything else is looked at frame by frame.
        together = item.kind == TICK and item.sequence >= expected and end is None
        for run in [item] if together else item.singles():
            missing = max(0, run.sequence - max(expected, HEADER_COPIES))
            if junk or missing:
                offset, length = (junk.offset, junk.length) if junk else (run.offset, 0)
                yield DamageRecord(offset, length, missing, "unreadable bytes" if junk else "records are missing")
                junk = None
            if run.sequence < expected:
                reason = f"record {run.sequence} again, or out of order"
                yield DamageRecord(run.offset, run.length, 0, reason)
                continue
            expected = run.sequence + len(run.payloads)
            if end is not None:
                yield DamageRecord(run.offset, run.length, 0, "a record after the end")
            elif run.kind == END:
                end = run.payloads[0].decode(errors="replace")
            elif run.kind != HEADER or run.sequence >= HEADER_COPIES:
                yield _block(run)
    if junk and junk.torn and end is None:
        torn_bytes = junk.length
    elif junk:
        yield DamageRecord(junk.offset, junk.length, 0, "unreadable bytes")
    yield EndRecord(end is not None, end or "", torn_bytes)


def _block(run: Run) -> Block:
    if run.kind == TICK:
        return TickBlock(run)
    if run.kind == GAP and len(run.payloads[0]) == GAP_FORMAT.size:
        return GapRecord(run.offset, *GAP_FORMAT.unpack(run.payloads[0]))
    return DamageRecord(run.offset, run.length, 1, f"a record of unknown kind {run.kind}")


def _tick_record(frame: Frame) -> TickRecord | DamageRecord:
    try:
        return TickRecord(frame.offset, unpack_tick(frame.payload), frame.payload)
    except RecordingError as problem:
        return DamageRecord(frame.offset, frame.length, 1, str(problem))


def _runs_of(path: Path) -> Iterator[Run | Junk]:
    try:
        with path.open("rb", buffering=0) as file:
            yield from runs(file.read)
    except OSError as problem:
        raise read_failed(problem, path) from problem
