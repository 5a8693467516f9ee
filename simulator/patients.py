"""Kinds of simulated people: how weak the muscles that lift the foot are, and what stimulation does to them.

Source: `physiology-and-devices.md` 5.5 and 5.8. The values are in `profiles/*.toml`, each with its source; they are
plausible design values, not measurements of anyone.
"""

import tomllib
from difflib import get_close_matches
from functools import cache
from importlib import resources
from math import isfinite
from random import Random
from typing import NamedTuple


class Patient(NamedTuple):
    """What differs between people.

    voluntary_activation: share 0..1 of the dorsiflexors that the person can activate; 1 and above is healthy.
    voluntary_fades_per_min: what of it is lost each minute of walking, down to `voluntary_least`.
    voluntary_gain_per_week: what of it comes back each week; `weeks` have passed.
    calf_stiffness: factor on the passive moment of the calf; 1 normal, 1.5 tight.
    reflex_nm_s_per_deg: gain of the stretch reflex of the calf; 0 none, 0.02 to 0.08 spastic.
    clonus_hz, clonus_nm: rhythm and strength of clonus once the calf is stretched fast; 0 none, 5 to 7 Hz.
    walk_ratio: length of the steps for their cadence, as a multiple of 0.0065 m per step/min; below 1 short steps.
    stance_asymmetry: what the paretic leg's stance is shorter by, as a share of the cycle; 0.03 to 0.08 hemiparetic.
    compensates: share 0..1 of the hip and knee lift and hip hike that scraping toes teach this person.
    torque_max_nm: torque of the dorsiflexors at activation 1, N m; 15 to 25 can be had by stimulation.
    rheobase_ma, chronaxie_us: strength-duration curve of the motor threshold; 10 mA and 200 µs make 16.7 mA at 300 µs.
    half_recruited: current, in motor thresholds, that recruits half of the muscle; spread: width of that sigmoid.
    felt_at, painful_at: current, in motor thresholds, that is felt, and that hurts.
    fatigue_s, recovery_s, fatigue_floor: time constants and floor of fatigue, Riener and Veltink.
    stride_time_cv: coefficient of variation of the stride time; 0.015 to 0.03 healthy, 0.05 to 0.08 patients.
    heel_reaches: share 0..1 of the normal heel load that is left when the toes land first.
    """

    name: str
    meaning: str
    voluntary_activation: float
    voluntary_fades_per_min: float = 0.0
    voluntary_least: float = 0.0
    voluntary_gain_per_week: float = 0.0
    weeks: float = 0.0
    calf_stiffness: float = 1.0
    reflex_nm_s_per_deg: float = 0.0
    clonus_hz: float = 0.0
    clonus_nm: float = 0.0
    walk_ratio: float = 1.0
    stance_asymmetry: float = 0.0
    compensates: float = 1.0
    torque_max_nm: float = 20.0
    rheobase_ma: float = 10.0
    chronaxie_us: float = 200.0
    half_recruited: float = 1.9
    recruitment_spread: float = 0.2
    felt_at: float = 0.5
    painful_at: float = 2.6
    fatigue_s: float = 300.0
    recovery_s: float = 500.0
    fatigue_floor: float = 0.2
    stride_time_cv: float = 0.05
    heel_reaches: float = 1.0

    @property
    def healthy(self) -> bool:
        """Whether the ankle follows the published curve."""
        return self.voluntary_activation >= 1.0


PROFILES = resources.files("simulator").joinpath("profiles")

_RANGE = {
    "voluntary_activation": (0.0, 1.0),
    "voluntary_fades_per_min": (0.0, 1.0),
    "voluntary_least": (0.0, 1.0),
    "voluntary_gain_per_week": (0.0, 1.0),
    "weeks": (0.0, 520.0),
    "calf_stiffness": (0.5, 3.0),
    "reflex_nm_s_per_deg": (0.0, 0.2),
    "clonus_hz": (0.0, 10.0),
    "clonus_nm": (0.0, 20.0),
    "walk_ratio": (0.3, 1.7),
    "stance_asymmetry": (0.0, 0.15),
    "compensates": (0.0, 1.0),
    "torque_max_nm": (1.0, 60.0),
    "rheobase_ma": (1.0, 60.0),
    "chronaxie_us": (20.0, 1000.0),
    "half_recruited": (1.0, 5.0),
    "recruitment_spread": (0.02, 1.0),
    "felt_at": (0.05, 1.0),
    "painful_at": (1.0, 10.0),
    "fatigue_s": (1.0, 1e5),
    "recovery_s": (1.0, 1e5),
    "fatigue_floor": (0.0, 1.0),
    "stride_time_cv": (0.0, 0.3),
    "heel_reaches": (0.0, 1.0),
}
"""What a parameter may be at all; a profile's own spread is narrower."""

_TAIL_SD = 2.0
"""People further out than this are drawn again."""


class ProfileError(ValueError):
    """A profile cannot be used: one line that says which file, which key, what is wrong and what may stand there."""


