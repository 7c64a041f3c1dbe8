"""Rerun, verify and restore as magics, and in Python from a notebook."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

import jupyter_mltrack as mltrack
from jupyter_mltrack.entities.rerun_views import RerunView, VerificationView
from jupyter_mltrack.query.export import export_notebook
from jupyter_mltrack.store.contract import RunSearch, Store

# Each test that takes an imported fixture names it again: F811.
from tests.magics.conftest import Notebook, notebook, tracked  # noqa: F401 - fixtures


@pytest.fixture
def scored(notebook: Notebook, no_problems: None) -> Notebook:  # noqa: F811
    notebook.run("%mltrack start --no-autolog --experiment trees")
    notebook.run("import jupyter_mltrack as mltrack\ndepth = 4")
    notebook.run(
        "with mltrack.start_run(run_name='model'):\n    mltrack.log_metric('score', depth)"
    )
    return notebook


def test_rerun_shows_progress_and_what_came_of_it(scored: Notebook, store: Store) -> None:
    shown = scored.run("%mltrack rerun model depth=6 --timeout 100")
    assert shown.error is None
    assert not shown.err
    assert "model: all 3 cells ran again." in shown.text
    assert "depth = 6" in shown.text
    assert "cell 3 of 3" in shown.text
    assert "model (rerun)" in shown.html
    runs = {run.info.run_name: run for run in store.search_runs(RunSearch())}
    again = runs["model (rerun)"]
    assert again.data.metrics == {"score": 6.0}
    assert again.info.parent_run_id == runs["model"].info.run_id
    experiments = {run.info.experiment_id for run in runs.values()}
    assert len(experiments) == 1
    # The repetition is nobody's last run.
    assert scored.run("%mltrack show").text.startswith("model  FINISHED")


def test_verify_shows_the_verdict_and_show_remembers_it(scored: Notebook) -> None:
    shown = scored.run("%mltrack verify model --tolerance score=0.5 --times 1")
    assert "model: reproduced 1 of 1 metric" in shown.text
    assert "score ±0.5" in shown.text
    assert "reproduced 1 of 1 metric" in scored.run("%mltrack show model").text


def test_asking_for_a_verdict_is_no_part_of_the_run(scored: Notebook, store: Store) -> None:
    assert mltrack.flush(20)
    (run_id,) = store.find_run_ids_by_name("model")
    before = [cell["source"] for cell in export_notebook(store, run_id)["cells"]]
    scored.run("# sure?\n%mltrack verify model")
    assert mltrack.flush(20)
    assert [cell["source"] for cell in export_notebook(store, run_id)["cells"]] == before


def test_restore_links_to_the_copy(scored: Notebook, tmp_path: Path) -> None:
    shown = scored.run("%mltrack restore model")
    name = shown.text.removeprefix("Restored: ").split("\n")[0]
    assert Path(name).exists()
    assert f'href="{quote(Path(name).name)}"' in shown.html


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("rerun nothing", "No run is named 'nothing'"),
        ("rerun model dept=3", "no parameter 'dept'"),
        ("rerun model --timeout 0", "timeout must be"),
        ("rerun model --timeout soon", "invalid float value: 'soon'"),
        ("verify model --tolerance score", "'score' is not of the form key=value"),
        ("verify model --tolerance score=much", "must be a number, not 'much'"),
        ("verify model --times 0", "times must be from 1 to 20"),
        ("restore model --in-place", "is not here"),
        ("restore --undo x.ipynb", "nothing to undo"),
        ("restore --undo --in-place", "--undo takes a notebook"),
    ],
)
def test_what_cannot_be_is_told_in_a_line(scored: Notebook, line: str, message: str) -> None:
    shown = scored.run(f"%mltrack {line}")
    assert shown.error is None
    assert message in shown.err
    assert "Traceback" not in shown.err


def test_in_python(scored: Notebook, store: Store) -> None:
    told: list[Any] = []
    view = mltrack.rerun_run("model", {"depth": 5}, timeout=100, progress=told.append)
    assert isinstance(view, RerunView)
    assert [one.cell for one in told] == [1, 2, 3]
    assert store.get_run(view.new_run_id).data.metrics == {"score": 5.0}
    verdict = mltrack.verify_run("model", tolerance={"score": 0.1})
    assert isinstance(verdict, VerificationView)
    assert verdict.verdict == "reproduced"
    assert Path(mltrack.restore_notebook("model").path).exists()
    with pytest.raises(mltrack.MltrackException, match="nothing to undo"):
        mltrack.undo_restore()


def test_an_interrupt_ends_the_rerun_and_goes_on_to_the_caller(scored: Notebook) -> None:
    def interrupt(_progress: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        mltrack.rerun_run("model", progress=interrupt)
