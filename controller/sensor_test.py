"""Do the sensors of a leg tell what they must, seen once since the start? Until they have, nobody can arm.

A supervised heel sensor proves itself: its two contacts, or its end-of-line resistor, agree. A plain heel switch must
have been loaded once, which finds a broken wire; beside an IMU, whose agreement every burst needs, it is only told that
it has not been, for a person whose heel does not reach the floor. One that never opens cannot be told from a person who
stands: it gives no burst while it leads, and an IMU beside it finds it out. An IMU must have been still once and have
felt gravity, of its own size and along the segment. That it gives new samples, answers with its identity and keeps what
was written into it is the judge's and the driver's part.
"""

from math import hypot

from controller.leg import Leg
from controller.senses import HeelSense, ImuSense
from controller.signals import HeelContact, Reading
from controller.tilt import GRAVITY_M_S2

GRAVITY_SHARE = 0.15
"""Gravity may read so much too small or too large: 3 % scale and 80 mg offset by MPU-6050 data sheet, and some sway."""

UPRIGHT_SHARE = 0.5
"""So much of gravity at least lies along the segment: it stands within 60°, or the axes are set wrongly."""

QUIET_RATE_DEG_S = 40.0
"""A segment that turns no faster is still, with a bias of 20 deg/s by MPU-6050 data sheet, its noise and some sway."""

QUIET_S = 0.2
"""It must be still, and feel gravity as it should, for so long."""

NOT_LOADED = "not loaded since the start"
NOT_STILL = "not still since the start"

# On Python 3.11 it takes longer to look up a member in its enum than to compare it.
_ON = HeelContact.ON


class SensorTest:
    """The test of the leading sensors of one leg.

    `open` names what has not passed yet and forbids arming, `unseen` what has not and is only told, both with the why.
    """

    def __init__(self, leg: Leg) -> None:
        self._heels: list[HeelSense] = leg.heels[:1] if leg.uses_heel else []
        self._imus: list[ImuSense] = leg.imus[:1] if leg.uses_imu else []
        self._quiet_since_s: float | None = None
        not_loaded = dict.fromkeys([heel.id for heel in self._heels], NOT_LOADED)
        alone = not self._imus or any(heel.sensor.wiring == "supervised" for heel in self._heels)
        self.open, self.unseen = (not_loaded, {}) if alone else ({}, not_loaded)
        self.open |= dict.fromkeys([imu.id for imu in self._imus], NOT_STILL)

    def watch(self, readings: dict[str, Reading]) -> None:
        """Look at one tick, after the leg has."""
        for heel in self._heels:
            if heel.good and (heel.sensor.wiring == "supervised" or heel.estimator.contact == _ON):
                self.open.pop(heel.id, None)
                self.unseen.pop(heel.id, None)
        for imu in self._imus:
            if imu.id in self.open and imu.id in readings:
                self._look(imu.id, readings[imu.id], trusted=imu.good)

    def _look(self, imu: str, reading: Reading, *, trusted: bool) -> None:
        """At rest an accelerometer feels gravity and nothing else."""
        if not trusted or abs(reading.values[5]) > QUIET_RATE_DEG_S:
            self.open[imu], self._quiet_since_s = NOT_STILL, None
            return
        wrong = wrong_gravity(reading.values[:3])
        if wrong:
            self.open[imu], self._quiet_since_s = wrong, None
        elif self._quiet_since_s is None:
            self.open[imu], self._quiet_since_s = NOT_STILL, reading.t_s
        elif reading.t_s - self._quiet_since_s >= QUIET_S:
            del self.open[imu]


def wrong_gravity(acc_m_s2: tuple[float, ...]) -> str:
    """What is wrong with an acceleration x, y, z at rest, upright, in the segment's frame; or empty."""
    acc_x, acc_y, acc_z = acc_m_s2
    size = hypot(acc_x, acc_y, acc_z)
    if not abs(size - GRAVITY_M_S2) <= GRAVITY_SHARE * GRAVITY_M_S2:
        return f"gravity reads {size:.1f} m/s²"
    if not acc_y >= UPRIGHT_SHARE * GRAVITY_M_S2:
        return f"of gravity {acc_y:.1f} m/s² lies along up_axis: are its axes set as it sits?"
    return ""