class _Spread(NamedTuple):
    value: float
    sd: float
    least: float
    most: float

    def draw(self, random: Random) -> float:
        if self.sd == 0.0:
            return self.value
        away = random.gauss(0.0, 1.0)
        while abs(away) > _TAIL_SD:
            away = random.gauss(0.0, 1.0)
        return min(self.most, max(self.least, self.value + away * self.sd))


class Profile(NamedTuple):
    """One kind of people: its name, what it means, and value and spread of every parameter of `Patient`."""

    name: str
    meaning: str
    spreads: dict[str, _Spread]

    def typical(self) -> Patient:
        """The kind itself."""
        return self._person({key: spread.value for key, spread in self.spreads.items()})

    def person(self, seed: int) -> Patient:
        """One person of this kind. Each parameter has a random stream of its own."""
        return self._person(
            {key: spread.draw(Random(f"{self.name} {key} {seed}")) for key, spread in self.spreads.items()}
        )

    def _person(self, values: dict[str, float]) -> Patient:
        return Patient(name=self.name, meaning=self.meaning, **values)


def read_profile(name: str, text: str) -> Profile:
    """A profile from TOML text; every parameter has to be there. Raises ProfileError.

    A parameter is a number, or `{ value, spread }`; spread is the standard deviation as a share of the value, or
    `{ sd, least, most }` in the parameter's unit.
    """
    try:
        data: dict[str, object] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(f"{name}.toml: no valid TOML: {error}") from None
    meaning = data.pop("meaning", None)
    if not isinstance(meaning, str) or not meaning:
        raise ProfileError(f"{name}.toml: meaning: must be a text that says what this kind of person does")
    for key in data:
        if key not in _RANGE:
            near = get_close_matches(key, _RANGE, n=1)
            hint = f', did you mean "{near[0]}"?' if near else f"; known are {', '.join(_RANGE)}"
            raise ProfileError(f"{name}.toml: {key}: unknown parameter{hint}")
    for key in _RANGE:
        if key not in data:
            raise ProfileError(f"{name}.toml: {key}: is missing; a profile names every parameter")
    spreads = {key: _read_spread(f"{name}.toml: {key}", key, data[key]) for key in _RANGE}
    return Profile(name, meaning, spreads)


def _read_spread(place: str, key: str, given: object) -> _Spread:
    low, high = _RANGE[key]
    if not isinstance(given, dict):
        value = _number(place, given, low, high)
        return _Spread(value, 0.0, value, value)
    _check_keys(place, given, ("value", "spread"))
    value = _number(f"{place}.value", given["value"], low, high)
    spread = given["spread"]
    if isinstance(spread, dict):
        _check_keys(f"{place}.spread", spread, ("sd", "least", "most"))
        least = _number(f"{place}.spread.least", spread["least"], low, value)
        most = _number(f"{place}.spread.most", spread["most"], value, high)
        return _Spread(value, _number(f"{place}.spread.sd", spread["sd"], 0.0, high - low), least, most)
    sd = value * _number(f"{place}.spread", spread, 0.0, 0.5)
    return _Spread(value, sd, max(low, value - _TAIL_SD * sd), min(high, value + _TAIL_SD * sd))


def _check_keys(place: str, given: dict[str, object], wanted: tuple[str, ...]) -> None:
    if set(given) != set(wanted):
        raise ProfileError(f"{place}: has {', '.join(given) or 'nothing'}; must have {', '.join(wanted)}")


def _number(place: str, given: object, low: float, high: float) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise ProfileError(f"{place}: must be a number from {low:g} to {high:g}, got {given!r}")
    if not (isfinite(given) and low <= given <= high):
        raise ProfileError(f"{place}: {given:g} is outside {low:g} to {high:g}")
    return float(given)


_ORDER = ("healthy", "slap", "classic", "drag", "stroke", "spastic", "ms", "recovering")


@cache
def profile(name: str) -> Profile:
    """The profile of a kind that comes with the simulator. Raises ProfileError."""
    if name not in _ORDER:
        near = get_close_matches(name, _ORDER, n=1)
        hint = f'did you mean "{near[0]}"?' if near else f"known are {', '.join(_ORDER)}"
        raise ProfileError(f'no patient is called "{name}": {hint}')
    return read_profile(name, PROFILES.joinpath(f"{name}.toml").read_text(encoding="utf-8"))


def patient(name: str, seed: int | None = None) -> Patient:
    """The kind itself, or with a seed one person of that kind, always the same for that seed. Raises ProfileError."""
    kind = profile(name)
    return kind.typical() if seed is None else kind.person(seed)


def after_weeks(person: Patient, weeks: float) -> Patient:
    """The same person so many weeks later, 0 to 520: stronger if of a kind that recovers. Raises ValueError."""
    low, high = _RANGE["weeks"]
    if not (isfinite(weeks) and low <= weeks <= high):
        raise ValueError(f"weeks: {weeks:g} is outside {low:g} to {high:g}")
    return person._replace(weeks=weeks)


PATIENTS: dict[str, Patient] = {name: patient(name) for name in _ORDER}
"""The kinds themselves by name, as the setting `simulation.patient` has it."""
