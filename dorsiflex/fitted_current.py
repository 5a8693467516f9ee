"""The current of the settings, or one fitted to the simulated person before the walk, within the settings' caps."""

from typing import NamedTuple

from config.limits import HARD_MAX_RMS_DENSITY_MA_CM2
from config.problems import ConfigError, Problem
from config.schema import ChannelSettings, Settings, Side
from config.section import TIE
from simulator.fitting import MOST_BURSTS, STEP_MA, Fit, fit_current
from simulator.patients import Patient
from simulator.person import LIFTING_CHANNEL
from simulator.seated_foot import SeatedFoot


class FittedChannel(NamedTuple):
    """One channel that was fitted, up to `most_ma`, and what was found."""

    side: Side
    channel: str
    most_ma: float
    fit: Fit


def fit_person(settings: Settings, patient: Patient) -> tuple[Settings, tuple[FittedChannel, ...]]:
    """The settings with the current of every channel that lifts the foot fitted to this person; and what was found.

    Raises ConfigError when there is no such channel.
    """
    check_fittable(settings)
    data = settings.model_dump()
    fitted: list[FittedChannel] = []
    for i, leg in enumerate(settings.leg):
        for j, channel in enumerate(leg.channel):
            if not _can_be_fitted(settings, channel):
                continue
            most_ma = largest_current_ma(settings, channel)
            foot = SeatedFoot(patient, settings.simulation.mass_kg)
            fit = fit_current(foot, channel.pulse_width_us, channel.rate_hz, most_ma)
            data["leg"][i]["channel"][j]["current_ma"] = fit.current_ma
            fitted.append(FittedChannel(leg.side, channel.id, most_ma, fit))
    return Settings.model_validate(data), tuple(fitted)


def check_fittable(settings: Settings) -> None:
    """Raises ConfigError unless every leg has a channel whose current can be fitted.

    The current of a trigger device is set on the device.
    """
    for leg in settings.leg:
        if not any(_can_be_fitted(settings, channel) for channel in leg.channel):
            text = (
                f"nothing to fit on the {leg.side} leg: that needs a channel with {LIFTING_CHANNEL} in its id, "
                "a pulse stimulator and a cap above 0 mA"
            )
            raise ConfigError((Problem("--fit", None, "leg.channel", text),))


def _can_be_fitted(settings: Settings, channel: ChannelSettings) -> bool:
    triggers = {device.id for device in settings.stimulator if device.kind == "trigger"}
    lifts = LIFTING_CHANNEL in channel.id and channel.stimulator not in triggers
    return lifts and largest_current_ma(settings, channel) > 0.0


def largest_current_ma(settings: Settings, channel: ChannelSettings) -> float:
    """What all caps of the settings leave, mA, in whole steps of the fitting: current, charge, density, rise."""
    width_us = channel.pulse_width_us
    most_ma = min(
        channel.max_current_ma,
        1000.0 * channel.max_charge_uc / width_us,
        (HARD_MAX_RMS_DENSITY_MA_CM2 - TIE) / channel.highest_density_ma_cm2(1.0),
        settings.gate.max_rise_ma_per_s * settings.stimulation.rise_s,
        MOST_BURSTS * STEP_MA,
    )
    return STEP_MA * int(most_ma / STEP_MA + 1e-9)
