"""Whether a gyroscope still follows the fine movement of a leg: one that follows slowly tells every landing late.

A low-pass takes impact, shaking and noise out of the rate, and leaves the strides: nothing else looks wrong.
The grain of a stride is the sum of the changes of the change of the rate from sample to sample over the sum of its
changes. It does not depend on how fast a person walks, and a low-pass of the first order at 2 Hz takes it down to 0.35
of what it was (0.28 to 0.52), one at 1 Hz to 0.29 [found: 195 recordings of feet and shanks]. Against the second lowest
of the strides before, for a sensor that has just been put on shakes more, people's strides by themselves are above 0.66
in every two in a row and 0.48 in every one [found: 2,360 strides of feet and shanks, stroke among them].
"""

from collections import deque

from controller.signals import NEVER_S

STRIDES_REMEMBERED, LEAST_LEARNED = 9, 5
"""The second lowest of so many strides is usual, once so many of them were seen."""

FOLLOWS_SLOWLY, HARDLY_FOLLOWS = 0.50, 0.35
"""Shares of the usual grain: two strides in a row below the one, or one below the other, are a sensor that is slow."""

FOLLOWS_AGAIN = 0.65
"""Two strides in a row above this share end it."""

SHORTEST_STRIDE_S, LONGEST_STRIDE_S = 0.4, 3.0
LONGEST_GAP_S = 0.05
LEAST_SAMPLES, LEAST_TURN_DEG_S = 16, 60.0
"""A stride with fewer samples, or whose rate changes by less in all, is not judged."""


class RateGrain:
    """Judges the sagittal rate of one IMU by its strides. `slow`: it has lost its fine movement."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """A person has disarmed, and may have strapped it on otherwise: the strides that come teach it anew."""
        self.slow = False
        self._grains: deque[float] = deque(maxlen=STRIDES_REMEMBERED)
        self._before = 1.0
        self._landed_s = NEVER_S
        self.restart()

    def restart(self) -> None:
        """The stride under way is not judged: samples are missing."""
        self._t_s, self._rate, self._change = NEVER_S, 0.0, 0.0
        self._landed_s = NEVER_S
        self._begin()

    def _begin(self) -> None:
        self._changes = self._bends = 0.0
        self._samples = 0

    def sample(self, t_s: float, rate_deg_s: float) -> None:
        """A sample of the sagittal rate, deg/s."""
        change = rate_deg_s - self._rate
        if t_s - self._t_s <= LONGEST_GAP_S:
            self._changes += abs(change)
            self._bends += abs(change - self._change)
            self._samples += 1
        else:
            self._landed_s, change = NEVER_S, 0.0
        self._t_s, self._rate, self._change = t_s, rate_deg_s, change

    def land(self, t_s: float) -> None:
        """The IMU tells at `t_s` that the foot has landed: a stride is over."""
        stride_s, self._landed_s = t_s - self._landed_s, t_s
        whole = SHORTEST_STRIDE_S <= stride_s <= LONGEST_STRIDE_S and self._samples >= LEAST_SAMPLES
        # A rate without any grain is no sensor of a leg, and no measure for the strides to come.
        if whole and self._changes >= LEAST_TURN_DEG_S and self._bends > 0.0:
            self._judge(self._bends / self._changes)
        self._begin()

    def _judge(self, grain: float) -> None:
        if len(self._grains) < LEAST_LEARNED:
            self._grains.append(grain)
            return
        share = grain / sorted(self._grains)[1]
        if self.slow:
            self.slow = min(share, self._before) < FOLLOWS_AGAIN
        else:
            self.slow = share < HARDLY_FOLLOWS or max(share, self._before) < FOLLOWS_SLOWLY
        self._before = share
        if not self.slow and share >= FOLLOWS_SLOWLY:
            self._grains.append(grain)
