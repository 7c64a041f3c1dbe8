"""Code written for MLflow runs with the import line changed: names, arguments, answers, errors."""

import io

import pandas as pd
import pytest

import jupyter_mltrack as mltrack
from jupyter_mltrack.api import connection
from jupyter_mltrack.entities import Metric, Param, RunStatus, RunTag
from jupyter_mltrack.errors import InvalidParameterValue, ResourceDoesNotExist
from jupyter_mltrack.store import open_store
from jupyter_mltrack.tracking import MlflowClient

pytestmark = pytest.mark.usefixtures("store", "no_problems")


def test_modules_and_names_are_where_mlflow_has_them():
    from jupyter_mltrack import exceptions

    assert exceptions.MlflowException is mltrack.MlflowException is mltrack.MltrackException
    assert MlflowClient is mltrack.MlflowClient
    assert mltrack.tracking.set_tracking_uri is mltrack.set_tracking_uri
    assert not hasattr(mltrack.tracking, "no_such_name")
    with pytest.raises(exceptions.MlflowException) as raised:
        mltrack.get_run("0" * 32)
    assert raised.value.error_code == "RESOURCE_DOES_NOT_EXIST"


def test_statuses_have_mlflows_functions():
    assert RunStatus.to_string(RunStatus.FAILED) == RunStatus.from_string("FAILED") == "FAILED"
    assert RunStatus.is_terminated("KILLED")
    assert not RunStatus.is_terminated("RUNNING")
    assert "SCHEDULED" in RunStatus.all_status()
    with pytest.raises(ValueError, match="'DONE' is no run status"):
        RunStatus.to_string("DONE")


def test_what_is_logged_can_be_waited_for():
    with mltrack.start_run() as run:
        made = [
            mltrack.log_param("p", 1, synchronous=False),
            mltrack.log_params({"q": 2}, synchronous=False),
            mltrack.log_metric("m", 1.0, 3, False, 1000),
            mltrack.log_metrics({"n": 2.0}, synchronous=False),
            mltrack.set_tag("t", "x", synchronous=False),
            mltrack.set_tags({"u": "y"}, synchronous=False),
        ]
        for one in made:
            one.wait()
        known = MlflowClient().get_run(run.info.run_id).data
    assert known.params == {"p": "1", "q": "2"}
    assert known.metrics == {"m": 1.0, "n": 2.0}
    assert (known.tags["t"], known.tags["u"]) == ("x", "y")
    [point] = MlflowClient().get_metric_history(run.info.run_id, "m")
    assert (point.step, point.timestamp) == (3, 1000)
    with mltrack.start_run():
        assert mltrack.log_param("p", 1) == 1
        assert mltrack.log_metric("m", 1.0) is None
    client = MlflowClient()
    client.log_metric(run.info.run_id, "m", 2.0, synchronous=False).wait()
    mltrack.flush_async_logging()
    assert client.get_run(run.info.run_id).data.metrics["m"] == 1.0  # the greater step counts


def test_what_a_client_of_another_store_logs_can_be_waited_for(tmp_path):
    uri = f"sqlite:///{tmp_path / 'other.db'}"
    client = MlflowClient(uri)
    run_id = client.create_run("0").info.run_id
    for number in range(20):
        wait = client.log_metric(run_id, "m", number, step=number, synchronous=False).wait
        wait()
        other = open_store(uri)
        assert other.get_run(run_id).data.metrics["m"] == number
        other.close()
    connection._close_sessions()


def test_another_run_is_named_by_its_id(tmp_path):
    (tmp_path / "a.txt").write_text("a")
    with mltrack.start_run() as first:
        pass
    with mltrack.start_run() as second:
        run_id = first.info.run_id
        mltrack.log_metric("m", 1.0, run_id=run_id)
        mltrack.log_metrics({"n": 2.0}, run_id=run_id)
        mltrack.log_params({"p": 1}, run_id=run_id)
        mltrack.log_text("x", "x.txt", run_id=run_id)
        mltrack.log_dict({}, "d.json", run_id)
        mltrack.log_artifact(tmp_path / "a.txt", run_id=run_id)
        mltrack.log_artifacts(tmp_path, "all", run_id=run_id)
        mltrack.log_stream(io.BytesIO(b"bytes"), "s.bin", run_id)
        with pytest.raises(InvalidParameterValue, match="A run id is text of 32 characters"):
            mltrack.log_metric("m", 1.0, run_id=7)
    data = mltrack.get_run(run_id).data
    assert (data.metrics, data.params) == ({"m": 1.0, "n": 2.0}, {"p": "1"})
    found = {one.path for one in MlflowClient().list_artifacts(run_id)}
    assert found == {"x.txt", "d.json", "a.txt", "all", "s.bin"}
    assert mltrack.get_run(second.info.run_id).data.metrics == {}


