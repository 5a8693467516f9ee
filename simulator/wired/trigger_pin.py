"""An output pin of the bench with something wired to it: it tells its level, and fails on demand."""

from collections.abc import Callable

from gpiozero.pins.mock import MockFactory, MockPin


class TriggerPin(MockPin):  # type: ignore[misc]
    """An output with an external 10 kΩ pull-down: low whenever nobody drives it."""

    listener: Callable[[bool], None] | None = None
    held: bool | None = None
    error: Exception | None = None
    times_left = 0

    def _set_state(self, value: float) -> None:
        if self.error is not None:
            error = self.error
            self.times_left = max(0, self.times_left - 1)
            self.error = error if self.times_left else None
            raise error
        super()._set_state(value)

    def _set_pull(self, value: str) -> None:
        super()._set_pull(value)
        if value == "floating":
            self.drive_low()

    def _get_state(self) -> bool:
        return bool(super()._get_state()) if self.held is None else self.held

    def _change_state(self, value: bool) -> bool:
        changed = bool(super()._change_state(value))
        if self.listener is not None:
            self.listener(self._get_state())
        return changed


def trigger_pin(factory: MockFactory, pin: int) -> TriggerPin:
    """The pin, wired. Raises TypeError when a driver has claimed it before."""
    wired = factory.pin(pin, pin_class=TriggerPin)
    if not isinstance(wired, TriggerPin):
        raise TypeError(f"GPIO {pin} is already claimed: make the device before the driver opens it")
    return wired
