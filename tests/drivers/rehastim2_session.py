"""A RehaStim2 driver and its bench device in one process and on virtual time, one tick after the other."""

from math import inf
from typing import Any, Literal

from config.schema import ChannelSettings, Rehastim2Settings
from controller.signals import Pulses, PulseTrain
from drivers.framing import FrameReader
from drivers.rehastim2 import Rehastim2
from drivers.rehastim2_frames import (
    LONGEST_PACKET,
    Command,
    ListPulse,
    Packet,
    decode,
    pulses_of,
)
from simulator.clock import VirtualClock
from simulator.devices.bench_device import BenchDevice
from simulator.devices.lines import InProcessLine
from simulator.devices.rehastim2 import Rehastim2Core
from simulator.wired.background import VirtualBackground

Mode = Literal["one_shot", "continuous"]
MODES: tuple[Mode, ...] = ("one_shot", "continuous")
TICK_S = 0.005
OUTPUT_ENDS_S = 0.15
"""A fault ends the output within this time."""


def channel(name: str, output: int, **changes: Any) -> ChannelSettings:  # noqa: ANN401 - any setting
    values = {"current_ma": 30.0, "max_current_ma": 40.0, "rate_hz": 40.0, "max_rate_hz": 50.0}
    caps = {"max_pulse_width_us": 300.0, "max_charge_uc": 12.0}
    return ChannelSettings.model_validate({"id": name, "output": output, **values, **caps, **changes})


class Session:
    """Driver and device, one tick after the other. `current_ma`: what the gate lets through on the outputs."""

    def __init__(self, mode: Mode, *, rate_hz: float = 40.0, tick_s: float = TICK_S, outputs: int = 1) -> None:
        self.clock = VirtualClock(50.0)
        self.core = Rehastim2Core()
        self.sent: list[tuple[float, Packet]] = []
        self._overhear()
        self.device = BenchDevice(self.core)
        self.line = InProcessLine(self.device, self.clock)
        self.background = VirtualBackground(self.clock)
        stimulator = Rehastim2Settings(kind="rehastim2", mode=mode)
        names = ("dorsiflexors", "evertors")[:outputs]
        self.channels = {i + 1: channel(name, i + 1, rate_hz=rate_hz) for i, name in enumerate(names)}
        self.driver = Rehastim2(stimulator, self.channels, self.line, self.clock, self.background)
        self.tick_s = tick_s
        self.current_ma: dict[int, float] = dict.fromkeys(self.channels, 0.0)
        self._next_s: dict[int, float] = {}
        self.problems: list[str] = []

    def _overhear(self) -> None:
        """Keep what the driver sends, in `sent`."""
        reader, answers = FrameReader(decode, LONGEST_PACKET), self.core.answers

        def overheard(data: bytes, now_s: float) -> list[bytes]:
            self.sent += [(now_s, packet) for packet in reader.feed(data)]
            return answers(data, now_s)

        self.core.answers = overheard  # type: ignore[method-assign]

    def starts(self) -> list[tuple[float, tuple[ListPulse, ...]]]:
        """The lists that the driver has sent, with their times."""
        data = [(t_s, packet.data) for t_s, packet in self.sent if packet.command == Command.START_CHANNEL_LIST]
        return [(t_s, pulses_of(one, len(self.channels)) or ()) for t_s, one in data]

    def open(self) -> "Session":
        self.driver.open()
        self.tick(0.1)
        assert self.problem == ""
        return self

    def tick(self, seconds: float, current_ma: float | None = None) -> None:
        """Let this much time pass in ticks, on output 1 with this current."""
        if current_ma is not None:
            self.current_ma[1] = current_ma
        end_s = self.clock.now() + seconds
        while self.clock.now() < end_s - 1e-9:
            self.problems.append(self.driver.status().problem)
            self.driver.apply(Pulses(tuple([self._train(output) for output in self.channels])))
            self.clock.advance(self.tick_s)
            self.line.advance()
            self.background.advance()

    def _train(self, output: int) -> PulseTrain:
        now_s, one, current_ma = self.clock.now(), self.channels[output], self.current_ma[output]
        name = f"right.{one.id}"
        if not current_ma:
            self._next_s.pop(output, None)
            return PulseTrain(name, output, 0.0, 0.0, 0.0, False)
        next_s = self._next_s.setdefault(output, now_s)
        due = now_s >= next_s - 0.5 * self.tick_s
        if due:
            self._next_s[output] = next_s + 1.0 / one.rate_hz
        return PulseTrain(name, output, current_ma, one.pulse_width_us, one.rate_hz, due)

    @property
    def problem(self) -> str:
        return self.driver.status().problem

    def pulses(self, since_s: float = -inf) -> list[float]:
        return [pulse.t_s for pulse in self.device.pulses if pulse.t_s > since_s]
