"""The commands of a tick: what a latch takes away is said for each channel, and two channels are gated apart."""

from math import nextafter

from config.load import default_settings
from config.schema import Settings
from controller.channel import Channel, Commands
from controller.gate import Permission
from controller.signals import BurstStage, Contact, Pulses, PulseTrain, Reduction
from controller.stimulation import BurstPlanner

FREE = Permission("", "")


def train(channel: str, current_ma: float) -> PulseTrain:
    return PulseTrain(channel, 1, current_ma, 300.0, 40.0, due=current_ma > 0.0)


def test_a_latch_takes_every_current_and_says_so() -> None:
    commands = Commands(["main", "other", "silent"])
    commands.allowed["main"] = Pulses((train("right.a", 20.0), train("right.b", 0.0), train("left.a", 1.0)))
    commands.allowed["other"] = Contact("left.b", stimulate=True)
    commands.allowed["silent"] = Contact("left.c", stimulate=False)
    commands.cut()
    main = commands.allowed["main"]
    assert isinstance(main, Pulses)
    assert [(one.current_ma, one.due) for one in main.trains] == [(0.0, False)] * 3
    assert commands.allowed["other"] == Contact("left.b", stimulate=False)
    assert commands.reductions == [Reduction(key, "latched") for key in ("right.a", "left.a", "left.b")]


def two_channels() -> Settings:
    base = default_settings()
    first = base.leg[0].channel[0]
    second = first.model_copy(update={"id": "evertors", "output": 2, "max_current_ma": 10.0, "max_charge_uc": 2.0})
    return base.model_copy(update={"leg": (base.leg[0].model_copy(update={"channel": (first, second)}),)})


def test_two_channels_of_one_leg_have_their_own_caps_and_accounts() -> None:
    settings = two_channels()
    leg = settings.leg[0]
    first, second = (Channel(leg, channel, settings) for channel in leg.channel)
    planner = BurstPlanner(settings.stimulation, 0.0)
    planner.trigger(0.0, 0.0)
    second.gate.account.admit(-0.02, wanted=True, permitted=FREE)
    second.gate.account.end(-0.01)
    for k in range(60):
        t_s = k * 0.005
        planner.update(t_s)
        commands = Commands(["main"])
        for channel in (first, second):
            channel.pass_gate(t_s, planner, FREE, commands)
    assert planner.stage == BurstStage.PLATEAU
    allowed = commands.allowed["main"]
    assert isinstance(allowed, Pulses)
    assert [one.current_ma for one in allowed.trains] == [34.0, nextafter(2000.0 / 300.0, 0.0)]
    assert commands.reductions == [Reduction("right.evertors", "current cap, charge")]
    assert len(first.gate.account._bursts) == 0
    assert len(second.gate.account._bursts) == 1
