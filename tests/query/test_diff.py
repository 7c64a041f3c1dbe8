"""Two runs beside each other: the sentence on top is true in every part."""

from typing import Any

import nbformat
import pytest

import jupyter_mltrack as mltrack
from jupyter_mltrack.entities import Environment, Output, Revision, RevisionCell
from jupyter_mltrack.entities import events as ev
from jupyter_mltrack.entities.dataset import Dataset
from jupyter_mltrack.entities.notebook import NOT_STORED
from jupyter_mltrack.errors import InvalidParameterValue, ResourceDoesNotExist
from jupyter_mltrack.query.diff import diff_runs, diff_with_file
from jupyter_mltrack.query.export import export_notebook
from jupyter_mltrack.store.contract import Store
from jupyter_mltrack.tracking.active import ActiveRun
from jupyter_mltrack.tracking.cells import begin_cell, end_cell
from jupyter_mltrack.tracking.session import close_session, get_session
from tests.query.conftest import PNG

LOAD = "import sklearn.ensemble as e\nX, y = load()"
FIT = "model = e.RandomForestClassifier(max_depth={depth}, random_state=0).fit(X, y)"
PICTURE = Output(output_type="display_data", data={"image/png": PNG})
OTHER = Output(output_type="display_data", data={"image/png": PNG[:-8] + "AAAAAAAA"})


class Kernel:
    """A fresh session of one notebook, whose cells can be edited and run."""

    def __init__(self, versions: dict[str, str] | None, path: str = "a.ipynb") -> None:
        close_session()
        self.session = get_session()
        self.path = path
        if versions is not None:
            environment = Environment(
                digest=str(sorted(versions.items())),
                python_version="3.11.7",
                platform="Linux x",
                packages=versions,
            )
            self.session.update_facts(environment=environment, python_version="3.11.7")
        self.cells = {"t": "# Title", "load": LOAD, "fit": FIT.format(depth=4), "end": "print(1)"}
        self.count = 0

    def begin(self, cell_id: str) -> Any:
        self.count += 1
        cells = [
            RevisionCell(cell_id=key, cell_type="markdown" if key == "t" else "code", source=source)
            for key, source in self.cells.items()
        ]
        digest = f"{abs(hash(tuple(self.cells.items()))):x}"
        self.session.write(
            ev.RevisionSeen(
                Revision(
                    digest=digest, notebook_path=self.path, layer="live", language="python",
                    cells=cells,
                )
            )
        )  # fmt: skip
        return begin_cell(
            self.session, cell_id=cell_id, source=self.cells[cell_id],
            execution_count=self.count, revision=digest, notebook_path=self.path,
        )  # fmt: skip

    def run_all(
        self,
        name: str,
        accuracy: float,
        *,
        data: str | None = "d1",
        sampled: bool = False,
        outputs: tuple[Output, ...] = (),
        **params: Any,
    ) -> str:
        for key in [key for key in self.cells if key not in ("t", "fit", "end")]:
            end_cell(self.begin(key))
        cell = self.begin("fit")
        run = ActiveRun(self.session, name=name)
        run.log_params(params)
        run.log_metrics({"accuracy": accuracy, "fit_time_seconds": 1.0})
        if data:
            rows = 100 if data == "d1" else 120
            profile = f'{{"shape": [{rows}, 4], "sampled": {str(sampled).lower()}}}'
            run.log_dataset(Dataset(name="X", digest=data, profile=profile), "train")
        for output in outputs:
            cell.add_output(output)
        run.end()
        end_cell(cell)
        assert mltrack.flush(20)
        return str(run.run_id)


VERSIONS = {"scikit-learn": "1.5.0", "numpy": "2.0.0"}


def sentence(store: Store, *run_ids: str) -> str:
    return diff_runs(store, *run_ids).summary


def test_a_changed_cell_is_the_reason_and_the_rest_is_the_same(store: Store) -> None:
    kernel = Kernel(VERSIONS)
    first = kernel.run_all("one", 0.9, max_depth=4, random_state=0)
    kernel.cells["fit"] = FIT.format(depth=8)
    second = kernel.run_all("two", 0.921, max_depth=8, random_state=0)
    diff = diff_runs(store, first, second)
    assert diff.summary == (
        "accuracy +0.021: cell 2 changed (max_depth 4 → 8); data, seed and scikit-learn the same."
    )
    changed = [cell for cell in diff.executed if cell.status == "changed"]
    assert [(cell.number, cell.phrases, cell.is_behind) for cell in changed] == [
        (2, ["max_depth 4 → 8"], True)
    ]
    assert "-model = e.RandomForestClassifier(max_depth=4" in changed[0].diff
    (metric, _) = diff.metrics
    assert metric.difference == pytest.approx(0.021)
    assert metric.relative == pytest.approx(0.021 / 0.9)
    assert metric.is_better is True
    assert [(param.key, param.status) for param in diff.params] == [
        ("max_depth", "changed"), ("random_state", "same")
    ]  # fmt: skip
    assert {cell.cell_type for cell in diff.notebook} == {"markdown", "code"}


