"""The push-off of one stance from the sagittal rate: when it began, where it was fastest, when the foot left."""

from typing import Literal

from controller.habit import Habit
from controller.signals import NEVER_S

BEGINS_SHARE = {"shank": 0.5, "foot": 0.06}
"""A push has begun at this share of its usual rate: 0.1 to 0.2 s before foot off, the same from stride to stride within
10 to 25 ms, where the time since the contact before varies by 20 to 120 [found: insoles, hand-checked events]."""

OVER_SHARE = {"shank": 0.6, "foot": 0.85}
"""Push-off is over, and FO can be told before the swing is seen, when the backward rate is down to this share. A shank
leans on through a slow stance at a rate that wavers; a foot lies flat until it pushes."""

FOOT_OFF_SHARE_SHANK = 0.85
"""On the shank FO comes when the backward rate has fallen to this share of its peak: 154 of 181 deg/s at 60 % of the
stride [found: Camargo 2021 means]."""

SPEEDS_UP = 1.5
"""A shank pushes when it leans by so much faster than at its slowest in mid-stance: 154 of 60 deg/s there
[found: Camargo 2021 means]. Until then its loading is not over."""

TURNED_PUSH_DEG = 20.0
"""A foot that has turned after so large a push has left the floor: one that taps with its heel down has no joint for it
[K]."""

FOOT_OFF_DEEPER = 1.08
"""On the foot FO is the peak of the backward rate; a plateau counts from its beginning."""


class PushOff:
    """Follows one stance. `deepest_deg_s`: its fastest backward rate, negative; `deep_s`: foot off, if it was the last.

    `begun_s`: when the push began, NEVER_S as long as it has not.
    """

    def __init__(self, habit: Habit, placement: Literal["shank", "foot"]) -> None:
        self._habit = habit
        self._on_foot = placement == "foot"
        self._begins_share, self._over_share = BEGINS_SHARE[placement], OVER_SHARE[placement]
        self.begin(NEVER_S)

    def begin(self, t_s: float) -> None:
        """A stance begins at `t_s`."""
        self.deep_s = t_s
        self._slowest_deg_s = 0.0
        self._mid_stance = False
        self.restart()

    def restart(self) -> None:
        """What was seen so far was no push: the segment came to rest, or turned back."""
        self.begun_s = NEVER_S
        self.deepest_deg_s = 0.0

    def reach_mid_stance(self, rate_deg_s: float) -> None:
        """The loading slows down: from now on a push may come."""
        self._mid_stance = True
        self._slowest_deg_s = min(rate_deg_s, 0.0)

    def follow(self, t_s: float, rate_deg_s: float, contact_s: float) -> None:
        """Take one sample of stance; `contact_s` is the last initial contact."""
        begins_deg_s = -self._begins_share * self._habit.usual_push_deg_s
        if self.begun_s == NEVER_S:
            late_enough = self._mid_stance and t_s - contact_s > self._habit.least_push_off_s
            if late_enough and rate_deg_s < begins_deg_s:
                self.begun_s = t_s
        elif rate_deg_s >= 0.5 * begins_deg_s:
            self.begun_s = NEVER_S
        if self._on_foot:
            if rate_deg_s < self.deepest_deg_s * FOOT_OFF_DEEPER:
                self.deepest_deg_s, self.deep_s = rate_deg_s, t_s
        else:
            self._follow_shank(t_s, rate_deg_s)

    def _follow_shank(self, t_s: float, rate_deg_s: float) -> None:
        """While the shank slows down after the loading it has not begun to push."""
        slows = self._mid_stance and rate_deg_s > self._slowest_deg_s
        if slows and self.deepest_deg_s > SPEEDS_UP * self._slowest_deg_s:
            self._slowest_deg_s = self.deepest_deg_s = min(rate_deg_s, 0.0)
        self.deepest_deg_s = min(self.deepest_deg_s, rate_deg_s)
        if rate_deg_s < self.deepest_deg_s * FOOT_OFF_SHARE_SHANK:
            self.deep_s = t_s

    def is_push(self) -> bool:
        """Whether a swing may follow: the shank has leaned fast enough since mid-stance."""
        return self._on_foot or not self._mid_stance or -self.deepest_deg_s >= self._habit.least_push_rate_deg_s

    def is_over(self, rate_deg_s: float) -> bool:
        """Whether a push like the ones before has ended."""
        sure = self.deepest_deg_s < -self._habit.sure_push_rate_deg_s
        return sure and rate_deg_s > self._over_share * self.deepest_deg_s

    def is_turned(self, rate_deg_s: float, push_deg: float) -> bool:
        """Whether a foot has turned after a push that nothing but a step makes, weaker than usual or the first one."""
        if not self._on_foot or rate_deg_s < 0.0 or push_deg < TURNED_PUSH_DEG:
            return False
        return -self.deepest_deg_s >= self._habit.turned_push_rate_deg_s
