"""Comparisons: small, complete, drawn."""

import base64
import json
import re

import msgspec
import pytest

from jupyter_mltrack.entities.views import Comparison
from jupyter_mltrack.widgets.comparison import (
    COMPARISON_MIME,
    MAX_DIFF,
    MAX_POINTS,
    comparison_bundle,
    shrink,
)
from jupyter_mltrack.widgets.picture import draw_comparison
from tests.widgets.views import comparison, run, series

RUNS = [run("a"), run("b"), run("c")]


def test_the_data_is_the_comparison():
    given = comparison(RUNS, {"auc": [0.5, "NaN", None]}, {"C": ["1", "2", None]})
    data = comparison_bundle(given).more[COMPARISON_MIME]
    assert msgspec.convert(json.loads(json.dumps(data)), Comparison) == given


def test_curves_are_thinned_and_keep_their_extremes():
    values = [float(i % 100) for i in range(3000)]
    values[1500] = 1e6
    curves = [series(one.run_id, f"m{i}", values) for one in RUNS for i in range(4)]
    small = shrink(comparison(RUNS, curves=curves))
    assert sum(len(one.steps) for one in small.series) <= MAX_POINTS
    assert all(max(one.values) == 1e6 and one.total == 3000 for one in small.series)


def test_very_many_curves():
    curves = [series("x", f"m{i}", [1.0, 2.0] * 50) for i in range(3000)]
    small = shrink(comparison(RUNS, curves=curves))
    assert sum(len(one.steps) for one in small.series) <= MAX_POINTS


def test_long_code_is_cut():
    small = shrink(comparison(RUNS, diff="+line\n" * 20_000))
    assert sum(len(one.diff) for one in small.code) <= MAX_DIFF + 10
    assert small.code[0].diff.endswith("\n…")


def picture_of(given):
    uri, width = draw_comparison(given)
    assert width > 0
    content = base64.b64decode(uri.removeprefix("data:image/png;base64,"))
    assert content.startswith(b"\x89PNG")
    return content


@pytest.mark.parametrize(
    "values",
    [
        [0.5, 0.6, 0.7],
        [1e149, -1e149, 0.0],
        ["NaN", 1.0, 2.0],
        ["Infinity", 1.0, 2.0],
        [1.0, 1.0 + 1e-15, 1.0],
        [5e-324, 0.0, 1.0],
    ],
)
@pytest.mark.parametrize("as_curve", [False, True])
def test_any_numbers_can_be_drawn(values, as_curve):
    curves = [series(RUNS[0].run_id, "m", values)] if as_curve else []
    assert picture_of(comparison(RUNS, {"m": values}, curves=curves))


def test_nothing_to_draw():
    assert draw_comparison(comparison(RUNS, {"m": [1.0, 1.0, 1.0]})) == ("", 0)
    assert draw_comparison(comparison(RUNS, {"m": ["NaN", None, 1.0]})) == ("", 0)
    assert draw_comparison(comparison(RUNS, {"m": [1e308, -1e308, 1.0]})) == ("", 0)
    assert "<img" not in comparison_bundle(comparison(RUNS)).html


def test_names_that_look_like_formulas():
    runs = [run("$\\frac{$"), run("$x^"), run("_" * 60)]
    assert picture_of(comparison(runs, {"$m": [1.0, 2.0, 3.0]}))


def test_the_users_matplotlib_is_left_alone():
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    with mpl.rc_context({"text.usetex": True, "axes.grid": True}):
        # Figures that other tests of this process left open are as good as the user's.
        before, backend, figures = dict(mpl.rcParams), mpl.get_backend(), plt.get_fignums()
        assert picture_of(comparison(RUNS, {"m": [1.0, 2.0, 3.0]}))
        assert dict(mpl.rcParams) == before
    assert mpl.get_backend() == backend
    assert plt.get_fignums() == figures


def test_text_lines_up_and_marks_the_best():
    text = comparison_bundle(
        comparison(RUNS, {"auc": [0.75, 0.5, None]}, {"C": ["1", "2", None], "k": ["1", "1", "1"]})
    ).text
    assert re.search(r"auc +0\.75\* +0\.50", text)
    assert re.search(r"C +1 +2 +—", text)
    assert "the same: k" in text


def test_objects_written_out_give_way_to_their_params():
    params = {"model": ["M(C=1)", "M(C=2)", "M(C=3)"], "model__C": ["1", "2", "3"]}
    html = comparison_bundle(comparison(RUNS, params=params)).html
    assert "model__C" in html
    assert "M(C=1)" not in html
    only = comparison_bundle(comparison(RUNS, params={"model": params["model"]})).html
    assert "M(C=1)" in only


def test_many_runs_in_a_terminal():
    runs = [run(f"run {i}") for i in range(30)]
    text = comparison_bundle(comparison(runs, {"m": list(range(30))})).text
    assert "and 22 more runs" in text
    assert max(map(len, text.splitlines())) < 200
