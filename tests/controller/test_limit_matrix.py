"""Every limit of the gate × every profile and mode, at each edge: the limit, one more or less, one float more or less.

The oracle is exact arithmetic over the settings; it shares no code with the gate. What is within every limit passes
unchanged and without a word; what is not is reduced to the limit, to zero where there is nothing to reduce to, and the
limit is named.
"""

from collections.abc import Iterator
from fractions import Fraction
from importlib import resources
from itertools import product
from math import inf, isfinite, nan, nextafter
from typing import Any, NamedTuple

import pytest

from config.load import load_settings
from config.schema import ChannelSettings, Settings
from controller.gate import ChannelGate, Permission, permission
from controller.signals import ArmingState, Contact, HeelContact, Mode, Phase, PulseTrain

PROFILES = sorted(
    path.name
    for folder in (resources.files("config"), resources.files("config").joinpath("profiles"))
    for path in folder.iterdir()
    if path.name.endswith(".toml")
)
LARGEST, SUBNORMAL = 1.7976931348623157e308, 5e-324
HARD = {"current_ma": 60.0, "pulse_width_us": 400.0, "rate_hz": 50.0, "charge_uc": 20.0}
HARD_CAPS = {f"max_{name}": cap for name, cap in HARD.items()}
CAPS = {
    "max_current_ma": "current",
    "max_pulse_width_us": "pulse width",
    "max_rate_hz": "rate",
    "max_charge_uc": "charge",
}
ODD = (nan, inf, -inf, -0.0, 0.0, SUBNORMAL, -SUBNORMAL, -1.0, 1e9, LARGEST, -LARGEST)
TICK_S = 0.02
DENSITY_MA_CM2, MORE_PULSES = 2, Fraction(3, 2)


def edges(limit: float) -> tuple[float, ...]:
    """A limit, the whole numbers and the floats beside it."""
    return limit, limit - 1.0, limit + 1.0, nextafter(limit, -inf), nextafter(limit, inf)


class Case(NamedTuple):
    """One question to a gate whose rise is over: what is asked, and which limit is looked at."""

    limit: str
    asked: PulseTrain


class Profile(NamedTuple):
    """A channel of a profile, with the widest caps where the profile sets none, so that there is something to limit."""

    settings: Settings
    channel: ChannelSettings
    trigger: bool


def profiles() -> Iterator[tuple[str, Profile]]:
    for name in PROFILES:
        folder = resources.files("config").joinpath("profiles")
        place = folder.joinpath(name) if folder.joinpath(name).is_file() else resources.files("config").joinpath(name)
        with resources.as_file(place) as path:
            settings = load_settings(path)
        kinds = {device.id: device.kind for device in settings.stimulator}
        for leg in settings.leg:
            for channel in leg.channel:
                trigger = kinds[channel.stimulator] == "trigger"
                yield f"{name}:{leg.side}.{channel.id}", Profile(settings, channel, trigger)


ALL = dict(profiles())
KEYS = [(name, mode) for name in ALL for mode in Mode]
OWN_CURRENT = [(name, mode) for name, mode in KEYS if not ALL[name].trigger]
"""A trigger's current is set on the device: for it the limits in time and of state apply."""


def train(current_ma: float, pulse_width_us: float, rate_hz: float, *, due: bool = True) -> PulseTrain:
    return PulseTrain("right.dorsiflexors", 1, current_ma, pulse_width_us, rate_hz, due)


def cases(channel: ChannelSettings) -> Iterator[Case]:
    """Every edge of what one pulse may be, with everything else as this channel has it."""
    mean_ma, width_us, rate_hz = 5.0, channel.pulse_width_us, channel.rate_hz
    for field, now in (("current_ma", mean_ma), ("pulse_width_us", width_us), ("rate_hz", rate_hz)):
        limits = {getattr(channel, f"max_{field}"), HARD[field], now, 1.0}
        for value in (*ODD, *(v for limit in sorted(limits) for v in edges(limit))):
            change: dict[str, Any] = {field: value}
            asked = train(mean_ma, width_us, rate_hz)._replace(**change)
            yield Case(field, asked)
            yield Case(f"{field}, no pulse due", asked._replace(due=False))
    for width in (1.0, 20.0, 100.0, 3 * 101 / 7, width_us, channel.max_pulse_width_us or 50.0, 400.0):
        for charge_uc in (channel.max_charge_uc, HARD["charge_uc"]):
            for current_ma in edges(charge_uc * 1000.0 / width):
                yield Case("charge", train(current_ma, width, rate_hz))


