"""Adds up a campaign: what was tried, noticed and done about each fault, and every harm."""

from collections import Counter
from typing import NamedTuple

from dorsiflex.faults.campaign import Result
from dorsiflex.faults.draw import WALK
from dorsiflex.faults.oracle import ABOVE_A_CAP
from simulator.faults.kinds import KINDS


class Times:
    """Times in s in a histogram of whole ms: as large after ten thousand walks as after one."""

    MOST_MS = 60_000

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()

    def add(self, t_s: float) -> None:
        """Take one."""
        self._counts[min(self.MOST_MS, round(1000.0 * t_s))] += 1

    def at(self, share: float) -> float | None:
        """The time (s) at or below which this share of them lies; None without any."""
        total = self._counts.total()
        seen = 0
        for value in sorted(self._counts):
            seen += self._counts[value]
            if seen >= share * total:
                return value / 1000.0
        return None


class Row:
    """One kind of fault over all walks in which it was."""

    def __init__(self) -> None:
        self.tried = self.noticed = self.late = self.harmed = 0
        self.in_stance = self.too_long = self.cuts = 0
        self.worst_charge_uc = self.overshoot_s = self.early_s = 0.0
        self.detection = Times()
        self.action = Times()


class Harm(NamedTuple):
    """What was harmful, in which walk, and how to see it again."""

    what: str
    who: str
    faults: tuple[str, ...]
    command: str


class Summary:
    """Everything that the report tells. `add` takes one walk after another and keeps none."""

    MOST_HARMS = 200

    def __init__(self) -> None:
        self.walks = 0
        self.rows: dict[str, Row] = {}
        self.harms: list[Harm] = []
        self.harmful = 0
        self.harmful_walks = 0
        self.alone = 0
        self.begun_walks = self.begun_alone = self.cut_walks = self.above_cap_walks = 0
        self.void: Counter[str] = Counter()
        self.sound_walks: Counter[str] = Counter()
        self.sound_s: Counter[str] = Counter()
        self.alarms: Counter[tuple[str, str]] = Counter()
        self.wanted: Counter[str] = Counter()
        self.missed: Counter[str] = Counter()

    def add(self, result: Result) -> None:
        """Take one walk."""
        verdict = result.verdict
        self.walks += 1
        self.void.update(result.void)
        names = tuple(one.kind for one in verdict.noticed)
        self.harmful += len(verdict.harms)
        self.harmful_walks += bool(verdict.harms)
        self.alone += bool(verdict.harms) and result.alone
        self.begun_walks += verdict.in_stance > 0
        self.begun_alone += verdict.in_stance > 0 and result.alone
        self.cut_walks += verdict.cuts > 0
        self.above_cap_walks += any(harm.startswith(ABOVE_A_CAP) for harm in verdict.harms)
        for harm in verdict.harms:
            if len(self.harms) < self.MOST_HARMS:
                self.harms.append(Harm(harm, result.who, names, result.command))
        for one in verdict.noticed:
            row = self.rows.setdefault(one.kind, Row())
            row.tried += 1
            row.late += one.late
            row.harmed += bool(verdict.harms)
            row.worst_charge_uc = max(row.worst_charge_uc, one.charge_uc)
            if one.right and one.after_s is not None:
                row.noticed += 1
                row.detection.add(one.after_s)
            if one.right and one.action_s is not None:
                row.action.add(one.action_s)
        # Of two faults in a walk either may have done it: both rows tell of it, the totals do not count it twice.
        for kind in dict.fromkeys(names):
            self.rows[kind].in_stance += verdict.in_stance
            self.rows[kind].too_long += verdict.too_long
            self.rows[kind].cuts += verdict.cuts
            self.rows[kind].overshoot_s = max(self.rows[kind].overshoot_s, verdict.overshoot_s)
            self.rows[kind].early_s = max(self.rows[kind].early_s, verdict.early_s)
        if result.sound is not None:
            group = WALK if result.activity == WALK else "other activities"
            self.sound_walks[group] += 1
            self.sound_s[group] += round(result.sound.seconds)
            self.wanted[group] += result.sound.wanted
            self.missed[group] += result.sound.missed
            for alarm in result.sound.alarms:
                self.alarms[group, alarm.partition(":")[0]] += 1

    def in_order(self) -> list[tuple[str, Row]]:
        """The rows in the order of the kinds."""
        return [(name, self.rows[name]) for name in KINDS if name in self.rows]

    def as_json(self) -> dict[str, object]:
        """All figures, for a file."""
        return {
            "walks": self.walks,
            "harms": self.harmful,
            "harmful_walks": self.harmful_walks,
            "harmful_walks_with_one_sensor": self.alone,
            "walks_with_a_burst_begun_in_stance": self.begun_walks,
            "walks_with_a_burst_begun_in_stance_with_one_sensor": self.begun_alone,
            "walks_with_an_abrupt_cut": self.cut_walks,
            "walks_above_a_cap": self.above_cap_walks,
            "injected_nothing": dict(self.void),
            "without_a_fault": [
                {
                    "what": group,
                    "walks": self.sound_walks[group],
                    "hours": round(self.sound_s[group] / 3600.0, 2),
                    "false_alarms": {name: count for (where, name), count in self.alarms.items() if where == group},
                    "bursts_wanted": self.wanted[group],
                    "bursts_missed": self.missed[group],
                }
                for group in sorted(self.sound_walks)
            ],
            "faults": {name: row_figures(row) for name, row in self.in_order()},
            "harm": [harm._asdict() for harm in self.harms],
        }


def row_figures(row: Row) -> dict[str, float | None]:
    """The figures of one kind of fault; times in s."""
    return {
        "tried": row.tried,
        "noticed": row.noticed,
        "too_late": row.late,
        "detection_median_s": row.detection.at(0.5),
        "detection_worst_s": row.detection.at(1.0),
        "action_median_s": row.action.at(0.5),
        "action_worst_s": row.action.at(1.0),
        "bursts_in_stance": row.in_stance,
        "bursts_too_long": row.too_long,
        "overshoot_worst_s": round(row.overshoot_s, 3),
        "early_worst_s": round(row.early_s, 3),
        "abrupt_cuts": row.cuts,
        "worst_charge_uc": round(row.worst_charge_uc, 1),
        "walks_with_harm": row.harmed,
    }
