"""What the guard does to the devices of a loop that is gone: pins low, stop frames sent; bounded, and no part waits."""

import os
import termios
import time
from collections.abc import Callable
from contextlib import suppress
from fcntl import ioctl
from typing import Protocol

from runtime.gpio_line import Pin
from runtime.guard_plan import Plan, SerialFarewell

TRIES, TRY_AGAIN_S = 20, 0.001
"""The kernel may take a moment to let go of a pin or a port whose owner was killed."""
LEAVES_S = 0.05
"""How long the bytes may take to leave, and the device to answer."""
POLL_S = 0.001
TIMES_SENT = 2
"""The first of them may follow a frame that was torn when the loop died."""

LINE_ERRORS = (OSError, termios.error)
SPEEDS = {115200: termios.B115200, 460800: termios.B460800}


class Line(Protocol):
    """An output pin; every method may raise OSError."""

    def set(self, *, high: bool) -> bool:
        """Drive it; whether it has followed."""

    def close(self) -> None:
        """Release it."""


OpenLine = Callable[[Pin], Line]


def end_output(plan: Plan, open_line: OpenLine) -> list[str]:
    """Do all of the plan; what was done or failed, in words. The loop must be gone: it holds the pins and ports."""
    told = [_drive_low(pin, open_line) for pin in plan.low]
    ports: list[tuple[SerialFarewell, int]] = []
    for farewell in plan.farewells:
        try:
            ports.append((farewell, _send(farewell)))
        except (*LINE_ERRORS, KeyError, ValueError) as error:
            # A speed or frame that is none must not keep the others from being told.
            told.append(f"{farewell.name} on {farewell.path} NOT reached ({_reason(error)})")
    # All are told before any is waited for.
    return told + [_see_it_through(farewell, port) for farewell, port in ports]


def _drive_low(pin: Pin, open_line: OpenLine) -> str:
    where = f"GPIO {pin.number} ({pin.use})"
    for left in range(TRIES, 0, -1):
        try:
            line = open_line(pin)
            try:
                followed = line.set(high=False)
            finally:
                line.close()
        except OSError as error:
            if left == 1:
                return f"{where} NOT driven low ({_reason(error)})"
            time.sleep(TRY_AGAIN_S)
        else:
            return f"{where} is low" if followed else f"{where} stays HIGH against its command"
    return ""


def _send(farewell: SerialFarewell) -> int:
    """The open port, with the frames in it as far as it takes them now. Raises OSError and termios.error."""
    port = os.open(farewell.path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        _set_up(port, farewell)
        # What the dead loop left in the queue must not come out any more.
        termios.tcflush(port, termios.TCIOFLUSH)
        _push(port, TIMES_SENT * bytes.fromhex(farewell.frames))
    except BaseException:
        _let_go(port)
        raise
    return port


def _push(port: int, rest: bytes) -> None:
    end_s = time.monotonic() + LEAVES_S
    while rest:
        with suppress(BlockingIOError):
            rest = rest[os.write(port, rest) :]
        if rest and time.monotonic() > end_s:
            raise OSError("it takes no more bytes")
        if rest:
            time.sleep(POLL_S)


def _set_up(port: int, farewell: SerialFarewell) -> None:
    """Raw, eight bits, one stop bit, no flow control."""
    flags = termios.CS8 | termios.CREAD | termios.CLOCAL | (termios.PARENB if farewell.even_parity else 0)
    speed = SPEEDS[farewell.baud]
    special = termios.tcgetattr(port)[6]
    termios.tcsetattr(port, termios.TCSANOW, [0, 0, flags, 0, speed, speed, special])


def _see_it_through(farewell: SerialFarewell, port: int) -> str:
    """Wait, within bounds, until the bytes have left; whether the device has answered."""
    answered = False
    end_s = time.monotonic() + LEAVES_S
    while not answered and time.monotonic() < end_s:
        with suppress(*LINE_ERRORS):
            answered = bool(os.read(port, 4096))
        if not answered:
            time.sleep(POLL_S)
    waiting = bytearray(4)
    with suppress(*LINE_ERRORS):
        ioctl(port, termios.TIOCOUTQ, waiting)
    _let_go(port)
    how = "it answered" if answered else "sent, NOT answered" if not any(waiting) else "NOT sent, the line is stuck"
    return f"stop to {farewell.name} on {farewell.path} ({how})"


def _let_go(port: int) -> None:
    """Close without waiting for bytes that cannot leave."""
    with suppress(*LINE_ERRORS):
        termios.tcflush(port, termios.TCOFLUSH)
    with suppress(OSError):
        os.close(port)


def _reason(error: Exception) -> str:
    number = error.args[0] if error.args else None
    return os.strerror(number).lower() if isinstance(number, int) else str(error)
