"""From the edge of a heel switch to the last byte of the stimulus it causes: the loop, controller and driver of a P24.

`python -m benchmarks.edge_latency [--edges 500] [--runs 10] [--json FILE]`

In simulation, in real time: two heel switches on virtual pins under their real driver, a P24 behind a pseudo terminal
in a process of its own. Debounce and delay are 0, so that what is left is the machine's share. The heel opens at a time
that is planned, anywhere between two ticks; the device notes when a packet has arrived whole. Figures are of the
quieter half of the runs, since a shared machine has bad seconds; those of all runs stand below.
"""

import json
import os
import sys
from bisect import bisect_left
from random import Random
from typing import NamedTuple

from gpiozero.pins.mock import MockFactory

from benchmarks.figures import Figure, parser, quantile, report
from benchmarks.pulse_timing import NoRecorder, start_device
from benchmarks.stimulator_faults import DEVICES
from config.load import default_settings
from config.schema import GateSettings, HeelSwitchSettings, Settings, Side, StimulationSettings
from controller.controller import Controller
from controller.signals import CommandKind, DeviceStatus, OperatorCommand, Reading
from drivers.background import BackgroundThread
from drivers.heel_switch import HeelSwitch
from drivers.interfaces import Clock, Sensor, Stimulator
from drivers.serial_line import SerialPort
from drivers.serial_stimulators import channels_of, serial_stimulator
from runtime.clock import MonotonicClock
from runtime.loop import Loop, Parts
from runtime.mailbox import Mailbox
from runtime.realtime import on_time
from simulator.devices.wiring import virtual_port
from simulator.wired.pins import HeelWires

DEVICE = DEVICES["p24-low"]
RATE_HZ = 200
PRIORITY = 45
SIDES: tuple[Side, ...] = ("left", "right")
PINS = {"left": 17, "right": 27}
READY_S = 1.5
"""Devices settle and the operator arms before the first step."""
FIRST_STEPS, FIRST_DOWN_S, FIRST_UP_S = 3, 0.4, 0.45
"""The first steps of a walk are slower, or they are not taken for steps; softened ones do not count."""
DOWN_S, UP_S = 0.22, 0.28
LATEST_S = 0.15
"""A stimulus that comes later than this after its edge has another cause: the edge counts as missed."""
MOST_P50_TICKS, MOST_P50_MS, MOST_P99_TICKS = 0.7, 1.0, 2.0


class Steps:
    """When the heel of one leg is down: down from `start_s`, up at each of `offs_s`."""

    def __init__(self, start_s: float, edges: int, seed: int) -> None:
        random, at_s = Random(seed), start_s
        self._changes_s: list[float] = []
        self.offs_s: list[float] = []
        for step in range(FIRST_STEPS + edges):
            slow = step < FIRST_STEPS
            at_s += (FIRST_DOWN_S if slow else DOWN_S) + random.uniform(0.0, 1.0 / RATE_HZ)
            up_s = FIRST_UP_S if slow else UP_S
            self._changes_s += [at_s, at_s + up_s]
            if not slow:
                self.offs_s.append(at_s)
            at_s += up_s
        self.end_s = at_s

    def down(self, t_s: float) -> bool:
        """Whether the heel is on the floor."""
        return bisect_left(self._changes_s, t_s) % 2 == 0


class WalkedOn:
    """`drivers.interfaces.Sensor`: the real heel switch, on pins that follow the steps."""

    def __init__(self, settings: HeelSwitchSettings, factory: MockFactory, clock: Clock, steps: Steps) -> None:
        self._wires = HeelWires(settings, factory)
        self._switch: Sensor = HeelSwitch(settings, factory, clock)
        self._clock, self._steps = clock, steps

    def open(self) -> None:
        """Claim the pins."""
        self._switch.open()

    def poll(self) -> Reading | None:
        """The contact as it is now."""
        now_s = self._clock.now()
        self._wires.drive(self._steps.down(now_s), now_s)
        return self._switch.poll()

    def status(self) -> DeviceStatus:
        """Of the switch."""
        return self._switch.status()

    def close(self) -> None:
        """Release the pins."""
        self._switch.close()


def walking() -> Settings:
    """Two legs with a heel switch each, one P24, and no wait anywhere that a setting can take away."""
    data = default_settings().model_dump()
    channel = data["leg"][0]["channel"][0] | {"current_ma": 30.0, "max_current_ma": 40.0}
    data["leg"] = [
        {"side": side, "sensors": "heel", "channel": [channel | {"output": i}]} for i, side in enumerate(SIDES, 1)
    ]
    data["sensor"] = [
        {"kind": "heel_switch", "id": f"heel_{side}", "side": side, "wiring": "plain", "pin": PINS[side]}
        for side in SIDES
    ]
    data["stimulator"] = [DEVICE.settings.model_dump()]
    data["contact"] |= {"debounce_on_s": 0.0, "debounce_off_s": 0.0}
    data["stimulation"] = StimulationSettings(
        delay_s=0.0, slow_delay_share=0.0, before_foot_off_s=0.19, rise_s=0.02, extension_s=0.0, fall_s=0.02
    ).model_dump()
    data["gate"] = GateSettings(shortest_pause_s=0.0, max_duty=0.95, max_rise_ma_per_s=3000.0).model_dump()
    data["faults"] |= {"late_s": 0.1, "stall_s": 0.5, "late_share": 1.0}
    return Settings.model_validate(data)


