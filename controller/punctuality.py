"""Whether a sensor has come to tell landings late: what heel switch and shank differ by hardly changes in one person.

Five landings have to be seen first, since a person disarmed. What changes by little from stride to stride is followed.

A foot lands on its heel or its toes, in some people by turns: an IMU on it may tell a landing up to 0.2 s before or
after the heel (in simulation), and nothing is to be learned there.
"""

from collections import deque
from typing import Literal

Name = Literal["", "heel", "imu"]

LEARNED = 5
"""The median of so many landings, that both told, is what is usual."""

LATE_BY_S = {"heel": 0.045, "imu": 0.06}
"""Later than the other, and than usual, by so much is late. Three landings in a row are off by 0.02 s at most in
recordings of elderly people and after stroke, shank against floor, and by 0.035 s in 25 simulated walks [found]; who
comes from level ground to stairs down lands on the forefoot, the heel 0.15 s later (in simulation). An IMU gets more
time, for beside one that is doubted a plain heel switch lets no burst begin."""

LEAST_IN_A_ROW, ENOUGH = 2, 3
"""So many landings in a row at least, that together are late by so many times the least that counts, are no chance."""


class Punctuality:
    """`late`: the sensor that tells landings later than it used to; nothing tells them before they are there."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """The sensors may have been put on anew."""
        self.late: Name = ""
        self._behind_s: deque[float] = deque(maxlen=LEARNED)
        self._suspect: Name = ""
        self._row, self._row_s = 0, 0.0

    @property
    def usual_s(self) -> float | None:
        """By how much the heel usually tells a landing after the IMU, s; None before it is known."""
        return sorted(self._behind_s)[LEARNED // 2] if len(self._behind_s) == LEARNED else None

    def met(self, behind_s: float) -> None:
        """Both told a landing, the heel by `behind_s` after the IMU. What is not late shows what is usual.

        Nor is late what is told first: then the usual ones were learned when the other was late.
        """
        usual_s = self.usual_s
        more_s = 0.0 if usual_s is None else behind_s - usual_s
        name: Name = "heel" if more_s > 0.0 else "imu"
        if min(abs(more_s), behind_s if name == "heel" else -behind_s) < LATE_BY_S[name]:
            self.late, self._suspect = "", ""
            self._row, self._row_s = 0, 0.0
            self._behind_s.append(behind_s)
            return
        if name != self._suspect:
            self.late, self._suspect, self._row, self._row_s = "", name, 0, 0.0
        self._row += 1
        self._row_s += abs(more_s)
        if self._row >= LEAST_IN_A_ROW and self._row_s >= ENOUGH * LATE_BY_S[name]:
            self.late = name
