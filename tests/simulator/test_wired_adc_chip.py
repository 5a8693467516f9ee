"""The virtual ADS1115 at register level and its bus, without the driver."""

import pytest

from simulator.wired.ads1115 import Ads1115Chip
from simulator.wired.i2c import SimulatedBus

INPUTS = (0.5, 1.0, 2.0, 3.0)


def chip_and_bus() -> tuple[Ads1115Chip, SimulatedBus]:
    chip = Ads1115Chip(lambda adc_input: INPUTS[adc_input])
    return chip, SimulatedBus({0x48: chip})


def conversion(bus: SimulatedBus) -> int:
    return int.from_bytes(bytes(bus.read_i2c_block_data(0x48, 0x00, 2)), "big", signed=True)


def test_after_power_on_it_is_idle_and_converts_nothing() -> None:
    chip, bus = chip_and_bus()
    assert bus.read_i2c_block_data(0x48, 0x01, 2) == [0x85, 0x83]
    chip.sample()
    assert conversion(bus) == 0


@pytest.mark.parametrize("adc_input", [0, 1, 2, 3])
def test_continuous_conversion_of_each_input(adc_input: int) -> None:
    chip, bus = chip_and_bus()
    bus.write_i2c_block_data(0x48, 0x01, [0x42 + (adc_input << 4), 0xE3])
    assert conversion(bus) == 0
    chip.sample()
    assert conversion(bus) == round(INPUTS[adc_input] / 4.096 * 32768)
    assert bus.read_i2c_block_data(0x48, 0x01, 1)[0] < 0x80, "OS reads 0 while it converts"


def test_a_single_conversion_is_done_once() -> None:
    chip, bus = chip_and_bus()
    bus.write_i2c_block_data(0x48, 0x01, [0xC3, 0x83])
    assert bus.read_i2c_block_data(0x48, 0x01, 1)[0] < 0x80
    chip.sample()
    assert conversion(bus) == round(0.5 / 4.096 * 32768)
    assert bus.read_i2c_block_data(0x48, 0x01, 1)[0] >= 0x80
    bus.write_i2c_block_data(0x48, 0x01, [0x53, 0x83])
    chip.sample()
    assert conversion(bus) == round(0.5 / 4.096 * 32768), "without OS nothing starts"


def test_a_difference_has_a_sign_and_full_scale_clips() -> None:
    chip, bus = chip_and_bus()
    bus.write_i2c_block_data(0x48, 0x01, [0x02, 0xE3])
    chip.sample()
    assert conversion(bus) == -round(0.5 / 4.096 * 32768)
    bus.write_i2c_block_data(0x48, 0x01, [0x76, 0xE3])
    chip.sample()
    assert conversion(bus) == 32767


def test_a_brown_out_puts_everything_back_and_a_hang_repeats() -> None:
    chip, bus = chip_and_bus()
    bus.write_i2c_block_data(0x48, 0x01, [0x42, 0xE3])
    chip.sample()
    chip.brown_out()
    chip.sample()
    assert (conversion(bus), bus.read_i2c_block_data(0x48, 0x01, 2)) == (0, [0x85, 0x83])
    bus.write_i2c_block_data(0x48, 0x01, [0x42, 0xE3])
    chip.freeze()
    chip.sample()
    assert conversion(bus) == 0


def test_half_a_register_and_the_conversion_cannot_be_written() -> None:
    chip, bus = chip_and_bus()
    bus.write_byte_data(0x48, 0x01, 0x42)
    bus.write_i2c_block_data(0x48, 0x01, [0x42])
    bus.write_i2c_block_data(0x48, 0x00, [0x12, 0x34])
    assert chip.registers[:2] == [0, 0x8583]
    with pytest.raises(ValueError, match="1 to 32 bytes"):
        bus.write_i2c_block_data(0x48, 0x01, [])
