"""Gait events from the heel switch alone: it sees initial contact and heel off, and foot off has to be estimated."""

from collections import deque

from config.schema import HeelEventSettings
from controller.signals import NEVER_S, Certainty, Event, EventKind, HeelContact

STRIDES_REMEMBERED = 5
"""The median of this many strides is what is expected of the next."""

DWELL_SHARE = 0.4
"""A contact or a lift shorter than this share of the usual one is bounce, a scuff or a shift of weight."""

LONGEST_SPELL_S = 2.0
"""A heel that stays up or down longer was not walking, and is not learned from."""


class HeelEvents:
    """Turns the debounced contact of one heel into IC (it comes down), HO (it goes up) and an estimate of FO.

    Foot off: swing lasts about as long at every walking speed, so FO lies `swing_s` before the initial contact that the
    last strides let expect. It is said when its time has come and the heel is still up, never afterwards. Who has
    seen this person's foot off otherwise sets `swing_s`.
    """

    def __init__(self, settings: HeelEventSettings, source: str) -> None:
        self.settings = settings
        self.source = source
        self.swing_s = settings.swing_s
        self._ups_s: deque[float] = deque(maxlen=STRIDES_REMEMBERED)
        self._downs_s: deque[float] = deque(maxlen=STRIDES_REMEMBERED)
        self._t_s = NEVER_S
        self.reset()

    @property
    def foot_off_s(self) -> float | None:
        """When the foot is going to leave the floor, by the estimate; None where the heel is down, or that was said."""
        return self._foot_off_s

    def reset(self) -> None:
        """Forget the half-finished stride: what is said next needs an edge that was seen."""
        self._known = HeelContact.UNKNOWN
        self._changed_s = NEVER_S
        self._foot_off_s: float | None = None

    def update(self, t_s: float, contact: HeelContact, since_s: float) -> tuple[Event, ...]:
        """The events decided on the sample stamped `t_s`; `since_s` is when the raw signal turned to `contact`.

        A sample whose stamp does not advance is ignored; an unknown contact, or a gap longer than `gap_s`, drops the
        half-finished stride.
        """
        if not self._t_s < t_s < float("inf"):
            return ()
        gap_s = t_s - self._t_s
        self._t_s = t_s
        if contact == HeelContact.UNKNOWN or gap_s > self.settings.gap_s:
            self.reset()
        if contact == HeelContact.UNKNOWN:
            return ()
        since_s = max(since_s, self._changed_s) if since_s <= t_s else t_s
        if self._known == HeelContact.UNKNOWN:
            self._known = contact
            self._changed_s = since_s if contact == HeelContact.ON else NEVER_S
            return ()
        if contact != self._known:
            return self._turn(t_s, contact, since_s)
        return self._foot_off(t_s)

    def _turn(self, t_s: float, contact: HeelContact, since_s: float) -> tuple[Event, ...]:
        past_s = self._ups_s if contact == HeelContact.ON else self._downs_s
        # A change right after the one before is bounce at first, and believed when it lasts.
        if t_s - self._changed_s < self._shortest_s(past_s):
            return ()
        spent_s = since_s - self._changed_s
        if self.settings.dwell_min_s <= spent_s <= LONGEST_SPELL_S:
            past_s.append(spent_s)
        self._known, self._changed_s, self._foot_off_s = contact, since_s, None
        if contact == HeelContact.ON:
            return (self._event(EventKind.IC, since_s),)
        up_s = _median(self._ups_s) if self._ups_s else self.settings.first_up_s
        self._foot_off_s = since_s + max(up_s - self.swing_s, self.settings.foot_off_min_s)
        return (self._event(EventKind.HO, since_s), *self._foot_off(t_s))

    def _foot_off(self, t_s: float) -> tuple[Event, ...]:
        due_s = self._foot_off_s
        if due_s is None or t_s < due_s:
            return ()
        self._foot_off_s = None
        return (self._event(EventKind.FO, due_s),)

    def _shortest_s(self, past_s: deque[float]) -> float:
        usual_s = _median(past_s) if past_s else 0.0
        return max(self.settings.dwell_min_s, DWELL_SHARE * usual_s)

    def _event(self, kind: EventKind, t_s: float) -> Event:
        return Event(kind, t_s, self._t_s, Certainty.CONFIRMED, self.source)


def _median(values: deque[float]) -> float:
    return sorted(values)[len(values) // 2]
