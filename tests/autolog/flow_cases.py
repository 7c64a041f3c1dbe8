"""Code as it stands in notebooks, and whose the metrics of it are."""

import types
from typing import Any, Final, NamedTuple

MEASURED: Final = (
    *("accuracy_score", "f1_score", "precision_score", "recall_score", "roc_auc_score"),
    *("mean_squared_error", "r2_score", "silhouette_score", "log_loss", "adjusted_rand", "auc"),
)
OWNERS: Final = {"1.5": "a", "0.0001": "b", "77.0": "c", "3": "km"}
SETUP: Final = """
import numpy as np, pandas as pd
from sklearn.base import BaseEstimator
from sklearn.cluster import KMeans
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import *
from sklearn.model_selection import GridSearchCV, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import LabelEncoder, StandardScaler
from sklearn.svm import SVC, SVR
X, y = make_classification(200, 6, random_state=0, flip_y=0.2)
a = LogisticRegression(C=1.5).fit(X[:100], y[:100])
b = LogisticRegression(C=0.0001).fit(X[:100, ::-1] * 3, y[:100])
X, y = X[100:], y[100:]
mask = X[:, 0] > 0
rows = np.flatnonzero(mask)
"""


class Case(NamedTuple):
    """``owners``: whose the metrics are; ``metrics``: their names, where that is told too."""

    name: str
    owners: tuple[str, ...]
    cells: tuple[str, ...]
    metrics: tuple[str, ...] = ()


def comparable(names: dict[str, Any]) -> dict[str, Any]:
    """What a shell holds after a case, as values that can be compared."""
    import numpy as np

    kinds = (int, float, str, list, np.ndarray, np.generic)
    return {
        name: np.asarray(value).tolist()
        for name, value in names.items()
        if not name.startswith("_") and name not in ("In", "Out") and type(value) in kinds
        if not isinstance(value, types.ModuleType) and not _has_objects(value)
    }


def _has_objects(value: Any) -> bool:
    return type(value) is list and any(type(item).__module__ != "builtins" for item in value)


_P: Final = "p = a.predict(X)\n"
_PROBA: Final = "proba = a.predict_proba(X)\n"


def _one(name: str, owners: str, *cells: str, metrics: tuple[str, ...] = ()) -> Case:
    return Case(name, tuple(owners.split()), cells, metrics)


