"""What a stimulator on the bench is: bytes in, bytes out, a clock that is handed in, and a log of every pulse."""

from collections.abc import Callable
from enum import Enum
from typing import NamedTuple, Protocol

from simulator.devices.faults import FaultKind


class Phase(NamedTuple):
    """A stretch of constant current in a pulse that was put out: µs, mA with sign."""

    duration_us: float
    current_ma: float


class DevicePulse(NamedTuple):
    """One pulse that a device put out: when it began (device's clock, s), on which output (1 to 8), and its shape."""

    t_s: float
    output: int
    phases: tuple[Phase, ...]

    @property
    def current_ma(self) -> float:
        """Highest current of the pulse, mA, without sign."""
        return max([abs(phase.current_ma) for phase in self.phases], default=0.0)

    @property
    def pulse_width_us(self) -> float:
        """Width of the first phase that carries current, µs."""
        return next((phase.duration_us for phase in self.phases if phase.current_ma), 0.0)

    @property
    def charge_uc(self) -> float:
        """Charge of that phase, µC, without sign."""
        first = next((phase for phase in self.phases if phase.current_ma), None)
        return 0.0 if first is None else abs(first.duration_us * first.current_ma) / 1000.0

    @property
    def net_charge_uc(self) -> float:
        """What is left of the charge after the pulse, µC."""
        charge = 0.0
        for phase in self.phases:
            charge += phase.duration_us * phase.current_ma
        return charge / 1000.0


class Circuit(Enum):
    """What a device finds behind an output when it puts out a pulse."""

    GOOD = "good"
    LIMITED = "limited"
    """Its voltage does not suffice for the current."""
    OPEN = "open"
    """No current can flow."""


Skin = Callable[[DevicePulse], Circuit]
"""What electrodes and skin make of a pulse that is about to be put out."""


def good_skin(_pulse: DevicePulse) -> Circuit:
    """Lets every pulse through."""
    return Circuit.GOOD


class Core(Protocol):
    """A device without a line: pure, no thread, no clock of its own. Times must not run backwards.

    `pulses` is its own log, by which tests judge; `on_pulse`, when set, is told every pulse too. `skin` is asked about
    every pulse before it is put out.
    """

    pulses: list[DevicePulse]
    on_pulse: Callable[[DevicePulse], None] | None
    skin: Skin

    def feed(self, data: bytes, now_s: float) -> bytes:
        """Live until `now_s`, with what the host sent by then; the bytes that go back."""

    def answers(self, data: bytes, now_s: float) -> list[bytes]:
        """The same as whole packets."""

    def due_s(self) -> float:
        """When it does something by itself next; infinity when it only listens."""

    def suffer(self, kind: FaultKind, now_s: float) -> list[bytes]:
        """A fault of the device itself happens now (`faults.DEVICE_FAULTS`); the packets by which it says so."""

    def forged(self, packet: bytes, kind: FaultKind) -> bytes:
        """A well-formed packet in the place of `packet`, wrong in what `kind` says (`faults.FORGERIES`)."""
