"""Writes a black box: one unbuffered write per record, so that what was written outlives the program."""

import errno
import os
import struct
from pathlib import Path

from controller.signals import Tick
from recording.blackbox import END, GAP, GAP_FORMAT, HEADER, HEADER_COPIES, TICK
from recording.codec import pack_tick
from recording.errors import CannotWriteError, RecordingError, write_failed
from recording.frame import Frame, frames, pack_frame
from recording.header import Header, pack_header


class BlackBoxWriter:
    """A new recording. After a failed write the file ends in its last whole record, and writing may be tried again.

    A record is safe from a kill once `tick` or `gap` returned; from a power cut once `sync` or `close` returned.
    Not for use from two threads at once.
    """

    def __init__(self, path: Path, header: Header) -> None:
        """Make the file, and its folder when missing, and write the header.

        Raises CannotWriteError when there is something of that name already (but a character device is written to),
        the place may not be written, or the disk is full; RecordingError when the settings are too long.
        """
        self.path = path
        self._sequence = 0
        payload = pack_header(header)
        copies = b"".join(self._frame(HEADER, i, payload) for i in range(HEADER_COPIES))
        self._file, self._is_regular = _open_new(path)
        self._good_length = 0
        try:
            self._append(copies)
            self._sequence = HEADER_COPIES
            if self._is_regular:
                _sync_folder(path)
        except BaseException as problem:
            os.close(self._file)
            self._file = -1
            if self._is_regular:
                path.unlink(missing_ok=True)
            if isinstance(problem, OSError):
                raise write_failed(problem, path) from problem
            raise

    @classmethod
    def resume(cls, path: Path, length: int, sequence: int) -> tuple["BlackBoxWriter", int]:
        """Go on with the recording of a writer that died, and how many whole records it wrote behind `length` bytes.

        `length`, `sequence`: its last known `progress`. What is torn at the end is cut off. Raises RecordingError.
        """
        self = cls.__new__(cls)
        self.path, self._is_regular = path, True
        try:
            self._file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
            os.lseek(self._file, length, os.SEEK_SET)
            whole = [item for item in frames(lambda size: os.read(self._file, size)) if isinstance(item, Frame)]
        except OSError as problem:
            raise write_failed(problem, path) from problem
        self._good_length = length + sum(frame.length for frame in whole)
        self._sequence = sequence + len(whole)
        _cut(self._file, self._good_length)
        return self, len(whole)

    @property
    def progress(self) -> tuple[int, int]:
        """Bytes of the file that are whole records, and how many these are."""
        return self._good_length, self._sequence

    def tick(self, tick: Tick) -> None:
        """Write one tick. Raises RecordingError; the file is then as before."""
        self.packed_tick(pack_tick(tick))

    def packed_tick(self, data: bytes) -> None:
        """Write what `pack_tick` made. Raises RecordingError; the file is then as before."""
        self._write(TICK, data)

    def gap(self, first_tick: int, count: int) -> None:
        """Write that `count` ticks from number `first_tick` on never reached the recorder. Raises RecordingError."""
        try:
            payload = GAP_FORMAT.pack(first_tick, count)
        except struct.error as problem:
            raise RecordingError(f"no gap of {count} ticks from tick {first_tick} on can be recorded") from problem
        self._write(GAP, payload)

    def sync(self) -> None:
        """Wait until the disk has everything: it then outlives a power cut. Raises RecordingError."""
        if self._is_regular and self._file >= 0:
            try:
                os.fdatasync(self._file)
            except OSError as problem:
                raise write_failed(problem, self.path) from problem

    def close(self, reason: str) -> None:
        """Write the end with its reason and release the file, also when that write fails. Idempotent.

        Raises RecordingError when the end could not be written.
        """
        if self._file < 0:
            return
        try:
            self._write(END, reason.encode(errors="backslashreplace"))
            self.sync()
        finally:
            file, self._file = self._file, -1
            try:
                os.close(file)
            except OSError as problem:
                raise write_failed(problem, self.path) from problem

    def _write(self, kind: int, payload: bytes) -> None:
        if self._file < 0:
            raise RecordingError(f"{self.path} is closed: nothing more can be recorded")
        frame = self._frame(kind, self._sequence, payload)
        try:
            self._append(frame)
        except OSError as problem:
            raise write_failed(problem, self.path) from problem
        self._sequence += 1

    def _frame(self, kind: int, sequence: int, payload: bytes) -> bytes:
        try:
            return pack_frame(kind, sequence, payload)
        except ValueError as problem:
            raise RecordingError(f"cannot record this in {self.path}: {problem}") from problem

    def _append(self, data: bytes) -> None:
        """Append all of `data`, or nothing: after a failure or an interruption the torn part is cut off again."""
        try:
            written = _write_some(self._file, data)
            while written < len(data):
                written += _write_some(self._file, data[written:])
        except BaseException:
            if self._is_regular:
                _cut(self._file, self._good_length)
            raise
        self._good_length += len(data)


def _write_some(file: int, data: bytes) -> int:
    written = os.write(file, data)
    if not written:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    return written


def _open_new(path: Path) -> tuple[int, bool]:
    """The descriptor of a file that was not there before, or of a character device; and whether it is a file."""
    if "\0" in str(path):
        raise CannotWriteError(f"cannot write {str(path)!r}: a name cannot hold a zero byte")
    try:
        if path.is_char_device():
            return os.open(path, os.O_WRONLY | os.O_CLOEXEC | os.O_NOCTTY), False
        if path.is_dir():
            raise CannotWriteError(f"cannot record to {path}: it is a folder: name a file in it")
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as problem:
        raise write_failed(problem, path) from problem
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600), True
    except FileExistsError as problem:
        raise CannotWriteError(
            f"{path} is there already: a recording is never overwritten, choose another name"
        ) from problem
    except OSError as problem:
        raise write_failed(problem, path) from problem


def _sync_folder(path: Path) -> None:
    """Make the name of a new file outlive a power cut."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _cut(file: int, length: int) -> None:
    try:
        os.ftruncate(file, length)
    except OSError:
        # The reader finds the next record behind a torn one, so the failure that led here is the one to tell.
        return
