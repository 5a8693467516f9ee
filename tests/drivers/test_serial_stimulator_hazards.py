"""What could send a current that nobody asks for: each is tried on the drivers, the bench devices are the judges."""

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from config.load import default_settings
from config.outputs import P24 as P24_OUTPUT
from config.schema import P24Settings
from controller.signals import Pulses, PulseTrain
from drivers.errors import DeviceFailed, DriverError
from drivers.output_guard import OutputGuard
from drivers.p24 import P24
from drivers.p24_frames import Command, Packet, decode, encode
from simulator.clock import VirtualClock
from simulator.devices.bench_device import BenchDevice
from simulator.devices.faults import Fault, FaultKind
from simulator.devices.lines import InProcessLine
from simulator.devices.p24 import P24Core
from simulator.wired.background import VirtualBackground

if TYPE_CHECKING:
    from tests.drivers.p24_session import CHANNEL, TICK_S, Bench, train
    from tests.drivers.rehastim2_session import Mode, Session
else:
    from p24_session import CHANNEL, TICK_S, Bench, train
    from rehastim2_session import Session

REFUSES_INIT = 3
"""Number of its answer to the start of a session; it has switched high voltage on all the same."""
CLOSEST_S = 0.4 / 50.0


class SlowLine(InProcessLine):
    """What is written leaves 2 ms later; what has not left by a discard never does, as on a real port."""

    def __init__(self, device: BenchDevice, clock: VirtualClock) -> None:
        super().__init__(device, clock)
        self._leaving: list[tuple[float, bytes]] = []

    def write(self, data: bytes) -> int:
        self._leaving.append((self._clock.now() + 0.002, data))
        return len(data)

    def advance(self) -> None:
        while self._leaving and self._leaving[0][0] <= self._clock.now():
            super().write(self._leaving.pop(0)[1])
        super().advance()

    def discard(self) -> None:
        self._leaving.clear()
        super().discard()


@pytest.mark.parametrize("mode", ["low", "mid"])
def test_a_set_up_that_fails_leaves_no_high_voltage_on(mode: str) -> None:
    """Closing a port throws away what has not left: the stop has to be out before."""
    clock, core = VirtualClock(100.0), P24Core()
    line = SlowLine(BenchDevice(core, [Fault(FaultKind.ACK_REFUSED, at_answer=REFUSES_INIT)]), clock)
    settings = P24Settings.model_validate({"kind": "p24", "mode": mode})
    driver = P24(settings, {1: CHANNEL}, line, clock, VirtualBackground(clock))
    with pytest.raises(DriverError, match="parameter error to the start of a session"):
        driver.open()
    clock.advance(0.5)
    line.advance()
    assert not core.high_voltage


def test_a_set_up_that_fails_while_coming_back_leaves_no_high_voltage_on(bench: Bench) -> None:
    bench.burst(0.3)
    bench.device.order(Fault(FaultKind.JUNK))
    bench.burst(0.2)
    bench.line.commands.clear()
    init, read = bench.driver.level.init, bench.line.read
    # From then on it is not heard any more, though it hears.
    bench.line.read = lambda: b"" if init in bench.line.commands else read()  # type: ignore[method-assign]
    while init not in bench.line.commands:
        bench.rest(TICK_S)
    assert bench.core.high_voltage
    bench.rest(0.5)
    assert "no answer to the start of a session" in bench.driver.status().problem
    assert not bench.core.high_voltage


def test_a_device_that_goes_on_stimulating_after_its_stop_is_not_taken_for_idle() -> None:
    bench = Bench("mid")
    obey = bench.core._obey

    def deaf(packet: Packet, now_s: float) -> Packet | None:
        if packet.command in (Command.ML_STOP, Command.ML_INIT):
            return Packet(packet.number, packet.command + 1, b"\0")
        return obey(packet, now_s)

    bench.line.open()
    pulse = "01 10 00 64 0f a5 50 00 0f a4 10 00"
    for command, data in ((Command.ML_INIT, "01"), (Command.ML_UPDATE, pulse)):
        bench.line.write(encode(Packet(1, command, bytes.fromhex(data))))
    bench.core._obey = deaf  # type: ignore[method-assign]
    with pytest.raises(DeviceFailed, match="stimulates though it was told to stop: switch the device off"):
        bench.driver.open()


