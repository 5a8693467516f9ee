"""Contacts of the two sensors of one leg that meet, late or not, and those that stand alone: did one of them err?"""

from math import inf

from controller.lesson import AGREE_S
from controller.punctuality import LATE_BY_S, Punctuality
from controller.signals import NEVER_S, Event
from controller.witness import Witness

ALONE_S = 0.25
"""A contact that the other sensor has not confirmed so long after it was said stands alone."""

FOOT_LATER_S = 0.1
"""A foot that lands on its toes, or drags them, comes to rest up to 0.3 s before its heel is down or after, so much
more than a shank that lands (in simulation): for an IMU on the foot these contacts are one, too."""

MEASURED_S = 0.25
"""Contacts of shank and heel further apart than they agree, by no more than this, show as well who is late."""

TICKS_S = 0.01
"""A heel that is due is heard a tick or two later."""

LEAST_AGREEMENTS, AGREED_FOR_S = 3, 5.0
"""Only in a walk that both have seen, so often and so lately, does one contradiction show that a sensor has failed."""


class Meetings:
    """Pairs the contacts of two sensors, of which the IMU may tell one again, or take it back.

    `punctuality`: by how much the two differ, and whether one has come late.
    """

    def __init__(self, heel: Witness, imu: Witness, *, imu_on_foot: bool = False) -> None:
        self._heel, self._imu = heel, imu
        self._on_foot = imu_on_foot
        more_s = FOOT_LATER_S if imu_on_foot else 0.0
        self._agree_s, self._alone_s = AGREE_S + more_s, ALONE_S + more_s
        self._alone: list[tuple[Witness, Event]] = []
        self._taken_back = False
        self._agreements, self._agreed_s = 0, NEVER_S
        self._measured_s = NEVER_S
        self._heel_takes_s = 0.0
        self._told_by = ""
        self._measures = not imu_on_foot
        self.punctuality = Punctuality()

    @property
    def waiting(self) -> bool:
        """Whether a contact is yet to meet another, or to be judged."""
        return bool(self._alone)

    def together(self, t_s: float, within_s: float = AGREED_FOR_S) -> bool:
        """Whether both have seen this walk, the last time no longer ago than `within_s`."""
        return self._agreements >= LEAST_AGREEMENTS and t_s - self._agreed_s <= within_s

    def heel_due_s(self, landed_s: float) -> float:
        """By when the heel should have told a landing that the IMU stamped `landed_s`; infinity if nobody knows."""
        usual_s = self.punctuality.usual_s
        if usual_s is None:
            return inf
        return landed_s + usual_s + LATE_BY_S["heel"] + self._heel_takes_s + TICKS_S

    def meet(self, one: Witness, event: Event) -> None:
        """A contact of `one`: it meets the other sensor's, or stands alone for the time being."""
        one.contact(event.t_s)
        if one is self._imu:
            self._taken_back = False
            self._know(event.source)
        else:
            self._heel_takes_s = event.decided_s - event.t_s
        self._pair(one, event)

    def tell_again(self, event: Event) -> None:
        """A contact of the IMU that still stands alone was this one: it is judged by when it was told last."""
        if self._remove() or self._taken_back:
            self._taken_back = False
            self._pair(self._imu, event)

    def take_back(self) -> None:
        """The foot swings on: a contact that the IMU told of it, and that the heel has not confirmed, was none."""
        self._taken_back = self._remove() or self._taken_back

    def forget_habits(self) -> None:
        """The sensors may have been put on anew, and differ by another time."""
        self._told_by = ""
        self._measures = not self._on_foot
        self.punctuality.forget()

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
            heel, imu = (earlier, event) if one is self._imu else (event, earlier)
            apart_s = abs(earlier.t_s - event.t_s)
            if apart_s <= self._agree_s:
                del self._alone[k]
                one.agree()
                witness.agree()
                self._measure(heel.t_s, imu.t_s, event.decided_s)
                again = event.t_s - self._agreed_s <= AGREED_FOR_S
                self._agreements, self._agreed_s = self._agreements + 1 if again else 1, event.t_s
                return
            if apart_s <= MEASURED_S:
                self._measure(heel.t_s, imu.t_s, event.decided_s)
        self._alone.append((one, event))

    def _know(self, imu: str) -> None:
        """Where another IMU of the leg has taken over, on the foot perhaps, nothing follows until a person disarms."""
        if imu != self._told_by and self._told_by:
            self._measures = False
            self.punctuality.forget()
        self._told_by = imu

    def _measure(self, heel_s: float, imu_s: float, t_s: float) -> None:
        """One landing, stamped by both. If both walk regularly, the one that has come late errs, never both."""
        heel, imu, punctuality = self._heel, self._imu, self.punctuality
        if not self._measures or heel_s == self._measured_s or not (heel.streak(t_s) and imu.streak(t_s)):
            return
        self._measured_s = heel_s
        punctuality.met(heel_s - imu_s)
        if punctuality.late == "heel" and not imu.doubted:
            heel.come_late()
        elif punctuality.late == "imu" and not heel.doubted:
            imu.come_late()
