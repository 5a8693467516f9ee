"""A gate as symbols: caps, memory and account that may be anything they can be, and what a path has to show."""

from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from typing import Any
from unittest import mock

from config.limits import HARD_MAX_CHARGE_UC, HARD_MAX_CURRENT_MA, HARD_MAX_PULSE_WIDTH_US, HARD_MAX_RATE_HZ
from controller import account, gate
from controller.gate import ChannelGate
from controller.permission import Permission
from evidence.symbolic import Path, Symbol

MOST_TURNS = 2


class NotShown(Exception):
    """A bound does not follow on some path."""


def claim(path: Path, truth: bool, what: str) -> None:
    """Raise NotShown with the whole path unless it is true."""
    if not truth:
        raise NotShown(what + ", where " + "; ".join(path.said))


@contextmanager
def symbolic(path: Path) -> Iterator[None]:
    """Let the functions of `math` that the gate uses take symbols."""

    def isfinite(value: Symbol | float) -> bool:
        return bool(-inf < value) and bool(value < inf)

    with (
        mock.patch.object(account, "isfinite", isfinite),
        mock.patch.object(gate, "sqrt", path.root),
    ):
        yield


class AnyAccount:
    """An account that may answer anything at any time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.next_pulse_s: Any = path.symbol("next pulse", -1e9, 2e9, number=True)
        self.ended: list[object] = []
        self.spent: tuple[object, object] | None = None

    def admit(self, t_s: object, *, wanted: bool, permitted: Permission) -> str:
        del t_s, permitted
        return "refused" if self.path.choose("the account refuses") and wanted else ""

    def spend(self, t_s: object, current_ma: object, pulse_width_us: object) -> str:
        del t_s
        self.spent = current_ma, pulse_width_us
        return "spent" if self.path.choose("no charge is left") else ""

    def end(self, t_s: object) -> None:
        self.ended.append(t_s)


class Fits:
    """`charge_fits` as a free choice, kept consistent: its two answers for one width say which current is less."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.fit: list[Any] = []
        self.too_much: list[Any] = []

    def __call__(self, current_ma: object, pulse_width_us: object, charge_uc: object) -> bool:
        del charge_uc
        if len(self.too_much) == MOST_TURNS or not self.path.choose(f"{current_ma} times {pulse_width_us} is too much"):
            self.fit.append(current_ma)
            for great in self.too_much:
                self.path.know(current_ma, great, strict=True)  # type: ignore[arg-type]
            return True
        self.too_much.append(current_ma)
        return False


def any_gate(path: Path) -> tuple[ChannelGate, AnyAccount]:
    """A gate whose caps and memory are any that it can have. Its constructor is not run: `cap_of` is shown apart."""
    judge = ChannelGate.__new__(ChannelGate)
    of_any = AnyAccount(path)
    caps: dict[str, Any] = {
        "defect": "",
        "account": of_any,
        "_max_current_ma": path.symbol("current cap", 5e-324, HARD_MAX_CURRENT_MA, number=True),
        "_max_pulse_width_us": path.symbol(
            "width cap", gate.LEAST_PULSE_WIDTH_US, HARD_MAX_PULSE_WIDTH_US, number=True
        ),
        "_max_rate_hz": path.symbol("rate cap", gate.LEAST_RATE_HZ, HARD_MAX_RATE_HZ, number=True),
        "_max_charge_uc": path.symbol("charge cap", 5e-324, HARD_MAX_CHARGE_UC, number=True),
        "_max_rise_ma_per_s": path.symbol("rise cap", 5e-324, gate.FASTEST_RISE_MA_PER_S, number=True),
        "_rms_ma_at_1_us": path.symbol("rms cap", 0.0, 1e9, number=True),
        "_closed": "closed" if path.choose("a cap is 0") else "",
        "_last_s": path.symbol("last time", -1e9, gate.LATEST_S, number=True),
        "_last_ma": path.symbol("last current", 0.0, HARD_MAX_CURRENT_MA, number=True),
    }
    vars(judge).update(caps)
    return judge, of_any
