"""Stages are unlocked by recorded evidence for one safety set, and by nothing else."""

import hashlib
import json
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from config.hashes import proof_hash, safety_hash, settings_hash
from config.load import load_settings
from config.schema import Settings
from config.stages import BY_NAME, STAGES, StageName, stage_before
from controller.controller import Controller
from controller.signals import ArmingState, Contact, Tick
from dorsiflex import stage_command, stage_evidence, stages, version
from dorsiflex.assemble import bench_rig, open_rig
from dorsiflex.stage_evidence import Output, shown_by
from dorsiflex.stage_ledger import FIRST, NAME, append, read_ledger
from dorsiflex.stages import at_stage, granted, standings, without_output
from dorsiflex.version import software
from drivers.no_output import NoOutput
from recording.blackbox import END_OF_RUN
from recording.blackbox_writer import BlackBoxWriter
from recording.codec import pack_tick
from recording.errors import RecordingError
from recording.header import make_header
from runtime.loop import Loop
from runtime.mailbox import Mailbox
from simulator.clock import VirtualClock

SECONDS = 20.0
MA, US, HZ = 30.0, 300.0, 40.0
NAMES: tuple[StageName, ...] = tuple(stage.name for stage in STAGES)


def on_a_pi(folder: Path, current_ma: float = MA, **channel: float) -> Settings:
    """A config for hardware: a P24, a supervised heel switch, an IMU; recordings in `folder`."""
    with resources.as_file(resources.files("config").joinpath("profiles", "pi_p24.toml")) as path:
        data = load_settings(path).model_dump(mode="json")
    caps = {"max_current_ma": 40.0, "max_pulse_width_us": 400.0, "max_rate_hz": 50.0, "max_charge_uc": 20.0}
    data["leg"][0]["channel"][0].update({"current_ma": current_ma, "pulse_width_us": US, **caps, **channel})
    data["recording"]["directory"] = str(folder)
    return Settings.model_validate_json(json.dumps(data))


def simulated(settings: Settings) -> Settings:
    hardware = settings.hardware.model_copy(update={"backend": "simulator"})
    return Settings.model_validate(settings.model_copy(update={"hardware": hardware}).model_dump())


class Kept:
    """Keeps the ticks of a run."""

    def __init__(self) -> None:
        self.ticks: list[Tick] = []

    def put(self, tick: Tick) -> None:
        self.ticks.append(tick)

    def miss(self, tick: int) -> None:
        raise AssertionError(f"tick {tick} failed")

    def problem(self) -> str:
        return ""


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> list[Tick]:
    """The ticks of a short simulated walk."""
    settings = simulated(on_a_pi(tmp_path_factory.mktemp("walk")))
    rig = bench_rig(settings, VirtualClock(), seed=1, wired=False, twin=False)
    open_rig(rig)
    kept = Kept()
    loop = Loop(rig.parts, Controller(settings).step, rig.clock, settings.loop.rate_hz, Mailbox(), kept)
    loop.run(lambda t_s: t_s >= SECONDS)
    return kept.ticks


Record = Callable[..., Path]


@pytest.fixture
def record(tmp_path: Path, walk: list[Tick]) -> Record:
    """Writes a black box of the walk, as if it had been made at a stage with these settings."""

    def write(stage: StageName, settings: Settings, ticks: list[Tick] | None = None, end: str = END_OF_RUN) -> Path:
        whole = at_stage(simulated(settings) if stage == "simulate" else settings, stage)
        header = make_header(
            whole,
            software_version=software(),
            started="now",
            settings_hash=settings_hash(whole),
            safety_hash=safety_hash(whole),
        )
        path = tmp_path / f"{stage}-{len(list(tmp_path.iterdir()))}.dfx"
        writer = BlackBoxWriter(path, header)
        for tick in walk if ticks is None else ticks:
            writer.packed_tick(pack_tick(tick))
        writer.close(end)
        return path

    return write


