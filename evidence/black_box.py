"""What a black box loses when the loop, the recorder or the power dies, and which flipped bits go unnoticed.

`python -m evidence.black_box [--kills 200] [--flips 200] [--cuts 50] [--seed 1]`

In simulation, on real time. A loop that publishes ticks of a recorded walk at a random pace is killed (SIGKILL) at a
random moment, or its recorder is, and the loop goes on and closes: every tick that was published to the ring, as its
own count in shared memory says, must be in the file. A flipped bit is noticed when the reader tells of it, or of a
header that is damaged. A power cut is modelled: what was synced by then is kept, the rest is dropped at a random byte.
"""

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from typing import NamedTuple

from rich.console import Console

from config.hashes import safety_hash, settings_hash
from config.load import default_settings
from controller.signals import Tick
from dorsiflex.run_command import RunOptions, run
from evidence.result import save
from recording.blackbox import END, DamageRecord, EndRecord, GapRecord, TickRecord, read_black_box
from recording.blackbox_writer import BlackBoxWriter
from recording.errors import RecordingError
from recording.frame import Frame, frames
from recording.header import Header, make_header
from runtime.recorder_process import RingRecorder
from runtime.ring import Ring
from runtime.shared_record import SharedRecord

WHOLE = 200
WALK_MINUTES = 0.2
TICK_S = 0.005
FIRST_KILL_S, LAST_KILL_S = 0.02, 0.5
AFTER_S = 0.05
TAIL_BYTES = 4000
PATIENCE_S = 20.0
LOST_LIMIT_S = 1.0


class Kill(NamedTuple):
    """One of them: ticks published, ticks in the file, and what else is wrong with it."""

    published: int
    kept: int
    wrong: str


def a_walk(folder: Path) -> tuple[Path, list[Tick]]:
    """A recording, and its ticks."""
    path = folder / "walk.dfx"
    with Path(os.devnull).open("w") as nowhere:
        run(RunOptions(None, None, WALK_MINUTES, fast=True, seed=1, record=path, plain=True), Console(file=nowhere))
    return path, [record.tick for record in read_black_box(path).records if isinstance(record, TickRecord)]


def header() -> Header:
    """Of the recordings that are made here."""
    settings = default_settings()
    return make_header(
        settings, software_version="0", started="now",
        settings_hash=settings_hash(settings), safety_hash=safety_hash(settings),
    )  # fmt: skip


def recorder_on(ring: Ring, path: Path, box: Callable[[Path, Header], BlackBoxWriter] = BlackBoxWriter) -> RingRecorder:
    """The product's recorder; started it is in a process of its own."""
    return RingRecorder(ring, lambda: box(path, header()), lambda *done: BlackBoxWriter.resume(path, *done))


@contextmanager
def forked_loop(work: Callable[[], None]) -> Iterator[int]:
    """A process that does `work` and nothing after it."""
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        try:
            work()
        finally:
            os._exit(0)
    yield pid
    with suppress(ProcessLookupError, ChildProcessError):
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def kill_one(victim: str, ticks: list[Tick], path: Path, random: Random) -> Kill:
    """A loop that publishes, until the kill; when it was the recorder that died, a little longer, then it closes."""
    ring, told, killed = Ring(), SharedRecord("Q"), SharedRecord("d")
    pause_s = random.choice((0.0, 0.0005, TICK_S))

    def loop() -> None:
        recorder = recorder_on(ring, path)
        recorder.start()
        told.write(recorder.pid)
        for tick in ticks:
            recorder.put(tick)
            if pause_s:
                time.sleep(pause_s)
            if (when := killed.read()) is not None and time.monotonic() > when[0] + AFTER_S:
                break
        wait_until(lambda: killed.read() is not None)
        recorder.close("end of run")

    with forked_loop(loop) as pid:
        wait_until(lambda: told.read() is not None)
        (recorder_pid,) = told.read() or (0,)
        time.sleep(random.uniform(FIRST_KILL_S, LAST_KILL_S))
        os.kill(pid if victim == "loop" else int(recorder_pid), signal.SIGKILL)
        killed.write(time.monotonic())
        os.waitpid(pid, 0)
        wait_until(lambda: is_closed(path))
    # The record of the end is one of the ring too.
    published = ring.published - (victim == "recorder")
    records = list(read_black_box(path).records)
    kept = [record.packed for record in records if isinstance(record, TickRecord)]
    wrong = [f"{record}" for record in records if isinstance(record, GapRecord | DamageRecord)]
    expected = [tick.inputs.loop.tick for tick in ticks[: len(kept)]]
    if [record.tick.inputs.loop.tick for record in records if isinstance(record, TickRecord)] != expected:
        wrong.append("ticks are missing, double or out of order")
    return Kill(published, len(kept), "; ".join(wrong))


