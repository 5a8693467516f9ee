"""A stimulator with a trigger input, as a device of its own: contact, knob, ramps, pulses, time-out, own log."""

from collections.abc import Callable

from gpiozero.pins.mock import MockFactory, MockPin

from config.schema import StimulatorSettings
from drivers.interfaces import Clock
from simulator.trigger_output import TriggerOutput


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


class TriggerDevice:
    """The device behind the contact on `settings.pin`. Make it before the driver opens the pin.

    It stimulates while its contact is not in `settings.safe_contact`. `pulse(t_s, current_ma, pulse_width_us)` reaches
    the muscle from `advance`. The log: `edges`, time and whether the contact asks for stimulation from then on;
    `pulses`, how many went out. `current_ma` is the knob on the device.
    """

    def __init__(
        self,
        settings: StimulatorSettings,
        factory: MockFactory,
        clock: Clock,
        pulse: Callable[[float, float, float], None],
        current_ma: float = 30.0,
        pulse_width_us: float = 300.0,
    ) -> None:
        self._stimulates_when_high = settings.contact_when_low == settings.safe_contact
        self._clock = clock
        self._output = TriggerOutput(clock.now(), pulse, current_ma, pulse_width_us)
        self._seen = 0
        self.edges: list[tuple[float, bool]] = []
        self._pin = factory.pin(settings.pin, pin_class=TriggerPin)
        if not isinstance(self._pin, TriggerPin):
            raise TypeError(f"GPIO {settings.pin} is already claimed: make the device before the driver opens it")
        self._stimulating = False
        self._pin.listener = self._level_changed
        self._level_changed(bool(self._pin.state))

    @property
    def stimulating(self) -> bool:
        """Whether the contact asks for stimulation now."""
        return self._stimulating

    @property
    def pulses(self) -> int:
        """How many pulses went out."""
        return self._output.pulses

    def bursts(self) -> list[tuple[float, float]]:
        """On-times of the contact: start and stop, s; one under way stops now."""
        ends = [t_s for t_s, on in self.edges if not on]
        starts = [t_s for t_s, on in self.edges if on]
        return list(zip(starts, [*ends, self._clock.now()], strict=False))

    def advance(self, t_s: float) -> None:
        """Put out all pulses up to `t_s`, which must not run backwards."""
        while self._seen < len(self.edges) and self.edges[self._seen][0] <= t_s:
            edge_s, on = self.edges[self._seen]
            self._output.ask(edge_s, on=on)
            self._seen += 1
        self._output.advance(t_s)

    def fail(self, error: Exception | None, times: int = 1_000_000) -> None:
        """Driving the pin raises `error`, so many times; None ends it."""
        self._pin.error, self._pin.times_left = error, times

    def short(self, level: bool | None) -> None:
        """Hold the pin at a level whatever drives it, as a short circuit does; None ends it."""
        self._pin.held = level
        self._level_changed(bool(self._pin.state))

    def _level_changed(self, high: bool) -> None:
        stimulating = high == self._stimulates_when_high
        if stimulating != self._stimulating:
            self._stimulating = stimulating
            self.edges.append((self._clock.now(), stimulating))
