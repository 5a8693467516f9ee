"""The RehaStim2 driver on a bench device in the same process and on virtual time, judged by the device's own log."""

from collections.abc import Iterator
from itertools import pairwise
from math import inf, nan
from random import Random
from typing import Any, Literal

import pytest

from config.limits import HARD_MAX_BURST_S
from config.outputs import delivered_hz
from config.schema import ChannelSettings, Rehastim2Settings
from controller.signals import Contact, Pulses, PulseTrain
from drivers.errors import DeviceAbsent, DeviceFailed, DriverError
from drivers.framing import FrameReader
from drivers.rehastim2 import Rehastim2
from drivers.rehastim2_frames import (
    LONGEST_PACKET,
    Command,
    DeviceMode,
    ListPulse,
    Packet,
    decode,
    encode,
    pulses_of,
)
from drivers.serial_stimulators import examine
from simulator.clock import VirtualClock
from simulator.devices.bench_device import BenchDevice
from simulator.devices.faults import Fault, FaultKind
from simulator.devices.lines import InProcessLine
from simulator.devices.rehastim2 import WATCHDOG_S, Rehastim2Core
from simulator.wired.background import VirtualBackground

Mode = Literal["one_shot", "continuous"]
MODES: tuple[Mode, ...] = ("one_shot", "continuous")
TICK_S = 0.005
OUTPUT_ENDS_S = 0.15
"""A fault ends the output within this time."""


def channel(name: str, output: int, **changes: Any) -> ChannelSettings:  # noqa: ANN401 - any setting
    values = {"current_ma": 30.0, "max_current_ma": 40.0, "rate_hz": 40.0, "max_rate_hz": 50.0, **changes}
    return ChannelSettings.model_validate({"id": name, "output": output, **values})


class Session:
    """Driver and device, one tick after the other. `current_ma`: what the gate lets through on the outputs."""

    def __init__(self, mode: Mode, *, rate_hz: float = 40.0, tick_s: float = TICK_S, outputs: int = 1) -> None:
        self.clock = VirtualClock(50.0)
        self.core = Rehastim2Core()
        self.sent: list[tuple[float, Packet]] = []
        self._overhear()
        self.device = BenchDevice(self.core)
        self.line = InProcessLine(self.device, self.clock)
        self.background = VirtualBackground(self.clock)
        stimulator = Rehastim2Settings(kind="rehastim2", mode=mode)
        names = ("dorsiflexors", "evertors")[:outputs]
        self.channels = {i + 1: channel(name, i + 1, rate_hz=rate_hz) for i, name in enumerate(names)}
        self.driver = Rehastim2(stimulator, self.channels, self.line, self.clock, self.background)
        self.tick_s = tick_s
        self.current_ma: dict[int, float] = dict.fromkeys(self.channels, 0.0)
        self._next_s: dict[int, float] = {}
        self.problems: list[str] = []

    def _overhear(self) -> None:
        """Keep what the driver sends, in `sent`."""
        reader, answers = FrameReader(decode, LONGEST_PACKET), self.core.answers

        def overheard(data: bytes, now_s: float) -> list[bytes]:
            self.sent += [(now_s, packet) for packet in reader.feed(data)]
            return answers(data, now_s)

        self.core.answers = overheard  # type: ignore[method-assign]

    def starts(self) -> list[tuple[float, tuple[ListPulse, ...]]]:
        """The lists that the driver has sent, with their times."""
        data = [(t_s, packet.data) for t_s, packet in self.sent if packet.command == Command.START_CHANNEL_LIST]
        return [(t_s, pulses_of(one, len(self.channels)) or ()) for t_s, one in data]

    def open(self) -> "Session":
        self.driver.open()
        self.tick(0.1)
        assert self.problem == ""
        return self

    def tick(self, seconds: float, current_ma: float | None = None) -> None:
        """Let this much time pass in ticks, on output 1 with this current."""
        if current_ma is not None:
            self.current_ma[1] = current_ma
        end_s = self.clock.now() + seconds
        while self.clock.now() < end_s - 1e-9:
            self.problems.append(self.driver.status().problem)
            self.driver.apply(Pulses(tuple([self._train(output) for output in self.channels])))
            self.clock.advance(self.tick_s)
            self.line.advance()
            self.background.advance()

    def _train(self, output: int) -> PulseTrain:
        now_s, one, current_ma = self.clock.now(), self.channels[output], self.current_ma[output]
        name = f"right.{one.id}"
        if not current_ma:
            self._next_s.pop(output, None)
            return PulseTrain(name, output, 0.0, 0.0, 0.0, False)
        next_s = self._next_s.setdefault(output, now_s)
        due = now_s >= next_s - 0.5 * self.tick_s
        if due:
            self._next_s[output] = next_s + 1.0 / one.rate_hz
        return PulseTrain(name, output, current_ma, one.pulse_width_us, one.rate_hz, due)

    @property
    def problem(self) -> str:
        return self.driver.status().problem

    def pulses(self, since_s: float = -inf) -> list[float]:
        return [pulse.t_s for pulse in self.device.pulses if pulse.t_s > since_s]