def test_in_a_loop_the_param_is_the_reason(store: Store) -> None:
    kernel = Kernel(VERSIONS)
    first = kernel.run_all("one", 0.9, C=1, random_state=0)
    second = kernel.run_all("two", 0.8, C=2, random_state=0)
    assert sentence(store, first, second) == (
        "accuracy -0.1: C 1 → 2; code, data, seed and scikit-learn the same."
    )


def test_data_packages_and_seeds_that_changed_are_reasons(store: Store) -> None:
    first = Kernel(VERSIONS).run_all("one", 0.9, random_state=0)
    kernel = Kernel({**VERSIONS, "scikit-learn": "1.6.0", "numpy": "2.1.0"})
    second = kernel.run_all("two", 0.9, data="d2", random_state=1)
    diff = diff_runs(store, first, second)
    assert diff.summary == (
        "accuracy the same: random_state 0 → 1, data changed (X 100 x 4 → 120 x 4) and "
        "scikit-learn 1.5.0 → 1.6.0; code the same."
    )
    assert [(one.key, one.status) for one in diff.packages] == [
        ("scikit-learn", "changed"), ("numpy", "changed")
    ]  # fmt: skip
    (data,) = diff.datasets
    assert (data.base_shape, data.shape, data.status) == ("100 x 4", "120 x 4", "changed")


def test_what_is_not_known_is_not_the_same(store: Store) -> None:
    kernel = Kernel(None)
    kernel.cells["fit"] = "model = fit(X, y)"
    first = kernel.run_all("one", 0.9, data=None)
    second = kernel.run_all("two", 0.8, data=None)
    diff = diff_runs(store, first, second)
    assert diff.summary == "accuracy -0.1; code the same; no seed is set."
    assert "The packages of one are not known." in diff.notes


def test_data_that_was_sampled_is_the_same_as_far_as_it_was(store: Store) -> None:
    kernel = Kernel(VERSIONS)
    ids = [kernel.run_all(name, 0.9, sampled=True) for name in ("one", "two")]
    assert "data (as far as it was sampled)" in sentence(store, *ids)


def test_data_of_one_run_alone_is_not_compared(store: Store) -> None:
    kernel = Kernel(VERSIONS)
    first = kernel.run_all("one", 0.9)
    second = kernel.run_all("two", 0.9, data=None)
    assert "data" not in sentence(store, first, second)


def test_private_and_redacted_cells_are_never_the_same(store: Store) -> None:
    kernel = Kernel(VERSIONS)
    kernel.cells["load"] = NOT_STORED
    ids = [kernel.run_all(name, 0.9) for name in ("one", "two")]
    diff = diff_runs(store, *ids)
    assert "code" not in diff.summary
    assert "unknown" in [cell.status for cell in diff.executed]
    assert "Private cells are not stored, and not compared." in diff.notes
    kernel = Kernel(VERSIONS)
    kernel.cells["load"] = "key = '[redacted]'"
    ids = [kernel.run_all(name, 0.9) for name in ("one", "two")]
    diff = diff_runs(store, *ids)
    assert "code" not in diff.summary
    assert "Secrets are redacted; whether they are the same is not known." in diff.notes


def test_a_notebook_with_secrets_is_as_it_was_as_far_as_it_is_stored(store: Store) -> None:
    kernel = Kernel(VERSIONS)
    kernel.cells["load"] = NOT_STORED
    run_id = kernel.run_all("one", 0.9)
    now = export_notebook(store, run_id, kind="stood")
    now["cells"][1]["source"] = "something_private()"
    assert diff_with_file(store, run_id, now).summary == (
        "The code is as it was when one was made, as far as it is stored."
    )


def test_new_left_out_and_reordered_cells(store: Store) -> None:
    kernel = Kernel(VERSIONS)
    kernel.cells = {"load": LOAD, "scale": "X = scale(X)", "fit": FIT.format(depth=4)}
    first = kernel.run_all("one", 0.9)
    other = Kernel(VERSIONS)
    other.cells = {"load": LOAD, "select": "X = X[:, :2]", "fit": FIT.format(depth=4)}
    second = other.run_all("two", 0.9)
    assert "with cell 2 and without cell 2" in sentence(store, first, second)


def test_a_cell_that_ran_again_is_told(store: Store) -> None:
    kernel = Kernel(VERSIONS)
    kernel.cells = {"load": LOAD + "; n = 0", "step": "n += 1", "fit": FIT.format(depth=4)}
    first = kernel.run_all("one", 0.9)
    kernel = Kernel(VERSIONS)
    kernel.cells = {"load": LOAD + "; n = 0", "step": "n += 1", "fit": FIT.format(depth=4)}
    end_cell(kernel.begin("load"))
    end_cell(kernel.begin("step"))
    kernel.cells["load"] += "  # not again"
    cells = dict(kernel.cells)
    del kernel.cells["load"]
    kernel.cells = {"step": cells["step"], "fit": cells["fit"]}
    second = kernel.run_all("two", 0.8)
    assert "cell 1 run more often" in sentence(store, first, second)


