"""One stream of gait events from heel switch and IMU, each scored continuously against the other.

The heel switch leads for initial contact and heel off, which it sees; the IMU leads for foot off, which a heel switch
can only estimate. A sensor whose contacts contradict the other's, and are the less regular of the two, is doubted: the
other then leads for everything, until the two have agreed again.
"""

from controller.lesson import AGREE_S, Lesson
from controller.meeting import Meetings
from controller.signals import NEVER_S, Event, EventKind
from controller.witness import LONGEST_STRIDE_S, Witness

FOOT_LANDED_S = 0.25
"""A foot that leaves the floor again sooner than this had not landed on it."""

LEAST_STREAK = 2
"""Regular contacts in a row that make a sensor's word count against the other's."""

SILENCES = 3
"""A heel switch that says nothing at all through so many contacts of the IMU has failed, whatever went before."""

REGULAR, CLEARLY = 0.25, 0.1
"""Shares of a stride: a sensor whose strides are off by less than the one is a witness against another that is off by
the other more."""

LEAST_DOWN_SHARE = 0.6
"""A heel that lifts after less than this share of its usual time on the floor has to be confirmed by the IMU."""

SWING_SHARE = 0.8
"""Nor does a heel lift in a swing; one that the IMU told longer ago than this share of that time was none."""

LATE_S = 0.33
"""A contact of the heel later than `grace_s` after the IMU's, and no later than this, is the same one told late."""

OVERDUE_S = 0.1
"""A heel that is still down when the IMU sees foot off, and this much longer than usual, is stuck."""

FOOT_OFF_WAITS_S = 0.15
"""So long after the heel's estimate of foot off it is taken where the IMU has said none since the heel lifted."""

TURNED_STEPS, TURNED_WITHIN_S = 2, 10.0
"""So many steps in a row that turned the IMU the wrong way condemn it, in a walk that both have seen so lately."""


