"""Code as sound notebooks have it: the checks say nothing of it.

Each program is what a person would write, seeded and honest about what it measures.
"""

import json
from collections.abc import Callable

import pytest

from jupyter_mltrack.autolog.sklearn.checks import seed
from jupyter_mltrack.autolog.sklearn.checks.finding import CHECKS_TAG
from jupyter_mltrack.entities import Run

Logged = Callable[[], list[Run]]
pytestmark = [
    pytest.mark.usefixtures("no_problems", "autologging"),
    pytest.mark.filterwarnings("ignore"),
]

IMPORTS = """
import numpy as np
import pandas as pd
from sklearn import datasets, metrics
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.ensemble import *
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.feature_selection import SelectKBest
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import *
from sklearn.model_selection import GridSearchCV, StratifiedKFold, TimeSeriesSplit
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.naive_bayes import GaussianNB, MultinomialNB
from sklearn.neighbors import *
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline, Pipeline
from sklearn.preprocessing import *
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import *
"""

PROGRAMS = {
    "iris with a tree": """
X, y = datasets.load_iris(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
model = DecisionTreeClassifier(random_state=0).fit(X_train, y_train)
print(metrics.accuracy_score(y_train, model.predict(X_train)))
print(metrics.accuracy_score(y_test, model.predict(X_test)))
""",
    "iris as a frame, scored by its method": """
iris = datasets.load_iris(as_frame=True)
X_train, X_test, y_train, y_test = train_test_split(iris.data, iris.target, random_state=1)
for depth in (1, 2, 3):
    model = DecisionTreeClassifier(max_depth=depth, random_state=0).fit(X_train, y_train)
    print(model.score(X_train, y_train), model.score(X_test, y_test))
""",
    "digits with neighbours and a forest": """
X, y = datasets.load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.5, shuffle=False)
for model in (KNeighborsClassifier(), RandomForestClassifier(20, random_state=0), GaussianNB()):
    predicted = model.fit(X_train, y_train).predict(X_test)
    print(metrics.classification_report(y_test, predicted))
    print(metrics.accuracy_score(y_test, predicted))
""",
    "breast cancer with a scaled support vector machine": """
X, y = datasets.load_breast_cancer(return_X_y=True, as_frame=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=42)
scaler = StandardScaler().fit(X_train)
model = SVC().fit(scaler.transform(X_train), y_train)
print(model.score(scaler.transform(X_test), y_test))
pipe = make_pipeline(StandardScaler(), LogisticRegression()).fit(X_train, y_train)
print(pipe.score(X_test, y_test), pipe.predict(X_test[:5]))
""",
    "diabetes with a forest": """
X, y = datasets.load_diabetes(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
model = RandomForestRegressor(20, random_state=0).fit(X_train, y_train)
print(model.score(X_train, y_train), model.score(X_test, y_test))
print(metrics.r2_score(y_test, Ridge().fit(X_train, y_train).predict(X_test)))
""",
    "wine with a search": """
X, y = datasets.load_wine(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
search = GridSearchCV(make_pipeline(StandardScaler(), SVC()), {"svc__C": [0.1, 1, 10]}, cv=3)
search.fit(X_train, y_train)
print(search.best_params_, search.score(X_test, y_test))
print(metrics.accuracy_score(y_test, search.predict(X_test)))
""",
    "a cross-validation by hand": """
X, y = datasets.load_wine(return_X_y=True)
scores = []
for train, test in StratifiedKFold(5, shuffle=True, random_state=0).split(X, y):
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X[train], y[train])
    scores.append(metrics.accuracy_score(y[test], model.predict(X[test])))
print(np.mean(scores))
print(cross_val_score(SVC(), X, y, cv=3).mean())
final = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)
print(final.score(X, y))
""",
    "clusters": """
X, _ = datasets.make_blobs(300, random_state=0)
for k in (2, 3, 4):
    labels = KMeans(k, n_init=3, random_state=0).fit_predict(X)
    print(metrics.silhouette_score(X, labels))
PCA(2).fit_transform(X)
""",
    "a line, as tutorials draw it": """
rng = np.random.default_rng(0)
x = np.linspace(0, 10, 60)
y = 2 * x + 1 + rng.normal(size=60)
model = LinearRegression().fit(x[:, np.newaxis], y)
print(model.coef_, model.score(x[:, np.newaxis], y))
exact = LinearRegression().fit(x.reshape(-1, 1), 3 * x + 2)
toy = LinearRegression().fit([[0, 0], [1, 1], [2, 2]], [0, 1, 2])
plain = LinearRegression().fit(np.array([[1], [2], [3]]), np.array([2, 4, 6]))
""",
    "a polynomial": """
rng = np.random.default_rng(1)
x = rng.uniform(-3, 3, 200)
y = x**2 + rng.normal(size=200)
X = PolynomialFeatures(2).fit_transform(x[:, None])
model = LinearRegression().fit(X[:150], y[:150])
print(metrics.r2_score(y[150:], model.predict(X[150:])))
make_pipeline(PolynomialFeatures(3), Ridge()).fit(x[:, None], y)
""",
    "words": """
texts = [f"{'good great' if i % 2 else 'bad poor'} film {i % 7} {i % 11}" for i in range(200)]
y = [i % 2 for i in range(200)]
X_train, X_test, y_train, y_test = train_test_split(texts, y, random_state=0)
model = make_pipeline(TfidfVectorizer(), MultinomialNB()).fit(X_train, y_train)
print(model.score(X_test, y_test))
X = TfidfVectorizer().fit_transform(texts)
LogisticRegression().fit(X, y)
TruncatedSVD(2, random_state=0).fit(X)
""",
    "passengers": """
rng = np.random.default_rng(0)
n = 600
frame = pd.DataFrame({
    "age": rng.normal(35, 12, n).round(),
    "fare": rng.exponential(30, n).round(2),
    "class": rng.choice([1, 2, 3], n),
    "sex": rng.choice(["f", "m"], n),
    "port": rng.choice(["A", "B", None], n),
})
frame.loc[::9, "age"] = np.nan
odds = (frame.sex == "f") * 2 - frame["class"] * 0.5 + rng.normal(size=n)
frame["survived"] = (odds > 0).astype(int)
X, y = frame.drop(columns="survived"), frame.survived
columns = ColumnTransformer([
    ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), ["age", "fare", "class"]),
    ("words", OneHotEncoder(handle_unknown="ignore"), ["sex", "port"]),
])
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=3)
model = make_pipeline(columns, LogisticRegression()).fit(X_train, y_train)
predicted = model.predict(X_test)
print(metrics.accuracy_score(y_test, predicted), metrics.confusion_matrix(y_test, predicted))
flags = pd.get_dummies(X[["sex", "port", "class"]].astype(str))
DecisionTreeClassifier(max_depth=3, random_state=0).fit(flags, y)
""",
    "categories that repeat": """
rng = np.random.default_rng(2)
X = pd.DataFrame(rng.integers(0, 3, (800, 4)), columns=list("abcd"))
y = ((X.a + X.b > 2) ^ (rng.random(800) < 0.1)).astype(int)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
model = LogisticRegression().fit(X_train, y_train)
print(model.score(X_test, y_test))
""",
    "a rare class, looked at properly": """
X, y = datasets.make_classification(2000, weights=[0.95], flip_y=0.02, random_state=0)
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
model = LogisticRegression(class_weight="balanced").fit(X_train, y_train)
predicted = model.predict(X_test)
print(metrics.f1_score(y_test, predicted), metrics.accuracy_score(y_test, predicted))
print(metrics.roc_auc_score(y_test, model.predict_proba(X_test)[:, 1]))
""",
    "a series and its lags": """
rng = np.random.default_rng(0)
price = pd.Series(100 + np.cumsum(rng.normal(size=1500)), name="price")
frame = pd.DataFrame({f"lag{k}": price.shift(k) for k in range(1, 4)} | {"price": price}).dropna()
X, y = frame.drop(columns="price"), frame["price"]
for train, test in TimeSeriesSplit(3).split(X):
    model = Ridge().fit(X.iloc[train], y.iloc[train])
    print(metrics.mean_absolute_error(y.iloc[test], model.predict(X.iloc[test])))
tomorrow = frame.price.shift(-1).dropna()
LinearRegression().fit(frame.iloc[:-1], tomorrow)
""",
    "many models beside each other": """
X, y = datasets.make_classification(500, 10, flip_y=0.05, random_state=0)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
models = {
    "boosting": GradientBoostingClassifier(n_estimators=20),
    "histograms": HistGradientBoostingClassifier(max_iter=20),
    "forest": ExtraTreesClassifier(20, random_state=1),
    "bagging": BaggingClassifier(random_state=0),
    "net": MLPClassifier((8,), max_iter=30, random_state=0),
    "stack": StackingClassifier([("a", GaussianNB()), ("b", SVC())], cv=3),
    "vote": VotingClassifier([("a", GaussianNB()), ("b", LogisticRegression())]),
    "linear": LinearSVC(),
    "sgd": SGDClassifier(random_state=0),
}
for name, model in models.items():
    model.fit(X_train, y_train)
    print(name, model.score(X_test, y_test))
""",
    "selected features and interpolation": """
X, y = datasets.load_digits(return_X_y=True)
make_pipeline(SelectKBest(k=20), LogisticRegression(max_iter=20)).fit(X[:900], y[:900])
x = np.linspace(0, 5, 40)[:, None]
model = GaussianProcessRegressor(random_state=0).fit(x[::2], np.sin(x[::2, 0]))
print(model.score(x[1::2], np.sin(x[1::2, 0])))
KNeighborsRegressor(1).fit(x[::2], np.sin(x[::2, 0])).score(x[1::2], np.sin(x[1::2, 0]))
""",
    "a seed for everything at the top": """
np.random.seed(7)
X, y = datasets.load_wine(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y)
print(RandomForestClassifier(10).fit(X_train, y_train).score(X_test, y_test))
""",
    "a validation set, then all of the training data": """
X, y = datasets.load_diabetes(return_X_y=True)
X_rest, X_test, y_rest, y_test = train_test_split(X, y, test_size=0.2, random_state=0)
X_train, X_val, y_train, y_val = train_test_split(X_rest, y_rest, random_state=0)
best = max((0.1, 1, 10), key=lambda a: Ridge(alpha=a).fit(X_train, y_train).score(X_val, y_val))
final = Ridge(alpha=best).fit(X_rest, y_rest)
print(final.score(X_test, y_test), final.score(X_rest, y_rest))
""",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_nothing_is_said_of_sound_code(
    name: str, logged: Logged, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import __main__

    source = IMPORTS + PROGRAMS[name]
    monkeypatch.setattr(__main__, "In", ["", source], raising=False)
    monkeypatch.setattr(seed, "_sources", seed._Sources())
    exec(compile(source, "<cell>", "exec"), {"__name__": "__main__"})
    runs = logged()
    assert runs
    assert [
        run.data.tags[CHECKS_TAG] for run in runs if json.loads(run.data.tags.get(CHECKS_TAG, "[]"))
    ] == []
