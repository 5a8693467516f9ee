"""What others read of a replay: the gait events and the bursts, as CSV files."""

import csv
import io
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from config.schema import Side
from controller.signals import ArmingState, BurstStage, Event, LegTick, Pulses, StimulationCommand, Tick
from recording.errors import write_failed


class Burst(NamedTuple):
    """A stretch of ticks in which the gate let current out on a channel: from the first of them to the next without.

    `leg` is empty when the name of the channel does not tell it.
    """

    start_s: float
    stop_s: float
    reason: str
    leg: str
    channel: str


class BurstFinder:
    """Finds the bursts in the ticks that it is shown."""

    def __init__(self) -> None:
        self.bursts: list[Burst] = []
        self.several_channels = False
        """Whether more than one leg or channel was seen."""
        self._allowed: list[tuple[str, bool]] | None = None
        self._channels: dict[str, None] = {}
        self._running: dict[str, tuple[float, Tick]] = {}
        self._first: dict[str, Tick] = {}
        self._last: Tick | None = None

    def add(self, tick: Tick) -> bool:
        """Take in the next tick; whether a channel came, went, or was switched on or off in it."""
        self._last = tick
        allowed = channels_of(tick.allowed)
        turns = allowed != self._allowed
        if turns:
            self._allowed = allowed
            self._turn(tick, allowed)
        elif self._running:
            for channel, (start_s, _) in self._running.items():
                self._running[channel] = (start_s, tick)
        return turns

    def _turn(self, tick: Tick, allowed: list[tuple[str, bool]]) -> None:
        on = dict.fromkeys(channel for channel, is_on in allowed if is_on)
        self._channels.update(dict.fromkeys(channel for channel, _ in allowed))
        self.several_channels = self.several_channels or len(self._channels) > 1 or len(tick.legs) > 1
        for channel in [running for running in self._running if running not in on]:
            self._end(channel, tick, _reason(self._first[channel], self._running[channel][1], tick, channel))
        for channel in on:
            start_s = self._running[channel][0] if channel in self._running else tick.inputs.t_s
            self._first.setdefault(channel, tick)
            self._running[channel] = (start_s, tick)

    def finish(self) -> list[Burst]:
        """All bursts in the order in which they ended; one that still runs ends with the last tick."""
        if self._last:
            for channel in list(self._running):
                self._end(channel, self._last, "the recording ends")
        return self.bursts

    def _end(self, channel: str, tick: Tick, reason: str) -> None:
        start_s, _ = self._running.pop(channel)
        del self._first[channel]
        leg = _leg_of(channel, tick)
        self.bursts.append(Burst(start_s, tick.inputs.t_s, reason, leg.side if leg else "", channel))


def channels_of(commands: dict[str, StimulationCommand]) -> list[tuple[str, bool]]:
    """Each channel in the commands of a tick, and whether current is asked for on it."""
    channels: list[tuple[str, bool]] = []
    for command in commands.values():
        if isinstance(command, Pulses):
            for train in command.trains:
                channels.append((train.channel, train.current_ma > 0.0))
        else:
            channels.append((command.channel, command.stimulate))
    return channels


def events_of(tick: Tick) -> Iterator[tuple[Side, Event]]:
    """The gait events that were decided in a tick, with their leg."""
    return ((leg.side, event) for leg in tick.legs for event in leg.events)


def write_events(path: Path, events: Iterable[tuple[Side, Event]], *, name_legs: bool = False) -> None:
    """Write `event,time_s,decided_s,kind`, and `leg` behind them when asked. Raises CannotWriteError."""
    rows = ((one.kind, _time(one.t_s), _time(one.decided_s), one.certainty, side) for side, one in events)
    _write_csv(path, ("event", "time_s", "decided_s", "kind", "leg"), rows, 5 if name_legs else 4)


def write_bursts(path: Path, bursts: Iterable[Burst], *, name_channels: bool = False) -> None:
    """Write `start_s,stop_s,reason`, and `leg,channel` behind them when asked. Raises CannotWriteError."""
    rows = ((_time(one.start_s), _time(one.stop_s), one.reason, one.leg, one.channel) for one in bursts)
    _write_csv(path, Burst._fields, rows, 5 if name_channels else 3)


def _reason(first: Tick, last_on: Tick, off: Tick, channel: str) -> str:
    """Why a burst ended: the gate's reasons, else a fault or state, else its own envelope."""
    reductions = [reduction.reason for reduction in off.reductions if reduction.channel == channel]
    if reductions:
        return f"gate: {'; '.join(reductions)}"
    faults = [fault for fault in off.faults if fault not in first.faults]
    if off.state is not ArmingState.ARMED:
        return ": ".join([off.state.name.lower(), *faults[:1]])
    leg = _leg_of(channel, last_on)
    if leg and leg.stage in (BurstStage.EXTENSION, BurstStage.FALL):
        return "envelope finished" + (f" after fault: {'; '.join(faults)}" if faults else "")
    if faults:
        return f"fault: {'; '.join(faults)}"
    return f"cut in {leg.stage.name.lower()}" if leg else "ended"


def _leg_of(channel: str, tick: Tick) -> LegTick | None:
    """The leg that a channel is on: the only one, or the one that the channel's name begins with."""
    if len(tick.legs) == 1:
        return tick.legs[0]
    return next((leg for leg in tick.legs if channel.startswith(leg.side)), None)


def _time(t_s: float) -> str:
    return f"{t_s:.6f}"


def _write_csv(path: Path, names: tuple[str, ...], rows: Iterable[tuple[str, ...]], columns: int) -> None:
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow(names[:columns])
    table.writerows(row[:columns] for row in rows)
    try:
        _write_whole(Path(os.path.realpath(path)), text.getvalue().encode(errors="backslashreplace"))
    except OSError as problem:
        raise write_failed(problem, path) from problem


def _write_whole(path: Path, data: bytes) -> None:
    """Put the data in the place of the file in one step; a device or pipe is written to as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and not path.is_file() and not path.is_dir():
        path.write_bytes(data)
        return
    half = path.with_name(f".{path.name[:200]}.{os.getpid()}.half")
    try:
        with half.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)
    except BaseException:
        with suppress(OSError):
            half.unlink()
        raise
