"""Seeds that code and params name."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from jupyter_mltrack.query.source import is_literal, parse_source

_SEEDING: Final = re.compile(
    r"(seed|manual_seed(_all)?|set_seed|set_random_seed|seed_everything|default_rng|RandomState|"
    r"PRNGKey|fix_seed|set_all_seeds)$"
)
_NAMED: Final = re.compile(r"(^|_)(seed|random_state)$", re.IGNORECASE)


def find_seeds(sources: Iterable[str], params: Mapping[str, str]) -> dict[str, str]:
    """Seeds by what takes them: params, and in code calls, arguments, names; None is no seed."""
    named = {key: value for key, value in params.items() if _NAMED.search(key.rpartition("__")[2])}
    found = {key: [value] for key, value in named.items() if value not in ("None", "")}
    for source in sources:
        tree = parse_source(source)
        for key, value in _in_tree(tree) if tree else ():
            if value != "None":
                found.setdefault(f"{key} in code", []).append(value)
    return {key: ", ".join(dict.fromkeys(values)) for key, values in found.items()}


def _in_tree(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _in_call(node)
        elif isinstance(node, ast.Assign) and is_literal(node.value):
            for target in node.targets:
                if isinstance(target, ast.Name) and _NAMED.search(target.id):
                    yield target.id, ast.unparse(node.value)


def _in_call(node: ast.Call) -> Iterator[tuple[str, str]]:
    for keyword in node.keywords:
        if keyword.arg and _NAMED.search(keyword.arg):
            yield keyword.arg, ast.unparse(keyword.value)
    name = ast.unparse(node.func)
    if _SEEDING.search(name.rpartition(".")[2]) and node.args:
        yield name, ", ".join(map(ast.unparse, node.args))
