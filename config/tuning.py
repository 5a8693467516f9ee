"""Settings of the controller's parts, in the order in which a tick goes through them."""

from collections.abc import Iterator

from pydantic import Field

from config.limits import (
    HARD_MAX_BURST_S,
    HARD_MAX_MEAN_CHARGE_UC_PER_S,
    HARD_MAX_OPEN_LOOP_S,
    HARD_MAX_SOFTENED_STRIDES,
)
from config.section import TIE, RuleBroken, Section, choice, number


class JudgementSettings(Section):
    """When a sensor is not believed. Times are in the sensor's own stamps."""

    stale_s: float = number(0.05, "s", 0.01, 0.5, "Without a new sample for this long a sensor is lost")
    frozen_s: float = number(0.1, "s", 0.02, 2.0, "An IMU that repeats one sample for this long is lost")
    least_rate_hz: float = number(
        40.0, "Hz", 20.0, 90.0, "A sensor that gives fewer samples a second, over slow_s, is lost"
    )
    slow_s: float = number(1.0, "s", 0.2, 5.0, "Time over which the samples are counted for that")
    return_s: float = number(
        0.5, "s", 0.0, 10.0, "A lost sensor must be good for this long before it is believed again"
    )


class ContactSettings(Section):
    """The heel: debounce in time, hysteresis in level."""

    debounce_on_s: float = number(0.008, "s", 0.0, 0.1, "The heel must stay loaded this long to count as on")
    debounce_off_s: float = number(0.008, "s", 0.0, 0.1, "The heel must stay unloaded this long to count as off")
    on_level: float = number(0.6, "share of full load", 0.0, 1.0, "Level at and above which the heel is loaded")
    off_level: float = number(0.4, "share of full load", 0.0, 1.0, "Level at and below which the heel is unloaded")
    unknown_after_s: float = number(
        0.03, "s", 0.0, 0.2, "A contradiction between the two contacts of supervised wiring is borne this long"
    )
    chatter_s: float = number(0.2, "s", 0.05, 1.0, "A contact that does not settle for this long is unknown")
    bounce_s: float = number(
        0.8, "s", 0.2, 2.0, "A heel that comes down 4 times within this time bounces, and is unknown until it settles"
    )

    def rules(self) -> Iterator[RuleBroken]:
        if self.off_level > self.on_level:
            yield RuleBroken(
                "off_level", f"{self.off_level:g} is above on_level = {self.on_level:g}: no hysteresis is left"
            )


class TiltSettings(Section):
    """Pitch from gyroscope and accelerometer."""

    time_constant_s: float = number(1.0, "s", 0.1, 20.0, "Time over which the accelerometer corrects the gyroscope")
    acc_gate_m_s2: float = number(
        1.5, "m/s²", 0.1, 10.0, "The accelerometer is used while it is within this of gravity"
    )
    rest_rate_deg_s: float = number(3.0, "deg/s", 0.1, 20.0, "Spread of the rate below which the segment is at rest")
    rest_s: float = number(0.5, "s", 0.1, 5.0, "Rest must last this long before the gyroscope's bias is learned")
    max_bias_deg_s: float = number(20.0, "deg/s", 0.0, 40.0, "Largest bias that is believed; MPU-6050 data sheet ±20")


class GaitSettings(Section):
    """Gait phases: dwell minima, time-outs and what counts as movement."""

    loading_s: float = number(0.12, "s", 0.02, 0.5, "Loading response after initial contact lasts this long")
    stance_min_s: float = number(0.15, "s", 0.05, 1.0, "From initial contact to heel off at least")
    pre_swing_min_s: float = number(0.03, "s", 0.0, 0.5, "From heel off to foot off at least")
    swing_min_s: float = number(0.15, "s", 0.05, 1.0, "From foot off to initial contact at least")
    standing_after_s: float = number(2.0, "s", 0.5, 10.0, "Stance without an event for this long is standing")
    stance_max_s: float = number(
        5.0, "s", 1.0, 20.0, "Stance that is neither left nor standing for this long is unknown"
    )
    pre_swing_max_s: float = number(1.0, "s", 0.2, 3.0, "Heel off without foot off for this long is not gait")
    swing_max_s: float = number(1.2, "s", 0.3, 3.0, "Swing without initial contact for this long is not gait")
    shank_lean_deg: float = number(
        12.0, "deg", 0.0, 40.0, "Forward lean of the shank with which it agrees that a plain heel switch has opened"
    )
    foot_lean_deg: float = number(
        6.0, "deg", 0.0, 40.0, "Toes-down pitch of the foot with which it agrees that a plain heel switch has opened"
    )
    slow_stride_s: float = number(
        1.6,
        "s",
        1.0,
        3.0,
        "A heel switch alone takes slower strides for steps only if the heel is up for longer than it is down",
    )
    grace_s: float = number(
        0.1, "s", 0.0, 0.2, "With two sensors the leading one is waited for this long before the other's event is taken"
    )


