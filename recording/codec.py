"""A Tick as bytes and back: msgpack of the records as they are.

NamedTuples become arrays in the order of their fields, enums their value, floats their eight bytes (NaN, infinities
and -0.0 included), settings their JSON text. The one addition: a stimulation command is `[tag, fields]`, so that
`Pulses` and `Contact` cannot be mistaken for each other.
"""

from collections.abc import Iterable, Mapping

import msgpack  # type: ignore[import-untyped]
from pydantic import ValidationError

from config.schema import Settings, Side
from controller.signals import (
    ArmingState,
    BurstStage,
    Certainty,
    CommandKind,
    Contact,
    DeviceStatus,
    Event,
    EventKind,
    HeelContact,
    Inputs,
    LegTick,
    LoopStatus,
    Mode,
    OperatorCommand,
    OrthosisCommand,
    Phase,
    Pulses,
    PulseTrain,
    Reading,
    Reduction,
    Source,
    StimulationCommand,
    Tick,
    Tilt,
)
from recording.errors import RecordingError
from recording.untrusted import TEXT_ERRORS, array, integer, items, number, text, texts, truth, unpacked

PULSES = 0
CONTACT = 1

_HEEL_CONTACTS = {member.value: member for member in HeelContact}
_PHASES = {member.value: member for member in Phase}
_EVENT_KINDS = {member.value: member for member in EventKind}
_CERTAINTIES = {member.value: member for member in Certainty}
_MODES = {member.value: member for member in Mode}
_ARMING_STATES = {member.value: member for member in ArmingState}
_BURST_STAGES = {member.value: member for member in BurstStage}
_COMMAND_KINDS = {member.value: member for member in CommandKind}
_SOURCES = {member.value: member for member in Source}
_SIDES: dict[str, Side] = {"left": "left", "right": "right"}


def _settings_as_json(value: object) -> str:
    if isinstance(value, Settings):
        return value.model_dump_json()
    raise TypeError(f"it holds a {type(value).__name__}")


_packer = msgpack.Packer(default=_settings_as_json, unicode_errors=TEXT_ERRORS, buf_size=65536)


def pack_tick(tick: Tick) -> bytes:
    """The tick as bytes; equal ticks on one machine and Python version give equal bytes.

    Raises RecordingError for what no record can hold: an integer beyond 64 bits, or a value of a foreign type. Lists
    of over 4096 items are not read back.
    """
    inputs, state, mode, faults, notes, legs, asked, allowed, reductions = tick
    return _packed((inputs, state, mode, faults, notes, legs, _tagged(asked), _tagged(allowed), reductions))


def pack_inputs(inputs: Inputs) -> bytes:
    """The inputs as they are within a packed tick, behind its first byte. Raises RecordingError as `pack_tick`."""
    return _packed(inputs)


def pack_decisions(ticks: Iterable[Tick]) -> bytes:
    """What stands behind the inputs in these packed ticks, one behind the other. Raises RecordingError likewise."""
    row: list[object] = []
    for _, state, mode, faults, notes, legs, asked, allowed, reductions in ticks:
        row += (state, mode, faults, notes, legs, _tagged(asked), _tagged(allowed), reductions)
    return _packed(row)[len(_packer.pack_array_header(len(row))) :]


def _packed(value: object) -> bytes:
    try:
        packed: bytes = _packer.pack(value)
    except (TypeError, ValueError, OverflowError) as problem:
        raise RecordingError(f"this tick cannot be recorded: {problem}") from problem
    return packed


def unpack_tick(data: bytes) -> Tick:
    """The tick that `pack_tick` packed, every value of its own type.

    Any byte string gives a Tick or raises RecordingError, and none makes it allocate more than about 40 MB.
    """
    try:
        return _tick(unpacked(data))
    except (ValueError, TypeError, KeyError, OverflowError) as problem:
        raise RecordingError(f"these bytes are no tick: {type(problem).__name__}: {_first_line(problem)}") from problem


def settings_from_json(json_text: str) -> Settings:
    """The settings that were written as JSON text. Raises RecordingError when they do not fit this version."""
    try:
        return Settings.model_validate_json(json_text)
    except ValidationError as problem:
        raise RecordingError(
            f"the recorded settings do not fit this version of Dorsiflex: {_first_line(problem)}: "
            "read them with the version that recorded them"
        ) from problem


