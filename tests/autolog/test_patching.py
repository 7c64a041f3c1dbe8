"""What is observed stays what it was, and stop puts the originals back."""

import gc
import inspect
import pickle
import subprocess
import sys
import weakref
from typing import Any
from unittest import mock

import cloudpickle
import pytest
from sklearn import metrics
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from jupyter_mltrack.autolog import api
from jupyter_mltrack.autolog.observed import Observed
from jupyter_mltrack.autolog.patching import Patcher
from jupyter_mltrack.autolog.usercode import all_subclasses
from jupyter_mltrack.store.contract import Store
from jupyter_mltrack.tracking.problems import problems
from tests.conftest import run_python


def attributes() -> dict[tuple[str, str], Any]:
    """Every attribute of every estimator class and its bases."""
    kinds = {base for kind in all_subclasses(BaseEstimator) for base in kind.__mro__[:-1]}
    return {
        (f"{kind.__module__}.{kind.__qualname__}", name): value
        for kind in kinds
        for name, value in vars(kind).items()
        if not name.startswith(("_abc", "__weakref__", "__dict__"))
    }


def closures() -> dict[str, list[Any]]:
    return {
        name: [cell.cell_contents for cell in getattr(metrics, name).__closure__ or ()]
        for name in metrics.__all__
        if inspect.isfunction(getattr(metrics, name))
    }


def test_stop_restores_every_original(store: Store) -> None:
    before = attributes(), closures()
    finders = list(sys.meta_path)
    api.start()
    assert isinstance(vars(LogisticRegression)["fit"], Observed)
    assert api.status().frameworks[0].patched > 100
    api.stop()
    after = attributes(), closures()
    assert after[0].keys() == before[0].keys()
    assert all(after[0][key] is before[0][key] for key in before[0])
    assert all(
        one is other
        for name in before[1]
        for one, other in zip(before[1][name], after[1][name], strict=True)
    )
    assert sys.meta_path == finders
    assert api.status().frameworks[0].state == "off"


def test_starting_twice_stopping_twice(store: Store) -> None:
    original = vars(LogisticRegression)["fit"]
    api.start()
    patched = api.status().frameworks[0].patched
    api.start()
    assert api.status().frameworks[0].patched == patched
    api.stop()
    api.stop()
    assert vars(LogisticRegression)["fit"] is original


@pytest.mark.usefixtures("autologging")
def test_through_the_class_it_is_the_original() -> None:
    fit = LogisticRegression.fit
    assert inspect.isfunction(fit)
    assert pickle.loads(pickle.dumps(fit)) is fit
    assert LogisticRegression().fit.__wrapped__ is fit.__wrapped__
    model = LogisticRegression()
    assert model.fit == model.fit
    assert inspect.signature(model.fit) == inspect.signature(fit.__get__(model))


@pytest.mark.usefixtures("autologging")
def test_a_bound_method_is_pickled_without_us() -> None:
    content = cloudpickle.dumps(LogisticRegression(C=3).fit)
    assert b"jupyter_mltrack" not in content
    assert pickle.loads(content).__self__.C == 3


@pytest.mark.usefixtures("autologging")
def test_a_class_of_the_notebook_is_pickled_without_us() -> None:
    code = (
        "import cloudpickle\n"
        "from sklearn.base import BaseEstimator\n"
        "from jupyter_mltrack.autolog import api\n"
        "api.start()\n"
        "class Mine(BaseEstimator):\n"
        "    def fit(self, X, y=None):\n"
        "        self.done_ = True\n"
        "        return self\n"
        "print(cloudpickle.dumps(Mine()).hex())\n"
    )
    content = bytes.fromhex(run_python(code))
    assert b"jupyter_mltrack" not in content
    subprocess.run(
        [sys.executable, "-c", f"import pickle; assert pickle.loads({content!r}).fit([]).done_"],
        check=True,
    )


@pytest.mark.usefixtures("autologging")
def test_a_method_that_is_not_available_is_not() -> None:
    pipe = make_pipeline(StandardScaler())
    assert not hasattr(pipe, "predict")
    with pytest.raises(AttributeError, match="has no attribute 'predict'"):
        pipe.predict  # noqa: B018
    assert hasattr(make_pipeline(LogisticRegression()), "predict_proba")


@pytest.mark.usefixtures("autologging")
def test_classes_defined_later_are_observed_and_not_kept() -> None:
    class Later(TransformerMixin, BaseEstimator):
        def fit(self, X: Any, y: Any = None) -> Any:
            return self

        def transform(self, X: Any) -> Any:
            return X

    assert isinstance(vars(Later)["fit"], Observed)
    assert isinstance(vars(Later)["transform"], Observed)
    count = api.status().frameworks[0].patched
    reference = weakref.ref(Later)
    del Later
    gc.collect()
    assert reference() is None
    assert api.status().frameworks[0].patched == count - 2


@pytest.mark.usefixtures("autologging")
def test_classes_whose_methods_call_super_are_not_kept() -> None:
    def define() -> Any:
        class Dropped(LogisticRegression):
            def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Any:
                return super().fit(X, y, sample_weight)

        assert isinstance(vars(Dropped)["fit"], Observed)
        return weakref.ref(Dropped)

    dropped = [define(), define()]
    api.refresh()
    gc.collect()
    assert [reference() for reference in dropped] == [None, None]


