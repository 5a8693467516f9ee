"""One leg: judge its sensors, estimate, decide the phase, start and end its bursts."""

from config.schema import HeelSwitchSettings, ImuSettings, LegSettings, Settings
from controller.contact import HeelEstimator
from controller.foresight import Foresight
from controller.fusion import EventVote
from controller.gait import GaitMachine
from controller.heel_events import HeelEvents
from controller.imu_events import ImuEvents
from controller.judgement import SensorJudge
from controller.signals import NEVER_S, Event, EventKind, HeelContact, Inputs, Phase, Reading, Tilt
from controller.tilt import TiltFilter

GROUNDED_S = 0.05
"""A trusted heel that has been down for this long ends a burst, whatever the events said."""


class HeelSense:
    """A heel switch with its judge, estimator and event detector."""

    def __init__(self, sensor: HeelSwitchSettings, settings: Settings) -> None:
        self.sensor = sensor
        self.judge = SensorJudge(settings.judgement, is_imu=False)
        self.estimator = HeelEstimator(settings.contact)
        self.detector = HeelEvents(settings.heel_events, sensor.id)

    @property
    def good(self) -> bool:
        """Whether the switch is trusted and says on or off."""
        return self.judge.trusted and self.estimator.contact != HeelContact.UNKNOWN

    def update(self, t_s: float, reading: Reading | None) -> tuple[Event, ...]:
        """Take what came by this tick; its events."""
        good = self.judge.update(t_s, reading)
        if not self.judge.trusted:
            if self.estimator.contact != HeelContact.UNKNOWN:
                self.estimator.lose()
                self.detector.reset()
            return ()
        if good is None:
            return ()
        self.estimator.update(good.t_s, good.values[0])
        return self.detector.update(good.t_s, self.estimator.contact, self.estimator.since_s)


class ImuSense:
    """An IMU with its judge, tilt filter and event detector."""

    def __init__(self, sensor: ImuSettings, settings: Settings) -> None:
        self.sensor = sensor
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
        if self._was_trusted and not self.judge.trusted:
            self.filter.lose()
            self.detector.reset()
        self._was_trusted = self.judge.trusted
        if good is None:
            return ()
        self.filter.update(good.t_s, good.values)
        values = good.values
        return self.detector.update(good.t_s, (*values[:5], values[5] - self.filter.bias_deg_s))


class Leg:
    """The gait of one leg as its sensors tell it. While a trusted heel switch is on, no other sensor lifts the foot.

    After `update`: `phase`, `contact`, `events` (confirmed ones that fit the sequence, and predicted ones), `lead`
    ("heel", "imu", "both" or "none"), `swing_s` (a burst should begin: the stamp of the event behind it, else None),
    `grounded` (a trusted heel has been down for GROUNDED_S), `imu_missed` (the IMU is lost or doubted, and the plain
    heel switch may not trigger alone).
    """

    def __init__(self, leg: LegSettings, settings: Settings) -> None:
        self.settings = leg
        self.side = leg.side
        self.heels = [
            HeelSense(s, settings) for s in settings.sensor if isinstance(s, HeelSwitchSettings) and s.side == leg.side
        ]
        self.imus = [
            ImuSense(s, settings) for s in settings.sensor if isinstance(s, ImuSettings) and s.side == leg.side
        ]
        self.vote = EventVote(settings.gait.grace_s, settings.faults.disagreements)
        self.machine = GaitMachine(settings.gait)
        self.foresight = Foresight()
        self.lean_deg = {"shank": settings.gait.shank_lean_deg, "foot": settings.gait.foot_lean_deg}
        self.events: tuple[Event, ...] = ()
        self.contact = HeelContact.UNKNOWN
        self.lead = "none"
        self.swing_s: float | None = None
        self.grounded = False
        self.heel_good = False
        self.imu_good = False
        self._agreed_s = NEVER_S
        self._waiting_s: float | None = None

    @property
    def phase(self) -> Phase:
        """The gait phase now."""
        return self.machine.phase

    @property
    def uses_heel(self) -> bool:
        """Whether the settings let a heel switch lead."""
        return self.settings.sensors in ("heel", "both")

    @property
    def uses_imu(self) -> bool:
        """Whether the settings let an IMU lead."""
        return self.settings.sensors in ("imu", "both")

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
    def imu_missed(self) -> bool:
        """Whether the plain heel switch is all that is left of two sensors."""
        return self.lead == "heel" and self.plain and self.settings.sensors == "both"

    def problems(self) -> list[tuple[str, str]]:
        """Each sensor that may lead and is not trusted, and why: reasons against arming."""
        found = [(s.sensor.id, s.judge.problem) for s in self._leading_senses() if not s.judge.trusted]
        if self.uses_heel and self.heels and self.heels[0].judge.trusted and not self.heels[0].good:
            found.append((self.heels[0].sensor.id, "contact unknown"))
        return found

    def tilts(self) -> dict[str, Tilt]:
        """The tilt of every IMU of this leg."""
        return {imu.sensor.id: imu.filter.tilt() for imu in self.imus}

    def update(self, inputs: Inputs) -> None:
        """Advance to the tick of `inputs`."""
        t_s = inputs.t_s
        heel_events = [sense.update(t_s, inputs.readings.get(sense.sensor.id)) for sense in self.heels]
        imu_events = [sense.update(t_s, inputs.readings.get(sense.sensor.id)) for sense in self.imus]
        leading_imu = next((i for i, sense in enumerate(self.imus) if sense.good), None)
        from_heel = heel_events[0] if self.uses_heel and heel_events else ()
        from_imu = imu_events[leading_imu] if self.uses_imu and leading_imu is not None else ()
        self.contact = self.heels[0].estimator.contact if self.uses_heel and self.heels else HeelContact.UNKNOWN
        self.heel_good = self.uses_heel and bool(self.heels) and self.heels[0].good
        self.imu_good = self.uses_imu and leading_imu is not None
        heel_on = self.heel_good and self.contact == HeelContact.ON
        events = self.vote.update(
            t_s, from_heel, from_imu, heel_good=self.heel_good, imu_good=self.imu_good, heel_on=heel_on
        )
        heel_leads = self.heel_good and not self.heel_doubted
        imu_leads = self.imu_good and not self.imu_doubted
        self.lead = ("both" if imu_leads else "heel") if heel_leads else ("imu" if imu_leads else "none")
        at_rest = leading_imu is not None and self.imus[leading_imu].filter.at_rest
        contact = self.contact if heel_leads else HeelContact.UNKNOWN
        if contact == HeelContact.ON:
            events = tuple([event for event in events if event.kind == EventKind.IC])
        self.grounded = contact == HeelContact.ON and t_s - self.heels[0].estimator.since_s >= GROUNDED_S
        self.events = self.machine.update(t_s, events, contact, at_rest=at_rest)
        if self.lead == "none":
            self.machine.lose(t_s)
            self.foresight.forget()
        self.events += self.foresight.update(t_s, self.events)
        self._decide_swing(t_s, from_imu if imu_leads else ())

    def _leading_senses(self) -> list[HeelSense | ImuSense]:
        return [*(self.heels[:1] if self.uses_heel else []), *(self.imus[:1] if self.uses_imu else [])]

    def _decide_swing(self, t_s: float, from_imu: tuple[Event, ...]) -> None:
        """A swing starts a burst when the machine saw it begin, and where it must, when the IMU agrees."""
        self.swing_s = None
        for event in from_imu:
            self._agreed_s = NEVER_S if event.kind == EventKind.IC else t_s
        if self.machine.landed or self.phase not in (Phase.PRE_SWING, Phase.SWING):
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
