"""Metrics computed after training go to the run that fitted the model."""

import gc
import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from sklearn import metrics as sklearn_metrics
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression

# Imported before autologging starts: the case that others miss.
from sklearn.metrics import accuracy_score, confusion_matrix, roc_auc_score, silhouette_score
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import jupyter_mltrack as mltrack
from jupyter_mltrack.autolog import api
from jupyter_mltrack.autolog.sklearn import lineage
from jupyter_mltrack.entities import Run
from jupyter_mltrack.entities.drawings import AnyDrawing
from jupyter_mltrack.store.contract import Store
from jupyter_mltrack.tracking import cells
from jupyter_mltrack.tracking.session import get_session

Logged = Callable[[], list[Run]]
pytestmark = pytest.mark.usefixtures("no_problems", "autologging")


def later(run: Run) -> dict[str, float]:
    return {
        name: value
        for name, value in run.data.metrics.items()
        if not name.startswith(("training_", "fit_", "n_iter", "n_features"))
    }


def test_the_names_are_mlflows(logged: Logged, store: Store, data: Any) -> None:
    X_train, y_train = (part[:60] for part in data)
    X_test, y_test = (part[60:] for part in data)
    model = LogisticRegression().fit(X_train, y_train)
    y_pred = model.predict(X_test)
    expected = {
        "accuracy_score_X_test": accuracy_score(y_test, y_pred),
        "accuracy_score-2_X_train": accuracy_score(y_train, model.predict(X_train)),
        "accuracy_score-3_X_test": sklearn_metrics.accuracy_score(y_test, y_pred, normalize=False),
        "roc_auc_score_X_test": roc_auc_score(y_test, model.predict_proba(X_test)[:, 1]),
        "LogisticRegression_score_X_test": model.score(X_test, y_test),
        "f1_score_unknown_dataset": sklearn_metrics.f1_score(y_test, model.predict(X_test + 0)),
    }
    confusion_matrix(y_test, y_pred)
    sklearn_metrics.classification_report(y_test, y_pred)
    (run,) = logged()
    assert later(run) == pytest.approx(expected)
    files = {item.path: item.digest for item in store.list_artifacts(run.info.run_id)}
    info = json.loads(store.read_blob(files["metric_info.json"]))
    files = {"confusion_matrix_X_test.png", "classification_report_X_test.txt"}
    assert set(info) == set(expected) | files
    assert info["accuracy_score_X_test"] == "accuracy_score(y_test, y_pred)"


def test_in_a_function(logged: Logged, data: Any) -> None:
    def evaluate(model: Any, features: Any, labels: Any) -> float:
        return float(accuracy_score(labels, model.predict(X=features)))

    X, y = data
    evaluate(LogisticRegression().fit(X, y), X, y)
    (run,) = logged()
    assert set(later(run)) == {"accuracy_score_features"}


def test_the_same_name_for_other_data(logged: Logged, data: Any) -> None:
    X, y = data
    model = LogisticRegression().fit(X, y)
    part = X[:50]
    model.score(part, y[:50])
    first, part = part, X[50:]
    model.score(part, y[50:])
    (run,) = logged()
    assert set(later(run)) == {
        "LogisticRegression_score_part",
        "LogisticRegression_score-2_part-2",
    }
    assert len(first) == 50


def test_running_a_cell_again_keeps_the_names(logged: Logged, store: Store, data: Any) -> None:
    X, y = data
    model = LogisticRegression().fit(X, y)
    session = get_session()
    for count in (1, 2, 3):
        cell = cells.begin_cell(session, cell_id="a", source="", execution_count=count)
        predicted = model.predict(X)
        accuracy_score(y, predicted)
        accuracy_score(y, predicted)
        cells.end_cell(cell)
    (run,) = logged()
    assert set(later(run)) == {"accuracy_score_X", "accuracy_score-2_X"}
    assert len(store.get_metric_history(run.info.run_id, "accuracy_score_X")) == 3


