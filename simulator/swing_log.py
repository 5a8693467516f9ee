"""What one swing shows while it lasts, gathered into a `Swing`."""

from math import inf

from simulator.geometry import MID_SWING
from simulator.truth import Swing, ic_type

WATCHED_FROM_PHASE = 0.65
WATCHED_TO_PHASE = MID_SWING[1]
"""The toe leaves the floor before the first; it should stay clear until the second, after which it lands."""

SCRAPE_M = 0.0
"""Toe or ball lower than this is in the floor."""

_STIMULATED = 0.02


class SwingLog:
    """What a swing in progress has shown so far."""

    def __init__(self, steppage_deg: float = 0.0, hip_hike_mm: float = 0.0) -> None:
        self.steps = 0
        self.scraped = 0
        self.least_m = inf
        self._lift = (steppage_deg, hip_hike_mm)
        self._judged = 0
        self._sum_deg = 0.0
        self._peak_deg = -inf
        self._hung = 0
        self._activation = 0.0

    def add(
        self, phase: float, dorsiflexion_deg: float, toe_m: float, lowest_m: float, activation: float, *, touches: bool
    ) -> bool:
        """Take one step of the swing; whether toe or ball scrape.

        Heights are those of a foot that meets no floor, `lowest_m` that of the lower of toe and ball; `touches`: the
        foot itself is in the floor.
        """
        self.steps += 1
        if phase < WATCHED_FROM_PHASE:
            return False
        if activation > self._activation:  # noqa: PLR1730 - max() takes longer, a thousand times a second
            self._activation = activation
        if phase > WATCHED_TO_PHASE:
            return False
        self._judged += 1
        self._sum_deg += dorsiflexion_deg
        if dorsiflexion_deg > self._peak_deg:  # noqa: PLR1730
            self._peak_deg = dorsiflexion_deg
        if phase >= MID_SWING[0] and toe_m < self.least_m:
            self.least_m = toe_m
        self._hung += lowest_m < SCRAPE_M
        self.scraped += touches
        return touches

    def finish(self, foot_off_s: float, initial_contact_s: float, foot_pitch_deg: float) -> Swing:
        steps = max(1, self.steps)
        return Swing(
            foot_off_s=foot_off_s,
            initial_contact_s=initial_contact_s,
            peak_dorsiflexion_deg=self._peak_deg,
            mean_dorsiflexion_deg=self._sum_deg / max(1, self._judged),
            min_toe_clearance_mm=1000.0 * self.least_m,
            scrape_share=self.scraped / steps,
            foot_pitch_at_ic_deg=foot_pitch_deg,
            contact=ic_type(foot_pitch_deg),
            stimulated=self._activation > _STIMULATED,
            hanging_share=self._hung / steps,
            steppage_deg=self._lift[0],
            hip_hike_mm=self._lift[1],
        )
