"""Which driver and which line belong to which kind of serial stimulator."""

from collections.abc import Generator, Mapping
from typing import NamedTuple

from config.schema import ChannelSettings, P24Settings, Rehastim2Settings, Settings, StimulatorSettings
from drivers import p24, rehastim2
from drivers.background import Background
from drivers.interfaces import Clock, Stimulator
from drivers.serial_line import SerialPort, Transport, find_port

SerialSettings = P24Settings | Rehastim2Settings

QUESTIONS = 100
LOOK_S = 0.0001
"""How often an answer is looked for while a round trip is measured."""


def serial_port(device: SerialSettings) -> SerialPort:
    """The port of the settings, or the only one that fits; looked for at every open."""
    if isinstance(device, P24Settings):
        return SerialPort(lambda: find_port(device.port, p24.USB_ID, f"P24 {device.id}"), p24.LINE)
    return SerialPort(lambda: find_port(device.port, rehastim2.USB_ID, f"RehaStim2 {device.id}"), rehastim2.LINE)


def serial_stimulator(
    device: SerialSettings,
    channels: Mapping[int, ChannelSettings],
    transport: Transport,
    clock: Clock,
    background: Background,
) -> Stimulator:
    """The driver of the settings on a line; `channels`: number of the output to the channel on it."""
    if isinstance(device, P24Settings):
        return p24.P24(device, channels, transport, clock, background)
    return rehastim2.Rehastim2(device, channels, transport, clock, background)


def channels_of(settings: Settings, device: StimulatorSettings) -> dict[int, ChannelSettings]:
    """The channels on a stimulator, by number of the output."""
    return {
        channel.output: channel for leg in settings.leg for channel in leg.channel if channel.stimulator == device.id
    }


class Examination(NamedTuple):
    """What was found on a line: the device in words, and how long each question took to be answered, s."""

    identity: str
    round_trips_s: tuple[float, ...]


def examine(device: SerialSettings, transport: Transport, clock: Clock, questions: int = QUESTIONS) -> Examination:
    """Ask who is there, then ask how it is so many times; without a pulse. Waits. Raises DriverError."""
    try:
        if isinstance(device, P24Settings):
            p24_link = p24.new_link(device, transport, clock)
            p24_link.open()
            return _waited_for(p24.examination(p24_link, questions), clock)
        link = rehastim2.new_link(device, transport, clock)
        link.open()
        return _waited_for(rehastim2.examination(link, questions), clock)
    finally:
        transport.close()


def _waited_for(job: Generator[float, None, tuple[str, list[float]]], clock: Clock) -> Examination:
    while True:
        try:
            until_s = next(job)
        except StopIteration as ended:
            identity, took_s = ended.value
            return Examination(identity, tuple(took_s))
        clock.sleep_until(min(until_s, clock.now() + LOOK_S))
