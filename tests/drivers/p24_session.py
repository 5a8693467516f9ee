"""A P24 driver and its bench device in one process and on virtual time, one tick after the other."""

from config.load import default_settings
from config.schema import ChannelSettings, P24Settings
from controller.gate import Permission
from controller.signals import Pulses, PulseTrain
from drivers.p24 import P24
from drivers.p24_frames import decode
from simulator.clock import VirtualClock
from simulator.devices.bench_device import BenchDevice
from simulator.devices.faults import Fault
from simulator.devices.lines import InProcessLine
from simulator.devices.p24 import P24Core
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
