"""Judges a walk with faults against the same walk without: by the person's truth and the pulses that came out.

Nothing of the judgement rests on the controller's word; only what it noticed, and when, is read from its ticks.
"""

from collections.abc import Sequence
from math import inf
from typing import NamedTuple

from config.limits import HARD_MAX_BURST_S
from controller.signals import ArmingState
from dorsiflex.faults.bursts import Burst, bursts_of, strong
from dorsiflex.faults.draw import Person
from dorsiflex.faults.expected import cuts, rows_of
from dorsiflex.faults.notice import Noticed, notice_of
from dorsiflex.faults.seen import Seen
from dorsiflex.walk_judgement import Window
from simulator.faults.clock import Halt, Stall
from simulator.faults.kinds import KINDS
from simulator.faults.plan import PlannedFault
from simulator.faults.timing import TimeFault, time_faults

OVERSHOOT_S = 0.05
"""A burst that ends so much after its window is a pulse or two long; what is longer is counted as harm."""
EARLY_S = 0.015
"""A burst that begins so much before its window and goes on into it is not in stance: one sample of the IMU, one tick
and what two clocks differ by are that long, and a muscle answers a pulse after 25 ms at the earliest [K], so that it
pulls at nothing before the window. What is longer is counted as harm; the worst of what is borne is told."""
SAME_TIME_S = 0.3
"""A burst in stance that comes within this of one without the fault was not caused by it."""
CUT_SHARE = 0.6
"""A ramp of 0.15 s leaves a last pulse of a third of the plateau at most; above this it was no ramp."""
LANDS_S = 0.06
"""So shortly before initial contact the end of a burst drops no foot any more."""
SETTLED_S = 0.05
BRIDGED_S = 0.1
"""`faults.stall_s` of the settings: after a longer silence current has to begin anew, not to go on."""
CAP_TOLERANCE = 1.0 + 1e-6
ABOVE_A_CAP = "above a cap"
RAMP_S = 0.2
"""The falling ramp of the trigger device itself."""
AFTER_DEATH_S = {"p24-mid": 2.2, "rehastim2-continuous": 1.4, "trigger": 0.06 + 0.25}
"""How long a device goes on by itself when nobody can reach it, as its settings say; the others by a pulse at most."""
AFTER_LATCH_S = {"trigger": 0.3, "p24-mid": 0.15, "rehastim2-continuous": 0.15}
ONE_PULSE_S = 0.05


class Verdict(NamedTuple):
    """A walk: its faults, its harms in words, and bursts in stance that they caused, begun there or ended too late.

    `overshoot_s` and `early_s`: by how much at most a burst reached beyond the end, and the beginning, of its window.
    """

    noticed: tuple[Noticed, ...]
    harms: tuple[str, ...]
    in_stance: int
    too_long: int
    cuts: int
    overshoot_s: float
    early_s: float = 0.0


def judge(person: Person, faults: Sequence[PlannedFault], seen: Seen, sound: Seen) -> Verdict:
    """Judge `seen`, with the faults, against `sound`, the same walk without."""
    start_s = min(fault.start_s for fault in faults)
    bursts = rejoined([burst for burst in bursts_of(seen) if burst.stop_s >= start_s], faults)
    usual = [burst for burst in bursts_of(sound) if burst.outside]
    harms: list[str] = []
    begun, long, worst_s, early_s = _in_stance(person, bursts, usual, faults, seen, harms)
    abrupt = _abrupt_cuts(person, bursts, faults, seen, harms)
    _caps(person, bursts, faults, seen, harms)
    _silence(person, bursts, faults, seen, harms)
    if seen.exception:
        harms.append(f"a tick failed: {seen.exception}")
    only = len(faults) == 1
    noticed = tuple(
        notice_of(fault, injected, seen, sound, bursts, only=only)
        for fault, injected in zip(faults, seen.injected, strict=True)
    )
    return Verdict(noticed, tuple(harms), begun, long, abrupt, worst_s, early_s)


def rejoined(bursts: Sequence[Burst], faults: Sequence[PlannedFault]) -> list[Burst]:
    """The same bursts, but for those that a stall of the loop broke in two: a gap of 0.1 s at most is no end."""
    stalls = [one for fault in faults for one in time_faults(fault) if isinstance(one, Stall | Halt)]
    whole: list[Burst] = []
    for burst in bursts:
        before = whole[-1] if whole else None
        if (
            before
            and burst.start_s - before.stop_s <= BRIDGED_S
            and any(stall.at_s <= burst.start_s and stall.at_s + stall.for_s >= before.stop_s for stall in stalls)
        ):
            whole[-1] = Burst(before.pulses + burst.pulses, before.outside + burst.outside)
        else:
            whole.append(burst)
    return whole


