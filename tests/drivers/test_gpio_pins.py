"""Finding the GPIO chip, and what is said when there is none."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from drivers import gpio
from drivers.errors import DeviceAbsent, DriverError


def chips(folder: Path, labels: dict[int, str]) -> Path:
    for number, label in labels.items():
        (folder / f"gpiochip{number}").write_text(label)
    return folder


@pytest.mark.parametrize(
    ("labels", "number"),
    [
        ({0: "pinctrl-bcm2835", 1: "raspberrypi-exp-gpio"}, 0),
        ({0: "pinctrl-bcm2711", 1: "raspberrypi-exp-gpio"}, 0),
        ({0: "gpio-brcmstb@107d508500", 4: "pinctrl-rp1"}, 4),
        ({10: "gpio-brcmstb@107d508500", 11: "pinctrl-rp1", 12: "gpio-brcmstb@107d517c00"}, 11),
        ({0: "pinctrl-rp1", 4: "pinctrl-rp1"}, 0),
    ],
)
def test_the_header_is_found_by_its_label(tmp_path: Path, labels: dict[int, str], number: int) -> None:
    assert gpio.find_chip(gpio.HEADER_LABELS, chips(tmp_path, labels), Path.read_text) == number


def test_another_label_finds_another_chip(tmp_path: Path) -> None:
    folder = chips(tmp_path, {0: "pinctrl-bcm2711", 1: "gpio-sim.0-node0"})
    assert gpio.find_chip(("gpio-sim.0-node0",), folder, Path.read_text) == 1


def test_without_the_chip_the_text_names_what_is_there_and_the_cure(tmp_path: Path) -> None:
    folder = chips(tmp_path, {0: "gpio-mockup-A"})
    with pytest.raises(DeviceAbsent, match=r"^no GPIO chip .*found: gpio-mockup-A.*hardware.backend.*$"):
        gpio.find_chip(gpio.HEADER_LABELS, folder, Path.read_text)


def test_refused_access_names_the_group(tmp_path: Path) -> None:
    def refuse(path: Path) -> str:
        raise PermissionError(13, "Permission denied", str(path))

    with pytest.raises(DriverError, match=r"^not allowed to use .*gpiochip0: `sudo usermod -aG gpio.*$"):
        gpio.find_chip(gpio.HEADER_LABELS, chips(tmp_path, {0: "x"}), refuse)


def test_a_node_that_is_no_gpio_chip_is_passed_over(tmp_path: Path) -> None:
    with pytest.raises(DeviceAbsent, match="found: none"):
        gpio.find_chip(gpio.HEADER_LABELS, chips(tmp_path, {0: "a plain file refuses the ioctl"}))


@pytest.mark.parametrize(
    ("module", "value", "warns"),
    [
        ("pinctrl_rp1", "Y\n", True),
        ("pinctrl_bcm2835", "Y\n", True),
        ("pinctrl_bcm2835", "N\n", False),
        ("pinctrl_other", "Y\n", False),
    ],
)
def test_a_kernel_that_keeps_dead_programs_pins_is_warned_of(
    tmp_path: Path, module: str, value: str, warns: bool
) -> None:
    folder = tmp_path / module / "parameters"
    folder.mkdir(parents=True)
    (folder / "persist_gpio_outputs").write_text(value)
    text = gpio.persistence_warning(tmp_path)
    assert ("dtparam=strict_gpiod" in text) is warns
    assert (text == "") is not warns


def test_without_lgpio_the_cure_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "lgpio", None)
    with pytest.raises(DeviceAbsent, match=r"^lgpio is not installed.*python3-lgpio.*$"):
        gpio.open_pin_factory()
    assert list(tmp_path.iterdir()) == []


def test_the_empty_stub_of_lgpio_counts_as_absent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "lgpio.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "lgpio", raising=False)
    try:
        with pytest.raises(DeviceAbsent, match="lgpio is not installed"):
            gpio.open_pin_factory()
    finally:
        sys.modules.pop("lgpio", None)


def test_importing_lgpio_leaves_the_current_folder_as_it_was(tmp_path: Path) -> None:
    here = tmp_path / "here"
    here.mkdir()
    # Stands for the real module, which makes a FIFO in LG_WD, or here without it, and changes to that folder.
    (tmp_path / "lgpio.py").write_text(
        "import os\nos.chdir(os.environ.get('LG_WD', '.'))\nopen('.lgd-nfy0', 'w').close()\ngpiochip_open = print\n"
    )
    program = (
        "import os\nfrom drivers import gpio\nfrom drivers.errors import DriverError\n"
        "try: gpio.open_pin_factory('no such label')\nexcept DriverError as e: print(e)\n"
        "print(os.getcwd(), os.listdir(), 'LG_WD' in os.environ)"
    )
    path = os.pathsep.join([str(tmp_path), str(Path(gpio.__file__).parents[1])])
    env = {**os.environ, "PYTHONPATH": path}
    env.pop("LG_WD", None)
    out = subprocess.run(
        [sys.executable, "-c", program], cwd=here, env=env, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert out[0].startswith("no GPIO chip is labelled no such label")
    assert out[1] == f"{here} [] False"
