"""Keeps what the fault campaign found: the figures of `dorsiflex faults --json` as a section of docs/evidence.md.

    dorsiflex faults --walks 10000 --seed 1 --jobs 2 --folder build/campaign --json build/campaign.json
    python -m evidence.campaign build/campaign.json [--commit HASH]

The campaign takes hours and goes on where it was interrupted; `--commit` names the tree on which it ran, if it is not
this one. Exit code 1 when a goal is missed, 4 for a file that is no result of a campaign.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evidence.result import save

WHOLE = 10_000
"""Walks, as many as the goal asks for."""

MOST_ALARMS_AN_H, MOST_MISSED = 0.1, 0.001
"""Without a fault: one false alarm in 10 h, one wanted burst in 1,000."""


def figures_of(found: dict[str, Any]) -> dict[str, int | float | str | bool | None]:
    """The rows of the table. Raises KeyError for what is no result of a campaign."""
    rows = found["faults"].values()
    figures: dict[str, int | float | str | bool | None] = {
        "walks": found["walks"],
        "faults injected": sum(row["tried"] for row in rows) - sum(found["injected_nothing"].values()),
        "faults that changed nothing (errors of the campaign)": sum(found["injected_nothing"].values()),
        "kinds of fault": len(found["faults"]),
        "noticed later than their row allows": sum(row["too_late"] for row in rows),
        "walks with harm": found["harmful_walks"],
        "of them with one sensor only, which nobody contradicts": found["harmful_walks_with_one_sensor"],
        "walks in which a burst begins in stance": found["walks_with_a_burst_begun_in_stance"],
        "of these with one sensor only": found["walks_with_a_burst_begun_in_stance_with_one_sensor"],
        "walks with an abrupt cut": found["walks_with_an_abrupt_cut"],
        "walks above a cap": found["walks_above_a_cap"],
    }
    kinds = Counter({name: row["walks_with_harm"] for name, row in found["faults"].items() if row["walks_with_harm"]})
    figures["faults in walks with harm"] = ", ".join(f"{name} {count}" for name, count in kinds.most_common()) or "none"
    for group in found["without_a_fault"]:
        what, alarms = f"without a fault, {group['what']}", group["false_alarms"]
        figures[f"{what}: hours"] = group["hours"]
        figures[f"{what}: false alarms"] = ", ".join(f"{name} {n}" for name, n in alarms.items()) or 0
        figures[f"{what}: wanted bursts that did not come"] = f"{group['bursts_missed']} of {group['bursts_wanted']:,}"
    figures["goal met"] = goal_met(found)
    return figures


def goal_met(found: dict[str, Any]) -> bool:
    """No harm in as many walks as asked for, and quiet enough without a fault."""
    quiet = all(
        sum(group["false_alarms"].values()) <= max(1.0, MOST_ALARMS_AN_H * group["hours"])
        and group["bursts_missed"] <= MOST_MISSED * group["bursts_wanted"]
        for group in found["without_a_fault"]
    )
    return found["walks"] >= WHOLE and found["harmful_walks"] == 0 and not found["injected_nothing"] and quiet


def main(arguments: Sequence[str] | None = None) -> int:
    """Keep the figures; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="what `dorsiflex faults --json` wrote")
    parser.add_argument("--commit", help="the tree on which the campaign ran, if it is not this one")
    asked = parser.parse_args(arguments)
    try:
        found = json.loads(asked.file.read_text(encoding="utf-8"))
        figures = figures_of(found)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        sys.stderr.write(f"{asked.file}: no figures of a campaign ({problem}): `dorsiflex faults --json` writes them\n")
        return 4
    for name, value in figures.items():
        sys.stdout.write(f"{name:70} {value}\n")
    whole = found["walks"] >= WHOLE
    save("campaign", "Fault campaign (in simulation)", figures, whole=whole, commit=asked.commit)
    return 0 if figures["goal met"] else 1


if __name__ == "__main__":
    sys.exit(main())
