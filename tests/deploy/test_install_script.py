"""deploy/install.sh, run for real below a fake root directory."""

import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.deploy.conftest import FakePi

CHECKOUT = Path(__file__).resolve().parents[2]
DEPLOY = CHECKOUT / "deploy"
PROFILE = CHECKOUT / "config/profiles/pi_trigger.toml"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the script uses the tools of Raspberry Pi OS")


def test_a_first_run_puts_everything_in_its_place(pi: "FakePi") -> None:
    run = pi.install("--yes")
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    assert pi.config.read_bytes() == PROFILE.read_bytes()
    assert pi.unit.read_bytes() == (DEPLOY / "dorsiflex.service").read_bytes()
    assert (pi.root / "opt/dorsiflex/trigger_low.py").read_bytes() == (DEPLOY / "trigger_low.py").read_bytes()
    assert (pi.root / "etc/modules-load.d/dorsiflex.conf").read_text() == "i2c-dev\n"
    assert (pi.root / "usr/local/bin/dorsiflex").readlink() == Path("/opt/dorsiflex/venv/bin/dorsiflex")
    state = pi.root / "var/lib/dorsiflex"
    assert state.stat().st_mode & 0o777 == 0o700
    rules = (pi.root / "etc/udev/rules.d/70-dorsiflex.rules").read_text()
    assert 'KERNEL=="cpu_dma_latency"' in rules
    assert 'GROUP="dorsiflex", MODE="0660"' in rules
    watchdog = (pi.root / "etc/systemd/system.conf.d/dorsiflex-watchdog.conf").read_text()
    assert "RuntimeWatchdogSec=10s" in watchdog, "the chip of a Pi counts to 15 s at most"
    for setting in ("dtparam=i2c_arm=on", "dtparam=i2c_arm_baudrate=400000", "dtparam=strict_gpiod"):
        assert setting in pi.boot.read_text().splitlines()


def test_a_second_run_changes_nothing_and_says_so(pi: "FakePi") -> None:
    pi.add_user(groups=("gpio", "i2c", "dialout"))
    assert pi.install("--yes").returncode == 0
    before = pi.snapshot()
    run = pi.install("--yes")
    assert run.returncode == 0, run.stderr
    assert pi.snapshot() == before
    steps = [line for line in run.stdout.splitlines() if not line.startswith("done: ")]
    silent = "service: not enabled by this run (--enable does)"
    assert [line for line in steps if ": unchanged, " not in line] == [silent]
    assert len(steps) == 15


@pytest.mark.parametrize("installed", [False, True])
@pytest.mark.parametrize("action", [(), ("--enable",), ("--uninstall",)])
def test_a_dry_run_changes_nothing(pi: "FakePi", action: tuple[str, ...], installed: bool) -> None:
    if installed:
        assert pi.install("--yes").returncode == 0
    before = pi.snapshot()
    run = pi.install("--dry-run", "--yes", *action)
    assert run.returncode == 0, run.stderr
    assert pi.snapshot() == before
    assert not {"written", "made", "removed", "linked"} & {word.strip(",") for word in run.stdout.split()}
    if not installed and not action:
        assert f"would write {pi.config}" in run.stdout
        assert "would run: useradd" in run.stdout


def test_the_configuration_of_a_person_is_never_overwritten(pi: "FakePi") -> None:
    assert pi.install("--yes").returncode == 0
    pi.config.write_text("# mine\n")
    for options in (("--yes",), ("--uninstall", "--yes"), ("--yes", "--enable")):
        assert pi.install(*options).returncode == 0
        assert pi.config.read_text() == "# mine\n"


def test_boot_settings_are_shown_and_asked_for_before_they_are_written(pi: "FakePi") -> None:
    old = pi.boot.read_text()
    run = pi.install(answer="y\n")
    shown, asked, written = (
        run.stdout.index(text) for text in ("\n+dtparam=strict_gpiod\n", "Write this?", "boot settings: written")
    )
    assert shown < asked < written
    assert (pi.boot.parent / "config.txt.before-dorsiflex-1").read_text() == old
    assert "reboot" in run.stdout


@pytest.mark.parametrize("answer", ["", "n\n", "\n", "never\n"])
def test_boot_settings_stay_unless_the_answer_is_yes(pi: "FakePi", answer: str) -> None:
    old = pi.boot.read_text()
    run = pi.install(answer=answer)
    assert run.returncode == 0
    assert pi.boot.read_text() == old
    assert "NOT written" in run.stdout
    assert [path.name for path in pi.boot.parent.iterdir()] == ["config.txt"]


def test_every_backup_is_kept(pi: "FakePi") -> None:
    old = pi.boot.read_text()
    pi.install("--yes")
    new = pi.boot.read_text()
    pi.install("--uninstall", "--yes")
    backups = [(pi.boot.parent / f"config.txt.before-dorsiflex-{n}").read_text() for n in (1, 2)]
    assert backups == [old, new]


def test_no_boot_leaves_the_boot_settings_alone(pi: "FakePi") -> None:
    old = pi.boot.read_text()
    run = pi.install("--yes", "--no-boot")
    assert run.returncode == 0
    assert pi.boot.read_text() == old


