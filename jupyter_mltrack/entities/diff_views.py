"""What is shown of two runs beside each other, or of a run beside the notebook as it is now.

Of everything compared ``base`` is the first (the older) and ``run`` the second; ``status`` is one
of ``same``, ``changed``, ``added`` (only the second has it) and ``removed``.
"""

from jupyter_mltrack.entities.metric import Number
from jupyter_mltrack.entities.views import PlotView, RunView, View


class CellDiff(View, frozen=True, kw_only=True):
    """A cell of both, or of one.

    ``base_number`` and ``number`` count the code cells of each notebook from 1, and are None for
    text and where the notebook is not known. ``moved``: it stands elsewhere among the others.
    ``is_behind``: it is among the executions that made a run. ``phrases`` say what changed where
    that takes few words (``max_depth 4 → 8``); ``diff`` is a unified diff without file names, empty
    for the same.
    """

    status: str
    moved: bool
    is_behind: bool
    cell_type: str
    base_cell_id: str
    cell_id: str
    base_number: int | None
    number: int | None
    title: str
    phrases: list[str]
    diff: str


class ValueDiff(View, frozen=True, kw_only=True):
    """A param, package, or fact of the environment; None where one lacks it."""

    key: str
    status: str
    base: str | None
    run: str | None


class MetricChange(View, frozen=True, kw_only=True):
    """A metric's last value in both; ``relative`` is the difference over the base's size.

    ``is_better`` is None when the name does not tell which way is better, or nothing changed.
    """

    key: str
    status: str
    base: Number | None
    run: Number | None
    difference: float | None
    relative: float | None
    is_better: bool | None


class DatasetDiff(View, frozen=True, kw_only=True):
    """Data that entered both or one; ``base`` and ``run`` are digests, shapes as ``150 x 4``.

    ``sampled``: a digest is of a part of the data, so that the same is as far as was looked.
    """

    name: str
    context: str
    status: str
    base: str | None
    run: str | None
    base_shape: str
    shape: str
    sampled: bool


class PlotDiff(View, frozen=True, kw_only=True):
    """A picture of both or of one, paired by cell and position or by file."""

    title: str
    status: str
    base: PlotView | None
    run: PlotView | None


class RunDiff(View, frozen=True, kw_only=True):
    """Two runs beside each other; ``run`` is None against a notebook, which ``path`` names.

    ``executed`` compares what made each, in the order it ran (empty against a notebook);
    ``notebook`` the notebooks as they stood. ``seeds`` are what code and params say of seeds.
    ``notes`` say what is not known.
    """

    summary: str
    base: RunView
    run: RunView | None
    path: str
    executed: list[CellDiff]
    notebook: list[CellDiff]
    params: list[ValueDiff]
    metrics: list[MetricChange]
    datasets: list[DatasetDiff]
    seeds: list[ValueDiff]
    packages: list[ValueDiff]
    environment: list[ValueDiff]
    plots: list[PlotDiff]
    notes: list[str]
