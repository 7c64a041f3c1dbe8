"""``private`` and ``params`` in a shell."""

from jupyter_mltrack.tracking.session import get_session


def test_parameters_that_ran_before_tracking_began(notebook, store):
    notebook.run("%%mltrack params\nearly = 1 + 1")
    notebook.run("%mltrack start --no-autolog")
    assert get_session().parameters == {"early": "2"}


def test_history_passes_over_private_cells(notebook, store):
    notebook.run("plain = 'remembered'")
    notebook.run("%mltrack private\nalone = 'hush one'")
    notebook.run("%mltrack private on")
    notebook.run("following = 'hush two'")
    notebook.run("%mltrack private off")
    notebook.run("%mltrack start --no-autolog")
    assert get_session().flush(10)
    session = store.list_sessions(None, 1)[0]
    sources = [cell.source for cell in store.list_session_cells(session.session_id)]
    assert any("remembered" in source for source in sources)
    assert not any("hush" in source for source in sources)


def test_private_in_code_that_could_not_be_read_before_says_so(tracked):
    shown = tracked.run("get_ipython().run_line_magic('mltrack', 'private')")
    assert "was stored when it began" in shown.err + shown.out + shown.text


def test_unknown_switch_is_told(tracked):
    shown = tracked.run("%mltrack private maybe")
    assert "not 'maybe'" in shown.err + shown.out + shown.text
