"""Tables of a stride side by side, so that one look finds all of them: a free foot asks a thousand times a second.

Values are interpolated linearly, exactly as `gait_tables.at` does it.
"""

from simulator.gait_tables import GaitTables
from simulator.kinematics import POINTS

MovingRow = tuple[float, float, float, float, float, float, float, float, float]
WatchedRow = tuple[float, float, float, float]


def moving_rows(tables: GaitTables) -> list[MovingRow]:
    """What moves a free foot: shank and its rate, knee, normal ankle, acceleration of the ankle in x and z, its height,
    load, phase."""
    return list(
        zip(
            tables.shank,
            tables.shank_rate,
            tables.knee,
            tables.ankle,
            tables.ankle_ax,
            tables.ankle_az,
            tables.ankle_height,
            tables.load,
            tables.phase,
            strict=True,
        )
    )


def moving_at(rows: list[MovingRow], share: float) -> MovingRow:
    """The row at a share 0 <= share < 1 of the cycle."""
    place = share * POINTS
    i = int(place)
    part = place - i
    shank, rate, knee, ankle, ax, az, z, load, phase = rows[i]
    shank_1, rate_1, knee_1, ankle_1, ax_1, az_1, z_1, load_1, phase_1 = rows[i + 1]
    return (
        shank + part * (shank_1 - shank),
        rate + part * (rate_1 - rate),
        knee + part * (knee_1 - knee),
        ankle + part * (ankle_1 - ankle),
        ax + part * (ax_1 - ax),
        az + part * (az_1 - az),
        z + part * (z_1 - z),
        load + part * (load_1 - load),
        phase + part * (phase_1 - phase),
    )


def watched_rows(tables: GaitTables) -> list[WatchedRow]:
    """What a swing on the curve shows: phase, shank, height of the toe, height of the lower of toe and ball."""
    return list(zip(tables.phase, tables.shank, tables.toe_height, tables.lowest, strict=True))


def watched_at(rows: list[WatchedRow], share: float) -> WatchedRow:
    """The row at a share 0 <= share < 1 of the cycle."""
    place = share * POINTS
    i = int(place)
    part = place - i
    phase, shank, toe, lowest = rows[i]
    phase_1, shank_1, toe_1, lowest_1 = rows[i + 1]
    return (
        phase + part * (phase_1 - phase),
        shank + part * (shank_1 - shank),
        toe + part * (toe_1 - toe),
        lowest + part * (lowest_1 - lowest),
    )
