"""What every adapter keeps to: :mod:`tests.autolog.adapters` has a row for each."""

import pickle
import sys
from collections.abc import Callable
from typing import Any

import pytest

from jupyter_mltrack.autolog import api, training
from jupyter_mltrack.autolog.registry import FRAMEWORKS
from jupyter_mltrack.entities import Run
from jupyter_mltrack.store.contract import Store
from tests.autolog.adapters import ROWS, Row, states
from tests.conftest import run_python

Logged = Callable[[], list[Run]]
rows = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.framework)


def test_every_framework_has_a_row() -> None:
    known = {framework.name for framework in FRAMEWORKS} - {"sklearn"}  # it has files of its own
    assert known == {row.framework for row in ROWS}


@rows
@pytest.mark.usefixtures("no_problems", "autologging")
def test_it_is_recorded(row: Row, logged: Logged, store: Store) -> None:
    row.work()
    runs = logged()
    assert len(runs) == row.runs
    run = runs[0]
    assert run.info.status == "FINISHED"
    assert row.params.items() <= run.data.params.items()
    assert row.metrics <= run.data.metrics.keys()
    assert {item.path for item in store.list_artifacts(run.info.run_id)} == row.artifacts
    assert run.data.tags["mlflow.autologging"] == row.framework
    for name, count in row.series.items():
        assert len(store.get_metric_history(run.info.run_id, name)) == count


@rows
@pytest.mark.usefixtures("no_problems")
def test_it_is_harmless(row: Row, store: Store, capfd: pytest.CaptureFixture[str]) -> None:
    def outcome() -> tuple[bytes, str, Any]:
        result = pickle.dumps(row.work())
        sys.stdout.flush()
        return result, capfd.readouterr().out, states()

    row.work()  # what is imported at the first use may draw
    capfd.readouterr()
    expected = outcome()
    api.start()
    try:
        assert outcome() == expected
    finally:
        api.stop()


@rows
def test_stop_undoes_it(row: Row, store: Store) -> None:
    row.work()
    before = with_types(row.watched())
    api.start()
    assert with_types(row.watched()) != before
    api.stop()
    assert with_types(row.watched()) == before


def with_types(watched: list[Any]) -> list[tuple[type, Any]]:
    """With their types, for what is observed says that it equals the original."""
    return [(type(item), item) for item in watched]


@rows
@pytest.mark.parametrize("first", ["start", "import"])
def test_it_is_awaited_not_imported(row: Row, first: str, tmp_path: Any) -> None:
    imports = "\n".join(f"import {name}" for name in row.modules)
    started = (
        "import sys\n"
        "from jupyter_mltrack.autolog import api\n"
        "api.start()\n"
        f"print(sum(name in sys.modules for name in {row.modules}))\n"
    )
    used = (
        "from tests.autolog.adapters import ROWS\n"
        f"next(row for row in ROWS if row.framework == {row.framework!r}).work()\n"
        "print(api.status().recorded_fits > 0)\n"
        "api.stop()\n"
    )
    parts = [started, imports] if first == "start" else [imports, started]
    printed = run_python("\n".join([*parts, used]), MLTRACK_STORE=str(tmp_path)).splitlines()
    assert printed[0] == str(0 if first == "start" else len(row.modules))
    assert printed[-1] == "True"


def test_what_a_name_leaves_out_is_marked() -> None:
    formula = "affair ~ occupation + educ + children"
    assert training.call_name("Logit", {"formula": formula}) == f"Logit(formula={formula})"
    long = training.call_name("Logit", {"formula": formula + " + years_married" * 5})
    assert len(long) <= training.MAX_NAME
    assert long.endswith("…)")
    name = training.call_name("train", {"objective": "o" * 40, "eta": 1})
    assert name == f"train(objective={'o' * 23}…, eta=1)"
