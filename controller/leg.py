"""One leg: judge its sensors, estimate, decide the phase, start and end its bursts."""

from math import inf

from config.schema import HeelSettings, ImuSettings, LegSettings, Settings
from controller.foresight import Foresight
from controller.fusion import EventVote
from controller.gait import GaitMachine
from controller.senses import HeelSense, ImuSense, feel, follow
from controller.signals import NEVER_S, Certainty, Event, EventKind, HeelContact, Inputs, Phase, Tilt
from controller.walking import Walking

# On Python 3.11 it takes longer to look up a member in its enum than to compare it.
_ON, _UNKNOWN_CONTACT = HeelContact.ON, HeelContact.UNKNOWN
_PRE_SWING, _SWING = Phase.PRE_SWING, Phase.SWING
_IC, _HO, _FO = EventKind.IC, EventKind.HO, EventKind.FO

FOREFOOT_FIRST_S = 0.15
"""By so much at most a forefoot that lands first is ahead of its heel."""

GROUNDED_S = 0.05
"""A trusted heel that has been down for this long ends a burst, whatever the events said."""

LANDS_SHARE = 0.35
"""A doubted heel that comes down before this share of the usual swing does not end the burst of an IMU that leads."""

FLAT_AFTER_S = 0.3
"""A foot that lands on its toes turns up for so long until it lies flat: that is no swing."""

REVERSED_STEPS = 5
"""An IMU that turns the wrong way in so many steps in a row sits the wrong way round."""

HEEL_OFF_EARLIER_S = 0.06
"""A heel off may start a burst so much before the time that foot off foretells."""


