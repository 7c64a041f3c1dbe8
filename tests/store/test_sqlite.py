"""A SQLite store: who may write, what is done with a damaged file, and on disks of all kinds."""

import gc
import os
import signal
import stat
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import jupyter_mltrack as mltrack
from jupyter_mltrack.errors import (
    InvalidParameterValue,
    StoreDamaged,
    StoreUnavailable,
)
from jupyter_mltrack.store import find_obstacle, open_store
from jupyter_mltrack.store.contract import RunSearch, Store
from jupyter_mltrack.store.sql import files, schema, sqlite_writer
from jupyter_mltrack.store.sql.sqlite import SqliteDatabase
from jupyter_mltrack.tracking.problems import problems

GARBAGE = b"not a database" * 1000


@pytest.fixture
def database(tmp_path: Path) -> Iterator[SqliteDatabase]:
    """A database with the schema in it."""
    opened = SqliteDatabase(f"sqlite:///{tmp_path / 'mltrack.db'}")
    schema.upgrade(opened)
    yield opened
    opened.close()


def set_state(database: SqliteDatabase, value: int) -> None:
    with database.writing() as connection:
        connection.exec_driver_sql(f"INSERT OR REPLACE INTO state VALUES ('test', {value})")


def get_state(database: SqliteDatabase) -> int | None:
    with database.reading() as connection:
        found = connection.exec_driver_sql("SELECT value FROM state WHERE name = 'test'").scalar()
    return None if found is None else int(found)


# --- Readers and the writer -----------------------------------------------------------------------


def test_a_reader_cannot_write(database: SqliteDatabase) -> None:
    with pytest.raises(StoreUnavailable, match="readonly"), database.reading() as connection:
        connection.exec_driver_sql("DELETE FROM state")


def test_a_reader_sees_one_moment(database: SqliteDatabase) -> None:
    set_state(database, 1)
    with database.reading() as connection:
        set_state(database, 2)
        seen = connection.exec_driver_sql("SELECT value FROM state WHERE name = 'test'").scalar()
    assert seen == 1
    assert get_state(database) == 2


def test_the_last_reader_leaves_the_log_to_writers(database: SqliteDatabase) -> None:
    killed = f"""
        import os
        from jupyter_mltrack.store.sql.sqlite import SqliteDatabase
        database = SqliteDatabase({database.uri!r})
        with database.writing() as connection:
            connection.exec_driver_sql("INSERT OR REPLACE INTO state VALUES ('test', 7)")
        os.kill(os.getpid(), 9)
    """
    database.close()
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(killed)], check=False)
    assert done.returncode == -signal.SIGKILL
    log = database.path.with_name("mltrack.db-wal")
    size = log.stat().st_size
    assert size > 0
    assert get_state(database) == 7
    database.close()
    assert log.stat().st_size == size


def test_a_refused_value_is_no_unavailable_store(database: SqliteDatabase) -> None:
    row = "INSERT INTO params VALUES (99, 1, 'of no run', NULL, NULL)"
    with pytest.raises(InvalidParameterValue, match="FOREIGN KEY"), database.writing() as writer:
        writer.exec_driver_sql(row)
    set_state(database, 1)


def test_a_store_let_go_of_leaves_no_connection(tmp_path: Path) -> None:
    def count_files() -> int:
        return sum(
            os.path.realpath(entry).startswith(str(tmp_path))
            for entry in Path("/proc/self/fd").iterdir()
        )

    for number in range(20):
        store = open_store(str(tmp_path))
        store.prepare()
        store.get_journal_position(f"{number}")
        del store
    gc.collect()
    store = open_store(str(tmp_path))
    store.get_journal_position("last")
    store.close()
    assert count_files() == 0


def test_a_lock_that_cannot_be_had_is_told(
    database: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_writer, "LOCK_SECONDS", 0.2)
    other = SqliteDatabase(database.uri)
    with other.writing():
        started = time.monotonic()
        with pytest.raises(StoreUnavailable, match=r"Another process.*mltrack\.db"):
            set_state(database, 1)
        assert time.monotonic() - started < 20  # 30 are usual
    set_state(database, 2)
    other.close()