def configured_s(settings: Settings) -> float:
    """What the settings themselves put between an edge and its stimulus."""
    return settings.contact.debounce_off_s + settings.stimulation.delay_s


class Run(NamedTuple):
    """From each edge to the last byte of the first pulse it caused, s; how many edges caused none."""

    latencies_s: list[float]
    missed: int
    refused: tuple[str, ...]


def run(edges: int, seed: int) -> Run:
    """Walk so many counted steps."""
    settings = walking()
    path, to_device, from_device = start_device(DEVICE)
    clock, mailbox = MonotonicClock(), Mailbox()
    port = SerialPort(lambda: path, virtual_port(DEVICE.settings, clock)[1].settings)
    driver = serial_stimulator(
        DEVICE.settings, channels_of(settings, settings.stimulator[0]), port, clock, BackgroundThread(clock)
    )
    factory, begin_s = MockFactory(), clock.now() + READY_S
    steps = {
        side: Steps(begin_s + 0.25 * i, (edges + 1 - i) // len(SIDES), 2 * seed + i) for i, side in enumerate(SIDES)
    }
    sensors = {
        sensor.id: WalkedOn(sensor, factory, clock, steps[sensor.side])
        for sensor in settings.sensor
        if isinstance(sensor, HeelSwitchSettings)
    }
    stimulator = settings.stimulator[0].id
    loop = Loop(
        Parts(sensors, {stimulator: driver}, {}), Controller(settings).step, clock, RATE_HZ, mailbox, NoRecorder()
    )
    end_s = max(one.end_s for one in steps.values()) + 0.2
    armed = False

    def over(t_s: float) -> bool:
        nonlocal armed
        if not armed and t_s > begin_s - 0.5 * READY_S:
            armed = True
            mailbox.post(OperatorCommand(CommandKind.ARM))
        return t_s >= end_s

    devices: tuple[Stimulator | Sensor, ...] = (driver, *sensors.values())
    for one in devices:
        one.open()
    try:
        with on_time(priority=PRIORITY, cpu=None, lock_memory=False) as refused:
            done = loop.run(over)
    finally:
        for one in devices:
            one.close()
        os.write(to_device, b"x")
    with os.fdopen(from_device) as log:
        pulses: list[tuple[float, int]] = json.load(log)
    if done.exception:
        raise SystemExit(f"a tick failed: {done.exception}")
    return _matched(steps, pulses, refused)


def _matched(steps: dict[Side, Steps], pulses: list[tuple[float, int]], refused: tuple[str, ...]) -> Run:
    latencies_s: list[float] = []
    missed = 0
    for output, side in enumerate(SIDES, 1):
        times_s = [t_s for t_s, its_output in pulses if its_output == output]
        for off_s in steps[side].offs_s:
            first = bisect_left(times_s, off_s)
            if first < len(times_s) and times_s[first] - off_s < LATEST_S:
                latencies_s.append(times_s[first] - off_s)
            else:
                missed += 1
    return Run(sorted(latencies_s), missed, refused)


def figures(edges: int, runs: int) -> list[Figure]:
    """Runs of `edges / runs` edges each."""
    done = [run(max(2, edges // runs), seed) for seed in range(runs)]
    if done[0].refused:
        sys.stdout.write(f"not in real time: {'; '.join(done[0].refused)}\n")
    counted = sorted((one for one in done if one.latencies_s), key=lambda one: quantile(one.latencies_s, 0.99))
    if not counted:
        raise SystemExit("no edge caused a stimulus")
    quiet = sorted(s for one in counted[: (len(counted) + 1) // 2] for s in one.latencies_s)
    every = sorted(s for one in counted for s in one.latencies_s)
    tick_ms = 1000.0 / RATE_HZ
    return [
        Figure(
            "edge to last byte, p50, quieter half",
            1000.0 * quantile(quiet, 0.5),
            "ms",
            MOST_P50_TICKS * tick_ms + MOST_P50_MS,
        ),
        Figure("edge to last byte, p99, quieter half", 1000.0 * quantile(quiet, 0.99), "ms", MOST_P99_TICKS * tick_ms),
        Figure("of it configured: debounce and delay", 1000.0 * configured_s(walking()), "ms"),
        Figure("edge to last byte, p50, all runs", 1000.0 * quantile(every, 0.5), "ms"),
        Figure("edge to last byte, p99, all runs", 1000.0 * quantile(every, 0.99), "ms"),
        Figure("edges with a stimulus", len(every)),
        Figure("edges without one", sum(one.missed for one in done), "", 0.0),
    ]


def main() -> None:
    """The command."""
    command = parser(__doc__)
    command.add_argument("--edges", type=int, default=500, help="in all runs together")
    command.add_argument("--runs", type=int, default=10)
    asked = command.parse_args()
    report(figures(asked.edges, asked.runs), asked.json)


if __name__ == "__main__":
    main()
