"""``%%mltrack run``: a run around a cell that stays as natural as without it."""

import pytest

from jupyter_mltrack.magics.cells import open_in_line
from jupyter_mltrack.query.runs import search_runs
from jupyter_mltrack.tracking import fluent


@pytest.fixture
def on(notebook, no_problems):
    notebook.run("%mltrack start --no-autolog")
    notebook.run("import jupyter_mltrack as mltrack")
    return notebook


def runs(store):
    fluent.flush()
    return {run.info.run_name: run for run in search_runs(store)[0]}


@pytest.mark.parametrize(
    ("cell", "changed"),
    [
        ("%%mltrack run a\nx = 1", True),
        ("%%mltrack run\nx = 1", True),
        ("%%mltrack  run 'a b' --tag k=v\n\nx = 1", True),
        ("%%mltrack running\nx = 1", False),
        ("%%mltrack note\nx", False),
        ("%%mltrack run a\n%%time\nx", False),
        ("%%mltrack run a\n", False),
        ("x = 1", False),
    ],
)
def test_which_cells_are_rewritten(cell, changed):
    lines = cell.splitlines(keepends=True)
    rewritten = open_in_line(lines)
    assert (rewritten != lines) is changed
    assert len(rewritten) == len(lines)
    assert rewritten[1:] == lines[1:]


def test_the_last_expression_is_the_value(on, store):
    shown = on.run("%%mltrack run a\nmltrack.log_metric('m', 1)\n6 * 7")
    assert shown.value == 42
    assert runs(store)["a"].data.metrics == {"m": 1.0}
    assert runs(store)["a"].info.status == "FINISHED"
    assert mltrack_is_idle()


def mltrack_is_idle():
    return fluent.active_run() is None


def test_an_error_fails_the_run_and_stays_the_users(on, store):
    shown = on.run("%%mltrack run a\nx = 1\n1 / 0")
    assert isinstance(shown.error, ZeroDivisionError)
    assert "line 3" in shown.out
    assert "jupyter_mltrack" not in shown.out
    assert runs(store)["a"].info.status == "FAILED"
    assert mltrack_is_idle()


def test_an_interrupt_kills_the_run(on, store):
    on.run("%%mltrack run a\nraise KeyboardInterrupt")
    assert runs(store)["a"].info.status == "KILLED"


def test_a_syntax_error_makes_no_run(on, store):
    shown = on.run("%%mltrack run a\nx = = 1")
    assert isinstance(shown.error, SyntaxError)
    assert runs(store) == {}


def test_await_at_top_level(on, store):
    shown = on.run("%%mltrack run a\nimport asyncio\nawait asyncio.sleep(0)\n'done'")
    assert shown.value == "done"
    assert runs(store)["a"].info.status == "FINISHED"


def test_a_nested_cell_does_not_end_it(on, store):
    on.run(
        "%%mltrack run a\nget_ipython().run_cell('y = 1')\n"
        "assert mltrack.active_run().info.run_name == 'a'\nmltrack.log_metric('m', 1)"
    )
    assert runs(store)["a"].data.metrics == {"m": 1.0}


@pytest.mark.parametrize("status", ["FINISHED", "FAILED"])
def test_over_another_cell_magic(on, store, status):
    body = "1 / 0" if status == "FAILED" else "mltrack.log_metric('m', 1)"
    shown = on.run(f"%%mltrack run a\n%%time\n{body}")
    assert (shown.error is not None) is (status == "FAILED")
    assert runs(store)["a"].info.status == status
    assert mltrack_is_idle()


def test_under_another_cell_magic(on, store):
    on.run("%%time\n%%mltrack run a\nmltrack.log_metric('m', 1)")
    assert runs(store)["a"].data.metrics == {"m": 1.0}
    assert mltrack_is_idle()


def test_called_from_code(on, store):
    shown = on.run("get_ipython().run_cell_magic('mltrack', 'run a', 'z = 2\\nz + 1')")
    assert shown.value == 3
    assert runs(store)["a"].info.status == "FINISHED"


def test_inside_a_run_over_cells_it_is_a_child(on, store):
    on.run("%mltrack run outer")
    on.run("%%mltrack run inner\nmltrack.log_metric('m', 1)")
    on.run("mltrack.log_metric('after', 1)")
    on.run("%mltrack end")
    found = runs(store)
    assert found["inner"].info.parent_run_id == found["outer"].info.run_id
    assert found["outer"].data.metrics == {"after": 1.0}


def test_running_the_cell_again_makes_another_run(on, store):
    for _ in range(2):
        on.run("%%mltrack run a\nmltrack.log_param('p', 1)")
    fluent.flush()
    assert len(search_runs(store)[0]) == 2


@pytest.mark.parametrize("rest", ["", "\n%%time"])
def test_a_wrong_option_does_not_keep_the_cell_from_running(on, store, rest):
    shown = on.run(f"%%mltrack run a --tga x=y{rest}\nx = 5")
    assert "Did you mean --tag?" in shown.err
    assert shown.error is None
    assert on.shell.user_ns["x"] == 5
    assert runs(store) == {}


def test_other_commands_take_no_cell(on):
    assert "takes no cell" in on.run("%%mltrack runs\nx = 1").err


def test_without_tracking_the_run_is_kept_and_said(notebook, store, no_problems):
    shown = notebook.run("%%mltrack run a\nimport jupyter_mltrack as m\nm.log_metric('m', 1)")
    assert "Tracking is off" in shown.err
    assert runs(store)["a"].data.metrics == {"m": 1.0}