@pytest.fixture(params=MODES)
def session(request: pytest.FixtureRequest) -> Iterator[Session]:
    made = Session(request.param)
    yield made
    made.driver.close()


def test_open_waits_for_the_device_and_leaves_it_ready_and_silent(session: Session) -> None:
    session.open()
    assert session.core.connected
    assert session.core.mode == DeviceMode.INITIALISED
    assert session.driver.version == 1
    session.tick(5.0)
    assert session.pulses() == []
    assert session.core.connected
    assert session.problem == ""


def test_a_device_on_which_nobody_chose_science_mode_is_told_so(session: Session) -> None:
    session.core.selected = False
    with pytest.raises(DeviceAbsent, match="is ScienceMode chosen on its screen"):
        session.driver.open()
    assert session.problem != ""


def test_open_after_a_dead_host_waits_until_the_device_has_given_up(session: Session) -> None:
    session.open()
    session.tick(0.3, 30.0)
    again = Session("one_shot")
    again.line = InProcessLine(session.device, session.clock)
    again.driver = Rehastim2(
        Rehastim2Settings(kind="rehastim2"), again.channels, again.line, session.clock, again.background
    )
    before_s = session.clock.now()
    again.driver.open()
    assert WATCHDOG_S - 0.5 < session.clock.now() - before_s < 2.5
    assert session.pulses(since_s=before_s + WATCHDOG_S) == []


def test_a_burst_has_the_asked_current_width_and_rate(session: Session) -> None:
    session.open()
    begin_s = session.clock.now()
    session.tick(1.0, 30.0)
    session.tick(0.5, 0.0)
    times = session.pulses()
    assert len(times) == pytest.approx(40, abs=1)
    assert begin_s < times[0] < begin_s + 0.03
    assert times[-1] < begin_s + 1.0 + 0.03
    assert {(p.current_ma, p.pulse_width_us, p.net_charge_uc) for p in session.device.pulses} == {(30.0, 300.0, 0.0)}
    assert session.problem == ""


def test_the_next_burst_comes_as_well(session: Session) -> None:
    session.open()
    for _ in range(4):
        begin_s = session.clock.now()
        session.tick(0.5, 20.0)
        session.tick(0.4, 0.0)
        assert len(session.pulses(since_s=begin_s)) == pytest.approx(20, abs=1)
        assert session.pulses(since_s=session.clock.now() - 0.35) == []
    assert set(session.problems) == {""}


@pytest.mark.parametrize("asked_ma", [25.0, 24.0, 25.9999])
def test_odd_currents_are_rounded_down(session: Session, asked_ma: float) -> None:
    session.open()
    session.tick(0.2, asked_ma)
    assert {pulse.current_ma for pulse in session.device.pulses} == {24.0}
    # The device rounds too: what counts is what it was told.
    assert {pulses for _, pulses in session.starts()} == {(ListPulse(300, 24),)}


