"""What truly happened to the simulated person: the tests and the summary judge by it. Times in s, angles in deg."""

from typing import Literal, NamedTuple

from controller.signals import EventKind

WANTED_BEFORE_FOOT_OFF_S = 0.25
"""A burst is wanted from this long before foot off to initial contact."""

IcType = Literal["heel", "flat", "toe"]


class TrueEvent(NamedTuple):
    """A gait event and when it happened."""

    kind: EventKind
    t_s: float


class WantedBurst(NamedTuple):
    """When a burst is wanted; `first` marks the first step after standing, which nobody can foresee."""

    start_s: float
    stop_s: float
    first: bool


class Swing(NamedTuple):
    """One finished swing.

    Dorsiflexion is that between 65 and 95 % of the published cycle, toe clearance the least between 75 and 95 %. A
    negative clearance is how deep the toe would hang had it met no floor in this swing; `scrape_share` is the share of
    the swing in which toe or ball of the foot met the floor, `hanging_share` that in which they would be in it. Contact
    (5.3): heel first above a foot pitch of +3 deg, toe first below -3. Steppage is the extra hip flexion (deg) by
    which the person lifted the leg, `hip_hike_mm` the lift of the pelvis, both at their height.
    """

    foot_off_s: float
    initial_contact_s: float
    peak_dorsiflexion_deg: float
    mean_dorsiflexion_deg: float
    min_toe_clearance_mm: float
    scrape_share: float
    foot_pitch_at_ic_deg: float
    contact: IcType
    stimulated: bool
    hanging_share: float = 0.0
    steppage_deg: float = 0.0
    hip_hike_mm: float = 0.0


class Loading(NamedTuple):
    """How the foot came down after an initial contact with the heel first.

    Slap (5.7): flat within 45 ms, or a foot pitch rate faster than -400 deg/s.
    """

    initial_contact_s: float
    foot_flat_s: float
    peak_rate_deg_s: float

    @property
    def slap(self) -> bool:
        return self.foot_flat_s - self.initial_contact_s < 0.045 or self.peak_rate_deg_s < -400.0


class LegState(NamedTuple):
    """One leg now. `share` is the share 0..1 of the cycle's time since IC, `phase` that of the published curves.

    `toe_clearance_mm` stops at the floor (0); `activation` 0..1 is the stimulated one; `walking` 0..1 is 0 in
    standing and 1 in gait. `steppage_deg` and `hip_hike_mm` are what of the lift there is at this moment.
    """

    share: float
    phase: float
    walking: float
    in_swing: bool
    hip_deg: float
    knee_deg: float
    shank_pitch_deg: float
    foot_pitch_deg: float
    dorsiflexion_deg: float
    toe_clearance_mm: float
    scraping: bool
    activation: float
    steppage_deg: float = 0.0
    hip_hike_mm: float = 0.0


def ic_type(foot_pitch_deg: float) -> IcType:
    """Type of initial contact by the foot pitch at that moment."""
    if foot_pitch_deg > 3.0:
        return "heel"
    return "flat" if foot_pitch_deg >= -3.0 else "toe"
