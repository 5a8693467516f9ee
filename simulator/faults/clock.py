"""A clock that fails, and a scheduler that comes late: what the loop lives by, while the person walks on regardless."""

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from controller.signals import DeviceStatus, Reading
from drivers.interfaces import Clock, Sensor

TICK_S = 0.005
"""While the clock stands still a waiting loop still turns, about so often."""


class ProcessDeath(Exception):
    """The program is no more: what is to be done next is never done."""


class Jump(NamedTuple):
    """At the true time `at_s` the clock jumps by `by_s`, s; negative: backwards."""

    at_s: float
    by_s: float


class Halt(NamedTuple):
    """From `at_s` on the clock stands still for `for_s` of true time, and goes on from there."""

    at_s: float
    for_s: float


class Drift(NamedTuple):
    """From `at_s` to `until_s` the clock runs `rate` times as fast as time does."""

    at_s: float
    until_s: float
    rate: float


class Stall(NamedTuple):
    """The loop gets no processor from `at_s` on for `for_s`."""

    at_s: float
    for_s: float


class Lag(NamedTuple):
    """From `at_s` to `until_s` whoever sleeps wakes `by_s` late, every time."""

    at_s: float
    until_s: float
    by_s: float


class FaultyClock:
    """`drivers.interfaces.Clock` over the clock of the bench. `happened` counts what went wrong so far, by whose fault.

    Stalls and lags delay who sleeps; jumps, halts and drifts change what `now` says and how long a sleep truly lasts.
    `before` is told the true time of every move of the bench, before it moves.
    """

    def __init__(self, inner: Clock, before: Callable[[float], None]) -> None:
        self.happened: Counter[int] = Counter()
        self._inner = inner
        self._before = before
        self._jumps: list[Jump] = []
        self._halts: list[Halt] = []
        self._drifts: list[Drift] = []
        self._stalls: list[tuple[Stall, int]] = []
        self._lags: list[tuple[Lag, int]] = []
        self._moments_s: list[tuple[float, int]] = []

    def order(self, fault: Jump | Halt | Drift | Stall | Lag, whose: int = 0) -> None:
        """One more fault, in the future; counted for `whose`."""
        if not isinstance(fault, Stall | Lag):
            self._moments_s.append((fault.at_s, whose))
        if isinstance(fault, Jump):
            self._jumps.append(fault)
        elif isinstance(fault, Halt):
            self._halts.append(fault)
        elif isinstance(fault, Drift):
            self._drifts.append(fault)
        elif isinstance(fault, Lag):
            self._lags.append((fault, whose))
        else:
            self._stalls = sorted([*self._stalls, (fault, whose)])

    def now(self) -> float:
        """The time as the program sees it, s: it may run backwards."""
        return self.shown_s(self._inner.now())

    def shown_s(self, true_s: float) -> float:
        """What this clock shows at a true time."""
        shown_s = true_s
        for jump in self._jumps:
            if true_s >= jump.at_s:
                shown_s += jump.by_s
        for halt in self._halts:
            shown_s -= min(max(0.0, true_s - halt.at_s), halt.for_s)
        for drift in self._drifts:
            shown_s += (drift.rate - 1.0) * max(0.0, min(true_s, drift.until_s) - drift.at_s)
        return shown_s

    def sleep_until(self, t_s: float) -> None:
        """Sleep until this clock shows `t_s`, one tick at most while it stands still."""
        true_s = self._inner.now()
        wait_s = max(0.0, t_s - self.shown_s(true_s))
        for drift in self._drifts:
            wait_s /= drift.rate if drift.at_s <= true_s < drift.until_s else 1.0
        halted = any(halt.at_s <= true_s < halt.at_s + halt.for_s for halt in self._halts)
        self._move_to(true_s + (min(wait_s, TICK_S) if halted else wait_s))

    def _move_to(self, true_s: float) -> None:
        begun_s = self._inner.now()
        while self._stalls and self._stalls[0][0].at_s <= true_s:
            stall, whose = self._stalls.pop(0)
            # A stall that ends before the loop wants to wake delays nothing.
            self.happened[whose] += stall.at_s + stall.for_s > true_s
            true_s = max(true_s, stall.at_s + stall.for_s)
        for lag, whose in self._lags:
            if lag.at_s <= true_s < lag.until_s:
                self.happened[whose] += 1
                true_s += lag.by_s
        for at_s, whose in self._moments_s:
            self.happened[whose] += begun_s < at_s <= true_s
        # A long sleep is walked through in ticks, so that whatever lives beneath does not leap.
        while begun_s < true_s:
            begun_s = min(true_s, begun_s + TICK_S) if true_s - begun_s > 1.5 * TICK_S else true_s
            self._before(begun_s)
            self._inner.sleep_until(begun_s)


class Restamped:
    """A sensor whose stamps come from the faulty clock, as all of one machine do."""

    def __init__(self, sensor: Sensor, clock: FaultyClock) -> None:
        self._sensor = sensor
        self._clock = clock

    def open(self) -> None:
        """Open the sensor."""
        self._sensor.open()

    def poll(self) -> Reading | None:
        """Its sample, stamped by the faulty clock."""
        reading = self._sensor.poll()
        return None if reading is None else Reading(self._clock.shown_s(reading.t_s), reading.values)

    def status(self) -> DeviceStatus:
        """What the sensor says."""
        return self._sensor.status()

    def close(self) -> None:
        """Close the sensor."""
        self._sensor.close()
