"""What the gait-event detectors cost a sample, in microseconds and as a ratio to a plain Python loop in the same run.

    python -m benchmarks.detector_cost

The walk is simulated: 30 s at 200 Hz of the default person, recorded first and then fed to each part alone. `plain
loop` is one turn of a loop that filters one number: `y += 0.1 * (x - y); if y > peak: peak = y`. Best of several runs,
by the process's own clock, garbage collector off. Exit code 1 when the IMU's detector takes over 8 microseconds.
"""

import gc
import sys
import time
from collections.abc import Callable

from config.load import default_settings
from controller.contact import HeelEstimator
from controller.controller import Controller
from controller.foresight import Foresight
from controller.fusion import EventVote
from controller.heel_events import HeelEvents
from controller.imu_events import ImuEvents
from controller.signals import Event, HeelContact, Inputs, Reading
from dorsiflex.assemble import bench_rig, open_rig
from simulator.clock import VirtualClock

RATE_HZ, SECONDS, RUNS = 200, 30, 5
LARGEST_US = 8.0
PLAIN_TURNS = 200_000


def walk() -> list[tuple[Reading, Reading]]:
    """Heel and shank readings of the default simulated person."""
    rig = bench_rig(default_settings(), VirtualClock(), seed=1, wired=False)
    open_rig(rig)
    readings = []
    for k in range(1, SECONDS * RATE_HZ):
        rig.clock.sleep_until(k / RATE_HZ)
        polled = {name: sensor.poll() for name, sensor in rig.parts.sensors.items()}
        heel, shank = polled.get("heel"), polled.get("shank")
        if heel is not None and shank is not None:
            readings.append((heel, shank))
    return readings


def best_us(work: Callable[[], int]) -> float:
    """Microseconds a sample of the fastest of several runs; `work` returns how many samples it took."""
    gc.disable()
    best = float("inf")
    for _ in range(RUNS):
        start_s = time.process_time()
        count = work()
        best = min(best, (time.process_time() - start_s) / count * 1e6)
    gc.enable()
    return best


def plain() -> int:
    """The reference loop."""
    y = peak = 0.0
    x = 1.5
    for _ in range(PLAIN_TURNS):
        y += 0.1 * (x - y)
        peak = max(peak, y)
    return PLAIN_TURNS


def main() -> int:
    """Print a line for each part."""
    settings, readings = default_settings(), walk()
    side_inputs = [Inputs(imu.t_s, {"heel": heel, "shank": imu}) for heel, imu in readings]
    estimator = HeelEstimator(settings.contact)
    felt: list[tuple[float, HeelContact, float]] = []
    for heel, _ in readings:
        estimator.update(heel.t_s, heel.values[0])
        felt.append((heel.t_s, estimator.contact, estimator.since_s))
    from_imu, from_heel = _events(readings, felt)

    def imu_alone() -> int:
        detector = ImuEvents(settings.imu_events, "shank", "shank")
        for _, (t_s, values) in readings:
            detector.update(t_s, values)
        return len(readings)

    def foot_alone() -> int:
        detector = ImuEvents(settings.imu_events, "foot", "foot")
        for _, (t_s, values) in readings:
            detector.update(t_s, values)
        return len(readings)

    def heel_alone() -> int:
        detector = HeelEvents(settings.heel_events, "heel")
        for t_s, contact, since_s in felt:
            detector.update(t_s, contact, since_s)
        return len(felt)

    def vote_and_foresight() -> int:
        vote, foresight = EventVote(settings.gait.grace_s), Foresight()
        for (heel, _), imu_events, heel_events in zip(readings, from_imu, from_heel, strict=True):
            merged = vote.update(heel.t_s, heel_events, imu_events, heel_good=True, imu_good=True)
            foresight.update(heel.t_s, merged)
        return len(readings)

    def whole_controller() -> int:
        controller = Controller(settings)
        for one in side_inputs:
            controller.step(one)
        return len(side_inputs)

    reference_us = best_us(plain)
    _say("plain loop", reference_us, reference_us)
    imu_us = best_us(imu_alone)
    _say("IMU on the shank", imu_us, reference_us)
    foot_us = best_us(foot_alone)
    _say("IMU read as on the foot", foot_us, reference_us)
    _say("heel switch", best_us(heel_alone), reference_us)
    _say("vote and foresight", best_us(vote_and_foresight), reference_us)
    _say("whole controller tick", best_us(whole_controller), reference_us)
    return 1 if max(imu_us, foot_us) > LARGEST_US else 0


def _events(
    readings: list[tuple[Reading, Reading]], felt: list[tuple[float, HeelContact, float]]
) -> tuple[list[tuple[Event, ...]], list[tuple[Event, ...]]]:
    settings = default_settings()
    imu, heel = ImuEvents(settings.imu_events, "shank", "shank"), HeelEvents(settings.heel_events, "heel")
    return [imu.update(t_s, values) for _, (t_s, values) in readings], [heel.update(*one) for one in felt]


def _say(what: str, cost_us: float, reference_us: float) -> None:
    sys.stdout.write(f"{what:24} {cost_us:7.2f} us a sample, {cost_us / reference_us:6.1f} turns of the plain loop\n")


if __name__ == "__main__":
    sys.exit(main())
