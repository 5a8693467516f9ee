"""Every small way to break a file: comparisons, boundaries, arithmetic, logic, constants, deletions, branches, returns.

A mutant is one edit of the syntax tree, described by the place and the text before and after, so that a list of excused
ones still fits when lines move. Left alone: docstrings, annotations, imports, `__all__` and the headings of classes.
"""

import ast
from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple

NEAR = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
"""Comparisons: the boundary moved, and the opposite."""
ARITHMETIC = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Pow: ast.Mult,
    ast.Mod: ast.Mult,
    ast.FloorDiv: ast.Mult,
}
NAMES = {"min": "max", "max": "min", "any": "all", "all": "any"}
METHODS = {"popleft": "pop", "appendleft": "append", "append": "appendleft"}
UNITS = ("_s", "_ma", "_us", "_hz", "_nc", "_uc", "_strides")
"""Attributes of one unit are swapped for each other."""
SIMPLE = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Expr, ast.Return, ast.Raise, ast.Continue, ast.Break)
LOOPS = (ast.For, ast.While)


class Mutant(NamedTuple):
    """One edit. `name` is unique in its file and does not depend on line numbers; `edit` carries it out in the tree."""

    line: int
    kind: str
    name: str
    edit: Callable[[], None]


def mutants_of(tree: ast.Module, constants: dict[str, list[str]]) -> list[Mutant]:
    """All mutants of a module, in the order of its text; `constants`: to each constant all those of its kind."""
    finder = _Finder(tree, constants)
    finder.module(tree)
    return finder.mutants


class _Finder:
    def __init__(self, tree: ast.Module, constants: dict[str, list[str]]) -> None:
        self.mutants: list[Mutant] = []
        self._constants = constants
        self._place = ""
        self._count: Counter[str] = Counter()
        self._attributes = _attributes_by_unit(tree)

    def module(self, tree: ast.Module) -> None:
        self._block(tree.body, in_function=False)

    def _add(self, kind: str, node: ast.AST, after: str, edit: Callable[[], None], *, before: str = "") -> None:
        text = f"{self._place or 'module'}: {kind}: {before or _text(node)} -> {after}"
        self._count[text] += 1
        number = f" (no. {self._count[text]})" if self._count[text] > 1 else ""
        self.mutants.append(Mutant(getattr(node, "lineno", 0), kind, text + number, edit))

    def _replace(self, kind: str, parent: ast.AST, field: str, index: int | None, new: ast.expr) -> None:
        """Mutate one expression, the child of `parent` in `field`, into another."""
        old = _child(parent, field, index)
        self._add(kind, old, _text(new), lambda: _put(parent, field, index, ast.copy_location(new, old)))

    def _block(self, body: list[ast.stmt], *, in_function: bool) -> None:
        for i, statement in enumerate(body):
            if _is_text(statement) or isinstance(statement, ast.Import | ast.ImportFrom):
                continue
            if isinstance(statement, ast.Assign) and _text(statement.targets[0]) == "__all__":
                continue
            if in_function and isinstance(statement, (*SIMPLE, *LOOPS)):
                self._add("delete", statement, "pass", _nothing_for(body, i), before=_first_line(statement))
            self._statement(statement, in_function=in_function)

    def _statement(self, statement: ast.stmt, *, in_function: bool) -> None:
        if isinstance(statement, ast.FunctionDef):
            self._function(statement)
        elif isinstance(statement, ast.ClassDef):
            outer, self._place = self._place, statement.name
            self._block(statement.body, in_function=False)
            self._place = outer
        else:
            if isinstance(statement, ast.If | ast.While):
                for forced in (True, False):
                    if forced and isinstance(statement, ast.While):
                        continue
                    self._replace("branch", statement, "test", None, ast.Constant(forced))
            if isinstance(statement, ast.AugAssign) and type(statement.op) in ARITHMETIC:
                self._operator(statement, ARITHMETIC[type(statement.op)])
            if isinstance(statement, ast.Match):
                for case in statement.cases:
                    self._add("case", case.pattern, "no case", _no_case(statement, case))
            self._expressions(statement)
            for block in _blocks(statement):
                self._block(block, in_function=in_function)

    def _function(self, function: ast.FunctionDef) -> None:
        outer = self._place
        self._place = f"{outer}.{function.name}" if outer else function.name
        for defaults in ("defaults", "kw_defaults"):
            for i, default in enumerate(getattr(function.args, defaults)):
                if default is not None:
                    self._expression(function.args, defaults, i)
        body = function.body
        for i, statement in enumerate(body):
            if not _is_text(statement) and not isinstance(statement, ast.Return):
                self._add("return", statement, "return first", _return_at(body, i), before=_first_line(statement))
        for value in _early_values(function):
            at = 1 if _is_text(body[0]) else 0
            if _text(body[at]) != f"return {value}":
                self._add("return", function, f"return {value}", _return_at(body, at, value), before=function.name)
        self._block(body, in_function=True)
        self._place = outer

    def _operator(self, node: ast.AugAssign | ast.BinOp, operator: type[ast.operator]) -> None:
        old = type(node.op).__name__

        def edit() -> None:
            node.op = operator()

        self._add("arithmetic", node, operator.__name__, edit, before=f"{old} in {_text(node)}")

    def _expressions(self, node: ast.AST) -> None:
        """Mutate the expressions right below a node, and go down into them; blocks of statements are left out."""
        for field, value in ast.iter_fields(node):
            if field in ("annotation", "returns", "decorator_list", "ctx"):
                continue
            children = enumerate(value) if isinstance(value, list) else [(None, value)]
            for index, child in children:
                if isinstance(child, ast.expr):
                    self._expression(node, field, index)
                elif isinstance(child, ast.AST) and not isinstance(child, ast.stmt):
                    self._expressions(child)

    def _expression(self, parent: ast.AST, field: str, index: int | None) -> None:
        node = _child(parent, field, index)
        for kind, new in self._variants(node):
            self._replace(kind, parent, field, index, new)
        if isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC:
            self._operator(node, ARITHMETIC[type(node.op)])
        if isinstance(node, ast.comprehension):
            return
        if not isinstance(node, ast.JoinedStr):
            self._expressions(node)

    def _variants(self, node: ast.expr) -> Iterator[tuple[str, ast.expr]]:  # noqa: PLR0912 - one case per kind of node
        match node:
            case ast.Compare(left, ops, comparators):
                for i, operator in enumerate(ops):
                    for near in NEAR[type(operator)]:
                        yield "compare", ast.Compare(left, [*ops[:i], near(), *ops[i + 1 :]], comparators)
            case ast.BoolOp(op, values):
                yield "logic", ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
                for i in range(len(values)):
                    rest = [*values[:i], *values[i + 1 :]]
                    yield "logic", rest[0] if len(rest) == 1 else ast.BoolOp(op, rest)
            case ast.UnaryOp(ast.Not() | ast.USub(), operand):
                yield "negation", operand
            case ast.IfExp(_, body, orelse):
                yield "branch", body
                yield "branch", orelse
            case ast.JoinedStr():
                yield "text", ast.Constant("")
            case ast.Constant(value):
                yield from _other_constants(value)
            case ast.Name(name, ast.Load()):
                yield from self._other_names(name)
            case ast.Attribute(value, name, ast.Load()):
                yield from self._other_attributes(value, name)
            case ast.ListComp(element, generators) | ast.GeneratorExp(element, generators):
                for i, generator in enumerate(generators):
                    for j in range(len(generator.ifs)):
                        ifs = [*generator.ifs[:j], *generator.ifs[j + 1 :]]
                        without = ast.comprehension(generator.target, generator.iter, ifs, 0)
                        yield "branch", type(node)(element, [*generators[:i], without, *generators[i + 1 :]])

    def _other_names(self, name: str) -> Iterator[tuple[str, ast.expr]]:
        if name in NAMES:
            yield "name", ast.Name(NAMES[name], ast.Load())
        alike = self._constants.get(name, [])
        if len(alike) > 1:
            other = alike[(alike.index(name) + 1) % len(alike)]
            yield "swap", ast.Name(other, ast.Load())

    def _other_attributes(self, value: ast.expr, name: str) -> Iterator[tuple[str, ast.expr]]:
        if name in METHODS:
            yield "name", ast.Attribute(value, METHODS[name], ast.Load())
        alike = self._attributes.get((_text(value), _unit(name)), [])
        if name in alike and len(alike) > 1:
            yield "swap", ast.Attribute(value, alike[(alike.index(name) + 1) % len(alike)], ast.Load())