def _first_line(problem: Exception) -> str:
    if isinstance(problem, ValidationError):
        first = problem.errors(include_url=False, include_input=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return str(problem).partition("\n")[0]


def _tagged(commands: Mapping[str, StimulationCommand]) -> dict[str, tuple[int, StimulationCommand]]:
    return {device: (PULSES if type(command) is Pulses else CONTACT, command) for device, command in commands.items()}


def _tick(fields: object) -> Tick:
    inputs, state, mode, faults, notes, legs, asked, allowed, reductions = array(fields)
    return Tick(
        _inputs(inputs),
        _ARMING_STATES[state],
        _MODES[mode],
        texts(faults),
        texts(notes),
        tuple([_leg(leg) for leg in array(legs)]),
        {text(device): _command(command) for device, command in items(asked)},
        {text(device): _command(command) for device, command in items(allowed)},
        tuple([_reduction(reduction) for reduction in array(reductions)]),
    )


def _inputs(fields: object) -> Inputs:
    t_s, readings, commands, devices, loop, settings = array(fields)
    return Inputs(
        number(t_s),
        {text(sensor): _reading(reading) for sensor, reading in items(readings)},
        tuple([_operator_command(command) for command in array(commands)]),
        {text(device): _device_status(status) for device, status in items(devices)},
        _loop_status(loop),
        None if settings is None else Settings.model_validate_json(text(settings)),
    )


def _reading(fields: object) -> Reading:
    t_s, values = array(fields)
    for value in array(values):
        number(value)
    return Reading(number(t_s), values)


def _operator_command(fields: object) -> OperatorCommand:
    kind, source, argument = array(fields)
    return OperatorCommand(_COMMAND_KINDS[kind], _SOURCES[source], text(argument))


def _device_status(fields: object) -> DeviceStatus:
    t_s, problem = array(fields)
    return DeviceStatus(number(t_s), text(problem))


def _loop_status(fields: object) -> LoopStatus:
    tick, late_s, skipped, *problems = array(fields)
    recorder_problem, exception, guard_problem = map(text, problems)
    return LoopStatus(integer(tick), number(late_s), integer(skipped), recorder_problem, exception, guard_problem)


def _leg(fields: object) -> LegTick:
    side, contact, tilt, phase, events, lead, stage, level, softened, orthosis = array(fields)
    return LegTick(
        _SIDES[side],
        _HEEL_CONTACTS[contact],
        {text(sensor): _tilt(one) for sensor, one in items(tilt)},
        _PHASES[phase],
        tuple([_event(event) for event in array(events)]),
        text(lead),
        _BURST_STAGES[stage],
        number(level),
        truth(softened),
        _orthosis(orthosis),
    )


def _tilt(fields: object) -> Tilt:
    pitch_deg, rate_deg_s, known = array(fields)
    return Tilt(number(pitch_deg), number(rate_deg_s), truth(known))


def _event(fields: object) -> Event:
    kind, t_s, decided_s, certainty, source = array(fields)
    return Event(_EVENT_KINDS[kind], number(t_s), number(decided_s), _CERTAINTIES[certainty], text(source))


def _orthosis(fields: object) -> OrthosisCommand:
    angle_deg, stiffness_nm_per_deg, torque_limit_nm = array(fields)
    return OrthosisCommand(number(angle_deg), number(stiffness_nm_per_deg), number(torque_limit_nm))


def _command(fields: object) -> StimulationCommand:
    tag, command = array(fields)
    if tag == PULSES:
        (trains,) = array(command)
        return Pulses(tuple([_train(train) for train in array(trains)]))
    if tag == CONTACT:
        channel, stimulate = array(command)
        return Contact(text(channel), truth(stimulate))
    raise ValueError("an unknown kind of stimulation command")


def _train(fields: object) -> PulseTrain:
    channel, output, current_ma, pulse_width_us, rate_hz, due = array(fields)
    return PulseTrain(
        text(channel),
        integer(output),
        number(current_ma),
        number(pulse_width_us),
        number(rate_hz),
        truth(due),
    )


def _reduction(fields: object) -> Reduction:
    channel, reason = array(fields)
    return Reduction(text(channel), text(reason))
