"""Every flag against arming, brought about through the whole controller; what is tested of the sensors; held arms."""

from collections.abc import Callable
from math import inf, nan
from typing import Any

import pytest

from config.hashes import safety_hash
from config.schema import Settings, TriggerSettings
from controller.controller import Controller
from controller.faults import FAULTS
from controller.preflight import HELD_S, LATE_FOR_S, missing_caps
from controller.readiness import FLAGS
from controller.sensor_test import QUIET_S, wrong_gravity
from controller.signals import (
    ArmingState,
    CommandKind,
    DeviceStatus,
    Inputs,
    LoopStatus,
    Mode,
    OperatorCommand,
    Reading,
    Source,
    Tick,
)

WalkInputs = Callable[..., list[Inputs]]
ARM = OperatorCommand(CommandKind.ARM)
DISARM = OperatorCommand(CommandKind.DISARM)
STOP_OPEN = OperatorCommand(CommandKind.STOP, argument="GPIO 6 is open")
TEXTS = {flag.name: flag.text for flag in FLAGS}
STEP_S = 0.005
G = 9.80665


def changed(settings: Settings, **sections: dict[str, Any]) -> Settings:
    """The settings with some values of some sections replaced, unchecked."""
    return settings.model_copy(
        update={name: getattr(settings, name).model_copy(update=values) for name, values in sections.items()}
    )


class Person:
    """A person who stands still, tick by tick."""

    def __init__(self, settings: Settings) -> None:
        self.controller = Controller(settings)
        self.t_s = 0.0
        self.heel = 1.0
        self.acc = (0.0, G, 0.0)
        self.rate_deg_s = 0.0
        self._k = 0

    def inputs(self, *commands: OperatorCommand, **others: Any) -> Inputs:  # noqa: ANN401 - any part of the inputs
        self.t_s += STEP_S
        self._k += 1
        noise = 0.01 * (self._k % 7)
        imu = (self.acc[0] + noise, self.acc[1] + noise, self.acc[2] + noise, noise, noise, self.rate_deg_s + noise)
        readings = {"heel": Reading(self.t_s, (self.heel,)), "shank": Reading(self.t_s, imu)}
        return Inputs(self.t_s, readings, commands)._replace(**others)

    def tick(self, *commands: OperatorCommand, **others: Any) -> Tick:  # noqa: ANN401 - any part of the inputs
        return self.controller.step(self.inputs(*commands, **others))

    def wait(self, seconds: float, *commands: OperatorCommand) -> Tick:
        tick = self.tick(*commands)
        for _ in range(round(seconds / STEP_S)):
            tick = self.tick(*commands)
        return tick


@pytest.fixture
def person(settings: Settings) -> Person:
    """Somebody who has stood for a second: ready to be armed."""
    one = Person(settings)
    one.wait(1.0)
    return one


def refused_for(tick: Tick) -> set[str]:
    """The flags that a refusal names."""
    assert tick.state != ArmingState.ARMED
    notes = [note for note in tick.notes if note.startswith("arm refused: ")]
    assert len(notes) == 1
    return {name for name, text in TEXTS.items() if text in notes[0]}


def test_a_person_who_stands_still_can_be_armed(person: Person) -> None:
    assert person.tick(ARM).state == ArmingState.ARMED


def test_nothing_known_gives_every_reason_that_holds_at_once(settings: Settings) -> None:
    channel = settings.leg[0].channel[0].model_copy(update={"max_rate_hz": 0.0})
    leg = settings.leg[0].model_copy(update={"channel": (channel,)})
    bad = changed(settings, hardware={"backend": "pi"}, session={"stage": "simulate"}).model_copy(
        update={"leg": (leg,)}
    )
    loop = LoopStatus(0, 0.05, 0, "disk full", "", "it died")
    devices = {"main": DeviceStatus(0.0, "it does not answer"), "spare": DeviceStatus(0.0, "GPIO 23 (enable) is low")}
    controller = Controller(bad)
    controller.step(Inputs(0.0, {}, (), devices, loop._replace(guard_problem="")))
    tick = controller.step(Inputs(0.005, {}, (STOP_OPEN, ARM), devices, loop))
    assert refused_for(tick) == {
        "stop_open", "guard", "enable_line", "device", "stage", "caps", "sensors", "sensor_test", "recorder",
        "loop_late",
    }  # fmt: skip
    note = next(note for note in tick.notes if note.startswith("arm refused"))
    for word in ("GPIO 6 is open", "it died", "main: it does not answer", "max_rate_hz", "heel: no reading", "shank:"):
        assert word in note


