"""Where the campaign looks: at what comes out of the devices; and a stimulator that a dead program reaches no more."""

from typing import Literal, NamedTuple

from config.schema import Side
from controller.signals import DeviceStatus, StimulationCommand
from drivers.interfaces import Clock, Stimulator
from simulator.bench import Body
from simulator.truth import LegState, Loading, Swing, TrueEvent, WantedBurst


class Felt(NamedTuple):
    """A pulse that went through a pair of electrodes: s, mA, µs."""

    t_s: float
    current_ma: float
    pulse_width_us: float

    @property
    def charge_uc(self) -> float:
        """Charge of one phase, µC."""
        return self.current_ma * self.pulse_width_us / 1000.0


class Nerve:
    """The person on the bench, with a log of every pulse that went through the skin, whatever device it came from."""

    def __init__(self, body: Body, clock: Clock) -> None:
        self.felt: list[Felt] = []
        self._body = body
        self._clock = clock

    def advance(self, t_s: float) -> None:
        """Live until `t_s`."""
        self._body.advance(t_s)

    def pulse(self, side: Side, channel: str, current_ma: float, pulse_width_us: float) -> None:
        """One pulse; it goes on to the muscle."""
        self.felt.append(Felt(self._clock.now(), current_ma, pulse_width_us))
        self._body.pulse(side, channel, current_ma, pulse_width_us)

    def heel_force_n(self, side: Side) -> float:
        """Force under the heel, N."""
        return self._body.heel_force_n(side)

    def imu(self, side: Side, placement: Literal["shank", "foot"]) -> tuple[float, ...]:
        """Motion of a segment."""
        return self._body.imu(side, placement)

    def state(self, side: Side) -> LegState:
        """One leg now."""
        return self._body.state(side)

    def truth(self, side: Side) -> list[TrueEvent]:
        """Its gait events."""
        return self._body.truth(side)

    def wanted_bursts(self, side: Side) -> list[WantedBurst]:
        """When current is wanted."""
        return self._body.wanted_bursts(side)

    def swings(self, side: Side) -> list[Swing]:
        """Its swings."""
        return self._body.swings(side)

    def loadings(self, side: Side) -> list[Loading]:
        """How the foot came down."""
        return self._body.loadings(side)


class MortalStimulator:
    """`drivers.interfaces.Stimulator` that hears nothing any more once the program is dead (`alive` is False)."""

    def __init__(self, stimulator: Stimulator) -> None:
        self.alive = True
        self._stimulator = stimulator

    def open(self) -> None:
        """Open the device."""
        self._stimulator.open()

    def apply(self, command: StimulationCommand) -> None:
        """Carry out one tick's command."""
        if self.alive:
            self._stimulator.apply(command)

    def status(self) -> DeviceStatus:
        """What the device said."""
        return self._stimulator.status()

    def stop(self) -> None:
        """End all output."""
        if self.alive:
            self._stimulator.stop()

    def close(self) -> None:
        """Stop and release."""
        if self.alive:
            self._stimulator.close()
