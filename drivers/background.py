"""Work off the tick: a job that waits now and then, written as a generator that yields the times to go on at."""

from collections.abc import Iterator
from queue import SimpleQueue
from threading import Thread
from typing import Protocol

from drivers.interfaces import Clock

Job = Iterator[float]
"""Yields the monotonic time, s, until which it wants to wait. In a Background it must not raise."""


class Background(Protocol):
    """Runs one job at a time, off the tick. On the virtual bench the same jobs run on virtual time."""

    def open(self) -> None:
        """Get ready, so that `start` need not wait."""

    def start(self, job: Job) -> None:
        """Begin `job`. Never waits; the caller sees to it that none is under way."""

    def busy(self) -> bool:
        """Whether a job is under way."""

    def close(self) -> None:
        """End the job at its next wait and see it gone. Idempotent, never raises; may wait 0.5 s."""


class BackgroundThread:
    """Jobs in a thread of their own, waiting on the clock that is handed in: a real one.

    The thread is there from `open` on: starting one in the tick would wait for it.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._thread: Thread | None = None
        self._busy = False
        self._ending = False

    def open(self) -> None:
        if self._thread is None:
            self._ending = False
            self._thread = Thread(target=self._run, name="dorsiflex-background", daemon=True)
            self._thread.start()

    def start(self, job: Job) -> None:
        self._busy = True
        self._jobs.put(job)

    def busy(self) -> bool:
        return self._busy

    def close(self) -> None:
        thread, self._thread = self._thread, None
        if thread is not None:
            self._ending = True
            self._jobs.put(None)
            thread.join(timeout=0.5)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            for until_s in job:
                if self._ending:
                    break
                self._clock.sleep_until(until_s)
            self._busy = False


def run_now(job: Job, clock: Clock) -> None:
    """Run `job` to its end in the caller, waiting on `clock`: for `open`, which may wait."""
    for until_s in job:
        clock.sleep_until(until_s)