def test_commands_on_the_running_system_are_only_printed_below_a_root(pi: "FakePi") -> None:
    run = pi.install("--yes", "--enable")
    printed = [line.split("not run below --root: ")[1] for line in run.stdout.splitlines() if "not run below" in line]
    assert [line.split()[0] for line in printed] == [
        "useradd",
        "usermod",
        "chown",
        "modprobe",
        "udevadm",
        "udevadm",
        "systemctl",
        "systemctl",
    ]
    assert "--shell /usr/sbin/nologin" in printed[0]
    assert printed[1] == "usermod --append --groups gpio,i2c,dialout dorsiflex"
    assert printed[-1] == "systemctl enable dorsiflex.service"


def test_the_service_is_enabled_only_when_asked(pi: "FakePi") -> None:
    assert "systemctl enable" not in pi.install("--yes").stdout


def test_only_missing_groups_are_added(pi: "FakePi") -> None:
    pi.add_user(groups=("gpio", "dialout"))
    run = pi.install("--yes")
    assert "useradd" not in run.stdout
    assert "usermod --append --groups i2c dorsiflex" in run.stdout


def test_uninstall_leaves_recordings_and_configuration(pi: "FakePi") -> None:
    pi.install("--yes")
    recording = pi.root / "var/lib/dorsiflex/recordings/walk.dfx"
    recording.parent.mkdir()
    recording.write_bytes(b"steps")
    old = pi.config.read_bytes()
    run = pi.install("--uninstall", "--yes")
    assert run.returncode == 0, run.stderr
    assert recording.read_bytes() == b"steps"
    assert pi.config.read_bytes() == old
    assert "dtparam=strict_gpiod" not in pi.boot.read_text()
    for gone in (pi.unit, pi.root / "opt/dorsiflex", pi.root / "etc/modules-load.d/dorsiflex.conf"):
        assert not gone.exists()
    assert not (pi.root / "usr/local/bin/dorsiflex").is_symlink()


def test_uninstall_of_nothing_changes_nothing(pi: "FakePi") -> None:
    before = pi.snapshot()
    run = pi.install("--uninstall", "--yes")
    assert run.returncode == 0, run.stderr
    assert pi.snapshot() == before


def test_a_wheel_brings_its_own_profile(pi: "FakePi", tmp_path: Path) -> None:
    wheel = tmp_path / "dorsiflex-0.1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("config/profiles/pi_trigger.toml", "# from the wheel\n")
    assert pi.install("--yes", "--wheel", str(wheel)).returncode == 0
    assert pi.config.read_text() == "# from the wheel\n"


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (("--frobnicate",), 2, "--frobnicate"),
        (("extra",), 2, "extra"),
        (("--wheel",), 2, "--wheel needs a value"),
        (("--root", "--yes"), 2, "--root needs a value"),
        (("--root", "/nowhere/at/all"), 1, "no such directory"),
        (("--wheel", "/nowhere.whl"), 1, "no such wheel"),
        (("--wheel", str(DEPLOY / "README.md")), 1, "no such wheel"),
    ],
)
def test_wrong_arguments_get_one_line(pi: "FakePi", arguments: tuple[str, ...], code: int, text: str) -> None:
    before = pi.snapshot()
    run = pi.install(*arguments)
    assert run.returncode == code
    assert len(run.stderr.splitlines()) == 1
    assert text in run.stderr
    assert run.stdout == ""
    assert pi.snapshot() == before


def test_without_boot_settings_it_stops_before_any_change(pi: "FakePi") -> None:
    pi.boot.unlink()
    before = pi.snapshot()
    run = pi.install("--yes")
    assert run.returncode == 1
    assert len(run.stderr.splitlines()) == 1
    assert "--no-boot" in run.stderr
    assert pi.snapshot() == before


def test_a_command_that_is_not_ours_is_not_overwritten(pi: "FakePi") -> None:
    other = pi.root / "usr/local/bin/dorsiflex"
    other.parent.mkdir(parents=True)
    other.write_text("#!/bin/sh\n")
    run = pi.install("--yes")
    assert run.returncode == 1
    assert "is not ours" in run.stderr
    assert other.read_text() == "#!/bin/sh\n"


def test_a_step_that_fails_is_named_and_stops_the_run(pi: "FakePi") -> None:
    (pi.root / "etc").mkdir()
    (pi.root / "etc/systemd").write_text("not a directory")
    run = pi.install("--yes")
    assert run.returncode == 1
    assert 'step "service" failed' in run.stderr.splitlines()[-1]
    assert "done:" not in run.stdout


def test_help_names_every_option() -> None:
    run = subprocess.run(["bash", str(DEPLOY / "install.sh"), "--help"], capture_output=True, text=True, check=True)
    options = {"--dry-run", "--yes", "--enable", "--wheel", "--no-packages", "--no-boot", "--uninstall", "--root"}
    assert options <= set(run.stdout.split())


def test_the_profile_that_is_installed_is_for_a_pi() -> None:
    profile = tomllib.loads(PROFILE.read_text(encoding="utf-8"))
    assert profile["hardware"]["backend"] == "pi"


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not installed")
def test_shellcheck_finds_nothing() -> None:
    command = ["shellcheck", "-x", str(DEPLOY / "install.sh"), str(DEPLOY / "helpers.sh")]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout
