"""The version of the installed distribution."""

from importlib import metadata


def version() -> str:
    """Version of Dorsiflex, as `0.1.0`."""
    return metadata.version("dorsiflex")
