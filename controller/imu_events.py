"""Gait events from the sagittal rate of one IMU on the shank or the foot, sample by sample, with nothing from later.

Only the rate about z, which is positive in swing, and the norm of the acceleration are used, so the sensor may be
turned by any angle in the sagittal plane. The rate is summed to an angle, whose turning points are the step:

    stance   the segment leans forward more and more (the angle falls): the push, HO on the way
    swing    it turns at push-off and swings forward (the angle rises): FO at the turn
    landing  it turns again: IC, confirmed when it pitches back, comes to rest, or stays where it is

Thresholds start at the settings and follow the medians of the last strides; after `forget_s` without a step they
start anew.
"""

from math import hypot, inf

from config.schema import ImuEventSettings
from controller.habit import SHORTEST_PHASE_S, Habit, Placement, Stride
from controller.heel_off import FLAT_S, HEEL_RISE_DEG, SETTLED_SHARE, HeelOff
from controller.landing import (
    BETWEEN_CONTACTS_S,
    FLAT_AGAIN_S,
    FULL_SWING_DEG,
    LANDED_S,
    LANDING_DELAY_S,
    REBOUND_S,
    RISES_ON_DEG,
    SINKING_DEG_S,
    SINKING_S,
    lies_flat_again,
)
from controller.push_off import PushOff
from controller.signals import NEVER_S, Certainty, Event, EventKind

GRAVITY_M_S2 = 9.81
REST_ACC_M_S2 = 1.5
"""At rest the norm of the acceleration is gravity, within the scale error of a cheap chip and some tremor."""

PLAUSIBLE_RATE_DEG_S = 4000.0
"""No leg and no gyroscope gets there: such a sample is not used."""

REST_S = 0.1
"""So long at rest is standing, or a foot that has landed flat."""

LONGEST_SWING_S = 1.5
"""A swing without landing for so long was no swing."""

FLAT_SHARE = 0.06
"""A foot also lies flat below this share of the usual peak of swing: fast walkers roll over it without a stop."""


