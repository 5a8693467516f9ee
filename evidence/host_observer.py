"""The observer of `evidence.host_death`: lets hosts walk, befalls each, and judges by what reached the devices."""

import os
import signal
import sys
import time
from contextlib import suppress
from enum import StrEnum
from typing import NamedTuple

from config.schema import P24Settings
from evidence.host_process import ENABLE_PIN, TRIGGER_PIN, Kind, Seen, Trial, Wires, host
from evidence.pins import LOOK_S, Watcher, current
from runtime.clock import MonotonicClock
from simulator.devices.lines import PtyLine
from simulator.devices.wiring import virtual_port

LIMIT_S = 0.06
OWN_BOUND_S = {"p24-mid": 2.0}
"""A device that repeats by itself may go on for so long after its last frame."""
MOMENTS_S = (4.0, 7.0)
"""After the first tick: it is armed after 1 s, then the person walks."""
STARTS_S, ENDS_S = 15.0, 12.0
RUNNING_S = 0.06
"""A pulse, or the contact closed, so shortly before the last tick: it happened in a burst."""
JUST_BEFORE_S = 0.05
"""Armed in a tick so shortly before it befell: ready to stimulate, or doing it."""
STARTS_AT = 40
"""Real-time priority of a host that starts; its loop and its guard then take their own."""
APART_S = 0.25
"""From one start to the next: in one that starts, a loop that has just begun to tick would have a rival."""
LATE_END = "output later than the limit after it had stopped by itself"


class Verdict(StrEnum):
    """What a trial shows; all but the first and the last are repeated at another moment."""

    COUNTED = "counted"
    OBSERVER_LATE = "the observer was late"
    NO_STEP_YET = "armed, but without a step yet"
    STOPPED_BEFORE = "stopped by itself before"
    FAILED = "failed"


class Outcome(NamedTuple):
    """One trial. `late_s`: the last output after the last tick, 0 when there was none, or that nobody knows."""

    device: str
    kind: Kind
    verdict: Verdict
    late_s: float
    in_burst: bool
    why: str = ""


class Running(NamedTuple):
    """A host and what the observer has of it."""

    trial: Trial
    pid: int
    seen: Seen
    line: PtyLine | None
    wires: Wires
    go: int


class Ending(NamedTuple):
    """When a signal was sent to it, if one was planned and sent, and whether it had to be ended in the end."""

    befell_s: float | None
    outlived: bool


class Output(NamedTuple):
    """What reached a device: whether ever, when the last of it ended, and whether the last tick was in a burst."""

    ever: bool
    end_s: float
    in_burst: bool


def begin(trial: Trial) -> Running:
    """Fork a host that waits for its wires. Before this process has any thread."""
    seen, (go_read, go) = Seen.of_one_host(), os.pipe()
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
            # It starts above other programs, as by a service, and below every loop that ticks already.
            with suppress(OSError):
                os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(STARTS_AT))
            os.close(go)
            told = os.open(trial.folder / "stderr", os.O_WRONLY | os.O_CREAT, 0o600)
            os.dup2(told, 2)
            os.dup2(told, 1)
            host(trial, Wires(port_from(go_read), pins), seen)
            code = 0
        finally:
            os._exit(code)
    os.close(go_read)
    return Running(trial, pid, seen, None, Wires("", pins), go)


def port_from(go: int) -> str:
    """What the observer says: the path of the device's port, empty where pins do. Ends the host if it says nothing."""
    port = b""
    while not port.endswith(b"\n"):
        said = os.read(go, 1000)
        if not said:
            sys.stderr.write("the observer failed: it was gone before it said where the device is\n")
            sys.stderr.flush()
            raise SystemExit(1)
        port += said
    return port.decode().strip()


def observe(trials: list[Trial]) -> list[Outcome]:
    """Let so many hosts walk at once, befall each, and judge."""
    hosts = [begin(trial) for trial in trials]
    watcher = Watcher([path for one in hosts for path in one.wires.pins.values()])
    watcher.start()
    for i, one in enumerate(hosts):
        line = None
        if not one.wires.pins:
            line, _ = virtual_port(P24Settings(kind="p24"), MonotonicClock())
            line.start()
        time.sleep(APART_S)
        os.write(one.go, f"{line.path() if line else ''}\n".encode())
        os.close(one.go)
        hosts[i] = one._replace(line=line)
    endings = befall(hosts)
    time.sleep(LIMIT_S + max(OWN_BOUND_S.get(one.trial.device, 0.0) for one in hosts) + 0.2)
    outcomes = [judge(one, endings[one.pid], watcher) for one in hosts]
    watcher.ending.set()
    watcher.join()
    for one in hosts:
        if one.line is not None:
            one.line.close()
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    return outcomes


