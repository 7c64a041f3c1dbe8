"""The statsmodels flavor: the results of a fit, pickled as their own ``save`` does."""

import sys
from collections.abc import Mapping
from typing import Any, Final

from jupyter_mltrack.models.flavors.packed import Packed, Read, pickled

FLAVOR: Final = "statsmodels"
MODEL_FILE: Final = "model.statsmodels"


def pack(model: Any) -> Packed:
    """The results of a fit as bytes.

    Raises
    ------
    ModelNotSerializable
        They cannot be pickled, or only above the budget.
    """
    settings = {
        "code": None,
        "data": MODEL_FILE,
        "statsmodels_version": sys.modules["statsmodels"].__version__,
    }
    return Packed(MODEL_FILE, pickled(model), settings, frozenset({"statsmodels"}))


def load(read: Read, settings: Mapping[str, Any]) -> Any:
    """The results of a fit. Unpickling runs code: only load models you trust."""
    import cloudpickle

    return cloudpickle.loads(read(settings["data"]))
