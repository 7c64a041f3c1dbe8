"""What a store does, by noun. Every method may be called from any thread.

Reads open a connection of their own and see whole transactions only; they raise StoreUnavailable
when the store cannot be opened or read, and treat a store that does not exist yet as empty. Writes
take the store's writer lock, are one transaction each, and raise StoreUnavailable when the lock or
the database cannot be had. ``get_x`` raises ResourceDoesNotExist, ``find_x`` returns None.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from jupyter_mltrack.entities import (
    CellExecution,
    Environment,
    Experiment,
    LoggedModel,
    Metric,
    Revision,
    Run,
    Session,
    ViewType,
)
from jupyter_mltrack.entities import events as ev
from jupyter_mltrack.entities.identity import Notebook

if TYPE_CHECKING:
    import numpy as np

    from jupyter_mltrack.search import OrderBy
    from jupyter_mltrack.store.keeping import Keeper


class RunSearch(msgspec.Struct, frozen=True, kw_only=True):
    """What to look for among the runs.

    ``filter`` is a tree of :mod:`jupyter_mltrack.search` or None; ``experiment_ids`` None means
    all. ``notebook_paths`` are spellings of the path that a notebook has now, and mean its runs
    under every path it had; None means any. ``offset`` and ``limit`` count runs. Runs carry
    ``summaries`` of their metrics only when asked to.
    """

    filter: Any = None
    order_by: "Sequence[OrderBy]" = ()
    experiment_ids: Sequence[str] | None = None
    notebook_paths: Sequence[str] | None = None
    view: int = ViewType.ACTIVE_ONLY
    limit: int = 1000
    offset: int = 0
    summaries: bool = True


class RunTable(msgspec.Struct, frozen=True, kw_only=True):
    """Runs as columns, all of one length; NaN or None where a run has no such metric or text.

    Times are in ms since the epoch; ``metrics`` are the last values, numpy arrays (float64).
    """

    run_ids: Sequence[str]
    experiment_ids: Sequence[str]
    statuses: Sequence[str]
    start_times: Sequence[int]
    end_times: Sequence[int | None]
    metrics: "Mapping[str, np.ndarray[Any, Any]]"
    params: Mapping[str, Sequence[str | None]]
    tags: Mapping[str, Sequence[str | None]]


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """Points of a metric in the order they were logged.

    ``steps``, ``times`` (int64) and ``values`` (float64) are parallel numpy arrays. ``executions``
    says who logged them: (cell execution id, number of points in a row). ``total`` counts the
    points of the metric, of which an outline has only those that a chart shows.
    """

    steps: "np.ndarray[Any, Any]"
    times: "np.ndarray[Any, Any]"
    values: "np.ndarray[Any, Any]"
    executions: Sequence[tuple[str, int]]
    total: int


class StoredOutput(msgspec.Struct, frozen=True, kw_only=True):
    """An output as kept: text in ``data`` by MIME type, large content in ``blobs`` by digest."""

    output_type: str
    name: str
    display_id: str
    truncated: int
    data: dict[str, str]
    blobs: dict[str, str]


class StoredArtifact(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a run; ``size`` in bytes, ``digest`` names its blob."""

    path: str
    size: int
    media_type: str
    digest: str
    execution_id: str


class Lineage(msgspec.Struct, frozen=True, kw_only=True):
    """Ids of the cell executions behind a run's params (by key), models (by id), and the rest."""

    params: dict[str, str] = {}
    models: dict[str, str] = {}
    links: list[str] = []


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What changed since a change number; ``run_ids`` is None when too many did to list."""

    change: int
    run_ids: list[str] | None
    experiments: bool
    sessions: bool


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How much there is."""

    experiments: int
    runs: int
    cells: int
    rejected: int


