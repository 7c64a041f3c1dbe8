"""Metrics find their model through what was made of its predictions; else they are the cell's.

Each case is code as it stands in notebooks, run in a shell that is tracked. ``a`` and ``b`` are two
models fitted in an earlier cell; the case says whose its metrics are, a model's or the cell's.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

from jupyter_mltrack.entities import Run
from jupyter_mltrack.magics import start as starting
from jupyter_mltrack.store.contract import Store
from tests.autolog import flow_cases
from tests.autolog.flow_cases import Case

pytestmark = pytest.mark.usefixtures("no_problems")


@pytest.fixture
def shell(store: Store, store_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.chdir(store_path.parent)
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    starting.start_tracking(shell)
    yield shell
    starting.stop_tracking(shell)
    shell.history_manager.end_session()
    InteractiveShell.clear_instance()


def run_cells(shell: Any, cells: tuple[str, ...]) -> None:
    for cell in cells:
        result = shell.run_cell(cell, store_history=True)
        result.raise_error()


def owners(runs: list[Run]) -> dict[str, set[str]]:
    """Names of the metrics measured after training, by the name of the model that has them."""
    found: dict[str, set[str]] = {}
    for run in runs:
        owner = run.data.params.get("C") or run.data.params.get("n_clusters")
        names = {name for name in run.data.metrics if name.startswith(flow_cases.MEASURED)}
        if names:
            found.setdefault(flow_cases.OWNERS.get(owner or "", "cell"), set()).update(names)
    return found


@pytest.mark.parametrize("case", flow_cases.CASES, ids=lambda case: case.name)
def test_owner(case: Case, shell: Any, logged: Callable[[], list[Run]]) -> None:
    run_cells(shell, (flow_cases.SETUP, *case.cells))
    found = owners(logged())
    assert set(found) == set(case.owners), found
    if case.metrics:
        assert set().union(*found.values()) == set(case.metrics)


@pytest.mark.parametrize("case", flow_cases.CASES, ids=lambda case: case.name)
def test_the_values_are_those_of_the_untracked_code(case: Case, store: Store) -> None:
    results = []
    for is_tracked in (False, True):
        InteractiveShell.clear_instance()
        shell = InteractiveShell.instance()
        if is_tracked:
            starting.start_tracking(shell)
        try:
            run_cells(shell, (flow_cases.SETUP, *case.cells))
            results.append(flow_cases.comparable(shell.user_ns))
        finally:
            starting.stop_tracking(shell)
            shell.history_manager.end_session()
    InteractiveShell.clear_instance()
    assert results[0] == results[1]
    assert results[0]
