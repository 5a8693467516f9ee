"""One channel at work: from the level of the envelope to the command that the gate lets out."""

from config.limits import TRIGGER_RAMP_S
from config.schema import ChannelSettings, LegSettings, Settings
from controller.gate import ChannelGate, Permission
from controller.signals import Contact, Pulses, PulseTrain, Reduction, StimulationCommand
from controller.stimulation import ON_STAGES, BurstPlanner, PulsePlan

NOTHING = Pulses(())


class Commands:
    """The commands of one tick per stimulator, as asked and as allowed, and why they are less."""

    def __init__(self, stimulators: list[str]) -> None:
        self.asked: dict[str, StimulationCommand] = dict.fromkeys(stimulators, NOTHING)
        self.allowed: dict[str, StimulationCommand] = self.asked.copy()
        self.reductions: list[Reduction] = []

    def cut(self) -> None:
        """Let nothing out, and say so for each channel that would have put something out."""
        for command in self.allowed.values():
            for channel in _flowing(command):
                self.reductions.append(Reduction(channel, "latched"))
        self.allowed = {name: _nothing(command) for name, command in self.allowed.items()}


class Channel:
    """Its settings, its pulse plan and its gate; `key` is its name in ticks, as `right.dorsiflexors`.

    `share`: of its full current, what passed the gate last; of a trigger device 0 or 1.
    """

    def __init__(self, leg: LegSettings, channel: ChannelSettings, settings: Settings) -> None:
        self.key = f"{leg.side}.{channel.id}"
        self.device = channel.stimulator
        self._output = channel.output
        self._current_ma = channel.current_ma
        self._pulse_width_us = channel.pulse_width_us
        self._rate_hz = channel.rate_hz
        self.is_trigger = any(d.id == channel.stimulator and d.kind == "trigger" for d in settings.stimulator)
        self.share = 0.0
        self.plan = PulsePlan(1.0 / settings.loop.rate_hz)
        gate = settings.gate
        if self.is_trigger:
            # Bursts whose ramps meet would be one, longer than the longest.
            pause_s = max(TRIGGER_RAMP_S, gate.shortest_pause_s)
            gate = gate.model_copy(update={"shortest_pause_s": pause_s})
        self.gate = ChannelGate(channel, gate, settings.stimulation.longest_burst_s)

    def pass_gate(self, t_s: float, planner: BurstPlanner, permitted: Permission, commands: Commands) -> None:
        """Ask for what the envelope says at `t_s`, and add what may pass to the commands."""
        device = self.device
        if self.is_trigger:
            wish = Contact(self.key, planner.stage in ON_STAGES)
            commands.asked[device] = wish
            contact, reason = self.gate.judge_contact(t_s, wish, permitted)
            commands.allowed[device] = contact
            self.share = 1.0 if contact.stimulate else 0.0
        else:
            train = self._train(t_s, planner.level)
            passed, reason = self.gate.judge_train(t_s, train, permitted)
            self.share = passed.current_ma / self._current_ma if passed.current_ma > 0.0 else 0.0
            asked, allowed = commands.asked, commands.allowed
            if asked[device] is NOTHING:
                asked[device], allowed[device] = Pulses((train,)), Pulses((passed,))
            else:
                asked[device], allowed[device] = _with(asked[device], train), _with(allowed[device], passed)
        if reason:
            commands.reductions.append(Reduction(self.key, reason))

    def _train(self, t_s: float, level: float) -> PulseTrain:
        current_ma = self._current_ma * level
        due = self.plan.due(t_s, self._rate_hz, on=current_ma > 0.0)
        return PulseTrain(self.key, self._output, current_ma, self._pulse_width_us, self._rate_hz, due)


def _with(command: StimulationCommand, train: PulseTrain) -> Pulses:
    trains = command.trains if isinstance(command, Pulses) else ()
    return Pulses((*trains, train))


def _flowing(command: StimulationCommand) -> list[str]:
    """The channels that a command gives current to."""
    if isinstance(command, Contact):
        return [command.channel] if command.stimulate else []
    return [train.channel for train in command.trains if train.current_ma > 0.0]


def _nothing(command: StimulationCommand) -> StimulationCommand:
    if isinstance(command, Contact):
        return command._replace(stimulate=False)
    return Pulses(tuple([train._replace(current_ma=0.0, due=False) for train in command.trains]))