def test_less_than_a_step_puts_out_nothing(session: Session) -> None:
    session.open()
    session.tick(0.3, 1.9)
    assert session.pulses() == []
    assert session.problem == ""


def test_a_rising_and_falling_ramp_is_followed(session: Session) -> None:
    session.open()
    for step in range(40):
        session.tick(0.01, float(step))
    for step in range(40, -1, -1):
        session.tick(0.01, float(step))
    currents = [pulse.current_ma for pulse in session.device.pulses]
    top = currents.index(max(currents))
    assert max(currents) >= 36.0
    assert currents[: top + 1] == sorted(currents[: top + 1])
    assert currents[top:] == sorted(currents[top:], reverse=True)
    assert session.pulses(since_s=session.clock.now() + 0.03) == []


@pytest.mark.parametrize("mode", MODES)
def test_two_channels_have_their_own_currents(mode: Mode) -> None:
    session = Session(mode, outputs=2).open()
    session.current_ma = {1: 30.0, 2: 16.0}
    session.tick(0.5)
    session.tick(0.2, 0.0)
    split_s = session.clock.now()
    session.tick(0.2)
    session.current_ma[2] = 0.0
    session.tick(0.2)
    by_output = {(pulse.output, pulse.current_ma) for pulse in session.device.pulses}
    assert by_output == {(1, 30.0), (2, 16.0)}
    assert {p.output for p in session.device.pulses if p.t_s > split_s} == {2}
    assert session.pulses(since_s=session.clock.now() - 0.15) == []
    assert session.problem == ""


def test_a_continuous_list_is_told_changes_once_a_round_and_the_end_of_an_output_at_once() -> None:
    session = Session("continuous", outputs=2).open()
    session.current_ma[2] = 16.0
    for step in range(80):
        session.tick(TICK_S, 2.0 + step % 30)
    times = [t_s for t_s, _ in session.starts()]
    assert min(b - a for a, b in pairwise(times)) > 0.025 - 1e-6
    assert len(times) > 12
    session.tick(0.1, 20.0)
    session.tick(TICK_S, 22.0)
    session.current_ma[2] = 0.0
    ended_s = session.clock.now()
    session.tick(0.1)
    assert session.starts()[-1] == (ended_s, (ListPulse(300, 22), ListPulse(20, 0)))
    assert [p.t_s for p in session.device.pulses if p.output == 2 and p.t_s > ended_s + 0.005] == []


def test_a_continuous_list_refuses_a_lower_rate_than_its_own() -> None:
    session = Session("continuous").open()
    session.driver.apply(Pulses((PulseTrain("right.dorsiflexors", 1, 20.0, 300.0, 30.0, True),)))
    assert "asked for 30 Hz, the list runs at 40.00 Hz" in session.problem


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("rate_hz", [10.0, 16.0, 30.0, 33.3, 35.0, 40.0, 45.0, 50.0])
@pytest.mark.parametrize("tick_s", [0.01, 0.005])
def test_the_mean_rate_is_what_config_check_says(mode: Mode, rate_hz: float, tick_s: float) -> None:
    session = Session(mode, rate_hz=rate_hz, tick_s=tick_s).open()
    session.tick(1.9, 20.0)
    times = session.pulses()
    rate = (len(times) - 1) / (times[-1] - times[0])
    said_hz = delivered_hz(rate_hz, Rehastim2Settings(kind="rehastim2", mode=mode))
    # The last pulse lies on the grid of ticks, up to half a tick from its place.
    assert rate == pytest.approx(said_hz, rel=0.01 if mode == "continuous" else max(0.01, 0.5 * tick_s / 1.8))
    assert session.problem == ""


