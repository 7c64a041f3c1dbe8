"""What in an estimator learned: the last step of a pipeline, the best of a search."""

from typing import Any, Final

from jupyter_mltrack.autolog.describe import is_named_part
from jupyter_mltrack.autolog.usercode import own_attributes

MAX_DEPTH: Final = 8


def core_of(estimator: Any) -> Any:
    """The innermost estimator that predicts, read from attributes alone."""
    for _ in range(MAX_DEPTH):
        inner = _inner(estimator)
        if inner is None:
            return estimator
        estimator = inner
    return estimator


def steps_of(estimator: Any) -> list[Any]:
    """The steps of a pipeline, or of the best pipeline of a search, before its last one."""
    steps: list[Any] = []
    for _ in range(MAX_DEPTH):
        own = own_attributes(estimator)
        if _is_pipeline(estimator):
            steps += [step[1] for step in own["steps"][:-1]]
        estimator = _inner(estimator)
        if estimator is None:
            break
    return steps


def _inner(estimator: Any) -> Any:
    own = own_attributes(estimator)
    if _is_pipeline(estimator):
        inner = own["steps"][-1][1]
        return inner if hasattr(type(inner), "get_params") else None
    best = own.get("best_estimator_")
    return own.get("regressor_") if best is None else best


def _is_pipeline(estimator: Any) -> bool:
    steps: Any = own_attributes(estimator).get("steps")
    if type(steps) is not list or not steps:
        return False
    return all(is_named_part(step) and len(step) == 2 for step in steps)
