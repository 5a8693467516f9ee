"""Stimulated dorsiflexors: from single pulses to activation.

Source: `physiology-and-devices.md` 5.5: charge, recruitment, rate, delay, second-order activation, fatigue.
Force-length and force-velocity are the ankle's. `make_muscle` also gives the pulse-by-pulse force model of Ding.
"""

from collections import deque
from math import exp, inf
from typing import Literal, Protocol

from simulator.ding import DingMuscle
from simulator.fatigue import fitness_after, fitness_after_rest, rate_weight
from simulator.patients import Patient
from simulator.recruitment import motor_threshold_ma, recruitment

__all__ = ["Muscle", "StimulatedMuscle", "force_at_rate", "make_muscle", "motor_threshold_ma", "recruitment"]

DELAY_S = 0.030
"""Nerve and excitation-contraction coupling; published 25 to 50 ms [K]."""

ACTIVATION_S = 0.0575
"""Time constant, twice: half of the way after about 100 ms, 90 % after 230 ms; published 55 to 60 ms [calc]."""

HOLD_INTERVALS = 1.5
"""A pulse keeps the muscle driven for this many pulse intervals."""

_FIRST_INTERVAL_S = 0.025
_LONGEST_INTERVAL_S = 0.1
_FADES_IN = 20.0
"""Time constants after which nothing is left of an activation: a ten-millionth."""

_FORCE_AT_RATE = (
    (0.0, 0.0),
    (15.0, 0.67),
    (20.0, 0.75),
    (25.0, 0.81),
    (30.0, 0.84),
    (40.0, 0.89),
    (50.0, 0.93),
    (100.0, 1.0),
)
"""Share of the force at 100 Hz by pulse rate, from the parameters of Ding 2003 [calc]."""


class Muscle(Protocol):
    """Stimulated dorsiflexors, whatever model they are.

    posture_factor: on the rheobase, 0.85 to 1.15 over a stride; the leg sets it, each pulse uses it.
    at_rest: nothing is left of a pulse and none is on its way, so `activation` is 0 and stays so.
    """

    posture_factor: float
    at_rest: bool

    @property
    def activation(self) -> float:
        """Share 0..1 of the muscle's torque, fatigue included; what the ankle multiplies by the largest torque."""

    @property
    def recruited(self) -> float:
        """Share 0..1 that a rested muscle would give now."""

    @property
    def fatigue(self) -> float:
        """Share 0..1 of the force that fatigue takes away."""

    def pulse(self, t_s: float, current_ma: float, pulse_width_us: float) -> None:
        """A pulse (mA, µs) reaches the nerve at `t_s`; pulses come in order of time."""

    def advance(self, t_s: float, dt: float) -> None:
        """One step of `dt` seconds that ends at `t_s`."""


def make_muscle(patient: Patient, model: Literal["hill", "ding"] = "hill") -> Muscle:
    """The dorsiflexors of a patient: "hill" is fast, "ding" computes the force of each single pulse."""
    return DingMuscle(patient) if model == "ding" else StimulatedMuscle(patient)


def force_at_rate(rate_hz: float) -> float:
    """Share 0..1 of the tetanic force at a pulse rate in Hz."""
    low_rate, low = _FORCE_AT_RATE[0]
    for high_rate, high in _FORCE_AT_RATE[1:]:
        if rate_hz <= high_rate:
            return low + (high - low) * (rate_hz - low_rate) / (high_rate - low_rate)
        low_rate, low = high_rate, high
    return 1.0


