"""The notebook of a run as it stood, and what every export says about itself."""

from typing import Any

import nbformat
import pytest

import jupyter_mltrack as mltrack
from jupyter_mltrack.entities import CellOutcome, Output, Revision, RevisionCell
from jupyter_mltrack.entities import events as ev
from jupyter_mltrack.entities.notebook import NOT_STORED
from jupyter_mltrack.errors import InvalidParameterValue
from jupyter_mltrack.query.export import export_notebook
from jupyter_mltrack.query.export.notebook import list_notes
from jupyter_mltrack.store.contract import Store
from jupyter_mltrack.tracking.active import ActiveRun
from jupyter_mltrack.tracking.cells import begin_cell, end_cell
from tests.query.conftest import World


def export(store: Store, run_id: str, kind: str = "stood", **options: Any) -> Any:
    assert mltrack.flush(20)
    plain = export_notebook(store, run_id, kind=kind, **options)
    notebook = nbformat.from_dict(plain)
    nbformat.validate(notebook)
    assert nbformat.reads(nbformat.writes(notebook), as_version=4) == notebook
    return notebook


def show(world: World, cell_id: str, text: str, outcome: str = CellOutcome.OK) -> None:
    cell = world.begin(cell_id)
    cell.add_output(Output(output_type="stream", name="stdout", data={"text/plain": text}))
    end_cell(cell, outcome)


