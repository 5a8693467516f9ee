"""What the controller has to notice of each fault, and by when: the rows of the fault table, with their own times."""

from typing import NamedTuple

from config.schema import Settings
from controller.faults import FAULTS, Ending, fault_of
from dorsiflex.faults.box import DELAY_S

SENSOR_ROWS = frozenset(
    (
        "heel_lost", "heel_doubted", "heel_exchanged", "imu_lost", "imu_doubted", "imu_slipped", "imu_reversed",
        "imu_needed", "sensors_lost", "gait_timeout",
    )
)  # fmt: skip
TIME_ROWS = frozenset(("clock", "late_loop", "loop_stalled", "loop_often_late"))
DEVICE_ROWS = frozenset(("device", "no_effect"))
DEVICE_WITHIN_S = 2.0
"""A device that only speaks when it is spoken to is asked at least every 0.6 s, and once more before it is given up."""

_SILENT = frozenset(("acc.nan", "gyr.nan", "bus.off", "bus.stuck", "imu.brown_out"))
_FROZEN = frozenset(("bus.delayed", "imu.stuck"))
"""Lost in a time of their own: the row imu_lost covers slower causes too."""
_TICKS = 4
"""The sample that is missed, and the tick that tells."""
_CONTRADICTS = frozenset(
    ("heel.stuck_open", "heel.stuck_closed", "heel.wrong", "gyr.off", "gyr.stuck", "imu.mirrored", "bus.garbage")
)
"""With two sensors the other one contradicts within a few strides."""


class Expected(NamedTuple):
    """Which rows tell of a fault, and by when the first of them has to (s); None: it may go unnoticed.

    What may go unnoticed must do no harm all the same.
    """

    rows: frozenset[str]
    within_s: float | None


def expected(kind: str, settings: Settings, stride_s: float | None) -> Expected:
    """What has to be noticed of a fault by its name in `KINDS`. `stride_s`: the longest stride, None without any."""
    channel, _, how = kind.partition(".")
    if channel in ("heel", "acc", "gyr", "imu", "bus"):
        return Expected(SENSOR_ROWS, _sensor_within_s(kind, channel, settings, stride_s))
    if channel in ("clock", "scheduler"):
        # What is shorter than a late tick is no fault.
        within_s = FAULTS["clock"].noticed_within_s(settings) if how == "back" else None
        return Expected(TIME_ROWS | SENSOR_ROWS, within_s)
    if channel == "link":
        return Expected(DEVICE_ROWS, None if how == "slow" else DEVICE_WITHIN_S)
    if channel == "electrode":
        # Only a device that measures can tell, and only while pulses are put out.
        measures = settings.stimulator[0].kind in ("p24", "rehastim2") and stride_s is not None
        return Expected(DEVICE_ROWS, DEVICE_WITHIN_S if how == "off" and measures else None)
    if channel == "recorder":
        more_s = DELAY_S if how == "delayed" else 0.0
        return Expected(frozenset(("recorder",)), FAULTS["recorder"].noticed_within_s(settings) + more_s)
    if kind == "operator.stop":
        return Expected(frozenset(("emergency_stop",)), FAULTS["emergency_stop"].noticed_within_s(settings))
    return Expected(frozenset(), None)


def _sensor_within_s(kind: str, channel: str, settings: Settings, stride_s: float | None) -> float | None:
    both = settings.leg[0].sensors == "both"
    ticks_s = _TICKS / settings.loop.rate_hz
    # With one sensor alone the latch waits for the burst that runs.
    more_s = ticks_s if both else ticks_s + settings.stimulation.open_loop_s
    if kind in _SILENT:
        return settings.judgement.stale_s + more_s
    if kind in _FROZEN:
        return 2.0 * settings.judgement.frozen_s + more_s
    if kind == "heel.off" and any(getattr(one, "wiring", "") == "supervised" for one in settings.sensor):
        return settings.contact.unknown_after_s + more_s
    if kind in _CONTRADICTS and both and stride_s is not None:
        return FAULTS["heel_doubted" if channel == "heel" else "imu_doubted"].noticed_within_s(settings, stride_s)
    return None


def cuts(active: str) -> bool:
    """Whether the row of an active fault ends a burst at once."""
    return fault_of(active).ending is Ending.CUT
