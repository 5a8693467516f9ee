"""The proof that the program lives: a square wave that a charge pump needs to keep the enable relay closed."""

from gpiozero import DigitalOutputDevice, Factory

from drivers.gpio import claim_output


class DynamicEnable:
    """A pin that changes its level with every tick: half the rate of the loop, 50 Hz at least.

    A pin that stays high or low, whoever holds it there, is no square wave: the relay drops. `beat` and `rest` may
    raise what the pin raises; `rest` leaves it low.
    """

    def __init__(self, pin: int, factory: Factory) -> None:
        self._pin = pin
        self._factory = factory
        self._output: DigitalOutputDevice | None = None

    def open(self, use: str) -> None:
        """Claim the pin, low. Raises DriverError."""
        self._output = claim_output(self._factory, self._pin, f"{use}, enable", on_when_high=True)

    def beat(self) -> str:
        """One more edge; what is wrong with the pin, or nothing."""
        return "" if self._output is None else self._drive(high=not self._output.value)

    def rest(self) -> str:
        """No more edges; what is wrong with the pin, or nothing."""
        return "" if self._output is None else self._drive(high=False)

    def close(self) -> None:
        """Release the pin. Idempotent; may raise what the pin raises."""
        output, self._output = self._output, None
        if output is not None:
            output.close()

    def _drive(self, *, high: bool) -> str:
        assert self._output is not None
        self._output.value = high
        seen = bool(self._output.value)
        if seen == high:
            return ""
        return f"GPIO {self._pin} (enable) is {'high' if seen else 'low'} against its command: a short circuit? check"
