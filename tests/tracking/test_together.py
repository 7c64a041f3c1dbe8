"""Events gathered to be appended at once: nothing of them is late, lost or in another's place."""

import os
import threading

import pytest

import jupyter_mltrack as mltrack
from jupyter_mltrack.errors import JournalUnavailable
from jupyter_mltrack.store.contract import Store
from jupyter_mltrack.tracking.active import ActiveRun
from jupyter_mltrack.tracking.cells import begin_cell, end_cell
from jupyter_mltrack.tracking.session import get_session


def test_a_block_is_appended_whole_when_it_ends(store: Store) -> None:
    run = mltrack.start_run()
    session = get_session()
    before = session.journal.position
    with session.together():
        mltrack.log_params({"a": 1})
        with session.together():
            mltrack.log_metrics({"m": 2.0})
        run.set_tags({"t": "x"})
        assert session.journal.position == before
    assert session.journal.position > before
    mltrack.end_run()
    assert mltrack.flush(20)
    stored = store.get_run(run.info.run_id)
    assert (stored.data.params, stored.data.metrics) == ({"a": "1"}, {"m": 2.0})
    assert stored.data.tags["t"] == "x"


def test_other_threads_are_not_kept_waiting(store: Store) -> None:
    mine, other = ActiveRun(get_session()), ActiveRun(get_session())
    with get_session().together():
        mine.log_params({"p": "mine"})
        before = get_session().journal.position
        thread = threading.Thread(target=other.log_params, args=({"p": "other"},))
        thread.start()
        thread.join()
        assert get_session().journal.position > before
    assert mltrack.flush(20)
    found = {run.run_id: store.get_run(run.run_id).data.params for run in (mine, other)}
    assert found == {mine.run_id: {"p": "mine"}, other.run_id: {"p": "other"}}


def test_what_was_gathered_is_there_after_an_interrupt_and_a_flush(store: Store) -> None:
    run = ActiveRun(get_session())

    def be_interrupted() -> None:
        with get_session().together():
            run.log_params({"interrupted": 1})
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        be_interrupted()
    with get_session().together():
        run.log_params({"flushed": 1})
        assert mltrack.flush(20)
        assert set(store.get_run(run.run_id).data.params) == {"interrupted", "flushed"}
        run.log_params({"later": 1})
        assert mltrack.flush(20)
    assert set(store.get_run(run.run_id).data.params) == {"interrupted", "flushed", "later"}


def test_a_block_that_never_ended_ends_with_the_next_cell(store: Store) -> None:
    run = ActiveRun(get_session())
    get_session().together().__enter__()
    run.log_params({"a": 1})
    cell = begin_cell(get_session(), cell_id="a", source="", execution_count=1)
    before = get_session().journal.position
    run.log_params({"b": 1})
    assert get_session().journal.position > before
    end_cell(cell)
    assert mltrack.flush(20)
    assert set(store.get_run(run.run_id).data.params) == {"a", "b"}


def test_an_end_that_could_not_be_written_comes_later(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = ActiveRun(get_session())

    def refuse(*_: object) -> int:
        raise OSError(28, "the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("jupyter_mltrack.journal.writer._write", refuse)
        with pytest.raises(JournalUnavailable), get_session().together():
            run.end()
    run.take_back_end()
    assert run.is_open
    run.end()
    assert mltrack.flush(20)
    assert store.get_run(run.run_id).info.status == "FINISHED"


def test_a_forked_child_leaves_the_parents_block_to_the_parent(store: Store) -> None:
    run = ActiveRun(get_session())
    with get_session().together():
        run.log_params({"a": 1})
        child = os.fork()
        if not child:
            try:
                get_session().append_gathered()
            finally:
                os._exit(0)
        os.waitpid(child, 0)
    assert mltrack.flush(20)
    assert store.get_run(run.run_id).data.params == {"a": "1"}
