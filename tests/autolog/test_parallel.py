"""Fits in parallel: the right parents, no runs from inside of workers, nothing lost."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import joblib
import numpy as np
import pytest
from joblib import Parallel, delayed
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import BaggingClassifier, RandomForestClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.model_selection import GridSearchCV, cross_val_score, cross_validate
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import FeatureUnion
from sklearn.preprocessing import MinMaxScaler, StandardScaler

import jupyter_mltrack as mltrack
from jupyter_mltrack.entities import Run
from jupyter_mltrack.store.contract import Store
from jupyter_mltrack.tracking import cells
from jupyter_mltrack.tracking.session import get_session

Logged = Callable[[], list[Run]]
pytestmark = pytest.mark.usefixtures("no_problems", "autologging")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A small cluster of dask's, its workers processes."""
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=2, dashboard_address=None, memory_limit=0
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def threads() -> Iterator[Any]:
    """A cluster of dask's whose workers are threads of this process."""
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


class Deep(ClassifierMixin, BaseEstimator):
    """An estimator of the user's that fits another one."""

    def __init__(self, C: float = 1.0) -> None:
        self.C = C

    def fit(self, X: Any, y: Any) -> "Deep":
        self.inner_ = LogisticRegression(C=self.C).fit(X, y)
        self.classes_ = self.inner_.classes_
        return self

    def predict(self, X: Any) -> Any:
        return self.inner_.predict(X)


def scorer_that_fits(estimator: Any, X: Any, y: Any) -> float:
    """A scorer of the user's that fits something, where no run belongs."""
    return float(GaussianNB().fit(X, y).score(X, y))


def everything(X: Any, y: Any, n_jobs: int = 2) -> list[Any]:
    """Searches, ensembles and cross-validations; what they gave."""
    search = GridSearchCV(SGDClassifier(random_state=0), {"alpha": [0.1, 1]}, cv=2, n_jobs=n_jobs)
    own = GridSearchCV(Deep(), {"C": [0.1, 1]}, cv=2, n_jobs=n_jobs)
    votes = VotingClassifier([("a", GaussianNB()), ("b", LogisticRegression())], n_jobs=n_jobs)
    bag = BaggingClassifier(GaussianNB(), 4, n_jobs=n_jobs, random_state=0)
    both = FeatureUnion([("a", StandardScaler()), ("b", MinMaxScaler())], n_jobs=n_jobs)
    rest = OneVsRestClassifier(GaussianNB(), n_jobs=n_jobs)
    forest = RandomForestClassifier(10, n_jobs=n_jobs, random_state=0)
    fitted = [model.fit(X, y) for model in (search, own, votes, bag, both, rest, forest)]
    found = [cross_val_score(Deep(), X, y, cv=4, n_jobs=n_jobs)]
    found += [cross_validate(GaussianNB(), X, y, cv=4, n_jobs=n_jobs)["test_score"]]
    found += [cross_val_score(Deep(), X, y, cv=2, n_jobs=n_jobs, scoring=scorer_that_fits)]
    outcomes = [part.tolist() for part in found]
    for model in fitted:
        method = model.predict if hasattr(model, "predict") else model.transform
        outcomes.append(np.asarray(method(X)).tolist())
    return outcomes


NAMES = [
    "GridSearchCV(SGDClassifier)",
    "GridSearchCV(Deep)",
    "VotingClassifier(GaussianNB, LogisticRegression)",
    "BaggingClassifier(GaussianNB, n_estimators=4)",
    "FeatureUnion(StandardScaler, MinMaxScaler)",
    "OneVsRestClassifier(GaussianNB)",
    "RandomForestClassifier(n_estimators=10)",
    "cross_val_score: Deep()",
    "cross_validate: GaussianNB()",
    "cross_val_score: Deep()",
]


def check_everything(runs: list[Run]) -> None:
    tops = [run for run in runs if not run.info.parent_run_id]
    assert [run.info.run_name for run in tops] == NAMES
    assert {run.info.status for run in runs} == {"FINISHED"}
    children = [run.info.parent_run_id for run in runs if run.info.parent_run_id]
    searches = [run.info.run_id for run in tops[:2]]
    assert children == [searches[0]] * 2 + [searches[1]] * 2


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_inside_of_scikit_learn(logged: Logged, data: Any, backend: str) -> None:
    with joblib.parallel_config(backend, n_jobs=2):
        found = everything(*data)
    check_everything(logged())
    assert found == everything(*data, n_jobs=1)


@pytest.mark.parametrize("kind", ["cluster", "threads"])
def test_on_dask(logged: Logged, data: Any, kind: str, request: pytest.FixtureRequest) -> None:
    request.getfixturevalue(kind)
    with joblib.parallel_config("dask"):
        found = everything(*data)
    check_everything(logged())
    assert found == everything(*data, n_jobs=1)


def fit_one(C: float, X: Any, y: Any) -> Any:
    model = LogisticRegression(C=C).fit(X, y)
    return model.coef_.tolist()


def test_the_users_own_threads(logged: Logged, store: Store, data: Any) -> None:
    cell = cells.begin_cell(get_session(), cell_id="a", source="", execution_count=1)
    values = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
    found = Parallel(n_jobs=2, backend="threading")(delayed(fit_one)(C, *data) for C in values)
    cells.end_cell(cell)
    runs = logged()
    assert sorted(float(run.data.params["C"]) for run in runs) == values
    assert all("training_score" in run.data.metrics for run in runs)
    assert not any(run.info.parent_run_id for run in runs)
    for run in runs:
        (linked,) = store.list_run_cells(run.info.run_id)
        assert linked.execution_id == cell.execution_id
    assert found == [fit_one(C, *data) for C in values]


def test_the_users_own_threads_in_a_run(logged: Logged, data: Any) -> None:
    with mltrack.start_run(run_name="mine") as mine:
        Parallel(n_jobs=2, backend="threading")(delayed(fit_one)(C, *data) for C in (1, 2, 3))
    first, *others = logged()
    assert first.info.run_id == mine.info.run_id
    assert [run.info.parent_run_id for run in others] == [mine.info.run_id] * 2


def test_searches_in_the_users_threads(logged: Logged, data: Any) -> None:
    def search(C: float) -> None:
        GridSearchCV(LogisticRegression(C=C), {"tol": [1e-4, 1e-2]}, cv=2, n_jobs=2).fit(*data)

    workers = [threading.Thread(target=search, args=(C,)) for C in (1.0, 2.0)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    runs = logged()
    parents = {run.info.run_id: run for run in runs if not run.info.parent_run_id}
    assert len(parents) == 2
    for run in runs:
        if run.info.parent_run_id:
            parent = parents[run.info.parent_run_id]
            assert run.data.params["C"] == parent.data.params["estimator__C"]
    assert len(runs) == 6


def test_the_users_own_processes_are_not_tracked(logged: Logged, data: Any) -> None:
    values = [0.1, 0.2, 0.3]
    found = Parallel(n_jobs=2)(delayed(fit_one)(C, *data) for C in values)
    assert logged() == []
    assert found == [fit_one(C, *data) for C in values]