def test_the_longest_burst_is_kept_whatever_is_asked(session: Session) -> None:
    session.open()
    begin_s = session.clock.now()
    session.tick(6.0, 30.0)
    assert HARD_MAX_BURST_S - 0.05 < session.pulses()[-1] - begin_s < HARD_MAX_BURST_S + 0.05
    assert "a burst longer than 2 s" in session.problem


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (Contact("right.dorsiflexors", True), "takes pulses, got a contact command"),
        (Pulses((PulseTrain("right.x", 3, 20.0, 300.0, 40.0, True),)), "asks for output 3"),
        (Pulses((PulseTrain("right.x", 1, 42.0, 300.0, 40.0, True),)), "current of 42 mA is above 40 mA"),
        (Pulses((PulseTrain("right.x", 1, nan, 300.0, 40.0, True),)), "no number"),
        (Pulses((PulseTrain("right.x", 1, 20.0, 300.0, 60.0, True),)), "above the cap of 50 Hz"),
    ],
)
def test_a_wrong_command_ends_the_output_and_is_told(session: Session, command: Any, reason: str) -> None:  # noqa: ANN401
    session.open()
    session.tick(0.3, 20.0)
    before_s = session.clock.now()
    session.driver.apply(command)
    session.tick(1.0, 0.0)
    assert reason in session.problem
    assert session.pulses(since_s=before_s + 0.03) == []


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


def test_a_device_that_is_not_idle_after_init_is_refused(session: Session) -> None:
    session.core.mode = DeviceMode.STARTED
    with pytest.raises(DeviceFailed, match="is not idle after INIT"):
        session.driver.open()


@pytest.mark.parametrize("mode", MODES)
def test_a_host_that_dies_stimulates_no_longer_than_the_device_allows(mode: Mode) -> None:
    longest_s = 0.06 if mode == "one_shot" else WATCHDOG_S * 1.1
    worst_s = 0.0
    for i in range(15):
        session = Session(mode).open()
        session.tick(0.1 + i * 0.041, 30.0)
        died_s = session.clock.now()
        for _ in range(400):
            session.clock.advance(0.005)
            session.device.feed(b"", session.clock.now())
        worst_s = max([worst_s, *(t_s - died_s for t_s in session.pulses())])
    assert 0.0 < worst_s <= longest_s


def test_stop_ends_the_output_within_its_bound_and_keeps_it_off(session: Session) -> None:
    session.open()
    session.tick(0.5, 30.0)
    before_s = session.clock.now()
    session.driver.stop()
    session.driver.stop()
    assert session.clock.now() - before_s < 0.1
    assert session.core.mode == DeviceMode.START
    session.tick(1.5, 30.0)
    assert session.pulses(since_s=before_s + 0.03) == []


@pytest.mark.parametrize("kind", [FaultKind.PORT_GONE, FaultKind.ACK_DROPPED, FaultKind.ACK_LATE])
def test_stop_is_bounded_whatever_the_line_does(session: Session, kind: FaultKind) -> None:
    session.open()
    session.tick(0.3, 30.0)
    session.device.order(Fault(kind, times=1000))
    before_s = session.clock.now()
    session.driver.stop()
    session.driver.close()
    assert session.clock.now() - before_s <= 0.2
    assert session.problem


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


def test_the_watchdog_is_fed_by_ticks_only_and_often_enough(session: Session) -> None:
    session.open()
    seen: list[tuple[float, int]] = []
    feed = session.core.answers

    def watched(data: bytes, now_s: float) -> list[bytes]:
        if data:
            seen.append((now_s, len(data)))
        return feed(data, now_s)

    session.core.answers = watched  # type: ignore[method-assign]
    session.tick(4.0, 0.0)
    times = [t_s for t_s, _ in seen]
    assert max(b - a for a, b in pairwise(times)) <= 0.41
    count = len(seen)
    for _ in range(300):
        session.clock.advance(0.005)
        session.line.advance()
        session.background.advance()
    assert len(seen) == count
    assert not session.core.connected


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


def test_close_before_open_and_twice_is_harmless(session: Session) -> None:
    session.driver.close()
    session.driver.stop()
    session.driver.apply(Pulses(()))
    session.open()
    session.driver.close()
    session.driver.close()
    session.driver.apply(Pulses(()))
    session.device.gone = True
    with pytest.raises(DriverError, match="is not there"):
        session.driver.open()


