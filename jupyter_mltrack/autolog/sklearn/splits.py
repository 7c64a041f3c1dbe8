"""Which data belong together: what ``train_test_split`` made, and what was made of that since.

The parts are remembered weakly. A part that one transformer transformed is still the same part of
the split, as long as training and test data went through the same transformers.
"""

import weakref
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from jupyter_mltrack.autolog.flow.content import telling_digest
from jupyter_mltrack.autolog.sklearn.data import FitData, data_size
from jupyter_mltrack.autolog.sklearn.lineage import TrackedModel, WeakTable

if TYPE_CHECKING:
    from jupyter_mltrack.autolog.sklearn.preparing import Preparation

MAX_TRAIL: Final = 20
Fitted: TypeAlias = "TrackedModel | Preparation"


class Part(NamedTuple):
    """A part of a split: which of the arrays that were split it is of (``column``).

    ``trail`` are the fits of the transformers it went through since.
    """

    split: "Split"
    column: int
    is_test: bool
    trail: tuple[Fitted, ...] = ()


class Split:
    """The parts of one call of ``train_test_split``; ``rows`` are those of training and test."""

    def __init__(self, rows: tuple[int, int]) -> None:
        self.rows = rows
        self._parts: dict[tuple[int, bool, tuple[Fitted, ...]], weakref.ref[Any]] = {}

    def add(self, part: Part, thing: Any) -> None:
        """Remember a part."""
        if len(part.trail) <= MAX_TRAIL and parts.remember(thing, part):
            self._parts[part.column, part.is_test, part.trail] = weakref.ref(thing)

    def find(self, column: int, is_test: bool, trail: tuple[Fitted, ...] = ()) -> Any:
        """A part that is still there, with as many rows as it had; or None."""
        reference = self._parts.get((column, is_test, trail))
        thing = None if reference is None else reference()
        if thing is None or data_size(thing)[0] != self.rows[is_test]:
            return None
        return thing

    def columns(self) -> set[int]:
        """The arrays that were split, by their numbers."""
        return {column for column, _, _ in self._parts}


parts: Final = WeakTable()


def remember_split(result: Any) -> None:
    """Remember what ``train_test_split`` returned: training and test data by turns."""
    if type(result) is not list or len(result) < 4 or len(result) % 2:
        return
    rows = (data_size(result[0])[0], data_size(result[1])[0])
    split = Split(rows)
    for place, thing in enumerate(result):
        split.add(Part(split, place // 2, bool(place % 2)), thing)


def follow_part(data: Any, result: Any, transformer: Fitted) -> None:
    """Remember that a part of a split was transformed."""
    part: Part | None = parts.find(data)
    if part is not None and result is not data and data_size(result)[0] == data_size(data)[0]:
        part.split.add(part._replace(trail=(*part.trail, transformer)), result)


def find_test_data(data: FitData) -> FitData | None:
    """The test data that belong to the training data of a fit, as they are now; or None."""
    if data.y is None:
        return None
    features: Part | None = parts.find(data.X)
    if features is None or features.is_test:
        return None
    split = features.split
    column = _column_of_target(split, features.column, data.y)
    if column is None or data_size(data.X)[0] != split.rows[False]:
        return None
    X = split.find(features.column, True, features.trail)
    y = split.find(column, True)
    if X is None or y is None or not _is_alike(data.X, X):
        return None
    if data_size(y)[1] == 1 and len(getattr(data.y, "shape", ())) == 1:
        y = _flat(y)
    return FitData(X, y)


def forget_splits() -> None:
    """Drop all splits."""
    parts.clear()


def _column_of_target(split: Split, features: int, y: Any) -> int | None:
    part: Part | None = parts.find(y)
    if part is not None:
        is_train = part.split is split and not part.is_test and not part.trail
        return part.column if is_train else None
    # Such as `y_train.values.ravel()`.
    content = telling_digest(y)
    if content is None:
        return None
    for column in sorted(split.columns() - {features}):
        known = split.find(column, False)
        if known is not None and telling_digest(known) == content:
            return column
    return None


def _is_alike(train: Any, test: Any) -> bool:
    """Whether both have the same columns."""
    if type(train) is not type(test) or data_size(train)[1] != data_size(test)[1]:
        return False
    names = getattr(train, "columns", None)
    return names is None or list(names) == list(test.columns)


def _flat(y: Any) -> Any:
    import numpy as np

    return np.asarray(y).reshape(-1) if len(getattr(y, "shape", ())) == 2 else y
