"""Feature importances and coefficients, with the names of the features where they can be had."""

import sys
from typing import Any, Final

from jupyter_mltrack.autolog import state
from jupyter_mltrack.autolog.describe import describe
from jupyter_mltrack.autolog.drawings import drawn_text
from jupyter_mltrack.autolog.sklearn.params import foreign_part
from jupyter_mltrack.autolog.sklearn.parts import core_of, steps_of
from jupyter_mltrack.autolog.sklearn.record import FitRecord
from jupyter_mltrack.autolog.usercode import own_attributes
from jupyter_mltrack.entities.drawings import MAX_CLASSES
from jupyter_mltrack.tracking.problems import problems

IMPORTANCES: Final = "feature_importances.png"
COEFFICIENTS: Final = "coefficients.png"
MAX_FEATURES: Final = 50
MAX_NAMED: Final = 20_000
"""Up to how many features are asked for by name: a text's vocabulary would take long."""


def record_importances(record: FitRecord) -> None:
    """Keep the greatest importances or coefficients, and the sum of the rest.

    Properties and methods are a library's only; of the user's own classes attributes are read.
    """
    if not state.options_of("sklearn").log_plots:
        return
    core = core_of(record.estimator)
    is_foreign = bool(foreign_part(record.estimator, record.params))
    values = _importances(core, is_foreign)
    if values is not None:
        names = _feature_names(record, core, len(values), is_foreign)
        record.drawings[IMPORTANCES] = _bars("Feature importances", "importance", values, names)
        return
    rows = _coefficients(core, is_foreign)
    if rows is None:
        return
    names = _feature_names(record, core, rows.shape[1], is_foreign)
    if len(rows) == 1:
        record.drawings[COEFFICIENTS] = _bars("Coefficients", "coefficient", rows[0], names)
    elif len(rows) <= MAX_CLASSES:
        record.drawings[COEFFICIENTS] = _heat(rows, names, _row_names(core, len(rows)))


def _importances(core: Any, is_foreign: bool) -> Any:
    forest: Any = getattr(sys.modules.get("sklearn.ensemble._forest"), "BaseForest", None)
    is_forest = forest is not None and any(base is forest for base in type(core).__mro__)
    if is_forest and type(core).feature_importances_ is forest.feature_importances_:
        return _forest_importances(core)
    return _array(core, "feature_importances_", is_foreign, (1,))


def _forest_importances(forest: Any) -> Any:
    """What the property of a forest gives, without its starting of threads (5 ms)."""
    import numpy as np

    trees = [tree.tree_ for tree in forest.estimators_ if tree.tree_.node_count > 1]
    if not trees:
        return np.zeros(forest.n_features_in_)
    mean = np.mean([tree.compute_feature_importances() for tree in trees], axis=0, dtype=float)
    return mean / mean.sum()


def _coefficients(core: Any, is_foreign: bool) -> Any:
    values = _array(core, "coef_", is_foreign, (1, 2))
    return values.reshape(1, -1) if values is not None and values.ndim == 1 else values


def _array(core: Any, name: str, is_foreign: bool, dimensions: tuple[int, ...]) -> Any:
    import numpy as np

    value = own_attributes(core).get(name)
    if value is None and not is_foreign and isinstance(getattr(type(core), name, None), property):
        # A property may refuse: SVC has coefficients with a linear kernel only.
        value = getattr(core, name, None)
    if type(value) is not np.ndarray or value.ndim not in dimensions or not value.size:
        return None
    return value if value.dtype.kind in "fiu" else None


def _bars(title: str, label: str, values: Any, names: list[str]) -> dict[str, Any]:
    order, rest = _greatest(abs(values))
    note, rest_sum = _rest(abs(values), rest)
    return {
        "kind": "bars",
        "title": title,
        "label": label,
        "names": [names[place] for place in order],
        "values": values[order].astype(float).tolist(),
        "rest": len(rest),
        "rest_sum": rest_sum,
        "note": note,
    }


def _heat(rows: Any, names: list[str], columns: list[str]) -> dict[str, Any]:
    strength = abs(rows).max(axis=0)
    order, rest = _greatest(strength)
    note, rest_sum = _rest(abs(rows), rest)
    return {
        "kind": "heat",
        "title": "Coefficients",
        "label": "coefficient",
        "rows": [names[place] for place in order],
        "columns": columns,
        "values": rows.T[order].astype(float).tolist(),
        "rest": len(rest),
        "rest_sum": rest_sum,
        "note": note,
    }


def _greatest(strength: Any) -> tuple[Any, Any]:
    import numpy as np

    order = np.argsort(-strength, kind="stable")
    return order[:MAX_FEATURES], order[MAX_FEATURES:]


def _rest(sizes: Any, rest: Any) -> tuple[str, float]:
    if not len(rest):
        return "", 0.0
    total = float(sizes[..., rest].sum())
    count = sizes.shape[-1]
    return (
        f"The {MAX_FEATURES} greatest of {count:,}; the other {len(rest):,} add up to {total:.4g}"
        " without their signs.",
        total,
    )


def _row_names(core: Any, count: int) -> list[str]:
    classes: Any = own_attributes(core).get("classes_")
    labels = [describe(item) for item in classes.tolist()] if hasattr(classes, "tolist") else []
    if len(labels) == count:
        return [drawn_text(label, 60) for label in labels]
    if len(labels) * (len(labels) - 1) // 2 == count:
        pairs = [(a, b) for i, a in enumerate(labels) for b in labels[i + 1 :]]
        return [drawn_text(f"{a} / {b}", 60) for a, b in pairs]
    return [f"output {number}" for number in range(count)]


def _feature_names(record: FitRecord, core: Any, count: int, is_foreign: bool) -> list[str]:
    names: Any = None
    if count <= MAX_NAMED:
        with problems.caught("naming features"):
            names = _names_after(record, core, is_foreign)
    if names is None or len(names) != count:
        return [f"x{number}" for number in range(count)]
    return [drawn_text(str(name)) for name in names]


def _names_after(record: FitRecord, core: Any, is_foreign: bool) -> Any:
    steps = steps_of(record.estimator)
    own = own_attributes(core).get("feature_names_in_")
    if own is not None:
        return own
    names = _input_names(record)
    if not steps:
        return names
    if is_foreign:
        return None
    for step in steps:
        if hasattr(type(step), "get_params"):
            names = step.get_feature_names_out(names)
    return names


def _input_names(record: FitRecord) -> Any:
    pandas: Any = sys.modules.get("pandas")
    if pandas is not None and type(record.data.X) is pandas.DataFrame:
        names = [name if type(name) is str else describe(name) for name in record.data.X.columns]
        return names if len(names) <= MAX_NAMED else None
    return None
