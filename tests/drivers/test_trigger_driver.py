"""The trigger driver, judged by the device's own log and never by the driver's word."""

from typing import Literal

import pytest
from gpiozero import OutputDevice
from gpiozero.pins.mock import MockFactory
from hypothesis import given, settings
from hypothesis import strategies as st

from config.limits import HARD_MAX_BURST_S
from config.schema import TriggerSettings
from controller.signals import Contact, Pulses, PulseTrain, StimulationCommand
from drivers.errors import DeviceBusy, DeviceFailed, UnsafeSettings
from drivers.trigger import Trigger
from simulator.clock import VirtualClock
from simulator.wired.trigger import TriggerDevice

State = Literal["open", "closed"]

ON = Contact("dorsiflexors", True)
OFF = Contact("dorsiflexors", False)
PULSES = Pulses((PulseTrain("dorsiflexors", 1, 20.0, 300.0, 40.0, True),))
COMMANDS: dict[str, StimulationCommand] = {"on": ON, "off": OFF, "pulses": PULSES}
POLARITIES: tuple[State, ...] = ("open", "closed")


def trigger_settings(safe: State) -> TriggerSettings:
    return TriggerSettings(kind="trigger", pin=16, safe_contact=safe, contact_when_low=safe)


class Bench:
    """The driver, and the device that keeps its own log."""

    def __init__(self, safe: State, factory: MockFactory, clock: VirtualClock) -> None:
        self.clock = clock
        self.device = TriggerDevice(trigger_settings(safe), factory, clock, lambda *_: None)
        self.trigger = Trigger(trigger_settings(safe), factory, clock)

    def tick(self, command: StimulationCommand, seconds: float = 0.005, tick_s: float = 0.005) -> None:
        for _ in range(round(seconds / tick_s)):
            self.trigger.apply(command)
            self.clock.advance(tick_s)

    @property
    def problem(self) -> str:
        return self.trigger.status().problem


@pytest.fixture(params=POLARITIES)
def bench(request: pytest.FixtureRequest, factory: MockFactory, clock: VirtualClock) -> Bench:
    return Bench(request.param, factory, clock)


def test_it_is_never_on_at_open_and_close(bench: Bench) -> None:
    bench.trigger.apply(ON)
    bench.trigger.stop()
    bench.trigger.open()
    bench.clock.advance(1.0)
    bench.trigger.close()
    bench.trigger.close()
    bench.trigger.apply(ON)
    assert bench.device.edges == []
    assert "closed" in bench.problem


def test_it_follows_its_command(bench: Bench) -> None:
    bench.trigger.open()
    start_s = bench.clock.now()
    bench.tick(OFF, 0.1)
    bench.tick(ON, 0.5)
    bench.tick(OFF, 0.1)
    [(on_s, off_s)] = bench.device.bursts()
    assert on_s - start_s == pytest.approx(0.1)
    assert off_s - start_s == pytest.approx(0.6)
    assert bench.problem == ""


def test_close_ends_a_burst_and_leaves_the_contact_safe(bench: Bench) -> None:
    bench.trigger.open()
    bench.tick(OFF)
    bench.tick(ON, 0.5)
    bench.trigger.close()
    assert [on for _, on in bench.device.edges] == [True, False]
    assert bench.device.edges[-1][0] == bench.clock.now()


def test_a_command_that_is_on_right_after_open_or_stop_does_nothing_and_is_told(bench: Bench) -> None:
    bench.trigger.open()
    bench.tick(ON, 0.1)
    assert bench.device.edges == []
    assert "without a pause" in bench.problem
    bench.tick(OFF)
    assert bench.problem == ""
    bench.tick(ON, 0.1)
    bench.trigger.stop()
    bench.trigger.stop()
    bench.tick(ON, 0.1)
    assert [on for _, on in bench.device.edges] == [True, False]


