"""MLflow's functions: what is logged is what the store holds."""

import asyncio
import math
import random
import threading
from pathlib import Path

import pytest

import jupyter_mltrack as mltrack
from jupyter_mltrack.entities import Run
from jupyter_mltrack.errors import InvalidParameterValue, ResourceDoesNotExist
from jupyter_mltrack.store.contract import RunSearch, Store

pytestmark = pytest.mark.usefixtures("no_problems")


def stored(store: Store, run: object) -> Run:
    assert mltrack.flush(20)
    return store.get_run(run.info.run_id)  # type: ignore[attr-defined]


def all_runs(store: Store) -> list[Run]:
    assert mltrack.flush(20)
    return store.search_runs(RunSearch())


def test_a_run_with_everything(store: Store, tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("# notes")
    with mltrack.start_run(run_name="first", tags={"stage": "try"}) as run:
        assert mltrack.active_run() is run
        assert mltrack.log_param("C", 0.5) == 0.5
        mltrack.log_params({"penalty": "l2", "depth": None})
        mltrack.log_metric("loss", 1.5, step=0)
        mltrack.log_metric("loss", 0.5, step=1)
        mltrack.log_metrics({"accuracy": 0.9, "auc": float("inf")})
        mltrack.set_tags({"team": "blue", "gone": 1})
        mltrack.delete_tag("gone")
        mltrack.log_artifact(tmp_path / "notes.md", "docs")
        mltrack.log_dict({"a": 1}, "config.json")
        mltrack.log_text("hello", "logs/out.txt")
    assert mltrack.active_run() is None

    found = stored(store, run)
    assert found.info.run_name == "first"
    assert found.info.status == "FINISHED"
    assert found.info.end_time is not None
    assert found.info.end_time >= found.info.start_time
    assert found.data.params == {"C": "0.5", "penalty": "l2", "depth": "None"}
    assert found.data.metrics == {"loss": 0.5, "accuracy": 0.9, "auc": math.inf}
    assert found.data.summaries["loss"].max == 1.5
    assert found.data.tags["team"] == "blue"
    assert "gone" not in found.data.tags
    assert found.data.tags["mlflow.runName"] == "first"
    artifacts = {item.path: item for item in store.list_artifacts(run.info.run_id)}
    assert set(artifacts) == {"docs/notes.md", "config.json", "logs/out.txt"}
    assert store.read_blob(artifacts["docs/notes.md"].digest) == b"# notes"


def test_metric_history_keeps_every_point_in_order(store: Store) -> None:
    values = [1.0, float("nan"), -math.inf, 3.0]
    with mltrack.start_run() as run:
        for step, value in enumerate(values):
            mltrack.log_metric("m", value, step=step, timestamp=1000 + step)
    assert mltrack.flush(20)
    points = store.get_metric_history(run.info.run_id, "m")
    assert [point.step for point in points] == [0, 1, 2, 3]
    assert [point.timestamp for point in points] == [1000, 1001, 1002, 1003]
    assert [str(point.value) for point in points] == [str(value) for value in values]


def test_a_long_series_is_packed_and_read_back_whole(store: Store) -> None:
    with mltrack.start_run() as run:
        for step in range(5000):
            mltrack.log_metric("loss", step / 7, step=step)
            if step % 1500 == 0:
                assert mltrack.flush(20)
    assert mltrack.flush(20)
    series = store.get_series(run.info.run_id, "loss")
    assert list(series.steps) == list(range(5000))
    assert list(series.values) == [step / 7 for step in range(5000)]
    summary = store.get_run(run.info.run_id).data.summaries["loss"]
    assert (summary.count, summary.min, summary.max) == (5000, 0.0, 4999 / 7)


def test_the_last_value_is_that_of_the_greatest_step(store: Store) -> None:
    with mltrack.start_run() as run:
        mltrack.log_metric("m", 2.0, step=10)
        mltrack.flush(20)
        mltrack.log_metric("m", 1.0, step=5)
    assert stored(store, run).data.metrics["m"] == 2.0


def test_runs_inside_a_with_block_are_its_children(store: Store) -> None:
    with mltrack.start_run() as parent, mltrack.start_run(nested=True) as child:
        mltrack.log_metric("inner", 1)
    assert stored(store, child).info.parent_run_id == parent.info.run_id
    assert stored(store, child).data.tags["mlflow.parentRunId"] == parent.info.run_id
    assert store.list_child_ids(parent.info.run_id) == [child.info.run_id]
    assert stored(store, parent).data.metrics == {}


def test_starting_again_without_with_ends_the_run_before(store: Store) -> None:
    first = mltrack.start_run()
    second = mltrack.start_run()
    mltrack.log_metric("m", 1)
    mltrack.end_run()
    assert stored(store, first).info.status == "FINISHED"
    assert stored(store, first).data.metrics == {}
    assert stored(store, second).data.metrics == {"m": 1.0}
    assert stored(store, second).info.parent_run_id == ""


@pytest.mark.parametrize(
    ("error", "status"), [(ValueError("x"), "FAILED"), (KeyboardInterrupt(), "KILLED")]
)
def test_a_run_ends_as_its_block_does(store: Store, error: BaseException, status: str) -> None:
    with pytest.raises(type(error)), mltrack.start_run() as run:
        raise error
    assert stored(store, run).info.status == status


def test_a_run_can_be_resumed(store: Store) -> None:
    with mltrack.start_run(run_name="again") as run:
        mltrack.log_metric("m", 1)
    with mltrack.start_run(run_id=run.info.run_id) as resumed:
        assert stored(store, run).info.status == "RUNNING"
        mltrack.log_metric("m", 2, step=1)
    found = stored(store, resumed)
    assert (found.info.run_name, found.info.status) == ("again", "FINISHED")
    assert found.data.metrics == {"m": 2.0}
    assert len(all_runs(store)) == 1


def test_resuming_an_unknown_run_says_so(store: Store) -> None:
    with pytest.raises(ResourceDoesNotExist, match="f" * 32):
        mltrack.start_run(run_id="f" * 32)


def test_experiments(store: Store) -> None:
    experiment = mltrack.set_experiment("churn")
    with mltrack.start_run() as run:
        pass
    assert experiment.name == "churn"
    assert stored(store, run).info.experiment_id == experiment.experiment_id
    assert run.info.experiment_id == experiment.experiment_id
    assert mltrack.set_experiment("churn").experiment_id == experiment.experiment_id


def test_a_param_cannot_change_within_a_run(store: Store) -> None:
    with mltrack.start_run():
        mltrack.log_param("C", 1)
        mltrack.log_param("C", 1)
        with pytest.raises(InvalidParameterValue, match=r"'C'.*'1' already.*'2'"):
            mltrack.log_param("C", 2)


def test_one_bad_param_costs_only_itself(store: Store) -> None:
    class Hostile:
        def __str__(self) -> str:
            raise RuntimeError("no")

    with mltrack.start_run() as run, pytest.raises(InvalidParameterValue, match="'bad'"):
        mltrack.log_params({"good": 1, "bad": Hostile(), "fine": 2})
    assert stored(store, run).data.params == {"good": "1", "fine": "2"}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mltrack.log_metric("m", "high"), "'m' must be a number, not str 'high'"),
        (lambda: mltrack.log_metric("m", None), "NoneType"),
        (lambda: mltrack.log_metric("", 1), "must not be empty"),
        (lambda: mltrack.log_metric("k" * 251, 1), "251 characters; at most 250"),
        (lambda: mltrack.log_metric("m", 1, step=1.5), "whole number.*1.5"),
        (lambda: mltrack.log_metric("m", 1, step=2**63), "64 bits"),
        (lambda: mltrack.log_metric(7, 1), "must be text, not int"),
        (lambda: mltrack.log_param("p", "x" * 6001), "6001 characters; at most 6000"),
        (lambda: mltrack.log_param("p", "a\0b"), "NUL"),
        (lambda: mltrack.log_param("p", "\ud800"), "surrogate"),
        (lambda: mltrack.log_text("x", "../up.txt"), "inside the run"),
        (lambda: mltrack.log_text("x", "/etc/passwd"), "inside the run"),
        (lambda: mltrack.log_text("x", "c:\\x"), "inside the run"),
        (lambda: mltrack.log_figure(object(), "a.png"), "Cannot log object"),
    ],
)
def test_bad_input_names_the_value(store: Store, call: object, message: str) -> None:
    with mltrack.start_run(), pytest.raises(InvalidParameterValue, match=message):
        call()  # type: ignore[operator]


