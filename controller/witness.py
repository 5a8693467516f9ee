"""One sensor as a witness of gait: how regular its contacts are, and whether it is believed beside the other sensor."""

from collections import deque

from controller.signals import NEVER_S

STRIDES_REMEMBERED = 5
"""The median of this many strides is what is usual."""

EARLIEST_SHARE = 0.7
LATEST_SHARE = 1.4
"""A contact that comes between these shares of the usual stride after the last one is regular. Stride times of slow
patients vary by 17 % [found: reference 5.1]."""

STRIDES_JUDGED = 2
"""How far so many strides were from the usual one tells which of two sensors that contradict each other has changed."""

DUE_SHARE = 0.75
"""A sensor that says nothing so much of a usual stride after its last contact, when the other does, is silent."""

LONGEST_STRIDE_S = 4.0
"""A longer time between two contacts had a pause in it."""

AGREEMENTS_TO_RETURN = 2
"""A sensor that was doubted is believed again when so many of its contacts in a row agreed with the other sensor's;
each time that it fails soon after, twice as many."""

MOST_AGREEMENTS = 64


class Witness:
    """`doubted`: the other sensor is believed; `early`: the last contact came before a usual stride was over."""

    def __init__(self) -> None:
        self.doubted = self.early = False
        self.last_s = NEVER_S
        self._strides_s: deque[float] = deque(maxlen=STRIDES_REMEMBERED)
        self._off: deque[float] = deque(maxlen=STRIDES_JUDGED)
        self._usual_s = 0.0
        self._streak = 0
        self._agreed = 0
        self._contradicted = 0
        self._needed = 0
        self._contradicted_s = NEVER_S

    def contact(self, t_s: float) -> None:
        """It says that the foot came down at `t_s`."""
        stride_s = t_s - self.last_s
        self.early = stride_s < EARLIEST_SHARE * self._usual_s
        self._streak = 0 if self.early or stride_s > LATEST_SHARE * self._usual_s else self._streak + 1
        if self._usual_s > 0.0:
            self._off.append(min(1.0, abs(stride_s / self._usual_s - 1.0)))
        if 0.0 < stride_s <= LONGEST_STRIDE_S:
            self._strides_s.append(stride_s)
            self._usual_s = sorted(self._strides_s)[len(self._strides_s) // 2]
        self.last_s = t_s

    def streak(self, t_s: float) -> int:
        """Regular contacts in a row by `t_s`; none when the next one is overdue."""
        return self._streak if t_s - self.last_s <= LATEST_SHARE * self._usual_s else 0

    def off(self, contact_s: float) -> float:
        """How irregular it is where only it, or only the other sensor, has a contact: share of a stride, 0 to 1."""
        return 1.0 if self.due(contact_s) or len(self._off) < STRIDES_JUDGED else max(self._off)

    def due(self, t_s: float) -> bool:
        """Whether its next contact may be expected at `t_s`."""
        return t_s - self.last_s >= DUE_SHARE * self._usual_s

    def agree(self) -> None:
        """One of its contacts agreed with the other sensor's."""
        self._contradicted, self._contradicted_s = 0, NEVER_S
        self._agreed += 1
        if self.doubted and self._agreed >= self._needed:
            self.doubted, self._agreed = False, 0
        elif self._agreed >= MOST_AGREEMENTS:
            self._needed = 0

    def contradict(self, t_s: float, *, at_fault: bool, enough: int) -> None:
        """A contact at `t_s` stood alone; `at_fault`: this sensor is in the wrong, `enough` such strides condemn it.

        A contact that is missing, and one that comes far too late for it, are one mistake.
        """
        self._agreed = 0
        if at_fault and t_s - self._contradicted_s >= DUE_SHARE * self._usual_s:
            self._contradicted_s = t_s
            self._contradicted += 1
            if self._contradicted >= enough:
                self._doubt()

    def come_late(self) -> None:
        """It tells landings late: doubted until landings in a row show otherwise, no more of them when that recurs."""
        self._agreed = 0
        if not self.doubted:
            self.doubted, self._needed = True, max(self._needed, AGREEMENTS_TO_RETURN)

    def believe(self) -> None:
        """It was doubted by the word of a sensor that has turned out to be wrong."""
        self.doubted, self._agreed, self._contradicted = False, 0, 0

    def lose(self, *, doubt: bool) -> None:
        """The sensor is lost; `doubt`: when it comes back it has to agree before it is believed again."""
        self._streak = self._agreed = 0
        if doubt:
            self._doubt()

    def _doubt(self) -> None:
        if not self.doubted:
            self.doubted = True
            self._needed = min(MOST_AGREEMENTS, max(AGREEMENTS_TO_RETURN, 2 * self._needed))
