"""Runs packed in one store are the same runs in another, however often they are unpacked."""

import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import jupyter_mltrack as mltrack
from jupyter_mltrack.entities import RunStatus
from jupyter_mltrack.errors import InvalidParameterValue
from jupyter_mltrack.query.export import export_notebook
from jupyter_mltrack.store import open_store
from jupyter_mltrack.store.contract import RunSearch, Store
from jupyter_mltrack.tracking.session import close_session
from jupyter_mltrack.upkeep.pack import pack_runs
from jupyter_mltrack.upkeep.unpack import unpack_runs
from tests.housekeeping.worlds import make_run, told


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(str(tmp_path / "other"))
    yield opened
    opened.close()


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return tmp_path / "runs.zip"


def run_ids(store: Store) -> set[str]:
    return {run.info.run_id for run in store.search_runs(RunSearch())}


def test_everything_of_a_run_arrives(store: Store, other: Store, archive: Path) -> None:
    run_id = make_run("first")
    make_run("second")
    close_session()
    packed = pack_runs(store, [run_id], archive)
    assert packed.runs == [run_id]
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    assert unpack_runs(other, archive).new == [run_id]
    assert told(other, run_id) == told(store, run_id)
    assert run_ids(other) == {run_id}
    assert export_notebook(other, run_id) == export_notebook(store, run_id)
    assert [one.level for one in other.keeper().check()] == ["ok"] * 6


def test_unpacking_again_changes_nothing(store: Store, other: Store, archive: Path) -> None:
    first, second = make_run("first"), make_run("second")
    pack_runs(store, [first, second], archive)
    unpack_runs(other, archive)
    before = [told(other, run_id) for run_id in (first, second)]
    counts = other.keeper().get_info().counts
    for _ in range(2):
        assert set(unpack_runs(other, archive).present) == {first, second}
    assert [told(other, run_id) for run_id in (first, second)] == before
    assert other.keeper().get_info().counts == counts
    # And into the store it came from.
    whole, counts = told(store, first), store.keeper().get_info().counts
    assert set(unpack_runs(store, archive).present) == {first, second}
    assert told(store, first) == whole
    assert store.keeper().get_info().counts == counts


def test_two_archives_of_one_notebook_meet(store: Store, other: Store, tmp_path: Path) -> None:
    first, second = make_run("first"), make_run("second")
    close_session()
    for run_id in (second, first):
        pack_runs(store, [run_id], tmp_path / f"{run_id}.zip")
        assert unpack_runs(other, tmp_path / f"{run_id}.zip").new == [run_id]
    for run_id in (first, second):
        assert told(other, run_id) == told(store, run_id)
    session = store.get_run(first).info.session_id
    assert other.list_session_cells(session) == store.list_session_cells(session)


def test_families_stay_together(store: Store, other: Store, archive: Path) -> None:
    with mltrack.start_run() as parent:
        with mltrack.start_run() as child, mltrack.start_run() as grandchild:
            pass
        with mltrack.start_run() as sibling:
            pass
    assert mltrack.flush(20)
    pack_runs(store, [child.run_id], archive)
    unpack_runs(other, archive)
    assert run_ids(other) == {parent.run_id, child.run_id, grandchild.run_id}
    assert other.list_child_ids(parent.run_id) == [child.run_id]
    assert sibling.run_id not in run_ids(other)


def test_a_run_that_went_on_is_completed(store: Store, other: Store, archive: Path) -> None:
    run = mltrack.start_run(run_name="long")
    mltrack.log_metric("m", 0, step=0)
    mltrack.log_param("a", 1)
    assert mltrack.flush(20)
    assert pack_runs(store, [run.run_id], archive).unfinished == ["long"]
    unpack_runs(other, archive)
    assert other.get_run(run.run_id).info.status == RunStatus.KILLED
    other.set_run_tags(run.run_id, {"mine": "kept", "team": "mine"})
    for step in range(1, 5000):
        mltrack.log_metric("m", step, step=step)
    mltrack.log_param("b", 2)
    mltrack.set_tag("team", "theirs")
    mltrack.log_text("late", "late.txt")
    mltrack.end_run()
    close_session()
    pack_runs(store, [run.run_id], archive, force=True)
    assert unpack_runs(other, archive).completed == [run.run_id]
    found = other.get_run(run.run_id)
    assert found.info.status == RunStatus.FINISHED
    assert found.data.params == {"a": "1", "b": "2"}
    assert found.data.tags["mine"] == "kept"
    assert found.data.tags["team"] == "mine"
    assert other.get_series(run.run_id, "m").values.tolist() == list(range(5000))
    assert [one.path for one in other.list_artifacts(run.run_id)] == ["late.txt"]
    assert unpack_runs(other, archive).present == [run.run_id]


def test_what_others_measured_comes_back_but_no_files(
    store: Store, other: Store, archive: Path
) -> None:
    run_id = make_run("mine", points=5)
    close_session()
    pack_runs(store, [run_id], archive)
    unpack_runs(other, archive)
    client = mltrack.MlflowClient(other.uri)
    client.log_metric(run_id, "theirs", 0.5)
    client.log_text(run_id, "evil", "model/model2.pkl")
    assert client.get_run(run_id).data.metrics["theirs"] == 0.5
    client.log_text(run_id, "later", "plots/later.txt")
    assert client.get_metric_history(run_id, "theirs")
    pack_runs(other, [run_id], archive, force=True)
    files = store.list_artifacts(run_id)
    cells = store.list_session_cells(store.get_run(run_id).info.session_id)
    merged = unpack_runs(store, archive)
    assert merged.completed == [run_id]
    assert (run_id, "model/model2.pkl") in merged.withheld
    assert store.get_run(run_id).data.metrics["theirs"] == 0.5
    assert store.list_artifacts(run_id) == files
    assert store.list_session_cells(cells[0].session_id) == cells


