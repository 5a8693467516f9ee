"""The loop: whatever fails in it, the outputs are stopped, the next tick is told, and the recording knows."""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.signals import (
    CommandKind,
    DeviceStatus,
    Inputs,
    LoopStatus,
    OperatorCommand,
    OrthosisCommand,
    Reading,
    StimulationCommand,
    Tick,
)
from runtime.loop import MOST_EXCEPTIONS, Loop, LoopReport, Overruns, Parts
from runtime.mailbox import Mailbox

RATE_HZ = 200
IN_THE_TICK = (
    "sensor.poll",
    "panel.poll",
    "one.status",
    "two.status",
    "orthosis.status",
    "recorder.problem",
    "step",
    "one.apply",
    "two.apply",
    "orthosis.apply",
)
STOPS = ("one.stop", "two.stop", "orthosis.stop")
WATCHED = ("watch.delivered", "watch.stopping", "watch.stopped")
OUTSIDE = (
    "watch.delivered",
    "watch.problem",
    "clock.now",
    "clock.sleep",
    "stop_wanted",
    "recorder.put",
    "recorder.miss",
    "viewer.put",
)


class Stage:
    """Every part of a small loop; each call is logged and fails where the plan has its name and turn."""

    def __init__(self, step: Callable[[Inputs], Tick], plan: dict[tuple[str, int], BaseException]) -> None:
        self.decide = step
        self.plan = plan
        self.calls: Counter[str] = Counter()
        self.log: list[str] = []
        self.t_s = 100.0
        self.inputs: list[Inputs] = []
        self.recorded: list[Tick] = []
        self.missed: list[int] = []
        self.commands: list[tuple[OperatorCommand, ...]] = []
        self.mailbox = Mailbox()
        self.unguarded: dict[int, str] = {}

    def call(self, site: str) -> None:
        self.calls[site] += 1
        self.log.append(site)
        error = self.plan.get((site, self.calls[site]))
        if error is not None:
            raise error

    def step(self, inputs: Inputs) -> Tick:
        self.inputs.append(inputs)
        self.call("step")
        return self.decide(inputs)

    def run(self, ticks: int) -> LoopReport:
        stage = self

        class StageClock:
            def now(self) -> float:
                stage.call("clock.now")
                return stage.t_s

            def sleep_until(self, t_s: float) -> None:
                stage.t_s = max(stage.t_s, t_s)
                stage.call("clock.sleep")

        class Sensor:
            def open(self) -> None: ...
            def close(self) -> None: ...
            def status(self) -> DeviceStatus:
                return DeviceStatus(stage.t_s)

            def poll(self) -> Reading | None:
                stage.call("sensor.poll")
                return Reading(stage.t_s, (1.0,))

        class Output:
            def __init__(self, name: str) -> None:
                self.name = name

            def open(self) -> None: ...
            def close(self) -> None: ...
            def apply(self, _command: StimulationCommand | OrthosisCommand) -> None:
                stage.call(f"{self.name}.apply")

            def status(self) -> DeviceStatus:
                stage.call(f"{self.name}.status")
                return DeviceStatus(stage.t_s)

            def stop(self) -> None:
                stage.call(f"{self.name}.stop")

        class Panel:
            def open(self) -> None: ...
            def close(self) -> None: ...
            def poll(self) -> tuple[OperatorCommand, ...]:
                stage.call("panel.poll")
                return stage.commands.pop(0) if stage.commands else ()

        class Recorder:
            def put(self, tick: Tick) -> None:
                stage.call("recorder.put")
                stage.recorded.append(tick)

            def miss(self, tick: int) -> None:
                stage.call("recorder.miss")
                stage.missed.append(tick)

            def problem(self) -> str:
                stage.call("recorder.problem")
                return ""

        class Viewer:
            def put(self, _tick: Tick) -> None:
                stage.call("viewer.put")

        class StageWatch:
            def delivered(self, _tick: Tick, _t_s: float) -> None:
                stage.call("watch.delivered")

            def stopping(self) -> None:
                stage.call("watch.stopping")

            def stopped(self) -> None:
                stage.call("watch.stopped")

            def problem(self) -> str:
                stage.call("watch.problem")
                return stage.unguarded.get(stage.calls["watch.problem"], "")

        def stop_wanted(_t_s: float) -> bool:
            stage.call("stop_wanted")
            return stage.calls["stop_wanted"] >= ticks

        parts = Parts(
            {"heel": Sensor()}, {"one": Output("one"), "two": Output("two")}, {"right": Output("orthosis")}, (Panel(),)
        )
        loop = Loop(parts, self.step, StageClock(), RATE_HZ, self.mailbox, Recorder(), (Viewer(),), (StageWatch(),))
        return loop.run(stop_wanted)

    def last_calls(self) -> dict[str, str]:
        """For each output the last of its apply and stop."""
        return {
            name: next((site for site in reversed(self.log) if site in (f"{name}.apply", f"{name}.stop")), "")
            for name in ("one", "two", "orthosis")
        }


