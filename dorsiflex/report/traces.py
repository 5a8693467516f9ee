"""What one leg did from tick to tick, kept in columns so that an hour of it fits into memory."""

from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from math import isnan, nan

from config.schema import ImuSettings, Settings, Side
from controller.signals import HeelContact, Phase, Tick
from simulator.bench import Bench
from simulator.bench_stimulator import SAME_BURST_INTERVALS
from simulator.person import Person
from simulator.truth import LegState

COLUMNS = (
    "time_s",
    "phase",
    "heel",
    "shank_rate_deg_s",
    "hip_deg",
    "knee_deg",
    "shank_pitch_deg",
    "foot_pitch_deg",
    "dorsiflexion_deg",
    "toe_clearance_mm",
    "in_swing",
    "walking",
    "activation",
    "fatigue",
    "steppage_deg",
    "hip_hike_mm",
    "unstimulated_hip_deg",
    "unstimulated_knee_deg",
    "unstimulated_shank_pitch_deg",
    "unstimulated_foot_pitch_deg",
    "unstimulated_dorsiflexion_deg",
    "unstimulated_toe_clearance_mm",
    "unstimulated_in_swing",
)
"""`phase` and `heel` are what the controller takes the leg and its heel for, `shank_rate_deg_s` is what the IMU read;
all else is the truth: of the person, and of the same person without stimulation."""

CSV_COLUMNS = ("time_s", "leg", "phase", "current_ma", *COLUMNS[2:])


class LegTrace:
    """The columns of one leg, one value a tick each."""

    def __init__(self, side: Side) -> None:
        self.side = side
        self._columns = {name: array("d") for name in COLUMNS}

    def __len__(self) -> int:
        return len(self._columns["time_s"])

    def __getitem__(self, name: str) -> Sequence[float]:
        return self._columns[name]

    def add(self, values: Sequence[float]) -> None:
        """Take one value for each of COLUMNS."""
        for column, value in zip(self._columns.values(), values, strict=True):
            column.append(value)

    def index(self, t_s: float) -> int:
        """Of the last sample at or before `t_s`; 0 when there is none."""
        return max(0, bisect_right(self._columns["time_s"], t_s) - 1)

    def dorsiflexion_at_contact(self, contact_s: float, *, stimulated: bool = True) -> float:
        """Of the last sample of the swing that ends at `contact_s`, deg: within a tick of initial contact."""
        prefix = "" if stimulated else "unstimulated_"
        i = self.index(contact_s)
        if i > 0 and not self._columns[f"{prefix}in_swing"][i]:
            i -= 1
        return self._columns[f"{prefix}dorsiflexion_deg"][i]


class WalkTrace:
    """A sink for the ticks of a loop on the bench: at every tick it looks at the person too."""

    def __init__(self, settings: Settings, bench: Bench) -> None:
        self.legs = {leg.side: LegTrace(leg.side) for leg in settings.leg}
        self.last: Tick | None = None
        self._bench = bench
        imus = [sensor for sensor in settings.sensor if isinstance(sensor, ImuSettings)]
        # Of two IMUs on a leg the one on the shank is shown.
        self._imu = {imu.side: imu.id for imu in sorted(imus, key=lambda imu: imu.placement == "shank")}

    def put(self, tick: Tick) -> None:
        """Take one tick."""
        self.last = tick
        for leg in tick.legs:
            reading = tick.inputs.readings.get(self._imu.get(leg.side, ""))
            rate = nan if reading is None else reading.values[5]
            heel = nan if leg.contact is HeelContact.UNKNOWN else float(leg.contact is HeelContact.ON)
            self.legs[leg.side].add(
                (
                    tick.inputs.t_s,
                    float(leg.phase),
                    heel,
                    rate,
                    *_person_values(self._bench.person.state(leg.side), self._fatigue(leg.side)),
                    *_twin_values(self._bench.twin.state(leg.side)),
                )
            )

    def _fatigue(self, side: Side) -> float:
        """Share of the force that fatigue takes away; a person who moves by a script has no muscle that tires."""
        person = self._bench.person
        return person.fatigue(side) if isinstance(person, Person) else 0.0

    def miss(self, tick: int) -> None:
        """A tick failed; the loop's report says why."""

    def problem(self) -> str:
        """Nothing can be lost here."""
        return ""


def currents_ma(pulses: Sequence[tuple[float, float, float]], times_s: Sequence[float]) -> Iterator[float]:
    """The current of the train that is on at each of the times, by the device's log of (t_s, current_ma, rate_hz)."""
    starts = [t_s for t_s, _, _ in pulses]
    for t_s in times_s:
        i = bisect_right(starts, t_s + 1e-9) - 1
        if i < 0:
            yield 0.0
            continue
        pulse_s, current_ma, rate_hz = pulses[i]
        yield current_ma if t_s - pulse_s <= SAME_BURST_INTERVALS / max(1.0, rate_hz) else 0.0


def csv_rows(trace: LegTrace, current_ma: Sequence[float]) -> Iterator[tuple[str, ...]]:
    """Rows of CSV_COLUMNS."""
    rest = [trace[name] for name in COLUMNS[2:]]
    for i, t_s in enumerate(trace["time_s"]):
        phase = Phase(int(trace["phase"][i])).name.lower()
        values = ("" if isnan(column[i]) else f"{column[i]:.4g}" for column in rest)
        yield (f"{t_s:.3f}", trace.side, phase, f"{current_ma[i]:.4g}", *values)


def _person_values(state: LegState, fatigue: float) -> tuple[float, ...]:
    return (
        state.hip_deg,
        state.knee_deg,
        state.shank_pitch_deg,
        state.foot_pitch_deg,
        state.dorsiflexion_deg,
        state.toe_clearance_mm,
        float(state.in_swing),
        state.walking,
        state.activation,
        fatigue,
        state.steppage_deg,
        state.hip_hike_mm,
    )


def _twin_values(state: LegState) -> tuple[float, ...]:
    return (
        state.hip_deg,
        state.knee_deg,
        state.shank_pitch_deg,
        state.foot_pitch_deg,
        state.dorsiflexion_deg,
        state.toe_clearance_mm,
        float(state.in_swing),
    )
