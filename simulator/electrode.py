"""Electrodes on the skin, and the stimulator behind them that can only push so hard.

Source: `physiology-and-devices.md` 5.11: series resistance, a resistance and a capacitance in parallel, skin; and
`stimulators.md` 7.3 for the range of the whole path, 0.5 to 2 kΩ with good gel. Values are design values [K].
"""

from dataclasses import dataclass
from math import exp, inf, log, pi
from random import Random
from typing import NamedTuple

DISC_50_MM_CM2 = 25.0 * pi / 4.0
"""Area of a round electrode of 50 mm."""

_DAY_S = 86400.0
_HOUR_S = 3600.0
_DRY_AFTER_H = 6.0
_LEAST_CONTACT = 0.01
_FULL = 1e-12


class Delivered(NamedTuple):
    """What one pulse became.

    current_ma: mean over the pulse, so that current times width is the charge that came; 0 with an open circuit.
    voltage_v: highest during the pulse. limited: the stimulator ran out of voltage, so less than asked came.
    open: no current can flow.
    """

    current_ma: float
    voltage_v: float
    limited: bool
    open: bool


class Lift(NamedTuple):
    """From `from_s` until `until_s` (s), `contact` of the electrode's area touches the skin: 0 none, 1 all."""

    from_s: float
    until_s: float = inf
    contact: float = 0.0


class Load(NamedTuple):
    """What the stimulator drives: in series (Ω), and in parallel (Ω, µF)."""

    series_ohm: float
    parallel_ohm: float
    parallel_uf: float


@dataclass(frozen=True)
class Electrode:
    """A pair of electrodes with its stimulator; time is seconds since the electrodes were put on.

    series_ohm (100 to 300), parallel_ohm (500 to 2000), parallel_nf (50 to 200), skin_ohm: the path when fresh.
    area_cm2: of the smaller electrode. compliance_v: highest voltage of the stimulator, 60 to 150 V.
    drift_per_day: what the resistances grow by in a day, as a share. dries_from_s: from then on the series resistance
    grows by the factor `drying_per_hour` each hour, for 6 h. sweats_at_s: from then on the skin's and the parallel
    resistance are `sweat_share` of what they were. lifts: when the electrode is off the skin, or in part.
    current_noise: standard deviation, as a share. imbalance: net charge of the two phases, as a share of one.
    """

    seed: int | str = 0
    series_ohm: float = 200.0
    parallel_ohm: float = 1000.0
    parallel_nf: float = 100.0
    skin_ohm: float = 200.0
    area_cm2: float = DISC_50_MM_CM2
    compliance_v: float = 120.0
    drift_per_day: float = 0.5
    dries_from_s: float = inf
    drying_per_hour: float = 3.0
    sweats_at_s: float = inf
    sweat_share: float = 0.6
    lifts: tuple[Lift, ...] = ()
    current_noise: float = 0.005
    imbalance: float = 0.02

    def deliver(self, t_s: float, current_ma: float, pulse_width_us: float) -> Delivered:
        """What a pulse that is asked for at `t_s` becomes. The same question has the same answer, in any order.

        What is not a pulse (zero, negative, not a number) delivers nothing.
        """
        if not (0.0 < current_ma < inf and 0.0 < pulse_width_us < inf):
            return Delivered(0.0, 0.0, limited=False, open=False)
        load = self.load(t_s)
        if load is None:
            return Delivered(0.0, self.compliance_v, limited=True, open=True)
        noise = Random(f"{self.seed} {t_s:.6f}").gauss(0.0, self.current_noise) if self.current_noise else 0.0
        return _through(load, max(0.0, current_ma * (1.0 + noise)), pulse_width_us, self.compliance_v)

    def load(self, t_s: float) -> Load | None:
        """The path at `t_s`; None when nothing touches the skin."""
        contact = self.contact(t_s)
        if contact < _LEAST_CONTACT:
            return None
        drift = 1.0 + self.drift_per_day * max(0.0, t_s) / _DAY_S
        wet = self.sweat_share if t_s >= self.sweats_at_s else 1.0
        dry = self.drying_per_hour ** min(_DRY_AFTER_H, max(0.0, t_s - self.dries_from_s) / _HOUR_S)
        series = drift * (self.series_ohm * dry + self.skin_ohm * wet)
        return Load(series / contact, drift * wet * self.parallel_ohm / contact, self.parallel_nf * 1e-3 * contact)

    def contact(self, t_s: float) -> float:
        """Share 0..1 of the area that touches the skin at `t_s`."""
        return min((lift.contact for lift in self.lifts if lift.from_s <= t_s < lift.until_s), default=1.0)

    def net_charge_uc(self, delivered: Delivered, pulse_width_us: float) -> float:
        """Charge (µC) that a pulse pair leaves behind."""
        return delivered.current_ma * pulse_width_us * 1e-3 * self.imbalance

    def density_ma_cm2(self, t_s: float, rms_ma: float) -> float:
        """Rms current density under what touches the skin at `t_s`; 0 when nothing does."""
        contact = self.contact(t_s)
        return rms_ma / (self.area_cm2 * contact) if contact >= _LEAST_CONTACT else 0.0


def draw_electrode(seed: int | str, compliance_v: float = 120.0) -> Electrode:
    """Another pair of electrodes of good quality on another skin, the same for the same seed [K]."""
    random = Random(f"{seed} electrode")
    return Electrode(
        seed=seed,
        series_ohm=random.uniform(100.0, 300.0),
        parallel_ohm=random.uniform(500.0, 1500.0),
        parallel_nf=random.uniform(50.0, 200.0),
        skin_ohm=random.uniform(100.0, 300.0),
        compliance_v=compliance_v,
        drift_per_day=random.uniform(0.3, 0.7),
        imbalance=random.uniform(0.0, 0.05),
    )


def pulse_energy_mj(current_ma: float, pulse_width_us: float, resistance_ohm: float, phases: int = 2) -> float:
    """Energy of one pulse pair in a resistance, mJ: I²·R·t for each phase."""
    return current_ma * current_ma * resistance_ohm * pulse_width_us * phases * 1e-9


def _through(load: Load, current_ma: float, pulse_width_us: float, compliance_v: float) -> Delivered:
    """A pulse of constant current, and of constant voltage once the current needs more than there is.

    The capacitance starts empty: balanced pulses leave it so.
    """
    series, parallel = load.series_ohm, load.parallel_ohm
    charging_us = parallel * load.parallel_uf
    wanted_a = current_ma * 1e-3
    needed_v = wanted_a * (series + parallel * (1.0 - exp(-pulse_width_us / charging_us)))
    if needed_v <= compliance_v:
        return Delivered(current_ma, needed_v, limited=False, open=False)
    held_us, stored_v = 0.0, 0.0
    if wanted_a * series < compliance_v:
        stored_v = compliance_v - wanted_a * series
        held_us = -charging_us * log(max(_FULL, 1.0 - stored_v / (wanted_a * parallel)))
    rest_us = max(0.0, pulse_width_us - held_us)
    final_a = compliance_v / (series + parallel)
    settling_us = charging_us * series / (series + parallel)
    excess_a = (compliance_v - stored_v) / series - final_a
    charge = wanted_a * held_us + final_a * rest_us + excess_a * settling_us * (1.0 - exp(-rest_us / settling_us))
    return Delivered(min(current_ma, 1e3 * charge / pulse_width_us), compliance_v, limited=True, open=False)
