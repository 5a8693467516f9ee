"""The loop for simulated time: the same ticks as `runtime.loop.Loop` makes on a virtual clock, without the live costs.

On a clock that passes only when somebody sleeps no tick is late or skipped and no operator writes letters, so nothing
is measured here and nothing is posted. A test holds the two loops together, tick by tick.
"""

from collections.abc import Callable
from typing import Protocol

from controller.signals import CommandKind, DeviceStatus, Inputs, LoopStatus, OperatorCommand, Reading, Tick
from drivers.interfaces import Clock
from runtime.loop import MOST_EXCEPTIONS, Loop, LoopReport, Overruns, Parts
from runtime.mailbox import Mailbox

_DISARM = OperatorCommand(CommandKind.DISARM)
_NOTHING_LATE = Overruns(*(0 for _ in Overruns._fields))


class Watcher(Protocol):
    """Who sees every tick. Nothing of it raises."""

    def put(self, tick: Tick) -> None:
        """Take one tick."""

    def miss(self, tick: int) -> None:
        """The tick of this number failed."""

    def problem(self) -> str:
        """Why ticks are being lost, or empty."""


class VirtualLoop:
    """Turns the crank on the clock of a bench in simulated time."""

    def __init__(
        self, parts: Parts, step: Callable[[Inputs], Tick], clock: Clock, rate_hz: int, watcher: Watcher
    ) -> None:
        self._parts, self._step, self._clock, self._watcher = parts, step, clock, watcher
        self._period_s = 1.0 / rate_hz
        self._live = Loop(parts, step, clock, rate_hz, Mailbox(), watcher)
        self._exception = self._untold = ""

    def run(self, stop_wanted: Callable[[float], bool]) -> LoopReport:
        """Run ticks until `stop_wanted(t_s)`; that tick disarms, and however it ends, every output is stopped."""
        clock, period_s, turn = self._clock, self._period_s, self._turn
        start_s, tick, in_a_row, ending = clock.now(), 0, 0, False
        try:
            while not ending and in_a_row < MOST_EXCEPTIONS:
                t_s = start_s + tick * period_s
                clock.sleep_until(t_s)
                ending = stop_wanted(t_s)
                in_a_row = 0 if turn(tick, t_s, (_DISARM,) if ending else ()) else in_a_row + 1
                tick += 1
        finally:
            self._live.stop_outputs()
        return LoopReport(tick, 0, 0, _NOTHING_LATE, self._exception)

    def _turn(self, tick: int, t_s: float, commands: tuple[OperatorCommand, ...]) -> bool:
        """Sense, decide, deliver; false when that failed."""
        watcher, untold = self._watcher, self._untold
        try:
            readings, devices, pressed = self._sense()
            if pressed:
                commands = (*pressed, *commands)
            status = LoopStatus(tick, 0.0, 0, watcher.problem(), untold)
            decided = self._step(Inputs(t_s, readings, commands, devices, status))
            self._deliver(decided)
        except Exception as error:  # noqa: BLE001 - as in the live loop: whatever a tick fails of, the output must end
            self._exception = self._untold = f"{type(error).__name__}: {error}"
            self._live.stop_outputs()
            watcher.miss(tick)
            return False
        self._untold = ""
        watcher.put(decided)
        return True

    def _sense(self) -> tuple[dict[str, Reading], dict[str, DeviceStatus], tuple[OperatorCommand, ...]]:
        parts = self._parts
        readings: dict[str, Reading] = {}
        devices: dict[str, DeviceStatus] = {}
        for name, sensor in parts.sensors.items():
            reading = sensor.poll()
            if reading is not None:
                readings[name] = reading
            else:
                devices[name] = sensor.status()
        for name, stimulator in parts.stimulators.items():
            devices[name] = stimulator.status()
        for side, orthosis in parts.orthoses.items():
            devices[side] = orthosis.status()
        pressed: tuple[OperatorCommand, ...] = ()
        for panel in parts.panels:
            pressed += panel.poll()
        return readings, devices, pressed

    def _deliver(self, tick: Tick) -> None:
        parts = self._parts
        for name, stimulator in parts.stimulators.items():
            stimulator.apply(tick.allowed[name])
        if parts.orthoses:
            for leg in tick.legs:
                if leg.side in parts.orthoses:
                    parts.orthoses[leg.side].apply(leg.orthosis)
