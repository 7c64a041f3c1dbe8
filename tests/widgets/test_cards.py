"""The card of a run, the status, words that are lines."""

import pytest

from jupyter_mltrack.entities.views import DatasetView, EnvironmentView, ModelView, StoreView
from jupyter_mltrack.query.judgement import interest, rank
from jupyter_mltrack.widgets import text
from jupyter_mltrack.widgets.run import run_card
from jupyter_mltrack.widgets.spark import sparkline
from jupyter_mltrack.widgets.status import StatusFacts, status_card
from jupyter_mltrack.widgets.values import format_moment, format_numbers
from tests.widgets.views import detail, metric, run, series


def test_a_card_tells_what_a_run_kept():
    view = run(
        "forest",
        metrics={"loss": metric(0.5, count=9), "accuracy": metric(0.9)},
        params={f"p{i}": str(i) for i in range(30)},
        tags={"stage": "dev", "mlflow.user": "me", "mlflow.note.content": "a note"},
    )
    model = ModelView(
        model_id="m",
        name="model",
        artifact_path="model",
        flavor="sklearn",
        model_class="sklearn.ensemble.Forest",
        status="READY",
        status_message="",
        size=2_000,
    )
    data = DatasetView(
        name="X", digest="abcdef123", context="train", schema="{}", profile='{"shape": [5, 2]}'
    )
    environment = EnvironmentView(
        python_version="3.12.1",
        platform="linux",
        packages={"numpy": "2.0"},
        git_commit="0123456789",
        git_branch="main",
        git_dirty=True,
        front_end="jupyterlab",
        host="here",
    )
    given = detail(view, children=["x"], models=[model], datasets=[data], environment=environment)
    card = run_card(given, [series(view.run_id, "loss", [3, 2, 1])])
    for words in (
        "Forest (2.0 kB)",
        "X 5 x 2 #abcdef12",
        "stage",
        "a note",
        "git 01234567 + changes",
    ):
        assert words in card.text
        assert words in card.html
    assert "mlflow.user" not in card.html
    assert "16 more" in card.html
    assert "<svg" in card.html


def test_the_experiment_of_the_notebook_is_not_said_twice():
    text_of = run_card(detail(run("a", experiment_name="n"))).text
    assert "n · n.ipynb" not in text_of
    assert "n.ipynb [3]" in text_of
    assert "other · n.ipynb" in run_card(detail(run("a", experiment_name="other"))).text


@pytest.mark.parametrize(
    "values", [[], [1.0], ["NaN", 1.0], ["NaN", "NaN", "NaN"]], ids=["none", "one", "nan", "nans"]
)
def test_too_little_for_a_curve(values):
    assert sparkline(values) == ""


@pytest.mark.parametrize(
    "values", [[1, 1, 1], [1e308, -1e308], [0, "NaN", 1, "Infinity", 2], list(range(5000))]
)
def test_curves_stay_inside(values):
    svg = sparkline(values)
    numbers = [
        float(n)
        for n in svg.split('d="')[1].split('"')[0].replace("M", " ").replace("L", " ").split()
    ]
    assert all(0 <= x <= 120 for x in numbers[::2])
    assert all(0 <= y <= 22 for y in numbers[1::2])


def test_status():
    store = StoreView(
        uri="u",
        version="",
        schema="1",
        experiments=1,
        runs=2,
        cells=3,
        change=1,
        backlog=0,
        rejected=1,
    )
    facts = StatusFacts(
        tracking=True,
        store_uri="sqlite:///x",
        store=store,
        session_id="s" * 32,
        not_captured=["This.", "That."],
        problems=[("draining", "disk full", 3)],
        backlog=1500,
    )
    shown = status_card(facts).text
    assert "1 experiment, 2 runs, 3 cells" in shown
    assert "not known here" in shown
    assert shown.count("not captured here") == 1
    assert "1.5 kB" in shown
    assert "refused 1 record" in shown
    assert "While draining (3 times): disk full" in shown
    assert "%mltrack start" in status_card(StatusFacts(tracking=False, store_uri="x")).text


@pytest.mark.parametrize(
    ("numbers", "shown"),
    [
        ([0.5, 0.25, None], ["0.50", "0.25", ""]),
        ([1.0, 2.0], ["1", "2"]),
        ([1.0, 0.5, "NaN"], ["1.0", "0.5", "NaN"]),
        ([1e-9, 0.5], ["1.000e-09", "0.5"]),
    ],
)
def test_numbers_that_stand_together_have_the_same_decimals(numbers, shown):
    assert format_numbers(numbers) == shown


def test_the_order_of_interest():
    keys = ["fit_time_seconds", "training_score", "accuracy"]
    assert sorted(keys, key=interest) == ["accuracy", "training_score", "fit_time_seconds"]
    halves = ["test_precision_score", "test_recall_score", "test_accuracy_score", "training_score"]
    order = ["test_accuracy_score", *halves[:2], "training_score"]
    assert sorted(halves, key=rank) == order


def test_a_card_says_what_was_raised():
    error = "ValueError: <b> is not numeric"
    card = run_card(detail(run(status="FAILED", tags={"mltrack.error": error})))
    assert f"raised {error}" in card.text
    assert "ValueError: &lt;b&gt; is not numeric" in card.html
    assert "mltrack-error" not in run_card(detail(run())).html.partition("</style>")[2]


def test_params_left_at_none_are_folded_away_first():
    params = {f"default_{index:02}": "None" for index in range(20)} | {"max_depth": "3"}
    html = run_card(detail(run(params=params))).html
    assert html.index("max_depth") < html.index("default_00") < html.index("7 more")


def test_moments_of_other_years_have_the_year():
    assert "2001" in format_moment(1_000_000_000_000)


def test_plain_text():
    assert text.cut("a\tb\n\x1b[31mc", 20) == "a b [31mc"
    assert text.cut("abcdef", 4) == "abc…"
    assert text.width("日本é") == 5
    assert text.aligned([["a", "1"], ["bb", "22"]], numeric=[1]) == "a    1\nbb  22"
    assert text.aligned([]) == ""
    assert text.counted(1, "run") == "1 run"


def test_plots_are_a_strip_of_pictures():
    card = run_card(detail(run()), pictures={"roc.png": "data:image/png;base64,AA", "<b>": "x"})
    assert '<img src="data:image/png;base64,AA" alt="roc.png">' in card.html
    assert "<figcaption>&lt;b&gt;</figcaption>" in card.html