def test_a_missing_file_says_so(store: Store) -> None:
    with mltrack.start_run(), pytest.raises(ResourceDoesNotExist, match=r"nowhere\.txt"):
        mltrack.log_artifact("nowhere.txt")


def test_figures(store: Store) -> None:
    from matplotlib.figure import Figure

    figure = Figure()
    figure.subplots().plot([1, 2])
    with mltrack.start_run() as run:
        mltrack.log_figure(figure, "plots/line.png")
        mltrack.log_figure(figure, "plots/line.svg")
    assert mltrack.flush(20)
    found = {item.path: item for item in store.list_artifacts(run.info.run_id)}
    assert found["plots/line.png"].media_type == "image/png"
    assert store.read_blob(found["plots/line.png"].digest).startswith(b"\x89PNG")


def test_large_artifacts_are_spooled_and_kept(store: Store, store_path: Path) -> None:
    content = bytes(range(256)) * 20_000
    with mltrack.start_run() as run:
        run.log_content("model/weights.bin", content)
    assert mltrack.flush(30)
    (artifact,) = store.list_artifacts(run.info.run_id)
    assert artifact.size == len(content)
    assert store.read_blob(artifact.digest) == content
    assert list(store_path.glob("journal/*/spool/*")) == []


def test_threads_write_to_their_own_runs(store: Store) -> None:
    def work(number: int) -> None:
        with mltrack.start_run(run_name=f"t{number}"):
            for step in range(50):
                mltrack.log_metric("m", number, step=step)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for run in all_runs(store):
        assert run.data.metrics == {"m": float(run.info.run_name[1:])}
        assert run.data.summaries["m"].count == 50
        assert run.info.parent_run_id == ""


