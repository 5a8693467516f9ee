"""The guard as a process: a loop that stalls, dies, ends or goes on, judged by what pins and ports were told."""

import json
import os
import pty
import signal
import struct
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from controller.signals import Inputs, Tick
from runtime import guard as guard_module
from runtime.gpio_line import GpioLine, Pin
from runtime.guard import ACTED, Limits
from runtime.guard_act import end_output
from runtime.guard_plan import Plan, SerialFarewell, plan_as_line, plan_of_line
from runtime.guard_process import GuardedEnable, GuardProcess
from runtime.heartbeat import Heartbeat, LifeSign, LoopState

PATIENCE_S = 20.0
LIMIT_S = 0.06
LIMITS = Limits(LIMIT_S, 0, False)
STOP = b"\xf0stop\x0f"


class LoggedLine:
    """A pin whose levels are kept in a file, over all processes that drive it: `number level`."""

    def __init__(self, log: Path, pin: Pin) -> None:
        self._log = log
        self._pin = pin

    def set(self, *, high: bool) -> bool:
        with self._log.open("a") as file:
            file.write(f"{self._pin.number}{'+' if high else '-'} ")
        return True

    def close(self) -> None:
        with self._log.open("a") as file:
            file.write(f"{self._pin.number}x ")


class Scene:
    """A loop in a process of its own with its guard, a device on a terminal, pins in a log."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "pins"
        self.log.touch()
        self.note = folder / "walk.dfx.guard.json"
        self.master, self.slave = pty.openpty()
        tty.setraw(self.slave)
        os.set_blocking(self.master, False)
        self.port = os.ttyname(self.slave)
        self.told_read, self.told = os.pipe()
        self.pid = 0
        self.plan = Plan(
            (SerialFarewell("P24 main", self.port, 115200, False, STOP.hex()),),
            (Pin("chip", 23, "enable of main"),),
            (Pin("chip", 22, "trigger of main"),),
        )

    def run(self, loop: Callable[[GuardProcess], None]) -> int:
        """Fork a loop; its guard's process id."""
        self.pid = os.fork()
        if self.pid == 0:
            try:
                os.setpgid(0, 0)
                guard = GuardProcess(LIMITS, str(self.note), lambda pin: LoggedLine(self.log, pin))
                assert guard.start(lambda: self.plan) == ""
                os.write(self.told, struct.pack("i", guard.pid))
                loop(guard)
            finally:
                os._exit(0)
        (guard_pid,) = struct.unpack("i", os.read(self.told_read, 4))
        return int(guard_pid)

    def sent(self) -> bytes:
        try:
            return os.read(self.master, 4096)
        except BlockingIOError:
            return b""

    def end_of_loop(self) -> int:
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def what_it_did(self) -> dict[str, Any]:
        end_s = time.monotonic() + PATIENCE_S
        while not self.note.exists() or not self.note.read_text().endswith("}\n"):
            assert time.monotonic() < end_s, "the guard never acted"
            time.sleep(0.01)
        done: dict[str, Any] = json.loads(self.note.read_text())
        return done


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    made = Scene(tmp_path)
    yield made
    if made.pid:
        try:
            os.kill(made.pid, signal.SIGKILL)
            os.waitpid(made.pid, 0)
        except (ProcessLookupError, ChildProcessError):
            pass
    for descriptor in (made.master, made.slave, made.told_read, made.told):
        os.close(descriptor)


@pytest.fixture
def own_guard(tmp_path: Path) -> Iterator[GuardProcess]:
    """A guard whose loop is this process; it is gone when the test is."""
    guard = GuardProcess(LIMITS, str(tmp_path / "note"))
    yield guard
    guard.end()


def tick_of(always_on: Callable[[Inputs], Tick]) -> Tick:
    return always_on(Inputs(0.0, {}))


def beats(guard: GuardProcess, tick: Tick, seconds: float, *, edges: bool = True) -> None:
    enable = GuardedEnable(guard.heartbeat, 0)
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        if edges:
            enable.beat()
        guard.delivered(tick, time.monotonic())
        time.sleep(0.005)


