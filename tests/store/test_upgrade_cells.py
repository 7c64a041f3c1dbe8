"""Cells, sources and revisions of a store from before they had numbers come over whole."""

import hashlib
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from jupyter_mltrack.entities import CellExecution, Revision, RevisionCell
from jupyter_mltrack.entities import events as ev
from jupyter_mltrack.errors import ResourceDoesNotExist
from jupyter_mltrack.search import parse_filter
from jupyter_mltrack.store import open_store
from jupyter_mltrack.store.contract import RunSearch, Store
from jupyter_mltrack.store.sql import schema
from tests.store.test_notebooks import apply
from tests.store.test_schema import MIGRATIONS, differences_from_the_mapped_schema

pytestmark = pytest.mark.filterwarnings("ignore:.*expression-based index")

SESSION, GONE = "5e" * 16, "of no row"
REVISION, LOST = "0f" * 32, "ab" * 32
SOURCES = {hashlib.sha256(text.encode()).hexdigest(): text for text in ("x = 1", "fit(x)  # é")}
ONE, TWO = SOURCES
ENTRIES = [["c1", "code", ONE, "executed"], ["ü", "code", TWO, "never run", ["slow"]]]
CELLS = [
    ("aa" * 16, SESSION, "c1", ONE, 1, REVISION, "work/n.ipynb"),
    ("aa" * 15 + "AA", SESSION, "ü", TWO, 2, LOST, ""),  # of other letters, so another id
    ("x-1", GONE, "", ONE, None, "", "work/n.ipynb"),
]


@pytest.fixture(params=["sqlite", "postgresql"])
def upgraded(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    uri = f"sqlite:///{tmp_path / 'mltrack.db'}"
    if request.param == "postgresql":
        server = request.getfixturevalue("postgresql_server")
        uri = server.create_database(f"upgrade_{tmp_path.name.lower()[-20:]}")
    engine = sa.create_engine(uri.replace("postgresql:", "postgresql+psycopg:", 1))
    with engine.begin() as connection:
        migrate(connection, "v0_2_0")
        fill(connection)
    engine.dispose()
    store = open_store(uri if request.param == "postgresql" else str(tmp_path))
    store.prepare()
    yield store
    store.close()


def migrate(connection: sa.Connection, version: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, version)


def fill(connection: sa.Connection) -> None:
    manifest = zlib.compress(json.dumps(ENTRIES).encode())
    insert(connection, "sessions", SESSION, "k", 1, 1, 2, False, "work/n.ipynb", "", FACTS)
    for digest, text in SOURCES.items():
        insert(connection, "sources", digest, text)
    insert(connection, "revisions", REVISION, "work/n.ipynb", "live", "python", manifest)
    for number, (key, session, cell, source, count, revision, path) in enumerate(CELLS, start=1):
        insert(connection, "cell_executions", number, key, session, cell, source, count)
        connection.execute(
            sa.text("UPDATE cell_executions SET revision = :revision, notebook_path = :path "
                    "WHERE id = :id"),
            {"revision": revision, "path": path, "id": number},
        )  # fmt: skip
    insert(connection, "outputs", 2, 0, "stream", "stdout", "", 0, '{"text/plain":"said"}', "{}")
    insert(connection, "experiments", 1, "7", "e", "", "active", 0, 0)
    run = (1, "ee" * 16, 1, "r", "FINISHED", 1, 2, "", "active", None, "", SESSION, 1, "n", 0)
    insert(connection, "runs", *run)


FACTS = json.dumps({"session_id": SESSION, "start_time": 1, "pid": 1})
COLUMNS = {
    "cell_executions": "(id, execution_id, session_id, cell_id, source, execution_count, "
    "start_time, end_time, outcome, error, revision, notebook_path)",
}


def insert(connection: sa.Connection, table: str, *values: Any) -> None:
    if table == "cell_executions":
        values = (*values, 10, 20, "ok", "", "", "")
    given = {f"v{n}": value for n, value in enumerate(values)}
    marks = ", ".join(f":{name}" for name in given)
    columns = COLUMNS.get(table, "")
    connection.execute(sa.text(f"INSERT INTO {table} {columns} VALUES ({marks})"), given)


def test_every_cell_is_as_it_was(upgraded: Store) -> None:
    assert upgraded.list_cell_executions([cell[0] for cell in CELLS]) == [
        CellExecution(
            execution_id=key,
            session_id=session,
            cell_id=cell,
            source=SOURCES[source],
            execution_count=count,
            start_time=10,
            end_time=20,
            outcome="ok",
            revision=revision,
            notebook_path=path,
        )
        for key, session, cell, source, count, revision, path in CELLS
    ]


def test_cells_are_found_by_their_session_even_of_one_that_has_no_row(upgraded: Store) -> None:
    for session in (SESSION, GONE):
        found = [cell.execution_id for cell in upgraded.list_session_cells(session)]
        assert found == [cell[0] for cell in CELLS if cell[1] == session]
    assert upgraded.list_session_cells("another") == []


def test_revisions_have_their_cells(upgraded: Store) -> None:
    revision = upgraded.get_revision(REVISION)
    assert (revision.digest, revision.notebook_path) == (REVISION, "work/n.ipynb")
    names = ("cell_id", "cell_type", "source", "origin", "tags")
    assert [tuple(getattr(cell, name) for name in names) for cell in revision.cells] == [
        ("c1", "code", "x = 1", "executed", ()),
        ("ü", "code", "fit(x)  # é", "never run", ("slow",)),
    ]


def test_outputs_and_runs_have_their_cell(upgraded: Store) -> None:
    (output,) = upgraded.list_outputs(CELLS[1][0])
    assert output.data == {"text/plain": "said"}
    for clause in (f"revision = '{REVISION}'", "cell = 'c1'", "source CONTAINS 'x = 1'"):
        search = RunSearch(filter=parse_filter(clause))
        assert [run.info.run_name for run in upgraded.search_runs(search)] == ["r"]


def test_it_is_sound_and_has_the_newest_schema(upgraded: Store) -> None:
    assert upgraded.get_schema_version() == schema.HEAD
    assert [one for one in upgraded.keeper().check() if one.level == "fail"] == []
    uri = upgraded.uri.replace("postgresql:", "postgresql+psycopg:", 1)
    assert differences_from_the_mapped_schema(uri) == []


def test_a_revision_that_comes_after_its_cells_is_theirs(upgraded: Store) -> None:
    with pytest.raises(ResourceDoesNotExist, match=LOST):
        upgraded.get_revision(LOST)
    cells = [RevisionCell(cell_id="new", cell_type="code", source="x = 1")]
    late = Revision(digest=LOST, notebook_path="", layer="live", language="python", cells=cells)
    apply(upgraded, SESSION, ev.RevisionSeen(late))
    assert upgraded.get_revision(LOST).cells == cells
    assert upgraded.list_cell_executions([CELLS[1][0]])[0].revision == LOST
