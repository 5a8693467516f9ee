"""The P24's driver when device or line fail: the output ends, it is told, and nothing comes back by itself."""

import re
from collections.abc import Callable
from itertools import pairwise
from math import inf
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.signals import Pulses
from drivers.errors import DriverError
from drivers.p24_frames import Command, MidChannel, Packet, decode, encode
from drivers.waveform import Phase
from simulator.devices.faults import Fault, FaultKind
from simulator.devices.p24_output import Running

if TYPE_CHECKING:
    from tests.drivers.p24_session import TICK_S, Bench, train
else:
    from p24_session import TICK_S, Bench, train


def test_never_more_than_one_pulse_waits_on_an_output() -> None:
    """Answers come 40 ms late: at 40 Hz every second pulse would queue; it is withheld, then told."""
    bench = Bench("low")
    bench.driver.open()
    bench.device.order(Fault(FaultKind.ACK_LATE, times=1000, late_s=0.04))
    for k in range(40):
        bench.tick(train(20.0, due=k % 5 == 0))
        assert len(bench.driver.link.waiting) <= 1
    assert "answers too slowly" in bench.driver.status().problem
    assert len(bench.core.pulses) <= 3


def test_one_late_answer_is_forgiven() -> None:
    bench = Bench("low")
    bench.driver.open()
    bench.device.order(Fault(FaultKind.ACK_LATE, times=1, late_s=0.04))
    bench.burst(1.0)
    assert bench.driver.status().problem == ""
    assert len(bench.core.pulses) == 39


def test_a_fault_names_the_channel_and_what_to_check(bench: Bench) -> None:
    for kind, words in (
        (FaultKind.ELECTRODE_OFF, "an electrode of right.dorsiflexors .output 1. is off or dry: check both electrodes"),
        (FaultKind.LOW_CURRENT, "right.dorsiflexors .output 1. does not reach its current: check both electrodes"),
    ):
        bench.device.order(Fault(kind))
        bench.burst(0.3)
        problem = bench.driver.status().problem
        assert re.search(words, problem), problem
        bench.core.mend()
        bench.rest(4.0)
        assert bench.driver.status().problem == ""


def test_pulses_that_are_too_many_or_a_burst_that_is_too_long_end_the_session() -> None:
    for seconds, every, words in ((1.5, 1, "more than 50 pulses in a second"), (2.2, 5, "a burst longer than 2 s")):
        bench = Bench("low")
        bench.driver.open()
        for k in range(round(seconds / TICK_S)):
            bench.tick(train(20.0, due=k % every == 0))
        assert words in bench.driver.status().problem
        assert bench.core.pulses[-1].t_s - bench.core.pulses[0].t_s <= 2.0 + 1e-6


def test_the_mid_level_has_a_longest_burst_too() -> None:
    bench = Bench("mid")
    bench.driver.open()
    bench.burst(2.3)
    assert "a burst longer than 2 s" in bench.driver.status().problem
    assert bench.core.pulses[-1].t_s - bench.core.pulses[0].t_s <= 2.0 + TICK_S


def test_a_mid_level_burst_that_is_broken_for_a_tick_keeps_its_distance() -> None:
    bench = Bench("mid")
    bench.driver.open()
    bench.burst(0.31)
    bench.tick(train(0.0))
    bench.burst(0.3)
    times = [pulse.t_s for pulse in bench.core.pulses]
    assert len(times) > 20
    assert min(b - a for a, b in pairwise(times)) >= 0.9 * 0.025


def test_a_bad_contact_is_noticed_while_the_current_still_rises() -> None:
    """Each change of the current could make the device forget what it had to say of the pulses before."""
    bench = Bench("mid")
    bench.driver.open()
    bench.device.order(Fault(FaultKind.LOW_CURRENT))
    for k in range(100):
        bench.tick(train(2.0 + 0.3 * k))
    times = [pulse.t_s for pulse in bench.core.pulses]
    assert "does not reach its current" in bench.driver.status().problem
    assert times[-1] - times[0] <= 0.05


def test_a_device_that_does_something_else_than_it_was_told_ends_the_session() -> None:
    other = MidChannel(3, 0, 100, (Phase(300, 20), Phase(300, -20)))
    extra = {3: Running(other, 101.0)}
    for running, words in (({}, "has stopped by itself"), (extra, "stimulates on an output that is off")):
        bench = Bench("mid")
        bench.driver.open()
        bench.burst(0.3)
        if not running:
            bench.core.output.running.clear()
        bench.core.output.running.update(running)
        bench.burst(0.3)
        assert words in bench.driver.status().problem
        ended_s = bench.clock.now()
        bench.rest(1.0)
        assert all(pulse.t_s < ended_s for pulse in bench.core.pulses)


def test_an_acknowledgement_must_be_about_the_output_that_was_meant() -> None:
    bench = Bench("low")
    bench.driver.open()
    answers = bench.core.answers

    def elsewhere(data: bytes, now_s: float) -> list[bytes]:
        packets = [decode(raw) for raw in answers(data, now_s)]
        return [encode(packet._replace(data=b"\x00\x12\x00")) for packet in packets if packet is not None]

    bench.core.answers = elsewhere  # type: ignore[method-assign]
    bench.burst(0.1)
    assert "on another output" in bench.driver.status().problem


