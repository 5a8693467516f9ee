"""The burst: delay, rising ramp, plateau, extension past initial contact, falling ramp; and the pulse plan.

Everything that can end a burst, from the gentle to the abrupt:
- here: `land` (initial contact: extension, then fall), `release` (time-out, pause: fall now), `lose` (sensor lost: open
  loop, then fall), `cut` (emergency stop, disarm, device, exception: zero now), and `update`, which begins the fall in
  time for the longest burst. Which fault does which: the table in `faults.py`, carried out in `fault_judge.py`;
- `release` in `leg_work.py` where a foretold foot off does not come, in `controller.py` at a pause or another mode;
- `gate.py`: not armed, longest burst, a defect; `Commands.cut` in `channel.py` while a fault is latched;
- `Loop.stop_outputs` in `runtime/loop.py`: a tick that failed, the end of the run (time, quit, signals);
- the guard process, `runtime/guard.py`: the loop silent or gone; all output ends with it;
- the driver's own limits: `OutputGuard` in `drivers/output_guard.py` before each pulse on a serial line, `Trigger` in
  `drivers/trigger.py`, `BenchStimulator` in `simulator/bench_stimulator.py`;
- `SerialSession.fail` in `drivers/serial_session.py`: a serial device or its line fails, or a limit was broken.
"""

from collections import deque
from collections.abc import Callable
from math import inf

from config.schema import StimulationSettings
from controller.signals import NEVER_S, BurstStage

ON_STAGES = (BurstStage.RISE, BurstStage.PLATEAU, BurstStage.EXTENSION)
"""Stages in which a trigger device is told to stimulate; it makes its own falling ramp."""

OLDEST_TRIGGER_S = 0.3
"""A burst that could not begin within this time of its due time is dropped: the swing is going on without it."""


QUICK_S = 0.7
"""From heel off to initial contact in quick steps; in slow ones the heel is up longer before the foot leaves."""

SHORTEST_UP_S, LONGEST_UP_S = 0.3, 2.5
"""A time from trigger to landing outside is no step."""

STEPS_REMEMBERED = 5

QUICK_FALL_SHARE = 0.5
"""The falling ramp after a contact that was told late is shorter by that delay, down to this share: never a cut."""

MOST_LATE_S = 0.3
"""A contact that is told later than this after it happened does not shorten the extension: it may be another one."""


