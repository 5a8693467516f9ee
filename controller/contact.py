"""The heel: own debounce in seconds of the sensor's stamps, hysteresis in level; on, off or unknown."""

from collections import deque

from config.schema import ContactSettings
from controller.signals import NEVER_S, HeelContact

MOST_CONTACTS = 4
"""So many contacts within `bounce_s` are bouncing: nobody takes strides of 0.27 s."""

SETTLED_S = 1.0
"""A contact that bounced is believed again when it has not for so long."""


class HeelEstimator:
    """Turns the levels of one heel switch or FSR into a contact that later parts may trust.

    `contact` is the debounced state, `since_s` the stamp at which the raw signal turned to it. `bouncing`: it is
    unknown because the heel comes down more often than a foot can.
    """

    def __init__(self, settings: ContactSettings) -> None:
        self.settings = settings
        self._hold_s = {
            HeelContact.ON: settings.debounce_on_s,
            HeelContact.OFF: settings.debounce_off_s,
            HeelContact.UNKNOWN: settings.unknown_after_s,
        }
        self.contact = self._steady = self._raw = HeelContact.UNKNOWN
        self.since_s = self._raw_since_s = self._settled_s = self._bounces_until_s = NEVER_S
        self.bouncing = False
        self._contacts_s = deque([NEVER_S] * MOST_CONTACTS, maxlen=MOST_CONTACTS)

    def update(self, t_s: float, level: float) -> None:
        """Take the sample `level` (0 unloaded to 1 loaded; NaN or beyond is a contradiction) stamped `t_s`."""
        raw = self._judge(level)
        if raw != self._raw:
            self._raw = raw
            self._raw_since_s = t_s
        if t_s - self._raw_since_s >= self._hold_s[raw]:
            self._settled_s = t_s
            if raw != self._steady:
                self._steady = raw
                if raw == HeelContact.ON:
                    self._count(t_s)
            self.bouncing = t_s < self._bounces_until_s
            self._show(HeelContact.UNKNOWN if self.bouncing else raw, self._raw_since_s)
        elif t_s - self._settled_s > self.settings.chatter_s:
            self._show(HeelContact.UNKNOWN, t_s)

    def lose(self) -> None:
        """The sensor is lost: nothing is known, and the next sample starts from nothing."""
        self.contact = self._steady = self._raw = HeelContact.UNKNOWN
        self.since_s = self._raw_since_s = self._settled_s = self._bounces_until_s = NEVER_S
        self.bouncing = False
        self._contacts_s.extend([NEVER_S] * MOST_CONTACTS)

    def _show(self, contact: HeelContact, since_s: float) -> None:
        if contact != self.contact:
            self.contact = contact
            self.since_s = since_s

    def _count(self, t_s: float) -> None:
        """The heel came down: too often of late, and it bounces."""
        self._contacts_s.append(t_s)
        if t_s - self._contacts_s[0] <= self.settings.bounce_s:
            self._bounces_until_s = t_s + SETTLED_S

    def _judge(self, level: float) -> HeelContact:
        if not 0.0 <= level <= 1.0:  # nor is what is not a number
            return HeelContact.UNKNOWN
        if level >= self.settings.on_level:
            return HeelContact.ON
        if level <= self.settings.off_level:
            return HeelContact.OFF
        return self._raw