def test_other_points_are_left_and_told(store: Store, other: Store, archive: Path) -> None:
    run_id = make_run("first", points=5)
    pack_runs(store, [run_id], archive)
    unpack_runs(other, archive)
    client = mltrack.MlflowClient(other.uri)
    client.log_metric(run_id, "curve", -1.0, step=5)
    mltrack.MlflowClient().log_metric(run_id, "curve", +1.0, step=5)
    close_session()
    assert client.get_metric_history(run_id, "curve")[-1].value == -1.0
    pack_runs(store, [run_id], archive, force=True)
    merged = unpack_runs(other, archive)
    assert merged.differing == [(run_id, "curve")]
    assert other.get_series(run_id, "curve").values.tolist()[-1] == -1.0


def test_what_is_in_the_trash_stays_there(store: Store, other: Store, archive: Path) -> None:
    run_id = make_run("first", points=3)
    pack_runs(store, [run_id], archive)
    unpack_runs(other, archive)
    other.delete_runs([run_id])
    assert unpack_runs(other, archive).trashed == [run_id]
    assert run_ids(other) == set()


def test_a_living_run_is_left_alone(store: Store, archive: Path) -> None:
    run = mltrack.start_run()
    mltrack.log_metric("m", 1)
    assert mltrack.flush(20)
    pack_runs(store, [run.run_id], archive)
    assert unpack_runs(store, archive).present == [run.run_id]
    assert store.get_run(run.run_id).info.status == RunStatus.RUNNING
    mltrack.end_run()


def test_experiments_are_met_by_name_then_by_id(store: Store, other: Store, archive: Path) -> None:
    mltrack.set_experiment("churn")
    run_id = make_run("first", points=2)
    experiment = store.get_run(run_id).info.experiment_id
    store.set_experiment_tags(experiment, {"team": "red"})
    pack_runs(store, [run_id], archive)
    unpack_runs(other, archive)
    assert other.get_experiment(experiment).tags == {"team": "red"}
    other.rename_experiment(experiment, "renamed")
    other.set_experiment_tags(experiment, {"team": "blue"})
    later = make_run("second", points=2)
    pack_runs(store, [later], archive, force=True)
    unpack_runs(other, archive)
    assert other.get_run(later).info.experiment_id == experiment
    assert other.get_experiment(experiment).tags == {"team": "blue"}
    assert [one.name for one in other.list_experiments()] == ["renamed"]


def test_a_failure_in_the_middle_leaves_nothing(
    store: Store, other: Store, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = make_run("first")
    pack_runs(store, [run_id], archive)
    other.prepare()
    counts = {**other.keeper().get_info().counts}
    from jupyter_mltrack.upkeep import unpack
    from jupyter_mltrack.upkeep.reader import Archive

    real = unpack._events

    def cut_short(archive: Archive) -> Iterator[object]:
        for count, event in enumerate(real(archive)):
            if count == 12:
                raise OSError("the disk went away")
            yield event

    monkeypatch.setattr(unpack, "_events", cut_short)
    with pytest.raises(OSError, match="went away"):
        unpack_runs(other, archive)
    monkeypatch.undo()
    found = other.keeper().get_info().counts
    assert {**found, "blobs": 0} == {**counts, "blobs": 0}
    assert unpack_runs(other, archive).new == [run_id]
    assert told(other, run_id)["series"] == told(store, run_id)["series"]


def test_a_kill_while_unpacking_leaves_nothing_half(
    store: Store, tmp_path: Path, archive: Path
) -> None:
    ids = {make_run(f"run{i}", points=20_000) for i in range(3)}
    pack_runs(store, sorted(ids), archive)
    other = open_store(str(tmp_path / "other"))
    other.prepare()
    command = [sys.executable, "-m", "jupyter_mltrack.cli", "unpack", str(archive)]
    for tenths in range(2, 12):
        child = subprocess.Popen([*command, "--store", str(tmp_path / "other")])
        try:
            child.wait(tenths / 10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        assert run_ids(other) in (set(), ids)
    unpack_runs(other, archive)
    assert run_ids(other) == ids
    assert {one.level for one in other.keeper().check()} == {"ok"}


def test_what_cannot_be_packed(store: Store, archive: Path) -> None:
    run_id = make_run("first", points=2)
    with pytest.raises(InvalidParameterValue, match="no such run"):
        pack_runs(store, ["0" * 32], archive)
    archive.write_text("mine")
    with pytest.raises(InvalidParameterValue, match="--force"):
        pack_runs(store, [run_id], archive)
    assert archive.read_text() == "mine"
    with pytest.raises(InvalidParameterValue, match="Cannot write"):
        pack_runs(store, [run_id], archive.parent / "nowhere" / "runs.zip")


def test_what_compresses_like_a_bomb_is_packed_all_the_same(
    store: Store, other: Store, archive: Path
) -> None:
    with mltrack.start_run() as run:
        run.log_content("zeros.bin", bytes(30_000_000))
        for step in range(100_000):
            run.log_metric("constant", 1.0, step=step)
    assert mltrack.flush(60)
    pack_runs(store, [run.run_id], archive)
    unpack_runs(other, archive)
    assert other.read_blob(other.list_artifacts(run.run_id)[0].digest) == bytes(30_000_000)
    assert len(other.get_series(run.run_id, "constant").values) == 100_000