def _other_constants(value: object) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(value, bool):
        yield "constant", ast.Constant(not value)
    elif isinstance(value, str):
        yield "text", ast.Constant("" if value else "mutant")
    elif isinstance(value, int):
        yield "constant", ast.Constant(value + 1)
        yield "constant", ast.Constant(value - 1)
    elif isinstance(value, float):
        for other in (1.25 * value, 0.75 * value) if value else (1.0, -1.0):
            if other != value:
                yield "constant", ast.Constant(other)


def _early_values(function: ast.FunctionDef) -> tuple[str, ...]:
    returns = _text(function.returns) if function.returns is not None else ""
    return {"bool": ("True", "False"), "str": ("''", "'mutant'"), "float": ("0.0",)}.get(returns, ())


def _attributes_by_unit(tree: ast.Module) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and _unit(node.attr):
            names = found.setdefault((_text(node.value), _unit(node.attr)), [])
            if node.attr not in names:
                names.append(node.attr)
    return found


def _unit(name: str) -> str:
    return next((unit for unit in UNITS if name.endswith(unit)), "")


def _text(node: ast.AST) -> str:
    return ast.unparse(node)


def _first_line(statement: ast.stmt) -> str:
    return _text(statement).partition("\n")[0]


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _blocks(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        yield getattr(statement, name, [])
    for case in getattr(statement, "cases", []):
        yield case.body


def _child(parent: ast.AST, field: str, index: int | None) -> ast.expr:
    value = getattr(parent, field)
    child: ast.expr = value if index is None else value[index]
    return child


def _put(parent: ast.AST, field: str, index: int | None, new: ast.expr) -> None:
    if index is None:
        setattr(parent, field, new)
    else:
        getattr(parent, field)[index] = new


def _nothing_for(body: list[ast.stmt], index: int) -> Callable[[], None]:
    def edit() -> None:
        body[index] = ast.copy_location(ast.Pass(), body[index])

    return edit


def _return_at(body: list[ast.stmt], index: int, value: str = "None") -> Callable[[], None]:
    def edit() -> None:
        body.insert(index, ast.copy_location(ast.Return(ast.parse(value, mode="eval").body), body[index]))

    return edit


def _no_case(statement: ast.Match, case: ast.match_case) -> Callable[[], None]:
    return lambda: statement.cases.remove(case)
