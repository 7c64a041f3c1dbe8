"""Comparisons."""

import math

import pytest

import jupyter_mltrack as mltrack
from jupyter_mltrack.errors import InvalidParameterValue, ResourceDoesNotExist
from jupyter_mltrack.query import compare
from jupyter_mltrack.query.judgement import greater_is_better
from jupyter_mltrack.query.series import get_series, thin
from jupyter_mltrack.store.contract import Store
from tests.query.conftest import World


def test_what_differs_comes_first_and_the_best_is_marked(
    store: Store, two_runs: tuple[str, str]
) -> None:
    comparison = compare.compare_runs(store, two_runs)
    assert comparison.summary == "accuracy +0.1: C 0.1 → 1.0."
    assert [(param.key, param.differs) for param in comparison.params] == [
        ("C", True),
        ("penalty", False),
    ]
    metrics = {metric.key: metric for metric in comparison.metrics}
    assert metrics["accuracy"].best == 1
    assert metrics["log_loss"].best == 1
    assert metrics["log_loss"].greater_is_better is False
    assert {series.key for series in comparison.series} == {"curve"}
    assert [len(plots) for plots in comparison.plots] == [1, 1]


def test_code_that_changed_is_shown(store: Store, world: World) -> None:
    first = world.fit("b", "one", 0.1, 0.8)
    world.sources["b"] = "# Fit the model\nC = 0.5\nfit(C)"
    second = world.fit("b", "two", 0.5, 0.8)
    mltrack.flush(20)
    (code,) = compare.compare_runs(store, [first.run_id, second.run_id]).code
    assert "-C = 0.1" in code.diff
    assert "+C = 0.5" in code.diff


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_runs_cannot_be_compared(
    store: Store, two_runs: tuple[str, str], count: int
) -> None:
    with pytest.raises(InvalidParameterValue, match=f"between 2 and 100.*not {count}"):
        compare.compare_runs(store, [two_runs[0]] * 3 if count else [])


def test_an_unknown_run_is_named(store: Store, two_runs: tuple[str, str]) -> None:
    with pytest.raises(ResourceDoesNotExist, match="nope"):
        compare.compare_runs(store, [two_runs[0], "nope"])


@pytest.mark.parametrize(
    ("metric", "better"),
    [
        ("accuracy", True),
        ("training_roc_auc", True),
        ("LogisticRegression_score_X_test", True),
        ("val_acc", True),
        ("log_loss", False),
        ("mean_squared_error", False),
        ("mean_test_score", True),
        ("test_neg_mean_squared_error", True),
        ("fit_time_seconds", False),
        ("std_test_score", None),
        ("weight", None),
    ],
)
def test_which_way_is_better(metric: str, better: bool | None) -> None:
    assert greater_is_better(metric) is better


def test_thinning_keeps_ends_extremes_and_gaps() -> None:
    values = [math.sin(i / 100) for i in range(100_000)]
    values[33_333] = 50.0
    values[66_666] = -50.0
    values[77_777] = math.nan
    kept = thin(values, 1000)
    assert len(kept) <= 1100
    assert {0, 33_333, 66_666, 77_777, 99_999} <= set(kept)
    assert list(kept) == sorted(set(kept))
    assert list(thin(values[:10], 1000)) == list(range(10))


def test_a_series_is_in_the_order_of_its_steps(store: Store) -> None:
    with mltrack.start_run() as run:
        for step in (3, 1, 2):
            mltrack.log_metric("m", step * 10, step=step)
        mltrack.log_metric("m", math.nan, step=4)
    mltrack.flush(20)
    series = get_series(store, run.run_id, "m")
    assert series.steps == [1, 2, 3, 4]
    assert series.values == [10.0, 20.0, 30.0, "NaN"]
    assert series.total == 4


def summary_of(store: Store, *metrics: dict[str, float]) -> str:
    ids = []
    for number, values in enumerate(metrics):
        with mltrack.start_run(run_name=f"r{number}") as run:
            mltrack.log_metrics(values)
        ids.append(run.run_id)
    mltrack.flush(20)
    return compare.compare_runs(store, ids).summary


@pytest.mark.parametrize(
    ("old", "new", "summary"),
    [
        ({"training_score": 0.5}, {"training_score": 0.75}, "training_score +0.25"),
        ({"acc": 0.5, "training_score": 0.5}, {"acc": 0.5, "training_score": 1}, "acc the same"),
        ({"fit_time_seconds": 1, "acc": 0.5}, {"fit_time_seconds": 2, "acc": 0.25}, "acc -0.25"),
        ({"a": 1}, {"b": 1}, "no metric in common"),
    ],
)
def test_the_headline_is_the_held_out_metric(
    store: Store, old: dict[str, float], new: dict[str, float], summary: str
) -> None:
    assert summary_of(store, old, new) == f"{summary}: params and code the same."


def test_the_headline_of_many_runs_names_the_best(store: Store) -> None:
    text = summary_of(store, {"acc": 0.5}, {"acc": 0.75}, {"acc": 0.25})
    assert text == "r1 has the best acc (0.75); the params they share are the same."
    text = summary_of(store, {"acc": 0.5}, {"acc": 0.75}, {"acc": 0.75})
    assert text == "2 runs have the best acc (0.75); the params they share are the same."