def test_a_directory_keeps_its_name_below_the_path_given(tmp_path):
    (tmp_path / "plots").mkdir()
    (tmp_path / "plots" / "a.txt").write_text("a")
    with mltrack.start_run() as run:
        mltrack.log_artifact(tmp_path / "plots", "out")
        mltrack.log_text("x", "there/../here.txt")
        assert mltrack.get_artifact_uri() == run.info.artifact_uri
        uri = mltrack.get_artifact_uri("out/plots/a.txt")
    assert mltrack.artifacts.load_text(uri) == "a"
    assert {one.path for one in MlflowClient().list_artifacts(run.info.run_id)} == {
        "here.txt",
        "out",
    }


def test_streams_give_bytes():
    with mltrack.start_run() as run:
        MlflowClient().log_stream(run.info.run_id, io.BytesIO(b"12"), "a.bin")
        with pytest.raises(InvalidParameterValue, match="binary mode"):
            mltrack.log_stream(io.StringIO("text"), "b.bin")
    [only] = MlflowClient().list_artifacts(run.info.run_id)
    assert (only.path, only.file_size) == ("a.bin", 2)


def test_the_last_run_and_its_parent():
    assert mltrack.last_active_run() is None
    with mltrack.start_run() as parent:
        assert mltrack.last_active_run().info.run_id == parent.info.run_id
        with mltrack.start_run(nested=True) as child:
            pass
    assert mltrack.last_active_run().info.run_id == parent.info.run_id
    assert mltrack.get_parent_run(child.info.run_id).info.run_id == parent.info.run_id
    assert mltrack.get_parent_run(parent.info.run_id) is None


def test_tags_of_the_current_experiment():
    mltrack.set_experiment_tags({"team": "a", "goal": "b"})
    mltrack.set_experiment_tag("goal", "c")
    mltrack.delete_experiment_tag("team")
    assert mltrack.get_experiment("0").tags == {"goal": "c"}
    mltrack.set_experiment("churn")
    mltrack.set_experiment_tag("x", 1)
    assert mltrack.get_experiment_by_name("churn").tags == {"x": "1"}


def test_what_was_deleted_comes_back():
    experiment_id = mltrack.create_experiment("churn")
    with mltrack.start_run(experiment_id=experiment_id) as run:
        pass
    mltrack.delete_run(run.info.run_id)
    with pytest.raises(InvalidParameterValue, match="in the trash and cannot be resumed"):
        mltrack.start_run(run.info.run_id)
    mltrack.restore_run(run.info.run_id)
    mltrack.delete_experiment(experiment_id)
    for use in (
        lambda: mltrack.start_run(experiment_id=experiment_id),
        lambda: mltrack.set_experiment(experiment_id=experiment_id),
        lambda: MlflowClient().create_run(experiment_id),
    ):
        with pytest.raises(InvalidParameterValue, match=r"'churn' .* is in the trash"):
            use()
    mltrack.restore_experiment(experiment_id)
    with mltrack.start_run(run.info.run_id) as again:
        assert again.info.experiment_id == experiment_id


def test_the_default_experiment_is_there_by_its_id():
    mltrack.set_experiment("churn")
    for experiment_id in ("0", 0):
        with mltrack.start_run(experiment_id=experiment_id) as run:
            pass
        assert mltrack.get_run(run.info.run_id).info.experiment_id == "0"
    assert mltrack.get_experiment("0").name == "Default"


def test_the_client_makes_the_default_experiment():
    run = MlflowClient().create_run("0")
    assert mltrack.get_run(run.info.run_id).info.experiment_id == "0"
    assert mltrack.set_experiment(experiment_id="0").name == "Default"


@pytest.mark.parametrize(
    "experiment_id", [("a",), {"a"}, ["a"], {"a": 1}, [], (), {}, True, 1.5, ""]
)
def test_what_is_no_id_of_an_experiment_is_refused(experiment_id):
    with pytest.raises(InvalidParameterValue, match="experiment id"):
        mltrack.start_run(experiment_id=experiment_id)
    assert mltrack.active_run() is None


def test_an_experiment_nobody_made_is_refused():
    with pytest.raises(ResourceDoesNotExist, match="no experiment with id '123'"):
        mltrack.start_run(experiment_id="123")