STOPPED = {"one": "one.stop", "two": "two.stop", "orthosis": "orthosis.stop"}


def plan_of(site: str, *turns: int) -> dict[tuple[str, int], BaseException]:
    return {(site, turn): RuntimeError(f"{site} broke") for turn in turns}


def test_a_good_run_applies_records_and_ends_stopped(always_on: Callable[[Inputs], Tick]) -> None:
    stage = Stage(always_on, {})
    assert stage.run(5) == LoopReport(5, 0, 0, Overruns(0, 0, 0, 0), "")
    assert [tick.inputs.loop for tick in stage.recorded] == [LoopStatus(k) for k in range(5)]
    assert stage.calls["one.apply"] == stage.calls["two.apply"] == stage.calls["orthosis.apply"] == 5
    assert stage.last_calls() == STOPPED


@pytest.mark.parametrize("site", IN_THE_TICK)
def test_an_exception_stops_the_outputs_in_its_tick_and_the_next_is_told(
    site: str, always_on: Callable[[Inputs], Tick]
) -> None:
    stage = Stage(always_on, plan_of(site, 3))
    report = stage.run(6)
    begin = [i for i, call in enumerate(stage.log) if call == "clock.sleep"]
    third_tick = stage.log[begin[2] : begin[3]]
    broke = third_tick.index(site)
    assert set(STOPPED.values()) <= set(third_tick[broke:])
    assert not any(call.endswith(".apply") for call in third_tick[broke + 1 :])
    assert stage.missed == [2]
    assert [tick.inputs.loop.tick for tick in stage.recorded] == [0, 1, 3, 4, 5]
    told = {inputs.loop.tick: inputs.loop.exception for inputs in stage.inputs}
    assert told[3] == report.exception == f"RuntimeError: {site} broke"
    assert all(not text for tick, text in told.items() if tick != 3)
    assert stage.last_calls() == STOPPED


@pytest.mark.parametrize("site", IN_THE_TICK)
def test_after_three_failed_ticks_in_a_row_the_loop_ends(site: str, always_on: Callable[[Inputs], Tick]) -> None:
    stage = Stage(always_on, plan_of(site, 3, 4, 5, 6, 7, 8))
    report = stage.run(20)
    assert report.ticks == 2 + MOST_EXCEPTIONS == 5
    assert stage.missed == [2, 3, 4]
    assert report.exception == f"RuntimeError: {site} broke"
    assert stage.last_calls() == STOPPED


def test_failures_that_are_not_in_a_row_do_not_end_it(always_on: Callable[[Inputs], Tick]) -> None:
    stage = Stage(always_on, plan_of("sensor.poll", 2, 3, 5, 6, 8))
    assert stage.run(10).ticks == 10
    assert stage.missed == [1, 2, 4, 5, 7]


@pytest.mark.parametrize("broken", STOPS)
def test_a_stop_that_raises_keeps_no_other_from_being_stopped(broken: str, always_on: Callable[[Inputs], Tick]) -> None:
    stage = Stage(always_on, {**plan_of("step", 2), **plan_of(broken, 1, 2)})
    report = stage.run(4)
    assert stage.calls["one.stop"] == stage.calls["two.stop"] == stage.calls["orthosis.stop"] == 2
    assert stage.inputs[2].loop.exception == f"RuntimeError: step broke; stop: RuntimeError: {broken} broke"
    assert report.exception == f"stop: RuntimeError: {broken} broke"


ERRORS = st.sampled_from([RuntimeError("broke"), ValueError("broke"), KeyboardInterrupt("broke"), SystemExit("broke")])
PLANS = st.dictionaries(
    st.tuples(st.sampled_from(IN_THE_TICK + OUTSIDE), st.integers(1, 12)), ERRORS, max_size=6
)  # fmt: skip
STOP_PLANS = st.dictionaries(
    st.tuples(st.sampled_from((*STOPS, "watch.stopping", "watch.stopped")), st.integers(1, 4)),
    st.just(RuntimeError("broke")),
    max_size=4,
)


