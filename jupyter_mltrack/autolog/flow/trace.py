"""Where the value of an expression came from: which predictions went into it, and nothing else.

An expression is followed from the call that a frame is making back to predictions. Its names stand
for objects of the frame, known or not, or for what was assigned to them before. Each step must be
known to add nothing from elsewhere; otherwise the origin is not clear, which is never a guess.
"""

import ast
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any, Final

from jupyter_mltrack.autolog.flow import purity
from jupyter_mltrack.autolog.flow.assignments import (
    UNCLEAR,
    Change,
    Definition,
    Name,
    column_of,
    find_definition,
)
from jupyter_mltrack.autolog.flow.namespaces import (
    MISSING,
    Namespace,
    find_attribute,
    find_item,
)
from jupyter_mltrack.autolog.flow.origins import (
    CONSTANT,
    COPY,
    FOREIGN,
    UNKNOWN,
    Knowledge,
    Origin,
    combine,
)
from jupyter_mltrack.autolog.flow.programs import Program

MAX_DEPTH: Final = 40


class Tracer:
    """Follows expressions back from the statement ``here``, that a frame is executing.

    ``length`` is that of the value they have, and ``names`` are the frame's.
    """

    def __init__(
        self,
        program: Program,
        here: ast.stmt | None,
        names: Namespace,
        knowledge: Knowledge,
        length: int,
    ) -> None:
        self.program = program
        self.names = names
        self.knowledge = knowledge
        self.length = length
        self.here = here
        self.depth = 0
        self._bound: list[dict[str, Origin]] = []

    def trace(self, node: ast.expr, at: ast.stmt | None = None) -> Origin:
        """The origin of an expression, evaluated ``at`` a statement (the call's own)."""
        statement = at or self.here
        if statement is None or self.depth > MAX_DEPTH:
            return UNKNOWN
        self.depth += 1
        try:
            follow: Follow = _FOLLOW.get(type(node), _give_up)
            return follow(self, node, statement)
        finally:
            self.depth -= 1

    def all_of(self, nodes: Iterable[ast.expr | None], at: ast.stmt) -> Origin:
        """The origin of what is made of several expressions."""
        return combine([self.trace(node, at) for node in nodes if node is not None])

    # ---- names

    def name(self, node: ast.Name, at: ast.stmt) -> Origin:
        """A variable: the object it stands for, or what was assigned to it."""
        known = next((bound[node.id] for bound in self._bound[::-1] if node.id in bound), None)
        return known or self._variable(Name(node.id), node, at)

    def _variable(self, name: Name, node: ast.expr, at: ast.stmt) -> Origin:
        definition = self.definition(name, node, at)
        value = self.present(name, definition, at)
        if value is not MISSING:
            source = self.knowledge.of_value(value)
            if source is not None:
                return Origin(frozenset((source,)))
            if purity.is_scalar(value):
                return CONSTANT
        if definition.expression is None or definition.at is None:
            return COPY
        origin = self._outside(definition.expression, definition.at)
        return self._changed(origin, definition.changes)

    def definition(self, name: Name, node: ast.AST, at: ast.stmt) -> Definition:
        """What a name stood for at a statement of the call's own scope."""
        inner = self.program.parent(node)
        while inner is not None and not isinstance(inner, ast.stmt):
            if name.variable in _bound_by(inner):
                return Definition(loop=inner)
            if isinstance(inner, (ast.Lambda, ast.GeneratorExp)):
                return UNCLEAR  # it may run at another time
            inner = self.program.parent(inner)
        return find_definition(self.program, name, at)

    def present(self, name: Name, definition: Definition, at: ast.stmt) -> Any:
        """The object a variable stands for now, if that is what it stood for at the statement."""
        if name.key is not None:
            return MISSING
        if at is not self.here:
            now = find_definition(self.program, name, self.here)  # type: ignore[arg-type]
            same = now._replace(changes=()) == definition._replace(changes=())
            if not same or not now.is_clear:
                return MISSING
        return self.names.find(name.variable)

    def _outside(self, node: ast.expr, at: ast.stmt) -> Origin:
        # What a comprehension binds is not known to the assignment of a variable outside of it.
        bound, self._bound = self._bound, []
        try:
            return self.trace(node, at)
        finally:
            self._bound = bound

    def _changed(self, origin: Origin, changes: tuple[Change, ...]) -> Origin:
        parts = [origin]
        for change in changes:
            if not isinstance(change.at, ast.stmt):
                return combine((*parts, UNKNOWN))
            parts += [self._outside(item, change.at) for item in change.sources]
            for item in change.functions:
                function = self.find(item, change.at)
                if function is MISSING or not purity.only_reads(function):
                    parts.append(UNKNOWN)
        return combine(parts) if len(parts) > 1 else origin

    def find(self, node: ast.expr, at: ast.stmt) -> Any:
        """The object an expression stands for now and stood for at a statement, or MISSING."""
        if isinstance(node, ast.Name):
            if any(node.id in bound for bound in self._bound):
                return MISSING
            return self.present(Name(node.id), self.definition(Name(node.id), node, at), at)
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Attribute):
            value = self.find(node.value, at)
            return value if value is MISSING else find_attribute(value, node.attr)
        if isinstance(node, ast.Subscript):
            value, key = self.find(node.value, at), self.find(_index(node.slice), at)
            return MISSING if value is MISSING or key is MISSING else find_item(value, key)
        return MISSING

    # ---- expressions

    def call_of(self, node: ast.Call, at: ast.stmt) -> Origin:
        """A call: of a model's, of a pure function or method, or of something unknown."""
        method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if method in purity.PREDICTING:
            return self._prediction(node, node.func, at)  # type: ignore[arg-type]
        given = [*node.args, *(item.value for item in node.keywords)]
        if any(item.arg in ("out", "inplace") for item in node.keywords):
            return self.all_of(given, at)._replace(is_clear=False)
        function = self.find(node.func, at)
        if function is MISSING:
            if not isinstance(node.func, ast.Attribute):
                return UNKNOWN
            return self._method(method, node.func.value, given, at)
        if purity.is_filling(function):
            return self.all_of(given[1:], at)
        arguments = self.all_of(given, at)
        if purity.is_pure(function):
            name = getattr(function, "__name__", "")
            if name in purity.COPYING and given and not arguments.sources:
                return self.trace(given[0], at)
            return arguments
        # It may have read a copy from somewhere, if it was given nothing.
        return COPY if arguments == CONSTANT else arguments._replace(is_clear=False)

    def _prediction(self, node: ast.Call, function: ast.Attribute, at: ast.stmt) -> Origin:
        receiver = self.find(function.value, at)
        source = self.knowledge.of_call(node, receiver, self.program.may_repeat(node))
        return FOREIGN if source is None else Origin(frozenset((source,)))

    def _method(
        self, method: str, receiver: ast.expr, given: list[ast.expr], at: ast.stmt
    ) -> Origin:
        value = self.find(receiver, at)
        arguments = self.all_of(given, at)
        if method == "inverse_transform" and given:
            is_known = type(value).__module__.startswith("sklearn.") and purity.only_reads(value)
            return self.trace(given[0], at) if is_known else combine((arguments, UNKNOWN))
        base = self.trace(receiver, at)
        if method not in purity.METHODS or isinstance(value, ModuleType):
            return combine((base, arguments, UNKNOWN))
        if not base.sources and not arguments.sources:
            if method in purity.COPYING and base.is_copy:
                return base
            if method in purity.REDUCING and not base.is_foreign:
                return CONSTANT
        return combine((base, arguments))

    def attribute(self, node: ast.Attribute, at: ast.stmt) -> Origin:
        """An attribute: of a model's own predictions, a column, or a view of an array."""
        value = self.find(node, at)
        if value is not MISSING:
            source = self.knowledge.of_value(value)
            if source is not None:
                return Origin(frozenset((source,)))
            if purity.is_scalar(value):
                return CONSTANT
        if isinstance(node.value, ast.Name):
            column = self._column(Name(node.value.id, node.attr), node, at)
            if column is not None:
                return column
        base = self.trace(node.value, at)
        if node.attr in purity.ATTRIBUTES:
            return base
        return Origin(base.sources, False, base.is_foreign, not base.sources)

    def _column(self, name: Name, node: ast.expr, at: ast.stmt) -> Origin | None:
        """A column of a table, by what was assigned to it or given for it."""
        value = self.names.find(name.variable)
        if type(value).__name__ != "DataFrame":
            return None
        definition = self.definition(name, node, at)
        expression, there = definition.expression, definition.at
        if expression is None or there is None:
            return None
        if is_named_whole(there, name):
            expression = _given_column(expression, name.key)
        if expression is None:
            return None
        return self._changed(self._outside(expression, there), definition.changes)

    def subscript(self, node: ast.Subscript, at: ast.stmt) -> Origin:
        """Part of a value; what selects the part adds nothing to it."""
        value = self.find(node, at)
        source = None if value is MISSING else self.knowledge.of_value(value)
        if source is not None:
            return Origin(frozenset((source,)))
        name = column_of(node)
        column = self._column(name, node, at) if name is not None else None
        if column is not None:
            return column
        column = self._located_column(node, at)
        if column is not None:
            return column
        base = self.trace(node.value, at)
        if base.sources or base.is_foreign:
            return base if base.is_clear else base._replace(is_copy=_is_key(node.slice))
        index = self.trace(node.slice, at)
        if index.sources and index.is_clear and self._is_lookup(node.value, base, at):
            return index
        return COPY if base.is_copy and _is_key(node.slice) else base

    def _located_column(self, node: ast.Subscript, at: ast.stmt) -> Origin | None:
        """``df.loc[rows, 'p']``."""
        where, index = node.value, node.slice
        if not isinstance(where, ast.Attribute) or where.attr not in ("loc", "at"):
            return None
        if not isinstance(index, ast.Tuple) or len(index.elts) != 2:
            return None
        key = index.elts[1]
        if isinstance(key, ast.Constant) and isinstance(where.value, ast.Name):
            return self._column(Name(where.value.id, str(key.value)), node, at)
        return None

    def _is_lookup(self, node: ast.expr, base: Origin, at: ast.stmt) -> bool:
        """Whether what is indexed is a table of labels, shorter than what is looked up in it."""
        if base.is_clear:
            return True
        if isinstance(node, ast.Attribute) and node.attr in purity.LOOKUPS:
            return True
        value = self.find(node, at)
        if type(value).__name__ not in ("dict", "list", "tuple", "ndarray", "Index"):
            return False
        return value is not MISSING and len(value) < self.length

    def comprehension(self, node: Any, at: ast.stmt) -> Origin:
        """A list made of the items of others: each item of it comes from what it is made of."""
        bound: dict[str, Origin] = {}
        self._bound.append(bound)
        try:
            for part in node.generators:
                origin = self.trace(part.iter, at)
                bound |= {
                    item.id: origin for item in ast.walk(part.target) if isinstance(item, ast.Name)
                }
            made = [node.elt] if hasattr(node, "elt") else [node.key, node.value]
            return self.all_of(made, at)
        finally:
            self._bound.pop()

    def dictionary(self, node: ast.Dict, at: ast.stmt) -> Origin:
        """A dictionary: of constants it adds nothing; which of others is taken is not known."""
        origin = self.all_of((*node.keys, *node.values), at)
        return CONSTANT if origin == CONSTANT else origin._replace(is_clear=False)

    def function(self, node: ast.Lambda, at: ast.stmt) -> Origin:
        """A function given to another: what it adds to its arguments."""
        names = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        self._bound.append({item.arg: CONSTANT for item in names})
        try:
            return self.trace(node.body, at)
        finally:
            self._bound.pop()


