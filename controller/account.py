"""When one channel was on and how much it put out: longest burst, shortest pause, duty and charge.

Duty and charge are granted when a burst begins, for as long as it may last: while it lasts, older bursts can only leave
the window. So both hold in every sliding window, wherever it begins. A burst counts from its first tick to the first
tick without it, the charge of a burst that is partly in the window counts whole, and time without ticks counts as
current. A `Contact` is closed until the tick that opens it, up to one tick longer than its last tick says.
"""

from collections import deque
from math import isfinite
from typing import NamedTuple

from config.limits import HARD_MAX_BURST_S, HARD_MAX_MEAN_CHARGE_UC_PER_S
from config.schema import GateSettings
from controller.permission import Permission
from controller.signals import NEVER_S

SPARE_S = 0.2
"""A burst begins only if duty and charge leave room for the longest one in the window and this much more."""
LONGEST_WINDOW_S = 120.0
"""Bursts are remembered for the longest window that settings allow: other settings may ask for more of the past."""
MOST_BURSTS = 512
"""More than these are not remembered one by one: the two oldest become one, and the pause between them counts."""


class Burst(NamedTuple):
    """A burst that is over: first tick with current, first one without, charge of one phase of all its pulses."""

    began_s: float
    ended_s: float
    charge_nc: int


class Grant(NamedTuple):
    """What the burst that runs may have: since when, for how long, and the charge of one phase of all its pulses."""

    began_s: float
    lasts_s: float
    charge_nc: int


class Account:
    """The account of one channel. `most_uc_per_s`: the highest mean charge that its caps allow in a burst, µC/s.

    `closed` says which setting lets nothing through at all. `next_pulse_s`: no pulse is due before.
    """

    def __init__(self, settings: GateSettings, longest_burst_s: float, most_uc_per_s: float = 0.0) -> None:
        self.longest_burst_s = cap_of(longest_burst_s, HARD_MAX_BURST_S)
        self.next_pulse_s = NEVER_S
        self._pause_s = settings.shortest_pause_s
        self._window_s = cap_of(settings.duty_window_s, LONGEST_WINDOW_S)
        self._on_s = cap_of(settings.max_duty, 1.0) * self._window_s
        mean_uc_per_s = cap_of(settings.max_mean_charge_uc_per_s, HARD_MAX_MEAN_CHARGE_UC_PER_S)
        self._charge_nc = int(mean_uc_per_s * 1000.0 * self._window_s)
        self._most_nc_per_s = most_uc_per_s * 1000.0
        self.closed = first_closed(
            {"longest burst": self.longest_burst_s, "duty": self._on_s, "mean charge": mean_uc_per_s}
        )
        self._grant: Grant | None = None
        self._put_out_nc = 0
        self._bursts: deque[Burst] = deque()
        self._spent = ""

    def admit(self, t_s: float, *, wanted: bool, permitted: Permission) -> str:
        """Take the wish for current at `t_s`; the reason why it must be zero, or empty."""
        if not wanted:
            self._spent = ""
            self.end(t_s)
            return ""
        if permitted.no_flow:
            self.end(t_s)
            return permitted.no_flow
        if self._grant is not None:
            began_s, lasts_s, _ = self._grant
            if t_s - began_s < lasts_s:
                return ""
            self.end(t_s)
            self._spent = "longest burst" if lasts_s == self.longest_burst_s else "duty"
        return self.closed or self._spent or self._begin(t_s, permitted)

    def spend(self, t_s: float, current_ma: float, pulse_width_us: float) -> str:
        """Book the charge of one pulse of the running burst; the reason why there must be no more of it, or empty."""
        charge_nc = int(current_ma * pulse_width_us) + 1
        if self._grant is None or self._put_out_nc + charge_nc > self._grant.charge_nc:
            self.end(t_s)
            self._spent = "mean charge"
            return self._spent
        self._put_out_nc += charge_nc
        return ""

    def inherit(self, before: "Account") -> None:
        """Go on from the account of the same channel under other settings.

        A burst that still runs there is over, and counts as if it had lasted for as long as it might.
        """
        self.next_pulse_s = before.next_pulse_s
        if before._grant is not None:
            before.end(before._grant.began_s + before._grant.lasts_s)
        self._bursts = before._bursts.copy()

    def end(self, t_s: float) -> None:
        """No current from now on."""
        if self._grant is not None:
            self._bursts.append(Burst(self._grant.began_s, t_s, self._put_out_nc))
            self._grant, self._put_out_nc = None, 0
            if len(self._bursts) > MOST_BURSTS:
                oldest, second = self._bursts.popleft(), self._bursts.popleft()
                self._bursts.appendleft(Burst(oldest.began_s, second.ended_s, oldest.charge_nc + second.charge_nc))

    def _begin(self, t_s: float, permitted: Permission) -> str:
        if permitted.no_begin:
            self._spent = permitted.no_begin if permitted.final else ""
            return permitted.no_begin
        while self._bursts and self._bursts[0].ended_s <= t_s - LONGEST_WINDOW_S:
            self._bursts.popleft()
        if self._bursts and t_s - self._bursts[-1].ended_s < self._pause_s:
            return "shortest pause"
        left_s, left_nc, usual_s = self._left(t_s - self._window_s)
        needed_s = min(usual_s + SPARE_S, self.longest_burst_s)
        if left_s < needed_s:
            self._spent = "duty"
        elif left_nc < needed_s * self._most_nc_per_s:
            self._spent = "mean charge"
        if self._spent:
            return self._spent
        self._grant = Grant(t_s, min(left_s, self.longest_burst_s), left_nc)
        return ""

    def _left(self, since_s: float) -> tuple[float, int, float]:
        """Time with current (s) and charge (nC) that the window since `since_s` has left, and its longest burst (s)."""
        on_s = usual_s = 0.0
        charge_nc = 0
        for began_s, ended_s, burst_nc in reversed(self._bursts):
            if ended_s <= since_s:
                break
            on_s += ended_s - max(began_s, since_s)
            usual_s = max(usual_s, ended_s - began_s)
            charge_nc += burst_nc
        return self._on_s - on_s, self._charge_nc - charge_nc, usual_s


def cap_of(setting: float, hard_cap: float, least: float = 5e-324) -> float:
    """The setting inside the hard cap; 0, which lets nothing through, for no positive number or one below `least`."""
    return min(setting, hard_cap) if isfinite(setting) and setting >= least else 0.0


def first_closed(caps: dict[str, float]) -> str:
    """The first cap that lets nothing through, in words, or empty."""
    for name, cap in caps.items():
        if not cap > 0.0:
            return f"{name} cap is 0"
    return ""
