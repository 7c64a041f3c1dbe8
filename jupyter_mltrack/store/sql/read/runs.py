"""Runs with their params, tags, metric summaries and datasets."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, select

from jupyter_mltrack.entities import LifecycleStage, Run
from jupyter_mltrack.store.contract import RunSearch, RunTable
from jupyter_mltrack.store.sql.filters import find_rows
from jupyter_mltrack.store.sql.read.parts import parts
from jupyter_mltrack.store.sql.read.run_data import load_runs, select_infos
from jupyter_mltrack.store.sql.read.table import load_table
from jupyter_mltrack.store.sql.tables import RunRow


def list_runs(connection: Connection, run_ids: Sequence[str]) -> list[Run]:
    """The runs of these ids in this order; unknown ones are left out."""
    found: dict[str, Run] = {}
    for part in parts(run_ids):
        for run in _load(connection, select_infos().where(RunRow.run_id.in_(part))):
            found[run.info.run_id] = run
    return [found[run_id] for run_id in run_ids if run_id in found]


def search_runs(connection: Connection, search: RunSearch) -> list[Run]:
    """The runs a search asks for, in its order."""
    return load_runs(connection, _search(connection, search), summaries=search.summaries)


def search_table(connection: Connection, search: RunSearch) -> RunTable:
    """The runs a search asks for as columns."""
    return load_table(connection, find_rows(connection, search))


def _search(connection: Connection, search: RunSearch) -> Sequence[Any]:
    numbers = find_rows(connection, search)
    found = {
        row.id: row
        for part in parts(numbers)
        for row in connection.execute(select_infos().where(RunRow.id.in_(part)))
    }
    return [found[number] for number in numbers]


def find_run_ids(connection: Connection, prefix: str, limit: int) -> list[str]:
    """Ids of active runs that begin with a prefix, the newest first."""
    query = _active().where(RunRow.run_id.startswith(prefix, autoescape=True))
    return list(connection.execute(query.limit(limit)).scalars())


def find_run_ids_by_name(connection: Connection, name: str, limit: int) -> list[str]:
    """Ids of active runs of a name, the newest first."""
    return list(connection.execute(_active().where(RunRow.name == name).limit(limit)).scalars())


def list_child_ids(connection: Connection, run_id: str) -> list[str]:
    """Ids of the active runs right below a run, in the order they began."""
    query = (
        select(RunRow.run_id)
        .where(RunRow.parent_run_id == run_id)
        .where(RunRow.lifecycle_stage == LifecycleStage.ACTIVE)
        .order_by(RunRow.id)
    )
    return list(connection.execute(query).scalars())


def list_family_ids(connection: Connection, run_ids: Sequence[str]) -> list[str]:
    """The given ids and those of all runs below them."""
    family = dict.fromkeys(run_ids)
    level = list(run_ids)
    while level:
        children = [
            run_id
            for part in parts(level)
            for run_id in connection.execute(
                select(RunRow.run_id).where(RunRow.parent_run_id.in_(part))
            ).scalars()
        ]
        level = [run_id for run_id in children if run_id not in family]
        family |= dict.fromkeys(level)
    return list(family)


def _active() -> Select[Any]:
    return (
        select(RunRow.run_id)
        .where(RunRow.lifecycle_stage == LifecycleStage.ACTIVE)
        .order_by(RunRow.start_time.desc(), RunRow.id.desc())
    )


def _load(connection: Connection, query: Select[Any]) -> list[Run]:
    return load_runs(connection, connection.execute(query).all())