def test_pulses_end_the_output_and_are_told(bench: Bench) -> None:
    bench.trigger.open()
    bench.tick(OFF)
    bench.tick(ON, 0.1)
    bench.tick(PULSES)
    assert not bench.device.stimulating
    assert "takes no pulses" in bench.problem
    bench.tick(ON, 0.1)
    assert not bench.device.stimulating
    bench.tick(OFF)
    assert bench.problem == ""


def test_a_command_that_is_merely_true_like_is_not_on(bench: Bench) -> None:
    bench.trigger.open()
    bench.tick(OFF)
    bench.tick(Contact("dorsiflexors", "yes"))  # type: ignore[arg-type]
    assert bench.device.edges == []


def test_a_burst_ends_at_the_hard_limit_and_stays_off_until_the_command_was_off(bench: Bench) -> None:
    bench.trigger.open()
    bench.tick(OFF)
    bench.tick(ON, 10.0)
    [(on_s, off_s)] = bench.device.bursts()
    assert HARD_MAX_BURST_S - 0.02 < off_s - on_s <= HARD_MAX_BURST_S
    assert "without a pause" in bench.problem
    bench.tick(OFF)
    bench.tick(ON)
    assert bench.device.stimulating


def test_a_burst_of_exactly_the_hard_limit_is_no_fault(bench: Bench) -> None:
    bench.trigger.open()
    bench.tick(OFF)
    bench.tick(ON, HARD_MAX_BURST_S)
    assert bench.problem == ""
    bench.tick(OFF)
    assert bench.problem == ""
    [(on_s, off_s)] = bench.device.bursts()
    assert off_s - on_s == pytest.approx(HARD_MAX_BURST_S, abs=0.006)


def test_with_long_ticks_it_ends_a_tick_early_rather_than_late(bench: Bench) -> None:
    bench.trigger.open()
    bench.tick(OFF)
    bench.tick(ON, 10.0, tick_s=0.03)
    [(on_s, off_s)] = bench.device.bursts()
    assert HARD_MAX_BURST_S - 0.06 < off_s - on_s <= HARD_MAX_BURST_S


def test_a_late_tick_near_the_limit_ends_the_burst_early_and_is_no_fault(bench: Bench) -> None:
    bench.trigger.open()
    bench.tick(OFF)
    bench.tick(ON, HARD_MAX_BURST_S - 0.07)
    bench.clock.advance(0.045)
    bench.tick(ON, 0.02)
    assert not bench.device.stimulating
    assert bench.problem == ""
    bench.tick(OFF)
    assert bench.problem == ""


