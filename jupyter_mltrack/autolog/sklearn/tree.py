"""An estimator as a tree: what it is made of, and the params that differ from their defaults."""

from collections.abc import Sequence
from typing import Any, Final

from jupyter_mltrack.autolog import state
from jupyter_mltrack.autolog.describe import changed_params, describe, is_named_part
from jupyter_mltrack.autolog.drawings import drawn_text
from jupyter_mltrack.autolog.sklearn.params import is_estimator, shallow_params
from jupyter_mltrack.autolog.sklearn.record import FitRecord
from jupyter_mltrack.autolog.usercode import own_attributes

ESTIMATOR: Final = "estimator.html"
MAX_PARTS: Final = 200
MAX_PARAMS: Final = 60
MAX_DEPTH: Final = 12
MAX_VALUE: Final = 160


def record_tree(record: FitRecord) -> None:
    """Keep the estimator's parts and params, and of a search the best estimator it found."""
    if not state.options_of("sklearn").log_plots:
        return
    tree = _Tree()
    root = tree.part(record.estimator, "", ())
    best = own_attributes(record.estimator).get("best_estimator_")
    if is_estimator(best):
        root["parts"].append(tree.part(best, "best_estimator_", (id(record.estimator),)))
    drawing: dict[str, Any] = {"kind": "estimator_tree", "root": root}
    if tree.is_cut:
        drawing["note"] = f"The first {MAX_PARTS} parts."
    record.drawings[ESTIMATOR] = drawing


class _Tree:
    """Makes the parts of a tree, and stops where there are too many."""

    def __init__(self) -> None:
        self.count = 0
        self.is_cut = False

    def part(self, estimator: Any, role: str, path: tuple[int, ...]) -> dict[str, Any]:
        """An estimator and all below it."""
        self.count += 1
        kind: Any = type(estimator)
        values = shallow_params(estimator)
        changed = changed_params(estimator, values)
        path = (*path, id(estimator))
        params: list[dict[str, Any]] = []
        parts: list[dict[str, Any]] = []
        for name, value in values.items():
            inner = _parts_of(name, value)
            parts += self._below(inner, path)
            if not inner and len(params) < MAX_PARAMS:
                params.append(_param(name, value, name in changed))
        found: dict[str, Any] = {"estimator": drawn_text(kind.__name__), "params": params}
        found |= {"module": drawn_text(_public(kind.__module__)), "parts": parts}
        return found | ({"role": drawn_text(role)} if role else {})

    def _below(
        self, inner: list[tuple[str, Any, str]], path: tuple[int, ...]
    ) -> list[dict[str, Any]]:
        parts = []
        for role, value, detail in inner[:100]:
            if self.count >= MAX_PARTS or len(path) >= MAX_DEPTH:
                self.is_cut = True
                break
            if id(value) in path:
                continue
            if is_estimator(value):
                part = self.part(value, role, path)
            else:
                self.count += 1
                part = {"estimator": drawn_text(describe(value)), "role": drawn_text(role)}
            parts.append(part | ({"detail": detail} if detail else {}))
        return parts


def _parts_of(name: str, value: Any) -> list[tuple[str, Any, str]]:
    """Role, part and detail of what a param holds: one estimator, or named ones in a list."""
    if is_estimator(value):
        return [(name, value, "")]
    if type(value) is not list or not value:
        return []
    if not all(is_named_part(item) for item in value):
        return []
    if not any(is_estimator(item[1]) for item in value):
        return []
    return [(item[0], item[1], _columns(item)) for item in value]


def _columns(item: Sequence[Any]) -> str:
    """What a part of a column transformer is given."""
    return drawn_text(f"columns {describe(item[2])}") if len(item) == 3 else ""


def _param(name: str, value: Any, is_changed: bool) -> dict[str, Any]:
    try:
        text = drawn_text(describe(value), MAX_VALUE)
    except Exception as error:  # noqa: BLE001 - the value may do anything
        text = f"<{type(error).__name__}>"
    param: dict[str, Any] = {"name": drawn_text(name), "value": text}
    return param | ({"changed": True} if is_changed else {})


def _public(module: Any) -> str:
    """The module people import a class from: ``sklearn.svm`` and not ``sklearn.svm._classes``."""
    return str(module).partition("._")[0]
