"""A notebook with other values for its parameters.

A cell tagged ``parameters`` declares them, as papermill has it: what is set goes into a cell tagged
``injected-parameters`` right after it. Any other simple assignment of the name, a line such as
``depth = 4`` at a cell's top level, gets the new value in place: the one that counts among them.
"""

import ast
import copy
import difflib
import math
import shlex
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from jupyter_mltrack.errors import InvalidParameterValue
from jupyter_mltrack.query.source import is_literal, parse_source

PARAMETERS: Final = "parameters"
INJECTED: Final = "injected-parameters"
_MAX_LISTED: Final = 20


class Assignment(msgspec.Struct, frozen=True, kw_only=True):
    """A simple assignment in a cell; ``node`` is the literal that is assigned."""

    cell: int
    name: str
    value: Any
    node: Any


def set_parameters(notebook: dict[str, Any], parameters: Mapping[str, object]) -> dict[str, Any]:
    """The notebook with these values; the one given stays as it is.

    A value that is text is read as a Python literal (``8``, ``0.5``, ``None``, ``[1, 2]``) and else
    stays text; where the notebook's own value is text it stays text anyway, and where that is a
    truth value ``true`` and ``false`` are too. ``metadata.jupyter_mltrack`` gets ``parameters``,
    the values by name, and a note where a name was assigned more than once.

    Raises
    ------
    InvalidParameterValue
        A name has no simple assignment and is not declared, a value cannot be written out as
        Python, or text that is no literal stands for a number; the message names it and says what
        can be set.
    """
    if not parameters:
        return notebook
    changed = copy.deepcopy(notebook)
    declared = _find_tagged(changed, PARAMETERS)
    injected = _find_injected(changed)
    known = list_assignments(changed)
    special = [place for place in (declared, injected) if place is not None]
    chosen = {name: _choose(known, name, special) for name in parameters}
    values = {name: _read_value(name, parameters[name], chosen[name]) for name in parameters}
    new: dict[str, object] = {}
    for name, assignment in chosen.items():
        if _is_declared(changed, name, assignment, declared, injected):
            new[name] = values[name]
        elif assignment is None:
            raise InvalidParameterValue(_unknown(name, known))
    in_place = [one for one in known if one.name in values and _is_set(one, new, special)]
    for number in {one.cell for one in in_place}:
        assignments = [one for one in in_place if one.cell == number]
        _replace(changed["cells"][number], assignments, values)
    others = [one for one in in_place if one is not chosen[one.name]]
    _note(changed, values, {one.name for one in others})
    if new:
        _inject(changed, new, declared, injected)
    return changed


def list_assignments(notebook: Mapping[str, Any]) -> list[Assignment]:
    """The simple assignments of a notebook: a literal gets a name at the top level of a cell."""
    return [
        Assignment(cell=number, name=name, value=ast.literal_eval(node), node=node)
        for number, cell in enumerate(notebook["cells"])
        if cell["cell_type"] == "code"
        for name, node in _simple(_source(cell))
    ]


def to_literal(name: str, value: object) -> str:
    """A value as Python source.

    Raises
    ------
    InvalidParameterValue
        Python would not read it back as the same.
    """
    # A number of numpy's; arrays are no values of one line.
    plain = value.item() if getattr(value, "ndim", None) == 0 else value  # type: ignore[attr-defined]
    if isinstance(plain, float) and not math.isfinite(plain):
        return f"float({str(plain)!r})"
    try:
        text = repr(plain)
        # Shown as it is read back: 1 is not True, and 0.0 is not -0.0.
        is_same = repr(ast.literal_eval(text)) == text
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        is_same = False
    if not is_same:
        raise InvalidParameterValue(
            f"The value of parameter {name!r} is a {type(value).__name__} that cannot be written "
            "out as Python; give a number, text, truth value, None, or lists and dicts of them."
        )
    return text


def _simple(source: str) -> Iterator[tuple[str, ast.expr]]:
    tree = parse_source(source)
    for statement in tree.body if tree else ():
        target: ast.expr
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target, value = statement.targets[0], statement.value
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            target, value = statement.target, statement.value
        else:
            continue
        if isinstance(target, ast.Name) and is_literal(value):
            yield target.id, value


def _choose(known: Sequence[Assignment], name: str, special: Sequence[int]) -> Assignment | None:
    """The assignment that declares a name, else the first."""
    named = [one for one in known if one.name == name]
    return next((one for one in named if one.cell in special), next(iter(named), None))


def _is_declared(
    notebook: Mapping[str, Any],
    name: str,
    assignment: Assignment | None,
    declared: int | None,
    injected: int | None,
) -> bool:
    """Whether the value belongs into an injected cell; a name nothing reads would do nothing."""
    if assignment is not None:
        return assignment.cell == declared
    has_place = declared is not None or injected is not None
    return has_place and name.isidentifier() and name in _names_read(notebook)


