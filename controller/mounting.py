"""How an IMU sits on its segment, by what its strides show: turned round, slipped.

Turned round: while the heel is up, foot and shank lean toes-down and forward, and come back. So the pitch at both ends
of that time is higher than its mean, by 4 to 37 deg in every step of every recorded person and 14 to 33 deg of every
simulated one; forwards, backwards or on the spot. An IMU that sits back to front shows the same with the other sign. A
leg that is kicked out on a chair shows the other sign too: so it takes a walk that heel and IMU have both seen, or five
steps in a row. Where the segment turns faster while the heel is said to be down, it is the heel that is wrong.

Slipped: over a whole stride the accelerometer's mean points up. When it has turned in the segment's frame, and stays
so, the IMU has; one that turned about the segment's own axis does not show so, and does little harm. Strides of one
person differ by up to 7 deg in that, on stairs and turns too [found]. Of a foot only the time counts in which it does
not turn: how it hangs in swing changes by 10 deg with the first strides that are stimulated (in simulation).
"""

from collections import deque
from math import atan2, degrees

from controller.signals import NEVER_S
from controller.tilt import wrapped_deg

TURNED_DEG = -3.3
"""A step shows so much at most in that measure where the IMU is turned round. A heel switch that tells the opposite of
what is shows -3 to 11 deg."""

SHORTEST_UP_S, LONGEST_UP_S = 0.25, 1.5
"""A heel that is up for so long took a step."""

LONGEST_GAP_S = 0.1
"""A step with a longer gap between samples is not judged."""

OPPOSITE_SHARE = 1.5
"""A segment turns faster with the heel up, forwards, backwards or turned round: with the heel down on average 0.02 to
0.5 of that, and 1.8 to 49 where a heel switch tells the opposite of what is (recorded people, foot) [found]."""

LEAST_SWING_DEG_S, LONGEST_STANCE_S = 30.0, 3.0
"""A segment that turns slower on average does not swing; a foot that is down for longer is no part of a walk."""

SHORTEST_STRIDE_S, LONGEST_STRIDE_S = 0.5, 3.0
BASE_STRIDES, STRIDES_JUDGED, LEAST_SAMPLES = 5, 3, 10
SLIPPED_DEG, BACK_DEG = 10.0, 7.0
"""The strap has slipped when so many strides in a row point further off than the one, till all are within the other."""


class StepTurn:
    """Judges one IMU by the steps that the heel switch sees, and that switch by how fast the IMU turns in them.

    `wrong`: so many in a row turned it the other way; negative: in so many the heel told the opposite of what was.
    """

    def __init__(self) -> None:
        self.wrong = 0
        self._up = False
        self._up_s = self._down_s = self._last_s = NEVER_S
        self._turned = self._moment = self._path = 0.0
        self._down_deg_s = 0.0

    def forget(self) -> None:
        """Begin anew: IMU or heel was lost."""
        self.wrong = 0
        self._up = False
        self._down_s = NEVER_S

    def lift(self, t_s: float) -> None:
        """The heel left the floor."""
        down_s = t_s - self._down_s
        judged = not self._up and SHORTEST_UP_S <= down_s <= LONGEST_UP_S
        self._down_deg_s = self._path / down_s if judged else 0.0
        self._up, self._up_s, self._last_s = True, t_s, NEVER_S
        self._turned = self._moment = self._path = 0.0

    def sample(self, t_s: float, rate_deg_s: float) -> None:
        """A sample of the IMU's sagittal rate, deg/s."""
        dt_s = t_s - self._last_s
        self._last_s = t_s
        if dt_s <= LONGEST_GAP_S:
            turn_deg = rate_deg_s * dt_s
            self._path += abs(turn_deg)
            if self._up:
                self._turned += turn_deg
                self._moment += turn_deg * (t_s - self._up_s)
        elif self._path:
            self._up, self._down_s = False, NEVER_S

    def land(self, t_s: float) -> bool:
        """The heel came down; whether that was a step that can judge the IMU."""
        up_s, path_deg, was_up = t_s - self._up_s, self._path, self._up
        self._up, self._down_s, self._path, self._last_s = False, t_s, 0.0, NEVER_S
        if not was_up or not SHORTEST_UP_S <= up_s <= LONGEST_STANCE_S:
            return False
        if self._down_deg_s >= max(LEAST_SWING_DEG_S, OPPOSITE_SHARE * path_deg / up_s):
            self.wrong = min(self.wrong, 0) - 1
            return False
        if up_s > LONGEST_UP_S:
            return False
        # Integral of rate·(t - middle) = up_s · (mean of the pitch at both ends - mean pitch).
        turn_deg = self._moment / up_s - 0.5 * self._turned
        self.wrong = max(self.wrong, 0) + 1 if turn_deg <= TURNED_DEG else 0
        return True


class StrapWatch:
    """Whether one IMU still points as it did in its first strides. `slipped`: it does not."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """A person has armed: the next strides are the new measure."""
        self.slipped = False
        self._base: tuple[float, float] | None = None
        self._first: list[tuple[float, float]] = []
        self._off_deg: deque[float] = deque(maxlen=STRIDES_JUDGED)
        self.restart()

    def restart(self) -> None:
        """The stride under way is not judged: its IMU was lost."""
        self._x = self._y = self._z = 0.0
        self._samples = 0
        self._landed_s = NEVER_S

    def sample(self, acc_x: float, acc_y: float, acc_z: float) -> None:
        """A sample of the accelerometer in the segment's frame, m/s²."""
        self._x += acc_x
        self._y += acc_y
        self._z += acc_z
        self._samples += 1

    def land(self, t_s: float) -> None:
        """Initial contact at `t_s`: a stride is over."""
        stride_s, x, y, z, samples = t_s - self._landed_s, self._x, self._y, self._z, self._samples
        self.restart()
        self._landed_s = t_s
        if SHORTEST_STRIDE_S <= stride_s <= LONGEST_STRIDE_S and samples >= LEAST_SAMPLES:
            self._judge(degrees(atan2(x, y)), degrees(atan2(z, y)))

    def _judge(self, fore_deg: float, side_deg: float) -> None:
        if self._base is None:
            self._first.append((fore_deg, side_deg))
            if len(self._first) == BASE_STRIDES:
                middle = BASE_STRIDES // 2
                self._base = sorted(f for f, _ in self._first)[middle], sorted(s for _, s in self._first)[middle]
            return
        fore_off_deg, side_off_deg = wrapped_deg(fore_deg - self._base[0]), wrapped_deg(side_deg - self._base[1])
        self._off_deg.append(max(abs(fore_off_deg), abs(side_off_deg)))
        if len(self._off_deg) == STRIDES_JUDGED:
            if min(self._off_deg) > SLIPPED_DEG:
                self.slipped = True
            elif max(self._off_deg) < BACK_DEG:
                self.slipped = False
