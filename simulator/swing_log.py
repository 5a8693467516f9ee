"""What one swing shows while it lasts, gathered into a `Swing`."""

from math import inf

from simulator.geometry import MID_SWING
from simulator.truth import Swing, ic_type

WATCHED_FROM_PHASE = 0.65
"""The toe leaves the floor before; from here on it should stay clear."""

SCRAPE_M = -0.001
"""Toe or ball lower than this is in the floor; the millimetre spares rounding."""

_STIMULATED = 0.02


class SwingLog:
    """What a swing in progress has shown so far."""

    def __init__(self) -> None:
        self.steps = 0
        self._judged = 0
        self._sum_deg = 0.0
        self._peak_deg = -inf
        self._least_m = inf
        self._scraped = 0
        self._activation = 0.0

    def add(self, phase: float, dorsiflexion_deg: float, toe_m: float, scraping: bool, activation: float) -> None:
        self._scraped += scraping
        self._activation = max(self._activation, activation)
        if phase <= MID_SWING[1]:
            self._judged += 1
            self._sum_deg += dorsiflexion_deg
            self._peak_deg = max(self._peak_deg, dorsiflexion_deg)
            if phase >= MID_SWING[0]:
                self._least_m = min(self._least_m, toe_m)

    def finish(self, foot_off_s: float, initial_contact_s: float, foot_pitch_deg: float) -> Swing:
        return Swing(
            foot_off_s=foot_off_s,
            initial_contact_s=initial_contact_s,
            peak_dorsiflexion_deg=self._peak_deg,
            mean_dorsiflexion_deg=self._sum_deg / max(1, self._judged),
            min_toe_clearance_mm=1000.0 * self._least_m,
            scrape_share=self._scraped / max(1, self.steps),
            foot_pitch_at_ic_deg=foot_pitch_deg,
            contact=ic_type(foot_pitch_deg),
            stimulated=self._activation > _STIMULATED,
        )