def is_closed(path: Path) -> bool:
    """Whether the recording has its end; looks at the end only."""
    if not path.exists():
        return False
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - TAIL_BYTES))
        *_, last = (None, *frames(file.read))
    return isinstance(last, Frame) and last.kind == END


def wait_until(condition: Callable[[], bool]) -> None:
    """Raises TimeoutError."""
    end_s = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > end_s:
            raise TimeoutError("a recorder never came so far")
        time.sleep(0.005)


def flip_one(whole: bytes, path: Path, random: Random) -> bool:
    """Whether one flipped bit somewhere in the file is noticed."""
    damaged = bytearray(whole)
    damaged[random.randrange(len(whole))] ^= 1 << random.randrange(8)
    path.write_bytes(damaged)
    try:
        records = list(read_black_box(path).records)
    except RecordingError:
        return True
    return any(isinstance(record, DamageRecord) for record in records) or not (
        isinstance(records[-1], EndRecord) and records[-1].closed and not records[-1].torn_bytes
    )


class SyncedBox(BlackBoxWriter):
    """Notes how long the file was when the disk had all of it."""

    synced: SharedRecord

    def sync(self) -> None:
        length = self.progress[0]
        super().sync()
        self.synced.write(length)


def cut_one(ticks: list[Tick], path: Path, random: Random) -> float:
    """How much is lost when the power fails at a random moment, s of ticks: from the last one kept to that moment."""
    ring = Ring()
    SyncedBox.synced = SharedRecord("Q")
    moment_s = random.uniform(0.2, 3.0)
    newest = SharedRecord("Q")

    def loop() -> None:
        recorder = recorder_on(ring, path, SyncedBox)
        recorder.start()
        for number, tick in enumerate(ticks):
            recorder.put(tick)
            newest.write(number)
            time.sleep(TICK_S)

    with forked_loop(loop):
        wait_until(lambda: newest.read() is not None)
        time.sleep(moment_s)
        length = path.stat().st_size
        (synced,) = SyncedBox.synced.read() or (0,)
        (published,) = newest.read() or (0,)
    # Nothing of what was not synced is promised; a cut in the middle of it may keep any part.
    kept_bytes = random.randrange(int(synced), max(int(synced), length) + 1) if random.random() < 0.5 else int(synced)
    cut = path.with_suffix(".cut")
    cut.write_bytes(path.read_bytes()[:kept_bytes])
    kept = 0
    with suppress(RecordingError):
        kept = sum(isinstance(record, TickRecord) for record in read_black_box(cut).records)
    return (int(published) + 1 - kept) * TICK_S


def main() -> int:
    """Try and report; 1 when something was lost or went unnoticed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=WHOLE, help="of loop and of recorder, each")
    parser.add_argument("--flips", type=int, default=WHOLE, help="flipped bits")
    parser.add_argument("--cuts", type=int, default=50, help="power cuts")
    parser.add_argument("--seed", type=int, default=1, help="other moments")
    asked = parser.parse_args()
    random, folder = Random(asked.seed), Path(tempfile.mkdtemp(prefix="black-box-"))
    try:
        path, ticks = a_walk(folder)
        figures: dict[str, int | float | str | bool | None] = {}
        bad = 0
        for victim in ("loop", "recorder"):
            kills = [kill_one(victim, ticks, folder / f"{victim}-{i}.dfx", random) for i in range(asked.kills)]
            lost = sum(max(0, kill.published - kill.kept) for kill in kills)
            wrong = sum(bool(kill.wrong) for kill in kills)
            figures[f"{victim} killed"] = len(kills)
            figures[f"{victim} killed: ticks published"] = sum(kill.published for kill in kills)
            figures[f"{victim} killed: of them lost"] = lost
            figures[f"{victim} killed: files with a gap, damage or doubles"] = wrong
            bad += lost + wrong
        whole = path.read_bytes()
        noticed = sum(flip_one(whole, folder / "flipped.dfx", random) for _ in range(asked.flips))
        figures["flipped bits"], figures["flipped bits noticed"] = asked.flips, noticed
        losses_s = [cut_one(ticks, folder / f"cut-{i}.dfx", random) for i in range(asked.cuts)]
        most_s = max(losses_s, default=0.0)
        figures["power cuts"], figures["power cuts: most that was lost, s"] = asked.cuts, round(most_s, 3)
        bad += asked.flips - noticed + (most_s > LOST_LIMIT_S)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for name, value in figures.items():
        sys.stdout.write(f"{name:50} {value}\n")
    enough = min(asked.kills, asked.flips) >= WHOLE
    save("black_box", "The black box when loop, recorder or power die (in simulation)", figures, whole=enough)
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
