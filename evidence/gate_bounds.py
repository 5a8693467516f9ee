"""The gate's bounds for all floats: shown by exhaustive case analysis of its own code, not by sampling.

    python -m evidence.gate_bounds

What is asked, the time, every setting and what the gate remembers are symbols that stand for every float: NaN, the
infinities, -0.0 and subnormal numbers included (`symbolic.py`). `cap_of`, `ChannelGate.judge_train`, `judge_contact`,
`charge_fits`, `Account.admit` and `Account.spend` are run along every path that they can take, and on each the bounds
must follow from what is known there.

Assumed: IEEE 754 doubles rounded to nearest (monotone; each operation errs by 2**-53 of its result at most), integers
of any size (Python's), and that the real numbers behave. The loop that steps the current down until its charge fits
is walked for two turns; every turn begins from the same: a number that does not fit. It ends, as 0 fits. For any
account: its answers are free choices in the gate's walk, so the bounds of one pulse do not rest on it.
"""

import sys
from collections.abc import Callable
from fractions import Fraction
from math import inf
from typing import Any
from unittest import mock

from config.limits import (
    HARD_MAX_BURST_S,
    HARD_MAX_RMS_DENSITY_MA_CM2,
    MORE_PULSES,
)
from config.schema import GateSettings
from controller import account, gate
from controller.account import Account, Burst, Grant
from controller.gate import ChannelGate
from controller.permission import Permission
from controller.signals import Contact, PulseTrain
from evidence.any_gate import Fits, NotShown, any_gate, claim, symbolic
from evidence.result import save
from evidence.symbolic import Path, walk_all

ULP = Fraction(1, 2**53)
"""The relative error of one rounding."""
RISE_BOUND = Fraction(1, 2**50)


def cap_within_hard_cap(path: Path) -> None:
    """`cap_of` gives 0 or a number from `least` to the hard cap, for any setting."""
    setting = path.symbol("setting")
    with symbolic(path):
        cap = account.cap_of(setting, 60.0, 1.0)  # type: ignore[arg-type]
    claim(path, cap == 0.0 if isinstance(cap, float) and cap != 60.0 else path.proven(1.0, cap), "cap below least")
    claim(path, path.proven(cap, 60.0), "cap above the hard cap")


def train_within_bounds(path: Path) -> None:
    """What `judge_train` lets out is inside every cap and never more than was asked, for any floats."""
    judge, of_any = any_gate(path)
    caps = dict(vars(judge))
    fits = Fits(path)
    t_s: Any = path.symbol("t")
    numbers: list[Any] = [path.symbol(name) for name in ("current", "width", "rate")]
    asked = PulseTrain("c", 1, numbers[0], numbers[1], numbers[2], path.choose("a pulse is due"))
    risen: list[Any] = []

    def rise(self: ChannelGate, t_s: float) -> float:
        risen.append(REAL_RISE(self, t_s))
        return risen[-1]  # type: ignore[no-any-return]

    def nextafter(value: Any, towards: float) -> Any:  # noqa: ANN401
        claim(path, towards == 0.0, "the step is not towards 0")
        low, high = path.bounds(value)
        less = path.symbol(f"just below {value}", 0.0, high, number=path.is_number(value) and low >= 0.0)
        path.know(less, value, strict=False)
        return less

    with (
        symbolic(path),
        mock.patch.object(gate, "charge_fits", fits),
        mock.patch.object(gate, "nextafter", nextafter),
        mock.patch.object(ChannelGate, "_risen", rise),
    ):
        out, reason = judge.judge_train(t_s, asked, Permission("", ""))
    current, width, rate = out.current_ma, out.pulse_width_us, out.rate_hz
    for value in (current, width, rate):
        claim(path, path.proven(0.0, value) and path.proven(value, sys.float_info.max), "an output is not finite")
    claim(path, judge._last_ma is out.current_ma, "the current is not remembered")
    claim(path, not out.due or asked.due, "a pulse that was not asked")
    if current == 0.0 and isinstance(current, float):
        claim(path, not out.due, "a pulse without current")
        return
    claim(path, not judge.defect and not caps["_closed"], "current although it is closed or a defect")
    claim(path, path.proven(current, caps["_max_current_ma"]), "above the current cap")
    claim(path, path.proven(width, caps["_max_pulse_width_us"]), "above the width cap")
    claim(path, path.proven(rate, caps["_max_rate_hz"]), "above the rate cap")
    for less, more in zip((current, width, rate), numbers, strict=True):
        claim(path, path.proven(less, more), "more than was asked")
    claim(path, any(path.proven(current, fit) for fit in fits.fit), "above the charge cap")
    claim(path, bool(risen) and path.proven(current, risen[0]), "rises too fast")
    claim(path, path.is_number(risen[0]), "the rise is no number")
    claim(
        path, reason != "" or (current is asked.current_ma and width is asked.pulse_width_us), "less without a reason"
    )
    density = [s for s in path.numbers if s.name == f"({caps['_rms_ma_at_1_us']} / sqrt({width}))"]
    claim(path, any(path.proven(current, bound) for bound in density), "above the density")
    if out.due:
        claim(path, path.proven(0.0, current, strict=True), "a pulse without current")
        claim(path, of_any.spent == (current, width), "a pulse that the account does not know")


