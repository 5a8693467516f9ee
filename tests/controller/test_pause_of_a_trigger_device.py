"""A trigger device ramps by itself: two bursts whose ramps meet would be one, longer than the longest."""

from hypothesis import given
from hypothesis import strategies as st

from config.limits import HARD_MAX_BURST_S, TRIGGER_RAMP_S
from config.load import default_settings
from config.schema import Settings
from controller.channel import Channel, Commands
from controller.leg_work import LegAtWork
from controller.permission import Permission
from controller.signals import BurstStage, Contact
from controller.stimulation import BurstPlanner

TICK_S = 0.005


def trigger_settings() -> Settings:
    wanted = default_settings().model_dump()
    wanted["stimulator"] = [{"kind": "trigger", "pin": 22, "safe_contact": "open", "enable_pin": 23}]
    return Settings.model_validate(wanted)


def closed(asked: list[bool]) -> list[bool]:
    """Whether the contact was closed, tick by tick, when a planner asks so."""
    settings = trigger_settings()
    leg = settings.leg[0]
    channel = Channel(leg, leg.channel[0], settings)
    planner = BurstPlanner(settings.stimulation, 0.0)
    out = []
    for tick, on in enumerate(asked):
        planner.stage = BurstStage.PLATEAU if on else BurstStage.IDLE
        commands = Commands([channel.device])
        channel.pass_gate(tick * TICK_S, planner, Permission("", "", final=False), commands)
        command = commands.allowed[channel.device]
        assert isinstance(command, Contact)
        out.append(command.stimulate)
    return out


@given(st.lists(st.tuples(st.integers(1, 300), st.integers(1, 80)), min_size=2, max_size=12))
def test_between_two_bursts_the_ramp_of_the_device_is_over(spells: list[tuple[int, int]]) -> None:
    on = closed([wish for up, down in spells for wish in [True] * up + [False] * down])
    open_for = HARD_MAX_BURST_S / TICK_S
    for tick, (before, now) in enumerate(zip([False, *on], on, strict=False)):
        if now and not before:
            assert open_for * TICK_S >= TRIGGER_RAMP_S - 1e-9, f"closed again at tick {tick}"
        open_for = 0 if now else open_for + 1


def test_a_burst_after_the_ramp_is_let_out() -> None:
    pause = round(TRIGGER_RAMP_S / TICK_S) + 1
    on = closed([True] * 20 + [False] * pause + [True] * 20)
    assert on[-20:] == [True] * 20


def test_the_planner_waits_for_the_ramp_of_the_device_too() -> None:
    settings = trigger_settings()
    work = LegAtWork(settings.leg[0], settings)
    assert work.planner.shortest_pause_s + settings.stimulation.fall_s >= TRIGGER_RAMP_S - 1e-9
    usual = default_settings()
    assert LegAtWork(usual.leg[0], usual).planner.shortest_pause_s == usual.gate.shortest_pause_s
