"""What is usual for a person: medians of the last strides, and the thresholds that follow from them."""

from collections import deque
from math import inf
from typing import Literal, NamedTuple

from config.schema import ImuEventSettings

Placement = Literal["shank", "foot"]

STRIDES_REMEMBERED = 5
CANDIDATES_IN_A_ROW = 3
"""So many strides below the threshold, one after the other, bring it down."""

CANDIDATE_SHARE = 0.5
"""A swing below this share of the threshold is not even a candidate."""

LEAST_SHAKE_M_S2 = {"shank": 0.6, "foot": 1.5}
"""A step shakes the leg: deviation of the norm of the acceleration from gravity, asked for until strides are known. On
the foot pushes of slow hemiparetic walkers reach 2 and more [found], a slow heel raise stays below 1 [calc]; it hardly
turns the shank, and slow soft steps with a cane shake that by 0.8 (in simulation)."""

LONGEST_STRIDE_S = 3.0
"""A longer time between two contacts had a pause in it."""

FIRST_DROP_DEG = 0.7
DROP_SHARE = 0.009
LEAST_DROP_DEG = 0.45
"""Pitch back after the highest angle that confirms landing: at first, then as a share of the usual rise, and at least.
A gyroscope tells a tenth of that; what has to be told from a landing are dips in mid-swing, and they are learned."""

DEEPER_THAN_DIP = 1.5
"""A landing goes so much deeper than the dips in mid-swing that were seen of late."""

DEEPEST_DIP_DEG = 5.0
"""What sinks deeper and rises again has landed and stepped anew: no dip."""

BEGUN_SHARE = 0.25
"""What turns back before the swing has risen by this share of the usual goes on pushing: no dip."""

LEAST_STANCE_S = 0.1
STANCE_SHARE = 0.3
SWING_SHARE = 0.25
"""Shortest stance and swing, as shares of the usual swing."""

LOADING_SHARE = 0.2
"""Heel off comes no earlier after IC than this share of a stride."""

PUSH_OFF_SHARE = 0.3
LEAST_PUSH_OFF_S = 0.2
"""Push-off ends no earlier after IC than this share of a stride, and no earlier than this."""

SURE_PUSH_SHARE = 0.6
SURE_RATE_SHARE = 0.6
"""A push of this share of the usual one is followed by a swing."""

LEAST_PUSH_SHARE = 0.2
"""No swing of the shank comes after a push slower than this share of the usual one: who stops straightens up."""

TURNED_RATE_SHARE = 0.3
"""A foot has left the floor when it turns after a push of this share of the usual rate: steps of a turn push less."""

SHORTEST_ANGLE_DEG = 3.0
"""No push and no swing is smaller, however short the steps become."""

SHORTEST_PHASE_S = 0.15
"""Shortest stance and swing until strides have been learned."""


class Stride(NamedTuple):
    """One stride: peak rate of swing deg/s, angles swung and pushed deg, peak rate of the push deg/s, times s.

    `roll_s` is the time from the foot's leaving the floor to its turn, 0 where it never lay flat.
    """

    peak_deg_s: float
    rise_deg: float
    push_deg: float
    push_deg_s: float
    swing_s: float
    stride_s: float
    roll_s: float


