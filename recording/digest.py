"""One hash over what a controller decided, the same on every machine and Python version."""

from hashlib import sha256
from math import isfinite, isnan

import msgpack  # type: ignore[import-untyped]

from controller.signals import LegTick, Pulses, StimulationCommand, Tick
from recording.untrusted import TEXT_ERRORS

_PER_S = 1e4
_PER_DEG = 1e2
_PER_MA = 1e2
_PER_US = 1e1
_PER_HZ = 1e2
_PER_NM = 1e2
_PER_NM_DEG = 1e3
_PER_LEVEL = 1e4

_LARGEST = 2**62


class TickDigest:
    """SHA-256 over the decisions of the ticks that it is shown, rounded beyond what machines disagree about.

    Rounded to 0.1 ms, 0.01 deg and deg/s, 0.01 mA, 0.1 µs, 0.01 Hz, 0.01 N m, 0.001 N m/deg; level to 0.0001. Inputs
    and notes are left out, the order of devices and sensors does not count. Two machines can still differ by a value
    that lies within their rounding error of the middle between two steps.
    """

    def __init__(self) -> None:
        self._hash = sha256()

    def add(self, tick: Tick) -> None:
        """Take in the next tick."""
        decided = (
            int(tick.state),
            str(tick.mode),
            tick.faults,
            [_leg(leg) for leg in tick.legs],
            [(device, _command(tick.asked[device])) for device in sorted(tick.asked)],
            [(device, _command(tick.allowed[device])) for device in sorted(tick.allowed)],
            tick.reductions,
        )
        self._hash.update(msgpack.packb(decided, unicode_errors=TEXT_ERRORS))

    def hexdigest(self) -> str:
        """The hash of all ticks so far, 64 hexadecimal digits."""
        return self._hash.hexdigest()


def _leg(leg: LegTick) -> tuple[object, ...]:
    return (
        leg.side,
        int(leg.contact),
        int(leg.phase),
        [
            (sensor, _steps(tilt.pitch_deg, _PER_DEG), _steps(tilt.rate_deg_s, _PER_DEG), tilt.known)
            for sensor, tilt in sorted(leg.tilt.items())
        ],
        [
            (str(one.kind), _steps(one.t_s, _PER_S), _steps(one.decided_s, _PER_S), str(one.certainty), one.source)
            for one in leg.events
        ],
        leg.lead,
        int(leg.stage),
        _steps(leg.level, _PER_LEVEL),
        leg.softened,
        _steps(leg.orthosis.angle_deg, _PER_DEG),
        _steps(leg.orthosis.stiffness_nm_per_deg, _PER_NM_DEG),
        _steps(leg.orthosis.torque_limit_nm, _PER_NM),
    )


def _command(command: StimulationCommand) -> tuple[object, ...]:
    if not isinstance(command, Pulses):
        return "contact", command.channel, command.stimulate
    trains = [
        (
            train.channel,
            train.output,
            _steps(train.current_ma, _PER_MA),
            _steps(train.pulse_width_us, _PER_US),
            _steps(train.rate_hz, _PER_HZ),
            train.due,
        )
        for train in command.trains
    ]
    return "pulses", trains


def _steps(value: float, per_unit: float) -> int | str:
    """The value in whole steps, or a word for what has no number of steps."""
    scaled = value * per_unit
    if isfinite(scaled) and -_LARGEST < scaled < _LARGEST:
        return round(scaled)
    return "nan" if isnan(scaled) else "huge" if scaled > 0.0 else "-huge"
