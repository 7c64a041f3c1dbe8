"""One run as a card."""

import json
from collections.abc import Mapping, Sequence
from typing import Final

from jupyter_mltrack.entities import MetricSummary
from jupyter_mltrack.entities.lineage_views import CertificateView
from jupyter_mltrack.entities.views import (
    DatasetView,
    EnvironmentView,
    ModelView,
    RunDetail,
    RunView,
    SeriesView,
)
from jupyter_mltrack.query.text import format_bytes, format_duration, format_number, format_time
from jupyter_mltrack.widgets import text
from jupyter_mltrack.widgets.bundle import Bundle
from jupyter_mltrack.widgets.cells import certificate_line
from jupyter_mltrack.widgets.findings import findings_html, findings_text
from jupyter_mltrack.widgets.html import Markup, element, folded, line, output, pairs, shortened
from jupyter_mltrack.widgets.runs import cell_label
from jupyter_mltrack.widgets.spark import sparkline
from jupyter_mltrack.widgets.style import STATUS_COLORS

NOTE_TAG: Final = "mlflow.note.content"
ERROR_TAG: Final = "mltrack.error"
_OPEN_PARAMS: Final = 14


def run_card(
    detail: RunDetail,
    series: Sequence[SeriesView] = (),
    certificate: CertificateView | None = None,
    pictures: Mapping[str, str] | None = None,
) -> Bundle:
    """A run: what it was, its metrics (with curves from ``series``), params, models, data.

    ``certificate`` says whether its notebook leads to it; ``pictures`` are plots by name, as data
    URIs.
    """
    certified = certificate_line(certificate) if certificate else ""
    run = detail.run
    curves = {one.key: one for one in series}
    html = output(
        _html_title(run),
        line(*_facts(detail)),
        _html_error(run.tags.get(ERROR_TAG, "")),
        _html_note(run.tags.get(NOTE_TAG, "")),
        line(_verdict(run.tags)) if _verdict(run.tags) else None,
        element(
            "div",
            _section("metrics", _html_metrics(run.metrics, curves)),
            _section("params", _html_params(run.params)),
            _section("kept", _html_kept(detail)),
            class_="mltrack-columns",
        ),
        _strip(pictures or {}),
        line(_environment_line(detail.environment)),
        line(certified) if certified else None,
        findings_html(run.tags),
        _html_source(detail),
    )
    return Bundle("\n".join(filter(None, [_text_card(detail), certified])), html)


def _strip(pictures: Mapping[str, str]) -> Markup | None:
    if not pictures:
        return None
    figures = [
        element("figure", element("img", src=uri, alt=name), element("figcaption", name))
        for name, uri in pictures.items()
    ]
    return element("div", *figures, class_="mltrack-strip")


def own_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """The tags a person set, without those of the system."""
    system = ("mlflow.", "mltrack.")
    return {key: value for key, value in tags.items() if not key.startswith(system)}


def _verdict(tags: Mapping[str, str]) -> str:
    """What came of verifying the run; empty when it was not."""
    verdict, summary = tags.get("mltrack.verdict", ""), tags.get("mltrack.verdict.summary", "")
    # A summary that begins with the verdict says it.
    return summary if summary.startswith(verdict) else f"{verdict}: {summary}"


def _facts(detail: RunDetail) -> list[str]:
    run = detail.run
    place = run.notebook_path + (f" {label}" if (label := cell_label(run)) else "")
    duration = None if run.end_time is None else run.end_time - run.start_time
    facts = [run.experiment_name, place.strip(), format_time(run.start_time)]
    facts += [format_duration(duration), run.user_id]
    if detail.children:
        facts.append(f"{len(detail.children)} child runs")
    if run.parent_run_id:
        facts.append(f"child of {run.parent_run_id[:8]}")
    if run.lifecycle_stage != "active":
        facts.append("deleted")
    # A notebook's experiment is named after it; once is enough.
    if place.startswith(f"{run.experiment_name}.ipynb"):
        facts[0] = ""
    return [fact for fact in facts if fact]


def _html_title(run: RunView) -> Markup:
    color = STATUS_COLORS.get(run.status, "#808080")
    pill = element("span", run.status, class_="mltrack-pill", style=f"background:{color}")
    name = element("span", run.run_id, class_="mltrack-id")
    return element("div", run.run_name, pill, name, class_="mltrack-title")


def _html_note(note: str) -> Markup | None:
    return element("div", note, class_="mltrack-note") if note else None


def _html_error(error: str) -> Markup | None:
    return element("div", error, class_="mltrack-error") if error else None


def _section(name: str, content: Markup | None) -> Markup | None:
    if content is None:
        return None
    return element("div", element("div", name, class_="mltrack-section"), content)


def _html_metrics(
    metrics: Mapping[str, MetricSummary], curves: Mapping[str, SeriesView]
) -> Markup | None:
    if not metrics:
        return None
    wide = any(metric.count > 1 for metric in metrics.values())
    rows = [_metric_row(key, metric, curves.get(key), wide) for key, metric in metrics.items()]
    head: Markup | None = None
    if wide:
        names = ("", "last", "min", "max", "points", "")
        cells = [element("th", name, class_="mltrack-number") for name in names]
        head = element("thead", element("tr", *cells))
    return element("table", head, element("tbody", *rows), class_="mltrack-table mltrack-pairs")