REAL_RISE = ChannelGate._risen


def broken_contact_is_open(path: Path) -> None:
    """`judge_contact` closes a contact only where time runs and the account admits it."""
    judge, of_any = any_gate(path)
    t_s: Any = path.symbol("t")
    with symbolic(path):
        out, reason = judge.judge_contact(t_s, Contact("c", path.choose("it is asked")), Permission("", ""))
    if out.stimulate:
        claim(path, path.proven(-1e9, t_s) and path.proven(t_s, gate.LATEST_S), "closed although time is broken")
        claim(path, not reason and not judge.defect, "closed with a reason against it")
    elif judge.defect:
        claim(path, len(of_any.ended) == 1, "a burst goes on through a defect")


def charge_is_exact(path: Path) -> None:
    """`charge_fits` says yes only where the exact product is inside: by rounding's order, else by whole numbers."""
    rounded_less = path.choose("the rounded products differ")
    less = path.choose("the rounded product is less")
    said: list[str] = []

    class Product:
        """A rounded product: two of them differ or not, and are in order, as this path says."""

        def __ne__(self, other: object) -> bool:
            said.append("ne")
            return rounded_less

        __hash__ = None  # type: ignore[assignment]

        def __eq__(self, other: object) -> bool:
            raise NotImplementedError

        def __lt__(self, other: object) -> bool:
            said.append("lt")
            return less

    class Factor:
        """A float whose product with another is a `Product`; its ratio is that of an exact value."""

        def __init__(self, value: Fraction) -> None:
            self.value = value

        def __mul__(self, other: object) -> Product:
            return Product()

        def as_integer_ratio(self) -> tuple[int, int]:
            said.append("exact")
            return self.value.numerator, self.value.denominator

    cases = [(Fraction(a, 7), Fraction(b, 3), Fraction(c, 11_000)) for a in (1, 5) for b in (2, 9) for c in (1, 10, 77)]
    for current, width, charge in cases:
        said.clear()
        answer = gate.charge_fits(Factor(current), Factor(width), Factor(charge))  # type: ignore[arg-type]
        if rounded_less:
            claim(path, answer == less and said == ["ne", "lt"], "the order of rounded products is not followed")
        else:
            claim(path, answer == (current * width <= 1000 * charge), "equal products are not looked at exactly")


def admitted_within_time(path: Path) -> None:
    """`admit` lets current flow only within the time that was granted, and grants no more than there is."""
    longest = path.symbol("longest burst", 0.0, HARD_MAX_BURST_S, number=True)
    ledger = Account(GateSettings(), 1.0)
    left_s: Any = path.symbol("time left", -1e9, account.LONGEST_WINDOW_S, number=True)
    t_s: Any = path.symbol("t", -1e9, gate.LATEST_S, number=True)
    began: Any = path.symbol("began", -1e9, gate.LATEST_S, number=True) if path.choose("a burst runs") else None
    if began is not None:
        path.know(began, t_s, strict=False)
    may_last: Any = path.symbol("may last", -inf, HARD_MAX_BURST_S, number=True)
    path.know(may_last, longest, strict=False)
    left_nc = 10**9 if path.choose("charge is left") else -1
    usual_s: Any = path.symbol("usual", 0.0, 130.0, number=True)
    before = {
        "longest_burst_s": longest,
        "closed": "closed" if path.choose("closed") else "",
        "_grant": None if began is None else Grant(began, may_last, 0),
        "_spent": "spent" if path.choose("spent") else "",
        "_pause_s": path.symbol("pause", 0.0, 5.0, number=True),
    }
    vars(ledger).update(before)
    if path.choose("there was a burst"):
        ended: Any = path.symbol("ended", -1e9, gate.LATEST_S, number=True)
        ledger._bursts.append(Burst(ended, ended, 1))
    no_flow = "off" if path.choose("nothing may flow") else ""
    no_begin = "not now" if path.choose("nothing may begin") else ""
    wanted = path.choose("it is wanted")
    with symbolic(path), mock.patch.object(Account, "_left", return_value=(left_s, left_nc, usual_s)):
        reason = ledger.admit(t_s, wanted=wanted, permitted=Permission(no_flow, no_begin))
    if reason or not wanted:
        claim(path, ledger._grant is None, "refused, and the burst goes on")
        return
    claim(path, not no_flow, "flows where nothing may flow")
    grant = ledger._grant
    if grant is None:
        raise NotShown("flows without a burst")
    if grant.began_s is began:
        spans = [s for s in path.numbers if s.name == f"({t_s} - {began})"]
        claim(path, any(path.proven(s, may_last, strict=True) for s in spans), "longer than was granted")
        claim(path, path.proven(may_last, HARD_MAX_BURST_S), "longer than the longest burst")
        return
    claim(path, not no_begin and not before["closed"], "begins where nothing may begin")
    claim(path, path.proven(grant.lasts_s, left_s), "granted more time than is left")
    claim(path, path.proven(grant.lasts_s, longest), "granted more than the longest burst")
    claim(path, grant.charge_nc == left_nc >= 0 and ledger._put_out_nc == 0, "granted more charge than is left")


