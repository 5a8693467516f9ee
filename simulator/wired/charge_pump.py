"""A charge pump on a pin, and the relay that it holds: edges keep it closed, a level of any kind does not."""

from collections.abc import Callable

from gpiozero.pins.mock import MockFactory

from controller.signals import NEVER_S
from drivers.interfaces import Clock
from simulator.wired.trigger_pin import TriggerPin, trigger_pin

DROP_OUT_S = 0.06
"""Without an edge for this long the relay drops: 50 to 100 ms."""
EDGES_TO_CLOSE = 4
"""So many edges, each within the drop-out of the one before, charge it."""


class ChargePump:
    """The relay behind `pin`. `changes`: its log, time and whether it is energised from then on.

    Make it before the driver opens the pin. Times must not run backwards.
    """

    def __init__(self, pin: int, factory: MockFactory, clock: Clock, changed: Callable[[float], None]) -> None:
        self.changes: list[tuple[float, bool]] = []
        self.pin: TriggerPin = trigger_pin(factory, pin)
        self._clock = clock
        self._changed = changed
        self._edges = 0
        self._last_s = NEVER_S
        self._level = bool(self.pin.state)
        self.pin.listener = self._pin_changed

    @property
    def energised(self) -> bool:
        """Whether the relay holds, as of the last `settle`."""
        return bool(self.changes) and self.changes[-1][1]

    def energised_at(self, t_s: float) -> bool:
        """Whether the relay held at `t_s`, which `settle` has reached."""
        return next((on for since_s, on in reversed(self.changes) if since_s <= t_s), False)

    def settle(self, t_s: float) -> None:
        """Drop when there was no edge for too long by `t_s`."""
        if self.energised and t_s - self._last_s >= DROP_OUT_S:
            self._edges = 0
            self._note(self._last_s + DROP_OUT_S, energised=False)

    def _pin_changed(self, high: bool) -> None:
        t_s = self._clock.now()
        self.settle(t_s)
        if high == self._level:
            return
        self._level = high
        self._edges = self._edges + 1 if t_s - self._last_s < DROP_OUT_S else 1
        self._last_s = t_s
        if self._edges >= EDGES_TO_CLOSE and not self.energised:
            self._note(t_s, energised=True)

    def _note(self, t_s: float, *, energised: bool) -> None:
        self.changes.append((t_s, energised))
        self._changed(t_s)
