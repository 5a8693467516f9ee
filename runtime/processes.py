"""Child processes of the loop: forked before any thread runs, deaf to the signals that end the loop."""

import gc
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress

POLL_S = 0.005
LOOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGTSTP)
"""They come to the whole group of processes; the loop ends the children itself, so that they can finish."""


class Child:
    """A process that runs `work` and ends; it shares what is shared memory, and the standard streams.

    `work` is given a function that tells whether the parent died, and gives the exit code, None for 0.
    """

    def __init__(self, name: str, work: Callable[[Callable[[], bool]], int | None]) -> None:
        self._status: int | None = None
        parent = os.getpid()
        sys.stdout.flush()
        sys.stderr.flush()
        # What is there already is then shared, not copied when the collector touches it.
        gc.freeze()
        self.pid = os.fork()
        if self.pid:
            gc.unfreeze()
            return
        code = 1
        try:
            # A service may start all of this with the loop's real-time priority; the loop alone is meant.
            with suppress(OSError, AttributeError):
                os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
            for number in LOOP_SIGNALS:
                signal.signal(number, signal.SIG_IGN)
            ended = work(lambda: os.getppid() != parent)
            sys.stdout.flush()
            code = ended or 0
        except BaseException as error:  # noqa: BLE001 - the child must never return into its parent's code
            os.write(2, f"the {name} failed: {type(error).__name__}: {error}: please report it\n".encode())
        finally:
            os._exit(code)

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        if self._status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._status = status
        return self._status is None

    @property
    def how_it_ended(self) -> str:
        """In words; empty while it runs."""
        if self._status is None:
            return ""
        code = os.waitstatus_to_exitcode(self._status)
        return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"

    @property
    def was_killed(self) -> bool:
        """Whether a signal ended it."""
        return self._status is not None and os.WIFSIGNALED(self._status)

    def wait(self, longest_s: float) -> bool:
        """Wait until it ended; False when it did not within `longest_s`."""
        end_s = time.monotonic() + longest_s
        while self.alive:
            if time.monotonic() > end_s:
                return False
            time.sleep(POLL_S)
        return True

    def kill(self) -> None:
        """End it now."""
        if self.alive:
            os.kill(self.pid, signal.SIGKILL)
            os.kill(self.pid, signal.SIGCONT)
            self.wait(1.0)