def spent_within_grant(path: Path) -> None:
    """`spend` books at least the exact charge of a pulse, and refuses one that would pass the grant."""
    for nc, put_out, granted in [
        (n, p, g) for n in (0, 1, 19_999, 20_000) for p in (0, 7) for g in (0, 8, 20_001, 10**9)
    ]:
        ledger = Account(GateSettings(), 1.0)
        ledger._grant, ledger._put_out_nc = Grant(0.0, 1.0, granted), put_out
        fits = put_out + nc + 1 <= granted
        reason = ledger.spend(1.0, float(nc), 1.0)
        claim(path, (reason == "") == fits, "the grant is not kept")
        claim(path, ledger._put_out_nc == (put_out + nc + 1 if fits else 0), "not booked, or booked without a pulse")
        claim(path, (ledger._grant is None) == (not fits), "the burst goes on without charge")


def density_rounding_is_covered() -> bool:
    """Seven roundings and that of 2e-6 make the current greater by less than `_ROUNDING` takes away."""
    grown = (1 + ULP) ** 3 / (1 - ULP) ** 3 * Fraction(gate._ROUNDING)
    return grown**2 * Fraction(2, 10**6) / Fraction(2e-6) <= 1 and HARD_MAX_RMS_DENSITY_MA_CM2 == 2.0


def rise_rounding_is_covered() -> bool:
    """Three roundings: the rise is passed by less than 2**-50 of the current."""
    return (1 + ULP) ** 3 - 1 <= RISE_BOUND


def charge_steps_are_few() -> bool:
    """The quotient errs by two roundings, so three steps down, each by 2**-53 at least, bring it inside."""
    return (1 + ULP) ** 2 * (1 - ULP) ** 3 <= 1


def pulses_in_a_window_are_bounded() -> bool:
    """Pulse k comes EARLY_SHARE of the shortest period early at most: in T seconds T times the highest rate and 1.5."""
    return MORE_PULSES >= 1.0 + gate.EARLY_SHARE


WALKS: dict[str, Callable[[Path], None]] = {
    "settings become caps": cap_within_hard_cap,
    "pulse train": train_within_bounds,
    "contact": broken_contact_is_open,
    "charge per phase": charge_is_exact,
    "account, time": admitted_within_time,
    "account, charge": spent_within_grant,
}
LEMMAS = (density_rounding_is_covered, rise_rounding_is_covered, charge_steps_are_few, pulses_in_a_window_are_bounded)


def show() -> dict[str, int]:
    """Walk everything; the number of paths of each part. Raises NotShown where a bound does not follow."""
    for lemma in LEMMAS:
        if not lemma():
            raise NotShown(lemma.__doc__ or lemma.__name__)
    return {name: sum(1 for _ in walk_all(walk)) for name, walk in WALKS.items()}


def main() -> int:
    """Print the number of paths; the exit code."""
    try:
        paths = show()
    except NotShown as error:
        print(f"not shown: {error}")  # noqa: T201
        return 1
    for name, number in paths.items():
        print(f"{name}: {number} paths, all inside their bounds")  # noqa: T201
    save(
        "gate_bounds",
        "Gate's bounds for all floats, by exhaustive case analysis of its code",
        {
            "paths": sum(paths.values()),
            "not shown": 0,
            **paths,
            "charge above its cap": "never, exact",
            "lemmas": len(LEMMAS),
        },
        whole=True,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