DERIVED: Final = [
    _one("mask", "a", _P + "accuracy_score(y[mask], p[mask])", metrics=("accuracy_score_X",)),
    _one("fancy", "a", _P + "accuracy_score(y[rows], p[rows])"),
    _one("slice in another name", "a", _P + "q = p[mask]\naccuracy_score(y[mask], q)"),
    _one("copy", "a", _P + "accuracy_score(y, p.copy())", metrics=("accuracy_score_X",)),
    _one("list", "a", _P + "accuracy_score(list(y), list(p))"),
    _one("asarray", "a", _P + "accuracy_score(y, np.asarray(p, dtype=float))"),
    _one("series", "a", _P + "accuracy_score(y, pd.Series(p))"),
    _one(
        "column",
        "a",
        "df = pd.DataFrame({'y': y})\ndf['p'] = a.predict(X)\naccuracy_score(df['y'], df['p'])",
    ),
    _one(
        "column as an attribute",
        "a",
        "df = pd.DataFrame({'y': y})\ndf['p'] = a.predict(X)\naccuracy_score(df.y, df.p)",
    ),
    _one(
        "part of a column",
        "a",
        "df = pd.DataFrame({'y': y})\ndf['p'] = a.predict(X)\n"
        "accuracy_score(df.loc[mask, 'y'], df.loc[mask, 'p'])",
    ),
    _one("a table of them", "a", _P + "t = pd.DataFrame({'y': y, 'p': p})\nf1_score(t['y'], t.p)"),
    _one("threshold", "a", _PROBA + "f1_score(y, (proba[:, 1] > .3).astype(int))"),
    _one("threshold of a call", "a", "f1_score(y, (a.predict_proba(X)[:, 1] > .3).astype(int))"),
    _one("threshold kept", "a", "q = a.predict_proba(X)[:, 1] >= .4\nt = 1\nprecision_score(y, q)"),
    _one(
        "thresholds in a loop", "a", _PROBA + "for t in (.2, .5):\n    f1_score(y, proba[:, 1] > t)"
    ),
    _one(
        "thresholds in a list",
        "a",
        _PROBA + "found = [f1_score(y, (proba[:, 1] > t).astype(int)) for t in (.2, .5, .7)]",
    ),
    _one("argmax", "a", _PROBA + "accuracy_score(y, proba.argmax(axis=1))"),
    _one(
        "labels by argmax", "a", _PROBA + "accuracy_score(y, a.classes_[np.argmax(proba, axis=1)])"
    ),
    _one("where", "a", _PROBA + "s = proba[:, 1]\naccuracy_score(y, np.where(s > .6, 1, 0))"),
    _one("decision function", "a", "accuracy_score(y, a.decision_function(X) > 0)"),
    _one("rounding", "a", _PROBA + "accuracy_score(y, proba[:, 1].round().astype(int))"),
    _one("exp", "a", "z = a.predict_log_proba(X)\nroc_auc_score(y, np.exp(z)[:, 1])"),
    _one("clip", "a", _PROBA + "log_loss(y, np.clip(proba, .01, .99))"),
    _one(
        "comprehension",
        "a",
        _PROBA + "accuracy_score(y, [1 if v > .3 else 0 for v in proba[:, 1]])",
    ),
    _one("map", "a", _P + "accuracy_score(y, list(map(int, p)))"),
    _one("series map", "a", _P + "f1_score(y, pd.Series(p).map({0: 0, 1: 1}))"),
    _one("apply", "a", _PROBA + "f1_score(y, pd.Series(proba[:, 1]).apply(lambda v: int(v > .3)))"),
    _one(
        "inverse transform",
        "a",
        "encoder = LabelEncoder().fit(['no', 'yes'])\n"
        "accuracy_score(encoder.inverse_transform(y), encoder.inverse_transform(a.predict(X)))",
    ),
    _one(
        "average of one model's",
        "a",
        "q = (a.predict_proba(X)[:, 1] + a.predict_proba(X + .01)[:, 1]) / 2\nroc_auc_score(y, q)",
    ),
    _one(
        "average over noise",
        "a",
        "q = np.mean([a.predict_proba(X + d)[:, 1] for d in (0, .1)], axis=0)\nroc_auc_score(y, q)",
    ),
    _one(
        "batches",
        "a",
        "q = np.concatenate([a.predict(part) for part in np.array_split(X, 4)])\n"
        "accuracy_score(y, q)",
    ),
    _one(
        "thresholded in place",
        "a",
        _PROBA + "s = proba[:, 1].copy()\ns[s > .3] = 1\nf1_score(y, s == 1)",
    ),
    _one(
        "several names at once",
        "a b",
        (
            "q, r = a.predict(X)[mask], b.predict(X)[mask]\n"
            "accuracy_score(y[mask], q)\n"
            "f1_score(y[mask], r)"
        ),
    ),
    _one("a branch", "a", _PROBA + "if len(X) > 3:\n    q = proba[:, 1] > .4\n    f1_score(y, q)"),
    _one(
        "with",
        "a",
        (
            "import contextlib\n"
            "with contextlib.nullcontext():\n"
            "    q = a.predict(X)[mask]\n"
            "    accuracy_score(y[mask], q)"
        ),
    ),
]

FUNCTIONS: Final = [
    _one(
        "function",
        "a b",
        "def check(model, t):\n    q = (model.predict_proba(X)[:, 1] > t).astype(int)\n"
        "    return f1_score(y, q)\ncheck(a, .3), check(b, .3)",
    ),
    _one(
        "function given predictions",
        "a",
        (
            _P
            + (
                "def check(q, r):\n"
                "    part = q[r]\n"
                "    return accuracy_score(y[r], part)\n"
                "check(p, mask)"
            )
        ),
    ),
    _one(
        "loop over models",
        "a b",
        "for m in (a, b):\n    q = m.predict(X)[mask]\n    accuracy_score(y[mask], q)",
    ),
    _one(
        "comprehension over models",
        "a b",
        "found = [accuracy_score(y[mask], m.predict(X)[mask]) for m in (a, b)]",
    ),
    _one(
        "dictionary of models",
        "a b",
        "models = {'one': a, 'two': b}\nfor name in models:\n"
        "    q = models[name].predict(X)[mask]\n    accuracy_score(y[mask], q)",
    ),
    _one(
        "dictionary of predictions",
        "a b",
        (
            "preds = {}\n"
            "for name, m in {'one': a, 'two': b}.items():\n"
            "    preds[name] = m.predict(X)\n"
        ),
        ("for name, q in preds.items():\n    accuracy_score(y[mask], q[mask])"),
    ),
    _one(
        "method of a class",
        "a",
        "class Study:\n    def __init__(self, model):\n        self.model = model\n"
        "    def check(self):\n        q = self.model.predict_proba(X)[:, 1] > .3\n"
        "        return f1_score(y, q)\nStudy(a).check()",
    ),
    _one("in a timed cell", "a", "%%time\nq = a.predict(X)[mask]\naccuracy_score(y[mask], q)"),
    _one(
        "over several lines",
        "a",
        "q = (\n    a\n    .predict_proba(X)[:, 1]\n    > .3\n)\nf1_score(\n    y,\n    q,\n)",
    ),
]