def _bound_by(node: ast.AST) -> set[str]:
    """The names that a comprehension or a lambda binds in itself."""
    if isinstance(node, ast.Lambda):
        return {item.arg for item in ast.walk(node.args) if isinstance(item, ast.arg)}
    targets = [part.target for part in getattr(node, "generators", ())]
    return {
        item.id for target in targets for item in ast.walk(target) if isinstance(item, ast.Name)
    }


def _index(node: ast.expr) -> ast.expr:
    """``-1`` is a constant to us, an operation to Python."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        operand = node.operand
        if isinstance(operand, ast.Constant) and type(operand.value) is int:
            return ast.Constant(-operand.value)
    return node


def _is_key(node: ast.expr) -> bool:
    return isinstance(node, (ast.Constant, ast.Name))


def is_named_whole(statement: ast.stmt, name: Name) -> bool:
    """Whether a statement assigns to the variable itself, not to the column of it."""
    targets = getattr(statement, "targets", None) or [getattr(statement, "target", None)]
    return any(isinstance(item, ast.Name) and item.id == name.variable for item in targets)


def _given_column(expression: ast.expr, key: str | None) -> ast.expr | None:
    """What ``pd.DataFrame({'p': …})`` was given for a column."""
    if not isinstance(expression, ast.Call) or not expression.args:
        return None
    table = expression.args[0]
    if not isinstance(table, ast.Dict) or None in table.keys:
        return None
    for item, value in zip(table.keys, table.values, strict=True):
        if isinstance(item, ast.Constant) and item.value == key:
            return value
    return None


def _give_up(_tracer: Tracer, _node: ast.expr, _at: ast.stmt) -> Origin:
    return UNKNOWN


def _parts(*fields: str) -> Any:
    """Follows a node whose value is made of these fields of it."""

    def follow(tracer: Tracer, node: ast.expr, at: ast.stmt) -> Origin:
        parts: list[Any] = []
        for field in fields:
            value = getattr(node, field)
            parts += value if isinstance(value, list) else [value]
        return tracer.all_of(parts, at)

    return follow


Follow = Callable[[Any, Any, ast.stmt], Origin]
_FOLLOW: Final[dict[type[ast.expr], Follow]] = {
    ast.Constant: lambda _tracer, _node, _at: CONSTANT,
    ast.JoinedStr: lambda _tracer, _node, _at: CONSTANT,
    ast.Slice: lambda _tracer, _node, _at: CONSTANT,
    ast.Name: Tracer.name,
    ast.Call: Tracer.call_of,
    ast.Attribute: Tracer.attribute,
    ast.Subscript: Tracer.subscript,
    ast.Lambda: Tracer.function,
    ast.BinOp: _parts("left", "right"),
    ast.Compare: _parts("left", "comparators"),
    ast.BoolOp: _parts("values"),
    ast.UnaryOp: _parts("operand"),
    ast.IfExp: _parts("test", "body", "orelse"),
    ast.List: _parts("elts"),
    ast.Tuple: _parts("elts"),
    ast.Dict: Tracer.dictionary,
    ast.Starred: _parts("value"),
    ast.NamedExpr: _parts("value"),
    ast.ListComp: Tracer.comprehension,
    ast.SetComp: Tracer.comprehension,
    ast.DictComp: Tracer.comprehension,
    ast.GeneratorExp: Tracer.comprehension,
}
