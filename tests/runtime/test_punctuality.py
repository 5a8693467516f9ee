"""What makes the loop punctual: taken for the time of the loop, given back, and refused with a sentence."""

import gc
import os
import sys
import threading
from collections.abc import Callable

import pytest

from config.load import default_settings
from controller.controller import Controller
from controller.signals import CommandKind, Inputs, LoopStatus, OperatorCommand, Reading
from runtime.processes import Child
from runtime.realtime import on_time

NOBODY = 65534


def in_a_child(work: Callable[[], str]) -> str:
    """What `work` gives in a process of its own, so that no privilege leaks into the tests."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.write(write, work().encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        text = pipe.read()
    os.waitpid(pid, 0)
    return text


def test_the_collector_rests_while_the_loop_runs_and_wakes_after() -> None:
    interval_s = sys.getswitchinterval()
    with on_time(priority=0, cpu=None, lock_memory=False):
        assert not gc.isenabled()
        assert gc.get_freeze_count() > 1000
        assert sys.getswitchinterval() < 0.001
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0
    assert sys.getswitchinterval() == pytest.approx(interval_s)


def test_a_privileged_loop_gets_what_it_asks_for_and_gives_the_priority_back() -> None:
    if os.geteuid() != 0:
        pytest.skip("only root may ask for everything")
    cpu = min(os.sched_getaffinity(0))

    def work() -> str:
        with on_time(priority=45, cpu=cpu, lock_memory=True) as refused:
            policy, priority = os.sched_getscheduler(0), os.sched_getparam(0).sched_priority
            locked = next(line for line in open("/proc/self/status") if line.startswith("VmLck"))  # noqa: PTH123, SIM115
            # A container may lack the file that keeps processors awake.
            kept = tuple(told for told in refused if "sleep deeply" not in told)
            inside = f"{policy == os.SCHED_FIFO} {priority} {os.sched_getaffinity(0) == {cpu}} {kept}"
        after = os.sched_getscheduler(0) == os.SCHED_OTHER
        return f"{inside} {int(locked.split()[1]) > 1000} {after}"

    told = in_a_child(work)
    if "not permitted" in told:
        pytest.skip(f"this machine refuses root: {told}")
    assert told == "True 45 True () True True"


def test_what_is_refused_is_told_once_each_with_what_to_do() -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can become nobody")

    def work() -> str:
        import resource

        resource.setrlimit(resource.RLIMIT_RTPRIO, (0, 0))
        resource.setrlimit(resource.RLIMIT_MEMLOCK, (0, 0))
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        with on_time(priority=45, cpu=255, lock_memory=True) as refused:
            return "\n".join(refused)

    fifo, cpu, memory, sleep = in_a_child(work).splitlines()
    assert fifo == (
        "no real-time priority 45 (operation not permitted): "
        "allow it in the service (LimitRTPRIO=50) or set loop.realtime_priority = 0"
    )
    assert cpu == "cannot stay on CPU 255 (invalid argument): set loop.cpu to one there is"
    assert sleep.startswith("processors may sleep deeply (")
    assert memory.startswith("memory is not locked (")
    assert memory.endswith("): allow it in the service (LimitMEMLOCK=infinity) or set loop.lock_memory = false")


def test_a_tick_makes_no_garbage_that_only_the_collector_could_free() -> None:
    step = Controller(default_settings()).step
    arm = (OperatorCommand(CommandKind.ARM),)

    def turn(k: int) -> None:
        t_s = k * 0.005
        readings = {
            "heel": Reading(t_s, (1.0 if k % 240 < 140 else 0.0,)),
            "shank": Reading(t_s, (0.1, 9.8, 0.1 * (k % 7), 0.0, 0.0, 100.0 * (k % 240 - 120) / 120)),
        }
        step(Inputs(t_s, readings, arm if k == 100 else (), loop=LoopStatus(k)))

    for k in range(500):
        turn(k)
    gc.collect()
    gc.disable()
    try:
        for k in range(500, 2000):
            turn(k)
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_processes_beside_the_loop_do_not_inherit_its_priority() -> None:
    if os.geteuid() != 0:
        pytest.skip("only root may ask for everything")

    def work() -> str:
        try:
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(45))
        except PermissionError:
            return "refused"
        read, write = os.pipe()

        def tell(_parent_is_gone: Callable[[], bool]) -> None:
            os.write(write, str(os.sched_getscheduler(0)).encode())

        child = Child("test", tell)
        assert child.wait(5.0)
        return os.read(read, 10).decode()

    told = in_a_child(work)
    if told == "refused":
        pytest.skip("this machine refuses root a real-time priority")
    assert told == str(os.SCHED_OTHER)


def test_who_holds_the_interpreter_runs_just_below_the_loop() -> None:
    if os.geteuid() != 0:
        pytest.skip("only root may ask for everything")

    def work() -> str:
        # In a child that was forked: `threading` still has its parent's number for the first thread.
        ending, here = threading.Event(), threading.Event()
        numbers: list[int] = []

        def wait() -> None:
            numbers.append(threading.get_native_id())
            here.set()
            ending.wait()

        other = threading.Thread(target=wait)
        other.start()
        here.wait()
        parent = os.getppid()
        before = os.sched_getscheduler(parent), os.sched_getparam(parent).sched_priority
        with on_time(priority=45, cpu=None, lock_memory=False) as refused:
            inside = os.sched_getscheduler(numbers[0]) == os.SCHED_FIFO, os.sched_getparam(numbers[0]).sched_priority
            untouched = before == (os.sched_getscheduler(parent), os.sched_getparam(parent).sched_priority)
        after = os.sched_getscheduler(numbers[0]) == os.SCHED_OTHER
        ending.set()
        other.join()
        return f"{inside} {untouched} {after} {'not permitted' in str(refused)}"

    told = in_a_child(work)
    if told.endswith("True"):
        pytest.skip("this machine refuses root")
    assert told == "(True, 44) True True False"