def test_close_drives_the_pin_safe_before_it_lets_go(
    bench: Bench, factory: MockFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.trigger.open()
    bench.tick(OFF)
    bench.tick(ON, 0.1)
    pin = factory.pin(16)
    levels_at_release: list[bool] = []
    release = pin.close

    def watched_release() -> None:
        levels_at_release.append(pin.state)
        release()

    monkeypatch.setattr(pin, "close", watched_release)
    bench.trigger.close()
    assert levels_at_release == [False]


def test_a_pin_that_fails_once_in_a_burst_is_off_before_apply_returns(bench: Bench) -> None:
    bench.trigger.open()
    bench.tick(OFF)
    bench.tick(ON, 0.1)
    bench.device.fail(RuntimeError("bad handle"), times=1)
    bench.trigger.apply(ON)
    assert not bench.device.stimulating
    assert "bad handle" in bench.problem


def test_a_pin_that_cannot_be_driven_latches_until_reopened(bench: Bench) -> None:
    bench.trigger.open()
    bench.tick(OFF)
    bench.device.fail(RuntimeError("bad handle"))
    bench.tick(ON, 0.1)
    assert bench.device.edges == []
    assert "GPIO 16 cannot be driven: bad handle" in bench.problem
    bench.device.fail(None)
    bench.tick(OFF)
    bench.tick(ON, 0.1)
    assert bench.device.edges == []
    assert "bad handle" in bench.problem
    bench.trigger.close()
    bench.trigger.open()
    bench.tick(OFF)
    bench.tick(ON)
    assert bench.device.stimulating


def test_a_pin_that_fails_in_a_burst_is_switched_off_as_soon_as_it_can_be(bench: Bench) -> None:
    bench.trigger.open()
    bench.tick(OFF)
    bench.tick(ON, 0.1)
    bench.device.fail(RuntimeError("bad handle"))
    bench.tick(ON, 0.02)
    bench.device.fail(None)
    bench.tick(ON)
    assert not bench.device.stimulating


def test_a_short_circuit_is_noticed_by_reading_back(bench: Bench) -> None:
    bench.trigger.open()
    bench.tick(OFF)
    bench.device.short(True)
    bench.tick(OFF)
    assert "high against its command" in bench.problem


def test_open_refuses_a_pin_that_is_held_high(bench: Bench) -> None:
    bench.device.short(True)
    with pytest.raises(DeviceFailed, match="GPIO 16 is high against its command"):
        bench.trigger.open()


def test_open_refuses_a_pin_in_use(bench: Bench, factory: MockFactory) -> None:
    other = OutputDevice(16, pin_factory=factory)
    with pytest.raises(DeviceBusy, match="GPIO 16"):
        bench.trigger.open()
    other.close()


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"contact_when_low": "closed"}, "use the other kind of relay"),
        ({"safe_contact": "closed"}, "use the other kind of relay"),
    ],
)
def test_open_checks_again_what_the_config_should_have_refused(
    factory: MockFactory, clock: VirtualClock, wrong: dict[str, object], text: str
) -> None:
    settings = trigger_settings("open").model_copy(update=wrong)
    trigger = Trigger(settings, factory, clock)
    with pytest.raises(UnsafeSettings, match=text):
        trigger.open()
    trigger.apply(ON)
    trigger.close()
    assert factory.pin(16).state is False


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("on"), st.floats(0.001, 0.3)),
        st.tuples(st.just("on for"), st.floats(0.5, 3.0)),
        st.tuples(st.just("off"), st.floats(0.001, 0.3)),
        st.tuples(st.just("pulses"), st.floats(0.001, 0.3)),
        st.tuples(st.sampled_from(["fail", "heal", "short", "stop", "reopen"]), st.just(0.0)),
    ),
    max_size=40,
)


@settings(deadline=None)
@given(STEPS, st.sampled_from(POLARITIES))
def test_nothing_keeps_it_on_beyond_the_hard_limit(steps: list[tuple[str, float]], safe: State) -> None:
    factory, clock = MockFactory(), VirtualClock(100.0)
    bench = Bench(safe, factory, clock)
    bench.trigger.open()
    healthy = True
    for step, seconds in steps:
        if step in ("on", "off", "pulses"):
            bench.trigger.apply(COMMANDS[step])
            if healthy and bench.device.stimulating:
                assert step == "on"
                assert clock.now() - bench.device.edges[-1][0] < HARD_MAX_BURST_S
            clock.advance(seconds)
        elif step == "on for":
            bench.tick(ON, seconds)
            if healthy:
                assert all(b - a <= HARD_MAX_BURST_S + 0.3 for a, b in bench.device.bursts())
        elif step in ("fail", "heal"):
            healthy = step == "heal"
            bench.device.fail(None if healthy else RuntimeError("bad handle"))
            bench.tick(OFF)
        elif step == "stop":
            bench.trigger.stop()
            edges = list(bench.device.edges)
            bench.tick(ON, 0.1)
            assert bench.device.edges == edges
        elif step == "reopen" and healthy:
            bench.trigger.close()
            assert not bench.device.stimulating
            bench.trigger.open()
            assert not bench.device.stimulating
    bench.device.fail(None)
    bench.trigger.stop()
    assert not bench.device.stimulating
    bench.tick(ON, 0.1)
    assert not bench.device.stimulating
    factory.close()
