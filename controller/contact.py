"""The heel: own debounce in seconds of the sensor's stamps, hysteresis in level; on, off or unknown."""

from math import isfinite

from config.schema import ContactSettings
from controller.signals import NEVER_S, HeelContact


class HeelEstimator:
    """Turns the levels of one heel switch or FSR into a contact that later parts may trust.

    `contact` is the debounced state, `since_s` the stamp at which the raw signal turned to it.
    """

    def __init__(self, settings: ContactSettings) -> None:
        self.settings = settings
        self.contact = HeelContact.UNKNOWN
        self.since_s = NEVER_S
        self._raw = HeelContact.UNKNOWN
        self._raw_since_s = NEVER_S
        self._settled_s = NEVER_S
        self._hold_s = {
            HeelContact.ON: settings.debounce_on_s,
            HeelContact.OFF: settings.debounce_off_s,
            HeelContact.UNKNOWN: settings.unknown_after_s,
        }

    def update(self, t_s: float, level: float) -> None:
        """Take the sample `level` (0 unloaded to 1 loaded; NaN or beyond is a contradiction) stamped `t_s`."""
        raw = self._judge(level)
        if raw != self._raw:
            self._raw = raw
            self._raw_since_s = t_s
        if t_s - self._raw_since_s >= self._hold_s[raw]:
            self._settled_s = t_s
            if raw != self.contact:
                self.contact = raw
                self.since_s = self._raw_since_s
        elif t_s - self._settled_s > self.settings.chatter_s:
            self.contact = HeelContact.UNKNOWN
            self.since_s = t_s

    def lose(self) -> None:
        """The sensor is lost: nothing is known, and the next sample starts from nothing."""
        self.contact = self._raw = HeelContact.UNKNOWN
        self.since_s = self._raw_since_s = self._settled_s = NEVER_S

    def _judge(self, level: float) -> HeelContact:
        if not isfinite(level) or not 0.0 <= level <= 1.0:
            return HeelContact.UNKNOWN
        if level >= self.settings.on_level:
            return HeelContact.ON
        if level <= self.settings.off_level:
            return HeelContact.OFF
        return self._raw
