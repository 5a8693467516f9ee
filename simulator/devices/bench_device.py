"""A device as the host meets it: its core, and the faults that were ordered for it and its line."""

from collections.abc import Iterable
from math import inf

from simulator.devices.device import Core, DevicePulse
from simulator.devices.faults import DEVICE_FAULTS, FORGERIES, Fault, FaultKind

JUNK = bytes((0x00, 0xFF, 0xF0, 0x81, 0x12, 0x0F, 0x55, 0xF0, 0x81))
"""Bytes that look like packets and are none; the last two hide the start of what follows."""


class BenchDevice:
    """`feed(bytes, now) -> bytes` over a core, with faults. `gone`: the line is cut, the device lives on by itself."""

    def __init__(self, core: Core, faults: Iterable[Fault] = ()) -> None:
        self.core = core
        self.gone = False
        self.answered = 0
        self.passed = 0
        self.faults = list(faults)
        self.happened: list[tuple[float, Fault]] = []
        self._left: dict[int, int] = {}
        self._done: set[int] = set()
        self._held: list[tuple[float, bytes]] = []
        self._now_s = -inf

    @property
    def pulses(self) -> list[DevicePulse]:
        """The log of the core."""
        return self.core.pulses

    def order(self, fault: Fault) -> None:
        """One more fault; without a time, answer or byte it happens at the next opportunity."""
        if fault.at_s == fault.at_answer == fault.at_byte == inf:
            fault = Fault(fault.kind, -inf, times=fault.times, late_s=fault.late_s)
        self.faults.append(fault)

    def feed(self, data: bytes, now_s: float) -> bytes:
        """Live until `now_s` with what the host sent by then; the bytes that have reached the host by now."""
        self._now_s = now_s
        reaches = self._through(data)
        packets: list[bytes] = []
        for i, fault in enumerate(self.faults):
            if fault.kind in DEVICE_FAULTS and i not in self._done and self._begun(fault):
                self._done.add(i)
                self.happened.append((now_s, fault))
                packets += self.core.suffer(fault.kind, now_s)
        packets += self.core.answers(reaches, now_s)
        for packet in packets:
            self._hold(packet)
            self.answered += 1
        return self._released()

    def due_s(self) -> float:
        """When it wants to be fed next without bytes from the host."""
        times = [t_s for t_s, _ in self._held]
        times += [fault.at_s for i, fault in enumerate(self.faults) if i not in self._done and fault.at_s > self._now_s]
        return min(self.core.due_s(), *times, inf)

    def _begun(self, fault: Fault) -> bool:
        return self._now_s >= fault.at_s or self.answered >= fault.at_answer or self.passed >= fault.at_byte

    def _through(self, data: bytes) -> bytes:
        """What of these bytes passes before the line is cut."""
        passed = b"" if self.gone else data
        for i, fault in enumerate(self.faults):
            if fault.kind == FaultKind.PORT_GONE and not self.gone:
                if fault.at_byte - self.passed <= len(passed):
                    passed = passed[: max(0, int(fault.at_byte - self.passed))]
                elif not self._begun(fault):
                    continue
                else:
                    passed = b""
                self._done.add(i)
                self.happened.append((self._now_s, fault))
                self.gone = True
        self.passed += len(passed)
        return passed

    def _hold(self, packet: bytes) -> None:
        """Put a packet on its way to the host, spoilt by the fault that is due for it."""
        fault = self._spoiler()
        kind = None if fault is None else fault.kind
        if fault is None or kind is None:
            self._held.append((self._now_s, packet))
        elif kind == FaultKind.ACK_LATE:
            self._held.append((self._now_s + fault.late_s, packet))
        elif kind == FaultKind.ACK_DOUBLED:
            self._held += [(self._now_s, packet), (self._now_s, packet)]
        elif kind in FORGERIES:
            self._held.append((self._now_s, self.core.forged(packet, kind)))
        elif kind == FaultKind.BAD_CRC:
            self._held.append((self._now_s, packet[:-2] + bytes((packet[-2] ^ 1,)) + packet[-1:]))
        elif kind == FaultKind.JUNK:
            self._held.append((self._now_s, JUNK + packet))
        elif kind == FaultKind.ONE_BYTE_AT_A_TIME:
            begin_s = max([self._now_s, *(t_s + fault.late_s for t_s, _ in self._held)])
            self._held += [(begin_s + i * fault.late_s, bytes((byte,))) for i, byte in enumerate(packet)]

    def _spoiler(self) -> Fault | None:
        """The fault of the line that spoils the next answer."""
        for i, fault in enumerate(self.faults):
            if fault.kind in DEVICE_FAULTS or fault.kind == FaultKind.PORT_GONE or not self._begun(fault):
                continue
            left = self._left.get(i, fault.times)
            if left > 0:
                self._left[i] = left - 1
                self._done.add(i)
                self.happened.append((self._now_s, fault))
                return fault
        return None

    def _released(self) -> bytes:
        """What has reached the host by now; nothing does any more on a line that is cut."""
        if self.gone:
            self._held.clear()
            return b""
        out = b"".join([data for t_s, data in self._held if t_s <= self._now_s])
        self._held = [(t_s, data) for t_s, data in self._held if t_s > self._now_s]
        for i, fault in enumerate(self.faults):
            if fault.kind == FaultKind.PORT_GONE and fault.at_byte - self.passed <= len(out):
                out = out[: max(0, int(fault.at_byte - self.passed))]
                self._done.add(i)
                self.happened.append((self._now_s, fault))
                self.gone = True
        self.passed += len(out)
        return out
