"""Every command in a real shell, on a real store."""

import json

import nbformat
import pytest

from jupyter_mltrack.entities import RunStatus
from jupyter_mltrack.magics.commands import COMMANDS
from jupyter_mltrack.query.runs import search_runs
from jupyter_mltrack.tracking import fluent
from jupyter_mltrack.widgets.comparison import COMPARISON_MIME


def runs_by_name(store):
    fluent.flush()
    return {run.info.run_name: run for run in search_runs(store)[0]}


def test_start_stop_and_status(notebook, no_problems):
    assert "Tracking is off" in notebook.run("%mltrack status").text
    shown = notebook.run("%mltrack start --no-autolog")
    assert "Tracking is on: experiment Default" in shown.text
    assert "already" in notebook.run("%mltrack start --no-autolog").text
    status = notebook.run("%mltrack status").text
    assert "Tracking is on" in status
    assert "MLTRACK_NOTEBOOK" in status
    assert "off" in notebook.run("%mltrack stop").out
    assert "not on" in notebook.run("%mltrack stop").out


def test_the_doctor_looks_at_the_store_in_use(tracked, store_path):
    fluent.flush()
    told = tracked.run("%mltrack doctor").out
    assert f"sqlite:///{store_path / 'mltrack.db'}" in told
    assert "2 runs" in told
    assert "1 of living sessions" in told
    assert "FAIL" not in told


def test_a_store_that_cannot_be_named(notebook):
    shown = notebook.run("%mltrack start --store ftp://x\nafter = 1")
    assert "Cannot use 'ftp://x' as a store" in shown.err
    assert shown.error is None
    assert notebook.shell.user_ns["after"] == 1


def test_a_store_that_cannot_be_opened(notebook, store_path):
    store_path.mkdir()
    (store_path / "mltrack.db").write_text("no database at all" * 100)
    started = notebook.run("%mltrack start --no-autolog")
    assert "is not a database. What you log waits in the journal" in started.err
    shown = notebook.run("%mltrack runs\nafter = 1")
    assert shown.error is None
    assert "Traceback" not in shown.err
    assert notebook.shell.user_ns["after"] == 1
    assert "store" in notebook.run("%mltrack status").text


def test_runs(tracked):
    shown = tracked.run("%mltrack runs")
    assert "2 runs" in shown.text
    assert shown.text.index("second") < shown.text.index("first")
    assert "0.95*" in shown.text
    assert "&lt;b&gt;" not in shown.text
    assert "mltrack-best" in shown.html


def test_runs_by_filter_and_order(tracked):
    text = tracked.run("%mltrack runs metrics.accuracy > 0.92 and params.depth = 8").text
    assert "second" in text
    assert "first" not in text
    text = tracked.run("%mltrack runs --order 'metrics.accuracy ASC' --last 1").text
    assert "first" in text
    assert "second" not in text
    assert "--last 5" in text


def test_no_runs(tracked):
    assert "No runs" in tracked.run("%mltrack runs metrics.accuracy > 2").text
    assert (
        "There is no experiment named 'none'" in tracked.run("%mltrack runs --experiment none").err
    )


def test_a_filter_that_does_not_parse_is_marked(tracked):
    lines = tracked.run("%mltrack runs metrics.accuracy >> 0.92").err.splitlines()
    assert lines[0].startswith("Invalid filter: expected a number")
    assert lines[1][lines[2].index("^")] == ">"


def test_show(tracked):
    shown = tracked.run("%mltrack show first")
    assert "first  FINISHED" in shown.text
    assert "0.25 to 1, 4 points" in shown.text
    assert "<svg" in shown.html
    assert "&lt;b&gt;bold" in shown.html
    assert "<b>bold" not in shown.html
    assert "second" in tracked.run("%mltrack show").text
    assert "second" in tracked.run("%mltrack show best:accuracy").text


def test_show_what_there_is_not(tracked):
    assert "No run is named 'third'" in tracked.run("%mltrack show third").err


def test_a_name_of_several_runs(tracked):
    tracked.run("%mltrack run first\n%mltrack end")
    shown = tracked.run("%mltrack show first")
    assert "'first' fits 2 runs; use an id:" in shown.err


@pytest.mark.parametrize("line", ["first second", "--last 2", "metrics.accuracy > 0", ""])
def test_compare(tracked, line):
    shown = tracked.run(f"%mltrack compare {line}")
    (bundle,) = shown.bundles
    data = bundle[COMPARISON_MIME]
    assert [run["run_name"] for run in data["runs"]] == ["first", "second"]
    assert json.loads(json.dumps(data)) == data
    assert "data:image/png;base64," in bundle["text/html"]
    assert "accuracy" in bundle["text/plain"]
    assert "0.95*" in bundle["text/plain"]


def test_compare_needs_two(tracked):
    assert "Choose between 2 and 100" in tracked.run("%mltrack compare first").err
    assert "two are needed" in tracked.run("%mltrack compare metrics.accuracy > 0.92").err


def test_run_over_cells(notebook, store, no_problems):
    notebook.run("%mltrack start --no-autolog")
    assert "is open" in notebook.run("%mltrack run slow --note 'over cells' --tag a=b").out
    notebook.run("import jupyter_mltrack as mltrack; mltrack.log_metric('a', 1)")
    notebook.run("mltrack.log_metric('b', 2)")
    assert "ended FINISHED" in notebook.run("%mltrack end").out
    run = runs_by_name(store)["slow"]
    assert run.data.metrics == {"a": 1.0, "b": 2.0}
    assert run.data.tags["a"] == "b"
    assert run.data.tags["mlflow.note.content"] == "over cells"
    assert "No run is open" in notebook.run("%mltrack end").err


