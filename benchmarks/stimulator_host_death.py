"""The host dies by `kill -9` in the middle of a burst: when was the last pulse, by the device in another process?

`python -m benchmarks.stimulator_host_death [--device p24-low] [--kills 200] [--at-once 4]`

In simulation, on real time: the host is a process of its own with the real driver on a pseudo terminal, the device
lives in this one. Sent one by one, no pulse may come later than 60 ms after the kill; repeated by the device, none may
come later than the device's own time-out and a tenth of it.
"""

import argparse
import os
import signal
import sys
from random import Random
from time import monotonic, sleep
from typing import NamedTuple

from benchmarks.stimulator_faults import CURRENT_MA, DEVICES, TICK_S, Device, channels
from controller.signals import Pulses, PulseTrain
from drivers.background import BackgroundThread
from drivers.serial_line import SerialPort
from drivers.serial_stimulators import serial_stimulator
from runtime.clock import MonotonicClock
from runtime.deadlines import Deadlines
from simulator.devices.lines import PtyLine
from simulator.devices.wiring import virtual_port

BURST_S = 1.5
PAUSE_S = 0.2
PER_PULSE_LIMIT_S = 0.06
FIRST_PULSE_S = 5.0
SPARE_S = 0.3


class Death(NamedTuple):
    """One kill: pulses of the burst before it, and when the last pulse came after it, s; negative: before it."""

    pulses_before: int
    last_pulse_s: float


def host(device: Device, path: str) -> None:
    """Burst after burst on the port, for ever: what is going to be killed."""
    clock = MonotonicClock()
    wired = channels()
    line = virtual_port(device.settings, clock)[1].settings
    port = SerialPort(lambda: path, line)
    driver = serial_stimulator(device.settings, wired, port, clock, BackgroundThread(clock))
    driver.open()
    deadlines = Deadlines(clock, round(1.0 / TICK_S))
    period = round((BURST_S + PAUSE_S) / TICK_S)
    while True:
        k = deadlines.wait().tick % period
        on = k * TICK_S < BURST_S
        trains = [
            PulseTrain(f"right.{channel.id}", output, CURRENT_MA if on else 0.0, 300.0, 40.0, on and k % 5 == 0)
            for output, channel in wired.items()
        ]
        driver.status()
        driver.apply(Pulses(tuple(trains)))


def start_host(device: Device) -> tuple[int, int]:
    """Fork a host that waits to be told its port; its process id and where to write the path."""
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(write_end)
        path = b""
        # The other hosts have inherited the other end of this pipe: it has no end of file.
        while not path.endswith(b"\n"):
            path += os.read(read_end, 1000)
        try:
            host(device, path.decode().strip())
        finally:
            os._exit(1)
    os.close(read_end)
    return pid, write_end


def kill_some(device: Device, count: int, random: Random) -> list[Death]:
    """Let so many hosts stimulate at once and kill each at a moment of its own."""
    # Forked before this process has any thread.
    hosts = [start_host(device) for _ in range(count)]
    lines: list[PtyLine] = []
    for _, write_end in hosts:
        line, _ = virtual_port(device.settings, MonotonicClock())
        line.start()
        lines.append(line)
        os.write(write_end, f"{line.path()}\n".encode())
        os.close(write_end)
    deadline_s = monotonic() + FIRST_PULSE_S
    while monotonic() < deadline_s and not all(line.device.pulses for line in lines):
        sleep(0.005)
    kills = sorted((monotonic() + random.uniform(0.0, BURST_S + PAUSE_S), i) for i in range(count))
    killed_s = [0.0] * count
    for kill_s, i in kills:
        sleep(max(0.0, kill_s - monotonic()))
        killed_s[i] = monotonic()
        os.kill(hosts[i][0], signal.SIGKILL)
        os.waitpid(hosts[i][0], 0)
    sleep(max(PER_PULSE_LIMIT_S, 1.1 * device.time_out_s) + SPARE_S)
    deaths = []
    for line, t_s in zip(lines, killed_s, strict=True):
        line.close()
        times = [pulse.t_s for pulse in line.device.pulses]
        deaths.append(Death(sum(t < t_s for t in times), times[-1] - t_s if times else -FIRST_PULSE_S))
    return deaths


def limit_s(device: Device) -> float:
    """The last pulse may come this long after the kill."""
    return 1.1 * device.time_out_s if device.time_out_s else PER_PULSE_LIMIT_S


def main() -> int:
    """Kill and report; 1 when a pulse came too late or a host never stimulated."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=list(DEVICES), help="only this one")
    parser.add_argument("--kills", type=int, default=200, help="for each device")
    parser.add_argument("--at-once", type=int, default=4, help="hosts that stimulate at the same time")
    parser.add_argument("--seed", type=int, default=1, help="other moments")
    asked = parser.parse_args()
    bad = False
    for name in [asked.device] if asked.device else list(DEVICES):
        device, random = DEVICES[name], Random(asked.seed)
        deaths: list[Death] = []
        while len(deaths) < asked.kills:
            deaths += kill_some(device, min(asked.at_once, asked.kills - len(deaths)), random)
        last = sorted(death.last_pulse_s for death in deaths)
        after = [t_s for t_s in last if t_s > 0.0]
        late = sum(t_s > limit_s(device) for t_s in last)
        mute = sum(death.pulses_before == 0 for death in deaths)
        bad = bad or late > 0 or mute > 0
        sys.stdout.write(
            f"{name}: {len(deaths)} kills, {len(after)} with a pulse after it, last pulse at most "
            f"{max(last) * 1000:.1f} ms after the kill (allowed {limit_s(device) * 1000:.0f} ms), {late} too late, "
            f"{mute} hosts that never stimulated (in simulation)\n"
        )
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
