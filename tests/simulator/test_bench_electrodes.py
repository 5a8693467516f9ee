"""Electrodes between the stimulators' outputs and the person, on the bench."""

from dataclasses import replace
from importlib import resources

import pytest

from config.limits import HARD_MAX_CURRENT_MA, HARD_MAX_PULSE_WIDTH_US
from config.load import default_settings, load_settings
from config.schema import Settings, Side
from controller.signals import Contact, Pulses, PulseTrain
from simulator.bench import COMPLIANCE_V, Bench
from simulator.bench_electrode import BenchElectrode
from simulator.clock import VirtualClock
from simulator.course import Course, Stand
from simulator.electrode import Electrode, draw_electrode
from simulator.patients import PATIENTS
from simulator.person import Person


def settings_of(kind: str) -> Settings:
    if kind == "bench":
        return default_settings()
    with resources.as_file(resources.files("config").joinpath("profiles", "trigger_bench.toml")) as path:
        return load_settings(path)


class Listening(Person):
    """A standing person who keeps what reached the nerve (mA)."""

    def __init__(self) -> None:
        super().__init__(PATIENTS["drag"], frozenset({"right"}), 0.9, 75.0, 1, course=Course((Stand(60.0),)))
        self.felt_ma: list[float] = []

    def pulse(self, side: Side, channel: str, current_ma: float, pulse_width_us: float) -> None:
        assert (side, channel, pulse_width_us) == ("right", "dorsiflexors", 300.0)
        self.felt_ma.append(current_ma)
        super().pulse(side, channel, current_ma, pulse_width_us)


class Stimulated:
    """That person on the bench, with a stimulator that gives bursts of a second."""

    def __init__(self, kind: str, *, wired: bool) -> None:
        self.person = Listening()
        settings = settings_of(kind)
        self.bench = Bench(settings, VirtualClock(), seed=1, wired=wired, new_person=lambda: self.person, twin=False)
        self.device = self.bench.stimulators["main"]
        self.device.open()
        self.electrode = self.bench.electrodes["right", "dorsiflexors"]

    def burst(self) -> tuple[int, list[float]]:
        """How many pulses the device put out by its own log, and the currents that arrived."""
        self._rest()
        before, heard = self.pulses(), len(self.person.felt_ma)
        for _ in range(40):
            self._wait()
            train = PulseTrain("dorsiflexors", 1, 30.0, 300.0, 40.0, due=True)
            self.device.apply(Pulses((train,)) if self.bench.pulse_stimulators else Contact("dorsiflexors", True))
        self.device.stop()
        for _ in range(20):
            self._rest()
        return self.pulses() - before, self.person.felt_ma[heard:]

    def pulses(self) -> int:
        bench = self.bench
        if bench.pulse_stimulators:
            return len(bench.pulse_stimulators["main"].pulses)
        return (bench.trigger_devices or bench.direct_triggers)["main"].pulses

    def _rest(self) -> None:
        self._wait()
        self.device.apply(Pulses(()) if self.bench.pulse_stimulators else Contact("dorsiflexors", False))

    def _wait(self) -> None:
        self.bench.clock.sleep_until(self.bench.clock.now() + 0.025)


@pytest.fixture(params=[("bench", False), ("trigger", False), ("trigger", True)], ids=str)
def stimulated(request: pytest.FixtureRequest) -> Stimulated:
    kind, wired = request.param
    return Stimulated(kind, wired=wired)


def test_a_good_pair_passes_every_pulse_as_it_is(stimulated: Stimulated) -> None:
    put_out, felt = stimulated.burst()
    assert put_out == len(felt) > 30
    assert max(felt) == 30.0
    assert (stimulated.electrode.limited, stimulated.electrode.open) == (0, 0)
    assert stimulated.electrode.last is not None
    assert 0.0 < stimulated.electrode.last.voltage_v < COMPLIANCE_V


def test_a_lifted_pair_passes_nothing_while_the_device_goes_on(stimulated: Stimulated) -> None:
    sound, _ = stimulated.burst()
    stimulated.electrode.lift()
    put_out, felt = stimulated.burst()
    assert (put_out, felt) == (sound, [])
    assert stimulated.electrode.open == put_out
    assert stimulated.device.status().problem == ""
    stimulated.electrode.mend()
    assert len(stimulated.burst()[1]) == put_out


def test_a_dry_pair_passes_less_and_a_wet_one_all_again(stimulated: Stimulated) -> None:
    stimulated.burst()
    stimulated.electrode.dry(for_h=5.0)
    _, felt = stimulated.burst()
    assert 0.0 < max(felt) < 25.0
    assert stimulated.electrode.limited > 20
    stimulated.electrode.mend()
    assert max(stimulated.burst()[1]) == 30.0


def test_sweat_takes_voltage_away(stimulated: Stimulated) -> None:
    def highest_v() -> float:
        stimulated.electrode.deliver(stimulated.bench.clock.now(), 30.0, 300.0)
        assert stimulated.electrode.last is not None
        return stimulated.electrode.last.voltage_v

    dry_v = highest_v()
    stimulated.electrode.sweat()
    assert highest_v() < 0.85 * dry_v


def test_the_hard_cap_goes_through_every_fresh_pair() -> None:
    """So no pair that a bench draws moves a result, for an hour at least."""
    for seed in range(200):
        pair = BenchElectrode(replace(draw_electrode(str(seed), COMPLIANCE_V), current_noise=0.0))
        for current_ma in (10.0, 30.0, HARD_MAX_CURRENT_MA):
            assert pair.deliver(3600.0, current_ma, HARD_MAX_PULSE_WIDTH_US) == current_ma


def test_another_seed_is_another_skin_and_each_channel_has_its_own() -> None:
    def pairs(seed: int) -> list[Electrode]:
        with resources.as_file(resources.files("config").joinpath("profiles", "two_channels.toml")) as path:
            bench = Bench(load_settings(path), VirtualClock(), seed=seed, wired=False, twin=False)
        assert len(bench.electrodes) == 2
        return [pair.electrode for pair in bench.electrodes.values()]

    assert pairs(1) == pairs(1) != pairs(2)
    assert pairs(1)[0] != pairs(1)[1]