def _metric_row(key: str, metric: MetricSummary, curve: SeriesView | None, wide: bool) -> Markup:
    cells = [
        element("th", shortened(key, 48), scope="row"),
        element("td", element("b", format_number(metric.last)), class_="mltrack-number"),
    ]
    if metric.count > 1:
        more = [format_number(metric.min), format_number(metric.max), str(metric.count)]
        cells += [element("td", value, class_="mltrack-number mltrack-muted") for value in more]
        cells.append(element("td", sparkline(curve.values) if curve else ""))
    elif wide:
        cells += [element("td", "")] * 4
    return element("tr", *cells)


def _html_params(params: Mapping[str, str]) -> Markup | None:
    if not params:
        return None
    # What is folded away should rather be defaults: None mostly is one.
    ordered = sorted(params.items(), key=lambda param: param[1] == "None")
    rows = [(shortened(key, 40), shortened(value, 44)) for key, value in ordered]
    if len(rows) <= _OPEN_PARAMS:
        return pairs(rows)
    rest = folded(f"{len(rows) - _OPEN_PARAMS} more", pairs(rows[_OPEN_PARAMS:]))
    return element("div", pairs(rows[:_OPEN_PARAMS]), rest)


def _html_kept(detail: RunDetail) -> Markup | None:
    rows = [(shortened(name, 30), shortened(value, 64)) for name, value in _kept(detail)]
    return pairs(rows) if rows else None


def _kept(detail: RunDetail) -> list[tuple[str, str]]:
    """What else the run has: models, data, plots, files, tags."""
    rows = [("model", _model_text(model)) for model in detail.models]
    rows += [(f"data ({data.context or 'used'})", _dataset_text(data)) for data in detail.datasets]
    drawn = [artifact.path for artifact in detail.artifacts if artifact.drawn]
    if detail.plots:
        rows.append(("plots", str(len(detail.plots))))
    if drawn:
        rows.append(("drawn when opened", ", ".join(drawn)))
    of_models = tuple(f"{model.artifact_path}/" for model in detail.models)
    rows += [
        ("file", f"{artifact.path} ({format_bytes(artifact.size)})")
        for artifact in detail.artifacts
        if not artifact.drawn and not (of_models and artifact.path.startswith(of_models))
    ][:8]
    return rows + list(own_tags(detail.run.tags).items())


def _model_text(model: ModelView) -> str:
    name = model.model_class.rsplit(".", 1)[-1]
    if model.status != "READY":
        return f"{name}, not kept: {model.status_message}"
    return f"{name} ({format_bytes(model.size)}), %mltrack load"


def _dataset_text(data: DatasetView) -> str:
    try:
        shape = json.loads(data.profile).get("shape") or []
    except (ValueError, AttributeError):
        shape = []
    size = " x ".join(str(length) for length in shape)
    return " ".join(filter(None, [data.name, size, f"#{data.digest[:8]}"]))


def _environment_line(environment: EnvironmentView | None) -> str:
    if environment is None:
        return ""
    facts = [f"Python {environment.python_version}"]
    for name in ("scikit-learn", "numpy", "pandas"):
        if name in environment.packages:
            facts.append(f"{name} {environment.packages[name]}")
    if environment.packages:
        facts.append(f"{len(environment.packages)} packages")
    if environment.git_commit:
        changed = " + changes" if environment.git_dirty else ""
        facts.append(f"git {environment.git_commit[:8]}{changed}")
    facts.append(environment.front_end)
    return " · ".join(fact for fact in facts if fact)


def _html_source(detail: RunDetail) -> Markup | None:
    if not detail.cells:
        return None
    blocks = [element("pre", cell.source, class_="mltrack-code") for cell in detail.cells]
    count = "the cell" if len(blocks) == 1 else f"the {len(blocks)} cells"
    return folded(f"code of {count}", *blocks)


def _text_card(detail: RunDetail) -> str:
    run = detail.run
    parts = [f"{run.run_name}  {run.status}  {run.run_id}", " · ".join(_facts(detail))]
    if error := run.tags.get(ERROR_TAG):
        parts.append("raised " + error)
    if note := run.tags.get(NOTE_TAG):
        parts.append("note: " + note)
    parts.append(_verdict(run.tags))
    metrics = [
        ["  " + text.cut(key, 60), format_number(metric.last), _range(metric)]
        for key, metric in run.metrics.items()
    ]
    params = [["  " + text.cut(key, 60), text.cut(value, 80)] for key, value in run.params.items()]
    kept = [["  " + text.cut(name, 40), text.cut(value, 100)] for name, value in _kept(detail)]
    for name, rows in (("metrics", metrics), ("params", params), ("kept", kept)):
        if rows:
            parts += [name, text.aligned(rows)]
    parts += findings_text(run.tags)
    parts.append(_environment_line(detail.environment))
    return "\n".join(part for part in parts if part)


def _range(metric: MetricSummary) -> str:
    if metric.count < 2:
        return ""
    low, high = format_number(metric.min), format_number(metric.max)
    return f"{low} to {high}, {metric.count} points"
