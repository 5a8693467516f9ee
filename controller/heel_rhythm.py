"""Whether a heel switch that leads alone says down when the heel is down: by the rhythm that it showed before.

A switch whose two words are exchanged goes on to tell whole strides, half a step out of time. Its own record gives it
away: how long the heel of this person is up and down, and when it lifts, do not change from one step to the next.
- A spell that is much shorter or longer than usual breaks the rhythm: an odd step, or the moment of an exchange.
- What follows tells which: the durations are as before or exchanged, and heel off comes on its beat or by the time
  that the heel is up beside it.
Who is up for as long as down is told by the beat alone, and who stands still in between, by neither: such a switch is
believed again after some regular strides, for an odd step is common and an exchange is not [K].
"""

from collections import deque
from math import copysign, log

from controller.signals import NEVER_S, Event, EventKind

SPELLS_REMEMBERED, STRIDES_REMEMBERED, LEAST_LEARNED = 5, 15, 3
"""The median of so many is usual, once so many were seen."""

SHORTEST_SHARE, LONGEST_SHARE = 0.7, 1.5
"""Spells of a steady walk are 0.70 to 1.42 of the usual one in 1,900 strides of simulated people."""

SHORTEST_SPELL_S, LONGEST_SPELL_S = 0.05, 2.0
"""No spell is shorter. A heel that stays up or down longer is not walking; one that stays down so long says so rightly.
"""

SPREAD = 0.15
"""Of the logarithm of up over down time from stride to stride: 0.05 to 0.15 in one person (in simulation)."""

FITS = 0.35
"""Times that are further off than this, as a logarithm, both as they were and exchanged, tell of another gait; not
where they are nearer to exchanged ones by as much: whoever is not stimulated any more may walk otherwise."""

BEAT_SPREAD = 0.1
"""By this share of a stride a heel off is off its beat after an odd step."""

BEAT_KEPT = 3.5
"""For so many strides a beat is kept without being heard."""

UNSURE = 0.05
"""The usual logarithm, of those strides, may be so much nearer to none."""

MOST_A_STRIDE, WEAK = 3.0, 1.0
"""No stride counts for more, in units of the logarithm of the likelihood; nor for more than the other where neither
times fit."""

BELIEVED, DOUBTED, MOST = 1.0, -2.5, 6.0
"""Odds at which the switch is believed after a break, and doubted without one; they go no further than `MOST`."""

FORGIVEN = 1.0
"""What every regular stride adds: for an exchange in the middle of a walk is rarer than an odd step [K], and a burst
that is withheld lets the toes drag."""


class HeelRhythm:
    """Judges one heel switch by its own events. `doubted`: its heel off may be a landing, and begins nothing."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """A person has disarmed, which ends every doubt: the strides that come teach it anew."""
        self.doubted = False
        self._seen: dict[EventKind, deque[float]] = {
            kind: deque(maxlen=SPELLS_REMEMBERED) for kind in (EventKind.IC, EventKind.HO)
        }
        self._strides: deque[tuple[float, float]] = deque(maxlen=STRIDES_REMEMBERED)
        self._odds = 0.0
        self._beat_s = self._last_s = NEVER_S
        self._up_s: float | None = None
        self._odd_up = False

    def take(self, event: Event) -> None:
        """An event of the switch: IC ends the time that the heel was up, HO the time that it was down."""
        if event.kind == EventKind.FO:
            return
        spell_s, self._last_s = max(SHORTEST_SPELL_S, event.t_s - self._last_s), event.t_s
        odd = self._is_odd(self._seen[event.kind], spell_s)
        if event.kind == EventKind.IC:
            self._up_s, self._odd_up = spell_s, odd
        elif self._up_s is not None:
            self._lift(event.t_s, self._up_s, spell_s, odd=odd)
            # A landing that was hidden makes no stride of the next heel off.
            self._up_s = None

    def _is_odd(self, seen: deque[float], spell_s: float) -> bool:
        """Whether a spell is none of a steady walk; until some were seen, all are as they should be."""
        usual_s = sorted(seen)[len(seen) // 2] if len(seen) >= LEAST_LEARNED else 0.0
        if spell_s <= LONGEST_SPELL_S:
            seen.append(spell_s)
        return spell_s > LONGEST_SPELL_S or (
            usual_s > 0.0 and not SHORTEST_SHARE * usual_s <= spell_s <= LONGEST_SHARE * usual_s
        )

    def _lift(self, t_s: float, up_s: float, down_s: float, *, odd: bool) -> None:
        if down_s > LONGEST_SPELL_S:
            # Whoever has stood on this heel lifts it now; a switch that only said so is doubted again by what follows.
            self.doubted, self._odds, self._beat_s = False, 0.0, NEVER_S
            for seen in self._seen.values():
                seen.clear()
        elif len(self._strides) < LEAST_LEARNED:
            self._believe(t_s, up_s, down_s, odd=odd)
        else:
            self._weigh(t_s, up_s, down_s, odd=odd)

    def _weigh(self, t_s: float, up_s: float, down_s: float, *, odd: bool) -> None:
        middle = len(self._strides) // 2
        usual_up_s = sorted([up_s for up_s, _ in self._strides])[middle]
        usual_down_s = sorted([down_s for _, down_s in self._strides])[middle]
        broken = odd or self._odd_up
        odds = min(self._odds, 0.0) if broken else self._odds + FORGIVEN
        odds += _by_times(up_s, down_s, usual_up_s, usual_down_s)
        self.doubted = self.doubted or broken
        if self.doubted and not odd and self._beat_s > NEVER_S:
            odds += _by_beat(t_s - self._beat_s, usual_up_s, usual_down_s)
            self._beat_s = NEVER_S
        self._odds = max(-MOST, min(MOST, odds))
        self.doubted = odd or self._odds < (BELIEVED if self.doubted else DOUBTED)
        if not self.doubted:
            self._believe(t_s, up_s, down_s, odd=odd)

    def _believe(self, t_s: float, up_s: float, down_s: float, *, odd: bool) -> None:
        self._beat_s = t_s
        if not (odd or self._odd_up):
            self._strides.append((up_s, down_s))


def _by_times(up_s: float, down_s: float, usual_up_s: float, usual_down_s: float) -> float:
    """How much likelier the times of this stride are as they were than exchanged; positive: as they were."""
    straight = max(abs(log(up_s / usual_up_s)), abs(log(down_s / usual_down_s)))
    crossed = max(abs(log(up_s / usual_down_s)), abs(log(down_s / usual_up_s)))
    most = MOST_A_STRIDE if min(straight, crossed) <= FITS else WEAK if straight - crossed >= FITS else 0.0
    apart = log(usual_up_s / usual_down_s)
    apart = copysign(max(0.0, abs(apart) - UNSURE), apart)
    odds = 2.0 * log(up_s / down_s) * apart / (SPREAD * SPREAD)
    return max(-most, min(most, odds))


def _by_beat(since_s: float, usual_up_s: float, usual_down_s: float) -> float:
    """The same of a heel off so long after the last one that was believed: on the beat, or where a contact would be."""
    stride_s = usual_up_s + usual_down_s
    if since_s > BEAT_KEPT * stride_s:
        return 0.0
    off = _from_whole(since_s / stride_s)
    exchanged = _from_whole((since_s - usual_up_s) / stride_s)
    odds = (exchanged * exchanged - off * off) / (2.0 * BEAT_SPREAD * BEAT_SPREAD)
    return max(-MOST_A_STRIDE, min(MOST_A_STRIDE, odds))


def _from_whole(number: float) -> float:
    return abs(number - round(number))