def befall(hosts: list[Running]) -> dict[int, Ending]:
    """Send the signals when they are due; wait until every host has ended."""
    began_s: dict[int, float] = {}
    endings = {one.pid: Ending(None, outlived=False) for one in hosts}
    left = {one.pid: one for one in hosts}
    give_up_s = time.monotonic() + STARTS_S + MOMENTS_S[1] + ENDS_S
    while left and time.monotonic() < give_up_s:
        time.sleep(LOOK_S)
        for pid, one in tuple(left.items()):
            if os.waitpid(pid, os.WNOHANG)[0]:
                del left[pid]
                continue
            now_s = time.monotonic()
            if pid not in began_s and one.seen.last.read() is not None:
                began_s[pid] = now_s
            due = pid in began_s and now_s - began_s[pid] >= one.trial.after_s
            if due and one.trial.kind in (Kind.SIGKILL, Kind.SIGSTOP):
                began_s[pid] = now_s + 1000.0
                endings[pid] = Ending(now_s, outlived=False)
                os.kill(pid, signal.SIGKILL if one.trial.kind == Kind.SIGKILL else signal.SIGSTOP)
            elif due and now_s - began_s[pid] > one.trial.after_s + ENDS_S:
                endings[pid] = endings[pid]._replace(outlived=True)
                os.kill(pid, signal.SIGTERM)
    for pid in left:
        endings[pid] = endings[pid]._replace(outlived=True)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    return endings


def judge(one: Running, ending: Ending, watcher: Watcher) -> Outcome:
    """When the output ended, after the last tick that was delivered, and whether that shows anything."""
    trial, last = one.trial, one.seen.last.read()
    if last is None:
        return Outcome(trial.device, trial.kind, Verdict.FAILED, 0.0, False, f"it never ticked: {_said(trial)}")
    first_s, armed_s, unrecorded_s, last_s = last
    out = output(one, watcher, last_s)
    late_s = max(0.0, out.end_s - last_s)
    befell_s = unrecorded_s if trial.kind == Kind.DISK else ending.befell_s or first_s + trial.after_s
    observer_late = watcher.late_between(last_s - 0.02, max(out.end_s, last_s + LIMIT_S) + 0.01)
    why = ""
    if ending.outlived:
        verdict, why = Verdict.FAILED, f"it was not ended by what befell it: {_said(trial)}"
    elif not befell_s or armed_s < befell_s - JUST_BEFORE_S:
        verdict, why = Verdict.STOPPED_BEFORE, _why(one)
    elif not out.ever:
        verdict = Verdict.NO_STEP_YET
    elif observer_late:
        verdict = Verdict.OBSERVER_LATE
    else:
        verdict = Verdict.COUNTED
    if verdict == Verdict.STOPPED_BEFORE and late_s > LIMIT_S + OWN_BOUND_S.get(trial.device, 0.0):
        verdict, why = (Verdict.OBSERVER_LATE, why) if observer_late else (Verdict.FAILED, f"{LATE_END}: {why}")
    return Outcome(trial.device, trial.kind, verdict, late_s, out.in_burst, why)


def output(one: Running, watcher: Watcher, last_s: float) -> Output:
    """What reached the device of a host whose last tick was at `last_s`."""
    if one.line is not None:
        times = [pulse.t_s for pulse in one.line.device.pulses]
        end_s = times[-1] if times else 0.0
        return Output(bool(times), end_s, any(last_s - RUNNING_S < t_s <= last_s for t_s in times))
    bursts = current(watcher.changes[one.wires.pins[TRIGGER_PIN]], watcher.changes[one.wires.pins[ENABLE_PIN]])
    end_s = bursts[-1][1] if bursts else 0.0
    return Output(bool(bursts), end_s, any(begin < last_s <= end for begin, end in bursts))


def _why(one: Running) -> str:
    """In the host's own words, or its guard's."""
    return one.seen.why.text or one.seen.refused.text or _said(one.trial)


def _said(trial: Trial) -> str:
    with suppress(OSError):
        return (trial.folder / "stderr").read_text(errors="replace").strip()[:300]
    return ""
