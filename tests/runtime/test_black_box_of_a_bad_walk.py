"""A walk in which much goes wrong, through the real loop over the virtual bench: its black box replays exactly."""

from collections.abc import Callable
from pathlib import Path

import pytest

from config.hashes import safety_hash, settings_hash
from config.load import default_settings
from controller.controller import Controller
from controller.signals import (
    ArmingState,
    CommandKind,
    Contact,
    DeviceStatus,
    Inputs,
    OperatorCommand,
    Pulses,
    Reading,
    Source,
    StimulationCommand,
    Tick,
)
from drivers.interfaces import Sensor, Stimulator
from recording.blackbox import TickRecord, read_black_box
from recording.blackbox_writer import BlackBoxWriter
from recording.codec import pack_tick
from recording.header import make_header
from recording.replay import replay, verify
from runtime.loop import Loop, LoopReport, Parts
from runtime.mailbox import Mailbox
from runtime.recorder import DirectRecorder
from simulator.bench import Bench
from simulator.clock import VirtualClock

WALK_S = 14.0
COMMANDS = {
    200: OperatorCommand(CommandKind.ARM),
    240: OperatorCommand(CommandKind.ARM, Source.NETWORK),
    1100: OperatorCommand(CommandKind.PAUSE),
    1200: OperatorCommand(CommandKind.RESUME),
    1500: OperatorCommand(CommandKind.STOP),
    1600: OperatorCommand(CommandKind.DISARM),
    1605: OperatorCommand(CommandKind.ARM),
    2300: OperatorCommand(CommandKind.DISARM),
    2310: OperatorCommand(CommandKind.MODE, argument="no such mode"),
    2320: OperatorCommand(CommandKind.ARM),
}
STALLS_S = {700: 0.0035, 900: 0.023, 1000: 0.0837, 2500: 0.3033}
DEVICE_PROBLEM = range(2200, 2204)
RECORDER_PROBLEM = range(2400, 2403)
SENSOR_BREAKS = 2600


class Troubled:
    """A stimulator that reports a problem for a while."""

    def __init__(self, inner: Stimulator, calls: Callable[[], int]) -> None:
        self._inner = inner
        self._calls = calls
        self.open, self.close, self.stop = inner.open, inner.close, inner.stop

    def apply(self, command: StimulationCommand) -> None:
        self._inner.apply(command)

    def status(self) -> DeviceStatus:
        status = self._inner.status()
        return status._replace(problem="electrode off") if self._calls() in DEVICE_PROBLEM else status


class BreakingSensor:
    """A sensor whose poll raises once, although it promises not to."""

    def __init__(self, inner: Sensor, calls: Callable[[], int], breaks_at: int | None) -> None:
        self._inner = inner
        self._calls = calls
        self._breaks_at = breaks_at
        self.open, self.close, self.status = inner.open, inner.close, inner.status

    def poll(self) -> Reading | None:
        if self._calls() == self._breaks_at:
            raise RuntimeError("poll broke")
        return self._inner.poll()


class GrudgingRecorder(DirectRecorder):
    """Reports a problem for a while, although it writes."""

    def __init__(self, writer: BlackBoxWriter, calls: Callable[[], int]) -> None:
        super().__init__(writer)
        self._calls = calls

    def problem(self) -> str:
        return "the disk is slow" if self._calls() in RECORDER_PROBLEM else super().problem()


