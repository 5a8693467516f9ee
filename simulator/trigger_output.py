"""What a stimulator with a trigger input does behind its contact: knob, ramps, pulses, time-out of its own."""

from collections.abc import Callable

RATE_HZ = 40.0
RISE_S = 0.2
FALL_S = 0.2
TIME_OUT_S = 3.0
"""The device ends a burst by itself after this long, until the contact was released; 2 to 4 s on the market [S]."""
LEAST_LEVEL = 1e-9
"""What rounding leaves of a ramp that has ended."""


class TriggerOutput:
    """The output stage: told by `ask` what the contact says, it puts out its pulses from `advance`.

    `pulse(t_s, current_ma, pulse_width_us)` reaches the muscle. `current_ma` is the knob on the device; `pulses`
    counts what went out. Times must not run backwards.
    """

    def __init__(
        self, t_s: float, pulse: Callable[[float, float, float], None], current_ma: float, pulse_width_us: float
    ) -> None:
        self.pulses = 0
        self._pulse = pulse
        self._current_ma = current_ma
        self._pulse_width_us = pulse_width_us
        self._asked_since_s: float | None = None
        self._next_pulse_s: float | None = None
        self._level = 0.0
        self._level_s = t_s

    def ask(self, t_s: float, *, on: bool) -> None:
        """From `t_s` on the contact asks for stimulation, or does not any more."""
        self.advance(t_s)
        self._asked_since_s = t_s if on else None
        if on and self._next_pulse_s is None:
            self._next_pulse_s = t_s

    def advance(self, t_s: float) -> None:
        """Put out every pulse that is due by `t_s`, at the current of the device's own ramp."""
        while self._next_pulse_s is not None and self._next_pulse_s <= t_s:
            due_s = self._next_pulse_s
            self._ramp_to(due_s)
            self._next_pulse_s = due_s + 1.0 / RATE_HZ
            if self._level > LEAST_LEVEL:
                self.pulses += 1
                self._pulse(due_s, self._level * self._current_ma, self._pulse_width_us)
            elif self._asked_since_s is None or due_s >= self._asked_since_s + TIME_OUT_S:
                self._next_pulse_s = None
        self._ramp_to(t_s)

    def _ramp_to(self, t_s: float) -> None:
        """Move the ramp: up while asked, down after release or the device's own time-out."""
        asked_s = self._asked_since_s
        up_until_s = self._level_s if asked_s is None else min(t_s, max(self._level_s, asked_s + TIME_OUT_S))
        level = min(1.0, self._level + (up_until_s - self._level_s) / RISE_S)
        self._level = max(0.0, level - (t_s - up_until_s) / FALL_S)
        self._level_s = t_s


class EdgeOutput:
    """The output stage of a device that makes one pulse each time that it is asked, and nothing by itself."""

    def __init__(
        self, _t_s: float, pulse: Callable[[float, float, float], None], current_ma: float, pulse_width_us: float
    ) -> None:
        self._pulse = pulse
        self._current_ma = current_ma
        self._pulse_width_us = pulse_width_us

    def ask(self, t_s: float, *, on: bool) -> None:
        """The contact leaves its safe state at `t_s`, or is back."""
        if on:
            self._pulse(t_s, self._current_ma, self._pulse_width_us)

    def advance(self, t_s: float) -> None:
        """Nothing happens without an edge."""
