"""The sklearn flavor: a cloudpickle, as MLflow's autolog keeps it."""

import sys
from collections.abc import Iterator, Mapping
from typing import Any, Final

from jupyter_mltrack.models.flavors.packed import Packed, Read, pickled

FLAVOR: Final = "sklearn"
MODEL_FILE: Final = "model.pkl"
_ALWAYS: Final = ("sklearn", "cloudpickle", "numpy", "scipy")
_MAX_PARTS: Final = 200


def pack(model: Any) -> Packed:
    """An estimator as bytes.

    Raises
    ------
    ModelNotSerializable
        It cannot be pickled, or only above the budget.
    """
    settings = {
        "code": None,
        "pickled_model": MODEL_FILE,
        "serialization_format": "cloudpickle",
        "skops_trusted_types": None,
        "sklearn_version": sys.modules["sklearn"].__version__,
    }
    modules = frozenset({*_ALWAYS, *_modules(model)})
    return Packed(MODEL_FILE, pickled(model), settings, modules, _predict(model), "model_path")


def load(read: Read, settings: Mapping[str, Any]) -> Any:
    """An estimator from its bytes. Unpickling runs code: only load models you trust."""
    import cloudpickle

    return cloudpickle.loads(read(settings["pickled_model"]))


def _predict(estimator: Any) -> str:
    for name in ("predict", "transform", "fit_predict"):
        if hasattr(type(estimator), name):
            return name
    return "predict"


def _modules(estimator: Any) -> Iterator[str]:
    """Top-level modules of the classes an estimator is made of, as far as its attributes show."""
    waiting, seen = [estimator], set[int]()
    while waiting and len(seen) < _MAX_PARTS:
        part = waiting.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        for base in type(part).__mro__:
            top = str(base.__module__).partition(".")[0]
            if top not in sys.stdlib_module_names and top != "__main__":
                yield top
        if type(part) in (list, tuple):
            waiting.extend(part[:20])
        elif hasattr(type(part), "get_params"):
            waiting.extend(_attributes(part).values())


def _attributes(part: Any) -> dict[str, Any]:
    # Past a `__getattribute__` of the user's.
    try:
        found: dict[str, Any] = object.__getattribute__(part, "__dict__")
    except AttributeError:
        return {}
    return found
