"""Judges the flags of `controller.readiness` from what a tick brings and from what was seen since the start."""

from config.schema import Settings
from config.stages import BY_NAME
from controller.arming import Arming
from controller.fault_judge import ENABLE_WORD, FaultJudge
from controller.leg_work import LegAtWork
from controller.readiness import NAMES, refusals
from controller.sensor_test import SensorTest
from controller.signals import NEVER_S, ArmingState, CommandKind, Inputs, Source

HELD_S = 1.0
"""An arm that comes so soon after one that did nothing is a key or button that is held: it never arms."""

LATE_FOR_S = 1.0
"""So long after a late tick arming waits."""

_LATCHED = ArmingState.LATCHED
_ARM, _STOP, _OPERATOR = CommandKind.ARM, CommandKind.STOP, Source.OPERATOR


class Preflight:
    """What arming needs to know of one controller."""

    def __init__(self, judge: FaultJudge) -> None:
        self._judge = judge
        self._spent_s = NEVER_S
        self._tests: list[SensorTest] = []

    def use(self, settings: Settings, legs: list[LegAtWork]) -> None:
        """Begin anew with these settings: the sensors are tested again."""
        self._tests = [SensorTest(work.leg) for work in legs]
        self._all_passed = False
        self._stage = "" if may_stimulate(settings) else f"{settings.session.stage} is for the virtual bench"
        self._modes = BY_NAME[settings.session.stage].modes
        self._stage_name = settings.session.stage
        self._caps = "; ".join(missing_caps(settings))

    def watch(self, inputs: Inputs) -> None:
        """Look at one tick, until every sensor has passed its test."""
        if self._all_passed:
            return
        for test in self._tests:
            test.watch(inputs.readings)
        self._all_passed = not any(test.open or test.unseen for test in self._tests)

    def not_ready(self, inputs: Inputs, arming: Arming, *, settings_wait: bool) -> tuple[str, ...]:
        """Every reason against arming now, in words; none when no operator asks for it in this tick."""
        if not _asked(inputs):
            return ()
        devices, enables = self._judge.device_problems(inputs)
        guard = inputs.loop.guard_problem
        if ENABLE_WORD in guard:
            enables.append(guard)
            guard = ""
        stops = [one.argument for one in inputs.commands if one.kind == _STOP and one.argument]
        untested = [f"{name}: {why}" for test in self._tests for name, why in test.open.items()]
        mode = arming.mode
        judged = {
            "stop_open": _why(stops),
            "latched": "" if arming.state == _LATCHED else None,
            "not_disarmed": "" if inputs.t_s - self._spent_s < HELD_S else None,
            "clock": None,
            "guard": guard or None,
            "enable_line": _why(enables),
            "device": _why(devices),
            "stage": self._stage or None,
            "mode": None if mode in self._modes else f"{mode} at stage {self._stage_name}",
            "caps": self._caps or None,
            "sensors": _why(self._judge.sensor_problems(inputs)),
            "sensor_test": _why(untested),
            "recorder": inputs.loop.recorder_problem or None,
            "loop_late": "" if inputs.t_s - self._judge.late_at_s < LATE_FOR_S else None,
            "settings": "" if settings_wait else None,
        }
        return refusals(judged)

    def followed(self, inputs: Inputs, arming: Arming) -> None:
        """After the commands of a tick: an arm that did not arm is spent, one that did tells what was not seen."""
        if not _asked(inputs):
            return
        if not arming.begun:
            self._spent_s = inputs.t_s
            return
        for test in self._tests:
            arming.notes.extend(f"armed, but {name} was {why}" for name, why in test.unseen.items())


def clock_is_broken(detail: str) -> tuple[str, ...]:
    """The refusal while time is broken, when nothing else can be judged."""
    return refusals({**dict.fromkeys(NAMES), "clock": detail})


def may_stimulate(settings: Settings) -> bool:
    """Whether the stage fits what the drivers sit on: the first is for the virtual bench, and only for that."""
    return settings.hardware.backend == "simulator" or settings.session.stage != "simulate"


def missing_caps(settings: Settings) -> list[str]:
    """Channels whose current is ours and that have a cap of 0; a trigger device sets its current itself."""
    triggers = {device.id for device in settings.stimulator if device.kind == "trigger"}
    return [
        f"{leg.side}.{channel.id}: {', '.join(channel.missing_caps())}"
        for leg in settings.leg
        for channel in leg.channel
        if channel.stimulator not in triggers and channel.missing_caps()
    ]


def _asked(inputs: Inputs) -> bool:
    return any(command.kind == _ARM and command.source == _OPERATOR for command in inputs.commands)


def _why(reasons: list[str]) -> str | None:
    return "; ".join(reasons) if reasons else None
