"""The gait-phase state machine of one leg: disable first, dwell minima, and a time-out where the foot may be up."""

from config.schema import GaitSettings
from controller.signals import NEVER_S, Event, EventKind, HeelContact, Phase

# On Python 3.11 it takes longer to look up a member in its enum than to compare it.
_UNKNOWN, _STANDING, _LOADING = Phase.UNKNOWN, Phase.STANDING, Phase.LOADING
_STANCE, _PRE_SWING, _SWING = Phase.STANCE, Phase.PRE_SWING, Phase.SWING
_ON, _UNKNOWN_CONTACT = HeelContact.ON, HeelContact.UNKNOWN

SHORTEST_STRIDE_S = 0.4
LONGEST_STRIDE_S = 4.0
"""A stride outside these is not counted as good. 0.4 s is faster than anybody walks; 4 s is slower than 0.2 m/s."""


class GaitMachine:
    """Walks through UNKNOWN, STANDING, LOADING, STANCE, PRE_SWING, SWING on events, and leaves each by time-out.

    After `update`, `triggered` says that a swing began from a stance that was seen, `landed` that it ended by initial
    contact, `timed_out` names the time-out that ended it otherwise, `good_stride` that a whole stride was as it should
    be. `from_stance` stays true from the trigger on until the step is over. `acted_on` is set by whoever acts on a
    swing: a time-out of one that nobody acted on harms nobody and is not named.
    """

    def __init__(self, settings: GaitSettings) -> None:
        self.settings = settings
        self.phase = _UNKNOWN
        self.triggered = False
        self.from_stance = False
        self.acted_on = False
        self.landed = False
        self.good_stride = False
        self.timed_out = ""
        self.since_s = self._last_event_s = self._last_ic_s = self._foot_off_s = self._heel_off_s = NEVER_S
        self._rest_since_s: float | None = None
        self._rested_s = self._acted_s = NEVER_S

    def update(
        self, t_s: float, events: tuple[Event, ...], contact: HeelContact, *, at_rest: bool
    ) -> tuple[Event, ...]:
        """Advance to `t_s`; returns the events that fit the sequence. `at_rest`: the IMU sees no movement."""
        self.triggered = self.landed = self.good_stride = False
        self.timed_out = ""
        accepted = tuple([event for event in events if self._take(event, contact)]) if events else ()
        self._watch_rest(t_s, contact, at_rest=at_rest)
        self._run_out(t_s)
        return accepted

    def push_off(self, t_s: float) -> None:
        """Push-off is under way although no heel off was seen: one that is seen later is still taken."""
        if self.phase in (_LOADING, _STANCE) and t_s - self._last_ic_s >= self.settings.stance_min_s:
            self._begin(_PRE_SWING, t_s)

    def swing(self, t_s: float) -> None:
        """The foot is off the floor although no foot off was told: one that is told later is still taken."""
        if self.phase in (_LOADING, _STANCE, _PRE_SWING) and t_s - self._last_ic_s >= self.settings.stance_min_s:
            self._begin(_SWING, t_s)

    def act(self, t_s: float) -> None:
        """Somebody acts on this swing from `t_s` on: its time-outs count from there."""
        self.acted_on = True
        self._acted_s = t_s

    def lose(self, t_s: float) -> None:
        """No sensor can tell the phase any more."""
        self._give_up(t_s)
        self._rest_since_s = None

    def _take(self, event: Event, contact: HeelContact) -> bool:
        if event.t_s < self._last_event_s:
            return False
        if event.kind == EventKind.IC:
            taken = self._initial_contact(event.t_s, contact)
        else:
            taken = self._heel_off(event.t_s) if event.kind == EventKind.HO else self._foot_off(event.t_s)
        if taken:
            self._last_event_s = event.t_s
        return taken

    def _initial_contact(self, t_s: float, contact: HeelContact) -> bool:
        """A heel that is known to be down has landed, however short the swing was; other signs must keep the dwell."""
        if t_s - self._last_ic_s < self.settings.stance_min_s:
            return False
        too_short = self.phase == _SWING and t_s - self.since_s < self.settings.swing_min_s
        if too_short and contact != _ON:
            return False
        stride_s = t_s - self._last_ic_s
        self.good_stride = (
            SHORTEST_STRIDE_S <= stride_s <= LONGEST_STRIDE_S
            and self._last_ic_s < self._foot_off_s < t_s
            and self._heel_off_s <= self._foot_off_s
        )
        self._last_ic_s = t_s
        self.landed = True
        self._enter(_LOADING, t_s)
        return True

    def _heel_off(self, t_s: float) -> bool:
        if t_s - self._last_ic_s < self.settings.stance_min_s:
            return False
        if self.phase in (_PRE_SWING, _SWING) and self._heel_off_s > self._last_ic_s:
            return False
        if self.phase == _SWING and t_s >= self.since_s:
            return False
        self._heel_off_s = t_s
        if self.phase not in (_PRE_SWING, _SWING):
            self._begin(_PRE_SWING, t_s)
        return True

    def _foot_off(self, t_s: float) -> bool:
        if t_s - self._last_ic_s < self.settings.stance_min_s:
            return False
        if self.phase == _SWING and self._foot_off_s > self._last_ic_s:
            return False
        if self.phase == _PRE_SWING and t_s - self._heel_off_s < self.settings.pre_swing_min_s:
            return False
        self._foot_off_s = t_s
        self._begin(_SWING, t_s)
        return True

    def _begin(self, phase: Phase, t_s: float) -> None:
        if self.phase in (_STANDING, _LOADING, _STANCE):
            self.triggered = self.from_stance = True
        self._rest_since_s = None
        self._enter(phase, t_s)

    def _give_up(self, t_s: float) -> None:
        """What was seen of this stride does not count any more."""
        self._heel_off_s = self._foot_off_s = NEVER_S
        self._enter(_UNKNOWN, t_s)

    def _enter(self, phase: Phase, t_s: float) -> None:
        if phase not in (_PRE_SWING, _SWING):
            self.from_stance = self.acted_on = False
        self.phase = phase
        self.since_s = t_s

    def _watch_rest(self, t_s: float, contact: HeelContact, *, at_rest: bool) -> None:
        """Standing: the heel is down, or where no switch tells the IMU is at rest, for long enough."""
        resting = contact == _ON or (contact == _UNKNOWN_CONTACT and at_rest)
        if resting:
            self._rested_s = t_s
        if not resting or self.phase in (_LOADING, _SWING):
            self._rest_since_s = None
        elif self._rest_since_s is None:
            self._rest_since_s = t_s
        elif t_s - self._rest_since_s >= self.settings.standing_after_s and self.phase != _STANDING:
            self._enter(_STANDING, t_s)

    def _run_out(self, t_s: float) -> None:
        phase, spent_s = self.phase, t_s - self.since_s
        if phase == _LOADING and spent_s >= self.settings.loading_s:
            self._enter(_STANCE, t_s)
        elif phase == _STANCE and spent_s >= self.settings.stance_max_s:
            self._give_up(t_s)
        elif phase == _PRE_SWING and spent_s >= self.settings.pre_swing_max_s:
            self.timed_out = "heel off without foot off" if self.acted_on else ""
            self._give_up(t_s)
        elif phase == _SWING and min(spent_s, t_s - self._acted_s) >= self.settings.swing_max_s:
            self.timed_out = "swing without initial contact" if self.acted_on else ""
            self._give_up(t_s)
        elif phase == _STANDING and t_s - self._rested_s >= self.settings.pre_swing_max_s:
            self._give_up(t_s)
