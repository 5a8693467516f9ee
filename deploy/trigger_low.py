"""Drive every trigger and enable pin of a configuration low, and the contact with it into its safe state.

systemd runs this before the loop starts and after it has ended, however it ended: a Raspberry Pi keeps driving the last
level of a pin whose owner died, unless strict_gpiod is set. It needs the standard library and `pinctrl`, no more, so it
works when the program does not. A start leaves the pins it found in $RUNTIME_DIRECTORY; the end drives those as well,
so a configuration that was edited or broken in between leaves no pin high.

    trigger_low.py /etc/dorsiflex/dorsiflex.toml

Exit code 0: every pin is driven low, or the configuration has none. 1: something is wrong, one line says what.
"""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

HIGHEST_HEADER_GPIO = 27
PINCTRL_TIMEOUT_S = 2.0


class TriggerLowError(Exception):
    """One line: what is wrong, where, what to do next."""


def pins_of_config(config: Path) -> tuple[set[int], list[str]]:
    """GPIO numbers of all [[stimulator]] with kind = "trigger", none when the backend is no Pi; and what is wrong."""
    check = f"run `dorsiflex config check {config}`"
    try:
        settings = tomllib.loads(config.read_text(encoding="utf-8"))
    except OSError as error:
        return set(), [f"{config}: {error.strerror}: run deploy/install.sh again"]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        return set(), [f"{config}: {error}: {check}"]
    hardware, stimulators = settings.get("hardware", {}), settings.get("stimulator", [])
    well_formed = isinstance(hardware, dict) and isinstance(stimulators, list)
    if not well_formed or not all(isinstance(stimulator, dict) for stimulator in stimulators):
        return set(), [f"{config}: no [hardware] or [[stimulator]]: {check}"]
    if hardware.get("backend") != "pi":
        return set(), []
    triggers = [stimulator for stimulator in stimulators if stimulator.get("kind") == "trigger"]
    values = [trigger.get("pin") for trigger in triggers]
    values += [trigger["enable_pin"] for trigger in triggers if "enable_pin" in trigger]
    good = {value for value in values if type(value) is int and 0 <= value <= HIGHEST_HEADER_GPIO}
    bad = [value for value in values if type(value) is not int or value not in good]
    return good, [f"{config}: stimulator: pin {value} is no GPIO from 0 to {HIGHEST_HEADER_GPIO}" for value in bad]


def pins_of_record(record: Path) -> set[int]:
    """GPIO numbers that the start of this run left behind; none when there was no start."""
    if not record.exists():
        return set()
    words = record.read_text(encoding="utf-8").split()
    return {int(word) for word in words if word.isdecimal() and int(word) <= HIGHEST_HEADER_GPIO}


def drive_low(pin: int) -> None:
    """Make `pin` an output at low level. Raises TriggerLowError."""
    pinctrl = shutil.which("pinctrl")
    if pinctrl is None:
        raise TriggerLowError(f"GPIO {pin} not driven low: no pinctrl: sudo apt install raspi-utils")
    command = [pinctrl, "set", str(pin), "op", "dl"]
    try:
        subprocess.run(command, check=True, timeout=PINCTRL_TIMEOUT_S, capture_output=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise TriggerLowError(f"GPIO {pin} not driven low: {error}: rely on the pull-down and the stop") from error


def main(arguments: list[str]) -> int:
    """Drive the pins low; see the top of this file."""
    if len(arguments) != 1:
        sys.stderr.write("trigger_low: say which configuration: trigger_low.py /etc/dorsiflex/dorsiflex.toml\n")
        return 1
    directory = os.environ.get("RUNTIME_DIRECTORY")
    record = Path(directory) / "trigger_pins" if directory else None
    pins, problems = pins_of_config(Path(arguments[0]))
    if record is not None:
        pins |= pins_of_record(record)
    for pin in sorted(pins):
        try:
            drive_low(pin)
        except TriggerLowError as error:
            problems.append(str(error))
        else:
            sys.stdout.write(f"trigger_low: GPIO {pin} is driven low\n")
    if record is not None and pins:
        try:
            record.write_text(" ".join(str(pin) for pin in sorted(pins)) + "\n", encoding="utf-8")
        except OSError as error:
            problems.append(f"{record}: {error.strerror}: the end of this run knows only the pins of {arguments[0]}")
    for problem in problems:
        sys.stderr.write(f"trigger_low: {problem}\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
