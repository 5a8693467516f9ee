"""Heel off from one IMU: when the foot began to leave the floor, or the shank to speed up."""

from config.schema import ImuEventSettings
from controller.habit import Habit
from controller.signals import NEVER_S

FLAT_S = 0.04
"""A foot that has not turned for so long lies flat; at push-off the rate passes through zero faster."""

LATEST_S = 0.3
"""Heel off is confirmed within this time, or it was a slow lean."""

HEEL_RISE_DEG = 2.5
"""Forward pitch that confirms heel off on the foot."""

SETTLED_SHARE = 0.25
SPED_UP_SHARE = 0.33
"""Heel off on the shank: backward rate, as a share of the usual peak of swing. Normative shank rate at 40 % of the
stride: 81 of 363 deg/s [found: Camargo 2021 means]."""

FIRST_LEAN_DEG = 15.0
"""In a first step the shank leans so far forward before the heel has to lift: stance lets the ankle bend by 10 to
15 deg [found: gait tables], and whoever starts with the other leg leans fast before that."""

SLOW_ROLL_S = 0.45
"""A foot that takes longer than this from lying flat to its turn rolls slowly over its forefoot: the weight has left
the heel before the heel moves, the earlier the slower the roll. Healthy adults take 0.2 to 0.4 s [found: insoles]."""

CREEP_DEG_S = 5.0
"""Such a foot begins to creep at this rate, and that is the first that can be seen of its heel off."""


class HeelOff:
    """Finds the heel off of one stance. `flat_s`: when the foot last lay flat; `left_s`: the heel off that was said."""

    def __init__(self, settings: ImuEventSettings, habit: Habit, *, on_foot: bool) -> None:
        self._settings = settings
        self._habit = habit
        self._on_foot = on_foot
        self._crept_s = self._told_s = NEVER_S
        self.begin(NEVER_S)

    def begin(self, t_s: float) -> None:
        """A stance begins at `t_s`."""
        self.said = False
        self.left_s = self.flat_s = self._settled_s = self._still_s = t_s

    def rest(self, t_s: float) -> None:
        """The segment is at rest: a heel off may be said anew."""
        self.said = False
        self.flat_s = self._still_s = t_s

    def follow(self, t_s: float, rate_deg_s: float) -> None:
        """Take one sample of stance."""
        if abs(rate_deg_s) >= CREEP_DEG_S:
            self._crept_s = t_s
        elif t_s - self._crept_s >= FLAT_S and not self.said:
            self._still_s = t_s
        if not self.said and rate_deg_s > -SETTLED_SHARE * self._habit.peak_deg_s:
            self._settled_s = t_s

    def decide(self, t_s: float, rate_deg_s: float, rise_deg: float, contact_s: float) -> bool:
        """Whether heel off is sure on this sample; `left_s` is then when it was.

        `rise_deg` is the forward pitch since the foot last lay flat, `contact_s` the last initial contact.
        """
        habit = self._habit
        if self.said or rate_deg_s > -CREEP_DEG_S:
            return False
        earliest_s = max(contact_s + habit.least_loading_s, t_s - LATEST_S)
        ahead_s = habit.roll_s - SLOW_ROLL_S
        if self._on_foot and ahead_s > 0.0 and self._still_s > earliest_s:
            return self._say(max(self._still_s - ahead_s, contact_s + habit.least_loading_s))
        if rate_deg_s > -self._settings.rest_rate_deg_s:
            return False
        if self._on_foot and self.flat_s > earliest_s:
            left_s, sure = self.flat_s, rise_deg > HEEL_RISE_DEG
        else:
            left_s, sure = self._settled_s, rate_deg_s < -SPED_UP_SHARE * habit.peak_deg_s
            sure = sure and (habit.known or self._on_foot or rise_deg >= FIRST_LEAN_DEG)
        return sure and left_s > earliest_s and self._say(left_s)

    def _say(self, left_s: float) -> bool:
        """A foot that rests after its heel off and moves on has not left the floor a second time at that time."""
        self.said = True
        if left_s <= self._told_s:
            return False
        self.left_s = self._told_s = left_s
        return True
