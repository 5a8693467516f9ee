"""The RehaStim2 driver when device or line fail: the output ends, it is told, and nothing comes back by itself."""

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from drivers.rehastim2_frames import Command, DeviceMode, Packet, encode
from simulator.devices.faults import Fault, FaultKind
from simulator.devices.rehastim2 import WATCHDOG_S

if TYPE_CHECKING:
    from tests.drivers.rehastim2_session import MODES, OUTPUT_ENDS_S, TICK_S, Mode, Session
else:
    from rehastim2_session import MODES, OUTPUT_ENDS_S, TICK_S, Mode, Session

STEPS: dict[str, tuple[float, float]] = {
    "idle": (0.5, 0.0),
    "first pulse": (0.5, 0.02),
    "in the burst": (0.5, 0.3),
}
"""When a fault happens: seconds without current, then seconds of a burst that goes on."""
EVERY_FAULT = list(FaultKind)


def cannot_hurt(kind: FaultKind) -> bool:
    """Faults that may pass without harm: the answers stay right or come in time."""
    return kind == FaultKind.ONE_BYTE_AT_A_TIME


@pytest.mark.parametrize("kind", EVERY_FAULT)
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("mode", MODES)
def test_every_fault_at_every_step_ends_the_output_latches_and_says_what_to_check(
    mode: Mode, step: str, kind: FaultKind
) -> None:
    session = Session(mode).open()
    idle_s, burst_s = STEPS[step]
    session.tick(idle_s)
    if burst_s:
        session.tick(burst_s, 30.0)
    spacing_s = 0.002 if kind == FaultKind.ONE_BYTE_AT_A_TIME else 0.3
    session.device.order(Fault(kind, late_s=spacing_s, times=1))
    # The burst goes on, or a new one begins with the fault in the air, until the fault has bitten.
    for i in range(140):
        session.tick(TICK_S, 30.0 if i % 60 < 50 else 0.0)
    assert session.device.happened, "the fault never happened"
    happened_s = session.device.happened[0][0]
    if cannot_hurt(kind) and not session.problem:
        return
    assert session.problem.startswith("RehaStim2 main: "), session.problem
    assert any(word in session.problem for word in ("check", "switch", "see why", "is it", "touched")), session.problem
    late = session.pulses(since_s=happened_s + OUTPUT_ENDS_S)
    if kind == FaultKind.PORT_GONE and mode == "continuous":
        late = session.pulses(since_s=happened_s + WATCHDOG_S * 1.1)
    assert late == []
    # Nothing comes back by itself while current is asked for.
    before_s = session.clock.now()
    session.tick(3.2, 30.0)
    assert session.pulses(since_s=max(before_s, happened_s + WATCHDOG_S)) == []
    assert session.problem


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (FaultKind.ELECTRODE_OFF, "an electrode of right.dorsiflexors is off or dry: check both electrodes"),
        (FaultKind.EMERGENCY_STOP, "its emergency switch is pressed or not plugged in: see why, then release it"),
        (FaultKind.BAD_CRC, "unreadable bytes on the virtual bench: check the cable"),
        (FaultKind.ACK_DROPPED, "no answer to"),
        (FaultKind.ACK_REFUSED, "is too busy for"),
        (FaultKind.ACK_DOUBLED, "an acknowledgement that nobody waits for"),
    ],
)
def test_a_fault_has_words_of_its_own(session: Session, kind: FaultKind, words: str) -> None:
    session.open()
    session.tick(0.3, 30.0)
    session.device.order(Fault(kind))
    session.tick(1.0, 29.0)
    session.tick(0.5, 20.0)
    assert words in session.problem


