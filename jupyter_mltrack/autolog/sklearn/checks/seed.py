"""Chance without a seed."""

import linecache
import re
import sys
from collections.abc import Callable, Mapping
from typing import Any, Final

from jupyter_mltrack.autolog.sklearn.checks.finding import Finding
from jupyter_mltrack.autolog.sklearn.checks.fitted import Fitted
from jupyter_mltrack.autolog.sklearn.checks.split import is_of_unseeded_split

Params = Mapping[str, Any]

_COMPARABLE: Final = (str, int, float, bool, type(None))

_SEEDING: Final = re.compile(r"\w*(?:seed|SEED)\w*\s*\(|RandomState\(|default_rng\(\s*\d")
_SPLITTERS: Final = {
    **dict.fromkeys(("KFold", "StratifiedKFold", "StratifiedGroupKFold"), True),
    **dict.fromkeys(("ShuffleSplit", "StratifiedShuffleSplit", "GroupShuffleSplit"), False),
    **dict.fromkeys(("RepeatedKFold", "RepeatedStratifiedKFold"), False),
}
"""Splitters, and whether they draw random numbers only when told to ``shuffle``."""


def _always(_params: Params) -> bool:
    return True


def _if_subsampled(params: Params) -> bool:
    return params.get("subsample", 1.0) != 1.0 or params.get("max_features") is not None


def _if_random_splits(params: Params) -> bool:
    return params.get("splitter") == "random" or params.get("max_features") is not None


def _if_stopping_early(params: Params) -> bool:
    return params.get("early_stopping") is True


def _if_random_order(params: Params) -> bool:
    return params.get("selection") == "random"


def _if_probabilities(params: Params) -> bool:
    return params.get("probability") is True


def _if_stochastic(params: Params) -> bool:
    return params.get("solver") in ("sag", "saga")


_DRAWING: Final[dict[str, Callable[[Params], bool]]] = {
    **{
        f"{name}{end}": _always
        for name in ("RandomForest", "ExtraTrees", "Bagging", "MLP", "SGD", "PassiveAggressive")
        for end in ("Classifier", "Regressor")
    },
    **dict.fromkeys(
        (
            "KMeans", "MiniBatchKMeans", "BisectingKMeans", "GaussianMixture",
            "BayesianGaussianMixture", "IsolationForest", "RandomTreesEmbedding", "Perceptron",
            "RandomizedSearchCV", "HalvingRandomSearchCV", "LatentDirichletAllocation", "FastICA",
            "GaussianRandomProjection", "SparseRandomProjection", "RBFSampler", "Nystroem",
            "RANSACRegressor", "BernoulliRBM",
        ),
        _always,
    ),
    **dict.fromkeys(("GradientBoostingClassifier", "GradientBoostingRegressor"), _if_subsampled),
    **dict.fromkeys(("DecisionTreeClassifier", "DecisionTreeRegressor"), _if_random_splits),
    **dict.fromkeys(
        ("HistGradientBoostingClassifier", "HistGradientBoostingRegressor"), _if_stopping_early
    ),
    **dict.fromkeys(("Lasso", "ElasticNet"), _if_random_order),
    **dict.fromkeys(("SVC", "NuSVC"), _if_probabilities),
    **dict.fromkeys(("LogisticRegression", "Ridge", "RidgeClassifier"), _if_stochastic),
}  # fmt: skip
"""Classes that draw random numbers in a way that changes what they learn, and when they do."""


def of_fit(fitted: Fitted) -> Finding | None:
    """Whether something that was fitted, or split the data, draws from a generator without seed."""
    record = fitted.record
    found = _unseeded(record.estimator, record.params)
    is_model = fitted.is_classifier or fitted.is_regressor
    if is_model and is_of_unseeded_split(record.data.X, record.data.y):
        found.append("train_test_split")
    return _finding(found)


def of_evaluation(estimator: Any, params: Params, splitter: Any) -> Finding | None:
    """The same of a cross-validation, whose ``cv`` may be a splitter."""
    return _finding(_unseeded(estimator, {**params, "cv": splitter}))


def _finding(unseeded: list[str]) -> Finding | None:
    if not unseeded or is_seeded_elsewhere():
        return None
    names = ", ".join(dict.fromkeys(unseeded[:5]))
    verb = "draws" if len(set(unseeded[:5])) == 1 else "draw"
    return Finding(
        "seed",
        f"{names} {verb} random numbers, and random_state is not set.",
        "Run again it gives another result, and a difference between two runs may be chance.",
    )


def _unseeded(estimator: Any, params: Params) -> list[str]:
    found = []
    for prefix, value in (("", estimator), *((f"{key}__", part) for key, part in params.items())):
        kind = type(value)
        if not str(kind.__module__).startswith("sklearn."):
            continue
        name = kind.__name__
        if name in _SPLITTERS:
            own = getattr(value, "__dict__", {})
            draws = own.get("shuffle", False) or not _SPLITTERS[name]
            if draws and own.get("random_state", own.get("cvargs", {}).get("random_state")) is None:
                found.append(name)
        elif name in _DRAWING and params.get(f"{prefix}random_state", 0) is None:
            own = {
                key.removeprefix(prefix): part
                for key, part in params.items()
                # Of other types, comparing could run code of the user's.
                if key.startswith(prefix) and type(part) in _COMPARABLE
            }
            if _DRAWING[name](own):
                found.append(name)
    return found


class _Sources:
    """What was read of the code that runs."""

    def __init__(self) -> None:
        self.cells = 0
        self.file = ""
        self.is_seeding = False

    def see_cells(self, cells: list[Any]) -> None:
        if len(cells) < self.cells:  # another shell
            self.cells, self.is_seeding = 0, False
        self.is_seeding = self.is_seeding or any(map(_seeds, cells[self.cells :]))
        self.cells = len(cells)

    def see_file(self, file: str) -> None:
        if file != self.file:
            self.file, self.is_seeding = file, _seeds("".join(linecache.getlines(file)))


_sources: Final = _Sources()


def is_seeded_elsewhere() -> bool:
    """Whether some code that ran calls what sets a seed (``np.random.seed(0)``).

    In a notebook the cells that ran, in a script its file; each is read once.
    """
    main: Any = sys.modules.get("__main__")
    cells, file = getattr(main, "In", None), getattr(main, "__file__", None)
    if type(cells) is list:
        _sources.see_cells(cells)
    elif type(file) is str:
        _sources.see_file(file)
    return _sources.is_seeding


def _seeds(source: Any) -> bool:
    return type(source) is str and _SEEDING.search(source) is not None
