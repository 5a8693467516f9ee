"""What is seen of a walk: by the person and the bench, and beside it what the controller said when it changed."""

from collections.abc import Sequence
from math import inf
from typing import NamedTuple

from config.schema import Settings
from controller.signals import ArmingState, EventKind
from dorsiflex.faults.draw import SECONDS, SIDE, WALK, Person
from dorsiflex.faults.nerve import Felt
from dorsiflex.walk_judgement import Window, windows_of
from dorsiflex.walker import walker
from simulator.activities.registry import ACTIVITIES
from simulator.activities.script import ActivityPerson
from simulator.bench import Body
from simulator.patients import Patient
from simulator.truth import WANTED_BEFORE_FOOT_OFF_S, WantedBurst


class Change(NamedTuple):
    """From the true time `t_s` on the controller said so: its state, its faults, which sensors lead."""

    t_s: float
    state: ArmingState
    faults: tuple[str, ...]
    lead: str


class Seen(NamedTuple):
    """What came of a walk.

    `felt`: every pulse that came out of a device; `windows`: where current belongs; `swings`: from foot off to initial
    contact; `injected`: for each planned fault how often it changed anything; `died_s` and `restarted_s`: of the
    program, infinity if it did not; `exception`: of a tick that failed; `after`: the settings in force from `let_in_s`
    on, when an operator disarmed.
    """

    settings: Settings
    patient: Patient
    felt: list[Felt]
    windows: list[Window]
    swings: list[Window]
    wanted: list[WantedBurst]
    contacts_s: list[float]
    changes: list[Change]
    injected: tuple[int, ...]
    died_s: float
    restarted_s: float
    exception: str
    after: Settings | None = None
    let_in_s: float = inf

    def settings_at(self, t_s: float) -> Settings:
        """The settings in force at this time."""
        return self.settings if self.after is None or t_s < self.let_in_s else self.after


def body_of(person: Person, settings: Settings, patient: Patient) -> Body:
    """The one on the bench: who walks, or one who moves by a script."""
    if person.activity == WALK:
        return walker(settings, patient, person.seed, SECONDS)()
    return ACTIVITIES[person.activity].build(person.seed, SECONDS, SIDE)


def contacts_of(body: Body) -> list[float]:
    """True initial contacts."""
    return [event.t_s for event in body.truth(SIDE) if event.kind is EventKind.IC]


def swings_of(body: Body, end_s: float) -> list[Window]:
    """From each true foot off to the initial contact that followed, or the end."""
    contacts_s = contacts_of(body)
    swings = []
    for event in body.truth(SIDE):
        if event.kind is EventKind.FO:
            stop_s = next((t_s for t_s in contacts_s if t_s > event.t_s), end_s)
            swings.append(Window(event.t_s, stop_s))
    return swings


def new_windows(before: Sequence[Window], after: Sequence[Window], from_s: float) -> list[Window]:
    """The windows of the settings from before, and from `from_s` on those of the settings that came after."""
    later = [Window(max(one.start_s, from_s), one.stop_s) for one in after if one.stop_s >= from_s]
    return [*(one for one in before if one.start_s < from_s), *later]


def windows(body: Body, settings: Settings, end_s: float) -> list[Window]:
    """Where current is not in stance: bursts that are wanted or tolerated, and a swing that the end cut off.

    A step that comes after the end is not known: what was put out so shortly before belongs to it in case of doubt.
    """
    tail_s = settings.stimulation.extension_s + settings.stimulation.fall_s
    more: list[Window] = []
    if isinstance(body, ActivityPerson):
        start_s = 0.0
        for first_s, last_s in body.forbidden(SIDE, tail_s):
            more += [Window(start_s, first_s)] if first_s > start_s else []
            start_s = last_s
        more += [Window(start_s, end_s)] if start_s < end_s else []
    elif body.state(SIDE).in_swing:
        off_s = [event.t_s for event in body.truth(SIDE) if event.kind is EventKind.FO]
        more += [Window(off_s[-1] - WANTED_BEFORE_FOOT_OFF_S, end_s)] if off_s else []
    if end_s < SECONDS:
        more.append(Window(end_s - WANTED_BEFORE_FOOT_OFF_S, end_s))
    return windows_of(body.wanted_bursts(SIDE), tail_s, more)