def test_each_model_has_its_own(logged: Logged, data: Any) -> None:
    X, y = data
    models = [LogisticRegression(C=c).fit(X, y) for c in (0.001, 10)]
    values = [accuracy_score(y, model.predict(X)) for model in models]
    models[0].fit(X, y)
    models[0].score(X, y)
    first, second, third = logged()
    assert [later(run) for run in (first, second)] == [{"accuracy_score_X": v} for v in values]
    assert set(later(third)) == {"LogisticRegression_score_X"}


def test_clusters_not_the_data_they_are_in(logged: Logged, data: Any) -> None:
    X = StandardScaler().fit_transform(data[0])
    reduced = PCA(2).fit(X).transform(X)
    labels = KMeans(2, n_init=1, random_state=0).fit_predict(reduced)
    silhouette_score(reduced, labels)
    components, clusters = logged()
    assert later(components) == {}
    assert set(later(clusters)) == {"silhouette_score_reduced"}


def test_what_the_library_measures_itself_is_not_logged(logged: Logged, data: Any) -> None:
    X, y = data
    model = LogisticRegression().fit(X, y)
    sklearn_metrics.RocCurveDisplay.from_predictions(y, model.predict_proba(X)[:, 1])
    permutation_importance(model, X, y, scoring="accuracy", n_repeats=2, random_state=0)
    (run,) = logged()
    assert later(run) == {}


def test_nothing_is_kept_alive(data: Any) -> None:
    X, y = data
    model = LogisticRegression().fit(X, y)
    predicted = model.predict(X)
    assert len(lineage.models) == 1
    assert lineage.find_prediction(predicted) is not None
    del model, predicted
    gc.collect()
    assert len(lineage.models) == len(lineage._predictions) == 0


def test_switched_off(logged: Logged, data: Any) -> None:
    api.start(api.Options(log_post_training_metrics=False))
    X, y = data
    model = LogisticRegression().fit(X, y)
    accuracy_score(y, model.predict(X))
    model.score(X, y)
    (run,) = logged()
    assert later(run) == {}


def test_matrices_and_curves_are_drawings(logged: Logged, store: Store, data: Any) -> None:
    X, y = data
    model = LogisticRegression().fit(X, y)
    proba = model.predict_proba(X)[:, 1]
    confusion_matrix(y, model.predict(X))
    fpr, tpr, _ = sklearn_metrics.roc_curve(y, proba)
    area = sklearn_metrics.auc(fpr, tpr)
    sklearn_metrics.precision_recall_curve(y, proba)
    (run,) = logged()
    assert later(run) == {"auc_X": area}
    drawings = read(store, run, "drawings.json")
    names = {name for name in drawings if name.endswith("_X.png")}
    assert names == {
        *("confusion_matrix_X.png", "roc_curve_X.png", "precision_recall_curve_X.png"),
    }
    assert msgspec.convert(drawings, dict[str, AnyDrawing])
    assert drawings["confusion_matrix_X.png"]["labels"] == ["0", "1"]
    titles = {name: drawing["title"] for name, drawing in drawings.items() if "_X" in name}
    assert titles["confusion_matrix_X.png"] == "Confusion matrix, X"
    assert titles["roc_curve_X.png"] == "ROC curve, X"
    assert (
        drawings["confusion_matrix_X.png"]["matrix"]
        == confusion_matrix(y, model.predict(X)).tolist()
    )
    assert drawings["roc_curve_X.png"]["lines"][0]["x"] == fpr.tolist()


def test_reports_are_files_and_their_numbers_metrics(
    logged: Logged, store: Store, data: Any
) -> None:
    X, y = data
    p = LogisticRegression().fit(X, y).predict(X)
    text = sklearn_metrics.classification_report(y, p)
    report = sklearn_metrics.classification_report(y, p, output_dict=True)
    (run,) = logged()
    assert read(store, run, "classification_report_X.txt") == text
    assert read(store, run, "classification_report-2_X.json") == report
    found = later(run)
    assert found["classification_report-2_X/macro avg/f1-score"] == report["macro avg"]["f1-score"]
    assert found["classification_report-2_X/1/support"] == report["1"]["support"]
    assert found["classification_report-2_X/accuracy"] == report["accuracy"]


