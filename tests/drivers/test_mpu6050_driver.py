"""The MPU-6050 driver over a chip at register level, with the bus's faults."""

import errno
from itertools import count
from math import inf
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.schema import ImuSettings
from controller.signals import Reading
from drivers.errors import DeviceAbsent, DeviceBusy, DeviceFailed, WrongDevice
from drivers.mpu6050 import CHECK_EVERY_S, LOST_S, RETRY_WITHIN_S, Mpu6050
from drivers.mpu6050_registers import ACCEL_CONFIG, CONFIG, GYRO_CONFIG, registers
from simulator.clock import VirtualClock
from simulator.wired.background import VirtualBackground
from simulator.wired.i2c import SimulatedBus
from simulator.wired.mpu6050 import Mpu6050Chip

SETTINGS = ImuSettings(kind="imu", id="shank", side="left")
ADDRESS = SETTINGS.i2c_address
FROZEN_S = 0.1
TICK_S = 0.005


class Bench:
    """Chip, bus and driver, one sample a tick; the motion changes a little each time."""

    def __init__(self, imu: ImuSettings = SETTINGS, who_am_i: int = 0x68) -> None:
        self.clock = VirtualClock(100.0)
        self.motion: tuple[float, ...] = (0.0, 9.81, 0.0, 0.0, 0.0, 0.0, 30.0)
        self.steps = count()
        self.chip = Mpu6050Chip(self.source, who_am_i, self.clock)
        self.bus = SimulatedBus({imu.i2c_address: self.chip}, hold=self.clock.advance)
        self.background = VirtualBackground(self.clock)
        self.imu = Mpu6050(imu, self.bus, self.clock, FROZEN_S, self.background)

    def source(self) -> tuple[float, ...]:
        jitter = next(self.steps) % 20 * 0.05
        return (*self.motion[:5], self.motion[5] + jitter, self.motion[6])

    def tick(self) -> Reading | None:
        self.clock.advance(TICK_S)
        self.background.advance()
        self.chip.sample()
        return self.imu.poll()

    def run(self, seconds: float) -> list[Reading | None]:
        return [self.tick() for _ in range(round(seconds / TICK_S))]

    @property
    def problem(self) -> str:
        return self.imu.status().problem


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    made.imu.open()
    return made


def test_open_wakes_and_configures_the_chip() -> None:
    bench = Bench(ImuSettings(kind="imu", id="a", side="left", acc_range_g=16, gyro_range_deg_s=2000, dlpf=3))
    bench.imu.open()
    assert {r: bench.chip.registers[r] for r in (0x6B, 0x6C, 0x19, 0x1A, 0x1B, 0x1C)} == {
        0x6B: 0x01,
        0x6C: 0x00,
        0x19: 0x00,
        0x1A: 0x03,
        0x1B: 0x18,
        0x1C: 0x18,
    }
    assert bench.chip.resets == 1


def test_without_a_filter_the_rate_still_is_1_khz() -> None:
    bench = Bench(ImuSettings(kind="imu", id="a", side="left", dlpf=0))
    bench.imu.open()
    assert bench.chip.registers[0x19] == 7


def test_every_tick_reads_a_fresh_sample_in_one_transaction(bench: Bench) -> None:
    before = bench.bus.transactions
    readings = bench.run(1.0)
    assert None not in readings
    # One of the registers is read back now and then.
    assert bench.bus.transactions - before == len(readings) + 5
    assert readings[-1] is not None
    assert readings[-1].t_s == bench.clock.now()
    assert bench.problem == ""


@pytest.mark.parametrize("acc_range_g", [2, 4, 8, 16])
@pytest.mark.parametrize("gyro_range_deg_s", [250, 500, 1000, 2000])
def test_every_range_gives_the_true_values(
    acc_range_g: Literal[2, 4, 8, 16], gyro_range_deg_s: Literal[250, 500, 1000, 2000]
) -> None:
    wanted = ImuSettings(
        kind="imu", id="a", side="left", acc_range_g=acc_range_g, gyro_range_deg_s=gyro_range_deg_s,
        forward_axis="-z", up_axis="+y",
    )  # fmt: skip
    bench = Bench(wanted)
    bench.imu.open()
    bench.motion = (1.0, 9.5, -3.0, 10.0, -100.0, 200.0, 25.0)
    reading = bench.run(0.01)[-1]
    assert reading is not None
    acc_step, gyro_step = acc_range_g * 9.80665 / 32768, gyro_range_deg_s / 32768 * 1.01
    assert reading.values[:3] == pytest.approx((3.0, 9.5, 1.0), abs=acc_step)
    assert reading.values[3:] == pytest.approx((-200.0, -100.0, 10.0), abs=gyro_step + 1.0)


def test_full_scale_clips_and_does_not_wrap(bench: Bench) -> None:
    bench.motion = (200.0, -200.0, 9.8, 5000.0, -5000.0, 0.0, 25.0)
    reading = bench.run(0.01)[-1]
    assert reading is not None
    assert reading.values[0] == pytest.approx(8 * 9.80665, rel=1e-3)
    assert reading.values[1] == pytest.approx(-8 * 9.80665, rel=1e-3)
    assert reading.values[3] == pytest.approx(1000.0, rel=1e-2)
    assert reading.values[4] == pytest.approx(-1000.0, rel=1e-2)


