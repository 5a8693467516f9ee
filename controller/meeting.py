"""Contacts of the two sensors of one leg that meet, late or not, and those that stand alone: did one of them err?"""

from math import inf

from controller.lesson import AGREE_S
from controller.punctuality import LATE_S, Punctuality
from controller.signals import NEVER_S, Event
from controller.witness import Witness

ALONE_S = 0.25
"""A contact that the other sensor has not confirmed so long after it was said stands alone."""

FOOT_LATER_S = 0.1
"""A foot that lands on its toes, or drags them, comes to rest up to 0.3 s before its heel is down or after, so much
more than a shank that lands (in simulation): for an IMU on the foot these contacts are one, too."""

LATEST_S = 0.25
"""Contacts of a shank and its heel further apart than they agree, but no more than this, are one that was told late."""

HEEL_DECIDES_S = 0.02
"""A contact is told so much after it began, at the default debounce."""

LEAST_AGREEMENTS, AGREED_FOR_S = 3, 5.0
"""Only in a walk that both have seen, so often and so lately, does one contradiction show that a sensor has failed."""


class Meetings:
    """Pairs the contacts of two sensors, of which the IMU may tell one again, or take it back.

    `punctuality`: by how much the two differ, and whether one has come late.
    """

    def __init__(self, heel: Witness, imu: Witness, *, imu_on_foot: bool = False) -> None:
        self._heel, self._imu = heel, imu
        self._witnesses = (("heel", heel), ("imu", imu))
        more_s = FOOT_LATER_S if imu_on_foot else 0.0
        self._on_foot = imu_on_foot
        self._agree_s, self._alone_s = AGREE_S + more_s, ALONE_S + more_s
        self._alone: list[tuple[Witness, Event]] = []
        self._taken_back = False
        self._agreements, self._agreed_s = 0, NEVER_S
        self.punctuality = Punctuality()

    @property
    def waiting(self) -> bool:
        """Whether a contact is yet to meet another, or to be judged."""
        return bool(self._alone)

    def together(self, t_s: float, within_s: float = AGREED_FOR_S) -> bool:
        """Whether both have seen this walk, the last time no longer ago than `within_s`."""
        return self._agreements >= LEAST_AGREEMENTS and t_s - self._agreed_s <= within_s

    def heel_due_s(self, event: Event) -> float:
        """By when the heel should have told a landing of the IMU; infinity as long as nobody knows."""
        usual_s = self.punctuality.usual_s
        if event.source == "heel" or usual_s is None:
            return inf
        return event.t_s + usual_s + LATE_S["heel"] + HEEL_DECIDES_S

    def meet(self, one: Witness, event: Event) -> None:
        """A contact of `one`: it meets the other sensor's, or stands alone for the time being."""
        one.contact(event.t_s)
        if one is self._imu:
            self._taken_back = False
        self._pair(one, event)

    def tell_again(self, event: Event) -> None:
        """A contact of the IMU that still stands alone was this one: it is judged by when it was told last."""
        if self._remove() or self._taken_back:
            self._taken_back = False
            self._pair(self._imu, event)

    def take_back(self) -> None:
        """The foot swings on: a contact that the IMU told of it, and that the heel has not confirmed, was none."""
        self._taken_back = self._remove() or self._taken_back

    def forget(self) -> None:
        """One of the two sensors cannot tell."""
        self._alone.clear()

    def overdue(self, t_s: float) -> tuple[Witness, float] | None:
        """A contact that the other sensor should have confirmed by now, and whose it is; it is not told again."""
        if not self._alone or t_s - self._alone[0][1].decided_s <= self._alone_s:
            return None
        one, event = self._alone.pop(0)
        return one, event.t_s

    def _remove(self) -> bool:
        """Forget the IMU's contact that stands alone; whether there was one."""
        others = [alone for alone in self._alone if alone[0] is not self._imu]
        removed = len(others) < len(self._alone)
        self._alone = others
        return removed

    def _pair(self, one: Witness, event: Event) -> None:
        """Let a contact of `one` meet the other sensor's that stands alone, or stand alone itself."""
        for k, (witness, earlier) in enumerate(self._alone):
            if witness is one:
                continue
            behind_s = earlier.t_s - event.t_s if one is self._imu else event.t_s - earlier.t_s
            if abs(behind_s) <= self._agree_s:
                del self._alone[k]
                self._measure(behind_s, event.decided_s)
                for name, met in self._witnesses:
                    # That both told the same landing makes one that has come late none the better.
                    if self.punctuality.late != name:
                        met.agree()
                again = event.t_s - self._agreed_s <= AGREED_FOR_S
                self._agreements, self._agreed_s = self._agreements + 1 if again else 1, event.t_s
                return
            if abs(behind_s) <= LATEST_S:
                self._measure(behind_s, event.decided_s)
        self._alone.append((one, event))

    def _measure(self, behind_s: float, t_s: float) -> None:
        """By how much one told a landing after the other; if both walk regularly, the one that has come late errs."""
        punctuality = self.punctuality
        if self._on_foot:
            return
        for name, one in self._witnesses:
            if one.streak(t_s) == 0 or (one.doubted and punctuality.late != name):
                return
        punctuality.met(behind_s)
        for name, one in self._witnesses:
            if punctuality.late == name:
                one.contradict(t_s, at_fault=True, enough=1)
