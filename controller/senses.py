"""The sensors of a leg: each with what judges it, estimates from it and finds the gait events in it."""

from config.schema import FsrSettings, HeelSettings, ImuSettings, Settings
from controller.contact import HeelEstimator
from controller.grain import RateGrain
from controller.heel_events import HeelEvents
from controller.imu_events import ImuEvents
from controller.judgement import SensorJudge
from controller.mounting import StepTurn, StrapWatch
from controller.signals import Event, EventKind, HeelContact, Reading
from controller.tilt import TiltFilter

# On Python 3.11 it takes longer to look up a member in its enum than to compare it.
_UNKNOWN_CONTACT = HeelContact.UNKNOWN
_IC = EventKind.IC

_Events = tuple[Event, ...]


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
    def problem(self) -> str:
        """Why the sensor tells nothing, or empty."""
        if not self.judge.trusted:
            return self.judge.problem
        return "" if self.good else "contact bounces" if self.estimator.bouncing else "contact unknown"

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
        self.turn, self.strap, self.grain = StepTurn(), StrapWatch(), RateGrain()
        self._on_foot, self._rest_rate_deg_s = sensor.placement == "foot", settings.imu_events.rest_rate_deg_s
        self._was_trusted = False
        self._told_s: float | None = None

    @property
    def problem(self) -> str:
        """Why the sensor tells nothing, or empty."""
        if not self.judge.trusted:
            return self.judge.problem
        if self.grain.slow:
            return "gyr z follows slowly: its fine movement is gone; see how it is strapped on, then disarm"
        return ""

    @property
    def good(self) -> bool:
        """Whether the sensor is trusted, and follows the leg."""
        return self.judge.trusted and not self.grain.slow

    def update(self, t_s: float, reading: Reading | None) -> tuple[Event, ...]:
        """Take what came by this tick; its events."""
        good = self.judge.update(t_s, reading)
        trusted = self.judge.trusted
        if self._was_trusted and not trusted:
            self.filter.lose()
            self.detector.reset()
            self.turn.forget()
            self.strap.restart()
            self.grain.restart()
            self._told_s = None
        self._was_trusted = trusted
        if good is None:
            return ()
        stamp_s, values = good
        acc_x, acc_y, acc_z, gyr_x, gyr_y, gyr_z = values
        self.filter.update(stamp_s, values)
        rate_deg_s = gyr_z - self.filter.bias_deg_s
        self.turn.sample(stamp_s, rate_deg_s)
        if self._told_s is not None:
            # A stride is judged a sample later: the landing that ended it ends the burst.
            self.grain.land(self._told_s)
            self._told_s = None
        self.grain.sample(stamp_s, gyr_z)
        if not self._on_foot or abs(rate_deg_s) < self._rest_rate_deg_s:
            self.strap.sample(acc_x, acc_y, acc_z)
        events = self.detector.update(stamp_s, (acc_x, acc_y, acc_z, gyr_x, gyr_y, rate_deg_s))
        for event in events:
            if event.kind == _IC:
                self._told_s = event.decided_s
        return events


def feel(heels: list[HeelSense], leader: HeelSense | None, t_s: float, readings: dict[str, Reading]) -> _Events:
    """Let every heel switch take its reading; the events of the one that may lead."""
    leading: _Events = ()
    for heel in heels:
        events = heel.update(t_s, readings.get(heel.id))
        if heel is leader:
            leading = events
    return leading


def follow(imus: list[ImuSense], t_s: float, readings: dict[str, Reading]) -> tuple[ImuSense | None, _Events]:
    """Let every IMU take its reading; the first one that is trusted, and its events."""
    leading: ImuSense | None = None
    from_leading: _Events = ()
    for imu in imus:
        events = imu.update(t_s, readings.get(imu.id))
        if leading is None and imu.good:
            leading, from_leading = imu, events
    return leading, from_leading
