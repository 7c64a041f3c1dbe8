"""The mltrack command."""

import json
from pathlib import Path

import pytest

import jupyter_mltrack as mltrack
from jupyter_mltrack.autolog.drawings import add_drawings
from jupyter_mltrack.cli import main
from jupyter_mltrack.store.contract import Store

# The same small notebook world. Each test that takes an imported fixture names it again: F811.
from tests.query.conftest import two_runs, world  # noqa: F401 - fixtures

pytestmark = pytest.mark.usefixtures("store")


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(arguments) == 0
    return capsys.readouterr().out


def test_runs_are_listed_with_what_tells_them_apart(
    capsys: pytest.CaptureFixture[str],
    two_runs: tuple[str, str],  # noqa: F811
) -> None:
    shown = run(capsys, "runs")
    assert shown.startswith("2 runs")
    assert shown.index("large") < shown.index("small")
    assert {"C", "accuracy", "log_loss", "curve"} <= set(shown.split())
    found = json.loads(run(capsys, "runs", "metrics.accuracy > 0.85", "--json"))
    assert [row["run_id"] for row in found] == [two_runs[1]]


def test_no_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "runs") == "No runs.\n"


def test_show_and_compare(
    capsys: pytest.CaptureFixture[str],
    two_runs: tuple[str, str],  # noqa: F811
) -> None:
    assert "penalty  l2" in run(capsys, "show", "small")
    shown = run(capsys, "compare", "small", "large")
    assert "accuracy +0.1" in shown
    assert "0.9*" in shown


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["show", "nothing"], "No run is named 'nothing'"),
        (["runs", "metrics.a >"], "expected a number"),
        (["--store", "ftp://x", "runs"], "'ftp://x'"),
        (["compare", "small", "large", "--experiment", "e"], "--experiment chooses among runs"),
    ],
)
def test_errors_are_one_line(
    capsys: pytest.CaptureFixture[str],
    two_runs: tuple[str, str],  # noqa: F811
    arguments: list[str],
    message: str,
) -> None:
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("mltrack: ")
    assert message in error


def test_what_a_killed_process_left_is_taken_in(
    capsys: pytest.CaptureFixture[str], store: Store, store_path: Path
) -> None:
    from tests.tracking.test_recovery import kill_after, start_writer

    store.prepare()
    run_id, _ = kill_after(start_writer(store_path), 0.1)
    (row,) = json.loads(run(capsys, "runs", "--json"))
    assert (row["run_id"], row["status"]) == (run_id, "KILLED")


def test_the_last_runs_are_compared_without_naming_them(
    capsys: pytest.CaptureFixture[str],
    two_runs: tuple[str, str],  # noqa: F811
) -> None:
    assert "accuracy +0.1" in run(capsys, "compare", "--last", "2")


def test_files_are_listed_and_downloaded_and_plots_are_drawn(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    bars = {"kind": "bars", "names": ["a"], "values": [1.0]}
    with mltrack.start_run(run_name="fit") as active:
        mltrack.log_text("hello", "notes/a.txt")
        add_drawings(active, {"importances.png": bars})
    assert mltrack.flush(20)
    shown = run(capsys, "artifacts", "list", "fit")
    assert "importances.png  on demand" in shown
    assert "notes/a.txt      5 B" in shown
    output = ("--output", str(tmp_path))
    shown = run(capsys, "artifacts", "download", "fit", "importances.png", *output)
    assert shown == f"{tmp_path / 'importances.png'}\n"
    assert (tmp_path / "importances.png").read_bytes().startswith(b"\x89PNG")
    written = json.loads(run(capsys, "artifacts", "download", "fit", *output, "--json"))
    assert str(tmp_path / "notes" / "a.txt") in written
    assert main(["artifacts", "download", "fit", "none.png", *output]) == 2


def test_runs_of_all_notebooks_of_one_and_of_an_experiment(
    capsys: pytest.CaptureFixture[str],
    two_runs: tuple[str, str],  # noqa: F811
) -> None:
    assert run(capsys, "runs", "--all").startswith("2 runs")
    assert run(capsys, "runs", "--notebook", "a.ipynb").startswith("2 runs")
    assert run(capsys, "runs", "--notebook", "other.ipynb") == "No runs.\n"
    (row, _) = json.loads(run(capsys, "runs", "--json"))
    assert run(capsys, "runs", "--experiment", row["experiment_name"]).startswith("2 runs")
    assert main(["runs", "--experiment", "none"]) == 2
    assert "There is no experiment named 'none'." in capsys.readouterr().err
    assert main(["runs", "--all", "--notebook", "a.ipynb"]) == 2
    assert "--all" in capsys.readouterr().err


def test_a_list_that_is_cut_says_so(
    capsys: pytest.CaptureFixture[str],
    two_runs: tuple[str, str],  # noqa: F811
) -> None:
    more = "There are more; the next: mltrack runs --last 5\n"
    assert run(capsys, "runs", "--last", "1", "--order", "metrics.accuracy").endswith(more)
    assert main(["runs", "--last", "1", "--json"]) == 0
    shown = capsys.readouterr()
    assert len(json.loads(shown.out)) == 1
    assert shown.err == more
    assert "more" not in run(capsys, "runs", "--last", "2")


def test_the_last_run_is_shown_unless_another_is_named(
    capsys: pytest.CaptureFixture[str],
    two_runs: tuple[str, str],  # noqa: F811
) -> None:
    assert run(capsys, "show") == run(capsys, "show", "last")
    assert run(capsys, "compare", "metrics.accuracy > 0") == run(capsys, "compare")
