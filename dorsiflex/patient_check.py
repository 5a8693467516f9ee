"""Whether the simulator knows the kind of person that is asked for; the config room knows no simulator."""

from config.load import Document
from config.problems import ConfigError, Problem
from simulator.patients import PATIENTS

KINDS = ", ".join(PATIENTS)


def check_patient(document: Document) -> None:
    """Raises ConfigError when the config names a person whom the simulator has not."""
    patient = document.settings.simulation.patient
    if patient not in PATIENTS:
        line = document.lines.get(("simulation", "patient"))
        text = f"{patient} is no kind of simulated person: there are {KINDS}"
        raise ConfigError((Problem(document.name, line, "simulation.patient", text),))
