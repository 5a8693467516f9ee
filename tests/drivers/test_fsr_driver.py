"""The FSR driver over an ADS1115 at register level, with faults of cable, bus and supply."""

import errno
from math import inf, isnan, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.schema import FsrSettings
from controller.signals import Reading
from drivers.errors import DeviceAbsent, DeviceBusy, DeviceFailed, WrongDevice
from drivers.fsr import CHECK_EVERY_S, LOST_S, Fsr, level_of
from simulator.clock import VirtualClock
from simulator.wired.ads1115 import Ads1115Chip
from simulator.wired.background import VirtualBackground
from simulator.wired.i2c import I2cDevice, SimulatedBus

SETTINGS = FsrSettings(kind="fsr", id="heel", side="left")
ADDRESS = SETTINGS.i2c_address
TICK_S = 0.005


def volts_with(fsr_ohm: float, end_of_line_ohm: float = SETTINGS.end_of_line_ohm) -> float:
    """Kirchhoff: the FSR with its end-of-line resistor above the divider's resistor."""
    path_ohm = 1.0 / (1.0 / fsr_ohm + 1.0 / end_of_line_ohm)
    return SETTINGS.supply_v * SETTINGS.divider_ohm / (SETTINGS.divider_ohm + path_ohm)


class Bench:
    """Chip, bus and driver, one conversion a tick."""

    def __init__(self, fsr: FsrSettings = SETTINGS) -> None:
        self.clock = VirtualClock(100.0)
        self.volts = volts_with(SETTINGS.full_load_ohm)
        self.chip = Ads1115Chip(lambda adc_input: self.volts if adc_input == fsr.adc_input else 3.3)
        self.bus = SimulatedBus({fsr.i2c_address: self.chip}, hold=self.clock.advance)
        self.background = VirtualBackground(self.clock)
        self.fsr = Fsr(fsr, self.bus, self.clock, self.background)

    def tick(self) -> Reading | None:
        self.clock.advance(TICK_S)
        self.background.advance()
        self.chip.sample()
        return self.fsr.poll()

    def run(self, seconds: float) -> list[Reading | None]:
        return [self.tick() for _ in range(round(seconds / TICK_S))]

    @property
    def problem(self) -> str:
        return self.fsr.status().problem


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    made.fsr.open()
    return made


def test_full_load_is_one_and_a_quarter_of_the_force_a_quarter() -> None:
    full = SETTINGS.full_load_ohm
    assert level_of(volts_with(full), SETTINGS) == pytest.approx(1.0)
    # R ~ F^-0.8: a quarter of the force has 4^0.8 times the resistance.
    assert level_of(volts_with(full * 4.0**0.8), SETTINGS) == pytest.approx(0.25)
    assert level_of(volts_with(full / 2.0), SETTINGS) == 1.0


def test_an_unloaded_pad_is_zero_and_a_broken_cable_is_unknown() -> None:
    assert level_of(volts_with(inf), SETTINGS) == pytest.approx(0.0, abs=1e-9)
    assert level_of(volts_with(20e6), SETTINGS) < 0.001
    for volts in (0.0, -0.01, 0.05, nan, inf, -inf):
        assert isnan(level_of(volts, SETTINGS))


def test_a_short_circuit_is_unknown() -> None:
    assert isnan(level_of(SETTINGS.supply_v, SETTINGS))
    assert isnan(level_of(3.4, SETTINGS))
    assert isnan(level_of(volts_with(80.0), SETTINGS))
    assert level_of(volts_with(130.0), SETTINGS) == 1.0


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_whatever_the_voltage_the_level_is_a_share_or_unknown(volts: float) -> None:
    level = level_of(volts, SETTINGS)
    assert isnan(level) or 0.0 <= level <= 1.0


@pytest.mark.parametrize("adc_input", [0, 1, 2, 3])
def test_open_sets_the_converter_up_on_its_input(adc_input: int) -> None:
    bench = Bench(SETTINGS.model_copy(update={"adc_input": adc_input}))
    bench.fsr.open()
    # AINx to ground, ±4.096 V, continuous, 860 samples/s, comparator off.
    assert bench.chip.registers[1] == 0x42E3 + (adc_input << 12)
    reading = bench.tick()
    assert reading is not None
    assert reading.values[0] == pytest.approx(1.0, abs=0.002)


