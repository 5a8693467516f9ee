"""The P24 on the bench obeys the vendor's description: state machine, time-out, ramp, queue, answers, its log."""

import pytest

from drivers.p24_frames import (
    ChannelState,
    Command,
    MidChannel,
    Packet,
    Result,
    current_data_of,
    decode,
    encode,
    low_answer_output,
    low_pulse_data,
    mid_update_data,
)
from drivers.waveform import Phase
from simulator.devices.bench_device import BenchDevice
from simulator.devices.faults import Fault, FaultKind
from simulator.devices.p24 import P24Core

PULSE = (Phase(300, 40), Phase(100, 0), Phase(300, -40))


class Host:
    """Says one command and hears the answers."""

    def __init__(self) -> None:
        self.core = P24Core()
        self.number = 0

    def hear(self, now_s: float, data: bytes = b"") -> list[Packet]:
        packets = [decode(raw) for raw in self.core.answers(data, now_s)]
        return [packet for packet in packets if packet is not None]

    def say(self, now_s: float, command: int, data: bytes = b"") -> list[Packet]:
        self.number = (self.number + 1) % 64
        return self.hear(now_s, encode(Packet(self.number, command, data)))

    def result(self, now_s: float, command: int, data: bytes = b"") -> int:
        (answer,) = self.say(now_s, command, data)
        assert (answer.number, answer.command) == (self.number, command + 1)
        return answer.result

    def update(self, now_s: float, *channels: MidChannel) -> int:
        return self.result(now_s, Command.ML_UPDATE, mid_update_data(channels))

    def times(self, output: int = 1) -> list[float]:
        return [round(pulse.t_s, 9) for pulse in self.core.pulses if pulse.output == output]


@pytest.fixture
def host() -> Host:
    return Host()


@pytest.fixture
def mid(host: Host) -> Host:
    assert host.result(0.0, Command.ML_INIT, b"\x01") == Result.OK
    return host


@pytest.fixture
def low(host: Host) -> Host:
    assert host.result(0.0, Command.LL_INIT, b"\x00") == Result.OK
    return host


def test_nothing_flows_before_it_was_initialised(host: Host) -> None:
    assert host.update(0.0, MidChannel(1, 0, 100, PULSE)) == Result.NOT_INITIALISED
    assert host.result(0.0, Command.LL_CHANNEL_CONFIG, low_pulse_data(1, PULSE)) == Result.NOT_INITIALISED
    assert host.result(0.0, Command.ML_GET_CURRENT_DATA, b"\x04") == Result.NOT_INITIALISED
    assert host.hear(10.0) == []
    assert host.core.pulses == []


def test_the_levels_exclude_each_other(low: Host) -> None:
    assert low.result(1.0, Command.ML_INIT, b"\x01") == Result.NOT_INITIALISED
    assert low.update(1.0, MidChannel(1, 0, 100, PULSE)) == Result.NOT_INITIALISED
    assert low.result(1.0, Command.ML_STOP) == Result.NOT_INITIALISED
    assert low.result(1.0, Command.LL_STOP) == Result.OK
    assert (low.core.level, low.core.high_voltage) == (0, False)
    assert low.result(1.0, Command.ML_INIT, b"\x01") == Result.OK
    assert low.result(1.0, Command.LL_INIT, b"\x00") == Result.NOT_INITIALISED


def test_low_level_pulses_come_one_after_the_other_and_are_acknowledged_when_they_are_over(low: Host) -> None:
    assert low.say(1.0, Command.LL_CHANNEL_CONFIG, low_pulse_data(1, PULSE)) == []
    assert low.say(1.0, Command.LL_CHANNEL_CONFIG, low_pulse_data(6, PULSE)) == []
    assert low.core.due_s() == pytest.approx(1.0007)
    (first,) = low.hear(1.0008)
    (second,) = low.hear(1.0015)
    assert [low_answer_output(packet.data) for packet in (first, second)] == [1, 6]
    assert (low.times(1), low.times(6)) == ([1.0], [1.0007])
    assert [pulse.net_charge_uc for pulse in low.core.pulses] == [0.0, 0.0]


