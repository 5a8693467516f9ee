"""What a user can do wrong: one clear line on stderr, a documented exit code, never a traceback."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from config.load import default_toml as default_text
from dorsiflex import live_run, run_command
from dorsiflex.cli import main
from dorsiflex.exit_codes import ExitCode
from drivers.errors import DeviceAbsent, DeviceBusy, DeviceFailed, DriverError, UnsafeSettings, WrongDevice

Run = Callable[..., subprocess.CompletedProcess[str]]
FAST = ("run", "--speed", "max", "--minutes", "0.05")


def assert_one_line(done: subprocess.CompletedProcess[str], code: ExitCode, *words: str) -> None:
    assert done.returncode == code, done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert done.stdout == ""
    for word in words:
        assert word in done.stderr


@pytest.fixture
def default_toml() -> str:
    return default_text()


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str, str], Path]:
    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--minutes", "0"), "--minutes"),
        (("--minutes", "nan"), "--minutes"),
        (("--minutes", "soon"), "--minutes"),
        (("--speed", "3"), "'1', 'max'"),
        (("--seed", "x"), "--seed"),
        (("--simulate", "nobody"), "healthy, slap, classic, drag"),
        (("--sensors", "nose"), "--sensors"),
        (("--no-such-option",), "--no-such-option"),
        (("surplus",), "surplus"),
    ],
)
def test_a_wrong_command_line(arguments: tuple[str, ...], words: str, in_process: Run) -> None:
    done = in_process("run", *arguments)
    assert done.returncode == ExitCode.USAGE
    assert done.stdout == ""
    assert words in re.sub(r"[\s│]+", " ", done.stderr)
    assert "Usage: dorsiflex run" in done.stderr


def test_a_wrong_command(in_process: Run) -> None:
    assert in_process("walk").returncode == ExitCode.USAGE
    assert in_process("replay").returncode == ExitCode.USAGE


def test_a_missing_config(in_process: Run) -> None:
    assert_one_line(in_process(*FAST, "--config", "none.toml"), ExitCode.BAD_FILE, "none.toml: no such file")


def test_a_bad_config_names_file_line_and_key(
    dorsiflex: Run, default_toml: str, written: Callable[[str, str], Path]
) -> None:
    text = re.sub(r"\nrise_s = .*", "\nrise_s = 5", default_toml)
    path = written("bad.toml", text)
    line = text.split("\n").index("rise_s = 5") + 1
    assert_one_line(dorsiflex(*FAST, "--config", path), ExitCode.BAD_CONFIG, f"{path}:{line}: stimulation.rise_s: 5 s")


@pytest.mark.parametrize("command", [(*FAST, "--config"), ("config", "check")])
def test_a_config_with_an_unknown_person_names_those_there_are(
    command: tuple[str, ...], in_process: Run, default_toml: str, written: Callable[[str, str], Path]
) -> None:
    text = default_toml.replace('patient = "classic"', 'patient = "nobody"')
    path = written("nobody.toml", text)
    line = text.split("\n").index('patient = "nobody"') + 1
    words = f"{path}:{line}: simulation.patient: nobody is no kind"
    assert_one_line(in_process(*command, path), ExitCode.BAD_CONFIG, words, "healthy, slap, classic, drag")


def test_an_unknown_person_in_the_config_does_not_matter_when_another_is_asked_for(
    dorsiflex: Run, default_toml: str, written: Callable[[str, str], Path]
) -> None:
    path = written("nobody.toml", default_toml.replace('patient = "classic"', 'patient = "nobody"'))
    assert dorsiflex(*FAST, "--config", path, "--simulate", "drag").returncode == ExitCode.OK


def pi_toml(default: str) -> str:
    text = default.replace('backend = "simulator"', 'backend = "pi"')
    return text.replace('kind = "bench"', 'kind = "trigger"\npin = 22\nsafe_contact = "open"')


@pytest.mark.skipif(Path("/dev/gpiochip0").exists(), reason="this machine has GPIO")
def test_a_pi_that_is_none(dorsiflex: Run, default_toml: str, written: Callable[[str, str], Path]) -> None:
    done = dorsiflex("run", "--config", written("pi.toml", pi_toml(default_toml)))
    assert_one_line(done, ExitCode.NO_DEVICE)
    assert not (dorsiflex.folder / "recordings").exists()  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", [DriverError, DeviceAbsent, DeviceBusy, WrongDevice, DeviceFailed, UnsafeSettings])
@pytest.mark.parametrize("moment", ["pi_rig", "open_rig"])
def test_a_device_that_cannot_be_used(
    kind: type[DriverError],
    moment: str,
    monkeypatch: pytest.MonkeyPatch,
    in_process: Run,
    default_toml: str,
    written: Callable[[str, str], Path],
) -> None:
    def fail(*_: object) -> None:
        raise kind("GPIO 17 is held by another program: end it, then start again")

    monkeypatch.setattr(run_command if moment == "pi_rig" else live_run, moment, fail)
    config = written("pi.toml", pi_toml(default_toml) if moment == "pi_rig" else default_toml)
    done = in_process("run", "--config", config)
    assert_one_line(done, ExitCode.NO_DEVICE, "GPIO 17 is held by another program: end it, then start again")
    assert not Path("recordings").exists()


def test_a_bug_is_one_line_and_a_report(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("of our own making")

    monkeypatch.setattr(run_command, "run", fail)
    monkeypatch.setattr(sys, "argv", ["dorsiflex", "run"])
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(SystemExit) as ending:
        main()
    assert ending.value.code == ExitCode.INTERNAL
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1
    assert printed.startswith("bug in dorsiflex: ZeroDivisionError: of our own making: please report it with ")
    report = Path(printed.rsplit(" ", 1)[1].strip())
    assert "ZeroDivisionError: of our own making" in report.read_text()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("none.dfx", None, "no such file: none.dfx"),
        ("folder", "folder", "folder is no file"),
        ("folder.csv", "folder", "folder.csv: it is a folder"),
        ("text.dfx", b"once upon a time\n", "text.dfx is no black box"),
        ("empty.dfx", b"", "empty.dfx holds nothing"),
        ("empty.csv", b"", "empty.csv"),
        ("noise.csv.gz", b"\x1f\x8bnoise", "noise.csv.gz"),
        ("none.csv", None, "no such file: none.csv"),
        ("word.csv", b"time_s,heel_contact\n0,1\n0.01,up\n", "word.csv:3: heel_contact is 'up'"),
    ],
)
def test_what_cannot_be_replayed(name: str, content: bytes | str | None, words: str, in_process: Run) -> None:
    path = Path(name)
    if content == "folder":
        path.mkdir()
    elif isinstance(content, bytes):
        path.write_bytes(content)
    assert_one_line(in_process("replay", "--sensors", "heel", name), ExitCode.BAD_FILE, words)


HEEL_ONLY = "time_s,heel_contact\n" + "".join(f"{i / 100},1\n" for i in range(50))


@pytest.mark.parametrize(
    ("text", "sensors", "words"),
    [
        (HEEL_ONLY, "imu", "needed are acc_x, acc_y, acc_z, gyr_x, gyr_y, gyr_z; the columns are time_s, heel_contact"),
        (HEEL_ONLY, "both", "no column acc_x"),
        (HEEL_ONLY.replace("time_s", "t"), "heel", "no column time_s; the columns are t, heel_contact"),
        (HEEL_ONLY.replace("heel_contact", "x"), "heel", "no column heel_level or heel_contact"),
        (HEEL_ONLY.replace(",", ";"), "heel", "separate the cells by commas"),
    ],
)
def test_a_csv_without_the_columns_names_them(
    text: str, sensors: str, words: str, in_process: Run, written: Callable[[str, str], Path]
) -> None:
    path = written("walk.csv", text)
    assert_one_line(in_process("replay", path, "--sensors", sensors), ExitCode.BAD_FILE, f"{path}:1: ", words)


def test_an_existing_recording_is_not_overwritten(dorsiflex: Run, written: Callable[[str, str], Path]) -> None:
    path = written("walk.dfx", "precious")
    assert_one_line(dorsiflex(*FAST, "--record", path), ExitCode.CANNOT_WRITE, f"{path} is there already")
    assert path.read_text() == "precious"


@pytest.mark.parametrize("place", ["/proc/none/walk.dfx", "file/walk.dfx", "."])
def test_a_place_that_cannot_be_written(place: str, in_process: Run, written: Callable[[str, str], Path]) -> None:
    written("file", "")
    assert_one_line(in_process(*FAST, "--record", place), ExitCode.CANNOT_WRITE, place)


def test_results_that_cannot_be_written(in_process: Run, written: Callable[[str, str], Path]) -> None:
    path = written("walk.csv", HEEL_ONLY)
    for option in ("--events", "--bursts"):
        done = in_process("replay", path, "--sensors", "heel", option, "/proc/none/x.csv")
        assert done.returncode == ExitCode.CANNOT_WRITE
        assert done.stderr.count("\n") == 1


def test_an_output_that_nobody_can_print_on(dorsiflex: Run) -> None:
    in_real_time = ("run", "--minutes", "0.05", "--record", "walk.dfx")
    done = dorsiflex(*in_real_time, prefix=("sh", "-c", 'exec "$@" > /dev/full', "sh"))
    assert_one_line(done, ExitCode.CANNOT_WRITE, "cannot print: no space left on device")
    assert "all equal" in dorsiflex("replay", "walk.dfx").stdout


def test_an_output_that_ends_early(dorsiflex: Run) -> None:
    dorsiflex("run", "--minutes", "0.05", "--record", "walk.dfx", prefix=("sh", "-c", '"$@" | true', "sh"))
    assert " ticks replayed, all equal to the recording\n" in dorsiflex("replay", "walk.dfx").stdout
