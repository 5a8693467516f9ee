"""How a person learns to lift a leg whose toes scrape, and forgets it again when they do not.

Source: `physiology-and-devices.md` 5.3 and 5.8: extra hip and knee flexion of 5 to 15 deg, hip hike up to 30 mm; how
fast it comes and goes is a design value [K].
"""

from simulator.patients import Patient

MOST_STEPPAGE_DEG = 15.0
"""Extra flexion of the hip."""

KNEE_PER_HIP = 0.35
"""Extra flexion of the knee for each degree of the hip: 4.1 to 10.9 deg in a reflex model with a weak foot [found]."""

MOST_HIKE_MM = 30.0

_LEARNS = 0.25
"""Share of what is missing to the full lift that one scraping swing adds."""

_COMFORTABLE_MM = (5.0, 20.0)
_FORGETS = (0.02, 0.20)
"""What a swing takes from the lift: little while the toes are just clear, more when there is room to spare."""

_FORGOTTEN = 0.01


class Compensation:
    """The lift of one leg, from swing to swing; `Patient.compensates` scales all of it."""

    def __init__(self, patient: Patient) -> None:
        self._patient = patient
        self._level = 0.0

    @property
    def steppage_deg(self) -> float:
        """Extra flexion of the hip at the height of the coming swing, deg."""
        return MOST_STEPPAGE_DEG * self._level * self._patient.compensates

    @property
    def hip_hike_mm(self) -> float:
        """Hip hike at the height of the coming swing, mm."""
        return MOST_HIKE_MM * self._level * self._patient.compensates

    def after_swing(self, scraped: bool, clearance_mm: float) -> None:
        """Learn from a swing: whether toe or ball met the floor, and the least toe clearance."""
        if scraped:
            self._level += _LEARNS * (1.0 - self._level)
            return
        low, high = _COMFORTABLE_MM
        room = min(1.0, max(0.0, (clearance_mm - low) / (high - low)))
        self._level *= 1.0 - _FORGETS[0] - room * (_FORGETS[1] - _FORGETS[0])
        if self._level < _FORGOTTEN:
            self._level = 0.0