@pytest.mark.parametrize("kind", [FaultKind.RESET, FaultKind.ELECTRODE_OFF, FaultKind.ACK_DROPPED, FaultKind.JUNK])
def test_after_a_rest_without_any_wish_it_is_ready_again_and_still_silent(session: Session, kind: FaultKind) -> None:
    session.open()
    session.tick(0.3, 30.0)
    session.device.order(Fault(kind))
    session.tick(1.0, 28.0)
    assert session.problem
    session.core.mend()
    silent_s = session.clock.now()
    session.tick(2.9, 0.0)
    assert session.problem
    session.tick(8.0, 0.0)
    assert session.problem == ""
    assert session.pulses(since_s=silent_s) == []
    begin_s = session.clock.now()
    session.tick(0.5, 30.0)
    assert len(session.pulses(since_s=begin_s)) > 15
    assert session.problem == ""


def test_a_device_that_begins_anew_is_answered_at_any_time(session: Session) -> None:
    session.open()
    for _ in range(2):
        session.core.suffer(FaultKind.RESET, session.clock.now())
        session.tick(0.49, 0.0)
        assert not session.core.connected
        session.tick(0.02, 0.0)
        assert session.core.connected
        assert session.problem
    assert session.pulses() == []


def back_but_resting(session: Session) -> None:
    """Fail, and be set up again while somebody asked for current meanwhile: the rest has to begin anew."""
    session.open()
    session.tick(0.3, 30.0)
    session.device.order(Fault(FaultKind.JUNK))
    session.tick(0.3, 28.0)
    while not session.background.busy():
        session.tick(TICK_S, 0.0)
    session.tick(TICK_S, 30.0)
    while session.background.busy():
        session.tick(TICK_S, 0.0)
    assert session.core.mode == DeviceMode.INITIALISED
    assert session.problem


def test_a_device_that_is_set_up_again_is_kept_awake_until_it_may_be_used(session: Session) -> None:
    back_but_resting(session)
    silent_s, inits = session.clock.now(), session.core.init_count
    while session.problem and session.clock.now() < silent_s + 5.0:
        session.tick(TICK_S, 0.0)
    assert session.clock.now() > silent_s + 2.0
    assert session.problem == ""
    assert session.core.init_count == inits
    session.tick(0.3, 30.0)
    assert session.problem == ""
    assert session.pulses(since_s=silent_s)


def test_a_device_that_begins_anew_while_the_driver_rests_is_not_used_before_it_is_set_up(session: Session) -> None:
    back_but_resting(session)
    session.core.suffer(FaultKind.RESET, session.clock.now())
    silent_s = session.clock.now()
    session.problems.clear()
    session.tick(4.0, 0.0)
    assert any("has stopped and begun anew" in problem for problem in session.problems)
    assert session.pulses(since_s=silent_s) == []
    session.tick(8.0, 0.0)
    assert session.problem == ""
    assert session.core.mode == DeviceMode.INITIALISED


def test_a_device_that_is_always_slow_is_told_and_one_late_answer_is_not() -> None:
    session = Session("one_shot").open()
    session.core.answer_s = 0.02
    session.tick(1.0, 30.0)
    assert session.problem == ""
    session.core.answer_s = 0.06
    session.tick(0.03)
    session.core.answer_s = 0.005
    session.tick(0.5)
    assert session.problem == ""
    session.core.answer_s = 0.06
    session.tick(1.0)
    assert "answers too slowly" in session.problem
    times = session.pulses()
    assert min(b - a for a, b in pairwise(times)) > 0.02 - 1e-6


def test_a_device_that_was_switched_off_and_on_between_bursts_is_told(session: Session) -> None:
    session.open()
    session.device.order(Fault(FaultKind.RESET))
    session.tick(1.0, 0.0)
    assert "has stopped and begun anew: was it switched off" in session.problem


def test_an_answer_that_fits_nothing_is_told() -> None:
    for packet in (Packet(3, Command.UNKNOWN_COMMAND, b"\x20"), Packet(200, Command.GET_MODE_ACK, b"\0\0")):
        fresh = Session("one_shot").open()
        fresh.line._arrived += encode(packet)
        fresh.tick(0.05)
        assert fresh.problem