def test_log_tag_and_note_go_to_the_last_run(tracked, store):
    tracked.shell.user_ns["auc"] = 0.75
    shown = tracked.run("%mltrack log auc=auc kind=tree n=3 --step 2")
    assert "second" in shown.out
    tracked.run("%mltrack log depth_used=4 --param --run first")
    tracked.run("%mltrack tag stage=final team='a b'")
    tracked.run("%%mltrack note\nTwo lines\nof text")
    runs = runs_by_name(store)
    assert runs["second"].data.metrics["auc"] == 0.75
    assert runs["second"].data.metrics["n"] == 3
    assert runs["second"].data.params["kind"] == "tree"
    assert runs["first"].data.params["depth_used"] == "4"
    assert runs["second"].data.tags["team"] == "a b"
    assert runs["second"].data.tags["mlflow.note.content"] == "Two lines\nof text"
    tracked.run("%mltrack tag stage=")
    assert "stage" not in runs_by_name(store)["second"].data.tags


def test_log_without_any_run_makes_one(notebook, store, no_problems):
    notebook.run("%mltrack start --no-autolog")
    assert "metric a" in notebook.run("%mltrack log a=1").out
    (run,) = runs_by_name(store).values()
    assert run.data.metrics == {"a": 1.0}
    assert run.info.status == RunStatus.FINISHED


def test_export(tracked, tmp_path):

    shown = tracked.run("%mltrack export second -o out.ipynb")
    assert "Wrote out.ipynb" in shown.out
    notebook = nbformat.read("out.ipynb", 4)
    nbformat.validate(notebook)
    assert "is there already" in tracked.run("%mltrack export second -o out.ipynb").err
    assert "Wrote" in tracked.run("%mltrack export second -o out.ipynb --force").out
    assert "second" in tracked.run("%mltrack export second").out
    assert "Cannot write" in tracked.run("%mltrack export second -o no/such/x.ipynb").err


def test_export_as_asked(tracked, tmp_path):
    tracked.run("depth = 3\nlabel = 'a b'\n%mltrack log depth=3")
    run = "%mltrack export last depth=8 label='c d' -o set.ipynb"
    assert tracked.run(run).out.startswith("Wrote set.ipynb: ")
    notebook = nbformat.read("set.ipynb", as_version=4)
    assert notebook.metadata.jupyter_mltrack.parameters == {"depth": "8", "label": "'c d'"}
    assert "depth = 8\nlabel = 'c d'" in notebook.cells[-1].source
    shown = tracked.run("%mltrack export last --as script --environment -o out").out
    assert "as a script" in shown
    assert "Beside it: requirements.txt, environment.yml" in shown
    shown = tracked.run("%mltrack export last --as stood -o stood.ipynb").out
    assert "as it stood" in shown
    assert "Only cells that ran are known" in shown
    assert "'sat' is no kind" in tracked.run("%mltrack export last --as sat").err


def test_diff(tracked):
    shown = tracked.run("%mltrack diff first second")
    assert shown.text.startswith("accuracy +0.05: made by cell “")
    assert "depth 3 → 8" in shown.text
    assert "<b>bold</b>" not in shown.html
    assert "Name one run or two" in tracked.run("%mltrack diff a b c").err
    assert "is not here" in tracked.run("%mltrack diff first").err
    export = "%mltrack export first --as stood -o now.ipynb"
    tracked.run(export)
    assert tracked.run("%mltrack diff first --notebook now.ipynb").text.startswith("The code is")


def test_load_without_a_model(tracked):
    assert "No model 'model'" in tracked.run("x = %mltrack load first").err


def test_help_lists_every_command(notebook):
    shown = notebook.run("%mltrack help")
    assert all(f"%mltrack {name}" in shown.text for name in COMMANDS)
    assert notebook.run("%mltrack").text == shown.text


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_each_command(notebook, name):
    text = notebook.run(f"%mltrack {name} --help").out
    assert text.startswith(f"usage: %mltrack {name}")
    assert COMMANDS[name].summary.split(";")[0].split(":")[0][:40] in " ".join(text.split())
    assert notebook.run(f"%mltrack help {name}").out == text


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("%mltrack rnus", "Did you mean runs? Help: %mltrack help"),
        ("%mltrack runs --lst 3", "Did you mean --last? Help: %mltrack runs --help"),
        ("%mltrack runs --last 0", "invalid whole number value: '0'"),
        ("%mltrack help nothing", "%mltrack has no command 'nothing'"),
        ("%mltrack log", "the following arguments are required: k=v"),
        ("%mltrack stop now", "%mltrack stop has no argument 'now'"),
    ],
)
def test_wrong_lines(notebook, line, said):
    shown = notebook.run(f"{line}\nafter = 1")
    assert said in shown.err
    assert shown.error is None
    assert notebook.shell.user_ns["after"] == 1


def test_unloading_leaves_the_shell_as_it_was(notebook):
    shell = notebook.shell
    notebook.run("%mltrack start --no-autolog")
    notebook.run("%unload_ext jupyter_mltrack")
    assert shell.find_line_magic("mltrack") is None
    assert shell.find_cell_magic("mltrack") is None
    assert not [name for name in vars(shell) if name.startswith("_mltrack_magics")]
    notebook.run("%load_ext jupyter_mltrack")
    assert "Tracking is off" in notebook.run("%mltrack status").text
    notebook.run("%reload_ext jupyter_mltrack")
    assert len(shell.Completer.custom_matchers) == 1
