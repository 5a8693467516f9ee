"""A gyroscope that is late by 0.2 s makes the fusion doubt a good heel: the heel that comes down ends the burst."""

from dorsiflex.faults.bursts import bursts_of
from dorsiflex.faults.draw import draw
from dorsiflex.faults.oracle import OVERSHOOT_S
from dorsiflex.faults.walk import Walking
from simulator.faults.plan import PlannedFault


def test_a_burst_ends_when_a_doubted_heel_comes_down_in_late_swing() -> None:
    walking = Walking(draw(1, 1279).person)
    walking.plan((PlannedFault("gyr.delayed", 11.480421394080533, seed="1 1279 0"),))
    walking.end_s = 29.0
    seen = walking.run()
    bursts = [burst for burst in bursts_of(seen) if burst.start_s > 22.0]
    assert any("heel_doubted:right" in change.faults for change in seen.changes)
    assert len(bursts) >= 4
    late_s = [burst.outside[-1].t_s - burst.outside[0].t_s for burst in bursts if burst.outside]
    assert max(late_s, default=0.0) <= OVERSHOOT_S
