"""The P24's driver on the P24 of the bench: what reaches the electrodes, by the device's own log."""

import re
from collections.abc import Callable
from itertools import pairwise
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.delivery import remarks
from config.limits import HARD_MAX_CHARGE_UC, HARD_MAX_CURRENT_MA, HARD_MAX_PULSE_WIDTH_US, HARD_MAX_RATE_HZ
from config.load import default_settings
from config.outputs import delivered_hz
from config.schema import ChannelSettings, GateSettings, P24Settings, Settings
from controller.gate import ChannelGate, Permission
from controller.signals import Contact, Pulses, PulseTrain
from controller.stimulation import PulsePlan
from drivers.errors import DeviceAbsent, DeviceFailed, DriverError, WrongDevice
from drivers.p24 import P24
from drivers.p24_frames import Command, MidChannel, Packet, Result, decode, encode
from drivers.p24_levels import fault_text
from drivers.waveform import Phase
from simulator.clock import VirtualClock
from simulator.devices.bench_device import BenchDevice
from simulator.devices.faults import Fault, FaultKind
from simulator.devices.lines import InProcessLine
from simulator.devices.p24 import P24Core
from simulator.devices.p24_output import Running
from simulator.wired.background import VirtualBackground

TICK_S = 0.005
CHANNEL = default_settings().leg[0].channel[0].model_copy(
    update={"max_current_ma": 40.0, "max_rate_hz": 50.0, "max_charge_uc": 12.0}
)  # fmt: skip
NO_REDUCTION = Permission("", "")


class Recorded(InProcessLine):
    """A line that also knows which commands went over it."""

    def __init__(self, device: BenchDevice, clock: VirtualClock) -> None:
        super().__init__(device, clock)
        self.commands: list[int] = []

    def write(self, data: bytes) -> int:
        packet = decode(data)
        self.commands.append(-1 if packet is None else packet.command)
        return super().write(data)


class Bench:
    """Driver, line, device and clock."""

    def __init__(self, mode: str = "low", *faults: Fault, channels: dict[int, ChannelSettings] | None = None) -> None:
        self.clock = VirtualClock(100.0)
        self.core = P24Core()
        self.device = BenchDevice(self.core, faults)
        self.line = Recorded(self.device, self.clock)
        self.background = VirtualBackground(self.clock)
        settings = P24Settings.model_validate({"kind": "p24", "mode": mode})
        self.driver = P24(settings, channels or {1: CHANNEL}, self.line, self.clock, self.background)

    def tick(self, *trains: PulseTrain, tick_s: float = TICK_S) -> str:
        """One turn as the loop makes it; what the driver says before it is told anything."""
        self.clock.advance(tick_s)
        self.line.advance()
        self.background.advance()
        problem = self.driver.status().problem
        self.driver.apply(Pulses(trains))
        return problem

    def burst(self, seconds: float, current_ma: float = 20.0, rate_hz: float = 40.0) -> None:
        for k in range(round(seconds / TICK_S)):
            self.tick(train(current_ma, due=k % round(1 / rate_hz / TICK_S) == 0, rate_hz=rate_hz))

    def rest(self, seconds: float) -> None:
        for _ in range(round(seconds / TICK_S)):
            self.tick(train(0.0))


def train(current_ma: float, *, due: bool = False, rate_hz: float = 40.0, output: int = 1) -> PulseTrain:
    return PulseTrain("right.dorsiflexors", output, current_ma, 300.0, rate_hz, due)


@pytest.fixture(params=["low", "mid"])
def bench(request: pytest.FixtureRequest) -> Bench:
    one = Bench(request.param)
    one.driver.open()
    return one


def test_it_identifies_the_device_before_there_is_high_voltage(bench: Bench) -> None:
    init = Command.LL_INIT if bench.core.level == 1 else Command.ML_INIT
    assert bench.line.commands == [
        Command.GET_DEVICE_ID, Command.GET_EXTENDED_VERSION, Command.GET_STIM_STATUS, init, Command.GET_STIM_STATUS,
    ]  # fmt: skip
    assert bench.core.high_voltage
    assert bench.driver.status().problem == ""
    assert bench.driver.identity is not None
    assert bench.driver.identity.device_id == "SIM0000024"
    assert bench.core.pulses == []


def test_a_silent_port_is_told_and_given_back() -> None:
    bench = Bench("low", *[Fault(FaultKind.ACK_DROPPED, at_answer=0, times=1000)])
    with pytest.raises(DeviceAbsent, match=r"no answer to the question who it is.*right port"):
        bench.driver.open()
    assert bench.clock.now() - 100.0 < 1.0
    assert bench.driver.status().problem
    assert not bench.core.high_voltage
    bench.device.faults.clear()
    bench.driver.open()
    assert bench.driver.status().problem == ""