def test_an_examination_names_the_device_and_times_its_answers(session: Session) -> None:
    session.core.answer_s = 0.008
    found = examine(Rehastim2Settings(kind="rehastim2"), session.line, session.clock, questions=20)
    assert found.identity == "RehaStim2, ScienceMode2 version 1"
    assert len(found.round_trips_s) == 20
    assert all(0.008 <= took_s < 0.01 for took_s in found.round_trips_s)
    assert session.core.mode == DeviceMode.START
    assert session.pulses() == []


PUTTING_OUT = (12, 14, 15, 20, 23)
"""Seeds whose sessions begin with good commands: they must have pulses to judge."""


def segments_of(random: Random) -> Iterator[tuple[float, float, float, float, float]]:
    """Stretches of a session: current, width and planned rate as shares of the caps, seconds, length of a tick."""
    for _ in range(random.randint(2, 6)):
        current = random.choice((0.0, random.uniform(0.3, 1.0), random.uniform(0.3, 1.0), 1.0))
        width, rate = random.uniform(0.6, 1.0), random.uniform(0.5, 1.0)
        match random.random():
            case share if share < 0.1:
                current = random.choice((nan, inf, -1.0, 1.05, 1e9))
            case share if share < 0.2:
                width = random.choice((nan, inf, -1.0, 1.05, 1e9))
            case share if share < 0.4:
                rate = random.uniform(1.0, 3.0)
        yield current, width, rate, random.uniform(0.0, 2.6), random.choice((0.001, 0.005, 0.005, 0.01, 0.033))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("seed", range(10, 24))
def test_whatever_is_commanded_the_device_stays_within_the_caps(mode: Mode, seed: int) -> None:
    random = Random(seed)
    max_current_ma, max_pulse_width_us = random.uniform(4.0, 60.0), random.uniform(60.0, 400.0)
    max_rate_hz, max_charge_uc = random.uniform(10.0, 50.0), random.uniform(4.0, 20.0)
    session = Session(mode)
    caps = {
        "max_current_ma": max_current_ma,
        "max_pulse_width_us": max_pulse_width_us,
        "max_rate_hz": max_rate_hz,
        "max_charge_uc": max_charge_uc,
        "rate_hz": max_rate_hz,
    }
    one = session.channels[1].model_copy(update=caps)
    device = Rehastim2Settings(kind="rehastim2", mode=mode)
    session.driver = Rehastim2(device, {1: one}, session.line, session.clock, session.background)
    session.driver.open()
    next_s = session.clock.now()
    for current, width, rate, seconds, tick_s in segments_of(random):
        end_s = session.clock.now() + seconds
        while session.clock.now() < end_s:
            due = session.clock.now() >= next_s
            if due:
                next_s = session.clock.now() + 1.0 / (rate * max_rate_hz)
            width_us = width * min(max_pulse_width_us, 1000.0 * max_charge_uc / max_current_ma)
            asked = PulseTrain("right.x", 1, current * max_current_ma, width_us, max_rate_hz, due)
            session.driver.apply(Pulses((asked,)))
            session.clock.advance(tick_s)
            session.line.advance()
            session.background.advance()
    session.driver.close()
    for pulse in session.device.pulses:
        assert pulse.net_charge_uc == 0.0
        assert pulse.current_ma <= max_current_ma
        assert pulse.pulse_width_us <= max_pulse_width_us
        assert pulse.charge_uc <= max_charge_uc + 1e-9
    times = session.pulses()
    if seed in PUTTING_OUT:
        assert len(times) > 30
    assert min([b - a for a, b in pairwise(times)], default=1.0) > 0.4 / max_rate_hz - 1e-6
    for i, start_s in enumerate(times):
        assert len([t_s for t_s in times[i : i + 60] if t_s < start_s + 1.0 - 1e-6]) <= max_rate_hz + 2.0
    burst_s = 0.0
    for before_s, t_s in pairwise(times):
        burst_s = burst_s + t_s - before_s if t_s - before_s <= 1.6 / max_rate_hz else 0.0
        assert burst_s <= HARD_MAX_BURST_S + 0.1
