"""Autologging controlled from the notebook: start's flags, ``autolog``, ``off``, ``status``."""

import re
from pathlib import Path

import pytest

import jupyter_mltrack as mltrack
from jupyter_mltrack.autolog import api
from jupyter_mltrack.entities import Run
from jupyter_mltrack.store.contract import RunSearch, Store
from tests.magics.conftest import Notebook

pytestmark = pytest.mark.usefixtures("no_problems")

SETUP = (
    "from sklearn.linear_model import LogisticRegression\n"
    "from sklearn.decomposition import PCA\n"
    "from sklearn.metrics import accuracy_score\n"
    "from sklearn.datasets import make_classification\n"
    "import jupyter_mltrack as mltrack\n"
    "X, y = make_classification(60, 4, random_state=0)\n"
    "model = LogisticRegression()"
)


def runs_of(store: Store) -> list[Run]:
    assert mltrack.flush(20)
    return list(reversed(list(store.search_runs(RunSearch()))))


def test_flags_of_start(notebook: Notebook, store: Store) -> None:
    notebook.run(SETUP)
    notebook.run("%mltrack start --no-models --no-plots --max-children all --exclude PCA")
    notebook.run("PCA().fit(X)\nmodel.fit(X, y)")
    (run,) = runs_of(store)
    assert run.data.params["C"] == "1.0"
    assert store.list_models(run.info.run_id) == []
    shown = notebook.run("%mltrack status").text
    assert "without models, plots" in shown
    assert re.search(r"\d+ fits?, [\d.]+ ms added to each", shown)
    options = notebook.run("%mltrack autolog").out
    assert "max_tuning_runs" in options
    assert "all" in options.split("max_tuning_runs")[1].split("\n")[0]
    notebook.run("%mltrack stop")
    notebook.run("%mltrack start")
    assert "without" not in notebook.run("%mltrack status").text


def test_a_wrong_flag_starts_nothing(notebook: Notebook) -> None:
    shown = notebook.run("%mltrack start --max-children many")
    assert "max_children cannot be 'many': it is a number of runs from 0" in shown.err
    assert "Tracking is off" in notebook.run("%mltrack status").text


def test_a_broken_settings_file_costs_one_message(notebook: Notebook, store: Store) -> None:
    Path(".mltrack").mkdir()
    Path(".mltrack/config.toml").write_text("[autolog]\nmodle = false\nplots = false")
    shown = notebook.run("%mltrack start")
    assert shown.err.count("modle") == 1
    assert "Did you mean models" in shown.err
    assert "Tracking is on" in shown.text
    assert "modle" not in notebook.run("%mltrack autolog on").err
    assert "modle" in notebook.run("%mltrack status").text
    assert "plots" in notebook.run("%mltrack status").text


def test_the_magic_shows_and_changes(notebook: Notebook, store: Store) -> None:
    notebook.run(SETUP)
    notebook.run("%mltrack start")
    notebook.run("%mltrack autolog sklearn models=off checks.seed=off exclude=PCA,KMeans")
    shown = notebook.run("%mltrack autolog sklearn").out
    assert "PCA, KMeans" in shown
    assert "overlap, leak, gap, columns, balance\n" in shown.replace("  call", "")
    unknown = notebook.run("%mltrack autolog xgbost off").err
    assert "xgbost' is no framework that is autologged. Did you mean xgboost?" in unknown
    wrong = notebook.run("%mltrack autolog modles=off")
    assert "Did you mean models" in wrong.err
    assert wrong.out == ""
    assert "on or off, not both" in notebook.run("%mltrack autolog on off").err
    notebook.run("%mltrack autolog off")
    notebook.run("model.fit(X, y)")
    assert runs_of(store) == []
    notebook.run("%mltrack autolog on")
    notebook.run("model.fit(X, y)")
    (run,) = runs_of(store)
    assert store.list_models(run.info.run_id) == []


@pytest.mark.parametrize("line", ["%%mltrack off", "# quiet\n%mltrack off"])
def test_a_cell_that_is_off(notebook: Notebook, store: Store, line: str) -> None:
    notebook.run(SETUP)
    notebook.run("%mltrack start")
    shown = notebook.run(f"{line}\nmodel.fit(X, y)\nmltrack.log_metric('mine', 1)\n'value'")
    assert (shown.value, shown.err) == ("value", "")
    (mine,) = runs_of(store)
    assert mine.data.metrics == {"mine": 1}
    assert mine.data.params == {}
    detail = store.list_run_cells(mine.info.run_id)
    assert "model.fit" in detail[0].source
    notebook.run("model.fit(X, y)")
    assert len(runs_of(store)) == 2


def test_a_model_fitted_in_a_cell_that_is_off_is_no_runs_model(
    notebook: Notebook, store: Store
) -> None:
    notebook.run(SETUP)
    notebook.run("%mltrack start")
    notebook.run("model.fit(X, y)")
    notebook.run("%%mltrack off\nmodel.fit(X, 1 - y)\naccuracy_score(y, model.predict(X))")
    notebook.run("accuracy_score(y, model.predict(X))")
    fitted, *others = runs_of(store)
    assert fitted.data.params["C"] == "1.0"
    assert not [name for name in fitted.data.metrics if name.startswith("accuracy_score")]
    assert [run.data.params for run in others] == [{}] * len(others)


def test_a_cell_tagged_off(notebook: Notebook, store: Store) -> None:
    notebook.run(SETUP)
    notebook.run("%mltrack start")
    shell = notebook.shell
    meta = {"tags": ["mltrack-off"]}
    shell.run_cell("model.fit(X, y)", store_history=True, cell_meta=meta)
    assert runs_of(store) == []
    shell.run_cell("model.fit(X, y)", store_history=True, cell_meta={"tags": ["other"]})
    assert len(runs_of(store)) == 1


def test_stop_undoes_what_the_function_began(notebook: Notebook) -> None:
    notebook.run(SETUP)
    notebook.run("%mltrack start --no-autolog")
    assert not api.status().enabled
    notebook.run("mltrack.autolog()")
    assert "sklearn on" in notebook.run("%mltrack status").text
    notebook.run("%mltrack stop")
    assert not api.status().enabled


def test_status_tells_waiting_from_off(notebook: Notebook) -> None:
    notebook.run("%mltrack start")
    notebook.run("%mltrack autolog sklearn off")
    assert "sklearn off, switched off" in notebook.run("%mltrack status").text
