"""The loop dies, freezes or starves at random moments of a walk: when did the output end, by who is not the loop?

`python -m evidence.host_death [--moments 100] [--kinds sigkill,sigstop,gil,memory,disk] [--at-once 2] [--seed 1]`

In simulation, on real time. Each host is the product's own run with its guard, recorder and driver; the P24 behind a
pseudo terminal, and the pins, which are pipes, live in this process, the observer. A pin falls low when everybody who
drove it is gone, as with `strict_gpiod`; behind the enable pin is a charge pump of 60 ms. Goal: no output later than
60 ms after the loop's last tick, at p99; where the device repeats by itself (p24-mid), that plus its own 2 s. A trial
counts unless the observer was late itself.
"""

import argparse
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import NamedTuple

from config.schema import P24Settings
from evidence.host_process import ENABLE_PIN, SMALL_FILE_BYTES, STIMULATORS, TRIGGER_PIN, Kind, Trial, Wires, host
from evidence.pins import LOOK_S, Watcher, current
from evidence.result import save
from runtime.clock import MonotonicClock
from runtime.shared_record import SharedRecord
from simulator.devices.lines import PtyLine
from simulator.devices.wiring import virtual_port

LIMIT_S = 0.06
WHOLE = 1000
OWN_BOUND_S = {"p24-mid": 2.0}
MOMENTS_S = (4.0, 7.0)
"""After the first tick: it is armed after 1 s, then the person walks."""
STARTS_S, ENDS_S = 15.0, 12.0
RUNNING_S = 0.06
"""A pulse, or the contact closed, so shortly before the last tick: it happened in a burst."""


class Outcome(NamedTuple):
    """One trial. `late_s`: the last output after the last tick, 0 when there was none; None: it does not count."""

    device: str
    kind: Kind
    late_s: float | None
    in_burst: bool
    problem: str = ""


class Running(NamedTuple):
    """A host and what the observer has of it."""

    trial: Trial
    pid: int
    last: SharedRecord
    line: PtyLine | None
    wires: Wires
    go: int


def begin(trial: Trial) -> Running:
    """Fork a host that waits for its wires. Before this process has any thread."""
    last, (go_read, go) = SharedRecord("d"), os.pipe()
    pins = {}
    if trial.device == "trigger":
        for number in (TRIGGER_PIN, ENABLE_PIN):
            os.mkfifo(path := str(trial.folder / f"gpio{number}"))
            pins[number] = path
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.close(go)
            told = os.open(trial.folder / "stderr", os.O_WRONLY | os.O_CREAT, 0o600)
            os.dup2(told, 2)
            os.dup2(told, 1)
            port = b""
            while not port.endswith(b"\n"):
                port += os.read(go_read, 1000)
            host(trial, Wires(port.decode().strip(), pins), last)
            code = 0
        finally:
            os._exit(code)
    os.close(go_read)
    return Running(trial, pid, last, None, Wires("", pins), go)


def observe(trials: list[Trial]) -> list[Outcome]:
    """Let so many hosts walk at once, befall each, and judge by what reached the devices."""
    hosts = [begin(trial) for trial in trials]
    watcher = Watcher([path for one in hosts for path in one.wires.pins.values()])
    watcher.start()
    for i, one in enumerate(hosts):
        line = None
        if not one.wires.pins:
            line, _ = virtual_port(P24Settings(kind="p24"), MonotonicClock())
            line.start()
        os.write(one.go, f"{line.path() if line else ''}\n".encode())
        os.close(one.go)
        hosts[i] = one._replace(line=line)
    befall(hosts)
    time.sleep(LIMIT_S + max(OWN_BOUND_S.get(one.trial.device, 0.0) for one in hosts) + 0.2)
    outcomes = [judge(one, watcher) for one in hosts]
    watcher.ending.set()
    watcher.join()
    for one in hosts:
        if one.line is not None:
            one.line.close()
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    return outcomes


def befall(hosts: list[Running]) -> None:
    """Send the signals when they are due; wait until every host has ended."""
    began_s: dict[int, float] = {}
    left = {one.pid: one for one in hosts}
    give_up_s = time.monotonic() + STARTS_S + MOMENTS_S[1] + ENDS_S
    while left and time.monotonic() < give_up_s:
        time.sleep(LOOK_S)
        for pid, one in tuple(left.items()):
            if os.waitpid(pid, os.WNOHANG)[0]:
                del left[pid]
                continue
            now_s = time.monotonic()
            if pid not in began_s and one.last.read() is not None:
                began_s[pid] = now_s
            due = pid in began_s and now_s - began_s[pid] >= one.trial.after_s
            if due and one.trial.kind in (Kind.SIGKILL, Kind.SIGSTOP):
                began_s[pid] = now_s + 1000.0
                os.kill(pid, signal.SIGKILL if one.trial.kind == Kind.SIGKILL else signal.SIGSTOP)
            elif due and now_s - began_s[pid] > one.trial.after_s + ENDS_S:
                os.kill(pid, signal.SIGTERM)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def judge(one: Running, watcher: Watcher) -> Outcome:
    """When the output ended, after the last tick that was delivered."""
    trial, last = one.trial, one.last.read()
    if last is None:
        said = (trial.folder / "stderr").read_text(errors="replace").strip()
        return Outcome(trial.device, trial.kind, None, False, f"the host never ticked: {said[:300]}")
    last_s = float(last[0])
    if one.line is not None:
        times = [pulse.t_s for pulse in one.line.device.pulses]
        end_s = times[-1] if times else 0.0
        in_burst = any(last_s - RUNNING_S < t_s <= last_s for t_s in times)
        ever = bool(times)
    else:
        bursts = current(watcher.changes[one.wires.pins[TRIGGER_PIN]], watcher.changes[one.wires.pins[ENABLE_PIN]])
        end_s = bursts[-1][1] if bursts else 0.0
        in_burst = any(begin < last_s <= end for begin, end in bursts)
        ever = bool(bursts)
    late_s = max(0.0, end_s - last_s)
    if not ever and trial.kind != Kind.DISK:
        return Outcome(trial.device, trial.kind, None, False, "the host never stimulated")
    if watcher.late_between(last_s - 0.02, max(end_s, last_s + LIMIT_S) + 0.01):
        return Outcome(trial.device, trial.kind, None, in_burst)
    return Outcome(trial.device, trial.kind, late_s, in_burst)


