"""Pins that are pipes, as seen by an observer in another process: a level holds until all who drove it are gone."""

import os
import time
from itertools import pairwise
from threading import Event, Thread

from simulator.wired.charge_pump import DROP_OUT_S

LOOK_S = 0.001
OBSERVER_LATE_S = 0.010


class Watcher(Thread):
    """Reads the pipes that stand for pins, and notes when it was kept from looking."""

    def __init__(self, paths: list[str]) -> None:
        super().__init__(daemon=True)
        self.changes: dict[str, list[tuple[float, bool]]] = {path: [] for path in paths}
        self.looks: list[tuple[float, float]] = []
        self._pipes = {path: os.open(path, os.O_RDONLY | os.O_NONBLOCK) for path in paths}
        self.ending = Event()

    def run(self) -> None:
        before_s = time.monotonic()
        while not self.ending.is_set():
            time.sleep(LOOK_S)
            now_s = time.monotonic()
            if now_s - before_s > OBSERVER_LATE_S:
                self.looks.append((before_s, now_s))
            before_s = now_s
            for path, pipe in self._pipes.items():
                self._look(path, pipe, now_s)
        for pipe in self._pipes.values():
            os.close(pipe)

    def late_between(self, begin_s: float, end_s: float) -> bool:
        """Whether it did not look for too long in there."""
        return any(begin < end_s and end > begin_s for begin, end in self.looks)

    def _look(self, path: str, pipe: int, now_s: float) -> None:
        try:
            data = os.read(pipe, 4096)
        except BlockingIOError:
            return
        changes = self.changes[path]
        for level in data or b"0":
            high = level == ord("1")
            if high != (bool(changes) and changes[-1][1]):
                changes.append((now_s, high))


def current(contact: list[tuple[float, bool]], enable: list[tuple[float, bool]]) -> list[tuple[float, float]]:
    """Begin and end of each stretch in which contact and relay are both closed; what is still so ends now."""
    stretches = []
    for (begin_s, high), (end_s, _) in pairwise([*contact, (time.monotonic(), False)]):
        if not high:
            continue
        drops = [a for (a, _), (b, _) in pairwise([*enable, (time.monotonic(), False)]) if b - a > DROP_OUT_S]
        dropped = [a + DROP_OUT_S for a in drops if begin_s <= a + DROP_OUT_S <= end_s]
        stretches.append((begin_s, min([end_s, *dropped])))
    return stretches
