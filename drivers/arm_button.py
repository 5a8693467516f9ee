"""A button to ground with which a person arms (held for 1 s) and disarms (a short press); or resumes and pauses."""

from gpiozero import Factory, InputDevice

from controller.signals import CommandKind, OperatorCommand
from drivers.gpio import claim_input, level
from drivers.interfaces import Clock

HOLD_S = 1.0
"""Held this long, a press arms or resumes."""

SHORTEST_S = 0.03
"""A shorter press or release is contact bounce or interference."""

LONGEST_GAP_S = 0.1
"""Unwatched for longer than this, a press is not known to have been held, and does not arm."""


class ArmButton:
    """Operator panel with one button on `pin`, pull-up to 3.3 V, polled.

    Arms once per press, and only on a press that was seen to begin: a button that is stuck closed when the program
    starts arms nothing. `held` and `short` are the commands of a long and of a short press.
    """

    def __init__(
        self,
        pin: int,
        factory: Factory,
        clock: Clock,
        *,
        held: CommandKind = CommandKind.ARM,
        short: CommandKind = CommandKind.DISARM,
    ) -> None:
        self._pin = pin
        self._held, self._short = held, short
        self._factory = factory
        self._clock = clock
        self._button: InputDevice | None = None
        self._polled_s = 0.0
        self._fresh = False
        self._spent = False
        self._released_s: float | None = None
        self._pressed_s: float | None = None
        self._held_s = 0.0

    def open(self) -> None:
        self._button = claim_input(self._factory, self._pin, "up", f"{self._held} button")
        self._forget()

    def poll(self) -> tuple[OperatorCommand, ...]:
        if self._button is None:
            return ()
        t_s = self._clock.now()
        try:
            pressed = not level(self._button)
        except Exception:  # noqa: BLE001, poll never raises; a button that cannot be read commands nothing
            self._forget()
            return ()
        return self._judge(t_s, pressed)

    def close(self) -> None:
        button, self._button = self._button, None
        if button is None:
            return
        try:
            button.close()
        except Exception:  # noqa: BLE001, close never raises; the kernel frees the pin when the program ends
            self._forget()

    def _judge(self, t_s: float, pressed: bool) -> tuple[OperatorCommand, ...]:
        watched = t_s - self._polled_s <= LONGEST_GAP_S
        self._polled_s = t_s
        if not pressed:
            return self._released(t_s)
        self._released_s = None
        if not self._fresh:
            return ()
        if self._pressed_s is None:
            self._pressed_s = self._held_s = t_s
        elif not watched:
            self._held_s = t_s
        elif not self._spent and t_s - self._held_s >= HOLD_S:
            self._spent = True
            return (OperatorCommand(self._held),)
        return ()

    def _released(self, t_s: float) -> tuple[OperatorCommand, ...]:
        began_s, spent = self._pressed_s, self._spent
        self._pressed_s, self._spent = None, False
        if self._released_s is None:
            self._released_s = t_s
        if began_s is not None and t_s - began_s >= SHORTEST_S:
            self._fresh = False
            return () if spent else (OperatorCommand(self._short),)
        if t_s - self._released_s >= SHORTEST_S:
            self._fresh = True
        return ()

    def _forget(self) -> None:
        """Nothing is known of the button: it must be seen released before a press counts."""
        self._fresh = False
        self._spent = False
        self._released_s = None
        self._pressed_s = None
