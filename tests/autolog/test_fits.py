"""What the run of a fit holds."""

import json
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from sklearn import metrics
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import LabelEncoder, MinMaxScaler, StandardScaler
from sklearn.random_projection import GaussianRandomProjection
from sklearn.svm import SVC

import jupyter_mltrack as mltrack
from jupyter_mltrack.autolog import api
from jupyter_mltrack.autolog.sklearn import scores
from jupyter_mltrack.autolog.sklearn.data import FitData
from jupyter_mltrack.entities import Run
from jupyter_mltrack.models.loading import load_model
from jupyter_mltrack.store.contract import Store
from jupyter_mltrack.tracking import cells
from jupyter_mltrack.tracking.session import get_session

Logged = Callable[[], list[Run]]
pytestmark = pytest.mark.usefixtures("no_problems", "autologging")


def training(run: Run) -> dict[str, float]:
    names = {name: value for name, value in run.data.metrics.items() if name.startswith("training")}
    return {name.removeprefix("training_"): value for name, value in names.items()}


def classifier_scores(model: Any, X: Any, y: Any, **weight: Any) -> dict[str, float]:
    """As MLflow computes them."""
    predicted, probabilities = model.predict(X), model.predict_proba(X)
    average = {"average": "weighted", **weight}
    ranked = probabilities[:, 1] if probabilities.shape[1] == 2 else probabilities
    return {
        "precision_score": metrics.precision_score(y, predicted, **average),
        "recall_score": metrics.recall_score(y, predicted, **average),
        "f1_score": metrics.f1_score(y, predicted, **average),
        "accuracy_score": metrics.accuracy_score(y, predicted, **weight),
        "log_loss": metrics.log_loss(y, probabilities, **weight),
        "roc_auc": metrics.roc_auc_score(y, ranked, multi_class="ovo", **average),
        "score": model.score(X, y, **weight),
    }


def test_a_classifier(logged: Logged, data: Any, store: Store) -> None:
    X, y = data
    model = LogisticRegression(C=0.5, max_iter=50).fit(X, y)
    (run,) = logged()
    assert run.info.run_name == "LogisticRegression(C=0.5, max_iter=50)"
    assert run.info.status == "FINISHED"
    assert run.data.params == {k: str(v) for k, v in model.get_params(deep=True).items()}
    assert training(run) == pytest.approx(classifier_scores(model, X, y), abs=1e-12)
    assert run.data.metrics["fit_time_seconds"] > 0
    tags = run.data.tags
    assert tags["estimator_name"] == "LogisticRegression"
    assert tags["estimator_class"] == "sklearn.linear_model._logistic.LogisticRegression"
    assert tags["mlflow.autologging"] == "sklearn"
    (given,) = run.inputs.dataset_inputs
    assert (given.dataset.name, given.context) == ("X", "train")
    assert json.loads(given.dataset.profile)["shape"] == [100, 4]
    assert np.array_equal(load_model(run).predict(X), model.predict(X))
    (kept,) = store.list_models(run.info.run_id)
    assert (kept.status, kept.flavor, kept.size > 0) == ("READY", "sklearn", True)


@pytest.mark.parametrize("labels", ["numbers", "text"])
@pytest.mark.parametrize("classes", [2, 3, 7])
def test_many_classes(logged: Logged, labels: str, classes: int) -> None:
    generator = np.random.RandomState(1)
    X = generator.rand(210, 5)
    y = generator.randint(0, classes, 210)
    if labels == "text":
        y = np.array(list("gfedcba"))[y]
    model = KNeighborsClassifier(9).fit(X, y)
    (run,) = logged()
    assert training(run) == pytest.approx(classifier_scores(model, X, y), abs=1e-12)


def test_sample_weight_counts(logged: Logged, data: Any) -> None:
    X, y = data
    weight = np.linspace(0.1, 2, len(y))
    model = LogisticRegression().fit(X, y, sample_weight=weight)
    (run,) = logged()
    expected = classifier_scores(model, X, y, sample_weight=weight)
    assert training(run) == pytest.approx(expected, abs=1e-12)


def test_positive_label(logged: Logged, data: Any) -> None:
    X, y = data
    api.start(api.Options(pos_label=1))
    model = LogisticRegression().fit(X, y)
    (run,) = logged()
    expected = metrics.precision_score(y, model.predict(X), pos_label=1)
    assert run.data.metrics["training_precision_score"] == pytest.approx(expected)


