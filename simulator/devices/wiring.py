"""A serial stimulator on the bench: the real driver, the device beneath it, and the person behind the electrodes."""

from collections import deque
from collections.abc import Mapping

from config.schema import ChannelSettings, P24Settings, Side
from controller.signals import DeviceStatus, StimulationCommand
from drivers import p24, rehastim2
from drivers.interfaces import Clock
from drivers.serial_line import LineSettings, SerialPort, Transport
from drivers.serial_stimulators import SerialSettings, serial_stimulator
from simulator.bench_electrode import BenchElectrode
from simulator.bench_stimulator import Emit
from simulator.devices.bench_device import BenchDevice
from simulator.devices.device import Circuit, Core, DevicePulse
from simulator.devices.lines import InProcessLine, PtyLine
from simulator.devices.p24 import P24Core
from simulator.devices.rehastim2 import Rehastim2Core
from simulator.wired.background import VirtualBackground


class SerialBench:
    """`drivers.interfaces.Stimulator` on a device of the bench, and the device: its log, its faults.

    `live`: the device lives in a thread behind a pseudo terminal, as on a real port; else in the caller, on the clock
    that is handed in. Either way `emit` is called by whoever calls `apply` or `advance`, never by that thread.
    `electrodes`, by number of the output: on them the device measures, without them it finds every path good; what
    then reaches the nerve is up to `emit`. `start_s`: the time of the clock at which they were put on.
    """

    def __init__(
        self,
        settings: SerialSettings,
        channels: Mapping[int, ChannelSettings],
        outputs: Mapping[int, tuple[Side, str]],
        clock: Clock,
        emit: Emit,
        *,
        live: bool,
        electrodes: Mapping[int, BenchElectrode] | None = None,
        start_s: float = 0.0,
    ) -> None:
        self.core, line = _device(settings)
        if electrodes is not None:
            self.core.skin = self._skin
        self._electrodes = electrodes or {}
        self._start_s = start_s
        self.device = BenchDevice(self.core)
        self._outputs = outputs
        self._emit = emit
        self._background = VirtualBackground(clock)
        self._made: deque[DevicePulse] = deque()
        self._pty: PtyLine | None = None
        self._line: InProcessLine | None = None
        transport: Transport
        if live:
            self._pty = PtyLine(self.device, clock)
            self.core.on_pulse = self._made.append
            transport = SerialPort(self._pty.path, line)
        else:
            transport = self._line = InProcessLine(self.device, clock)
            self.core.on_pulse = self._reach_person
        self.driver = serial_stimulator(settings, channels, transport, clock, self._background)

    def open(self) -> None:
        if self._pty is not None:
            self._pty.start()
        self.driver.open()

    def apply(self, command: StimulationCommand) -> None:
        self.driver.apply(command)

    def status(self) -> DeviceStatus:
        return self.driver.status()

    def stop(self) -> None:
        self.driver.stop()

    def close(self) -> None:
        self.driver.close()
        if self._pty is not None:
            self._pty.close()

    def advance(self, _now_s: float) -> None:
        """The bench moves on: the device lives, its pulses reach the person."""
        if self._line is not None:
            self._line.advance()
        while self._made:
            self._reach_person(self._made.popleft())
        self._background.advance()

    def _reach_person(self, pulse: DevicePulse) -> None:
        if pulse.output in self._outputs:
            side, channel = self._outputs[pulse.output]
            self._emit(side, channel, pulse.current_ma, pulse.pulse_width_us)

    def _skin(self, pulse: DevicePulse) -> Circuit:
        """Called by whoever lets the device live, so in live mode by its thread."""
        electrode = self._electrodes.get(pulse.output)
        if electrode is None:
            return Circuit.OPEN
        found = electrode.found(pulse.t_s - self._start_s, pulse.current_ma, pulse.pulse_width_us)
        if found.open:
            return Circuit.OPEN
        return Circuit.LIMITED if found.limited else Circuit.GOOD


def _device(settings: SerialSettings) -> tuple[Core, LineSettings]:
    if isinstance(settings, P24Settings):
        return P24Core(), p24.LINE
    return Rehastim2Core(), rehastim2.LINE


def virtual_port(settings: SerialSettings, clock: Clock) -> tuple[PtyLine, SerialPort]:
    """A device of the bench behind a pseudo terminal, and the port to it; whoever asked starts and closes it."""
    core, line = _device(settings)
    pty = PtyLine(BenchDevice(core), clock)
    return pty, SerialPort(pty.path, line)