@pytest.mark.parametrize("name", [None, "", 12, 1.5, {}, []])
def test_what_is_no_name_of_an_experiment_is_refused(name):
    with pytest.raises(InvalidParameterValue, match="experiment name"):
        mltrack.create_experiment(name)


def test_a_run_has_one_description():
    with mltrack.start_run(description="a", tags={"mlflow.note.content": "a"}) as run:
        assert run.data.tags["mlflow.note.content"] == "a"
    with pytest.raises(InvalidParameterValue, match="The description is 'b' and"):
        mltrack.start_run(description="b", tags={"mlflow.note.content": "a"})


def test_a_resumed_run_has_its_tags_and_takes_a_new_name():
    with mltrack.start_run(run_name="old", tags={"a": "1", "b": "1"}) as run:
        pass
    with mltrack.start_run(run.info.run_id, run_name="new", tags={"b": "2"}) as again:
        assert (again.data.tags["a"], again.data.tags["b"]) == ("1", "2")
    info = mltrack.get_run(run.info.run_id).info
    assert (info.run_name, info.status) == ("new", "FINISHED")


def test_a_run_resumed_in_its_own_block_ends_with_it():
    with mltrack.start_run() as run:
        mltrack.end_run()
        mltrack.start_run(run.info.run_id)
    assert mltrack.active_run() is None
    assert mltrack.get_run(run.info.run_id).info.status == "FINISHED"


def test_a_run_taken_up_within_its_own_block_leaves_the_block_its_run():
    with mltrack.start_run() as run:
        with mltrack.start_run(run.info.run_id, nested=True):
            mltrack.log_param("inner", 1)
        assert mltrack.active_run() is run
        mltrack.log_param("outer", 2)
    found = mltrack.get_run(run.info.run_id)
    assert (found.data.params, found.info.status) == ({"inner": "1", "outer": "2"}, "FINISHED")


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        ({"params": [Param("a", "1"), Param("a", "2")]}, "'a' is given twice, as '1' and '2'"),
        ({"metrics": [Metric("m", "x", 0)]}, "'m' must be a number, not str 'x'"),
        ({"metrics": [Metric("m", 1.0, "noon")]}, "timestamp .* not 'noon'"),
        ({"metrics": [Metric("m", 1.0, 0, "s")]}, "step .* not 's'"),
        ({"metrics": [Metric(None, 1.0, 0)]}, "metric key must be text"),
        ({"tags": [RunTag("", "x")]}, "tag key must not be empty"),
    ],
)
def test_of_a_batch_with_a_mistake_nothing_is_logged(batch, message):
    run_id = MlflowClient().create_run("0").info.run_id
    good = {
        "metrics": [Metric("g", 1.0, 0)],
        "params": [Param("g", "1")],
        "tags": [RunTag("g", "")],
    }
    mixed = {kind: good[kind] + batch.get(kind, []) for kind in good}
    with pytest.raises(InvalidParameterValue, match=message):
        MlflowClient().log_batch(run_id, **mixed)
    data = MlflowClient().get_run(run_id).data
    assert (data.metrics, data.params) == ({}, {})
    assert "g" not in data.tags


def test_data_that_enters_a_run():
    frame = pd.DataFrame({"x": [1, 2], "y": [0, 1]})
    described = mltrack.data.from_pandas(frame, source="a.csv", targets="y", name="a", digest="d1")
    with mltrack.start_run() as run:
        mltrack.log_input(described, "train")
        mltrack.log_inputs([frame, mltrack.data.from_numpy(frame.to_numpy())], ["eval", None])
        with pytest.raises(InvalidParameterValue, match="A object is not known as data"):
            mltrack.log_input(object())
        with pytest.raises(InvalidParameterValue, match="no column 'z'"):
            mltrack.data.from_pandas(frame, targets="z")
        with pytest.raises(InvalidParameterValue, match="1 datasets have 2 contexts"):
            mltrack.log_inputs([frame], ["a", "b"])
    found = mltrack.get_run(run.info.run_id).inputs.dataset_inputs
    first = next(one for one in found if one.context == "train")
    assert (first.dataset.name, first.dataset.digest, first.dataset.source) == ("a", "d1", "a.csv")
    assert sorted(one.context for one in found) == ["", "eval", "train"]
    assert len(mltrack.search_runs(filter_string="datasets.digest = 'd1'")) == 1


def test_a_store_that_was_chosen_is_known(monkeypatch):
    assert mltrack.is_tracking_uri_set()
    monkeypatch.delenv("MLTRACK_STORE", raising=False)
    mltrack.tracking.session.use_store(None)
    assert not mltrack.is_tracking_uri_set()
