"""A stimulator with a trigger input, as a device of its own: contacts, knob, ramps, pulses, time-out, own log."""

from collections.abc import Callable

from gpiozero.pins.mock import MockFactory

from config.schema import TriggerSettings
from drivers.interfaces import Clock
from simulator.trigger_output import EdgeOutput, TriggerOutput
from simulator.wired.charge_pump import ChargePump
from simulator.wired.trigger_pin import trigger_pin

SAME_BURST_S = 0.16
"""On-times closer than this belong to one burst of a pulse train: 1.6 intervals of the lowest rate, 10 Hz."""


class TriggerDevice:
    """The device behind the contact on `settings.pin`. Make it before the driver opens the pin.

    It stimulates while its jack is not in `settings.safe_contact`. `pulse(t_s, current_ma, pulse_width_us)` reaches
    the muscle from `advance`. The log: `edges`, time and whether the jack asks for stimulation from then on; `pulses`,
    how many went out. `current_ma` is the knob on the device. `pump`: the dynamic enable, where there is one; its
    contact is in series or in parallel with the jack, or lets the pulses through to the electrodes.
    """

    def __init__(
        self,
        settings: TriggerSettings,
        factory: MockFactory,
        clock: Clock,
        pulse: Callable[[float, float, float], None],
        current_ma: float = 30.0,
        pulse_width_us: float = 300.0,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._reach = pulse
        self.pulses = 0
        output = EdgeOutput if settings.mode == "pulse_train" else TriggerOutput
        self._output = output(clock.now(), self._pulse, current_ma, pulse_width_us)
        self._seen = 0
        self.edges: list[tuple[float, bool]] = []
        self._pin = trigger_pin(factory, settings.pin)
        self.pump: ChargePump | None = None
        if settings.enable_pin is not None:
            self.pump = ChargePump(settings.enable_pin, factory, clock, self._look)
        self._stimulating = False
        self._pin.listener = self._level_changed
        self._look(clock.now())

    @property
    def stimulating(self) -> bool:
        """Whether the jack asks for stimulation now, and the enable lets it."""
        self._settle(self._clock.now())
        through = self.pump is None or self._settings.enable_contact != "electrode_path" or self.pump.energised
        return self._stimulating and through

    def bursts(self) -> list[tuple[float, float]]:
        """On-times of the jack: start and stop, s; one under way stops now. A train of edges is one burst."""
        now_s = self._clock.now()
        self._settle(now_s)
        ends = [t_s for t_s, on in self.edges if not on]
        starts = [t_s for t_s, on in self.edges if on]
        times = list(zip(starts, [*ends, now_s], strict=False))
        if self._settings.mode == "contact":
            return times
        trains: list[tuple[float, float]] = []
        for start_s, stop_s in times:
            if trains and start_s - trains[-1][1] < SAME_BURST_S:
                trains[-1] = (trains[-1][0], stop_s)
            else:
                trains.append((start_s, stop_s))
        return trains

    def advance(self, t_s: float) -> None:
        """Put out all pulses up to `t_s`, which must not run backwards."""
        self._settle(t_s)
        while self._seen < len(self.edges) and self.edges[self._seen][0] <= t_s:
            edge_s, on = self.edges[self._seen]
            self._output.ask(edge_s, on=on)
            self._seen += 1
        self._output.advance(t_s)

    def fail(self, error: Exception | None, times: int = 1_000_000) -> None:
        """Driving the pin raises `error`, so many times; None ends it."""
        self._pin.error, self._pin.times_left = error, times

    def short(self, level: bool | None) -> None:
        """Hold the pin at a level whatever drives it, as a short circuit does; None ends it."""
        self._pin.held = level
        self._level_changed(bool(self._pin.state))

    def _settle(self, t_s: float) -> None:
        if self.pump is not None:
            self.pump.settle(t_s)

    def _level_changed(self, _high: bool) -> None:
        t_s = self._clock.now()
        self._settle(t_s)
        self._look(t_s)

    def _look(self, t_s: float) -> None:
        """What the jack says from `t_s` on."""
        stimulating = self._jack_closed() != (self._settings.safe_contact == "closed")
        if stimulating != self._stimulating:
            self._stimulating = stimulating
            self.edges.append((t_s, stimulating))

    def _jack_closed(self) -> bool:
        closed = bool(self._pin.state) != (self._settings.contact_when_low == "closed")
        if self.pump is None or self._settings.enable_contact == "electrode_path":
            return closed
        # In series the contact closes with power, in parallel it opens with power: either way no power is safe.
        return (
            closed and self.pump.energised
            if self._settings.enable_contact == "series"
            else (closed or not self.pump.energised)
        )

    def _pulse(self, t_s: float, current_ma: float, pulse_width_us: float) -> None:
        cut = self._settings.enable_contact == "electrode_path"
        if self.pump is not None and cut and not self.pump.energised_at(t_s):
            return
        self.pulses += 1
        self._reach(t_s, current_ma, pulse_width_us)
