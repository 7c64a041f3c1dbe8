import math

import pytest
from hypothesis import given

from jupyter_mltrack.entities import Dataset, DatasetInput, Run, RunData, RunInfo, RunInputs
from jupyter_mltrack.search import (
    Facts,
    Not,
    match,
    param_number,
    parse_filter,
    parse_order_by,
    sort_runs,
)
from jupyter_mltrack.search.wildcards import ilike, like
from tests.search.trees import facts, trees


def make_run(run_id="r1", params=None, metrics=None, start=1000, end=3500, datasets=(), **info):
    return Run(
        info=RunInfo(
            run_id=run_id,
            run_name="first",
            experiment_id="1",
            start_time=start,
            end_time=end,
            **info,
        ),
        data=RunData(params=params or {}, metrics=metrics or {}, tags={"team": "Blue", "n": "10"}),
        inputs=RunInputs(dataset_inputs=list(datasets)),
    )


RUN = make_run(
    params={"lr": "0.10", "model": "tree", "wide": "9"},
    metrics={"acc": 0.9, "loss": math.nan},
    status="FINISHED",
    notebook_path="work/a.ipynb",
    datasets=[
        DatasetInput(dataset=Dataset(name="iris", digest="0f"), context="train"),
        DatasetInput(dataset=Dataset(name="wine", digest="1f"), context="eval"),
    ],
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "metrics.acc >= 0.9",
        "metrics.acc IN (1, 0.9)",
        "metrics.other IS NULL AND metrics.loss IS NOT NULL",
        "metrics.loss != 1 AND NOT metrics.loss > 0 AND NOT metrics.loss <= 0",
        "params.lr = 0.1 AND params.lr = '0.10' AND params.lr != '0.1'",
        "params.wide < 10",
        "params.model != 3",
        "params.lr NOT IN (1, 2) AND params.lr IN (0.1)",
        "NOT params.absent = 'x' AND NOT params.absent != 'x'",
        "tags.team = 'Blue' AND tags.team ILIKE 'b%' AND NOT tags.team LIKE 'b%'",
        "status = 'FINISHED' AND lifecycle_stage = 'active'",
        "duration = 2.5 AND start_time = 1000 AND end_time > 3000",
        "dataset.name = 'iris' AND dataset.name = 'wine' AND dataset.name != 'wine'",
        "dataset.context IN ('eval')",
        "notebook = 'work/a.ipynb' AND cell = 'c1'",
        "parent_run_id IS NULL AND user_id IS NOT NULL",
        "status = 'RUNNING' OR run_name LIKE 'f_rs%'",
    ],
)
def test_filters_that_hold(text):
    assert match(parse_filter(text), Facts(RUN, cell="c1"))


@pytest.mark.parametrize(
    "text",
    [
        "metrics.other != 1",
        "metrics.loss = 0",
        "params.model > 0",
        "params.wide > 10",
        "tags.absent NOT IN ('a')",
        "dataset.digest LIKE '2%'",
        "notebook IS NULL AND cell IS NOT NULL",
        "metrics.acc > 0.5 AND status = 'FAILED'",
    ],
)
def test_filters_that_do_not_hold(text):
    assert not match(parse_filter(text), Facts(RUN))


def test_a_running_run_has_no_duration():
    run = make_run(end=None)
    tree = parse_filter("duration IS NULL AND end_time IS NULL AND NOT duration > 0")
    assert match(tree, Facts(run))


@given(trees(), facts())
def test_not_turns_every_filter_round(tree, one):
    assert match(Not(tree), one) is not match(tree, one)


@pytest.mark.parametrize(
    ("text", "pattern", "fits"),
    [
        ("", "", True),
        ("", "%", True),
        ("a", "", False),
        ("abc", "a%c", True),
        ("abc", "%b%", True),
        ("abc", "_b_", True),
        ("ab", "ab%b", False),
        ("a\nb", "a%b", True),
        ("a.b", "a_b", True),
        ("axb", "a.b", False),
        ("aab", "%ab", True),
        ("abab", "a%_b", True),
        ("[x]", "[x]", True),
    ],
)
def test_wildcards(text, pattern, fits):
    assert like(text, pattern) is fits


def test_only_ascii_letters_fold():
    assert ilike("AbC", "aBc")
    assert not ilike("Ä", "ä")


def test_wildcards_do_not_explode():
    assert not like("a" * 5_000, "%a" * 2_000 + "%b")  # it would take years


@pytest.mark.parametrize(
    ("text", "number"),
    [("1", 1.0), ("-1.5e3", -1500.0), (".5", 0.5), ("5.", 5.0), ("+2", 2.0), ("1e999", None)]
    + [(text, None) for text in ("", "nan", "inf", "1_0", " 1", "1 ", "1\n", "٣", "0x1", "True")],
)
def test_which_params_are_numbers(text, number):
    assert param_number(text) == number


def ids(orders, runs):
    return [one.run.info.run_id for one in sort_runs(map(Facts, runs), parse_order_by(orders))]


def test_ties_go_by_newest_start_then_id():
    runs = [make_run("b", start=1), make_run("c", start=2), make_run("a", start=1)]
    assert ids([], runs) == ["c", "a", "b"]


def test_params_sort_as_numbers_before_texts_and_absent_ones_last():
    runs = [
        make_run(lr or "none", params={"lr": lr} if lr else {}) for lr in ["x", "10", "", "9", "a"]
    ]
    assert ids(["params.lr"], runs) == ["9", "10", "a", "x", "none"]
    assert ids(["params.lr DESC"], runs) == ["10", "9", "x", "a", "none"]


def test_nan_sorts_after_numbers_either_way():
    runs = [make_run(str(value), metrics={"m": value}) for value in (math.nan, 1, math.inf)]
    runs.append(make_run("none"))
    assert ids(["metrics.m ASC"], runs) == ["1", "inf", "nan", "none"]
    assert ids(["metrics.m DESC"], runs) == ["inf", "1", "nan", "none"]


def test_a_second_order_decides_what_the_first_leaves_open():
    runs = [
        make_run(f"{a}{b}", metrics={"a": a, "b": b}) for a, b in [(1, 1), (0, 2), (1, 3), (0, 1)]
    ]
    assert ids(["metrics.a DESC", "metrics.b"], runs) == ["11", "13", "01", "02"]
