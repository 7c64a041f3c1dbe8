"""Parameters cells give every run what they assign."""

import json

import pytest

from jupyter_mltrack.capture.parameters import (
    evaluated_parameters,
    has_parameters,
    literal_parameters,
)
from jupyter_mltrack.query.export import export_notebook
from jupyter_mltrack.store.contract import RunSearch
from tests.capture.notebooks import Executed, execute

DEFAULTS = {
    "rate": "0.1",
    "depth": "-3",
    "name": "tree",
    "layers": "[1, 2]",
    "options": "{'a': (1, None)}",
    "half": "0.05",
    "password": "[redacted]",
}


@pytest.fixture(scope="module")
def executed(tmp_path_factory) -> Executed:
    name, path = "parameters_cells_give_every_run_their_values", tmp_path_factory.mktemp("params")
    with pytest.MonkeyPatch.context() as patch:
        return execute(name, path, patch)


@pytest.fixture(scope="module")
def params(executed) -> dict[str, dict[str, str]]:
    runs = executed.store.search_runs(RunSearch())
    return {run.info.run_name: run.data.params for run in runs}


def test_runs_carry_the_assignments_and_their_own_win(params):
    assert params["first"] == DEFAULTS | {"depth": "8"}


def test_injected_parameters_replace_the_defaults(params):
    assert params["second"] == DEFAULTS | {"rate": "0.5"}


def test_open_run_gets_them_at_once(params):
    assert params["third"] == DEFAULTS | {"rate": "0.5", "width": "4", "height": "8"}


def test_cell_magic_runs_the_cell_as_it_is(executed):
    assert executed.shown("params")[0].data["text/plain"] == "8"
    assert executed.shown("params")[0].output_type == "execute_result"


def test_they_are_listed(executed):
    text = executed.shown("list")[0].text
    assert "rate = 0.5" in text
    assert "correct-horse" not in text


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a = 1\nb = -2.5\nc = 'x'", {"a": "1", "b": "-2.5", "c": "x"}),
        ("a: int = 3\nb: str", {"a": "3"}),
        ("a = b = True", {"a": "True", "b": "True"}),
        ("a = f(1)\nb = x.y\nc.d = 1\ne[0] = 1\nf += 1\ng, h = 1, 2", {}),
        ("%matplotlib inline\na = 1\n!ls", {"a": "1"}),
        ("%%mltrack params\na = {'k': [1, (2,)]}", {"a": "{'k': [1, (2,)]}"}),
        ("a = 1\nif a:\n    b = 2", {"a": "1"}),
        ("a = (", {}),
        ("_private = 1", {}),
    ],
)
def test_literals_that_are_read(source, expected):
    assert literal_parameters(source) == expected


def test_values_after_the_run_win_where_they_are_plain():
    class Odd(str):
        def __str__(self):
            raise AssertionError("never called")

    source = "a = 1\nb = make()\nc = other()\nd = 4"
    namespace = {"a": Odd("x"), "b": [1, 2.5], "c": object(), "d": 5}
    assert evaluated_parameters(source, namespace) == {"a": "1", "b": "[1, 2.5]", "d": "5"}


@pytest.mark.parametrize(
    ("source", "tags", "is_known", "expected"),
    [
        ("a = 1", (), True, False),
        ("a = 1", ("parameters",), True, True),
        ("a = 1", ("injected-parameters",), False, True),
        ("%%mltrack params\na = 1", (), True, True),
        ("# Parameters\na = 1\n", (), False, True),
        ("# Parameters\na = 1\n", (), True, False),
        ("# Parameters\nprint(1)\n", (), False, False),
        ("# Parameters\n", (), False, False),
    ],
)
def test_which_cells_set_parameters(source, tags, is_known, expected):
    assert has_parameters(source, tags, is_known=is_known) is expected


def test_papermills_injected_cell_is_known_without_its_tag(tmp_path, monkeypatch):
    import nbformat
    import papermill

    make = nbformat.v4.new_code_cell
    notebook = nbformat.v4.new_notebook(
        cells=[
            make("rate = 0.1\ndepth = 3", metadata={"tags": ["parameters"]}),
            make("%load_ext jupyter_mltrack\n%mltrack start"),
            make("import jupyter_mltrack as mltrack\nmltrack.log_metric('m', rate)"),
        ],
        metadata={
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}
        },
    )
    nbformat.write(notebook, tmp_path / "in.ipynb")
    monkeypatch.setenv("MLTRACK_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("MLTRACK_NOTEBOOK", str(tmp_path / "in.ipynb"))
    papermill.execute_notebook(
        str(tmp_path / "in.ipynb"),
        str(tmp_path / "out.ipynb"),
        parameters={"rate": 0.7},
        progress_bar=False,
    )
    store = Executed(notebook, tmp_path / "store").store
    (run,) = store.search_runs(RunSearch())
    assert run.data.params == {"rate": "0.7", "depth": "3"}
    # Papermill replaces the cell in an export, which it knows by the tag.
    for kind in ("order", "stood"):
        exported = export_notebook(store, run.info.run_id, kind=kind)
        path = tmp_path / f"{kind}.ipynb"
        path.write_text(json.dumps(exported))
        monkeypatch.setenv("MLTRACK_NOTEBOOK", str(path))
        again = papermill.execute_notebook(
            str(path),
            str(tmp_path / "again.ipynb"),
            parameters={"rate": 0.9},
            progress_bar=False,
        )
        assert sum(cell.source.startswith("# Parameters") for cell in again.cells) == 1
    store = Executed(notebook, tmp_path / "store").store
    found = sorted(run.data.metrics["m"] for run in store.search_runs(RunSearch()))
    assert found == [0.7, 0.9, 0.9]
