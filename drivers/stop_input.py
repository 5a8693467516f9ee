"""An emergency stop that the program reads: a contact to ground that is closed while it may run (normally closed).

Pressed, unplugged or with a broken wire the pin is pulled high: all of it is a stop. It is no substitute for the
hard-wired stop in the electrode leads, which works without a program.
"""

from gpiozero import Factory, InputDevice

from controller.signals import NEVER_S, CommandKind, OperatorCommand
from drivers.gpio import claim_input, level
from drivers.interfaces import Clock

CLOSED_FOR_S = 0.05
"""Closed for less than this it is still open: a contact that chatters, or a wire that is loose, is a stop."""


class StopInput:
    """Operator panel with the stop's contact on `pin`, pull-up to 3.3 V, polled.

    Says STOP, with the reason, in every poll while the contact is open; the first open sample counts. What cannot be
    read is open too.
    """

    def __init__(self, pin: int, factory: Factory, clock: Clock) -> None:
        self._pin = pin
        self._factory = factory
        self._clock = clock
        self._contact: InputDevice | None = None
        self._closed_since_s: float | None = NEVER_S

    def open(self) -> None:
        self._contact = claim_input(self._factory, self._pin, "up", "emergency stop")
        self._closed_since_s = NEVER_S

    def poll(self) -> tuple[OperatorCommand, ...]:
        why = self._why_open(self._clock.now())
        return (OperatorCommand(CommandKind.STOP, argument=why),) if why else ()

    def close(self) -> None:
        contact, self._contact = self._contact, None
        if contact is None:
            return
        try:
            contact.close()
        except Exception:  # noqa: BLE001, close never raises; the kernel frees the pin when the program ends
            return

    def _why_open(self, t_s: float) -> str:
        """Why it is a stop now, or empty."""
        if self._contact is None:
            return f"GPIO {self._pin} is not claimed"
        try:
            high = level(self._contact)
        except Exception as error:  # noqa: BLE001, poll never raises; what cannot be read is a stop
            self._closed_since_s = None
            return f"GPIO {self._pin} cannot be read: {error}"
        if high:
            self._closed_since_s = None
            return f"GPIO {self._pin} is open"
        if self._closed_since_s is None:
            self._closed_since_s = t_s
        return "" if t_s - self._closed_since_s >= CLOSED_FOR_S else f"GPIO {self._pin} was open a moment ago"
