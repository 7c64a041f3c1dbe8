"""Looking at classes and functions: documentation, sources, hints, mocks, doctests."""

import contextlib
import doctest
import inspect
import io
import pydoc
import typing
from typing import Any
from unittest import mock

from sklearn import metrics
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tests.autolog.hostile.table import CLASSIFIER, Own, X, Y, calls, case


class Hinted(Own):
    def fit(self, X: list[float], y: "list[int] | None" = None) -> "Hinted":
        """Fit it.

        >>> Hinted().fit([1, 2], [0, 1]).alpha
        1.0
        """
        calls.append("fit")
        return self


@case(runs=0, metrics=())
def inspected() -> Any:
    model = LogisticRegression()
    return (
        str(inspect.signature(model.fit)),
        str(inspect.signature(LogisticRegression.fit)),
        inspect.isfunction(LogisticRegression.fit),
        inspect.ismethod(model.fit),
        inspect.isroutine(model.fit),
        inspect.iscoroutinefunction(model.fit),
        model.fit.__doc__,
        model.fit.__name__,
        model.fit.__qualname__,
        model.fit.__module__,
        inspect.getdoc(model.fit),
        inspect.getsource(model.fit),
        inspect.getsourcefile(model.fit),
        inspect.getsource(accuracy_score),
        inspect.getfullargspec(model.fit),
        hasattr(make_pipeline(StandardScaler()), "predict"),
        repr(accuracy_score) == repr(accuracy_score.__wrapped__),
    )


@case(runs=0, metrics=())
def inspected_of_ones_own() -> Any:
    return (
        sorted(name for name, _ in inspect.getmembers(Own, inspect.isfunction)),
        sorted(name for name, _ in inspect.getmembers(Own(), inspect.ismethod)),
        typing.get_type_hints(Hinted.fit),
        typing.get_type_hints(Hinted().fit),
        Hinted.fit.__code__.co_varnames,
        Hinted().fit.__func__.__defaults__,
        Hinted.fit.__annotations__,
        isinstance(Hinted.fit, type(lambda: 0)),
        isinstance(Hinted().fit, type(Own().predict)),
        [item.name for item in inspect.classify_class_attrs(Hinted) if item.kind == "method"],
        sorted(set(dir(Hinted)) & {"fit", "predict", "score"}),
        issubclass(Hinted, Own),
        callable(Hinted().fit),
        Hinted().fit.__func__.__name__,
        inspect.unwrap(Hinted.fit) is Hinted.fit,
    )


@case(runs=0, metrics=())
def help_pages() -> Any:
    pages = [Hinted, LogisticRegression.fit, accuracy_score, metrics.f1_score, Hinted().fit]
    return [pydoc.plain(pydoc.render_doc(page)) for page in pages]


@case(runs=1)
def doctests() -> Any:
    finder = doctest.DocTestFinder(recurse=True)
    found = [test for test in finder.find(Hinted, "Hinted", globs=globals()) if test.examples]
    stream = io.StringIO()
    with contextlib.redirect_stdout(stream):
        results = [doctest.DocTestRunner().run(test) for test in found]
    return [test.name for test in found], results, stream.getvalue()


@case(runs=0, metrics=())
def mocked_class() -> Any:
    with mock.patch.object(LogisticRegression, "fit") as fit:
        fit.return_value = "mocked"
        result = LogisticRegression().fit(X, Y)
    return result, fit.call_count, len(fit.call_args.args)


@case(runs=0, metrics=())
def mocked_with_a_specification() -> Any:
    with mock.patch.object(LogisticRegression, "fit", autospec=True) as fit:
        LogisticRegression().fit(X, Y)
        try:
            LogisticRegression().fit(X, Y, None, None, None)
        except TypeError as error:
            refused = str(error)
    return fit.call_count, refused, fit.__name__, inspect.isfunction(LogisticRegression.fit)


@case(runs=1, metrics=CLASSIFIER)
def mocked_around_the_original() -> Any:
    # What the mock was told to call is the function as it was asked of the class.
    with mock.patch.object(LogisticRegression, "fit", autospec=True) as fit:
        LogisticRegression().fit(X, Y)
    after = LogisticRegression().fit(X, Y)
    return fit.call_count, after.n_features_in_, "fit" in vars(LogisticRegression)


@case(metrics=CLASSIFIER)
def mocked_instance() -> Any:
    model = LogisticRegression().fit(X, Y)
    with mock.patch.object(model, "predict", return_value=[1]):
        mocked = model.predict(X)
    return mocked, len(model.predict(X)), "predict" in vars(model)


@case(metrics=(*CLASSIFIER,))
def mocked_metric() -> Any:
    model = LogisticRegression().fit(X, Y)
    with mock.patch("sklearn.metrics.accuracy_score", return_value=2) as metric:
        found = metrics.accuracy_score(Y, model.predict(X))
    return found, metric.call_count, metrics.accuracy_score is accuracy_score


@case(runs=2)
def method_taken_from_one_class_for_another() -> Any:
    class Borrowing(Own):
        fit = Hinted.fit  # type: ignore[assignment]
        train = Own.fit

    class Wrapping(Own):
        def fit(self, X: Any, y: Any = None) -> Any:
            return Own.fit(self, X, y)

    return Borrowing().fit(X, Y).alpha, Wrapping().fit(X, Y).classes_.tolist()


@case(runs=0, metrics=())
def identities() -> Any:
    model = Own()
    return (
        Own.fit is Own.fit,
        model.fit == model.fit,
        hash(model.fit) == hash(model.fit),
        model.fit.__self__ is model,
        len({accuracy_score, metrics.accuracy_score}),
        Own.fit == Own().fit.__func__ or Own.fit is inspect.unwrap(Own().fit.__func__),
        "fit" in vars(Own),
        set(vars(Own)) >= {"fit", "predict"},
    )
