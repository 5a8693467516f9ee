"""What the kernel and the interpreter can do for a loop that must not be late; every refusal is a sentence.

Linux only where it says so; what a platform does not have is refused like what it does not permit.
"""

import ctypes
import gc
import os
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

MCL_CURRENT, MCL_FUTURE, MCL_ONFAULT = 1, 2, 4
"""<sys/mman.h>; ONFAULT locks what is touched, not the whole of every stack."""
PR_SET_TIMERSLACK = 29
"""<sys/prctl.h>"""
SLACK_NS = 1
"""The kernel may delay a sleeper by 50 µs otherwise; a real-time thread has no slack anyway."""
SWITCH_INTERVAL_S = 0.0005
"""How long another thread of this process may keep the interpreter; 5 ms by default, a whole tick."""

IDLE_FILE = "/dev/cpu_dma_latency"
"""Held open with a 0 in it, no processor sleeps so deeply that waking takes long (Documentation/power/pm_qos)."""
IDLE_CURE = "give the service write access to it, or nothing: wake-ups are later while the machine is idle"

FIFO_CURE = "allow it in the service (LimitRTPRIO=50) or set loop.realtime_priority = 0"
CPU_CURE = "set loop.cpu to one there is"
LOCK_CURE = "allow it in the service (LimitMEMLOCK=infinity) or set loop.lock_memory = false"


@contextmanager
def on_time(*, priority: int, cpu: int | None, lock_memory: bool) -> Iterator[tuple[str, ...]]:
    """Make this process punctual while the loop runs; gives what was refused, each with what to do.

    `priority` of SCHED_FIFO, 0 for none; `cpu` to stay on, None for any. The collector of garbage rests: a tick makes
    no cycles, and what is there already is never looked at again.
    """
    refused: list[str] = []
    awake: list[int] = []
    if priority:
        _try(lambda: _fifo(priority), f"no real-time priority {priority}", FIFO_CURE, refused)
    if cpu is not None:
        _try(lambda: os.sched_setaffinity(0, {cpu}), f"cannot stay on CPU {cpu}", CPU_CURE, refused)
    if lock_memory:
        _try(_lock_memory, "memory is not locked", LOCK_CURE, refused)
    if priority:
        _try(lambda: awake.append(_stay_awake()), "processors may sleep deeply", IDLE_CURE, refused)
    _try(_no_slack, "the kernel's timer slack stays", "nothing: wake-ups are up to 50 µs later", refused)
    interval_s = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield tuple(refused)
    finally:
        for descriptor in awake:
            os.close(descriptor)
        gc.enable()
        gc.unfreeze()
        sys.setswitchinterval(interval_s)
        if priority:
            _try(lambda: _fifo(0), "the real-time priority stays", "nothing: the run is over", [])


def _fifo(priority: int) -> None:
    """This thread, and one below it the others of the process.

    One that holds the interpreter while other programs keep it from running would keep the loop waiting.
    """
    policy = os.SCHED_FIFO if priority else os.SCHED_OTHER
    os.sched_setscheduler(0, policy, os.sched_param(priority))
    others = os.sched_param(max(1, priority - 1) if priority else 0)
    # Not from `threading`: in a child that was forked, the first thread of it still bears its parent's number.
    for entry in Path("/proc/self/task").iterdir():
        if (thread := int(entry.name)) != threading.get_native_id():
            with suppress(ProcessLookupError):
                os.sched_setscheduler(thread, policy, others)


def _stay_awake() -> int:
    """A descriptor; the wish holds until it is closed, also by the death of the process."""
    descriptor = os.open(IDLE_FILE, os.O_WRONLY | os.O_CLOEXEC)
    os.write(descriptor, struct.pack("i", 0))
    return descriptor


def _lock_memory() -> None:
    _call("mlockall", MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT)


def _no_slack() -> None:
    _call("prctl", PR_SET_TIMERSLACK, SLACK_NS, 0, 0, 0)


def _call(name: str, *arguments: int) -> None:
    """A function of the C library that returns 0 when it is well. Raises OSError and AttributeError."""
    function = getattr(ctypes.CDLL(None, use_errno=True), name)
    if function(*[ctypes.c_ulong(argument) for argument in arguments]):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _try(act: Callable[[], object], what: str, cure: str, refused: list[str]) -> None:
    try:
        act()
    except (OSError, AttributeError, ValueError) as error:
        reason = error.strerror.lower() if isinstance(error, OSError) and error.strerror else str(error)
        refused.append(f"{what} ({reason}): {cure}")
