"""The data of a run beside that of its rerun, and the files it may have come from."""

import ast
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from jupyter_mltrack.entities import Run
from jupyter_mltrack.entities.rerun_views import DataCheckView
from jupyter_mltrack.projects.metrics import DIFFERS, MISSING, SAME
from jupyter_mltrack.query.source import parse_source

_MAX_NAME: Final = 1000
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
    """Files that the code names and that were written after ``since`` (ms), as they are named."""
    changed = []
    for name in dict.fromkeys(_names(sources)):
        try:
            path = directory / os.path.expanduser(name)  # noqa: PTH111 - a name of any kind
            is_newer = path.is_file() and path.stat().st_mtime * 1000 > since
        except (OSError, ValueError):
            continue
        if is_newer:
            changed.append(name)
    return changed


def _names(sources: Iterable[str]) -> Iterator[str]:
    for source in sources:
        tree = parse_source(source)
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                text = node.value
                is_name = 0 < len(text) < _MAX_NAME and "\n" not in text and "\0" not in text
                if is_name and not text.endswith(_CODE):
                    yield text
