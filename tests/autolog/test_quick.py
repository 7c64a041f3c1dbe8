"""What is computed past scikit-learn's looks at its arguments is what scikit-learn computes."""

from typing import Any

import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC, LinearSVC, NuSVC

from jupyter_mltrack.autolog.sklearn import quick

KERNELS = ("linear", "poly", "rbf", "sigmoid")


def random_data(seed: int) -> tuple[Any, Any]:
    draw = np.random.default_rng(seed)
    classes = int(draw.integers(2, 6))
    rows = int(draw.integers(10 * classes, 120))
    labels = np.arange(rows) % classes
    X = draw.normal(size=(rows, int(draw.integers(1, 8)))) + labels[:, None] * draw.random()
    names = np.array(["a", "bb", "c", "d", "e"])
    return X, names[labels] if seed % 3 == 0 else labels


@pytest.mark.parametrize("seed", range(24))
def test_support_vectors_predict_the_same_unchecked(seed: int) -> None:
    X, y = random_data(seed)
    kernel = KERNELS[seed % 4]
    C = 10.0 ** (seed % 5 - 2)
    model = NuSVC(nu=0.1, kernel=kernel) if seed % 6 == 5 else SVC(C=C, kernel=kernel)
    model.fit(X, y)
    with sklearn.config_context(assume_finite=True):
        predict = quick.unchecked_predict(model, X)
        assert predict is not None
        found = predict(X)
    expected = model.predict(X)
    assert found.dtype == expected.dtype
    assert found.tobytes() == expected.tobytes()


def test_what_has_to_be_checked_is_left_to_scikit_learn() -> None:
    X, y = random_data(1)
    model = SVC().fit(X, y)

    class Own(SVC):
        """Of the user's."""

    others = [
        (clone(other).fit(X, y), X)
        for other in (
            SVC(break_ties=True),
            SVC(kernel=lambda left, right: left @ right.T),
            LinearSVC(),
            LogisticRegression(),
            Own(),
        )
    ]
    others += [(model, given) for given in (X.tolist(), X.astype("f4"), X[::2, ::-1], X[:, 1:])]
    with sklearn.config_context(assume_finite=True):
        assert quick.unchecked_predict(model, X) is not None
        for other, given in others:
            assert quick.unchecked_predict(other, given) is None
    assert quick.unchecked_predict(model, X) is None
