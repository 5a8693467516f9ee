"""What can go wrong with a stimulator and its line, on demand."""

from dataclasses import dataclass
from enum import StrEnum
from math import inf


class FaultKind(StrEnum):
    """One thing that goes wrong."""

    ACK_DROPPED = "acknowledgement dropped"
    ACK_LATE = "acknowledgement late"
    ACK_DOUBLED = "acknowledgement doubled"
    ACK_WRONG_NUMBER = "acknowledgement with another packet number"
    ACK_WRONG_COMMAND = "acknowledgement of another command"
    ACK_REFUSED = "acknowledgement with an error result"
    BAD_CRC = "bad checksum"
    JUNK = "junk before the acknowledgement"
    ONE_BYTE_AT_A_TIME = "one byte at a time"
    ELECTRODE_OFF = "electrode off"
    LOW_CURRENT = "low current"
    EMERGENCY_STOP = "emergency stop"
    RESET = "device reset"
    PORT_GONE = "port gone"


DEVICE_FAULTS = frozenset((FaultKind.ELECTRODE_OFF, FaultKind.LOW_CURRENT, FaultKind.EMERGENCY_STOP, FaultKind.RESET))
"""Happen inside the device."""
FORGERIES = frozenset((FaultKind.ACK_WRONG_NUMBER, FaultKind.ACK_WRONG_COMMAND, FaultKind.ACK_REFUSED))
"""Well-formed packets that say the wrong thing."""


@dataclass(frozen=True)
class Fault:
    """A fault and when it happens: at a time of the device's clock, or at its n-th answer or byte, whichever is first.

    `at_answer` counts the packets that the device sends, `at_byte` the bytes in both directions (PORT_GONE only), both
    from 0. `times`: so many answers are spoilt; a device fault happens once and stays. `late_s`: by how much an
    acknowledgement is late, or how far apart single bytes come.
    """

    kind: FaultKind
    at_s: float = inf
    at_answer: float = inf
    at_byte: float = inf
    times: int = 1
    late_s: float = 0.3
