"""The rows of the table: what is measured, by which command, and how long that takes."""

from typing import NamedTuple


class Row(NamedTuple):
    """A row: its name, what it says, and the arguments of `python -m` at three lengths.

    `usual` is what `make bench` runs, about `minutes` long; `quick` shows only that it works, `full` is as long as the
    goal was written for. A row that is `on_request` runs when it is named, and in a full run.
    """

    name: str
    what: str
    usual: tuple[str, ...]
    quick: tuple[str, ...]
    full: tuple[str, ...]
    minutes: float
    on_request: bool = False

    @property
    def command(self) -> str:
        """The usual command, as a person types it."""
        return " ".join(("python", "-m", *self.usual))


def _row(name: str, what: str, module: str, minutes: float, *, usual: str = "", quick: str = "", full: str = "") -> Row:
    return Row(
        name,
        what,
        (module, *usual.split()),
        (module, *quick.split()),
        (module, *(full or usual).split()),
        minutes,
    )


ROWS = (
    _row(
        "wakeups",
        "wake-up lateness at 200 Hz, FIFO 80, alternating with cyclictest; median of the pairs",
        "benchmarks.wakeups",
        2.6,
        usual="--seconds 15 --pairs 5",
        quick="--seconds 2 --pairs 1",
        full="--seconds 60 --pairs 5",
    ),
    _row(
        "tick",
        "a tick: sense (direct), decide, gate, ring; beside opensourceleg in the same run",
        "benchmarks.tick_cost",
        0.2,
        usual="--ticks 2000 --rounds 9",
        quick="--ticks 500 --rounds 2",
    ),
    _row(
        "edge",
        "heel edge to last stimulus byte, P24 on a pseudo terminal, debounce and delay 0",
        "benchmarks.edge_latency",
        2.9,
        usual="--edges 500 --runs 10",
        quick="--edges 16 --runs 2",
        full="--edges 1000 --runs 10",
    ),
    _row(
        "replay",
        "the controller's step, and replays of a black box and of CSV recordings, one core",
        "benchmarks.replay_speed",
        0.7,
        usual="--minutes 5",
        quick="--minutes 0.5",
        full="--minutes 30",
    ),
    _row(
        "person",
        "a simulated person with the controller, direct, one core",
        "benchmarks.simulation_rows",
        0.3,
        usual="person --seconds 30 --repeats 3",
        quick="person --seconds 5 --repeats 1",
    ),
    _row(
        "cohort",
        "many simulated people on all cores (in the usual run a sample of few people and short walks)",
        "benchmarks.simulation_rows",
        2.0,
        usual="cohort --people 4 --minutes 0.5 --repeats 2",
        quick="cohort --people 4 --minutes 0.1 --repeats 1",
        full="cohort --people 1000 --minutes 10 --repeats 1",
    ),
    _row(
        "growth",
        "speed when strides, length of the recording, viewers and people grow tenfold",
        "benchmarks.growth",
        1.3,
        usual="--minutes 1 --people 2",
        quick="--minutes 0.2 --people 1",
        full="--minutes 10 --people 10",
    ),
    _row(
        "live",
        "memory, processor time and start of a run without a terminal",
        "benchmarks.live_cost",
        1.4,
        usual="--seconds 20",
        quick="--seconds 3",
        full="--seconds 60",
    ),
    _row(
        "stress",
        "missed ticks with a stalled viewer, a stopped recorder, a full disk and stress-ng, beside cyclictest",
        "benchmarks.stress",
        20.5,
        usual="--minutes 10 --turns 5",
        quick="--minutes 0.1 --turns 1",
        full="--minutes 10 --turns 5",
    )._replace(on_request=True),
)