class HeelEventSettings(Section):
    """Gait events from the heel switch alone."""

    swing_s: float = number(
        0.46, "s", 0.2, 0.8, "Usual length of swing, nearly the same at every speed: places the estimated foot off"
    )
    first_up_s: float = number(0.65, "s", 0.3, 1.5, "Time that the heel is up, as long as no stride has been seen")
    foot_off_min_s: float = number(0.06, "s", 0.0, 0.3, "From heel off to the estimated foot off at least")
    dwell_min_s: float = number(0.2, "s", 0.05, 0.4, "A shorter contact or lift of the heel is bounce or a scuff")
    gap_s: float = number(0.25, "s", 0.05, 1.0, "A longer gap between samples drops the half-finished stride")


class ImuEventSettings(Section):
    """Gait events from the sagittal rate of one IMU."""

    swing_rate_deg_s: float = number(
        60.0,
        "deg/s",
        20.0,
        400.0,
        "Trigger threshold at the start: sagittal rate that proves a swing; heel off on the shank scales with it",
    )
    least_rate_deg_s: float = number(30.0, "deg/s", 10.0, 200.0, "The threshold never adapts below this")
    rate_share: float = number(
        0.25, "share of the usual peak", 0.1, 0.7, "The threshold adapts to this share of the peak"
    )
    swing_angle_deg: float = number(5.0, "deg", 2.0, 40.0, "Angle at the start that proves a swing")
    push_angle_deg: float = number(6.0, "deg", 2.0, 40.0, "Forward lean at the start that must come before a swing")
    angle_share: float = number(
        0.1, "share of the usual swing", 0.05, 0.6, "Both angles adapt to this share of the swing"
    )
    rest_rate_deg_s: float = number(15.0, "deg/s", 3.0, 40.0, "Below this rate a foot lies flat and a leg is at rest")
    forget_s: float = number(3.0, "s", 1.0, 30.0, "Without a step for this long the thresholds start anew")
    gap_s: float = number(0.25, "s", 0.05, 1.0, "A longer gap between samples drops the half-finished stride")


class StimulationSettings(Section):
    """The burst: when it begins, its envelope, when it ends."""

    delay_s: float = number(0.02, "s", 0.0, 0.5, "From heel off to the start of the burst, in quick steps")
    slow_delay_share: float = number(
        0.4,
        "share",
        0.0,
        1.0,
        "Of the time by which heel off to initial contact lasts longer than 0.7 s, added to the delay: slow steps",
    )
    before_foot_off_s: float = number(
        0.18, "s", 0.0, 0.19, "The burst begins so long before foot off, where the last strides let that be foretold"
    )
    rise_s: float = number(0.15, "s", 0.02, 1.0, "Rising ramp; a slow one spares a spastic calf")
    extension_s: float = number(
        0.05, "s", 0.0, 0.6, "Plateau kept after initial contact, so that the foot does not slap"
    )
    fall_s: float = number(0.15, "s", 0.02, 1.0, "Falling ramp")
    longest_burst_s: float = number(
        1.6, "s", 0.1, HARD_MAX_BURST_S, "From the first to the last current of a burst at most, ramps included"
    )
    open_loop_s: float = number(
        0.4, "s", 0.0, HARD_MAX_OPEN_LOOP_S, "A running burst whose sensor is lost ends within this time, by a ramp"
    )
    softened_strides: int = number(
        3, "", 0, HARD_MAX_SOFTENED_STRIDES, "First strides after arming or a pause that are given in growing steps"
    )

    def rules(self) -> Iterator[RuleBroken]:
        if self.rise_s + self.fall_s > self.longest_burst_s + TIE:
            yield RuleBroken(
                "longest_burst_s",
                f"rise_s + fall_s = {self.rise_s + self.fall_s:g} s does not fit into {self.longest_burst_s:g} s",
            )
        if self.extension_s + self.fall_s > self.longest_burst_s + TIE:
            yield RuleBroken(
                "longest_burst_s",
                f"extension_s + fall_s = {self.extension_s + self.fall_s:g} s does not fit into "
                f"{self.longest_burst_s:g} s",
            )


