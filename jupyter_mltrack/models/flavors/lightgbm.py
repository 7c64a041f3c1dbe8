"""The lightgbm flavor: a Booster as LightGBM's text, a model of the scikit-learn API pickled.

So does MLflow: LightGBM's own format holds the trees alone, not what the estimator adds.
"""

import sys
from collections.abc import Mapping
from typing import Any, Final

from jupyter_mltrack.models.flavors.packed import Packed, Read, pickled, within_budget

FLAVOR: Final = "lightgbm"
_BOOSTER: Final = "lightgbm.basic.Booster"


def pack(model: Any) -> Packed:
    """A model as bytes.

    Raises
    ------
    ModelNotSerializable
        It cannot be pickled, or its bytes exceed the budget.
    """
    kind = f"{type(model).__module__}.{type(model).__name__}"
    is_booster = kind == _BOOSTER
    file = "model.lgb" if is_booster else "model.pkl"
    settings = {
        "code": None,
        "data": file,
        "lgb_version": sys.modules["lightgbm"].__version__,
        "model_class": kind,
        "serialization_format": "cloudpickle",
        "skops_trusted_types": None,
    }
    if is_booster:
        content = within_budget(model.model_to_string().encode())
        return Packed(file, content, settings, frozenset({"lightgbm"}))
    return Packed(file, pickled(model), settings, frozenset({"lightgbm", "sklearn", "cloudpickle"}))


def load(read: Read, settings: Mapping[str, Any]) -> Any:
    """A model of the class it had. Unpickling runs code: only load models you trust."""
    content = read(settings["data"])
    if settings.get("model_class", _BOOSTER) == _BOOSTER:
        import lightgbm

        return lightgbm.Booster(model_str=content.decode())
    import cloudpickle

    return cloudpickle.loads(content)
