"""One module per library: how its models become bytes, and bytes a model again."""

from types import ModuleType
from typing import Any, Final, cast

from jupyter_mltrack.models.flavors import lightgbm, sklearn, statsmodels, xgboost
from jupyter_mltrack.models.flavors.packed import Flavor

FLAVORS: Final = cast("tuple[Flavor, ...]", (xgboost, lightgbm, statsmodels, sklearn))


def find_flavor(model: Any) -> Flavor:
    """The flavor of a model: its library's own, unless its class is the user's or another's."""
    library = str(type(model).__module__).partition(".")[0]
    known: dict[str, ModuleType] = {
        "xgboost": xgboost,
        "lightgbm": lightgbm,
        "statsmodels": statsmodels,
    }
    return cast("Flavor", known.get(library, sklearn))
