"""The walk over a statement's syntax tree that collects its effects."""

import ast
from collections.abc import Sequence
from typing import Any

from jupyter_mltrack.query.dataflow import effects as fx
from jupyter_mltrack.query.dataflow import knowledge
from jupyter_mltrack.query.dataflow.branching import Branching
from jupyter_mltrack.query.dataflow.certain import is_filled
from jupyter_mltrack.query.dataflow.plain import (
    annotations_of,
    copied_places,
    counts_up,
    default_values,
    dotted_name,
    is_counted,
    is_none,
    last_name,
    literal_texts,
    parameter_names,
    place_of,
    plain_names,
    stored_names,
    text_keys,
)
from jupyter_mltrack.query.dataflow.shells import magic_effects

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def visit_statement(node: ast.stmt) -> fx.Effects:
    """The effects of a statement that runs at the top level of a notebook."""
    visitor = _Visitor()
    visitor.visit(node)
    found = visitor.finish(node)
    if not visitor.needs:
        return found
    eager = _Visitor(eager=True)
    eager.visit(node)
    return found._replace(needs=frozenset(visitor.needs), looped=eager.finish(node))


def visit_code(code: str) -> fx.Effects:
    """The effects of several statements together; raises SyntaxError."""
    tree = ast.parse(code)
    visitor = _Visitor()
    visitor.visit_all(tree.body)
    return visitor.finish(tree)


class _Visitor(Branching):
    # Names and places

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self.read(node.id)
        elif isinstance(node.ctx, ast.Del):
            self.deletes.add(node.id)
            self.read(node.id)
        else:
            self.bind(node.id)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        keys = text_keys(node) if isinstance(node.value, ast.Name) else []
        if isinstance(node.ctx, ast.Load) and keys:
            assert isinstance(node.value, ast.Name)
            for key in keys:
                self.read(fx.location(node.value.id, key))
            return
        self.visit(node.value)
        self.visit(node.slice)
        if not isinstance(node.ctx, ast.Load):
            self.touches |= self.roots(node.value)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.visit(node.value)
        if not isinstance(node.ctx, ast.Load):
            self.touches |= self.roots(node.value)

    def assign(self, target: ast.expr, sharing: set[str]) -> None:
        """Bind what a target names to a value that may share state with these names."""
        match target:
            case ast.Name(id=name):
                self.bind(name, sharing)
            case ast.Starred(value=inner):
                self.assign(inner, sharing)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                for part in parts:
                    self.assign(part, sharing)
            case ast.Subscript(value=ast.Name(id=name)) if len(text_keys(target)) == 1:
                place = fx.location(name, text_keys(target)[0])
                self.read(fx.base(name))
                self.bind(place, sharing)
                if name in self.locals:
                    self.touches |= self.roots(target.value)
            case _:
                self.visit(target)
                self.shares |= sharing

    # Statements

    def visit_Assign(self, node: ast.Assign) -> None:
        before = len(self.lambdas)
        self.visit(node.value)
        sharing = self.roots(node.value)
        names = {target.id for target in node.targets if isinstance(target, ast.Name)}
        for target in node.targets:
            # ``a = b = []`` are one list.
            self.assign(target, sharing | names if len(node.targets) > 1 else sharing)
            if isinstance(target, ast.Name) and len(self.lambdas) > before:
                self.bodies[target.id] = _merged(self.lambdas[before:])
            self.literals |= literal_texts(target, node.value)
            self.copies |= copied_places(target, node.value)
            self.plain |= plain_names(target, node.value)
            if isinstance(target, ast.Name) and is_filled(node.value):
                self.filled.add(target.id)
            place = place_of(target)
            if place and is_counted(node.value, place):
                self.counting.add(place)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.visit(node.value)
        place = place_of(node.target)
        if not place:
            self.visit(node.target)
            return
        self.read(place)
        if counts_up(node.op, node.value):
            self.counting.add(place)
        else:
            self.touches |= self.sharing.get(fx.root_of(place), set())
        self.assign(node.target, self.roots(node.value))

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        with self.branch():
            self.visit(node.annotation)
        if node.value is not None:
            self.visit(node.value)
            self.assign(node.target, self.roots(node.value))

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            name = alias.asname or alias.name.split(".")[0]
            self.bind(name)
            self.modules[name] = alias.name if alias.asname else name

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            if alias.name == "*":
                self.star = f"from {node.module} import * may bind any name"
                continue
            name = alias.asname or alias.name
            self.bind(name)
            self.modules[name] = f"{'.' * node.level}{node.module or ''}.{alias.name}"

    # Functions and classes

    def visit_FunctionDef(self, node: _Function) -> None:
        self.has_functions = True
        self.visit_all([*node.decorator_list, *default_values(node.args)])
        with self.branch():
            self.visit_all(annotations_of(node))
        self.bodies[node.name] = function_body(node.args, node.body, self.locals)
        self.bind(node.name)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self.has_functions = True
        self.visit_all(default_values(node.args))
        body = function_body(node.args, [ast.Expr(node.body)], self.locals)
        self.lambdas.append(body)
        with self.branch():
            for place in body.effects.reads:
                self.read(place)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.has_functions = True
        keywords = [keyword.value for keyword in node.keywords]
        self.visit_all([*node.decorator_list, *node.bases, *keywords])
        inner = _Visitor(self.locals)
        inner.visit_all(node.body)
        own = set(inner.binds)
        for place, sure in inner.reads.items():
            if fx.root_of(place) not in own or sure:
                with self.branch(sure=sure):
                    self.read(place)
        self.calls += inner.calls
        merged = _merged([*inner.bodies.values(), *inner.lambdas])
        # A class it is from may be called too, as those of networks are.
        keeps = bool(node.bases) or "__call__" in inner.binds
        self.bodies[node.name] = merged._replace(carries=True, keeps=keeps)
        self.bind(node.name)

    def visit_Global(self, node: ast.Global) -> None:
        self.locals -= set(node.names)

    def visit_Yield(self, node: ast.Yield | ast.YieldFrom) -> None:
        self.is_generator = True
        self.generic_visit(node)

    visit_YieldFrom = visit_Yield

    # Expressions

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        self.bind(node.target.id, self.roots(node.value))

    def visit_Call(self, node: ast.Call) -> None:
        magic = magic_effects(node)
        if magic is not None:
            self._add(magic)
            return
        self.generic_visit(node)
        call = self._to_call(node)
        self.calls.append(call)
        for value in [*node.args, *(keyword.value for keyword in node.keywords)]:
            if isinstance(value, ast.Attribute) and value.attr in knowledge.CHANGING_METHODS:
                self.touches |= self.roots(value)
        is_namespace = call.dotted == "vars" and not node.args
        if call.dotted in knowledge.OPAQUE_FUNCTIONS or is_namespace:
            self.opaque = f"{call.dotted}() may do anything"
        if call.last in knowledge.LIST_CHANGES and isinstance(node.func, ast.Attribute):
            value = node.func.value
            if isinstance(value, ast.Name) and value.id not in self.locals and self.is_sure:
                self.again.add(value.id)
        if call.last in ("list", "sum", "sorted", "tuple", "set", "next", "dict", "any", "all"):
            self.iterates |= call.arguments

    def _add(self, other: fx.Effects) -> None:
        for place in other.reads:
            self.read(place)
        for place in other.binds:
            self.bind(place)
        self.calls += other.calls
        self.outside += other.outside
        self.opaque = self.opaque or other.opaque

    def _to_call(self, node: ast.Call) -> fx.Call:
        receiver: set[str] = set()
        makers: set[str] = set()
        last = ""
        if isinstance(node.func, ast.Attribute):
            receiver, last = self.roots(node.func.value), node.func.attr
            makers = {
                last_name(one) for one in ast.walk(node.func.value) if isinstance(one, ast.Call)
            }
        dotted = dotted_name(node.func)
        keywords = {one.arg or "**": one.value for one in node.keywords}
        seeds = [value for key, value in keywords.items() if key in knowledge.SEED_KEYWORDS]
        inner = [one for one in ast.walk(node.func) if isinstance(one, ast.Call)]
        return fx.Call(
            dotted=dotted,
            last=last or dotted.rsplit(".", 1)[-1],
            receiver=frozenset(receiver),
            positional=tuple(frozenset(self.roots(value)) for value in node.args),
            keywords=tuple((key, frozenset(self.roots(v))) for key, v in keywords.items()),
            makers=frozenset(makers),
            seeded=any(not is_none(value) for value in seeds) or any(map(_is_seeded, inner)),
            inplace=any(key in ("inplace", "out") for key in keywords),
            sure=self.is_sure and not self.decides,
        )


