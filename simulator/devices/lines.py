"""How a driver reaches a device on the bench: in the same process, or over a pseudo terminal like a real port."""

import os
import select
import tty
from contextlib import suppress
from threading import Thread

from drivers.errors import DeviceAbsent
from drivers.interfaces import Clock
from drivers.serial_line import CHECK_LINE, LineLost
from simulator.devices.bench_device import BenchDevice

LONGEST_NAP_S = 0.05


class InProcessLine:
    """`drivers.serial_line.Transport` straight into a device: for benches whose clock does not run by itself."""

    def __init__(self, device: BenchDevice, clock: Clock, where: str = "the virtual bench") -> None:
        self.device = device
        self._clock = clock
        self._where = where
        self._is_open = False
        self._arrived = b""

    @property
    def where(self) -> str:
        return self._where

    def open(self) -> None:
        if self.device.gone:
            raise DeviceAbsent(f"{self._where} is not there: is the device plugged in and switched on?")
        self._is_open = True
        self.discard()

    def write(self, data: bytes) -> int:
        if self._is_open:
            self._arrived += self.device.feed(data, self._clock.now())
        if not self._is_open or self.device.gone:
            raise LineLost(f"{self._where} is gone: {CHECK_LINE}")
        return len(data)

    def read(self) -> bytes:
        self.advance()
        arrived, self._arrived = self._arrived, b""
        # What came before the line was cut can still be read, as on a real port at times.
        if not self._is_open or (self.device.gone and not arrived):
            raise LineLost(f"{self._where} is gone: {CHECK_LINE}")
        return arrived

    def discard(self) -> None:
        self.advance()
        self._arrived = b""

    def close(self) -> None:
        self._is_open = False

    def advance(self) -> None:
        """The device lives until now, whether or not anybody listens."""
        self._arrived += self.device.feed(b"", self._clock.now())


class PtyLine:
    """A device behind a pseudo terminal, in a thread of its own: `path` is what a driver opens as its port.

    Both begin with `start` and end with `close`. A port that is gone has no other end, as when a plug is pulled.
    """

    def __init__(self, device: BenchDevice, clock: Clock) -> None:
        self.device = device
        self._clock = clock
        self._master = self._slave = self._wake_read = self._wake_write = -1
        self._path = ""
        self._ending = False
        self._worker: Thread | None = None

    def path(self) -> str:
        """What a driver opens. Raises DeviceAbsent when it is not there."""
        if not self._path or self.device.gone:
            raise DeviceAbsent("the virtual device is not there: is it plugged in and switched on?")
        return self._path

    def start(self) -> None:
        """Plug the device in. Idempotent."""
        if self._worker is not None:
            return
        # The slave is kept open: a device does not go away because nobody listens.
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self._path = os.ttyname(self._slave)
        self._wake_read, self._wake_write = os.pipe()
        self._ending = False
        self._worker = Thread(target=self._run, name=f"device on {self._path}", daemon=True)
        self._worker.start()

    def close(self) -> None:
        """End the device and its terminal. Idempotent."""
        thread, self._worker = self._worker, None
        if thread is not None:
            self._ending = True
            os.write(self._wake_write, b"x")
            thread.join(timeout=1.0)
            self._cut()
            os.close(self._wake_read)
            os.close(self._wake_write)
            self._path = ""

    def _run(self) -> None:
        while not self._ending:
            nap_s = min(LONGEST_NAP_S, max(0.0, self.device.due_s() - self._clock.now()))
            listen = [self._wake_read] if self._master < 0 else [self._wake_read, self._master]
            ready, _, _ = select.select(listen, [], [], nap_s)
            data = b""
            if self._master in ready:
                with suppress(OSError):
                    data = os.read(self._master, 4096)
            out = self.device.feed(data, self._clock.now())
            if out and self._master >= 0:
                # A host that does not read loses what a full buffer cannot take, as on a real line.
                with suppress(OSError):
                    os.write(self._master, out)
            if self.device.gone:
                self._cut()

    def _cut(self) -> None:
        for descriptor in (self._master, self._slave):
            if descriptor >= 0:
                os.close(descriptor)
        self._master = self._slave = -1
