"""What the output stages of the known stimulators can do, and what they make of an asked current and rate."""

from collections.abc import Iterator
from math import ceil, floor
from typing import NamedTuple

from config.devices import ChannelSettings, LegSettings, P24Settings, Rehastim2Settings, StimulatorSettings
from config.section import RuleBroken


class OutputFacts(NamedTuple):
    """What the output stage of a stimulator can do.

    Currents go in whole `current_step_ma`, durations in whole µs from `shortest_us` to `longest_us`; it can drive
    `compliance_v`. `gap_us`: the pause between its two equal phases where the device makes the waveform, else None.
    """

    name: str
    current_step_ma: float
    highest_current_ma: float
    shortest_us: int
    longest_us: int
    compliance_v: float
    gap_us: int | None


REHASTIM2 = OutputFacts("RehaStim2", 2.0, 126.0, 20, 500, 154.0, 100)
"""65 steps of 2 mA [V, manual]: only even currents are relied on. 126 mA at 1 kΩ, 154 V, fixed gap of 100 µs [V]."""

P24 = OutputFacts("P24", 0.5, 130.0, 10, 4095, 150.0, None)
"""Points of 10 to 4095 µs in steps of 0.5 mA; 130 mA at 1 kΩ, 150 V [V]."""

FACTS: dict[str, OutputFacts] = {"rehastim2": REHASTIM2, "p24": P24}
"""By kind of stimulator; the others make no pulses of their own."""

P24_ELECTRODE_CHECK_MA = 15.0
"""The P24 notices an open electrode from this current on [V, a comment in the vendor's library]."""

REHASTIM2_INTERVAL_STEP_MS = 0.5
REHASTIM2_SHORTEST_INTERVAL_MS = 8.0
"""Main interval: 0.5 ms steps, 8 ms at least [V]."""


def delivered_ma(current_ma: float, facts: OutputFacts) -> float:
    """The current that comes out: the next step of the device at or below the asked one, mA."""
    return floor(current_ma / facts.current_step_ma) * facts.current_step_ma


def rehastim2_interval_ms(rate_hz: float) -> float:
    """Main interval of RehaStim2 for a rate, ms: the next step that gives no higher rate."""
    steps = ceil(1000.0 / rate_hz / REHASTIM2_INTERVAL_STEP_MS)
    return max(steps * REHASTIM2_INTERVAL_STEP_MS, REHASTIM2_SHORTEST_INTERVAL_MS)


def p24_period_quarter_ms(rate_hz: float) -> int:
    """Period of the P24's mid level for a rate, in its finest steps of 0.25 ms: the next one that is not shorter."""
    return ceil(4000.0 / rate_hz - 1e-9)


def delivered_hz(rate_hz: float, device: StimulatorSettings) -> float:
    """The mean rate that comes out, Hz. Pulses that are sent one by one keep the asked mean on the grid of ticks."""
    if isinstance(device, Rehastim2Settings) and device.mode == "continuous":
        return 1000.0 / rehastim2_interval_ms(rate_hz)
    if isinstance(device, P24Settings) and device.mode == "mid":
        return 4000.0 / p24_period_quarter_ms(rate_hz)
    return rate_hz


def output_rules(legs: tuple[LegSettings, ...], stimulators: tuple[StimulatorSettings, ...]) -> Iterator[RuleBroken]:
    """What channels ask of a device that it cannot do."""
    devices = {device.id: device for device in stimulators}
    rates: dict[str, float] = {}
    for i, leg in enumerate(legs):
        for j, channel in enumerate(leg.channel):
            device, key = devices.get(channel.stimulator), f"leg.{i}.channel.{j}"
            if device is None or device.kind not in FACTS:
                continue
            yield from _channel_rules(key, channel, FACTS[device.kind])
            continuous = isinstance(device, Rehastim2Settings) and device.mode == "continuous"
            if continuous and channel.rate_hz != rates.setdefault(device.id, channel.rate_hz):
                yield RuleBroken(
                    f"{key}.rate_hz",
                    f'with mode = "continuous" all channels of {device.id} have one rate_hz, {rates[device.id]:g} Hz',
                )


def _channel_rules(key: str, channel: ChannelSettings, facts: OutputFacts) -> Iterator[RuleBroken]:
    needed_v = channel.current_ma * channel.load_ohm / 1000.0
    if needed_v > facts.compliance_v:
        yield RuleBroken(
            f"{key}.current_ma",
            f"{channel.current_ma:g} mA through load_ohm = {channel.load_ohm:g} Ω needs {needed_v:.0f} V, "
            f"{facts.name} gives {facts.compliance_v:g} V",
        )
    if facts.gap_us is not None and (channel.waveform, channel.gap_us) != ("symmetric", facts.gap_us):
        yield RuleBroken(
            f"{key}.waveform",
            f'{facts.name} makes its own pulse: waveform = "symmetric" and gap_us = {facts.gap_us}',
        )