def test_every_tick_reads_a_fresh_level_mostly_in_one_transaction(bench: Bench) -> None:
    before = bench.bus.transactions
    readings = bench.run(1.0)
    assert None not in readings
    assert len(readings) < bench.bus.transactions - before <= len(readings) + 1.0 / CHECK_EVERY_S
    assert readings[-1] is not None
    assert readings[-1].t_s == bench.clock.now()
    assert bench.problem == ""
    bench.volts = volts_with(SETTINGS.full_load_ohm * 2.0**0.8)
    reading = bench.tick()
    assert reading is not None
    assert reading.values[0] == pytest.approx(0.5, abs=0.002)


def test_a_cut_cable_reads_unknown_in_the_next_tick_and_the_converter_is_well(bench: Bench) -> None:
    bench.volts = 0.0
    reading = bench.tick()
    assert reading is not None
    assert isnan(reading.values[0])
    assert bench.problem == ""


def test_a_dip_in_the_supply_never_reads_unloaded_and_is_mended(bench: Bench) -> None:
    bench.run(0.5)
    bench.chip.brown_out()
    readings = [reading for reading in bench.run(1.0) if reading is not None]
    unknown = [isnan(reading.values[0]) for reading in readings]
    assert 0 < sum(unknown) <= CHECK_EVERY_S / TICK_S
    assert all(reading.values[0] > 0.99 for reading in readings[sum(unknown) :])
    assert len(readings) > 190
    assert bench.fsr.recoveries == 1
    assert bench.problem == ""


def test_a_converter_that_cannot_be_set_up_again_stays_lost(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench.chip, "write_block", lambda *_: None)
    bench.chip.brown_out()
    bench.run(0.2)
    assert set(bench.run(1.0)) == {None}
    assert "it lost its settings" in bench.problem
    assert bench.fsr.recoveries > 3


def test_a_chip_that_stops_answering_is_reported_and_comes_back(bench: Bench) -> None:
    bench.bus.nack(ADDRESS)
    readings = bench.run(1.0)
    assert set(readings) == {None}
    assert "FSR heel at 0x48 on I2C bus 1 gives no good sample: it does not answer" in bench.problem
    asked = bench.bus.transactions
    bench.run(1.0)
    assert bench.bus.transactions - asked <= 12, "a lost chip is asked in the background only"
    bench.bus.heal()
    readings = bench.run(1.0)
    assert readings[-1] is not None
    assert bench.problem == ""


def test_one_failed_read_costs_one_tick(bench: Bench) -> None:
    bench.bus.nack(ADDRESS, times=1)
    assert bench.tick() is None
    assert bench.tick() is not None
    assert bench.fsr.recoveries == 0
    assert bench.problem == ""


def test_a_stuck_bus_holds_the_loop_once(bench: Bench) -> None:
    bench.bus.time_out(ADDRESS)
    assert bench.tick() is None
    began_s = bench.clock.now()
    for _ in range(round(LOST_S / TICK_S)):
        bench.fsr.poll()
    assert bench.clock.now() == began_s
    bench.clock.advance(LOST_S)
    assert "the bus is stuck" in bench.problem


def test_a_closed_bus_never_raises_in_poll(bench: Bench) -> None:
    bench.bus.close()
    assert bench.run(0.5)[-1] is None
    assert bench.problem


class OtherChip:
    """Answers, but keeps nothing."""

    def read(self, _register: int, length: int) -> list[int]:
        return [0x12] * length

    def write(self, _register: int, _value: int) -> None:
        return

    def write_block(self, _register: int, _values: list[int]) -> None:
        return


def opened_on(chips: dict[int, I2cDevice]) -> None:
    clock = VirtualClock(100.0)
    Fsr(SETTINGS, SimulatedBus(chips), clock, VirtualBackground(clock)).open()


def test_open_says_what_is_wrong() -> None:
    with pytest.raises(DeviceAbsent, match=r"FSR heel at 0x48 on I2C bus 1 does not answer: check SDA"):
        opened_on({})
    with pytest.raises(WrongDevice, match="it is no ADS1115"):
        opened_on({ADDRESS: OtherChip()})


@pytest.mark.parametrize(
    ("number", "error"), [(errno.EBUSY, DeviceBusy), (errno.ETIMEDOUT, DeviceFailed), (errno.EIO, DeviceFailed)]
)
def test_open_names_the_bus_trouble(number: int, error: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()

    def fail(*_: object) -> None:
        raise OSError(number, "trouble")

    monkeypatch.setattr(bench.bus, "write_i2c_block_data", fail)
    with pytest.raises(error, match="FSR heel"):
        bench.fsr.open()
    assert bench.fsr.poll() is None


def test_closed_it_says_so_and_reads_nothing(bench: Bench) -> None:
    bench.fsr.close()
    bench.fsr.close()
    assert bench.tick() is None
    assert "closed" in bench.problem
