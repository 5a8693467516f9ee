"""The P24's driver on the P24 of the bench: what reaches the electrodes, by the device's own log."""

import re
from itertools import pairwise
from math import inf, nan
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.delivery import remarks
from config.limits import HARD_MAX_CHARGE_UC, HARD_MAX_CURRENT_MA, HARD_MAX_PULSE_WIDTH_US, HARD_MAX_RATE_HZ
from config.load import default_settings
from config.outputs import delivered_hz
from config.schema import GateSettings, P24Settings, Settings
from controller.gate import ChannelGate
from controller.signals import Contact, Pulses, PulseTrain
from controller.stimulation import PulsePlan
from drivers.errors import DeviceAbsent, DeviceFailed, WrongDevice
from drivers.p24_frames import Command, Packet, Result, decode, encode
from drivers.p24_levels import fault_text
from simulator.devices.faults import Fault, FaultKind

if TYPE_CHECKING:
    from tests.drivers.p24_session import CHANNEL, NO_REDUCTION, TICK_S, Bench, train
else:
    from p24_session import CHANNEL, NO_REDUCTION, TICK_S, Bench, train


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
