"""Stimulators, their lines and electrodes that fail."""

from random import Random

from simulator.bench import Bench
from simulator.bench_electrode import BenchElectrode
from simulator.devices.faults import DEVICE_FAULTS, Fault, FaultKind
from simulator.faults.kinds import LINK_FAULTS
from simulator.faults.plan import PlannedFault

ALWAYS = 10**6
_LATE_S, _BYTES_APART_S = 0.3, 0.02
_INTERMITTENT_S = 0.4


class LinkFault:
    """A serial stimulator or its line fails. What spoils answers is ordered when it is time, so that it can end."""

    def __init__(self, planned: PlannedFault, bench: Bench, kind: str) -> None:
        self._planned = planned
        self._device = next(iter(bench.serial_stimulators.values())).device
        self._before = len(self._device.happened)
        self._fault = LINK_FAULTS[kind]
        self._now_and_then = kind == "intermittent"
        self._next_s = planned.start_s

    @property
    def count(self) -> int:
        """How often it happened, by the device's own log."""
        return len(self._device.happened) - self._before

    def before(self, t_s: float) -> None:
        """Order the fault, and take it back."""
        once = self._fault in DEVICE_FAULTS or self._fault is FaultKind.PORT_GONE
        if t_s >= self._next_s and t_s < self._planned.stop_s:
            self._next_s = t_s + _INTERMITTENT_S if self._now_and_then else float("inf")
            late_s = _BYTES_APART_S if self._fault is FaultKind.ONE_BYTE_AT_A_TIME else _LATE_S
            times = 1 if once or self._now_and_then else ALWAYS
            self._device.order(Fault(self._fault, at_s=t_s, times=times, late_s=late_s))
        if t_s >= self._planned.stop_s and not once:
            # In its place stands one that spoils nothing more: the device counts its faults by their place.
            faults = self._device.faults
            faults[:] = [one if one.kind is not self._fault else Fault(one.kind) for one in faults]


class OutputFault:
    """A stimulator that is no serial one breaks down."""

    def __init__(self, planned: PlannedFault, bench: Bench) -> None:
        self.count = 0
        self._planned = planned
        self._bench = bench

    def before(self, t_s: float) -> None:
        """Break when it is time."""
        if t_s < self._planned.start_s or self.count:
            return
        self.count = 1
        for stimulator in self._bench.pulse_stimulators.values():
            stimulator.fail("bench stimulator: broken; check it")
        for trigger in self._bench.trigger_devices.values():
            trigger.fail(OSError(5, "Input/output error"))
        for direct in self._bench.direct_triggers.values():
            direct.fail("trigger device: broken; check it")


class ElectrodeFault:
    """A pair of electrodes lifts, dries or is bridged by sweat, for good or again and again."""

    def __init__(self, planned: PlannedFault, bench: Bench, kind: str) -> None:
        self.count = 0
        self._planned = planned
        self._electrode: BenchElectrode = next(iter(bench.electrodes.values()))
        self._kind = kind
        self._random = Random(planned.seed)
        self._next_s = planned.start_s
        self._lifted = False

    def before(self, t_s: float) -> None:
        """Lift and press on again."""
        if t_s < self._next_s:
            return
        self._next_s = float("inf")
        self.count += 1
        match self._kind:
            case "off":
                self._electrode.lift(from_s=t_s)
            case "delayed":
                self._electrode.lift(from_s=t_s + 1.0)
            case "wrong":
                self._electrode.lift(contact=0.3, from_s=t_s)
            case "stuck":
                self._electrode.sweat()
            case "slow":
                self._electrode.dry(for_h=4.0)
            case "garbage":
                self._electrode.mend()
                self._electrode.lift(contact=self._random.random(), from_s=t_s)
                self._next_s = t_s + 0.05
            case _:
                self._electrode.mend()
                if not self._lifted:
                    self._electrode.lift(from_s=t_s)
                self._lifted = not self._lifted
                self._next_s = t_s + 0.3
