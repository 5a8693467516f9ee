"""The recorder of a walk of the campaign: a disk that fails, and a black box on another one where one is asked for."""

from collections.abc import Callable
from pathlib import Path

from config.hashes import safety_hash, settings_hash
from config.schema import Settings
from controller.signals import Tick
from dorsiflex.version import version
from recording.blackbox_writer import BlackBoxWriter
from recording.header import make_header
from simulator.faults.kinds import RECORDER
from simulator.faults.plan import PlannedFault

DELAY_S, SLOW_EVERY_S, EVERY_S = 0.5, 0.4, 0.6


class Box:
    """`runtime.loop.Recorder`. `refused` counts the ticks that could not be written."""

    def __init__(self, settings: Settings, path: Path | None, now: Callable[[], float]) -> None:
        self.refused = 0
        self._now = now
        self._faults: list[PlannedFault] = []
        self._problem = ""
        self._writer: BlackBoxWriter | None = None
        if path is not None:
            header = make_header(
                settings,
                software_version=version(),
                started="in simulation",
                settings_hash=settings_hash(settings),
                safety_hash=safety_hash(settings),
            )
            self._writer = BlackBoxWriter(path, header)

    def order(self, fault: PlannedFault) -> None:
        """The disk will fail so."""
        self._faults.append(fault)

    def put(self, tick: Tick) -> None:
        """Write one tick."""
        t_s = self._now()
        self._problem = next((text for fault in self._faults if (text := _problem(fault, t_s))), "")
        self.refused += bool(self._problem)
        if self._writer is not None:
            self._writer.tick(tick)

    def miss(self, tick: int) -> None:
        """Write that a tick failed."""
        if self._writer is not None:
            self._writer.gap(tick, 1)

    def problem(self) -> str:
        """Why nothing can be written, or empty."""
        return self._problem

    def close(self) -> None:
        """End the black box."""
        if self._writer is not None:
            self._writer.close("end of the walk")


def _problem(fault: PlannedFault, t_s: float) -> str:
    kind = fault.kind.partition(".")[2]
    since_s = t_s - fault.start_s
    if since_s < (DELAY_S if kind == "delayed" else 0.0) or t_s >= fault.stop_s:
        return ""
    if (kind == "slow" and since_s % SLOW_EVERY_S > 0.1) or (kind == "intermittent" and since_s % EVERY_S > 0.3):
        return ""
    return f"the recording fails: {RECORDER[kind]}"
