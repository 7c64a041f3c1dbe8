"""What only prepares data has no run of its own: scalers, encoders, imputers, selectors.

They are what MLflow leaves out too, by their modules, but for those that fit a model in order to
select features. As a step of a pipeline they are part of its run. What goes through them is
followed all the same: training and test data that one scaler transformed belong together.
"""

import sys
from typing import Any, Final

from jupyter_mltrack.autolog import state
from jupyter_mltrack.autolog.observed import Call, Finish
from jupyter_mltrack.autolog.sklearn import lineage
from jupyter_mltrack.autolog.sklearn.data import read_fit_data
from jupyter_mltrack.autolog.sklearn.splits import follow_part

_MODULES: Final = (
    "sklearn.preprocessing.",
    "sklearn.impute.",
    "sklearn.feature_extraction.",
    "sklearn.feature_selection.",
    "sklearn.compose._column_transformer",
)


class Preparation:
    """A fit without a run, as a trail of transformations names it."""


def has_no_run(kind: type) -> bool:
    """Whether a fit of this class only prepares data, and is not to be logged."""
    return _prepares(kind) and not state.options_of("sklearn").log_preprocessing


def _prepares(kind: type) -> bool:
    # By the class that defines the fit: one that users derive, with a fit of their own, is theirs.
    for ancestor in kind.__mro__:
        if "fit" in vars(ancestor):
            is_one = str(ancestor.__module__).startswith(_MODULES)
            return is_one and sys.modules["sklearn.base"].MetaEstimatorMixin not in kind.__mro__
    return False


def watch_preparation(call: Call) -> Finish:
    """See the end of a fit that has no run."""
    estimator = call.args[0]
    lineage.models.forget(estimator)

    def finish(result: Any, error: BaseException | None) -> None:
        lineage.preparations.forget(estimator)
        if error is not None:
            return
        fitted = Preparation()
        lineage.preparations.remember(estimator, fitted)
        if call.name == "fit_transform":
            follow_part(read_fit_data(call).X, result, fitted)

    return finish


def watch_prepared(call: Call) -> Finish | None:
    """See data transformed by what has no run."""
    fitted: Preparation | None = lineage.preparations.find(call.args[0])
    if fitted is None:
        return None
    data = call.args[1] if len(call.args) > 1 else next(iter(call.kwargs.values()), None)

    def finish(result: Any, error: BaseException | None) -> None:
        if error is None and result is not None:
            follow_part(data, result, fitted)

    return finish
