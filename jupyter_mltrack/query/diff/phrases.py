"""What changed in a cell, in a few words: ``max_depth 4 → 8``.

Two syntax trees are walked side by side. Where they differ in a value, the phrase names what has
it: the argument, the name assigned, the key, else the function called. What takes more than a few
words is left to the line diff, and :data:`MORE` says that there is more than the phrases tell.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any, Final

from jupyter_mltrack.query.source import find_magics, is_literal, parse_source

MORE: Final = "more"
NO_CODE: Final = "comments or layout alone"
MAX_PHRASES: Final = 4
MAX_WORDS: Final = 48
MAX_PAIRED: Final = 400
_STATEMENTS: Final = ("body", "orelse", "finalbody")


class _TooMuch(Exception):
    """What differs takes more words than a phrase has."""


def describe_change(old: str, new: str) -> list[str]:
    """Phrases for the change from one source of a cell to another; empty when none can be said.

    ``["comments or layout alone"]`` when the code is the same. The last is ``more`` when there is
    more than the others say.
    """
    before, after = parse_source(old), parse_source(new)
    if before is None or after is None or _magics(old) != _magics(new):
        return []
    if ast.dump(before) == ast.dump(after):
        return [NO_CODE]
    phrases: list[str] = []
    complete = True
    for pair in _align(before.body, after.body):
        found, is_whole = _describe_pair(*pair)
        phrases += found
        complete = complete and is_whole
    phrases = list(dict.fromkeys(phrases))
    if not phrases:
        return []
    if not complete or len(phrases) > MAX_PHRASES:
        return [*phrases[:MAX_PHRASES], MORE]
    return phrases


def _magics(source: str) -> list[str]:
    return [magic.text for magic in find_magics(source)]


def _align(
    old: Sequence[ast.stmt], new: Sequence[ast.stmt]
) -> Iterator[tuple[ast.stmt | None, ast.stmt | None]]:
    """Statements that differ, paired where they stand for each other."""
    before, after = [ast.dump(one) for one in old], [ast.dump(one) for one in new]
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        if kind == "equal":
            continue
        left, right = list(old[i1:i2]), list(new[j1:j2])
        if len(left) == len(right):
            yield from zip(left, right, strict=True)
            continue
        if len(left) * len(right) > MAX_PAIRED:
            # More than phrases could say.
            yield from ((one, None) for one in left[:MAX_PHRASES])
            yield from ((None, two) for two in right[: MAX_PHRASES + 1])
            continue
        for one in left:
            partner = next((two for two in right if _is_alike(one, two)), None)
            if partner is not None:
                right.remove(partner)
            yield one, partner
        for two in right:
            yield None, two


def _is_alike(one: ast.stmt, two: ast.stmt) -> bool:
    """Whether a statement stands for another: of one kind, about the same name."""
    return type(one) is type(two) and _subject(one) == _subject(two)


def _subject(statement: ast.stmt) -> str:
    if isinstance(statement, ast.Assign):
        return ", ".join(ast.unparse(target) for target in statement.targets)
    if isinstance(statement, ast.AnnAssign | ast.AugAssign):
        return ast.unparse(statement.target)
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        return ast.unparse(statement.value.func)
    return str(getattr(statement, "name", ast.dump(statement)))


def _describe_pair(old: ast.stmt | None, new: ast.stmt | None) -> tuple[list[str], bool]:
    """Phrases, and whether they say all of it."""
    if old is None or new is None:
        statement, verb = (new, "added") if old is None else (old, "removed")
        text = ast.unparse(statement) if statement else ""
        if len(text) > MAX_WORDS or "\n" in text:
            return [], False
        return [f"{text} {verb}"], True
    found: list[str] = []
    try:
        for phrase in _walk(old, new, ""):
            found.append(phrase)
    except _TooMuch:
        return found, False
    return found, True


def _walk(old: Any, new: Any, label: str) -> Iterator[str]:
    """Phrases for two parts of trees; raises _TooMuch where they have too little in common."""
    if isinstance(old, ast.AST) and isinstance(new, ast.AST):
        yield from _walk_nodes(old, new, label)
    elif isinstance(old, list) and isinstance(new, list):
        if len(old) != len(new):
            raise _TooMuch
        for one, two in zip(old, new, strict=True):
            yield from _walk(one, two, label)
    elif old != new:
        raise _TooMuch


def _walk_nodes(old: ast.AST, new: ast.AST, label: str) -> Iterator[str]:
    if ast.dump(old) == ast.dump(new):
        return
    if isinstance(old, ast.expr) and isinstance(new, ast.expr):
        yield from _walk_expressions(old, new, label)
    elif type(old) is not type(new):
        raise _TooMuch
    else:
        yield from _walk_fields(old, new, _name_for(old) or label)


def _walk_expressions(old: ast.expr, new: ast.expr, label: str) -> Iterator[str]:
    if isinstance(old, ast.Dict) and isinstance(new, ast.Dict):
        yield from _walk_entries(_entries(old), _entries(new))
    elif type(old) is not type(new) or (is_literal(old) and is_literal(new)):
        yield _phrase(label, old, new)
    elif isinstance(old, ast.Call) and isinstance(new, ast.Call):
        yield from _walk_calls(old, new)
    elif isinstance(old, ast.Name) or (isinstance(old, ast.Attribute) and _is_dotted(old, new)):
        yield _phrase("", old, new)
    else:
        yield from _walk_inside(old, new, label)


def _walk_inside(old: ast.expr, new: ast.expr, label: str) -> Iterator[str]:
    """The parts of an expression; all of it where a part has no words of its own."""
    try:
        yield from list(_walk_fields(old, new, label))
    except _TooMuch:
        yield _phrase(label, old, new)


def _is_dotted(*nodes: ast.AST) -> bool:
    return all(re.fullmatch(r"[\w.]+", ast.unparse(node)) for node in nodes)


def _name_for(node: ast.AST) -> str:
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        return _subject(node)
    return "return" if isinstance(node, ast.Return) else ""


def _walk_fields(old: ast.AST, new: ast.AST, label: str) -> Iterator[str]:
    for field in old._fields:
        one, two = getattr(old, field), getattr(new, field)
        if field in _STATEMENTS and isinstance(one, list) and isinstance(two, list):
            yield from _walk_statements(one, two)
        else:
            yield from _walk(one, two, label)


def _walk_statements(old: list[ast.stmt], new: list[ast.stmt]) -> Iterator[str]:
    for pair in _align(old, new):
        phrases, is_whole = _describe_pair(*pair)
        yield from phrases
        if not is_whole:
            raise _TooMuch


def _walk_calls(old: ast.Call, new: ast.Call) -> Iterator[str]:
    if len(old.args) != len(new.args):
        yield _phrase("", old, new)
        return
    yield from _walk(old.func, new.func, "")
    label = _called(new)
    for one, two in zip(old.args, new.args, strict=True):
        is_plain = not isinstance(one, ast.Dict | ast.Call) or type(one) is not type(two)
        if ast.dump(one) != ast.dump(two) and is_plain and _is_short(one, two):
            yield _phrase(label, one, two)
        else:
            yield from _walk(one, two, label)
    yield from _walk_entries(_keywords(old), _keywords(new))


def _walk_entries(old: dict[str, ast.expr], new: dict[str, ast.expr]) -> Iterator[str]:
    for key, value in old.items():
        if key not in new:
            yield _short(f"{key}={ast.unparse(value)} removed")
        else:
            yield from _walk(value, new[key], key)
    for key, value in new.items():
        if key not in old:
            yield _short(f"{key}={ast.unparse(value)} added")


def _keywords(call: ast.Call) -> dict[str, ast.expr]:
    return {keyword.arg or "**": keyword.value for keyword in call.keywords}


def _entries(node: ast.Dict) -> dict[str, ast.expr]:
    pairs = zip(node.keys, node.values, strict=True)
    return {ast.unparse(key).strip("'") if key else "**": value for key, value in pairs}


def _called(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _is_short(*nodes: ast.expr) -> bool:
    return all(len(ast.unparse(node)) <= MAX_WORDS // 2 for node in nodes)


def _phrase(label: str, old: ast.AST, new: ast.AST) -> str:
    return _short(f"{label} {ast.unparse(old)} → {ast.unparse(new)}".strip())


def _short(phrase: str) -> str:
    if len(phrase) > MAX_WORDS or "\n" in phrase:
        raise _TooMuch
    return phrase
