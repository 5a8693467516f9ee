"""What a simulated leg is doing at this moment, for whoever looks at it."""

from simulator.gait_tables import at
from simulator.geometry import TOE, below_ankle_m
from simulator.kinematics import PELVIS_OFFSET_DEG
from simulator.leg import Leg
from simulator.stride_tables import LIFT
from simulator.truth import LegState


def leg_state(leg: Leg) -> LegState:
    """The leg now."""
    tables, share, walking = leg.tables, leg.share, leg.walking
    shank = at(tables.shank, share) * walking
    toe = at(tables.ankle_height, share) + below_ankle_m(TOE, leg.foot.pitch_deg)
    phase = at(tables.phase, share)
    lifted = at(LIFT, phase) if leg.in_swing else 0.0
    return LegState(
        share=share,
        phase=phase,
        walking=walking,
        in_swing=leg.in_swing,
        hip_deg=(at(tables.hip, share) + PELVIS_OFFSET_DEG) * walking - PELVIS_OFFSET_DEG,
        knee_deg=at(tables.knee, share) * walking,
        shank_pitch_deg=shank,
        foot_pitch_deg=leg.foot.pitch_deg,
        dorsiflexion_deg=leg.foot.pitch_deg - shank,
        toe_clearance_mm=max(0.0, 1000.0 * toe) if leg.in_swing else 0.0,
        scraping=leg.foot.scraping,
        activation=leg.muscle.activation,
        steppage_deg=lifted * leg.lift[0],
        hip_hike_mm=lifted * leg.lift[1],
    )
