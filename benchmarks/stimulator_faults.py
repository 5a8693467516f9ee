"""Every fault of a serial stimulator and its line, at every step of a session: does the output end, and stay ended?

`python -m benchmarks.stimulator_faults [--device p24-low] [--every 1] [--bytes]`

In simulation, on virtual time. The commander is worse than the controller: it asks for burst after burst, whatever the
driver reports. The judge is the device's own pulse log. `--every N` takes every N-th step, `--bytes` cuts the port at
every byte of a session instead.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from math import inf
from typing import NamedTuple

from config.load import default_settings
from config.schema import ChannelSettings, P24Settings, Rehastim2Settings, Side
from controller.signals import Pulses, PulseTrain
from drivers.errors import DriverError
from drivers.serial_stimulators import SerialSettings
from simulator.clock import VirtualClock
from simulator.devices.faults import DEVICE_FAULTS, Fault, FaultKind
from simulator.devices.wiring import SerialBench

TICK_S = 0.005
BYTES_APART_S = (0.0002, 0.02)
"""One byte at a time: no harm, and an answer that comes too late."""
IDLE_S = 0.7
BURST_S = 0.8
PAUSE_S = 0.7
BURSTS = 3
REST_S = 8.0
QUESTION_S = 0.6
"""So often at least a driver asks an idle device how it is."""
CURRENT_MA = 30.0
RISE_S = 0.2
ENDED_WITHIN_S = 0.15
CONTACT_FAULTS = (FaultKind.ELECTRODE_OFF, FaultKind.LOW_CURRENT)
MET_BY_A_PULSE = (*CONTACT_FAULTS, FaultKind.ONE_BYTE_AT_A_TIME)
"""Noticed by the first pulse that meets them, not before."""


class Device(NamedTuple):
    """A way of stimulating, and how long it may go on by itself when nobody can reach it."""

    settings: SerialSettings
    time_out_s: float


DEVICES = {
    "p24-low": Device(P24Settings(kind="p24"), 0.0),
    "p24-mid": Device(P24Settings(kind="p24", mode="mid"), 2.0),
    "rehastim2-one-shot": Device(Rehastim2Settings(kind="rehastim2"), 0.0),
    "rehastim2-continuous": Device(Rehastim2Settings(kind="rehastim2", mode="continuous"), 1.2),
}


class Outcome(NamedTuple):
    """One session: what is wrong with it (empty when nothing is), and what it was like.

    `phase`: when the fault happened: never, in the setup, in the session, at the end. `ended_after_s`: from the fault,
    or from the first pulse that could meet it, to the last pulse.
    """

    wrong: str
    phase: str
    answers: int
    passed: int
    pulses: int
    ended_after_s: float
    problem: str


def channels() -> dict[int, ChannelSettings]:
    """Two channels of the default settings, on outputs 1 and 2."""
    channel = default_settings().leg[0].channel[0]
    cap = {"max_current_ma": 40.0, "current_ma": CURRENT_MA}
    return {
        1: channel.model_copy(update=cap),
        2: channel.model_copy(update={**cap, "id": "evertors", "output": 2}),
    }


class Session:
    """A driver on its device, and a commander that never gives up."""

    def __init__(self, device: Device, *faults: Fault) -> None:
        self.clock = VirtualClock(1000.0)
        wired = channels()
        outputs: dict[int, tuple[Side, str]] = {i: ("right", wired[i].id) for i in wired}
        self.bench = SerialBench(
            device.settings,
            wired,
            outputs,
            self.clock,
            lambda *_: None,
            live=False,
        )
        for fault in faults:
            self.bench.device.order(fault)
        self.first_problem = ""
        self.refused = ""
        self.last_on_s = 0.0

    def open(self) -> None:
        """Open the driver, or note why that was refused."""
        try:
            self.bench.open()
        except DriverError as error:
            self.refused = str(error)

    def run(self, seconds: float, level: Callable[[float], float]) -> None:
        """Tick for a while; `level` of the time since the beginning of this call is the share of the full current."""
        ticks = round(seconds / TICK_S)
        last = 0.0
        since = 0
        for k in range(ticks):
            self.clock.advance(TICK_S)
            self.bench.advance(self.clock.now())
            share = level(k * TICK_S)
            since = 0 if last == 0.0 else since + 1
            last = share
            problem = self.bench.status().problem
            self.first_problem = self.first_problem or problem
            trains = [
                PulseTrain(
                    f"right.{channel.id}", output, CURRENT_MA * share, 300.0, 40.0, share > 0.0 and since % 5 == 0
                )
                for output, channel in CHANNELS.items()
            ]
            if share > 0.0:
                self.last_on_s = self.clock.now()
            self.bench.apply(Pulses(tuple(trains)))

    def end(self) -> float:
        """Stop and close; how long the stop took, s."""
        begin_s = self.clock.now()
        self.bench.stop()
        took_s = self.clock.now() - begin_s
        self.bench.close()
        self.clock.advance(REST_S)
        self.bench.advance(self.clock.now())
        return took_s


CHANNELS = channels()


def bursts(t_s: float) -> float:
    """Bursts with a rising ramp after some quiet."""
    since_s = (t_s - IDLE_S) % (BURST_S + PAUSE_S)
    return 0.0 if t_s < IDLE_S or since_s >= BURST_S - 1e-9 else min(1.0, (since_s + TICK_S) / RISE_S)


def trial(device: Device, fault: Fault | None = None) -> Outcome:
    """One session with one fault, judged by the device's own log."""
    session = Session(device, *(() if fault is None else (fault,)))
    session.open()
    opened_s = session.clock.now()
    if not session.refused:
        session.run(IDLE_S + BURSTS * (BURST_S + PAUSE_S), bursts)
    end_s = session.clock.now()
    stop_s = session.end()
    bench = session.bench.device
    happened_s = bench.happened[0][0] if bench.happened else inf
    after = [pulse.t_s for pulse in bench.pulses if pulse.t_s > happened_s]
    met_s = happened_s
    if after and fault is not None and (fault.kind in MET_BY_A_PULSE or happened_s <= opened_s):
        met_s = after[0]
    ended_after_s = after[-1] - met_s if after else 0.0
    # What happens inside the device when the last burst is about over, or after the last question, is met by nobody.
    over_s = end_s
    if fault is not None and fault.kind in DEVICE_FAULTS:
        over_s = session.last_on_s - ENDED_WITHIN_S if fault.kind in CONTACT_FAULTS else end_s - QUESTION_S
    phase = "end" if happened_s >= over_s else "setup" if happened_s <= opened_s else "session"
    outcome = Outcome(
        "", "never" if happened_s == inf else phase, bench.answered, bench.passed, len(bench.pulses), ended_after_s,
        session.refused or session.first_problem,
    )  # fmt: skip
    if stop_s > 0.1:
        return outcome._replace(wrong=f"stop took {stop_s:.3f} s")
    if any(abs(pulse.net_charge_uc) > 1e-9 for pulse in bench.pulses):
        return outcome._replace(wrong="a pulse is not balanced")
    return outcome._replace(wrong=_wrong(outcome, device, fault))


