"""A store on a PostgreSQL server: one writer, a server that goes away, and what it cannot hold."""

import os
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import jupyter_mltrack as mltrack
from jupyter_mltrack.errors import InvalidParameterValue, ResourceDoesNotExist, StoreUnavailable
from jupyter_mltrack.store import open_store
from jupyter_mltrack.store.blobs import digest_of
from jupyter_mltrack.store.contract import RunSearch, Store
from jupyter_mltrack.store.sql import postgresql, schema
from jupyter_mltrack.store.sql.postgresql import PostgresqlDatabase
from jupyter_mltrack.tracking.cells import begin_cell, end_cell
from jupyter_mltrack.tracking.session import get_session
from tests.conftest import run_python
from tests.postgresql import Server
from tests.store.test_schema import differences_from_the_mapped_schema


@pytest.fixture
def store_uri(postgresql_uri: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("MLTRACK_STORE", postgresql_uri)
    return postgresql_uri


@pytest.fixture
def database(postgresql_uri: str) -> Iterator[PostgresqlDatabase]:
    """A database with the schema in it."""
    opened = PostgresqlDatabase(postgresql_uri)
    schema.upgrade(opened)
    yield opened
    opened.close()


def add(database: PostgresqlDatabase, times: int = 1) -> None:
    for _ in range(times):
        with database.writing() as connection:
            # Read, then written: two writers at once would lose one of two.
            found = connection.exec_driver_sql("SELECT value FROM state WHERE name = 'test'")
            value = (found.scalar() or 0) + 1
            connection.exec_driver_sql(
                "INSERT INTO state VALUES ('test', %s) "
                "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                (value,),
            )


def get(database: PostgresqlDatabase) -> int | None:
    with database.reading() as connection:
        found = connection.exec_driver_sql("SELECT value FROM state WHERE name = 'test'").scalar()
    return None if found is None else int(found)


# --- One writer -----------------------------------------------------------------------------------


def test_a_new_store_has_the_mapped_schema(database: PostgresqlDatabase) -> None:
    uri = database.uri.replace("postgresql://", "postgresql+psycopg://")
    found = [str(one) for one in differences_from_the_mapped_schema(uri)]
    # The server spells an expression in its own way.
    assert [one for one in found if "ix_params_search" not in one] == []


def test_writers_take_turns(database: PostgresqlDatabase) -> None:
    others = [PostgresqlDatabase(database.uri) for _ in range(3)]
    threads = [
        threading.Thread(target=add, args=(one, 20)) for one in (database, database, *others)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one in others:
        one.close()
    assert get(database) == 100


def test_a_reader_sees_one_moment_and_cannot_write(database: PostgresqlDatabase) -> None:
    add(database)
    with database.reading() as connection:
        read = "SELECT value FROM state WHERE name = 'test'"
        assert connection.exec_driver_sql(read).scalar() == 1
        add(database)
        assert connection.exec_driver_sql(read).scalar() == 1
    assert get(database) == 2
    with pytest.raises(StoreUnavailable, match="read-only"), database.reading() as connection:
        connection.exec_driver_sql("DELETE FROM state")


def test_a_lock_that_cannot_be_had_is_told(
    database: PostgresqlDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "LOCK_SECONDS", 1)
    other = PostgresqlDatabase(database.uri)
    with other.writing(), pytest.raises(StoreUnavailable, match="lock timeout"):
        add(database)
    other.close()
    add(database)
    assert get(database) == 1


def test_eight_cold_starts_make_one_store(store_uri: str) -> None:
    code = """
        import sys
        import jupyter_mltrack as mltrack
        sys.stdin.read()
        with mltrack.start_run():
            mltrack.log_metric("m", 1)
        assert mltrack.flush(60)
    """
    processes = [
        subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], stdin=subprocess.PIPE)
        for _ in range(8)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.close()
    assert [process.wait(90) for process in processes] == [0] * 8
    store = open_store(store_uri)
    assert len(store.search_runs(RunSearch())) == 8
    store.close()


def test_a_forked_child_has_connections_of_its_own(database: PostgresqlDatabase) -> None:
    add(database)
    child = os.fork()
    if child == 0:
        status = 1
        try:
            add(database)
            assert get(database) == 2
            database.close()
            status = 0
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0
    add(database)
    assert get(database) == 3


# --- A server that goes away ----------------------------------------------------------------------


@pytest.fixture
def own_server() -> Iterator[Server]:
    server = Server("fsync=off")
    yield server
    server.stop()


def test_a_server_that_comes_back_is_used_again(own_server: Server) -> None:
    database = PostgresqlDatabase(own_server.create_database("runs"))
    schema.upgrade(database)
    add(database)
    assert get(database) == 1
    own_server.kill()
    for use in (add, get):
        started = time.monotonic()
        with pytest.raises(StoreUnavailable, match="cannot be used now"):
            use(database)
        assert time.monotonic() - started < 40
    own_server.start()
    add(database)
    assert get(database) == 2
    database.close()


def test_a_connection_that_was_ended_is_renewed(
    database: PostgresqlDatabase, postgresql_server: Server
) -> None:
    add(database)
    name = database.uri.rpartition("/")[2]
    end = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
    assert postgresql_server.execute(end)
    add(database)
    assert get(database) == 2

    def write() -> None:
        with database.writing() as connection:
            postgresql_server.execute(end)
            connection.exec_driver_sql("DELETE FROM state")

    with pytest.raises(StoreUnavailable):
        write()
    assert get(database) == 2


def test_a_server_that_does_not_answer_is_given_up() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        uri = f"postgresql://u:p@127.0.0.1:{listener.getsockname()[1]}/runs?connect_timeout=2"
        started = time.monotonic()
        with pytest.raises(StoreUnavailable, match="timeout"):
            open_store(uri).prepare()
        assert time.monotonic() - started < 30


def test_what_is_logged_waits_for_the_server(own_server: Server, tmp_path: Path) -> None:
    uri = own_server.create_database("runs")
    own_server.kill()
    code = """
        import sys, time
        import jupyter_mltrack as mltrack
        started = time.monotonic()
        with mltrack.start_run(run_name="patient"):
            for step in range(100):
                mltrack.log_metric("m", step, step=step)
        assert time.monotonic() - started < 20, time.monotonic() - started
        assert not mltrack.flush(1)
        print("logged", flush=True)
        sys.stdin.read()
        assert mltrack.flush(30)
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "MLTRACK_STORE": uri, "XDG_DATA_HOME": str(tmp_path)},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"logged\n"
    own_server.start()
    process.communicate()
    assert process.returncode == 0
    store = open_store(uri)
    (run,) = store.search_runs(RunSearch())
    assert run.info.status == "FINISHED"
    assert len(store.get_metric_history(run.info.run_id, "m")) == 100
    store.close()


# --- What it holds, and what it refuses -----------------------------------------------------------


def test_a_missing_driver_is_told_with_the_command(postgresql_uri: str) -> None:
    code = f"""
import sys
sys.modules["psycopg"] = None
from jupyter_mltrack.errors import StoreUnavailable
from jupyter_mltrack.store import open_store
try:
    open_store({postgresql_uri!r}).prepare()
except StoreUnavailable as error:
    print(error.message)
"""
    assert "pip install 'jupyter_mltrack[postgresql]'" in run_python(code)


def test_another_encoding_is_refused(postgresql_server: Server) -> None:
    uri = postgresql_server.create_database("ascii", encoding="SQL_ASCII")
    with pytest.raises(StoreUnavailable, match=r"SQL_ASCII.*ENCODING 'UTF8'"):
        open_store(uri).prepare()
    postgresql_server.execute("DROP DATABASE ascii")


def test_tables_of_something_else_are_left_alone(
    postgresql_uri: str, postgresql_server: Server
) -> None:
    name = postgresql_uri.rpartition("/")[2]
    postgresql_server.execute("CREATE TABLE experiments (experiment_id int)", name)
    with pytest.raises(StoreUnavailable, match=r"something else.*'experiments'"):
        open_store(postgresql_uri).prepare()


def test_two_schemas_are_two_stores(postgresql_uri: str, postgresql_server: Server) -> None:
    name = postgresql_uri.rpartition("/")[2]
    stores = []
    for team in ("a", "b"):
        postgresql_server.execute(f"CREATE SCHEMA {team}", name)
        stores.append(open_store(f"{postgresql_uri}?options=-csearch_path%3D{team}"))
        stores[-1].prepare()
    stores[0].end_session("", 0, "KILLED")
    assert [store.get_change() for store in stores] == [1, 0]
    for store in stores:
        store.close()


def test_a_value_it_cannot_hold_is_refused(database: PostgresqlDatabase) -> None:
    for statement, value in (
        ("INSERT INTO sources VALUES (1, 'd', %s)", "a\0b"),
        ("INSERT INTO state VALUES ('big', %s)", 2**70),
        (
            "INSERT INTO experiments VALUES (1, 'e', %s, '', 'active', 0, 0)",
            "".join(chr(0x4E00 + (i * 7919) % 20000) for i in range(4000)),
        ),
    ):
        with (
            pytest.raises(InvalidParameterValue, match="refuses a value"),
            database.writing() as writer,
        ):
            writer.exec_driver_sql(statement, (value,))
    add(database)


def test_one_bad_record_does_not_stop_the_others(store: Store) -> None:
    path = "".join(chr(0x4E00 + (i * 7919) % 20000) for i in range(1000))
    with mltrack.start_run() as run:
        mltrack.log_text("x", path)
        mltrack.log_param("p", 1)
    assert mltrack.flush(20)
    found = store.get_run(run.info.run_id)
    assert found.data.params == {"p": "1"}
    assert store.get_counts().rejected == 1


def test_nul_in_what_a_cell_said_costs_the_nul_only(store: Store) -> None:
    session = get_session()
    options = {"cell_id": "c", "execution_count": 1}
    cell = begin_cell(session, source="# a\0b\nfail()", **options)
    end_cell(cell, "error", "ValueError: a\0b")
    assert mltrack.flush(20)
    (found,) = store.list_session_cells(session.session_id)
    assert (found.source, found.outcome) == ("# a\u2400b\nfail()", "error")
    assert found.error == "ValueError: a\u2400b"
    assert store.get_counts().rejected == 0


def test_text_is_ordered_by_code_point(store: Store) -> None:
    from jupyter_mltrack.search import parse_order_by

    names = ["b", "B", "a", "ä", "Z", "_", "é", "z", "É", "1"]
    for name in names:
        with mltrack.start_run(run_name=name):
            pass
    assert mltrack.flush(20)
    found = store.search_runs(RunSearch(order_by=parse_order_by(["attributes.run_name"])))
    assert [run.info.run_name for run in found] == sorted(names)


def test_numbers_at_their_limits_come_back(store: Store) -> None:
    values = [float("nan"), float("inf"), float("-inf"), 5e-324, 1.7976931348623157e308, -0.0]
    with mltrack.start_run() as run:
        for step, value in enumerate(values):
            mltrack.log_metric(f"m{step}", value, step=-(2**63) if step else 2**63 - 1)
    assert mltrack.flush(20)
    found = store.get_run(run.info.run_id)
    assert [repr(found.data.metrics[f"m{i}"]) for i in range(6)] == [repr(v) for v in values]


# --- Blobs ----------------------------------------------------------------------------------------


def test_blobs_are_written_with_what_refers_to_them(database: PostgresqlDatabase) -> None:
    blobs = database.open_blobs()
    content = os.urandom(100_000)
    digest = digest_of(content)

    def put_and_fail() -> None:
        with database.writing() as connection:
            assert blobs.within(connection).put(content) == digest
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        put_and_fail()
    with pytest.raises(ResourceDoesNotExist, match="artifacts="):
        blobs.get(digest)
    for _ in range(2):
        with database.writing() as connection:
            assert blobs.within(connection).put(content) == digest
    assert blobs.get(digest) == content
    with pytest.raises(ResourceDoesNotExist, match="not the digest"):
        blobs.get("../etc/passwd")


def test_a_damaged_blob_is_told(database: PostgresqlDatabase) -> None:
    blobs = database.open_blobs()
    with database.writing() as connection:
        digest = blobs.within(connection).put(b"content")
        connection.exec_driver_sql("UPDATE blobs SET data = 'c0ntent'")
    with pytest.raises(StoreUnavailable, match="damaged"):
        blobs.get(digest)


def test_blobs_may_be_files_of_a_shared_directory(
    database: PostgresqlDatabase, tmp_path: Path
) -> None:
    with database.writing() as connection:
        old = database.open_blobs().within(connection).put(b"old")
    shared = PostgresqlDatabase(f"{database.uri}?artifacts={tmp_path}/a%20b")
    with shared.writing() as connection:
        new = shared.open_blobs().within(connection).put(b"new")
    assert (tmp_path / "a b" / new[:2] / new[2:]).read_bytes() == b"new"
    assert [shared.open_blobs().get(digest) for digest in (old, new)] == [b"old", b"new"]
    shared.close()


def test_artifacts_come_back(store: Store) -> None:
    content = os.urandom(3_000_000)
    with mltrack.start_run() as run:
        mltrack.log_text("small", "a.txt")
        mltrack.log_text(content.hex(), "large.txt")
    assert mltrack.flush(20)
    stored = {one.path: one for one in store.list_artifacts(run.info.run_id)}
    assert store.read_blob(stored["a.txt"].digest) == b"small"
    assert store.read_blob(stored["large.txt"].digest).decode() == content.hex()