class Unseen:
    """Keeps subclasses from being seen when they are defined."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        pass


@pytest.mark.usefixtures("autologging")
def test_what_is_not_seen_when_it_happens_is_found_before_the_next_cell() -> None:
    def fit(self: Any, X: Any, y: Any = None) -> Any:
        return self

    api.refresh()
    for _ in range(3):  # at each cell again: the class of the last one may be gone

        class Mine(Unseen, LogisticRegression):
            def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Any:
                return self

        assert type(vars(Mine)["fit"]) is not Observed
        api.refresh()
        assert type(vars(Mine)["fit"]) is Observed
        Mine.fit = fit  # type: ignore[method-assign]
        api.refresh()
        assert type(vars(Mine)["fit"]) is Observed
        Mine.predict = fit  # type: ignore[method-assign]
        api.refresh()
        assert type(vars(Mine)["predict"]) is Observed
        del Mine
        gc.collect()


@pytest.mark.usefixtures("autologging")
def test_a_library_s_method_replaced_or_added_is_found_before_the_next_cell(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    api.refresh()
    with monkeypatch.context() as patch:
        patch.setattr(LogisticRegression, "fit", lambda self, *_: self)
        api.refresh()
        assert type(vars(LogisticRegression)["fit"]) is Observed
        patch.setattr(StandardScaler, "predict", lambda _, X: X, raising=False)
        api.refresh()
        assert type(vars(StandardScaler)["predict"]) is Observed
    api.refresh()
    assert type(vars(LogisticRegression)["fit"]) is Observed


@pytest.mark.usefixtures("autologging")
def test_what_someone_else_patched_since_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = lambda *_: "theirs"  # noqa: E731
    monkeypatch.setattr(Pipeline, "fit", theirs)
    api.stop()
    assert vars(Pipeline)["fit"] is theirs


@pytest.mark.parametrize("is_next_cell", [False, True])
def test_what_someone_puts_back_after_the_stop_sees_nothing(
    is_next_cell: bool, logged: Any, data: Any
) -> None:
    api.start()
    with mock.patch.object(LogisticRegression, "fit", lambda self, *_: self):
        if is_next_cell:
            api.refresh()  # the mock is observed in its place
        api.stop()
    LogisticRegression().fit(*data)
    assert logged() == []
    api.start()
    try:
        LogisticRegression().fit(*data)
    finally:
        api.stop()
    assert [run.info.run_name for run in logged()] == ["LogisticRegression()"]
    assert inspect.isfunction(vars(LogisticRegression)["fit"])


def test_an_observer_that_fails_costs_nothing() -> None:
    class Thing:
        def work(self, a: int, *, b: int = 2) -> int:
            """Add."""
            return a + b

    def watch(_: Any) -> Any:
        raise RuntimeError("ours")

    problems.clear()
    patcher = Patcher()
    assert patcher.observe_method(Thing, "work", watch)
    assert Thing().work(1, b=5) == 6
    assert [problem.message for problem in problems.list_problems()] == ["RuntimeError: ours"]
    patcher.unpatch_all()
    assert inspect.isfunction(vars(Thing)["work"])
    problems.clear()


def test_sklearn_is_awaited_not_imported() -> None:
    code = (
        "import sys\n"
        "from jupyter_mltrack.autolog import api\n"
        "finders = list(sys.meta_path)\n"
        "api.start()\n"
        "assert not {'sklearn', 'numpy', 'pandas'} & set(sys.modules)\n"
        "assert api.status().frameworks[0].state == 'waiting'\n"
        "import sklearn.base, sklearn.metrics\n"
        "from sklearn.linear_model import Ridge\n"
        "assert api.status().frameworks[0].state == 'on'\n"
        "loader = sklearn.base.__spec__.loader\n"
        "assert 'exec_module' not in vars(loader)\n"
        "from sklearn.decomposition import PCA\n"
        "Ridge().fit([[0.], [1.], [2.]], [0., 1., 2.])\n"
        "PCA(1).fit_transform([[0., 1.], [1., 2.], [2., 0.]])\n"
        "print(api.status().recorded_fits)\n"
        "api.stop()\n"  # until then others are waited for, such as xgboost
        "assert sys.meta_path == finders\n"
    )
    assert run_python(code).strip() == "2"


def test_stopping_before_sklearn_comes() -> None:
    code = (
        "import sys\n"
        "from jupyter_mltrack.autolog import api\n"
        "finders = list(sys.meta_path)\n"
        "api.start(); api.stop()\n"
        "assert sys.meta_path == finders\n"
        "from sklearn.linear_model import Ridge\n"
        "print(type(vars(Ridge)['fit']).__name__)\n"
    )
    assert run_python(code).strip() == "function"


def test_a_forked_child_records_nothing(store: Store) -> None:
    import multiprocessing

    api.start()
    try:
        context = multiprocessing.get_context("fork")
        with context.Pool(1) as pool:
            assert pool.apply(fitted_in_child) == 0
    finally:
        api.stop()


def fitted_in_child() -> int:
    from jupyter_mltrack.autolog import state

    before = state.recorded_fits
    LogisticRegression().fit([[0.0], [1.0]], [0, 1])
    return state.recorded_fits - before


def test_stopping_while_classes_of_cells_are_collected() -> None:
    patcher = Patcher()
    threshold = gc.get_threshold()
    gc.disable()
    try:
        for _ in range(2000):  # as many as a notebook's cells made and dropped
            patcher.observe_method(type("Dropped", (), {"fit": lambda _: 1}), "fit", lambda _: None)
        gc.set_threshold(gc.get_count()[0] + 1000)  # a collection in the midst of stopping
        gc.enable()
        patcher.unpatch_all()
    finally:
        gc.set_threshold(*threshold)
        gc.enable()
    assert len(patcher) == 0
