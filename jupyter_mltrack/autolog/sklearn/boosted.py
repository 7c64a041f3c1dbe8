"""What is XGBoost's and LightGBM's own in a fit of their estimators.

Metrics of the evaluation sets by iteration, the best iteration and importances, read from what the
fit left in the estimator, by no method of a class of the user's.
"""

import sys
from typing import Any

from jupyter_mltrack.autolog import state
from jupyter_mltrack.autolog.sklearn.record import FitRecord
from jupyter_mltrack.autolog.usercode import own_attributes


def record_boosting(record: FitRecord) -> None:
    """Log the metrics by iteration and the best one."""
    library, booster = _find_booster(record.estimator)
    if booster is None:
        return
    from jupyter_mltrack.autolog import lightgbm, xgboost
    from jupyter_mltrack.autolog.boosting import flat_history, log_series

    own = vars(record.estimator)
    nested = own.get("evals_result_") or own.get("_evals_result") or {}
    history = flat_history(nested)
    log_series(record.run, history)
    if library == "xgboost":
        xgboost.log_best_of(record.run, booster, history)
    else:
        lightgbm.log_best_of(record.run, own.get("_best_iteration") or 0, history)


def record_booster_importances(record: FitRecord) -> None:
    """Keep the importances of each kind."""
    library, booster = _find_booster(record.estimator)
    if booster is None:
        return
    from jupyter_mltrack.autolog import lightgbm, xgboost

    if library == "xgboost":
        kinds = state.options_of(library).importance_types
        xgboost.record_importances(record.run, booster, kinds, record.drawings)
    else:
        lightgbm.record_importances(record.run, booster, record.drawings)


def _find_booster(estimator: Any) -> tuple[str, Any]:
    """The library that made an estimator's booster, and the booster, or None."""
    booster = own_attributes(estimator).get("_Booster")
    for library, module in (("xgboost", "xgboost.core"), ("lightgbm", "lightgbm.basic")):
        kind = getattr(sys.modules.get(module), "Booster", None)
        if kind is not None and type(booster) is kind:
            return library, booster
    return "", None