def test_a_regressor(logged: Logged, data: Any) -> None:
    X, y = data
    targets = np.c_[X @ [1, 2, 3, 4] + y, y]
    model = LinearRegression().fit(X, targets)
    predicted = model.predict(X)
    (run,) = logged()
    assert training(run) == pytest.approx(
        {
            "mean_squared_error": metrics.mean_squared_error(targets, predicted),
            "mean_absolute_error": metrics.mean_absolute_error(targets, predicted),
            "r2_score": metrics.r2_score(targets, predicted),
            "root_mean_squared_error": metrics.root_mean_squared_error(targets, predicted),
            "score": model.score(X, targets),
        }
    )


def test_what_does_not_predict_has_a_score_where_there_is_one(logged: Logged) -> None:
    X = np.random.RandomState(0).rand(100, 4)
    KMeans(3, n_init=1, random_state=0).fit(X)
    PCA(2).fit_transform(X)
    GaussianRandomProjection(2).fit(X)
    clusters, components, projection = logged()
    assert set(training(clusters)) == set(training(components)) == {"score"}
    assert training(projection) == {}


def table(X: Any) -> pd.DataFrame:
    """Numbers and a text."""
    return pd.DataFrame({"a": X[:, 0], "b": X[:, 1], "text": ["one", "two"] * (len(X) // 2)})


PREPARING: dict[str, Callable[[Any, Any], Any]] = {
    "scaler": lambda X, _: StandardScaler().fit(X),
    "scaler, in batches": lambda X, _: StandardScaler().partial_fit(X),
    "scaled": lambda X, _: MinMaxScaler().fit_transform(X),
    "labels": lambda _, y: LabelEncoder().fit_transform(y),
    "imputed": lambda X, _: SimpleImputer().fit_transform(X),
    "words": lambda X, _: TfidfVectorizer().fit_transform(table(X).text),
    "selected": lambda X, y: SelectKBest(k=2).fit(X, y),
    "columns": lambda X, _: ColumnTransformer(
        [("n", StandardScaler(), ["a", "b"]), ("c", PCA(1), ["a", "b"])]
    ).fit_transform(table(X)),
}


@pytest.mark.parametrize("name", PREPARING)
def test_what_only_prepares_data_has_no_run(logged: Logged, data: Any, name: str) -> None:
    with mltrack.start_run(run_name="mine"):
        PREPARING[name](*data)
    (run,) = logged()
    assert run.data.params == {}
    assert run.data.metrics == {}
    assert run.inputs.dataset_inputs == []


def test_what_prepares_data_has_runs_when_asked(logged: Logged, data: Any) -> None:
    api.autolog(preprocessing=True)
    StandardScaler().fit(data[0])
    StandardScaler().partial_fit(data[0])
    ColumnTransformer([("a", StandardScaler(), [0])]).fit(data[0])
    names = [run.data.tags["estimator_name"] for run in logged()]
    assert names == ["StandardScaler", "StandardScaler", "ColumnTransformer"]


class OwnScaler(TransformerMixin, BaseEstimator):
    """A transformer of the user's."""

    def fit(self, X: Any, y: Any = None) -> "OwnScaler":
        self.mean_ = np.mean(X, axis=0)
        return self


class CenteringScaler(StandardScaler):
    """One of scikit-learn's with a fit of the user's."""

    def fit(self, X: Any, y: Any = None) -> Any:
        return super().fit(X - np.mean(X))


class RenamedScaler(StandardScaler):
    """One of scikit-learn's under another name."""


def test_preparing_of_the_users_own_has_runs(logged: Logged, data: Any) -> None:
    for kind in (OwnScaler, CenteringScaler, RenamedScaler):
        kind().fit(data[0])
    names = [run.data.tags["estimator_name"] for run in logged()]
    assert names == ["OwnScaler", "CenteringScaler"]


def test_a_pipeline_is_one_run(logged: Logged, data: Any) -> None:
    X, y = data
    model = make_pipeline(StandardScaler(), LogisticRegression(C=2)).fit(X, y)
    (run,) = logged()
    assert run.info.run_name == "Pipeline(StandardScaler, LogisticRegression(C=2))"
    assert set(run.data.params) == set(model.get_params(deep=True))
    assert run.data.params["logisticregression__C"] == "2"
    assert run.data.params["steps"] == (
        "[('standardscaler', StandardScaler()), ('logisticregression', LogisticRegression(C=2))]"
    )
    assert training(run) == pytest.approx(classifier_scores(model, X, y))


def test_the_mlmodel_directory(logged: Logged, store: Store, data: Any) -> None:
    X, y = data
    frame = pd.DataFrame(X, columns=list("abcd"))
    LogisticRegression().fit(frame, y)
    (run,) = logged()
    files = {item.path: item for item in store.list_artifacts(run.info.run_id)}
    read = {
        path: store.read_blob(item.digest)
        for path, item in files.items()
        if path.startswith("model/")
    }
    assert set(read) == {
        f"model/{name}"
        for name in ("MLmodel", "model.pkl", "requirements.txt", "python_env.yaml", "conda.yaml")
    }
    document = yaml.safe_load(read["model/MLmodel"])
    assert document["run_id"] == run.info.run_id
    assert document["flavors"]["sklearn"]["serialization_format"] == "cloudpickle"
    assert document["flavors"]["python_function"]["loader_module"] == "mlflow.sklearn"
    assert document["model_size_bytes"] == files["model/model.pkl"].size
    inputs = json.loads(document["signature"]["inputs"])
    assert inputs[0] == {"type": "double", "name": "a", "required": True}
    assert json.loads(document["signature"]["outputs"])[0]["type"] == "tensor"
    needed = read["model/requirements.txt"].decode().split()
    assert [item.partition("==")[0] for item in needed] == [
        "cloudpickle",
        "numpy",
        "pandas",
        "scikit-learn",
        "scipy",
    ]


class Mine(ClassifierMixin, BaseEstimator):
    """An estimator of the user's."""

    def __init__(self, alpha: Any = 1) -> None:
        self.alpha = alpha

    def fit(self, X: Any, y: Any = None) -> "Mine":
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> Any:
        return np.full(len(X), self.classes_[0])


def test_an_estimator_of_the_users(logged: Logged, data: Any) -> None:
    X, y = data
    model = Mine(alpha=3).fit(X, y)
    value = metrics.accuracy_score(y, model.predict(X))
    (run,) = logged()
    assert run.info.run_name == "Mine(alpha=3)"
    assert run.data.params == {"alpha": "3"}
    assert training(run) == {}
    assert run.data.metrics["accuracy_score_X"] == value
    assert "your own code" in run.data.tags["mltrack.autolog.notes"]
    assert load_model(run).alpha == 3


def test_a_model_that_cannot_be_serialised(logged: Logged, store: Store, data: Any) -> None:
    Mine(alpha=threading.Lock()).fit(*data)
    (run,) = logged()
    (kept,) = store.list_models(run.info.run_id)
    assert (kept.status, kept.size) == ("FAILED", 0)
    assert "cannot pickle '_thread.lock'" in kept.status_message
    assert "cannot pickle" in run.data.tags["mltrack.autolog.notes"]
    assert [file.path for file in store.list_artifacts(run.info.run_id)] == ["drawings.json"]
    with pytest.raises(mltrack.MltrackException, match="cannot pickle"):
        load_model(run)


def test_large_data_is_sampled_and_said(
    logged: Logged, monkeypatch: pytest.MonkeyPatch, data: Any
) -> None:
    monkeypatch.setattr(scores, "BUDGET_SECONDS", 1e-6)
    X, y = (np.repeat(part, 40, axis=0) for part in data)
    LogisticRegression().fit(X, y)
    (run,) = logged()
    assert "rows, evenly spread" in run.data.tags["mltrack.autolog.notes"]
    assert "training_accuracy_score" in run.data.metrics


def test_metrics_missing_for_one_reason_share_a_note(logged: Logged, data: Any) -> None:
    X, y = data
    KNeighborsClassifier().fit(X, np.c_[y, y + 1, 2 * y])
    (run,) = logged()
    notes = run.data.tags["mltrack.autolog.notes"].split("\n")
    shared = [note for note in notes if "multiclass-multioutput is not supported" in note]
    assert len(shared) == 1
    assert "training_recall_score, training_f1_score, training_accuracy_score" in shared[0]
    assert len(notes) <= 3


class Ponderous(BaseEstimator):  # type: ignore[misc]
    """A call takes its time, however many rows it is for."""

    def predict(self, X: Any) -> Any:
        time.sleep(0.03)
        return np.zeros(len(X))


def test_a_call_may_cost_more_than_its_rows(data: Any) -> None:
    given = FitData(*(np.repeat(part, 40, axis=0) for part in data))
    found = scores.Scores()
    assert scores.Measuring().rows(Ponderous(), given, found) is given
    assert found.notes == []


def test_fit_in_fit_is_no_run(logged: Logged, data: Any) -> None:
    RandomForestClassifier(3).fit(*data)
    assert len(logged()) == 1


def test_threads_make_complete_runs(logged: Logged, data: Any) -> None:
    X, y = data
    threads = [
        threading.Thread(target=lambda c=c: SVC(C=c + 1).fit(X, y), daemon=True) for c in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    runs = logged()
    assert sorted(run.data.params["C"] for run in runs) == [str(c + 1) for c in range(8)]
    assert all(len(training(run)) == 5 for run in runs)


def test_options(logged: Logged, store: Store, data: Any) -> None:
    mltrack_options = {"log_models": False, "log_datasets": False, "extra_tags": {"team": "blue"}}
    api.autolog(exclude=["PCA", KMeans], **mltrack_options)
    PCA().fit(data[0])
    KMeans(2, n_init=1).fit(data[0])
    LogisticRegression().fit(*data)
    (run,) = logged()
    assert run.data.tags["team"] == "blue"
    assert run.inputs.dataset_inputs == []
    assert store.list_models(run.info.run_id) == []
    api.autolog(disable=True)
    LogisticRegression().fit(*data)
    assert len(logged()) == 1


def test_fits_belong_to_their_cell(logged: Logged, store: Store, data: Any) -> None:
    session = get_session()
    cell = cells.begin_cell(session, cell_id="a", source="fit", execution_count=1)
    model = LogisticRegression().fit(*data)
    PCA().fit(data[0])
    assert [run.name for run in cell.runs] == ["PCA()", "LogisticRegression()"]
    mltrack.log_metric("mine", 1)
    cells.end_cell(cell)
    later = cells.begin_cell(session, cell_id="b", source="score", execution_count=2)
    metrics.accuracy_score(data[1], model.predict(data[0]))
    cells.end_cell(later)
    run, _ = logged()
    assert run.data.metrics["mine"] == 1
    assert [item.cell_id for item in store.list_run_cells(run.info.run_id)] == ["a", "b"]
    points = store.get_metric_history(run.info.run_id, "accuracy_score_unknown_dataset")
    assert len(points) == 1


class TestExplicitRun:
    """An explicit run and the fits inside."""

    def test_one_model_is_the_runs_own(self, logged: Logged, data: Any) -> None:
        X, y = data
        with mltrack.start_run(run_name="mine"):
            scaled = StandardScaler().fit_transform(X)
            LogisticRegression().fit(scaled, y)
            mltrack.log_metric("extra", 2)
        (explicit,) = logged()
        assert explicit.info.run_name == "mine"
        assert explicit.data.tags["estimator_name"] == "LogisticRegression"
        assert {"extra", "training_score"} <= set(explicit.data.metrics)
        assert explicit.info.status == "FINISHED"

    def test_further_fits_are_children(self, logged: Logged, data: Any) -> None:
        with mltrack.start_run() as explicit:
            for c in (1, 2, 3):
                LogisticRegression(C=c).fit(*data)
            assert explicit.is_open
        runs = logged()
        assert [run.data.params["C"] for run in runs] == ["1", "2", "3"]
        assert [run.info.parent_run_id for run in runs] == ["", *[explicit.run_id] * 2]

    def test_a_failing_fit_does_not_end_it(self, logged: Logged, data: Any) -> None:
        with mltrack.start_run():
            with pytest.raises(ValueError, match="C"):
                LogisticRegression(C=-1).fit(*data)
            mltrack.log_metric("after", 1)
        (run,) = logged()
        assert run.info.status == "FINISHED"
        assert run.data.tags["mltrack.error"].startswith("InvalidParameterError")