class GateSettings(Section):
    """The last word: what may leave at all."""

    max_rise_ma_per_s: float = number(400.0, "mA/s", 1.0, 3000.0, "The current may not rise faster")
    shortest_pause_s: float = number(0.05, "s", 0.0, 5.0, "Between the end of a burst and the next")
    duty_window_s: float = number(30.0, "s", 2.0, 120.0, "Sliding window over which the time with current is counted")
    max_duty: float = number(
        0.9, "share", 0.05, 0.95, "Largest share of that window with current; a burst that would not fit is withheld"
    )
    max_mean_charge_uc_per_s: float = number(
        400.0,
        "µC/s",
        0.0,
        HARD_MAX_MEAN_CHARGE_UC_PER_S,
        "Charge of one phase of all pulses in that window, over its length: 10 µC at 40 Hz without a pause; "
        "a burst that would not fit is withheld",
    )


class ExerciseSettings(Section):
    """Cyclic stimulation of a seated person."""

    on_s: float = number(1.5, "s", 0.2, HARD_MAX_BURST_S, "Length of each burst, ramps included")
    off_s: float = number(3.0, "s", 0.5, 60.0, "Rest between bursts")
    repetitions: int = number(10, "", 1, 200, "Bursts until the exercise ends by itself")


class FaultSettings(Section):
    """When a fault is called and what clears it."""

    good_strides: int = number(2, "strides", 1, 10, "Good strides that clear a withheld burst")
    late_s: float = number(0.02, "s", 0.005, 0.1, "A gap between ticks beyond this withholds new bursts")
    stall_s: float = number(0.1, "s", 0.02, 0.5, "A gap between ticks beyond this latches")
    late_share: float = number(0.01, "", 0.001, 1.0, "Share of late or skipped ticks beyond which the loop is given up")
    late_window_s: float = number(10.0, "s", 1.0, 60.0, "Time over which that share is taken")
    disagreements: int = number(1, "strides", 1, 20, "Strides in a row on which heel and IMU contradict each other")

    def rules(self) -> Iterator[RuleBroken]:
        if self.stall_s < self.late_s:
            yield RuleBroken(
                "stall_s", f"a gap that latches is no shorter than one that withholds: late_s is {self.late_s:g} s"
            )


class SetPoint(Section):
    """Orthosis set-point of one phase."""

    angle_deg: float = number(0.0, "deg", -30.0, 30.0, "Ankle angle, dorsiflexion positive")
    stiffness_nm_per_deg: float = number(0.0, "N m/deg", 0.0, 10.0, "Stiffness about that angle; 0 is compliant")
    torque_limit_nm: float = number(0.0, "N m", 0.0, 30.0, "Largest torque")


class OrthosisSettings(Section):
    """Set-points of an ankle-foot orthosis per phase; compliant in every other phase."""

    enabled: bool = choice(False, "Whether an orthosis is driven at all")
    loading: SetPoint = Field(
        default=SetPoint(angle_deg=0.0, stiffness_nm_per_deg=0.35, torque_limit_nm=8.0),
        description="Loading response: a brake against slap",
    )
    swing: SetPoint = Field(
        default=SetPoint(angle_deg=5.0, stiffness_nm_per_deg=0.5, torque_limit_nm=8.0),
        description="Pre-swing and swing: lift",
    )
