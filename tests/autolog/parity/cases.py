"""Fits of every kind, executed alike under MLflow's autolog and under ours.

Nothing is imported here but scikit-learn and what it needs: MLflow's Python executes it too.
"""

import linecache
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn import metrics  # noqa: F401 - for the cells
from sklearn.cluster import DBSCAN, KMeans, MiniBatchKMeans
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.feature_selection import SelectKBest
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import (
    ElasticNet,
    Lasso,
    LinearRegression,
    LogisticRegression,
    Perceptron,
    PoissonRegressor,
    Ridge,
    RidgeClassifier,
    SGDClassifier,
)
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputRegressor
from sklearn.naive_bayes import BernoulliNB, GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, PolynomialFeatures, StandardScaler
from sklearn.svm import SVC, SVR, LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

Cancer = load_breast_cancer()
X, y = StandardScaler().fit_transform(Cancer.data[:200, :6]), Cancer.target[:200]
Iris = load_iris()
flowers, kinds = Iris.data, Iris.target
Diabetes = load_diabetes()
patients, progress = Diabetes.data[:150], Diabetes.target[:150]
frame = pd.DataFrame(X, columns=list("abcdef"))
words = np.array(["benign", "malign"])[y]
weights = np.linspace(0.1, 2.0, 200)
texts = ["a red bird", "a blue fish", "one red fish", "two birds"]
X_test, y_test = X[:50], y[:50]
SEED: dict[str, Any] = {"random_state": 0}


def classifiers() -> dict[str, Callable[[], Any]]:
    """Two classes, several, labels of text, weights, frames."""
    logistic = LogisticRegression
    return {
        "logistic": lambda: logistic().fit(X, y),
        "logistic, several classes": lambda: logistic(max_iter=500).fit(flowers, kinds),
        "logistic, labels of text": lambda: logistic(C=0.5).fit(X, words),
        "logistic, weighted": lambda: logistic().fit(X, y, sample_weight=weights),
        "logistic, weights by position": lambda: logistic().fit(X, y, weights),
        "logistic, a frame": lambda: logistic().fit(frame, pd.Series(y, name="target")),
        "logistic, sparse": lambda: logistic().fit(sparse.csr_matrix(X), y),
        "logistic, lists": lambda: logistic().fit(X.tolist(), y.tolist()),
        "forest": lambda: RandomForestClassifier(5, **SEED).fit(X, y),
        "forest, several classes": lambda: RandomForestClassifier(5, **SEED).fit(flowers, kinds),
        "tree": lambda: DecisionTreeClassifier(max_depth=3, **SEED).fit(flowers, kinds),
        "boosting": lambda: GradientBoostingClassifier(n_estimators=5, **SEED).fit(X, y),
        "histogram boosting": lambda: HistGradientBoostingClassifier(max_iter=5, **SEED).fit(X, y),
        "adaboost": lambda: AdaBoostClassifier(n_estimators=5, **SEED).fit(X, y),
        "bagging": lambda: BaggingClassifier(n_estimators=3, **SEED).fit(X, y),
        "svc": lambda: SVC().fit(X, y),
        "linear svc": lambda: LinearSVC(**SEED).fit(flowers, kinds),
        "neighbours": lambda: KNeighborsClassifier(7).fit(flowers, kinds),
        "naive bayes": lambda: GaussianNB().fit(X, y),
        "bernoulli": lambda: BernoulliNB().fit(X > 0, y),
        "sgd": lambda: SGDClassifier(**SEED).fit(X, y),
        "perceptron": lambda: Perceptron(**SEED).fit(X, y),
        "ridge classifier": lambda: RidgeClassifier().fit(X, y),
        "network": lambda: MLPClassifier((5,), max_iter=10, **SEED).fit(X, y),
        "dummy": lambda: DummyClassifier().fit(X, y),
        "one versus rest": lambda: OneVsRestClassifier(logistic()).fit(flowers, kinds),
    }


