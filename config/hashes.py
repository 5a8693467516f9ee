"""Fingerprints of the settings: of all, of those on which a person's safety rests, and of what a stage proves."""

import hashlib
import json

from config.schema import Settings

SAFETY_SET: tuple[tuple[str, ...], ...] = (
    ("hardware",),
    ("leg",),
    ("sensor",),
    ("stimulator",),
    ("gate",),
    ("stimulation", "longest_burst_s"),
    ("guard",),
    ("faults",),
    ("judgement",),
)
"""Caps, channels, electrodes, device, wiring, sensors, how long a loop may be silent or late, what a sensor has to do
to be believed, and what follows when it is not."""

TUNABLE = ("current_ma", "pulse_width_us", "rate_hz")
"""Of a channel: found with the person, under the caps. What a stage has proven of them is a range, not one value."""

SHOWN_DIGITS = 16
"""As much of a hash as people are shown."""


def settings_hash(settings: Settings) -> str:
    """SHA-256 over every setting, 64 hexadecimal digits; equal for equal settings, wherever they were written."""
    return _digest(settings.model_dump(mode="json"))


def safety_hash(settings: Settings) -> str:
    """SHA-256 over the safety set alone: a change of it needs a person who looks again."""
    data = settings.model_dump(mode="json")
    return _digest({".".join(path): _at(data, path) for path in SAFETY_SET})


def proof_hash(settings: Settings) -> str:
    """SHA-256 over what a stage of the bring-up proves: the safety set but for the values that a person tunes.

    The backend is no part of it, so that what was shown on the virtual bench counts for the same config on hardware.
    """
    data = settings.model_dump(mode="json")
    del data["hardware"]["backend"]
    for leg in data["leg"]:
        for channel in leg["channel"]:
            for name in TUNABLE:
                del channel[name]
    return _digest({".".join(path): _at(data, path) for path in SAFETY_SET})


def _at(data: object, path: tuple[str, ...]) -> object:
    for name in path:
        data = data[name] if isinstance(data, dict) else None
    return data


def _digest(data: object) -> str:
    text = json.dumps(_plain(data), sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _plain(data: object) -> object:
    """The same data with -0.0 as 0.0: they are equal, so their hashes are."""
    if isinstance(data, dict):
        return {key: _plain(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_plain(value) for value in data]
    return data + 0.0 if isinstance(data, float) else data
