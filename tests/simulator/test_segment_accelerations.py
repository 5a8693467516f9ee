"""What an accelerometer on a segment feels, against the path of the sensor itself: angles and heights, differentiated.

The tangential and centripetal terms of a sensor that sits away from the ankle, each with its sign (reference 5.10).
"""

from math import cos, radians, sin
from typing import Literal

import pytest

from simulator.gait_tables import at
from simulator.patients import PATIENTS
from simulator.person import Person
from simulator.segment_motion import FOOT_SENSOR_M, SHANK_SENSOR_ABOVE_ANKLE_M

DT = 0.001
PLACES = {"shank": (0.0, SHANK_SENSOR_ABOVE_ANKLE_M), "foot": FOOT_SENSOR_M}


def in_room(place_m: tuple[float, float], pitch_deg: float) -> tuple[float, float]:
    """A point of a segment (m) seen from the ankle: x forward, z up in the room."""
    x, y = place_m
    pitch = radians(pitch_deg)
    return x * cos(pitch) - y * sin(pitch), x * sin(pitch) + y * cos(pitch)


@pytest.mark.parametrize(("placement", "off_m_s2"), [("shank", 1.0), ("foot", 3.0)])
def test_the_accelerometer_feels_the_path_of_its_place(placement: Literal["shank", "foot"], off_m_s2: float) -> None:
    """Away from the blow at contact; the foot's acceleration is that of a sensor on a shoe, a few ms late."""
    walker = Person(PATIENTS["healthy"]._replace(stride_time_cv=0.0), frozenset({"right"}), 1.2, 75.0, 1)
    leg = walker._legs["right"]
    rows: list[tuple[float, float, float, float, float, float]] = []
    for k in range(4000, 8000):
        walker.advance(k * DT)
        state, f = walker.state("right"), leg.frequency_hz
        pitch_deg = state.shank_pitch_deg if placement == "shank" else state.foot_pitch_deg
        along, up = walker.imu("right", placement)[:2]
        ankle = at(leg.tables.ankle_ax, leg.share) * f * f, at(leg.tables.ankle_az, leg.share) * f * f + 9.81
        rows.append((pitch_deg, along, up, *ankle, leg.share))
    apart = 8
    felt_most = 0.0
    for before, now, after in zip(rows, rows[apart:], rows[2 * apart :], strict=False):
        pitch_deg, along, up, ankle_ax, ankle_az, share = now
        if not 0.25 < share < 0.95:
            continue
        paths = [in_room(PLACES[placement], row[0]) for row in (before, now, after)]
        bend = [(paths[0][i] - 2.0 * paths[1][i] + paths[2][i]) / (apart * DT) ** 2 for i in (0, 1)]
        ax, az = ankle_ax + bend[0], ankle_az + bend[1]
        pitch = radians(pitch_deg)
        assert along == pytest.approx(ax * cos(pitch) + az * sin(pitch), abs=off_m_s2), share
        assert up == pytest.approx(az * cos(pitch) - ax * sin(pitch), abs=off_m_s2), share
        felt_most = max(felt_most, abs(bend[0]), abs(bend[1]))
    assert felt_most > 3.0 * off_m_s2
