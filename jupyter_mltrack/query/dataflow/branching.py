"""The walk over code that runs perhaps, or again and again: branches, loops, handlers."""
# ruff: noqa: D102 - what a visit_… method visits is in its name.

import ast
from collections.abc import Iterable, Sequence
from typing import Any

from jupyter_mltrack.query.dataflow.certain import find_needs, may_leave, may_swallow
from jupyter_mltrack.query.dataflow.collecting import Collector
from jupyter_mltrack.query.dataflow.effects import Names
from jupyter_mltrack.query.dataflow.plain import captured_names, stored_names, surely_stored


class Branching(Collector, ast.NodeVisitor):
    """Statements and expressions that decide what runs; see :class:`~.visiting._Visitor`.

    ``eager`` takes loops over ``needs`` as running at least once.
    """

    def __init__(self, local_names: Iterable[str] = (), *, eager: bool = False) -> None:
        super().__init__(local_names)
        self.eager = eager
        self.needs: set[str] = set()

    def assign(self, target: ast.expr, sharing: set[str]) -> None:
        """Bind what a target names to a value that may share state with these names."""
        raise NotImplementedError

    def visit_all(self, nodes: Iterable[ast.AST]) -> None:
        """Visit nodes one after the other."""
        for node in nodes:
            self.visit(node)

    def visit_block(self, nodes: Sequence[ast.AST]) -> None:
        """Visit a body; what stands below a ``return`` or ``continue`` in a branch may not run."""
        for number, node in enumerate(nodes):
            self.visit(node)
            if may_leave(node):
                with self.branch():
                    self.visit_all(nodes[number + 1 :])
                return

    def _runs(self, *needs: Names | None) -> bool:
        """Whether loops surely run that need these names to hold something."""
        names = set().union(*(one for one in needs if one is not None))
        if None in needs or names & self.locals:
            return False
        self.needs |= names
        return self.eager or not names

    # Loops

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self.visit(node.iter)
        self.iterates |= self.roots(node.iter)
        if self._runs(find_needs(node.iter)):
            self._visit_loop(node)
        else:
            with self.branch():
                self._visit_loop(node)
        with self.branch():
            self.visit_all(node.orelse)

    visit_AsyncFor = visit_For

    def _visit_loop(self, node: ast.For | ast.AsyncFor) -> None:
        self.assign(node.target, self.roots(node.iter))
        self.visit_block(node.body)

    def visit_While(self, node: ast.While) -> None:
        self.decide(node.test)
        if isinstance(node.test, ast.Constant) and node.test.value:
            self.visit_block(node.body)
            return
        with self.branch():
            self.visit_block(node.body)
        with self.branch():
            self.visit_all(node.orelse)

    def _visit_comprehension(self, node: Any, parts: Sequence[ast.expr], lazy: bool) -> None:
        first, *others = node.generators
        self.visit(first.iter)
        for generator in node.generators:
            self.iterates |= self.roots(generator.iter)
        targets = set().union(*(stored_names(ast.Tuple([g.target])) for g in node.generators))
        runs = not lazy and self._runs(find_needs(first.iter))
        with self.scope(targets), self.branch(sure=runs):
            self.visit_all(first.ifs)
            is_whole = not others and not first.ifs
            with self.branch(sure=is_whole):
                for generator in others:
                    self.visit_all([generator.iter, *generator.ifs])
                self.visit_all(parts)

    def visit_ListComp(self, node: ast.ListComp | ast.SetComp) -> None:
        self._visit_comprehension(node, [node.elt], lazy=False)

    visit_SetComp = visit_ListComp

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> None:
        self._visit_comprehension(node, [node.elt], lazy=True)

    def visit_DictComp(self, node: ast.DictComp) -> None:
        self._visit_comprehension(node, [node.key, node.value], lazy=False)

    # Branches

    def decide(self, node: ast.expr) -> None:
        """Visit a condition: another value may decide the same."""
        was, self.decides = self.decides, True
        self.visit(node)
        self.decides = was

    def visit_If(self, node: ast.If) -> None:
        self.decide(node.test)
        self._alternatives([node.body, node.orelse])

    def visit_Try(self, node: ast.Try | ast.TryStar) -> None:
        handlers: list[Sequence[ast.AST]] = [[handler] for handler in node.handlers]
        if handlers:
            self._alternatives([[*node.body, *node.orelse], *handlers])
        else:
            self.visit_block(node.body)
        self.visit_all(node.finalbody)

    visit_TryStar = visit_Try

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.type is not None:
            self.visit(node.type)
        with self.scope([node.name] if node.name else []):
            self.visit_all(node.body)

    def visit_Match(self, node: ast.Match) -> None:
        self.visit(node.subject)
        for case in node.cases:
            for name in stored_names(case.pattern) | captured_names(case.pattern):
                with self.branch():
                    self.bind(name, self.roots(node.subject))
        self._alternatives([[case.guard, *case.body] if case.guard else case.body
                            for case in node.cases] + [[]])  # fmt: skip

    def _alternatives(self, branches: Sequence[Sequence[ast.AST]]) -> None:
        bound: list[set[str]] = []
        for branch in branches:
            with self.branch():
                before = set(self.bound)
                # What a branch binds is bound for the rest of the branch.
                maybe = surely_stored(branch)
                self._visit_branch(branch)
                bound.append(maybe | before)
        both = set.intersection(*bound) - self.bound if bound else set()
        for name in both & set(self.binds):
            self.binds[name] = self.binds[name] or self.is_sure
            if self.is_sure:
                self.bound.add(name)

    def _visit_branch(self, branch: Sequence[ast.AST]) -> None:
        for one in branch:
            self.visit(one)
            self.bound |= surely_stored([one]) - self.locals

    def visit_With(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            self.visit(item.context_expr)
            if item.optional_vars is not None:
                self.assign(item.optional_vars, self.roots(item.context_expr))
        if may_swallow(node):
            with self.branch():
                self.visit_block(node.body)
        else:
            self.visit_block(node.body)

    visit_AsyncWith = visit_With

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self.decide(node.test)
        for branch in (node.body, node.orelse):
            with self.branch():
                self.visit(branch)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        self.decide(node.values[0])
        with self.branch():
            self.visit_all(node.values[1:])