def _in_stance(
    person: Person,
    bursts: Sequence[Burst],
    usual: Sequence[Burst],
    faults: Sequence[PlannedFault],
    seen: Seen,
    harms: list[str],
) -> tuple[int, int, float, float]:
    """How many bursts the faults made begin in stance, how many reach into it; the most at the end, the beginning."""
    begun = long = 0
    worst_s = worst_early_s = 0.0
    for burst in bursts:
        if not burst.outside or any(_same_time(burst, other) for other in usual):
            continue
        first = next(pulse for pulse in burst.pulses if strong(pulse, seen))
        outside = burst.outside
        if first is outside[0]:
            early_s = _early_s(first.t_s, burst, seen)
            worst_early_s = max(worst_early_s, early_s or 0.0)
            if early_s is None or early_s > EARLY_S:
                begun += 1
                harms.append(_stance_words(first.t_s, burst, early_s))
                continue
            outside = [pulse for pulse in outside if pulse.t_s > first.t_s + early_s]
            if not outside:
                continue
        over_s = outside[-1].t_s - outside[0].t_s
        worst_s = max(worst_s, over_s)
        if over_s > OVERSHOOT_S and not _open_loop(person, burst, faults, seen):
            long += 1
            harms.append(f"burst from {burst.start_s:.2f} s reaches {over_s:.2f} s into stance")
    return begun, long, worst_s, worst_early_s


def _early_s(first_s: float, burst: Burst, seen: Seen) -> float | None:
    """By how much a burst that goes on into its window came too early; any other belongs to no step."""
    met = next((window for window in seen.windows if first_s < window.start_s <= burst.stop_s), None)
    return None if met is None else met.start_s - first_s


def _stance_words(first_s: float, burst: Burst, early_s: float | None) -> str:
    early = "" if early_s is None else f", {1000.0 * early_s:.0f} ms too early"
    return f"burst in stance from {first_s:.2f} to {burst.stop_s:.2f} s{early}"


def _open_loop(person: Person, burst: Burst, faults: Sequence[PlannedFault], seen: Seen) -> bool:
    """Whether the burst ran when something broke and ended within the open loop, or by the device's own time-out."""
    open_s = seen.settings.stimulation.open_loop_s + seen.settings.judgement.stale_s + ONE_PULSE_S
    if _out_of_reach_s(faults, seen) < inf:
        open_s = max(open_s, AFTER_DEATH_S.get(person.device, 0.0))
    began = [fault.start_s for fault in faults] + [t_s for t_s, _ in _raised(faults, seen)]
    began += [moment.at_s for fault in faults for moment in time_faults(fault) if _breaks(moment, seen)]
    # What began when the burst was over did not make it longer.
    latest_s = burst.stop_s + seen.settings.judgement.stale_s
    return any(burst.start_s <= t_s <= latest_s and burst.stop_s <= t_s + open_s for t_s in began)


def _breaks(moment: TimeFault, seen: Seen) -> bool:
    """Whether time or the loop is broken by it: a wait that is no stall by the settings excuses nothing."""
    return not isinstance(moment, Stall | Halt) or moment.for_s >= seen.settings.faults.stall_s


def _out_of_reach_s(faults: Sequence[PlannedFault], seen: Seen) -> float:
    """From when on nobody could reach the device: its program is dead or its plug pulled; infinity when never."""
    return min([seen.died_s, *(fault.start_s for fault in faults if fault.kind == "link.gone")])


def _abrupt_cuts(
    person: Person, bursts: Sequence[Burst], faults: Sequence[PlannedFault], seen: Seen, harms: list[str]
) -> int:
    """Bursts that fell to zero in mid-swing without a ramp, where no row says so."""
    if person.device == "trigger" or (person.device == "direct" and not bursts):
        return 0
    count = 0
    for burst in bursts:
        last = burst.pulses[-1]
        peak_ma = max(pulse.current_ma for pulse in burst.pulses)
        if last.current_ma <= CUT_SHARE * peak_ma or not strong(last, seen) or not _mid_swing(last.t_s, seen.swings):
            continue
        if not _may_cut(last.t_s, faults, seen):
            count += 1
            harms.append(f"abrupt cut at {last.t_s:.2f} s, from {last.current_ma:.0f} mA")
    return count


