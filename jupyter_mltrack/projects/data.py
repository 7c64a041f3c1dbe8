"""The data of a run beside that of its rerun, and the files it may have come from."""

import ast
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from jupyter_mltrack.entities import Run
from jupyter_mltrack.entities.rerun_views import DataCheckView
from jupyter_mltrack.projects.metrics import DIFFERS, MISSING, SAME
from jupyter_mltrack.query.source import parse_source

_MAX_NAME: Final = 1000
_WRITERS: Final = ("to_", "write", "save", "dump", "touch")
_WRITE_MODE: Final = re.compile(r"(?=.*[wax+])[rwaxbt+]{1,3}")
_CODE: Final = (".py", ".ipynb", ".so", ".pyc")


def check_data(original: Run, again: Run) -> list[DataCheckView]:
    """Each dataset that entered the original run, by digest.

    Where several of one name and use entered, they are compared in order.
    """
    left: dict[tuple[str, str], list[str]] = {}
    for given in again.inputs.dataset_inputs:
        left.setdefault((given.dataset.name, given.context), []).append(given.dataset.digest)
    checks = []
    for given in original.inputs.dataset_inputs:
        name, context, digest = given.dataset.name, given.context, given.dataset.digest
        found = left.get((name, context), [])
        # Datasets of a run come in no order of their own.
        new = digest if digest in found else found[0] if found else ""
        if new:
            found.remove(new)
        status = SAME if new == digest else DIFFERS if new else MISSING
        checks.append(
            DataCheckView(
                name=name,
                context=context,
                status=status,
                original_digest=digest,
                rerun_digest=new,
            )
        )
    return checks


def list_changed_files(sources: Iterable[str], directory: Path, since: int) -> list[str]:
    """Files that the code names and that were written after ``since`` (ms), as they are named.

    Those that the code itself writes are left out.
    """
    trees = [tree for source in sources if (tree := parse_source(source)) is not None]
    written = {name for tree in trees for name in _names_written(tree)}
    named = dict.fromkeys(name for tree in trees for name in _names(tree))
    return [name for name in named if name not in written and _is_newer(directory, name, since)]


def _is_newer(directory: Path, name: str, since: int) -> bool:
    try:
        path = directory / os.path.expanduser(name)  # noqa: PTH111 - a name of any kind
        return path.is_file() and path.stat().st_mtime_ns // 1_000_000 > since
    except (OSError, ValueError, RuntimeError):
        return False


def _names(tree: ast.AST) -> Iterator[str]:
    """Texts in the code that a file may be named."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
            is_name = 0 < len(text) < _MAX_NAME and "\n" not in text and "\0" not in text
            if is_name and not text.endswith(_CODE):
                yield text


def _names_written(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _is_writing(node):
            yield from _names(node)


def _is_writing(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    name = call.func.id if isinstance(call.func, ast.Name) else name
    if name == "open":
        texts = [one.value for one in ast.walk(call) if isinstance(one, ast.Constant)]
        return any(isinstance(text, str) and _WRITE_MODE.fullmatch(text) for text in texts)
    return name.startswith(_WRITERS)
