"""The proof that the program lives: a square wave that a charge pump needs to keep the enable relay closed."""

from contextlib import suppress
from typing import Protocol

from gpiozero import DigitalOutputDevice, Factory

from drivers.errors import DeviceFailed
from drivers.gpio import claim_output


class Enable(Protocol):
    """Makes the edges, or has them made. All may raise what a pin raises."""

    def open(self, use: str) -> None:
        """Begin, at rest. Raises DriverError."""

    def beat(self) -> str:
        """One more edge; what is wrong, or nothing."""

    def rest(self) -> str:
        """No more edges; what is wrong, or nothing."""

    def close(self) -> None:
        """End. Idempotent."""


class DynamicEnable:
    """Makes them itself, where no guard does: a pin that changes its level with every tick, 50 Hz at least.

    A pin that stays high or low, whoever holds it there, is no square wave: the relay drops. `beat` and `rest` may
    raise what the pin raises; `rest` leaves it low.
    """

    def __init__(self, pin: int, factory: Factory) -> None:
        self._pin = pin
        self._factory = factory
        self._output: DigitalOutputDevice | None = None

    def open(self, use: str) -> None:
        """Claim the pin, low, and prove it: it must follow high and low. Raises DriverError.

        The one edge of the proof closes no relay behind a charge pump, which needs many.
        """
        self._output = output = claim_output(self._factory, self._pin, f"{use}, enable", on_when_high=True)
        try:
            wrong = self._drive(output, high=True) or self._drive(output, high=False)
        except Exception as error:  # noqa: BLE001, lgpio.error derives from Exception itself
            wrong = f"GPIO {self._pin} (enable) cannot be driven: {error}; check its wiring"
        if wrong:
            with suppress(Exception):
                self.close()
            raise DeviceFailed(f"{use}: {wrong}")

    def beat(self) -> str:
        """One more edge; what is wrong with the pin, or nothing."""
        return "" if self._output is None else self._drive(self._output, high=not self._output.value)

    def rest(self) -> str:
        """No more edges; what is wrong with the pin, or nothing."""
        return "" if self._output is None else self._drive(self._output, high=False)

    def close(self) -> None:
        """Release the pin. Idempotent; may raise what the pin raises."""
        output, self._output = self._output, None
        if output is not None:
            output.close()

    def _drive(self, output: DigitalOutputDevice, *, high: bool) -> str:
        output.value = high
        seen = bool(output.value)
        if seen == high:
            return ""
        return f"GPIO {self._pin} (enable) is {'high' if seen else 'low'} against its command: a short circuit? check"
