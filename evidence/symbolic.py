"""Runs real code on floats that stand for every float, NaN and infinities included, along every path that it can take.

Each comparison of a symbol is answered in both ways, unless what is known on this path leaves only one. What is known
is an order (a <= b, a < b) and which symbols are numbers. IEEE 754 rounding is monotone, so the bounds of a sum,
product, quotient or root are that operation on the bounds of its operands; nothing else is assumed of arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import inf, sqrt
from typing import TypeVar

Result = TypeVar("Result")
MOST_PATHS = 100_000
Order = dict["Symbol | float", list[tuple["Symbol | float", bool]]]
"""For a value those that are not less (or not greater), and whether strictly."""


class Symbol:
    """Any float. `low`, `high`: its bounds if it is known to be a number."""

    def __init__(self, path: Path, name: str, low: float = -inf, high: float = inf, *, number: bool = False) -> None:
        self.path, self.name, self.low, self.high = path, name, low, high
        if number:
            path.numbers.add(self)

    def __repr__(self) -> str:
        return self.name

    __hash__ = object.__hash__

    def __lt__(self, other: Symbol | float) -> bool:
        return self.path.below(self, other, strict=True)

    def __le__(self, other: Symbol | float) -> bool:
        return self.path.below(self, other, strict=False)

    def __gt__(self, other: Symbol | float) -> bool:
        return self.path.below(other, self, strict=True)

    def __ge__(self, other: Symbol | float) -> bool:
        return self.path.below(other, self, strict=False)

    def __eq__(self, other: object) -> bool:
        return self is other or self.path.choose(f"{self} == {other}")

    def __add__(self, other: Symbol | float) -> Symbol:
        return self.path.result("+", lambda a, b: a + b, self, other)

    __radd__ = __add__

    def __sub__(self, other: Symbol | float) -> Symbol:
        return self.path.difference(self, other)

    def __rsub__(self, other: Symbol | float) -> Symbol:
        return self.path.difference(other, self)

    def __mul__(self, other: Symbol | float) -> Symbol:
        return self.path.result("*", lambda a, b: a * b, self, other, least=0.0)

    __rmul__ = __mul__

    def __truediv__(self, other: Symbol | float) -> Symbol:
        return self.path.quotient(self, other)

    def __rtruediv__(self, other: Symbol | float) -> Symbol:
        return self.path.quotient(other, self)


class Path:
    """One way through the code: the choices made, and what is known because of them."""

    def __init__(self, choices: tuple[bool, ...]) -> None:
        self.planned = choices
        self.taken: list[bool] = []
        self.said: list[str] = []
        self.numbers: set[Symbol] = set()
        self._above: Order = {}
        self._below: Order = {}

    def symbol(self, name: str, low: float = -inf, high: float = inf, *, number: bool = False) -> Symbol:
        """A new symbol; with `number` one that is known to be a number between the bounds."""
        return Symbol(self, name, low, high, number=number)

    def choose(self, what: str) -> bool:
        """Both answers are possible: this path's."""
        at = len(self.taken)
        answer = self.planned[at] if at < len(self.planned) else True
        self.taken.append(answer)
        self.said.append(f"{what} is {answer}")
        return answer

    def know(self, small: Symbol | float, great: Symbol | float, *, strict: bool) -> None:
        """From now on small <= great, or < if strict; both are numbers."""
        self._above.setdefault(small, []).append((great, strict))
        self._below.setdefault(great, []).append((small, strict))
        self.numbers.update(x for x in (small, great) if isinstance(x, Symbol))

    def is_number(self, value: Symbol | float) -> bool:
        """Whether it cannot be NaN."""
        return value in self.numbers if isinstance(value, Symbol) else value == value  # noqa: PLR0124

    def proven(self, small: Symbol | float, great: Symbol | float, *, strict: bool = False) -> bool:
        """Whether small <= great (or <) follows from what is known: by a chain, or by constants between the two."""
        if not (self.is_number(small) and self.is_number(great)):
            return False
        above = _reach(small, self._above)
        if great in above and (above[great] or not strict):
            return True
        high, below_high = _bound(above, highest=True)
        low, above_low = _bound(_reach(great, self._below), highest=False)
        return high < low or (high == low and (below_high or above_low or not strict))

    def below(self, small: Symbol | float, great: Symbol | float, *, strict: bool) -> bool:
        """Answer small <= great or small < great, and remember it."""
        small, great = (x if isinstance(x, Symbol) else float(x) for x in (small, great))
        if self.proven(small, great, strict=strict):
            return True
        if self.proven(great, small, strict=not strict):
            return False
        if not all(self.is_number(x) for x in (small, great) if not isinstance(x, Symbol)):
            return False
        answer = self.choose(f"{small} {'<' if strict else '<='} {great}")
        if answer:
            self.know(small, great, strict=strict)
        elif self.is_number(small) and self.is_number(great):
            self.know(great, small, strict=not strict)
        return answer

    def bounds(self, value: Symbol | float) -> tuple[float, float]:
        """The constants between which a number is known to lie."""
        low, _ = _bound(_reach(value, self._below), highest=False)
        high, _ = _bound(_reach(value, self._above), highest=True)
        return low, high

    def result(
        self,
        sign: str,
        operation: Callable[[float, float], float],
        a: Symbol | float,
        b: Symbol | float,
        least: float = -inf,
    ) -> Symbol:
        """A result that grows with both operands (where both are at least `least`)."""
        new = Symbol(self, f"({a} {sign} {b})")
        if self.is_number(a) and self.is_number(b):
            (a_low, a_high), (b_low, b_high) = self.bounds(a), self.bounds(b)
            low, high = (operation(a_low, b_low), operation(a_high, b_high))
            if min(a_low, b_low) >= least and low > -inf and high < inf:
                new.low, new.high = low, high
                self.numbers.add(new)
        return new

    def difference(self, a: Symbol | float, b: Symbol | float) -> Symbol:
        """a - b: grows with a, falls with b; not negative where a >= b is known."""
        new = Symbol(self, f"({a} - {b})")
        if self.is_number(a) and self.is_number(b):
            (a_low, a_high), (b_low, b_high) = self.bounds(a), self.bounds(b)
            low, high = a_low - b_high, a_high - b_low
            if low > -inf and high < inf:
                new.low, new.high = (0.0 if self.proven(b, a) else low), high
                self.numbers.add(new)
        return new

    def quotient(self, a: Symbol | float, b: Symbol | float) -> Symbol:
        """a / b of a number that is not negative by a positive one; for anything else nothing is known."""
        new = Symbol(self, f"({a} / {b})")
        if self.is_number(a) and self.is_number(b):
            (a_low, a_high), (b_low, b_high) = self.bounds(a), self.bounds(b)
            if a_low >= 0.0 and b_low > 0.0 and a_high / b_low < inf:
                new.low, new.high = a_low / b_high, a_high / b_low
                self.numbers.add(new)
        return new

    def root(self, value: Symbol | float) -> Symbol | float:
        """The square root of a number that is not negative."""
        if not isinstance(value, Symbol):
            return sqrt(value)
        new = Symbol(self, f"sqrt({value})")
        low, high = self.bounds(value)
        if self.is_number(value) and low >= 0.0 and high < inf:
            new.low, new.high = sqrt(low), sqrt(high)
            self.numbers.add(new)
        return new


