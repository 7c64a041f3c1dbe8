"""Which cell of a file ran, when nothing but its source tells."""

import pytest

from jupyter_mltrack.capture.document import Document, DocumentCell
from jupyter_mltrack.capture.matching import CellMatcher
from jupyter_mltrack.capture.revision import Execution, RevisionBuilder
from tests.timing import best_seconds


def document(*sources: str) -> Document:
    cells = [
        DocumentCell(f"c{number}", "markdown" if source.startswith("#!") else "code", source)
        for number, source in enumerate(sources)
    ]
    return Document("file", "a.ipynb", cells)


def matched(notebook: Document, *sources: str) -> list[str]:
    matcher = CellMatcher()
    return [matcher.match(source, notebook) for source in sources]


def test_equal_cells_are_told_apart_by_order() -> None:
    notebook = document("x += 1", "#! text", "x += 1", "print(x)", "x += 1")
    assert matched(notebook, "x += 1", "x += 1", "print(x)", "x += 1") == ["c0", "c2", "c3", "c4"]


def test_a_cell_run_again_is_the_same_cell() -> None:
    notebook = document("a = 1", "b = 2", "c = 3")
    assert matched(notebook, "a = 1", "b = 2", "a = 1", "c = 3", "b = 2") == [
        *("c0", "c1", "c0", "c2", "c1")
    ]


def test_trailing_space_and_line_ends_do_not_matter() -> None:
    notebook = document("a = 1\r\nb = 2", "c = 3")
    assert matched(notebook, "a = 1\nb = 2\n", "c = 3  ") == ["c0", "c1"]


@pytest.mark.parametrize(
    ("on_disk", "ran"),
    [
        ("model = fit(X, y, C=0.1)", "model = fit(X, y, C=0.5)"),
        ("df.groupby('a').mean()", "df.groupby(['a', 'b']).mean()"),
    ],
)
def test_an_edited_cell_is_the_next_one(on_disk: str, ran: str) -> None:
    notebook = document("import numpy", on_disk, "print('done')")
    assert matched(notebook, "import numpy", ran, "print('done')") == ["c0", "c1", "c2"]


@pytest.mark.parametrize(
    "following",
    [
        "for step in range(steps):\n    train(rate)",
        "import numpy as np\nimport pandas as pd",
        "data = load(path)\nX, y = data",
    ],
)
def test_injected_parameters_are_no_cell_of_the_file(following: str) -> None:
    notebook = document("rate = 0.1", following)
    injected = "# Parameters\nrate = 0.5\nsteps = 100\n"
    assert matched(notebook, "rate = 0.1", injected, following) == ["c0", "", "c1"]


def test_an_injected_cell_stays_in_the_revisions_after_it() -> None:
    notebook = document("rate = 0.1", "train(rate)", "print('done')")
    builder = RevisionBuilder(lambda text: text)
    seen = []
    for count, source in enumerate(("rate = 0.1", "# Parameters\nrate = 0.5", "train(rate)"), 1):
        execution = Execution(source=source, execution_count=count, time=count)
        cell_id, _ = builder.identify(execution, notebook)
        seen.append(builder.build(cell_id, execution, notebook))
    assert [cell.cell_id for cell in seen[0].cells] == ["c0", "c1", "c2"]
    assert [cell.cell_id for cell in seen[1].cells] == ["c0", "x-2", "c1", "c2"]
    assert [cell.origin for cell in seen[2].cells] == ["earlier", "earlier", "executed", "never"]


def test_of_what_is_tried_at_one_place_the_last_stays() -> None:
    notebook = document("a = 1", "b = 2")
    builder = RevisionBuilder(lambda text: text)
    for count in range(50):
        execution = Execution(source=f"%timeit trial({count})", execution_count=count, time=count)
        cell_id, _ = builder.identify(execution, notebook)
        revision = builder.build(cell_id, execution, notebook)
    assert [cell.source for cell in revision.cells] == ["%timeit trial(49)", "a = 1", "b = 2"]


def test_a_long_cell_that_is_nowhere_is_found_so_in_no_time() -> None:
    long = "\n".join(f"name_{number} = compute({number})" for number in range(5000))
    notebook = document(long.replace("name", "other"), *["x = 1"] * 500)
    assert best_seconds(lambda: CellMatcher().match(long, notebook), 1) < 1  # 0.02 on an idle one