class StimulatedMuscle:
    """Activation 0..1 of the dorsiflexors by the pulses that reach their nerve; see `Muscle`.

    Exact for a drive that changes only when a pulse arrives or runs out: the state is kept as it was at the last change
    and computed from there when somebody asks, so the size of the steps does not matter and a muscle that nobody asks
    costs nothing. Fatigue, a thousand times slower, takes the mean since the last change.
    """

    def __init__(self, patient: Patient, activation_s: float = ACTIVATION_S) -> None:
        self.posture_factor = 1.0
        self.at_rest = True
        self._patient = patient
        self._activation_s = activation_s
        self._fitness = 1.0
        self._recruited = self._filling = 0.0
        self._drive = 0.0
        self._tiring = 1.0
        self._drive_ends_s = inf
        self._last_pulse_s = -1.0
        self._coming: deque[tuple[float, float, float, float]] = deque()
        self._changed_s = 0.0
        self._now_s = 0.0
        self._changes_s = inf
        self._resting = True

    @property
    def activation(self) -> float:
        """Share 0..1 of the muscle's torque, fatigue included."""
        if self._resting:
            return 0.0
        recruited, _, fitness = self._at(self._now_s)
        return recruited * fitness

    @property
    def recruited(self) -> float:
        """Share 0..1 that a rested muscle would give now."""
        return self._at(self._now_s)[0]

    @property
    def fatigue(self) -> float:
        """Share 0..1 of the force that fatigue takes away."""
        return 1.0 - self._at(self._now_s)[2]

    def pulse(self, t_s: float, current_ma: float, pulse_width_us: float) -> None:
        """A pulse reaches the nerve at `t_s`; pulses come in order of time."""
        interval = t_s - self._last_pulse_s
        if not 0.0 < interval <= _LONGEST_INTERVAL_S:
            interval = _FIRST_INTERVAL_S
        self._last_pulse_s = t_s
        rate_hz = 1.0 / interval
        reached = recruitment(self._patient, current_ma, pulse_width_us, self.posture_factor)
        arrives_s = t_s + DELAY_S
        drive = reached * force_at_rate(rate_hz)
        self._coming.append((arrives_s, drive, arrives_s + HOLD_INTERVALS * interval, rate_weight(rate_hz)))
        self._changes_s = min(self._changes_s, arrives_s)
        self.at_rest = False

    def advance(self, t_s: float, dt: float) -> None:  # noqa: ARG002
        """Live until `t_s`; the step `dt` is that of `Muscle`, and not needed here."""
        self._now_s = t_s
        while self._changes_s <= t_s:
            self._change()

    def _change(self) -> None:
        """Live until the next change, and make it: a pulse arrives, the last one runs out, or nothing is left of it."""
        t_s, coming = self._changes_s, self._coming
        self._recruited, self._filling, self._fitness = self._at(t_s)
        self._changed_s = t_s
        if coming and coming[0][0] <= t_s:
            _, self._drive, self._drive_ends_s, self._tiring = coming.popleft()
            self._resting = self._resting and self._drive == 0.0
        elif self._drive_ends_s <= t_s:
            self._drive, self._drive_ends_s = 0.0, inf
        else:
            self._recruited = self._filling = 0.0
            self._resting = True
        fades_s = inf if self._resting else t_s + _FADES_IN * self._activation_s
        ends_s = self._drive_ends_s if self._drive_ends_s < inf else fades_s
        self._changes_s = min(coming[0][0], ends_s) if coming else ends_s
        self.at_rest = self._resting and not coming

    def _at(self, t_s: float) -> tuple[float, float, float]:
        """Recruited and filling share, and fitness, at a time since the last change."""
        since_s = t_s - self._changed_s
        if self._resting:
            return 0.0, 0.0, fitness_after_rest(self._patient, self._fitness, since_s)
        recruited, filling, fitness = self._recruited, self._filling, self._fitness
        if since_s <= 0.0:
            return recruited, filling, fitness
        drive, x = self._drive, since_s / self._activation_s
        left = exp(-x)
        gone = 1.0 - left
        follows = max(0.0, gone - x * left)
        mean = (recruited * gone + filling * follows + drive * (x - gone - follows)) / x
        tiring = mean * self._tiring
        return (
            (recruited + filling * x) * left + drive * follows,
            filling * left + drive * gone,
            fitness_after(self._patient, fitness, tiring if tiring < 1.0 else 1.0, since_s),
        )