def test_a_silent_loop_is_killed_and_its_output_ended_in_the_right_order(
    scene: Scene, always_on: Callable[[Inputs], Tick], capfd: pytest.CaptureFixture[str]
) -> None:
    tick = tick_of(always_on)

    def loop(guard: GuardProcess) -> None:
        beats(guard, tick, 0.3)
        os.kill(os.getpid(), signal.SIGSTOP)

    scene.run(loop)
    done = scene.what_it_did()
    assert scene.end_of_loop() == -signal.SIGKILL
    assert done["last_state"] == "running"
    assert done["limit_ms"] == pytest.approx(1000 * LIMIT_S)
    assert done["silent_ms"] >= 1000 * LIMIT_S
    assert done["done"] == [
        "GPIO 22 (trigger of main) is low",
        f"stop to P24 main on {scene.port} (sent, NOT answered)",
    ]
    assert scene.sent() == STOP + STOP
    pins = scene.log.read_text().split()
    assert pins.count("23+") > 10
    assert pins[-4:] == ["23-", "23x", "22-", "22x"], "the enable line first, then the trigger"
    said = capfd.readouterr().err
    assert said.startswith("the guard has ended the output: the loop was silent for ")
    assert said.count("\n") == 1
    assert "It comes up disarmed" in said


@pytest.mark.parametrize("state", [LoopState.BEFORE, LoopState.RUNNING, LoopState.STOPPED])
def test_a_loop_that_dies_has_its_output_ended_at_once(
    state: LoopState, scene: Scene, always_on: Callable[[Inputs], Tick]
) -> None:
    tick = tick_of(always_on)

    def loop(guard: GuardProcess) -> None:
        if state != LoopState.BEFORE:
            beats(guard, tick, 0.1)
        if state == LoopState.STOPPED:
            guard.stopped()
        os.kill(os.getpid(), signal.SIGKILL)

    scene.run(loop)
    assert scene.what_it_did()["why"] == "the loop died without a word"
    assert scene.sent() == STOP + STOP


def test_an_orderly_end_is_no_alarm_and_leaves_the_device_alone(
    scene: Scene, always_on: Callable[[Inputs], Tick]
) -> None:
    tick = tick_of(always_on)

    def loop(guard: GuardProcess) -> None:
        time.sleep(0.15)
        beats(guard, tick, 0.2)
        guard.stopping()
        time.sleep(0.2)
        guard.delivered(tick, time.monotonic())
        guard.stopping()
        guard.stopped()
        time.sleep(0.2)
        assert guard.problem() == ""
        guard.end()
        guard.end()
        os.kill(os.getpid(), signal.SIGTERM)

    scene.run(loop)
    assert scene.end_of_loop() == -signal.SIGTERM
    assert not scene.note.exists()
    assert scene.sent() == b""
    assert scene.log.read_text().split()[-2:] == ["23-", "23x"]
    assert "22" not in scene.log.read_text()


def test_a_loop_that_hangs_while_it_stops_is_ended(
    scene: Scene, always_on: Callable[[Inputs], Tick], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard_module, "STOPPING_S", 0.2)
    tick = tick_of(always_on)

    def loop(guard: GuardProcess) -> None:
        beats(guard, tick, 0.1)
        guard.stopping()
        time.sleep(PATIENCE_S)

    scene.run(loop)
    assert scene.what_it_did()["last_state"] == "stopping"
    assert scene.end_of_loop() == -signal.SIGKILL


@pytest.mark.parametrize("loop_comes_back", [True, False])
def test_a_machine_that_stood_still_as_a_whole_is_no_fault_of_the_loop(
    loop_comes_back: bool, scene: Scene, always_on: Callable[[Inputs], Tick], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard_module, "GRACE_S", 1.0)
    tick = tick_of(always_on)

    def loop(guard: GuardProcess) -> None:
        beats(guard, tick, 1.5)
        guard.stopped()
        guard.end()

    guard_pid = scene.run(loop)
    time.sleep(0.2)
    os.kill(guard_pid, signal.SIGSTOP)
    os.kill(scene.pid, signal.SIGSTOP)
    time.sleep(0.3)
    os.kill(guard_pid, signal.SIGCONT)
    time.sleep(0.05)
    assert not scene.note.exists(), "it knows that it was held up itself"
    if loop_comes_back:
        os.kill(scene.pid, signal.SIGCONT)
        assert scene.end_of_loop() == 0
        assert not scene.note.exists()
    else:
        assert scene.what_it_did()["silent_ms"] > 1000.0
        assert scene.end_of_loop() == -signal.SIGKILL


