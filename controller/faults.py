"""Every fault in one table: its class, how it ends a burst, how soon it is noticed, and what a person is told."""

from enum import StrEnum
from typing import NamedTuple


class FaultClass(StrEnum):
    """What a fault does to later bursts."""

    WITHHOLD = "withhold"
    """No new burst until enough good strides."""
    DEGRADE = "degrade"
    """Another sensor leads; clears when the sensor is good again."""
    LATCH = "latch"
    """Off until a person disarms and arms again."""


class Ending(StrEnum):
    """What a fault does to the burst that is running: an abrupt cut can trip a person too."""

    NOTHING = "nothing"
    FALL = "fall"
    OPEN_LOOP = "open loop"
    CUT = "cut"


class Fault(NamedTuple):
    """One row: `noticed` says how soon, `text` what is wrong, `cure` what to do."""

    name: str
    kind: FaultClass
    ending: Ending
    noticed: str
    text: str
    cure: str


FAULTS: dict[str, Fault] = {
    fault.name: fault
    for fault in (
        Fault(
            "gait_timeout",
            FaultClass.WITHHOLD,
            Ending.FALL,
            "gait.pre_swing_max_s or gait.swing_max_s",
            "a step was not finished",
            "walk on; bursts come back after good strides",
        ),
        Fault(
            "late_loop",
            FaultClass.WITHHOLD,
            Ending.NOTHING,
            "the next tick",
            "the loop was late",
            "close other programs; bursts come back after good strides",
        ),
        Fault(
            "recorder",
            FaultClass.WITHHOLD,
            Ending.NOTHING,
            "the next tick after the failed write",
            "the black box cannot be written",
            "free space on the disk or choose another folder, then start again",
        ),
        Fault(
            "imu_needed",
            FaultClass.WITHHOLD,
            Ending.OPEN_LOOP,
            "judgement.stale_s; a frozen IMU stale_s + frozen_s at most",
            "the IMU is lost, and a plain heel switch alone may not trigger",
            "check the IMU's cable; bursts come back after good strides",
        ),
        Fault(
            "heel_lost",
            FaultClass.DEGRADE,
            Ending.NOTHING,
            "judgement.stale_s; a contradiction of its contacts contact.unknown_after_s",
            "the heel switch is lost, the IMU leads",
            "check the heel switch and its cable",
        ),
        Fault(
            "imu_lost",
            FaultClass.DEGRADE,
            Ending.NOTHING,
            "judgement.stale_s; a frozen IMU stale_s + frozen_s at most",
            "the IMU is lost, the heel switch leads",
            "check the IMU's cable",
        ),
        Fault(
            "heel_doubted",
            FaultClass.DEGRADE,
            Ending.NOTHING,
            "faults.disagreements strides",
            "the IMU sees steps that the heel switch does not, the IMU leads",
            "check that the heel switch lies under the heel; is it stuck?",
        ),
        Fault(
            "sensors_lost",
            FaultClass.LATCH,
            Ending.OPEN_LOOP,
            "judgement.stale_s; a frozen IMU stale_s + frozen_s at most",
            "no sensor of this leg can be trusted",
            "check the sensors and cables, then disarm and arm",
        ),
        Fault(
            "emergency_stop",
            FaultClass.LATCH,
            Ending.CUT,
            "the next tick",
            "emergency stop",
            "when it is safe, disarm and arm",
        ),
        Fault(
            "device",
            FaultClass.LATCH,
            Ending.CUT,
            "the next tick after the device's answer",
            "a stimulator or orthosis failed",
            "check the device, its cable and its electrodes, then disarm and arm",
        ),
        Fault(
            "gate",
            FaultClass.LATCH,
            Ending.CUT,
            "the same tick",
            "the gate was asked for something that must not exist",
            "keep the recording and report it; disarm and arm to go on",
        ),
        Fault(
            "clock",
            FaultClass.LATCH,
            Ending.CUT,
            "the same tick",
            "time ran backwards or is not a number",
            "keep the recording and report it; disarm and arm to go on",
        ),
        Fault(
            "exception",
            FaultClass.LATCH,
            Ending.CUT,
            "the same tick",
            "the controller failed in a tick",
            "keep the recording and report it; disarm and arm to go on",
        ),
    )
}


def fault_of(active: str) -> Fault:
    """The row of an active fault, whose name may carry a subject: `heel_lost:right`."""
    return FAULTS[active.partition(":")[0]]


class FaultBook:
    """The faults that are active now, in the order in which they were raised."""

    def __init__(self) -> None:
        self._raised_s: dict[str, float] = {}
        self._good_strides: dict[str, int] = {}

    @property
    def active(self) -> tuple[str, ...]:
        """Names with subject, oldest first."""
        return tuple(self._raised_s)

    @property
    def latched(self) -> bool:
        """Whether any active fault keeps the output off until a person re-arms."""
        return bool(self._raised_s) and any(fault_of(name).kind == FaultClass.LATCH for name in self._raised_s)

    def withholding(self, subject: str) -> str:
        """The fault of `subject` or of no subject that forbids a new burst, or empty."""
        for name in self._raised_s:
            if fault_of(name).kind != FaultClass.DEGRADE and name.partition(":")[2] in ("", subject):
                return name
        return ""

    def raise_fault(self, name: str, subject: str, t_s: float) -> bool:
        """Make a fault active at `t_s`; whether it is new. One that withholds counts its good strides anew."""
        key = f"{name}:{subject}" if subject else name
        new = key not in self._raised_s
        self._raised_s[key] = t_s
        self._good_strides[key] = 0
        return new

    def clear(self, name: str, subject: str = "") -> bool:
        """End a fault; whether it was active."""
        if not self._raised_s:
            return False
        key = f"{name}:{subject}" if subject else name
        return self._raised_s.pop(key, None) is not None

    def good_stride(self, subject: str, needed: int) -> None:
        """A good stride of the leg `subject`: after `needed` of them the faults that withhold from it end."""
        for key in self.active:
            if fault_of(key).kind == FaultClass.WITHHOLD and key.partition(":")[2] in ("", subject):
                self._good_strides[key] += 1
                if self._good_strides[key] >= needed:
                    del self._raised_s[key]

    def clear_withholding(self, before_s: float) -> None:
        """End what withholds and was last raised before `before_s`: for a person who sits, and takes no strides."""
        for key, raised_s in tuple(self._raised_s.items()):
            if fault_of(key).kind == FaultClass.WITHHOLD and raised_s < before_s:
                del self._raised_s[key]

    def clear_latches(self) -> None:
        """A person has disarmed: the latches are acknowledged; what still holds is raised again by the next tick."""
        for key in self.active:
            if fault_of(key).kind == FaultClass.LATCH:
                del self._raised_s[key]
