"""A study is a run, its trials are children of it, while it is under way."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import optuna
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.svm import SVC

import jupyter_mltrack as mltrack
from jupyter_mltrack.entities import Run
from jupyter_mltrack.store.contract import Store
from jupyter_mltrack.tracking import cells
from jupyter_mltrack.tracking.session import get_session

Logged = Callable[[], list[Run]]
pytestmark = pytest.mark.usefixtures("no_problems", "autologging", "silent")


@pytest.fixture
def silent() -> Iterator[None]:
    optuna.logging.disable_default_handler()
    yield
    optuna.logging.enable_default_handler()


def study(**settings: Any) -> Any:
    return optuna.create_study(sampler=optuna.samplers.TPESampler(seed=0), **settings)


def quadratic(trial: Any) -> float:
    x: float = trial.suggest_float("x", -2, 2)
    return x * x


def test_a_study_and_its_trials(logged: Logged, store: Store) -> None:
    made = study(study_name="mine")
    made.optimize(quadratic, n_trials=6)
    parent, *trials = logged()
    assert (parent.info.run_name, parent.info.status) == ("study mine", "FINISHED")
    assert parent.data.metrics["best_value"] == made.best_value
    assert parent.data.tags["best_trial"] == str(made.best_trial.number)
    assert json.loads(parent.data.tags["best_params"]) == {"x": str(made.best_params["x"])}
    steps = [point.value for point in store.get_metric_history(parent.info.run_id, "best_value")]
    assert steps == sorted(steps, reverse=True)
    assert [run.info.run_name for run in trials] == [f"trial {i}" for i in range(6)]
    assert {run.info.parent_run_id for run in trials} == {parent.info.run_id}
    assert [run.data.metrics["value"] for run in trials] == [t.value for t in made.trials]
    assert [run.data.params["x"] for run in trials] == [str(t.params["x"]) for t in made.trials]


def test_a_study_without_a_name(logged: Logged) -> None:
    made = study()
    made.optimize(quadratic, n_trials=1)
    parent, _ = logged()
    assert parent.info.run_name == f"study {made.study_name.removeprefix('no-name-')[:8]}"
    assert parent.data.params["study_name"] == made.study_name


def test_it_is_seen_while_it_is_under_way(store: Store) -> None:
    seen: list[tuple[str, int]] = []

    def look(made: Any, trial: Any) -> None:
        assert mltrack.flush(20)
        active = mltrack.active_run()
        assert active is not None
        children = store.search_runs(_children(active.info.run_id))
        seen.append((store.get_run(active.info.run_id).info.status, len(children)))

    study().optimize(quadratic, n_trials=2, callbacks=[look])
    assert seen == [("RUNNING", 1), ("RUNNING", 2)]


def _children(run_id: str) -> Any:
    from jupyter_mltrack.search import parse_filter
    from jupyter_mltrack.store.contract import RunSearch

    return RunSearch(filter=parse_filter(f"tags.mlflow.parentRunId = '{run_id}'"))


def test_states(logged: Logged) -> None:
    def objective(trial: Any) -> float:
        for step in range(3):
            trial.report(step / 10, step)
            if trial.number == 1 and step == 1:
                raise optuna.TrialPruned
        if trial.number == 2:
            raise ValueError("bad")
        return quadratic(trial)

    study().optimize(objective, n_trials=3, catch=(ValueError,))
    _, complete, pruned, failed = logged()
    outcomes = [
        (run.info.status, run.data.tags["optuna.trial.state"]) for run in (complete, pruned)
    ]
    assert outcomes == [("FINISHED", "COMPLETE"), ("KILLED", "PRUNED")]
    assert (failed.info.status, failed.data.tags["mltrack.error"]) == ("FAILED", "ValueError: bad")
    assert complete.data.metrics["intermediate_value"] == 0.2
    assert "value" not in pruned.data.metrics


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
def test_what_ends_a_study(logged: Logged, error: type[BaseException]) -> None:
    def objective(trial: Any) -> float:
        raise error("mine")

    with pytest.raises(error):
        study().optimize(objective, n_trials=3)
    expected = "KILLED" if error is KeyboardInterrupt else "FAILED"
    assert [run.info.status for run in logged()] == [expected, expected]
    assert mltrack.active_run() is None


def test_what_is_fitted_is_the_trials(logged: Logged, store: Store, data: Any) -> None:
    def objective(trial: Any) -> float:
        c = trial.suggest_float("C", 0.1, 1)
        if trial.number:
            LogisticRegression().fit(*data)
        score = float(cross_val_score(SVC(C=c), *data).mean())
        return score + SVC(C=c).fit(*data).score(*data)

    study(direction="maximize").optimize(objective, n_trials=2)
    parent, first, second, further = logged()
    assert first.info.parent_run_id == second.info.parent_run_id == parent.info.run_id
    assert further.info.parent_run_id == second.info.run_id
    assert first.data.tags["estimator_name"] == "SVC"
    assert {"mean_test_score", "value", "training_score", "SVC_score_unknown_dataset"} <= {
        name.partition("-")[0] for name in first.data.metrics
    }
    assert {run.info.status for run in logged()} == {"FINISHED"}
    assert store.list_models(first.info.run_id)


def test_parallel_trials(logged: Logged) -> None:
    def objective(trial: Any) -> float:
        mltrack.log_metric("own", trial.number)
        return quadratic(trial)

    study().optimize(objective, n_trials=24, n_jobs=4)
    parent, *trials = logged()
    assert len(trials) == 24
    assert {run.info.parent_run_id for run in trials} == {parent.info.run_id}
    for run in trials:
        assert run.data.metrics["own"] == int(run.data.tags["optuna.trial.number"])


def test_going_on_resumes_the_run(logged: Logged) -> None:
    made = study()
    made.optimize(quadratic, n_trials=2)
    made.optimize(quadratic, n_trials=3)
    runs = {run.info.run_id: run for run in logged()}
    assert len(runs) == 6
    parent = next(iter(runs.values()))
    assert parent.info.status == "FINISHED"
    assert parent.data.metrics["best_value"] == made.best_value


def test_ask_and_tell(logged: Logged, data: Any) -> None:
    made = study(directions=["minimize", "maximize"])
    trial = made.ask({"x": optuna.distributions.FloatDistribution(0, 1)})
    SVC(C=3).fit(*data)
    made.tell(trial, (1, 2))
    one, other = made.ask(), made.ask()
    LogisticRegression().fit(*data)  # of which of the two?
    made.tell(one.number, (3, 4))
    made.tell(other, state=optuna.trial.TrialState.FAIL)
    runs = {run.info.run_name: run for run in logged()}
    assert runs["trial 0"].data.params["C"] == "3"
    assert runs["trial 0"].data.params["x"] == str(trial.params["x"])
    assert runs["trial 1"].data.metrics == {"value_0": 3, "value_1": 4}
    assert runs["trial 2"].info.status == "FAILED"
    assert runs["LogisticRegression()"].info.parent_run_id == ""
    assert {run.info.status for run in runs.values()} == {"FINISHED", "FAILED"}


def test_a_trial_that_is_never_told_takes_nothing_of_later_cells(logged: Logged, data: Any) -> None:
    session = get_session()
    cell = cells.begin_cell(session, cell_id="a", source="ask", execution_count=1)
    study().ask()
    cells.end_cell(cell)
    later = cells.begin_cell(session, cell_id="b", source="fit", execution_count=2)
    LogisticRegression().fit(*data)
    cells.end_cell(later)
    assert logged()[-1].info.parent_run_id == ""


def test_in_an_explicit_run(logged: Logged) -> None:
    with mltrack.start_run(run_name="explicit") as run:
        study().optimize(quadratic, n_trials=2)
        assert run.is_open
    explicit, *trials = logged()
    assert {trial.info.parent_run_id for trial in trials} == {explicit.info.run_id}
    assert "best_value" in explicit.data.metrics
