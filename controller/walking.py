"""Whether a leg walks: no burst rests on a movement that a step, and nothing else, would not have made.

What each sensor can tell:
- IMU on the shank: a step is a push, a forward swing and a landing. Seated, kneeling, tapping or shaken it shows none.
- IMU on the foot: a foot that is lifted on a chair turns as slowly as one that is hardly lifted in a small step. Swings
  slower than `FOOT_RATE_DEG_S`, too short for a first step, or after a push of less than `FOOT_TURNS_DEG` do not
  count: small flat steps are missed for it.
- Heel switch alone: it knows times only. Up for longer than down is a step; knees raised in turn on a chair leave each
  heel down for longer than up, and so does very slow walking: these are not told apart and get no burst. Quick marching
  on a chair and backward steps have the times of a walk, and no heel switch can tell them from one.
"""

from collections import deque
from collections.abc import Iterable
from math import inf
from typing import Literal

from config.schema import GaitSettings
from controller.signals import NEVER_S, Event, EventKind, Tilt

HO, FO, IC = EventKind.HO, EventKind.FO, EventKind.IC

FIRST_STRIDE_S, SHORTEST_STRIDE_S = 0.7, 0.4
"""Nobody starts to walk with quicker strides than the first, and festinating people come down to the second: what
begins quicker is a tapping heel. Cadence above 170 steps/min to begin with is not published of any gait [K]."""

FIRST_UP_S, SHORTEST_UP_S, LONGEST_UP_S = 0.3, 0.2, 1.4
"""The heel is up for so long in the first step at least, in later ones, and at most: 1.4 s at 0.25 m/s; up on the toes
of both feet people stay longer."""

FOOT_RATE_DEG_S = 75.0
FIRST_FOOT_SWING_S = 0.4
"""A foot that swings up slower than this, or for a shorter time before a step is known, may be one on a chair."""

FOOT_TURNS_DEG = 20.0
"""A foot pushes off by more than this; one that taps on a chair with its heel on the floor has no joint for it [K]."""

STIRS_DEG_S = 60.0
"""The shank of a walking person turns faster than this in each stride, whichever way the sensor is mounted: slow and
shuffling steps 85 deg/s and more, a raised knee on a chair 40 (in simulation)."""

LEANS_SHARE = {"shank": 0.6, "foot": 0.1}
"""Push-off is under way when the segment leans as far as it usually does so long before foot off as a burst begins, and
`EARLIER_S` more; by this share of the whole lean at least. The foot leans late, when its heel is up."""

LEANS_DEG_S = 15.0
"""... and turns so fast at least: who stands with a foot that lies flat, or a shank that leans, is not pushing off."""

EARLIER_S = 0.03
KEPT_S, KEPT = 0.01, 60
"""Pitches are kept so densely, and so many: from foot off, when it is decided, back to the beginning of a burst."""

STILL_SHARE, OVER_S = 0.25, 0.2
"""A swing is over when the shank has not turned forward, beyond this share of a step's rate, for so long."""

PUSHED_SHARE = 0.4
"""A swing comes after a lean of this share of the usual one at least; who stops leans less and straightens up."""

SWUNG_WITHIN_S = 0.35
"""... and is fast so soon after that lean has ended: a knee that straightens slowly at the end of a walk is none.
Slow and shuffling steps take up to 0.2 s (in simulation)."""

BACKWARDS_SHARE = 0.6
SMOOTH_S, SETTLED_S = 0.03, 0.1
"""The shank of a forward step swings forward faster than it leans at any time; on stairs up nearly so (0.9). It does
0.4 of that in steps backwards [calc: gait tables, reversed]. Judged on the rate without the blows of the floor."""

FASTEST_DEG_S = 800.0
"""No leg turns as fast: shank and foot stay below about 700 deg/s in walking [K]; what is beyond is a fault."""

FULL_SCALE_SHARE, MOST_BIAS_DEG_S = 0.98, 20.0
"""A rate so near to the gyroscope's full scale, less the bias that was taken from it [V], may be any rate beyond it."""

CLIPPED_S = 0.05
"""A rate that cannot be for so long leaves nothing to build on: a pitch that went astray, and a step not seen."""

TOLD_AGAIN_S = 0.5
"""A landing so soon after one, without a foot off in between, is that one told again, as the foot comes down flat."""

REMEMBERED_SHARE = 0.3
"""Share of the last stride in what is usual."""


