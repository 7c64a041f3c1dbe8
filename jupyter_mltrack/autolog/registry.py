"""The frameworks that are autologged: one line each, and one package or module."""

import importlib
from types import ModuleType
from typing import Final, NamedTuple


class Framework(NamedTuple):
    """A framework, the modules whose import it waits for, and our adapter.

    The adapter has ``install(patcher, module)``, called when one of ``modules`` was imported,
    ``refresh(patcher)``, called before each cell, and ``forget_everything()``.
    """

    name: str
    modules: tuple[str, ...]
    adapter: str

    def load(self) -> ModuleType:
        """The adapter."""
        return importlib.import_module(self.adapter)


FRAMEWORKS: Final = (
    Framework(
        "sklearn",
        ("sklearn.base", "sklearn.metrics", "sklearn.model_selection", "sklearn.inspection"),
        "jupyter_mltrack.autolog.sklearn",
    ),
    Framework("xgboost", ("xgboost.training",), "jupyter_mltrack.autolog.xgboost"),
    Framework("lightgbm", ("lightgbm.engine",), "jupyter_mltrack.autolog.lightgbm"),
    Framework("statsmodels", ("statsmodels.base.model",), "jupyter_mltrack.autolog.statsmodels"),
    Framework("optuna", ("optuna.study.study",), "jupyter_mltrack.autolog.optuna"),
)
