"""Draws a walk of the campaign: who, doing what, with which device and sensors, and what breaks when."""

from collections.abc import Sequence
from math import inf
from random import Random
from typing import Literal, NamedTuple

from config.load import default_settings
from config.schema import HeelSwitchSettings, Settings
from simulator.faults.kinds import KINDS, Kind
from simulator.faults.plan import PlannedFault
from simulator.patients import PATIENTS

SECONDS = 62.0
"""At least 60 s, as the goal asks, and the person stands in the end."""
WALKS_A_PERSON = 4
"""So many walks, one after another, are of one person with one device, and share the walk without a fault."""
LEAST_STRIDES, AFTER_S = 5, 12.0
"""Walked before a fault begins, and left to live with it."""
SIDE: Literal["right"] = "right"

WALK = "walk"
"""The activity of the walking person; all others are scripts."""
DEVICES = ("bench", "direct", "trigger", "p24-low", "p24-mid", "rehastim2-one_shot", "rehastim2-continuous")
STEPPING = (
    "half_turn", "start_and_stop", "slow_gait", "stairs_up", "stairs_down", "ramp_up", "ramp_down", "obstacle",
    "uneven_ground", "carpet", "cane", "exaggerated_marching",
)  # fmt: skip
RESTING = ("weight_shift", "single_leg_stand", "sit_to_stand", "seated_marching", "leg_crossing", "vehicle")
_STICKS = ("heel.stuck_open", "heel.stuck_closed", "heel.wrong", "heel.slow", "heel.delayed", "heel.short")
_ORDER = {"link": 0, "process": 2}
_IMU = ("acc", "gyr", "imu", "bus")
_FLAT = ("imu.off", "imu.stuck", "imu.saturated")
"""An IMU of which nothing moves any more: what befalls one of its parts then may change nothing."""
LONGEST_STEP_S = 2.0
ANSWERED_S = 0.1
"""So long after initial contact a burst has begun to end, and its device been spoken to."""
_WALK_SHARE, _REST_SHARE, _TWO_SHARE, _TRANSIENT_SHARE, _FSR_SHARE = 0.65, 0.1, 0.25, 0.4, 0.25
_LASTS_S = (0.2, 10.0)
_SPEEDS_M_S = (0.5, 1.2)


class Person(NamedTuple):
    """Who does what with which device and sensors; walks of the same person share the walk without a fault."""

    kind: str
    seed: int
    activity: str
    speed_m_s: float
    device: str
    sensors: Literal["both", "heel", "imu"]
    wiring: Literal["plain", "supervised"]
    placement: Literal["shank", "foot"]
    heel: Literal["switch", "fsr"] = "switch"

    def __str__(self) -> str:
        does = f"{self.activity} at {self.speed_m_s:.2f} m/s" if self.activity == WALK else self.activity
        heel = "" if self.sensors == "imu" else f", heel {'FSR' if self.heel == 'fsr' else self.wiring}"
        imu = "" if self.sensors == "heel" else f", IMU on the {self.placement}"
        return f"{self.kind} {self.seed}, {does}, {self.device}, sensors {self.sensors}{heel}{imu}"


class DrawnFault(NamedTuple):
    """A fault by its name; when, as shares of the strides there are and of the stride; how long, s; its seed."""

    kind: str
    stride_share: float
    phase: float
    lasts_s: float
    seed: str


class Drawn(NamedTuple):
    """One walk of the campaign."""

    number: int
    person: Person
    faults: tuple[DrawnFault, ...]


def draw(seed: int, number: int) -> Drawn:
    """The walk of this number; the same for ever."""
    person = _draw_person(Random(f"{seed} person {number // WALKS_A_PERSON}"))
    random = Random(f"{seed} walk {number}")
    possible = [kind for kind in KINDS.values() if _possible(kind, person)]
    # Each channel is drawn as often as any other, or the many ways of an IMU would be nearly all.
    channels = sorted({kind.channel for kind in possible})
    chosen = random.sample(channels, 2 if random.random() < _TWO_SHARE else 1)
    faults = [_draw_fault(random, possible, channel, f"{seed} {number} {i}") for i, channel in enumerate(chosen)]
    if any(fault.kind in _FLAT for fault in faults) and all(KINDS[fault.kind].channel in _IMU for fault in faults):
        # Drawn apart, so that it changes no other walk.
        again = Random(f"{seed} walk {number} again")
        channel = again.choice([channel for channel in channels if channel not in _IMU])
        flat = next(fault for fault in faults if fault.kind in _FLAT)
        other = _draw_fault(again, possible, channel, f"{seed} {number} again")
        faults = [fault if fault is flat else other for fault in faults]
    return Drawn(number, person, tuple(faults))


def _draw_fault(random: Random, possible: Sequence[Kind], channel: str, seed: str) -> DrawnFault:
    kind = random.choice([kind for kind in possible if kind.channel == channel])
    transient = kind.lasts and random.random() < _TRANSIENT_SHARE
    lasts_s = random.uniform(*_LASTS_S) if transient else inf
    if transient and (kind.name in _STICKS or kind.name == "heel.intermittent" or kind.channel == "link"):
        # Shorter, it may be over before anything moves, breaks or is asked.
        lasts_s = max(lasts_s, 3.0)
    return DrawnFault(kind.name, random.random(), random.random(), lasts_s, seed)


