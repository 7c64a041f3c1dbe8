"""Autologging into a store of one's own, stopped after each test."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import jupyter_mltrack as mltrack
from jupyter_mltrack.autolog import api
from jupyter_mltrack.entities import Run
from jupyter_mltrack.entities import events as ev
from jupyter_mltrack.store.contract import RunSearch, Store
from jupyter_mltrack.tracking.session import TrackingSession


@pytest.fixture
def autologging(store: Store) -> Iterator[None]:
    api.start()
    yield
    api.stop()


@pytest.fixture
def logged(store: Store, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[Run]]:
    """All runs in the order they began, once everything is drained."""
    begun: list[str] = []
    write = TrackingSession.write

    def observed(session: TrackingSession, event: ev.Event) -> None:
        if isinstance(event, ev.RunStarted):
            begun.append(event.run_id)
        write(session, event)

    monkeypatch.setattr(TrackingSession, "write", observed)

    def runs() -> list[Run]:
        assert mltrack.flush(20)
        known = {run.info.run_id: run for run in store.search_runs(RunSearch(limit=10_000))}
        return [known[run_id] for run_id in begun]

    return runs


@pytest.fixture
def data() -> tuple[Any, Any]:
    """A hundred samples of four features in two classes."""
    from sklearn.datasets import make_classification

    return make_classification(100, 4, random_state=0)