class Habit:
    """The thresholds of the moment. `look` chooses between the learned ones and those of the settings."""

    def __init__(self, settings: ImuEventSettings, placement: Placement) -> None:
        self.settings = settings
        self._first_shake_m_s2 = LEAST_SHAKE_M_S2[placement]
        self._strides: deque[Stride] = deque(maxlen=STRIDES_REMEMBERED)
        self._candidates: deque[Stride] = deque(maxlen=CANDIDATES_IN_A_ROW)
        self._usual: Stride | None = None
        self._dips: deque[float] = deque(maxlen=STRIDES_REMEMBERED)
        self._start()

    def learn(self, stride: Stride, *, candidate: bool) -> None:
        """Take one more stride into the medians.

        A candidate was too slow for the threshold, and nothing was said of it: a row of them is a person who walks
        like that. A stride without a contact before it tells nothing of the stride's time.
        """
        if stride.stride_s > LONGEST_STRIDE_S:
            stride = stride._replace(stride_s=0.0, roll_s=0.0)
        self._candidates.append(stride)
        self._dips.append(0.0)
        if not candidate:
            self._candidates.clear()
            self._strides.append(stride)
        elif len(self._candidates) == CANDIDATES_IN_A_ROW:
            self._strides.clear()
            self._strides.extend(self._candidates)
        else:
            return
        self.known = False
        middle = len(self._strides) // 2
        self._usual = Stride(*(sorted(column)[middle] for column in zip(*self._strides, strict=True)))

    def dipped(self, depth_deg: float, risen_deg: float) -> None:
        """A swing that had risen so far sank so deep and went on: landings have to show more for a while."""
        if depth_deg <= DEEPEST_DIP_DEG and self._usual and risen_deg >= BEGUN_SHARE * self._usual.rise_deg:
            self._dips.append(depth_deg)
            self.known = False

    def look(self, since_contact_s: float) -> None:
        """Use what was learned while the last contact is fresh, and the settings otherwise."""
        fresh = since_contact_s < self.settings.forget_s
        if not fresh:
            self._candidates.clear()
        if self._usual is not None and fresh and not self.known:
            self._follow(self._usual)
        elif self.known and not fresh:
            self._start()

    def _start(self) -> None:
        settings, usual = self.settings, self._usual
        self.known = False
        self.swing_rate_deg_s = settings.swing_rate_deg_s
        if usual is not None:
            learned = max(settings.least_rate_deg_s, settings.rate_share * usual.peak_deg_s)
            self.swing_rate_deg_s = min(self.swing_rate_deg_s, learned)
        self.candidate_rate_deg_s = CANDIDATE_SHARE * self.swing_rate_deg_s
        self.least_shake_m_s2 = self._first_shake_m_s2
        self.peak_deg_s = self.swing_rate_deg_s / settings.rate_share
        self.least_rise_deg = settings.swing_angle_deg
        self.least_push_deg = settings.push_angle_deg
        self.sure_push_deg = settings.push_angle_deg
        self.sure_push_rate_deg_s = self.swing_rate_deg_s
        self.least_push_rate_deg_s = 0.0
        self.turned_push_rate_deg_s = self.swing_rate_deg_s
        self.usual_push_deg_s = inf
        self.least_drop_deg = FIRST_DROP_DEG
        self.least_stance_s = self.least_swing_s = self.least_loading_s = SHORTEST_PHASE_S
        self.least_push_off_s = LEAST_PUSH_OFF_S
        self.roll_s = 0.0

    def _follow(self, usual: Stride) -> None:
        settings = self.settings
        self.known = True
        self.swing_rate_deg_s = max(settings.least_rate_deg_s, settings.rate_share * usual.peak_deg_s)
        self.candidate_rate_deg_s = self.swing_rate_deg_s
        self.least_shake_m_s2 = 0.0
        self.peak_deg_s = self.swing_rate_deg_s / settings.rate_share
        self.least_rise_deg = max(SHORTEST_ANGLE_DEG, settings.angle_share * usual.rise_deg)
        self.least_push_deg = self.least_rise_deg
        self.sure_push_deg = SURE_PUSH_SHARE * usual.push_deg
        self.sure_push_rate_deg_s = SURE_RATE_SHARE * usual.push_deg_s
        self.least_push_rate_deg_s = LEAST_PUSH_SHARE * usual.push_deg_s
        self.turned_push_rate_deg_s = TURNED_RATE_SHARE * usual.push_deg_s
        self.usual_push_deg_s = usual.push_deg_s
        self.least_drop_deg = max(LEAST_DROP_DEG, DROP_SHARE * usual.rise_deg, DEEPER_THAN_DIP * max(self._dips))
        self.least_stance_s = max(LEAST_STANCE_S, STANCE_SHARE * usual.swing_s)
        self.least_swing_s = SWING_SHARE * usual.swing_s
        self.least_loading_s = max(SHORTEST_PHASE_S, LOADING_SHARE * usual.stride_s)
        self.roll_s = usual.roll_s
        self.least_push_off_s = max(LEAST_PUSH_OFF_S, PUSH_OFF_SHARE * (usual.stride_s or LONGEST_STRIDE_S))
