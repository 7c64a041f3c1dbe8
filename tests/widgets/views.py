"""Views to show, made by hand: what a store gives, without one."""

from typing import Any

from jupyter_mltrack.entities import MetricSummary
from jupyter_mltrack.entities.views import (
    CellView,
    CodeDifference,
    Comparison,
    MetricDifference,
    ParamDifference,
    RunDetail,
    RunView,
    SeriesView,
)

HOSTILE = "<script>alert('x')</script>\" onload=\"alert(1)"


def metric(value: Any, count: int = 1) -> MetricSummary:
    return MetricSummary(last=value, min=value, max=value, first=value, count=count, step=0)


def cell(title: str = "train", count: int | None = 3) -> CellView:
    return CellView(
        execution_id="e",
        session_id="s",
        cell_id="c",
        execution_count=count,
        title=title,
        start_time=0,
        end_time=1,
        outcome="ok",
        notebook_path="n.ipynb",
        revision="",
    )


def run(name: str = "run", run_id: str = "", **facts: Any) -> RunView:
    given = {
        "run_id": run_id or name.ljust(32, "0")[:32],
        "run_name": name,
        "experiment_id": "1",
        "experiment_name": "n",
        "status": "FINISHED",
        "start_time": 1_700_000_000_000,
        "end_time": 1_700_000_001_500,
        "user_id": "me",
        "lifecycle_stage": "active",
        "parent_run_id": "",
        "params": {},
        "metrics": {},
        "tags": {},
        "notebook_path": "n.ipynb",
        "cell": cell(),
    }
    return RunView(**{**given, **facts})


def detail(view: RunView, **facts: Any) -> RunDetail:
    given: dict[str, Any] = {
        "children": [],
        "cells": [],
        "plots": [],
        "artifacts": [],
        "datasets": [],
        "models": [],
        "environment": None,
    }
    return RunDetail(run=view, **{**given, **facts})


def series(run_id: str, key: str, values: list[Any]) -> SeriesView:
    steps = list(range(len(values)))
    return SeriesView(
        run_id=run_id, key=key, steps=steps, times=steps, values=values, total=len(values)
    )


def comparison(
    runs: list[RunView],
    metrics: dict[str, list[Any]] | None = None,
    params: dict[str, list[Any]] | None = None,
    curves: list[SeriesView] | None = None,
    diff: str = "",
) -> Comparison:
    return Comparison(
        runs=runs,
        summary="a summary.",
        params=[
            ParamDifference(key=key, values=values, differs=len(set(values)) > 1)
            for key, values in (params or {}).items()
        ],
        metrics=[
            MetricDifference(
                key=key,
                values=values,
                differs=len(set(values)) > 1,
                greater_is_better=True,
                best=0,
            )
            for key, values in (metrics or {}).items()
        ],
        series=curves or [],
        plots=[[] for _ in runs],
        code=[
            CodeDifference(base_run_id=runs[0].run_id, run_id=other.run_id, diff=diff)
            for other in runs[1:]
        ],
    )
