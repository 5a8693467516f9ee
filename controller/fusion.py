"""One stream of gait events from heel switch and IMU, each scored continuously against the other.

The heel switch leads for initial contact and heel off, which it sees; the IMU leads for foot off, which a heel switch
can only estimate. A sensor whose contacts contradict the other's, and are the less regular of the two, is doubted: the
other then leads for everything, until the two have agreed again.
"""

from controller.signals import NEVER_S, Event, EventKind
from controller.witness import Witness

AGREE_S = 0.2
"""Contacts of the two sensors that lie within this of each other are one."""

ALONE_S = 0.25
"""A contact that the other sensor has not confirmed so long after it was said stands alone."""

LEAST_STREAK = 2
"""Regular contacts in a row that make a sensor's word count against the other's."""

OVERDUE_S = 0.1
"""A heel that is still down when the IMU sees foot off, and this much longer than usual, is stuck."""


class EventVote:
    """Merges the events of the two sensors of one leg.

    `heel_doubted` and `imu_doubted` name the sensor that is not believed; never both.
    """

    def __init__(self, grace_s: float, disagreements: int = 1) -> None:
        self.grace_s = grace_s
        self.disagreements = disagreements
        self._heel, self._imu = Witness(), Witness()
        self._waiting: dict[EventKind, Event] = {}
        self._led_s = dict.fromkeys(EventKind, NEVER_S)
        self._alone: list[tuple[Witness, Event]] = []
        self._swing_s = self._off_s = NEVER_S
        self._usual_down_s = 0.0
        self._was_good = (False, False)

    @property
    def heel_doubted(self) -> bool:
        """Whether the heel switch is not believed."""
        return self._heel.doubted

    @property
    def imu_doubted(self) -> bool:
        """Whether the IMU is not believed."""
        return self._imu.doubted

    def update(
        self,
        t_s: float,
        heel: tuple[Event, ...],
        imu: tuple[Event, ...],
        *,
        heel_good: bool,
        imu_good: bool,
        heel_on: bool = False,
    ) -> tuple[Event, ...]:
        """The events of this tick, in the order in which they are believed; a lost sensor is not waited for.

        `heel_on`: the heel switch, as far as it is good, says that the heel is down.
        """
        if self._was_good != (heel_good, imu_good):
            self._change(heel_good=heel_good, imu_good=imu_good)
        if not (heel or imu or self._waiting or self._alone):
            return ()
        both = heel_good and imu_good
        self._score(t_s, heel, imu, both=both, heel_on=heel_on)
        heel_leads = heel_good and not (both and self._heel.doubted)
        imu_leads = imu_good and not (both and self._imu.doubted)
        merged: list[Event] = []
        for event in heel if heel_leads else ():
            if event.kind == EventKind.FO and imu_leads:
                continue
            if imu_leads and not self._credible(event):
                self._waiting[event.kind] = event
            else:
                self._lead(event, merged)
        for event in imu if imu_leads else ():
            if event.kind == EventKind.FO or not heel_leads:
                self._lead(event, merged)
            elif event.t_s - self._led_s[event.kind] > self.grace_s:
                self._follow(event, merged, heel_on=heel_on)
        merged.extend(self._overdue(t_s))
        return tuple(merged)

    def _change(self, *, heel_good: bool, imu_good: bool) -> None:
        """A sensor was lost or came back. A heel that came and went beside a good IMU has to agree again first."""
        if not heel_good:
            self._heel.lose(doubt=self._was_good == (True, True) and imu_good and not self._imu.doubted)
        if not imu_good:
            self._imu.lose(doubt=False)
        self._was_good = heel_good, imu_good

    def _lead(self, event: Event, merged: list[Event]) -> None:
        self._waiting.pop(event.kind, None)
        self._led_s[event.kind] = event.t_s
        merged.append(event)

    def _follow(self, event: Event, merged: list[Event], *, heel_on: bool) -> None:
        """The IMU's word where the heel switch leads: it confirms a heel that waits, or waits for a heel that is up."""
        held = self._waiting.get(event.kind)
        if held is not None and held.source != event.source:
            self._lead(held._replace(decided_s=event.decided_s), merged)
        elif event.kind == EventKind.HO or not heel_on:
            self._waiting[event.kind] = event

    def _credible(self, event: Event) -> bool:
        """Whether a contact may be believed at once: it is not early, or the IMU saw a swing before it."""
        return (
            event.kind != EventKind.IC
            or not self._heel.early
            or self._imu.streak(event.t_s) < LEAST_STREAK
            or self._swing_s > self._imu.last_s
            or abs(self._imu.last_s - event.t_s) <= AGREE_S
        )

    def _overdue(self, t_s: float) -> list[Event]:
        """What has waited for long enough: the IMU's word is taken, an incredible one of the heel's dropped."""
        overdue = [event for event in self._waiting.values() if t_s - event.decided_s >= self.grace_s]
        for event in overdue:
            del self._waiting[event.kind]
            self._led_s[event.kind] = event.t_s
        return [event._replace(decided_s=t_s) for event in overdue if self._credible(event)]

    def _score(
        self,
        t_s: float,
        heel: tuple[Event, ...],
        imu: tuple[Event, ...],
        *,
        both: bool,
        heel_on: bool,
    ) -> None:
        if not both:
            self._alone.clear()
        for event in heel:
            if event.kind == EventKind.IC:
                self._meet(self._heel, self._imu, event)
            elif event.kind == EventKind.HO:
                down_s = event.t_s - self._heel.last_s
                self._usual_down_s = down_s if self._usual_down_s == 0.0 else max(down_s, 0.9 * self._usual_down_s)
        for event in imu:
            if event.kind == EventKind.IC:
                self._meet(self._imu, self._heel, event)
            elif event.kind == EventKind.FO:
                self._swing_s = event.t_s
                stuck = heel_on and event.t_s - self._heel.last_s > self._usual_down_s + OVERDUE_S
                if (
                    stuck
                    and self._usual_down_s > 0.0
                    and not self._imu.doubted
                    and self._imu.streak(event.t_s) >= LEAST_STREAK
                ):
                    self._heel.contradict(at_fault=True, enough=self.disagreements)
        while self._alone and t_s - self._alone[0][1].decided_s > ALONE_S:
            self._judge(t_s, self._alone.pop(0)[0])

    def _stuck_down(self, t_s: float) -> bool:
        """Whether a heel that is down at the foot off that a regular IMU sees has been down for too long."""
        overdue = t_s - self._heel.last_s > self._usual_down_s + OVERDUE_S
        return overdue and self._usual_down_s > 0.0 and not self._imu.doubted and self._imu.streak(t_s) >= LEAST_STREAK

    def _meet(self, one: Witness, other: Witness, event: Event) -> None:
        """A contact of `one`: it meets the other sensor's, or stands alone for the time being."""
        one.contact(event.t_s)
        for k, (witness, earlier) in enumerate(self._alone):
            if witness is other and abs(earlier.t_s - event.t_s) <= AGREE_S:
                del self._alone[k]
                one.agree()
                other.agree()
                return
        self._alone.append((one, event))

    def _judge(self, t_s: float, one: Witness) -> None:
        """A contact that only `one` saw: the sensor with fewer regular contacts in a row is in the wrong."""
        other = self._imu if one is self._heel else self._heel
        mine, theirs = one.streak(t_s), other.streak(t_s)
        # An IMU may miss or invent a step where a person stops or turns; a heel switch that does is broken.
        enough = {self._heel: self.disagreements, self._imu: self.disagreements + 1}
        one.contradict(at_fault=LEAST_STREAK <= theirs > mine and not other.doubted, enough=enough[one])
        other.contradict(at_fault=LEAST_STREAK <= mine > theirs and not one.doubted, enough=enough[other])
