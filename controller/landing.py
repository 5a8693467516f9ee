"""How a landing looks in the angle and rate of one segment: where it may be, and when the ground was met."""

LANDED_S = 0.2
"""So long past its highest angle the segment has landed, even if it neither pitched back nor came to rest."""

BETWEEN_CONTACTS_S = 0.11
"""No foot lands twice within this time: what seemed to land before was the same landing, or a dip."""

FLAT_AGAIN_SHARE = 0.8
"""A foot that comes to rest so near to the angle at which it left the floor, by the share of its push, lies flat again:
who lands on the toes turns it up to there, and on by a few deg/s that are no swing."""

FLAT_AGAIN_S = 0.2
"""... and rests for so long: a stiff leg may carry it level through half of that [found: hemiparetic, insoles]."""

REBOUND_S = 0.3
"""A foot that goes on rising within this time after it seemed to land had only dipped in mid-swing."""

RISES_ON_DEG = {"shank": 7.0, "foot": 2.5}
"""So far a segment has to rise above where it stopped to be swinging still. A knee that straightens under the weight
takes the shank on by up to 7 deg after the foot has landed [found: chronic stroke, foot and shank together]."""

SINKING_DEG_S = 40.0
SINKING_S = 0.04
"""A segment that has landed pitches back at this rate, or this long after its highest angle: that tells IC better than
the highest angle. SD within a healthy person 12.9 for 14.2 ms, after a stroke 17.9 for 22.0 [found: insoles, mat]."""

LANDING_DELAY_S = {"shank": 0.035, "foot": 0.0}
"""From there to the ground. Shank: IC came about 45 ms after the zero crossing of its rate on walks over force plates
[found]. Foot: on insoles and on hand-checked events -40 to +35 ms [found]."""

FULL_SWING_DEG = 30.0
"""A shank that swings by less lands sooner after its highest angle: a small step lifts the foot less."""


def lies_flat_again(angle: float, base: float, top: float) -> bool:
    """Whether a foot at rest at `angle` has come back from `base`, its lowest, to `top`, where it lay before; deg."""
    return angle - base >= FLAT_AGAIN_SHARE * (top - base)