def _reach(start: Symbol | float, edges: Order) -> dict[Symbol | float, bool]:
    """Everything that can be reached, and whether over a strict step."""
    found = {start: False}
    todo: list[tuple[Symbol | float, bool]] = [(start, False)]
    while todo:
        value, strict = todo.pop()
        for following, step in edges.get(value, ()):
            now = strict or step
            if following not in found or (now and not found[following]):
                found[following] = now
                todo.append((following, now))
    return found


def _bound(reached: dict[Symbol | float, bool], *, highest: bool) -> tuple[float, bool]:
    """The closest constant among what was reached, and whether the start is strictly inside it."""
    sign = 1.0 if highest else -1.0
    best, strict = sign * inf, False
    for value, is_strict in reached.items():
        limit = (value.high if highest else value.low) if isinstance(value, Symbol) else value
        if sign * limit < sign * best or (limit == best and is_strict):
            best, strict = limit, is_strict
    return best, strict


def walk_all(run: Callable[[Path], Result]) -> Iterator[tuple[Path, Result]]:
    """Run the code along every path that it can take; raises RuntimeError when there are too many."""
    todo: list[tuple[bool, ...]] = [()]
    walked = 0
    while todo:
        choices = todo.pop()
        path = Path(choices)
        result = run(path)
        walked += 1
        if walked > MOST_PATHS:
            raise RuntimeError(f"more than {MOST_PATHS} paths")
        for i in range(len(choices), len(path.taken)):
            todo.append((*path.taken[:i], not path.taken[i]))
        yield path, result