def test_edges_follow_what_ticks_ask_for_and_end_with_it(scene: Scene, always_on: Callable[[Inputs], Tick]) -> None:
    tick = tick_of(always_on)

    def loop(guard: GuardProcess) -> None:
        beats(guard, tick, 0.2, edges=False)
        beats(guard, tick, 0.2)
        before = len(scene.log.read_text())
        beats(guard, tick, 0.2, edges=False)
        after = scene.log.read_text()[before:].split()
        os.write(scene.told, b"good" if len(after) <= 2 and (not after or after[-1] == "23-") else b"bad ")
        guard.end()

    scene.run(loop)
    assert scene.end_of_loop() == 0
    assert os.read(scene.told_read, 4) == b"good"
    assert scene.log.read_text().split().count("23+") > 5


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (signal.SIGKILL, "was ended by SIGKILL"),
        (signal.SIGSTOP, "has given no sign of life for 250 ms"),
    ],
)
def test_a_guard_that_is_gone_is_noticed_by_the_loop(
    number: signal.Signals, text: str, own_guard: GuardProcess, tmp_path: Path, always_on: Callable[[Inputs], Tick]
) -> None:
    guard = own_guard
    assert guard.start(Plan) == ""
    tick = tick_of(always_on)
    beats(guard, tick, 0.1)
    assert guard.problem() == ""
    os.kill(guard.pid, number)
    end_s = time.monotonic() + PATIENCE_S
    looks = 0
    while not guard.problem():
        assert time.monotonic() < end_s
        looks += 1
        time.sleep(0.005)
    assert guard.problem() == f"the guard {text}: start the program again"
    if number == signal.SIGKILL:
        assert looks <= 10, "a tick or two, on a machine that may be busy"
    guard.end()
    assert not (tmp_path / "note").exists()


def test_the_signals_that_end_the_loop_do_not_end_the_guard(own_guard: GuardProcess) -> None:
    guard = own_guard
    assert guard.start(Plan) == ""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGTSTP):
        os.kill(guard.pid, number)
    time.sleep(0.1)
    assert guard.problem() == ""
    guard.end()


def test_an_enable_pin_that_cannot_be_had_is_told_before_anybody_arms(tmp_path: Path) -> None:
    def busy(_pin: Pin) -> LoggedLine:
        raise OSError(16, "Device or resource busy")

    guard = GuardProcess(LIMITS, str(tmp_path / "note"), busy)
    wrong = guard.start(lambda: Plan(enables=(Pin("chip", 23, "enable"),)))
    assert wrong.startswith("the guard cannot use its plan: [Errno 16] Device or resource busy")
    guard.end()


class StuckLine(LoggedLine):
    """A pin that somebody else holds low."""

    def set(self, *, high: bool) -> bool:
        super().set(high=high)
        return not high


def test_an_enable_pin_that_does_not_follow_is_told_before_anybody_arms(tmp_path: Path) -> None:
    guard = GuardProcess(LIMITS, str(tmp_path / "note"), lambda pin: StuckLine(tmp_path / "pins", pin))
    wrong = guard.start(lambda: Plan(enables=(Pin("chip", 23, "enable"),)))
    guard.end()
    assert wrong == "GPIO 23 (enable) is low against its command: a short circuit? check"
    assert (tmp_path / "pins").read_text() == "23+ 23- 23- 23x ", "tried once, and left low"