def test_another_unit_behind_the_port_is_not_taken_over(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The electrodes and the current were set for the other one."""
    bench.burst(0.3)
    bench.device.order(Fault(FaultKind.PORT_GONE))
    bench.burst(0.1)
    bench.device.gone = False
    bench.device.faults.clear()
    bench.core._power_on()
    monkeypatch.setattr("simulator.devices.p24.DEVICE_ID", b"SIM0000025")
    count = len(bench.core.pulses)
    bench.rest(6.0)
    assert "another P24 (SIM0000025)" in bench.driver.status().problem
    assert not bench.core.high_voltage
    bench.burst(0.3)
    assert len(bench.core.pulses) == count
    # A person who starts again with it may.
    bench.driver.close()
    bench.driver.open()
    assert bench.driver.status().problem == ""


def test_a_channel_that_flickers_beside_a_faster_one_keeps_its_own_rate_on_the_mid_level() -> None:
    slow = CHANNEL.model_copy(update={"output": 2, "rate_hz": 10.0, "max_rate_hz": 10.0})
    bench = Bench("mid", channels={1: CHANNEL, 2: slow})
    bench.driver.open()
    for k in range(300):
        second_ma = 10.0 if k // 5 % 2 else 0.0
        bench.tick(train(20.0), train(second_ma, output=2, rate_hz=10.0))
    times = {output: [p.t_s for p in bench.core.pulses if p.output == output] for output in (1, 2)}
    assert bench.driver.status().problem == ""
    assert len(times[1]) > 50
    assert len(times[2]) > 5
    assert min(b - a for a, b in pairwise(times[2])) >= 0.1 - TICK_S


def test_an_acknowledgement_of_an_older_pulse_is_not_taken_for_a_newer_one() -> None:
    bench = Bench("low")
    bench.driver.open()
    acks: list[bytes] = []
    answers = bench.core.answers

    def old_ones(data: bytes, now_s: float) -> list[bytes]:
        packets = answers(data, now_s)
        acks.extend(raw for raw in packets if (p := decode(raw)) and p.command == Command.LL_CHANNEL_CONFIG + 1)
        return [acks[0] if raw in acks[1:] else raw for raw in packets]

    bench.core.answers = old_ones  # type: ignore[method-assign]
    bench.burst(0.2)
    assert "an acknowledgement that nobody waits for" in bench.driver.status().problem
    assert len(bench.core.pulses) == 2


@pytest.mark.parametrize("mode", ["low", "mid"])
def test_the_same_output_asked_twice_in_one_command_is_no_double_pulse(mode: str) -> None:
    bench = Bench(mode)
    bench.driver.open()
    for k in range(60):
        bench.tick(train(20.0, due=k % 5 == 0), train(20.0, due=k % 5 == 0))
    assert bench.core.pulses == []
    assert "two commands at once for one output" in bench.driver.status().problem


def test_a_clock_that_runs_backwards_lets_no_pulses_out_in_between(bench: Bench) -> None:
    bench.burst(0.3)
    count, last_s = len(bench.core.pulses), bench.core.pulses[-1].t_s
    bench.driver._clock = type("Back", (), {"now": lambda _: last_s - 10.0})()
    for _ in range(40):
        bench.driver.apply(Pulses((train(25.0, due=True),)))
    assert len(bench.core.pulses) == count


@pytest.mark.parametrize("mode", ["one_shot", "continuous"])
def test_a_loop_that_stalls_gets_no_pulses_made_up_for(mode: "Mode") -> None:
    session = Session(mode).open()
    session.tick(0.3, 30.0)
    before_s = session.clock.now()
    session.clock.advance(0.5)
    session.line.advance()
    resumed_s = session.clock.now()
    session.tick(0.1, 30.0)
    stalled = [t_s for t_s in session.pulses() if before_s + 0.06 < t_s <= resumed_s]
    assert bool(stalled) == (mode == "continuous")
    assert min(b - a for a, b in pairwise(session.pulses())) > CLOSEST_S - 1e-6


@pytest.mark.parametrize("kind", list(FaultKind))
def test_nothing_goes_out_after_a_stop_whatever_failed_before(bench: Bench, kind: FaultKind) -> None:
    bench.burst(0.2)
    bench.device.order(Fault(kind))
    bench.burst(0.05)
    bench.driver.stop()
    stopped_s = bench.clock.now()
    bench.burst(2.5)
    gone_in_mid = kind == FaultKind.PORT_GONE and bench.driver.level.stop == Command.ML_STOP
    limit_s = 2.0 if gone_in_mid else 0.0
    assert [pulse.t_s for pulse in bench.core.pulses if pulse.t_s > stopped_s + limit_s] == []


@pytest.mark.parametrize(
    "asked",
    [train(41.0, due=True), train(20.0, due=True, rate_hz=60.0), train(-1.0, due=True), train(float("nan"), due=True)],
)
def test_a_refusal_names_the_channel_and_says_what_to_do(bench: Bench, asked: PulseTrain) -> None:
    bench.driver.apply(Pulses((asked,)))
    problem = bench.driver.status().problem
    assert "right.dorsiflexors: " in problem
    assert "take the stimulator off, keep the recording and report it" in problem


def test_too_long_and_too_many_say_what_to_do() -> None:
    channel = default_settings().leg[0].channel[0]
    guard = OutputGuard(channel, P24_OUTPUT)
    guard.sent(0.0)
    assert "report it" in guard.too_many_or_long(2.1)
    for k in range(60):
        guard.sent(0.001 * k)
    assert "report it" in guard.too_many_or_long(0.06)
