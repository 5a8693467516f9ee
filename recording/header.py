"""The header of a black box: what was recorded, with which settings, by which software."""

import platform
import struct
from pathlib import Path
from typing import NamedTuple

import msgpack  # type: ignore[import-untyped]

from config.schema import Settings
from recording.codec import settings_from_json
from recording.errors import RecordingError
from recording.untrusted import TEXT_ERRORS, array, text, texts, unpacked

FORMAT_VERSION = 1

_VERSION = struct.Struct("<H")


class SensorLabel(NamedTuple):
    """What a reader of the file needs to know of a sensor."""

    id: str
    kind: str
    side: str
    placement: str


class Header(NamedTuple):
    """What was recorded: settings as JSON text, hash of all settings and of the safety set, versions, start label.

    `started` is a label for people (wall time, as text); no time in the file is reckoned from it.
    """

    settings: str
    settings_hash: str
    safety_hash: str
    sides: tuple[str, ...]
    sensors: tuple[SensorLabel, ...]
    software_version: str
    python_version: str
    started: str

    def read_settings(self) -> Settings:
        """The settings at the start. Raises RecordingError when they do not fit this version of Dorsiflex."""
        return settings_from_json(self.settings)


def make_header(
    settings: Settings, *, software_version: str, started: str, settings_hash: str, safety_hash: str
) -> Header:
    """The header of a recording that begins with `settings`."""
    return Header(
        settings=settings.model_dump_json(),
        settings_hash=settings_hash,
        safety_hash=safety_hash,
        sides=tuple(leg.side for leg in settings.leg),
        sensors=tuple(SensorLabel(one.id, one.kind, one.side, one.placement) for one in settings.sensor),
        software_version=software_version,
        python_version=platform.python_version(),
        started=started,
    )


def pack_header(header: Header) -> bytes:
    """The header as the payload of a frame: the version of the format, then msgpack."""
    packed: bytes = msgpack.packb(header, unicode_errors=TEXT_ERRORS)
    return _VERSION.pack(FORMAT_VERSION) + packed


def unpack_header(payload: bytes, path: Path) -> Header:
    """The header that `pack_header` packed. Raises RecordingError for another version and for nonsense."""
    if len(payload) < _VERSION.size:
        raise RecordingError(f"the header of {path} is empty: it cannot be replayed")
    (version,) = _VERSION.unpack_from(payload)
    if version != FORMAT_VERSION:
        raise RecordingError(
            f"{path} is a black box of format {version}, this version of Dorsiflex reads format {FORMAT_VERSION}: "
            "read it with the version that recorded it"
        )
    try:
        settings, all_hash, safety_hash, sides, sensors, software, python, started = array(
            unpacked(payload[_VERSION.size :])
        )
        return Header(
            text(settings),
            text(all_hash),
            text(safety_hash),
            texts(sides),
            tuple([SensorLabel(*texts(sensor)) for sensor in array(sensors)]),
            text(software),
            text(python),
            text(started),
        )
    except (ValueError, TypeError) as problem:
        raise RecordingError(f"the header of {path} is none of format {FORMAT_VERSION}: {problem}") from problem
