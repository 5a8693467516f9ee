"""Whether stimulation lifts the foot: the check of the muscle itself, as a printer checks that its heater heats.

An IMU on the foot sees it: the highest pitch of the foot in a swing, with stimulation and without. Swings without, or
with little, come after arming (the softened ones) and whenever a burst was withheld. Without any, a large drop from
what stimulated swings showed before is taken. An IMU on the shank alone cannot see it: what the hip does to make up for
a hanging foot changes its pitch by 2 to 4 deg, as much as any change of speed (in simulation); there nothing is said.
"""

from collections import deque

from controller.signals import NEVER_S

WEAK_SHARE, FULL_SHARE = 0.3, 0.9
"""A swing with at most, and at least, this share of the full current counts as one without and with stimulation."""

STRIDES_JUDGED, WEAK_REMEMBERED = 3, 5
FIRST_STRIDES_JUDGED = 8
"""So many, as long as none has shown an effect since arming: a toe that drags holds the foot back, and comes free only
after up to 5 strides at full current (in simulation)."""

SHORTEST_SWING_S, LONGEST_SWING_S = 0.15, 1.5

EFFECT_DEG = 4.0
"""Stimulation that works lifts the foot by more than this: 15 to 24 deg in patients (in simulation)."""

LOW_DEG = 18.0
"""A foot that swings up beyond this needs no lifting: healthy people reach 25 to 30 deg."""

LEFT_SHARE = 0.3
"""An effect that has been seen is lost when no more than this share of it is left."""

DROP_DEG = 10.0
"""So far below what stimulated swings showed is a loss where no swing without stimulation is known."""

FOLLOW_SHARE = 0.2
"""Share of the last swings in what stimulated ones usually show."""


class EffectCheck:
    """Judges the swings of one foot. `missing`: stimulation at full level does not lift it any more, or never did."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """A person has armed: electrodes and current may be others now."""
        self.missing = False
        self._weak_deg: deque[float] = deque(maxlen=WEAK_REMEMBERED)
        self._full_deg: deque[float] = deque(maxlen=STRIDES_JUDGED)
        self._usual_deg: float | None = None
        self._without = 0
        self.drop()

    def drop(self) -> None:
        """The swing under way cannot be judged."""
        self._off_s = NEVER_S
        self._peak_deg, self._share = -180.0, 0.0

    def begin(self, t_s: float) -> None:
        """The foot has left the floor."""
        self.drop()
        self._off_s = t_s

    def sample(self, pitch_deg: float, share: float) -> None:
        """A tick of a swing: the foot's pitch, deg, and the share of the full current that was let out."""
        self._peak_deg = max(self._peak_deg, pitch_deg)
        self._share = max(self._share, share)

    def end(self, t_s: float) -> None:
        """The foot has come down."""
        peak_deg, share, swing_s = self._peak_deg, self._share, t_s - self._off_s
        self.drop()
        if not SHORTEST_SWING_S <= swing_s <= LONGEST_SWING_S:
            return
        if share <= WEAK_SHARE:
            self._weak_deg.append(peak_deg)
        elif share >= FULL_SHARE:
            self._full_deg.append(peak_deg)
            if len(self._full_deg) == STRIDES_JUDGED:
                self._judge()

    def _judge(self) -> None:
        """All of the last stimulated swings say the same, or nothing changes."""
        lowest_deg, highest_deg = min(self._full_deg), max(self._full_deg)
        enough_deg = self._enough_deg()
        self._without = self._without + 1 if highest_deg < enough_deg else 0
        if highest_deg < enough_deg:
            first = self._usual_deg is None and self._without <= FIRST_STRIDES_JUDGED - STRIDES_JUDGED
            self.missing = self.missing or not first
        elif lowest_deg >= enough_deg:
            self.missing = False
            middle_deg = sorted(self._full_deg)[STRIDES_JUDGED // 2]
            usual_deg = middle_deg if self._usual_deg is None else self._usual_deg
            self._usual_deg = usual_deg + FOLLOW_SHARE * (middle_deg - usual_deg)

    def _enough_deg(self) -> float:
        """How high a stimulated swing has to go."""
        usual_deg = self._usual_deg
        if not self._weak_deg:
            return -180.0 if usual_deg is None else usual_deg - DROP_DEG
        without_deg = sorted(self._weak_deg)[len(self._weak_deg) // 2]
        if usual_deg is not None and usual_deg - without_deg > EFFECT_DEG:
            return without_deg + LEFT_SHARE * (usual_deg - without_deg)
        return min(without_deg + EFFECT_DEG, LOW_DEG)
