"""The emergency stop's own contact: open, unplugged or not to be read is a stop; closed is none."""

import pytest
from gpiozero.pins.mock import MockFactory
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.signals import CommandKind, Source
from drivers.errors import DeviceBusy
from drivers.gpio import claim_input
from drivers.stop_input import CLOSED_FOR_S, StopInput
from simulator.clock import VirtualClock
from simulator.wired.pins import StopContact

PIN = 6
TICK_S = 0.005


class Bench:
    """A stop that is polled every 5 ms."""

    def __init__(self, factory: MockFactory, clock: VirtualClock, *, pressed: bool = False) -> None:
        self.clock = clock
        self.contact = StopContact(PIN, factory)
        if pressed:
            self.contact.press()
        self.panel = StopInput(PIN, factory, clock)
        self.panel.open()

    def poll(self) -> str:
        """Why it is a stop, or empty."""
        self.clock.advance(TICK_S)
        said = self.panel.poll()
        assert all((one.kind, one.source) == (CommandKind.STOP, Source.OPERATOR) for one in said)
        return said[0].argument if said else ""

    def polls(self, seconds: float) -> list[str]:
        return [self.poll() for _ in range(round(seconds / TICK_S))]


def test_a_closed_contact_says_nothing_from_the_first_poll_on(factory: MockFactory, clock: VirtualClock) -> None:
    assert not any(Bench(factory, clock).polls(1.0))


def test_an_open_contact_is_a_stop_in_the_first_poll_and_in_every_one_after(
    factory: MockFactory, clock: VirtualClock
) -> None:
    bench = Bench(factory, clock)
    bench.polls(0.5)
    bench.contact.press()
    assert bench.polls(1.0) == ["GPIO 6 is open"] * 200


def test_a_contact_that_is_open_at_the_start_is_a_stop(factory: MockFactory, clock: VirtualClock) -> None:
    bench = Bench(factory, clock, pressed=True)
    assert bench.poll() == "GPIO 6 is open"


def test_closed_again_it_is_a_stop_until_it_has_stayed_so(factory: MockFactory, clock: VirtualClock) -> None:
    bench = Bench(factory, clock, pressed=True)
    bench.poll()
    bench.contact.release()
    said = bench.polls(0.2)
    ticks = round(CLOSED_FOR_S / TICK_S)
    assert said[:ticks] == ["GPIO 6 was open a moment ago"] * ticks
    assert not any(said[ticks + 1 :])


def test_a_contact_that_chatters_is_a_stop_all_the_time(factory: MockFactory, clock: VirtualClock) -> None:
    bench = Bench(factory, clock, pressed=True)
    for k in range(400):
        (bench.contact.release if k % 8 else bench.contact.press)()
        assert bench.poll()


def test_a_pin_that_cannot_be_read_is_a_stop(
    factory: MockFactory, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(factory, clock)

    def broken(_device: object) -> bool:
        raise OSError("the chip is gone")

    monkeypatch.setattr("drivers.stop_input.level", broken)
    assert bench.poll() == "GPIO 6 cannot be read: the chip is gone"
    monkeypatch.undo()
    assert bench.poll() == "GPIO 6 was open a moment ago"


def test_before_open_and_after_close_it_is_a_stop(factory: MockFactory, clock: VirtualClock) -> None:
    bench = Bench(factory, clock)
    bench.panel.close()
    bench.panel.close()
    assert bench.poll() == "GPIO 6 is not claimed"
    bench.panel.open()
    assert not bench.poll()


def test_a_close_that_fails_is_borne(
    factory: MockFactory, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken:
        def close(self) -> None:
            raise OSError("the chip is gone")

    bench = Bench(factory, clock)
    claimed = bench.panel._contact
    monkeypatch.setattr(bench.panel, "_contact", Broken())
    bench.panel.close()
    assert bench.poll() == "GPIO 6 is not claimed"
    assert claimed is not None
    claimed.close()


def test_a_pin_that_is_taken_says_so(factory: MockFactory, clock: VirtualClock) -> None:
    other = claim_input(factory, PIN, "up", "something else")
    with pytest.raises(DeviceBusy, match=r"GPIO 6 \(emergency stop\) is in use"):
        StopInput(PIN, factory, clock).open()
    other.close()


@settings(deadline=None)
@given(st.lists(st.booleans(), max_size=80))
def test_whatever_the_contact_does_open_is_never_missed(closed: list[bool]) -> None:
    factory, clock = MockFactory(), VirtualClock(10.0)
    bench = Bench(factory, clock)
    since_open = 1000
    for one in closed:
        (bench.contact.release if one else bench.contact.press)()
        since_open = since_open + 1 if one else 0
        said = bench.poll()
        assert bool(said) or since_open > CLOSED_FOR_S / TICK_S
        assert not (said and since_open > CLOSED_FOR_S / TICK_S + 2)
    factory.close()
