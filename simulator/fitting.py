"""Finding a person's current as a clinician does: raise it burst by burst, watch the foot, ask how it feels.

Only what the foot shows and what the person says is used, nothing of what the simulator knows about them. One current
cannot serve people whose thresholds differ by a factor of two (`physiology-and-devices.md` 5.5: discomfort at 2 to 4
motor thresholds, half of the muscle at 1.9).
"""

from enum import Enum
from math import inf, isfinite
from typing import NamedTuple, Protocol

from simulator.seated_foot import Answer
from simulator.sensation import Sensation

STEP_MA = 1.0
SEEN_DEG = 2.0
"""A foot that moves by this much is seen to move [K]."""

LIFTED_DEG = 8.0
"""A seated foot that comes up this far has the torque for swing and loading: chosen on simulated people."""

RESERVE = 1.06
"""Then the current is raised by this factor more, as far as it is comfortable: walking tires the muscle [K]."""

NO_HIGHER_MA, NO_HIGHER_DEG = 6.0, 1.0
"""When this much more current brings less than this, there is no more to be had [K]; clonus may kick in between."""

AS_HIGH_DEG = 0.5
"""Then the least current is used that lifts the foot as high as the strongest but for this [K]."""

MOST_BURSTS = 100


class Limit(Enum):
    """What ended the fitting."""

    LIFTED = "the foot lifts"
    NO_HIGHER = "more current lifts the foot no higher"
    HURTS = "the next step hurts"
    CAP = "the cap of the settings is reached"


class Fit(NamedTuple):
    """What was found, mA and deg.

    current_ma: to be used; 0 when nothing comfortable moved the foot. limit: what ended the search. motor_ma: the least
    current at which the foot was seen to move; None when it never did. painful_ma: the least that hurt; None when
    nothing did. rest_deg, lifted_deg: the ankle of the seated person at rest, and with `current_ma`. bursts: how many
    were tried.
    """

    current_ma: float
    limit: Limit
    motor_ma: float | None
    painful_ma: float | None
    rest_deg: float
    lifted_deg: float
    bursts: int


class Tried(Protocol):
    """Whoever answers to test bursts: `simulator.seated_foot.SeatedFoot`."""

    def try_burst(self, current_ma: float, pulse_width_us: float, rate_hz: float) -> Answer: ...


def fit_current(foot: Tried, pulse_width_us: float, rate_hz: float, most_ma: float) -> Fit:
    """Raise the current by 1 mA a burst until the foot lifts, or lifts no higher, or it hurts, or to `most_ma`.

    What hurts is not used, nor what is above `most_ma`. Raises ValueError unless all three are finite and above 0 and
    `most_ma` is at most 100 steps.
    """
    if not (isfinite(most_ma) and 0.0 < most_ma <= MOST_BURSTS * STEP_MA):
        raise ValueError(f"most_ma is {most_ma}, must be above 0 and at most {MOST_BURSTS * STEP_MA:g}")
    if not (isfinite(pulse_width_us) and pulse_width_us > 0.0 and isfinite(rate_hz) and rate_hz > 0.0):
        raise ValueError(f"pulses of {pulse_width_us} µs at {rate_hz} Hz: both must be above 0")
    used_ma, rest_deg, lifted_deg, bursts = 0.0, 0.0, -inf, 0
    motor_ma: float | None = None
    painful_ma: float | None = None
    heights: list[tuple[float, float]] = []
    limit, goal_ma = Limit.CAP, most_ma
    while used_ma < goal_ma:
        current_ma = min(goal_ma, used_ma + STEP_MA)
        answer = foot.try_burst(current_ma, pulse_width_us, rate_hz)
        bursts += 1
        rest_deg = answer.at_rest_deg if bursts == 1 else rest_deg
        if answer.felt >= Sensation.PAINFUL:
            painful_ma = current_ma
            limit = limit if limit is Limit.LIFTED else Limit.HURTS
            break
        used_ma, lifted_deg = current_ma, answer.highest_deg
        if motor_ma is None and answer.lift_deg >= SEEN_DEG:
            motor_ma = current_ma
        if lifted_deg >= LIFTED_DEG and limit is not Limit.LIFTED:
            limit, goal_ma = Limit.LIFTED, min(most_ma, RESERVE * current_ma)
        heights.append((current_ma, lifted_deg))
        if limit is not Limit.LIFTED and motor_ma is not None and _no_higher(heights, motor_ma):
            limit = Limit.NO_HIGHER
            used_ma, lifted_deg = _least_as_high(heights)
            break
    if motor_ma is None:
        return Fit(0.0, limit, None, painful_ma, rest_deg, rest_deg, bursts)
    return Fit(used_ma, limit, motor_ma, painful_ma, rest_deg, lifted_deg, bursts)


def _no_higher(heights: list[tuple[float, float]], motor_ma: float) -> bool:
    """Whether the last steps brought next to nothing; near the motor threshold, where all is slow, never."""
    current_ma = heights[-1][0]
    before = [height for ma, height in heights if ma <= current_ma - NO_HIGHER_MA]
    if current_ma < 1.5 * motor_ma or not before:
        return False
    return max(height for _, height in heights) - max(before) < NO_HIGHER_DEG


def _least_as_high(heights: list[tuple[float, float]]) -> tuple[float, float]:
    """The least current that lifts as high as any, but for AS_HIGH_DEG, and how high."""
    enough_deg = max(height for _, height in heights) - AS_HIGH_DEG
    return next((ma, height) for ma, height in heights if height >= enough_deg)
