"""The checks, and the three moments at which they look."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from jupyter_mltrack.autolog import state
from jupyter_mltrack.autolog.sklearn.checks import balance, columns, gap, leak, overlap, seed
from jupyter_mltrack.autolog.sklearn.checks.finding import Finding, tell, withdraw
from jupyter_mltrack.autolog.sklearn.checks.fitted import (
    Fitted,
    Memory,
    find_memory,
    remember,
    tested,
)
from jupyter_mltrack.autolog.sklearn.checks.measured import Measured
from jupyter_mltrack.autolog.sklearn.record import FitRecord
from jupyter_mltrack.tracking.active import ActiveRun
from jupyter_mltrack.tracking.problems import problems


class Check(NamedTuple):
    """A check by the name that switches it, and what it looks at: a fit, or a metric."""

    id: str
    of_fit: Callable[[Fitted], Finding | None] | None = None
    of_metric: Callable[[Measured], Finding | None] | None = None


CHECKS: Final = (
    Check("overlap", of_metric=overlap.of_metric),
    Check("leak", of_fit=leak.of_fit),
    Check("gap", of_metric=gap.of_metric),
    Check("columns", of_fit=columns.of_fit),
    Check("balance", of_metric=balance.of_metric),
    Check("seed", of_fit=seed.of_fit),
)


def check_fit(record: FitRecord) -> None:
    """Look at a fit, and keep what is needed to look at what is measured of it."""
    options = state.options_of("sklearn")
    wanted = [check for check in CHECKS if options.checks_for(check.id)]
    if not wanted:
        return
    fitted = Fitted(record)
    for check in wanted:
        if check.of_fit is not None:
            with problems.caught(f"the check {check.id}"):
                finding = check.of_fit(fitted)
                if finding is not None:
                    tell(record.run, finding)
    if any(check.of_metric is not None for check in wanted):
        memory = remember(fitted)
        if options.checks_for("gap"):
            with problems.caught("the check gap"):
                _compare_with_test(record.run, memory)


def _compare_with_test(run: ActiveRun, memory: Memory) -> None:
    for metric in ("accuracy_score", "r2_score"):
        value = tested.get(run, {}).get(f"test_{metric}")
        if value is not None:
            finding = gap.of_metric(Measured(memory, metric, "the test data", value))
            if finding is not None:
                tell(run, finding)


def check_evaluation(run: ActiveRun, estimator: Any, params: dict[str, Any], cv: Any) -> None:
    """Look at a cross-validation."""
    if state.options_of("sklearn").checks_for("seed"):
        with problems.caught("the check seed"):
            finding = seed.of_evaluation(estimator, params, cv)
            if finding is not None:
                tell(run, finding)


def look_at_data(run: ActiveRun, dataset: str, data: Any) -> None:
    """See data that a model is applied to: a metric may follow."""
    memory = find_memory(run)
    if memory is not None and state.options_of("sklearn").checks_for("overlap"):
        with problems.caught("the check overlap"):
            memory.look_at(dataset, data)


def check_metric(run: ActiveRun, metric: str, dataset: str, result: Any) -> None:
    """Look at what was measured of a model on some data."""
    memory = find_memory(run)
    if memory is None:
        return
    if metric in balance.OTHERWISE:
        memory.is_measured_otherwise = True
        withdraw(run, "balance")
    value = float(result) if isinstance(result, (int, float)) else None
    measured = Measured(memory, metric, dataset, value)
    options = state.options_of("sklearn")
    for check in CHECKS:
        if check.of_metric is not None and options.checks_for(check.id):
            with problems.caught(f"the check {check.id}"):
                finding = check.of_metric(measured)
                if finding is not None:
                    tell(run, finding)
