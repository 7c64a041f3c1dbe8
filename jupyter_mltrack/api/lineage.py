"""Where numbers are from, and what cells made."""

from typing import TYPE_CHECKING, Any

from jupyter_mltrack.api.search import open_for_reading, resolve_any

if TYPE_CHECKING:
    from jupyter_mltrack.entities.lineage_views import (
        CellLineageView,
        CertificateView,
        LineageView,
    )
    from jupyter_mltrack.entities.views import CellView


def get_lineage(run: Any) -> "LineageView":
    """The cells that made a run and those that they needed, in the order they ran.

    Parameters
    ----------
    run
        An id or its beginning, a name, ``last``, ``best:METRIC``, or a run.

    Raises
    ------
    ResourceDoesNotExist
        No run is meant.
    """
    from jupyter_mltrack.query import lineage

    with open_for_reading() as store:
        return lineage.get_lineage(store, resolve_any(store, run))


def get_certificate(run: Any) -> "CertificateView":
    """Whether a run's notebook, executed from top to bottom, leads to it, and why not.

    ``run`` and what is raised are as for :func:`get_lineage`.
    """
    from jupyter_mltrack.query import certificate

    with open_for_reading() as store:
        return certificate.get_certificate(store, resolve_any(store, run))


def get_cell_lineage(execution_id: str) -> "CellLineageView":
    """What one cell execution made: params, metrics, models, files by run, and plots.

    Raises
    ------
    ResourceDoesNotExist
        No cell execution has this id.
    """
    from jupyter_mltrack.query import lineage

    with open_for_reading() as store:
        return lineage.get_cell_lineage(store, execution_id)


def get_point_cell(run: Any, key: str, index: int = -1) -> "CellView | None":
    """The cell execution that logged a point of a metric, the last one unless ``index`` says.

    None when it was logged outside of any cell. ``run`` is as for :func:`get_lineage`.

    Raises
    ------
    ResourceDoesNotExist
        No run is meant, or it has no such metric.
    InvalidParameterValue
        The metric has no such point.
    """
    from jupyter_mltrack.query import lineage

    with open_for_reading() as store:
        return lineage.get_point_cell(store, resolve_any(store, run), key, index)