def origins(notebook: Any) -> list[tuple[str, str]]:
    return [
        (cell.id, cell.metadata.jupyter_mltrack.origin)
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


def test_all_cells_stand_in_the_order_of_the_notebook(store: Store, world: World) -> None:
    show(world, "c", "early\n")
    run = world.fit("b", "one", 0.1, 0.8)
    world.sources["a"] = "changed later"
    show(world, "a", "late\n")
    notebook = export(store, run.run_id)
    assert [cell.source for cell in notebook.cells] == [
        "# Title",
        "import numpy as np",
        "# Fit the model\nC = 0.1\nfit(C)",
        "fit(C * 10)",
        "not_run_yet()",
    ]
    assert origins(notebook) == [
        ("a", "never"), ("b", "executed"), ("c", "earlier"), ("d", "never")
    ]  # fmt: skip
    assert [cell.execution_count for cell in notebook.cells[1:]] == [None, 2, 1, None]
    assert [len(cell.outputs) for cell in notebook.cells[1:]] == [0, 3, 1, 0]
    assert notebook.cells[3].outputs[0].text == "early\n"


def test_a_cell_shows_what_it_showed_last_before_the_run(store: Store, world: World) -> None:
    show(world, "a", "first\n")
    show(world, "a", "second\n")
    run = world.fit("b", "one", 0.1, 0.8)
    show(world, "a", "third\n")
    cell = export(store, run.run_id).cells[1]
    assert (cell.outputs[0].text, cell.execution_count) == ("second\n", 2)


def test_outputs_of_another_source_are_left_out_and_that_is_said(
    store: Store, world: World
) -> None:
    show(world, "a", "of the old source\n")
    world.sources["a"] = "import pandas"
    run = world.fit("b", "one", 0.1, 0.8)
    notebook = export(store, run.run_id)
    cell = notebook.cells[1]
    assert (cell.source, cell.outputs, cell.execution_count) == ("import pandas", [], None)
    assert cell.metadata.jupyter_mltrack.origin == "edited"
    assert "edited after it last ran" in cell.metadata.jupyter_mltrack.note
    assert any("edited after running" in note for note in list_notes(notebook))


def test_cells_that_left_are_counted(store: Store, world: World) -> None:
    show(world, "a", "x\n")
    del world.sources["a"]
    run = world.fit("b", "one", 0.1, 0.8)
    notebook = export(store, run.run_id)
    assert "a" not in [cell.id for cell in notebook.cells]
    assert list_notes(notebook)[0].startswith("1 cell that ran before had left the notebook")


def test_measured_later_stands_as_it_was_at_the_last_measurement(
    store: Store, world: World
) -> None:
    run = world.fit("b", "one", 0.1, 0.8)
    world.sources["d"] = "measure()"
    cell = world.begin("d")
    run.log_metric("later", 1)
    run.link_cell(cell)
    end_cell(cell)
    notebook = export(store, run.run_id)
    assert notebook.cells[-1].source == "measure()"
    assert notebook.cells[-1].metadata.jupyter_mltrack.origin == "executed"


def revise(world: World, layer: str, *cells: RevisionCell) -> str:
    digest = f"{layer}{len(cells)}"
    revision = Revision(
        digest=digest, notebook_path="", layer=layer, language="python", cells=list(cells)
    )
    world.session.write(ev.RevisionSeen(revision))
    return digest


def run_in(world: World, revision: str, source: str, *outputs: Output, cell_id: str = "p") -> str:
    cell = begin_cell(
        world.session,
        cell_id=cell_id,
        source=source,
        execution_count=1,
        revision=revision,
        notebook_path="",
    )
    run = ActiveRun(world.session, name="r")
    run.log_metric("m", 1)
    for output in outputs:
        cell.add_output(output)
    run.end()
    end_cell(cell)
    return run.run_id


@pytest.mark.parametrize("revision", ["executed", ""])
def test_only_what_ran_is_known_and_that_is_said(store: Store, world: World, revision: str) -> None:
    code = RevisionCell(cell_id="p", cell_type="code", source="x = 1", origin="executed")
    digest = revise(world, "executed", code) if revision else ""
    notebook = export(store, run_in(world, digest, "x = 1"))
    assert [cell.source for cell in notebook.cells] == ["x = 1"]
    assert "Only cells that ran are known" in list_notes(notebook)[0]


@pytest.mark.parametrize("kind", ["order", "stood"])
def test_tags_come_back_and_parameters_are_set(store: Store, world: World, kind: str) -> None:
    digest = revise(
        world,
        "live",
        RevisionCell(cell_id="m", cell_type="markdown", source="text", tags=("intro",)),
        RevisionCell(cell_id="p", cell_type="code", source="C = 1", tags=("parameters",)),
    )
    run_id = run_in(world, digest, "C = 1")
    notebook = export(store, run_id, kind, parameters={"C": "2"})
    assert [cell.metadata.get("tags") for cell in notebook.cells] == [
        ["intro"], ["parameters"], ["injected-parameters"]
    ]  # fmt: skip
    assert notebook.cells[-1].source == "# Parameters\nC = 2"
    with pytest.raises(InvalidParameterValue, match="no parameter 'D'"):
        export(store, run_id, kind, parameters={"D": "2"})


def test_redacted_and_private_cells_are_told(store: Store, world: World) -> None:
    secret = "password = '[redacted]'"
    digest = revise(
        world,
        "live",
        RevisionCell(cell_id="p", cell_type="code", source=secret),
        RevisionCell(cell_id="q", cell_type="code", source=NOT_STORED),
    )
    first, second = list_notes(export(store, run_in(world, digest, secret)))
    assert first.startswith("Secrets are redacted in the source of one cell")
    assert second == "One cell is private: a comment stands in its place."


def test_long_text_is_one_output_and_says_where_it_was_cut(store: Store, world: World) -> None:
    digest = revise(world, "live", RevisionCell(cell_id="p", cell_type="code", source="x"))
    pieces = [
        Output(output_type="stream", name="stdout", data={"text/plain": "a" * 10}),
        Output(output_type="stream", name="stdout", data={"text/plain": "b\n"}, truncated=5000),
        Output(output_type="stream", name="stderr", data={"text/plain": "c"}),
        Output(output_type="display_data", data={"text/html": "<b>"}, truncated=7),
        Output(output_type="error", name="E", data={"text/plain": "trace\nE: no"}, truncated=9),
    ]
    notebook = export(store, run_in(world, digest, "x", *pieces), "order")
    shown = notebook.cells[-1].outputs
    assert [output.output_type for output in shown] == [
        "stream", "stream", "display_data", "error"
    ]  # fmt: skip
    assert shown[0].text == (
        "aaaaaaaaaab\n[mltrack: 5,000 more characters were shown, not stored]\n"
    )
    assert shown[1].text == "c"
    assert "7 more characters" in shown[2].data["text/plain"]
    assert shown[3].traceback[-1].startswith("[mltrack: 9 more")
    assert "Long output was not kept whole" in list_notes(notebook)[-1]


def test_json_is_a_value_again_for_front_ends_to_draw(store: Store, world: World) -> None:
    digest = revise(world, "live", RevisionCell(cell_id="p", cell_type="code", source="x"))
    data = {
        "application/vnd.plotly.v1+json": '{"data": [{"y": [1, 2]}], "layout": {}}',
        "application/json": "not JSON",
        "text/plain": '{"a": 1}',
    }
    run_id = run_in(world, digest, "x", Output(output_type="display_data", data=data))
    shown = export(store, run_id).cells[0].outputs[0].data
    assert shown["application/vnd.plotly.v1+json"]["data"][0]["y"] == [1, 2]
    assert shown["application/json"] == "not JSON"
    assert shown["text/plain"] == '{"a": 1}'


def test_without_outputs(store: Store, two_runs: tuple[str, str]) -> None:
    notebook = export(store, two_runs[1], "stood", outputs=False)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)


def test_an_export_is_the_same_each_time_and_trusted_by_nobody(
    store: Store, two_runs: tuple[str, str]
) -> None:
    for kind in ("order", "stood"):
        notebook = export(store, two_runs[1], kind)
        assert export(store, two_runs[1], kind) == notebook
        assert all("trusted" not in cell.metadata for cell in notebook.cells)
        assert "signature" not in notebook.metadata


@pytest.mark.parametrize("cell_id", ["é", "", "x y", "a" * 65])
def test_ids_that_nbformat_does_not_take_get_steady_ones(
    store: Store, world: World, cell_id: str
) -> None:
    run_id = run_in(world, "", "x", cell_id=cell_id)
    first, second = export(store, run_id, "order"), export(store, run_id, "order")
    assert first.cells[0].id == second.cells[0].id


def test_an_unknown_kind_is_named(store: Store, two_runs: tuple[str, str]) -> None:
    with pytest.raises(InvalidParameterValue, match="'sat' is no kind of export; use order or"):
        export_notebook(store, two_runs[0], kind="sat")
