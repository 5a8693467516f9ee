"""What the RehaStim2 driver makes of a command, judged by the bench device's own log."""

from collections.abc import Iterator
from itertools import pairwise
from math import inf, nan
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from config.limits import HARD_MAX_BURST_S
from config.outputs import delivered_hz
from config.schema import Rehastim2Settings
from controller.signals import Contact, Pulses, PulseTrain
from drivers.rehastim2 import Rehastim2
from drivers.rehastim2_frames import ListPulse

if TYPE_CHECKING:
    from tests.drivers.rehastim2_session import MODES, TICK_S, Mode, Session
else:
    from rehastim2_session import MODES, TICK_S, Mode, Session


def test_a_burst_has_the_asked_current_width_and_rate(session: Session) -> None:
    session.open()
    begin_s = session.clock.now()
    session.tick(1.0, 30.0)
    session.tick(0.5, 0.0)
    times = session.pulses()
    assert len(times) == pytest.approx(40, abs=1)
    assert begin_s < times[0] < begin_s + 0.03
    assert times[-1] < begin_s + 1.0 + 0.03
    assert {(p.current_ma, p.pulse_width_us, p.net_charge_uc) for p in session.device.pulses} == {(30.0, 300.0, 0.0)}
    assert session.problem == ""


def test_the_next_burst_comes_as_well(session: Session) -> None:
    session.open()
    for _ in range(4):
        begin_s = session.clock.now()
        session.tick(0.5, 20.0)
        session.tick(0.4, 0.0)
        assert len(session.pulses(since_s=begin_s)) == pytest.approx(20, abs=1)
        assert session.pulses(since_s=session.clock.now() - 0.35) == []
    assert set(session.problems) == {""}


@pytest.mark.parametrize("asked_ma", [25.0, 24.0, 25.9999])
def test_odd_currents_are_rounded_down(session: Session, asked_ma: float) -> None:
    session.open()
    session.tick(0.2, asked_ma)
    assert {pulse.current_ma for pulse in session.device.pulses} == {24.0}
    # The device rounds too: what counts is what it was told.
    assert {pulses for _, pulses in session.starts()} == {(ListPulse(300, 24),)}


def test_less_than_a_step_puts_out_nothing(session: Session) -> None:
    session.open()
    session.tick(0.3, 1.9)
    assert session.pulses() == []
    assert session.problem == ""


def test_a_rising_and_falling_ramp_is_followed(session: Session) -> None:
    session.open()
    for step in range(40):
        session.tick(0.01, float(step))
    for step in range(40, -1, -1):
        session.tick(0.01, float(step))
    currents = [pulse.current_ma for pulse in session.device.pulses]
    top = currents.index(max(currents))
    assert max(currents) >= 36.0
    assert currents[: top + 1] == sorted(currents[: top + 1])
    assert currents[top:] == sorted(currents[top:], reverse=True)
    assert session.pulses(since_s=session.clock.now() + 0.03) == []


@pytest.mark.parametrize("mode", MODES)
def test_two_channels_have_their_own_currents(mode: Mode) -> None:
    session = Session(mode, outputs=2).open()
    session.current_ma = {1: 30.0, 2: 16.0}
    session.tick(0.5)
    session.tick(0.2, 0.0)
    split_s = session.clock.now()
    session.tick(0.2)
    session.current_ma[2] = 0.0
    session.tick(0.2)
    by_output = {(pulse.output, pulse.current_ma) for pulse in session.device.pulses}
    assert by_output == {(1, 30.0), (2, 16.0)}
    assert {p.output for p in session.device.pulses if p.t_s > split_s} == {2}
    assert session.pulses(since_s=session.clock.now() - 0.15) == []
    assert session.problem == ""


def test_a_continuous_list_is_told_changes_once_a_round_and_the_end_of_an_output_at_once() -> None:
    session = Session("continuous", outputs=2).open()
    session.current_ma[2] = 16.0
    for step in range(80):
        session.tick(TICK_S, 2.0 + step % 30)
    times = [t_s for t_s, _ in session.starts()]
    assert min(b - a for a, b in pairwise(times)) > 0.025 - 1e-6
    assert len(times) > 12
    session.tick(0.1, 20.0)
    session.tick(TICK_S, 22.0)
    session.current_ma[2] = 0.0
    ended_s = session.clock.now()
    session.tick(0.1)
    assert session.starts()[-1] == (ended_s, (ListPulse(300, 22), ListPulse(20, 0)))
    assert [p.t_s for p in session.device.pulses if p.output == 2 and p.t_s > ended_s + 0.005] == []


def test_a_continuous_list_refuses_a_lower_rate_than_its_own() -> None:
    session = Session("continuous").open()
    session.driver.apply(Pulses((PulseTrain("right.dorsiflexors", 1, 20.0, 300.0, 30.0, True),)))
    assert "asked for 30 Hz, the list runs at 40.00 Hz" in session.problem


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("rate_hz", [10.0, 16.0, 30.0, 33.3, 35.0, 40.0, 45.0, 50.0])
@pytest.mark.parametrize("tick_s", [0.01, 0.005])
def test_the_mean_rate_is_what_config_check_says(mode: Mode, rate_hz: float, tick_s: float) -> None:
    session = Session(mode, rate_hz=rate_hz, tick_s=tick_s).open()
    session.tick(1.9, 20.0)
    times = session.pulses()
    rate = (len(times) - 1) / (times[-1] - times[0])
    said_hz = delivered_hz(rate_hz, Rehastim2Settings(kind="rehastim2", mode=mode))
    # The last pulse lies on the grid of ticks, up to half a tick from its place.
    assert rate == pytest.approx(said_hz, rel=0.01 if mode == "continuous" else max(0.01, 0.5 * tick_s / 1.8))
    assert session.problem == ""


