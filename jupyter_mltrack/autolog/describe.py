"""Values as short text, without calling the user's code.

MLflow stringifies params with ``str``; so do we for what Python and installed libraries define. For
objects of the user's own classes their class is said instead: their ``__repr__`` may count its
calls, raise, or give 10 MB.
"""

import inspect
import sys
import types
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any, Final

from jupyter_mltrack.autolog.usercode import (
    cached_by_class,
    has_type,
    is_library,
    is_library_class,
    own_attributes,
)
from jupyter_mltrack.settings import MAX_PARAM_LENGTH

MAX_ITEMS: Final = 200
MAX_DEPTH: Final = 8
MAX_ARRAY: Final = 1000
_NOISE: Final = frozenset(  # settings that do not tell one model from another
    name
    for names in (
        ("random_state", "n_jobs", "verbose", "memory"),
        ("cv", "param_grid", "param_distributions", "scoring", "refit"),
    )
    for name in names
)
_BRACKETS: Final = {"list": ("[", "]"), "tuple": ("(", ")")}
_PLAIN: Final = (bool, int, float, complex, bytes)


def describe(value: Any) -> str:
    """The text of a param; longer than is kept, it is cut and says so."""
    text = str.__str__(value) if has_type(value, str) else _text(value, 0)
    if len(text) > MAX_PARAM_LENGTH:
        mark = f"… ({len(text):,} characters)"
        text = text[: MAX_PARAM_LENGTH - len(mark)] + mark
    return text


def describe_estimator(estimator: Any, values: Mapping[str, Any], depth: int = 0) -> str:
    """``LogisticRegression(C=0.1)``: the class, and what differs from its defaults."""
    shown = (
        f"{name}={_text(value, depth + 1)}"
        for name, value in changed_params(estimator, values).items()
    )
    return f"{type(estimator).__name__}({', '.join(shown)})"


def short_name(estimator: Any, values: Mapping[str, Any], limit: int = 80) -> str:
    """A name for a fit, from its estimator and the settings that matter.

    Of what it is made of, only what differs from the defaults is said:
    ``Pipeline(StandardScaler, LogisticRegression(C=0.1))``.
    """
    text = f"{type(estimator).__name__}({', '.join(_name_parts(estimator, values, 0))})"
    if len(text) > limit:
        text = f"{text[: limit - 2]}…)"
    return text.encode(errors="replace").decode().replace("\0", " ")


def _name_parts(estimator: Any, values: Mapping[str, Any], depth: int) -> list[str]:
    parts = []
    for name, value in changed_params(estimator, values).items():
        if name in _NOISE:
            continue
        inner = _named_estimators(value)
        if not inner and hasattr(type(value), "get_params"):
            inner = [value]
        if inner:
            parts += [_inner_name(item, depth + 1) for item in inner]
        else:
            text = _text(value, MAX_DEPTH - 1)
            parts.append(f"{name}={text if len(text) <= 24 else text[:23] + '…'}")
    return parts


def _inner_name(estimator: Any, depth: int) -> str:
    name = type(estimator).__name__
    parts = _name_parts(estimator, init_values(estimator), depth) if depth < MAX_DEPTH else []
    return f"{name}({', '.join(parts)})" if parts else name


