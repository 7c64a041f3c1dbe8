"""Tracked code does what untracked code does, to the bit, whatever it is, and is recorded."""

import signal
from collections.abc import Callable

import pytest
from sklearn.linear_model import LogisticRegression

import jupyter_mltrack as mltrack
from jupyter_mltrack.autolog import api
from jupyter_mltrack.autolog.sklearn import scores
from jupyter_mltrack.entities import Run
from jupyter_mltrack.store.contract import Store
from jupyter_mltrack.tracking.problems import problems
from tests.autolog import hostile
from tests.autolog.outcomes import outcome

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.mark.parametrize("case", hostile.CASES, ids=lambda case: case.name)
def test_tracked_is_untracked(
    case: hostile.Case,
    store: Store,
    logged: Callable[[], list[Run]],
    capfd: pytest.CaptureFixture[str],
) -> None:
    outcome(case.function, capfd)  # what happens only once: imports, pools of workers, caches
    bare = outcome(case.function, capfd)
    api.start(api.Options(log_preprocessing=True))  # what prepares data is hostile too
    try:
        tracked = outcome(case.function, capfd)
    finally:
        api.stop()
    for aspect in set(bare) - set(case.unstable):
        assert tracked[aspect] == bare[aspect], aspect
    assert mltrack.flush(20)
    check_recorded(case, logged(), store)


PREPARING = {
    *("pandas_output", "polars_output", "columns", "no_columns", "generator_data", "iterators"),
    *("changed_in_place", "text_labels", "categories", "output_for_all"),
}
"""Cases of what prepares data, which is followed without a run by default."""


@pytest.mark.parametrize("name", sorted(PREPARING))
def test_followed_without_a_run_is_untracked(
    name: str, store: Store, no_problems: None, capfd: pytest.CaptureFixture[str]
) -> None:
    (case,) = [case for case in hostile.CASES if case.name == name]
    outcome(case.function, capfd)
    bare = outcome(case.function, capfd)
    api.start()
    try:
        tracked = outcome(case.function, capfd)
    finally:
        api.stop()
    for aspect in set(bare) - set(case.unstable):
        assert tracked[aspect] == bare[aspect], aspect


def test_an_alarm_while_we_record_goes_on_to_the_user(
    autologging: None, no_problems: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Alarm(Exception):
        pass

    def ring(*_: object) -> None:
        raise Alarm

    monkeypatch.setattr(scores, "foreign_part", lambda *_: signal.raise_signal(signal.SIGUSR1))
    old = signal.signal(signal.SIGUSR1, ring)
    try:
        with pytest.raises(Alarm):
            LogisticRegression().fit(hostile.X, hostile.Y)
    finally:
        signal.signal(signal.SIGUSR1, old)


def check_recorded(case: hostile.Case, runs: list[Run], store: Store) -> None:
    """The runs hold everything but the hostile item."""
    if not case.problems:
        assert [problem.message for problem in problems.list_problems()] == []
    if case.runs is not None:
        assert len(runs) == case.runs
    if not runs or case.problems:
        return
    run = runs[0] if runs[-1].info.parent_run_id else runs[-1]
    assert run.info.status == case.status
    assert {item.info.status for item in runs} <= {"FINISHED", "FAILED", "KILLED"}
    assert dict(case.params).items() <= run.data.params.items()
    assert {*case.metrics, "fit_time_seconds"} <= set(run.data.metrics)
    assert case.note in run.data.tags.get("mltrack.autolog.notes", "")
    if case.model is not None:
        assert [kept.status for kept in store.list_models(run.info.run_id)] == [case.model]
