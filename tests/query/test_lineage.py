"""From points to cells and back, on both databases."""

import pytest

import jupyter_mltrack as mltrack
from jupyter_mltrack.errors import InvalidParameterValue, ResourceDoesNotExist
from jupyter_mltrack.query.lineage import (
    get_cell_lineage,
    get_lineage,
    get_point_cell,
    list_cell_lineages,
)
from jupyter_mltrack.store.contract import Store
from jupyter_mltrack.tracking.active import ActiveRun
from jupyter_mltrack.tracking.cells import end_cell
from tests.query.conftest import World


def fit_and_measure(world: World) -> ActiveRun:
    """Cell a sets C, b fits, d measures twice."""
    world.sources |= {"a": "C = 1", "b": "model = fit(C)", "d": "score(model)"}
    world.run_cell("a")
    run = world.fit("b", "one", 1, 0.8)
    for value in (0.5, 0.6):
        cell = world.begin("d")
        run.log_metric("later", value)
        run.log_metric("curve", value, step=9)
        run.link_cell(cell)
        end_cell(cell)
    assert mltrack.flush(20)
    return run


def test_the_cells_of_a_run_and_what_each_made(store: Store, world: World) -> None:
    run = fit_and_measure(world)
    found = get_lineage(store, run.run_id)
    by_id = {row.cell.cell_id: row for row in found.cells}
    assert [row.cell.execution_count for row in found.cells] == [1, 2, 3, 4]
    assert found.needed == [by_id["a"].cell.execution_id]
    assert found.own == [row.cell.execution_id for row in found.cells[1:]]
    (made,) = by_id["b"].made
    assert made.made_run
    assert made.params == ["C", "penalty"]
    assert made.metrics == {"accuracy": 1, "log_loss": 1, "curve": 3}
    assert len(by_id["b"].plots) == 1
    (later,) = by_id["d"].made
    assert (later.made_run, later.metrics) == (False, {"later": 1, "curve": 1})
    assert by_id["a"].made == []


def test_points_know_their_cells(store: Store, world: World) -> None:
    run = fit_and_measure(world)
    cells = [get_point_cell(store, run.run_id, "curve", index) for index in (0, 2, 3, -1)]
    assert [cell.execution_count if cell else None for cell in cells] == [2, 2, 3, 4]
    assert cells[0] is not None
    assert "model = fit(C)" in [one.source for one in store.get_revision(cells[0].revision).cells]
    origins = [one for one in get_lineage(store, run.run_id).origins if one.key == "curve"]
    assert [(one.first, one.count) for one in origins] == [(0, 3), (3, 1), (4, 1)]


def test_what_is_not_there_is_said(store: Store, world: World) -> None:
    run = fit_and_measure(world)
    with pytest.raises(ResourceDoesNotExist, match="no metric named 'nope'"):
        get_point_cell(store, run.run_id, "nope")
    with pytest.raises(InvalidParameterValue, match="5 points; there is none of index 5"):
        get_point_cell(store, run.run_id, "curve", 5)
    with pytest.raises(ResourceDoesNotExist, match="no cell execution 'x'"):
        get_cell_lineage(store, "x")
    with pytest.raises(ResourceDoesNotExist):
        get_lineage(store, "x")


def test_from_a_cell_to_all_it_made(store: Store, world: World) -> None:
    first = world.fit("b", "one", 1, 0.8)
    second = world.fit("b", "two", 2, 0.9)
    cell = world.begin("b")
    first.log_metric("more", 1)
    first.link_cell(cell)
    third = ActiveRun(world.session, name="three")
    third.end()
    end_cell(cell)
    assert mltrack.flush(20)
    lineages = list_cell_lineages(store, cell.execution_id)
    assert [[made.run_name for made in one.made] for one in lineages] == [
        ["one"],
        ["two"],
        ["one", "three"],
    ]
    assert get_cell_lineage(store, cell.execution_id) == lineages[-1]
    store.delete_runs([second.run_id])
    assert store.list_execution_runs([one.cell.execution_id for one in lineages]) == {
        lineages[0].cell.execution_id: [first.run_id],
        cell.execution_id: [first.run_id, third.run_id],
    }


def test_the_lineage_of_a_script(store: Store) -> None:
    with mltrack.start_run(run_name="script") as run:
        mltrack.log_metric("loss", 1.0)
    assert mltrack.flush(20)
    found = get_lineage(store, run.run_id)
    assert (found.cells, found.own, found.needed) == ([], [], [])
    assert (found.certificate.verdict, found.certificate.reasons[0].kind) == ("unknown", "script")
    assert [(one.key, one.count, one.cell) for one in found.origins] == [("loss", 1, None)]
    assert get_point_cell(store, run.run_id, "loss") is None


def test_the_certificate_is_made_from_the_store(store: Store, world: World) -> None:
    world.sources |= {"a": "C = 1", "b": "D = C", "c": "E = D"}
    world.run_cell("a")
    yes = world.fit("b", "one", 1, 0.8)
    world.sources["a"] = "C = 2"
    no = world.fit("c", "two", 1, 0.8)
    assert mltrack.flush(20)
    assert mltrack.get_certificate(yes).verdict == "yes"
    found = mltrack.get_certificate("two")
    assert found.verdict == "no"
    assert found.sentence == (
        "The notebook, executed from top to bottom, does not lead here: "
        "cell [1] (C = 1) was edited after it ran, and `C` is still as it was before."
    )
    assert mltrack.get_lineage(no.run_id).certificate == found
    assert mltrack.get_cell_lineage(found.reasons[0].execution_ids[0]).made == []
