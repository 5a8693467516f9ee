"""Why stimulation did not help a simulated person enough: the same pulses again, with one obstacle away at a time.

An obstacle without which the same walk would have been good, or the one without which it is best, is the reason. That
can be tried in simulation only.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from config.schema import ChannelSettings, Settings, Side
from dorsiflex.contact_angles import ContactAngles
from dorsiflex.fitted_current import largest_current_ma
from dorsiflex.percent import NBSP, percent
from dorsiflex.report.walk import DevicePulse, JudgedLeg
from dorsiflex.walk_judgement import CLEAR_MM, ENOUGH_CLEAR_SHARE, SwingFigures, helps_enough
from dorsiflex.walker import walker
from simulator.patients import Patient
from simulator.person import LIFTING_CHANNEL, STEP_S
from simulator.recruitment import recruitment
from simulator.sensation import ComfortableRange, comfortable_range

FULL_THRESHOLDS = 2.6
"""About the whole muscle (5.5)."""

EARLIER_S = 0.1
TIGHT, TIRED = 1.2, 0.03
MANY_MISSED = 0.05
MOST_REASONS = 3
TELLING = 0.1
"""What taking an obstacle away must add to the share of clear steps to be told."""

LEAST_STEPS = 4
"""Steps at full strength without which nothing is judged."""


class Walk(NamedTuple):
    """A walk that can be tried again: who walked, and every pulse that came, in order of time for each leg."""

    settings: Settings
    patient: Patient
    seed: int
    seconds: float
    pulses: Mapping[Side, Sequence[DevicePulse]]


class Obstacle(NamedTuple):
    """What stands in the way, in words; how its absence is called; and the walk without it."""

    words: str
    without: str
    walk: Walk


def shortfall(walk: Walk, leg: JudgedLeg) -> tuple[str, ...]:
    """Sentences for a clinician on one leg; none when stimulation helped enough."""
    if leg.figures.steps == 0 or walk.patient.healthy or helps_enough(leg.figures, leg.unstimulated):
        return ()
    softened = walk.settings.stimulation.softened_strides
    if leg.figures.steps < softened + LEAST_STEPS:
        return (
            f"Too short to judge whether stimulation helps: it begins softly, and {softened + LEAST_STEPS} steps after "
            f"the first are needed. Here there {'was 1' if leg.figures.steps == 1 else f'were {leg.figures.steps}'}.",
        )
    settled = walk_again(walk, leg.side)
    if helps_enough(settled, leg.unstimulated):
        return ()
    if leg.unstimulated.clear_share >= ENOUGH_CLEAR_SHARE and settled.clear_share >= ENOUGH_CLEAR_SHARE:
        return (
            f"There is little left for stimulation to do: the toes pass more than {CLEAR_MM:.0f}{NBSP}mm above the "
            f"floor in {percent(leg.unstimulated.clear_share)} of the steps without it.",
        )
    said = [
        f"Stimulation did not help this person enough. It should let the toes pass more than {CLEAR_MM:.0f}{NBSP}mm "
        f"above the floor in at least 95{NBSP}% of the steps, and raise the ankle by 5° or more as the foot lands."
    ]
    channel = lifting_channel(walk.settings, leg.side)
    found = comfortable_range(walk.patient, channel.pulse_width_us)
    plateau_ma = max((pulse.current_ma for pulse in walk.pulses[leg.side]), default=0.0)
    if plateau_ma < found.motor_ma:
        why = "No current came." if plateau_ma == 0.0 else f"The current of {plateau_ma:.0f}{NBSP}mA moves no muscle."
        return (*said, f"{why} {_more(walk, channel, found, plateau_ma)}")
    if leg.bursts.missed - leg.bursts.too_weak > MANY_MISSED * leg.bursts.wanted:
        said.append(f"Stimulation was missing in {leg.bursts.missed} of {leg.bursts.wanted} steps.")
    after = " after the softened start" if softened else ""
    tried = [(walk_again(o.walk, leg.side), o) for o in _obstacles(walk, leg, channel, found, plateau_ma)]
    best = sorted(tried, key=lambda one: -one[0].clear_share)
    enough = [(figures, o) for figures, o in best if helps_enough(figures, leg.unstimulated)]
    told = enough[:MOST_REASONS] or [(f, o) for f, o in best[:2] if f.clear_share >= settled.clear_share + TELLING]
    said += [
        f"{o.words} {o.without}, {percent(figures.clear_share)} of the steps{after} would clear the floor by more than "
        f"{CLEAR_MM:.0f}{NBSP}mm, instead of {percent(settled.clear_share)}."
        for figures, o in told
    ]
    if not told:
        said.append(
            "No single reason: neither more current nor an earlier start nor a softer calf would be enough alone."
        )
    return tuple(said)


def lifting_channel(settings: Settings, side: Side) -> ChannelSettings:
    """The channel of a leg that lifts the foot; its first when none has that name."""
    channels = next(leg.channel for leg in settings.leg if leg.side == side)
    return next((channel for channel in channels if LIFTING_CHANNEL in channel.id), channels[0])


def walk_again(walk: Walk, side: Side) -> SwingFigures:
    """The figures of one leg when this person walks with these pulses, without the strides that begin softly."""
    body = walker(walk.settings, walk.patient, walk.seed, walk.seconds)()
    channels = {leg.side: lifting_channel(walk.settings, leg.side).id for leg in walk.settings.leg}
    coming = sorted((pulse, of) for of, pulses in walk.pulses.items() for pulse in pulses)
    angles, rate_hz, given = ContactAngles(body, side), walk.settings.loop.rate_hz, 0
    for tick in range(1, round(walk.seconds * rate_hz) + 1):
        t_s = tick / rate_hz
        while given < len(coming) and coming[given][0].t_s < t_s:
            pulse, of = coming[given]
            body.advance(pulse.t_s + 0.5 * STEP_S)
            body.pulse(of, channels[of], pulse.current_ma, pulse.pulse_width_us)
            given += 1
        body.advance(t_s + 0.5 * STEP_S)
        angles.look()
    return angles.figures(walk.settings.stimulation.softened_strides)


def _obstacles(
    walk: Walk, leg: JudgedLeg, channel: ChannelSettings, found: ComfortableRange, plateau_ma: float
) -> Iterator[Obstacle]:
    patient = walk.patient
    full_ma = FULL_THRESHOLDS * found.motor_ma
    if plateau_ma < full_ma:
        share = recruitment(patient, plateau_ma, channel.pulse_width_us)
        words = (
            f"The current of {plateau_ma:.0f}{NBSP}mA reaches {100.0 * share:.0f}{NBSP}% of the muscle. "
            f"{_more(walk, channel, found, plateau_ma)}"
        )
        more = {
            side: [pulse._replace(current_ma=pulse.current_ma * full_ma / plateau_ma) for pulse in some]
            for side, some in walk.pulses.items()
        }
        yield Obstacle(words, f"With {full_ma:.0f}{NBSP}mA", walk._replace(pulses=more))
    if patient.calf_stiffness > TIGHT:
        soft = walk._replace(patient=patient._replace(calf_stiffness=1.0))
        yield Obstacle("The calf is tight and holds the foot down.", "With a normal calf", soft)
    if patient.reflex_nm_s_per_deg > 0.0 or patient.clonus_nm > 0.0:
        calm = walk._replace(patient=patient._replace(reflex_nm_s_per_deg=0.0, clonus_nm=0.0))
        yield Obstacle("The calf is spastic: it answers the lift with a pull.", "Without spasticity", calm)
    if leg.fatigue > TIRED:
        words = f"The muscle tires: {100.0 * leg.fatigue:.0f}{NBSP}% of its force is gone in the end."
        yield Obstacle(words, "Without fatigue", walk._replace(patient=patient._replace(fatigue_s=1e5)))
    if patient.voluntary_fades_per_min > 0.0:
        words = "What the person can lift without stimulation fades while walking."
        yield Obstacle(words, "Without that", walk._replace(patient=patient._replace(voluntary_fades_per_min=0.0)))
    sooner = {
        side: [pulse._replace(t_s=max(0.0, pulse.t_s - EARLIER_S)) for pulse in some]
        for side, some in walk.pulses.items()
    }
    words = "Stimulation begins too late to have lifted the foot in time."
    yield Obstacle(words, f"{1000.0 * EARLIER_S:.0f}{NBSP}ms earlier", walk._replace(pulses=sooner))


def _more(walk: Walk, channel: ChannelSettings, found: ComfortableRange, plateau_ma: float) -> str:
    """Why the current is no higher."""
    if found.painful_ma <= plateau_ma:
        return f"It is painful already: pain begins at {found.painful_ma:.0f}{NBSP}mA."
    if any(device.id == channel.stimulator and device.kind == "trigger" for device in walk.settings.stimulator):
        return "It is set on the stimulator itself."
    most_ma = largest_current_ma(walk.settings, channel)
    if found.painful_ma <= most_ma and found.painful_ma < plateau_ma + 2.0:
        return f"More would hurt: pain begins at {found.painful_ma:.0f}{NBSP}mA."
    if most_ma < plateau_ma + 1.0:
        return f"The caps of the settings allow no more than {most_ma:.0f}{NBSP}mA."
    bearable_ma = min(most_ma, found.painful_ma)
    return f"Up to about {bearable_ma:.0f}{NBSP}mA would be allowed and comfortable."
