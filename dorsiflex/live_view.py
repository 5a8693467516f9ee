"""What a person sees while it runs: a live panel on a terminal, one plain line a second elsewhere."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from types import TracebackType

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from controller.faults import fault_of
from controller.signals import ArmingState, Contact, LegTick, PulseTrain, Reduction, Tick
from dorsiflex.walk_statistics import WalkCounter

REFRESH_S = 0.1
PLAIN_S = 1.0
NOTE_S = 3.0
"""How long a note can be read."""
BAR = 6
COLUMNS = {"leg": 5, "phase": 9, "heel": 7, "tilt": 15, "output": 11, "burst": 10 + BAR, "steps": 5}
"""Widths that hold every word and fit a terminal of 80 columns."""
STATE_COLOURS = {
    ArmingState.DISARMED: "cyan",
    ArmingState.ARMED: "green",
    ArmingState.PAUSED: "yellow",
    ArmingState.LATCHED: "bold red",
}


class LiveView(AbstractContextManager["LiveView"]):
    """Shows the newest tick from a thread of its own; the loop only leaves ticks with the counter."""

    def __init__(self, counter: WalkCounter, console: Console, *, plain: bool, keys: str) -> None:
        self.counter = counter
        self.console = console
        self.plain = plain
        self.keys = keys
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._show, name="view", daemon=True)

    def __enter__(self) -> "LiveView":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        self._thread.join()

    def _show(self) -> None:
        # A view that cannot be written any more, full disk or terminal gone, is no reason for the loop to end.
        with suppress(OSError):
            self._show_all()

    def _show_all(self) -> None:
        if self.plain:
            self._repeat(PLAIN_S, self._print_line)
        else:
            with Live(console=self.console, auto_refresh=False, transient=True) as live:
                self._repeat(REFRESH_S, lambda tick: live.update(self._panel(tick), refresh=True))

    def _repeat(self, period_s: float, show: Callable[[Tick], None]) -> None:
        shown: Tick | None = None
        while not self._ending.wait(period_s):
            tick = self.counter.last
            if tick is not None and tick is not shown:
                show(tick)
                shown = tick

    def _print_line(self, tick: Tick) -> None:
        self.console.print(self._line(tick), markup=False, highlight=False, soft_wrap=True)

    def _elapsed_s(self, tick: Tick) -> float:
        return tick.inputs.t_s - self.counter.start_s

    def _line(self, tick: Tick) -> str:
        legs = " | ".join(self._leg_words(tick, leg) for leg in tick.legs)
        because = "".join(f"  ! {sentence}" for sentence in self._sentences(tick))
        return f"{self._elapsed_s(tick):7.1f} s  {tick.state.name.lower():8}  {legs}{because}"

    def _sentences(self, tick: Tick) -> list[str]:
        """Faults and notes for the person."""
        fresh = tick.inputs.t_s - self.counter.noted_s < NOTE_S
        held = [
            f"{reduction.channel} held back: {reduction.reason}" for reduction in tick.reductions if _tells(reduction)
        ]
        return [*(fault_words(name) for name in tick.faults), *(self.counter.notes if fresh else ()), *held]

    def _leg_words(self, tick: Tick, leg: LegTick) -> str:
        steps = {count.side: count.steps for count in self.counter.counts()}.get(leg.side, 0)
        return (
            f"{leg.side} {leg.phase.name.lower():9} heel {leg.contact.name.lower():7} {_tilt_words(leg):17} "
            f"{_output_words(tick, leg):18} steps {steps}"
        )

    def _panel(self, tick: Tick) -> Panel:
        table = Table(expand=True, box=None, pad_edge=False, padding=(0, 1, 0, 0))
        for name, width in COLUMNS.items():
            table.add_column(name, min_width=width)
        counts = {count.side: count for count in self.counter.counts()}
        for leg in tick.legs:
            table.add_row(
                leg.side,
                leg.phase.name.lower(),
                leg.contact.name.lower(),
                _tilt_words(leg),
                _output_words(tick, leg),
                f"{leg.stage.name.lower():9} {'█' * round(leg.level * BAR):{BAR}}",
                str(counts[leg.side].steps if leg.side in counts else 0),
            )
        state = Text(tick.state.name, style=STATE_COLOURS[tick.state])
        head = Text.assemble(f"{self._elapsed_s(tick):6.1f} s   ", state, f"   mode {tick.mode}", _softened_words(tick))
        words = [Text(f"! {sentence}", style="red") for sentence in self._sentences(tick)]
        return Panel(
            Group(head, table, *(words or [Text("no fault", style="dim")]), Text(self.keys, style="dim")),
            title="Dorsiflex: research prototype, not a medical device",
        )


def fault_words(name: str) -> str:
    """What is wrong and what to do, for an active fault."""
    fault = fault_of(name)
    return f"{fault.text} ({name}): {fault.cure}"


def _softened_words(tick: Tick) -> str:
    sides = [leg.side for leg in tick.legs if leg.softened]
    return f"   softened: {', '.join(sides)}" if sides else ""


def _tilt_words(leg: LegTick) -> str:
    for tilt in leg.tilt.values():
        return f"{tilt.pitch_deg:+4.0f}° {tilt.rate_deg_s:+5.0f}°/s" if tilt.known else "tilt unknown"
    return "no IMU"


def _output_words(tick: Tick, leg: LegTick) -> str:
    words: list[str] = []
    for command in tick.allowed.values():
        if isinstance(command, Contact):
            if command.channel.startswith(leg.side):
                words.append("contact ON" if command.stimulate else "contact off")
        else:
            words += [_train_words(train) for train in command.trains if train.channel.startswith(leg.side)]
    return ", ".join(words)


def _train_words(train: PulseTrain) -> str:
    return f"{train.current_ma:4.1f} mA"


def _tells(reduction: Reduction) -> bool:
    """Whether a person should hear of it: not of what every burst meets, nor of what state and faults say already."""
    return not any(word in reduction.reason for word in ("rise", "pulses", "armed", "paused", "latched", ":"))
