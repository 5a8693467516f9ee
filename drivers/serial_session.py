"""From open to close with a device on a serial line: fail once, rest, come back idle, stop within bounds.

Both ScienceMode drivers live by this. Reconnecting never brings output back: it ends with a device that was identified
and does nothing, and by then the controller has latched the fault, which only a person clears.
"""

from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from typing import Generic, TypeVar

from controller.signals import NEVER_S
from drivers.background import Background, run_now
from drivers.errors import DriverError, WrongDevice
from drivers.interfaces import Clock
from drivers.serial_link import FAREWELL_S, Link, wait_for

Frame = TypeVar("Frame")

REST_S = 3.0
"""A driver that has failed tries again only after nothing was asked of it for this long: longer than the pauses between
bursts, so that a controller that goes on walking, whatever was reported, never gets its output back."""
TRY_AGAIN_S = 1.0
"""A device that does not come back is looked for this often."""


class SerialSession(Generic[Frame]):
    """The life of one device. `problem` is empty while commands may go out.

    `setup` makes a job that identifies the device on an open line and leaves it ready and idle; it may raise
    DriverError. `last` gives the packets that end all output, `ended` says whether a packet acknowledges them.
    """

    def __init__(
        self,
        link: Link[Frame],
        clock: Clock,
        background: Background,
        *,
        setup: Callable[[], Generator[float, None, None]],
        last: Callable[[], Sequence[bytes]],
        ended: Callable[[Frame], bool],
    ) -> None:
        self.link = link
        self.problem = f"{link.name}: not open"
        self._clock = clock
        self._background = background
        self._setup = setup
        self._last = last
        self._ended = ended
        self._is_open = False
        self._is_off = True
        self._is_back = False
        self._idle_since_s: float | None = None
        self._tried_s = NEVER_S

    def open(self) -> None:
        """Claim the line, identify the device, make it ready. Raises DriverError, and then nothing is claimed."""
        self._background.open()
        try:
            self.link.open()
            self._is_off = False
            run_now(self._setup(), self._clock)
        except DriverError as error:
            if not isinstance(error, WrongDevice):
                # Closing a line throws away what has not left yet: wait until the device has heard.
                self.link.farewell(self._last(), self._ended)
            self.link.close()
            self._background.close()
            raise
        self._is_open = True
        self.problem = ""
        self._idle_since_s = None

    def may_go_on(self, t_s: float, *, wanted: bool) -> bool:
        """Whether commands may go out at `t_s`; `wanted`: current is asked for. Each `apply` asks first.

        After a failure this is where the driver tries again, off the tick, once nothing was wanted for REST_S.
        """
        if wanted:
            self._idle_since_s = None
        elif self._idle_since_s is None:
            self._idle_since_s = t_s
        if self.problem and self._is_open and not self._background.busy():
            rested = self._idle_since_s is not None and t_s - self._idle_since_s >= REST_S
            if self._is_back and rested:
                self._is_back = False
                self.problem = ""
            elif rested and t_s - self._tried_s >= TRY_AGAIN_S:
                self._tried_s = t_s
                self._background.start(self._come_back())
        return not self.problem

    def fail(self, text: str) -> None:
        """End all output, now and without waiting, and remember why; the first reason stays."""
        if self.problem:
            return
        self.problem = f"{self.link.name}: {text}"
        self._idle_since_s = None
        self._is_back = False
        self.link.hang_up(self._last())

    def stop(self) -> None:
        """End all output and see it acknowledged. Bounded by `serial_link.FAREWELL_S`, idempotent, never raises."""
        # While the driver comes back there is no output, and the line is not ours.
        if self._is_off or self._background.busy():
            return
        self._is_off = self.link.farewell(self._last(), self._ended)
        self.link.waiting.clear()
        self.problem = self.problem or f"{self.link.name}: stopped"
        self._idle_since_s = None
        self._is_back = False

    def close(self) -> None:
        """Stop and release the line. Idempotent, never raises."""
        self._background.close()
        self._is_open = False
        self.stop()
        self.link.close()
        self.problem = self.problem or f"{self.link.name}: closed"

    def _come_back(self) -> Generator[float, None, None]:
        """Job: open the line anew and identify the device. What fails becomes the problem; tried again after a rest."""
        try:
            self.link.close()
            self.link.open()
            self._is_off = False
            yield from self._setup()
            self._is_back = True
        except DriverError as error:
            self.problem = str(error)
            if not isinstance(error, WrongDevice):
                self.link.hang_up(self._last())
                with suppress(DriverError):
                    yield from wait_for(self.link, self._ended, FAREWELL_S)
