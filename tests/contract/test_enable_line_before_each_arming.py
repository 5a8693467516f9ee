"""The enable line is toggled and read back in every tick, disarmed too: one that sticks forbids the next arming."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from config.load import default_settings
from config.schema import Settings, TriggerSettings
from controller.controller import Controller
from controller.signals import ArmingState, CommandKind, Inputs, OperatorCommand, Pulses, Reading, Tick
from dorsiflex.assemble import bench_rig, close_rig, open_rig
from runtime.gpio_line import Pin
from runtime.guard import Limits
from runtime.guard_plan import Plan
from runtime.guard_process import GuardedEnable, GuardProcess
from runtime.loop import Loop
from runtime.mailbox import Mailbox
from simulator.clock import VirtualClock

DISARMED_S, STUCK_S, ARMED_AGAIN_S, END_S = 4.0, 5.0, 6.0, 8.0
ARM, DISARM = OperatorCommand(CommandKind.ARM), OperatorCommand(CommandKind.DISARM)
PATIENCE_S = 8.0


class Story:
    """Stands in for a recorder, and acts after the tick of each time."""

    def __init__(self, acts: dict[float, Callable[[], object]]) -> None:
        self.ticks: list[Tick] = []
        self.acts = dict(acts)

    def put(self, tick: Tick) -> None:
        self.ticks.append(tick)
        for t_s in [t_s for t_s in self.acts if tick.inputs.t_s >= t_s]:
            self.acts.pop(t_s)()

    def miss(self, tick: int) -> None:
        raise AssertionError(f"tick {tick} failed")

    def problem(self) -> str:
        return ""


def with_enable() -> Settings:
    trigger = TriggerSettings.model_validate({"kind": "trigger", "pin": 22, "safe_contact": "open", "enable_pin": 23})
    return default_settings().model_copy(update={"stimulator": (trigger,)})


@pytest.mark.parametrize("level", [True, False, None])
def test_a_line_that_sticks_between_two_armings_refuses_the_second(level: bool | None) -> None:
    settings = with_enable()
    rig = bench_rig(settings, VirtualClock(), seed=1, twin=False)
    assert rig.bench is not None
    pump, mailbox = rig.bench.trigger_devices["main"].pump, Mailbox()
    assert pump is not None

    def stick() -> None:
        pump.pin.held = level

    story = Story({DISARMED_S: lambda: mailbox.post(DISARM), STUCK_S: stick, ARMED_AGAIN_S: lambda: mailbox.post(ARM)})
    open_rig(rig)
    loop = Loop(rig.parts, Controller(settings).step, rig.clock, settings.loop.rate_hz, mailbox, story)
    loop.run(lambda t_s: t_s >= END_S)
    close_rig(rig)
    before = {tick.state for tick in story.ticks if DISARMED_S - 1.0 < tick.inputs.t_s < DISARMED_S}
    after = {tick.state for tick in story.ticks if ARMED_AGAIN_S + 0.1 < tick.inputs.t_s < END_S - 0.1}
    assert before == {ArmingState.ARMED}
    assert after == {ArmingState.ARMED if level is None else ArmingState.DISARMED}
    if level is None:
        return
    (refused,) = [note for tick in story.ticks for note in tick.notes if note.startswith("arm refused")]
    assert "the enable line is not proven" in refused
    assert f"GPIO 23 (enable) is {'high' if level else 'low'} against its command" in refused


class StickyLine:
    """A pin that follows, until the file says at which level it sticks."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def set(self, *, high: bool) -> bool:
        return self._file.read_text() in ("", "high" if high else "low")

    def close(self) -> None:
        """Nothing to release."""


@pytest.mark.parametrize("level", ["high", "low"])
def test_the_guard_tells_of_a_line_that_sticks_though_nobody_is_armed(tmp_path: Path, level: str) -> None:
    stuck = tmp_path / "level"
    stuck.write_text("")
    guard = GuardProcess(Limits(10.0, 0, False), str(tmp_path / "note"), lambda _pin: StickyLine(stuck))
    assert guard.start(lambda: Plan(enables=(Pin("chip", 23, "enable"),))) == ""
    enable, controller = GuardedEnable(guard.heartbeat, 0), Controller(default_settings())
    end_s, t_s, told = time.monotonic() + PATIENCE_S, 0.0, ""
    while not told and time.monotonic() < end_s:
        t_s += 0.005
        tick = controller.step(Inputs(t_s, {"heel": Reading(t_s, (1.0,))}))
        assert isinstance(tick.allowed["main"], Pulses)
        # As `Trigger.apply` does with every command, one that is off too.
        enable.beat()
        guard.delivered(tick, time.monotonic())
        if t_s > 0.1:
            stuck.write_text(level)
        time.sleep(0.005)
        told = guard.problem()
    guard.end()
    assert t_s > 0.1
    assert told == f"GPIO 23 (enable) is {level} against its command: a short circuit? check"
    refused = controller.step(Inputs(t_s + 0.005, {}, (ARM,), loop=tick.inputs.loop._replace(guard_problem=told)))
    assert any("the enable line is not proven" in note for note in refused.notes)
