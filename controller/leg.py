"""One leg: judge its sensors, estimate, decide the phase, start and end its bursts."""

from config.schema import FsrSettings, HeelSettings, ImuSettings, LegSettings, Settings
from controller.contact import HeelEstimator
from controller.fusion import EventVote
from controller.gait import GaitMachine
from controller.heel_events import HeelEvents
from controller.imu_events import ImuEvents
from controller.judgement import SensorJudge
from controller.signals import NEVER_S, Event, EventKind, HeelContact, Inputs, Phase, Reading, Tilt
from controller.tilt import TiltFilter

# On Python 3.11 it takes longer to look up a member in its enum than to compare it.
_ON, _UNKNOWN_CONTACT = HeelContact.ON, HeelContact.UNKNOWN
_PRE_SWING, _SWING, _IC = Phase.PRE_SWING, Phase.SWING, EventKind.IC

GROUNDED_S = 0.05
"""A trusted heel that has been down for this long ends a burst, whatever the events said."""


class HeelSense:
    """A heel switch or FSR with its judge, estimator and event detector."""

    def __init__(self, sensor: HeelSettings, settings: Settings) -> None:
        self.sensor = sensor
        self.id = sensor.id
        self.judge = SensorJudge(settings.judgement, is_imu=False)
        contact = settings.contact
        if isinstance(sensor, FsrSettings):
            contact = contact.model_copy(update={"on_level": sensor.on_level, "off_level": sensor.off_level})
        self.estimator = HeelEstimator(contact)
        self.detector = HeelEvents(settings.heel_events, sensor.id)

    @property
    def good(self) -> bool:
        """Whether the sensor is trusted and says on or off."""
        return self.judge.trusted and self.estimator.contact != _UNKNOWN_CONTACT

    def update(self, t_s: float, reading: Reading | None) -> tuple[Event, ...]:
        """Take what came by this tick; its events."""
        good = self.judge.update(t_s, reading)
        if not self.judge.trusted:
            if self.estimator.contact != _UNKNOWN_CONTACT:
                self.estimator.lose()
                self.detector.reset()
            return ()
        if good is None:
            return ()
        stamp_s, (level,) = good
        self.estimator.update(stamp_s, level)
        return self.detector.update(stamp_s, self.estimator.contact, self.estimator.since_s)


class ImuSense:
    """An IMU with its judge, tilt filter and event detector."""

    def __init__(self, sensor: ImuSettings, settings: Settings) -> None:
        self.sensor = sensor
        self.id = sensor.id
        self.judge = SensorJudge(settings.judgement, is_imu=True)
        self.filter = TiltFilter(settings.tilt, sensor.mounting_pitch_deg)
        self.detector = ImuEvents(settings.imu_events, sensor.placement, sensor.id)
        self._was_trusted = False

    @property
    def good(self) -> bool:
        """Whether the sensor is trusted."""
        return self.judge.trusted

    def update(self, t_s: float, reading: Reading | None) -> tuple[Event, ...]:
        """Take what came by this tick; its events."""
        good = self.judge.update(t_s, reading)
        trusted = self.judge.trusted
        if self._was_trusted and not trusted:
            self.filter.lose()
            self.detector.reset()
        self._was_trusted = trusted
        if good is None:
            return ()
        stamp_s, values = good
        self.filter.update(stamp_s, values)
        return self.detector.update(stamp_s, (*values[:5], values[5] - self.filter.bias_deg_s))


