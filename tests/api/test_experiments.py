"""Experiments and runs deleted, restored, renamed; runs packed: MLflow's names where it has one."""

import pytest

import jupyter_mltrack as mltrack
from jupyter_mltrack import MlflowClient
from jupyter_mltrack.entities import ViewType
from jupyter_mltrack.errors import (
    InvalidParameterValue,
    ResourceAlreadyExists,
    ResourceDoesNotExist,
)


@pytest.fixture
def client(store, no_problems):
    return MlflowClient()


def test_an_experiment_goes_and_comes_back(client):
    experiment = mltrack.create_experiment("churn", tags={"team": "red"})
    run = client.create_run(experiment).info.run_id
    mltrack.delete_experiment(experiment)
    assert client.get_experiment(experiment).lifecycle_stage == "deleted"
    assert client.get_experiment_by_name("churn") is None
    assert client.get_run(run).info.lifecycle_stage == "deleted"
    assert [one.name for one in client.search_experiments(ViewType.DELETED_ONLY)] == ["churn"]
    client.restore_experiment(experiment)
    assert client.get_experiment_by_name("churn").experiment_id == experiment
    assert client.get_run(run).info.lifecycle_stage == "active"
    with pytest.raises(InvalidParameterValue, match="not in the trash"):
        client.restore_experiment(experiment)
    with pytest.raises(ResourceDoesNotExist, match="12345"):
        mltrack.delete_experiment("12345")


def test_the_name_of_a_deleted_one_is_free(client):
    old = mltrack.create_experiment("churn")
    client.delete_experiment(old)
    new = mltrack.create_experiment("churn")
    assert new != old
    with pytest.raises(ResourceAlreadyExists, match=new):
        client.restore_experiment(old)
    client.restore_experiment(old, "churn before")
    assert {one.name for one in client.search_experiments()} == {"churn", "churn before"}


def test_renaming_and_tagging(client):
    experiment = mltrack.create_experiment("a")
    mltrack.create_experiment("b")
    client.rename_experiment(experiment, " c ")
    assert client.get_experiment(experiment).name == "c"
    for name, error in (("b", ResourceAlreadyExists), (" ", InvalidParameterValue)):
        with pytest.raises(error):
            client.rename_experiment(experiment, name)
    client.set_experiment_tag(experiment, "team", 7)
    assert client.get_experiment(experiment).tags == {"team": "7"}
    client.delete_experiment_tag(experiment, "team")
    assert client.get_experiment(experiment).tags == {}


def test_a_deleted_run_comes_back_with_its_children(client):
    with mltrack.start_run() as parent, mltrack.start_run() as child:
        pass
    mltrack.flush(20)
    mltrack.delete_run(parent.info.run_id)
    assert client.get_run(child.info.run_id).info.lifecycle_stage == "deleted"
    client.restore_run(parent.info.run_id)
    assert client.get_run(child.info.run_id).info.lifecycle_stage == "active"
    with pytest.raises(ResourceDoesNotExist):
        mltrack.delete_run("0" * 32)


def test_runs_move_to_another_store(client, tmp_path):
    with mltrack.start_run(run_name="good") as run:
        mltrack.log_metric("accuracy", 0.9)
    with mltrack.start_run():
        mltrack.log_metric("accuracy", 0.1)
    packed = mltrack.pack("metrics.accuracy > 0.5", tmp_path / "a.zip")
    assert packed.runs == [run.info.run_id]
    assert mltrack.pack(["good"], tmp_path / "a.zip", force=True).runs == packed.runs
    mltrack.set_tracking_uri(tmp_path / "other")
    assert mltrack.unpack(tmp_path / "a.zip").new == packed.runs
    assert mltrack.unpack(tmp_path / "a.zip").present == packed.runs
    assert mltrack.get_run(run.info.run_id).data.metrics == {"accuracy": 0.9}
    with pytest.raises(InvalidParameterValue, match="limit of 10"):
        mltrack.unpack(tmp_path / "a.zip", max_bytes=10)
