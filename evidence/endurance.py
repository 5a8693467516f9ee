"""Hours of simulated walking through the wired bench at full speed: does memory grow, are handles left open?

    python -m evidence.endurance                      # 4 h with a P24, its real driver and a black box: some minutes
    python -m evidence.endurance --hours 0.5 --device rehastim2-one_shot

The logs of person, devices and mock pins, which the bench keeps for its judges, are emptied once a minute: what is left
is the controller, the drivers, the loop, the recorder and the bench itself. Memory is the resident set of the process,
taken every five simulated minutes after the first ten. All results hold in simulation only. Exit code 1: it grew by
1 MB or more, a handle was left open, a tick failed or a fault was noticed.
"""

import argparse
import gc
import os
import sys
import tempfile
import time
from pathlib import Path

from config.hashes import safety_hash, settings_hash
from controller.controller import Controller
from controller.signals import Tick
from dorsiflex.assemble import bench_rig, close_rig, open_rig
from dorsiflex.faults.draw import DEVICES, Person, settings_of
from evidence.result import save
from recording.blackbox_writer import BlackBoxWriter
from recording.header import make_header
from runtime.loop import Loop, LoopReport
from runtime.mailbox import Mailbox
from runtime.recorder import DirectRecorder
from simulator.bench import Bench
from simulator.clock import VirtualClock
from simulator.patients import patient as patient_of
from simulator.person import Person as Walker

HOURS = 4.0
WARM_S, EVERY_S, TIDY_S = 600.0, 300.0, 60.0
MOST_MB = 1.0
HANDLES = Path("/proc/self/fd")


class Watch:
    """A viewer of the loop: tidies the logs of the bench, and takes memory and handles now and then."""

    def __init__(self, bench: Bench, walker: Walker) -> None:
        self.memory_mb: list[float] = []
        self.handles: list[int] = []
        self.faults: dict[str, None] = {}
        self.bursts = 0
        self._bench = bench
        self._walker = walker
        self._tidy_s, self._look_s = TIDY_S, WARM_S
        self._flows = False

    def put(self, tick: Tick) -> None:
        """Look at one tick."""
        t_s = tick.inputs.t_s
        self.faults.update(dict.fromkeys(tick.faults))
        flows = any(stage.level > 0.0 for stage in tick.legs)
        self.bursts += flows and not self._flows
        self._flows = flows
        if t_s >= self._tidy_s:
            self._tidy_s += TIDY_S
            self.tidy()
        if t_s >= self._look_s:
            self._look_s += EVERY_S
            gc.collect()
            self.memory_mb.append(resident_mb())
            self.handles.append(open_handles())

    def logged(self) -> int:
        """How much is in the logs of device and person now."""
        devices = sum(len(serial.device.pulses) for serial in self._bench.serial_stimulators.values())
        return devices + sum(len(leg.events) for leg in self._walker._legs.values())

    def tidy(self) -> None:
        """Empty the logs that grow by design."""
        for serial in self._bench.serial_stimulators.values():
            serial.device.pulses.clear()
        for stimulator in self._bench.pulse_stimulators.values():
            stimulator.pulses.clear()
        for trigger in self._bench.trigger_devices.values():
            trigger.edges.clear()
            trigger._seen = 0
            if trigger.pump is not None:
                del trigger.pump.changes[:-1]
        # gpiozero's mock pins keep every level that they ever had.
        for pin in self._bench._factory.pins.values():
            pin.clear_states()
        for leg in self._walker._legs.values():
            for log in (leg.events, leg.wanted, leg.swings, leg.loadings):
                log.clear()


def resident_mb() -> float:
    """The resident set of this process, MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def open_handles() -> int:
    """How many files, pipes and devices this process holds."""
    return sum(1 for _ in HANDLES.iterdir())


def walk(hours: float, device: str, folder: Path) -> tuple[Watch, LoopReport, int]:
    """Walk for so long; also how many handles more than before are open when everything is closed."""
    before = open_handles()
    settings = settings_of(Person("classic", 1, "walk", 0.9, device, "both", "supervised", "shank"))
    drawn = patient_of("classic", 1)
    walker = Walker(drawn, frozenset({"right"}), 0.9, settings.simulation.mass_kg, 1)
    rig = bench_rig(settings, VirtualClock(), seed=1, new_person=lambda: walker, twin=False)
    bench = rig.bench
    assert bench is not None
    watch = Watch(bench, walker)
    header = make_header(
        settings, software_version="evidence", started="in simulation",
        settings_hash=settings_hash(settings), safety_hash=safety_hash(settings),
    )  # fmt: skip
    box = folder / "endurance.dfx"
    box.symlink_to("/dev/null")
    recorder = DirectRecorder(BlackBoxWriter(box, header))
    loop = Loop(rig.parts, Controller(settings).step, rig.clock, settings.loop.rate_hz, Mailbox(), recorder, (watch,))
    try:
        open_rig(rig)
        report = loop.run(lambda t_s: t_s >= hours * 3600.0)
    finally:
        close_rig(rig)
        recorder.close("end of the walk")
    return watch, report, open_handles() - before


def main() -> int:
    """Walk, print what grew, and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=HOURS, help="of simulated walking; default 4")
    wired = [device for device in DEVICES if device != "direct"]
    parser.add_argument("--device", choices=wired, default="p24-low", help="default p24-low")
    options = parser.parse_args()
    if options.hours * 3600.0 < WARM_S + 2.0 * EVERY_S:
        parser.error(f"--hours: at least {(WARM_S + 2.0 * EVERY_S) / 3600.0:.2f}, or there is nothing to compare")
    begun_s = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        watch, report, left_open = walk(options.hours, options.device, Path(folder))
    grown_mb = max(watch.memory_mb) - watch.memory_mb[0]
    more_handles = max(watch.handles) - watch.handles[0]
    figures: dict[str, int | float | str | bool | None] = {
        "simulated hours": options.hours,
        "device": options.device,
        "ticks": report.ticks,
        "bursts": watch.bursts,
        "memory after warm-up, MB": round(watch.memory_mb[0], 1),
        "memory grows by, MB": round(grown_mb, 3),
        "handles more while it walks": more_handles,
        "handles left open": left_open,
        "faults noticed": ", ".join(watch.faults) or "none",
        "times real time": round(options.hours * 3600.0 / (time.monotonic() - begun_s)),
    }
    for name, value in figures.items():
        sys.stdout.write(f"{name}: {value}\n")
    if report.exception:
        sys.stdout.write(f"a tick failed: {report.exception}\n")
    save("endurance", "Endurance: hours of simulated walking", figures, whole=options.hours >= HOURS)
    failed = grown_mb >= MOST_MB or more_handles > 0 or left_open > 0 or watch.faults or report.exception
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
