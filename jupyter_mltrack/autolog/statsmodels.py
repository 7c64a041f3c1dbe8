"""Autologging of statsmodels: ``fit`` of every model class.

Recorded are MLflow's metrics of the results (``rsquared``, ``aic``…), ``model_summary.txt`` and the
results themselves.
"""

import numbers
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from jupyter_mltrack.autolog import loops, state
from jupyter_mltrack.autolog.isolation import unmoved_random_states
from jupyter_mltrack.autolog.observed import Call, Finish
from jupyter_mltrack.autolog.patching import Patcher
from jupyter_mltrack.autolog.scopes import Scope
from jupyter_mltrack.autolog.sklearn import lineage
from jupyter_mltrack.autolog.sklearn.posthoc import watch_prediction
from jupyter_mltrack.autolog.training import (
    Training,
    arguments,
    call_name,
    forget_trainings,
    is_users,
)
from jupyter_mltrack.autolog.usercode import all_subclasses, is_library_class
from jupyter_mltrack.tracking.problems import problems

FRAMEWORK: Final = "statsmodels"
METHODS: Final = ("fit", "fit_regularized", "iterative_fit")
METRICS: Final = (  # MLflow's
    *("aic", "bic", "centered_tss", "condition_number", "df_model", "df_resid", "ess"),
    *("f_pvalue", "fvalue", "llf", "mse_model", "mse_resid", "mse_total", "rsquared"),
    *("rsquared_adj", "scale", "ssr", "uncentered_tss"),
)


def install(patcher: Patcher, _module: str) -> None:
    """Observe all model classes there are; one imported later, when a model of it is made."""
    refresh(patcher)
    root: Any = vars(sys.modules["statsmodels.base.model"])["Model"]

    def watch_making(call: Call) -> None:
        _observe(patcher, type(call.args[0]))

    patcher.observe_method(root, "__init__", watch_making, Scope.OPEN)


def refresh(patcher: Patcher) -> None:
    """Observe the classes that are not yet."""
    root = getattr(sys.modules.get("statsmodels.base.model"), "Model", None)
    if root is not None:
        for kind in (root, *all_subclasses(root)):
            _observe(patcher, kind)
    results = getattr(sys.modules.get("statsmodels.base.model"), "Results", None)
    if results is not None:
        for kind in (results, *all_subclasses(results)):
            if "predict" in vars(kind) and is_library_class(kind):
                patcher.observe_method(kind, "predict", watch_prediction)


def forget_everything() -> None:
    """Drop what is remembered of fits."""
    forget_trainings()


def _observe(patcher: Patcher, kind: type) -> None:
    for ancestor in kind.__mro__[:-1]:
        for name in METHODS:
            if name in vars(ancestor):
                patcher.observe_method(ancestor, name, watch_fit)


def watch_fit(call: Call) -> Finish | None:
    """See the user fit a model."""
    model = call.args[0] if call.args else None
    if not is_users(call.frame, FRAMEWORK) or not state.is_wanted(FRAMEWORK, type(model)):
        return None
    return _Fit(model, arguments(call), call.name).finish


class _Fit(Training):
    framework = FRAMEWORK

    def __init__(self, model: Any, given: Mapping[str, Any], method: str) -> None:
        own = vars(model)
        params = {name: value for name, value in given.items() if name not in ("self", "kwargs")}
        params |= given.get("kwargs") or {}
        shown = {"formula": own["formula"]} if type(own.get("formula")) is str else {}
        name = type(model).__name__ if method == "fit" else f"{type(model).__name__}.{method}"
        super().__init__(call_name(name, shown), type(model), shown | params)
        data = own.get("data")
        parts = getattr(data, "__dict__", {})
        inputs = parts.get("orig_exog"), parts.get("orig_endog")
        X, y = inputs if inputs[0] is not None else (own.get("exog"), own.get("endog"))
        if X is not None:
            self.log_dataset(X, "exog", y, "train")
        else:
            self.log_dataset(y, "endog", None, "train")

    def record(self, result: Any) -> None:
        """Log the metrics that the results have."""
        twin = _twin(result)
        found: dict[str, float] = {}
        for name in METRICS if twin is not None else ():
            try:
                value: Any = getattr(twin, name, None)
            except Exception as error:  # noqa: BLE001 - they are computed when asked for
                self.notes.append(f"No {name}: {type(error).__name__}: {error}")
                continue
            if type(value) is not bool and isinstance(value, numbers.Real):
                found[name] = float(value)
        self.run.log_metrics(found)
        for name in ("bic", "aic", "llf"):
            if name in found:
                loops.measured(self.run, name, found[name])
        if result is not None:
            model = lineage.TrackedModel(self.run, type(result).__name__, predicts=True)
            # The methods of a wrapper are those of what it wraps.
            for part in (result, _wrapped(result)):
                lineage.models.remember(part, model)
            lineage.remember_fit(model)

    def record_heavy(self, result: Any) -> None:
        """Keep the summary and the results."""
        twin = _twin(result)
        with unmoved_random_states():
            if hasattr(twin, "summary"):
                with problems.caught("logging a summary"), suppress(NotImplementedError):
                    text = twin.summary().as_text()
                    self.run.log_content("model_summary.txt", text.encode(), "text/plain")
            self.log_model(result)


def _wrapped(result: Any) -> Any:
    return getattr(result, "__dict__", {}).get("_results", result)


def _twin(result: Any) -> Any:
    """Results that may be asked: what they compute is kept in themselves, not in the user's.

    None unless they, and the model they are of, are of the library's own classes.
    """
    inner = _wrapped(result)
    own = getattr(inner, "__dict__", None)
    if own is None or not all(is_library_class(type(part)) for part in (inner, own.get("model"))):
        return None
    twin = object.__new__(type(inner))
    vars(twin).update(own)
    if type(own.get("_cache")) is dict:
        vars(twin)["_cache"] = dict(own["_cache"])
    return twin
