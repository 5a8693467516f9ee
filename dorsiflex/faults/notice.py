"""What the controller noticed of a fault, and when: the only thing that is read from its ticks."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from controller.signals import ArmingState
from dorsiflex.faults.bursts import Burst
from dorsiflex.faults.expected import expected
from dorsiflex.faults.seen import Seen
from simulator.faults.plan import PlannedFault


class Noticed(NamedTuple):
    """One fault: what it was, whether it changed anything, what was first noticed, by when (s after), and acted on.

    `action_s`: from noticing to the end of the burst that ran; None where none ran. `right`: by a row that fits.
    `late`: later than the design allows. `charge_uc`: put out after its beginning by the burst that ran.
    """

    kind: str
    injected: int
    row: str
    after_s: float | None
    action_s: float | None
    right: bool
    late: bool
    charge_uc: float


def notice_of(
    fault: PlannedFault, injected: int, seen: Seen, sound: Seen, bursts: Sequence[Burst], *, only: bool
) -> Noticed:
    """What was noticed of one fault; of two any row might be the other's, so only one that fits counts."""
    wanted = expected(fault.kind, seen.settings, _stride_s(seen, fault.start_s), only=only)
    known = {name for change in sound.changes for name in change.faults}
    running = next((burst for burst in bursts if burst.start_s <= fault.start_s <= burst.stop_s), None)
    charge_uc = 0.0
    for pulse in running.pulses if running else ():
        charge_uc += pulse.charge_uc if pulse.t_s > fault.start_s else 0.0
    before: set[str] = set()
    busy = False
    first: tuple[float, str] | None = None
    for change in seen.changes:
        if change.t_s < fault.start_s:
            before = set(change.faults)
            busy = change.state != ArmingState.ARMED or any(name.partition(":")[0] in wanted.rows for name in before)
            continue
        new = [name for name in change.faults if name not in before]
        fitting = [name for name in new if name.partition(":")[0] in wanted.rows]
        if fitting or (only and first is None and [name for name in new if name not in known]):
            first = (change.t_s, (fitting or new)[0])
            if fitting:
                break
    row = "" if first is None else first[1]
    after_s = None if first is None else first[0] - fault.start_s
    right = row.partition(":")[0] in wanted.rows
    in_time = wanted.within_s is None or (right and after_s is not None and after_s <= wanted.within_s)
    over = wanted.within_s is not None and fault.stop_s - fault.start_s < wanted.within_s
    at_work = None if first is None else next((b for b in bursts if b.start_s <= first[0] <= b.stop_s), None)
    action_s = None if at_work is None or first is None else at_work.stop_s - first[0]
    return Noticed(fault.kind, injected, row, after_s, action_s, right, not (in_time or over or busy), charge_uc)


def false_alarms(sound: Seen, *, scripted: bool) -> tuple[str, ...]:
    """Faults that were noticed where nothing was wrong.

    `scripted`: stimulation moves nothing in this person, who then has no effect to show; to say so is right.
    """
    names = dict.fromkeys(name for change in sound.changes for name in change.faults)
    return tuple(name for name in names if not (scripted and name.startswith("no_effect")))


def _stride_s(seen: Seen, start_s: float) -> float | None:
    """The longest of the three strides after a fault; None for a person who does not walk."""
    after = [t_s for t_s in seen.contacts_s if t_s >= start_s][:4]
    strides = [stop - start for start, stop in pairwise(after)]
    return max(strides) if len(strides) == 3 else None
