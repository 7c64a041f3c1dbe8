"""A run's notebook as a Python script, in cells that editors know (``# %%``).

``python script.py`` does what the cells did. What is of the notebook alone becomes a comment:
magics that show or set up something, ``%mltrack`` among them (the script is not tracked, but for
the log calls in it). Magics that compute are translated where Python has words for it; a shell
command is a comment, and told. Figures are drawn without a window.
"""

import ast
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from jupyter_mltrack.query.export.cells import FACTS, RAISES
from jupyter_mltrack.query.export.magics import to_python
from jupyter_mltrack.query.export.notebook import export_notebook, list_notes
from jupyter_mltrack.query.source import Magic, parse_source, replace_magics
from jupyter_mltrack.store.contract import ReadStore

_FUTURE: Final = re.compile(r"^from __future__ import (.+)$", re.MULTILINE)
_DRAWS: Final = re.compile(r"\b(matplotlib|pyplot|plt|seaborn|pandas)\b")
_BACKEND: Final = """\
import os

os.environ.setdefault("MPLBACKEND", "Agg")  # figures are drawn, not shown"""
_DISPLAY: Final = """\
try:
    from IPython.display import display
except ImportError:
    display = print"""
_LOOP: Final = """\
import asyncio

_loop = asyncio.new_event_loop()
asyncio.set_event_loop(_loop)"""
_TRACEBACK: Final = "import traceback"


def export_script(
    store: ReadStore,
    run_id: str,
    *,
    kind: str = "order",
    parameters: Mapping[str, object] | None = None,
) -> str:
    """The cells of :func:`export_notebook` as a script; raises as that does."""
    notebook = export_notebook(store, run_id, kind=kind, parameters=parameters, outputs=False)
    return to_script(notebook)


def to_script(notebook: Mapping[str, Any]) -> str:
    """A notebook of Python as a script."""
    writer = _Writer()
    cells = [writer.write(cell) for cell in notebook["cells"] if cell["source"].strip()]
    facts = notebook["metadata"].get(FACTS, {})
    head = [f"# Run {facts['run_name']} ({facts['run_id']})."] if "run_id" in facts else []
    notes = [*list_notes(notebook), *writer.notes]
    head += [f"# {line}" for note in dict.fromkeys(notes) for line in note.split("\n")]
    parts = ["\n".join(head), *writer.prelude(), *cells]
    return "\n\n".join(part for part in parts if part).rstrip() + "\n"


class _Writer:
    """Writes cells, and remembers what they need before the first of them."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self._future: list[str] = []
        self._needs: dict[str, str] = {}
        self._count = 0

    def prelude(self) -> list[str]:
        """What stands above the cells."""
        future = list(dict.fromkeys(self._future))
        first = [f"from __future__ import {', '.join(future)}"] if future else []
        return [*first, *(self._needs[key] for key in sorted(self._needs))]

    def write(self, cell: Mapping[str, Any]) -> str:
        """A cell with its mark."""
        if cell["cell_type"] != "code":
            kind = cell["cell_type"]
            return "\n".join([f"# %% [{kind}]", commented(cell["source"])])
        tags = cell["metadata"].get("tags", [])
        listed = ", ".join(f'"{tag}"' for tag in tags)
        mark = f"# %% tags=[{listed}]" if tags else "# %%"
        return f"{mark}\n{self._code(cell['source'], may_raise=RAISES in tags)}"

    def _code(self, source: str, *, may_raise: bool) -> str:
        self._count += 1
        code = replace_magics(source, self._replace).strip("\n")
        tree = parse_source(code)
        if tree is None:
            self.notes.append("A cell that is no Python became a comment.")
            return commented(source)
        self._look(code, tree)
        code = _FUTURE.sub(self._take_future, code)
        if _awaits(tree):
            self._needs["loop"] = _LOOP
            code = _as_coroutine(code, tree, f"_cell_{self._count}")
        if may_raise:
            self._needs["traceback"] = _TRACEBACK
            # In the notebook the cells after it ran all the same.
            code = f"try:\n{indented(code)}\nexcept Exception:\n    traceback.print_exc()"
        return code

    def _replace(self, magic: Magic) -> str:
        code, note = to_python(magic)
        if note:
            self.notes.append(note)
        return code

    def _take_future(self, found: re.Match[str]) -> str:
        self._future += [name.strip() for name in found[1].strip("()").split(",")]
        return f"# {found[0]}"

    def _look(self, code: str, tree: ast.Module) -> None:
        if _DRAWS.search(code):
            self._needs["backend"] = _BACKEND
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        if "display" in names:
            self._needs["display"] = _DISPLAY
        if "get_ipython" in names:
            self.notes.append("It uses IPython: run it with ipython, not python.")


def commented(text: str) -> str:
    """Text as comments."""
    return "\n".join(f"# {line}".rstrip() for line in text.split("\n"))


def indented(code: str) -> str:
    """Code one level deeper; lines within strings stay, for they would have another value."""
    tree = parse_source(code)
    inside = _lines_in_strings(tree) if tree else set()
    lines = enumerate(code.split("\n"), 1)
    deeper = "\n".join(
        line if number in inside or not line.strip() else f"    {line}" for number, line in lines
    )
    # A body of comments alone is none.
    return deeper if tree is None or tree.body else f"{deeper}\n    pass"


def _lines_in_strings(tree: ast.Module) -> set[int]:
    strings = (ast.JoinedStr, ast.Constant)
    return {
        number
        for node in ast.walk(tree)
        if isinstance(node, strings)
        for number in range(node.lineno + 1, (node.end_lineno or 0) + 1)
    }


def _awaits(tree: ast.Module) -> bool:
    """Whether a cell awaits at its top level, which only IPython allows."""
    waiting: list[ast.AST] = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Await | ast.AsyncFor | ast.AsyncWith):
            return True
        if isinstance(node, ast.comprehension) and node.is_async:
            return True
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            waiting += ast.iter_child_nodes(node)
    return False


def _as_coroutine(code: str, tree: ast.Module, name: str) -> str:
    bound = _bound(tree.body)
    body = f"global {', '.join(bound)}\n{code}" if bound else code
    return f"async def {name}():\n{indented(body)}\n\n\n_loop.run_until_complete({name}())"


def _bound(statements: Sequence[ast.AST]) -> list[str]:
    """Names that statements bind at their level."""
    names: dict[str, None] = {}
    waiting = list(statements)
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names[node.name] = None
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names[node.id] = None
        if isinstance(node, ast.alias):
            names[(node.asname or node.name).partition(".")[0]] = None
        if isinstance(node, ast.ExceptHandler) and node.name:
            names[node.name] = None
        waiting += ast.iter_child_nodes(node)
    return [name for name in names if name != "*"]
