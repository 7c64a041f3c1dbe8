"""The table of runs."""

import msgspec

from jupyter_mltrack.widgets.runs import choose_columns, families, runs_table
from tests.widgets.views import cell, metric, run


def test_held_out_metrics_and_differing_params_are_shown():
    runs = [
        run(
            name,
            metrics={
                "training_score": metric(1.0),
                "fit_time_seconds": metric(0.1),
                "accuracy": metric(accuracy),
            },
            params={"C": C, "solver": "lbfgs", "steps": f"[('m', Model(C={C}, more=1))]"},
        )
        for name, accuracy, C in (("a", 0.5, "1"), ("b", 0.75, "2"))
    ]
    columns = choose_columns(runs)
    assert columns.metrics == {"accuracy": ["0.50", "0.75"]}
    assert columns.params == ["C"]
    assert columns.best == {"accuracy": {1}}
    assert "training_score" in choose_columns(runs, ["metrics.training_score DESC"]).metrics


def test_params_that_are_set_go_before_those_that_are_none():
    names = ("booster", "a", "b", "max_depth")
    values = (("None", "None", "x", "3"), ("dart", "y", "None", "4"))
    runs = [run(params=dict(zip(names, row, strict=True))) for row in values]
    assert choose_columns(runs).params[0] == "max_depth"


def test_training_metrics_where_there_are_no_others():
    runs = [run("a", metrics={"training_score": metric(1.0), "fit_time_seconds": metric(1)})]
    assert list(choose_columns(runs).metrics) == ["training_score"]


def test_what_the_code_asked_for_stands_before_what_was_measured_unasked():
    def automatic(n):
        given = {"test_precision_score": n / 7, "test_accuracy_score": n, "test_score": n}
        costs = {"fit_time_seconds": n, "fit_peak_memory_mb": n, "n_iter": n, "training_score": 1}
        return {key: metric(value) for key, value in (costs | given).items()}

    runs = [run(name, metrics=automatic(n)) for n, name in enumerate("abcd", start=1)]
    expected = ["test_accuracy_score", "test_precision_score"]
    assert list(choose_columns(runs).metrics) == expected
    runs[0].metrics["accuracy_score_other"] = metric(1.0)
    assert list(choose_columns(runs).metrics) == expected
    for one in runs[:2]:
        one.metrics["accuracy_score_X_test"] = metric(0.5)
    assert list(choose_columns(runs).metrics) == ["accuracy_score_X_test"]


def test_a_long_loop_does_not_outvote_the_other_cells():
    def made_by(execution_id, name, **metrics):
        maker = msgspec.structs.replace(cell(), execution_id=execution_id)
        return run(name, metrics={key: metric(n) for key, n in metrics.items()}, cell=maker)

    loop = [made_by("loop", f"loop {n}", training_score=n) for n in range(100)]
    one = made_by("one", "one", training_score=1, accuracy_score_X_test=1)
    assert list(choose_columns([*loop, one]).metrics) == ["accuracy_score_X_test"]


def test_equals_are_all_best_and_nan_is_none():
    runs = [
        run(name, metrics={"auc": metric(value)})
        for name, value in zip("abcd", (1, 1, 0, "NaN"), strict=True)
    ]
    assert choose_columns(runs).best == {"auc": {0, 1}}
    assert choose_columns(runs[:2]).best == {"auc": set()}
    assert choose_columns(runs).metrics["auc"] == ["1", "1", "0", "NaN"]


def test_less_loss_is_better_and_the_unknown_is_not_judged():
    runs = [
        run(name, metrics={"val_loss": metric(value), "widgets": metric(10 * value)})
        for name, value in (("a", 2.0), ("b", 1.0))
    ]
    assert choose_columns(runs).best == {"val_loss": {1}, "widgets": set()}


def test_children_stand_below_their_parents():
    runs = [
        run("child 2", parent_run_id="p" * 32),
        run("alone"),
        run("child 1", parent_run_id="p" * 32),
        run("parent", run_id="p" * 32),
        run("of a parent elsewhere", parent_run_id="q" * 32),
    ]
    names = [one.run_name for one in families(runs)]
    assert names == ["alone", "parent", "child 2", "child 1", "of a parent elsewhere"]
    text = runs_table(runs).text
    assert "↳ child 1" in text
    assert "↳ of a" not in text


def test_parents_in_a_circle_are_not_lost():
    runs = [
        run("a", run_id="a" * 32, parent_run_id="b" * 32),
        run("b", run_id="b" * 32, parent_run_id="a" * 32),
    ]
    assert len(families(runs)) == 2


def test_wide_characters_line_up():
    lines = runs_table([run("日本語"), run("abcdef")]).text.splitlines()
    assert lines[3].index("日本語0"[:3]) == lines[4].index("abcdef")
    assert lines[4].index("abcdef00") - lines[4].index("abcdef") == 8


def test_a_running_run_has_no_time():
    assert "RUNNING" in runs_table([run("a", status="RUNNING", end_time=None)]).html
