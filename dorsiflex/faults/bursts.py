"""What came out of the devices, burst by burst, and which of it nobody wanted."""

from bisect import bisect_right
from typing import NamedTuple

from dorsiflex.faults.nerve import Felt
from dorsiflex.faults.seen import Seen
from simulator.muscle import motor_threshold_ma

SAME_BURST_S = 0.04
"""1.6 intervals of 40 Hz, as the bench stimulator groups its log."""


class Burst(NamedTuple):
    """One burst that came out: all its pulses; `outside`: those above the motor threshold where none belongs."""

    pulses: list[Felt]
    outside: list[Felt]

    @property
    def start_s(self) -> float:
        """Its first pulse."""
        return self.pulses[0].t_s

    @property
    def stop_s(self) -> float:
        """Its last pulse."""
        return self.pulses[-1].t_s


def bursts_of(seen: Seen) -> list[Burst]:
    """Everything that came out, in bursts."""
    starts = [window.start_s for window in seen.windows]
    bursts: list[Burst] = []
    for pulse in seen.felt:
        if not bursts or pulse.t_s - bursts[-1].stop_s > SAME_BURST_S:
            bursts.append(Burst([], []))
        bursts[-1].pulses.append(pulse)
        if pulse.current_ma < motor_threshold_ma(seen.patient, pulse.pulse_width_us):
            continue
        before = bisect_right(starts, pulse.t_s)
        if not before or pulse.t_s > seen.windows[before - 1].stop_s:
            bursts[-1].outside.append(pulse)
    return bursts


def missed_bursts(sound: Seen) -> tuple[int, int]:
    """Wanted bursts, first steps apart, and how many of them never came, by any pulse however weak."""
    times_s = [pulse.t_s for pulse in sound.felt]
    usual = [burst for burst in sound.wanted if not burst.first]
    given = sum(bisect_right(times_s, burst.stop_s) > bisect_right(times_s, burst.start_s) for burst in usual)
    return len(usual), len(usual) - given


def strong(pulse: Felt, seen: Seen) -> bool:
    """Whether a pulse reaches this person's motor threshold."""
    return pulse.current_ma >= motor_threshold_ma(seen.patient, pulse.pulse_width_us)