class Leg:
    """The gait of one leg as its sensors tell it. While a trusted heel switch is on, no other sensor lifts the foot.

    After `update`: `phase`, `contact`, `events` (confirmed ones that fit the sequence, and predicted ones), `lead`
    ("heel", "imu", "both" or "none"), `swing_s` (a burst should begin: the stamp of the event behind it, else None),
    `foot_off_s` (when the foot off of that swing is foretold, if it is), `unconfirmed` (what was foretold and did not
    come, else None: a burst that rests on it should end),
    `grounded` (a trusted heel has been down for GROUNDED_S, or the swing that the IMU saw is long over), `imu_missed`
    (the IMU is lost or doubted, and the plain heel switch may not trigger alone), `still` (an IMU sees no movement).
    """

    def __init__(self, leg: LegSettings, settings: Settings) -> None:
        self.settings = leg
        self.side = leg.side
        self.heels = [
            HeelSense(s, settings) for s in settings.sensor if isinstance(s, HeelSettings) and s.side == leg.side
        ]
        self.imus = [
            ImuSense(s, settings) for s in settings.sensor if isinstance(s, ImuSettings) and s.side == leg.side
        ]
        self.uses_heel = leg.sensors in ("heel", "both")
        self.uses_imu = leg.sensors in ("imu", "both")
        self._heel = self.heels[0] if self.uses_heel and self.heels else None
        self.foot_imu = next((imu for imu in self.imus if imu.sensor.placement == "foot"), None)
        self._leaders: list[HeelSense | ImuSense] = [] if self._heel is None else [self._heel]
        self._leaders += self.imus[:1] if self.uses_imu else []
        self.machine = GaitMachine(settings.gait)
        self.foresight = Foresight()
        self.before_foot_off_s = settings.stimulation.before_foot_off_s
        imu = self.imus[0].sensor if self.uses_imu and self.imus else None
        placement, full_scale_deg_s = (imu.placement, imu.gyro_range_deg_s) if imu is not None else (None, inf)
        grace_s, disagreements = settings.gait.grace_s, settings.faults.disagreements
        self.vote = EventVote(grace_s, disagreements, imu_on_foot=placement == "foot")
        self.walking = Walking(settings.gait, placement, self.before_foot_off_s, full_scale_deg_s)
        self.lean_deg = {"shank": settings.gait.shank_lean_deg, "foot": settings.gait.foot_lean_deg}
        self.events: tuple[Event, ...] = ()
        self.contact = HeelContact.UNKNOWN
        self.lead = "none"
        self.swing_s: float | None = None
        self.foot_off_s: float | None = None
        self.unconfirmed: EventKind | None = None
        self.grounded = self.still = False
        self.heel_good = self.imu_good = self.imu_reversed = False
        self._off_s = self._imu_landed_s = NEVER_S
        self._asked = False
        self._needs_off = False

    @property
    def phase(self) -> Phase:
        """The gait phase now."""
        return self.machine.phase

    @property
    def landed_s(self) -> float:
        """When the foot that landed last touched the floor: the forefoot may before the heel does, as the IMU tells."""
        heel_s, imu_s = self.machine.since_s, self._imu_landed_s
        return imu_s if heel_s - FOREFOOT_FIRST_S <= imu_s < heel_s else heel_s

    @property
    def plain(self) -> bool:
        """Whether the leading heel switch could be a broken wire."""
        return bool(self.heels) and self.heels[0].sensor.wiring == "plain"

    @property
    def heel_doubted(self) -> bool:
        """Whether the heel switch contradicts an IMU that is believed."""
        return self.heel_good and self.imu_good and self.vote.heel_doubted

    @property
    def imu_doubted(self) -> bool:
        """Whether the IMU contradicts a heel switch that is believed."""
        return self.heel_good and self.imu_good and self.vote.imu_doubted

    @property
    def imu_slipped(self) -> bool:
        """Whether the IMU that may lead does not point any more as it did."""
        return self.uses_imu and bool(self.imus) and self.imus[0].strap.slipped

    @property
    def left_alone(self) -> bool:
        """Whether the heel switch is all that is left of two sensors: it sees no foot off, and none before its time."""
        return self.lead == "heel" and self.settings.sensors == "both"

    @property
    def imu_missed(self) -> bool:
        """Whether the plain heel switch is all that is left of two sensors."""
        return self.left_alone and self.plain

    def begin_anew(self) -> None:
        """A person has armed: what the IMUs show in the next strides is how they were put on."""
        for imu in self.imus:
            imu.strap.forget()

    def forget_habits(self) -> None:
        """A person has disarmed: how a sensor used to follow this leg holds no longer, for it may sit otherwise now."""
        self.vote.forget_habits()
        for imu in self.imus:
            imu.grain.forget()

    def problems(self) -> list[tuple[str, str]]:
        """Each sensor that may lead and is not trusted, and why: reasons against arming."""
        return [(sense.id, sense.problem) for sense in self._leaders if sense.problem]

    def tilts(self) -> dict[str, Tilt]:
        """The tilt of every IMU of this leg."""
        return {imu.id: imu.filter.tilt() for imu in self.imus}

    def update(self, inputs: Inputs) -> None:
        """Advance to the tick of `inputs`."""
        t_s, heel = inputs.t_s, self._heel
        from_heel = feel(self.heels, heel, t_s, inputs.readings)
        leading_imu, from_imu = follow(self.imus, t_s, inputs.readings)
        if not self.uses_imu:
            from_imu = ()
        self.contact = _UNKNOWN_CONTACT if heel is None else heel.estimator.contact
        self.heel_good = heel is not None and heel.good
        self.imu_reversed = self._watch_steps(t_s, from_heel, leading_imu)
        self.imu_good = self.uses_imu and leading_imu is not None
        heel_on = self.heel_good and self.contact == HeelContact.ON
        swings_on = leading_imu is not None and leading_imu.detector.swings_on
        events = self.vote.update(
            t_s, from_heel, from_imu, heel_good=self.heel_good, imu_good=self.imu_good,
            heel_on=heel_on, imu_swings_on=swings_on,
        )  # fmt: skip
        heel_leads = self.heel_good and not self.heel_doubted
        imu_leads = self.imu_good and not self.imu_doubted
        lead = ("both" if imu_leads else "heel") if heel_leads else ("imu" if imu_leads else "none")
        if lead == "imu" != self.lead:
            self.walking.distrust()
        self.lead = lead
        self.still = at_rest = leading_imu is not None and leading_imu.filter.at_rest
        contact = self.contact if heel_leads else _UNKNOWN_CONTACT
        if events and contact == _ON:
            events = tuple([event for event in events if event.kind == _IC])
        down_s = heel.estimator.since_s if heel is not None and self.contact == _ON else t_s
        self.grounded = (contact == _ON or self._comes_down(down_s)) and t_s - down_s >= GROUNDED_S
        self.events = self.machine.update(t_s, events, contact, at_rest=at_rest)
        if self.lead == "none":
            self.machine.lose(t_s)
            self.foresight.forget()
            self.walking.forget()
        self._confirm(t_s, leading_imu.detector.push_s if leading_imu is not None and imu_leads else NEVER_S)
        self._watch_straps()
        tilt = None if leading_imu is None else leading_imu.filter.tilt()
        self.walking.update(t_s, from_heel, from_imu, tilt, swings_on=swings_on)
        if self.walking.over and imu_leads and self.machine.phase == _SWING:
            self.grounded, self.machine.acted_on = True, False
        self._decide_swing(t_s, from_imu if imu_leads else ())

    def _comes_down(self, down_s: float) -> bool:
        """Whether a doubted heel came down late in this swing, where one that is stuck or turned round does not."""
        if not self.heel_doubted or self.machine.phase != _SWING or self.vote.swing_s is None:
            return False
        return down_s - self.machine.since_s >= LANDS_SHARE * self.vote.swing_s

    def _watch_steps(self, t_s: float, from_heel: tuple[Event, ...], imu: ImuSense | None) -> bool:
        """Let the heel's steps judge how the leading IMU turns; whether it seems to have sat wrongly all the time."""
        if imu is None or not self.uses_imu:
            return False
        judged = False
        for event in from_heel:
            if event.kind == _HO:
                imu.turn.lift(t_s)
            elif event.kind == _IC and self.vote.heel_late(event.t_s):
                imu.turn.forget()
            elif event.kind == _IC:
                judged = imu.turn.land(t_s)
                self.vote.turned(t_s, imu.turn.wrong)
        if self._heel is not None and self.vote.swing_s is not None:
            self._heel.detector.swing_s = self.vote.swing_s
        return judged and imu.turn.wrong >= REVERSED_STEPS and not self.imu_doubted

    def _watch_straps(self) -> None:
        for event in (one for one in self.events if one.kind == _IC and one.certainty == Certainty.CONFIRMED):
            for imu in self.imus:
                imu.strap.land(event.decided_s)

    def _confirm(self, t_s: float, push_s: float) -> None:
        """Let the foresight take the events, and when the push began; what it foretold may not have come."""
        missed, awaited = self.foresight.missed, self.foresight.expected
        self.events += self.foresight.update(t_s, self.events, push_s)
        self.unconfirmed = awaited if self.foresight.missed > missed and self._asked else None
        if self.unconfirmed is not None:
            self._asked, self._needs_off = False, True

    def _decide_swing(self, t_s: float, from_imu: tuple[Event, ...]) -> None:
        """A swing of a leg that walks starts a burst: at push-off where foot off is foretold, else when it is sure."""
        machine, foresight = self.machine, self.foresight
        self.swing_s = None
        for event in from_imu:
            self._off_s = t_s if event.kind == _FO else NEVER_S if event.kind == _IC else self._off_s
            if event.kind == _IC:
                self._imu_landed_s = event.t_s
        self.foot_off_s = self._foretold_s(foresight.expected_s if foresight.expected == _FO else None)
        if self.walking.by_imu and (self.lead == "imu" or (self.lead == "both" and self.contact != _ON)):
            self._see_push_off(t_s)
        if machine.phase not in (_PRE_SWING, _SWING):
            self._asked = self._needs_off = False
        elif not self._asked and self._may_begin(t_s):
            self.swing_s = machine.since_s
            self._asked = True
            machine.act(t_s)

    def _foretold_s(self, by_strides_s: float | None) -> float | None:
        """When foot off is foretold: by the last strides; where the heel has been left alone also by how long it is up.

        It knows this person's swings from the time when both sensors were good. The later of the two counts.
        """
        if self.lead != "heel" or self._heel is None or self.vote.swing_s is None:
            return by_strides_s
        by_heel_s = self._heel.detector.foot_off_s
        if by_heel_s is None or by_strides_s is None:
            return by_heel_s if by_strides_s is None else by_strides_s
        return max(by_strides_s, by_heel_s)

    def _see_push_off(self, t_s: float) -> None:
        """Where no event says so, the IMU may see a push when foot off is near by the last strides, or the swing.

        Beside a heel switch only when that one has opened, and the swing only after its heel off: else it is no step.
        """
        if self.walking.on_foot and t_s - self._imu_landed_s < FLAT_AFTER_S:
            return
        if self.walking.swings and (self.lead == "imu" or self.machine.phase == _PRE_SWING):
            self.machine.swing(t_s)
        elif self.walking.leans and self._near(t_s):
            self.machine.push_off(t_s)

    def _near(self, t_s: float) -> bool:
        """Whether it is time for the burst by the last strides."""
        return self.foot_off_s is not None and t_s >= self.foot_off_s - self.before_foot_off_s - HEEL_OFF_EARLIER_S

    def _may_begin(self, t_s: float) -> bool:
        """Whether the swing that has begun is one of a walk, as far as the sensors that lead can tell."""
        walking, machine = self.walking, self.machine
        if self.lead == "none" or (self.lead != "imu" and self.contact == _ON):
            return False
        if self.lead == "heel":
            return self._heel_alone_may_begin(t_s)
        if not walking.by_imu:
            sure = machine.phase == _SWING and machine.from_stance and self._off_s > NEVER_S
            return sure and walking.swings and walking.may_guess
        if walking.swings or (machine.phase == _SWING and self._off_s > NEVER_S and walking.leans):
            return True
        if self._needs_off or not machine.from_stance:
            return False
        if self.plain:
            return self._near(t_s) and self._leans()
        return walking.leans and (self._near(t_s) or (self.lead == "both" and self.foot_off_s is None))

    def _heel_alone_may_begin(self, t_s: float) -> bool:
        """The heel switch has nobody beside it, or an IMU that contradicts it: that one has to stir at least."""
        if self.plain and self.settings.sensors != "heel":
            return False
        walks = self.walking.by_heel and self.machine.from_stance and not self._needs_off
        return walks and (not self.imu_good or self.walking.stirs(t_s))

    def _leans(self) -> bool:
        """Whether the leading IMU shows a segment that leans forward over the foot, and on: push-off, not a wire."""
        for imu in self.imus:
            if imu.good:
                tilt = imu.filter.tilt()
                least_deg = self.lean_deg[imu.sensor.placement]
                return not imu.strap.slipped and tilt.known and tilt.pitch_deg <= -least_deg and tilt.rate_deg_s < 0.0
        return False
