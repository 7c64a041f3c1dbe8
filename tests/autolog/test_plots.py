"""What plots of fits are drawn from: scikit-learn's own numbers."""

import json
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from sklearn import metrics
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.compose import ColumnTransformer
from sklearn.datasets import make_classification, make_regression
from sklearn.ensemble import (
    AdaBoostClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier

import jupyter_mltrack as mltrack
from jupyter_mltrack.entities import Run
from jupyter_mltrack.query.drawings import draw, parse_drawing
from jupyter_mltrack.store.contract import Store

Logged = Callable[[], list[Run]]
Drawings = Callable[[], dict[str, dict[str, Any]]]
pytestmark = pytest.mark.usefixtures("no_problems", "autologging")


@pytest.fixture
def drawings(logged: Logged, store: Store) -> Drawings:
    """What the first run keeps for drawing; every entry can be drawn."""

    def read() -> dict[str, dict[str, Any]]:
        run = logged()[0]
        files = {one.path: one.digest for one in store.list_artifacts(run.info.run_id)}
        found: dict[str, dict[str, Any]] = json.loads(store.read_blob(files["drawings.json"]))
        for name, drawing in found.items():
            content = draw(name, parse_drawing(name, json.dumps(drawing).encode()))
            assert content.startswith(b"\x89PNG" if name.endswith(".png") else b"<!DOCTYPE html>")
        return found

    return read


def lines(drawing: dict[str, Any]) -> list[tuple[list[float], list[float]]]:
    return [(line["x"], line["y"]) for line in drawing["lines"] if not line.get("dashed")]


@pytest.mark.parametrize("weighted", [False, True])
def test_the_curves_of_a_binary_classifier(drawings: Drawings, weighted: bool) -> None:
    X, y = make_classification(120, 4, flip_y=0.3, random_state=0)
    weight = np.arange(120) % 3 if weighted else None
    model = LogisticRegression().fit(X, y, sample_weight=weight)
    ranks, found = model.predict_proba(X)[:, 1], drawings()
    fpr, tpr, _ = metrics.roc_curve(y, ranks, sample_weight=weight)
    ((x, values),) = lines(found["training_roc_curve.png"])
    assert x == pytest.approx(fpr)
    assert values == pytest.approx(tpr)
    area = metrics.roc_auc_score(y, ranks, sample_weight=weight)
    assert found["training_roc_curve.png"]["lines"][0]["label"] == f"area {area:.4f}"
    precision, recall, _ = metrics.precision_recall_curve(y, ranks, sample_weight=weight)
    curve = found["training_precision_recall_curve.png"]
    ((x, values),) = lines(curve)
    assert x == pytest.approx(recall)
    assert values == pytest.approx(precision)
    average = metrics.average_precision_score(y, ranks, sample_weight=weight)
    assert curve["lines"][0]["label"] == f"average precision {average:.4f}"
    matrix = metrics.confusion_matrix(y, model.predict(X), sample_weight=weight)
    assert found["training_confusion_matrix.png"]["matrix"] == matrix.tolist()


def test_a_long_curve_is_thinned_with_its_ends_and_extremes(drawings: Drawings) -> None:
    X, y = make_classification(5000, 4, flip_y=0.4, random_state=0)
    # Above 3,000 rows the metrics are of a part when predicting is slow; here it is not.
    model = LogisticRegression().fit(X, y)
    ranks, found = model.predict_proba(X)[:, 1], drawings()
    precision, recall, _ = metrics.precision_recall_curve(y, ranks)
    ((x, values),) = lines(found["training_precision_recall_curve.png"])
    assert len(precision) > 4000
    assert 100 < len(x) <= 200
    points = set(zip(recall.tolist(), precision.tolist(), strict=True))
    assert set(zip(x, values, strict=True)) <= points
    assert (x[0], x[-1]) == (1.0, 0.0)
    assert (min(values), max(values)) == (precision.min(), precision.max())
    # Between two neighbours the curve is near the line that is drawn.
    drawn = np.interp(recall, x[::-1], values[::-1])
    assert np.abs(drawn - precision)[recall > 0.02].max() < 0.03


@pytest.mark.parametrize("model", [LinearSVC(), SVC(kernel="rbf")])
def test_without_probabilities_the_decision_ranks(drawings: Drawings, model: Any) -> None:
    X, y = make_classification(80, 4, random_state=1)
    model.fit(X, y)
    fpr, tpr, _ = metrics.roc_curve(y, model.decision_function(X))
    ((x, values),) = lines(drawings()["training_roc_curve.png"])
    assert (x, values) == (pytest.approx(fpr), pytest.approx(tpr))


def test_text_classes_and_a_positive_class(drawings: Drawings) -> None:
    mltrack.autolog(pos_label="bad")
    X, y = make_classification(80, 4, random_state=1)
    names = np.array(["bad", "good"])[y]
    model = LogisticRegression().fit(X, names)
    found = drawings()
    assert found["training_confusion_matrix.png"]["labels"] == ["bad", "good"]
    fpr, _, _ = metrics.roc_curve(names, model.predict_proba(X)[:, 0], pos_label="bad")
    assert lines(found["training_roc_curve.png"])[0][0] == pytest.approx(fpr)
    assert "bad" in found["training_roc_curve.png"]["note"]


def test_many_classes_have_a_matrix_of_the_most_frequent(drawings: Drawings) -> None:
    rng = np.random.default_rng(0)
    y = np.concatenate([np.arange(130), rng.integers(0, 60, 400)])
    X = np.column_stack([y + rng.normal(0, 2, len(y)), rng.normal(size=len(y))])
    model = GaussianNB().fit(X, y)
    drawing = drawings()["training_confusion_matrix.png"]
    labels = [int(label) for label in drawing["labels"]]
    assert len(labels) == 100
    counts = np.bincount(y)
    assert min(counts[labels]) >= max(counts[np.setdiff1d(np.arange(130), labels)])
    expected = metrics.confusion_matrix(y, model.predict(X), labels=labels)
    assert drawing["matrix"] == expected.tolist()
    assert "100 most frequent of 130" in drawing["note"]
    assert "training_roc_curve.png" not in drawings()


def test_a_forest_has_its_importances_by_column(drawings: Drawings) -> None:
    X, y = make_classification(100, 6, random_state=0)
    frame = pd.DataFrame(X, columns=[f"col {i}" for i in range(6)])
    model = RandomForestClassifier(8, random_state=0).fit(frame, y)
    bars = drawings()["feature_importances.png"]
    by_name = dict(zip(bars["names"], bars["values"], strict=True))
    expected = dict(zip(frame.columns, model.feature_importances_, strict=True))
    assert by_name == pytest.approx(expected)
    assert bars["values"] == sorted(bars["values"], reverse=True)
    assert bars["rest"] == 0


@pytest.mark.parametrize(
    "model", [DecisionTreeClassifier(max_depth=3), AdaBoostClassifier(n_estimators=5)]
)
def test_importances_of_trees_and_boosting(drawings: Drawings, model: Any) -> None:
    X, y = make_classification(100, 80, random_state=0)
    model.fit(X, y)
    bars = drawings()["feature_importances.png"]
    importances = model.feature_importances_
    order = np.argsort(-importances, kind="stable")
    assert bars["names"] == [f"x{i}" for i in order[:50]]
    assert bars["values"] == pytest.approx(importances[order[:50]])
    assert bars["rest"] == 30
    assert bars["rest_sum"] == pytest.approx(importances[order[50:]].sum())
    assert "50 greatest of 80" in bars["note"]


def test_coefficients_behind_a_column_transformer(drawings: Drawings) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"age": rng.normal(size=60), "city": rng.choice(["a", "b"], 60)})
    y = rng.normal(size=60)
    parts = [("num", StandardScaler(), ["age"]), ("cat", OneHotEncoder(), ["city"])]
    model = make_pipeline(ColumnTransformer(parts), Ridge()).fit(frame, y)
    bars = drawings()["coefficients.png"]
    expected = dict(zip(model[:-1].get_feature_names_out(), model[-1].coef_, strict=True))
    assert dict(zip(bars["names"], bars["values"], strict=True)) == pytest.approx(expected)
    assert set(expected) == {"num__age", "cat__city_a", "cat__city_b"}


