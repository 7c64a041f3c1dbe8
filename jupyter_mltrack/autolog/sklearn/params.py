"""The params of an estimator and of all it is made of, read without calling the user's methods."""

import functools
import sys
from typing import Any, Final

from jupyter_mltrack.autolog.describe import init_values, is_named_part
from jupyter_mltrack.autolog.isolation import unmoved_random_states
from jupyter_mltrack.autolog.usercode import (
    cached_by_class,
    is_library,
    is_library_callable,
    is_library_class,
    own_attributes,
)

MAX_PARAMS: Final = 5000
MAX_DEPTH: Final = 8
_PLAIN: Final = frozenset({bool, int, float, str, type(None)})


def shallow_params(estimator: Any) -> dict[str, Any]:
    """What ``get_params(deep=False)`` gives.

    A ``get_params`` of the user's own is not called; the attributes named as the parameters of its
    ``__init__`` are read instead.
    """
    kind: Any = type(estimator)
    getter = _find_method(kind, "get_params")
    if getter is _base_getter():
        # What it does, without its reading the signature of the class each time.
        own = own_attributes(estimator)
        try:
            return {name: own[name] for name in _param_names(kind)}
        except KeyError:
            pass
    if is_library(str(getattr(getter, "__module__", ""))) and not _computes_attributes(kind):
        try:
            # XGBoost's draws from a generator that is among the params.
            with unmoved_random_states(*own_generators(own_attributes(estimator))):
                return dict(estimator.get_params(deep=False))
        except Exception:  # noqa: BLE001 - an attribute may be missing, or a property that raises
            return init_values(estimator)
    return init_values(estimator)


def _find_method(kind: type, name: str) -> Any:
    """As ``inspect.getattr_static``, which takes twenty times as long, finds it in a class."""
    for ancestor in kind.__mro__:
        if name in vars(ancestor):
            return vars(ancestor)[name]
    return None


def _base_getter() -> Any:
    return sys.modules["sklearn.base"].BaseEstimator.get_params


@cached_by_class
def _computes_attributes(kind: type) -> bool:
    """Whether asking an instance for an attribute may run code of the user's."""
    return any(
        isinstance(value, property) or name in ("__getattribute__", "__getattr__")
        for ancestor in kind.__mro__
        if not is_library(str(ancestor.__module__))
        for name, value in vars(ancestor).items()
    )


@cached_by_class
def _param_names(kind: Any) -> tuple[str, ...]:
    return tuple(kind._get_param_names())


def deep_params(estimator: Any) -> dict[str, Any]:
    """What ``get_params(deep=True)`` gives: the params of nested estimators as ``name__param``."""
    found: dict[str, Any] = {}
    _collect(estimator, "", found, ())
    return found


def _collect(estimator: Any, prefix: str, found: dict[str, Any], path: tuple[int, ...]) -> None:
    if id(estimator) in path or len(path) >= MAX_DEPTH:
        return
    path = (*path, id(estimator))
    for name, value in shallow_params(estimator).items():
        if len(found) >= MAX_PARAMS:
            return
        found[f"{prefix}{name}"] = value
        if type(value) in _PLAIN:
            continue
        if is_estimator(value):
            _collect(value, f"{prefix}{name}__", found, path)
            continue
        for key, part in named_parts(value):
            found[f"{prefix}{key}"] = part
            if is_estimator(part):
                _collect(part, f"{prefix}{key}__", found, path)


def are_plain(params: dict[str, Any]) -> bool:
    """Whether all params are numbers, texts and the like."""
    return _PLAIN.issuperset(map(type, params.values()))


def is_estimator(value: Any) -> bool:
    """Whether a value is an estimator with params of its own."""
    return hasattr(type(value), "get_params") and not issubclass(type(value), type)


def named_parts(value: Any) -> list[tuple[str, Any]]:
    """The parts of a pipeline's ``steps``, a voter's ``estimators`` and the like."""
    if type(value) is not list or not value:
        return []
    if not all(is_named_part(item) for item in value):
        return []
    return [(item[0], item[1]) for item in value]


_FOR_FITTING: Final = ("refit",)
"""Functions that no other method of an estimator calls: which candidate of a search is the best."""


def foreign_part(estimator: Any, params: dict[str, Any]) -> str:
    """The name of what is the user's own code in an estimator; empty when all of it is a library's.

    Predicting with it again would call that code more often than the user did.
    """
    if not is_library_class(type(estimator)):
        return type(estimator).__name__
    for name, value in params.items():
        if type(value) in _PLAIN or name.rpartition("__")[2] in _FOR_FITTING:
            continue
        for item in _inner(value):
            if not is_library_class(type(item)) or (
                callable(item) and not is_library_callable(item)
            ):
                return f"{name}={getattr(item, '__name__', type(item).__name__)}"
    return ""


def _inner(value: Any) -> list[Any]:
    items = list(value.values()) if type(value) is dict else [value]
    return items + [item._score_func for item in items if hasattr(item, "_score_func")]


def own_generators(params: dict[str, Any]) -> list[Any]:
    """Random generators among the params; predicting may draw from them."""
    return [
        value
        for value in params.values()
        if type(value) not in _PLAIN
        and type(value).__module__.startswith("numpy.random")
        and (hasattr(value, "bit_generator") or hasattr(value, "set_state"))
    ]


def is_talkative(params: dict[str, Any]) -> bool:
    """Whether something in an estimator was asked to print."""
    names = _verbose_names(tuple(params))
    return any(params[name] and type(params[name]) in (bool, int) for name in names)


@functools.lru_cache(maxsize=256)
def _verbose_names(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in names if name == "verbose" or name.endswith("__verbose"))
