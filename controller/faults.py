"""Every fault in one table: its class, how it ends a burst, how soon it is noticed, and what a person is told."""

from config.schema import Settings
from controller.fault_kinds import Clearing, Ending, Fault, FaultClass, Seen

__all__ = ["FAULTS", "Clearing", "Ending", "Fault", "FaultClass", "fault_of"]


def _a_tick(settings: Settings) -> float:
    return 1.0 / settings.loop.rate_hz


def _next_tick(settings: Settings) -> float:
    return 2.0 * _a_tick(settings)


def _sensor(settings: Settings) -> float:
    """Silent, late or garbage for `stale_s`, frozen in one of its parts for two windows of `frozen_s`, or slow."""
    judgement = settings.judgement
    return max(judgement.stale_s, 2.0 * judgement.frozen_s, judgement.slow_s) + _next_tick(settings)


def _heel(settings: Settings) -> float:
    contact = settings.contact
    unknown_s = max(contact.unknown_after_s, contact.chatter_s, contact.bounce_s)
    return max(settings.judgement.stale_s, settings.judgement.slow_s, unknown_s) + _next_tick(settings)


def _gait(settings: Settings) -> float:
    return max(settings.gait.pre_swing_max_s, settings.gait.swing_max_s) + _next_tick(settings)


def _late_window(settings: Settings) -> float:
    return settings.faults.late_window_s + _next_tick(settings)


_WITHHOLD, _DEGRADE, _LATCH = FaultClass.WITHHOLD, FaultClass.DEGRADE, FaultClass.LATCH
_STRIDES, _RETURNS, _PERSON = Clearing.GOOD_STRIDES, Clearing.SENSOR_RETURNS, Clearing.PERSON