def changed_params(estimator: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """The params that differ from the defaults of the class."""
    kind: Any = type(estimator)
    defaults = _defaults(kind)
    return {
        name: value
        for name, value in values.items()
        if name not in defaults or not _is_same(value, defaults[name])
    }


@cached_by_class
def _defaults(kind: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for base in kind.__mro__:
        if "__init__" in vars(base):
            parameters = _init_parameters(base)
            own = {item.name: item.default for item in parameters if item.default is not item.empty}
            found = own | found
            # With other keywords it hands on to the next one what it does not know: XGBoost's do.
            if not any(item.kind is item.VAR_KEYWORD for item in parameters):
                break
    return found


def _init_parameters(kind: Any) -> list[inspect.Parameter]:
    try:
        return list(inspect.signature(kind.__init__).parameters.values())
    except (TypeError, ValueError):
        return []


def _is_same(value: Any, default: Any) -> bool:
    if value is default:
        return True
    if type(value) is not type(default) or not has_type(value, (*_PLAIN, str)):
        return False
    return bool(value == default) or (value != value and default != default)


def _text(value: Any, depth: int) -> str:
    kind = type(value)
    if kind is int:
        return _integer(value)
    if value is None or kind in _PLAIN:
        return str(value)
    if has_type(value, Enum):
        return f"{kind.__name__}.{value.name}"
    if has_type(value, (str, *_PLAIN)):
        return _primitive(value)
    if depth >= MAX_DEPTH:
        return f"{kind.__name__}(…)"
    if kind in (list, tuple, set, frozenset, dict):
        return _container(value, depth)
    if has_type(value, type):
        return type.__repr__(value)  # past a metaclass of the user's
    if has_type(value, (types.FunctionType, types.BuiltinFunctionType)):
        return f"{value.__module__}.{value.__qualname__}"
    if hasattr(kind, "get_params"):
        return describe_estimator(value, init_values(value), depth)
    return _object(value)


def init_values(estimator: Any) -> dict[str, Any]:
    """Params by the signature of the class, read from the instance without calling its methods."""
    kind: Any = type(estimator)
    own = own_attributes(estimator)
    return {name: own[name] for name in _init_names(kind) if name in own}


@cached_by_class
def _init_names(kind: Any) -> tuple[str, ...]:
    try:
        parameters = list(inspect.signature(kind.__init__).parameters.values())[1:]
    except (TypeError, ValueError):
        return ()
    variadic = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    return tuple(item.name for item in parameters if item.kind not in variadic)


def _primitive(value: Any) -> str:
    for base in (str, int, float, complex, bytes):
        if has_type(value, base):
            # The base's own method: a subclass may have one of its own. numpy's numbers are theirs.
            if is_library(type(value).__module__):
                return repr(value) if base is str else str(value)
            return base.__repr__(value)
    return str(value)


def _integer(value: int) -> str:
    try:
        return str(value)
    except ValueError:  # of more digits than Python turns into text
        return hex(value)


def _container(value: Any, depth: int) -> str:
    if type(value) is dict:
        items: Iterable[str] = (
            f"{_text(key, depth + 1)}: {_text(item, depth + 1)}" for key, item in value.items()
        )
    else:
        items = (_text(item, depth + 1) for item in value)
    left, right = _BRACKETS.get(type(value).__name__, ("{", "}"))
    shown = [text for _, text in zip(range(MAX_ITEMS), items, strict=False)]
    if len(value) > MAX_ITEMS:
        shown.append(f"… {len(value) - MAX_ITEMS} more")
    comma = "," if type(value) is tuple and len(value) == 1 else ""
    return f"{left}{', '.join(shown)}{comma}{right}"


def _object(value: Any) -> str:
    kind: Any = type(value)
    if not is_library_class(kind):
        return f"<{kind.__module__}.{kind.__qualname__}>"
    shape = getattr(value, "shape", None)
    if shape is not None:
        return _array(value, shape)
    if kind.__repr__ is not object.__repr__:
        return str(value)
    return f"<{kind.__module__}.{kind.__qualname__}>"


def _array(value: Any, shape: Any) -> str:
    dtype = getattr(value, "dtype", None)
    is_plain = getattr(dtype, "kind", "O") != "O"
    if shape == () and is_plain:
        return str(value)
    size = 1
    for length in shape:
        size *= length
    if size > MAX_ARRAY or not is_plain:
        return f"{type(value).__name__}(shape={tuple(shape)}, dtype={dtype})"
    numpy: Any = sys.modules["numpy"]
    with numpy.printoptions(precision=8, threshold=1000, suppress=False, floatmode="maxprec"):
        return str(value)


def is_named_part(item: Any) -> bool:
    """Whether it is ``("scaler", StandardScaler())``, of which a pipeline or a voter is made.

    A list does as well, where it is clear that it is no list of two names.
    """
    if type(item) not in (tuple, list) or len(item) not in (2, 3) or type(item[0]) is not str:
        return False
    return type(item) is tuple or hasattr(type(item[1]), "get_params") or _is_no_step(item[1])


def _is_no_step(part: Any) -> bool:
    return type(part) is str and part in ("passthrough", "drop")


def _named_estimators(value: Any) -> list[Any]:
    if type(value) not in (list, tuple):
        return []
    found = [item[1] for item in value if is_named_part(item)]
    return [item for item in found if hasattr(type(item), "get_params")]
