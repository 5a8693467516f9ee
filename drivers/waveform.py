"""Biphasic, charge-balanced pulses in the whole steps of a device: made here, and judged apart from how they were made.

All arithmetic on charge is in integers (device steps times µs), so "balanced" means exactly zero.
"""

from math import ceil, floor, isfinite, sqrt
from typing import NamedTuple

from config.limits import (
    HARD_MAX_CHARGE_UC,
    HARD_MAX_CURRENT_MA,
    HARD_MAX_PULSE_WIDTH_US,
    HARD_MAX_RATE_HZ,
    HARD_MAX_RMS_DENSITY_MA_CM2,
)
from config.outputs import OutputFacts
from config.schema import ChannelSettings

ROUNDING = 1e-9
"""Products of decimal fractions may miss a limit by this much."""


class Phase(NamedTuple):
    """A piece of a pulse with one current: duration in µs, current in the device's steps, signed; 0 is a pause."""

    duration_us: int
    steps: int


Pulse = tuple[Phase, ...]
"""The phases of one pulse in order; empty for no pulse."""


def make_pulse(current_ma: float, pulse_width_us: float, channel: ChannelSettings, facts: OutputFacts) -> Pulse:
    """The pulse of a channel: current and width rounded down to the device's steps, as its settings shape it.

    Empty when not one step or not the shortest duration is left. A device that makes its own waveform has equal phases
    and its own gap. Arguments must be finite and not negative.
    """
    steps, width_us = floor(current_ma / facts.current_step_ma), floor(pulse_width_us)
    if steps < 1 or width_us < facts.shortest_us:
        return ()
    if facts.gap_us is not None:
        return Phase(width_us, steps), Phase(facts.gap_us, 0), Phase(width_us, -steps)
    ratio = channel.recharge_ratio if channel.waveform == "asymmetric" else 1
    recharge = _recharge(steps * width_us, ceil(steps / ratio), facts.shortest_us)
    return Phase(width_us, steps), Phase(channel.gap_us, 0), *recharge


def _recharge(charge: int, most_steps: int, shortest_us: int) -> Pulse:
    """Phases that take back `charge` (steps times µs) exactly, at no more than `most_steps` and as evenly as steps go.

    Over T µs that is n + 1 steps for a while and n steps for the rest; T grows until both last long enough.
    """
    total_us = ceil(charge / most_steps)
    while True:
        steps, higher_us = divmod(charge, total_us)
        lower_us = total_us - higher_us
        if (higher_us == 0 or higher_us >= shortest_us) and lower_us >= shortest_us:
            break
        total_us += 1
    lower = Phase(lower_us, -steps)
    return (Phase(higher_us, -steps - 1), lower) if higher_us else (lower,)


def charge_sum(pulse: Pulse) -> int:
    """Sum of current times duration over the whole pulse, in steps times µs: 0 when it is balanced."""
    total = 0
    for phase in pulse:
        total += phase.steps * phase.duration_us
    return total


def phase_charge_uc(pulse: Pulse, facts: OutputFacts) -> float:
    """The larger of the charges that flow one way and the other, µC."""
    forth = back = 0
    for phase in pulse:
        forth += max(phase.steps, 0) * phase.duration_us
        back += max(-phase.steps, 0) * phase.duration_us
    return max(forth, back) * facts.current_step_ma / 1000.0


def peak_ma(pulse: Pulse, facts: OutputFacts) -> float:
    """The highest current of either sign, mA."""
    return max([abs(phase.steps) for phase in pulse], default=0) * facts.current_step_ma


def duration_us(pulse: Pulse) -> int:
    """How long the whole pulse takes, µs."""
    total = 0
    for phase in pulse:
        total += phase.duration_us
    return total


def refusal(pulse: Pulse, rate_hz: float, channel: ChannelSettings, facts: OutputFacts) -> str:
    """Why this pulse may not go out at this rate; empty when it may.

    Judged: charge balance, current, width of the first phase, charge of a phase, rms density over the electrode, what
    the device must drive through `load_ohm`, and the device's own ranges; against the hard caps and the channel's.
    """
    if not pulse:
        return ""
    if not isfinite(rate_hz) or not 0.0 < rate_hz <= min(HARD_MAX_RATE_HZ, channel.max_rate_hz) + ROUNDING:
        return f"{rate_hz:g} Hz is above the cap of {min(HARD_MAX_RATE_HZ, channel.max_rate_hz):g} Hz"
    if charge_sum(pulse) != 0:
        left_uc = charge_sum(pulse) * facts.current_step_ma / 1000.0
        return f"the pulse is not balanced: {left_uc:g} µC would be left in the tissue"
    if any(not facts.shortest_us <= phase.duration_us <= facts.longest_us for phase in pulse if phase.steps):
        return f"a phase is not between {facts.shortest_us} and {facts.longest_us} µs"
    squares = 0.0
    for phase in pulse:
        squares += (phase.steps * facts.current_step_ma) ** 2 * phase.duration_us
    area_cm2 = channel.electrode_area_cm2
    current_ma = peak_ma(pulse, facts)
    for what, value, cap, unit in (
        ("current", current_ma, min(HARD_MAX_CURRENT_MA, channel.max_current_ma, facts.highest_current_ma), "mA"),
        ("width", pulse[0].duration_us, min(HARD_MAX_PULSE_WIDTH_US, channel.max_pulse_width_us), "µs"),
        ("charge", phase_charge_uc(pulse, facts), min(HARD_MAX_CHARGE_UC, channel.max_charge_uc), "µC"),
        ("density", sqrt(squares * 1e-6 * rate_hz) / area_cm2, HARD_MAX_RMS_DENSITY_MA_CM2, "mA/cm²"),
        ("voltage", current_ma * channel.load_ohm / 1000.0, facts.compliance_v, "V"),
        ("pulse", duration_us(pulse), 1e6 / rate_hz, "µs"),
    ):
        if value > cap + ROUNDING:
            return f"{what} of {value:g} {unit} is above {cap:g} {unit}"
    return ""
