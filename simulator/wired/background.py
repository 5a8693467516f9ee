"""Background jobs of drivers on virtual time."""

from drivers.background import Job
from drivers.interfaces import Clock


class VirtualBackground:
    """Runs a driver's background job when the bench calls `advance`, as far as its waits are over: deterministic.

    For benches whose clock does not run by itself; hand it to the driver in place of a thread.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._job: Job | None = None
        self._until_s = 0.0

    def open(self) -> None:
        self.close()

    def start(self, job: Job) -> None:
        self._job = job
        self._until_s = self._clock.now()

    def busy(self) -> bool:
        return self._job is not None

    def close(self) -> None:
        self._job = None

    def advance(self) -> None:
        """Go on with the job as far as the clock allows; once a tick."""
        while self._job is not None and self._clock.now() >= self._until_s:
            until_s = next(self._job, None)
            if until_s is None:
                self._job = None
            else:
                self._until_s = until_s