def most_ma(channel: ChannelSettings, width_us: Fraction) -> Fraction:
    """The highest current that the settings allow at this width, squared where a root would be needed: exact."""
    cap = min(Fraction(channel.max_current_ma), Fraction(60))
    return min(cap, min(Fraction(channel.max_charge_uc), Fraction(20)) * 1000 / width_us)


def is_dense(channel: ChannelSettings, current_ma: Fraction, width_us: Fraction) -> bool:
    pulses_per_s = min(Fraction(channel.max_rate_hz), Fraction(50)) + MORE_PULSES
    square = current_ma**2 * 2 * width_us / 10**6 * pulses_per_s
    return square > (DENSITY_MA_CM2 * Fraction(channel.electrode_area_cm2)) ** 2


def settled(channel: ChannelSettings, settings: Settings, mode: Mode) -> tuple[ChannelGate, float]:
    """A gate that has let out as much as it may for so long that the rise limits nothing any more, and the time."""
    gate = ChannelGate(channel, settings.gate, settings.stimulation.longest_burst_s)
    steps = round(60.0 / settings.gate.max_rise_ma_per_s / TICK_S) + 2
    for k in range(steps):
        gate.judge_train(k * TICK_S, train(60.0, 1.0, 10.0, due=False), granted(mode))
    return gate, steps * TICK_S


def granted(mode: Mode) -> Permission:
    phase = Phase.SWING if mode == Mode.WALK else Phase.STANDING
    return permission(ArmingState.ARMED, mode, phase, HeelContact.OFF, "both", "", test_asked=True)


def check_train(profile: Profile, mode: Mode, case: Case, gate: ChannelGate, t_s: float) -> None:
    channel, asked = profile.channel, case.asked
    passed, reason = gate.judge_train(t_s, asked, granted(mode))
    now = passed.current_ma, passed.pulse_width_us, passed.rate_hz
    assert all(isfinite(value) and value >= 0.0 for value in now)
    numbers = asked.current_ma, asked.pulse_width_us, asked.rate_hz
    sane = all(isfinite(value) and value >= 0.0 for value in numbers)
    whole = sane and (asked.current_ma == 0.0 or (asked.pulse_width_us >= 1.0 and asked.rate_hz >= 1.0))
    assert bool(gate.defect) == (not whole)
    if not whole or asked.current_ma == 0.0:
        assert (*now, passed.due) == (0.0, 0.0, 0.0, False)
        assert reason == gate.defect
        return
    current, width = Fraction(passed.current_ma), Fraction(passed.pulse_width_us)
    assert passed.due <= asked.due
    assert bool(reason) == (now != numbers or passed.due != asked.due), reason
    closed = [words for cap, words in CAPS.items() if getattr(channel, cap) == 0.0]
    if closed:
        assert (*now, passed.due, reason) == (0.0, 0.0, 0.0, False, f"{closed[0]} cap is 0")
        return
    width_cap, rate_cap = min(channel.max_pulse_width_us, 400.0), min(channel.max_rate_hz, 50.0)
    assert passed.pulse_width_us == min(asked.pulse_width_us, width_cap)
    assert passed.rate_hz == min(asked.rate_hz, rate_cap)
    assert ("pulse width cap" in reason) == (asked.pulse_width_us > width_cap)
    assert ("rate cap" in reason) == (asked.rate_hz > rate_cap)
    assert ("current cap" in reason) == (asked.current_ma > min(channel.max_current_ma, 60.0))
    most = most_ma(channel, width)
    assert current <= most
    assert not is_dense(channel, current, width)
    wanted = min(Fraction(asked.current_ma), most)
    if not is_dense(channel, wanted * (1 + Fraction(1, 10**12)), width):
        assert current >= wanted * (1 - Fraction(1, 10**15))
        assert wanted in (current, most)
        fits = Fraction(min(asked.current_ma, channel.max_current_ma, 60.0)) * width
        assert ("charge" in reason) == (fits > 1000 * min(Fraction(channel.max_charge_uc), Fraction(20)))
    else:
        assert "density" in reason
    assert passed.due == (asked.due and passed.current_ma > 0.0)


class InTime(NamedTuple):
    """One burst at a limit in time: ticks (s, wanted), what is looked at, and whether the last tick may pass."""

    limit: str
    ticks: tuple[tuple[float, bool], ...]
    passes: bool
    reason: str


