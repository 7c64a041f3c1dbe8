"""Data that are strange."""

import tempfile
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.cluster import KMeans
from sklearn.dummy import DummyClassifier
from sklearn.feature_extraction import DictVectorizer, FeatureHasher
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.multioutput import MultiOutputClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import LabelEncoder, OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from tests.autolog.hostile.table import CLASSIFIER, Own, X, Y, calls, case, weights

REGRESSOR = ("training_score", "training_r2_score", "training_mean_squared_error")


@case(metrics=CLASSIFIER, params={"C": "1.0"}, model="READY")
def logistic() -> Any:
    return weights(LogisticRegression().fit(X, Y))


@case(metrics=("training_score", "training_accuracy_score"))
def one_class() -> Any:
    return DummyClassifier().fit(X, np.zeros(60)).predict(X).sum()


@case(status="FAILED", params={"C": "1.0"})
def empty_data() -> Any:
    return LogisticRegression().fit(np.empty((0, 3)), [])


@case(metrics=(), status="FAILED")
def no_columns() -> Any:
    return StandardScaler().fit(np.empty((5, 0)))


@case(metrics=CLASSIFIER)
def sparse_data() -> Any:
    return weights(LogisticRegression().fit(sparse.csr_matrix(X), Y))


@case(runs=4, metrics=CLASSIFIER)
def sparse_of_every_kind() -> Any:
    kinds = (sparse.csc_matrix, sparse.coo_matrix, sparse.lil_matrix, sparse.csr_array)
    return [weights(LogisticRegression().fit(kind(X), Y)) for kind in kinds]


@case(metrics=("training_accuracy_score",))
def object_dtype() -> Any:
    return DecisionTreeClassifier(random_state=0).fit(X.astype(object), list("ab" * 30)).n_classes_


@case(metrics=CLASSIFIER)
def lists() -> Any:
    return weights(LogisticRegression().fit(X.tolist(), Y.tolist()))


@case(metrics=CLASSIFIER)
def tuples() -> Any:
    return weights(LogisticRegression().fit(tuple(map(tuple, X.tolist())), tuple(Y.tolist())))


@case()
def generator_data() -> Any:
    counts = CountVectorizer().fit_transform(text for text in ["a bc de", "bc bc"])
    return counts.toarray().tolist()


class Reading(Own):
    def fit(self, X: Any, y: Any = None) -> Any:
        self.seen_ = [list(X), list(y)]
        return self


@case(runs=3)
def iterators() -> Any:
    first = Reading().fit((x for x in "abc"), iter([1, 2, 3])).seen_
    second = Reading().fit(map(str, range(3)), zip("ab", "cd", strict=True)).seen_
    mappings = ({"a": number} for number in range(3))
    return first, second, DictVectorizer().fit(mappings).feature_names_


class Watched:
    """Data that tell who looks at them."""

    def __init__(self, values: Any) -> None:
        self.data = values

    def __len__(self) -> int:
        calls.append("len")
        return len(self.data)

    def __getitem__(self, key: Any) -> Any:
        calls.append("getitem")
        return self.data[key]

    def __iter__(self) -> Any:
        calls.append("iter")
        return iter(self.data)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        calls.append("array")
        return np.asarray(self.data, dtype=dtype)

    @property
    def shape(self) -> Any:
        calls.append("shape")
        return self.data.shape

    @property
    def dtype(self) -> Any:
        calls.append("dtype")
        return self.data.dtype

    def __eq__(self, other: object) -> Any:
        calls.append("eq")
        raise RuntimeError("not comparable")

    __hash__ = None  # type: ignore[assignment]  # how Python spells unhashable


@case(params={"C": "1.0"})
def data_of_a_class() -> Any:
    model = LogisticRegression().fit(Watched(X), Watched(Y))
    return weights(model), model.predict(Watched(X)).tolist()


class Array(np.ndarray):
    """An array that tells what is made of it."""

    def __array_finalize__(self, other: Any) -> None:
        calls.append("finalize")

    def __array_ufunc__(self, ufunc: Any, method: Any, *inputs: Any, **kwargs: Any) -> Any:
        calls.append(f"ufunc {ufunc.__name__}")
        inputs = tuple(np.asarray(item) for item in inputs)
        return getattr(ufunc, method)(*inputs, **kwargs)

    def __getitem__(self, key: Any) -> Any:
        calls.append("getitem")
        return super().__getitem__(key)


@case(params={"C": "1.0"})
def array_of_a_class() -> Any:
    return weights(LogisticRegression().fit(X.view(Array), Y.view(Array)))


@case(metrics=CLASSIFIER)
def read_only() -> Any:
    locked = X.copy()
    locked.setflags(write=False)
    return weights(LogisticRegression().fit(locked, Y))


@case(metrics=CLASSIFIER)
def memory_mapped() -> Any:
    with tempfile.TemporaryFile() as file:
        values = np.memmap(file, X.dtype, "w+", shape=X.shape)
        values[:] = X
        return weights(LogisticRegression().fit(values, Y)), bytes(values)


@case(metrics=CLASSIFIER)
def memory_mapped_for_reading() -> Any:
    with tempfile.NamedTemporaryFile(suffix=".npy") as file:
        np.save(file.name, X)
        return weights(LogisticRegression().fit(np.load(file.name, mmap_mode="r"), Y))


