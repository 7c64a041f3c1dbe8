"""What XGBoost and LightGBM have in common: metrics by iteration, importances, named data.

Names are MLflow's: ``{data}-{metric}`` (``validation_0-logloss``), ``best_iteration``,
``stopped_iteration``, ``feature_importance_{type}.json`` and ``.png``.
"""

import contextvars
import json
import time
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import FrameType
from typing import Any, Final

import msgspec

from jupyter_mltrack.autolog import loops
from jupyter_mltrack.autolog.callers import variable_name
from jupyter_mltrack.autolog.isolation import quiet
from jupyter_mltrack.autolog.observed import Call, Finish
from jupyter_mltrack.autolog.sklearn import lineage
from jupyter_mltrack.autolog.training import Training, arguments, bars, is_users
from jupyter_mltrack.capture.data import fingerprint
from jupyter_mltrack.entities import Dataset
from jupyter_mltrack.tracking.active import ActiveRun
from jupyter_mltrack.tracking.clock import now_ms
from jupyter_mltrack.tracking.problems import problems

LIVE_SECONDS: Final = 0.25
"""Points are written so often while a training runs."""
MAX_POINTS: Final = 5_000
MAX_IMPORTANCES: Final = 10_000

current: Final[contextvars.ContextVar["BoosterTraining | None"]] = contextvars.ContextVar(
    "mltrack_boosting", default=None
)
History = Mapping[str, Sequence[float]]
"""Values by iteration, by the name of their metric."""
Drawings = dict[str, dict[str, Any]]
"""What plots are drawn from, by the names of their artifacts."""