def function_body(arguments: ast.arguments, body: list[Any], outer: set[str]) -> fx.Body:
    """What calling a function does; names of functions around it are its own."""
    module = ast.Module(body=body, type_ignores=[])
    parameters = parameter_names(arguments)
    declared = {name for one in ast.walk(module) if isinstance(one, ast.Global)
                for name in one.names}  # fmt: skip
    visitor = _Visitor(({*parameters, *stored_names(module)} | outer) - declared)
    own = frozenset(visitor.locals)
    visitor.visit_block(body)
    effects = visitor.finish(ast.Pass())
    carries = visitor.has_functions
    keeps = carries and any(map(_keeps_state, ast.walk(module)))
    return fx.Body(tuple(parameters), own, effects, visitor.is_generator, carries, keeps)


def _keeps_state(node: ast.AST) -> bool:
    if isinstance(node, ast.Subscript | ast.Attribute):
        changes = isinstance(node, ast.Attribute) and node.attr in knowledge.CHANGING_METHODS
        return changes or not isinstance(node.ctx, ast.Load)
    is_next = isinstance(node, ast.Call) and last_name(node) == "next"
    return is_next or isinstance(node, ast.Nonlocal)


def _merged(bodies: Sequence[fx.Body]) -> fx.Body:
    """Several bodies of which any may be called, with nothing sure."""
    if len(bodies) == 1:
        return bodies[0]
    every = [body.effects for body in bodies]
    effects = fx.Effects(
        reads={place: False for one in every for place in one.reads},
        binds={place: False for one in every for place in one.binds},
        touches=fx.NONE.union(*(one.touches for one in every)),
        iterates=fx.NONE.union(*(one.iterates for one in every)),
        calls=tuple(call._replace(sure=False) for one in every for call in one.calls),
        outside="".join(one.outside for one in every),
        opaque=next((one.opaque for one in every if one.opaque), ""),
    )
    parameters = tuple(dict.fromkeys(name for body in bodies for name in body.parameters))
    own = fx.NONE.union(*(body.local_names for body in bodies))
    return fx.Body(
        parameters,
        own,
        effects,
        any(body.is_generator for body in bodies),
        True,
        any(body.keeps for body in bodies),
    )


def _is_seeded(call: ast.Call) -> bool:
    return any(k.arg in knowledge.SEED_KEYWORDS and not is_none(k.value) for k in call.keywords)
