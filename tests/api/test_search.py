"""MLflow's reading functions."""

import warnings

import pandas as pd
import pytest

import jupyter_mltrack as mltrack
from jupyter_mltrack.api import search
from jupyter_mltrack.entities import ViewType
from jupyter_mltrack.errors import FilterError, InvalidParameterValue, ResourceDoesNotExist


@pytest.fixture
def runs(store, no_problems):
    ids = {}
    for experiment, accuracy in (("one", 0.9), ("one", 0.8), ("two", 0.7)):
        mltrack.set_experiment(experiment)
        with mltrack.start_run(run_name=f"{experiment}-{accuracy}") as run:
            mltrack.log_param("p", accuracy)
            mltrack.log_metric("accuracy", accuracy)
        ids[run.info.run_name] = run.info.run_id
    return ids


def test_a_frame_of_the_current_experiment(runs):
    frame = search.search_runs()
    assert isinstance(frame, pd.DataFrame)
    assert list(frame["metrics.accuracy"]) == [0.7]
    assert list(frame["params.p"]) == ["0.7"]


def test_all_experiments_ordered_and_filtered(runs):
    frame = search.search_runs(
        search_all_experiments=True,
        filter_string="metrics.accuracy < 0.85",
        order_by=["metrics.accuracy ASC"],
    )
    assert list(frame["metrics.accuracy"]) == [0.7, 0.8]


def test_experiments_by_name_and_by_id(runs):
    named = search.search_runs(experiment_names=["one", "nothing"], output_format="list")
    assert {run.info.run_name for run in named} == {"one-0.9", "one-0.8"}
    experiment = search.get_experiment_by_name("one")
    found = search.search_runs([experiment.experiment_id], max_results=1, output_format="list")
    assert len(found) == 1
    assert search.search_runs(experiment_names=["nothing"], output_format="list") == []


def test_deleted_runs(runs, store):
    mltrack.flush()
    store.delete_runs([runs["two-0.7"]])
    assert len(search.search_runs(run_view_type=ViewType.DELETED_ONLY)) == 1
    assert len(search.search_runs()) == 0


def test_wrong_arguments(runs):
    with pytest.raises(InvalidParameterValue, match="output_format"):
        search.search_runs(output_format="csv")
    with pytest.raises(InvalidParameterValue, match="not both"):
        search.search_runs(["1"], experiment_names=["one"])
    with pytest.raises(FilterError):
        search.search_runs(filter_string="metrics.x >")


def test_getting_by_id(runs):
    assert search.get_run(runs["one-0.9"]).data.metrics == {"accuracy": 0.9}
    with pytest.raises(ResourceDoesNotExist):
        search.get_run("0" * 32)
    assert search.get_experiment_by_name("nothing") is None
    one = search.get_experiment_by_name("one")
    assert search.get_experiment(one.experiment_id).name == "one"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", {"one", "two"}),
        ("name = 'one'", {"one"}),
        ("name != 'one'", {"two"}),
        ("name LIKE 't%' AND creation_time > 0", {"two"}),
        ("attribute.name ilike 'ONE'", {"one"}),
        ("tags.owner = 'me'", set()),
        ("attribute.`name` = 'one'", {"one"}),
        ("`attribute`.\"name\" = 'one'", {"one"}),
        ("tags.owner IS NULL AND name != 'one'", {"two"}),
        ("`tags`.`owner` is  not null", set()),
    ],
)
def test_experiments_by_filter(runs, text, names):
    found = search.search_experiments(filter_string=text)
    assert {experiment.name for experiment in found} == names


def test_experiments_in_order(runs):
    ascending = [one.name for one in search.search_experiments(order_by=["name ASC"])]
    assert ascending == ["one", "two"]
    assert [one.name for one in search.search_experiments(order_by=["name DESC"])] == ["two", "one"]


@pytest.mark.parametrize(
    "text", ["name", "nme = 'a'", "name = 1", "name > 'a'", "name = 'a' x", "name IS NULL"]
)
def test_filters_of_experiments_that_do_not_parse(runs, text):
    with pytest.raises(FilterError, match="Invalid filter"):
        search.search_experiments(filter_string=text)


def test_an_incomplete_read_warns(runs, monkeypatch):
    from jupyter_mltrack.tracking.drainer import Drainer

    def give_up(drainer, timeout=None, *, patient=True):
        return False

    mltrack.flush()
    monkeypatch.setattr(Drainer, "flush", give_up)
    with pytest.warns(search.IncompleteReadWarning, match="safe in the journal"):
        search.search_runs()
    monkeypatch.undo()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        search.search_runs()