FAULTS: dict[str, Fault] = {
    fault.name: fault
    for fault in (
        Fault(
            "gait_timeout",
            _WITHHOLD,
            Ending.FALL,
            _STRIDES,
            Seen(_gait, "gait.pre_swing_max_s or gait.swing_max_s"),
            "a step was not finished",
            "walk on; bursts come back after good strides",
        ),
        Fault(
            "late_loop",
            _WITHHOLD,
            Ending.NOTHING,
            _STRIDES,
            Seen(_next_tick, "the next tick"),
            "the loop was late",
            "close other programs; bursts come back after good strides",
        ),
        Fault(
            "recorder",
            _WITHHOLD,
            Ending.NOTHING,
            _STRIDES,
            Seen(_next_tick, "the next tick after the failed write"),
            "the black box cannot be written",
            "free space on the disk or choose another folder, then start again",
        ),
        Fault(
            "imu_needed",
            _WITHHOLD,
            Ending.OPEN_LOOP,
            _STRIDES,
            Seen(_sensor, "with imu_lost or imu_doubted", strides=3),
            "the IMU is lost or in doubt, and a plain heel switch alone may not trigger",
            "check the IMU, its strap and its cable; bursts come back after good strides",
        ),
        Fault(
            "imu_reversed",
            _WITHHOLD,
            Ending.NOTHING,
            _STRIDES,
            Seen(_a_tick, "5 steps in a row", strides=6),
            "the IMU turns the wrong way in every step, since it was put on",
            "turn the IMU round, or correct forward_axis; bursts come back after good strides",
        ),
        Fault(
            "heel_lost",
            _DEGRADE,
            Ending.NOTHING,
            _RETURNS,
            Seen(
                _heel,
                "judgement.stale_s; too few samples judgement.slow_s; contacts that contradict each other "
                "contact.unknown_after_s, chatter contact.chatter_s, bouncing contact.bounce_s",
            ),
            "the heel switch is lost, the IMU leads",
            "check the heel switch and its cable",
        ),
        Fault(
            "imu_lost",
            _DEGRADE,
            Ending.NOTHING,
            _RETURNS,
            Seen(
                _sensor,
                "judgement.stale_s; too few samples judgement.slow_s; a frozen part of it 2 judgement.frozen_s; "
                "noise that no leg makes 0.1 s, a zero of the gyroscope that has moved 55 deg/s 4 s, a rate that "
                "follows slowly 2 strides",
            ),
            "the IMU is lost, the heel switch leads",
            "check the IMU's cable and strap; if it follows slowly, disarm and arm",
        ),
        Fault(
            "heel_doubted",
            _DEGRADE,
            Ending.NOTHING,
            Clearing.AGREEMENT,
            Seen(_a_tick, "faults.disagreements strides, 3 at most", strides=3),
            "the heel switch contradicts the IMU, the IMU leads",
            "check that the heel switch lies under the heel; is it stuck?",
        ),
        Fault(
            "imu_doubted",
            _DEGRADE,
            Ending.NOTHING,
            Clearing.AGREEMENT,
            Seen(_a_tick, "3 strides", strides=3),
            "the IMU contradicts the heel switch, the heel switch leads",
            "check how the IMU is strapped on: loose, turned round, on the wrong leg?",
        ),
        Fault(
            "imu_slipped",
            _DEGRADE,
            Ending.NOTHING,
            Clearing.SHOWN,
            Seen(_a_tick, "3 strides", strides=4),
            "the IMU has slipped, its angles are not used",
            "strap the IMU on again as it was, then disarm and arm",
        ),
        Fault(
            "no_effect",
            _DEGRADE,
            Ending.NOTHING,
            Clearing.SHOWN,
            Seen(
                _a_tick,
                "3 stimulated swings, 8 where none has lifted the foot since arming, with an IMU on the foot; not with "
                "one on the shank alone, nor of toes that drag unless the foot points down further, nor of swings "
                "that differ by 10 deg",
                strides=9,
            ),
            "no effect: electrode?",
            "check electrodes, leads and current; the foot is lifted no more than without stimulation",
        ),
        Fault(
            "sensors_lost",
            _LATCH,
            Ending.OPEN_LOOP,
            _PERSON,
            Seen(
                lambda settings: max(_sensor(settings), _heel(settings)) + settings.stimulation.open_loop_s,
                "with heel_lost or imu_lost; it latches when the burst has come down",
            ),
            "no sensor of this leg can be trusted",
            "check the sensors and cables, then disarm and arm",
        ),
        Fault(
            "loop_stalled",
            _LATCH,
            Ending.OPEN_LOOP,
            _PERSON,
            Seen(
                lambda settings: _next_tick(settings) + settings.stimulation.open_loop_s,
                "the next tick; it latches when the burst has come down",
            ),
            "the loop stood still",
            "close other programs or give the loop a processor of its own (loop.cpu), then disarm and arm",
        ),
        Fault(
            "loop_often_late",
            _LATCH,
            Ending.OPEN_LOOP,
            _PERSON,
            Seen(
                lambda settings: _late_window(settings) + settings.stimulation.open_loop_s,
                "faults.late_window_s; it latches when the burst has come down",
            ),
            "the loop is late too often",
            "close other programs or give the loop a processor of its own (loop.cpu), then disarm and arm",
        ),
        Fault(
            "emergency_stop",
            _LATCH,
            Ending.CUT,
            _PERSON,
            Seen(_next_tick, "the next tick"),
            "emergency stop",
            "when it is safe, disarm and arm",
        ),
        Fault(
            "device",
            _LATCH,
            Ending.CUT,
            _PERSON,
            Seen(_next_tick, "the next tick after the device's answer"),
            "a stimulator or orthosis failed",
            "check the device, its cable and its electrodes, then disarm and arm",
        ),
        Fault(
            "gate",
            _LATCH,
            Ending.CUT,
            _PERSON,
            Seen(_a_tick, "the same tick"),
            "the gate was asked for something that must not exist",
            "keep the recording and report it; disarm and arm to go on",
        ),
        Fault(
            "clock",
            _LATCH,
            Ending.CUT,
            _PERSON,
            Seen(lambda settings: 4.0 * _a_tick(settings), "the same tick; a clock that stands still in 3 ticks"),
            "time ran backwards, stood still or is not a number",
            "keep the recording and report it; disarm and arm to go on",
        ),
        Fault(
            "guard",
            _LATCH,
            Ending.CUT,
            _PERSON,
            Seen(_next_tick, "two ticks; one that stands still 0.3 s"),
            "the guard is gone",
            "keep the recording; start the program again",
        ),
        Fault(
            "exception",
            _LATCH,
            Ending.CUT,
            _PERSON,
            Seen(_next_tick, "the next tick; the tick that failed put out nothing"),
            "the controller failed in a tick",
            "keep the recording and report it; disarm and arm to go on",
        ),
    )
}


def fault_of(active: str) -> Fault:
    """The row of an active fault, whose name may carry a subject: `heel_lost:right`."""
    return FAULTS[active.partition(":")[0]]