@pytest.fixture
def short_stages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stages that a short walk fulfils."""
    short = {name: one._replace(minutes=0.2, strides=5, bursts=5) for name, one in BY_NAME.items()}
    monkeypatch.setattr(stage_evidence, "BY_NAME", short)


def accept(settings: Settings, path: Path) -> None:
    shown = shown_by(path)
    assert (shown.wrong, shown.lacking) == ((), ())
    append(Path(settings.recording.directory), path, shown, "2026-11-21")


def unlocked(settings: Settings) -> tuple[str, ...]:
    return tuple(one.stage.name for one in standings(settings) if one.unlocked)


def missing(settings: Settings, name: str) -> str:
    return next("; ".join(one.missing) for one in standings(settings) if one.stage.name == name)


def test_without_evidence_only_the_bench_is_unlocked(tmp_path: Path) -> None:
    settings = on_a_pi(tmp_path)
    assert unlocked(settings) == ("simulate",)
    assert granted(settings, None) == granted(settings, "walking") == "simulate"
    assert granted(simulated(settings), None) == "simulate"
    assert granted(simulated(settings), "seated") == "seated"


@pytest.mark.usefixtures("short_stages")
def test_each_stage_is_unlocked_by_evidence_of_every_one_before(tmp_path: Path, record: Record) -> None:
    settings = on_a_pi(tmp_path)
    for i, name in enumerate(NAMES[:-1]):
        assert unlocked(settings) == NAMES[: i + 1]
        assert f"no accepted recording of {name} yet" in missing(settings, NAMES[i + 1])
        accept(settings, record(name, settings))
    assert unlocked(settings) == NAMES
    assert granted(settings, None) == "walking"
    assert granted(settings, "seated") == "seated"
    assert granted(at_stage(settings, "dry_run"), None) == "dry_run"
    assert granted(at_stage(settings, "dry_run"), "standing") == "standing"
    before = [stage_before(name) for name in NAMES]
    assert [one and one.name for one in before] == [None, *NAMES[:-1]]


@pytest.mark.usefixtures("short_stages")
def test_evidence_of_other_software_unlocks_nothing(
    tmp_path: Path, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = on_a_pi(tmp_path)
    accept(settings, record("simulate", settings))
    assert unlocked(settings) == ("simulate", "dry_run")
    monkeypatch.setattr(stages, "software", lambda: "9.9.9+0123456789ab")
    assert unlocked(settings) == ("simulate",)
    assert "other software than this, 9.9.9+0123456789ab" in missing(settings, "dry_run")
    lines = (tmp_path / NAME).read_text()
    monkeypatch.setattr(stage_command, "software", lambda: "9.9.9+0123456789ab")
    with pytest.raises(RecordingError, match=r"it was made with other software, .*\+.*, than this, 9\.9\.9"):
        stage_command._refuse(tmp_path, shown_by(record("simulate", settings)), settings)
    assert (tmp_path / NAME).read_text() == lines


def test_a_line_from_before_lines_named_their_software_unlocks_nothing(tmp_path: Path, record: Record) -> None:
    settings = on_a_pi(tmp_path)
    shown = shown_by(record("simulate", settings))
    proof = append(tmp_path, record("simulate", settings), shown, "2026-11-21")
    data = {key: value for key, value in proof._asdict().items() if key != "software"} | {"before": FIRST}
    text = json.dumps(data, sort_keys=True, separators=(",", ":"))
    line = {**data, "line": hashlib.sha256(text.encode("ascii")).hexdigest()}
    (tmp_path / NAME).write_text(json.dumps(line) + "\n")
    assert [one.software for one in read_ledger(tmp_path)] == [""]
    assert unlocked(settings) == ("simulate",)


def test_the_digest_of_the_software_covers_the_safety_code(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    code = tmp_path / "gate.py"
    code.write_text("a")
    monkeypatch.setattr("importlib.resources.files", lambda _: tmp_path)
    monkeypatch.setattr(version, "SAFETY_CODE", ("controller",))
    before = version.software.__wrapped__()
    code.write_text("b")
    assert version.software.__wrapped__() != before
    (tmp_path / "note.txt").write_text("c")
    after = version.software.__wrapped__()
    code.write_text("a")
    assert version.software.__wrapped__() == before != after


@pytest.mark.usefixtures("short_stages")
def test_a_stage_that_was_skipped_locks_all_after_it(tmp_path: Path, record: Record) -> None:
    settings = on_a_pi(tmp_path)
    for name in ("simulate", "dummy_load", "seated", "standing"):
        accept(settings, record(name, settings))
    assert unlocked(settings) == ("simulate", "dry_run")
    assert granted(settings, "walking") == "dry_run"


CHANGES: list[Callable[[dict[str, Any]], None]] = [
    lambda data: data["leg"][0]["channel"][0].update(max_current_ma=41.0),
    lambda data: data["leg"][0]["channel"][0].update(max_charge_uc=19.0),
    lambda data: data["leg"][0]["channel"][0].update(electrode_area_cm2=25.0),
    lambda data: data["sensor"][0].update(pin=16),
    lambda data: data["sensor"][1].update(up_axis="-y"),
    lambda data: data["stimulator"][0].update(mode="mid"),
    lambda data: data["hardware"].update(stop_pin=6),
    lambda data: data["gate"].update(max_duty=0.8),
    lambda data: data["stimulation"].update(longest_burst_s=1.7),
]
TUNED: list[Callable[[dict[str, Any]], None]] = [
    lambda data: data["leg"][0]["channel"][0].update(current_ma=0.0),
    lambda data: data["leg"][0]["channel"][0].update(current_ma=20.0, pulse_width_us=200.0, rate_hz=30.0),
    lambda data: data["stimulation"].update(rise_s=0.3, extension_s=0.2),
    lambda data: data["gait"].update(loading_s=0.15),
    lambda data: data["session"].update(person="somebody"),
]
BEYOND: list[tuple[str, dict[str, float]]] = [
    ("current_ma = 31 mA is above the 30 mA of standing", {"current_ma": 31.0}),
    ("pulse_width_us = 301 µs is above the 300 µs of standing", {"pulse_width_us": 301.0}),
    ("rate_hz = 41 Hz is above the 40 Hz of standing", {"rate_hz": 41.0}),
]


def with_change(settings: Settings, change: Callable[[dict[str, Any]], None]) -> Settings:
    data = settings.model_dump(mode="json")
    change(data)
    return Settings.model_validate_json(json.dumps(data))


@pytest.mark.usefixtures("short_stages")
def test_another_safety_set_locks_what_is_tuned_inside_its_range_does_not(tmp_path: Path, record: Record) -> None:
    settings = on_a_pi(tmp_path)
    for name in NAMES[:-1]:
        accept(settings, record(name, settings))
    for change in CHANGES:
        other = with_change(settings, change)
        assert proof_hash(other) != proof_hash(settings)
        assert unlocked(other) == ("simulate",)
        assert "for another safety set only" in missing(other, "dry_run")
    for change in TUNED:
        assert unlocked(with_change(settings, change)) == NAMES
    for words, values in BEYOND:
        other = with_change(settings, lambda data, v=values: data["leg"][0]["channel"][0].update(v))  # type: ignore[misc]
        assert unlocked(other) == ("simulate",)
        assert words in missing(other, "walking")


@pytest.mark.usefixtures("short_stages")
def test_more_evidence_widens_the_range_from_the_stage_on_that_it_was_made_in(
    tmp_path: Path, record: Record, walk: list[Tick]
) -> None:
    settings, stronger = on_a_pi(tmp_path), on_a_pi(tmp_path, 33.0)
    accept(settings, record("simulate", settings))
    more = [tick._replace(allowed={key: _stronger(one) for key, one in tick.allowed.items()}) for tick in walk]
    accept(settings, record("simulate", stronger, more))
    accept(settings, record("dry_run", settings))
    assert unlocked(settings) == ("simulate", "dry_run", "dummy_load")
    assert unlocked(stronger) == ("simulate", "dry_run")


def _stronger(command: Any) -> Any:  # noqa: ANN401 - either kind of command
    if isinstance(command, Contact):
        return command
    trains = tuple(train._replace(current_ma=train.current_ma * 1.1) for train in command.trains)
    return command._replace(trains=trains)


@pytest.mark.usefixtures("short_stages")
def test_a_recording_shows_what_the_gate_let_out_and_not_what_the_settings_ask(tmp_path: Path, record: Record) -> None:
    shown = shown_by(record("seated", on_a_pi(tmp_path, 36.0)))
    assert shown.outputs == {"right.dorsiflexors": Output(MA, US, HZ)}
    assert shown.strides >= 8
    assert shown.bursts >= 8
    assert 0.25 < shown.minutes < SECONDS / 60.0


def test_a_short_recording_lacks_what_the_table_asks(tmp_path: Path, record: Record) -> None:
    shown = shown_by(record("dummy_load", on_a_pi(tmp_path)))
    assert [text.split(" of ")[1] for text in shown.lacking] == ["60 minutes", "300 strides", "300 bursts"]


@pytest.mark.usefixtures("short_stages")
def test_what_is_no_evidence(tmp_path: Path, record: Record, walk: list[Tick]) -> None:
    settings = on_a_pi(tmp_path)
    latched = [tick._replace(state=ArmingState.LATCHED, faults=("device:main",)) for tick in walk[-3:]]
    stopped = [tick._replace(state=ArmingState.LATCHED, faults=("emergency_stop",)) for tick in walk[-3:]]
    changed = walk[-1]._replace(inputs=walk[-1].inputs._replace(settings=settings))
    assert shown_by(record("seated", settings, [*walk, *latched])).wrong == ("latched: device:main",)
    assert shown_by(record("seated", settings, [*walk, *stopped])).wrong == ()
    assert shown_by(record("seated", settings, [*walk, changed])).wrong == ("the settings were changed in it",)
    assert shown_by(record("seated", settings, end="disk full")).wrong == ("it was not ended as a run ends: disk full",)
    bench = shown_by(record("seated", simulated(settings)))
    assert bench.wrong == ("stage seated was recorded on the virtual bench",)
    path = record("seated", settings)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert shown_by(path).wrong[0].startswith("damaged at byte ")
    path.write_bytes(content[: len(content) // 3])
    assert "it was not ended as a run ends: cut off" in shown_by(path).wrong


def ledger(settings: Settings) -> Path:
    return Path(settings.recording.directory) / NAME


@pytest.mark.usefixtures("short_stages")
def test_an_edited_evidence_file_unlocks_nothing_and_says_which_line(tmp_path: Path, record: Record) -> None:
    settings = on_a_pi(tmp_path)
    for name in NAMES[:3]:
        accept(settings, record(name, settings))
    assert ledger(settings).stat().st_mode & 0o777 == 0o600
    good = ledger(settings).read_text().splitlines()
    line = json.loads(good[1])
    edits = [
        (1, [good[0].replace('"simulate"', '"standing"'), *good[1:]]),
        (2, [good[0], json.dumps({**line, "bursts": 9999}), good[2]]),
        (2, [good[0], json.dumps({**line, "line": "0" * 64}), good[2]]),
        (2, [good[0], good[2]]),
        (2, [good[0], good[0], *good[1:]]),
        (1, good[1:]),
        (4, [*good, "{}"]),
        (4, [*good, "nonsense"]),
        (4, [*good, "[" * 100_000]),
        (4, [*good, '{"line": 1, "stage": "simulate", "outputs": 3}']),
    ]
    for number, lines in edits:
        ledger(settings).write_text("\n".join(lines) + "\n")
        for ask in (lambda: standings(settings), lambda: granted(settings, None)):
            with pytest.raises(RecordingError, match=f"{NAME}:{number}: this line was edited"):
                ask()
    ledger(settings).write_text("\n".join(good) + "\n")
    assert unlocked(settings) == NAMES[:4]
    ledger(settings).write_text("\n".join(good[:1]) + "\n")
    assert unlocked(settings) == NAMES[:2]


@pytest.mark.usefixtures("short_stages")
def test_a_line_that_was_forged_with_its_hash_needs_the_recording_too(tmp_path: Path, record: Record) -> None:
    settings = on_a_pi(tmp_path)
    path = record("simulate", settings)
    accept(settings, path)
    line = json.loads(ledger(settings).read_text())
    del line["line"]
    line["sha256"] = "ab" * 32
    text = json.dumps(line, sort_keys=True, separators=(",", ":"))
    line["line"] = hashlib.sha256(text.encode()).hexdigest()
    ledger(settings).write_text(json.dumps(line) + "\n")
    assert "is not the recording that was accepted" in missing(settings, "dry_run")
    path.unlink()
    assert "no such file" in missing(settings, "dry_run")
    assert unlocked(settings) == ("simulate",)


@pytest.mark.usefixtures("short_stages")
def test_a_recording_that_changed_after_it_was_accepted_locks(tmp_path: Path, record: Record) -> None:
    settings = on_a_pi(tmp_path)
    path = record("simulate", settings)
    accept(settings, path)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    assert unlocked(settings) == ("simulate",)


def test_a_foreign_evidence_file_is_refused_in_one_line(tmp_path: Path) -> None:
    settings = on_a_pi(tmp_path)
    ledger(settings).write_bytes(b"\xff" * 100)
    with pytest.raises(RecordingError, match="edited or damaged"):
        read_ledger(tmp_path)
    ledger(settings).write_bytes(b"x" * (1 << 20) + b"x")
    with pytest.raises(RecordingError, match="larger than 1 MB"):
        read_ledger(tmp_path)
    ledger(settings).unlink()
    ledger(settings).mkdir()
    with pytest.raises(RecordingError, match="is a folder"):
        read_ledger(tmp_path)


def test_a_dry_run_has_nothing_in_the_place_of_its_stimulators(tmp_path: Path) -> None:
    settings = simulated(on_a_pi(tmp_path))
    rig = bench_rig(settings, VirtualClock(), seed=1, twin=False)
    dry = without_output(rig)
    stimulator = dry.parts.stimulators["main"]
    assert isinstance(stimulator, NoOutput)
    assert dry.parts.sensors == rig.parts.sensors
    open_rig(dry)
    loop = Loop(dry.parts, Controller(settings).step, dry.clock, settings.loop.rate_hz, Mailbox(), Kept())
    loop.run(lambda t_s: t_s >= 6.0)
    assert stimulator.asked > 40
    assert rig.bench is not None
    assert rig.bench.serial_stimulators["main"].device.pulses == []
    stimulator.apply(Contact("x", True))
    assert stimulator.status().problem == ""


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_every_stage_says_what_it_is_and_why_its_figures(stage: Any) -> None:  # noqa: ANN401 - a row
    assert stage.meaning
    assert stage.reason
    assert set(stage.modes) <= {"walk", "exercise", "test_burst"}
    assert ("walk" in stage.modes) == (stage.name not in ("seated", "standing"))
