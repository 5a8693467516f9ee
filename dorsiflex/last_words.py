"""What the guard is to do when the loop fails, of the devices as they are now: ports, stop frames, pins."""

from config.schema import P24Settings, Rehastim2Settings, Settings, StimulatorSettings, TriggerSettings
from drivers import p24, rehastim2
from drivers.p24_frames import Command as P24Command
from drivers.p24_frames import Packet as P24Packet
from drivers.p24_frames import encode as p24_frame
from drivers.rehastim2_frames import Command as RehastimCommand
from drivers.rehastim2_frames import Packet as RehastimPacket
from drivers.rehastim2_frames import encode as rehastim2_frame
from drivers.serial_line import LineSettings
from runtime.gpio_line import Pin
from runtime.guard_plan import Plan, SerialFarewell
from runtime.loop import Parts


def guard_plan(settings: Settings, parts: Parts, chip: str) -> Plan:
    """The plan for these parts. `chip`: device file of the GPIO chip; empty on the bench, whose pins are no pins.

    A device of the bench that lives in the loop's own process ends with it and has no part in the plan.
    """
    farewells: list[SerialFarewell] = []
    for device in settings.stimulator:
        driver = parts.stimulators[device.id]
        if isinstance(driver, p24.P24 | rehastim2.Rehastim2):
            line: LineSettings = p24.LINE if isinstance(driver, p24.P24) else rehastim2.LINE
            farewells.append(
                SerialFarewell(
                    driver.link.name, driver.link.where, line.baud, line.parity == "E", last_frames(device).hex()
                )
            )
    triggers = [device for device in settings.stimulator if isinstance(device, TriggerSettings)] if chip else []
    enables = [(device.id, device.enable_pin) for device in triggers if device.enable_pin is not None]
    return Plan(
        tuple(farewells),
        tuple([Pin(chip, pin, f"enable of {name}") for name, pin in enables]),
        tuple([Pin(chip, device.pin, f"trigger of {device.id}") for device in triggers]),
    )


def last_frames(device: StimulatorSettings) -> bytes:
    """What ends all output of a serial stimulator, whatever it was told before; empty for one without a line.

    P24: both levels, whichever it is in; that also switches its high voltage off. RehaStim2: the channel list.
    """
    if isinstance(device, P24Settings):
        first, then = P24Command.ML_STOP, P24Command.LL_STOP
        if device.mode == "low":
            first, then = then, first
        return p24_frame(P24Packet(0, first)) + p24_frame(P24Packet(1, then))
    if isinstance(device, Rehastim2Settings):
        return rehastim2_frame(RehastimPacket(0, RehastimCommand.STOP_CHANNEL_LIST))
    return b""