def test_comments_alone_are_no_reason(store: Store) -> None:
    kernel = Kernel(VERSIONS)
    first = kernel.run_all("one", 0.9)
    kernel.cells["fit"] += "  # tuned"
    second = kernel.run_all("two", 0.9)
    diff = diff_runs(store, first, second)
    assert "code" in diff.summary
    assert "changed" not in diff.summary


def test_copied_notebooks_are_aligned_by_source_and_likeness(store: Store) -> None:
    first = Kernel(VERSIONS).run_all("one", 0.9)
    other = Kernel(VERSIONS, "copy.ipynb")
    other.cells = {"load2": LOAD, "fit": FIT.format(depth=9)}
    second = other.run_all("two", 0.9)
    diff = diff_runs(store, first, second)
    assert [cell.status for cell in diff.executed] == ["same", "changed"]


def test_plots_are_paired_by_cell_and_compared_by_content(store: Store) -> None:
    kernel = Kernel(VERSIONS)
    first = kernel.run_all("one", 0.9, outputs=(PICTURE, PICTURE))
    second = kernel.run_all("two", 0.9, outputs=(PICTURE, OTHER, PICTURE))
    plots = diff_runs(store, first, second).plots
    assert [plot.status for plot in plots] == ["same", "changed", "added"]
    assert plots[1].base is not None
    assert plots[1].run is not None
    assert plots[1].base.digest != plots[1].run.digest


def test_metrics_that_are_no_numbers(store: Store) -> None:
    ids = []
    for value in (float("nan"), float("inf"), float("nan")):
        with mltrack.start_run() as run:
            mltrack.log_metrics({"m": value, "zero": 0.0})
        ids.append(run.info.run_id)
    assert mltrack.flush(20)
    changed = diff_runs(store, ids[0], ids[1])
    assert changed.summary == "m NaN → Infinity; nothing is known of why."
    assert changed.metrics[0].difference is None
    same = {metric.key: metric for metric in diff_runs(store, ids[0], ids[2]).metrics}
    assert same["m"].status == "same"
    assert same["zero"].relative is None


def test_runs_of_scripts_have_no_code_to_compare(store: Store) -> None:
    ids = []
    for name in ("one", "two"):
        with mltrack.start_run(run_name=name) as run:
            mltrack.log_metric("acc", 1)
        ids.append(run.info.run_id)
    assert mltrack.flush(20)
    diff = diff_runs(store, *ids)
    assert diff.executed == []
    assert "code" not in diff.summary
    assert diff.notes[0] == "one was not made in a notebook; its code is not known."
    with pytest.raises(ResourceDoesNotExist, match="not made in a notebook"):
        diff_with_file(store, ids[0], {"cells": []})


def test_a_run_beside_itself_is_refused(store: Store, two_runs: tuple[str, str]) -> None:
    with pytest.raises(InvalidParameterValue, match="Both are run"):
        diff_runs(store, two_runs[0], two_runs[0])


def test_a_run_beside_the_notebook_as_it_is_now(store: Store) -> None:
    kernel = Kernel(VERSIONS)
    run_id = kernel.run_all("one", 0.9)
    now = export_notebook(store, run_id, kind="stood")
    nbformat.validate(nbformat.from_dict(now))
    diff = diff_with_file(store, run_id, now, "a.ipynb")
    assert diff.summary == "The code is as it was when one was made."
    assert {cell.status for cell in diff.notebook} == {"same"}
    look = {"cell_type": "code", "source": "%mltrack diff last\n", "metadata": {}}
    looking = {**now, "cells": [*now["cells"], look]}
    assert diff_with_file(store, run_id, looking).summary == diff.summary
    gone = diff_with_file(store, run_id, {"cells": now["cells"][:2]})
    assert gone.summary == "Since one: cells 2 and 3 are gone; cell 2 made it."
    now["cells"][3]["source"] = "print(2)"
    assert diff_with_file(store, run_id, now).summary == (
        "Since one: cell 3 changed (print 1 → 2); none of what made it changed."
    )
    now["cells"][2]["source"] = [FIT.format(depth=8)]
    now["cells"].insert(0, {"cell_type": "code", "source": "import os", "metadata": {}})
    diff = diff_with_file(store, run_id, now, "a.ipynb")
    assert diff.summary == (
        "Since one: cell 3 changed (max_depth 4 → 8), cell 4 changed (print 1 → 2) and cell 1 is "
        "new; cell 3 made it."
    )
    assert diff.path == "a.ipynb"
    assert diff.run is None
    with pytest.raises(InvalidParameterValue, match="no list of cells"):
        diff_with_file(store, run_id, {"worksheets": []})
