"""The pins of a Raspberry Pi's 40-pin header, on gpiozero with a pin factory that is named and never guessed.

gpiozero's own choice of a factory falls back silently, so it is never asked. Pins are polled: an exception in one
callback ends lgpio's only notification thread and with it every callback on every pin.
"""

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fcntl import ioctl
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Literal

from gpiozero import DigitalOutputDevice, Factory, GPIOPinInUse, InputDevice

from drivers.errors import DeviceAbsent, DeviceBusy, DeviceFailed, DriverError

HEADER_LABELS = ("pinctrl-rp1", "pinctrl-bcm2711", "pinctrl-bcm2835")
"""Label of the chip behind the 40-pin header: Pi 5, Pi 4, Pi Zero to 3. The chip's number is not stable."""

GPIO_GET_CHIPINFO = 0x8044B401
"""ioctl of linux/gpio.h: `struct gpiochip_info { char name[32]; char label[32]; __u32 lines; }`."""


def open_pin_factory(chip_label: str = "auto") -> Factory:
    """An LGPIOFactory on the GPIO chip with this label; "auto" takes the chip of a Pi's header.

    Raises DeviceAbsent without lgpio or without the chip, DriverError when its access is refused.
    """
    lgpio = _import_lgpio()
    chip = find_chip(_labels(chip_label))
    factory_module = import_module("gpiozero.pins.lgpio")
    try:
        factory = factory_module.LGPIOFactory(chip=chip)
    except Exception as error:
        # lgpio.error and gpiozero's errors share no narrower base.
        raise DeviceFailed(
            f"cannot open /dev/gpiochip{chip}: {error}; is this a Raspberry Pi? run `gpiodetect`"
        ) from error
    _check_chip(factory, chip, lgpio)
    return factory


def chip_of_header(chip_label: str = "auto") -> str:
    """Device file of the GPIO chip with this label; "auto" as for `open_pin_factory`. Raises DriverError."""
    return f"/dev/gpiochip{find_chip(_labels(chip_label))}"


def _labels(chip_label: str) -> tuple[str, ...]:
    return (chip_label,) if chip_label != "auto" else HEADER_LABELS


def find_chip(
    labels: tuple[str, ...], devices: Path = Path("/dev"), read_label: Callable[[Path], str] | None = None
) -> int:
    """Number of the first GPIO chip that has one of `labels`, the labels tried in their order.

    Raises DeviceAbsent when there is none, DriverError when a chip may not be opened.
    """
    read = read_label or chip_label_of
    numbers = sorted(int(p.name[8:]) for p in devices.glob("gpiochip*") if p.name[8:].isdigit())
    found: dict[str, int] = {}
    for number in numbers:
        path = devices / f"gpiochip{number}"
        try:
            found.setdefault(read(path), number)
        except PermissionError as error:
            raise DriverError(
                f"not allowed to use {path}: `sudo usermod -aG gpio $USER`, then log out and in again"
            ) from error
        except OSError:
            continue
    for label in labels:
        if label in found:
            return found[label]
    there = ", ".join(found) or "none"
    raise DeviceAbsent(
        f"no GPIO chip is labelled {' or '.join(labels)} (found: {there}): run on a Raspberry Pi, "
        'set hardware.gpio_chip_label, or use hardware.backend = "simulator"'
    )


def chip_label_of(path: Path) -> str:
    """Label of a GPIO chip, asked from the kernel. Raises OSError."""
    info = bytearray(68)
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        ioctl(fd, GPIO_GET_CHIPINFO, info)
    finally:
        os.close(fd)
    return bytes(info[32:64]).split(b"\0", 1)[0].decode(errors="replace")


def claim_input(factory: Factory, pin: int, pull: Literal["up", "down", "none"], use: str) -> InputDevice:
    """An input on `pin`, without callbacks; read its level with `level`. Raises DriverError."""
    pull_up = {"up": True, "down": False, "none": None}[pull]
    with _one_line(pin, use):
        return InputDevice(pin, pull_up=pull_up, active_state=True if pull_up is None else None, pin_factory=factory)


def claim_output(factory: Factory, pin: int, use: str, *, on_when_high: bool) -> DigitalOutputDevice:
    """An output on `pin`, off from its first moment as an output. Raises DriverError."""
    with _one_line(pin, use):
        return DigitalOutputDevice(pin, active_high=on_when_high, initial_value=False, pin_factory=factory)


def level(device: InputDevice) -> bool:
    """Level of an input, true for high, whatever gpiozero takes for active."""
    return bool(device.pin.state)


def persistence_warning(modules: Path = Path("/sys/module")) -> str:
    """What to tell the user when this kernel keeps driving the pins of a killed program; empty when it does not.

    Raspberry Pi's kernels do so unless told otherwise [K]; others release a pin to its pull resistors [C].
    """
    for module in ("pinctrl_rp1", "pinctrl_bcm2835"):
        try:
            keeps = (modules / module / "parameters" / "persist_gpio_outputs").read_text().strip()
        except OSError:
            continue
        if keeps not in ("N", "0"):
            return (
                "this kernel keeps a pin as it is when the program that drives it dies, a trigger contact included: "
                "add dtparam=strict_gpiod to /boot/firmware/config.txt and restart"
            )
    return ""


@contextmanager
def _one_line(pin: int, use: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        # lgpio.error derives from Exception itself.
        where = f"GPIO {pin} ({use})"
        if isinstance(error, GPIOPinInUse) or "busy" in str(error).lower():
            raise DeviceBusy(
                f"{where} is in use: end the other program (`gpioinfo` names it), or use another pin"
            ) from error
        raise DeviceFailed(f"{where} cannot be claimed: {error}; check pin and pull in the config") from error


def _import_lgpio() -> ModuleType:
    """Import lgpio with its side effects contained: it makes a FIFO in, and changes to, the folder LG_WD."""
    here = Path.cwd()
    private = None
    if "LG_WD" not in os.environ:
        private = tempfile.mkdtemp(prefix="dorsiflex-lgpio-")
        atexit.register(shutil.rmtree, private, ignore_errors=True)
        os.environ["LG_WD"] = private
    try:
        module = import_module("lgpio")
    except ImportError as error:
        raise DeviceAbsent(_NO_LGPIO) from error
    except OSError as error:
        raise DeviceFailed(
            f"lgpio cannot start in LG_WD={os.environ['LG_WD']}: {error}; name a folder it may write"
        ) from error
    finally:
        os.chdir(here)
        if private:
            del os.environ["LG_WD"]
    if not hasattr(module, "gpiochip_open"):
        # The package index answers Python 3.13 and later with an empty stub of this name.
        raise DeviceAbsent(_NO_LGPIO)
    return module


_NO_LGPIO = (
    "lgpio is not installed, so there are no pins: `sudo apt install python3-lgpio` and an environment with "
    "--system-site-packages (on Python 3.11 and 3.12 also, in the checkout, `.venv/bin/python -m pip install '.[pi]'`)"
)


def _check_chip(factory: Factory, chip: int, lgpio: ModuleType) -> None:
    """gpiozero 2.0.1 ignores `chip` and opens 4 on a Pi 5, 0 elsewhere: see whether it is the same chip."""
    if getattr(factory, "chip", None) == chip:
        return
    wanted = chip_label_of(Path(f"/dev/gpiochip{chip}"))
    if wanted not in lgpio.gpio_get_chip_info(factory._handle):
        factory.close()
        raise DeviceFailed(
            f"gpiozero opened another GPIO chip than /dev/gpiochip{chip} ({wanted}): "
            "install gpiozero 2.0.1.post3 or newer"
        )
