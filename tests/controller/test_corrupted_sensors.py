"""One of two sensors breaks in mid-walk: the walk is still seen, no burst begins in stance for it, and it is said.

On simulated walks; the same on real recordings: benchmarks/corrupted.py.
"""

import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from random import Random
from types import ModuleType

import pytest

from config.schema import Settings
from controller.signals import EventKind, Inputs
from dorsiflex.score.reference import Reference

if "benchmarks" not in sys.modules:
    package = ModuleType("benchmarks")
    package.__path__ = [str(Path(__file__).resolve().parents[2] / "benchmarks")]
    sys.modules["benchmarks"] = package
corrupted: ModuleType = import_module("benchmarks.corrupted")

SECONDS, BREAKS_S, AFTER_S = 28.0, 12.4, 15.0
IC, FO = EventKind.IC, EventKind.FO
HARMLESS = ("imu_slipped_about_z", "imu_slipped_about_y", "heel_dropouts", "imu_dropouts")
Times = dict[EventKind, list[float]]


def times(events: dict[EventKind, Sequence[tuple[float, float]]]) -> Times:
    return {kind: [one[0] for one in found] for kind, found in events.items()}


def supervised(settings: Settings) -> Settings:
    heel = settings.sensor[0].model_copy(update={"wiring": "supervised", "pin_unloaded": 27})
    return settings.model_copy(update={"sensor": (heel, *settings.sensor[1:])})


@pytest.mark.parametrize("fault", sorted(corrupted.FAULTS))
def test_a_broken_sensor_costs_a_stride_at_most_and_starts_no_burst_in_stance(
    settings: Settings, walk_inputs: Callable[..., list[Inputs]], fault: str
) -> None:
    settings, inputs = supervised(settings), walk_inputs(SECONDS)
    sensor = "heel" if fault.startswith("heel") else "shank"
    whole = corrupted.run(settings, inputs)
    found = corrupted.run(settings, corrupted.break_from(inputs, sensor, fault, BREAKS_S, Random(1)))
    true, seen = times(whole.events), times(found.events)
    for kind, reference_s in true.items():
        late = [t_s for t_s in reference_s if t_s > AFTER_S]
        missed = [t_s for t_s in late if not any(abs(t_s - other_s) <= 0.15 for other_s in seen[kind])]
        extra = [t_s for t_s in seen[kind] if t_s > AFTER_S and not any(abs(t_s - s) <= 0.15 for s in reference_s)]
        assert (kind, len(missed) + len(extra)) <= (kind, 1)
    for start_s in found.bursts_s:
        before = max((t_s for t_s in true[IC] if t_s <= start_s), default=0.0)
        off_s = next((t_s for t_s in true[FO] if t_s > before), SECONDS)
        assert start_s >= off_s - 0.5
    assert (found.doubted_s > BREAKS_S) == (fault not in HARMLESS)


@pytest.mark.parametrize("breaks_s", [0.0, 5.0])
def test_an_inverted_heel_is_found_out_from_the_first_steps_after_standing(
    settings: Settings, walk_inputs: Callable[..., list[Inputs]], breaks_s: float
) -> None:
    inputs = walk_inputs(14.0)
    found = corrupted.run(settings, corrupted.break_from(inputs, "heel", "heel_inverted", breaks_s, Random(1)))
    assert found.doubted_s > 13.9


def test_what_is_blamed_on_a_fault() -> None:
    contacts, offs = [float(k) for k in range(8)], [k + 0.6 for k in range(8) if k != 5]
    reference = Reference({IC: tuple(contacts), FO: tuple(offs)}, ())
    assert corrupted.stance_starts(reference, [1.3, 2.4, 3.1, 5.2, 6.34, 6.36]) == [1.3, 3.1, 6.34]
    assert corrupted.blamed(reference, [1.3, 2.3, 3.1, 5.2], [1.4, 2.1, 4.4]) == (1, [pytest.approx(0.1)])
