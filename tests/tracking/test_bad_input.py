"""Whatever is handed in is kept exactly, or refused by an error of ours that names it."""

import enum
import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

import jupyter_mltrack as mltrack
from jupyter_mltrack.errors import InvalidParameterValue, ResourceDoesNotExist
from tests.conftest import on_both_databases

store_uri = on_both_databases
pytestmark = pytest.mark.usefixtures("store", "no_problems")

LONG = "x" * 10_000_000
CYCLE: dict[str, object] = {}
CYCLE["a"] = CYCLE


class Kind(enum.StrEnum):
    TREE = "tree"


class Broken:
    def __float__(self):
        raise RuntimeError("several elements")

    def __repr__(self):
        raise ZeroDivisionError

    __str__ = __repr__


class Interrupted:
    def __init__(self):
        self.asked = 0

    def __float__(self):
        self.asked += 1
        if self.asked == 1:
            raise KeyboardInterrupt
        return 1.0


class Tensor:
    def __float__(self):
        return 0.5


@pytest.mark.parametrize(
    ("key", "value", "kept"),
    [
        ("np", np.str_("a"), "a"),
        (np.str_("np key"), 1, "1"),
        ("enum", Kind.TREE, "tree"),
        (Kind.TREE, "x", "x"),
        ("a/b/../c", "👩‍🔬\u2028\x01", "👩‍🔬\u2028\x01"),
        ("e\u0301", "", ""),
        ("nested", {"a": {"b": [1, None]}}, "{'a': {'b': [1, None]}}"),
        ("decimal", Decimal("0.10"), "0.10"),
        ("truth", True, "True"),
        ("none", None, "None"),
    ],
)
def test_texts_are_kept_exactly(key, value, kept):
    with mltrack.start_run(run_name=np.str_("name"), tags={key: value}) as run:
        mltrack.log_param(key, value)
        mltrack.log_metric(key, 1.0)
    found = mltrack.get_run(run.info.run_id)
    key = str.__str__(key)
    assert found.info.run_name == "name"
    assert found.data.params == {key: kept}
    assert found.data.tags[key] == kept
    assert found.data.metrics == {key: 1.0}


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (np.float32(0.1), float(np.float32(0.1))),
        (np.array(3), 3.0),
        (np.bool_(True), 1.0),
        (Decimal("0.1"), 0.1),
        (Fraction(1, 4), 0.25),
        (Tensor(), 0.5),
        (-math.inf, -math.inf),
        (5e-324, 5e-324),
    ],
)
def test_numbers_are_taken_as_floats(value, kept):
    with mltrack.start_run() as run:
        mltrack.log_metric("a", value, step=np.int32(-1), timestamp=-5)
        mltrack.log_metrics({"b": value}, step=2.0)
    assert mltrack.get_run(run.info.run_id).data.metrics == {"a": kept, "b": kept}
    [point] = mltrack.MlflowClient().get_metric_history(run.info.run_id, "a")
    assert (point.step, point.timestamp) == (-1, -5)


NO_NUMBERS = [
    Broken(),
    1j,
    np.complex64(1),
    np.datetime64("2026-01-01"),
    np.array([1.0, 2.0]),
    Decimal("sNaN"),
    10**400,
    "0.5",
    b"1",
    None,
    {"a": 1},
]


@pytest.mark.parametrize("value", NO_NUMBERS, ids=lambda value: type(value).__name__)
def test_what_is_no_number_is_no_value_of_a_metric(value):
    with mltrack.start_run():
        for log in (
            lambda: mltrack.log_metric("m", value),
            lambda: mltrack.log_metrics({"m": value}),
        ):
            for _ in range(2):
                with pytest.raises(
                    InvalidParameterValue, match=f"'m' .* not {type(value).__name__}"
                ):
                    log()
                mltrack.log_metric("m", 1.0)