@pytest.mark.parametrize("always_late", [False, True])
def test_the_guard_says_with_its_exit_code_that_it_acted_and_forgives_once_only(
    always_late: bool, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    if always_late:
        monkeypatch.setattr(guard_module, "LATE_S", -1.0)
    heartbeat = Heartbeat()
    victim = os.fork()
    if victim == 0:
        time.sleep(PATIENCE_S)
        os._exit(0)
    heartbeat.tell(LoopState.RUNNING, time.monotonic() - 1.0)
    channel = guard_module.Channel(heartbeat, LifeSign(1.0, 1), -1, lambda _: None, lambda _: None)
    guard = guard_module.Guard(victim, channel, LIMITS, str(scene.note), lambda pin: LoggedLine(scene.log, pin))
    assert guard.run() == ACTED
    assert os.waitstatus_to_exitcode(os.waitpid(victim, 0)[1]) == -signal.SIGKILL
    assert scene.note.stat().st_mode & 0o777 == 0o600


def test_ports_and_pins_that_are_gone_keep_nothing_else_from_being_ended(scene: Scene) -> None:
    plan = scene.plan._replace(
        farewells=(
            scene.plan.farewells[0]._replace(name="lost", path="/dev/no-such-port"),
            scene.plan.farewells[0]._replace(name="no port", path="/dev/null"),
            *scene.plan.farewells,
        ),
        low=(Pin("/dev/no-such-chip", 24, "trigger of lost"), *scene.plan.low),
    )

    def open_line(pin: Pin) -> LoggedLine | GpioLine:
        return GpioLine(pin) if pin.chip.startswith("/dev") else LoggedLine(scene.log, pin)

    began_s = time.monotonic()
    told = end_output(plan, open_line)
    assert time.monotonic() - began_s < 1.0
    assert told[:4] == [
        "GPIO 24 (trigger of lost) NOT driven low (no such file or directory)",
        "GPIO 22 (trigger of main) is low",
        "lost on /dev/no-such-port NOT reached (no such file or directory)",
        "no port on /dev/null NOT reached (inappropriate ioctl for device)",
    ]
    assert scene.sent() == STOP + STOP


def test_a_plan_that_makes_no_sense_keeps_nothing_else_from_being_ended(scene: Scene) -> None:
    (good,) = scene.plan.farewells
    plan = Plan((good._replace(name="slow", baud=7), good._replace(name="torn", frames="f0x"), good))
    told = end_output(plan, lambda pin: LoggedLine(scene.log, pin))
    assert ["NOT reached" in line for line in told] == [True, True, False]
    assert scene.sent() == STOP + STOP


class OneAtATime(LoggedLine):
    """A pin of the kernel: nobody else gets it while it is held; its first command fails."""

    held = False
    commands = 0

    def __init__(self, log: Path, pin: Pin) -> None:
        if OneAtATime.held:
            raise OSError(16, "Device or resource busy")
        super().__init__(log, pin)
        OneAtATime.held = True

    def set(self, *, high: bool) -> bool:
        OneAtATime.commands += 1
        if OneAtATime.commands == 1:
            raise OSError(5, "Input/output error")
        return super().set(high=high)

    def close(self) -> None:
        OneAtATime.held = False


def test_a_pin_that_fails_once_is_let_go_and_tried_again(scene: Scene) -> None:
    told = end_output(Plan(low=scene.plan.low), lambda pin: OneAtATime(scene.log, pin))
    assert told == ["GPIO 22 (trigger of main) is low"]
    assert scene.log.read_text() == "22- "


def test_a_guard_that_freezes_right_after_it_was_ready_is_missed(own_guard: GuardProcess) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while not own_guard._ready.text:
        assert time.monotonic() < end_s, "the guard is never ready"
        time.sleep(0.001)
    os.kill(own_guard.pid, signal.SIGSTOP)
    assert own_guard._alive._record.read() is not None
    os.kill(own_guard.pid, signal.SIGCONT)


def test_a_held_terminal_does_not_keep_the_guard_from_its_note(scene: Scene) -> None:
    read, write = os.pipe()
    os.set_blocking(write, False)
    with suppress(BlockingIOError):
        while True:
            os.write(write, b"x" * 4096)
    os.set_blocking(write, True)

    def loop(_guard: GuardProcess) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    kept = os.dup(2)
    os.dup2(write, 2)
    try:
        guard_pid = scene.run(loop)
    finally:
        os.dup2(kept, 2)
        os.close(kept)
    try:
        assert scene.what_it_did()["why"] == "the loop died without a word"
    finally:
        with suppress(ProcessLookupError):
            os.kill(guard_pid, signal.SIGKILL)
        os.close(read)
        os.close(write)


def test_a_line_that_takes_no_bytes_does_not_hold_the_guard(scene: Scene) -> None:
    filler = os.open(scene.port, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
    huge = scene.plan.farewells[0]._replace(frames=(b"x" * 400_000).hex())
    began_s = time.monotonic()
    (told,) = end_output(Plan((huge,)), lambda pin: LoggedLine(scene.log, pin))
    assert "NOT reached (it takes no more bytes)" in told
    assert time.monotonic() - began_s < 1.0
    os.close(filler)


def test_a_plan_comes_through_the_pipe_as_it_is(scene: Scene) -> None:
    assert plan_of_line(plan_as_line(scene.plan)) == scene.plan
    with pytest.raises(ValueError, match="does not fit"):
        plan_as_line(Plan((scene.plan.farewells[0]._replace(frames="00" * 70_000),)))
