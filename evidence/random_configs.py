"""Configs that nobody would write: does one of them ever load with more than the hard caps, or arm without caps?

    python -m evidence.random_configs --configs 100000 --seed 1

Every config is the default text, or a profile, with some of its lines changed, left out, doubled, moved or made into
nonsense. One that loads must keep every hard cap, and stimulate nobody where a cap was left out.
"""

import argparse
import sys
import time
from collections import Counter
from importlib import resources
from math import isfinite
from multiprocessing import Pool
from random import Random

from config import limits
from config.devices import rms_current_ma
from config.load import default_toml, settings_from_text
from config.problems import ConfigError
from config.schema import Settings
from controller.preflight import missing_caps
from evidence.result import save

CAPS = ("max_current_ma", "max_pulse_width_us", "max_rate_hz", "max_charge_uc")
VALUES = (
    "0", "0.0", "-0.0", "-1", "1", "60.0", "60.00001", "61", "400.0", "401.0", "50.0", "51.0", "20.0", "20.1", "1e9",
    "1e400", "-1e400", "nan", "inf", "-inf", "+nan", "9" * 400, "0x7f", "1_000", "true", "false", '"34"', '""', "[]",
    "[1.0]", "{}", "34,0", "1e-320", "2.0", "0.5", '"pi"', '"walking"', '"simulator"', "1979-05-27", "'''x'''",
)  # fmt: skip
KEYS = (
    *CAPS, "current_ma", "pulse_width_us", "rate_hz", "electrode_area_cm2", "longest_burst_s", "max_duty",
    "open_loop_s", "softened_strides", "backend", "stage", "max_mean_charge_uc_per_s", "max_curent_ma",
    "MAX_CURRENT_MA", "hard_max_current_ma", "output", "kind",
)  # fmt: skip
JUNK = (
    "", "\x00", "\ufeff", "[", "]]", "[[leg]]", "[leg]", "[[leg.channel]]", "= 3", "a.b.c = 1", "\u2028", '"""', "\\"
)  # fmt: skip
NEAR = {"ma": 66.0, "us": 440.0, "hz": 55.0, "uc": 22.0, "cm2": 60.0, "s": 3.0}
"""By the unit at the end of a key: numbers up to here lie on both sides of what is allowed."""
CHUNK = 500


def texts() -> list[str]:
    """The packaged configs to start from."""
    profiles = resources.files("config").joinpath("profiles")
    return [default_toml(), *(one.read_text(encoding="utf-8") for one in sorted(profiles.iterdir(), key=str))]


def without_remarks(text: str) -> list[str]:
    """The lines that say something."""
    return [line for line in text.split("\n") if line.strip() and not line.lstrip().startswith("#")]


def mutated(lines: list[str], random: Random) -> str:
    """The config with one to six changes."""
    lines = list(lines)
    for _ in range(random.choice((1, 1, 1, 2, 3, 6))):
        if not lines:
            break
        place, act = random.randrange(len(lines)), random.randrange(16)
        key = lines[place].partition("=")[0].strip()
        if act < 3 and "=" in lines[place]:
            lines[place] = f"{key} = {_value(random, key)}"
        elif act < 5:
            del lines[place]
        elif act == 5:
            key = random.choice(KEYS)
            lines.insert(place, f"{key} = {_value(random, key)}")
        elif act == 6:
            lines.insert(place, random.choice(JUNK))
        elif act == 7:
            lines.insert(random.randrange(len(lines)), lines[place])
        elif act == 8:
            text = "\n".join(lines)
            lines = text[: random.randrange(len(text))].split("\n")
        else:
            lines = _with_cap(lines, random)
    return "\n".join(lines) + "\n"


def _with_cap(lines: list[str], random: Random) -> list[str]:
    """One output or cap of a channel changed, wherever it stands, or every line of it left out."""
    key = random.choice((*CAPS, "current_ma", "pulse_width_us", "rate_hz", "electrode_area_cm2"))
    kept = [line for line in lines if line.partition("=")[0].strip() != key]
    if random.random() < 0.5:
        return kept
    places = [i for i, line in enumerate(kept) if line.strip() == "[[leg.channel]]"]
    for place in reversed(places):
        kept.insert(place + 1, f"{key} = {_value(random, key)}")
    return kept


def _value(random: Random, key: str) -> str:
    near = NEAR.get(key.rpartition("_")[2])
    if near is not None and random.random() < 0.7:
        return repr(round(random.uniform(0.0, near), random.choice((0, 1, 6))))
    return random.choice(VALUES) if random.random() < 0.7 else repr(random.gauss(0.0, 1e6))


