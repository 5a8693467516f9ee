"""Contacts of the two sensors of one leg that meet, and those that stand alone: was it one landing, or did one err?"""

from controller.lesson import AGREE_S
from controller.signals import NEVER_S, Event
from controller.witness import Witness

ALONE_S = 0.25
"""A contact that the other sensor has not confirmed so long after it was said stands alone."""

FOOT_LATER_S = 0.1
"""A foot that lands on its toes, or drags them, comes to rest up to 0.3 s before its heel is down or after, so much
more than a shank that lands (in simulation): for an IMU on the foot these contacts are one, too."""

LEAST_AGREEMENTS, AGREED_FOR_S = 3, 5.0
"""Only in a walk that both have seen, so often and so lately, does one contradiction show that a sensor has failed."""


class Meetings:
    """Pairs the contacts of two sensors, of which the IMU may tell one again, or take it back."""

    def __init__(self, heel: Witness, imu: Witness, *, imu_on_foot: bool = False) -> None:
        self._heel, self._imu = heel, imu
        more_s = FOOT_LATER_S if imu_on_foot else 0.0
        self._agree_s, self._alone_s = AGREE_S + more_s, ALONE_S + more_s
        self._alone: list[tuple[Witness, Event]] = []
        self._taken_back = False
        self._agreements, self._agreed_s = 0, NEVER_S

    @property
    def waiting(self) -> bool:
        """Whether a contact is yet to meet another, or to be judged."""
        return bool(self._alone)

    def together(self, t_s: float, within_s: float = AGREED_FOR_S) -> bool:
        """Whether both have seen this walk, the last time no longer ago than `within_s`."""
        return self._agreements >= LEAST_AGREEMENTS and t_s - self._agreed_s <= within_s

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
            if witness is not one and abs(earlier.t_s - event.t_s) <= self._agree_s:
                del self._alone[k]
                one.agree()
                witness.agree()
                again = event.t_s - self._agreed_s <= AGREED_FOR_S
                self._agreements, self._agreed_s = self._agreements + 1 if again else 1, event.t_s
                return
        self._alone.append((one, event))