def others() -> dict[str, Callable[[], Any]]:
    """Regressors, clusters, transformers."""
    return {
        "linear": lambda: LinearRegression().fit(patients, progress),
        "linear, weighted": lambda: LinearRegression().fit(
            patients, progress, sample_weight=weights[:150]
        ),
        "linear, two targets": lambda: LinearRegression().fit(patients, np.c_[progress, progress]),
        "ridge": lambda: Ridge(alpha=2).fit(patients, progress),
        "lasso": lambda: Lasso(0.1).fit(patients, progress),
        "elastic net": lambda: ElasticNet(0.1).fit(patients, progress),
        "poisson": lambda: PoissonRegressor().fit(patients, progress),
        "forest regressor": lambda: RandomForestRegressor(5, **SEED).fit(patients, progress),
        "extra trees": lambda: ExtraTreesRegressor(5, **SEED).fit(patients, progress),
        "boosting regressor": lambda: GradientBoostingRegressor(n_estimators=5, **SEED).fit(
            patients, progress
        ),
        "tree regressor": lambda: DecisionTreeRegressor(max_depth=3, **SEED).fit(
            patients, progress
        ),
        "svr": lambda: SVR().fit(patients, progress),
        "neighbours regressor": lambda: KNeighborsRegressor().fit(patients, progress),
        "gaussian process": lambda: GaussianProcessRegressor().fit(patients, progress),
        "several outputs": lambda: MultiOutputRegressor(Ridge()).fit(
            patients, np.c_[progress, -progress]
        ),
        "k-means": lambda: KMeans(3, n_init=1, **SEED).fit(flowers),
        "k-means, predicted": lambda: KMeans(3, n_init=1, **SEED).fit_predict(flowers),
        "mini batches": lambda: MiniBatchKMeans(3, n_init=1, **SEED).fit(flowers),
        "dbscan": lambda: DBSCAN().fit(flowers),
        "mixture": lambda: GaussianMixture(2, **SEED).fit(flowers),
        "isolation forest": lambda: IsolationForest(n_estimators=5, **SEED).fit(flowers),
        "pca": lambda: PCA(2).fit(flowers),
        "pca, transformed": lambda: PCA(2).fit_transform(flowers),
        "svd": lambda: TruncatedSVD(2, **SEED).fit(flowers),
        "scaler": lambda: StandardScaler().fit(flowers),
        "imputer": lambda: SimpleImputer().fit_transform(flowers),
        "text": lambda: TfidfVectorizer().fit(texts),
        "selection": lambda: SelectKBest(k=2).fit(flowers, kinds),
        "polynomials": lambda: PolynomialFeatures().fit(flowers),
    }


def composed() -> dict[str, Callable[[], Any]]:
    """Pipelines, votes, searches."""
    return {
        "pipeline": lambda: make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y),
        "pipeline, regressor": lambda: make_pipeline(StandardScaler(), Ridge()).fit(
            patients, progress
        ),
        "pipeline, transformers": lambda: make_pipeline(StandardScaler(), PCA(2)).fit(flowers),
        "columns": lambda: make_pipeline(
            ColumnTransformer([("n", StandardScaler(), ["a"]), ("o", OneHotEncoder(), ["f"])]),
            SVC(),
        ).fit(frame.assign(f=words), y),
        "vote": lambda: VotingClassifier([("a", LogisticRegression()), ("b", GaussianNB())]).fit(
            X, y
        ),
        "stack": lambda: StackingClassifier([("a", GaussianNB())], cv=2).fit(X, y),
        "grid search": lambda: GridSearchCV(SVC(), {"C": [0.1, 1, 10]}, cv=2).fit(X, y),
        "random search": lambda: RandomizedSearchCV(
            RandomForestClassifier(3, **SEED), {"max_depth": [1, 2, 3, 4]}, n_iter=3, cv=2, **SEED
        ).fit(X, y),
        "search over a pipeline": lambda: GridSearchCV(
            make_pipeline(StandardScaler(), Ridge()), {"ridge__alpha": [0.1, 1.0]}, cv=2
        ).fit(patients, progress),
        "search with two scores": lambda: GridSearchCV(
            LogisticRegression(),
            {"C": [0.1, 1]},
            cv=2,
            scoring=["accuracy", "roc_auc"],
            refit="accuracy",
        ).fit(X, y),
        "search without refit": lambda: GridSearchCV(SVC(), {"C": [0.1, 1]}, cv=2, refit=False).fit(
            X, y
        ),
        "search of many": lambda: GridSearchCV(
            SVC(), {"C": [10.0**power for power in range(-3, 4)]}, cv=2
        ).fit(X, y),
    }


# As a cell: the names of data are those of the top of a notebook.
MEASURED = """
model = LogisticRegression().fit(X, y)
predicted = model.predict(X_test)
metrics.accuracy_score(y_test, predicted)
metrics.accuracy_score(y_test, predicted)
metrics.f1_score(y_test, predicted, average="macro")
metrics.roc_auc_score(y_test, model.predict_proba(X_test)[:, 1])
metrics.confusion_matrix(y_test, predicted)
model.score(X_test, y_test)
model.score(X, y)
X_test = X_test[:20]
metrics.accuracy_score(y_test[:20], model.predict(X_test))
"""
MEASURED_REGRESSOR = """
model = Ridge().fit(patients, progress)
metrics.mean_squared_error(progress, model.predict(patients))
half, target = patients[:70], progress[:70]
metrics.mean_absolute_error(target, model.predict(half))
metrics.r2_score(y_true=target, y_pred=model.predict(half))
metrics.r2_score(target, model.predict(patients[:70]))
"""


def executed(source: str) -> Callable[[], Any]:
    """What executes a cell, whose source can be looked up as that of a notebook's."""

    def execute() -> None:
        name = f"<cell {len(source)}>"
        linecache.cache[name] = (len(source), None, source.splitlines(True), name)
        exec(compile(source, name, "exec"), dict(globals()))

    return execute


CASES: dict[str, Callable[[], Any]] = {
    **classifiers(),
    **others(),
    **composed(),
    "measured": executed(MEASURED),
    "measured regressor": executed(MEASURED_REGRESSOR),
}