@given(plan=PLANS, stop_plan=STOP_PLANS, ticks=st.integers(1, 12))
def test_whatever_raises_whenever_the_outputs_are_stopped_at_the_end(
    always_on: Callable[[Inputs], Tick],
    plan: dict[tuple[str, int], BaseException],
    stop_plan: dict[tuple[str, int], BaseException],
    ticks: int,
) -> None:
    stage = Stage(always_on, {**plan, **stop_plan})
    with suppress(RuntimeError, ValueError, KeyboardInterrupt, SystemExit):
        stage.run(ticks)
    assert stage.last_calls() == STOPPED


def test_the_stop_request_disarms_in_its_own_tick_and_that_tick_is_recorded(
    always_on: Callable[[Inputs], Tick],
) -> None:
    stage = Stage(always_on, {})
    stage.run(4)
    *before, last = [tick.inputs.commands for tick in stage.recorded]
    assert before == [(), (), ()]
    assert last == (OperatorCommand(CommandKind.DISARM),)


def test_commands_come_once_and_in_order_panels_first(always_on: Callable[[Inputs], Tick]) -> None:
    stage = Stage(always_on, {})
    arm, pause, resume, stop = (
        OperatorCommand(kind) for kind in (CommandKind.ARM, CommandKind.PAUSE, CommandKind.RESUME, CommandKind.STOP)
    )
    stage.commands = [(arm, pause), (), (resume,)]
    stage.mailbox.post(stop)
    stage.mailbox.post(arm)
    stage.run(5)
    assert [tick.inputs.commands for tick in stage.recorded] == [
        (arm, pause, stop, arm), (), (resume,), (), (OperatorCommand(CommandKind.DISARM),)
    ]  # fmt: skip


def test_a_late_tick_is_counted_and_told(always_on: Callable[[Inputs], Tick]) -> None:
    def slow_once(inputs: Inputs) -> Tick:
        if inputs.loop.tick == 1:
            stage.t_s += 3.6 / RATE_HZ
        return always_on(inputs)

    stage = Stage(slow_once, {})
    report = stage.run(4)
    loops = [inputs.loop for inputs in stage.inputs]
    assert [(loop.tick, loop.skipped) for loop in loops] == [(0, 0), (1, 0), (4, 2), (5, 0)]
    assert loops[2].late_s == pytest.approx(0.6 / RATE_HZ)
    assert (report.late_ticks, report.skipped_ticks) == (1, 2)


def words_of(stage: Stage, *words: str) -> list[str]:
    return [word for word in stage.log if word in words]


def test_the_guard_hears_of_a_tick_when_every_device_has_it(always_on: Callable[[Inputs], Tick]) -> None:
    stage = Stage(always_on, {})
    stage.run(3)
    log = words_of(stage, "step", "orthosis.apply", *WATCHED, *STOPS)
    one_tick = ["step", "orthosis.apply", "watch.delivered"]
    if "orthosis.apply" not in log:
        one_tick.remove("orthosis.apply")
    assert log == [*one_tick * 3, "watch.stopping", *STOPS, "watch.stopped"]


@pytest.mark.parametrize("site", IN_THE_TICK)
def test_the_guard_hears_nothing_good_of_a_tick_that_failed(site: str, always_on: Callable[[Inputs], Tick]) -> None:
    stage = Stage(always_on, {(site, 2): ZeroDivisionError()})
    stage.run(3)
    if stage.calls[site] < 2:
        pytest.skip(f"{site} is not reached by these ticks")
    assert words_of(stage, *WATCHED) == [
        "watch.delivered",
        "watch.stopping",
        "watch.delivered",
        "watch.stopping",
        "watch.stopped",
    ]
    failed = stage.log.index("watch.stopping")
    assert stage.log[failed + 1 : failed + 1 + len(STOPS)] != []
    assert words_of(stage, *STOPS)[:3] == list(STOPS)
    assert stage.log.index("one.stop") > failed, "it is told before, so that the wait for a device is no alarm"


def test_the_tick_is_told_that_nobody_guards_it(always_on: Callable[[Inputs], Tick]) -> None:
    stage = Stage(always_on, {})
    stage.unguarded = {2: "the guard is gone"}
    stage.run(3)
    assert [inputs.loop.guard_problem for inputs in stage.inputs] == ["", "the guard is gone", ""]