def _may_cut(t_s: float, faults: Sequence[PlannedFault], seen: Seen) -> bool:
    """Whether a row, the nature of a fault or a person who disarms allows an abrupt end at `t_s`."""
    if seen.let_in_s - SETTLED_S <= t_s <= seen.let_in_s + SETTLED_S:
        return True
    for fault in faults:
        # A program that is dead or gets no processor, a line or an electrode that fails, and who stops it, end it.
        silent = KINDS[fault.kind].channel in ("process", "link", "electrode", "operator")
        if silent and t_s >= fault.start_s - SETTLED_S:
            return True
        for moment in time_faults(fault):
            lasts_s = moment.for_s if isinstance(moment, Stall | Halt) else 0.0
            if _breaks(moment, seen) and moment.at_s - SETTLED_S <= t_s <= moment.at_s + lasts_s + SETTLED_S:
                return True
    near = [name for at_s, name in _raised(faults, seen) if t_s - SETTLED_S <= at_s <= t_s + 2 * SETTLED_S]
    return any(cuts(name) for name in near)


def _raised(faults: Sequence[PlannedFault], seen: Seen) -> list[tuple[float, str]]:
    """When the controller raised which rows of the faults that are truly there; what else it raised excuses nothing."""
    found: list[tuple[float, str]] = []
    before: tuple[str, ...] = ()
    for change in seen.changes:
        there = [fault.kind for fault in faults if fault.start_s <= change.t_s]
        for name in change.faults:
            if name not in before and any(
                name.partition(":")[0] in rows_of(kind, seen.settings, only=len(faults) == 1) for kind in there
            ):
                found.append((change.t_s, name))
        before = change.faults
    return found


def _caps(
    person: Person, bursts: Sequence[Burst], faults: Sequence[PlannedFault], seen: Seen, harms: list[str]
) -> None:
    # The current of a trigger device is set on the device.
    own = seen.settings.stimulator[0].kind != "trigger"
    for burst in bursts:
        channel = seen.settings_at(burst.start_s).leg[0].channel[0]
        most_ma = max(pulse.current_ma for pulse in burst.pulses)
        most_uc = max(pulse.charge_uc for pulse in burst.pulses)
        if own and (
            most_ma > channel.max_current_ma * CAP_TOLERANCE or most_uc > channel.max_charge_uc * CAP_TOLERANCE
        ):
            harms.append(f"{ABOVE_A_CAP} at {burst.start_s:.2f} s: {most_ma:.1f} mA, {most_uc:.2f} µC")
        if own and most_ma > channel.current_ma * CAP_TOLERANCE:
            harms.append(f"more current than was set, at {burst.start_s:.2f} s: {most_ma:.1f} mA")
        longest_s = HARD_MAX_BURST_S + (0.0 if own else 2.0 * RAMP_S)
        if burst.stop_s > _out_of_reach_s(faults, seen):
            # What goes on by itself ends by its own time-out, counted from then.
            longest_s += AFTER_DEATH_S.get(person.device, ONE_PULSE_S)
        if burst.stop_s - burst.start_s > longest_s:
            harms.append(f"a burst of {burst.stop_s - burst.start_s:.2f} s from {burst.start_s:.2f} s")


def _silence(
    person: Person, bursts: Sequence[Burst], faults: Sequence[PlannedFault], seen: Seen, harms: list[str]
) -> None:
    """Current where there must be none: after death, restart, latch and emergency stop."""
    last_s = bursts[-1].stop_s if bursts else -inf
    if last_s > seen.restarted_s:
        harms.append(f"current after a restart, at {last_s:.2f} s")
    elif last_s > seen.died_s + AFTER_DEATH_S.get(person.device, ONE_PULSE_S):
        harms.append(f"current {last_s - seen.died_s:.2f} s after the program died")
    unreachable_s = _out_of_reach_s(faults, seen)
    if unreachable_s < inf and last_s <= unreachable_s + AFTER_DEATH_S.get(person.device, 0.0):
        return
    latched_s = next((change.t_s for change in seen.changes if change.state == ArmingState.LATCHED), inf)
    if last_s > latched_s + AFTER_LATCH_S.get(person.device, ONE_PULSE_S) and seen.died_s == inf:
        harms.append(f"current {last_s - latched_s:.2f} s after the latch")
    for fault in faults:
        if fault.kind != "operator.stop":
            continue
        if last_s > fault.start_s + 0.06 + AFTER_LATCH_S.get(person.device, 0.0) and fault.start_s < seen.died_s:
            harms.append(f"current {last_s - fault.start_s:.2f} s after the emergency stop")


def _same_time(burst: Burst, other: Burst) -> bool:
    return (
        burst.outside[0].t_s - SAME_TIME_S <= other.outside[-1].t_s
        and other.outside[0].t_s <= burst.outside[-1].t_s + SAME_TIME_S
    )


def _mid_swing(t_s: float, swings: Sequence[Window]) -> bool:
    return any(swing.start_s <= t_s <= swing.stop_s - LANDS_S for swing in swings)