def test_an_open_emergency_stop_refuses_and_latches_until_it_is_closed_disarmed_and_armed(person: Person) -> None:
    tick = person.tick(STOP_OPEN, ARM)
    assert refused_for(tick) == {"stop_open"}
    assert tick.state == ArmingState.LATCHED
    assert person.tick(STOP_OPEN, DISARM).state == ArmingState.LATCHED
    assert refused_for(person.tick(STOP_OPEN, DISARM, ARM)) >= {"stop_open", "latched"}
    assert person.wait(HELD_S).state == ArmingState.LATCHED
    assert refused_for(person.tick(ARM)) == {"latched"}
    person.wait(HELD_S)
    assert person.tick(DISARM).state == ArmingState.DISARMED
    assert person.tick(ARM).state == ArmingState.ARMED


def test_the_stop_opening_while_armed_cuts_and_latches_in_that_tick(person: Person) -> None:
    person.tick(ARM)
    tick = person.tick(STOP_OPEN)
    assert (tick.state, tick.faults) == (ArmingState.LATCHED, ("emergency_stop",))


def test_a_latch_is_never_acknowledged_and_armed_in_one_tick(person: Person) -> None:
    person.tick(ARM)
    person.tick(OperatorCommand(CommandKind.STOP))
    person.wait(HELD_S)
    assert refused_for(person.tick(DISARM, ARM)) == {"latched"}
    person.wait(HELD_S)
    assert person.tick(ARM).state == ArmingState.ARMED


def test_an_arm_that_is_held_never_arms_when_the_reason_goes(person: Person) -> None:
    problem = {"main": DeviceStatus(0.0, "gone")}
    assert refused_for(person.tick(ARM, devices=problem)) == {"device"}
    for _ in range(400):
        assert refused_for(person.tick(ARM)) == {"not_disarmed"}
    person.wait(HELD_S - 2 * STEP_S)
    assert refused_for(person.tick(ARM)) == {"not_disarmed"}
    person.wait(HELD_S)
    assert person.tick(ARM).state == ArmingState.ARMED


def test_an_arm_that_is_held_while_somebody_else_disarms_does_not_arm_again(person: Person) -> None:
    assert person.tick(ARM).state == ArmingState.ARMED
    person.wait(1.0, ARM)
    person.tick(DISARM)
    assert refused_for(person.wait(3.0, ARM)) == {"not_disarmed"}


def test_one_arm_after_another_with_a_disarm_between_is_no_held_arm(person: Person) -> None:
    for _ in range(3):
        assert person.tick(ARM).state == ArmingState.ARMED
        assert person.tick(DISARM).state == ArmingState.DISARMED


def test_the_network_does_not_spend_the_operators_arm(person: Person) -> None:
    person.tick(OperatorCommand(CommandKind.ARM, Source.NETWORK))
    assert person.tick(ARM).state == ArmingState.ARMED


def test_a_broken_clock_refuses_with_the_clock_alone_and_latches(person: Person) -> None:
    for broken in (nan, inf, person.t_s - 1.0):
        tick = person.controller.step(person.inputs(ARM)._replace(t_s=broken))
        assert refused_for(tick) == {"clock"}
        assert tick.state == ArmingState.LATCHED


def test_a_late_tick_is_held_against_arming_for_a_second(person: Person) -> None:
    person.tick(loop=LoopStatus(late_s=0.03))
    assert refused_for(person.tick(ARM)) == {"loop_late"}
    person.wait(max(LATE_FOR_S, HELD_S))
    assert person.tick(ARM).state == ArmingState.ARMED


def test_a_gap_between_ticks_is_held_against_arming_too(person: Person) -> None:
    person.t_s += 0.04
    person.tick()
    assert refused_for(person.tick(ARM)) == {"loop_late"}


@pytest.mark.parametrize(
    ("loop", "flag"),
    [
        (LoopStatus(recorder_problem="disk full"), "recorder"),
        (LoopStatus(guard_problem="it died"), "guard"),
        (LoopStatus(guard_problem="GPIO 23 (enable) is low against its command"), "enable_line"),
    ],
)
def test_what_the_loop_tells_refuses(person: Person, loop: LoopStatus, flag: str) -> None:
    assert refused_for(person.tick(ARM, loop=loop)) == {flag}


