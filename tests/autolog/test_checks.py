"""Methodological checks: each finds what it is for, and says nothing of code that is sound."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import datasets, metrics
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

import jupyter_mltrack as mltrack
from jupyter_mltrack.autolog import api
from jupyter_mltrack.autolog.options import CHECKS as NAMES
from jupyter_mltrack.autolog.sklearn.checks import seed, tables
from jupyter_mltrack.autolog.sklearn.checks.finding import CHECKS_TAG, MAX_TEXT, Finding, tell
from jupyter_mltrack.autolog.sklearn.checks.registry import CHECKS
from jupyter_mltrack.entities import Run
from jupyter_mltrack.settings import MAX_TAG_LENGTH

Logged = Callable[[], list[Run]]
Found = Callable[[], list[dict[str, str]]]
pytestmark = pytest.mark.usefixtures("no_problems", "autologging")


@pytest.fixture
def found(logged: Logged, monkeypatch: pytest.MonkeyPatch) -> Found:
    """What was found of all runs, in a session that sets no seed elsewhere."""
    monkeypatch.setattr(seed, "is_seeded_elsewhere", lambda: False)

    def findings() -> list[dict[str, str]]:
        tags = (run.data.tags.get(CHECKS_TAG, "[]") for run in logged())
        return [finding for text in tags for finding in json.loads(text)]

    return findings


def split(rows: int = 400, columns: int = 5, **given: Any) -> tuple[Any, ...]:
    X, y = datasets.make_classification(
        rows, columns, n_informative=3, random_state=0, **{"flip_y": 0.1, **given}
    )
    return train_test_split(X, y, random_state=0)


def checks_of(findings: list[dict[str, str]]) -> list[str]:
    return [finding["check"] for finding in findings]


def test_the_names_are_those_that_options_know() -> None:
    assert tuple(check.id for check in CHECKS) == NAMES


def test_a_finding_has_a_text_and_a_reason(found: Found) -> None:
    X, _, y, _ = split()
    LogisticRegression().fit(np.column_stack([X, y]), y)
    (finding,) = found()
    assert finding == {
        "check": "leak",
        "text": "The feature column 5 is a copy of the target.",
        "reason": "A model that is given the answer learns nothing else; where the answer is not "
        "known yet it cannot be used.",
    }


# Overlap of training and test rows.


@pytest.mark.parametrize("form", ["array", "frame", "float32", "fortran", "mixed frame"])
def test_test_rows_among_the_training_rows(found: Found, form: str) -> None:
    X, X_test, y, y_test = split()
    shapes: dict[str, Callable[[Any], Any]] = {
        "array": np.asarray,
        "frame": pd.DataFrame,
        "float32": lambda a: a.astype(np.float32),
        "fortran": np.asfortranarray,
        "mixed frame": lambda a: pd.DataFrame(a).assign(n=range(len(a)), s=a[:, 0] > 0),
    }
    everything, some = shapes[form](np.vstack([X, X_test])), shapes[form](X_test)
    if form == "mixed frame":
        everything = pd.concat([shapes[form](X), some])
    model = LogisticRegression().fit(
        everything.rename(columns=str) if hasattr(everything, "rename") else everything,
        np.hstack([y, y_test]),
    )
    given = some.rename(columns=str) if hasattr(some, "rename") else some
    metrics.accuracy_score(y_test, model.predict(given))
    (finding,) = found()
    assert finding["check"] == "overlap"
    assert finding["text"].startswith("100 of 100 rows of given are among those")


def test_overlap_is_found_by_score_and_named_for_part_of_the_rows(found: Found) -> None:
    X, X_test, y, y_test = split()
    model = LogisticRegression().fit(X, y)
    model.score(np.vstack([X_test, X[:50]]), np.hstack([y_test, y[:50]]))
    assert "50 of 150 rows" in found()[0]["text"]


def test_large_data_is_looked_at_in_part_and_that_is_said(
    found: Found, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "MAX_CELLS", 1000)
    X, X_test, y, y_test = split()
    model = LogisticRegression().fit(np.vstack([X, X_test]), np.hstack([y, y_test]))
    model.score(X_test, y_test)
    assert found()[0]["text"].endswith("(of every 2th training row looked at).")


@pytest.mark.parametrize(
    "scored",
    ["the training data", "a copy of it", "what is named train", "few rows", "nothing measured"],
)
def test_scores_on_training_data_as_such_are_no_overlap(found: Found, scored: str) -> None:
    X, _, y, _ = split()
    model = LogisticRegression().fit(X, y)
    if scored == "the training data":
        metrics.accuracy_score(y, model.predict(X))
    elif scored == "a copy of it":
        metrics.accuracy_score(y, model.predict(X.copy()))
    elif scored == "what is named train":
        X_train_part = X[:100]
        metrics.accuracy_score(y[:100], model.predict(X_train_part))
    elif scored == "few rows":
        model.score(X[:4], y[:4])
    else:
        model.predict(X[:50])
    assert found() == []


def test_data_that_repeats_itself_is_no_overlap(found: Found) -> None:
    rng = np.random.default_rng(0)
    X = rng.integers(0, 3, (600, 4)).astype(float)
    y = (X.sum(axis=1) + rng.normal(0, 2, 600) > 4).astype(int)
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    LogisticRegression().fit(X_train, y_train).score(X_test, y_test)
    assert found() == []


# A target among the features.


@pytest.mark.parametrize("kind", ["regression", "other units", "two classes", "three", "nearly"])
def test_a_copy_of_the_target(found: Found, kind: str) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 3))
    y: Any = X @ [1.0, 2.0, 3.0] + rng.normal(size=200)
    extra = {"regression": y, "other units": 100 * y + 3}.get(kind, y)
    model: Any = LinearRegression()
    if kind not in ("regression", "other units"):
        y = np.digitize(y, [-2, 2] if kind == "three" else [0])
        extra, model = y.astype(float), LogisticRegression()
    if kind == "nearly":
        extra[:1] = 1 - extra[:1]
    X = pd.DataFrame(X, columns=["a", "b", "c"]).assign(answer=extra)
    model.fit(X, pd.Series(y))
    (finding,) = found()
    assert finding["check"] == "leak"
    assert "'answer'" in finding["text"]
    assert ("in other units" in finding["text"]) == (kind == "other units")
    assert ("nearly" in finding["text"]) == (kind == "nearly")


def test_good_features_are_no_copies(found: Found) -> None:
    X, y = datasets.load_iris(return_X_y=True)
    LogisticRegression(max_iter=500).fit(X, y)
    walk = np.cumsum(np.random.default_rng(0).normal(size=3000))
    lags = np.column_stack([walk[1:-1], walk[:-2]])
    LinearRegression().fit(lags, walk[2:])
    LinearRegression().fit(np.arange(50.0)[:, None], 3 * np.arange(50.0) + 2)
    rare = np.zeros((500, 2))
    rare[:5, 0] = rare[3:9, 1] = 1
    LogisticRegression().fit(rare, (np.arange(500) < 4).astype(int))
    assert found() == []


# Training score far above test score.


def test_a_gap_between_training_and_test(found: Found) -> None:
    X_train, X_test, y_train, y_test = split(flip_y=0.4)
    model = DecisionTreeClassifier(random_state=0).fit(X_train, y_train)
    metrics.accuracy_score(y_test, model.predict(X_test))
    (finding,) = found()
    assert finding["check"] == "gap"
    assert finding["text"].startswith("accuracy score: 1 in training, 0.")
    assert finding["text"].endswith("on X_test.")


def test_a_gap_to_test_data_that_nobody_looked_at(found: Found) -> None:
    X_train, _X_test, y_train, _y_test = split(flip_y=0.4)
    DecisionTreeClassifier(random_state=0).fit(X_train, y_train)
    (finding,) = found()
    assert finding["check"] == "gap"
    assert finding["text"].endswith("on the test data.")


def test_no_gap_where_training_tells_nothing_or_the_model_is_as_good(found: Found) -> None:
    X_train, X_test, y_train, y_test = split(flip_y=0.4)
    RandomForestClassifier(20, random_state=0).fit(X_train, y_train).score(X_test, y_test)
    LogisticRegression().fit(X_train, y_train).score(X_test, y_test)
    assert found() == []


# Constant and equal features.


def test_constant_and_equal_features(found: Found) -> None:
    X, y = datasets.make_regression(100, 4, noise=5, random_state=0)
    frame = pd.DataFrame(X, columns=list("abcd")).assign(version=3.5, again=X[:, 1])
    Ridge().fit(frame, y)
    (finding,) = found()
    assert finding["check"] == "columns"
    assert finding["text"] == "Of 6 features, 'version' is constant; 'again' equals 'b'."


def test_ordinary_columns_are_no_finding(found: Found) -> None:
    from sklearn.feature_selection import VarianceThreshold
    from sklearn.preprocessing import PolynomialFeatures

    X, y = datasets.make_regression(100, 4, noise=5, random_state=0)
    Ridge().fit(PolynomialFeatures().fit_transform(X), y)
    constant = np.column_stack([X, np.full(100, 7.0)])
    make_pipeline(VarianceThreshold(), Ridge()).fit(constant, y)
    PCA().fit(constant)
    flags = pd.get_dummies(pd.Series(list("aabbbbbbcd") * 10), dtype=float).assign(never=0.0)
    Ridge().fit(flags, y)
    digits, labels = datasets.load_digits(return_X_y=True)
    LogisticRegression(max_iter=5).fit(digits / 16, labels)
    assert found() == []


# Accuracy of an unbalanced target.


def unbalanced() -> tuple[Any, ...]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(1000, 3))
    y = (X[:, 0] + rng.normal(0, 2, 1000) > 3.6).astype(int)
    return train_test_split(X, y, random_state=0)


def test_accuracy_of_an_unbalanced_target(found: Found) -> None:
    X_train, X_test, y_train, y_test = unbalanced()
    model = LogisticRegression().fit(X_train, y_train)
    model.score(X_test, y_test)
    (finding,) = found()
    assert finding["check"] == "balance"
    assert "% of the training rows are of one class (0)" in finding["text"]
    metrics.confusion_matrix(y_test, model.predict(X_test))
    assert found() == []
    metrics.accuracy_score(y_test, model.predict(X_test))
    assert found() == []


# No seed.


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda: RandomForestClassifier(5), "RandomForestClassifier draws"),
        (lambda: make_pipeline(StandardScaler(), RandomForestClassifier(5)), "RandomForest"),
        (
            lambda: GridSearchCV(LogisticRegression(), {"C": [1, 2]}, cv=KFold(3, shuffle=True)),
            "KFold draws",
        ),
        (lambda: DecisionTreeClassifier(max_features=2), "DecisionTreeClassifier"),
    ],
)
def test_no_seed(found: Found, make: Callable[[], Any], named: str) -> None:
    X, _, y, _ = split()
    make().fit(X, y)
    (finding,) = found()
    assert finding["check"] == "seed"
    assert named in finding["text"]


def test_a_split_without_a_seed(found: Found) -> None:
    X, y = datasets.make_regression(200, 4, noise=5, random_state=0)
    X_train, _, y_train, _ = train_test_split(X, y)
    scaler = StandardScaler().fit(X_train)
    assert found() == []
    Ridge().fit(scaler.transform(X_train), y_train)
    (finding,) = found()
    assert finding["text"] == "train_test_split draws random numbers, and random_state is not set."
    X_train, _, y_train, _ = train_test_split(X, y, random_state=0)
    Ridge().fit(X_train, y_train)
    first, _, _, _ = train_test_split(X, y, shuffle=False)
    Ridge().fit(first, y[:150])
    assert len(found()) == 1


def test_a_cross_validation_without_a_seed(found: Found) -> None:
    X, _, y, _ = split()
    cross_val_score(LogisticRegression(), X, y, cv=KFold(3, shuffle=True))
    (finding,) = found()
    assert finding["text"].startswith("KFold draws")
    cross_val_score(LogisticRegression(), X, y, cv=KFold(3, shuffle=True, random_state=0))
    cross_val_score(LogisticRegression(), X, y, cv=3)
    assert len(found()) == 1


def test_what_is_seeded_or_draws_nothing(found: Found) -> None:
    X, _, y, _ = split()
    LogisticRegression().fit(X, y)
    DecisionTreeClassifier().fit(X, y)
    RandomForestClassifier(5, random_state=np.random.RandomState(0)).fit(X, y)
    folds = KFold(3, shuffle=True, random_state=1)
    GridSearchCV(LogisticRegression(), {"C": [1, 2]}, cv=folds).fit(X, y)
    GridSearchCV(LogisticRegression(), {"C": [1, 2]}, cv=KFold(3)).fit(X, y)
    assert found() == []


@pytest.mark.parametrize(
    ("sources", "is_seeded"),
    [
        (["", "import numpy as np\nnp.random.seed(42)", "x = 1"], True),
        (["", "def seed_everything(n):\n    pass\nseed_everything(3)"], True),
        (["", "random_state = 42"], False),
    ],
)
def test_a_seed_set_in_an_earlier_cell(
    monkeypatch: pytest.MonkeyPatch, sources: list[str], is_seeded: bool
) -> None:
    import __main__

    monkeypatch.setattr(__main__, "In", sources, raising=False)
    monkeypatch.setattr(seed, "_sources", seed._Sources())
    assert seed.is_seeded_elsewhere() == is_seeded
    sources.append("torch.manual_seed(1)")
    assert seed.is_seeded_elsewhere()


# Switched off, bounded.


@pytest.mark.parametrize("off", [False, {"leak": False, "seed": False}])
def test_checks_are_switched_off(found: Found, off: Any) -> None:
    mltrack.autolog(checks=off)
    X, _, y, _ = split()
    RandomForestClassifier(5).fit(np.column_stack([X, y]), y)
    assert found() == []
    api.change("sklearn", {"checks": {"leak": True}})
    RandomForestClassifier(5).fit(np.column_stack([X, y]), y)
    assert checks_of(found()) == ["leak"]


def test_the_tag_is_bounded(logged: Logged) -> None:
    with mltrack.start_run() as run:
        for name in NAMES:
            tell(run, Finding(name, "ü\0" * 5000, "\ud800" * 5000))
    (stored,) = logged()
    text = stored.data.tags[CHECKS_TAG]
    assert len(text) < MAX_TAG_LENGTH
    assert [len(finding["text"]) for finding in json.loads(text)] == [MAX_TEXT] * len(NAMES)


def test_the_fits_of_a_loop_are_not_all_looked_at(found: Found) -> None:
    X, _, y, _ = split(rows=100)
    leaky = np.column_stack([X, y])
    for _ in range(60):
        LogisticRegression(max_iter=5).fit(leaky, y)
    assert 1 <= len(found()) < 60