CELLS: Final = [
    _one("slice in the next cell", "a", _P, "accuracy_score(y[mask], p[mask])"),
    _one(
        "made in one cell, measured in the next",
        "a",
        _P,
        "q = p[mask]",
        "accuracy_score(y[mask], q)",
    ),
    _one(
        "threshold made two cells before",
        "a",
        "q = (a.predict_proba(X)[:, 1] > .3).astype(int)",
        "z = 1",
        "f1_score(y, q)",
    ),
    _one(
        "column in the next cell",
        "a",
        "df = pd.DataFrame({'y': y, 'p': a.predict(X)})",
        "f1_score(df.y, df.p)",
    ),
    _one(
        "through a file",
        "a",
        _P
        + "import tempfile\nfile = tempfile.gettempdir() + '/mltrack-p.txt'\nnp.savetxt(file, p)",
        "f1_score(y, np.loadtxt(file))",
    ),
]

MODELS: Final = [
    _one(
        "labels of a clusterer",
        "km",
        "km = KMeans(3, n_init=1, random_state=0).fit(X)\nother = 1",
        "silhouette_score(X, km.labels_)",
        metrics=("silhouette_score_X",),
    ),
    _one(
        "some labels of a clusterer",
        "km",
        "km = KMeans(3, n_init=1, random_state=0).fit(X)",
        "silhouette_score(X[mask], km.labels_[mask])",
    ),
    _one(
        "best estimator",
        "cell",  # named below: the search has no C of its own
        "s = GridSearchCV(SVC(), {'C': [1, 2]}).fit(X, y)\nLogisticRegression(C=77.0).fit(X, y)",
        "accuracy_score(y[mask], s.best_estimator_.predict(X)[mask])",
    ),
    _one(
        "last step of a pipeline",
        "cell",
        "s = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)\n",
        "Z = s[:-1].transform(X)\n"
        "accuracy_score(y[mask], s.named_steps['logisticregression'].predict(Z)[mask])",
    ),
    _one(
        "area under a curve",
        "a",
        "fpr, tpr, _ = roc_curve(y, a.predict_proba(X)[:, 1])\nauc(fpr, tpr)",
    ),
]

