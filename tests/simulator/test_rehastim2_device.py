"""The RehaStim2 on the bench, told what to do packet by packet and without the driver."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.framing import FrameReader
from drivers.rehastim2_frames import (
    LONGEST_PACKET,
    ChannelList,
    Command,
    DeviceMode,
    ListPulse,
    Packet,
    Result,
    SinglePulse,
    StimulationError,
    channel_list_data,
    decode,
    encode,
    main_code_of,
    pulses_data,
    result_of,
    single_pulse_data,
)
from simulator.devices.device import Circuit
from simulator.devices.faults import FaultKind
from simulator.devices.rehastim2 import WATCHDOG_S, Rehastim2Core

ONE_SHOT_LIST = channel_list_data(ChannelList((1, 2)))
AT_40_HZ = channel_list_data(ChannelList((1,), main_code_of(25.0)))


class Host:
    """Feeds the device at times of its own choice, and keeps what came back."""

    def __init__(self) -> None:
        self.core = Rehastim2Core()
        self.t_s = 0.0
        self.heard: list[tuple[float, Packet]] = []
        self._reader = FrameReader(decode, LONGEST_PACKET)

    def live(self, seconds: float, data: bytes = b"") -> None:
        for i in range(max(1, round(seconds / 0.001))):
            self.t_s += 0.001
            back = self.core.feed(data if i == 0 else b"", self.t_s)
            self.heard += [(self.t_s, packet) for packet in self._reader.feed(back)]

    def ask(self, command: int, data: bytes = b"", number: int = 7, seconds: float = 0.02) -> Packet | None:
        self.live(seconds, encode(Packet(number, command, data)))
        fits = [packet for _, packet in self.heard if packet.command == command + 1 and packet.number == number]
        self.heard.clear()
        return fits[-1] if fits else None

    def result(self, command: int, data: bytes = b"") -> int | None:
        answer = self.ask(command, data)
        return None if answer is None else result_of(answer.data)

    def connect(self) -> "Host":
        self.live(0.01)
        [(_, hello)] = self.heard
        self.live(0.01, encode(Packet(hello.number, Command.INIT_ACK, b"\0")))
        self.heard.clear()
        assert self.core.connected
        return self


@pytest.fixture
def host() -> Host:
    return Host()


@pytest.fixture
def linked(host: Host) -> Host:
    return host.connect()


def test_it_says_init_twice_a_second_until_it_is_acknowledged(host: Host) -> None:
    host.live(2.2)
    assert [packet for _, packet in host.heard] == [Packet(i, Command.INIT, b"\x01") for i in range(5)]
    host.heard.clear()
    host.live(3.0, encode(Packet(4, Command.INIT_ACK, b"\0")))
    assert min(t_s for t_s, packet in host.heard if packet.command == Command.INIT) > 2.2 + WATCHDOG_S - 0.01


def test_before_science_mode_is_chosen_on_its_screen_it_is_silent(host: Host) -> None:
    host.core.selected = False
    host.live(3.0)
    assert host.heard == []


@pytest.mark.parametrize("answer", [Packet(0, Command.INIT_ACK, b"\xfb"), Packet(9, Command.INIT_ACK, b"\0")])
def test_a_refusal_or_another_number_does_not_connect(host: Host, answer: Packet) -> None:
    host.live(0.1)
    host.live(0.1, encode(answer))
    assert not host.core.connected


def test_nothing_is_answered_before_it_is_connected(host: Host) -> None:
    assert host.ask(Command.GET_MODE) is None


def test_modes_follow_each_other(linked: Host) -> None:
    def mode() -> int:
        answer = linked.ask(Command.GET_MODE)
        assert answer is not None
        return answer.data[1]

    assert mode() == DeviceMode.START
    assert linked.result(Command.START_CHANNEL_LIST, pulses_data([ListPulse(250, 20)])) == Result.WRONG_MODE
    assert linked.result(Command.INIT_CHANNEL_LIST, AT_40_HZ) == Result.OK
    assert mode() == DeviceMode.INITIALISED
    assert linked.result(Command.SINGLE_PULSE, single_pulse_data(SinglePulse(1, 250, 20))) == Result.WRONG_MODE
    assert linked.result(Command.START_CHANNEL_LIST, pulses_data([ListPulse(250, 20)])) == Result.OK
    assert mode() == DeviceMode.STARTED
    assert linked.result(Command.INIT_CHANNEL_LIST, AT_40_HZ) == Result.WRONG_MODE
    assert linked.result(Command.STOP_CHANNEL_LIST) == Result.OK
    assert mode() == DeviceMode.START


def test_a_one_shot_list_runs_once_for_every_start(linked: Host) -> None:
    linked.result(Command.INIT_CHANNEL_LIST, ONE_SHOT_LIST)
    linked.result(Command.START_CHANNEL_LIST, pulses_data([ListPulse(250, 21), ListPulse(300, 0)]))
    linked.live(0.5)
    [pulse] = linked.core.pulses
    assert (pulse.output, pulse.current_ma, pulse.pulse_width_us, pulse.charge_uc) == (1, 20.0, 250.0, 5.0)
    assert pulse.net_charge_uc == 0.0


def test_a_list_repeats_at_its_interval_until_it_is_stopped(linked: Host) -> None:
    linked.result(Command.INIT_CHANNEL_LIST, AT_40_HZ)
    linked.result(Command.START_CHANNEL_LIST, pulses_data([ListPulse(250, 20)]))
    for _ in range(10):
        linked.live(0.1, encode(Packet(0, Command.WATCHDOG)))
    linked.result(Command.STOP_CHANNEL_LIST)
    count = len(linked.core.pulses)
    linked.live(0.5)
    times = [pulse.t_s for pulse in linked.core.pulses]
    assert count == len(times) > 38
    assert all(b - a == pytest.approx(0.025) for a, b in pairwise(times))


def test_without_a_valid_packet_it_stops_after_its_time_out_and_begins_anew(linked: Host) -> None:
    linked.result(Command.INIT_CHANNEL_LIST, AT_40_HZ)
    linked.result(Command.START_CHANNEL_LIST, pulses_data([ListPulse(250, 20)]))
    last_s = linked.t_s - 0.019
    broken = bytearray(encode(Packet(0, Command.WATCHDOG)))
    broken[2] ^= 1
    for _ in range(20):
        linked.live(0.1, bytes(broken))
    assert not linked.core.connected
    assert last_s + WATCHDOG_S - 0.03 < linked.core.pulses[-1].t_s <= last_s + WATCHDOG_S
    assert linked.core.mode == DeviceMode.START
    [first, *_] = [t_s for t_s, packet in linked.heard if packet.command == Command.INIT]
    assert first == pytest.approx(last_s + WATCHDOG_S, abs=0.003)


def test_outputs_of_a_list_have_their_time_slots_and_groups_their_interval(linked: Host) -> None:
    both = channel_list_data(ChannelList((1, 2), main_code_of(50.0), group_code=13))
    linked.result(Command.INIT_CHANNEL_LIST, both)
    linked.result(Command.START_CHANNEL_LIST, pulses_data([ListPulse(250, 20, 2), ListPulse(250, 20)]))
    linked.live(0.03)
    start_s = linked.core.pulses[0].t_s
    assert [(p.output, round(p.t_s - start_s, 4)) for p in linked.core.pulses] == [(1, 0.0), (2, 0.0015), (1, 0.008)]


@pytest.mark.parametrize(
    ("command", "data", "result"),
    [
        (Command.INIT_CHANNEL_LIST, AT_40_HZ[:-1], Result.PARAMETER_ERROR),
        (Command.INIT_CHANNEL_LIST, b"\x08" + AT_40_HZ[1:], Result.PARAMETER_ERROR),
        (Command.SINGLE_PULSE, b"\x08\x00\xfa\x14", Result.PARAMETER_ERROR),
        (Command.SINGLE_PULSE, b"\x00\x01\xf5\x14", Result.PARAMETER_ERROR),
        (Command.SINGLE_PULSE, b"\x00\x00\xfa\x83", Result.PARAMETER_ERROR),
        (Command.SINGLE_PULSE, b"\x00\x00\xfa\x14", Result.OK),
    ],
)
def test_what_is_out_of_range_is_refused(linked: Host, command: int, data: bytes, result: Result) -> None:
    assert linked.result(command, data) == result


def test_a_group_that_does_not_fit_into_the_interval_is_refused(linked: Host) -> None:
    linked.result(Command.INIT_CHANNEL_LIST, channel_list_data(ChannelList((1,), main_code_of(20.0), group_code=13)))
    triplet = pulses_data([ListPulse(250, 20, 3)])
    assert linked.result(Command.START_CHANNEL_LIST, triplet) == Result.PARAMETER_ERROR


def test_a_damaged_command_is_answered_as_such_and_an_unknown_one_is_named(linked: Host) -> None:
    broken = bytearray(encode(Packet(5, Command.GET_MODE)))
    broken[2] ^= 1
    linked.live(0.02, bytes(broken))
    assert [packet for _, packet in linked.heard] == [Packet(5, Command.GET_MODE_ACK, b"\xff")]
    linked.heard.clear()
    linked.live(0.02, encode(Packet(9, 95)))
    assert [packet for _, packet in linked.heard] == [Packet(9, Command.UNKNOWN_COMMAND, b"\x5f")]


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        (FaultKind.ELECTRODE_OFF, StimulationError.ELECTRODE),
        (FaultKind.LOW_CURRENT, StimulationError.ELECTRODE),
        (FaultKind.EMERGENCY_STOP, StimulationError.EMERGENCY_SWITCH),
    ],
)
def test_what_goes_wrong_ends_the_stimulation_and_is_told(
    linked: Host, kind: FaultKind, error: StimulationError
) -> None:
    linked.result(Command.INIT_CHANNEL_LIST, AT_40_HZ)
    linked.result(Command.START_CHANNEL_LIST, pulses_data([ListPulse(250, 20)]))
    linked.live(0.2)
    linked.core.suffer(kind, linked.t_s)
    count = len(linked.core.pulses)
    linked.live(0.2)
    assert len(linked.core.pulses) == count > 5
    told = [result_of(packet.data) for _, packet in linked.heard if packet.command == Command.STIMULATION_ERROR]
    assert told == [error]
    assert linked.core.mode == DeviceMode.START
    linked.core.mend()
    linked.result(Command.INIT_CHANNEL_LIST, AT_40_HZ)
    assert linked.result(Command.START_CHANNEL_LIST, pulses_data([ListPulse(250, 20)])) == Result.OK


def test_more_voltage_than_it_has_is_an_electrode_error(linked: Host) -> None:
    linked.core.skin = lambda pulse: Circuit.LIMITED if pulse.current_ma > 38.0 else Circuit.GOOD
    linked.result(Command.SINGLE_PULSE, single_pulse_data(SinglePulse(1, 250, 38)))
    assert len(linked.core.pulses) == 1
    linked.result(Command.SINGLE_PULSE, single_pulse_data(SinglePulse(1, 250, 40)))
    assert len(linked.core.pulses) == 1


def test_a_reset_forgets_everything(linked: Host) -> None:
    linked.result(Command.INIT_CHANNEL_LIST, AT_40_HZ)
    linked.result(Command.START_CHANNEL_LIST, pulses_data([ListPulse(250, 20)]))
    linked.core.suffer(FaultKind.RESET, linked.t_s)
    count = len(linked.core.pulses)
    linked.live(1.0)
    assert len(linked.core.pulses) == count
    assert {packet.command for _, packet in linked.heard} == {Command.INIT}


STEPS = st.lists(
    st.tuples(
        st.sampled_from([*Command, 95]), st.binary(max_size=9) | st.sampled_from([AT_40_HZ, ONE_SHOT_LIST]),
        st.sampled_from([0.001, 0.03, 0.7, 1.3]),
    ),
    max_size=25,
)  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(STEPS, st.booleans())
def test_whatever_it_is_told_every_pulse_is_balanced_and_within_its_limits(
    steps: list[tuple[int, bytes, float]], connected: bool
) -> None:
    host = Host().connect() if connected else Host()
    for command, data, seconds in steps:
        alive_s = host.t_s
        host.live(seconds, encode(Packet(3, command, data)))
        assert all(pulse.t_s <= alive_s + 0.002 + WATCHDOG_S for pulse in host.core.pulses[-1:])
        assert host.core.due_s() > host.t_s
    for pulse in host.core.pulses:
        assert pulse.net_charge_uc == 0.0
        assert pulse.current_ma <= 130.0
        assert 20.0 <= pulse.pulse_width_us <= 500.0


@given(st.binary(max_size=60), st.floats(0.0, 3.0))
def test_any_bytes_do_it_no_harm(data: bytes, seconds: float) -> None:
    core = Rehastim2Core()
    core.feed(data, seconds)
    core.feed(data[::-1], seconds)
    assert core.pulses == []