def test_an_interrupt_of_a_number_that_is_waited_for_is_the_users():
    with mltrack.start_run() as run:
        mltrack.log_metric("m", 0.5)
        with pytest.raises(KeyboardInterrupt):
            mltrack.log_metric("m", Interrupted())
    assert mltrack.get_run(run.info.run_id).data.metrics == {"m": 0.5}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mltrack.log_metric("m", 1, step=Broken()), "whole number of 64 bits"),
        (lambda: mltrack.log_metric("m", 1, step="3"), "not '3'"),
        (lambda: mltrack.log_metric("m", 1, timestamp="3"), "milliseconds .* not '3'"),
        (lambda: mltrack.log_metric("m", 1, timestamp=math.nan), "not nan"),
        (lambda: mltrack.log_params(None), "params must be a dictionary, not NoneType"),
        (lambda: mltrack.log_params([("a", 1)]), "params must be a dictionary, not list"),
        (lambda: mltrack.log_metrics("ab"), "metrics must be a dictionary, not str"),
        (lambda: mltrack.set_tags(5), "tags must be a dictionary, not int 5"),
        (lambda: mltrack.set_tag("t", Broken()), "value of tag 't' has no text"),
        (lambda: mltrack.log_param("p", Broken()), "value of param 'p' has no text"),
        (lambda: mltrack.log_param("p", LONG), "10000000 characters; at most 6000"),
        (lambda: mltrack.log_param(LONG, 1), "10000000 characters; at most 250"),
        (lambda: mltrack.log_text(b"x", "a.txt"), "log_text takes text, not bytes"),
        (lambda: mltrack.log_text("\ud800", "a.txt"), "cannot be kept"),
        (lambda: mltrack.log_dict(CYCLE, "a.json"), "Cannot write 'a.json'"),
        (lambda: mltrack.log_dict({(1, 2): 3}, "a.json"), "Cannot write 'a.json'"),
        (lambda: mltrack.log_dict({"a": object()}, "a.yaml"), "Cannot write 'a.yaml'"),
        (lambda: mltrack.log_text("a", "a.txt", run_id=[1]), r"A run id .* not \[1\]"),
        (lambda: mltrack.start_run(tags=[1]), "tags must be a dictionary, not list"),
        (lambda: mltrack.start_run(tags="ab", description="c"), "tags must be a dictionary"),
        (lambda: mltrack.set_experiment_tags([1]), "tags must be a dictionary, not list"),
        (lambda: mltrack.create_experiment("a", tags=[1]), "tags must be a dictionary, not list"),
        (lambda: mltrack.data.from_numpy(np.ones(3), digest=5), "letters, digits .* not 5"),
        (lambda: mltrack.log_inputs(np.ones(3)), "A float64 is not known as data"),
        (lambda: mltrack.start_run(run_name=5), "run name must be text, not int 5"),
        (lambda: mltrack.start_run(parent_run_id=7), "A run id .* not 7"),
        (lambda: mltrack.get_run("\ud800"), "lone surrogate"),
        (lambda: mltrack.delete_experiment("\ud800"), "lone surrogate"),
        (lambda: mltrack.search_runs(max_results="5"), "max_results .* not '5'"),
        (lambda: mltrack.search_runs(run_view_type="all"), "A view is .* not 'all'"),
        (lambda: mltrack.search_experiments(view_type=9), "A view is .* not 9"),
        (lambda: mltrack.search_experiments(filter_string=5), "not 5"),
        (lambda: mltrack.search_experiments(order_by=[LONG]), "at most 10000 characters"),
        (lambda: mltrack.search_experiments(order_by="name"), r"a list, as in \['name'\]"),
        (lambda: mltrack.MlflowClient().search_runs(max_results=None), "not None"),
        (lambda: mltrack.MlflowClient().search_runs(page_token=5), "'5' is not a page token"),
        (
            lambda: mltrack.MlflowClient().search_experiments(page_token=5),
            "'5' is not a page token",
        ),
        (
            lambda: mltrack.MlflowClient().search_experiments(page_token="9" * 5000),
            "'99999.*' is not a page token",
        ),
        (lambda: mltrack.MlflowClient().log_metric(None, "m", 1), "A run id .* not None"),
        (lambda: mltrack.MlflowClient().set_terminated("a", end_time="x"), "not 'x'"),
    ],
)
def test_what_cannot_be_taken_is_named(call, message):
    with mltrack.start_run(), pytest.raises(InvalidParameterValue, match=message) as refused:
        call()
    assert len(str(refused.value)) < 500


def test_an_id_of_no_type_is_not_the_stores_failure():
    with pytest.raises((InvalidParameterValue, ResourceDoesNotExist)):
        mltrack.get_run(("a",))