def percentile(values: list[float], share: float) -> float:
    """The smallest value that so large a share does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, min(len(ordered) - 1, round(share * len(ordered) + 0.5) - 1))]


def plan(moments: int, kinds: list[Kind], random: Random, folder: Path) -> list[Trial]:
    """Every kind with every device in turn, each at a moment of its own."""
    trials = []
    for i in range(moments):
        kind = kinds[i % len(kinds)]
        device = list(STIMULATORS)[i // len(kinds) % len(STIMULATORS)]
        (where := folder / f"{i}").mkdir()
        limit = random.randrange(*SMALL_FILE_BYTES) if kind == Kind.DISK else 0
        trials.append(Trial(device, kind, random.uniform(*MOMENTS_S), where, limit))
    return trials


def report(outcomes: list[Outcome], moments: int, kinds: list[Kind]) -> bool:
    """Print and keep the figures; whether the goal is met."""
    figures: dict[str, int | float | str | bool | None] = {"trials": len(outcomes)}
    met = True
    figures["not counted, the observer was late"] = sum(one.late_s is None and not one.problem for one in outcomes)
    figures["trials that failed"] = sum(bool(one.problem) for one in outcomes)
    for kind in kinds:
        for device in STIMULATORS:
            of_these = [one for one in outcomes if (one.kind, one.device) == (kind, device)]
            counted = [one.late_s for one in of_these if one.late_s is not None]
            if not counted:
                continue
            limit_s = LIMIT_S + OWN_BOUND_S.get(device, 0.0)
            p50, p99, most = percentile(counted, 0.5), percentile(counted, 0.99), max(counted)
            met = met and p99 <= limit_s
            in_burst = sum(one.in_burst for one in of_these if one.late_s is not None)
            words = f"{1000 * p50:.1f} / {1000 * p99:.1f} / {1000 * most:.1f} of {1000 * limit_s:.0f}"
            figures[f"{kind.value}, {device}: p50 / p99 / max ms"] = (
                f"{words}; {len(counted)} trials, {in_burst} in a burst"
            )
    counted = [one.late_s for one in outcomes if one.late_s is not None and one.device not in OWN_BOUND_S]
    if counted:
        figures["all but p24-mid: p99 ms"] = round(1000 * percentile(counted, 0.99), 1)
    repeating = [one.late_s for one in outcomes if one.late_s is not None and one.device in OWN_BOUND_S]
    if repeating:
        figures["p24-mid, ended by the guard: p99 ms"] = round(1000 * percentile(repeating, 0.99), 1)
    for name, value in figures.items():
        sys.stdout.write(f"{name:60} {value}\n")
    for problem, count in Counter(one.problem for one in outcomes if one.problem).items():
        sys.stdout.write(f"{count} x {problem}\n")
    save(
        "host_death", "The loop dies, freezes or starves at random moments (in simulation)", figures,
        whole=moments >= WHOLE and len(kinds) == len(Kind),
    )  # fmt: skip
    return met and not figures["trials that failed"]


def main() -> int:
    """Try and report; 1 when the goal is missed or a trial failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--moments", type=int, default=100, help="trials in all")
    parser.add_argument("--kinds", default=",".join(Kind), help="what befalls the hosts")
    parser.add_argument("--at-once", type=int, default=2, help="hosts that walk at the same time")
    parser.add_argument("--seed", type=int, default=1, help="other moments")
    asked = parser.parse_args()
    kinds = [Kind(word) for word in asked.kinds.split(",")]
    with suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(60))
    sys.setswitchinterval(0.0005)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    folder = Path(tempfile.mkdtemp(prefix="host-death-"))
    outcomes: list[Outcome] = []
    try:
        trials = plan(asked.moments, kinds, Random(asked.seed), folder)
        for i in range(0, len(trials), asked.at_once):
            outcomes += observe(trials[i : i + asked.at_once])
            if sys.stderr.isatty():
                sys.stderr.write(f"\r{len(outcomes)} of {len(trials)}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0 if report(outcomes, asked.moments, kinds) else 1


if __name__ == "__main__":
    sys.exit(main())
