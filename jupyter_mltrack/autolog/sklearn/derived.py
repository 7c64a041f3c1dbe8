"""What a cell made of predictions, remembered when it ends: for the cells after it.

The objects themselves are remembered, so that it does not matter what their names stand for later.
"""

import ast
import builtins
from collections.abc import Iterator
from typing import Any, Final

from jupyter_mltrack.autolog.flow.assignments import Name, column_of
from jupyter_mltrack.autolog.flow.namespaces import Namespace
from jupyter_mltrack.autolog.flow.programs import Program, find_program, parse_cell
from jupyter_mltrack.autolog.flow.trace import Tracer
from jupyter_mltrack.autolog.sklearn import lineage
from jupyter_mltrack.autolog.sklearn.attribution import Seen, owner_of
from jupyter_mltrack.autolog.sklearn.sightings import module_code
from jupyter_mltrack.entities import CellOutcome
from jupyter_mltrack.tracking.cells import Cell

MAX_NAMES: Final = 60


def remember_derived(cell: Cell, outcome: str) -> None:
    """Remember what the cell derived from predictions, as its code proves.

    Of a cell that failed nothing is known: which of its statements were executed is not.
    """
    if outcome != CellOutcome.OK or not cell.is_autologged:
        return
    if not lineage.knows_anything() or not module_code.names:
        return
    filename = module_code.find_file(cell.execution_id)
    program = find_program(filename, cell.source) if filename else parse_cell(cell.source)
    if program is not None:
        seen = Seen(filename, cell.execution_id, is_module_level=True)
        names = Namespace({}, module_code.names, vars(builtins))
        for target, value in _assigned(program, module_code.names):
            _remember(Tracer(program, program.end, names, seen, len(value)), target, value)


def _remember(tracer: Tracer, target: ast.expr, value: Any) -> None:
    if lineage.find_prediction(value) is not None:
        return
    origin = tracer.trace(target)
    owner = owner_of(origin.sources) if origin.is_clear else None
    if owner is not None:
        is_final = any(source.is_final for source in origin.sources)
        prediction = lineage.Prediction(owner.model, owner.dataset, is_final)
        lineage.remember_derived(value, prediction)


def _assigned(program: Program, names: dict[str, Any]) -> Iterator[tuple[ast.expr, Any]]:
    """The variables and columns that a program's own code assigns, with their values now."""
    found: set[Name] = set()
    for node in ast.walk(program.tree):
        if not isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign)):
            continue
        if not isinstance(program.scope(node), ast.Module):
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for part in (part for target in targets for part in ast.walk(target)):
            name = Name(part.id) if isinstance(part, ast.Name) else column_of(part)
            if name is None or name in found or len(found) >= MAX_NAMES:
                continue
            found.add(name)
            value = _value(names.get(name.variable), name.key)
            if value is not None:
                yield _expression(name), value


def _value(value: Any, key: str | None) -> Any:
    kind = type(value)
    room = kind.__module__.partition(".")[0]
    if key is not None:
        if room != "pandas" or kind.__name__ != "DataFrame" or key not in value.columns:
            return None
        value = value[key]
        kind = type(value)
    if kind is list or (room == "numpy" and kind.__name__ == "ndarray" and value.ndim):
        return value
    return value if room == "pandas" and kind.__name__ == "Series" else None


def _expression(name: Name) -> ast.expr:
    variable = ast.Name(name.variable, ast.Load())
    if name.key is None:
        return variable
    return ast.Subscript(variable, ast.Constant(name.key), ast.Load())