class BurstPlanner:
    """The envelope of one leg: `update` gives its level, 0 to 1, as a function of time and of what has happened.

    `peak` is the level of the plateau: below 1 in a softened burst. `landed_s` tells when the foot that has just landed
    touched the floor. A level is held for `tick_s`: the rising ramp is commanded as it is at the end of the tick, so
    that the first tick of a burst puts out its first pulse. After `stall_s` without an update an extension does not
    resume: pulses are sent one by one, so the current has ended long ago, and the foot stands.
    """

    def __init__(
        self,
        settings: StimulationSettings,
        shortest_pause_s: float,
        landed_s: Callable[[], float] = lambda: NEVER_S,
        tick_s: float = 0.0,
        stall_s: float = inf,
    ) -> None:
        self.settings = settings
        self._tick_s = tick_s
        self._stall_s = stall_s
        self._landed_s = landed_s
        self.shortest_pause_s = shortest_pause_s
        self.stage = BurstStage.IDLE
        self.level = 0.0
        self.peak = 1.0
        self._next_peak = 1.0
        self._due_s = NEVER_S
        self._start_s = NEVER_S
        self._rises_from_s = NEVER_S
        self._longest_s = settings.longest_burst_s
        self._next_longest_s = settings.longest_burst_s
        self._fall_from = 0.0
        self._fall_start_s = NEVER_S
        self._fall_end_s = NEVER_S
        self._extension_end_s = NEVER_S
        self._open_loop_end_s: float | None = None
        self._ended_s = NEVER_S
        self._updated_s = NEVER_S
        self._triggered_s = NEVER_S
        self._ups_s: deque[float] = deque(maxlen=STEPS_REMEMBERED)

    @property
    def slow_delay_s(self) -> float:
        """What a slow walker's bursts begin later by, s: a share of how much longer steps last than quick ones.

        Foot off comes 0.25 s after heel off at 1.3 m/s and 0.34 s at 0.5 m/s, and current is not wanted earlier than
        0.25 s before it.
        """
        if not self._ups_s:
            return 0.0
        usual_s = sorted(self._ups_s)[len(self._ups_s) // 2]
        return self.settings.slow_delay_share * max(0.0, usual_s - QUICK_S)

    @property
    def running(self) -> bool:
        """Whether a burst has begun and not ended."""
        return self.stage not in (BurstStage.IDLE, BurstStage.DELAY)

    def trigger(self, t_s: float, delay_s: float, peak: float = 1.0, longest_s: float | None = None) -> None:
        """A swing begins: start a burst `delay_s` after `t_s`, and not before the pause after the last one is over."""
        self._triggered_s = t_s
        if self.stage in (BurstStage.IDLE, BurstStage.FALL):
            self._due_s = t_s + delay_s
            self._next_peak = peak
            self._next_longest_s = self.settings.longest_burst_s if longest_s is None else longest_s
            if self.stage == BurstStage.IDLE:
                self.stage = BurstStage.DELAY

    def hasten(self, t_s: float) -> None:
        """The foot has left the floor: a burst that waits for its time begins now."""
        self._due_s = min(self._due_s, t_s)

    def land(self, t_s: float) -> None:
        """Initial contact at or before `t_s`: keep the level for the extension; a burst not yet begun is dropped.

        The extension counts from the contact itself, which is decided a little after it happened.
        """
        if SHORTEST_UP_S <= t_s - self._triggered_s <= LONGEST_UP_S:
            self._ups_s.append(t_s - self._triggered_s)
        self._triggered_s = NEVER_S
        if self.stage in (BurstStage.RISE, BurstStage.PLATEAU):
            self.stage = BurstStage.EXTENSION
            late_s = t_s - self._landed_s()
            late_s = late_s if 0.0 < late_s <= MOST_LATE_S else 0.0
            self._extension_end_s = t_s - late_s + self.settings.extension_s
        elif self.stage in (BurstStage.DELAY, BurstStage.FALL):
            self._forget_trigger()

    def release(self, t_s: float) -> None:
        """No reason to go on, but none to drop the foot: fall now."""
        self._forget_trigger()
        if self.stage in ON_STAGES:
            self._begin_fall(t_s, t_s + self.settings.fall_s)

    def lose(self, t_s: float) -> None:
        """Nothing ends this burst any more since `t_s`: hold what the gate has passed, and end within the open loop.

        `t_s` may lie before the last update; of several losses the one with the earliest end counts.
        """
        self._forget_trigger()
        open_loop_end_s = t_s + self.settings.open_loop_s
        if self.running and (self._open_loop_end_s is None or open_loop_end_s < self._open_loop_end_s):
            self._open_loop_end_s = open_loop_end_s
            if self.stage == BurstStage.RISE:
                self.stage = BurstStage.PLATEAU
            elif self.stage == BurstStage.FALL and open_loop_end_s < self._fall_end_s:
                self._begin_fall(self._updated_s, open_loop_end_s)

    def cut(self, t_s: float) -> None:
        """Zero now."""
        self._due_s, self._updated_s = NEVER_S, t_s
        if self.running:
            self._ended_s = t_s
        self.stage = BurstStage.IDLE
        self.level = 0.0
        self._open_loop_end_s = None

    def update(self, t_s: float) -> float:
        """Advance to `t_s`; the level of the envelope there, 0 to 1."""
        last_s, self._updated_s = self._updated_s, t_s
        if self.stage in (BurstStage.IDLE, BurstStage.DELAY):
            self._begin_when_due(t_s, last_s)
        if self.stage == BurstStage.RISE:
            risen = min(1.0, (t_s - self._rises_from_s) / self.settings.rise_s)
            self.level = max(self.level, self.peak * risen)
            if risen >= 1.0:
                self.stage = BurstStage.PLATEAU
        if self.stage in ON_STAGES:
            self._fall_in_time(t_s, stalled=t_s - last_s > self._stall_s)
        if self.stage == BurstStage.FALL:
            self._fall(t_s)
        return self.level

    def _begin_when_due(self, t_s: float, last_s: float) -> None:
        if t_s - self._due_s > OLDEST_TRIGGER_S:
            self._forget_trigger()
        if self._due_s == NEVER_S or t_s < self._due_s or t_s - self._ended_s < self.shortest_pause_s:
            return
        self.stage = BurstStage.RISE
        self._start_s = t_s
        # As long as the tick before it, a tick at most: the gate lets the current rise by what that time allows.
        before_s = 0.0 if last_s == NEVER_S else t_s - last_s
        self._rises_from_s = t_s - max(0.0, min(self._tick_s, before_s))
        self._due_s = NEVER_S
        self.level = 0.0
        self.peak = self._next_peak
        self._longest_s = self._next_longest_s

    def _fall_in_time(self, t_s: float, *, stalled: bool) -> None:
        """Begin the falling ramp so that it ends with the extension, the open loop and the longest burst kept."""
        end_s = self._start_s + self._longest_s
        if self._open_loop_end_s is not None:
            end_s = min(end_s, self._open_loop_end_s)
        if t_s >= end_s - self.settings.fall_s:
            self._begin_fall(t_s, end_s)
        elif self.stage == BurstStage.EXTENSION and t_s >= self._extension_end_s:
            fall_s = self.settings.fall_s
            if stalled:
                self._begin_fall(self._extension_end_s, self._extension_end_s + fall_s)
            else:
                self._begin_fall(t_s, max(t_s + QUICK_FALL_SHARE * fall_s, self._extension_end_s + fall_s))

    def _begin_fall(self, t_s: float, end_s: float) -> None:
        self.stage = BurstStage.FALL
        self._fall_from = self.level
        self._fall_start_s = t_s
        self._fall_end_s = min(end_s, self._start_s + self._longest_s)
        if self._open_loop_end_s is not None:
            self._fall_end_s = min(self._fall_end_s, self._open_loop_end_s)

    def _fall(self, t_s: float) -> None:
        if t_s >= self._fall_end_s or self._fall_end_s <= self._fall_start_s:
            due_s = self._due_s
            self.cut(t_s)
            if due_s != NEVER_S:
                self._due_s = due_s
                self.stage = BurstStage.DELAY
            return
        share = (self._fall_end_s - t_s) / (self._fall_end_s - self._fall_start_s)
        self.level = min(self.level, self._fall_from * share)

    def _forget_trigger(self) -> None:
        self._due_s = NEVER_S
        if self.stage == BurstStage.DELAY:
            self.stage = BurstStage.IDLE


class PulsePlan:
    """Puts the pulses of one channel on the grid of ticks: each at the tick nearest to its time, none made up for."""

    def __init__(self, tick_s: float) -> None:
        self.tick_s = tick_s
        self._next_s = NEVER_S

    def due(self, t_s: float, rate_hz: float, *, on: bool) -> bool:
        """Whether a pulse belongs to the tick at `t_s`; the first one of a burst comes at once."""
        if not on:
            self._next_s = NEVER_S
            return False
        if t_s < self._next_s - 0.5 * self.tick_s:
            return False
        period_s = 1.0 / rate_hz
        behind = self._next_s == NEVER_S or t_s - self._next_s > self.tick_s
        self._next_s = (t_s if behind else self._next_s) + period_s
        return True
