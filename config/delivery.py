"""What a stimulator makes of the settings where it is not what they ask: what `config check` says of it."""

from collections.abc import Iterator
from math import floor
from typing import NamedTuple

from config.outputs import FACTS, P24_ELECTRODE_CHECK_MA, delivered_hz, delivered_ma
from config.schema import ChannelSettings, Settings, StimulatorSettings

RATE_TOLERANCE = 0.01
"""A delivered rate further than this share from the asked one is told."""


class Remark(NamedTuple):
    """What a device makes of a setting, or cannot do with it: key of the setting and one line."""

    key: str
    text: str


def remarks(settings: Settings) -> Iterator[Remark]:
    """Where a device delivers something else than a channel's settings ask, or cannot watch over it."""
    devices = {device.id: device for device in settings.stimulator}
    for i, leg in enumerate(settings.leg):
        for j, channel in enumerate(leg.channel):
            device = devices[channel.stimulator]
            yield from _channel_remarks(f"leg[{i}].channel[{j}]", channel, device)


def _channel_remarks(key: str, channel: ChannelSettings, device: StimulatorSettings) -> Iterator[Remark]:
    facts = FACTS.get(device.kind)
    if facts is not None:
        for name in ("current_ma", "max_current_ma"):
            asked_ma = getattr(channel, name)
            made_ma = delivered_ma(asked_ma, facts)
            if made_ma != asked_ma:
                step = f"steps of {facts.current_step_ma:g} mA"
                yield Remark(f"{key}.{name}", f"{asked_ma:g} mA becomes {made_ma:g} mA: {facts.name} has {step}")
        width_us = floor(channel.pulse_width_us)
        if width_us != channel.pulse_width_us:
            yield Remark(f"{key}.pulse_width_us", f"{channel.pulse_width_us:g} µs becomes {width_us} µs")
    if device.kind == "p24" and 0.0 < channel.current_ma < P24_ELECTRODE_CHECK_MA:
        what = f"an open electrode stays unnoticed: the P24 looks for one from {P24_ELECTRODE_CHECK_MA:g} mA on"
        yield Remark(f"{key}.current_ma", f"at {channel.current_ma:g} mA {what}")
    rate_hz = delivered_hz(channel.rate_hz, device)
    if abs(rate_hz - channel.rate_hz) > RATE_TOLERANCE * channel.rate_hz:
        yield Remark(
            f"{key}.rate_hz", f"{channel.rate_hz:g} Hz becomes {rate_hz:.2f} Hz: {device.kind} keeps time itself"
        )
