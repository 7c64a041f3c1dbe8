"""Features that are constant, or copies of another."""

from typing import Any, Final

from jupyter_mltrack.autolog.sklearn.checks.finding import Finding
from jupyter_mltrack.autolog.sklearn.checks.fitted import Fitted
from jupyter_mltrack.autolog.sklearn.checks.tables import Table, column_hashes

MIN_ROWS: Final = 30
WIDE: Final = 50
WIDE_SHARE: Final = 0.25
MIN_OTHERS: Final = 5
"""A flag that is set so seldom equals another by chance."""


def of_fit(fitted: Fitted) -> Finding | None:
    """Look for such columns; not before a step that selects features, and not in transformers.

    Columns of zeros are ordinary (pixels, one-hot codes), and so is one of ones (an intercept). In
    a wide array without names some constant and some equal columns are ordinary too.
    """
    table = fitted.table
    if table is None or not (fitted.is_classifier or fitted.is_regressor):
        return None
    if len(table.values) < MIN_ROWS or table.values.shape[1] < 2 or _selects(fitted):
        return None
    constant, varied = _constant(table)
    equal = _equal(table, varied)
    count = len(constant) + len(equal)
    is_wide = table.names is None and table.columns >= WIDE
    if not count or (is_wide and count < WIDE_SHARE * table.columns):
        return None
    return Finding("columns", _text(table, constant, equal), _reason(equal))


def _constant(table: Table) -> tuple[list[int], Any]:
    import numpy as np

    values, (few, _) = table.values, table.few()
    seems_constant = (few == few[0]).all(axis=0)
    varied = np.flatnonzero(~seems_constant)
    indexes = [
        int(index)
        for index in np.flatnonzero(seems_constant)
        if few[0, index] != 0 and (values[:, index] == few[0, index]).all()
    ]
    ones = [index for index in indexes if few[0, index] == 1]
    return [index for index in indexes if index not in ones[:1]], varied


def _equal(table: Table, varied: Any) -> list[tuple[int, int]]:
    import numpy as np

    if len(varied) < 2:
        return []
    values, (few, _) = table.values, table.few()
    hashes = column_hashes(few)
    pairs: list[tuple[int, int]] = []
    first: dict[int, int] = {}
    for index in varied.tolist():
        twin = first.setdefault(int(hashes[index]), index)
        if twin == index or not np.array_equal(values[:, twin], values[:, index], equal_nan=True):
            continue
        _, counts = np.unique(values[:, index], return_counts=True)
        if counts.sum() - counts.max() >= MIN_OTHERS:
            pairs.append((twin, index))
    return pairs


def _selects(fitted: Fitted) -> bool:
    kinds = (type(value) for value in fitted.record.params.values())
    return any(hasattr(kind, "get_support") for kind in kinds)


def _text(table: Table, constant: list[int], equal: list[tuple[int, int]]) -> str:
    parts = []
    if constant:
        names = ", ".join(map(table.column_name, constant[:5]))
        more = f" and {len(constant) - 5} more" if len(constant) > 5 else ""
        verb = "is" if len(constant) == 1 else "are"
        parts.append(f"{names}{more} {verb} constant")
    if equal:
        names = ", ".join(
            f"{table.column_name(right)} equals {table.column_name(left)}"
            for left, right in equal[:3]
        )
        more = f", and {len(equal) - 3} more such" if len(equal) > 3 else ""
        parts.append(f"{names}{more}")
    looked = f" (in every {table.step}th row)" if table.step > 1 else ""
    return f"Of {table.columns} features, {'; '.join(parts)}{looked}."


def _reason(equal: list[tuple[int, int]]) -> str:
    if not equal:
        return "A constant feature tells the model nothing; it may be a mistake in the preparation."
    return "Equal features share their importance, and may be a mistake in the preparation."
