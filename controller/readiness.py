"""May a person arm now? A pure function of named flags, in one table: the most critical first, with cause and cure.

Whoever judges a flag says why it holds, or that it does not. A flag that nobody has judged holds: what is not proven
good does not arm. All reasons that hold are told at once.
"""

from collections.abc import Mapping
from typing import NamedTuple

PAGE = "docs/arming.md"


class Flag(NamedTuple):
    """One row: `text` says what is wrong, `cure` what to do about it."""

    name: str
    text: str
    cure: str

    @property
    def anchor(self) -> str:
        """Where the documentation speaks of it."""
        return f"{PAGE}#{self.name}"


FLAGS: tuple[Flag, ...] = (
    Flag("stop_open", "the emergency stop is open", "release it when it is safe; if it is, check its wire"),
    Flag("latched", "a fault is latched", "disarm first"),
    Flag("not_disarmed", "arm was held or asked for again too soon", "let go of it for a second, then arm"),
    Flag("clock", "the clock is broken", "keep the recording and report it, then start again"),
    Flag("guard", "no guard watches over the loop", "end the program and start it again"),
    Flag("enable_line", "the enable line is not proven", "check its wiring, then start again"),
    Flag("device", "a stimulator or orthosis is not well", "check the device, its cable and its electrodes"),
    Flag("stage", "this stage of the bring-up is not unlocked", "`dorsiflex stage` shows what it needs"),
    Flag("mode", "this stage does not allow the mode", "choose another mode"),
    Flag("caps", "a channel has no cap", "set it in the config: a cap that is left out is 0"),
    Flag("sensors", "sensors are not ready", "check the sensors and cables, or wait a second"),
    Flag("sensor_test", "sensors have not passed their test", "stand still for a second with the weight on the heel"),
    Flag("recorder", "the black box cannot be written", "free space on the disk or choose another folder, start again"),
    Flag("loop_late", "the loop was late a moment ago", "close other programs, wait two seconds"),
    Flag("settings", "new settings wait to be taken", "disarm, then arm"),
)
"""Everything that may forbid arming, ordered by criticality."""

NAMES = tuple([flag.name for flag in FLAGS])


def refusals(judged: Mapping[str, str | None]) -> tuple[str, ...]:
    """Why arming is refused, the most critical reason first; empty: a person may arm.

    `judged`: name of a flag to None where it does not hold, else to the particulars, which may be empty. A flag that is
    missing holds, and so does one that is not in the table.
    """
    found = [_sentence(flag, judged.get(flag.name, "not judged")) for flag in FLAGS]
    found += [f"{name} ({detail}), report it" for name, detail in judged.items() if name not in NAMES]
    return tuple([sentence for sentence in found if sentence])


def _sentence(flag: Flag, detail: str | None) -> str:
    if detail is None:
        return ""
    particulars = f" ({detail})" if detail else ""
    return f"{flag.text}{particulars}, {flag.cure}"
