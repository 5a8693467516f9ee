"""Who walks in `simulate` and `cohort`: a person of the settings' body and speed, who stands at both ends."""

from collections.abc import Callable

from config.schema import Settings
from simulator.patients import Patient
from simulator.person import STANDING_S, Person

STAND_BEFORE_END_S = 2.0
"""The person stops walking this long before the end, so that no burst is cut."""


def walker(settings: Settings, patient: Patient, seed: int, seconds: float) -> Callable[[], Person]:
    """Makes the same person over and over, who walks for `seconds` but for standing at both ends."""
    simulation = settings.simulation
    affected = frozenset(leg.side for leg in settings.leg)
    walk_for_s = max(1.0, seconds - STANDING_S - STAND_BEFORE_END_S)
    return lambda: Person(
        patient, affected, simulation.walking_speed_m_s, simulation.mass_kg, seed, walk_for_s=walk_for_s
    )
