"""What the controller has to notice of each fault, and by when: the rows of the fault table, with their own times.

Silence, garbage and a bus that fails: `judgement.stale_s`, 50 ms. A value that stands still: one stride. What is slow,
late or wrong and contradicts the other sensor: three strides. A row of the sensor that is sound is never right.
"""

from typing import NamedTuple

from config.schema import Settings
from controller.faults import FAULTS, Ending, fault_of
from dorsiflex.faults.box import DELAY_S
from dorsiflex.faults.unnoticed import ALONE, AT_REST, BY_TURNS, NO_OTHER_ROW, UNMEASURED, UNNOTICED

HEEL_ROWS = frozenset(("heel_lost", "heel_doubted", "gait_timeout"))
IMU_ROWS = frozenset(("imu_lost", "imu_doubted", "imu_slipped", "imu_reversed", "imu_needed", "gait_timeout"))
LATCHED_ROWS = frozenset(("sensors_lost",))
"""Where the other sensor is there and sound, to give up both is no answer."""
LATE_ROWS = frozenset(("late_loop", "loop_stalled", "loop_often_late"))
TIME_ROWS = LATE_ROWS | {"clock"}
DEVICE_ROWS = frozenset(("device", "no_effect"))
DEVICE_WITHIN_S = 2.0
"""A device that only speaks when it is spoken to is asked at least every 0.6 s, and once more before it is given up."""

SILENT = frozenset(("acc.nan", "gyr.nan", "bus.off", "bus.stuck", "bus.garbage", "imu.brown_out"))
FROZEN = frozenset(("bus.delayed", "imu.stuck"))
STUCK = frozenset(
    (
        "acc.off", "gyr.off", "imu.off", "acc.stuck", "gyr.stuck", "acc.saturated", "gyr.saturated", "imu.saturated",
        "acc.garbage", "gyr.garbage", "imu.garbage", "imu.delayed",
    )
)  # fmt: skip
"""Stands still, or says what no leg does: one stride. `imu.delayed` begins with 0.1 s at least of one value."""
NEVER_STILL = frozenset(("heel.bouncing", "heel.garbage"))
"""A contact that says anything: one stride beside the time that the row takes."""
SLOW = frozenset(("bus.slow",))
CONTRADICTS = frozenset(
    (
        "heel.off", "heel.short", "heel.stuck_open", "heel.stuck_closed", "heel.wrong", "heel.slow", "heel.delayed",
        "gyr.slow", "imu.slow", "gyr.delayed", "imu.mirrored", "bus.wrong",
        "acc.intermittent", "gyr.intermittent", "imu.intermittent", "bus.intermittent",
    )
)  # fmt: skip
"""With two sensors the other one contradicts within three strides; what is lost again and again is lost in them."""
LATE_HEEL = frozenset(("heel.slow", "heel.delayed"))
ZERO_MOVED = frozenset(("gyr.wrong", "imu.wrong"))
ZERO_MOVED_S = 4.0
"""The row imu_lost takes so long for a zero of the gyroscope that has moved; another scale contradicts in 3 strides."""
_TICKS = 4
"""The sample that is missed, and the tick that tells."""
ELECTRODE_LATER_S = 1.0

_STALLS_S = {"scheduler.off": 0.5, "scheduler.stuck": 0.15, "scheduler.intermittent": 0.03}
"""How long the loop gets no processor, which it cannot tell before it is over."""
_RANDOM_S = {"clock.garbage": 0.5, "clock.intermittent": 2.0, "scheduler.garbage": 5.0, "scheduler.stalls": 5.0}
"""Drawn again and again: by then one of them was long enough, but once in 10,000 times."""
_OFTEN_LATE = frozenset(("scheduler.wrong", "scheduler.slow", "scheduler.delayed"))


class Expected(NamedTuple):
    """Which rows tell of a fault, and by when the first of them has to (s); None: it may go unnoticed, and `why`.

    What may go unnoticed must do no harm all the same.
    """

    rows: frozenset[str]
    within_s: float | None
    why: str = ""


