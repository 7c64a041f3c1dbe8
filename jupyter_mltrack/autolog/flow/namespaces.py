"""What names stand for in a frame, read without leaving a trace in it."""

import sys
from types import FrameType, ModuleType
from typing import Any, Final

from jupyter_mltrack.autolog.describe import is_named_part
from jupyter_mltrack.autolog.flow.programs import is_module_level

MISSING: Final = object()
_READERS: Final = frozenset({"locals", "vars", "dir", "eval", "exec", "_getframe", "currentframe"})


class Namespace:
    """The names of a frame: its locals, then its globals and builtins."""

    def __init__(
        self, local: dict[str, Any], outer: dict[str, Any], builtins: dict[str, Any]
    ) -> None:
        self._local = local
        self._outer = outer
        self._builtins = builtins

    def find(self, name: str) -> Any:
        """What a name stands for now, or :data:`MISSING`."""
        for names in (self._local, self._outer, self._builtins):
            value = names.get(name, MISSING)
            if value is not MISSING:
                return value
        return MISSING


def read_namespace(frame: FrameType) -> Namespace:
    """The names of a frame as they are now."""
    return Namespace(_locals(frame), frame.f_globals, frame.f_builtins)


def _locals(frame: FrameType) -> dict[str, Any]:
    if is_module_level(frame):
        return frame.f_locals
    if sys.version_info >= (3, 13):
        return dict(frame.f_locals)
    code = frame.f_code
    if _READERS.intersection(code.co_names) or sys.gettrace() is not None or frame.f_trace:
        # Reading them would renew the very dictionary that the user's `locals()` gave.
        return {}
    snapshot = frame.f_locals
    names = dict(snapshot)
    # The frame keeps its snapshot, and with it the values: they would live longer than they do.
    snapshot.clear()
    return names


def find_attribute(value: Any, name: str) -> Any:
    """An attribute as it lies in a module's or an object's ``__dict__``; runs no code of anyone."""
    if isinstance(value, ModuleType):
        return _instance_dict(value).get(name, MISSING)
    if type(value).__module__.startswith("sklearn."):
        found = _of_estimator(value, name)
        if found is not MISSING:
            return found
    return _instance_dict(value).get(name, MISSING)


def find_item(value: Any, key: Any) -> Any:
    """An item of a dictionary, list, tuple or pipeline; runs no code of anyone."""
    if type(key) not in (str, int):
        return MISSING
    kind = type(value)
    if kind is dict or (kind.__name__ == "Bunch" and kind.__module__ == "sklearn.utils._bunch"):
        return dict.get(value, key, MISSING)
    if kind in (list, tuple):
        return value[key] if type(key) is int and -len(value) <= key < len(value) else MISSING
    if kind.__name__ == "Pipeline" and kind.__module__.startswith("sklearn."):
        steps = _steps(value)
        if type(key) is int:
            return steps[key][1] if -len(steps) <= key < len(steps) else MISSING
        return dict(steps).get(key, MISSING)
    return MISSING


def _of_estimator(value: Any, name: str) -> Any:
    if type(value).__name__ == "Pipeline" and name == "named_steps":
        bunch: Any = sys.modules["sklearn.utils"].Bunch
        return bunch(**dict(_steps(value)))
    if type(value).__name__ == "Bunch":
        return dict.get(value, name, MISSING)
    return MISSING


def _steps(pipeline: Any) -> list[tuple[str, Any]]:
    steps = _instance_dict(pipeline).get("steps")
    if type(steps) is not list or not all(is_named_part(s) and len(s) == 2 for s in steps):
        return []
    return steps


def _instance_dict(value: Any) -> dict[str, Any]:
    try:
        found = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return {}
    return found if type(found) is dict else {}
