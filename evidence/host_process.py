"""A host for `evidence.host_death`: the product's own run, guard and all, with a device that lives in the observer.

What befalls it comes from a sensor that was made for this, never from a hook in the product.
"""

import os
import re
import resource
import time
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from gpiozero.pins.mock import MockFactory

from config.hashes import safety_hash, settings_hash
from config.load import settings_from_text
from config.schema import P24Settings, Settings, TriggerSettings
from controller.signals import ArmingState, DeviceStatus, Reading, Tick
from dorsiflex.assemble import Rig, bench_rig
from dorsiflex.live_run import Beside, run_rig, start_guard
from dorsiflex.viewer import Seen as Shown
from drivers import p24
from drivers.background import BackgroundThread
from drivers.interfaces import OperatorPanel, Sensor, Stimulator
from drivers.serial_line import SerialPort
from drivers.serial_stimulators import channels_of, serial_stimulator
from drivers.trigger import Trigger
from recording.blackbox_writer import BlackBoxWriter
from recording.header import make_header
from runtime.clock import MonotonicClock
from runtime.guard_process import GuardedEnable
from runtime.loop import TickSink
from runtime.mailbox import Mailbox
from runtime.notice import Notice
from runtime.recorder_process import RingRecorder
from runtime.ring import Ring
from runtime.shared_record import SharedRecord
from simulator.wired.trigger_pin import trigger_pin

TRIGGER_PIN, ENABLE_PIN = 22, 23
MINUTES = 0.5
"""Nobody waits longer for an end."""
SMALL_FILE_BYTES = (320_000, 520_000)
STIMULATORS = {
    "p24-low": 'kind = "p24"\nmode = "low"\nport = "{port}"',
    "p24-mid": 'kind = "p24"\nmode = "mid"\nport = "{port}"',
    "trigger": (
        f'kind = "trigger"\npin = {TRIGGER_PIN}\nenable_pin = {ENABLE_PIN}\n'
        'safe_contact = "open"\ncontact_when_low = "open"'
    ),
}
CONFIG = """
[recording]
directory = "{folder}"
[[leg]]
side = "right"
[[leg.channel]]
id = "dorsiflexors"
current_ma = 25.0
max_current_ma = 30.0
max_pulse_width_us = 300.0
max_rate_hz = 40.0
max_charge_uc = 12.0
[[sensor]]
kind = "heel_switch"
id = "heel"
side = "right"
[[sensor]]
kind = "imu"
id = "shank"
side = "right"
[[stimulator]]
id = "main"
"""


class Kind(StrEnum):
    """What befalls the host; the first two come from outside."""

    SIGKILL = "sigkill"
    SIGSTOP = "sigstop"
    GIL = "gil"
    MEMORY = "memory"
    DISK = "disk"


class Wires(NamedTuple):
    """What joins host and observer: the port of a device, or the pipes that stand for pins."""

    port: str
    pins: dict[int, str]


class Trial(NamedTuple):
    """One host: what befalls it, so long after its first tick, s; `limit`: bytes that its files may have, 0 for any."""

    device: str
    kind: Kind
    after_s: float
    folder: Path
    limit: int

    @property
    def recording(self) -> Path:
        """Where the host's black box is."""
        return self.folder / "walk.dfx"


class Seen(NamedTuple):
    """What the observer sees of a host. `last`: times, s, of the first tick, the last one that was armed, the first
    one that knew that nothing is recorded any more (0: none), and the last one.

    `why`: what first took its arming away; `refused`: why it could not be armed at first.
    """

    last: SharedRecord
    why: Notice
    refused: Notice

    @classmethod
    def of_one_host(cls) -> "Seen":
        """Make it before the processes part."""
        return cls(SharedRecord("4d"), Notice(), Notice())


class Mischief:
    """A sensor that passes on another one, until it holds the interpreter in C, or eats all memory."""

    def __init__(self, sensor: Sensor, trial: Trial) -> None:
        self._sensor = sensor
        self._trial = trial
        self._at_s: float | None = None
        self._eaten: list[object] = []
        self.open, self.close = sensor.open, sensor.close

    def poll(self) -> Reading | None:
        now_s = time.monotonic()
        self._at_s = now_s + self._trial.after_s if self._at_s is None else self._at_s
        if now_s >= self._at_s:
            self._at_s = now_s + 1000.0
            if self._trial.kind == Kind.GIL:
                # It backtracks for longer than any trial, in one call of C that never lets go.
                re.match(r"(?:a|a?)+b", "a" * 200)
            elif self._trial.kind == Kind.MEMORY:
                self._eat()
        return self._sensor.poll()

    def status(self) -> DeviceStatus:
        return self._sensor.status()

    def _eat(self) -> None:
        used = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * os.sysconf("SC_PAGE_SIZE")
        resource.setrlimit(resource.RLIMIT_AS, (used, used))
        for size in (1 << 20, 1 << 12, 480, 240, 64, 32):
            with suppress(MemoryError):
                while True:
                    self._eaten.append(bytearray(size))


