"""Whether stimulation lifts the foot: the check of the muscle itself, as a printer checks that its heater heats.

An IMU on the foot sees it: the highest pitch of the foot in a swing, with stimulation and without. Swings without, or
with little, come after arming (the softened ones) and whenever a burst was withheld. Without any, a large drop from
what stimulated swings showed before is taken.

A toe that drags holds the foot down whatever the muscle does, for 20 strides and more (in simulation). But a foot that
nothing lifts also points down further as it leaves the floor, by 5 to 18 deg where toes drag: of one that stays low
nothing is said unless it does. Nor of one whose swings are all different, as in spasticity.

An IMU on the shank alone cannot see it: what the hip does to make up for a hanging foot changes its pitch by 2 to 4
deg, as much as any change of speed (in simulation); there nothing is said.
"""

from collections import deque
from typing import NamedTuple

from controller.signals import NEVER_S

WEAK_SHARE, FULL_SHARE = 0.3, 0.9
"""A swing with at most, and at least, this share of the full current counts as one without and with stimulation."""

STRIDES_JUDGED, WEAK_REMEMBERED = 3, 5
FIRST_STRIDES_JUDGED = 8
"""So many, as long as none has shown an effect since arming: a toe that drags comes free only after some strides."""

SHORTEST_SWING_S, LONGEST_SWING_S = 0.15, 1.5

EFFECT_DEG = 4.0
"""Stimulation that works lifts the foot by more than this: 15 to 24 deg in patients (in simulation)."""

LOW_DEG = 18.0
"""A foot that swings up beyond this needs no lifting: healthy people reach 25 to 30 deg."""

LEFT_SHARE = 0.3
"""An effect that has been seen is lost when no more than this share of it is left."""

DROP_DEG = 10.0
"""So far below what stimulated swings showed is a loss where no swing without stimulation is known."""

DRAGS_DEG = 5.0
"""A foot that never goes higher may touch the floor with its toes."""

DEEPER_DEG = 2.0
"""Nothing lifts it when it points down further by this than in all swings that showed an effect, or without one in
those without stimulation."""

SHOWN_REMEMBERED = 8

STEADY_DEG = 10.0
"""Swings that differ by more have other causes: 3 to 6 deg without an effect, 35 in spasticity (in simulation)."""

FOLLOW_SHARE = 0.2
"""Share of the last swings in what stimulated ones usually show."""


class Swing(NamedTuple):
    """The highest pitch of the foot in a swing, and the lowest, as it left the floor; deg."""

    peak_deg: float
    trough_deg: float


class EffectCheck:
    """Judges the swings of one foot. `missing`: stimulation at full level does not lift it any more, or never did."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """A person has armed: electrodes and current may be others now."""
        self.missing = False
        self._weak: deque[Swing] = deque(maxlen=WEAK_REMEMBERED)
        self._full: deque[Swing] = deque(maxlen=FIRST_STRIDES_JUDGED)
        self._shown_deg: deque[float] = deque(maxlen=SHOWN_REMEMBERED)
        self._usual_deg: float | None = None
        self.drop()

    def drop(self) -> None:
        """The swing under way cannot be judged."""
        self._off_s = NEVER_S
        self._peak_deg, self._trough_deg, self._share = -180.0, 180.0, 0.0

    def begin(self, t_s: float) -> None:
        """The foot has left the floor."""
        self.drop()
        self._off_s = t_s

    def sample(self, pitch_deg: float, share: float) -> None:
        """A tick of a swing: the foot's pitch, deg, and the share of the full current that was let out."""
        self._peak_deg = max(self._peak_deg, pitch_deg)
        self._trough_deg = min(self._trough_deg, pitch_deg)
        self._share = max(self._share, share)

    def end(self, t_s: float) -> None:
        """The foot has come down."""
        swing, share, swing_s = Swing(self._peak_deg, self._trough_deg), self._share, t_s - self._off_s
        self.drop()
        if not SHORTEST_SWING_S <= swing_s <= LONGEST_SWING_S:
            return
        if share <= WEAK_SHARE:
            self._weak.append(swing)
        elif share >= FULL_SHARE:
            self._full.append(swing)
            if len(self._full) >= STRIDES_JUDGED:
                self._judge()

    def _judge(self) -> None:
        """All of the last stimulated swings say the same, or nothing changes."""
        enough_deg = self._enough_deg()
        last = list(self._full)[-STRIDES_JUDGED:]
        if min(last).peak_deg >= enough_deg:
            self.missing = False
            middle_deg = sorted(last)[STRIDES_JUDGED // 2].peak_deg
            usual_deg = middle_deg if self._usual_deg is None else self._usual_deg
            self._usual_deg = usual_deg + FOLLOW_SHARE * (middle_deg - usual_deg)
            self._shown_deg.append(last[-1].trough_deg)
        elif self._usual_deg is not None:
            self.missing = self.missing or self._tells(last, enough_deg)
        elif len(self._full) == FIRST_STRIDES_JUDGED:
            self.missing = self.missing or self._tells(list(self._full), enough_deg)

    def _tells(self, swings: list[Swing], enough_deg: float) -> bool:
        """Whether these swings at full level show that nothing lifts the foot."""
        lowest_deg, highest_deg = min(swings).peak_deg, max(swings).peak_deg
        if highest_deg >= enough_deg or highest_deg - lowest_deg > STEADY_DEG:
            return False
        return lowest_deg > DRAGS_DEG or self._points_down(swings)

    def _points_down(self, swings: list[Swing]) -> bool:
        """Whether the foot hangs further down in all of these than it would if it were lifted."""
        if not self._weak:
            return False
        without_deg = sorted([swing.trough_deg for swing in self._weak])[len(self._weak) // 2]
        lifted_deg = min(self._shown_deg) if self._shown_deg else without_deg
        return max([swing.trough_deg for swing in swings]) < lifted_deg - DEEPER_DEG

    def _enough_deg(self) -> float:
        """How high a stimulated swing has to go."""
        usual_deg = self._usual_deg
        if not self._weak:
            return -180.0 if usual_deg is None else usual_deg - DROP_DEG
        without_deg = sorted(self._weak)[len(self._weak) // 2].peak_deg
        if usual_deg is None:
            return min(without_deg + EFFECT_DEG, LOW_DEG)
        # Of a foot that is high enough without there is nothing to lose.
        return without_deg + LEFT_SHARE * (usual_deg - without_deg) if usual_deg - without_deg > EFFECT_DEG else -180.0
