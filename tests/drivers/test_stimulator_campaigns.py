"""A sample of the campaigns in benchmarks/: every kind of fault in a session, random bytes, a killed host."""

import sys
from importlib import import_module
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

import pytest

from simulator.devices.faults import Fault, FaultKind

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
STEPS = {
    "p24-low": (3, 6, 60),
    "p24-mid": (3, 6, 25),
    "rehastim2-one-shot": (1, 5, 40),
    "rehastim2-continuous": (1, 4, 9),
}
DEVICES = list(STEPS)


@pytest.fixture(scope="module")
def campaign() -> Any:  # noqa: ANN401
    """Imports a benchmark of the checkout; everything else comes from where it is installed."""
    package = ModuleType("benchmarks")
    package.__path__ = [str(BENCHMARKS)]
    sys.modules["benchmarks"] = package
    return lambda name: import_module(f"benchmarks.{name}")


@pytest.mark.parametrize("device", DEVICES)
def test_a_session_without_a_fault_is_well(campaign: Any, device: str) -> None:  # noqa: ANN401
    faults = campaign("stimulator_faults")
    outcome = faults.trial(faults.DEVICES[device])
    assert outcome.wrong == ""
    assert outcome.phase == "never"


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("kind", list(FaultKind), ids=lambda kind: kind.name)
def test_every_fault_ends_the_output_and_says_what_to_check(campaign: Any, device: str, kind: FaultKind) -> None:  # noqa: ANN401
    """In the setup, and in a burst."""
    faults = campaign("stimulator_faults")
    for step in STEPS[device]:
        for fault in (fault for fault in faults.faults_at(step) if fault.kind == kind):
            assert faults.trial(faults.DEVICES[device], fault).wrong == "", fault


@pytest.mark.parametrize("device", DEVICES)
def test_the_port_may_be_cut_at_any_byte(campaign: Any, device: str) -> None:  # noqa: ANN401
    faults = campaign("stimulator_faults")
    for at_byte in (0, 13, 250, 1500):
        fault = Fault(FaultKind.PORT_GONE, at_byte=at_byte)
        assert faults.trial(faults.DEVICES[device], fault).wrong == "", fault


@pytest.mark.parametrize("codec", ["p24", "rehastim2"])
def test_random_bytes_make_no_wrong_packet(campaign: Any, codec: str) -> None:  # noqa: ANN401
    codecs = campaign("stimulator_codecs")
    assert codecs.run(codecs.CODECS[codec], strings=4000, seed=7) > 100


@pytest.mark.parametrize("device", ["p24-low", "p24-mid"])
def test_a_killed_host_stimulates_nobody_for_long(campaign: Any, device: str) -> None:  # noqa: ANN401
    deaths = campaign("stimulator_host_death")
    one = deaths.DEVICES[device]
    for death in deaths.kill_some(one, 3, Random(3)):
        assert death.pulses_before > 0
        assert death.last_pulse_s <= deaths.limit_s(one)
