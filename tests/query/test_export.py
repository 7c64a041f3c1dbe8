"""Exported notebooks."""

import nbformat
import pytest

import jupyter_mltrack as mltrack
from jupyter_mltrack.entities import CellOutcome
from jupyter_mltrack.errors import ResourceDoesNotExist
from jupyter_mltrack.query.export import export_notebook, notebook_name
from jupyter_mltrack.store.contract import Store
from jupyter_mltrack.tracking.cells import end_cell
from tests.query.conftest import SOURCES, World


def sources(store: Store, run_id: str) -> list[str]:
    assert mltrack.flush(20)
    notebook = nbformat.from_dict(export_notebook(store, run_id))
    nbformat.validate(notebook)
    return [cell.source for cell in notebook.cells]


def test_what_led_to_the_run_in_order_with_its_markdown(
    store: Store, two_runs: tuple[str, str]
) -> None:
    assert sources(store, two_runs[0]) == [
        "# Title",
        "import numpy as np",
        "# Fit the model\nC = 0.1\nfit(C)",
    ]


def test_outputs_come_along(store: Store, two_runs: tuple[str, str]) -> None:
    notebook = export_notebook(store, two_runs[1])
    outputs = notebook["cells"][-1]["outputs"]
    assert outputs[0] == {"output_type": "stream", "name": "stdout", "text": "fit\n"}
    assert outputs[1]["data"]["image/png"].startswith("iVBOR")
    assert outputs[2]["execution_count"] == 3
    assert notebook["metadata"]["jupyter_mltrack"]["run_name"] == "large"


def test_a_cell_run_again_stands_as_it_ran_for_the_run(store: Store, world: World) -> None:
    world.run_cell("a")
    world.sources["b"] = "C = 5"
    world.run_cell("b")
    world.sources["b"] = "C = 6"
    world.run_cell("b")
    first = world.fit("c", "one", 6, 0.8)
    world.sources["b"] = "C = 7"
    world.run_cell("b")
    world.sources["c"] = "changed()"
    world.fit("c", "two", 7, 0.8)
    assert sources(store, first.run_id)[1:] == ["import numpy as np", "C = 6", "fit(C * 10)"]


def test_cells_that_only_look_at_runs_are_left_out(store: Store, world: World) -> None:
    world.sources |= {"v": "# now\n%mltrack show last --cells", "w": "%mltrack verify last"}
    world.run_cell("a")
    world.run_cell("v")
    run = world.fit("b", "one", 6, 0.8)
    cell = world.begin("w")
    run.log_content("verification.json", b"{}")
    end_cell(cell)
    assert sources(store, run.run_id)[1:] == ["import numpy as np", SOURCES["b"]]


def test_cells_that_made_other_runs_are_left_out_unless_they_are_needed(
    store: Store, world: World
) -> None:
    world.sources |= {
        "b": "small = 0.1 * 2",
        "c": "large = 1 + 1",
        "d": "both = small + large",
        "e": "large * 2",
        "f": "print(small)",
    }
    for cell_id in "bc":
        world.fit(cell_id, cell_id, 0.1, 0.8)
    stacked = world.fit("d", "stacked", 0.1, 0.9)
    world.run_cell("f")
    last = world.fit("e", "last", 0.1, 0.9)
    assert sources(store, stacked.run_id)[1:] == [world.sources[key] for key in "bcd"]
    assert sources(store, last.run_id)[1:] == [world.sources[key] for key in "ce"]


def test_the_order_is_that_of_execution(store: Store, world: World) -> None:
    world.run_cell("c")
    world.run_cell("a")
    run = world.fit("b", "one", 6, 0.8)
    code = [source for source in sources(store, run.run_id) if not source.startswith("# T")]
    assert code == ["fit(C * 10)", "import numpy as np", "# Fit the model\nC = 0.1\nfit(C)"]


def test_file_names_are_safe(store: Store, world: World) -> None:
    run = world.fit("b", "../../évil name(C=1)", 6, 0.8)
    mltrack.flush(20)
    name = notebook_name(store, run.run_id)
    assert name.endswith(f"{run.run_id[:8]}.ipynb")
    assert "/" not in name
    stood = notebook_name(store, run.run_id, kind="stood")
    assert stood == name.replace(".ipynb", "-stood.ipynb")


def test_a_script_has_no_notebook_to_export(store: Store) -> None:
    with mltrack.start_run(run_name="script") as run:
        pass
    mltrack.flush(20)
    with pytest.raises(ResourceDoesNotExist, match=r"script.*no notebook"):
        export_notebook(store, run.run_id)


def test_a_later_measurement_brings_what_ran_in_between(store: Store, world: World) -> None:
    world.sources["b"] = "C = 6"
    world.run_cell("b")
    run = world.fit("c", "one", 6, 0.8)
    world.sources["b"] = "C = 7"
    world.run_cell("b")
    world.sources["d"] = "measure()"
    cell = world.begin("d")
    run.log_metric("later", 1)
    run.link_cell(cell)
    end_cell(cell)
    world.run_cell("a")
    assert sources(store, run.run_id)[1:] == ["C = 6", "fit(C * 10)", "C = 7", "measure()"]


def test_a_cell_that_raised_is_expected_to_raise_again(store: Store, world: World) -> None:
    end_cell(world.begin("a"), CellOutcome.ERROR, "ValueError")
    end_cell(world.begin("d"), CellOutcome.INTERRUPTED, "KeyboardInterrupt")
    run = world.fit("c", "one", 6, 0.8)
    assert mltrack.flush(20)
    cells = export_notebook(store, run.run_id)["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert [cell["metadata"].get("tags") for cell in code] == [["raises-exception"], None]
