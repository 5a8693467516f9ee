"""What Dorsiflex needs in a Raspberry Pi's config.txt: reads one, prints what it should be. Writes nothing itself.

    boot_settings.py add    /boot/firmware/config.txt    the text with the missing settings in a block at its end
    boot_settings.py remove /boot/firmware/config.txt    the text without that block

A setting counts as there when the last value that holds for every model says so: lines before the first section and
in [all]. Sections such as [pi4] and included files are not looked into.
"""

import sys
from pathlib import Path

WANTED = {"i2c_arm=on": "on", "i2c_arm_baudrate=400000": "400000", "strict_gpiod": "on"}
ALIASES = {"i2c": "i2c_arm", "i2c_baudrate": "i2c_arm_baudrate"}
ON = {"", "on", "yes", "true", "1"}
BEGIN = "# Dorsiflex begin: I2C at 400 kHz; pins fall back to their pull when their owner ends"
END = "# Dorsiflex end"


def settings_in_force(text: str) -> dict[str, str]:
    """Device-tree parameters of the base board that hold for every model: name to value."""
    found: dict[str, str] = {}
    for_every_model = True
    for line in (line.strip() for line in text.splitlines()):
        if line.startswith("[") and line.endswith("]"):
            for_every_model = line == "[all]"
        elif for_every_model and line.startswith("dtparam="):
            for parameter in line.removeprefix("dtparam=").split(","):
                name, _, value = parameter.strip().partition("=")
                found[ALIASES.get(name, name)] = "on" if value in ON else value
    return found


def add(text: str) -> str:
    """`text` with a block of the settings that are missing; `text` itself when none is."""
    there = settings_in_force(text)
    missing = [f"dtparam={line}" for line, value in WANTED.items() if there.get(line.partition("=")[0]) != value]
    if not missing:
        return text
    # `dtoverlay=` ends the scope of an overlay above, so that dtparam means the base board again.
    block = [BEGIN, "[all]", "dtoverlay=", *missing, END]
    return text + ("" if text.endswith("\n") or not text else "\n") + "\n".join(block) + "\n"


def remove(text: str) -> str:
    """`text` without the blocks that `add` made; lines after a block stay in [all]."""
    lines = text.splitlines(keepends=True)
    kept: list[str] = []
    i = 0
    while i < len(lines):
        ends = [j for j in range(i, len(lines)) if lines[j].strip() == END]
        if lines[i].strip() != BEGIN or not ends:
            kept.append(lines[i])
            i += 1
            continue
        i = ends[0] + 1
        follows = "".join(lines[i:]).strip()
        if follows and not follows.startswith(("[", BEGIN)):
            kept.append("[all]\n")
    return "".join(kept)


def main(arguments: list[str]) -> int:
    """Print the new text; 1 and one line when that is impossible."""
    actions = {"add": add, "remove": remove}
    if len(arguments) != 2 or arguments[0] not in actions:
        sys.stderr.write("boot_settings: say what and where: boot_settings.py add|remove /boot/firmware/config.txt\n")
        return 1
    try:
        text = Path(arguments[1]).read_bytes().decode("utf-8", errors="surrogateescape")
    except OSError as error:
        sys.stderr.write(f"boot_settings: {arguments[1]}: {error.strerror}\n")
        return 1
    sys.stdout.buffer.write(actions[arguments[0]](text).encode("utf-8", errors="surrogateescape"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
