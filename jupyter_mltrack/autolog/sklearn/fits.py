"""A fit becomes a run: params and data before it, metrics and the model after it."""

import functools
import inspect
import sys
import time
from typing import Any

from jupyter_mltrack.autolog import state
from jupyter_mltrack.autolog.callers import find_caller, variable_name
from jupyter_mltrack.autolog.describe import describe, short_name
from jupyter_mltrack.autolog.isolation import unmoved_random_states
from jupyter_mltrack.autolog.patching import Call, Finish
from jupyter_mltrack.autolog.runs import end_fit_run, open_fit_run
from jupyter_mltrack.autolog.sklearn import lineage, search
from jupyter_mltrack.autolog.sklearn.params import deep_params, own_generators, shallow_params
from jupyter_mltrack.autolog.sklearn.scores import FitData, Scores, training_scores
from jupyter_mltrack.capture.data import fingerprint
from jupyter_mltrack.errors import InvalidParameterValue
from jupyter_mltrack.models.flavors.sklearn import log_model
from jupyter_mltrack.tracking.active import ActiveRun
from jupyter_mltrack.tracking.clock import now_ms
from jupyter_mltrack.tracking.problems import problems

NOTES_TAG = "mltrack.autolog.notes"


def watch_fit(call: Call) -> Finish | None:
    """See a fit of the user's begin; the fits that libraries make inside theirs are not runs."""
    caller = find_caller(call.frame)
    if caller is None or not call.args:
        return None
    estimator = call.args[0]
    base = sys.modules["sklearn.base"].BaseEstimator
    if not isinstance(estimator, base) or state.options.excludes(type(estimator)):
        return None
    return _Fit(call, caller, estimator).finish


class _Fit:
    """A fit under way."""

    def __init__(self, call: Call, caller: Any, estimator: Any) -> None:
        self.name = call.name
        self.estimator = estimator
        self.notes: list[str] = []
        self.data = _fit_data(call)
        self.variable = variable_name(self.data.X, caller)
        self.params = deep_params(estimator)
        kind = type(estimator)
        tags = {
            "estimator_name": kind.__name__,
            "estimator_class": f"{kind.__module__}.{kind.__name__}",
            **state.options.extra_tags,
        }
        predicts = hasattr(kind, "predict") or hasattr(kind, "fit_predict")
        self.run = open_fit_run(
            short_name(estimator, shallow_params(estimator)), "sklearn", tags, predicts=predicts
        )
        with problems.caught("logging params"):
            self.notes += log_params(self.run, self.params)
        if state.options.log_datasets:
            with problems.caught("fingerprinting data"):
                self._log_dataset()
        self.start = time.perf_counter()

    def finish(self, result: Any, error: BaseException | None) -> None:
        """Record how the fit ended."""
        elapsed = time.perf_counter() - self.start
        end_time = now_ms()
        try:
            with problems.caught("recording a fit"):
                self.run.log_metric("fit_time_seconds", elapsed)
            if error is None:
                self._record(result)
            if self.notes:
                with problems.caught("recording a fit"):
                    self.run.set_tags({NOTES_TAG: "\n".join(self.notes)[:8000]})
        finally:
            with problems.caught("ending a run"):
                end_fit_run(self.run, error, end_time)

    def _record(self, result: Any) -> None:
        with problems.caught("remembering a model"):
            self._remember(result)
        scores = Scores()
        with problems.caught("training metrics"):
            scores = training_scores(
                self.estimator, self.data, self.params, state.options.pos_label
            )
            self.notes += scores.notes
        with problems.caught("logging training metrics"):
            self.run.log_metrics(scores.metrics)
        is_search = "cv_results_" in getattr(self.estimator, "__dict__", {})
        if is_search:
            with problems.caught("logging a search"):
                self.notes += search.log_search(self.run, self.estimator, self.params)
        if state.options.log_models:
            with unmoved_random_states(*own_generators(self.params)):
                self._log_models(scores, is_search)

    def _remember(self, result: Any) -> None:
        model = lineage.TrackedModel(self.run, type(self.estimator).__name__)
        lineage.models.remember(self.estimator, model)
        best = getattr(self.estimator, "__dict__", {}).get("best_estimator_")
        if best is not None:
            lineage.models.remember(best, model)
        if self.name == "fit_predict":
            dataset = model.dataset_name(self.variable, self.data.X)
            lineage.remember_prediction(result, self.data.X, lineage.Prediction(model, dataset))

    def _log_models(self, scores: Scores, is_search: bool) -> None:
        inputs = self.data.X if state.options.log_model_signatures else None
        message = log_model(self.run, self.estimator, "model", inputs, scores.predictions)
        if message:
            self.notes.append(message)
        best = self.estimator.__dict__.get("best_estimator_") if is_search else None
        if best is not None and not message:
            message = log_model(self.run, best, "best_estimator", inputs, scores.predictions)
            if message:
                self.notes.append(message)

    def _log_dataset(self) -> None:
        dataset = fingerprint(self.data.X, self.variable or "dataset", self.data.y)
        if dataset is not None:
            self.run.log_dataset(dataset, "train")


def log_params(run: ActiveRun, params: dict[str, Any]) -> list[str]:
    """Log params as text; one that cannot be kept costs itself, and is named in the notes."""
    texts: dict[str, str] = {}
    notes: list[str] = []
    for name, value in params.items():
        try:
            texts[name] = describe(value)
        except Exception as error:  # noqa: BLE001 - the value may do anything
            notes.append(f"Param {name!r} has no text ({type(error).__name__}).")
    try:
        run.log_params(texts)
    except InvalidParameterValue as error:
        notes.append(f"Not every param could be kept: {error}"[:500])
    return [note.replace("\0", "\\0") for note in notes]


def _fit_data(call: Call) -> FitData:
    given = dict(zip(_parameter_names(call.function), call.args[1:], strict=False)) | call.kwargs
    y = given.get("y", given.get("Y"))
    weight = given.get("sample_weight")
    return FitData(given.get("X", call.args[1] if len(call.args) > 1 else None), y, weight)


@functools.lru_cache(maxsize=1024)
def _parameter_names(function: Any) -> tuple[str, ...]:
    try:
        return tuple(inspect.signature(function).parameters)[1:]
    except (TypeError, ValueError):
        return ("X", "y")
