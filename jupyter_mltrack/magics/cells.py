"""``%%mltrack run``: a run around one cell, and the cell as natural as without it.

The first line of such a cell is replaced, before IPython reads the cell, by a line magic that opens
the run; the run ends when the cell ends. So the body is ordinary code of the cell: ``await`` works,
the last expression is shown, tracebacks have the right lines and none of ours. Where that cannot be
(another cell magic follows, or code calls the magic), :func:`run_body` executes the body as
IPython's ``%%time`` does.
"""

import ast
import itertools
import linecache
import re
import threading
from collections.abc import Mapping
from typing import Any, Final

from jupyter_mltrack.tracking import fluent
from jupyter_mltrack.tracking.active import ActiveRun, pop_run, status_for
from jupyter_mltrack.tracking.problems import problems

_FIRST_LINE: Final = re.compile(r"%%mltrack[ \t]+(run|params|private|off)(?=\s|$)([^\r\n]*)")
_ATTRIBUTE: Final = "_mltrack_cell_runs"
_numbers: Final = itertools.count(1)


def open_in_line(lines: list[str]) -> list[str]:
    """Turn a first line ``%%mltrack run …`` into a line magic; an input transformer of IPython.

    So too ``params``, ``private`` and ``off``, whose cells are ordinary ones.
    """
    match = _FIRST_LINE.match(lines[0]) if lines else None
    if match is None:
        return lines
    body = next((line for line in lines[1:] if line.strip()), "%%")
    if body.lstrip().startswith("%%"):
        return lines
    arguments = f"{match[1]} --in-cell {match[2].strip()}".rstrip()
    return [f"get_ipython().run_line_magic('mltrack', {arguments!r})\n", *lines[1:]]


class CellRuns:
    """Ends the runs of ``%%mltrack run`` with their cell.

    Cells nest, and overlap in subshells: each thread has a stack, with a list of runs a cell.
    """

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._local = threading.local()

    def install(self) -> None:
        """Begin to watch cells."""
        self._shell.events.register("pre_run_cell", self._begin)
        self._shell.events.register("post_run_cell", self._end)
        self._shell.input_transformers_cleanup.append(open_in_line)
        setattr(self._shell, _ATTRIBUTE, self)

    def remove(self) -> None:
        """Leave the shell as it was."""
        self._shell.events.unregister("pre_run_cell", self._begin)
        self._shell.events.unregister("post_run_cell", self._end)
        self._shell.input_transformers_cleanup.remove(open_in_line)
        delattr(self._shell, _ATTRIBUTE)

    def add(self, run: ActiveRun) -> None:
        """End this run when the present cell ends."""
        stack = self._stack()
        if not stack:
            # The extension was loaded by this very cell: its beginning was not seen.
            stack.append([])
        stack[-1].append(run)

    def _stack(self) -> list[list[ActiveRun]]:
        if not hasattr(self._local, "stack"):
            self._local.stack = []
        stack: list[list[ActiveRun]] = self._local.stack
        return stack

    def _begin(self, _info: Any) -> None:
        self._stack().append([])

    def _end(self, result: Any) -> None:
        # IPython prints what a callback raises into the user's cell.
        with problems.caught("ending the run of a cell"):
            stack = self._stack()
            error = result.error_before_exec or result.error_in_exec
            for run in reversed(stack.pop() if stack else []):
                _end_run(run, error)


def open_for_cell(settings: Mapping[str, Any]) -> ActiveRun:
    """Open a run that something else will end; it is a child of the run around it."""
    run = fluent.start_run(**settings, nested=True)
    run.entered = True
    return run


def run_in_cell(shell: Any, settings: Mapping[str, Any]) -> None:
    """Open a run that ends with the present cell."""
    getattr(shell, _ATTRIBUTE).add(open_for_cell(settings))


def run_body(shell: Any, run: ActiveRun | None, body: str) -> Any:
    """Run the body of a cell, and end the run with it; its last expression is returned."""
    # Hides our frame from the traceback of the user's error.
    __tracebackhide__ = True
    try:
        value = _execute(shell, body)
    except BaseException as error:
        if run is not None:
            _end_run(run, error)
        raise
    if run is not None:
        _end_run(run, None)
    return value


def _execute(shell: Any, body: str) -> Any:
    __tracebackhide__ = True
    tree = shell.transform_ast(shell.compile.ast_parse(shell.transform_cell(body)))
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    name = f"<mltrack run {next(_numbers)}>"
    # So that a traceback can show the lines.
    linecache.cache[name] = (len(body), None, body.splitlines(keepends=True), name)
    exec(compile(tree, name, "exec"), shell.user_ns)
    if last is None:
        return None
    return eval(compile(ast.Expression(last.value), name, "eval"), shell.user_ns)


def _end_run(run: ActiveRun, error: BaseException | None) -> None:
    from asyncio import CancelledError

    pop_run(run)
    if isinstance(error, CancelledError):
        # An interrupt that met an await.
        error = KeyboardInterrupt()
    run.end(status_for(type(error) if error is not None else None))
