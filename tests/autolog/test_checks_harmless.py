"""Whatever data a fit is given, the checks neither fail nor leave a trace of having looked."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from jupyter_mltrack.autolog.sklearn.checks import tables
from jupyter_mltrack.entities import Run

Logged = Callable[[], list[Run]]
pytestmark = [
    pytest.mark.usefixtures("no_problems", "autologging"),
    pytest.mark.filterwarnings("ignore"),
]

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3))
Y = (X[:, 0] > 0).astype(int)


class Counted(pd.DataFrame):
    """A frame of the user's, which counts what is asked of it."""

    asked = 0

    def to_numpy(self, *args: Any, **kwargs: Any) -> Any:
        Counted.asked += 1
        return super().to_numpy(*args, **kwargs)

    @property
    def _constructor(self) -> Any:
        return Counted


class Label:
    """A label of the user's, which counts how often it is compared."""

    compared = 0

    def __eq__(self, other: object) -> bool:
        Label.compared += 1
        return self is other

    __hash__ = object.__hash__


def changed(position: Any, value: float) -> Any:
    data = X.copy()
    data[position] = value
    return data


def read_only() -> Any:
    data = X.copy()
    data.flags.writeable = False
    return data


FRAME = pd.DataFrame(X, columns=["a", "b", "c"])
HOSTILE: dict[str, tuple[Any, Any, Any]] = {
    "missing values": (
        HistGradientBoostingClassifier(max_iter=3, random_state=0),
        changed((0, 0), np.nan),
        Y,
    ),
    "infinite values": (DummyClassifier(), changed((0, 0), np.inf), Y),
    "all missing": (DummyClassifier(), np.full((60, 2), np.nan), Y),
    "one column": (LogisticRegression(), X[:, :1], Y),
    "one row": (DummyRegressor(), X[:1], np.array([1.0])),
    "no columns": (DummyClassifier(), np.empty((60, 0)), Y),
    "one class": (DummyClassifier(), X, np.zeros(60)),
    "constant target": (DummyRegressor(), X, np.zeros(60)),
    "target of objects": (DummyClassifier(), X, np.array(["a", "b"] * 30, object)),
    "small floats": (LogisticRegression(), X.astype(np.float16), Y),
    "whole numbers": (LogisticRegression(), (X * 10).astype(np.int8), Y.astype(bool)),
    "read only": (LogisticRegression(), read_only(), Y),
    "sparse": (LogisticRegression(), scipy.sparse.csr_matrix(X), Y),
    "lists": (LogisticRegression(), X.tolist(), Y.tolist()),
    "objects": (LogisticRegression(), X.astype(object), Y),
    "two targets": (LinearRegression(), X, X[:, :2]),
    "two labels": (KNeighborsClassifier(), X, np.column_stack([Y, 1 - Y])),
    "a frame of targets": (LinearRegression(), FRAME, FRAME[["a", "b"]]),
    "categories": (DummyClassifier(), FRAME.assign(d=pd.Categorical(["x", "y"] * 30)), Y),
    "nullable numbers": (
        LogisticRegression(),
        FRAME.astype("Float64"),
        pd.Series(Y, dtype="Int64"),
    ),
    "words": (DummyClassifier(), FRAME.assign(d=["x", None] * 30), pd.Series(["p", "q"] * 30)),
    "dates": (DummyClassifier(), FRAME.assign(d=pd.Timestamp("2020-01-01")), Y),
    "names of levels": (
        DummyClassifier(),
        FRAME.set_axis(pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", 1)]), axis=1),
        Y,
    ),
    "an index that repeats": (LogisticRegression(), FRAME.set_axis([0] * 60), pd.Series(Y)),
    "strided": (LogisticRegression(), np.repeat(X, 2, axis=0)[::2], np.repeat(Y, 2)[::2]),
    "backwards": (LogisticRegression(), X[::-1], Y[::-1]),
    "a frame of the user's": (LogisticRegression(), Counted(FRAME), Y),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_any_data(name: str, logged: Logged) -> None:
    model, features, target = HOSTILE[name]
    before = [pd.util.hash_array(np.ravel(x)) for x in (X, Y)]
    states = random.getstate(), np.random.get_state()[1].tobytes()
    model.fit(features, target)
    model.predict(features)
    model.score(features, target)
    assert (random.getstate(), np.random.get_state()[1].tobytes()) == states
    after = [pd.util.hash_array(np.ravel(x)) for x in (X, Y)]
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    assert len(logged()) == 1


def test_a_memory_mapped_array_is_not_read(tmp_path: Path, logged: Logged) -> None:
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    assert tables.read_table(mapped) is None
    LogisticRegression().fit(mapped, Y)
    assert len(logged()) == 1


def test_code_of_the_users_is_not_called() -> None:
    Counted.asked = Label.compared = 0
    assert tables.read_table(Counted(FRAME)) is None
    assert tables.read_labels(np.array([Label(), Label()], object)) is None
    assert tables.read_labels(pd.Series([Label(), Label()])) is None
    assert (Counted.asked, Label.compared) == (0, 0)


def test_hashes_are_of_values_wherever_they_lie() -> None:
    rows = np.array([[0.0, 1, 2], [-0.0, 1, 2], [1, 0, 2], [np.nan, 0, 1], [np.nan, 0, 1]])
    hashes = tables.row_hashes(rows)
    assert hashes[0] == hashes[1] != hashes[2]
    assert hashes[3] == hashes[4]
    large = RNG.integers(0, 20, (9000, 4)).astype(float)
    expected = tables.row_hashes(large)
    assert np.array_equal(tables.row_hashes(np.asfortranarray(large)), expected)
    assert np.array_equal(tables.row_hashes(large[4000:]), expected[4000:])
    assert len(np.unique(expected)) == len(np.unique(large, axis=0))