def test_settings_that_wait_refuse_and_are_taken_when_disarmed(person: Person, settings: Settings) -> None:
    person.tick(ARM)
    person.tick(OperatorCommand(CommandKind.STOP))
    person.tick(settings=settings)
    assert refused_for(person.tick(DISARM, ARM)) == {"latched", "settings"}
    person.wait(HELD_S)
    assert person.tick(ARM).state == ArmingState.ARMED


STAGES = [("simulate", "pi"), ("seated", "pi"), ("standing", "pi"), ("walking", "pi"), ("seated", "simulator")]


@pytest.mark.parametrize(("stage", "backend"), STAGES)
@pytest.mark.parametrize("mode", Mode)
def test_a_stage_allows_its_modes_only(settings: Settings, stage: str, backend: str, mode: Mode) -> None:
    person = Person(changed(settings, hardware={"backend": backend}, session={"stage": stage}))
    person.wait(1.0)
    seated = stage in ("seated", "standing")
    said = person.tick(OperatorCommand(CommandKind.MODE, argument=mode))
    if seated and mode == Mode.WALK:
        assert said.notes == ("mode walk refused: this stage allows exercise, test_burst",)
    tick = person.tick(ARM)
    if stage == "simulate":
        assert refused_for(tick) == {"stage"}
    elif seated and mode == Mode.WALK:
        assert refused_for(tick) == {"mode"}
    else:
        assert (tick.state, tick.mode) == (ArmingState.ARMED, mode)
        if seated:
            person.tick(OperatorCommand(CommandKind.PAUSE))
            assert person.tick(OperatorCommand(CommandKind.MODE, argument="walk")).mode == mode


@pytest.mark.parametrize("cap", ["max_current_ma", "max_pulse_width_us", "max_rate_hz", "max_charge_uc"])
@pytest.mark.parametrize("value", [0.0, -1.0, nan])
def test_without_a_cap_nobody_arms_and_the_cap_is_named(settings: Settings, cap: str, value: float) -> None:
    channel = settings.leg[0].channel[0].model_copy(update={cap: value})
    leg = settings.leg[0].model_copy(update={"channel": (channel,)})
    person = Person(settings.model_copy(update={"leg": (leg,)}))
    person.wait(1.0)
    tick = person.tick(ARM)
    assert refused_for(tick) == {"caps"}
    assert f"right.dorsiflexors: {cap}" in tick.notes[-1]


def test_a_trigger_device_needs_no_cap_its_current_is_its_own(settings: Settings) -> None:
    channel = settings.leg[0].channel[0].model_copy(update={"current_ma": 0.0, "max_current_ma": 0.0})
    leg = settings.leg[0].model_copy(update={"channel": (channel,)})
    trigger = TriggerSettings(kind="trigger", pin=22, safe_contact="open")
    assert missing_caps(settings.model_copy(update={"leg": (leg,)}))
    assert not missing_caps(settings.model_copy(update={"leg": (leg,), "stimulator": (trigger,)}))


def wired(settings: Settings, wiring: str, sensors: str) -> Settings:
    """The settings with another wiring of the heel switch, and other sensors that may lead."""
    pin = 27 if wiring == "supervised" else None
    heel = settings.sensor[0].model_copy(update={"wiring": wiring, "pin_unloaded": pin})
    leg = settings.leg[0].model_copy(update={"sensors": sensors})
    return settings.model_copy(update={"sensor": (heel, settings.sensor[1]), "leg": (leg,)})


def test_a_plain_heel_alone_that_was_never_loaded_refuses_until_it_has_been_once(settings: Settings) -> None:
    person = Person(wired(settings, "plain", "heel"))
    person.heel = 0.0
    person.wait(2.0)
    tick = person.tick(ARM)
    assert refused_for(tick) == {"sensor_test"}
    assert "heel: not loaded since the start" in tick.notes[-1]
    person.heel = 1.0
    person.wait(HELD_S)
    person.heel = 0.0
    person.wait(0.1)
    assert person.tick(ARM).state == ArmingState.ARMED