def expected(kind: str, settings: Settings, stride_s: float | None, *, only: bool = True) -> Expected:
    """What has to be noticed of a fault by its name in `KINDS`. `stride_s`: the longest stride, None without any.

    `only`: nothing else is broken, so with two sensors one is still good.
    """
    rows = rows_of(kind, settings, only=only)
    if kind in UNNOTICED:
        return Expected(rows, None, UNNOTICED[kind])
    channel, _, how = kind.partition(".")
    if kind in LATE_HEEL and any(getattr(one, "placement", "") == "foot" for one in settings.sensor):
        return Expected(rows, None, BY_TURNS)
    if channel in ("heel", "acc", "gyr", "imu", "bus"):
        within_s = _sensor_within_s(kind, settings, stride_s)
        both = settings.leg[0].sensors == "both"
        return Expected(rows, within_s, "" if within_s is not None else AT_REST if both else ALONE)
    if channel in ("clock", "scheduler"):
        return Expected(rows, _time_within_s(kind, settings))
    if channel == "link":
        return Expected(rows, DEVICE_WITHIN_S)
    if channel == "electrode":
        # Only a device that measures can tell, and only while pulses are put out.
        if settings.stimulator[0].kind not in ("p24", "rehastim2"):
            return Expected(rows, None, UNMEASURED)
        falls_s = ELECTRODE_LATER_S if how == "delayed" else 0.0
        return Expected(rows, None, AT_REST) if stride_s is None else Expected(rows, falls_s + DEVICE_WITHIN_S)
    if channel == "recorder":
        more_s = DELAY_S if how == "delayed" else 0.0
        return Expected(rows, FAULTS["recorder"].noticed_within_s(settings) + more_s)
    return Expected(rows, FAULTS["emergency_stop"].noticed_within_s(settings))


def rows_of(kind: str, settings: Settings, *, only: bool = True) -> frozenset[str]:
    """The rows that name what is broken, and nothing that is sound."""
    channel = kind.partition(".")[0]
    if channel in ("heel", "acc", "gyr", "imu", "bus"):
        own = HEEL_ROWS if channel == "heel" else IMU_ROWS
        # With a second sensor a step that is not finished names no sensor.
        return own - {"gait_timeout"} if only and settings.leg[0].sensors == "both" else own | LATCHED_ROWS
    return {
        "clock": TIME_ROWS,
        # A loop that turns every 15 ms reads its sensors too seldom, which is as true as that it is late.
        "scheduler": LATE_ROWS | LATCHED_ROWS if kind == "scheduler.slow" else LATE_ROWS,
        "link": frozenset(("device",)),
        "electrode": DEVICE_ROWS,
        "recorder": frozenset(("recorder",)),
        "operator": frozenset(("emergency_stop",)),
    }.get(channel, NO_OTHER_ROW)


def _sensor_within_s(kind: str, settings: Settings, stride_s: float | None) -> float | None:
    both = settings.leg[0].sensors == "both"
    judgement = settings.judgement
    ticks_s = _TICKS / settings.loop.rate_hz
    # With one sensor alone the latch waits for the burst that runs.
    more_s = ticks_s if both else ticks_s + settings.stimulation.open_loop_s
    if kind in SILENT:
        return judgement.stale_s + more_s
    if kind in FROZEN:
        return 2.0 * judgement.frozen_s + more_s
    if kind in SLOW:
        # Counted over windows of `slow_s`: the first of them may have begun before.
        return 2.0 * judgement.slow_s + more_s
    supervised = any(getattr(one, "wiring", "") == "supervised" for one in settings.sensor)
    if kind == "heel.off" and supervised:
        return settings.contact.unknown_after_s + more_s
    if stride_s is None:
        return None
    if kind == "heel.short" and supervised:
        # Shorted to the line that it would close, it is seen when the heel lifts.
        return stride_s + settings.contact.unknown_after_s + more_s
    if kind in STUCK:
        return max(stride_s, 2.0 * judgement.frozen_s) + more_s
    if kind in NEVER_STILL:
        return stride_s + FAULTS["heel_lost"].noticed_within_s(settings) + more_s
    if kind in ZERO_MOVED and both:
        return max(FAULTS["imu_doubted"].noticed_within_s(settings, stride_s), ZERO_MOVED_S) + more_s
    if kind in CONTRADICTS and both:
        return FAULTS["heel_doubted"].noticed_within_s(settings, stride_s) + more_s
    return None


def _time_within_s(kind: str, settings: Settings) -> float:
    late_s = FAULTS["late_loop"].noticed_within_s(settings)
    if kind in _STALLS_S:
        return _STALLS_S[kind] + late_s
    if kind in _RANDOM_S:
        return _RANDOM_S[kind]
    if kind in _OFTEN_LATE:
        return FAULTS["loop_often_late"].noticed_within_s(settings)
    return late_s if kind == "clock.ahead" else FAULTS["clock"].noticed_within_s(settings)


def cuts(active: str) -> bool:
    """Whether the row of an active fault ends a burst at once."""
    return fault_of(active).ending is Ending.CUT
