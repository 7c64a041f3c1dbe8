"""MLflow's client."""

from types import SimpleNamespace

import pytest

import jupyter_mltrack as mltrack
from jupyter_mltrack.api.client import MlflowClient
from jupyter_mltrack.entities import Metric, ViewType
from jupyter_mltrack.errors import (
    InvalidParameterValue,
    ResourceAlreadyExists,
    ResourceDoesNotExist,
)


@pytest.fixture(params=["the store in use", "another store"])
def client(request, store, store_path, no_problems):
    if request.param == "the store in use":
        yield MlflowClient()
        return
    from jupyter_mltrack.api import connection

    yield MlflowClient(tracking_uri=str(store_path.parent / "other"))
    connection._close_sessions()


def test_a_run_from_beginning_to_end(client):
    experiment_id = client.create_experiment("churn", tags={"team": "a"})
    run = client.create_run(experiment_id, run_name="first", tags={"k": 1}, start_time=1000)
    run_id = run.info.run_id
    assert run.info.status == "RUNNING"
    client.log_param(run_id, "depth", 3)
    for step in range(3):
        client.log_metric(run_id, "loss", 1 / (step + 1), timestamp=2000 + step, step=step)
    client.log_batch(
        run_id,
        metrics=[Metric("auc", 0.5, 3000, 1)],
        params=[SimpleNamespace(key="C", value="1")],
        tags=[SimpleNamespace(key="t", value="x")],
    )
    client.set_tag(run_id, "gone", "soon")
    client.delete_tag(run_id, "gone")
    client.log_text(run_id, "hello", "notes/a.txt")
    client.set_terminated(run_id, end_time=9000)
    known = client.get_run(run_id)
    assert known.info.status == "FINISHED"
    assert (known.info.start_time, known.info.end_time) == (1000, 9000)
    assert known.data.params == {"depth": "3", "C": "1"}
    assert known.data.metrics["auc"] == 0.5
    assert known.data.tags["t"] == "x"
    assert "gone" not in known.data.tags
    history = client.get_metric_history(run_id, "loss")
    assert [(point.step, point.timestamp) for point in history] == [(0, 2000), (1, 2001), (2, 2002)]
    assert client.get_experiment(experiment_id).name == "churn"


def test_experiments(client):
    first = client.create_experiment("a")
    client.create_experiment("b")
    assert {one.name for one in client.search_experiments()} >= {"a", "b"}
    page = client.search_experiments(
        max_results=1, order_by=["name ASC"], filter_string="name != 'x'"
    )
    assert [one.name for one in page] == ["a"]
    rest = client.search_experiments(max_results=1, order_by=["name ASC"], page_token=page.token)
    assert [one.name for one in rest] == ["b"]
    assert client.get_experiment_by_name("a").experiment_id == first
    assert client.get_experiment_by_name("c") is None
    with pytest.raises(ResourceAlreadyExists):
        client.create_experiment("a")
    with pytest.raises(InvalidParameterValue):
        client.create_experiment(" ")
    with pytest.raises(InvalidParameterValue):
        client.search_experiments(page_token="x")


def test_pages_of_runs(client):
    experiment_id = client.create_experiment("a")
    made = [client.create_run(experiment_id, run_name=f"r{i}").info.run_id for i in range(3)]
    page = client.search_runs([experiment_id], max_results=2, order_by=["run_name ASC"])
    assert [run.info.run_id for run in page] == made[:2]
    rest = client.search_runs(
        [experiment_id], max_results=2, order_by=["run_name ASC"], page_token=page.token
    )
    assert [run.info.run_id for run in rest] == made[2:]
    assert rest.token is None
    assert client.search_runs(["12345"]) == []


def test_a_param_does_not_change(client):
    run_id = client.create_run(client.create_experiment("a")).info.run_id
    assert client.log_param(run_id, "p", 1) == 1
    client.log_param(run_id, "p", 1)
    with pytest.raises(InvalidParameterValue, match="is '1' already"):
        client.log_param(run_id, "p", 2)
    with pytest.raises(InvalidParameterValue, match="is '1' already"):
        MlflowClient(client.tracking_uri).log_param(run_id, "p", 3)


def test_parents_names_and_the_trash(client):
    experiment_id = client.create_experiment("a")
    parent = client.create_run(experiment_id).info.run_id
    child = client.create_run(experiment_id, tags={"mlflow.parentRunId": parent}).info.run_id
    assert client.get_parent_run(child).info.run_id == parent
    assert client.get_parent_run(parent) is None
    client.update_run(child, status="FAILED", name="renamed")
    known = client.get_run(child)
    assert (known.info.run_name, known.info.status) == ("renamed", "FAILED")
    client.delete_run(child)
    assert len(client.search_runs([experiment_id])) == 1
    deleted = client.search_runs([experiment_id], run_view_type=ViewType.DELETED_ONLY)
    assert [run.info.run_id for run in deleted] == [child]
    client.restore_run(child)
    assert len(client.search_runs([experiment_id])) == 2


def test_what_there_is_not(client, tmp_path):
    with pytest.raises(ResourceDoesNotExist):
        client.get_run("0" * 32)
    with pytest.raises(ResourceDoesNotExist):
        client.create_run("12345")
    with pytest.raises(ResourceDoesNotExist):
        client.delete_run("0" * 32)
    run_id = client.create_run(client.create_experiment("a")).info.run_id
    with pytest.raises(ResourceDoesNotExist):
        client.log_artifact(run_id, tmp_path / "none.txt")
    with pytest.raises(InvalidParameterValue):
        client.set_terminated(run_id, "DONE")
    with pytest.raises(InvalidParameterValue):
        client.log_metric(run_id, "m", "text")


def test_a_client_sees_what_the_fluent_functions_logged(store, no_problems):
    with mltrack.start_run() as run:
        mltrack.log_metric("m", 1)
        MlflowClient().log_metric(run.info.run_id, "n", 2)
    assert MlflowClient().get_run(run.info.run_id).data.metrics == {"m": 1.0, "n": 2.0}
