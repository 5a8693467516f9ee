"""How evenly pulses come, and how soon a pulse is on the wire: the real loop, controller and driver over a terminal.

`python -m benchmarks.pulse_timing [--device p24-low] [--seconds 60] [--loop-hz 200] [--rate-hz 40]`

In simulation, on real time: a seated person's exercise (bursts of 1.9 s), the device in another process. Intervals are
those between pulses of one burst by the device's own log. A machine that is shared adds what its other programs take:
look at the late ticks.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from itertools import count, pairwise
from random import Random

from benchmarks.stimulator_faults import DEVICES, Device
from config.load import default_settings
from config.schema import ExerciseSettings, FaultSettings, GateSettings, Settings, StimulationSettings
from controller.controller import Controller
from controller.signals import CommandKind, DeviceStatus, OperatorCommand, Reading, Tick
from drivers.background import BackgroundThread
from drivers.serial_line import SerialPort
from drivers.serial_stimulators import channels_of, serial_stimulator
from runtime.clock import MonotonicClock
from runtime.loop import Loop, LoopReport, Parts
from runtime.mailbox import Mailbox
from simulator.devices.wiring import virtual_port

ARM_S = 1.0
SAME_BURST_INTERVALS = 1.6


class WakingClock(MonotonicClock):
    """The clock of the loop, which notes when the tick began."""

    woke_s = 0.0

    def sleep_until(self, t_s: float) -> None:
        super().sleep_until(t_s)
        self.woke_s = self.now()


class TimedPort(SerialPort):
    """The port, which notes how long after the beginning of its tick each packet was handed over whole."""

    clock: WakingClock
    took_s: list[float]

    def write(self, data: bytes) -> int:
        taken = super().write(data)
        self.took_s.append(self.clock.now() - self.clock.woke_s)
        return taken


class Still:
    """A sensor of a person who sits: the heel on the ground, the shank upright, a little noise."""

    def __init__(self, values: Sequence[float], noise: float, clock: MonotonicClock) -> None:
        self._values, self._noise, self._clock, self._random = values, noise, clock, Random(1)

    def open(self) -> None:
        """Nothing to claim."""

    def poll(self) -> Reading:
        return Reading(
            self._clock.now(), tuple([value + self._random.gauss(0.0, self._noise) for value in self._values])
        )

    def status(self) -> DeviceStatus:
        return DeviceStatus(self._clock.now())

    def close(self) -> None:
        """Nothing to release."""


class NoRecorder:
    """Ticks go nowhere."""

    def put(self, tick: Tick) -> None:
        """Forget it."""

    def miss(self, tick: int) -> None:
        """Forget it."""

    def problem(self) -> str:
        return ""


def seated(device: Device, loop_hz: int, rate_hz: float) -> Settings:
    """The default settings for an exercise on this device."""
    data = default_settings().model_dump()
    data["loop"]["rate_hz"] = loop_hz
    data["leg"][0]["channel"][0].update(rate_hz=rate_hz, max_rate_hz=rate_hz, current_ma=30.0, max_current_ma=40.0)
    data["stimulator"] = [device.settings.model_dump()]
    data["stimulation"] = StimulationSettings(longest_burst_s=1.9).model_dump()
    data["gate"] = GateSettings(max_duty=0.9).model_dump()
    data["exercise"] = ExerciseSettings(on_s=1.9, off_s=0.5, repetitions=200).model_dump()
    data["faults"] = FaultSettings(late_s=0.1).model_dump()
    return Settings.model_validate(data)


def start_device(device: Device) -> tuple[str, int, int]:
    """Fork the device; its port, where to write that it may end, where it then writes its log."""
    from_device, to_host = os.pipe()
    from_host, to_device = os.pipe()
    if os.fork() == 0:
        os.close(from_device)
        os.close(to_device)
        line, _ = virtual_port(device.settings, MonotonicClock())
        line.start()
        os.write(to_host, f"{line.path()}\n".encode())
        os.read(from_host, 1)
        line.close()
        with os.fdopen(to_host, "w") as log:
            json.dump([(pulse.t_s, pulse.output) for pulse in line.device.pulses], log)
        os._exit(0)
    os.close(to_host)
    os.close(from_host)
    path = b""
    while not path.endswith(b"\n"):
        path += os.read(from_device, 1000)
    return path.decode().strip(), to_device, from_device


def run(device: Device, seconds: float, loop_hz: int, rate_hz: float) -> tuple[LoopReport, list[float], list[float]]:
    """Stimulate for so long; the loop's report, ticks to bytes (s), and the times of the pulses (s)."""
    settings = seated(device, loop_hz, rate_hz)
    path, to_device, from_device = start_device(device)
    clock, mailbox = WakingClock(), Mailbox()
    port = TimedPort(lambda: path, virtual_port(device.settings, clock)[1].settings)
    port.clock, port.took_s = clock, []
    driver = serial_stimulator(
        device.settings, channels_of(settings, settings.stimulator[0]), port, clock, BackgroundThread(clock)
    )
    sensors = {
        "heel": Still((1.0,), 0.0, clock),
        "shank": Still((0.2, 9.8, 0.1, 0.0, 0.0, 0.0), 0.05, clock),
    }
    loop = Loop(Parts(sensors, {"main": driver}, {}), Controller(settings).step, clock, loop_hz, mailbox, NoRecorder())
    begin_s = clock.now()
    turns = count()

    def stop_wanted(t_s: float) -> bool:
        if next(turns) == round(ARM_S * loop_hz):
            mailbox.post(OperatorCommand(CommandKind.MODE, argument="exercise"))
            mailbox.post(OperatorCommand(CommandKind.ARM))
            port.took_s.clear()
        return t_s - begin_s > seconds

    driver.open()
    try:
        report = loop.run(stop_wanted)
    finally:
        driver.close()
        os.write(to_device, b"x")
    with os.fdopen(from_device) as log:
        pulses = [t_s for t_s, output in json.load(log) if output == 1]
    return report, port.took_s, pulses


def spread(values: Sequence[float]) -> str:
    """Median, 99th percentile and highest, ms."""
    if not values:
        return "none"
    ordered = sorted(values)
    at = [ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)], ordered[-1]]
    return "median {:.2f}, p99 {:.2f}, highest {:.2f} ms".format(*[value * 1000.0 for value in at])


def main() -> int:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=list(DEVICES), default="p24-low", help="and its way of stimulating")
    parser.add_argument("--seconds", type=float, default=60.0, help="length")
    parser.add_argument("--loop-hz", type=int, default=200, help="ticks per second")
    parser.add_argument("--rate-hz", type=float, default=40.0, help="pulses per second")
    asked = parser.parse_args()
    report, took_s, pulses = run(DEVICES[asked.device], asked.seconds, asked.loop_hz, asked.rate_hz)
    period_s = 1.0 / asked.rate_hz
    intervals = [b - a for a, b in pairwise(pulses) if b - a < SAME_BURST_INTERVALS * period_s]
    sys.stdout.write(
        f"{asked.device}: {report.ticks} ticks at {asked.loop_hz} Hz, {report.late_ticks} late, {report.skipped_ticks} "
        f"skipped; {len(pulses)} pulses at {asked.rate_hz:g} Hz (in simulation)\n"
        f"  interval off {period_s * 1000:g} ms by: {spread([abs(one - period_s) for one in intervals])}\n"
        f"  tick to last byte written: {spread(took_s)}\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
