"""The commands that look after a store, as a person types them."""

import json
import re
import sqlite3
from pathlib import Path

import pytest

import jupyter_mltrack as mltrack
from jupyter_mltrack.cli import main
from jupyter_mltrack.store.contract import RunSearch, Store
from jupyter_mltrack.tracking.session import close_session

pytestmark = pytest.mark.usefixtures("store")
Shell = pytest.CaptureFixture[str]


def run(shell: Shell, *arguments: str, status: int = 0) -> str:
    """What a command prints; it must end with this status."""
    assert main(arguments) == status, shell.readouterr()
    captured = shell.readouterr()
    return captured.err if status == 2 else captured.out


@pytest.fixture
def runs(store: Store) -> dict[str, str]:
    """Ids of three runs by name, two of them in the experiment ``churn``; nothing runs any more."""
    ids = {}
    for experiment, name, accuracy in (("churn", "a", 0.7), ("churn", "b", 0.8), ("x", "c", 0.9)):
        mltrack.set_experiment(experiment)
        with mltrack.start_run(run_name=name) as made:
            mltrack.log_metric("accuracy", accuracy)
            mltrack.log_text(name, "name.txt")
        ids[name] = made.run_id
    assert mltrack.flush(20)
    close_session()
    return ids


def active(store: Store) -> set[str]:
    return {found.info.run_name for found in store.search_runs(RunSearch())}


def test_delete_and_restore_runs(capsys: Shell, store: Store, runs: dict[str, str]) -> None:
    assert "Moved 1 run to the trash" in run(capsys, "delete", runs["a"][:8])
    assert active(store) == {"b", "c"}
    listed = json.loads(run(capsys, "runs", "--deleted", "--json"))
    assert [row["run_id"] for row in listed] == [runs["a"]]
    found = json.loads(run(capsys, "delete", "metrics.accuracy > 0.75", "--json"))
    assert set(found["deleted"]) == {runs["b"], runs["c"]}
    assert "Restored 1 run" in run(capsys, "restore", "b")
    assert "Restored 1 run" in run(capsys, "restore", runs["c"][:6])
    assert active(store) == {"b", "c"}
    assert run(capsys, "restore", "metrics.accuracy < 0.75") == "Restored 1 run.\n"
    assert active(store) == {"a", "b", "c"}


def test_experiments(capsys: Shell, store: Store, runs: dict[str, str]) -> None:
    assert run(capsys, "experiments", "list").splitlines()[0].split() == [
        "name", "id", "updated", "runs",
    ]  # fmt: skip
    run(capsys, "experiments", "rename", "churn", "leavers")
    told = run(capsys, "experiments", "delete", "leavers")
    assert "2 runs" in told
    assert active(store) == {"c"}
    (deleted,) = json.loads(run(capsys, "experiments", "list", "--deleted", "--json"))
    assert deleted["name"] == "leavers"
    run(capsys, "experiments", "rename", "x", "leavers")
    refused = run(capsys, "experiments", "restore", "leavers", status=2)
    command = re.search(r"mltrack (experiments restore \d+ --name) NAME", refused)
    assert command is not None
    run(capsys, *command[1].split(), "leavers of spring")
    assert active(store) == {"a", "b", "c"}


def test_gc_shows_before_it_acts(capsys: Shell, store: Store, runs: dict[str, str]) -> None:
    run(capsys, "experiments", "delete", "churn")
    assert "nothing" in run(capsys, "gc", "--older-than", "30d")
    told = run(capsys, "gc")
    assert "2 runs, 1 experiment" in told
    assert "mltrack gc --yes" in told
    assert len(store.search_runs(RunSearch(view=3))) == 3
    planned = json.loads(run(capsys, "gc", "--json"))
    done = json.loads(run(capsys, "gc", "--yes", "--json"))
    assert {**planned, "removed": True} == done
    assert set(done["runs"]) == {runs["a"], runs["b"]}
    assert len(store.search_runs(RunSearch(view=3))) == 1
    assert "nothing" in run(capsys, "gc", "--yes")


def test_pack_and_unpack(capsys: Shell, store: Store, runs: dict[str, str], tmp_path: Path) -> None:
    file, other = str(tmp_path / "runs.zip"), str(tmp_path / "other")
    told = run(capsys, "pack", "metrics.accuracy > 0.75", "--output", file)
    assert "Packed 2 runs with 2 files" in told
    assert run(capsys, "--store", other, "unpack", file) == "2 runs new\n"
    assert run(capsys, "unpack", file, "--store", other) == "2 runs there already\n"
    assert run(capsys, "unpack", file) == "2 runs there already\n"
    moved = json.loads(run(capsys, "runs", "--json", "--store", other))
    assert {row["run_name"] for row in moved} == {"b", "c"}
    assert "--max-size" in run(capsys, "unpack", file, "--max-size", "1kB", status=2)


def test_db_info_and_compact(capsys: Shell, runs: dict[str, str], store_path: Path) -> None:
    told = run(capsys, "db", "info")
    for line in (r"store +sqlite:///.*mltrack.db", r"schema +v\d", r"runs +3", r"points +3"):
        assert re.search(line, told), line
    info = json.loads(run(capsys, "db", "info", "--json"))
    assert info["counts"]["runs"] == 3
    assert info["journals"] == {"bytes": 0, "alive": 0, "orphans": 0}
    assert re.fullmatch(r"[\d.]+ k?B before, [\d.]+ k?B after.\n", run(capsys, "db", "compact"))


