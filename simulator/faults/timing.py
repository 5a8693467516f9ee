"""What the faults of clock and scheduler are in detail, drawn from the seed of a planned fault."""

from collections.abc import Iterator
from random import Random

from simulator.faults.clock import Drift, Halt, Jump, Lag, Stall
from simulator.faults.plan import PlannedFault

TimeFault = Jump | Halt | Drift | Stall | Lag

MOST_S = 60.0
"""What never ends is drawn for so long."""
_AHEAD_S, _BACK_S, _HALT_S, _STALL_S = (0.03, 3.0), (0.005, 1.0), (0.02, 1.0), (0.005, 0.5)
_SHORT_S = (0.005, 0.06)


def time_faults(planned: PlannedFault) -> list[TimeFault]:  # noqa: PLR0912 - a table
    """Everything that happens to time for one planned fault; nothing for a fault of another channel."""
    random, at_s = Random(planned.seed), planned.start_s
    until_s = min(planned.stop_s, at_s + MOST_S)
    match planned.kind:
        case "clock.ahead":
            return [Jump(at_s, _between(random, _AHEAD_S))]
        case "clock.back":
            return [Jump(at_s, -_between(random, _BACK_S))]
        case "clock.stuck":
            return [Halt(at_s, _between(random, _HALT_S))]
        case "clock.off":
            return [Halt(at_s, MOST_S)]
        case "clock.garbage":
            return [Jump(t_s, random.uniform(-0.1, 0.1)) for t_s in _times(at_s, min(until_s, at_s + 1.0), 0.05)]
        case "clock.wrong":
            return [Drift(at_s, until_s, 1.1)]
        case "clock.slow":
            return [Drift(at_s, until_s, 0.9)]
        case "clock.delayed":
            return [Jump(at_s, -0.2)]
        case "clock.intermittent":
            return [Halt(t_s, random.uniform(0.01, 0.05)) for t_s in _times(at_s, until_s, 0.2)]
        case "scheduler.stall":
            return [Stall(at_s, _between(random, _STALL_S))]
        case "scheduler.stalls" | "scheduler.garbage":
            return list(_random_stalls(random, at_s, until_s))
        case "scheduler.off":
            return [Stall(at_s, 0.5)]
        case "scheduler.stuck":
            return [Stall(at_s, 0.15)]
        case "scheduler.wrong":
            return [Stall(t_s, 0.02) for t_s in _times(at_s, until_s, 0.05)]
        case "scheduler.slow":
            return [Stall(t_s, 0.012) for t_s in _times(at_s, until_s, 0.015)]
        case "scheduler.delayed":
            return [Lag(at_s, until_s, 0.004)]
        case "scheduler.intermittent":
            return [Stall(t_s, 0.03) for t_s in _times(at_s, until_s, 0.4)]
        case _:
            return []


def _between(random: Random, least_most: tuple[float, float]) -> float:
    """Evenly over the orders of magnitude."""
    least, most = least_most
    return float(least * (most / least) ** random.random())


def _times(from_s: float, until_s: float, every_s: float) -> Iterator[float]:
    for i in range(int((until_s - from_s) / every_s) + 1):
        yield from_s + i * every_s


def _random_stalls(random: Random, at_s: float, until_s: float) -> Iterator[Stall]:
    while at_s < until_s:
        yield Stall(at_s, random.uniform(*_SHORT_S))
        at_s += random.expovariate(2.0)