def test_another_device_gets_no_high_voltage(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    monkeypatch.setattr("simulator.devices.p24.VERSION", bytes((3, 0, 1, 3, 0, 0)))
    with pytest.raises(WrongDevice, match="is no P24 with ScienceMode4"):
        bench.driver.open()
    assert Command.LL_INIT not in bench.line.commands
    assert not bench.core.high_voltage


@pytest.mark.parametrize("kind", [FaultKind.EMERGENCY_STOP, FaultKind.ACK_REFUSED])
@pytest.mark.parametrize("answer", [3, 4])
def test_a_device_that_refuses_is_told_with_what_to_check(kind: FaultKind, answer: int) -> None:
    """At the start of the session, or at the question whether it has begun."""
    bench = Bench("low", Fault(kind, at_answer=answer))
    with pytest.raises(DeviceFailed, match=r"check|switch"):
        bench.driver.open()


def test_what_a_dead_host_left_running_is_ended_first() -> None:
    bench = Bench("low")
    bench.line.open()
    pulse = "01 10 00 64 0f a5 50 00 0f a4 10 00"
    for command, data in ((Command.ML_INIT, "01"), (Command.ML_UPDATE, pulse)):
        bench.line.write(encode(Packet(1, command, bytes.fromhex(data))))
    assert bench.core.level == 3
    bench.driver.open()
    opened_s = bench.clock.now()
    assert bench.core.level == 1
    bench.rest(1.0)
    assert all(pulse.t_s <= opened_s for pulse in bench.core.pulses)


def test_a_burst_comes_out_as_asked(bench: Bench) -> None:
    bench.rest(0.1)
    begin_s = bench.clock.now() + TICK_S
    bench.burst(1.0)
    end_s = bench.clock.now()
    bench.rest(3.0)
    pulses = bench.core.pulses
    assert [pulse.t_s - begin_s for pulse in pulses] == pytest.approx([k * 0.025 for k in range(40)])
    assert {(pulse.output, pulse.current_ma, pulse.pulse_width_us, pulse.net_charge_uc) for pulse in pulses} == {
        (1, 20.0, 300.0, 0.0)
    }
    assert pulses[-1].t_s <= end_s
    assert bench.driver.status().problem == ""


def test_a_host_that_falls_silent_stimulates_nobody_for_long(bench: Bench) -> None:
    low = bench.core.level == 1
    bench.burst(0.5)
    silent_s = bench.clock.now()
    for _ in range(1000):
        bench.clock.advance(TICK_S)
        bench.line.advance()
    assert bench.core.pulses[-1].t_s <= silent_s + (0.0 if low else 2.0)


def test_the_mid_level_is_fed_by_ticks_only_and_every_400_ms() -> None:
    bench = Bench("mid")
    bench.driver.open()
    fed: list[float] = []
    write = bench.line.write

    def noted(data: bytes) -> int:
        packet = decode(data)
        if packet is not None and packet.command in (Command.ML_UPDATE, Command.ML_GET_CURRENT_DATA):
            fed.append(bench.clock.now())
        return write(data)

    bench.line.write = noted  # type: ignore[method-assign]
    bench.burst(1.5)
    assert max(b - a for a, b in pairwise(fed)) <= 0.4
    bench.rest(2.0)
    fed.clear()
    bench.rest(2.0)
    assert fed == []


@pytest.mark.parametrize(
    "command",
    [
        Pulses((train(61.0, due=True),)),
        Pulses((train(40.5, due=True),)),
        Pulses((train(nan, due=True),)),
        Pulses((train(-1.0, due=True),)),
        Pulses((train(inf, due=True),)),
        Pulses((train(1.7e308, due=True),)),
        Pulses((train(1e200, due=True),)),
        Pulses((train(20.0, due=True, rate_hz=51.0),)),
        Pulses((train(20.0, due=True, rate_hz=nan),)),
        Pulses((train(20.0, due=True, output=2),)),
        Pulses((train(20.0, due=True)._replace(pulse_width_us=500.0),)),
        Pulses((train(40.0, due=True)._replace(pulse_width_us=301.0),)),
        Contact("right.dorsiflexors", True),
    ],
)
def test_what_must_not_be_puts_nothing_out_and_ends_the_session(bench: Bench, command: Pulses | Contact) -> None:
    bench.rest(0.05)
    bench.driver.apply(command)
    assert bench.driver.status().problem
    bench.burst(1.0)
    assert bench.core.pulses == []
    assert bench.core.level == 0


NUMBER = (
    st.sampled_from([0.0, 0.4, 0.5, 12.3, 30.0, 39.99, 40.0, 41.0, 60.0, 130.0, 300.0, nan, inf, -5.0]) | st.floats()
)
TRAINS = st.builds(
    PulseTrain,
    st.just("right.dorsiflexors"),
    st.sampled_from([1, 1, 1, 2, 0, 9]),
    NUMBER,
    st.sampled_from([300.0, 300.0, 20.0, 299.5, 400.0, 500.0, nan]) | st.floats(),
    st.sampled_from([40.0, 40.0, 50.0, 10.0, 0.0, nan]) | st.floats(),
    st.booleans(),
)


@given(st.sampled_from(["low", "mid"]), st.lists(st.lists(TRAINS, max_size=2), max_size=30))
def test_no_pulse_is_ever_above_the_caps_whatever_is_asked(mode: str, asked: list[list[PulseTrain]]) -> None:
    bench = Bench(mode)
    bench.driver.open()
    for trains in asked:
        bench.tick(*trains)
    bench.driver.stop()
    for pulse in bench.core.pulses:
        assert pulse.output == 1
        assert pulse.current_ma <= min(40.0, HARD_MAX_CURRENT_MA)
        assert pulse.pulse_width_us <= min(300.0, HARD_MAX_PULSE_WIDTH_US)
        assert pulse.charge_uc <= min(12.0, HARD_MAX_CHARGE_UC)
        assert pulse.net_charge_uc == pytest.approx(0.0, abs=1e-9)
    times = [pulse.t_s for pulse in bench.core.pulses]
    assert all(b - a >= 0.4 / HARD_MAX_RATE_HZ - 1e-6 for a, b in pairwise(times))


def test_an_asymmetric_pulse_is_balanced_and_shaped_as_asked() -> None:
    asymmetric = CHANNEL.model_copy(update={"waveform": "asymmetric", "recharge_ratio": 4, "gap_us": 50})
    for mode in ("low", "mid"):
        bench = Bench(mode, channels={1: asymmetric})
        bench.driver.open()
        bench.burst(0.1, current_ma=20.0)
        first = bench.core.pulses[0]
        assert [(phase.duration_us, phase.current_ma) for phase in first.phases] == [(300, 20), (50, 0), (1200, -5)]


@pytest.mark.parametrize("mode", ["low", "mid"])
@pytest.mark.parametrize("loop_hz", [100, 200, 1000])
@pytest.mark.parametrize("rate_hz", [10.0, 25.0, 33.0, 35.0, 45.0, 50.0])
def test_asked_and_delivered_rate_agree_within_one_percent(mode: str, loop_hz: int, rate_hz: float) -> None:
    channel = CHANNEL.model_copy(update={"rate_hz": rate_hz})
    bench = Bench(mode, channels={1: channel})
    bench.driver.open()
    plan, gate = PulsePlan(1.0 / loop_hz), ChannelGate(channel, GateSettings(), 1.9)
    while bench.clock.now() < 101.8:
        due = plan.due(bench.clock.now() + 1.0 / loop_hz, rate_hz, on=True)
        asked = train(20.0, due=due, rate_hz=rate_hz)
        passed, _ = gate.judge_train(bench.clock.now() + 1.0 / loop_hz, asked, NO_REDUCTION)
        assert bench.tick(passed, tick_s=1.0 / loop_hz) == ""
    times = [pulse.t_s for pulse in bench.core.pulses]
    made_hz = (len(times) - 1) / (times[-1] - times[0])
    promised_hz = delivered_hz(rate_hz, P24Settings.model_validate({"kind": "p24", "mode": mode}))
    assert made_hz == pytest.approx(promised_hz, rel=0.01)
    assert made_hz == pytest.approx(rate_hz, rel=0.01)


def test_a_rate_that_the_device_cannot_keep_is_told_by_the_config_check() -> None:
    data = default_settings().model_dump()
    data["leg"][0]["channel"][0].update(rate_hz=49.9, max_rate_hz=50.0)
    data["stimulator"] = [{"kind": "p24", "mode": "mid"}]
    told = [remark for remark in remarks(Settings.model_validate(data)) if "rate_hz" in remark.key]
    assert [remark.text for remark in told] == ["49.9 Hz becomes 49.38 Hz: p24 keeps time itself"]
    data["stimulator"] = [{"kind": "p24"}]
    assert [remark for remark in remarks(Settings.model_validate(data)) if "rate_hz" in remark.key] == []


@pytest.mark.parametrize("result", [*Result, 99])
def test_every_result_has_a_sentence_that_says_what_to_check(result: int) -> None:
    text = fault_text(result, "right.dorsiflexors", "an update")
    assert re.search("check|off and on", text)
    if result in (Result.ELECTRODE_ERROR, Result.LOW_CURRENT, Result.PULSE_TIMEOUT):
        assert "right.dorsiflexors" in text


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
