"""What a row of the fault table says: class, ending of the burst, what clears it, how soon it is noticed."""

from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

from config.schema import Settings


class FaultClass(StrEnum):
    """What a fault does to later bursts."""

    WITHHOLD = "withhold"
    """No new burst until enough good strides."""
    DEGRADE = "degrade"
    """Walking goes on with what is left, and the person is told."""
    LATCH = "latch"
    """Off until a person disarms and arms again."""


class Ending(StrEnum):
    """What a fault does to the burst that is running: an abrupt cut can trip a person too."""

    NOTHING = "nothing"
    FALL = "fall"
    OPEN_LOOP = "open loop"
    CUT = "cut"


class Clearing(StrEnum):
    """What ends a fault."""

    GOOD_STRIDES = "good strides"
    """`faults.good_strides` good strides in a row without its cause; for a seated person 2 s without it."""
    SENSOR_RETURNS = "the sensor returns"
    """The sensor is good for `judgement.return_s` again; a heel switch then has to agree with the IMU too."""
    AGREEMENT = "agreement"
    """Heel and IMU have agreed again, contact by contact: 2 in a row, each time that it fails soon after twice more."""
    SHOWN = "shown otherwise"
    """The strides show again what they showed before; or a person disarms and arms, which takes a new measure."""
    PERSON = "disarm and arm"
    """A person disarms, and arms when the cause is gone."""


class Seen(NamedTuple):
    """How soon a fault is noticed: s from the settings, and strides while a person walks; and in words."""

    within_s: Callable[[Settings], float]
    words: str
    strides: int = 0


class Fault(NamedTuple):
    """One row: `text` is what is wrong, `cure` what to do."""

    name: str
    kind: FaultClass
    ending: Ending
    clears: Clearing
    seen: Seen
    text: str
    cure: str

    def noticed_within_s(self, settings: Settings, stride_s: float | None = None) -> float:
        """By so long after its cause, s, the fault is active; what is seen by strides, while a person walks.

        `stride_s`: the longest stride, s; without it `gait.slow_stride_s`.
        """
        longest_s = settings.gait.slow_stride_s if stride_s is None else stride_s
        return self.seen.within_s(settings) + self.seen.strides * longest_s

    @property
    def anchor(self) -> str:
        """Where the documentation tells of it."""
        return f"docs/faults.md#{self.name}"