def test_coefficients_of_several_classes(drawings: Drawings) -> None:
    X, y = make_classification(150, 6, n_informative=4, n_classes=3, random_state=0)
    model = LogisticRegression().fit(X, y)
    heat = drawings()["coefficients.png"]
    assert heat["columns"] == ["0", "1", "2"]
    for name, row in zip(heat["rows"], heat["values"], strict=True):
        assert row == pytest.approx(model.coef_[:, int(name[1:])])


class Doubled(LinearRegression):  # type: ignore[misc]
    """A class of the user's: its attributes may be read, its properties and methods not."""

    def predict(self, X: Any) -> Any:
        raise AssertionError("called")

    @property
    def feature_importances_(self) -> Any:
        raise AssertionError("called")


def test_of_the_users_own_class_only_attributes_are_read(drawings: Drawings) -> None:
    X, y = make_regression(50, 3, random_state=0)
    model = Doubled().fit(X, y)
    found = drawings()
    assert sorted(found) == ["coefficients.png", "estimator.html"]
    values = dict(
        zip(found["coefficients.png"]["names"], found["coefficients.png"]["values"], strict=True)
    )
    assert values == pytest.approx({f"x{i}": value for i, value in enumerate(model.coef_)})


def test_names_made_by_the_users_code_are_not_asked_for(drawings: Drawings) -> None:
    def named(self: Any, names: Any) -> list[str]:
        raise AssertionError("called")

    X, y = make_regression(50, 3, random_state=0)
    step = FunctionTransformer(lambda X: X * 2, feature_names_out=named)
    make_pipeline(step, LinearRegression()).fit(X, y)
    assert sorted(drawings()["coefficients.png"]["names"]) == ["x0", "x1", "x2"]