class Stamp:
    """A sink, and a `Viewer` that shows nothing: what became of the newest tick, where the observer can see it."""

    def __init__(self, seen: Seen) -> None:
        self._seen = seen
        self._first_s = self._armed_s = self._unrecorded_s = 0.0
        self.sinks: tuple[TickSink, ...] = (self,)
        self.panels: tuple[OperatorPanel, ...] = ()

    def put(self, tick: Tick) -> None:
        now_s = time.monotonic()
        self._first_s = self._first_s or now_s
        if tick.state == ArmingState.ARMED:
            self._armed_s = now_s
        if tick.inputs.loop.recorder_problem:
            self._unrecorded_s = self._unrecorded_s or now_s
        self._seen.last.write(self._first_s, self._armed_s, self._unrecorded_s, now_s)
        if tick.state == ArmingState.ARMED or not (tick.faults or tick.notes):
            return
        notice = self._seen.why if self._armed_s else self._seen.refused
        if not notice.text:
            notice.post("; ".join((tick.state.name.lower(), *tick.faults, *tick.notes)))

    def start(self, _quit_asked: Callable[[], None]) -> None:
        """Nothing to show."""

    def finish(self) -> Shown:
        return Shown((), 0)


class PipePin:
    """`runtime.guard_act.Line` on a pipe: what it was told last holds until everybody who had it open is gone."""

    def __init__(self, path: str) -> None:
        self._pipe = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)

    def set(self, *, high: bool) -> bool:
        os.write(self._pipe, b"1" if high else b"0")
        return True

    def close(self) -> None:
        os.close(self._pipe)


def host(trial: Trial, wires: Wires, seen: Seen) -> None:
    """Walk until something ends it. `seen`: what the observer is to see of it."""
    text = CONFIG.format(folder=trial.folder) + STIMULATORS[trial.device].format(port=wires.port)
    settings = settings_from_text(text, "evidence")
    path = trial.recording
    if trial.limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (trial.limit, trial.limit))
    header = make_header(
        settings, software_version="0", started="now",
        settings_hash=settings_hash(settings), safety_hash=safety_hash(settings),
    )  # fmt: skip
    recorder = RingRecorder(
        Ring(), lambda: BlackBoxWriter(path, header), lambda *done: BlackBoxWriter.resume(path, *done)
    )
    # The bench's own guard is patient, because nobody is connected there: what is tried here is the one of the Pi.
    on_pi = settings.model_copy(update={"hardware": settings.hardware.model_copy(update={"backend": "pi"})})
    guard = start_guard(on_pi, path, lambda pin: PipePin(wires.pins[pin.number]))

    def rig() -> Rig:
        clock = MonotonicClock()
        bench = bench_rig(settings, clock, seed=1, wired=False, twin=False)
        (first, *_rest) = bench.parts.sensors
        sensors = {**bench.parts.sensors, first: Mischief(bench.parts.sensors[first], trial)}
        enable = GuardedEnable(guard.heartbeat, 0)
        stimulator = _stimulator(settings, wires, enable)
        return bench._replace(
            parts=bench.parts._replace(sensors=sensors, stimulators={"main": stimulator}),
            chip="pipe" if wires.pins else "",
        )

    run_rig(settings, rig, Beside(recorder, Stamp(seen), guard), Mailbox(), MINUTES, lambda _text: None)


def _stimulator(settings: Settings, wires: Wires, enable: GuardedEnable) -> Stimulator:
    (device,) = settings.stimulator
    clock, channels = MonotonicClock(), channels_of(settings, device)
    if isinstance(device, P24Settings):
        port = SerialPort(lambda: wires.port, p24.LINE)
        return serial_stimulator(device, channels, port, clock, BackgroundThread(clock))
    assert isinstance(device, TriggerSettings)
    factory, pin = MockFactory(), PipePin(wires.pins[TRIGGER_PIN])

    def follow(high: bool) -> None:
        pin.set(high=high)

    trigger_pin(factory, TRIGGER_PIN).listener = follow
    return Trigger(device, factory, clock, channels[1].rate_hz, enable)