def _is_set(one: Assignment, new: Mapping[str, object], special: Sequence[int]) -> bool:
    """Whether an assignment gets its value in place; what is injected comes after the declared."""
    return one.name not in new or one.cell not in special


def _names_read(notebook: Mapping[str, Any]) -> set[str]:
    trees = [parse_source(_source(c)) for c in notebook["cells"] if c["cell_type"] == "code"]
    return {
        node.id
        for tree in trees
        if tree
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }


def _read_value(name: str, given: object, present: Assignment | None) -> object:
    to_literal(name, given)
    if not isinstance(given, str):
        return given
    try:
        value, is_text = ast.literal_eval(given.strip()), False
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        value, is_text = given, True
    own = present.value if present else None
    if isinstance(own, str) and not isinstance(value, str):
        return given
    if isinstance(own, bool) and given.strip().lower() in ("true", "false"):
        return given.strip().lower() == "true"
    if is_text and isinstance(own, int | float | complex):
        raise InvalidParameterValue(
            f"Parameter {name!r} is {own!r} in the notebook, and {given!r} is no number or other "
            f"Python literal. If text is meant, give it in quotes: {name}={_quoted(given)}"
        )
    return value


def _quoted(text: str) -> str:
    """Text as a Python literal that a shell passes on as it is."""
    literal = repr(text)
    is_plain = not any(character in literal for character in '"$`\\!')
    return f'"{literal}"' if is_plain else shlex.quote(literal)


def _replace(
    cell: dict[str, Any], assignments: Sequence[Assignment], values: Mapping[str, object]
) -> None:
    lines = [line.encode() for line in _source(cell).split("\n")]
    # From the end on, so that what is still to be replaced stays where it was.
    places = {(one.node.lineno, one.node.col_offset): one for one in assignments}
    for _, one in sorted(places.items(), reverse=True):
        first, last = one.node.lineno - 1, one.node.end_lineno - 1
        before = lines[first][: one.node.col_offset]
        after = lines[last][one.node.end_col_offset :]
        lines[first : last + 1] = [before + to_literal(one.name, values[one.name]).encode() + after]
    cell["source"] = b"\n".join(lines).decode()


def _inject(
    notebook: dict[str, Any], new: Mapping[str, object], declared: int | None, injected: int | None
) -> None:
    code = [f"{name} = {to_literal(name, value)}" for name, value in new.items()]
    cells = notebook["cells"]
    if injected is not None:
        # Papermill replaces the cell; what it set and is not set now would be lost.
        source = _source(cells[injected])
        cells[injected]["source"] = "\n".join([source.rstrip(), *code])
        return
    assert declared is not None
    made: dict[str, Any] = {
        "cell_type": "code",
        "id": _free_id(notebook),
        "metadata": {"tags": [INJECTED]},
        "source": "\n".join(["# Parameters", *code]),
        "execution_count": None,
        "outputs": [],
    }
    cells.insert(declared + 1, made)


def _free_id(notebook: Mapping[str, Any]) -> str:
    taken = {cell.get("id") for cell in notebook["cells"]}
    numbers = (f"{INJECTED}-{number}" for number in range(1, len(taken) + 2))
    return INJECTED if INJECTED not in taken else next(n for n in numbers if n not in taken)


def _note(
    notebook: dict[str, Any], values: Mapping[str, object], assigned_again: Collection[str]
) -> None:
    facts = notebook.setdefault("metadata", {}).setdefault("jupyter_mltrack", {})
    written = {name: to_literal(name, value) for name, value in values.items()}
    facts["parameters"] = {**facts.get("parameters", {}), **written}
    again = ", ".join(name for name in values if name in assigned_again)
    if again:
        note = f"{again}: set wherever the notebook assigns a plain value."
        facts["notes"] = [*facts.get("notes", []), note]


def _find_tagged(notebook: Mapping[str, Any], tag: str) -> int | None:
    cells = enumerate(notebook["cells"])
    return next((n for n, cell in cells if tag in cell.get("metadata", {}).get("tags", ())), None)


def _find_injected(notebook: Mapping[str, Any]) -> int | None:
    """The cell of set values; papermill's has no tag when no document told of it."""
    tagged = _find_tagged(notebook, INJECTED)
    if tagged is not None:
        return tagged
    cells = enumerate(notebook["cells"])
    return next((n for n, cell in cells if _source(cell).startswith("# Parameters\n")), None)


def _source(cell: Mapping[str, Any]) -> str:
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)


def _unknown(name: str, known: Sequence[Assignment]) -> str:
    names = list(dict.fromkeys(one.name for one in known))
    if not names:
        return (
            f"There is no parameter {name!r}: the notebook has no simple assignment (such as "
            f"{name} = 1 at the top level of a cell) and no cell tagged parameters."
        )
    near = difflib.get_close_matches(name, names, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    listed = ", ".join(names[:_MAX_LISTED]) + (" …" if len(names) > _MAX_LISTED else "")
    return f"There is no parameter {name!r}.{hint} What can be set: {listed}."
