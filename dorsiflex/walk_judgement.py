"""What a simulated walk was like, by the simulated truth and the devices' own pulse logs, never the controller's word.

"Wanted" and "in stance" are the design's definitions: a burst is wanted from 250 ms before the true foot off to the
true initial contact plus extension and falling ramp; current above the motor threshold outside such a window is in
stance. The first step after standing is scored apart: nobody can foresee it. All results hold in simulation only.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from math import floor, nan
from typing import NamedTuple

from simulator.bench_stimulator import SAME_BURST_INTERVALS
from simulator.truth import WANTED_BEFORE_FOOT_OFF_S, IcType, Loading, Swing, WantedBurst

CLEAR_MM = 15.0
"""A toe that clears the floor by more than this counts as safe: means of healthy adults are 11 to 15 mm."""

ENOUGH_CLEAR_SHARE, ENOUGH_GAIN_DEG = 0.95, 5.0
"""Stimulation helps enough when so many of the steps are clear, and the ankle has so much more dorsiflexion at initial
contact than without; 5 deg is the orthotic effect that is reported [found: Kesar, Cionic]."""

_LEAST_RATE_HZ = 1.0


class OutputPulse(NamedTuple):
    """A pulse by the log of the device: when (s), how strong in motor thresholds, and the pulse rate (Hz)."""

    t_s: float
    in_thresholds: float
    rate_hz: float

    @property
    def felt_by_muscle(self) -> bool:
        """Whether it reaches the motor threshold."""
        return self.in_thresholds >= 1.0


class BurstFigures(NamedTuple):
    """Bursts of one leg; all counts without the first step after standing but for `first_*`.

    `wanted` = `given` + `missed`. A wanted burst is given when at least one pulse above the motor threshold comes
    between the start of its window and initial contact; `too_weak` are those missed although pulses came, all of them
    below it. `extra`: bursts of which no pulse above the threshold lies in any window; `in_stance`: bursts with at
    least one outside; `in_stance_s`: how long the current was outside in all, s. `late`: those given whose first pulse
    above the threshold came after foot off, too late to lift the foot in early swing.
    """

    wanted: int
    given: int
    missed: int
    too_weak: int
    extra: int
    in_stance: int
    in_stance_s: float
    first_wanted: int
    first_given: int
    late: int = 0


class SwingFigures(NamedTuple):
    """Swings and landings of one leg without the first step after standing; NaN where there is nothing to judge.

    Dorsiflexion in deg: median of the means over 65 to 95 % of the cycle, and at initial contact. Clearance in mm, 5th
    and 50th percentile of the least in mid-swing. All shares are 0..1: of steps above 15 mm, of swing time in contact
    with the floor (mean), of initial contacts by their type. `slap_share` is of the landings heel first, for only these
    can slap: NaN without any. Steppage is the median of the extra hip flexion (deg) and of the lift of the pelvis (mm)
    by which the person makes room for a hanging foot.
    """

    steps: int
    dorsiflexion_deg: float
    dorsiflexion_at_ic_deg: float
    clearance_p5_mm: float
    clearance_p50_mm: float
    clear_share: float
    contact_share: float
    heel_share: float
    flat_share: float
    toe_share: float
    slap_share: float
    steppage_deg: float
    hip_hike_mm: float


class Window(NamedTuple):
    """Where current belongs: from `start_s` to `stop_s`, the falling ramp included; s."""

    start_s: float
    stop_s: float


def windows_of(wanted: Iterable[WantedBurst], tail_s: float, more: Iterable[Window] = ()) -> list[Window]:
    """The windows in which current belongs, in order and without overlap; `tail_s` is extension plus falling ramp.

    In `more` current is not in stance either: a swing that the end of the simulation cut off, steps in which a burst is
    tolerated.
    """
    windows = [*(Window(burst.start_s, burst.stop_s + tail_s) for burst in wanted), *more]
    merged: list[Window] = []
    for window in sorted(windows):
        if merged and window.start_s <= merged[-1].stop_s:
            merged[-1] = Window(merged[-1].start_s, max(merged[-1].stop_s, window.stop_s))
        else:
            merged.append(window)
    return merged


def bursts_of(pulses: Iterable[OutputPulse]) -> list[list[OutputPulse]]:
    """Pulses, in order of time, grouped into bursts: further apart than 1.6 intervals of their rate is another one."""
    bursts: list[list[OutputPulse]] = []
    for pulse in pulses:
        if bursts and pulse.t_s - bursts[-1][-1].t_s <= SAME_BURST_INTERVALS / max(_LEAST_RATE_HZ, pulse.rate_hz):
            bursts[-1].append(pulse)
        else:
            bursts.append([pulse])
    return bursts


def judge_bursts(
    wanted: Sequence[WantedBurst], pulses: Sequence[OutputPulse], tail_s: float, more: Iterable[Window] = ()
) -> BurstFigures:
    """Judge the pulses of one leg (in order of time) by when bursts were wanted, and may be in `more` windows."""
    any_s = [pulse.t_s for pulse in pulses]
    strong_s = [pulse.t_s for pulse in pulses if pulse.felt_by_muscle]
    usual = [burst for burst in wanted if not burst.first]
    first = [burst for burst in wanted if burst.first]
    given = sum(_any_between(strong_s, burst) for burst in usual)
    weak = sum(_any_between(any_s, burst) and not _any_between(strong_s, burst) for burst in usual)
    windows = windows_of(wanted, tail_s, more)
    extra = in_stance = 0
    in_stance_s = 0.0
    for burst in bursts_of(pulses):
        effective = [pulse for pulse in burst if pulse.felt_by_muscle]
        outside = [pulse for pulse in effective if not _in_any(pulse.t_s, windows)]
        in_stance += bool(outside)
        extra += bool(outside) and len(outside) == len(effective)
        for pulse in outside:
            in_stance_s += 1.0 / max(_LEAST_RATE_HZ, pulse.rate_hz)
    return BurstFigures(
        wanted=len(usual),
        given=given,
        missed=len(usual) - given,
        too_weak=weak,
        extra=extra,
        in_stance=in_stance,
        in_stance_s=in_stance_s,
        first_wanted=len(first),
        first_given=sum(_any_between(strong_s, burst) for burst in first),
        late=sum(_begun_after_foot_off(strong_s, burst) for burst in usual),
    )


def judge_swings(
    swings: Sequence[Swing], loadings: Sequence[Loading], dorsiflexion_at_ic_deg: Sequence[float]
) -> SwingFigures:
    """Figures over these swings and the landings that followed them; the caller leaves the first step out."""
    heel_first_s = [swing.initial_contact_s for swing in swings if swing.contact == "heel"]
    slapped = {loading.initial_contact_s for loading in loadings if loading.slap}
    clearance = [swing.min_toe_clearance_mm for swing in swings]
    return SwingFigures(
        steps=len(swings),
        dorsiflexion_deg=percentile([swing.mean_dorsiflexion_deg for swing in swings], 0.5),
        dorsiflexion_at_ic_deg=percentile(dorsiflexion_at_ic_deg, 0.5),
        clearance_p5_mm=percentile(clearance, 0.05),
        clearance_p50_mm=percentile(clearance, 0.5),
        clear_share=_share(value > CLEAR_MM for value in clearance),
        contact_share=mean([swing.scrape_share for swing in swings]),
        heel_share=_contact_share(swings, "heel"),
        flat_share=_contact_share(swings, "flat"),
        toe_share=_contact_share(swings, "toe"),
        slap_share=_share(contact_s in slapped for contact_s in heel_first_s),
        steppage_deg=percentile([swing.steppage_deg for swing in swings], 0.5),
        hip_hike_mm=percentile([swing.hip_hike_mm for swing in swings], 0.5),
    )


def helps_enough(helped: SwingFigures, alone: SwingFigures) -> bool:
    """Whether stimulation does for this person what it should; false when there is nothing to judge."""
    gain_deg = helped.dorsiflexion_at_ic_deg - alone.dorsiflexion_at_ic_deg
    return helped.clear_share >= ENOUGH_CLEAR_SHARE and gain_deg >= ENOUGH_GAIN_DEG


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0..1) of the values lie, linear between neighbours; NaN for no values."""
    if not values:
        return nan
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def mean(values: Sequence[float]) -> float:
    """Arithmetic mean; NaN for no values."""
    return sum(values) / len(values) if values else nan


def _share(answers: Iterable[bool]) -> float:
    return mean([1.0 if answer else 0.0 for answer in answers])


def _contact_share(swings: Sequence[Swing], kind: IcType) -> float:
    return _share(swing.contact == kind for swing in swings)


def _any_between(times_s: Sequence[float], burst: WantedBurst) -> bool:
    return bisect_left(times_s, burst.start_s) < bisect_right(times_s, burst.stop_s)


def _begun_after_foot_off(times_s: Sequence[float], burst: WantedBurst) -> bool:
    first = bisect_left(times_s, burst.start_s)
    return first < len(times_s) and burst.start_s + WANTED_BEFORE_FOOT_OFF_S < times_s[first] <= burst.stop_s


def _in_any(t_s: float, windows: Sequence[Window]) -> bool:
    before = bisect_right(windows, t_s, key=lambda window: window.start_s)
    return before > 0 and t_s <= windows[before - 1].stop_s
