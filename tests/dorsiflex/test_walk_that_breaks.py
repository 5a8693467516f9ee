"""A walk of the campaign goes on whatever breaks in it."""

from math import inf

from dorsiflex.faults.draw import WALK, Person
from dorsiflex.faults.walk import Walking
from simulator.faults.plan import PlannedFault

TRIGGER = Person("classic", 7, WALK, 0.9, "trigger", "both", "supervised", "shank")


def test_a_program_that_cannot_open_its_device_after_a_brown_out_ends_without_current() -> None:
    walking = Walking(TRIGGER)
    walking.end_s = 16.0
    walking.plan((PlannedFault("link.failed", 9.0, inf, "1"), PlannedFault("process.brown_out", 10.0, inf, "2")))
    seen = walking.run()
    assert all(seen.injected)
    assert seen.felt
    assert max(pulse.t_s for pulse in seen.felt) < 10.0
    assert seen.restarted_s < 14.0
    assert walking.bench.clock.now() >= 16.0
