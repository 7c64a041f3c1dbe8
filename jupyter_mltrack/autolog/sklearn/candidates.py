"""The candidates of a search as child runs.

A child has the params of the estimator as the candidate had them, MLflow's metrics (the columns of
``cv_results_`` but for ``param_*`` and ``split*``), and what those leave out: the score on each
fold as a point of ``split_test_score`` (step = fold, from 0), the names as a cross-validation has
them (:mod:`.evaluations`). One whose fits all failed is FAILED, and says so.
"""

import re
from typing import Any, Final

from jupyter_mltrack.autolog.describe import describe, short_name
from jupyter_mltrack.autolog.notes import add_note
from jupyter_mltrack.autolog.runs import context_tags
from jupyter_mltrack.autolog.sklearn.params import deep_params, is_estimator, shallow_params
from jupyter_mltrack.autolog.sklearn.record import FitRecord
from jupyter_mltrack.entities import RunStatus
from jupyter_mltrack.errors import InvalidParameterValue
from jupyter_mltrack.tracking.active import ActiveRun
from jupyter_mltrack.tracking.clock import now_ms
from jupyter_mltrack.tracking.problems import problems

_SPLIT: Final = re.compile(r"split(\d+)_(.+)")


class Candidates:
    """The candidates of a fitted search; ``failures`` are the rows of those that failed.

    What they have in common is prepared once: there may be thousands.
    """

    def __init__(self, record: FitRecord) -> None:
        results: dict[str, Any] = record.estimator.cv_results_
        self._record = record
        self._chosen: list[dict[str, Any]] = results["params"]
        self._estimator = record.params.get("estimator", record.estimator)
        self._metrics = _metric_columns(results)
        self._folds = _fold_columns(results)
        self.failures = self._find_failures(record.params.get("error_score"))
        base = deep_params(self._estimator)
        self._base = {name: (value, describe(value)) for name, value in base.items()}
        self._shallow = shallow_params(self._estimator)
        self._end_time = now_ms()

    def log(self, row: int) -> None:
        """Log the candidate of a row as a child run."""
        chosen = self._chosen[row]
        child = self._start(_candidate_name(self._estimator, self._shallow, chosen))
        try:
            self._log(child, row, chosen)
        finally:
            status = RunStatus.FAILED if row in self.failures else RunStatus.FINISHED
            child.end(status, self._end_time)

    def _start(self, name: str) -> ActiveRun:
        parent = self._record.run
        kind = type(self._estimator)
        return ActiveRun(
            parent.session,
            name=name,
            origin=parent.origin,
            parent_run_id=parent.run_id,
            experiment=parent.info.experiment_name,
            experiment_id=parent.info.known_experiment_id,
            start_time=parent.info.start_time,
            tags={
                "mlflow.autologging": "sklearn",
                **context_tags(parent.session),
                "mlflow.parentRunId": parent.run_id,
                "estimator_name": kind.__name__,
                "estimator_class": f"{kind.__module__}.{kind.__name__}",
            },
        )

    def _log(self, child: ActiveRun, row: int, chosen: dict[str, Any]) -> None:
        with problems.caught("logging params"):
            try:
                child.log_params(self._params(chosen))
            except InvalidParameterValue as error:
                add_note(child, "params", f"Not every param could be kept: {error}")
        if self._record.dataset is not None:
            child.log_dataset(self._record.dataset, "train")
        child.log_metrics({name: values[row] for name, values in self._metrics.items()})
        for name, matrix in self._folds.items():
            child.log_series(f"split_{name}", matrix[row], range(len(matrix[row])))
        if row in self.failures:
            child.set_tags({"mltrack.error": self.failures[row]})
            return
        for name, matrix in self._folds.items():
            missing = sum(value != value for value in matrix[row])
            if missing and name.startswith("test_"):
                add_note(child, "folds", f"{missing} of {len(matrix[row])} folds have no {name}.")

    def _params(self, chosen: dict[str, Any]) -> dict[str, str]:
        texts = {name: text for name, (_, text) in self._base.items()}
        for name, value in sorted(chosen.items()):
            if is_estimator(self._base.get(name, (None,))[0]) or is_estimator(value):
                # Another estimator in this place has other params.
                texts = {key: texts[key] for key in texts if not key.startswith(f"{name}__")}
                if is_estimator(value):
                    inner = deep_params(value).items()
                    texts |= {f"{name}__{key}": describe(item) for key, item in inner}
        return texts | {name: describe(value) for name, value in chosen.items()}

    def _find_failures(self, error_score: Any) -> dict[int, str]:
        matrices = [matrix for name, matrix in self._folds.items() if name.startswith("test_")]
        times = self._metrics.get("mean_score_time")
        failures = {}
        for row in range(len(self._chosen)):
            scores = [value for matrix in matrices for value in matrix[row]]
            # Of a fit that failed, scoring took exactly no time.
            is_failed = bool(scores) and (
                all(value != value for value in scores)
                or (
                    times is not None
                    and times[row] == 0
                    and all(value == error_score for value in scores)
                )
            )
            if is_failed:
                folds = len(matrices[0][row])
                failures[row] = f"None of the {folds} folds could be fitted and scored."
        return failures


def _metric_columns(results: dict[str, Any]) -> dict[str, list[float]]:
    """The columns of numbers that are neither params nor of one fold."""
    return {
        name: [float(value) for value in column]
        for name, column in results.items()
        if not name.startswith(("param", "split"))
        and getattr(getattr(column, "dtype", None), "kind", "") in ("i", "u", "f")
    }


def _fold_columns(results: dict[str, Any]) -> dict[str, list[list[float]]]:
    """By the name of a score, for each candidate its value on each fold."""
    columns: dict[str, dict[int, list[float]]] = {}
    for key, column in results.items():
        found = _SPLIT.fullmatch(key)
        if found is not None:
            columns.setdefault(found[2], {})[int(found[1])] = [float(value) for value in column]
    return {
        name: [list(row) for row in zip(*(folds[fold] for fold in sorted(folds)), strict=True)]
        for name, folds in columns.items()
    }


def _candidate_name(estimator: Any, shallow: dict[str, Any], chosen: dict[str, Any]) -> str:
    if set(chosen) <= set(shallow):
        return short_name(estimator, shallow | chosen)
    parts = ", ".join(f"{name}={describe(value)}" for name, value in chosen.items())
    text = f"{type(estimator).__name__}({parts})"
    return text if len(text) <= 80 else f"{text[:78]}…)"