def too_much(settings: Settings) -> list[str]:
    """What is above a hard cap in settings that loaded, or is no number."""
    found = []
    for leg in settings.leg:
        for channel in leg.channel:
            charge_uc = channel.current_ma * channel.pulse_width_us / 1000.0
            rms_ma = rms_current_ma(channel.current_ma, channel.pulse_width_us, channel.rate_hz)
            for name, value, cap in (
                ("current_ma", channel.current_ma, min(channel.max_current_ma, limits.HARD_MAX_CURRENT_MA)),
                ("max_current_ma", channel.max_current_ma, limits.HARD_MAX_CURRENT_MA),
                ("pulse_width_us", channel.pulse_width_us, limits.HARD_MAX_PULSE_WIDTH_US),
                ("max_pulse_width_us", channel.max_pulse_width_us, limits.HARD_MAX_PULSE_WIDTH_US),
                ("rate_hz", channel.rate_hz, limits.HARD_MAX_RATE_HZ),
                ("max_rate_hz", channel.max_rate_hz, limits.HARD_MAX_RATE_HZ),
                ("max_charge_uc", channel.max_charge_uc, limits.HARD_MAX_CHARGE_UC),
                ("charge", charge_uc, min(channel.max_charge_uc, limits.HARD_MAX_CHARGE_UC) + 1e-6),
                ("density", rms_ma / channel.electrode_area_cm2, limits.HARD_MAX_RMS_DENSITY_MA_CM2 + 1e-9),
            ):
                if not (isfinite(value) and 0.0 <= value <= cap):
                    found.append(f"{name} = {value} above {cap}")
    for name, value, cap in (
        ("longest_burst_s", settings.stimulation.longest_burst_s, limits.HARD_MAX_BURST_S),
        ("open_loop_s", settings.stimulation.open_loop_s, limits.HARD_MAX_OPEN_LOOP_S),
        ("softened_strides", settings.stimulation.softened_strides, limits.HARD_MAX_SOFTENED_STRIDES),
    ):
        if not (isfinite(value) and 0.0 <= value <= cap):
            found.append(f"{name} = {value} above {cap}")
    return found


def without_cap_but_not_zero(text: str, settings: Settings) -> list[str]:
    """Channels that load with a cap that is written nowhere, and have a current or are not kept from arming."""
    found = []
    told = missing_caps(settings)
    triggers = {device.id for device in settings.stimulator if device.kind == "trigger"}
    for cap in CAPS:
        if any(line.partition("=")[0].strip() == cap for line in text.split("\n")):
            continue
        for leg in settings.leg:
            for channel in leg.channel:
                named = any(one.startswith(f"{leg.side}.{channel.id}:") and cap in one for one in told)
                if getattr(channel, cap) != 0.0 or channel.current_ma != 0.0:
                    found.append(f"{cap} is nowhere and {leg.side}.{channel.id} may give {channel.current_ma} mA")
                elif channel.stimulator not in triggers and not named:
                    found.append(f"{cap} is nowhere, and arming does not say so")
    return found


def judge(text: str) -> tuple[str, list[str]]:
    """Whether a text was refused or loaded, and everything that is wrong with how it loaded."""
    try:
        settings = settings_from_text(text, "random.toml")
    except ConfigError:
        return "refused", []
    except Exception as error:  # noqa: BLE001 - any other error is what is looked for
        return "crashed", [f"{type(error).__name__}: {error}"]
    return "loaded", [*too_much(settings), *without_cap_but_not_zero(text, settings)]


def some(task: tuple[int, int, int]) -> tuple[Counter[str], list[str]]:
    """Judge the configs from `first` on: counts, and what was wrong."""
    seed, first, count = task
    starts = [without_remarks(text) for text in texts()]
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    for number in range(first, first + count):
        random = Random(f"{seed} {number}")
        text = mutated(random.choice(starts), random)
        how, found = judge(text)
        counts[how] += 1
        counts["without a cap"] += how == "loaded" and any(cap not in text for cap in CAPS)
        wrong += [f"config {number} of seed {seed}: {what}" for what in found]
    return counts, wrong


EMPTY = ("", "\n", " \n\t\n", "\ufeff", "# nothing\n", "\x00" * 4096, "[session]\n", '[hardware]\nbackend = "pi"\n')
"""Files with nothing in them: a zero-byte file, white space, remarks, what a power cut leaves, sections alone."""


def main() -> int:
    """Run the campaign; 1 when anything was wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--configs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    began_s = time.monotonic()
    counts: Counter[str] = Counter()
    wrong = [f"an empty file loads: {text!r}" for text in EMPTY if judge(text)[0] != "refused"]
    tasks = [(options.seed, first, min(CHUNK, options.configs - first)) for first in range(0, options.configs, CHUNK)]
    with Pool(options.jobs) as pool:
        for done, (more, found) in enumerate(pool.imap_unordered(some, tasks), start=1):
            counts += more
            wrong += found
            sys.stderr.write(f"\r{done * CHUNK} of {options.configs}")
    sys.stderr.write("\n")
    figures: dict[str, int | float | str | bool | None] = {
        "configs tried": options.configs,
        "refused": counts["refused"],
        "loaded": counts["loaded"],
        "of these without some cap, so that nobody is stimulated": counts["without a cap"],
        "crashed": counts["crashed"],
        "above a hard cap, or current without a cap": len(wrong) - counts["crashed"],
        "empty and zero-byte files, all refused": len(EMPTY),
        "seconds": round(time.monotonic() - began_s, 1),
    }
    for line in wrong[:20]:
        sys.stdout.write(f"{line}\n")
    for name, value in figures.items():
        sys.stdout.write(f"{name}: {value}\n")
    save("random_configs", "Random configs", figures, whole=options.configs >= 100_000 and not wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