def test_the_queue_of_the_low_level_ends(low: Host) -> None:
    for _ in range(10):
        assert low.say(1.0, Command.LL_CHANNEL_CONFIG, low_pulse_data(1, PULSE)) == []
    assert low.result(1.0, Command.LL_CHANNEL_CONFIG, low_pulse_data(1, PULSE)) == Result.BUSY
    assert len(low.hear(2.0)) == 10
    assert len(low.core.pulses) == 10


def test_the_mid_level_repeats_with_a_ramp_until_nobody_is_heard_for_two_seconds(mid: Host) -> None:
    assert mid.update(1.0, MidChannel(1, 3, 100, PULSE), MidChannel(3, 0, 200, PULSE)) == Result.OK
    assert mid.core.level == 3
    mid.hear(10.0)
    assert mid.times(1) == [round(1.0 + k * 0.025, 9) for k in range(81)]
    assert mid.times(3) == [round(1.0 + k * 0.05, 9) for k in range(41)]
    assert [pulse.current_ma for pulse in mid.core.pulses if pulse.output == 1][:5] == [5.0, 10.0, 15.0, 20.0, 20.0]
    assert (mid.core.level, mid.core.high_voltage) == (2, True)
    assert mid.update(10.0, MidChannel(1, 0, 100, PULSE)) == Result.OK
    mid.hear(10.11)
    assert mid.times(1)[81:] == [10.0, 10.025, 10.05, 10.075, 10.1]


@pytest.mark.parametrize(("command", "lives"), [(Command.ML_GET_CURRENT_DATA, True), (Command.GET_STIM_STATUS, False)])
def test_only_mid_level_commands_keep_it_alive(mid: Host, command: Command, lives: bool) -> None:
    mid.update(0.0, MidChannel(1, 0, 100, PULSE))
    mid.say(1.9, command, b"\x04" if command == Command.ML_GET_CURRENT_DATA else b"")
    mid.hear(5.0)
    assert mid.times()[-1] == (3.9 if lives else 2.0)


def test_an_update_is_the_whole_state_and_keeps_the_rhythm(mid: Host) -> None:
    mid.update(0.0, MidChannel(1, 0, 100, PULSE), MidChannel(2, 0, 100, PULSE))
    mid.update(0.06, MidChannel(1, 5, 100, (Phase(300, 20), Phase(300, -20))))
    mid.update(0.11)
    mid.hear(1.0)
    assert mid.times(1) == [0.0, 0.025, 0.05, 0.075, 0.1]
    assert mid.times(2) == [0.0, 0.025, 0.05]
    assert [pulse.current_ma for pulse in mid.core.pulses if pulse.output == 1] == [20.0, 20.0, 20.0, 10.0, 10.0]
    assert mid.core.level == 2


@pytest.mark.parametrize(
    ("kind", "state"),
    [(FaultKind.ELECTRODE_OFF, ChannelState.ELECTRODE_ERROR), (FaultKind.LOW_CURRENT, ChannelState.LOW_CURRENT)],
)
def test_a_bad_contact_stops_all_channels_and_is_told(mid: Host, kind: FaultKind, state: ChannelState) -> None:
    mid.update(0.0, MidChannel(1, 0, 100, PULSE), MidChannel(2, 0, 100, PULSE))
    mid.core.suffer(kind, 0.06)
    mid.hear(1.0)
    (answer,) = mid.say(1.0, Command.ML_GET_CURRENT_DATA, b"\x04")
    assert current_data_of(answer.data) == ((), (state, 0, 0, 0, 0, 0, 0, 0))
    assert mid.times(2) == [0.0, 0.025, 0.05]


def test_an_open_electrode_is_not_noticed_below_15_ma(low: Host) -> None:
    low.core.suffer(FaultKind.ELECTRODE_OFF, 0.5)
    for current_steps, result in ((29, Result.OK), (30, Result.ELECTRODE_ERROR)):
        low.say(
            1.0, Command.LL_CHANNEL_CONFIG, low_pulse_data(1, (Phase(300, current_steps), Phase(300, -current_steps)))
        )
        assert [packet.result for packet in low.hear(1.1)] == [result]
    assert low.core.pulses == []