class EventVote:
    """Merges the events of the two sensors of one leg.

    `heel_doubted` and `imu_doubted` name the sensor that is not believed; never both.
    """

    def __init__(self, grace_s: float, disagreements: int = 1, *, imu_on_foot: bool = False) -> None:
        self.grace_s = grace_s
        self._landed_for_s = FOOT_LANDED_S if imu_on_foot else 0.0
        self._patience_s = {EventKind.IC: grace_s, EventKind.HO: grace_s, EventKind.FO: FOOT_OFF_WAITS_S}
        self.disagreements = disagreements
        self._heel, self._imu = Witness(), Witness()
        self._waiting: dict[EventKind, Event] = {}
        self._led_s = dict.fromkeys(EventKind, NEVER_S)
        self._meetings = Meetings(self._heel, self._imu, imu_on_foot=imu_on_foot)
        self._swing_s = self._left_s = self._heel_left_s = self._lifted_s = self._told_s = NEVER_S
        self._was_good = (False, False)
        self._silences = 0
        self._lesson = Lesson()

    @property
    def swing_s(self) -> float | None:
        """How long this person's swings lasted lately, s, by the IMU's foot off and the heel's contact."""
        return self._lesson.swing_s

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
        imu_swings_on: bool = False,
    ) -> tuple[Event, ...]:
        """The events of this tick, in the order in which they are believed; a lost sensor is not waited for.

        `heel_on`: the heel switch, as far as it is good, says that the heel is down. `imu_swings_on`: the IMU's last
        contact was only a dip of a foot that swings on.
        """
        if self._was_good != (heel_good, imu_good):
            self._change(heel_good=heel_good, imu_good=imu_good)
        if imu_swings_on:
            self._take_back()
        if not (heel or imu or self._waiting or self._meetings.waiting):
            return ()
        both = heel_good and imu_good
        self._score(t_s, heel, imu, both=both, heel_on=heel_on)
        heel_leads = heel_good and not (both and self._heel.doubted)
        imu_leads = imu_good and not (both and self._imu.doubted)
        merged: list[Event] = []
        for event in heel if heel_leads else ():
            if imu_leads and (event.kind == EventKind.FO or not self._credible(event)):
                self._waiting[event.kind] = event
            else:
                self._lead(event, merged)
        for event in imu if imu_leads else ():
            if event.kind == EventKind.FO or not heel_leads:
                self._lead(event, merged)
            elif event.t_s - self._led_s[event.kind] > self.grace_s:
                self._follow(event, merged, heel_on=heel_on)
        merged.extend(self._overdue(t_s))
        if both and heel_leads and imu_leads:
            self._learn(heel, imu)
        elif imu_leads:
            merged = [self._lesson.as_heel(event) for event in merged]
        return tuple(merged)

    def forget_habits(self) -> None:
        """A person has disarmed: the sensors may sit otherwise now, and differ by another time."""
        self._meetings.forget_habits()

    def heel_late(self, contact_s: float) -> bool:
        """Whether the heel tells a contact so much later than the IMU that its steps are not the person's."""
        return self.grace_s < contact_s - self._imu.last_s <= LATE_S

    def turned(self, t_s: float, steps: int) -> None:
        """So many steps of the heel in a row turned the IMU the wrong way: of the two it is the one that is wrong.

        Negative: in so many it turned faster with the heel down. One is enough when the heel lifted as the IMU landed.
        """
        if steps < 0 and abs(self._heel_left_s - self._imu.last_s) <= AGREE_S:
            self._heel.contradict(t_s, at_fault=True, enough=1)
            self._imu.believe()
        if steps <= 0:
            return
        self._imu.contradict(t_s, at_fault=False, enough=1)
        seen = self._meetings.together(t_s, TURNED_WITHIN_S)
        if steps >= TURNED_STEPS and seen and self._heel.streak(t_s) >= LEAST_STREAK:
            self._imu.contradict(t_s, at_fault=True, enough=1)
            self._heel.believe()

    def _learn(self, heel: tuple[Event, ...], imu: tuple[Event, ...]) -> None:
        """While both are good: how long swings last, and by how much the heel tells heel off later than the IMU."""
        for event in heel:
            if event.kind == EventKind.IC and not self.heel_late(event.t_s):
                self._lesson.swing(event.t_s - self._swing_s)
        for event in (*heel, *imu):
            if event.kind == EventKind.HO:
                self._lesson.heel_off_later(self._heel_left_s - self._left_s)

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
        if event.kind == EventKind.HO:
            self._lifted_s = event.t_s
        merged.append(event)

    def _follow(self, event: Event, merged: list[Event], *, heel_on: bool) -> None:
        """The IMU's word where the heel switch leads: it confirms a heel that waits, or waits for a heel that is up."""
        held = self._waiting.get(event.kind)
        if held is not None and held.source != event.source:
            self._lead(held._replace(decided_s=event.decided_s), merged)
        elif event.kind == EventKind.HO or (not heel_on and self._may_have_landed(event.t_s)):
            self._waiting[event.kind] = event

    def _may_have_landed(self, t_s: float) -> bool:
        """Whether the IMU's contact comes when one may: by the heel's strides, its own, or a swing that is not over."""
        regular = self._imu.last_s == t_s and self._imu.streak(t_s) >= LEAST_STREAK
        swings = self._swing_s > self._led_s[EventKind.IC]
        return self._heel.due(t_s) or regular or (swings and self._lesson.may_end(t_s - self._swing_s))

    def _credible(self, event: Event) -> bool:
        """Whether an event may be believed at once: it is not early, or the IMU saw a swing, or heel off, with it."""
        if event.kind == EventKind.FO:
            return self._foot_off_missing(event.t_s)
        if event.kind == EventKind.HO:
            contact_s = max(self._heel.last_s, self._imu.last_s)
            since_s = event.t_s - self._swing_s if self._swing_s > contact_s else LONGEST_STRIDE_S
            early = event.t_s - contact_s < LEAST_DOWN_SHARE * self._lesson.down_s
            early = early or since_s < SWING_SHARE * self._lesson.down_s
            return not early or self._imu.streak(event.t_s) == 0 or abs(self._left_s - event.t_s) <= AGREE_S
        return (
            not self._heel.early
            or self._imu.streak(event.t_s) == 0
            or self._swing_s > self._imu.last_s
            or abs(self._imu.last_s - event.t_s) <= AGREE_S
        )

    def _overdue(self, t_s: float) -> list[Event]:
        """What has waited for long enough: the IMU's word is taken, an incredible one of the heel's dropped."""
        overdue = [event for event in self._waiting.values() if self._has_waited(t_s, event)]
        for event in overdue:
            del self._waiting[event.kind]
            self._led_s[event.kind] = event.t_s
        return [event._replace(decided_s=t_s) for event in overdue if self._credible(event)]

    def _has_waited(self, t_s: float, event: Event) -> bool:
        """Whether the other sensor could have confirmed it: a landing of the IMU until a heel that follows is late."""
        if event.kind == EventKind.IC and event.t_s == self._told_s and t_s >= self._meetings.heel_due_s(event.t_s):
            return True
        return t_s - event.decided_s >= self._patience_s[event.kind]

    def _foot_off_missing(self, t_s: float) -> bool:
        """Whether the IMU told no foot off of a step whose heel off was believed; it has measured this one's swings."""
        lifted = self._swing_s < self._lifted_s == self._heel_left_s <= t_s
        return lifted and self.swing_s is not None

    def _score(self, t_s: float, heel: tuple[Event, ...], imu: tuple[Event, ...], *, both: bool, heel_on: bool) -> None:
        if not both:
            self._meetings.forget()
        if heel:
            self._silences = 0
        for event in heel:
            self._hear_heel(event)
        for event in imu:
            self._hear_imu(event, both=both, heel_on=heel_on)
        while alone := self._meetings.overdue(t_s):
            self._judge(*alone)

    def _hear_heel(self, event: Event) -> None:
        if event.kind == EventKind.IC:
            self._meetings.meet(self._heel, event)
        elif event.kind == EventKind.HO:
            self._heel_left_s = event.t_s
            self._lesson.stand(event.t_s - self._heel.last_s)

    def _hear_imu(self, event: Event, *, both: bool, heel_on: bool) -> None:
        if event.kind == EventKind.HO:
            self._left_s = event.t_s
        elif event.kind == EventKind.FO:
            self._swing_s = event.t_s
            if event.t_s - self._imu.last_s < self._landed_for_s:
                self._take_back()
            if heel_on and self._stuck_down(event.t_s):
                self._heel.contradict(event.t_s, at_fault=True, enough=self.disagreements)
        else:
            # Soon after one, without a foot off in between, it is that one told again, as the foot comes down flat.
            again = self._swing_s <= self._imu.last_s and event.t_s - self._imu.last_s <= LONGEST_STRIDE_S
            self._silences += both and (not again or self._imu.due(event.t_s))
            if self._silences >= SILENCES:
                self._hear_silence(event.t_s)
            self._told_s = event.t_s
            if again:
                self._meetings.tell_again(event)
            else:
                self._meetings.meet(self._imu, event)

    def _hear_silence(self, t_s: float) -> None:
        """The heel has said nothing for long: it has failed, and an IMU that was doubted for it walks regularly."""
        if self._imu.doubted and self._imu.streak(t_s) >= LEAST_STREAK:
            self._imu.believe()
        if not self._imu.doubted:
            self._heel.contradict(t_s, at_fault=True, enough=1)

    def _stuck_down(self, t_s: float) -> bool:
        """Whether a heel that is down at the foot off that a regular IMU sees has been down for too long."""
        overdue = t_s - self._heel.last_s > self._lesson.down_s + OVERDUE_S
        regular = self._imu.streak(t_s) >= LEAST_STREAK and not self._imu.doubted
        return overdue and regular and self._lesson.down_s > 0.0 and self._meetings.together(t_s)

    def _take_back(self) -> None:
        """The foot swings on: its contact was none, and is not waited for."""
        self._meetings.take_back()
        held = self._waiting.get(EventKind.IC)
        if held is not None and held.t_s == self._told_s:
            del self._waiting[EventKind.IC]

    def _judge(self, one: Witness, contact_s: float) -> None:
        """A contact that only `one` saw: the sensor whose strides have changed is in the wrong."""
        if not self._meetings.together(contact_s):
            return
        other = self._imu if one is self._heel else self._heel
        # An IMU may miss or invent a step where a person stops or turns; a heel switch that does is broken.
        enough = {self._heel: self.disagreements, self._imu: self.disagreements + 1}
        mine, theirs = one.off(contact_s), other.off(contact_s)
        i_changed = theirs <= REGULAR and mine - theirs > CLEARLY
        other_changed = mine <= REGULAR and theirs - mine > CLEARLY
        one.contradict(contact_s, at_fault=i_changed and not other.doubted, enough=enough[one])
        other.contradict(contact_s, at_fault=other_changed and not one.doubted, enough=enough[other])
