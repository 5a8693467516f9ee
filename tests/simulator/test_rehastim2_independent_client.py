"""Somebody else's client, the package pysciencemode, drives our RehaStim2 over a pseudo terminal.

Its known defects are worked round here, not in the device: it runs in a process of its own, because it waits without
time-outs; it sends less than ten packets, because it spoils the packet numbers 10, 15, 85, 129 and 240; every wait is
shorter than a second, because its watchdog may be late by more than the device allows.
"""

import subprocess
import sys

from runtime.clock import MonotonicClock
from simulator.devices.bench_device import BenchDevice
from simulator.devices.lines import PtyLine
from simulator.devices.rehastim2 import Rehastim2Core

CLIENT = """
import os, sys, time
from pysciencemode import Channel, Device, Modes, Rehastim2

def channel(number, current_ma, pulse_width_us):
    return Channel(mode=Modes.SINGLE, no_channel=number, amplitude=current_ma, pulse_width=pulse_width_us,
                   device_type=Device.Rehastim2)

stimulator = Rehastim2(port=sys.argv[1])
stimulator.init_channel(25, [channel(1, 20, 250), channel(2, 11, 300)], inter_pulse_interval=8)
stimulator.start_stimulation(upd_list_channels=[channel(1, 20, 250), channel(2, 11, 300)])
time.sleep(0.5)
stimulator.start_stimulation(upd_list_channels=[channel(1, 15, 341), channel(2, 12, 300)])
time.sleep(0.3)
stimulator.end_stimulation()
time.sleep(0.2)
print("done", flush=True)
os._exit(0)
"""


def test_an_independent_client_initialises_starts_updates_and_stops() -> None:
    device = BenchDevice(Rehastim2Core())
    line = PtyLine(device, MonotonicClock())
    line.start()
    try:
        client = subprocess.run(
            [sys.executable, "-c", CLIENT, line.path()], capture_output=True, text=True, timeout=30.0, check=False
        )
    finally:
        line.close()
    assert client.stdout.splitlines()[-1:] == ["done"], client.stderr
    pulses = device.pulses
    seen = {(pulse.output, pulse.current_ma, pulse.pulse_width_us) for pulse in pulses}
    # Odd currents come out as the even ones below them.
    assert seen == {(1, 20.0, 250.0), (2, 10.0, 300.0), (1, 14.0, 341.0), (2, 12.0, 300.0)}
    assert all(pulse.net_charge_uc == 0.0 for pulse in pulses)
    first = [pulse.t_s for pulse in pulses if pulse.output == 1]
    assert len(first) > 25
    assert (first[-1] - first[0]) / (len(first) - 1) - 0.025 < 1e-6
