"""One pair of electrodes on the bench, between a stimulator's output and the nerve, with faults to switch on."""

from dataclasses import replace

from simulator.electrode import Delivered, Electrode, Lift


class BenchElectrode:
    """Passes each pulse on as the skin and the stimulator's voltage let it; times are seconds since they were put on.

    The stimulator's own log says what it was told; `last`, `limited` and `open` say what came of it: the last pulse,
    and how many ran into the voltage or found no way. A good pair passes the current as it is: it is
    current-controlled. Put another `Electrode` into `electrode` for any other skin.
    """

    def __init__(self, electrode: Electrode) -> None:
        self.electrode = electrode
        self.last: Delivered | None = None
        self.limited = 0
        self.open = 0
        self._t_s = 0.0

    def deliver(self, t_s: float, current_ma: float, pulse_width_us: float) -> float:
        """The current (mA) that reaches the nerve of a pulse put out at `t_s`, as a mean over the pulse."""
        self._t_s = t_s
        self.last = delivered = self.electrode.deliver(t_s, current_ma, pulse_width_us)
        self.limited += delivered.limited
        self.open += delivered.open
        return delivered.current_ma

    def found(self, t_s: float, current_ma: float, pulse_width_us: float) -> Delivered:
        """What a device that measures finds before it puts out this pulse; it puts out none where the way is open."""
        delivered = self.electrode.deliver(t_s, current_ma, pulse_width_us)
        if delivered.open:
            self.last = delivered
            self.open += 1
        return delivered

    def lift(self, contact: float = 0.0, from_s: float | None = None) -> None:
        """From `from_s` on, or now, only the share `contact` of the area touches the skin; 0 is an open circuit."""
        start_s = self._t_s if from_s is None else from_s
        self.electrode = replace(self.electrode, lifts=(*self.electrode.lifts, Lift(start_s, contact=contact)))

    def dry(self, for_h: float = 0.0, per_hour: float = 3.0) -> None:
        """The gel dries, since `for_h` hours: for 6 h the series resistance grows by the factor `per_hour` an hour."""
        self.electrode = replace(self.electrode, dries_from_s=self._t_s - for_h * 3600.0, drying_per_hour=per_hour)

    def sweat(self) -> None:
        """From now on the skin is wet."""
        self.electrode = replace(self.electrode, sweats_at_s=self._t_s)

    def mend(self) -> None:
        """Pressed on again with fresh gel, on dry skin."""
        never = Electrode()
        self.electrode = replace(
            self.electrode, lifts=(), dries_from_s=never.dries_from_s, sweats_at_s=never.sweats_at_s
        )
