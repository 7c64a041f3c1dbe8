"""The xgboost flavor: a Booster, or a model of the scikit-learn API, in XGBoost's own format."""

import sys
from collections.abc import Mapping
from typing import Any, Final

from jupyter_mltrack.models.flavors.packed import Packed, Read, within_budget

FLAVOR: Final = "xgboost"
FORMAT: Final = "ubj"


def pack(model: Any) -> Packed:
    """A model as bytes.

    Raises
    ------
    ModelNotSerializable
        Its bytes exceed the budget.
    """
    kind = type(model)
    booster = model.get_booster() if hasattr(kind, "get_booster") else model
    file = f"model.{FORMAT}"
    settings = {
        "code": None,
        "data": file,
        "model_class": f"{kind.__module__}.{kind.__name__}",
        "model_format": FORMAT,
        "xgb_version": sys.modules["xgboost"].__version__,
    }
    content = within_budget(bytes(booster.save_raw(raw_format=FORMAT)))
    return Packed(file, content, settings, frozenset({"xgboost"}))


def load(read: Read, settings: Mapping[str, Any]) -> Any:
    """A model of the class it had."""
    import xgboost

    name = str(settings.get("model_class", "Booster")).rpartition(".")[2]
    model = getattr(xgboost, name)()
    model.load_model(bytearray(read(settings["data"])))
    return model
