"""Writes ticks to the black box and remembers what it could not write."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

from controller.signals import Tick
from recording.codec import pack_tick
from recording.errors import RecordingError


class Writer(Protocol):
    """The black box as the recorder sees it."""

    def packed_tick(self, data: bytes) -> None:
        """Write one tick that was packed before. Raises RecordingError."""

    def gap(self, first_tick: int, count: int) -> None:
        """Write that ticks are missing. Raises RecordingError."""

    def sync(self) -> None:
        """Wait until the disk has everything. Raises RecordingError."""

    def close(self, reason: str) -> None:
        """End the recording. Raises RecordingError."""


class Missing(NamedTuple):
    """Ticks that will never reach the black box."""

    first_tick: int
    ticks: int


class DirectRecorder:
    """Writes each tick at once: for virtual time, and in the recorder's own process, where nobody is kept waiting."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._problem = ""
        self._lost = Missing(0, 0)

    def put(self, tick: Tick) -> None:
        """Write `tick`; after a failure nothing more is tried."""
        self._try(lambda: self._writer.packed_tick(pack_tick(tick)), Missing(tick.inputs.loop.tick, 1))

    def put_packed(self, number: int, packed: bytes) -> None:
        """Write the tick of this number, packed already."""
        self._try(lambda: self._writer.packed_tick(packed), Missing(number, 1))

    def miss(self, tick: int, count: int = 1) -> None:
        """Write that `count` ticks from this number on left no record."""
        self._try(lambda: self._writer.gap(tick, count), Missing(tick, count))

    def problem(self) -> str:
        """Why nothing can be written any more, or empty."""
        return self._problem

    def sync(self) -> None:
        """Make the disk keep what was written; a failure shows in `problem`."""
        if self._problem:
            return
        try:
            self._writer.sync()
        except RecordingError as error:
            self._problem = str(error)

    def close(self, reason: str) -> None:
        """End the recording, which tells what it lost where that can still be written; a failure shows in `problem`."""
        try:
            if self._lost.ticks:
                reason = f"{reason}, {self._lost.ticks} ticks lost: {self._problem}"
                self._writer.gap(*self._lost)
        except RecordingError as error:
            self._problem = self._problem or str(error)
        try:
            self._writer.close(reason)
        except RecordingError as error:
            self._problem = self._problem or str(error)

    def _try(self, write: Callable[[], None], what: Missing) -> None:
        if self._problem:
            self._lose(what)
            return
        try:
            write()
        except RecordingError as error:
            self._problem = str(error)
            self._lose(what)
        except Exception as error:  # noqa: BLE001 - a sink never raises, and a recorder that died would not be noticed
            self._problem = f"the recorder failed: {type(error).__name__}: {error}"
            self._lose(what)

    def _lose(self, missing: Missing) -> None:
        first = self._lost.first_tick if self._lost.ticks else missing.first_tick
        self._lost = Missing(first, self._lost.ticks + missing.ticks)