def _draw_person(random: Random) -> Person:
    share = random.random()
    activity = WALK
    if share >= _WALK_SHARE:
        activity = random.choice(RESTING if share >= 1.0 - _REST_SHARE else STEPPING)
    sensors: Literal["both", "heel", "imu"] = "both"
    if random.random() < 0.3:
        sensors = random.choice(("heel", "imu"))
    wiring: Literal["plain", "supervised"] = random.choice(("plain", "supervised"))
    person = Person(
        kind=random.choice(tuple(PATIENTS)),
        seed=random.randrange(1, 10_000),
        activity=activity,
        speed_m_s=round(random.uniform(*_SPEEDS_M_S), 2),
        device=random.choice(DEVICES),
        sensors=sensors,
        # Plain heel-only triggering is for the bench: the config of a Pi refuses it.
        wiring="supervised" if sensors == "heel" else wiring,
        placement=random.choice(("shank", "shank", "foot")),
    )
    # Drawn last, so that it changes nobody else.
    if sensors != "imu" and random.random() < _FSR_SHARE:
        person = person._replace(heel="fsr", wiring="supervised")
    return person


def _possible(kind: Kind, person: Person) -> bool:
    direct = person.device == "direct"
    serial = person.device.startswith(("p24", "rehastim2"))
    heel, imu = person.sensors != "imu", person.sensors != "heel"
    if kind.name in _STICKS and person.activity in RESTING:
        # A contact that may not move all the time cannot be broken by holding it.
        return False
    if kind.name == "heel.bouncing" and person.heel == "fsr":
        # It has no contact.
        return False
    if kind.channel == "link" and person.device.startswith("rehastim2") and person.activity in RESTING:
        # This device is spoken to only while it stimulates.
        return False
    return {
        "": True,
        "heel": heel,
        "plain": heel and person.wiring == "plain",
        "wired heel": heel and not direct,
        "imu": imu,
        "wired imu": imu and not direct,
        "direct imu": imu and direct,
        "serial": serial,
        "no serial": not serial,
    }[kind.needs]


def settings_of(person: Person) -> Settings:
    """The settings that this person walks with. Raises ValueError (pydantic) when they contradict each other."""
    settings = default_settings()
    stimulator: dict[str, object] = {"kind": "bench"}
    if person.device == "trigger":
        stimulator = {"kind": "trigger", "pin": 22, "safe_contact": "open", "enable_pin": 23}
    elif person.device.startswith(("p24", "rehastim2")):
        kind, _, mode = person.device.partition("-")
        stimulator = {"kind": kind, "mode": mode}
    wanted = settings.model_dump()
    sensors: list[dict[str, object]] = []
    for sensor, values in zip(settings.sensor, wanted["sensor"], strict=True):
        if isinstance(sensor, HeelSwitchSettings):
            pin = 27 if person.wiring == "supervised" else None
            heel = {**values, "wiring": person.wiring, "pin_unloaded": pin}
            if person.heel == "fsr":
                heel = {"kind": "fsr", "id": sensor.id, "side": sensor.side}
            sensors += [heel] if person.sensors != "imu" else []
        elif person.sensors != "heel":
            sensors.append({**values, "placement": person.placement})
    wanted["sensor"] = sensors
    wanted["stimulator"] = [stimulator]
    wanted["leg"] = [{**wanted["leg"][0], "side": SIDE, "sensors": person.sensors}]
    wanted["simulation"] = {
        **wanted["simulation"], "patient": person.kind, "walking_speed_m_s": person.speed_m_s,
    }  # fmt: skip
    return Settings.model_validate(wanted)


def plan_faults(drawn: Drawn, contacts_s: Sequence[float]) -> tuple[PlannedFault, ...]:
    """When the faults begin: in a stride after the fifth, by the true initial contacts of the walk without a fault.

    Who takes no such strides meets them at any time between 15 s and the last moments that count. A device may be
    spoken to only while it stimulates, and a heel lifts only then: in a stride with a pause a fault of its line begins
    and lasts with the step, and one of the heel lasts into it.
    """
    planned: list[tuple[float, float]] = []
    strides = [
        (start_s, stop_s)
        for start_s, stop_s in zip(contacts_s[LEAST_STRIDES:], contacts_s[LEAST_STRIDES + 1 :], strict=False)
        if start_s < SECONDS - AFTER_S
    ]
    for fault in drawn.faults:
        if strides:
            start_s, stop_s = strides[int(fault.stride_share * len(strides))]
        else:
            first_s = 15.0
            start_s = stop_s = first_s + fault.stride_share * (SECONDS - AFTER_S - first_s)
        at_s = start_s + fault.phase * min(LONGEST_STEP_S, stop_s - start_s)
        if any(KINDS[one.kind].channel == "link" for one in drawn.faults):
            at_s = max(at_s, stop_s - LONGEST_STEP_S)
        planned.append((at_s, stop_s))
    # Nothing more can go wrong with a program that is dead, and nobody asks a device after another fault has latched.
    dying_last = sorted(drawn.faults, key=lambda fault: _ORDER.get(KINDS[fault.kind].channel, 1))
    return tuple(
        PlannedFault(fault.kind, at_s, at_s + max(fault.lasts_s, _least_s(fault, stop_s - at_s)), fault.seed)
        for fault, (at_s, stop_s) in zip(dying_last, sorted(planned), strict=True)
    )


def _least_s(fault: DrawnFault, step_s: float) -> float:
    return step_s + ANSWERED_S if KINDS[fault.kind].channel in ("link", "heel") else 0.0
