"""Threads, processes, tasks."""

import asyncio
import contextvars
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import joblib
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC

from tests.autolog.hostile.table import CLASSIFIER, Own, X, Y, calls, case, weights


@case(runs=4, metrics=CLASSIFIER)
def fitted_in_threads() -> Any:
    results: list[Any] = [None] * 4

    def work(number: int) -> None:
        results[number] = weights(LogisticRegression(C=number + 1).fit(X, Y))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@case(runs=4, metrics=CLASSIFIER)
def fitted_in_a_pool() -> Any:
    with ThreadPoolExecutor(2) as pool:
        models = list(pool.map(lambda c: LogisticRegression(C=c).fit(X, Y), (1, 2, 3, 4)))
    return [weights(model) for model in models]


@case(unstable=("filters",))
def voting_in_threads() -> Any:
    # scikit-learn's threads put the warnings' filters back in any order.
    parts = [("a", LogisticRegression()), ("b", SVC())]
    with joblib.parallel_config("threading", n_jobs=2):
        return VotingClassifier(parts, n_jobs=2).fit(X, Y).predict(X).tolist()


@case(runs=3, metrics=("best_cv_score",), unstable=("err",))
def in_workers() -> Any:
    search = GridSearchCV(SVC(), {"C": [1, 2]}, cv=2, n_jobs=2).fit(X, Y)
    return search.best_params_


@case(runs=0, metrics=(), unstable=("err",))
def bound_method_in_workers() -> Any:
    fits = joblib.Parallel(n_jobs=2)(
        joblib.delayed(LogisticRegression(C=c).fit)(X, Y) for c in (1, 2)
    )
    return [weights(model) for model in fits]


@case(runs=0, metrics=(), unstable=("err",))
def own_class_in_workers() -> Any:
    class Here(Own):
        def fit(self, X: Any, y: Any = None) -> Any:
            self.worker_ = os.getpid()
            return self

    models = joblib.Parallel(n_jobs=2)(joblib.delayed(Here(c).fit)(X, Y) for c in (1, 2))
    return [model.alpha for model in models], os.getpid() in {m.worker_ for m in models}


@case(runs=2, unstable=("filters",))
def parallel_prediction() -> Any:
    model = KNeighborsClassifier(3, n_jobs=2).fit(X, Y)
    forest = RandomForestClassifier(3, n_jobs=2, random_state=0).fit(X, Y)
    return model.predict(X).tolist(), forest.predict_proba(X).tolist()


@case(runs=2, metrics=CLASSIFIER)
def in_tasks() -> Any:
    async def work(c: float) -> Any:
        await asyncio.sleep(0)
        return weights(LogisticRegression(C=c).fit(X, Y))

    async def both() -> Any:
        return await asyncio.gather(work(1), work(2))

    return asyncio.run(both())


@case(metrics=CLASSIFIER)
def in_another_thread_of_a_loop() -> Any:
    async def work() -> Any:
        return await asyncio.to_thread(LogisticRegression().fit, X, Y)

    return weights(asyncio.run(work()))


@case()
def context_of_ones_own() -> Any:
    variable: contextvars.ContextVar[int] = contextvars.ContextVar("variable", default=0)

    class Setting(Own):
        def fit(self, X: Any, y: Any = None) -> Any:
            variable.set(5)
            return self

    empty = contextvars.Context()
    empty.run(Setting().fit, X, Y)
    return variable.get(), empty[variable], len(empty)


@case()
def contexts_variable_set_in_fit() -> Any:
    variable: contextvars.ContextVar[int] = contextvars.ContextVar("variable", default=0)

    class Setting(Own):
        def fit(self, X: Any, y: Any = None) -> Any:
            variable.set(5)
            return self

    Setting().fit(X, Y)
    return variable.get()


class Forking(Own):
    def fit(self, X: Any, y: Any = None) -> Any:
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            inner = LogisticRegression().fit(X, y)
            os.write(writing, weights(inner))
            os._exit(0)
        os.close(writing)
        self.learned_ = os.read(reading, 1000)
        os.close(reading)
        self.status_ = os.waitpid(child, 0)[1]
        return self


@case()
def forks_in_fit() -> Any:
    model = Forking().fit(X, Y)
    return model.learned_, model.status_


@case(runs=1)
def child_returns_from_fit() -> Any:
    """A child process goes on after the fit that forked it; its record stays the parent's."""

    class Splitting(Own):
        def fit(self, X: Any, y: Any = None) -> Any:
            self.child_ = os.fork()
            return self

    model = Splitting().fit(X, Y)
    if model.child_ == 0:
        os._exit(7)
    return os.waitstatus_to_exitcode(os.waitpid(model.child_, 0)[1])


class Waiting(Own):
    def fit(self, X: Any, y: Any = None) -> Any:
        threads = [threading.Thread(target=Own().fit, args=(X, y)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        calls.append(f"{threading.active_count() - len(threading.enumerate())} more")
        return self


@case(runs=4)
def threads_inside_a_fit() -> Any:
    return Waiting().fit(X, Y).alpha
