"""The virtual MPU-6050 at register level and its bus, without the driver."""

import errno
from struct import unpack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.clock import VirtualClock
from simulator.wired.i2c import SimulatedBus
from simulator.wired.mpu6050 import Mpu6050Chip

STILL = (0.0, 9.80665, 0.0, 0.0, 0.0, 0.0, 36.53)


def burst(chip: Mpu6050Chip) -> tuple[int, ...]:
    chip.sample()
    return unpack(">7h", bytes(SimulatedBus({0x68: chip}).read_i2c_block_data(0x68, 0x3B, 14)))


def awake(values: tuple[float, ...] = STILL) -> Mpu6050Chip:
    chip = Mpu6050Chip(lambda: values)
    chip.write(0x6B, 0x01)
    return chip


def test_after_power_on_it_sleeps_and_its_data_are_zero() -> None:
    chip = Mpu6050Chip(lambda: STILL)
    assert chip.read(0x6B, 1) == [0x40]
    assert chip.read(0x75, 1) == [0x68]
    assert burst(chip) == (0,) * 7
    chip.write(0x6B, 0x01)
    assert burst(chip) == (0, 16384, 0, 0, 0, 0, 0)


def test_the_data_sheet_scale_of_every_range() -> None:
    for index, (acc, gyro) in enumerate(((16384, 131.0), (8192, 65.5), (4096, 32.8), (2048, 16.4))):
        chip = awake((-9.80665, 0.0, 0.0, 100.0, 0.0, -100.0, 0.0))
        chip.write(0x1C, index << 3)
        chip.write(0x1B, index << 3)
        assert burst(chip) == (-acc, 0, 0, round(-36.53 * 340), round(100 * gyro), 0, round(-100 * gyro))


def test_full_scale_clips() -> None:
    assert burst(awake((1e6, -1e6, 0.0, 1e6, -1e6, 0.0, 36.53)))[:2] == (32767, -32768)


def test_reads_see_the_last_sample_only() -> None:
    chip = awake()
    assert chip.read(0x3B, 14) == [0] * 14
    chip.sample()
    assert chip.read(0x3D, 2) == [0x40, 0x00]


def test_a_brown_out_and_a_reset_put_everything_back() -> None:
    for reset in (Mpu6050Chip.brown_out, lambda chip: chip.write(0x6B, 0x80)):
        chip = awake()
        chip.write(0x1B, 0x18)
        chip.sample()
        reset(chip)
        assert chip.read(0x6B, 1) == [0x40]
        assert chip.read(0x1B, 1) == [0x00]
        assert burst(chip) == (0,) * 7


def test_with_a_clock_a_reset_takes_its_time() -> None:
    clock = VirtualClock(100.0)
    chip = Mpu6050Chip(lambda: STILL, clock=clock)
    chip.write(0x6B, 0x80)
    clock.advance(0.05)
    chip.write(0x6B, 0x01)
    assert chip.read(0x6B, 1) == [0x40]
    clock.advance(0.05)
    chip.write(0x6B, 0x01)
    assert chip.read(0x6B, 1) == [0x01]


def test_data_and_identity_cannot_be_written() -> None:
    chip = awake()
    for register in (0x3A, 0x3B, 0x48, 0x75):
        before = chip.read(register, 1)
        chip.write(register, 0x55)
        assert chip.read(register, 1) == before


@given(st.lists(st.tuples(st.integers(0, 255), st.integers(0, 255)), max_size=30))
def test_it_takes_any_write(writes: list[tuple[int, int]]) -> None:
    chip = awake()
    for register, value in writes:
        chip.write(register, value)
        chip.sample()
    assert all(0 <= byte <= 255 for byte in chip.read(0, 128))


def test_a_missing_address_is_eremoteio() -> None:
    with pytest.raises(OSError, match="Remote I/O") as caught:
        SimulatedBus({}).read_byte_data(0x68, 0x75)
    assert caught.value.errno == errno.EREMOTEIO == 121


def test_faults_end_after_their_times_or_when_healed() -> None:
    held: list[float] = []
    bus = SimulatedBus({0x68: awake()}, hold=held.append)
    bus.nack(0x68, times=2)
    for _ in range(2):
        with pytest.raises(OSError, match="Remote"):
            bus.write_byte_data(0x68, 0x1A, 1)
    bus.write_byte_data(0x68, 0x1A, 1)
    bus.time_out(0x68)
    for _ in range(3):
        with pytest.raises(OSError, match="timed out") as caught:
            bus.read_byte_data(0x68, 0x1A)
        assert caught.value.errno == errno.ETIMEDOUT
    assert held == [0.01] * 3
    bus.heal()
    assert bus.read_byte_data(0x68, 0x1A) == 1


def test_corrupt_and_frozen_replies() -> None:
    values = iter(range(1, 100))
    chip = Mpu6050Chip(lambda: (0.0, float(next(values)), 0.0, 0.0, 0.0, 0.0, 36.53))
    chip.write(0x6B, 0x01)
    bus = SimulatedBus({0x68: chip})

    def read() -> list[int]:
        chip.sample()
        return bus.read_i2c_block_data(0x68, 0x3B, 14)

    first = read()
    bus.freeze(0x68)
    assert read() == first == read()
    bus.heal()
    second = read()
    assert second != first
    bus.corrupt(0x68, times=1)
    assert read()[:2] != [0, 0]
    assert read()[:2] == [0, 0]


def test_a_closed_bus_fails_as_smbus2_does() -> None:
    with SimulatedBus({0x68: awake()}) as bus:
        assert bus.read_byte_data(0x68, 0x75) == 0x68
    with pytest.raises(TypeError):
        bus.read_byte_data(0x68, 0x75)


def test_a_block_has_at_most_32_bytes() -> None:
    with pytest.raises(ValueError, match="1 to 32"):
        SimulatedBus({0x68: awake()}).read_i2c_block_data(0x68, 0, 33)
