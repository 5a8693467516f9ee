"""What heel switch and IMU teach of a person while both are good, for the time when one is left alone."""

from collections import deque

from controller.signals import Event, EventKind
from controller.witness import LONGEST_STRIDE_S, STRIDES_REMEMBERED

AGREE_S = 0.2
"""Contacts of the two sensors that lie within this of each other are one."""

SHORTEST_SWING_S, LONGEST_SWING_S, LEAST_LEARNED = 0.2, 0.8, 3
"""What lasts so long is a swing; the median of so many is known of a person."""

WHOLE_SHARE = 0.75
"""A swing that has lasted for this share of the usual one may end."""

CHATTER_SHARE, CHATTER_S = 0.45, 0.2
"""A heel that lifts sooner than both, the one a share of its usual time on the floor, chatters: nothing is learned."""


class Lesson:
    """How long this person's swings last, and the heel is down, and by how much it tells heel off later than the IMU.

    `down_s`: usual time from a contact of the heel to its lift, s; 0 before one was seen.
    """

    def __init__(self) -> None:
        self.down_s = 0.0
        self._downs_s: deque[float] = deque(maxlen=STRIDES_REMEMBERED)
        self._swings_s: deque[float] = deque(maxlen=STRIDES_REMEMBERED)
        self._heel_off_later_s: deque[float] = deque(maxlen=STRIDES_REMEMBERED)

    @property
    def swing_s(self) -> float | None:
        """How long the swings lasted lately, s; None before enough were seen."""
        return median(self._swings_s) if len(self._swings_s) >= LEAST_LEARNED else None

    def swing(self, swing_s: float) -> None:
        """From the IMU's foot off to the heel's contact."""
        if SHORTEST_SWING_S <= swing_s <= LONGEST_SWING_S:
            self._swings_s.append(swing_s)

    def may_end(self, swung_s: float) -> bool:
        """Whether a swing that has lasted for so long may end, by the usual ones."""
        return self.swing_s is not None and swung_s >= WHOLE_SHARE * self.swing_s

    def stand(self, down_s: float) -> None:
        """The heel has lifted after so long on the floor."""
        if min(CHATTER_S, CHATTER_SHARE * self.down_s) < down_s <= LONGEST_STRIDE_S:
            self._downs_s.append(down_s)
            self.down_s = median(self._downs_s)

    def heel_off_later(self, later_s: float) -> None:
        """The heel told heel off so much later than the IMU."""
        if abs(later_s) <= AGREE_S:
            self._heel_off_later_s.append(later_s)

    def as_heel(self, event: Event) -> Event:
        """The IMU's heel off at the time at which the heel switch would have told it; any other event as it is."""
        if event.kind != EventKind.HO or len(self._heel_off_later_s) < LEAST_LEARNED:
            return event
        return event._replace(t_s=min(event.decided_s, event.t_s + median(self._heel_off_later_s)))


def median(values: deque[float]) -> float:
    """The middle one, the upper of two; raises IndexError where there is none."""
    return sorted(values)[len(values) // 2]