def test_scorers_that_the_user_calls(logged: Logged, data: Any) -> None:
    X, y = data
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)
    values = {
        "roc_auc_score_X": sklearn_metrics.get_scorer("roc_auc")(model, X, y),
        "f1_score_X": sklearn_metrics.make_scorer(sklearn_metrics.f1_score)(model, X, y),
        "neg_log_loss_X": sklearn_metrics.get_scorer("neg_log_loss")(model, X, y),
        "scorer_X": sklearn_metrics.make_scorer(lambda y, p: (y == p).mean())(model, X, y),
        "Pipeline_score_X": model.score(X, y),
    }
    search = GridSearchCV(LogisticRegression(), {"C": [1, 2]}, cv=2).fit(X, y)
    score = search.score(X, y)
    pipeline, searched, *_ = logged()
    assert later(pipeline) == values
    assert later(searched)["GridSearchCV_score_X"] == score


def test_scorers_inside_a_search_are_not_logged(logged: Logged, data: Any) -> None:
    def accuracy(y: Any, p: Any) -> float:
        return float(accuracy_score(y, p))

    X, y = data
    with mltrack.start_run():
        scorer = sklearn_metrics.make_scorer(accuracy)
        cross_val_score(LogisticRegression(), X, y, scoring=scorer, cv=2)
        GridSearchCV(LogisticRegression(), {"C": [1]}, scoring=scorer, cv=2).fit(X, y)
    assert not any(name.startswith("accuracy") for run in logged() for name in later(run))


def test_what_is_nobodys_goes_to_the_run_around_it(logged: Logged, data: Any) -> None:
    y = data[1]
    with mltrack.start_run() as run:
        accuracy_score(y, [0] * len(y))
    assert [later(item) for item in logged() if item.info.run_id == run.info.run_id] == [
        {"accuracy_score_unknown_dataset": 0.5}
    ]


def in_cell(work: Callable[[], Any]) -> None:
    cell = cells.begin_cell(get_session(), cell_id="a", source="", execution_count=1)
    work()
    cells.end_cell(cell)


def test_what_is_nobodys_goes_to_the_only_model_of_its_cell(
    logged: Logged, store: Store, data: Any
) -> None:
    X, y = data

    def work() -> None:
        accuracy_score(y, [0] * len(y))
        LogisticRegression().fit(StandardScaler().fit_transform(X), y)

    in_cell(work)
    runs = logged()
    model = next(run for run in runs if "C" in run.data.params)
    assert [later(run) for run in runs if later(run)] == [{"accuracy_score_unknown_dataset": 0.5}]
    assert later(model)
    info = read(store, model, "metric_info.json")
    assert "assigned by cell" in info["accuracy_score_unknown_dataset"]


def test_what_is_nobodys_goes_to_a_run_of_the_cell(logged: Logged, store: Store, data: Any) -> None:
    X, y = data

    def work() -> None:
        for c in (1, 2):
            LogisticRegression(C=c).fit(X, y)
        for value in (0, 1):
            accuracy_score(y, [value] * len(y))
        confusion_matrix(y, [0] * len(y))

    in_cell(work)
    *_, run = logged()
    assert later(run) == {"accuracy_score_unknown_dataset": 0.5}
    points = store.get_metric_history(run.info.run_id, "accuracy_score_unknown_dataset")
    assert [point.step for point in points] == [0, 1]
    assert list(read(store, run, "drawings.json")) == ["confusion_matrix_unknown_dataset.png"]


def read(store: Store, run: Run, path: str) -> Any:
    files = {item.path: item.digest for item in store.list_artifacts(run.info.run_id)}
    content = store.read_blob(files[path])
    return json.loads(content) if path.endswith("json") else content.decode()
