"""Loss curves and iterations of the estimators that keep them, as metrics and as plots."""

import numbers
from typing import Any, Final

from jupyter_mltrack.autolog import state
from jupyter_mltrack.autolog.sklearn.parts import core_of
from jupyter_mltrack.autolog.sklearn.ranking import thinned
from jupyter_mltrack.autolog.sklearn.record import FitRecord
from jupyter_mltrack.autolog.usercode import own_attributes

MAX_LOGGED: Final = 10_000
"""Points of a series; of more, evenly spread ones are kept."""

_PLOTS: Final = (
    # name of the plot, its y axis, the attributes it shows
    ("loss_curve.png", "loss", ("loss_curve_",)),
    ("validation_scores.png", "score", ("validation_scores_",)),
    ("train_score.png", "score", ("train_score_", "validation_score_", "oob_scores_")),
    ("estimator_errors.png", "error", ("estimator_errors_",)),
    ("lower_bounds.png", "lower bound", ("lower_bounds_",)),
)
_SERIES: Final = tuple(name for _, _, names in _PLOTS for name in names)


def record_curves(record: FitRecord) -> None:
    """Log what an estimator kept of each of its iterations, as series and as plots.

    It is read from the attributes of the object; no method and no property is called.
    """
    own = own_attributes(core_of(record.estimator))
    series = {name: _numbers(own.get(name)) for name in _SERIES if name in own}
    found = {name: values for name, values in series.items() if values is not None}
    for name, values in found.items():
        _log_series(record, name.rstrip("_"), values)
    if state.options_of("sklearn").log_plots:
        for plot, label, names in _PLOTS:
            lines = [_line(name, found[name]) for name in names if name in found]
            if lines:
                record.drawings[plot] = _drawing(plot, label, lines)


def record_iterations(record: FitRecord) -> None:
    """Log how many iterations a fit took, and an out-of-bag score where there is one."""
    own = own_attributes(core_of(record.estimator))
    found = {
        name: value
        for name in ("n_iter", "oob_score")
        if (value := _greatest(own.get(f"{name}_"))) is not None
    }
    if found:
        record.run.log_metrics(found)


def _log_series(record: FitRecord, key: str, values: Any) -> None:
    import numpy as np

    steps = np.arange(len(values))
    if len(values) > MAX_LOGGED:
        steps = np.unique(np.linspace(0, len(values) - 1, MAX_LOGGED).round().astype(int))
        record.notes.append(f"{key}: {MAX_LOGGED:,} of {len(values):,} points, evenly spread.")
    record.run.log_series(key, values[steps].tolist(), steps.tolist())


def _line(name: str, values: Any) -> dict[str, Any]:
    import numpy as np

    x, y = thinned(np.arange(len(values), dtype=float), values)
    return {"x": x, "y": y, "label": name.rstrip("_")}


def _drawing(plot: str, label: str, lines: list[dict[str, Any]]) -> dict[str, Any]:
    title = plot.removesuffix(".png").replace("_", " ").capitalize()
    if len(lines) == 1:
        lines[0]["label"] = ""
    return {
        "kind": "curve",
        "title": title,
        "x_label": "iteration",
        "y_label": label,
        "lines": lines,
    }


def _numbers(value: Any) -> Any:
    """A list or array of numbers as an array; None for anything else, or fewer than two."""
    import numpy as np

    if type(value) is list:
        if not all(type(item) in (int, float) or isinstance(item, np.number) for item in value):
            return None
        value = np.array(value, dtype=float)
    if type(value) is not np.ndarray or value.ndim != 1 or value.dtype.kind not in "fiu":
        return None
    return value.astype(float) if len(value) > 1 else None


def _greatest(value: Any) -> float | None:
    """A number, or the greatest of an array's: one count of iterations for each class."""
    if isinstance(value, numbers.Real) and type(value).__module__ in ("builtins", "numpy"):
        return float(value)
    is_array = type(value).__name__ == "ndarray" and value.dtype.kind in "iuf"
    return float(value.max()) if is_array and value.size else None