def times(settings: Settings) -> Iterator[InTime]:
    """Edges of the longest burst, the shortest pause, and time itself."""
    longest_s = min(settings.stimulation.longest_burst_s, 2.0)
    for t_s in (*edges(longest_s), nextafter(longest_s, 0.0), 0.5 * longest_s, 2.0 + SUBNORMAL, 2.5, 1e6):
        if t_s > 0.0:
            yield InTime("longest burst", ((0.0, True), (t_s, True)), t_s < longest_s, "longest burst")
    pause_s = settings.gate.shortest_pause_s
    for gap_s in (0.0, SUBNORMAL, 0.5 * pause_s, *edges(pause_s), 2.0 * pause_s, 1e3):
        if gap_s >= 0.0:
            ticks = ((-0.5, True), (0.0, False), (gap_s, True))
            yield InTime("shortest pause", ticks, gap_s >= pause_s, "shortest pause")
    for t_s in (nan, inf, -inf, -LARGEST, LARGEST, nextafter(0.0, -1.0), -1.0, nextafter(1e9, inf), 1e18):
        yield InTime("time", ((0.0, True), (t_s, True)), passes=False, reason="time runs backwards or is no number")
    for t_s in (0.0, -0.0, SUBNORMAL):
        yield InTime("time", ((0.0, True), (t_s, True)), passes=True, reason="")
    yield InTime("time", ((1e9, True),), passes=True, reason="")


def check_times(profile: Profile, mode: Mode, case: InTime) -> None:
    for trigger in (True, False):
        if profile.trigger and not trigger:
            continue
        wide = profile.channel.model_copy(update=HARD_CAPS)
        gate = ChannelGate(wide, profile.settings.gate, profile.settings.stimulation.longest_burst_s)
        for t_s, wanted in case.ticks:
            if trigger:
                contact, reason = gate.judge_contact(t_s, Contact("c", wanted), granted(mode))
                passed = contact.stimulate
            else:
                asked = train(1e-3 if wanted else 0.0, 100.0, 20.0, due=False)
                out, reason = gate.judge_train(t_s, asked, granted(mode))
                passed = out.pulse_width_us > 0.0
        assert passed == case.passes
        assert reason == ("" if case.passes else case.reason)


def orders(mode: Mode) -> Iterator[tuple[ArmingState, Phase, HeelContact, str, str, bool, bool, bool]]:
    """Every state, phase, contact and lead, whether still, a test burst was asked for, and a burst may begin."""
    leads, withholds = ("none", "heel", "imu", "both"), ("", "fault")
    every = product(ArmingState, Phase, HeelContact, leads, withholds, (False, True), (False, True))
    for state, phase, contact, lead, withheld, still, asked in every:
        moving = phase in (Phase.PRE_SWING, Phase.SWING)
        heel = lead == "imu" or (lead != "none" and contact == HeelContact.OFF)
        rests = phase == Phase.STANDING or (phase == Phase.UNKNOWN and still)
        fits = (moving and heel) if mode == Mode.WALK else rests
        fits = fits and (asked or mode != Mode.TEST_BURST)
        yield state, phase, contact, lead, withheld, still, asked, state == ArmingState.ARMED and not withheld and fits


@pytest.mark.parametrize(("name", "mode"), OWN_CURRENT, ids=[f"{name}-{mode}" for name, mode in OWN_CURRENT])
def test_every_limit_of_a_pulse_at_its_edges(name: str, mode: Mode) -> None:
    profile = ALL[name]
    for case in cases(profile.channel):
        gate, t_s = settled(profile.channel, profile.settings, mode)
        check_train(profile, mode, case, gate, t_s)


@pytest.mark.parametrize(("name", "mode"), KEYS, ids=[f"{name}-{mode}" for name, mode in KEYS])
def test_every_limit_in_time_at_its_edges(name: str, mode: Mode) -> None:
    for case in times(ALL[name].settings):
        check_times(ALL[name], mode, case)


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("name", list(ALL))
def test_nothing_begins_where_state_and_mode_forbid_it(name: str, mode: Mode) -> None:
    profile = ALL[name]
    for state, phase, contact, lead, withheld, still, asked, may in orders(mode):
        gate = ChannelGate(profile.channel, profile.settings.gate, 1.0)
        permitted = permission(state, mode, phase, contact, lead, withheld, still=still, test_asked=asked)
        out, reason = gate.judge_contact(0.0, Contact("c", stimulate=True), permitted)
        assert (out.stimulate, bool(reason)) == (may, not may), (
            state, phase, contact, lead, withheld, still, asked,
        )  # fmt: skip


def test_the_matrix_has_as_many_cases_as_it_claims() -> None:
    pulses = sum(len(list(cases(p.channel))) for p in ALL.values() if not p.trigger) * len(Mode)
    in_time = sum(len(list(times(p.settings))) for p in ALL.values()) * len(Mode)
    in_state = sum(len(list(orders(mode))) for mode in Mode) * len(ALL)
    print(f"limit matrix: {pulses} pulses, {in_time} times, {in_state} states = {pulses + in_time + in_state} cases")  # noqa: T201
    assert pulses + in_time >= 3500
    assert pulses + in_time + in_state >= 10000
