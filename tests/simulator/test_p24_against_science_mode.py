"""An independent client, the package science-mode-4, against our P24 on the bench, and its codec against ours."""

import asyncio
from collections.abc import Callable, Iterator
from importlib import import_module
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from drivers.p24_frames import Command, MidChannel, Packet, encode, mid_update_data
from drivers.waveform import Phase
from runtime.clock import MonotonicClock
from simulator.devices.bench_device import BenchDevice
from simulator.devices.faults import Fault, FaultKind
from simulator.devices.lines import PtyLine
from simulator.devices.p24 import P24Core

science_mode: Any = import_module("science_mode_4")

UPDATES = 3000
POINTS = (1, 2, 2, 2, 3, 3, 3, 4)
Talk = Callable[[Any], Any]


@pytest.fixture
def device() -> Iterator[tuple[BenchDevice, str]]:
    bench = BenchDevice(P24Core())
    line = PtyLine(bench, MonotonicClock())
    line.start()
    yield bench, line.path()
    line.close()


def biphasic(current_ma: float) -> list[Any]:
    point = science_mode.ChannelPoint
    return [point(250, current_ma), point(100, 0), point(250, -current_ma)]


def with_client(path: str, talk: Talk) -> None:
    connection = science_mode.SerialPortConnection(path)
    connection.open()
    try:
        asyncio.run(talk(science_mode.DeviceP24(connection)))
    finally:
        connection.close()


def test_it_drives_the_mid_level(device: tuple[BenchDevice, str]) -> None:
    bench, path = device
    states: list[Any] = []

    async def talk(p24: Any) -> None:  # noqa: ANN401
        await p24.initialize()
        assert p24.get_layer_general().device_id == "SIM0000024"
        layer = p24.get_layer_mid_level()
        await layer.init(True)
        channel = science_mode.MidLevelChannelConfiguration(True, 3, 25, biphasic(20))
        await layer.update([channel, None, channel])
        await asyncio.sleep(0.15)
        states.append(await layer.get_current_data())
        bench.order(Fault(FaultKind.ELECTRODE_OFF))
        await asyncio.sleep(0.06)
        states.append(await layer.get_current_data())
        await layer.stop()

    with_client(path, talk)
    assert states[0].is_stimulation_active_per_channel == [True, False, True, False, False, False, False, False]
    assert set(states[0].channel_error) == {science_mode.ResultAndError.NO_ERROR}
    assert states[1].is_stimulation_active_per_channel == [False] * 8
    assert states[1].channel_error[0] == science_mode.ResultAndError.ELECTRODE_ERROR
    core = bench.core
    assert isinstance(core, P24Core)
    assert (core.level, core.high_voltage) == (0, False)
    on_first = [pulse for pulse in bench.pulses if pulse.output == 1]
    assert [pulse.current_ma for pulse in on_first[:5]] == [5.0, 10.0, 15.0, 20.0, 20.0]
    assert [round((b.t_s - a.t_s) * 1000, 6) for a, b in pairwise(on_first)][:4] == [25.0] * 4
    assert {pulse.output for pulse in bench.pulses} == {1, 3}


def test_it_drives_the_low_level(device: tuple[BenchDevice, str]) -> None:
    bench, path = device
    acknowledged: list[Any] = []

    async def talk(p24: Any) -> None:  # noqa: ANN401
        await p24.initialize()
        layer = p24.get_layer_low_level()
        await layer.init(science_mode.LowLevelMode.NO_MEASUREMENT, science_mode.LowLevelHighVoltageSource.STANDARD)
        layer.send_channel_config(True, science_mode.Channel.WHITE, science_mode.Connector.GREEN, biphasic(35.5))
        while not acknowledged:
            await asyncio.sleep(0.01)
            if (packet := layer.packet_buffer.get_packet_from_buffer()) is not None:
                acknowledged.append(packet)
        await layer.stop()

    with_client(path, talk)
    assert acknowledged[0].result == science_mode.ResultAndError.NO_ERROR
    assert [(pulse.output, pulse.current_ma, pulse.net_charge_uc) for pulse in bench.pulses] == [(8, 35.5, 0.0)]


def random_channel(output: int, random: Random) -> tuple[MidChannel, Any]:
    """A channel in our words and in theirs; their periods are whole ms."""
    ramp, period_ms = random.randint(0, 15), random.randint(1, 1000)
    pulse = tuple(
        [
            Phase(random.randint(10, 4095), random.randint(-260, 260))
            for _ in range(random.choice(POINTS) if random.random() < 0.99 else 16)
        ]
    )
    points = [science_mode.ChannelPoint(phase.duration_us, phase.steps / 2) for phase in pulse]
    ours = MidChannel(output, ramp, period_ms * 4, pulse)
    return ours, science_mode.MidLevelChannelConfiguration(True, ramp, period_ms, points)


def test_our_updates_are_its_updates_and_its_parser_reads_them() -> None:
    random = Random(24)
    protocol = science_mode.Protocol
    for i in range(UPDATES):
        outputs = random.sample(range(1, 9), random.choice((1, 1, 1, 1, 2, 3, 8)) if i % 10 == 0 else 1)
        channels = {output: random_channel(output, random) for output in outputs}
        theirs = science_mode.PacketMidLevelUpdate()
        theirs.channel_configuration = [channels[k][1] if k in channels else None for k in range(1, 9)]
        theirs.number = i % 64
        data = mid_update_data([ours for ours, _ in channels.values()])
        raw = encode(Packet(i % 64, Command.ML_UPDATE, data))
        assert raw == protocol.packet_to_bytes(theirs)
        assert protocol.find_packet_in_buffer(raw) == (0, len(raw) - 1)
        assert protocol.extract_packet_data(raw) == (Command.ML_UPDATE, i % 64, data)


def test_its_parser_reads_our_answers() -> None:
    factory = science_mode.PacketFactory()
    core = P24Core()
    for command, data in (
        (Command.GET_DEVICE_ID, b""),
        (Command.GET_EXTENDED_VERSION, b""),
        (Command.GET_STIM_STATUS, b""),
        (Command.ML_INIT, b"\x01"),
        (Command.ML_GET_CURRENT_DATA, b"\x04"),
        (Command.ML_STOP, b""),
        (Command.RESET, b""),
    ):
        (answer,) = core.answers(encode(Packet(15, command, data)), 1.0)
        found = science_mode.Protocol.extract_packet_data(answer)
        assert found[:2] == (command + 1, 15)
        assert factory.create_packet_with_data(*found).number == 15
