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


class PointView(View, frozen=True, kw_only=True):
    """The origin of one point of a metric; ``index`` counts the points as they were logged."""

    key: str
    index: int
    step: int
    time: int
    cell: CellView | None


class LineageView(View, frozen=True, kw_only=True):
    """The cells of a run's session that it needed or that made something of it, in order.

    ``own`` and ``needed`` are ids of executions: those that made the run, and those that they
    needed.
    """

    run_id: str
    certificate: CertificateView
    cells: list[CellLineageView]
    own: list[str]
    needed: list[str]