def test_a_plain_heel_beside_an_imu_that_was_never_loaded_is_told(settings: Settings) -> None:
    person = Person(wired(settings, "plain", "both"))
    person.heel = 0.0
    person.wait(2.0)
    tick = person.tick(ARM)
    assert (tick.state, tick.notes) == (ArmingState.ARMED, ("armed, but heel was not loaded since the start",))
    person.heel = 1.0
    person.tick(DISARM)
    person.wait(0.1)
    assert person.tick(ARM).notes == ()


@pytest.mark.parametrize("sensors", ["heel", "both"])
def test_a_supervised_heel_proves_itself_unloaded_and_not_while_its_contacts_disagree(
    settings: Settings, sensors: str
) -> None:
    person = Person(wired(settings, "supervised", sensors))
    person.heel = nan
    person.wait(2.0)
    assert refused_for(person.tick(ARM)) >= {"sensors", "sensor_test"}
    person.heel = 0.0
    person.wait(HELD_S)
    tick = person.tick(ARM)
    assert (tick.state, tick.notes) == (ArmingState.ARMED, ())


@pytest.mark.parametrize(
    ("acc", "words"),
    [
        ((0.0, 0.8 * G, 0.0), "gravity reads"),
        ((0.0, 1.2 * G, 0.0), "gravity reads"),
        ((G, 0.0, 0.0), "lies along up_axis"),
        ((0.0, -G, 0.0), "lies along up_axis"),
    ],
)
def test_an_imu_that_feels_another_gravity_refuses_and_says_what_it_feels(
    settings: Settings, acc: tuple[float, float, float], words: str
) -> None:
    person = Person(settings)
    person.acc = acc
    person.wait(2.0)
    tick = person.tick(ARM)
    assert "sensor_test" in refused_for(tick)
    assert words in tick.notes[-1]


def test_a_leg_that_never_was_still_refuses_and_a_fifth_of_a_second_is_enough(settings: Settings) -> None:
    person = Person(settings)
    person.rate_deg_s = 60.0
    person.wait(1.0)
    tick = person.tick(ARM)
    assert "shank: not still since the start" in tick.notes[-1]
    person.rate_deg_s = 5.0
    person.wait(HELD_S)
    tick = person.tick(ARM)
    assert tick.state == ArmingState.ARMED, tick.notes
    for still_s, armed in ((QUIET_S - 0.02, False), (QUIET_S + 0.02, True)):
        other = Person(settings)
        other.rate_deg_s = 60.0
        other.wait(0.5)
        other.rate_deg_s = 0.0
        other.wait(still_s)
        assert (other.tick(ARM).state == ArmingState.ARMED) == armed


def test_stillness_that_is_interrupted_starts_anew(settings: Settings) -> None:
    person = Person(settings)
    for _ in range(10):
        person.rate_deg_s = 0.0
        person.wait(QUIET_S - 0.02)
        person.rate_deg_s = 60.0
        person.tick()
    assert "sensor_test" in refused_for(person.tick(ARM))


def test_new_settings_test_the_sensors_anew(person: Person, settings: Settings) -> None:
    person.rate_deg_s = 60.0
    person.wait(0.2)
    person.tick(settings=changed(settings, session={"person": "other"}))
    person.wait(1.0)
    assert refused_for(person.tick(ARM)) == {"sensor_test"}


@pytest.mark.parametrize("share", [0.86, 1.0, 1.14])
def test_gravity_of_its_own_size_along_the_segment_is_right(share: float) -> None:
    assert wrong_gravity((0.3 * G, share * G, 0.0)) == "" or share == 1.14
    assert wrong_gravity((0.0, share * G, 0.0)) == ""


@pytest.mark.parametrize("acc", [(0.0, nan, 0.0), (nan, G, 0.0), (0.0, inf, 0.0), (0.0, 0.84 * G, 0.0)])
def test_what_is_no_gravity_is_wrong(acc: tuple[float, float, float]) -> None:
    assert wrong_gravity(acc).startswith("gravity reads")


def test_gravity_counts_up_to_sixty_degrees_from_the_segment() -> None:
    assert wrong_gravity((0.8660 * G, 0.5001 * G, 0.0)) == ""
    assert wrong_gravity((0.8661 * G, 0.4999 * G, 0.0)).startswith("of gravity 4.9 m/s²")


def test_a_stop_is_a_fault_with_a_row(settings: Settings) -> None:
    assert FAULTS["emergency_stop"].kind == "latch"
    assert safety_hash(settings) != safety_hash(changed(settings, hardware={"stop_pin": 6}))
