"""The arm button: held arms, a short press disarms, a stuck one does nothing."""

from gpiozero.pins.mock import MockFactory
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.signals import CommandKind, OperatorCommand
from drivers.arm_button import ArmButton
from simulator.clock import VirtualClock
from simulator.wired.pins import Button

ARM = OperatorCommand(CommandKind.ARM)
DISARM = OperatorCommand(CommandKind.DISARM)
PIN = 22


class Bench:
    """A finger on a button that is polled every 5 ms."""

    def __init__(self, factory: MockFactory, clock: VirtualClock, *, pressed: bool = False) -> None:
        self.clock = clock
        self.button = Button(PIN, factory)
        if pressed:
            self.button.press()
        self.panel = ArmButton(PIN, factory, clock)
        self.panel.open()

    def hold(self, pressed: bool, seconds: float, tick_s: float = 0.005) -> list[OperatorCommand]:
        (self.button.press if pressed else self.button.release)()
        said: list[OperatorCommand] = []
        for _ in range(round(seconds / tick_s)):
            said += self.panel.poll()
            self.clock.advance(tick_s)
        return said


def test_a_press_held_for_a_second_arms_once(factory: MockFactory, clock: VirtualClock) -> None:
    bench = Bench(factory, clock)
    assert bench.hold(False, 0.1) == []
    assert bench.hold(True, 0.99) == []
    assert bench.hold(True, 5.0) == [ARM]
    assert bench.hold(False, 1.0) == []


def test_a_short_press_disarms_when_it_ends(factory: MockFactory, clock: VirtualClock) -> None:
    bench = Bench(factory, clock)
    bench.hold(False, 0.1)
    assert bench.hold(True, 0.2) == []
    assert bench.hold(False, 0.2) == [DISARM]


def test_a_glitch_does_nothing(factory: MockFactory, clock: VirtualClock) -> None:
    bench = Bench(factory, clock)
    bench.hold(False, 0.1)
    assert bench.hold(True, 0.02) + bench.hold(False, 0.2) == []


def test_bounce_at_the_start_of_a_press_does_not_lose_it(factory: MockFactory, clock: VirtualClock) -> None:
    bench = Bench(factory, clock)
    bench.hold(False, 0.1)
    bench.hold(True, 0.005)
    bench.hold(False, 0.005)
    assert bench.hold(True, 1.1) == [ARM]


def test_a_button_stuck_at_start_arms_nothing_even_when_its_contact_flickers(
    factory: MockFactory, clock: VirtualClock
) -> None:
    bench = Bench(factory, clock, pressed=True)
    assert bench.hold(True, 3.0) == []
    assert bench.hold(False, 0.01) + bench.hold(True, 3.0) == []
    assert bench.hold(False, 0.1) == []
    assert bench.hold(True, 1.1) == [ARM]


def test_a_press_that_was_not_watched_does_not_arm(factory: MockFactory, clock: VirtualClock) -> None:
    bench = Bench(factory, clock)
    bench.hold(False, 0.1)
    assert bench.hold(True, 0.1) == []
    clock.advance(5.0)
    assert bench.hold(True, 0.5) == []
    assert bench.hold(False, 0.1) == [DISARM]


def test_a_button_that_cannot_be_read_commands_nothing(factory: MockFactory, clock: VirtualClock) -> None:
    bench = Bench(factory, clock)
    bench.hold(False, 0.1)
    bench.hold(True, 0.5)
    bench.panel.close()
    bench.panel.close()
    assert bench.panel.poll() == ()
    bench.panel.open()
    assert bench.hold(True, 3.0) == []


def test_a_pause_button_pauses_and_resumes(factory: MockFactory, clock: VirtualClock) -> None:
    bench = Bench(factory, clock)
    bench.panel.close()
    bench.panel = ArmButton(PIN, factory, clock, held=CommandKind.RESUME, short=CommandKind.PAUSE)
    bench.panel.open()
    bench.hold(False, 0.1)
    assert bench.hold(True, 0.2) + bench.hold(False, 0.2) == [OperatorCommand(CommandKind.PAUSE)]
    assert bench.hold(True, 1.1) + bench.hold(False, 0.2) == [OperatorCommand(CommandKind.RESUME)]


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.floats(0.005, 1.5)), max_size=20))
def test_arming_always_follows_a_release_and_a_whole_second(presses: list[tuple[bool, float]]) -> None:
    factory, clock = MockFactory(), VirtualClock(100.0)
    bench = Bench(factory, clock, pressed=True)
    held_s, released_before = 0.0, False
    for pressed, seconds in presses:
        said = bench.hold(pressed, seconds)
        if pressed:
            held_s += seconds
            assert said.count(ARM) <= 1
            if ARM in said:
                assert released_before
                assert held_s >= 0.99
        else:
            held_s = 0.0
            released_before = True
            assert ARM not in said
    factory.close()