def test_db_upgrade(capsys: Shell, tmp_path: Path) -> None:
    old = Path(__file__).parents[1] / "databases" / "v0_1_0.sql"
    (tmp_path / "old").mkdir()
    with sqlite3.connect(tmp_path / "old" / "mltrack.db") as connection:
        connection.executescript(old.read_text(encoding="utf-8"))
    connection.close()
    store = ("--store", str(tmp_path / "old"))
    assert "newest" in run(capsys, "db", "info", *store)
    assert "mltrack db upgrade" in run(capsys, "db", "check", *store, status=1)
    told = run(capsys, "db", "upgrade", *store)
    assert "from v0_1_0 to v" in told
    assert Path(told.splitlines()[1].split(": ")[1]).exists()
    assert "already" in run(capsys, "db", "upgrade", *store)


def test_db_check(capsys: Shell, runs: dict[str, str], store_path: Path) -> None:
    assert "FAIL" not in run(capsys, "db", "check")
    blob = next(path for path in (store_path / "blobs").rglob("*") if path.is_file())
    blob.write_bytes(b"?")
    told = run(capsys, "db", "check", status=1)
    assert re.search(r"FAIL +blobs +1 is wrong", told)
    assert blob.name in told
    assert json.loads(run(capsys, "db", "check", "--json", status=1))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["delete", "nothing"], "No run is named 'nothing'"),
        (["delete", "metrics.none > 1"], "No run fits"),
        (["restore", "nope"], "No run is named 'nope'"),
        (["restore", "nope"], "See what is there: mltrack runs, and in the trash: mltrack runs --"),
        (["restore", "a"], "No run in the trash is named 'a'"),
        (["experiments", "delete", "none"], "'none'"),
        (["experiments", "rename", "x", "churn"], "already"),
        (["experiments", "rename", "x", " "], "must not be empty"),
        (["pack", "a", "-o", "/nowhere/a.zip"], "Cannot write /nowhere/a.zip"),
        (["unpack", "/nowhere/a.zip"], "Cannot read /nowhere/a.zip"),
        (["unpack", __file__], "no archive of runs"),
    ],
)
def test_bad_input_is_one_line_and_status_2(
    capsys: Shell, runs: dict[str, str], arguments: list[str], message: str
) -> None:
    error = run(capsys, *arguments, status=2)
    assert error.startswith("mltrack: ")
    assert error.count("\n") == 1
    assert message in error


@pytest.mark.parametrize(
    "arguments", [["gc", "--older-than", "soon"], ["unpack", "f", "--max-size", "big"], ["db"], []]
)
def test_what_does_not_parse_is_status_2_too(capsys: Shell, arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2


def findings(shell: Shell, status: int = 0, *arguments: str) -> dict[str, dict[str, str]]:
    told = run(shell, "doctor", "--json", *arguments, status=status)
    return {one["name"]: one for one in json.loads(told)}


def test_a_healthy_store(capsys: Shell, runs: dict[str, str], store_path: Path) -> None:
    found = findings(capsys)
    assert {name for name, one in found.items() if one["level"] != "ok"} == set()
    assert "named by MLTRACK_STORE" in found["store"]["text"]
    assert "3 runs" in found["database"]["text"]
    assert "FAIL" not in run(capsys, "doctor")
    assert "named by --store" in findings(capsys, 0, "--store", str(store_path))["store"]["text"]


def test_a_store_that_is_not_there_yet(capsys: Shell, store_path: Path) -> None:
    close_session()
    assert findings(capsys)["database"]["level"] == "ok"
    assert not (store_path / "mltrack.db").exists()


def test_what_others_can_read_is_told(
    capsys: Shell, runs: dict[str, str], store_path: Path
) -> None:
    (store_path / "mltrack.db").chmod(0o644)
    found = findings(capsys)["permissions"]
    assert found["level"] == "warn"
    assert "chmod" in found["next_step"]
    assert str(store_path / "mltrack.db") in found["details"][0]


def test_what_is_no_database_fails(capsys: Shell, runs: dict[str, str], store_path: Path) -> None:
    close_session()
    for path in store_path.glob("mltrack.db*"):
        path.unlink()
    (store_path / "mltrack.db").write_bytes(b"something else" * 1000)
    found = findings(capsys, 1)
    assert found["database"]["level"] == "fail"
    assert "not a database" in found["database"]["text"]
    assert found["space"]["level"] == "ok"  # the others are looked at all the same
    assert (store_path / "mltrack.db").read_bytes() == b"something else" * 1000


def test_journals_of_killed_sessions_are_told(
    capsys: Shell, store: Store, store_path: Path
) -> None:
    from tests.tracking.test_recovery import kill_after, start_writer

    store.prepare()
    kill_after(start_writer(store_path), 0.2)
    found = findings(capsys)
    assert found["journals"]["level"] == "warn"
    assert "1 left by killed sessions" in found["journals"]["text"]
    info = json.loads(run(capsys, "db", "info", "--json"))
    assert (info["journals"]["orphans"], info["journals"]["bytes"] > 100) == (1, True)
    run(capsys, "runs")
    assert findings(capsys)["journals"]["level"] == "ok"


def test_a_living_session_is_told(capsys: Shell, store: Store) -> None:
    with mltrack.start_run():
        assert mltrack.flush(20)
        found = findings(capsys)
    assert found["sessions"]["text"] == "1 alive"
    assert found["journals"]["text"].endswith("1 of living sessions")


def test_settings_are_shown_without_passwords(
    capsys: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLTRACK_OTHER", "postgresql://me:secret@host/db")
    found = findings(capsys)
    assert "me:***@host" in found["settings"]["text"]
    assert "secret" not in json.dumps(found)


def test_help_is_wide_and_has_examples(capsys: Shell) -> None:
    with pytest.raises(SystemExit):
        main(["gc", "--help"])
    told = capsys.readouterr().out
    assert "mltrack gc --older-than 30d --yes" in told
    assert max(map(len, told.splitlines())) <= 100
