"""What a reader is shown: the JSON of the panel's API, of ``compare`` and of the inline output.

The TypeScript types are generated from these structs (``make types``).
"""

from typing import Any

import msgspec

from jupyter_mltrack.entities.drawings import EstimatorPart
from jupyter_mltrack.entities.metric import MetricSummary, Number


class View(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all views."""


class ExperimentView(View, frozen=True, kw_only=True):
    """An experiment with what a list shows of it."""

    experiment_id: str
    name: str
    lifecycle_stage: str
    creation_time: int
    last_update_time: int
    run_count: int
    tags: dict[str, str]


class CellView(View, frozen=True, kw_only=True):
    """The cell execution that made a run; ``title`` is the first telling line of its source."""

    execution_id: str
    session_id: str
    cell_id: str
    execution_count: int | None
    title: str
    start_time: int
    end_time: int | None
    outcome: str
    notebook_path: str
    revision: str


class RunView(View, frozen=True, kw_only=True):
    """A run as a row of a table."""

    run_id: str
    run_name: str
    experiment_id: str
    experiment_name: str
    status: str
    start_time: int
    end_time: int | None
    user_id: str
    lifecycle_stage: str
    parent_run_id: str
    params: dict[str, str]
    metrics: dict[str, MetricSummary]
    tags: dict[str, str]
    notebook_path: str
    cell: CellView | None


class RunPage(View, frozen=True, kw_only=True):
    """One page of runs, and the store's change number at which it was read."""

    runs: list[RunView]
    next_page_token: str | None
    change: int


class PlotView(View, frozen=True, kw_only=True):
    """A picture of a run: the blob's ``digest``, and which cell or artifact it is from.

    One that is ``drawn`` when it is asked for is in the colours of this package.
    """

    digest: str
    media_type: str
    title: str
    artifact_path: str
    execution_id: str
    drawn: bool = False


class ArtifactView(View, frozen=True, kw_only=True):
    """A file of a run; ``size`` in bytes, 0 of one that is ``drawn`` when it is asked for."""

    path: str
    size: int
    media_type: str
    digest: str
    drawn: bool = False


class DatasetView(View, frozen=True, kw_only=True):
    """Data that entered a run; ``schema`` and ``profile`` are JSON text."""

    name: str
    digest: str
    context: str
    schema: str
    profile: str


class ModelView(View, frozen=True, kw_only=True):
    """A model of a run; ``status_message`` says why when ``status`` is FAILED."""

    model_id: str
    name: str
    artifact_path: str
    flavor: str
    model_class: str
    status: str
    status_message: str
    size: int


class CellDetailView(View, frozen=True, kw_only=True):
    """A cell execution with its source and its outputs as nbformat has them."""

    cell: CellView
    source: str
    outputs: list[dict[str, Any]]


class EnvironmentView(View, frozen=True, kw_only=True):
    """Where a run ran; ``packages`` maps names to versions."""

    python_version: str
    platform: str
    packages: dict[str, str]
    git_commit: str
    git_branch: str
    git_dirty: bool
    front_end: str
    host: str


class RunDetail(View, frozen=True, kw_only=True):
    """Everything about one run but its metric points and file contents."""

    run: RunView
    children: list[str]
    cells: list[CellDetailView]
    plots: list[PlotView]
    artifacts: list[ArtifactView]
    datasets: list[DatasetView]
    models: list[ModelView]
    environment: EnvironmentView | None
    estimator: EstimatorPart | None = None


class SeriesView(View, frozen=True, kw_only=True):
    """Points of one metric of one run, thinned to a chart's width with the extremes kept.

    ``total`` is the number of points there are; ``steps``, ``times`` (ms) and ``values`` are
    parallel.
    """

    run_id: str
    key: str
    steps: list[int]
    times: list[int]
    values: list[Number]
    total: int


class ParamDifference(View, frozen=True, kw_only=True):
    """One param over the compared runs, None where a run lacks it."""

    key: str
    values: list[str | None]
    differs: bool


class MetricDifference(View, frozen=True, kw_only=True):
    """One metric over the compared runs; ``best`` is the index of the best run, when one is.

    ``greater_is_better`` is None when the name does not tell.
    """

    key: str
    values: list[Number | None]
    differs: bool
    greater_is_better: bool | None
    best: int | None


class CodeDifference(View, frozen=True, kw_only=True):
    """The sources of two runs' cells as a unified diff; ``diff`` is empty when they are equal."""

    base_run_id: str
    run_id: str
    diff: str


class Comparison(View, frozen=True, kw_only=True):
    """Two or more runs side by side; ``plots[i]`` belongs to ``runs[i]``."""

    runs: list[RunView]
    summary: str
    params: list[ParamDifference]
    metrics: list[MetricDifference]
    series: list[SeriesView]
    plots: list[list[PlotView]]
    code: list[CodeDifference]


class SessionView(View, frozen=True, kw_only=True):
    """A kernel with tracking on, or which had it on; the toolbar button shows its state."""

    session_id: str
    kernel_id: str
    notebook_path: str
    front_end: str
    start_time: int
    heartbeat: int
    end_time: int | None
    tracking: bool


class StoreView(View, frozen=True, kw_only=True):
    """The store as a whole, for status lines; ``uri`` has no password in it."""

    uri: str
    version: str
    schema: str
    experiments: int
    runs: int
    cells: int
    change: int
    backlog: int
    rejected: int


class NotebookView(View, frozen=True, kw_only=True):
    """The notebook of a run as it ran; ``notebook`` is nbformat 4."""

    run_id: str
    name: str
    notebook: dict[str, Any]


class ExportView(View, frozen=True, kw_only=True):
    """Where an exported notebook was written, relative to the server's root."""

    run_id: str
    path: str


class ChangeView(View, frozen=True, kw_only=True):
    """What is pushed when the store changed: which runs and experiments to read again."""

    change: int
    run_ids: list[str]
    experiments: bool
    sessions: bool


class ErrorView(View, frozen=True, kw_only=True):
    """The one shape of an error; ``error_code`` is one of MLflow's names."""

    error_code: str
    message: str