def test_overload_and_nonsense_are_refused(mid: Host) -> None:
    long = (Phase(4095, 20), Phase(4095, -20))
    assert mid.update(0.0, MidChannel(1, 0, 34, long)) == Result.OK
    assert mid.update(0.0, MidChannel(1, 0, 33, long)) == Result.PARAMETER_ERROR
    assert mid.result(0.0, Command.ML_UPDATE, b"\x03\x10") == Result.PARAMETER_ERROR
    assert mid.result(0.0, Command.ML_UPDATE, b"") == Result.PARAMETER_ERROR
    assert mid.result(0.0, Command.ML_GET_CURRENT_DATA, b"\x05") == Result.PARAMETER_ERROR
    (answer,) = mid.say(0.0, 99)
    assert (answer.command, answer.data) == (Command.UNKNOWN_COMMAND, b"\x0b")
    raw = encode(Packet(1, Command.RESET))
    (answer,) = mid.hear(0.0, raw[:-2] + b"\x3b\x0f")
    assert (answer.command, answer.data) == (Command.GENERAL_ERROR, b"\x01")
    assert mid.core.level == 3


def test_a_reset_ends_everything(mid: Host) -> None:
    mid.update(0.0, MidChannel(1, 0, 100, PULSE))
    assert mid.result(0.1, Command.RESET) == Result.OK
    mid.hear(1.0)
    assert mid.times()[-1] == 0.1
    assert (mid.core.level, mid.core.high_voltage) == (0, False)


def test_what_is_fed_late_or_in_pieces_makes_the_same_pulses() -> None:
    """The log depends on when bytes come, not on how often somebody looks."""
    logs = []
    for step_s in (0.001, 0.0137, 0.4):
        host = Host()
        host.result(0.0, Command.ML_INIT, b"\x01")
        host.update(0.0, MidChannel(1, 2, 71, PULSE))
        for k in range(1, int(1.0 / step_s)):
            host.hear(k * step_s)
        host.hear(1.0)
        logs.append(host.core.pulses)
    assert logs[0] == logs[1] == logs[2]


@pytest.mark.parametrize(
    ("kind", "bytes_back"),
    [
        (FaultKind.ACK_DROPPED, []),
        (FaultKind.ACK_DOUBLED, [0.0, 0.0]),
        (FaultKind.ACK_LATE, [0.3]),
        (FaultKind.JUNK, [0.0]),
        (FaultKind.BAD_CRC, []),
    ],
)
def test_faults_of_the_line_spoil_one_answer(kind: FaultKind, bytes_back: list[float]) -> None:
    device = BenchDevice(P24Core(), [Fault(kind, at_answer=1)])
    ask = encode(Packet(5, Command.GET_STIM_STATUS))
    good = device.feed(ask, 0.0)
    answer = encode(Packet(5, Command.GET_STIM_STATUS + 1, bytes((0, 0, 1))))
    assert good == answer
    heard = [(0.0, device.feed(ask, 0.0)), (0.1, device.feed(b"", 0.1)), (0.3, device.feed(b"", 0.3))]
    assert [t_s for t_s, data in heard for _ in range(data.count(answer))] == bytes_back
    assert device.feed(ask, 0.4) == answer
    assert [fault.kind for _, fault in device.happened] == [kind]


def test_one_byte_at_a_time_keeps_the_bytes_and_their_order() -> None:
    device = BenchDevice(P24Core(), [Fault(FaultKind.ONE_BYTE_AT_A_TIME, at_answer=0, times=9, late_s=0.01)])
    ask = encode(Packet(5, Command.GET_STIM_STATUS))
    heard = [device.feed(ask, 0.0), device.feed(ask, 0.005)]
    assert [len(data) for data in heard] == [1, 0]
    heard += [device.feed(b"", 0.01 * k + 0.001) for k in range(1, 40)]
    assert max(len(data) for data in heard) == 1
    answer = encode(Packet(5, Command.GET_STIM_STATUS + 1, bytes((0, 0, 1))))
    assert b"".join(heard) == answer + answer


def test_a_line_that_is_cut_carries_so_many_bytes_and_no_more() -> None:
    ask = encode(Packet(5, Command.GET_STIM_STATUS))
    for at_byte in range(60):
        device = BenchDevice(P24Core(), [Fault(FaultKind.PORT_GONE, at_byte=at_byte)])
        back = device.feed(ask, 0.0) + device.feed(ask, 0.1)
        assert device.passed == min(at_byte, 54)
        assert device.gone == (at_byte <= 54)
        assert len(back) <= at_byte
