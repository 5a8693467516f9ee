"""deploy/dorsiflex.service: read by systemd where there is one, and held against what the rest of the project says."""

import shutil
import subprocess
import tomllib
from collections import defaultdict
from pathlib import Path

import pytest

from config.machine import GuardSettings
from dorsiflex.exit_codes import ExitCode
from runtime.realtime import IDLE_FILE
from runtime.systemd_notify import FEEDS

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
UNIT = DEPLOY / "dorsiflex.service"


def directives() -> dict[str, list[str]]:
    """Every directive of the unit, `Section.Name` to its values in order; systemd allows repeats, configparser not."""
    found: dict[str, list[str]] = defaultdict(list)
    section = ""
    for line in (line.strip() for line in UNIT.read_text(encoding="utf-8").splitlines()):
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#"):
            name, equals, value = line.partition("=")
            assert equals, line
            found[f"{section}.{name}"].append(value)
    return dict(found)


def one(name: str) -> str:
    values = directives()[name]
    assert len(values) == 1, name
    return values[0]


@pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="no systemd here; the tests below still read the unit"
)
def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    copy = tmp_path / UNIT.name
    text = UNIT.read_text(encoding="utf-8").replace("/opt/dorsiflex/venv/bin/dorsiflex", "/bin/true")
    copy.write_text(text.replace("/usr/bin/python3", "/bin/true"), encoding="utf-8")
    command = ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(copy)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert UNIT.name not in run.stderr


def test_it_runs_the_loop_on_the_installed_config() -> None:
    assert one("Service.ExecStart") == (
        "/opt/dorsiflex/venv/bin/dorsiflex run --config /etc/dorsiflex/dorsiflex.toml --plain"
    )
    assert "--arm" not in UNIT.read_text(encoding="utf-8")


def test_the_trigger_is_low_before_and_after() -> None:
    low = "/usr/bin/python3 -I /opt/dorsiflex/trigger_low.py /etc/dorsiflex/dorsiflex.toml"
    assert one("Service.ExecStartPre") == low
    assert one("Service.ExecStopPost") == low


def test_restarts_are_few_and_none_follows_what_only_a_person_can_mend() -> None:
    assert one("Service.Restart") == "on-failure"
    assert int(one("Unit.StartLimitBurst")) <= 3
    assert int(one("Unit.StartLimitIntervalSec")) >= 60
    by_person = {ExitCode.USAGE, ExitCode.BAD_CONFIG, ExitCode.BAD_FILE, ExitCode.CANNOT_WRITE, ExitCode.LATCHED}
    assert {int(code) for code in one("Service.RestartPreventExitStatus").split()} == {int(code) for code in by_person}
    assert int(one("Service.SuccessExitStatus")) == ExitCode.INTERRUPTED


def test_stopping_is_ctrl_c_with_a_limit() -> None:
    assert one("Service.KillSignal") == "SIGINT"
    assert 0 < int(one("Service.TimeoutStopSec")) <= 5


def test_it_may_be_real_time() -> None:
    priority = int(one("Service.CPUSchedulingPriority"))
    assert one("Service.CPUSchedulingPolicy") == "fifo"
    assert priority < 50
    assert priority + 1 <= int(one("Service.LimitRTPRIO")), "the guard is one above the loop"
    assert one("Service.LimitMEMLOCK") == "infinity"
    assert "Service.RestrictRealtime" not in directives()


def test_it_reaches_pins_buses_and_pinctrl_and_no_network() -> None:
    assert one("Service.PrivateNetwork") == "yes"
    assert one("Service.DevicePolicy") == "closed"
    assert "Service.PrivateDevices" not in directives()
    allowed = {value.split()[0] for value in directives()["Service.DeviceAllow"]}
    # DevicePolicy holds for ExecStopPost too, even with a `+`: pinctrl opens /dev/gpiomem or /dev/gpiomem0 to 4.
    assert {"char-gpiochip", "char-i2c", "/dev/gpiomem", "/dev/gpiomem0"} <= allowed


def test_lgpio_may_write_its_notification_files() -> None:
    environment = dict(word.split("=", 1) for word in one("Service.Environment").split())
    assert environment["LG_WD"] == f"/run/{one('Service.RuntimeDirectory')}"
    assert environment["GPIOZERO_PIN_FACTORY"] == "lgpio"
    assert one("Service.WorkingDirectory") == f"/var/lib/{one('Service.StateDirectory')}"


def test_the_watchdog_is_fed_by_the_loop_and_slower_than_the_guard() -> None:
    assert one("Service.Type") == "notify"
    assert one("Service.NotifyAccess") == "main", "no child may feed it"
    slowest_feed_s = float(one("Service.WatchdogSec")) / FEEDS
    slowest_guard_s = max(
        bound.le for bound in GuardSettings.model_fields["heartbeat_s"].metadata if hasattr(bound, "le")
    )
    assert slowest_guard_s < slowest_feed_s


def test_what_it_writes_is_for_its_user_only() -> None:
    assert one("Service.UMask") == "0077"
    assert one("Service.StateDirectoryMode") == "0700"


def test_the_loop_may_keep_the_processors_awake() -> None:
    allowed = {value.split()[0] for value in directives()["Service.DeviceAllow"]}
    assert IDLE_FILE in allowed
    rule = (DEPLOY / "70-dorsiflex.rules").read_text(encoding="utf-8")
    assert f'KERNEL=="{Path(IDLE_FILE).name}"' in rule
    assert f'GROUP="{one("Service.Group")}"' in rule


def test_the_user_and_groups_are_those_of_the_installer() -> None:
    script = (DEPLOY / "install.sh").read_text(encoding="utf-8")
    assert f"GROUPS_NEEDED=({one('Service.SupplementaryGroups')})" in script
    assert f"/usr/sbin/nologin {one('Service.User')}\n" in script


def test_the_wiring_document_has_the_pins_of_the_profile() -> None:
    profile = tomllib.loads((DEPLOY.parent / "config/profiles/pi_trigger.toml").read_text(encoding="utf-8"))
    heel = next(sensor for sensor in profile["sensor"] if sensor["kind"] == "heel_switch")
    pins = {
        "sensor.pin": heel["pin"],
        "sensor.pin_unloaded": heel["pin_unloaded"],
        "hardware.arm_button_pin": profile["hardware"]["arm_button_pin"],
        "stimulator.pin": profile["stimulator"][0]["pin"],
    }
    header = {2: 3, 3: 5, 5: 29, 16: 36, 17: 11, 22: 15, 23: 16, 24: 18, 25: 22, 26: 37, 27: 13}
    document = (DEPLOY / "wiring.md").read_text(encoding="utf-8")
    drawing = (DEPLOY / "wiring.svg").read_text(encoding="utf-8")
    for setting, pin in pins.items():
        assert f"| {pin} | {header[pin]} | `{setting}` |" in document
        assert f'font-weight="bold">{header[pin]}</tspan></text>' in drawing
        assert f">GPIO {pin}<" in drawing
