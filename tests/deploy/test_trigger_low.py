"""deploy/trigger_low.py, run as systemd runs it, with a pinctrl that writes down what it was told."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "deploy/trigger_low.py"
PROFILE = Path(__file__).resolve().parents[2] / "config/profiles/pi_trigger.toml"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="pinctrl is a tool of Raspberry Pi OS")


class Service:
    """The script between two runs of the loop."""

    def __init__(self, folder: Path) -> None:
        self.config = folder / "dorsiflex.toml"
        self.log = folder / "pinctrl.log"
        self.bin = folder / "bin"
        self.runtime = folder / "run"
        self.bin.mkdir()
        self.runtime.mkdir()
        self.put_pinctrl("exit 0")

    def put_pinctrl(self, ending: str) -> None:
        pinctrl = self.bin / "pinctrl"
        pinctrl.write_text(f'#!/bin/sh\necho "$*" >>{self.log}\n{ending}\n')
        pinctrl.chmod(0o755)

    def configure(self, *pins: object, backend: str = "pi") -> None:
        stimulators = "".join(f'[[stimulator]]\nid = "s{pin}"\nkind = "trigger"\npin = {pin}\n' for pin in pins)
        self.config.write_text(f'[hardware]\nbackend = "{backend}"\n{stimulators}', encoding="utf-8")

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-I", str(SCRIPT), *(arguments or (str(self.config),))],
            env={"PATH": str(self.bin), "RUNTIME_DIRECTORY": str(self.runtime)},
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )

    def told(self) -> list[str]:
        """What pinctrl was told since the last look."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return lines


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return Service(tmp_path)


def test_the_trigger_of_the_profile_is_driven_low(service: Service) -> None:
    run = service.run(str(PROFILE))
    assert run.returncode == 0, run.stderr
    assert service.told() == ["set 22 op dl"]


def test_every_trigger_is_driven_low(service: Service) -> None:
    service.configure(24, 22)
    assert service.run().returncode == 0
    assert service.told() == ["set 22 op dl", "set 24 op dl"]


def test_the_enable_of_a_trigger_is_driven_low_too(service: Service) -> None:
    service.configure(22)
    with service.config.open("a", encoding="utf-8") as file:
        file.write("enable_pin = 23\n")
    assert service.run().returncode == 0
    assert service.told() == ["set 22 op dl", "set 23 op dl"]


def test_a_simulated_bench_touches_no_pin(service: Service) -> None:
    service.configure(22, backend="simulator")
    assert service.run().returncode == 0
    assert service.told() == []


def test_a_config_that_was_broken_after_the_start_leaves_no_pin_high(service: Service) -> None:
    service.configure(22)
    service.run()
    service.told()
    service.config.write_text("[hardware\n")
    run = service.run()
    assert service.told() == ["set 22 op dl"]
    assert run.returncode == 1
    assert len(run.stderr.splitlines()) == 1
    assert "dorsiflex config check" in run.stderr


def test_a_pin_that_was_changed_after_the_start_is_driven_low_too(service: Service) -> None:
    service.configure(22)
    service.run()
    service.told()
    service.configure(24)
    assert service.run().returncode == 0
    assert service.told() == ["set 22 op dl", "set 24 op dl"]


def test_one_pin_that_fails_does_not_spare_the_others(service: Service) -> None:
    service.configure(22, 24)
    service.put_pinctrl('test "$2" != 22')
    run = service.run()
    assert service.told() == ["set 22 op dl", "set 24 op dl"]
    assert run.returncode == 1
    assert "GPIO 22 not driven low" in run.stderr
    assert "GPIO 24 is driven low" in run.stdout


def test_without_pinctrl_it_says_what_to_install(service: Service) -> None:
    service.configure(22)
    (service.bin / "pinctrl").unlink()
    run = service.run()
    assert run.returncode == 1
    assert "sudo apt install raspi-utils" in run.stderr


@pytest.mark.parametrize("pin", ['"22"', "true", "28", "-1", "22.0", "[22]"])
def test_a_pin_that_is_none_is_refused(service: Service, pin: str) -> None:
    service.configure(pin.replace('"', ""))
    text = service.config.read_text().replace(f"pin = {pin.strip(chr(34))}", f"pin = {pin}")
    service.config.write_text(text)
    run = service.run()
    assert run.returncode == 1
    assert service.told() == []
    assert len(run.stderr.splitlines()) == 1
    assert "Traceback" not in run.stderr


def test_a_pin_that_is_none_does_not_spare_the_others(service: Service) -> None:
    service.configure(28, 22)
    assert service.run().returncode == 1
    assert service.told() == ["set 22 op dl"]


@pytest.mark.parametrize("text", ["stimulator = 3\n", "hardware = 1\n", "stimulator = [1]\n", "\xff\n"])
def test_a_config_of_another_shape_gets_one_line(service: Service, text: str) -> None:
    service.config.write_text(text, encoding="latin-1")
    run = service.run()
    assert run.returncode == 1
    assert len(run.stderr.splitlines()) == 1


def test_a_missing_config_gets_one_line(service: Service) -> None:
    run = service.run()
    assert run.returncode == 1
    assert len(run.stderr.splitlines()) == 1
    assert "No such file" in run.stderr
