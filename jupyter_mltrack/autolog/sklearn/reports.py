"""Metrics that are no number: matrices and curves become drawings, reports become files.

Their names are made as those of other metrics computed later, with the ending of their file:
``confusion_matrix_X_test.png``, ``classification_report_X_test.txt``.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from jupyter_mltrack.autolog.describe import describe
from jupyter_mltrack.autolog.drawings import drawn_text
from jupyter_mltrack.autolog.observed import Call
from jupyter_mltrack.autolog.sklearn.arguments import list_arguments
from jupyter_mltrack.autolog.sklearn.attribution import Owner
from jupyter_mltrack.autolog.sklearn.lineage import (
    UNKNOWN_DATASET,
    Prediction,
    TrackedModel,
    remember_derived,
)
from jupyter_mltrack.autolog.sklearn.measurements import give_to_cell, keep_drawing, note_call
from jupyter_mltrack.entities.drawings import MAX_CLASSES, MAX_POINTS
from jupyter_mltrack.tracking.cells import find_cell

MAX_NUMBERS: Final = 300
MAX_REPORT: Final = 1_000_000
_TITLES: Final = {
    "confusion_matrix": "Confusion matrix",
    "roc_curve": "ROC curve",
    "precision_recall_curve": "Precision-recall curve",
    "det_curve": "DET curve",
}
_UNFIT: Final = re.compile(r"[^\w\-. ]+")


class Finding(NamedTuple):
    """What a metric function returned, the model it is of, and the name it has there.

    ``given`` are truth and predictions, ``labels`` the classes, where they were told.
    """

    model: TrackedModel
    key: str
    given: list[Any]
    labels: Any
    result: Any


def record_report(owner: Owner | None, call: Call, text: str, result: Any) -> bool:
    """Record the result of a metric function, if it is one of those; False when it is not."""
    record = _KINDS.get(call.name)
    if record is None:
        return False
    given = [item.value for item in list_arguments(call) if item.name in ("y_true", "y_pred")]
    labels = call.kwargs.get("labels")

    def keep(model: TrackedModel, dataset: str, remark: str = "") -> None:
        key = model.metric_key(call.name, dataset, text, find_cell())
        name = record(Finding(model, key, given, labels, result))
        if name:
            note_call(model, name, f"{text}  # {remark}" if remark else text)
            model.link_cell(find_cell())

    if owner is None:
        give_to_cell(lambda model, remark: keep(model, UNKNOWN_DATASET, remark))
    else:
        keep(owner.model, owner.dataset)
        if call.name in _CURVES and type(result) is tuple:
            for part in result[:2]:
                # So that `auc` of them is known to be the model's.
                remember_derived(part, Prediction(owner.model, owner.dataset))
    return True


def _matrix(finding: Finding) -> str:
    result, key = finding.result, finding.key
    labels = _labels(finding.given) if finding.labels is None else list(finding.labels)
    if getattr(result, "ndim", 0) != 2 or not 0 < len(result) == len(labels) <= MAX_CLASSES:
        return ""
    drawing = {
        "kind": "confusion_matrix",
        "title": _title(key),
        "labels": [drawn_text(describe(label)) for label in labels],
        "matrix": result.tolist(),
    }
    return keep_drawing(finding.model, f"{key}.png", drawing)


def _labels(values: list[Any]) -> list[Any]:
    from sklearn.utils.multiclass import unique_labels

    found: list[Any] = unique_labels(*values).tolist()
    return found


class _Axes:
    """How a curve is drawn: which parts of the result are its axes, and their names."""

    def __init__(self, x: int, y: int, x_label: str, y_label: str, *, steps: bool = False) -> None:
        self.x, self.y = x, y
        self.x_label, self.y_label = x_label, y_label
        self.steps = steps


_CURVES: Final = {
    "roc_curve": _Axes(0, 1, "false positive rate", "true positive rate"),
    "precision_recall_curve": _Axes(1, 0, "recall", "precision", steps=True),
    "det_curve": _Axes(0, 1, "false positive rate", "false negative rate"),
}


def _curve(finding: Finding) -> str:
    result, key = finding.result, finding.key
    axes = next(axes for name, axes in _CURVES.items() if key.startswith(name))
    if type(result) is not tuple or len(result) < 2 or not len(result[0]):
        return ""
    line = {"x": _thinned(result[axes.x]), "y": _thinned(result[axes.y])}
    drawing = {
        "kind": "curve",
        "title": _title(key),
        "unit": True,
        "steps": axes.steps,
        "x_label": axes.x_label,
        "y_label": axes.y_label,
        "lines": [line],
    }
    return keep_drawing(finding.model, f"{key}.png", drawing)


def _thinned(values: Any) -> list[Any]:
    """At most as many points as a drawing has, the first and the last among them."""
    count = len(values)
    if count > MAX_POINTS:
        places = [index * (count - 1) // (MAX_POINTS - 1) for index in range(MAX_POINTS)]
        values = values[places]
    kept: list[Any] = values.tolist()
    return kept


def _report(finding: Finding) -> str:
    result, key = finding.result, finding.key
    if type(result) is str:
        name, content, kind = f"{key}.txt", result, "text/plain"
    elif type(result) is dict:
        name, kind = f"{key}.json", "application/json"
        content = json.dumps(result, indent=2, default=float, ensure_ascii=False)
        numbers = dict(_numbers(key, result))
        for metric, value in numbers.items():
            finding.model.run.log_metric(metric, value)
    else:
        return ""
    kept = content[:MAX_REPORT].encode(errors="backslashreplace")
    finding.model.run.log_content(name, kept, kind)
    return name


def _numbers(key: str, report: Mapping[Any, Any]) -> Iterator[tuple[str, float]]:
    """The numbers of a report by names such as ``classification_report_X/macro avg/recall``."""
    left = MAX_NUMBERS
    for label, row in report.items():
        cells = row if type(row) is dict else {"": row}
        for name, value in cells.items():
            left -= 1
            if left < 0:
                return
            path = "/".join(part for part in (key, _fit(label), _fit(name)) if part)
            yield path, float(value)


def _fit(label: Any) -> str:
    text = _UNFIT.sub("_", str(label) if type(label) in (str, int, float) else "")
    return (text.strip(". ") and text.strip(" ")[:60].rstrip(". ")) or text.replace(".", "_")


def _title(key: str) -> str:
    """``Confusion matrix 2, X_test`` of ``confusion_matrix-2_X_test``."""
    name = next((name for name in _TITLES if key.startswith(name)), "")
    if not name:
        return drawn_text(key)
    number, _, dataset = key.removeprefix(name).partition("_")
    title = f"{_TITLES[name]} {number.strip('-')}".strip()
    return drawn_text(title if dataset in ("", UNKNOWN_DATASET) else f"{title}, {dataset}")


_KINDS: Final[dict[str, Callable[[Finding], str]]] = {
    "confusion_matrix": _matrix,
    "classification_report": _report,
    **dict.fromkeys(_CURVES, _curve),
}