class Curves:
    """The metrics of a training by iteration, written as they come."""

    def __init__(self, run: ActiveRun, read: Callable[[], History]) -> None:
        self.first_step = 0
        self._run = run
        self._read = read
        self._times: list[int] = []
        self._written: dict[str, int] = {}
        self._next = 0.0

    def see(self) -> None:
        """See that something was measured; now and then, write what is new."""
        now = time.monotonic()
        count = self._count()
        if len(self._times) < count:
            self._times += [time.time_ns() // 1_000_000] * (count - len(self._times))
        if now >= self._next:
            self._next = now + LIVE_SECONDS
            with quiet():
                self.write()

    def _count(self) -> int:
        return max(map(len, self._read().values()), default=0)

    def write(self) -> None:
        """Write what was not yet."""
        for key, values in self._read().items():
            name, count = metric_name(key), len(values)
            for start in range(self._written.get(key, 0), count, MAX_POINTS):
                new = range(start, min(count, start + MAX_POINTS))
                steps = range(self.first_step + new.start, self.first_step + new.stop)
                times = self._times[new.start : new.stop]
                times += [now_ms()] * (len(new) - len(times))
                self._run.log_series(name, [float(values[place]) for place in new], steps, times)
            self._written[key] = count


class BoosterTraining(Training):
    """A training by a framework's own ``train``; a subclass reads what it has measured so far.

    ``owner`` is the object by which the framework runs this training, once it is known.
    """

    def __init__(self, name: str, kind: type, params: Mapping[str, Any]) -> None:
        super().__init__(name, kind, params)
        self.owner: Any = None
        self.curves = Curves(self.run, self.read_history)
        self._token = current.set(self)

    def read_history(self) -> History:
        """What was measured so far."""
        raise NotImplementedError

    def finish(self, result: Any, error: BaseException | None) -> None:
        """Record how the training ended."""
        current.reset(self._token)
        super().finish(result, error)
        self.owner = None

    def record(self, result: Any) -> None:
        """Write the rest of the curves; a result is remembered for what is measured of it."""
        self.curves.write()
        for key, values in self.read_history().items():
            if values:
                loops.measured(self.run, metric_name(key), float(values[-1]))
        if result is not None:
            kind = type(result)
            predicts = hasattr(kind, "predict")
            model = lineage.TrackedModel(self.run, kind.__name__, predicts=predicts)
            lineage.models.remember(result, model)
            lineage.remember_fit(model)


def log_series(run: ActiveRun, history: History) -> None:
    """Log metrics by iteration of what has ended already."""
    Curves(run, lambda: history).write()


class Source:
    """What a matrix of a framework was made of, referred to weakly, and the user's name for it."""

    def __init__(self, given: Mapping[str, Any], frame: FrameType) -> None:
        self.data, self.label = _weak(given.get("data")), _weak(given.get("label"))
        self.name = variable_name(given.get("data"), frame, "data")


class Sources:
    """Matrices that the user made, what of, and their fingerprints: they hold copies of data."""

    def __init__(self, framework: str) -> None:
        self._framework = framework
        self._known = lineage.WeakTable()
        self._datasets = lineage.WeakTable()

    def watch(self, call: Call) -> Finish | None:
        """See the user make a matrix."""
        if not call.args or not is_users(call.frame, self._framework):
            return None
        matrix, source = call.args[0], Source(arguments(call), call.frame)

        def finish(_result: Any, error: BaseException | None) -> None:
            if error is None:
                self._known.remember(matrix, source)

        return finish

    def finder(self, matrix: Any) -> Callable[[], Any]:
        """What gives the data a matrix was made of: None when not seen, or gone."""
        source: Source | None = self._known.find(matrix)
        return source.data if source is not None else _nothing

    def log(
        self,
        training: Training,
        matrix: Any,
        name: str,
        context: str,
        otherwise: Callable[[Any], Dataset | None],
    ) -> None:
        """Log what a training is given; ``otherwise`` describes what was not seen made."""
        if not training.options.log_datasets:
            return
        with problems.caught("fingerprinting data"):
            dataset: Dataset | None = self._datasets.find(matrix)
            if dataset is None:
                dataset = self._fingerprint(matrix) or otherwise(matrix)
                if dataset is None:
                    return
                self._datasets.remember(matrix, dataset)
            named = msgspec.structs.replace(dataset, name=name or dataset.name)
            training.run.log_dataset(named, context)

    def _fingerprint(self, matrix: Any) -> Dataset | None:
        source: Source | None = self._known.find(matrix)
        data = source.data() if source is not None else None
        if source is None or data is None:
            return None
        return fingerprint(data, source.name or "dataset", source.label())

    def forget(self) -> None:
        """Drop everything."""
        self._known.clear()
        self._datasets.clear()


def _weak(value: Any) -> Callable[[], Any]:
    try:
        return weakref.ref(value)
    except TypeError:  # None, or a list
        return _nothing


def _nothing() -> None:
    """What is not there."""


def metric_name(key: str) -> str:
    """A metric's name as MLflow has it: ``ndcg@3`` becomes ``ndcg_at_3``."""
    return key.replace("@", "_at_")


def flat_history(nested: Mapping[str, Mapping[str, Sequence[float]]]) -> dict[str, Sequence[float]]:
    """``{data: {metric: values}}`` as ``{"data-metric": values}``."""
    return {
        f"{data}-{metric}": values
        for data, metrics in nested.items()
        for metric, values in metrics.items()
    }


def log_best(run: ActiveRun, history: History, best: int, stopped: int, place: int) -> None:
    """Log the best iteration, and its metrics as a last point, as MLflow does.

    ``best`` and ``stopped`` count iterations as the framework does; ``place`` is where in
    ``history`` the best one is.
    """
    run.log_metrics({"best_iteration": best, "stopped_iteration": stopped})
    values = {
        metric_name(key): float(values[place])
        for key, values in history.items()
        if 0 <= place < len(values)
    }
    if values:
        run.log_metrics(values, step=max(map(len, history.values())))


def log_importances(
    run: ActiveRun, found: Iterable[tuple[str, dict[str, Any]]], drawings: Drawings
) -> None:
    """Keep importances by their kind: all in a file, the greatest in a drawing."""
    for kind, values in found:
        with problems.caught(f"logging importances ({kind})"):
            kept = dict(list(values.items())[:MAX_IMPORTANCES])
            name = f"feature_importance_{kind}"
            content = json.dumps(kept, ensure_ascii=False, indent=2)
            run.log_content(f"{name}.json", content.encode(errors="replace"), "application/json")
            sizes = {feature: _size(value) for feature, value in kept.items()}
            if sizes:
                drawings[f"{name}.png"] = bars(f"Feature importance ({kind})", "importance", sizes)


def _size(value: Any) -> float:
    return sum(abs(part) for part in value) if isinstance(value, list) else float(value)
