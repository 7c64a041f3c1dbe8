"""The facade: one method = one transaction, one function of read/ or write/, one entity back."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DataError, IntegrityError, OperationalError

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
from jupyter_mltrack.errors import ResourceDoesNotExist, StoreUnavailable
from jupyter_mltrack.store.contract import (
    Changes,
    Counts,
    Lineage,
    RunSearch,
    RunTable,
    Series,
    StoredArtifact,
    StoredOutput,
)
from jupyter_mltrack.store.keeping import Keeper
from jupyter_mltrack.store.sql import schema
from jupyter_mltrack.store.sql.engine import open_database
from jupyter_mltrack.store.sql.house import experiments as housed_experiments
from jupyter_mltrack.store.sql.house import trash
from jupyter_mltrack.store.sql.house.keeper import SqlKeeper
from jupyter_mltrack.store.sql.read import (
    artifacts,
    changes,
    experiments,
    identity,
    lineage,
    metrics,
    notebooks,
    runs,
)
from jupyter_mltrack.store.sql.write import apply as applying
from jupyter_mltrack.store.sql.write import notebooks as writing_notebooks
from jupyter_mltrack.store.sql.write import runs as writing_runs
from jupyter_mltrack.store.sql.write.batch import Batch

P = ParamSpec("P")
T = TypeVar("T")

_NO_RUNS: Final = RunTable(
    run_ids=(),
    experiment_ids=(),
    statuses=(),
    start_times=(),
    end_times=(),
    metrics={},
    params={},
    tags={},
)


class SqlStore:
    """A :class:`jupyter_mltrack.store.contract.Store` in a SQL database."""

    def __init__(self, uri: str) -> None:
        self.uri = uri
        self._database = open_database(uri)
        self._blobs = self._database.open_blobs()
        # Row ids of keys never change, so that a batch need not ask for them again.
        self._names: dict[str, int] = {}

    # Reading

    def get_experiment(self, experiment_id: str) -> Experiment:
        found = self._read(experiments.get_experiment, None, experiment_id)
        return _found(found, f"There is no experiment with id {experiment_id!r}.")

    def find_experiment_by_name(self, name: str) -> Experiment | None:
        return self._read(experiments.find_experiment_by_name, None, name)

    def list_experiments(self, view: int = ViewType.ACTIVE_ONLY) -> list[Experiment]:
        return self._read(experiments.list_experiments, [], view)

    def count_runs(self) -> dict[str, int]:
        return self._read(experiments.count_runs, {})

    def get_run(self, run_id: str) -> Run:
        found = self._read(runs.list_runs, [], [run_id])
        return _found(found[0] if found else None, f"There is no run with id {run_id!r}.")

    def list_runs(self, run_ids: Sequence[str]) -> list[Run]:
        return self._read(runs.list_runs, [], run_ids)

    def search_runs(self, search: RunSearch) -> list[Run]:
        return self._read(runs.search_runs, [], search)

    def search_table(self, search: RunSearch) -> RunTable:
        return self._read(runs.search_table, _NO_RUNS, search)

    def find_run_ids(self, prefix: str, limit: int = 20) -> list[str]:
        return self._read(runs.find_run_ids, [], prefix, limit)

    def find_run_ids_by_name(self, name: str, limit: int = 20) -> list[str]:
        return self._read(runs.find_run_ids_by_name, [], name, limit)

    def list_child_ids(self, run_id: str) -> list[str]:
        return self._read(runs.list_child_ids, [], run_id)

    def get_metric_history(self, run_id: str, key: str) -> list[Metric]:
        series = self.get_series(run_id, key)
        arrays = (series.values, series.times, series.steps)
        columns = zip(*(array.tolist() for array in arrays), strict=True)
        return [Metric(key, value, time, step) for value, time, step in columns]

    def get_series(self, run_id: str, key: str) -> Series:
        found = self._read(metrics.get_series, None, run_id, key)
        return _found(found, f"There is no run with id {run_id!r}.")

    def list_series(self, run_id: str) -> dict[str, Series]:
        return self._read(metrics.list_series, {}, run_id)

    def get_outline(self, run_id: str, key: str) -> Series:
        found = self._read(metrics.get_outline, None, run_id, key)
        return _found(found, f"There is no run with id {run_id!r}.")

    def list_artifacts(self, run_id: str) -> list[StoredArtifact]:
        return self._read(artifacts.list_artifacts, [], run_id)

    def list_models(self, run_id: str) -> list[LoggedModel]:
        return self._read(artifacts.list_models, [], run_id)

    def read_blob(self, digest: str) -> bytes:
        return self._blobs.get(digest)

    def list_cell_executions(self, execution_ids: Sequence[str]) -> list[CellExecution]:
        return self._read(notebooks.list_cell_executions, [], execution_ids)

    def list_session_cells(self, session_id: str) -> list[CellExecution]:
        return self._read(notebooks.list_session_cells, [], session_id)

    def list_run_cells(self, run_id: str) -> list[CellExecution]:
        return self._read(notebooks.list_run_cells, [], run_id)

    def get_lineage(self, run_id: str) -> Lineage:
        return self._read(lineage.get_lineage, Lineage(), run_id)

    def list_execution_runs(self, execution_ids: Sequence[str]) -> dict[str, list[str]]:
        return self._read(lineage.list_execution_runs, {}, execution_ids)

    def list_outputs(self, execution_id: str) -> list[StoredOutput]:
        return self._read(notebooks.list_outputs, [], execution_id)

    def get_revision(self, digest: str) -> Revision:
        found = self._read(notebooks.get_revision, None, digest)
        return _found(found, f"There is no notebook revision {digest!r}.")

    def find_session(self, session_id: str) -> Session | None:
        return self._read(notebooks.find_session, None, session_id)

    def list_sessions(self, kernel_id: str | None = None, limit: int = 100) -> list[Session]:
        return self._read(notebooks.list_sessions, [], kernel_id, limit)

    def list_notebooks(self, limit: int = 500) -> list[Notebook]:
        return self._read(identity.list_notebooks, [], limit)

    def find_notebook(self, paths: Sequence[str]) -> Notebook | None:
        return self._read(identity.find_notebook, None, paths)

    def get_notebook(self, notebook_id: str) -> Notebook:
        found = self._read(identity.get_notebook, None, notebook_id)
        return _found(found, f"There is no notebook with id {notebook_id!r}.")

    def list_notebook_paths(self, notebook_id: str) -> list[str]:
        return self._read(identity.list_notebook_paths, [], notebook_id)

    def list_session_notebooks(self, session_id: str) -> dict[str, str]:
        return self._read(identity.list_session_notebooks, {}, session_id)

    def find_environment(self, digest: str) -> Environment | None:
        return self._read(notebooks.find_environment, None, digest)

    def get_change(self) -> int:
        return self._read(changes.get_state, {}).get("change", 0)

    def get_changes(self, since: int) -> Changes:
        nothing = Changes(change=0, run_ids=[], experiments=False, sessions=False)
        return self._read(changes.get_changes, nothing, since)

    def get_counts(self) -> Counts:
        return self._read(changes.get_counts, Counts(experiments=0, runs=0, cells=0, rejected=0))

    def get_schema_version(self) -> str:
        return self._read(schema.find_version, None) or ""

    # Writing

    def prepare(self) -> None:
        schema.upgrade(self._database)

    def apply(
        self,
        session_id: str,
        batch: Sequence[tuple[ev.Event | None, Any]],
        *,
        spool: Path,
    ) -> None:
        if not batch:
            return
        try:
            self._write_spooled(spool, applying.apply_all, session_id, batch)
        except (StoreUnavailable, OSError) as error:
            if not isinstance(error.__cause__, (DataError, IntegrityError)):
                raise
            self._write_spooled(spool, applying.apply_one_by_one, session_id, batch)
        except Exception:  # noqa: BLE001 - one bad record must not keep the others out
            self._write_spooled(spool, applying.apply_one_by_one, session_id, batch)

    def retry_rejected(self) -> int:
        if not self._read(applying.has_retriable, False):
            return 0
        return self._write(applying.retry_rejected)

    def get_journal_position(self, session_id: str) -> tuple[int, int]:
        return self._read(applying.get_position, (1, 0), session_id)

    def end_session(self, session_id: str, time: int, status: str) -> None:
        self._write(writing_notebooks.end_session, session_id, time, status)

    def rename_run(self, run_id: str, name: str) -> None:
        self.set_run_tags(run_id, {writing_runs.RUN_NAME_TAG: name})

    def set_run_tags(self, run_id: str, tags: Mapping[str, str | None]) -> None:
        self._write(writing_runs.set_tags, ev.TagsSet(run_id, dict(tags)))

    def delete_runs(self, run_ids: Sequence[str]) -> list[str]:
        return self._write(writing_runs.delete_runs, run_ids)

    def restore_runs(self, run_ids: Sequence[str], *, with_children: bool = False) -> list[str]:
        return self._write(trash.restore_runs, run_ids, with_children=with_children)

    def rename_experiment(self, experiment_id: str, name: str) -> None:
        self._write(housed_experiments.rename_experiment, experiment_id, name)

    def set_experiment_tags(self, experiment_id: str, tags: Mapping[str, str | None]) -> None:
        self._write(housed_experiments.set_experiment_tags, experiment_id, tags)

    def delete_experiment(self, experiment_id: str) -> list[str]:
        return self._write(housed_experiments.delete_experiment, experiment_id)

    def restore_experiment(self, experiment_id: str, name: str = "") -> list[str]:
        return self._write(housed_experiments.restore_experiment, experiment_id, name)

    def keeper(self) -> Keeper:
        return SqlKeeper(self._database, self._blobs)

    def close(self) -> None:
        self._database.close()

    def _read(
        self,
        function: Callable[Concatenate[Connection, P], T],
        absent: T,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        if not self._database.exists():
            return absent
        with self._database.reading() as connection:
            try:
                return function(connection, *args, **kwargs)
            except OperationalError as error:
                # Created by another process a moment ago and not yet migrated.
                if "no such table" in str(error.orig) and not schema.find_version(connection):
                    return absent
                raise

    def _write(
        self,
        function: Callable[Concatenate[Batch, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        return self._write_spooled(None, function, *args, **kwargs)

    def _write_spooled(
        self,
        spool: Path | None,
        function: Callable[Concatenate[Batch, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        try:
            with self._database.writing() as connection:
                batch = Batch(connection, self._blobs.within(connection), self._names, spool)
                result = function(batch, *args, **kwargs)
                batch.finish()
            return result
        except BaseException:
            self._names.clear()
            raise


def _found(value: T | None, message: str) -> T:
    if value is None:
        raise ResourceDoesNotExist(message)
    return value