def test_nothing_at_the_address_is_named() -> None:
    bench = Bench()
    bench.bus.nack(ADDRESS)
    with pytest.raises(DeviceAbsent, match=r"^IMU shank at 0x68 on I2C bus 1 does not answer: check SDA.*$"):
        bench.imu.open()
    assert bench.imu.poll() is None


def test_two_lost_answers_at_open_are_borne() -> None:
    bench = Bench()
    bench.bus.nack(ADDRESS, times=2)
    bench.imu.open()
    assert bench.tick() is not None


@pytest.mark.parametrize(("identity", "name"), [(0x70, "MPU-6500"), (0x98, "ICM-20689"), (0x12, "another chip")])
def test_a_clone_is_refused_by_name(identity: int, name: str) -> None:
    bench = Bench(who_am_i=identity)
    with pytest.raises(WrongDevice, match=rf"is no MPU-6050 but {name} \(WHO_AM_I 0x{identity:02x}\)"):
        bench.imu.open()
    assert bench.chip.resets == 0


def test_a_stuck_bus_and_a_taken_address_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    bench.bus.time_out(ADDRESS)
    with pytest.raises(DeviceFailed, match="the bus is stuck"):
        bench.imu.open()

    def busy(_address: int, _register: int) -> int:
        raise OSError(errno.EBUSY, "Device or resource busy")

    monkeypatch.setattr(bench.bus, "read_byte_data", busy)
    with pytest.raises(DeviceBusy, match="inv_mpu6050"):
        bench.imu.open()


def test_a_register_that_does_not_keep_its_value_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    write = bench.chip.write
    monkeypatch.setattr(bench.chip, "write", lambda r, v: write(r, 0 if r == 0x1B else v))
    with pytest.raises(DeviceFailed, match="register 0x1b reads 0x00 instead of 0x10"):
        bench.imu.open()


def test_one_lost_answer_costs_nothing(bench: Bench) -> None:
    bench.run(0.1)
    bench.bus.nack(ADDRESS, times=1)
    assert bench.tick() is not None
    assert bench.imu.errors == 0


def test_lost_answers_for_200_ms_are_told_and_end_by_themselves(bench: Bench) -> None:
    bench.run(0.1)
    resets = bench.chip.resets
    bench.bus.nack(ADDRESS)
    before = bench.bus.transactions
    lost = bench.run(LOST_S - 2 * TICK_S)
    assert lost == [None] * len(lost)
    assert bench.problem == ""
    bench.run(0.2 - LOST_S)
    # Twice a tick until it is lost, then three tries every 0.1 s in the background.
    assert bench.bus.transactions - before <= 2 * LOST_S / TICK_S + 3 * 3
    assert "IMU shank at 0x68 on I2C bus 1 gives no good sample: it does not answer" in bench.problem
    bench.bus.heal()
    readings = bench.run(0.15)
    assert readings[-1] is not None
    assert bench.problem == ""
    assert bench.chip.resets == resets


def test_a_stuck_bus_costs_one_time_out_and_is_then_left_alone(bench: Bench) -> None:
    bench.run(0.1)
    bench.bus.time_out(ADDRESS)
    before, start_s = bench.bus.transactions, bench.clock.now()
    for _ in range(40):
        asked_s = bench.clock.now()
        assert bench.imu.poll() is None
        assert bench.clock.now() - asked_s <= 0.0101
        bench.clock.advance(TICK_S)
    assert bench.bus.transactions - before == 1
    assert bench.clock.now() - start_s < 0.22
    assert "the bus is stuck" in bench.problem
    bench.bus.heal()
    assert bench.run(0.15)[-1] is not None