def bad_walk(path: Path, breaks_at: int | None = None) -> LoopReport:
    settings = default_settings()
    bench = Bench(settings, VirtualClock(1000.0), seed=5)
    clock = bench.clock
    turn = 0
    controller, mailbox = Controller(settings), Mailbox()

    def turns() -> int:
        return turn

    def step(inputs: Inputs) -> Tick:
        tick = controller.step(inputs)
        clock.sleep_until(clock.now() + STALLS_S.get(turn, 0.0))
        return tick

    def stop_wanted(t_s: float) -> bool:
        nonlocal turn
        turn += 1
        if turn in COMMANDS:
            mailbox.post(COMMANDS[turn])
        return t_s >= 1000.0 + WALK_S

    header = make_header(
        settings,
        software_version="0",
        started="now",
        settings_hash=settings_hash(settings),
        safety_hash=safety_hash(settings),
    )
    recorder = GrudgingRecorder(BlackBoxWriter(path, header), turns)
    sensors = dict(bench.sensors)
    sensors["heel"] = BreakingSensor(sensors["heel"], turns, breaks_at)
    stimulators = {name: Troubled(one, turns) for name, one in bench.stimulators.items()}
    for stimulator in stimulators.values():
        stimulator.open()
    for sensor in sensors.values():
        sensor.open()
    loop = Loop(Parts(sensors, stimulators, {}), step, clock, settings.loop.rate_hz, mailbox, recorder)
    report = loop.run(stop_wanted)
    recorder.close("done")
    return report


def is_on(tick: Tick) -> bool:
    return any(
        command.stimulate if isinstance(command, Contact) else any(train.current_ma > 0.0 for train in command.trains)
        for command in tick.allowed.values()
    )


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, LoopReport]:
    path = tmp_path_factory.mktemp("bad") / "bad.dfx"
    return path, bad_walk(path)


def ticks_of(path: Path) -> list[Tick]:
    return [record.tick for record in read_black_box(path).records if isinstance(record, TickRecord)]


def test_much_went_wrong_in_it(box: tuple[Path, LoopReport]) -> None:
    path, report = box
    ticks = ticks_of(path)
    assert {tick.state for tick in ticks} == set(ArmingState)
    faults = {fault.partition(":")[0] for tick in ticks for fault in tick.faults}
    assert {"emergency_stop", "device", "late_loop", "recorder"} <= faults
    assert report.late_ticks == 3
    assert report.skipped_ticks == sum(tick.inputs.loop.skipped for tick in ticks) == 3 + 15 + 59
    assert sum(is_on(tick) for tick in ticks) > 200
    assert [c.kind for tick in ticks for c in tick.inputs.commands] == [
        *(command.kind for command in COMMANDS.values()),
        CommandKind.DISARM,
    ]


def test_it_replays_exactly(box: tuple[Path, LoopReport]) -> None:
    path, report = box
    read = read_black_box(path)
    result = verify(read, Controller(read.header.read_settings()).step)
    assert result.first_difference is None
    assert result.exact
    assert result.closed
    assert (result.ticks, result.gaps, result.damaged) == (report.ticks, 0, 0)


def test_a_stop_or_disarm_cuts_in_its_own_tick(box: tuple[Path, LoopReport]) -> None:
    ending = (CommandKind.STOP, CommandKind.DISARM)
    for tick in ticks_of(box[0]):
        kinds = [command.kind for command in tick.inputs.commands]
        if kinds and kinds[-1] in ending:
            assert not is_on(tick)
            assert tick.state == (ArmingState.LATCHED if kinds[-1] == CommandKind.STOP else ArmingState.DISARMED)
            assert all(not command.trains or not any(t.due for t in command.trains)
                       for command in tick.allowed.values() if isinstance(command, Pulses))  # fmt: skip


def test_a_tick_that_failed_is_a_gap_and_the_rest_replays_exactly(tmp_path: Path) -> None:
    path = tmp_path / "broken.dfx"
    report = bad_walk(path, SENSOR_BREAKS)
    assert report.exception == "RuntimeError: poll broke"
    read = read_black_box(path)
    result = verify(read, Controller(read.header.read_settings()).step)
    assert result.first_difference is None
    assert result.gaps == 1
    assert result.ticks == SENSOR_BREAKS - 1
    assert result.ticks + result.not_compared == report.ticks - 1
    ticks = ticks_of(path)
    after = ticks[SENSOR_BREAKS - 1]
    assert after.inputs.loop.exception == "RuntimeError: poll broke"
    assert after.state == ArmingState.LATCHED
    assert not is_on(after)
    # The step of the failed tick never ran, so the controller knows nothing that is not in the file.
    step = Controller(read.header.read_settings()).step
    again = replay((tick.inputs for tick in ticks), step)
    assert all(pack_tick(one) == pack_tick(other) for one, other in zip(ticks, again, strict=True))
