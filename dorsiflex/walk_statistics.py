"""What a run or replay was like, counted tick by tick from what the controller decided and the gate let out."""

from typing import NamedTuple

from config.schema import Side
from controller.signals import UNCONFIRMED, ArmingState, Certainty, Contact, EventKind, LegTick, Phase, Tick


class LegCount(NamedTuple):
    """Counts of one leg.

    `late`: bursts begun after foot off, too late to lift the foot in early swing. `missed`: swings while armed that got
    no burst. `extra`: bursts without a swing. `unconfirmed`: bursts that ended because what was foretold did not come.
    """

    side: Side
    steps: int
    cadence_per_min: float | None
    stimulated: int
    late: int
    missed: int
    extra: int
    unconfirmed: int


class LegCounter:
    """Counts steps and bursts of one leg."""

    def __init__(self, side: Side) -> None:
        self.side = side
        self.steps = self.stimulated = self.late = self.missed = self.extra = self.unconfirmed = 0
        self._misses = {f"{side} leg: {words}" for words in UNCONFIRMED.values()}
        self._stride_s: list[float] = []
        self._last_ic_s: float | None = None
        self._was_on = False
        self._burst_in_swing = False
        self._in_swing = False
        self._swing_armed = False
        self._swing_on = False

    def take(self, leg: LegTick, *, on: bool, armed: bool) -> None:
        """Take one tick of this leg; `on` says that the gate let output through."""
        self._follow_burst(leg, on=on)
        swinging = leg.phase == Phase.SWING
        if swinging and not self._in_swing:
            self._swing_armed, self._swing_on = armed, False
        self._swing_on = self._swing_on or (swinging and on)
        contacts = (event for event in leg.events if event.kind == EventKind.IC)
        landed = [event.t_s for event in contacts if event.certainty == Certainty.CONFIRMED]
        if landed:
            self._land(landed[-1])
        self._in_swing = swinging

    def hear(self, notes: tuple[str, ...]) -> None:
        """Take the notes of one tick."""
        self.unconfirmed += len(self._misses.intersection(notes))

    def count(self) -> LegCount:
        """The counts so far; cadence is of both feet, from the median stride."""
        strides = sorted(self._stride_s)
        cadence = 120.0 / strides[len(strides) // 2] if strides else None
        bursts = self.stimulated, self.late, self.missed, self.extra, self.unconfirmed
        return LegCount(self.side, self.steps, cadence, *bursts)

    def _follow_burst(self, leg: LegTick, *, on: bool) -> None:
        if on:
            self.late += not self._was_on and leg.phase == Phase.SWING
            self._burst_in_swing = (self._was_on and self._burst_in_swing) or leg.phase == Phase.SWING
        elif self._was_on and not self._burst_in_swing:
            self.extra += 1
        self._was_on = on

    def _land(self, t_s: float) -> None:
        self.steps += 1
        if self._last_ic_s is not None and t_s - self._last_ic_s < 3.0:
            self._stride_s.append(t_s - self._last_ic_s)
        self._last_ic_s = t_s
        if self._in_swing:
            self.stimulated += self._swing_on
            self.missed += self._swing_armed and not self._swing_on


class WalkCounter:
    """A sink for ticks that counts every leg."""

    def __init__(self) -> None:
        self.last: Tick | None = None
        self.start_s = 0.0
        self.notes: tuple[str, ...] = ()
        """What a person was last told, and when: a tick's notes last one tick, too short to read."""
        self.noted_s = 0.0
        self._legs: dict[Side, LegCounter] = {}

    def put(self, tick: Tick) -> None:
        """Take one tick."""
        if self.last is None:
            self.start_s = tick.inputs.t_s
        self.last = tick
        if tick.notes:
            self.notes, self.noted_s = tick.notes, tick.inputs.t_s
        on = outputs_on(tick)
        for leg in tick.legs:
            counter = self._legs.setdefault(leg.side, LegCounter(leg.side))
            counter.take(leg, on=any(key.startswith(leg.side) for key in on), armed=tick.state == ArmingState.ARMED)
            if tick.notes:
                counter.hear(tick.notes)

    def counts(self) -> tuple[LegCount, ...]:
        """The counts of every leg so far."""
        return tuple(counter.count() for counter in self._legs.values())


def outputs_on(tick: Tick) -> tuple[str, ...]:
    """The channels (`right.dorsiflexors`) through which the gate let something out in this tick."""
    on: list[str] = []
    for command in tick.allowed.values():
        if isinstance(command, Contact):
            if command.stimulate:
                on.append(command.channel)
        else:
            on += [train.channel for train in command.trains if train.current_ma > 0.0]
    return tuple(on)