def test_asyncio_tasks_write_to_their_own_runs(store: Store) -> None:
    async def work(number: int) -> None:
        with mltrack.start_run(run_name=f"t{number}"):
            await asyncio.sleep(0.01)
            mltrack.log_metric("m", number)

    async def main() -> None:
        await asyncio.gather(*(work(number) for number in range(8)))

    asyncio.run(main())
    found = all_runs(store)
    assert len(found) == 8
    for run in found:
        assert run.data.metrics == {"m": float(run.info.run_name[1:])}


def test_a_thread_without_a_run_of_its_own_uses_the_main_ones(store: Store) -> None:
    run = mltrack.start_run()
    thread = threading.Thread(target=lambda: mltrack.log_metric("m", 1))
    thread.start()
    thread.join()
    mltrack.end_run()
    assert stored(store, run).data.metrics == {"m": 1.0}
    assert len(all_runs(store)) == 1


def test_the_users_random_state_is_untouched(store: Store) -> None:
    random.seed(1)
    before = random.getstate()
    with mltrack.start_run():
        mltrack.log_metric("m", 1)
    assert random.getstate() == before


def test_another_store(store: Store, tmp_path: Path) -> None:
    with mltrack.start_run():
        pass
    mltrack.set_tracking_uri(tmp_path / "other")
    assert mltrack.get_tracking_uri() == f"sqlite:///{tmp_path / 'other' / 'mltrack.db'}"
    with mltrack.start_run() as run:
        pass
    assert mltrack.flush(20)
    assert [r.info.run_id for r in store.search_runs(RunSearch())] != [run.info.run_id]
    assert len(store.search_runs(RunSearch())) == 1


def test_a_wrong_uri_says_what_there_is(store: Store) -> None:
    with pytest.raises(InvalidParameterValue, match=r"'ftp://x'.*directory.*sqlite:///"):
        mltrack.set_tracking_uri("ftp://x")


def test_a_param_that_is_a_secret_is_not_kept(store: Store) -> None:
    with mltrack.start_run() as run:
        mltrack.log_params({"api_key": "Zx81-kq92-Lm07", "max_tokens": 100, "token_pattern": "a|b"})
    params = stored(store, run).data.params
    assert params == {"api_key": "[redacted]", "max_tokens": "100", "token_pattern": "a|b"}