class ReadStore(Protocol):
    """The reading half; the query room is given no more than this."""

    uri: str

    def get_experiment(self, experiment_id: str) -> Experiment:
        """The experiment of an id."""
        ...

    def find_experiment_by_name(self, name: str) -> Experiment | None:
        """The active experiment of a name."""
        ...

    def list_experiments(self, view: int = ViewType.ACTIVE_ONLY) -> list[Experiment]:
        """Experiments in a lifecycle stage, the latest updated first."""
        ...

    def count_runs(self) -> dict[str, int]:
        """Active runs of each experiment id that has any."""
        ...

    def get_run(self, run_id: str) -> Run:
        """The run of an id, deleted or not."""
        ...

    def list_runs(self, run_ids: Sequence[str]) -> list[Run]:
        """Runs in this order, deleted ones too; unknown ids are left out."""
        ...

    def search_runs(self, search: RunSearch) -> list[Run]:
        """The runs a search asks for, in its order."""
        ...

    def search_table(self, search: RunSearch) -> RunTable:
        """The same runs as columns."""
        ...

    def find_run_ids(self, prefix: str, limit: int = 20) -> list[str]:
        """Active runs whose id begins with a prefix, the newest first."""
        ...

    def find_run_ids_by_name(self, name: str, limit: int = 20) -> list[str]:
        """Active runs of a name, the newest first."""
        ...

    def list_child_ids(self, run_id: str) -> list[str]:
        """Active runs right below a run, in the order they began."""
        ...

    def get_metric_history(self, run_id: str, key: str) -> list[Metric]:
        """All points of a metric in the order logged; empty for an unknown key."""
        ...

    def get_series(self, run_id: str, key: str) -> Series:
        """The same points as columns."""
        ...

    def list_series(self, run_id: str) -> dict[str, Series]:
        """All points of all metrics of a run by key; empty for an unknown run."""
        ...

    def get_outline(self, run_id: str, key: str) -> Series:
        """The points needed to draw a metric: all, or of a long series its ends and extremes."""
        ...

    def list_artifacts(self, run_id: str) -> list[StoredArtifact]:
        """Files of a run by path."""
        ...

    def list_models(self, run_id: str) -> list[LoggedModel]:
        """Models of a run in the order logged."""
        ...

    def read_blob(self, digest: str) -> bytes:
        """The bytes of a digest; raises ResourceDoesNotExist."""
        ...

    def list_cell_executions(self, execution_ids: Sequence[str]) -> list[CellExecution]:
        """Cell executions in this order; unknown ids are left out."""
        ...

    def list_session_cells(self, session_id: str) -> list[CellExecution]:
        """All cell executions of a session in the order they began."""
        ...

    def list_run_cells(self, run_id: str) -> list[CellExecution]:
        """The cell that made a run, and those that logged to it or used its model."""
        ...

    def get_lineage(self, run_id: str) -> Lineage:
        """Which cell executions logged what of a run."""
        ...

    def list_execution_runs(self, execution_ids: Sequence[str]) -> dict[str, list[str]]:
        """Ids of active runs that cell executions made or logged to, by execution id.

        In the order the runs began; executions without any are left out.
        """
        ...

    def list_outputs(self, execution_id: str) -> list[StoredOutput]:
        """What a cell execution showed, in order."""
        ...

    def get_revision(self, digest: str) -> Revision:
        """A notebook revision with the sources of its cells."""
        ...

    def find_session(self, session_id: str) -> Session | None:
        """A session."""
        ...

    def list_sessions(self, kernel_id: str | None = None, limit: int = 100) -> list[Session]:
        """Sessions, of one kernel if given, the newest first."""
        ...

    def list_notebooks(self, limit: int = 500) -> list[Notebook]:
        """Notebooks, those seen last first."""
        ...

    def find_notebook(self, paths: Sequence[str]) -> Notebook | None:
        """The notebook that has one of these paths now."""
        ...

    def get_notebook(self, notebook_id: str) -> Notebook:
        """The notebook of an id; raises ResourceDoesNotExist."""
        ...

    def list_notebook_paths(self, notebook_id: str) -> list[str]:
        """Every path a notebook had."""
        ...

    def list_session_notebooks(self, session_id: str) -> dict[str, str]:
        """Ids of the notebooks of a session, by path."""
        ...

    def find_environment(self, digest: str) -> Environment | None:
        """An environment."""
        ...

    def get_change(self) -> int:
        """The number of the last write; it grows with every one."""
        ...

    def get_changes(self, since: int) -> Changes:
        """What changed after a change number."""
        ...

    def get_counts(self) -> Counts:
        """How much there is."""
        ...

    def get_schema_version(self) -> str:
        """Revision of the schema; empty when there is no store yet."""
        ...


class Store(ReadStore, Protocol):
    """Reading and writing."""

    def prepare(self) -> None:
        """Create the store, or bring an older one up to date; exactly one process does.

        Raises
        ------
        StoreTooNew
            A newer version wrote it.
        """

    def apply(
        self,
        session_id: str,
        batch: Sequence[tuple[ev.Event | None, Any]],
        *,
        spool: Path,
    ) -> None:
        """Apply journal records (event, record) in order, in one transaction with their position.

        Records at or before the stored position are passed over, so that applying a batch twice
        changes nothing. A record that is None or cannot be applied is kept aside with the reason.
        """

    def retry_rejected(self) -> int:
        """Apply records kept aside for want of their run or cell, where it is known now.

        Returns how many that were.
        """
        ...

    def get_journal_position(self, session_id: str) -> tuple[int, int]:
        """How far this session's journal was applied: (segment, offset), (1, 0) when not at all."""

    def end_session(self, session_id: str, time: int, status: str) -> None:
        """End a session whose owner is gone, and its running runs with ``status``."""

    def rename_run(self, run_id: str, name: str) -> None:
        """Give a run another name."""
        ...

    def set_run_tags(self, run_id: str, tags: Mapping[str, str | None]) -> None:
        """Set tags of a run; None deletes one."""
        ...

    def delete_runs(self, run_ids: Sequence[str]) -> list[str]:
        """Move runs and their children to the trash; return the ids of all that moved."""

    def restore_runs(self, run_ids: Sequence[str], *, with_children: bool = False) -> list[str]:
        """Take exactly these runs back from the trash; return the ids of all that moved.

        ``with_children`` adds the runs below them that were deleted with them. Raises
        InvalidParameterValue when their experiment is in the trash itself.
        """

    def rename_experiment(self, experiment_id: str, name: str) -> None:
        """Rename an active experiment; raises ResourceAlreadyExists when the name is taken."""
        ...

    def set_experiment_tags(self, experiment_id: str, tags: Mapping[str, str | None]) -> None:
        """Set tags of an active experiment; None deletes one."""
        ...

    def delete_experiment(self, experiment_id: str) -> list[str]:
        """Move an experiment and its active runs to the trash; its name is free at once.

        Returns the ids of these runs.
        """

    def restore_experiment(self, experiment_id: str, name: str = "") -> list[str]:
        """Take an experiment back with the runs that went with it; return the ids of these.

        Raises ResourceAlreadyExists when another active one has its name, or ``name`` if given.
        """

    def keeper(self) -> "Keeper":
        """What keeps house in this store."""
        ...

    def close(self) -> None:
        """Let go of connections; a later call opens new ones."""
