"""What was measured after training: logged to the run of the model, or to one of the cell.

A metric of nobody's predictions, as far as can be proven, goes to the explicit run around it; else,
when the cell ends, to the only model fitted in the cell, if there is one, or to a run of the cell.
``metric_info.json`` has the call behind each metric; it is written once per cell.
"""

import atexit
import json
import threading
import weakref
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from jupyter_mltrack.autolog.drawings import add_drawings
from jupyter_mltrack.autolog.loops import measured
from jupyter_mltrack.autolog.sklearn.lineage import UNKNOWN_DATASET, TrackedModel, by_run, fitted_in
from jupyter_mltrack.tracking.active import ActiveRun, find_active_run
from jupyter_mltrack.tracking.cells import Cell, find_cell
from jupyter_mltrack.tracking.clock import now_ms
from jupyter_mltrack.tracking.problems import problems

INFO_FILE: Final = "metric_info.json"
MAX_WAITING: Final = 10_000
MAX_REPORTS: Final = 50
"""So many drawings and reports of a cell are kept for a run."""
FEW: Final = 20
"""So many calls outside of cells are written down at once, more when they have doubled."""

_mutex: Final = threading.RLock()
_unwritten: Final[dict[str, TrackedModel]] = {}
_waiting: Final["weakref.WeakKeyDictionary[Cell, _Unclaimed]"] = weakref.WeakKeyDictionary()
_drawings: Final[dict[str, dict[str, dict[str, Any]]]] = {}
_kept: Final[dict[str, TrackedModel]] = {}
_writers: Final["weakref.WeakSet[Cell]"] = weakref.WeakSet()


def log_measurement(model: TrackedModel, metric: str, dataset: str, text: str, value: Any) -> str:
    """Log a metric of a model under MLflow's name for it, which is returned.

    Step = number of the last ``partial_fit``, or 0.
    """
    cell = find_cell()
    key = model.metric_key(metric, dataset, text, cell)
    model.run.log_metric(key, float(value), model.step)
    measured(model.run, key, float(value))
    model.link_cell(cell)
    note_call(model, key, text)
    return key


def note_call(model: TrackedModel, key: str, text: str) -> None:
    """Say what call a metric, or a file, came from."""
    if model.info.get(key) == text:
        return
    cell = find_cell()
    with _mutex:
        model.info[key] = text
        _unwritten[model.run.run_id] = model
        if cell is None or cell.ended:
            _write_some(model)
        elif cell not in _writers:
            _writers.add(cell)
            cell.at_end.append(write_infos)


def write_infos() -> None:
    """Write what is not written yet."""
    with _mutex:
        models = list(_unwritten.values())
        _unwritten.clear()
    for model in models:
        with problems.caught("writing metric_info.json"):
            _write(model)


def keep_drawing(model: TrackedModel, name: str, drawing: dict[str, Any]) -> str:
    """Keep what a drawing is made from, to be written with the calls; returns its name, if kept."""
    kept = _drawings.setdefault(model.run.run_id, {})
    if len(kept) >= MAX_REPORTS and name not in kept:
        return ""
    kept[name] = drawing
    model.info.pop(name, None)
    return name


def _write_some(model: TrackedModel) -> None:
    if len(model.info) <= FEW or len(model.info) >= 2 * model.written:
        _unwritten.pop(model.run.run_id, None)
        _write(model)


def _write(model: TrackedModel) -> None:
    model.written = len(model.info)
    drawings = _drawings.pop(model.run.run_id, None)
    if drawings:
        add_drawings(model.run, drawings)
    content = json.dumps(model.info, indent=2, sort_keys=True, ensure_ascii=False)
    content_bytes = content.encode(errors="backslashreplace")
    model.run.log_content(INFO_FILE, content_bytes, "application/json")


atexit.register(write_infos)


Record = Callable[[TrackedModel, str], None]
"""Records something for a model, or what stands for one, with a remark why it is there."""


class _Unclaimed:
    """What was measured in a cell and no model is known to own."""

    def __init__(self) -> None:
        self.since = now_ms()
        self.points: list[tuple[str, str, float, int]] = []
        self.others: list[Record] = []

    def record(self, model: TrackedModel, remark: str, cell: Cell | None) -> None:
        """Log it all."""
        keys: dict[tuple[str, str], str] = {}
        steps: Counter[str] = Counter()
        for metric, text, value, time in self.points:
            key = keys.get((metric, text))
            if key is None:
                key = keys[metric, text] = model.metric_key(metric, UNKNOWN_DATASET, text, cell)
                note_call(model, key, f"{text}  # {remark}")
            # The same call again, as in a loop, is the next point of one metric.
            model.run.log_metric(key, value, steps[key], time)
            steps[key] += 1
        for record in self.others:
            with problems.caught("recording a report"):
                record(model, remark)
        model.link_cell(cell)


def log_unclaimed(metric: str, text: str, value: float) -> None:
    """Log a metric of the code that is running rather than of a model."""
    run = find_active_run()
    if run is not None:
        log_measurement(_names_of(run), metric, UNKNOWN_DATASET, text, value)
        return
    cell = find_cell()
    unclaimed = _of_cell(cell)
    if unclaimed is not None and cell is not None:
        unclaimed.points.append((metric, text, value, now_ms()))
        if len(unclaimed.points) >= MAX_WAITING:
            _end_of(cell)


def give_to_cell(record: Record) -> None:
    """Record something for the code that is running rather than for a model."""
    run = find_active_run()
    if run is not None:
        record(_names_of(run), "")
        return
    unclaimed = _of_cell(find_cell())
    if unclaimed is not None and len(unclaimed.others) < MAX_REPORTS:
        unclaimed.others.append(record)


def _of_cell(cell: Cell | None) -> _Unclaimed | None:
    if cell is None or cell.ended or not cell.is_autologged:
        return None
    with _mutex:
        unclaimed = _waiting.get(cell)
        if unclaimed is None:
            unclaimed = _waiting[cell] = _Unclaimed()
            cell.at_end.append(lambda: _end_of(cell))
        return unclaimed


def _end_of(cell: Cell) -> None:
    with _mutex:
        unclaimed = _waiting.pop(cell, None)
    if unclaimed is not None:
        model, remark = _model_of(cell, unclaimed.since)
        unclaimed.record(model, remark, cell)
        write_infos()


def _model_of(cell: Cell, time: int) -> tuple[TrackedModel, str]:
    fitted = fitted_in.get(cell, ())
    if len(fitted) == 1:
        return fitted[0], "assigned by cell: the only model fitted in it"
    if cell.implicit_run is None:
        cell.implicit_run = ActiveRun(cell.session, origin="implicit", start_time=time)
    return _names_of(cell.implicit_run), "assigned by cell: not proven to be of one model"


def _names_of(run: ActiveRun) -> TrackedModel:
    """What names the metrics of a run that is not a model's alone."""
    known = by_run.get(run.run_id) or _kept.get(run.run_id)
    if known is None:
        known = TrackedModel(run, "")
        _kept[run.run_id] = known
        while len(_kept) > FEW:
            _kept.pop(next(iter(_kept)))
    return known
