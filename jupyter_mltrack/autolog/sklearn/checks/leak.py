"""The target, or a copy of it, among the features."""

from typing import Any, Final

from jupyter_mltrack.autolog.sklearn.checks.finding import Finding
from jupyter_mltrack.autolog.sklearn.checks.fitted import Fitted
from jupyter_mltrack.autolog.sklearn.checks.tables import Table

MIN_ROWS: Final = 20
AFFINE: Final = 1e-9
"""So near to 1 is the correlation of a feature that is the target in other units."""
ALIKE: Final = 0.98
MAX_CLASSES: Final = 50


def of_fit(fitted: Fitted) -> Finding | None:
    """Whether some feature says what the target is, row by row."""
    table, target = fitted.table, fitted.labels
    if table is None or target is None or not (fitted.is_classifier or fitted.is_regressor):
        return None
    if len(target) != len(table.values) or len(target) < MIN_ROWS:
        return None
    found = _in_classes(table, target) if fitted.is_classifier else _in_numbers(table, target)
    if found is None:
        return None
    index, how = found
    return Finding(
        "leak",
        f"The feature {table.column_name(index)} {how} the target.",
        "A model that is given the answer learns nothing else; where the answer is not known yet "
        "it cannot be used.",
    )


def _in_numbers(table: Table, target: Any) -> tuple[int, str] | None:
    import numpy as np

    if target.dtype.kind not in "iuf":
        return None
    target = target.astype(np.float64)
    near = 1e-9 * target.std()
    if not near > 0:
        return None
    for index in _suspects(table, target, ALIKE - 0.03):
        column = table.values[:, index]
        with np.errstate(all="ignore"):
            same = (abs(column - target) <= near).mean()
            if same >= ALIKE:
                return index, "is a copy of" if same == 1 else "is nearly a copy of"
            # A single feature: a line through points without noise, an exercise.
            if table.columns > 1 and abs(np.corrcoef(column, target)[0, 1]) >= 1 - AFFINE:
                return index, "is, in other units,"
    return None


def _in_classes(table: Table, target: Any) -> tuple[int, str] | None:
    import numpy as np

    classes, codes, counts = np.unique(target, return_inverse=True, return_counts=True)
    if not 2 <= len(classes) <= MAX_CLASSES:
        return None
    for index in _suspects(table, codes.astype(np.float64), ALIKE - 0.03):
        values, inverse = np.unique(table.values[:, index], return_inverse=True)
        if len(values) != len(classes):
            continue  # a measurement that separates the classes well is no copy of them
        joint = np.zeros((len(classes), len(values)))
        np.add.at(joint, (codes, inverse), 1)
        share = (joint.max(axis=1) / counts).min()
        is_one_to_one = len(set(joint.argmax(axis=1).tolist())) == len(classes)
        if is_one_to_one and share >= ALIKE:
            return index, "is a copy of" if share == 1 else "is nearly a copy of"
    return None


def _suspects(table: Table, target: Any, least: float) -> list[int]:
    """The columns that go with the target closely, by some of the rows."""
    import numpy as np

    few, rows = table.few()
    with np.errstate(all="ignore"):
        correlations = np.nan_to_num(abs(_correlations(few, target[rows])))
    return [int(index) for index in np.flatnonzero(correlations >= least)]


def _correlations(values: Any, target: Any) -> Any:
    import numpy as np

    centred = values - values.mean(axis=0)
    other = target - target.mean()
    scale = np.sqrt(np.einsum("ij,ij->j", centred, centred) * (other @ other))
    return (other @ centred) / scale
