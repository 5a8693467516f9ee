"""The version of the installed distribution, and of the code on which a person's safety rests."""

import hashlib
from functools import cache
from importlib import metadata, resources

SAFETY_CODE = ("config", "controller", "drivers", "recording", "runtime")
"""What settles, decides, drives, records and guards; the rest shows and simulates."""
PUT_TOGETHER = ("assemble.py", "live_run.py", "run_command.py", "stage_evidence.py", "stage_ledger.py", "stages.py")
"""What of this package puts them together, and says what was shown."""

SHOWN_DIGITS = 12


def version() -> str:
    """Version of Dorsiflex, as `0.1.0`."""
    return metadata.version("dorsiflex")


@cache
def software() -> str:
    """Version and a digest of the safety code as it lies on the disk, `0.1.0+3f2a9c01d4e8`; 0 if not installed."""
    digest = hashlib.sha256()
    for package in (*SAFETY_CODE, __package__):
        for file in sorted(resources.files(package).iterdir(), key=lambda one: one.name):
            if file.name in PUT_TOGETHER if package == __package__ else file.name.endswith(".py"):
                code = file.read_bytes()
                digest.update(f"{package}/{file.name} {len(code)}\n".encode())
                digest.update(code)
    try:
        number = version()
    except metadata.PackageNotFoundError:
        number = "0"
    return f"{number}+{digest.hexdigest()[:SHOWN_DIGITS]}"
