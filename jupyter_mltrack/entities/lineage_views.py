"""Lineage as it is shown: what cells made, what a run needed, and a run's certificate."""

from jupyter_mltrack.entities.views import CellView, View


class ReasonView(View, frozen=True, kw_only=True):
    """Why a certificate says no, or cannot say yes.

    ``kind`` is one of ``order``, ``edited``, ``deleted``, ``never-run``, ``hidden``, ``repeated``,
    ``raised`` (of a no) and ``script``, ``no-notebook``, ``private``, ``unrecorded``, ``before``,
    ``broken-off``, ``opaque``, ``redacted``, ``effect`` (of an unknown). ``text`` names the cells;
    ``name`` is what the code calls the value that it is about, where it is about one.
    """

    kind: str
    text: str
    cell_ids: list[str]
    execution_ids: list[str]
    name: str


class CertificateView(View, frozen=True, kw_only=True):
    """Whether a run's notebook, executed from top to bottom, leads to it.

    ``verdict`` is ``yes``, ``no`` or ``unknown``; ``sentence`` says it with the first reason.
    """

    verdict: str
    sentence: str
    reasons: list[ReasonView]


class MadeView(View, frozen=True, kw_only=True):
    """What a cell execution made of one run.

    ``metrics`` maps names to the number of points; ``plots`` are digests of pictures it showed,
    ``made_run`` is True when the run began in it.
    """

    run_id: str
    run_name: str
    made_run: bool
    params: list[str]
    metrics: dict[str, int]
    models: list[str]
    artifacts: list[str]


class CellLineageView(View, frozen=True, kw_only=True):
    """A cell execution, what it made of which runs, and the pictures it showed (digests)."""

    cell: CellView
    made: list[MadeView]
    plots: list[str]


class OriginView(View, frozen=True, kw_only=True):
    """Points of a metric that one cell execution logged in a row, ``count`` from index ``first``.

    ``cell`` is None for points that were logged outside of any cell.
    """

    key: str
    first: int
    count: int
    cell: CellView | None


class LineageView(View, frozen=True, kw_only=True):
    """Where a run is from: the cells it needed and those that made it, in the order they ran.

    ``own`` and ``needed`` are ids of executions: those that made or measured the run, and others
    that they needed, ``cells`` both; ``origins`` say which of them logged which points.
    """

    run_id: str
    run_name: str
    certificate: CertificateView
    cells: list[CellLineageView]
    own: list[str]
    needed: list[str]
    origins: list[OriginView]