class Leg:
    """The gait of one leg as its sensors tell it. While a trusted heel switch is on, no other sensor lifts the foot.

    After `update`: `phase`, `contact`, `events` (accepted ones), `lead` ("heel", "imu", "both" or "none"), `swing_s`
    (a burst should begin: the stamp of the event behind it, else None), `grounded` (a trusted heel has been down for
    GROUNDED_S), `imu_missed` (the IMU is lost, and the plain heel switch may not trigger alone).
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
        self._leaders: list[HeelSense | ImuSense] = [] if self._heel is None else [self._heel]
        self._leaders += self.imus[:1] if self.uses_imu else []
        self.vote = EventVote(settings.gait.grace_s)
        self.machine = GaitMachine(settings.gait)
        self.doubt_after = settings.faults.disagreements
        self.lean_deg = {"shank": settings.gait.shank_lean_deg, "foot": settings.gait.foot_lean_deg}
        self.events: tuple[Event, ...] = ()
        self.contact = HeelContact.UNKNOWN
        self.lead = "none"
        self.swing_s: float | None = None
        self.grounded = False
        self.heel_doubted = False
        self.heel_good = False
        self.imu_good = False
        self._imu_contacts = 0
        self._agreed_s = NEVER_S
        self._waiting_s: float | None = None

    @property
    def phase(self) -> Phase:
        """The gait phase now."""
        return self.machine.phase

    @property
    def plain(self) -> bool:
        """Whether the leading heel switch could be a broken wire."""
        return bool(self.heels) and self.heels[0].sensor.wiring == "plain"

    @property
    def imu_missed(self) -> bool:
        """Whether the plain heel switch is all that is left of two sensors."""
        return self.lead == "heel" and self.plain and self.settings.sensors == "both"

    def problems(self) -> list[tuple[str, str]]:
        """Each sensor that may lead and is not trusted, and why: reasons against arming."""
        found = [(sense.id, sense.judge.problem) for sense in self._leaders if not sense.judge.trusted]
        heel = self._heel
        if heel is not None and heel.judge.trusted and not heel.good:
            found.append((heel.id, "contact unknown"))
        return found

    def tilts(self) -> dict[str, Tilt]:
        """The tilt of every IMU of this leg."""
        return {imu.id: imu.filter.tilt() for imu in self.imus}

    def update(self, inputs: Inputs) -> None:
        """Advance to the tick of `inputs`."""
        t_s, heel = inputs.t_s, self._heel
        from_heel = self._feel(t_s, inputs.readings)
        leading_imu, from_imu = self._follow(t_s, inputs.readings)
        self.contact = _UNKNOWN_CONTACT if heel is None else heel.estimator.contact
        if from_heel or from_imu:
            self._compare(from_heel, from_imu)
        self.heel_good = heel is not None and heel.good
        self.imu_good = self.uses_imu and leading_imu is not None
        heel_leads = self.heel_good and not self.heel_doubted
        self.lead = ("both" if self.imu_good else "heel") if heel_leads else ("imu" if self.imu_good else "none")
        trusted_heel = from_heel if heel_leads else ()
        events = self.vote.update(t_s, trusted_heel, from_imu, heel_good=heel_leads, imu_good=self.imu_good)
        at_rest = leading_imu is not None and leading_imu.filter.at_rest
        contact = self.contact if heel_leads else _UNKNOWN_CONTACT
        if events and contact == _ON:
            events = tuple([event for event in events if event.kind == _IC])
        self.grounded = contact == _ON and heel is not None and t_s - heel.estimator.since_s >= GROUNDED_S
        self.events = self.machine.update(t_s, events, contact, at_rest=at_rest)
        if self.lead == "none":
            self.machine.lose(t_s)
        self._decide_swing(t_s, from_imu)

    def _feel(self, t_s: float, readings: dict[str, Reading]) -> tuple[Event, ...]:
        """Let every heel switch take its reading; the events of the one that may lead."""
        leading: tuple[Event, ...] = ()
        for heel in self.heels:
            events = heel.update(t_s, readings.get(heel.id))
            if heel is self._heel:
                leading = events
        return leading

    def _follow(self, t_s: float, readings: dict[str, Reading]) -> tuple[ImuSense | None, tuple[Event, ...]]:
        """Let every IMU take its reading; the first one that is trusted, and its events if it may lead."""
        leading: ImuSense | None = None
        from_leading: tuple[Event, ...] = ()
        for imu in self.imus:
            events = imu.update(t_s, readings.get(imu.id))
            if leading is None and imu.judge.trusted:
                leading = imu
                from_leading = events if self.uses_imu else ()
        return leading, from_leading

    def _compare(self, from_heel: tuple[Event, ...], from_imu: tuple[Event, ...]) -> None:
        """Doubt a heel switch that stays as it is while the IMU sees one step after another."""
        if from_heel:
            self._imu_contacts = 0
            self.heel_doubted = False
        for event in from_imu:
            if event.kind == _IC and self.uses_heel:
                self._imu_contacts += 1
                self.heel_doubted = self._imu_contacts >= self.doubt_after

    def _decide_swing(self, t_s: float, from_imu: tuple[Event, ...]) -> None:
        """A swing starts a burst when the machine saw it begin, and where it must, when the IMU agrees."""
        self.swing_s = None
        for event in from_imu:
            self._agreed_s = NEVER_S if event.kind == _IC else t_s
        if self.machine.landed or self.machine.phase not in (_PRE_SWING, _SWING):
            self._waiting_s = None
        if self.machine.triggered:
            self._waiting_s = self.machine.since_s
        if self._waiting_s is None:
            return
        alone = self.lead == "heel" and (not self.plain or self.settings.sensors == "heel")
        agreed = self._leans() or (
            self._agreed_s > NEVER_S and t_s - self._agreed_s <= self.machine.settings.pre_swing_max_s
        )
        needed = self.plain or self.machine.from_standing
        if self.lead == "imu" or alone or (self.lead == "both" and (agreed or not needed)):
            self.swing_s = self._waiting_s
            self._waiting_s = None

    def _leans(self) -> bool:
        """Whether the leading IMU shows a segment that leans forward over the foot, and on: push-off, not a wire."""
        for imu in self.imus:
            if imu.good:
                tilt = imu.filter.tilt()
                least_deg = self.lean_deg[imu.sensor.placement]
                return tilt.known and tilt.pitch_deg <= -least_deg and tilt.rate_deg_s < 0.0
        return False
