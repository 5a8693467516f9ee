"""What the options of the command line may be, where several commands or the help need it."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dorsiflex.patient_check import KINDS
from simulator.patients import PATIENTS


class Speed(StrEnum):
    """How fast simulated time runs."""

    REAL = "1"
    MAX = "max"


class Sensors(StrEnum):
    """Which sensors of a recording are used."""

    HEEL = "heel"
    IMU = "imu"
    BOTH = "both"


class Placement(StrEnum):
    """Segment that the IMU of a recording sits on."""

    SHANK = "shank"
    FOOT = "foot"


class MediolateralAxis(StrEnum):
    """Axis of the recorded IMU about which the leg swings, with the sign that makes the rate positive in swing."""

    PLUS_X = "+x"
    MINUS_X = "-x"
    PLUS_Y = "+y"
    MINUS_Y = "-y"
    PLUS_Z = "+z"
    MINUS_Z = "-z"


def known_patient(patient: str | None) -> str | None:
    """The kind of person, as it was given. Raises BadParameter when there is none such."""
    if patient is not None and patient not in PATIENTS:
        raise typer.BadParameter(f"{patient} is no kind of simulated person: there are {KINDS}")
    return patient


def known_patients(patients: list[str] | None) -> list[str] | None:
    """The kinds of people, as they were given. Raises BadParameter when one is not known."""
    for patient in patients or ():
        known_patient(patient)
    return patients


COHORT_KINDS = ("slap", "classic", "drag", "stroke")
"""The kinds for which stimulation of the dorsiflexors is meant first of all."""

ConfigFile = Annotated[Path | None, typer.Option("--config", help="Settings file (TOML); without it the default ones.")]

Patients = Annotated[
    list[str] | None,
    typer.Option(
        help=f"Kind of person, repeated for several: {KINDS}; by default {', '.join(COHORT_KINDS)}.",
        metavar="PATIENT",
        callback=known_patients,
    ),
]