def test_threads_take_turns(database: SqliteDatabase) -> None:
    def add() -> None:
        for _ in range(25):
            with database.writing() as connection:
                connection.exec_driver_sql("UPDATE state SET value = value + 1")

    set_state(database, 0)
    threads = [threading.Thread(target=add) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert get_state(database) == 200


def test_a_forked_child_has_connections_of_its_own(database: SqliteDatabase) -> None:
    set_state(database, 1)
    assert get_state(database) == 1
    child = os.fork()
    if child == 0:
        status = 1
        try:
            assert get_state(database) == 1
            set_state(database, 2)
            database.close()
            status = 0
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0
    assert get_state(database) == 2
    set_state(database, 3)
    assert get_state(database) == 3


def test_statistics_are_made_as_the_store_grows(database: SqliteDatabase) -> None:
    def write_runs(first: int, count: int) -> None:
        with database.writing() as connection:
            connection.exec_driver_sql(
                "WITH RECURSIVE n(i) AS (SELECT ? UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
                "INSERT INTO sources SELECT i, printf('%064d', i), printf('%0400d', i) FROM n",
                (first, first + count - 1),
            )

    def count_statistics() -> int:
        with database.reading() as connection:
            if not connection.exec_driver_sql(
                "SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1'"
            ).scalar():
                return 0
            rows = connection.exec_driver_sql("SELECT stat FROM sqlite_stat1 WHERE tbl = 'sources'")
            return int(str(rows.scalar()).split()[0])

    write_runs(1, 100)
    assert count_statistics() == 0
    write_runs(1000, 3000)
    first = count_statistics()
    assert first > 1000
    write_runs(10_000, 10_000)
    assert count_statistics() > 2 * first


# --- Files that are damaged, gone or replaced -----------------------------------------------------


def find_aside(directory: Path) -> list[Path]:
    return [path for path in directory.glob("mltrack.db.damaged-*") if path.name.endswith("Z")]


def test_a_damaged_store_is_set_aside_by_its_next_writer(tmp_path: Path) -> None:
    path = tmp_path / "mltrack.db"
    path.write_bytes(GARBAGE)
    store = open_store(str(tmp_path))
    with pytest.raises(StoreDamaged, match="not a database"):
        store.search_runs(RunSearch())
    assert path.read_bytes() == GARBAGE
    with pytest.raises(StoreDamaged, match=r"set aside as mltrack\.db\.damaged-\d{4}.*journals"):
        store.prepare()
    (aside,) = find_aside(tmp_path)
    assert aside.read_bytes() == GARBAGE
    store.prepare()
    assert store.search_runs(RunSearch()) == []
    assert find_aside(tmp_path) == [aside]


def test_a_damaged_page_is_noticed_by_a_writer(database: SqliteDatabase, tmp_path: Path) -> None:
    set_state(database, 1)
    database.close()
    content = bytearray(database.path.read_bytes())
    content[4096:] = os.urandom(len(content) - 4096)
    database.path.write_bytes(content)
    with pytest.raises(StoreDamaged, match="set aside"):
        set_state(database, 2)
    (aside,) = find_aside(tmp_path)
    assert aside.read_bytes() == content


def test_what_may_be_a_file_of_the_users_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "thesis.db"
    path.write_bytes(GARBAGE)
    for _ in range(2):
        with pytest.raises(StoreDamaged, match=r"thesis\.db.*left as it is"):
            open_store(str(path)).prepare()
    assert path.read_bytes() == GARBAGE
    assert {one.name for one in tmp_path.iterdir()} == {"thesis.db", "thesis.db.lock"}


def test_an_empty_file_is_a_new_store(tmp_path: Path) -> None:
    (tmp_path / "mltrack.db").touch()
    store = open_store(str(tmp_path))
    assert store.search_runs(RunSearch()) == []
    store.prepare()
    assert store.get_schema_version() == schema.HEAD


@pytest.mark.parametrize("fault", ["garbage", "deleted", "replaced"])
def test_a_living_session_restores_what_it_logged(
    store: Store, store_path: Path, tmp_path: Path, fault: str
) -> None:
    with mltrack.start_run(run_name="before") as run:
        mltrack.log_metric("m", 1)
        assert mltrack.flush(20)
        break_store(store_path, tmp_path, fault)
        mltrack.log_metric("m", 2, step=1)
        assert mltrack.flush(20)
        mltrack.log_param("p", 1)
    assert mltrack.flush(20)
    found = store.get_run(run.info.run_id)
    assert found.info.run_name == "before"
    assert found.data.params == {"p": "1"}
    history = store.get_metric_history(run.info.run_id, "m")
    assert [point.value for point in history] == [1.0, 2.0]
    assert store.get_counts().rejected == 0
    if fault == "garbage":
        assert len(find_aside(store_path)) == 1
        told = [problem.message for problem in problems.list_problems()]
        assert sum("set aside as mltrack.db.damaged-" in message for message in told) == 1


def break_store(store_path: Path, tmp_path: Path, fault: str) -> None:
    path = store_path / "mltrack.db"
    if fault == "garbage":
        path.write_bytes(GARBAGE)
        return
    for one in store_path.glob("mltrack.db*"):
        one.unlink()
    if fault == "replaced":
        other = open_store(str(tmp_path / "other"))
        other.prepare()
        other.close()
        (tmp_path / "other" / "mltrack.db").rename(path)


# --- Whose files they are, and where --------------------------------------------------------------


def test_files_are_the_users_own_whatever_the_umask(tmp_path: Path) -> None:
    home = tmp_path / "a" / "b"
    code = f"""
        import os
        os.umask(0)
        import jupyter_mltrack as mltrack
        mltrack.set_tracking_uri({str(home)!r})
        with mltrack.start_run():
            mltrack.log_metric("m", 1)
            mltrack.log_text("small", "a.txt")
            mltrack.log_text("x" * 3_000_000, "b.txt")
            assert mltrack.flush(20)
            mltrack.log_text("y" * 3_000_000, "c.txt")
            os.kill(os.getpid(), 9)
    """
    code = textwrap.dedent(code)
    subprocess.run([sys.executable, "-c", code], check=False, env=os.environ.copy())
    modes = {
        str(path.relative_to(tmp_path)): stat.S_IMODE(path.stat().st_mode)
        for path in (tmp_path / "a").rglob("*")
    }
    modes["a"] = stat.S_IMODE((tmp_path / "a").stat().st_mode)
    wrong = {
        name: oct(mode)
        for name, mode in modes.items()
        if mode != (0o700 if (tmp_path / name).is_dir() else 0o600)
    }
    assert wrong == {}
    assert {"a/b/mltrack.db", "a/b/mltrack.db-wal", "a/b/mltrack.db.lock"} <= modes.keys()
    assert any("blobs/" in name for name in modes)
    assert any("journal/" in name for name in modes)


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    """A store in a directory that nobody can write to."""
    home = tmp_path / "read only"
    store = open_store(str(home))
    store.prepare()
    store.end_session("", 0, "KILLED")
    store.close()
    # Root may write to whatever is not mounted read-only.
    mounts = [["--bind", home, home], ["-o", "remount,ro,bind", home]] if os.getuid() == 0 else []
    for options in mounts:
        subprocess.run(["mount", *options], check=True)
    home.chmod(0o500) if not mounts else None
    yield home
    if mounts:
        subprocess.run(["umount", home], check=True)
    else:
        home.chmod(0o700)


def test_a_store_that_cannot_be_written_is_read(read_only: Path) -> None:
    store = open_store(str(read_only))
    store.prepare()
    assert store.get_schema_version() == schema.HEAD
    assert store.get_change() == 1
    assert store.search_runs(RunSearch()) == []
    with pytest.raises(StoreUnavailable, match=f"Cannot write to {read_only}: "):
        store.end_session("", 0, "KILLED")
    assert find_obstacle(str(read_only)) == f"{read_only} cannot be written"
    store.close()


@pytest.fixture
def on_a_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the machine say that ``tmp_path`` is on NFS."""
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
        f"23 22 0:5 / {str(tmp_path).replace(' ', chr(92) + '040')} rw shared:2 - nfs4 host:/x rw\n"
    )
    monkeypatch.setattr(files, "MOUNTS", mounts)


def test_on_a_network_there_is_no_shared_memory(on_a_network: None, tmp_path: Path) -> None:
    database = SqliteDatabase(f"sqlite:///{tmp_path / 'mltrack.db'}")
    schema.upgrade(database)
    set_state(database, 5)
    assert get_state(database) == 5
    assert not database.path.with_name("mltrack.db-wal").exists()
    (warning,) = database.get_warnings()
    assert "network file system (nfs4)" in warning
    database.close()


def test_what_a_killed_writer_left_is_rolled_back_by_a_reader(
    on_a_network: None, tmp_path: Path
) -> None:
    database = SqliteDatabase(f"sqlite:///{tmp_path / 'mltrack.db'}")
    schema.upgrade(database)
    set_state(database, 1)
    assert get_state(database) == 1
    killed = f"""
        import os, sqlite3
        connection = sqlite3.connect({str(database.path)!r}, isolation_level=None)
        connection.execute("PRAGMA cache_size = 1")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE state SET value = 2")
        for number in range(2000):
            row = (number, "x" * 500)
            connection.execute("INSERT INTO environments VALUES (?, '', '', ?)", row)
        os.kill(os.getpid(), 9)
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(killed)], check=False)
    assert database.path.with_name("mltrack.db-journal").exists()
    assert get_state(database) == 1
    database.close()


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/a/store", "nfs4"),
        ("/home/a b/store", ""),
        ("/home/a/fast/store", ""),
        ("/mnt/s/x", "fuse.sshfs"),
        ("/", ""),
    ],
)
def test_file_systems_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, kind: str
) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n"
        "2 1 0:5 / /home rw shared:2 - nfs4 host:/home rw\n"
        "3 2 0:6 / /home/a\\040b rw - xfs /dev/sdb rw\n"
        "4 2 0:7 / /home/a/fast rw master:1 - btrfs /dev/sdc rw\n"
        "5 1 0:8 / /mnt/s rw - fuse.sshfs host:/ rw\n"
    )
    monkeypatch.setattr(files, "MOUNTS", mounts)
    assert files.find_network_filesystem(Path(path)) == kind