@case()
def changed_in_place() -> Any:
    values = X.copy()
    StandardScaler(copy=False).fit_transform(values)
    return values.tobytes()


@case(metrics=REGRESSOR)
def several_targets() -> Any:
    return LinearRegression().fit(X, np.c_[Y, Y]).coef_.tobytes()


@case()
def several_labels() -> Any:
    targets = np.c_[Y, 1 - Y]
    tree = MultiOutputClassifier(DecisionTreeClassifier(random_state=0)).fit(X, targets)
    return tree.predict(X).tolist()


@case(metrics=("training_score", "training_accuracy_score", "training_roc_auc"))
def many_classes() -> Any:
    return KNeighborsClassifier(1).fit(X, np.arange(60) % 7).predict(X).tolist()


@case(metrics=())
def clusters() -> Any:
    return KMeans(3, random_state=0, n_init=1).fit_predict(X).tolist()


@case(metrics=CLASSIFIER)
def fortran_order() -> Any:
    return weights(LogisticRegression().fit(np.asfortranarray(X), Y))


@case(runs=3, metrics=CLASSIFIER)
def views() -> Any:
    wide = np.repeat(X, 4, axis=1)
    backwards = LogisticRegression().fit(wide[::-1, ::4], Y[::-1])
    broadcast = LogisticRegression().fit(np.broadcast_to(X, (1, 60, 3))[0], Y)
    swapped = LogisticRegression().fit(X.astype(">f8"), Y.astype(">i4"))
    return [weights(model) for model in (backwards, broadcast, swapped)]


@case(runs=5, metrics=())
def small_and_large_numbers() -> Any:
    half = DecisionTreeClassifier(random_state=0).fit(X.astype(np.float16), Y)
    large = DecisionTreeClassifier(random_state=0).fit(X * 1e30, Y * 2**62)
    flags = DecisionTreeClassifier(random_state=0).fit(X > 0.5, Y > 0)
    complete = LinearRegression().fit(X.astype(np.longdouble), Y)
    small = DecisionTreeRegressor(random_state=0).fit(X.astype(np.int8), Y * 1e300)
    trees = [model.predict(X).tolist() for model in (half, large, flags, small)]
    return trees, weights(complete)


@case(metrics=())
def missing_values() -> Any:
    holes = X.copy()
    holes[::7, 1] = np.nan
    holes[::5, 2] = np.nan
    return DecisionTreeClassifier(random_state=0).fit(holes, Y).predict(holes).tolist()


@case(status="FAILED", params={"C": "1.0"})
def infinities() -> Any:
    return LogisticRegression().fit(np.where(X > 0.9, np.inf, X), Y)


@case(status="FAILED", metrics=())
def huge_integers() -> Any:
    return LinearRegression().fit(np.array([[10**400], [1]], dtype=object), [1, 2])


@case(status="FAILED", metrics=())
def complex_numbers() -> Any:
    return LinearRegression().fit(X * 1j, Y)


@case(status="FAILED", metrics=())
def no_dimensions() -> Any:
    return LinearRegression().fit(np.array(5.0), np.array(1.0))


@case(status="FAILED", metrics=())
def a_number_as_data() -> Any:
    return LinearRegression().fit(5, 1)


@case(runs=5)
def data_of_every_kind() -> Any:
    records = np.zeros(5, dtype=[("a", "f8"), ("b", "U3")])
    days = np.array(["2024-01-01", "NaT"], dtype="datetime64[D]")
    masked = np.ma.masked_array([1.0, 2.0], [True, False])
    texts = np.array(["a", "🦜", "c" * 1000])
    values = (records, days, masked, texts, None)
    return [Own().fit(value, [1, 0]).classes_.tolist() for value in values]


@case(runs=2)
def text_labels() -> Any:
    codes = LabelEncoder().fit_transform(["b", "a", "b"])
    model = DecisionTreeClassifier(random_state=0).fit(X, np.where(Y, "yes🦜", "no\0"))
    return codes.tolist(), model.predict(X).tolist()


@case(status="FAILED", metrics=())
def labels_of_two_kinds() -> Any:
    return DecisionTreeClassifier().fit(X, [None, "a", 1] * 20)


@case(runs=2)
def categories() -> Any:
    encoder = OneHotEncoder().fit([["a"], ["b"]])
    hashed = FeatureHasher(4, input_type="string").fit_transform([["a", "b"], ["c"]])
    return encoder.categories_[0].tolist(), hashed.toarray().tolist()


@case(metrics=CLASSIFIER)
def keyword_arguments() -> Any:
    return weights(LogisticRegression().fit(y=Y, X=X, sample_weight=np.ones(60)))


@case(runs=2)
def weights_of_samples() -> Any:
    negative = LinearRegression().fit(X, Y, sample_weight=X[:, 0].tolist())
    zero = DecisionTreeClassifier(random_state=0).fit(X, Y, sample_weight=(X > 0.5)[:, 0])
    return weights(negative), zero.predict(X).tolist()


class Renaming(Own):
    def fit(self, data: Any, /, target: Any = None, *more: Any, **options: Any) -> Any:
        calls.append(f"fit {len(more)} {sorted(options)}")
        return self


@case(runs=3)
def arguments_of_other_names() -> Any:
    Renaming().fit(X, target=Y)
    Renaming().fit(X, Y, 1, 2, three=3)
    return Renaming().fit(X, X=Y).alpha