def test_a_command_that_the_device_could_not_read_is_told() -> None:
    bench = Bench("low")
    bench.driver.open()
    raw = encode(Packet(1, Command.RESET))
    bench.line.write(raw[:-2] + b"\x3b\x0f")
    bench.tick()
    assert "could not read a command" in bench.driver.status().problem


def test_what_a_full_line_does_not_take_is_never_sent_later(bench: Bench) -> None:
    write, sent = bench.line.write, []
    bench.line.write = lambda data: sent.append(data) or 3  # type: ignore[func-returns-value, method-assign]
    bench.burst(0.1)
    assert "takes no more bytes" in bench.driver.status().problem
    bench.line.write = write  # type: ignore[method-assign]
    bench.burst(0.2)
    assert bench.core.pulses == []
    assert len(sent) == 2


def test_it_comes_back_idle_and_replays_nothing(bench: Bench) -> None:
    bench.burst(0.5)
    bench.device.order(Fault(FaultKind.BAD_CRC))
    bench.burst(0.5)
    assert "unreadable" in bench.driver.status().problem
    ended_s = bench.core.pulses[-1].t_s
    bench.line.commands.clear()
    bench.rest(4.0)
    assert bench.driver.status().problem == ""
    assert Command.LL_CHANNEL_CONFIG not in bench.line.commands
    assert Command.ML_UPDATE not in bench.line.commands
    assert bench.core.pulses[-1].t_s == ended_s
    bench.burst(0.2)
    assert len([pulse for pulse in bench.core.pulses if pulse.t_s > ended_s]) == 8


def test_it_does_not_come_back_under_a_controller_that_goes_on(bench: Bench) -> None:
    """Bursts with pauses of a second, whatever is reported: a healthy line again is not enough."""
    bench.burst(0.5)
    bench.device.order(Fault(FaultKind.JUNK))
    bench.burst(0.5)
    ended_s = bench.core.pulses[-1].t_s
    for _ in range(6):
        bench.rest(1.0)
        bench.burst(0.8)
    assert bench.driver.status().problem
    assert bench.core.pulses[-1].t_s == ended_s


def test_an_unplugged_device_is_told_until_it_is_back(bench: Bench) -> None:
    bench.burst(0.5)
    bench.device.order(Fault(FaultKind.PORT_GONE))
    bench.burst(0.1)
    assert "is gone" in bench.driver.status().problem
    bench.rest(4.0)
    assert "is not there" in bench.driver.status().problem
    bench.device.gone = False
    bench.device.faults.clear()
    bench.rest(5.0)
    assert bench.driver.status().problem == ""


def test_an_idle_device_that_was_reset_is_noticed_before_the_next_burst(bench: Bench) -> None:
    bench.rest(0.2)
    bench.device.order(Fault(FaultKind.RESET))
    bench.rest(0.7)
    assert "was reset" in bench.driver.status().problem


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: None,
        lambda bench: bench.device.order(Fault(FaultKind.PORT_GONE)),
        lambda bench: bench.device.order(Fault(FaultKind.ACK_DROPPED, times=1000)),
        lambda bench: setattr(bench.line, "write", lambda _: 0),
        lambda bench: setattr(bench.clock, "sleep_until", lambda _: None),
    ],
    ids=["well", "port gone", "no answers", "takes no bytes", "clock stands still"],
)
def test_stop_is_bounded_and_never_raises(bench: Bench, spoil: Callable[[Bench], object]) -> None:
    bench.burst(0.3)
    spoil(bench)
    before_s = bench.clock.now()
    bench.driver.stop()
    bench.driver.stop()
    assert bench.clock.now() - before_s <= 2 * 0.1
    bench.driver.close()
    bench.driver.close()
    assert bench.driver.status().problem
    bench.driver.apply(Pulses((train(20.0, due=True),)))


def test_after_a_stop_it_is_off_until_it_has_rested(bench: Bench) -> None:
    bench.burst(0.3)
    bench.driver.stop()
    assert (bench.core.level, bench.core.high_voltage) == (0, False)
    count = len(bench.core.pulses)
    bench.burst(0.3)
    assert len(bench.core.pulses) == count
    bench.rest(4.0)
    assert bench.driver.status().problem == ""


@given(st.integers(0, 2500), st.sampled_from(["low", "mid"]))
def test_the_port_may_vanish_at_any_byte(at_byte: int, mode: str) -> None:
    bench = Bench(mode, Fault(FaultKind.PORT_GONE, at_byte=at_byte))
    try:
        bench.driver.open()
    except DriverError:
        assert bench.core.pulses == []
        assert "not open" in bench.driver.status().problem
        return
    bench.burst(0.8)
    gone_s = bench.device.happened[0][0] if bench.device.happened else inf
    bench.tick(train(0.0))
    assert bool(bench.driver.status().problem) == bench.device.gone
    bench.driver.stop()
    bench.driver.close()
    bench.clock.advance(5.0)
    bench.line.advance()
    limit_s = 0.15 if mode == "low" else 2.2
    assert all(pulse.t_s <= gone_s + limit_s for pulse in bench.core.pulses)
