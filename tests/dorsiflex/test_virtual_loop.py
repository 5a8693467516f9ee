"""The loop for simulated time makes the same ticks as the live one does on a virtual clock."""

from collections.abc import Callable

import pytest

from config.load import default_document
from config.schema import Settings
from controller.controller import Controller
from controller.signals import ArmingState, Inputs, Tick
from dorsiflex.assemble import Rig, bench_rig, open_rig
from dorsiflex.virtual_loop import VirtualLoop
from runtime.loop import MOST_EXCEPTIONS, Loop, LoopReport
from runtime.mailbox import Mailbox
from simulator.clock import VirtualClock

SECONDS = 5.5
Step = Callable[[Inputs], Tick]


class Listener:
    """Keeps what it is given."""

    def __init__(self, problem: str = "") -> None:
        self.ticks: list[Tick] = []
        self.missed: list[int] = []
        self._problem = problem

    def put(self, tick: Tick) -> None:
        self.ticks.append(tick)

    def miss(self, tick: int) -> None:
        self.missed.append(tick)

    def problem(self) -> str:
        return self._problem


def both(
    settings: Settings, problem: str = "", change: Callable[[Step], Step] = lambda step: step
) -> list[tuple[LoopReport, Listener, Rig]]:
    """The same walk in the live loop and in the one for simulated time."""
    walks = []
    for live in (True, False):
        rig, listener = bench_rig(settings, VirtualClock(), seed=3, wired=False, twin=False), Listener(problem)
        open_rig(rig)
        step, rate_hz = change(Controller(settings).step), settings.loop.rate_hz
        if live:
            report = Loop(rig.parts, step, rig.clock, rate_hz, Mailbox(), listener).run(lambda t_s: t_s >= SECONDS)
        else:
            report = VirtualLoop(rig.parts, step, rig.clock, rate_hz, listener).run(lambda t_s: t_s >= SECONDS)
        walks.append((report, listener, rig))
    return walks


def with_rate(rate_hz: int) -> Settings:
    settings = default_document().settings
    return settings.model_copy(update={"loop": settings.loop.model_copy(update={"rate_hz": rate_hz})})


@pytest.mark.parametrize("rate_hz", [100, 333])
def test_both_loops_make_the_same_ticks_and_pulses(rate_hz: int) -> None:
    (live_report, live, live_rig), (report, listener, rig) = both(with_rate(rate_hz))
    assert report == live_report
    assert len(listener.ticks) == round(SECONDS * rate_hz) + 1
    assert repr(listener.ticks) == repr(live.ticks), "by their text, as NaN is not equal to NaN"
    assert live_rig.bench is not None
    assert rig.bench is not None
    (told,), (live_told,) = rig.bench.pulse_stimulators.values(), live_rig.bench.pulse_stimulators.values()
    assert told.pulses == live_told.pulses != []
    assert rig.bench.person.swings("right") == live_rig.bench.person.swings("right")


def test_the_last_tick_disarms() -> None:
    for _, listener, _ in both(default_document().settings):
        assert [tick.state for tick in listener.ticks[-2:]] == [ArmingState.ARMED, ArmingState.DISARMED]


def test_a_recorder_that_loses_ticks_is_told_to_the_controller() -> None:
    (_, live, _), (_, listener, _) = both(default_document().settings, problem="disk full")
    assert "recorder" in listener.ticks[-1].faults
    assert repr(listener.ticks) == repr(live.ticks)


@pytest.mark.parametrize("fails", [range(700, 702), range(700, 2000)])
def test_a_step_that_fails_ends_the_output_as_in_the_live_loop(fails: range) -> None:
    def failing(step: Step) -> Step:
        def one(inputs: Inputs) -> Tick:
            if inputs.loop.tick in fails:
                raise ValueError("broken")
            return step(inputs)

        return one

    (live_report, live, _), (report, listener, _) = both(default_document().settings, change=failing)
    assert report == live_report
    assert report.exception == "ValueError: broken"
    assert listener.missed == live.missed == list(fails[:MOST_EXCEPTIONS])
    assert repr(listener.ticks) == repr(live.ticks)