class Walking:
    """Judges one leg step by step. `by_imu`, `by_heel`: the last movement was a step, as that sensor sees it.

    `leans`: the IMU's segment leans forward as it usually does before the foot leaves the floor. `swings`: it turns
    forward as fast as in a step, after a push. `backwards`: the last step was one. `over`: a swing was seen and is
    over for long, whether or not an event said so. None of that rests on a rate that no leg has or the gyroscope,
    whose full scale is `full_scale_deg_s`, cannot tell.
    """

    def __init__(
        self,
        settings: GaitSettings,
        placement: Literal["shank", "foot"] | None,
        before_foot_off_s: float,
        full_scale_deg_s: float = inf,
    ) -> None:
        self.settings = settings
        self._most_deg_s = min(FASTEST_DEG_S, FULL_SCALE_SHARE * full_scale_deg_s - MOST_BIAS_DEG_S)
        self.on_foot = placement == "foot"
        self.before_s = before_foot_off_s + EARLIER_S
        self.leans_share = LEANS_SHARE[placement or "shank"]
        self.forget()

    def forget(self) -> None:
        """Nothing is known of the last step any more: after the loss of the sensors."""
        self.by_imu = self.by_heel = self.leans = self.swings = self.backwards = False
        self.over = self._swung = False
        self._forward_s, self._pitch_deg = NEVER_S, 0.0
        self._pitches_deg: deque[tuple[float, float]] = deque(maxlen=KEPT)
        self._heel_up_s = self._heel_down_s = self._stirred_s = NEVER_S
        self._off_s = self._landed_s = self._swung_on_s = self._stepped_s = NEVER_S
        self._usual_lean_deg = self._lean_before_deg = self._smooth_deg_s = 0.0
        self._seen_s = self._possible_s = NEVER_S
        self._distrusted = self._ever_stepped = False
        self._restart_stride(0.0)

    @property
    def may_guess(self) -> bool:
        """Whether a swing that the IMU sees may be taken for a first step: not yet one is known, but none that was not.

        A foot has to show a whole step first, and so has an IMU that has only just come to lead.
        """
        return not (self.on_foot or self.backwards or self._distrusted)

    @property
    def shank_turns(self) -> bool:
        """Whether an IMU on the shank turns as fast as in a step, forwards or backwards, whatever came before."""
        return not self.on_foot and abs(self._smooth_deg_s) >= STIRS_DEG_S

    def distrust(self) -> None:
        """The IMU leads from now on, perhaps because it contradicts a good heel: it has to show a whole step first."""
        self.by_imu, self._distrusted, self._stepped_s = False, self._ever_stepped, NEVER_S

    def update(
        self,
        t_s: float,
        from_heel: Iterable[Event],
        from_imu: Iterable[Event],
        tilt: Tilt | None,
        *,
        swings_on: bool = False,
    ) -> None:
        """Take the events of the two sensors, before they are merged, and the leading IMU's tilt (none: no IMU).

        `swings_on`: the contact that the IMU told last was only a dip.
        """
        if swings_on:
            self._swung_on_s = t_s
        if tilt is not None:
            self._follow(t_s, tilt)
        for event in from_heel:
            self._take_heel(event)
        for event in from_imu:
            self._take_imu(event)
        longest_s = self.settings.stance_max_s
        if t_s - max(self._landed_s, self._off_s) > longest_s:
            self.by_imu = self.backwards = False
        self.by_heel = self.by_heel and t_s - max(self._heel_down_s, self._heel_up_s) <= longest_s

    def stirs(self, t_s: float) -> bool:
        """Whether the segment has turned as fast as a step needs within the last stride."""
        return t_s - self._stirred_s <= 2.0 * self.settings.slow_stride_s

    def _restart_stride(self, pitch_deg: float) -> None:
        self._peak_deg_s = self._forward_deg_s = self._back_deg_s = 0.0
        self._top_deg = self._bottom_deg = pitch_deg
        self._bottom_s = self._seen_s

    def _follow(self, t_s: float, tilt: Tilt) -> None:
        pitch, rate = tilt.pitch_deg, tilt.rate_deg_s
        if self._seen_s == NEVER_S:
            self._restart_stride(pitch)
            self._possible_s = t_s
        if abs(rate) >= self._most_deg_s:
            self._see_nothing(t_s, pitch)
            return
        self._possible_s = t_s
        self._smooth_deg_s += min(1.0, (t_s - self._seen_s) / SMOOTH_S) * (rate - self._smooth_deg_s)
        self._seen_s = t_s
        if t_s - self._landed_s > SETTLED_S:
            self._forward_deg_s = max(self._forward_deg_s, self._smooth_deg_s)
            self._back_deg_s = max(self._back_deg_s, -self._smooth_deg_s)
        if abs(rate) >= STIRS_DEG_S:
            self._stirred_s = t_s
        if pitch > self._top_deg and self._off_s <= self._landed_s and rate > 0.0:
            self._top_deg = pitch
        if pitch < self._bottom_deg:
            self._bottom_deg, self._bottom_s = pitch, t_s
        if self._off_s > self._landed_s:
            self._peak_deg_s = max(self._peak_deg_s, rate)
        leaned_deg = self._top_deg - pitch
        enough_deg = max(self._lean_before_deg, self.leans_share * self._usual_lean_deg)
        self.leans = tilt.known and rate <= -LEANS_DEG_S and leaned_deg >= enough_deg > 0.0
        if not self._pitches_deg or t_s - self._pitches_deg[-1][0] >= KEPT_S:
            self._pitches_deg.append((t_s, pitch))
        pushed = self._top_deg - self._bottom_deg >= PUSHED_SHARE * self._usual_lean_deg
        self.swings = tilt.known and pushed and self._swings_at(t_s)
        if self._smooth_deg_s >= STIRS_DEG_S:
            self._swung = True
        if self._smooth_deg_s >= STILL_SHARE * STIRS_DEG_S:
            self._forward_s = t_s
        self.over = self._swung and t_s - self._forward_s >= OVER_S
        self._pitch_deg = pitch

    def _see_nothing(self, t_s: float, pitch_deg: float) -> None:
        """The rate cannot be: no lean and no swing, and when that lasts, a whole step has to be shown anew."""
        self.leans = self.swings = False
        self.over = self._swung and t_s - self._forward_s >= OVER_S
        self._seen_s, self._pitch_deg, self._smooth_deg_s = t_s, pitch_deg, 0.0
        if t_s - self._possible_s >= CLIPPED_S:
            self.by_imu, self._distrusted, self._stepped_s = False, True, NEVER_S
            self._pitches_deg.clear()
            self._restart_stride(pitch_deg)

    def _swings_at(self, t_s: float) -> bool:
        """Whether the segment turns forward as fast as in a step, and came to do so soon after its lean."""
        return self._smooth_deg_s >= STIRS_DEG_S and (self.swings or t_s - self._bottom_s <= SWUNG_WITHIN_S)

    def _take_imu(self, event: Event) -> None:
        if event.kind == FO:
            self._off_s = event.t_s
            self._swung = self._swung and event.t_s - self._forward_s <= OVER_S
            self.over = self.over and self._swung
            self._learn_lean(event.t_s - self.before_s)
        elif event.kind == IC:
            if self._off_s <= self._landed_s < event.t_s <= max(self._landed_s, self._swung_on_s) + TOLD_AGAIN_S:
                self._landed_s = event.t_s
                self._restart_stride(self._pitch_deg)
                return
            swing_s = event.t_s - self._off_s
            self.backwards = not self.on_foot and self._forward_deg_s < BACKWARDS_SHARE * self._back_deg_s
            self.by_imu = self._off_s > self._landed_s and not self.backwards and self._is_swing(swing_s, event.t_s)
            if self.by_imu:
                self._distrusted, self._ever_stepped = False, True
                self._stepped_s = event.t_s
                lean_deg = self._top_deg - self._bottom_deg
                share = REMEMBERED_SHARE if self._usual_lean_deg else 1.0
                self._usual_lean_deg += share * (lean_deg - self._usual_lean_deg)
            self._landed_s = event.t_s
            self._swung = False
            self._restart_stride(self._pitch_deg)

    def _learn_lean(self, then_s: float) -> None:
        """How far the segment leaned when the burst of the foot off that was just told should have begun."""
        for t_s, pitch_deg in reversed(self._pitches_deg):
            if t_s <= then_s:
                lean_deg = self._top_deg - pitch_deg
                share = REMEMBERED_SHARE if self._lean_before_deg else 1.0
                self._lean_before_deg += share * (lean_deg - self._lean_before_deg)
                return

    def _is_swing(self, swing_s: float, landed_s: float) -> bool:
        if not self.on_foot:
            return True
        if self._top_deg - self._bottom_deg < FOOT_TURNS_DEG:
            return False
        known = self.by_imu or self.by_heel or landed_s - self._stepped_s <= self.settings.stance_max_s
        return self._peak_deg_s >= FOOT_RATE_DEG_S and (known or swing_s >= FIRST_FOOT_SWING_S)

    def _take_heel(self, event: Event) -> None:
        if event.kind == IC:
            self._heel_down_s = event.t_s
        elif event.kind == HO:
            self.by_heel = self._is_stride(event.t_s - self._heel_up_s, self._heel_down_s - self._heel_up_s)
            self._heel_up_s = event.t_s

    def _is_stride(self, stride_s: float, up_s: float) -> bool:
        """A stride from heel off to heel off, of which the heel was up for `up_s`."""
        shortest_s = SHORTEST_STRIDE_S if self.by_heel else FIRST_STRIDE_S
        shortest_up_s = SHORTEST_UP_S if self.by_heel else FIRST_UP_S
        if stride_s < shortest_s or not shortest_up_s <= up_s <= LONGEST_UP_S:
            return False
        return stride_s <= self.settings.slow_stride_s or up_s >= 0.5 * stride_s
