"""Frames of pandas and polars, as users have them."""

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from tests.autolog.hostile.table import CLASSIFIER, Own, X, Y, calls, case, weights


def frame() -> Any:
    return pd.DataFrame(X, columns=["a", "b", "c"])


@case()
def pandas_output() -> Any:
    scaled = StandardScaler().set_output(transform="pandas").fit_transform(frame())
    return type(scaled).__name__, list(scaled.columns), float(scaled.to_numpy().sum())


@case()
def polars_output() -> Any:
    scaled = StandardScaler().set_output(transform="polars").fit_transform(frame())
    return type(scaled).__name__, scaled.columns, float(scaled.to_numpy().sum())


@case()
def columns() -> Any:
    data = pd.DataFrame({"a": X[:, 0], "s": ["u", "v"] * 30, "t": pd.Timestamp("2024-01-01")})
    parts = ColumnTransformer([("n", StandardScaler(), ["a"])], remainder="drop")
    return float(parts.fit_transform(data).sum())


@case(metrics=(*CLASSIFIER, "accuracy_score_data"))
def index_that_repeats() -> Any:
    data = frame().set_index(np.arange(60) % 3)
    target = pd.Series(Y, index=data.index, name="target")
    model = LogisticRegression().fit(data, target)
    return accuracy_score(target, model.predict(data)), weights(model)


@case(status="FAILED")
def columns_that_repeat() -> Any:
    data = pd.DataFrame(X, columns=["a", "a", "a"])
    return weights(LogisticRegression().fit(data, pd.Series(Y)))


@case(metrics=CLASSIFIER)
def index_of_several_levels() -> Any:
    levels = pd.MultiIndex.from_product([range(6), list("abcdefghij")], names=["x", None])
    data = frame().set_index(levels)
    data.columns = pd.Index([0, 1, 2])
    return weights(LogisticRegression().fit(data, pd.DataFrame(Y, index=levels)[0]))


@case(metrics=CLASSIFIER)
def columns_of_several_levels() -> Any:
    data = frame()
    data.columns = pd.MultiIndex.from_tuples([("a", 1), ("a", 2), (np.nan, "🦜")])
    return LogisticRegression().fit(data, Y).n_features_in_


@case(status="FAILED", metrics=())
def columns_of_two_kinds() -> Any:
    return LogisticRegression().fit(frame().rename(columns={"a": 1}), Y)


@case(metrics=("training_accuracy_score",))
def types_of_pandas() -> Any:
    data = pd.DataFrame(
        {
            "i": pd.array([1, None] * 30, dtype="Int64"),
            "f": pd.array([0.5, None] * 30, dtype="Float64"),
            "b": pd.array([True, None] * 30, dtype="boolean"),
            "c": pd.Categorical(["u", "v"] * 30),
        }
    )
    return HistGradientBoostingClassifier(max_iter=2, random_state=0).fit(data, Y).n_iter_


@case()
def types_that_need_work() -> Any:
    data = pd.DataFrame(
        {
            "text": pd.array(["a", None, "🦜"] * 20, dtype="string"),
            "when": pd.date_range("2024-01-01", periods=60, tz="Europe/Paris"),
            "span": pd.interval_range(0, 60),
            "month": pd.period_range("2024-01", periods=60, freq="M"),
            "thin": pd.arrays.SparseArray([0, 1] * 30),
            "thing": [object()] * 60,
            "list": [[1, 2]] * 60,
        }
    )
    return Own().fit(data, Y).predict(data).sum()


@case(metrics=())
def one_column() -> Any:
    series = pd.Series(X[:, 0], name="only")
    return weights(LinearRegression().fit(series.to_frame(), series))


@case(metrics=())
def no_rows() -> Any:
    return Own().fit(frame().iloc[:0], pd.Series(dtype=float)).classes_.tolist()


@case()
def frame_changed_by_fit() -> Any:
    class Adding(Own):
        def fit(self, X: Any, y: Any = None) -> Any:
            X["new"] = 1
            X.drop(index=X.index[0], inplace=True)
            return self

    data = frame()
    Adding().fit(data, Y)
    return data.shape, list(data.columns)


class Frame(pd.DataFrame):
    """A frame of the user's own that tells who asks."""

    @property
    def _constructor(self) -> Any:
        return Frame

    def __getitem__(self, key: Any) -> Any:
        calls.append("getitem")
        return super().__getitem__(key)

    @property
    def columns(self) -> Any:
        calls.append("columns")
        return super().columns

    def to_numpy(self, *args: Any, **kwargs: Any) -> Any:
        calls.append("to_numpy")
        return super().to_numpy(*args, **kwargs)


@case(params={"C": "1.0"})
def frame_of_a_class() -> Any:
    return weights(LogisticRegression().fit(Frame(X), Y))


@case()
def frame_is_not_marked() -> Any:
    data = frame()
    data.attrs["mine"] = 1
    before = sorted(vars(data))
    Own().fit(data, data["a"])
    return data.attrs, sorted(vars(data)) == before, data.flags.allows_duplicate_labels


@case(metrics=())
def polars_frame() -> Any:
    data = pl.DataFrame({"a": X[:, 0], "b": X[:, 1]})
    target = pl.Series("target", Y)
    model = DecisionTreeClassifier(random_state=0).fit(data, target)
    return model.predict(data).tolist(), model.feature_names_in_.tolist()


@case()
def polars_of_every_type() -> Any:
    data = pl.DataFrame(
        {
            "text": ["a", None, "🦜"],
            "list": [[1], [], None],
            "struct": [{"a": 1}, {"a": 2}, None],
            "kind": pl.Series(["u", "v", "u"], dtype=pl.Categorical),
        }
    )
    return Own().fit(data, [1, 0, 1]).classes_.tolist()


@case()
def polars_lazy() -> Any:
    data = pl.LazyFrame({"a": [1, 2, 3]}).map_batches(lambda part: calls.append("run") or part)
    return Own().fit(data, [1, 0, 1]).classes_.tolist()


@case(metrics=CLASSIFIER)
def mixed_columns() -> Any:
    data = pd.DataFrame({"a": X[:, 0], "s": np.where(Y, "u", "v"), "🦜": X[:, 1]})
    parts = ColumnTransformer([("n", StandardScaler(), ["a", "🦜"]), ("s", OneHotEncoder(), ["s"])])
    return weights(make_pipeline(parts, LogisticRegression()).fit(data, Y)[-1])
