"""The failsafe page: what the controller does about any faults together, seen on the real fault judge and planner.

`python -m evidence.failsafe` writes `docs/failsafe.html`: one file, without a network, on which a person clicks faults,
flags and commands. Nothing in it decides: each answer was taken from the code when the page was made.
"""

import html
import json
import sys
from collections.abc import Iterable
from itertools import chain, combinations
from pathlib import Path
from typing import NamedTuple

from config.load import default_document
from config.schema import Settings
from controller.arming import Arming
from controller.controller import Controller
from controller.faults import FAULTS, Ending, Fault
from controller.readiness import FLAGS
from controller.signals import ArmingState, CommandKind, Mode, OperatorCommand

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "failsafe.html"
TEMPLATE = Path(__file__).parent / "failsafe_template.html"
TICK_S = 0.01
FAULT_AT_S = 0.3
SHOWN_S = 1.2
LEVEL_SHOWN = 0.02
"""Less than this share of the peak is shown as no current."""


class Outcome(NamedTuple):
    """What comes of faults that strike together in a burst: level of the burst tick by tick, state in the end."""

    levels: tuple[float, ...]
    state: str
    new_bursts: bool

    @property
    def zero_after_s(self) -> float:
        """How long the burst lasts after the fault, s."""
        return sum(1 for level in self.levels[round(FAULT_AT_S / TICK_S) :] if level > LEVEL_SHOWN) * TICK_S


def behaviour(fault: Fault) -> str:
    """Faults of one behaviour do the same: class and ending."""
    return f"{fault.kind}, {fault.ending}"


def outcome(settings: Settings, faults: Iterable[Fault]) -> Outcome:
    """Let a burst run on the controller's own parts, and the faults strike at FAULT_AT_S."""
    controller = Controller(settings)
    judge, work = controller.judge, controller.legs[0]
    controller.arming.state = ArmingState.ARMED
    work.planner.update(-TICK_S)
    work.planner.trigger(0.0, 0.0)
    levels = []
    for tick in range(round(SHOWN_S / TICK_S)):
        t_s = tick * TICK_S
        if tick == round(FAULT_AT_S / TICK_S):
            for fault in faults:
                if fault.ending in (Ending.FALL, Ending.OPEN_LOOP):
                    judge.end_burst(work, fault.name, t_s)
                else:
                    judge.raise_fault(fault.name, "", t_s)
        judge.latch_where_due(t_s)
        levels.append(round(work.planner.update(t_s), 3))
    state = controller.arming.state
    return Outcome(tuple(levels), state.name.lower(), state == ArmingState.ARMED and not judge.withheld(work))


def outcomes(settings: Settings) -> dict[str, Outcome]:
    """The outcome of every set of behaviours, by the behaviours in alphabetical order, joined by semicolons."""
    by_behaviour = {behaviour(fault): fault for fault in FAULTS.values()}
    names = sorted(by_behaviour)
    sets = chain.from_iterable(combinations(names, size) for size in range(len(names) + 1))
    return {"; ".join(chosen): outcome(settings, [by_behaviour[name] for name in chosen]) for chosen in sets}


def next_states() -> dict[str, dict[str, str]]:
    """Where each command leads from each state while nothing forbids arming."""
    table: dict[str, dict[str, str]] = {}
    for state in ArmingState:
        row = {}
        for kind in (CommandKind.ARM, CommandKind.PAUSE, CommandKind.RESUME, CommandKind.DISARM, CommandKind.STOP):
            arming = Arming()
            arming.state, arming.mode = state, Mode.WALK
            arming.handle((OperatorCommand(kind),), ())
            row[kind.value] = arming.state.name.lower()
        table[state.name.lower()] = row
    return table


def page(settings: Settings) -> str:
    """The whole page."""
    data = {
        "faults": [
            {
                "name": fault.name,
                "behaviour": behaviour(fault),
                "kind": fault.kind.value,
                "ending": fault.ending.value,
                "text": fault.text,
                "cure": fault.cure,
                "seen": f"{fault.noticed_within_s(settings):.2g} s: {fault.seen.words}",
                "clears": fault.clears.value,
            }
            for fault in FAULTS.values()
        ],
        "flags": [{"name": flag.name, "text": flag.text, "cure": flag.cure} for flag in FLAGS],
        "states": next_states(),
        "outcomes": {
            name: {
                "levels": found.levels,
                "state": found.state,
                "bursts": found.new_bursts,
                "zero_s": found.zero_after_s,
            }
            for name, found in outcomes(settings).items()
        },
        "tick_s": TICK_S,
        "fault_s": FAULT_AT_S,
    }
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    noscript = "".join(
        f"<tr><td>{html.escape(f.name)}</td><td>{f.kind}</td><td>{f.ending}</td><td>{html.escape(f.text)}</td></tr>"
        for f in FAULTS.values()
    )
    return TEMPLATE.read_text().replace("@NOSCRIPT@", noscript).replace("@DATA@", text)


def main() -> int:
    """Write the page."""
    PAGE.write_text(page(default_document().settings))
    return 0


if __name__ == "__main__":
    sys.exit(main())