class Learner(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Keeps a loss of each epoch, as people write such things."""

    def fit(self, X: Any, y: Any) -> "Learner":
        self.loss_curve_ = [1.0, 0.5, 0.25]
        self.n_iter_ = 3
        return self


def test_the_loss_curve_of_a_class_of_ones_own(logged: Logged, drawings: Drawings) -> None:
    X, y = make_classification(20, 4, random_state=0)
    Learner().fit(X, y)
    assert lines(drawings()["loss_curve.png"]) == [([0, 1, 2], [1.0, 0.5, 0.25])]
    assert logged()[0].data.metrics["n_iter"] == 3


def test_loss_curves_are_series_and_plots(logged: Logged, drawings: Drawings, store: Store) -> None:
    X, y = make_classification(100, 4, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = MLPClassifier((4,), max_iter=12, early_stopping=True, random_state=0).fit(X, y)
    (run,) = logged()
    history = store.get_metric_history(run.info.run_id, "loss_curve")
    assert [point.value for point in history] == pytest.approx(model.loss_curve_)
    assert [point.step for point in history] == list(range(len(model.loss_curve_)))
    assert run.data.metrics["n_iter"] == model.n_iter_
    found = drawings()
    assert lines(found["loss_curve.png"])[0][1] == pytest.approx(model.loss_curve_)
    assert lines(found["validation_scores.png"])[0][1] == pytest.approx(model.validation_scores_)


def test_a_boosting_keeps_its_training_scores(logged: Logged, drawings: Drawings) -> None:
    X, y = make_regression(100, 4, random_state=0)
    model = GradientBoostingRegressor(n_estimators=300).fit(X, y)
    ((x, values),) = lines(drawings()["train_score.png"])
    assert len(x) <= 200
    assert values == pytest.approx(model.train_score_[np.array(x, dtype=int)])
    assert logged()[0].data.summaries["train_score"].count == 300


def test_two_scores_of_a_boosting_share_a_plot(drawings: Drawings) -> None:
    X, y = make_classification(200, 4, random_state=0)
    model = HistGradientBoostingClassifier(max_iter=5, early_stopping=True).fit(X, y)
    found = drawings()["train_score.png"]
    assert [line["label"] for line in found["lines"]] == ["train_score", "validation_score"]
    assert lines(found)[1][1] == pytest.approx(model.validation_score_)


def test_a_search_by_its_params(drawings: Drawings) -> None:
    X, y = make_classification(60, 4, random_state=0)
    grid = {"svc__C": [0.1, 1, 10], "svc__kernel": ["linear", "rbf"], "svc__tol": [0.001]}
    search = GridSearchCV(make_pipeline(StandardScaler(), SVC()), grid, cv=2).fit(X, y)
    found = drawings()
    chart = found["cv_results.png"]
    assert chart["scores"] == pytest.approx(search.cv_results_["mean_test_score"])
    assert chart["deviations"] == pytest.approx(search.cv_results_["std_test_score"])
    assert chart["best"] == search.best_index_
    values = {param["name"]: param["values"] for param in chart["params"]}
    assert values == {
        "svc__C": [row["svc__C"] for row in search.cv_results_["params"]],
        "svc__kernel": [row["svc__kernel"] for row in search.cv_results_["params"]],
    }
    root = found["estimator.html"]["root"]
    assert [part["role"] for part in root["parts"]] == ["estimator", "best_estimator_"]


def test_the_tree_of_a_pipeline_marks_what_was_changed(drawings: Drawings) -> None:
    X, y = make_classification(60, 4, random_state=0)
    parts = [("scale", StandardScaler(), [0, 1]), ("rest", "passthrough", [2, 3])]
    make_pipeline(ColumnTransformer(parts), LogisticRegression(C=0.5)).fit(X, y)
    root = drawings()["estimator.html"]["root"]
    columns, logistic = root["parts"]
    assert (root["estimator"], root["module"]) == ("Pipeline", "sklearn.pipeline")
    assert [(part["role"], part["estimator"]) for part in columns["parts"]] == [
        ("scale", "StandardScaler"),
        ("rest", "passthrough"),
    ]
    assert columns["parts"][0]["detail"] == "columns [0, 1]"
    changed = [param["name"] for param in logistic["params"] if param.get("changed")]
    assert changed == ["C"]


def test_hostile_names_and_params_cost_nothing_else(drawings: Drawings) -> None:
    X, y = make_classification(60, 3, n_redundant=0, random_state=0)
    frame = pd.DataFrame(X, columns=["a\0b", "", "<script>" * 100])
    LogisticRegression(C=float("inf")).fit(frame, np.array(["no\ud800", "ye\0s"])[y])
    found = drawings()
    assert found["training_confusion_matrix.png"]["labels"] == ["no?", "ye\0s"]
    assert {"coefficients.png", "estimator.html", "training_roc_curve.png"} <= set(found)


def test_no_plots_when_they_are_switched_off(logged: Logged, store: Store, data: Any) -> None:
    mltrack.autolog(log_plots=False)
    LogisticRegression().fit(*data)
    (run,) = logged()
    assert "drawings.json" not in [one.path for one in store.list_artifacts(run.info.run_id)]


@pytest.mark.parametrize("framed", [False, True])
def test_an_input_example_as_mlflow_writes_it(
    logged: Logged, store: Store, data: Any, framed: bool
) -> None:
    mltrack.autolog(log_input_examples=True)
    X, y = data
    X = pd.DataFrame(X, columns=list("abcd")) if framed else X
    LogisticRegression().fit(X, y)
    (run,) = logged()
    files = {one.path: one.digest for one in store.list_artifacts(run.info.run_id)}
    read = {name: store.read_blob(files[f"model/{name}"]) for name in (
        "MLmodel", "input_example.json", "serving_input_example.json")}  # fmt: skip
    example = json.loads(read["input_example.json"])
    serving = json.loads(read["serving_input_example.json"])
    info = {
        "artifact_path": "input_example.json",
        "serving_input_path": "serving_input_example.json",
    }
    if framed:
        assert example["columns"] == list("abcd")
        assert np.array(example["data"]) == pytest.approx(X.to_numpy()[:5])
        assert serving == {"dataframe_split": example}
        info |= {"type": "dataframe", "pandas_orient": "split"}
    else:
        assert np.array(example) == pytest.approx(X[:5])
        assert serving == {"inputs": example}
        info["type"] = "ndarray"
    assert yaml.safe_load(read["MLmodel"])["saved_input_example_info"] == info