TEMPTING: Final = [
    _one(
        "blend", "cell", "p1, p2 = a.predict(X), b.predict(X)\nmean_squared_error(y, (p1 + p2) / 2)"
    ),
    _one(
        "blend in a list",
        "cell",
        "q = np.mean([m.predict(X) for m in (a, b)], axis=0)\nr2_score(y, q)",
    ),
    _one(
        "sum in a loop",
        "cell",
        "q = 0\nfor m in (a, b):\n    q = q + m.predict_proba(X)[:, 1]\nroc_auc_score(y, q)",
    ),
    _one(
        "two models as truth and prediction", "cell", "accuracy_score(a.predict(X), b.predict(X))"
    ),
    _one(
        "name reused for another model",
        "b",
        ("m = a\np = m.predict(X)\nm = b\np = m.predict(X)\naccuracy_score(y[mask], p[mask])"),
    ),
    _one(
        "name of the model reused since",
        "a",
        "m = a\nq = m.predict_proba(X)[:, 1] > .4\nm = b\nf1_score(y, q)",
    ),
    _one(
        "loop variable after the loop",
        "b",
        "for m in (a, b):\n    q = m.predict(X)\naccuracy_score(y[mask], q[mask])",
    ),
    _one(
        "derived in a loop, measured after it",
        "cell",
        "for m in (a, b):\n    q = m.predict(X)[mask]\naccuracy_score(y[mask], q)",
    ),
    _one(
        "refitted in between",
        "a",
        "m = LogisticRegression(C=77.0).fit(X, y)",
        "m = a\nq = a.predict_proba(X)[:, 1] > .4\na.set_params(C=77.0).fit(X, y)\nf1_score(y, q)",
    ),
    _one("overwritten", "cell", _P + "p[:] = b.predict(X)\naccuracy_score(y, p)"),
    _one("partly overwritten", "cell", _P + "p[mask] = b.predict(X)[mask]\naccuracy_score(y, p)"),
    _one(
        "overwritten by another name",
        "cell",
        _P + "q = p\nq[mask] = 1 - y[mask]\naccuracy_score(y, p)",
    ),
    _one(
        "overwritten in a function",
        "cell",
        _P + "def fix(v):\n    v[:] = b.predict(X)\nfix(p)\nf1_score(y, p)",
    ),
    _one(
        "shuffled in a function",
        "cell",
        _P
        + "q = p[mask]\ndef fix(v):\n    v[:] = b.predict(X)[mask]\nfix(q)\nf1_score(y[mask], q)",
    ),
    _one(
        "column overwritten",
        "cell",
        (
            "df = pd.DataFrame({'y': y})\n"
            "df['p'] = a.predict(X)\n"
            "df.loc[mask, 'p'] = b.predict(X)[mask]\n"
            "f1_score(df.y, df.p)"
        ),
    ),
    _one(
        "another column",
        "cell",
        "df = pd.DataFrame({'g': 1 - y, 'p': a.predict(X)})\naccuracy_score(y, df['g'])",
    ),
    _one(
        "the table replaced",
        "cell",
        (
            "df = pd.DataFrame({'y': y})\n"
            "df['p'] = a.predict(X)\n"
            "df = pd.DataFrame({'y': y, 'p': X[:, 1] > 0})\n"
            "f1_score(df.y, df.p)"
        ),
    ),
    _one("own rule", "cell", _P + "q = (X[:, 1] > 0).astype(int)\naccuracy_score(y, q)"),
    _one("constant in its shape", "cell", _P + "q = np.zeros_like(p)\naccuracy_score(y, q)"),
    _one(
        "either of two",
        "cell",
        (
            "q = a.predict(X)[mask]\n"
            "q = q if y[0] > 5 else b.predict(X)[mask] + 0 * q\n"
            "accuracy_score(y[mask], q)"
        ),
    ),
    _one(
        "alike by two models",
        "cell",
        (
            "twin = LogisticRegression(C=77.0).fit(X, y)\n"
            "twins = LogisticRegression(C=0.0001).fit(X, y)\n"
            "twins.coef_, twins.intercept_ = twin.coef_, twin.intercept_"
        ),
        "k = [list(twin.predict(X)), list(twins.predict(X))]",
        "accuracy_score(y, k[1])",
    ),
    _one(
        "the truth, predicted perfectly",
        "cell",
        "class Oracle(BaseEstimator):\n    def __init__(self, C=1.5):\n        self.C = C\n"
        "    def fit(self, X, y):\n        self.y_ = y\n        return self\n"
        "    def predict(self, X):\n        return self.y_ + 0",
        "oracle = Oracle().fit(X, y)\nlen(oracle.predict(X))",
        "guess = np.roll(y, 1)\naccuracy_score(guess, list(y))",
    ),
    _one(
        "an untracked model in a function called before",
        "a cell",
        "class Plain:\n    def predict_proba(self, X):\n        return np.c_[X[:, 0], X[:, 1]]\n"
        "def check(model):\n    q = model.predict_proba(X)[:, 1] > .3\n    return f1_score(y, q)\n",
        "check(a)",
        "check(Plain())",
    ),
    _one(
        "an untracked model in the same loop",
        "a cell",
        "class Plain:\n    def predict_proba(self, X):\n        return np.c_[X[:, 0], X[:, 1]]\n",
        "for m in (a, Plain()):\n    q = m.predict_proba(X)[:, 1] > .3\n    f1_score(y, q)",
    ),
    _one(
        "a cell that failed before it got there",
        "cell",
        _P + "q = (X[:, 0] > 0).astype(int)",
        "try:\n    q = p[mask] if y[0] > 5 else [][0]\nexcept IndexError:\n    pass",
        "accuracy_score(y, q)",
    ),
    _one(
        "two models in two threads",
        "a b",
        "from concurrent.futures import ThreadPoolExecutor\n"
        "def check(m):\n    q = m.predict_proba(X)[:, 1] > 0.3\n    return f1_score(y, q)\n"
        "with ThreadPoolExecutor(2) as pool:\n    found = list(pool.map(check, [a, b] * 5))",
    ),
    _one(
        "recursion",
        "b cell",
        "def check(ms):\n    m = ms[0]\n    q = m.predict_proba(X)[:, 1] > 0.3\n"
        "    if len(ms) > 1:\n        check(ms[1:])\n    return f1_score(y, q)\ncheck([a, b])",
    ),
    _one("selected by another model", "b", _P + "accuracy_score(y[p == 1], b.predict(X)[p == 1])"),
    _one(
        "unknown predictions selected by a model",
        "cell",
        _P + "g = np.loadtxt(['0 1'] * 50).ravel()\naccuracy_score(y[p == 1], g[p == 1])",
    ),
]

CASES: Final = [*DERIVED, *FUNCTIONS, *CELLS, *MODELS, *TEMPTING]