def test_the_longest_burst_is_kept_whatever_is_asked(session: Session) -> None:
    session.open()
    begin_s = session.clock.now()
    session.tick(6.0, 30.0)
    assert HARD_MAX_BURST_S - 0.05 < session.pulses()[-1] - begin_s < HARD_MAX_BURST_S + 0.05
    assert "a burst longer than 2 s" in session.problem


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (Contact("right.dorsiflexors", True), "takes pulses, got a contact command"),
        (Pulses((PulseTrain("right.x", 3, 20.0, 300.0, 40.0, True),)), "asks for output 3"),
        (Pulses((PulseTrain("right.x", 1, 42.0, 300.0, 40.0, True),)), "current of 42 mA is above 40 mA"),
        (Pulses((PulseTrain("right.x", 1, nan, 300.0, 40.0, True),)), "no number"),
        (Pulses((PulseTrain("right.x", 1, 20.0, 300.0, 60.0, True),)), "above the cap of 50 Hz"),
    ],
)
def test_a_wrong_command_ends_the_output_and_is_told(session: Session, command: Any, reason: str) -> None:  # noqa: ANN401
    session.open()
    session.tick(0.3, 20.0)
    before_s = session.clock.now()
    session.driver.apply(command)
    session.tick(1.0, 0.0)
    assert reason in session.problem
    assert session.pulses(since_s=before_s + 0.03) == []


PUTTING_OUT = (12, 14, 15, 20, 23)
"""Seeds whose sessions begin with good commands: they must have pulses to judge."""


def segments_of(random: Random) -> Iterator[tuple[float, float, float, float, float]]:
    """Stretches of a session: current, width and planned rate as shares of the caps, seconds, length of a tick."""
    for _ in range(random.randint(2, 6)):
        current = random.choice((0.0, random.uniform(0.3, 1.0), random.uniform(0.3, 1.0), 1.0))
        width, rate = random.uniform(0.6, 1.0), random.uniform(0.5, 1.0)
        match random.random():
            case share if share < 0.1:
                current = random.choice((nan, inf, -1.0, 1.05, 1e9))
            case share if share < 0.2:
                width = random.choice((nan, inf, -1.0, 1.05, 1e9))
            case share if share < 0.4:
                rate = random.uniform(1.0, 3.0)
        yield current, width, rate, random.uniform(0.0, 2.6), random.choice((0.001, 0.005, 0.005, 0.01, 0.033))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("seed", range(10, 24))
def test_whatever_is_commanded_the_device_stays_within_the_caps(mode: Mode, seed: int) -> None:
    random = Random(seed)
    max_current_ma, max_pulse_width_us = random.uniform(4.0, 60.0), random.uniform(60.0, 400.0)
    max_rate_hz, max_charge_uc = random.uniform(10.0, 50.0), random.uniform(4.0, 20.0)
    session = Session(mode)
    caps = {
        "max_current_ma": max_current_ma,
        "max_pulse_width_us": max_pulse_width_us,
        "max_rate_hz": max_rate_hz,
        "max_charge_uc": max_charge_uc,
        "rate_hz": max_rate_hz,
    }
    one = session.channels[1].model_copy(update=caps)
    device = Rehastim2Settings(kind="rehastim2", mode=mode)
    session.driver = Rehastim2(device, {1: one}, session.line, session.clock, session.background)
    session.driver.open()
    next_s = session.clock.now()
    for current, width, rate, seconds, tick_s in segments_of(random):
        end_s = session.clock.now() + seconds
        while session.clock.now() < end_s:
            due = session.clock.now() >= next_s
            if due:
                next_s = session.clock.now() + 1.0 / (rate * max_rate_hz)
            width_us = width * min(max_pulse_width_us, 1000.0 * max_charge_uc / max_current_ma)
            asked = PulseTrain("right.x", 1, current * max_current_ma, width_us, max_rate_hz, due)
            session.driver.apply(Pulses((asked,)))
            session.clock.advance(tick_s)
            session.line.advance()
            session.background.advance()
    session.driver.close()
    for pulse in session.device.pulses:
        assert pulse.net_charge_uc == 0.0
        assert pulse.current_ma <= max_current_ma
        assert pulse.pulse_width_us <= max_pulse_width_us
        assert pulse.charge_uc <= max_charge_uc + 1e-9
    times = session.pulses()
    if seed in PUTTING_OUT:
        assert len(times) > 30
    assert min([b - a for a, b in pairwise(times)], default=1.0) > 0.4 / max_rate_hz - 1e-6
    for i, start_s in enumerate(times):
        assert len([t_s for t_s in times[i : i + 60] if t_s < start_s + 1.0 - 1e-6]) <= max_rate_hz + 2.0
    burst_s = 0.0
    for before_s, t_s in pairwise(times):
        burst_s = burst_s + t_s - before_s if t_s - before_s <= 1.6 / max_rate_hz else 0.0
        assert burst_s <= HARD_MAX_BURST_S + 0.1