def _wrong(outcome: Outcome, device: Device, fault: Fault | None) -> str:
    healthy = not outcome.problem and outcome.pulses >= 0.95 * 2 * BURSTS * BURST_S * 40
    if fault is None or outcome.phase == "never":
        return "" if healthy else f"without a fault: {outcome.pulses} pulses, {outcome.problem!r}"
    may_be_harmless = outcome.phase == "setup" or (
        fault.kind == FaultKind.ONE_BYTE_AT_A_TIME and fault.late_s == BYTES_APART_S[0]
    )
    if outcome.phase == "end" or (healthy and may_be_harmless and fault.kind not in CONTACT_FAULTS):
        return ""
    if not outcome.problem:
        return "nothing was reported"
    if not tells_what_to_do(outcome.problem):
        return f"no advice in {outcome.problem!r}"
    limit_s = ENDED_WITHIN_S
    if fault.kind == FaultKind.PORT_GONE:
        limit_s = max(limit_s, 1.1 * device.time_out_s)
    return f"pulses for {outcome.ended_after_s:.3f} s after it" if outcome.ended_after_s > limit_s else ""


def tells_what_to_do(problem: str) -> bool:
    """Whether a sentence says what to check."""
    return any(word in problem for word in ("check", "off and on", "plug", "switched on"))


def faults_at(step: int) -> Iterator[Fault]:
    """Every kind of fault at the n-th answer of a session."""
    for kind in FaultKind:
        yield Fault(kind, at_answer=step)
    for apart_s in BYTES_APART_S:
        yield Fault(FaultKind.ONE_BYTE_AT_A_TIME, at_answer=step, times=10**6, late_s=apart_s)


def say(line: str) -> None:
    """One line of the report."""
    sys.stdout.write(line + "\n")


def main() -> int:
    """Run the campaign; 1 when any session went wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=list(DEVICES), help="only this one")
    parser.add_argument("--every", type=int, default=1, help="only every N-th step")
    parser.add_argument("--bytes", action="store_true", help="cut the port at every N-th byte instead")
    arguments = parser.parse_args()
    bad = 0
    for name in [arguments.device] if arguments.device else list(DEVICES):
        device = DEVICES[name]
        clean = trial(device)
        say(f"{name}: {clean.answers} answers, {clean.passed} bytes in a session without a fault {clean.wrong}")
        bad += bool(clean.wrong)
        wrong: Counter[str] = Counter()
        longest: dict[str, float] = {}
        count = 0
        if arguments.bytes:
            faults = [Fault(FaultKind.PORT_GONE, at_byte=i) for i in range(0, clean.passed, arguments.every)]
        else:
            faults = [fault for step in range(0, clean.answers, arguments.every) for fault in faults_at(step)]
        for fault in faults:
            outcome = trial(device, fault)
            count += 1
            if outcome.phase == "session" and outcome.problem:
                longest[fault.kind] = max(longest.get(fault.kind, 0.0), outcome.ended_after_s)
            if outcome.wrong:
                wrong[fault.kind] += 1
                if wrong[fault.kind] <= 3:
                    say(f"  {fault}: {outcome.wrong}")
        for kind, seconds in longest.items():
            say(f"  {kind}: last pulse at most {seconds * 1000:.0f} ms after it, {wrong[kind]} sessions wrong")
        say(f"  {count} sessions, {wrong.total()} wrong (in simulation)")
        bad += wrong.total()
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
