"""Virtual pins with something wired to them, on gpiozero's MockFactory, and the contacts of a heel switch."""

from random import Random

from gpiozero.pins.mock import MockFactory, MockPin

from config.schema import HeelSwitchSettings
from controller.signals import NEVER_S

_PULLED = {"up": True, "down": False}


class WiredPin(MockPin):  # type: ignore[misc]
    """An input whose level is that of its wire; without one, of its pull resistor; without either, the last one."""

    wire: bool | None = None

    def connect(self, level: bool | None) -> None:
        """Drive the wire high or low, or let go of it."""
        self.wire = level
        self._settle()

    def _set_pull(self, value: str) -> None:
        super()._set_pull(value)
        self._settle()

    def _settle(self) -> None:
        if self._function != "input":
            return
        level = _PULLED.get(self._pull) if self.wire is None else self.wire
        if level is not None and level != self._state:
            (self.drive_high if level else self.drive_low)()


class Button:
    """A button to ground on `pin`."""

    def __init__(self, pin: int, factory: MockFactory) -> None:
        self._pin = _wired(factory, pin)

    def press(self) -> None:
        self._pin.connect(False)

    def release(self) -> None:
        self._pin.connect(None)


class StopContact:
    """The emergency stop's own contact to ground on `pin`: closed until it is pressed, or its wire breaks."""

    def __init__(self, pin: int, factory: MockFactory) -> None:
        self._pin = _wired(factory, pin)
        self.release()

    def press(self) -> None:
        """Push it, or break its wire: electrically the same."""
        self._pin.connect(None)

    def release(self) -> None:
        """Pull it out again."""
        self._pin.connect(False)


class HeelWires:
    """The contacts of a heel switch, wired as the settings say. Claim the pins here before the driver does.

    `bounce_s`: after every change the contact chatters for this long, at random. `transit_s`: a changeover contact
    breaks before it makes, and needs this long in between (supervised wiring).
    """

    def __init__(
        self,
        settings: HeelSwitchSettings,
        factory: MockFactory,
        bounce_s: float = 0.0,
        transit_s: float = 0.002,
        seed: int = 0,
    ) -> None:
        self._rail = settings.active_level == "high"
        self._loaded = _wired(factory, settings.pin)
        self._unloaded = None if settings.pin_unloaded is None else _wired(factory, settings.pin_unloaded)
        self._bounce_s = bounce_s
        self._transit_s = transit_s if self._unloaded is not None else 0.0
        self._random = Random(seed)
        self._closed: bool | None = None
        self._changed_s = NEVER_S
        self._cut = False
        self._stuck: bool | None = None

    def drive(self, closed: bool, t_s: float, *, connected: bool = True) -> None:
        """Load (`closed`) or unload the heel at `t_s`, its common wire `connected` or loose; call it every tick."""
        if self._closed is not None and closed != self._closed:
            self._changed_s = t_s
        self._closed = closed
        since_s = t_s - self._changed_s
        if not connected or since_s < self._transit_s:
            self._contacts(loaded=False, unloaded=False)
        elif since_s < self._transit_s + self._bounce_s and self._random.random() < 0.5:
            self._contacts(loaded=not closed and self._unloaded is None, unloaded=False)
        else:
            self._contacts(loaded=closed, unloaded=not closed)

    def cut(self) -> None:
        """The wire breaks: no contact reaches a pin any more."""
        self._cut = True
        self._contacts(loaded=False, unloaded=False)

    def stick(self, level: bool) -> None:
        """The pin of the loaded contact stays high or low, as after a short circuit."""
        self._stuck = level
        self._loaded.connect(level)

    def mend(self) -> None:
        """End the faults; the contacts follow at the next `drive`."""
        self._cut, self._stuck = False, None

    def _contacts(self, *, loaded: bool, unloaded: bool) -> None:
        self._loaded.connect(
            self._stuck if self._stuck is not None else self._rail if loaded and not self._cut else None
        )
        if self._unloaded is not None:
            self._unloaded.connect(self._rail if unloaded and not self._cut else None)


def _wired(factory: MockFactory, pin: int) -> WiredPin:
    wired = factory.pin(pin, pin_class=WiredPin)
    if not isinstance(wired, WiredPin):
        raise TypeError(f"GPIO {pin} is already there as {type(wired).__name__}: wire it before a driver claims it")
    return wired