class ImuEvents:
    """Detects IC, HO and FO of one leg. All events are confirmed: they are said at or after the time that they name."""

    def __init__(self, settings: ImuEventSettings, placement: Placement, source: str) -> None:
        self.settings = settings
        self.source = source
        self.on_foot = placement == "foot"
        self._delay_s = LANDING_DELAY_S[placement]
        self._rises_on_deg = RISES_ON_DEG[placement]
        self._habit = Habit(settings, placement)
        self._push = PushOff(self._habit, placement)
        self._heel = HeelOff(settings, self._habit, on_foot=self.on_foot)
        self._t_s, self._lift_s, self._shaken_m_s2 = NEVER_S, NEVER_S, 0.0
        self.reset()

    @property
    def push_s(self) -> float:
        """When the push of this stance began, NEVER_S as long as it has not."""
        return self._push.begun_s

    @property
    def swings_on(self) -> bool:
        """Whether the contact that was told last was a dip: the foot has risen again, and its swing goes on."""
        return self.on_foot and self._swinging and not self._pushed

    def reset(self) -> None:
        """Forget the half-finished stride, after a loss of the sensor. What was learned of the person stays."""
        self._rate = 0.0
        self._fresh = True
        self._angle = 0.0
        self._moved_s = self._turned_s = self._t_s
        self._contact_s = self._ground_s = self._sank_s = NEVER_S
        self._landed_deg, self._low, self._sinks_deg_s, self._shaken_m_s2 = inf, 0.0, 0.0, 0.0
        self._begin_stance(NEVER_S, 0.0)
        self._lost = True

    def update(self, t_s: float, values: tuple[float, ...]) -> tuple[Event, ...]:
        """The events decided on the sample `values` (acc x, y, z in m/s², gyr x, y, z in deg/s) stamped `t_s`.

        A sample whose stamp does not advance or whose sagittal rate is not a plausible number is ignored; after a gap
        longer than `gap_s` the half-finished stride is forgotten.
        """
        rate = values[5]
        if not (self._t_s < t_s < inf and abs(rate) <= PLAUSIBLE_RATE_DEG_S):
            return ()
        dt_s = t_s - self._t_s
        self._t_s = t_s
        if dt_s > self.settings.gap_s:
            self.reset()
        if self._fresh:
            self._fresh, self._rate = False, rate
            return ()
        before = self._rate
        self._rate = rate
        self._angle += 0.5 * (before + rate) * dt_s
        self._watch_rest(hypot(values[0], values[1], values[2]))
        self._habit.look(t_s - self._contact_s)
        events = () if self._swinging else self._stance()
        return events + self._swing(before, dt_s) if self._swinging else events

    def _watch_rest(self, acc_m_s2: float) -> None:
        speed = abs(self._rate)
        if speed >= max(self.settings.rest_rate_deg_s, FLAT_SHARE * self._habit.peak_deg_s):
            self._turned_s = self._t_s
        shake = abs(acc_m_s2 - GRAVITY_M_S2)
        if speed >= self.settings.rest_rate_deg_s or not shake <= REST_ACC_M_S2:
            self._moved_s = self._t_s
        self._shaken_m_s2 = max(self._shaken_m_s2, shake)

    def _begin_stance(self, t_s: float, angle: float) -> None:
        """The segment has landed at `t_s`, or never left: the push starts from `angle`."""
        self._swinging = self._foot_off_said = self._mid_stance = self._lost = False
        self._flat_deg = -inf
        self._heel.begin(t_s)
        self._push.begin(t_s)
        self._bottom_s = t_s
        self._restart_push(angle)

    def _restart_push(self, angle: float) -> None:
        self._shaken_m_s2 = 0.0
        self._push.restart()
        self._top = self._bottom = angle
        self._fastest = 0.0

    def _stance(self) -> tuple[Event, ...]:
        if self._rebounds() and self.on_foot:
            self._resume_swing()
            return ()
        self._heel.follow(self._t_s, self._rate)
        self._follow_push()
        if self._lost:
            self._find_swing()
            return ()
        events = self._heel_off()
        habit, push = self._habit, self._top - self._bottom
        if push < habit.least_push_deg or self._t_s - self._contact_s <= habit.least_stance_s:
            return events
        rises = self._push.is_push() and self._angle - self._bottom >= habit.least_rise_deg
        rises = rises and self._shaken_m_s2 >= habit.least_shake_m_s2
        if not (rises and self._fastest > habit.candidate_rate_deg_s) and not self._push_off_over(push):
            return events
        self._begin_swing(pushed=True)
        slow = self._fastest <= habit.swing_rate_deg_s
        events += () if rises and slow else self._foot_off()
        # Where the push told foot off, a stranger's swing still has to prove itself.
        self._candidate = slow and (rises or not habit.known)
        return events

    def _rebounds(self) -> bool:
        """Whether what looked like landing was a dip in mid-swing: the foot goes on rising."""
        if self._t_s - self._contact_s > REBOUND_S:
            self._landed_deg = inf
        elif self._angle > self._landed_deg + self._rises_on_deg:
            self._habit.dipped(self._landed_deg - self._low, inf)
            self._landed_deg = inf
            return True
        elif self._angle < self._low:
            self._low = self._angle
        return False

    def _resume_swing(self) -> None:
        self._swinging, self._pushed, self._fallen = True, False, False
        self._high, self._high_s, self._sunk_s = self._angle, self._t_s, inf

    def _foot_off(self) -> tuple[Event, ...]:
        self._candidate = False
        if self._foot_off_said:
            return ()
        self._foot_off_said = True
        return (self._event(EventKind.FO, self._lift_s),)

    def _follow_push(self) -> None:
        """Keep the angles between which the push goes, where its rate was deepest, and when heel off may have been."""
        t_s, rate, angle = self._t_s, self._rate, self._angle
        if t_s - self._moved_s >= REST_S:
            self._foot_off_said = self._lost = False
            self._heel.rest(t_s)
            self._restart_push(angle)
        settled = rate > -SETTLED_SHARE * self._habit.peak_deg_s
        if not self._mid_stance and settled and t_s - self._contact_s > REST_S:
            self._mid_stance = True
            self._push.reach_mid_stance(rate)
            self._restart_push(angle if self.on_foot else self._top)
            self._bottom = angle
        if self.on_foot and t_s - self._turned_s >= FLAT_S and not self._heel.said and not self._lost:
            self._heel.flat_s, self._flat_deg = t_s, angle
            self._restart_push(angle)
        if angle > self._top and self._top - self._bottom < self._habit.least_push_deg and not self._lost:
            self._restart_push(angle)
        if angle <= self._bottom:
            self._bottom, self._bottom_s, self._fastest = angle, t_s, 0.0
        self._fastest = max(self._fastest, rate)
        self._push.follow(t_s, rate, self._contact_s)

    def _heel_off(self) -> tuple[Event, ...]:
        rise = self._top - self._angle
        said = self._mid_stance and self._heel.decide(self._t_s, self._rate, rise, self._ground_s)
        return (self._event(EventKind.HO, self._heel.left_s),) if said else ()

    def _push_off_over(self, push: float) -> bool:
        """Whether a push like the ones before has ended, or any clear one, which tells FO before the swing is seen."""
        habit = self._habit
        if self._foot_off_said or not self._mid_stance or self._t_s - self._contact_s <= habit.least_push_off_s:
            return False
        as_usual = habit.known and push >= habit.sure_push_deg and self._push.is_over(self._rate)
        steps = abs(self._top - self._flat_deg) < HEEL_RISE_DEG and self._shaken_m_s2 >= habit.least_shake_m_s2
        return as_usual or (steps and self._push.is_turned(self._rate, push))

    def _find_swing(self) -> None:
        """After a loss in mid-stride: the swing that is going on is followed to its IC, and nothing learned of it."""
        rise = self._angle - self._bottom
        if rise >= 2.0 * self.settings.swing_angle_deg and self._rate > self._habit.swing_rate_deg_s:
            self._begin_swing(pushed=False)
            self._lift_s = self._t_s - SHORTEST_PHASE_S

    def _begin_swing(self, *, pushed: bool) -> None:
        self._swinging = True
        self._pushed = self._candidate = pushed
        self._base = self._bottom
        earliest_s = max(self._contact_s + self._delay_s, self._ground_s)
        self._lift_s = min(max(self._push.deep_s, self._heel.left_s, earliest_s), self._t_s)
        self._peak = self._fastest
        self._proven = self._fallen = False
        self._high, self._high_s, self._sunk_s = self._angle, self._t_s, inf

    def _swing(self, before: float, dt_s: float) -> tuple[Event, ...]:
        habit, t_s, angle = self._habit, self._t_s, self._angle
        if not self._proven and angle < self._bottom - HEEL_RISE_DEG:
            self._swinging = False
            return ()
        self._base = min(self._base, angle)
        self._peak = max(self._peak, self._rate)
        self._follow_high(before, dt_s)
        enough = habit.candidate_rate_deg_s if self._candidate else habit.swing_rate_deg_s
        self._proven = self._proven or (angle - self._base >= habit.least_rise_deg and self._peak > enough)
        if t_s - self._lift_s > LONGEST_SWING_S:
            self._begin_stance(NEVER_S, angle)
            return ()
        if self._candidate and self._peak > habit.swing_rate_deg_s:
            return self._foot_off()
        height = 1.0 if self.on_foot else min(1.0, (self._high - self._base) / FULL_SWING_DEG)
        contact_s = min(self._sunk_s, self._high_s + height * SINKING_S) + height * self._delay_s
        contact_s = max(contact_s, self._ground_s + BETWEEN_CONTACTS_S)
        if not self._landed() or t_s < contact_s:
            return ()
        if self._pushed:
            angles = self._high - self._base, self._top - self._base
            times = self._high_s - self._lift_s, self._high_s - self._contact_s, self._bottom_s - self._heel.flat_s
            habit.learn(Stride(self._peak, *angles, -self._push.deepest_deg_s, *times), candidate=self._candidate)
        self._contact_s, self._ground_s = self._high_s, contact_s
        self._landed_deg, self._low = self._high, angle
        self._begin_stance(self._high_s, self._high)
        return () if self._candidate else (self._event(EventKind.IC, contact_s),)

    def _follow_high(self, before: float, dt_s: float) -> None:
        """Keep the highest angle and when it was; a second rise counts only if it goes clearly higher."""
        rate = self._rate
        if rate <= 0.0 < before and not self._fallen:
            self._high_s, self._sunk_s = self._t_s - dt_s * rate / (rate - before), inf
        if rate <= -SINKING_DEG_S < before and self._sunk_s == inf:
            self._sunk_s = self._t_s - dt_s * (rate + SINKING_DEG_S) / (rate - before)
        if rate <= 0.0:
            self._low = min(self._low, self._angle) if self._fallen else self._angle
            if not self._fallen or rate < self._sinks_deg_s:
                self._sinks_deg_s, self._sank_s = rate, self._t_s
            elif rate > 0.5 * self._sinks_deg_s:
                self._sunk_s = min(self._sunk_s, self._sank_s)
            self._fallen = True
        if self._proven and self._fallen and self._angle >= self._high + self._rises_on_deg:
            self._habit.dipped(self._high - self._low, self._high - self._base)
        if self._angle >= self._high + (self._rises_on_deg if self._fallen else 0.0):
            self._high = self._angle
            if rate > 0.0:
                self._high_s, self._sunk_s, self._fallen = self._t_s, inf, False

    def _landed(self) -> bool:
        at_rest = self.on_foot and self._proven and self._t_s - self._moved_s >= FLAT_AGAIN_S
        if at_rest and lies_flat_again(self._angle, self._base, self._top):
            # It landed when it came to rest, however slowly it settles on.
            self._high_s, self._fallen = min(self._high_s, self._moved_s), True
        if not self._proven or not self._fallen or self._high_s - self._lift_s <= self._habit.least_swing_s:
            return False
        return (
            self._high - self._angle >= self._habit.least_drop_deg
            or self._t_s - self._high_s >= LANDED_S
            or self._t_s - max(self._moved_s, self._high_s) >= REST_S
        )

    def _event(self, kind: EventKind, t_s: float) -> Event:
        return Event(kind, t_s, self._t_s, Certainty.CONFIRMED, self.source)
