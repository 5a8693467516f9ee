"""Writes ticks to the black box off the tick: a bounded queue and one thread. The loop never waits for it."""

import threading
from collections import deque
from typing import NamedTuple, Protocol

from controller.signals import Tick
from recording.errors import RecordingError

MOST_WAITING = 2000
"""Ten seconds of ticks at 200 Hz; past that ticks are dropped and written as a gap."""
SYNC_S = 1.0
"""How often the disk is made to keep what was written: what a power cut can lose."""
IDLE_S = 0.01
"""How long the thread rests when the queue is empty: what a kill can lose."""
ROUNDS_PER_SYNC = round(SYNC_S / IDLE_S)


class Writer(Protocol):
    """The black box as the recorder sees it."""

    def tick(self, tick: Tick) -> None:
        """Write one tick. Raises RecordingError."""

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
    """Writes each tick at once: for virtual time, where nobody is kept waiting."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._problem = ""
        self._lost = Missing(0, 0)

    def put(self, tick: Tick) -> None:
        """Write `tick`; after a failure nothing more is tried."""
        self.write(tick)

    def miss(self, tick: int) -> None:
        """Write that the tick of this number left no record."""
        self.write(Missing(tick, 1))

    def problem(self) -> str:
        """Why nothing can be written any more, or empty."""
        return self._problem

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

    def write(self, item: Tick | Missing) -> None:
        """Write a tick, or that some are missing; after a failure nothing more is tried."""
        missing = item if isinstance(item, Missing) else Missing(item.inputs.loop.tick, 1)
        if self._problem:
            self._lose(missing)
            return
        try:
            if isinstance(item, Missing):
                self._writer.gap(*item)
            else:
                self._writer.tick(item)
        except RecordingError as error:
            self._problem = str(error)
            self._lose(missing)
        except Exception as error:  # noqa: BLE001 - a sink never raises, and a thread that died would not be noticed
            self._problem = f"the recorder failed: {type(error).__name__}: {error}"
            self._lose(missing)

    def sync(self) -> None:
        """Make the disk keep what was written; a failure shows in `problem`."""
        if self._problem:
            return
        try:
            self._writer.sync()
        except RecordingError as error:
            self._problem = str(error)

    def _lose(self, missing: Missing) -> None:
        first = self._lost.first_tick if self._lost.ticks else missing.first_tick
        self._lost = Missing(first, self._lost.ticks + missing.ticks)


class ThreadRecorder:
    """Writes ticks from a thread of its own."""

    def __init__(self, writer: Writer) -> None:
        self._direct = DirectRecorder(writer)
        self._queue: deque[Tick | Missing] = deque()
        self._dropped = Missing(0, 0)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._write_all, name="recorder", daemon=True)
        self._thread.start()

    def put(self, tick: Tick) -> None:
        """Queue `tick`; while the disk is far behind, ticks are dropped and counted, and told as one gap."""
        number = tick.inputs.loop.tick
        if len(self._queue) >= MOST_WAITING:
            self._drop(number)
            return
        if self._dropped.ticks:
            self._queue.append(self._dropped)
            self._dropped = Missing(0, 0)
        self._queue.append(tick)

    def miss(self, tick: int) -> None:
        """The tick of this number left no record."""
        self._drop(tick)

    def problem(self) -> str:
        """Why nothing can be written any more, or empty."""
        return self._direct.problem()

    def close(self, reason: str) -> None:
        """Write what is waiting and end the recording; a failure shows in `problem`."""
        self._ending.set()
        self._thread.join()
        if self._dropped.ticks:
            self._queue.append(self._dropped)
        self._drain()
        self._direct.close(reason)

    def _drop(self, tick: int) -> None:
        first = self._dropped.first_tick if self._dropped.ticks else tick
        self._dropped = Missing(first, self._dropped.ticks + 1)

    def _write_all(self) -> None:
        rounds = 0
        while not self._ending.wait(IDLE_S):
            self._drain()
            rounds += 1
            if rounds % ROUNDS_PER_SYNC == 0:
                self._direct.sync()

    def _drain(self) -> None:
        while self._queue:
            self._direct.write(self._queue.popleft())