def test_a_slow_failure_is_not_tried_again(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def slow(*_: int) -> list[int]:
        calls.append(1)
        bench.clock.advance(1.1 * RETRY_WITHIN_S)
        raise OSError(errno.EREMOTEIO, "Remote I/O error")

    monkeypatch.setattr(bench.bus, "read_i2c_block_data", slow)
    assert bench.imu.poll() is None
    assert len(calls) == 1


def test_a_frozen_chip_is_noticed_reset_and_believed_again(bench: Bench) -> None:
    bench.run(0.1)
    bench.chip.freeze()
    readings = bench.run(FROZEN_S + 3 * TICK_S)
    assert readings[-1] is None
    assert "repeats one sample" in bench.problem
    assert bench.run(0.3)[-1] is not None
    assert bench.problem == ""
    assert bench.chip.resets == 2


def test_a_chip_that_stays_frozen_never_is_believed_again(bench: Bench) -> None:
    bench.run(0.1)
    bench.bus.freeze(ADDRESS)
    bench.run(FROZEN_S + 2 * TICK_S)
    for _ in range(400):
        assert bench.tick() is None
        assert bench.problem != ""
    bench.bus.heal()
    assert bench.run(0.5)[-1] is not None


@pytest.mark.parametrize("register", [GYRO_CONFIG, ACCEL_CONFIG, CONFIG])
def test_a_range_that_a_disturbance_has_changed_is_noticed_and_set_up_again(bench: Bench, register: int) -> None:
    bench.run(0.5)
    bench.chip.registers[register] ^= 0x01 if register == CONFIG else 0x08
    readings = bench.run(6 * CHECK_EVERY_S + 0.05)
    assert None in readings
    assert bench.imu.recoveries == 1
    bench.run(0.5)
    assert bench.imu.poll() is not None
    assert bench.chip.registers[register] == dict(registers(SETTINGS))[register]
    assert bench.problem == ""


def test_a_lost_answer_when_a_register_is_read_back_costs_no_sample(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: object) -> int:
        raise OSError(errno.EREMOTEIO, "no answer")

    monkeypatch.setattr(bench.bus, "read_byte_data", lost)
    assert None not in bench.run(1.0)
    assert bench.imu.errors == 5


def test_a_brown_out_is_noticed_at_once_and_the_chip_set_up_again(bench: Bench) -> None:
    bench.run(0.1)
    bench.chip.brown_out()
    assert bench.tick() is None
    readings = bench.run(0.3)
    assert readings[-1] is not None
    assert bench.chip.registers[0x1B] == 0x10
    # Not one reading of the chip while it was in its reset state.
    assert all(r is None or abs(r.values[1] - 9.81) < 0.05 for r in readings)


def test_the_same_sample_before_and_after_a_recovery_is_not_yet_a_frozen_one(bench: Bench) -> None:
    bench.steps = count(0, 0)
    bench.run(FROZEN_S / 2)
    bench.chip.brown_out()
    readings = bench.run(FROZEN_S + 0.1)
    assert readings[-1] is not None
    assert bench.chip.resets == 2


def test_while_it_recovers_it_leaves_the_bus_to_the_background(bench: Bench) -> None:
    bench.run(0.1)
    bench.chip.brown_out()
    bench.tick()
    before = bench.bus.transactions
    for _ in range(20):
        assert bench.imu.poll() is None
    assert bench.bus.transactions == before


def test_garbage_out_of_the_chips_temperature_range_is_no_reading(bench: Bench) -> None:
    bench.motion = (*bench.motion[:6], 90.0)
    assert bench.tick() is None
    assert bench.imu.errors == 1


def test_a_short_reply_and_a_closed_bus_are_no_reading(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as short:
        short.setattr(bench.bus, "read_i2c_block_data", lambda *_: [1, 2, 3])
        assert bench.imu.poll() is None
    bench.bus.close()
    assert bench.run(0.5) == [None] * 100
    assert "fileno" in bench.problem


def test_close_is_idempotent_and_leaves_the_bus_open(bench: Bench) -> None:
    bench.imu.close()
    bench.imu.close()
    assert bench.imu.poll() is None
    assert "closed" in bench.problem
    assert bench.bus.read_byte_data(ADDRESS, 0x75) == 0x68


def test_two_chips_share_one_bus() -> None:
    clock = VirtualClock(100.0)
    steps = count()
    shank = Mpu6050Chip(lambda: (0.0, 9.8, 0.0, 0.0, 0.0, float(next(steps)), 30.0))
    foot = Mpu6050Chip(lambda: (9.8, 0.0, 0.0, 0.0, 0.0, float(next(steps)), 30.0))
    bus = SimulatedBus({0x68: shank, 0x69: foot})
    other = ImuSettings(kind="imu", id="foot", side="left", placement="foot", i2c_address=0x69)
    imus = [Mpu6050(s, bus, clock, FROZEN_S, VirtualBackground(clock)) for s in (SETTINGS, other)]
    for imu in imus:
        imu.open()
    shank.sample()
    foot.sample()
    first, second = (imu.poll() for imu in imus)
    assert first is not None
    assert second is not None
    assert first.values[1] == second.values[0] == pytest.approx(9.8, abs=0.01)


FAULTS = st.sampled_from(["nack", "time_out", "corrupt", "freeze", "brown out", "hang", "heal", "nothing"])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(FAULTS, st.floats(0.005, 0.3)), max_size=12))
def test_no_sequence_of_faults_raises_blocks_or_prevents_recovery(steps: list[tuple[str, float]]) -> None:
    bench = Bench()
    bench.imu.open()
    for fault, seconds in steps:
        if fault == "heal":
            bench.bus.heal()
        elif fault == "brown out":
            bench.chip.brown_out()
        elif fault == "hang":
            bench.chip.freeze()
        elif fault != "nothing":
            getattr(bench.bus, fault)(ADDRESS)
        for _ in range(round(seconds / TICK_S)):
            asked_s = bench.clock.now()
            reading = bench.tick()
            # One time-out of the poll and, on virtual time, those of the background.
            assert bench.clock.now() - asked_s <= TICK_S + 0.0201
            assert reading is None or all(-inf < v < inf for v in reading.values)
    bench.bus.heal()
    bench.run(1.5)
    assert bench.tick() is not None
    assert bench.problem == ""
