"""The manners that both ScienceMode drivers share: numbered commands out, checked answers in, and never a wait.

The tick sends and judges what came back since; what waits (`ask`, `wait_for`) is a `drivers.background.Job` for open
and for reconnecting off the tick; `Link.farewell` is the one bounded wait, for `stop`.
"""

from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from typing import Generic, NamedTuple, TypeVar

from controller.signals import NEVER_S
from drivers.errors import DeviceAbsent, DeviceFailed, DriverError
from drivers.framing import FrameReader
from drivers.interfaces import Clock
from drivers.serial_line import Transport

Frame = TypeVar("Frame")

POLL_S = 0.001
"""How often a wait off the tick looks for bytes."""
FAREWELL_S = 0.08
"""Longest wait of a stop; with what it costs to write and to close it stays below the 100 ms of the interface."""


class Sent(NamedTuple):
    """A command that waits for its answer; `about` is the output that it is for, 0 for none."""

    number: int
    answer: int
    t_s: float
    what: str
    about: int = 0


class Link(Generic[Frame]):
    """One device on one line. `problem` is the first thing that went wrong with the line, until `open`.

    `parse` and `longest` are those of `FrameReader`; `numbers`: how many packet numbers there are, counted up from 0.
    Nothing raises but `open`.
    """

    def __init__(
        self, name: str, transport: Transport, clock: Clock, parse: Callable[[bytes], Frame | None],
        *, longest: int, numbers: int,
    ) -> None:  # fmt: skip
        self.name = name
        self.clock = clock
        self.problem = "not open"
        self.waiting: list[Sent] = []
        self.sent_s = NEVER_S
        self._transport = transport
        self._reader = FrameReader(parse, longest)
        self._numbers = numbers
        self._next = 0
        self._junk_before = 0

    @property
    def where(self) -> str:
        """The name of the line."""
        return self._transport.where

    def open(self) -> None:
        """Claim the line and begin anew: nothing waits, nothing is left over. Raises DriverError."""
        self._transport.open()
        self.problem = ""
        self.forget()

    def close(self) -> None:
        """Release the line. Idempotent, never raises."""
        self._transport.close()
        self.problem = self.problem or "closed"

    def forget(self) -> None:
        """Expect no answer any more, and take what lies on the line for old."""
        self.waiting.clear()
        self._transport.discard()
        self._reader.clear()
        self._junk_before = self._reader.junk

    def send(self, build: Callable[[int], bytes], answer: int | None, what: str, about: int = 0) -> bool:
        """Send what `build` makes of the next free packet number, whole or not at all; whether it went out.

        `answer`: command of the packet that must come back; None where none does. A line that takes only a part is
        stuck: what it did not take is never sent later.
        """
        if self.problem:
            return False
        number = self._free_number()
        frame = build(number)
        try:
            taken = self._transport.write(frame)
        except DriverError as error:
            self.problem = str(error)
            return False
        if taken != len(frame):
            self._transport.discard()
            self.problem = f"{self.where} takes no more bytes: is the device hung? switch it off and on"
            return False
        self.sent_s = self.clock.now()
        if answer is not None:
            self.waiting.append(Sent(number, answer, self.sent_s, what, about))
        return True

    def frames(self) -> list[Frame]:
        """The packets that have arrived since, all good ones; maybe none."""
        if self.problem:
            return []
        try:
            data = self._transport.read()
        except DriverError as error:
            self.problem = str(error)
            return []
        return self._reader.feed(data) if data else []

    def settle(self, number: int, answer: int) -> Sent | None:
        """The command that this packet answers, now settled; None for an answer that nobody waits for."""
        for i, sent in enumerate(self.waiting):
            if sent.number == number and sent.answer == answer:
                return self.waiting.pop(i)
        return None

    def overdue(self, limit_s: float) -> Sent | None:
        """The oldest command that has waited longer than `limit_s`."""
        if self.waiting and self.clock.now() - self.waiting[0].t_s > limit_s:
            return self.waiting[0]
        return None

    def junk(self) -> int:
        """Bytes that belonged to no packet since the last call."""
        new, self._junk_before = self._reader.junk - self._junk_before, self._reader.junk
        return new

    def hang_up(self, frames: Sequence[bytes]) -> None:
        """Send the last packets as far as the line takes them now, and expect nothing any more."""
        with suppress(DriverError):
            self._transport.write(b"".join(frames))
        self.waiting.clear()

    def farewell(self, frames: Sequence[bytes], ended: Callable[[Frame], bool]) -> bool:
        """Send the last packets and wait until one `ended` the session, at most FAREWELL_S; whether it did.

        Works on a line with a problem too, as far as it takes bytes: this is the one thing that is tried all the same.
        """
        until_s = self.clock.now() + FAREWELL_S
        rest = b"".join(frames)
        # The count bounds the wait on a clock that stands still.
        for _ in range(int(2 * FAREWELL_S / POLL_S)):
            try:
                if rest:
                    rest = rest[self._transport.write(rest) :]
                if any(ended(frame) for frame in self._reader.feed(self._transport.read())):
                    return True
            except DriverError:
                return False
            if self.clock.now() >= until_s:
                return False
            self.clock.sleep_until(self.clock.now() + POLL_S)
        return False

    def _free_number(self) -> int:
        taken = {sent.number for sent in self.waiting}
        number = self._next
        while number in taken:
            number = (number + 1) % self._numbers
        self._next = (number + 1) % self._numbers
        return number


def wait_for(
    link: Link[Frame], wanted: Callable[[Frame], bool], limit_s: float
) -> Generator[float, None, Frame | None]:
    """Job: wait for a packet that is `wanted`; None after `limit_s`. Raises DeviceFailed when the line is lost."""
    until_s = link.clock.now() + limit_s
    while True:
        found = next((frame for frame in link.frames() if wanted(frame)), None)
        if found is not None:
            return found
        if link.problem:
            raise DeviceFailed(f"{link.name}: {link.problem}")
        if link.clock.now() >= until_s:
            return None
        yield link.clock.now() + POLL_S


def ask(
    link: Link[Frame], build: Callable[[int], bytes], answer: int, what: str, fits: Callable[[Frame, Sent], bool],
    limit_s: float,
) -> Generator[float, None, Frame]:  # fmt: skip
    """Job: send a command and wait for its answer. Raises DeviceAbsent when none comes, DeviceFailed without a line."""
    if not link.send(build, answer, what):
        raise DeviceFailed(f"{link.name}: {link.problem}")
    sent = link.waiting[-1]
    frame = yield from wait_for(link, lambda frame: fits(frame, sent), limit_s)
    link.waiting.clear()
    if frame is None:
        raise DeviceAbsent(
            f"{link.name}: no answer to {what} on {link.where} within {limit_s * 1000:.0f} ms: "
            "is it the right port, and is the device switched on?"
        )
    return frame
