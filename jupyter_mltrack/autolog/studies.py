"""The runs of a study and of its trials."""

import json
import math
import re
import threading
from collections.abc import Sequence
from typing import Any, Final

from jupyter_mltrack.autolog import state
from jupyter_mltrack.autolog.describe import describe
from jupyter_mltrack.autolog.drawings import add_drawings
from jupyter_mltrack.autolog.notes import add_note
from jupyter_mltrack.autolog.runs import claim, lend_to_trial, open_group_run, tag_error
from jupyter_mltrack.autolog.training import bars
from jupyter_mltrack.autolog.usercode import is_library_class
from jupyter_mltrack.entities import RunStatus
from jupyter_mltrack.errors import InvalidParameterValue
from jupyter_mltrack.tracking.active import ActiveRun, pop_run, push_run, status_for
from jupyter_mltrack.tracking.cells import find_cell
from jupyter_mltrack.tracking.problems import problems

FRAMEWORK: Final = "optuna"
STATE_TAG: Final = "optuna.trial.state"
NUMBER_TAG: Final = "optuna.trial.number"
MAX_TRIALS: Final = 500
"""Up to so many trials, the importances of params are computed when a study ends."""
_MADE_UP: Final = re.compile(r"no-name-[0-9a-f]{8}(-[0-9a-f]+){4}")
_STATUS: Final = {  # as MLflow's storage for Optuna has it
    "COMPLETE": RunStatus.FINISHED,
    "PRUNED": RunStatus.KILLED,
    "FAIL": RunStatus.FAILED,
}


class TrialRun:
    """A trial under way, and its run."""

    def __init__(self, run: ActiveRun, number: int) -> None:
        self.run = run
        self.number = number
        self.params: dict[str, str] = {}
        self._steps: set[int] = set()

    def log_param(self, name: str, value: Any) -> None:
        """Log a param as it was suggested."""
        if name not in self.params:
            self.params[name] = describe(value)
            try:
                self.run.log_params({name: self.params[name]})
            except InvalidParameterValue as error:
                add_note(self.run, "params", f"A param could not be kept: {error.message}")

    def report(self, value: Any, step: Any) -> None:
        """Log an intermediate value; Optuna takes the first of a step."""
        if int(step) not in self._steps:
            self._steps.add(int(step))
            self.run.log_metric("intermediate_value", float(value), int(step))

    def log_attribute(self, key: str, value: Any) -> None:
        """Log an attribute that the user gave the trial."""
        self.run.set_tags({f"user_{key}": describe(value)})


class StudyRun:
    """A study, its run and those of its trials under way.

    A study that goes on after it had ended resumes its run.
    """

    def __init__(self, study: Any) -> None:
        self.trials: dict[int, TrialRun] = {}
        self._mutex = threading.RLock()
        self._optimizing = 0
        self._best: tuple[float, int] | None = None
        self._names: list[str] | None = None
        self._greater: bool | None = None
        self._is_ours = True
        self._finished = 0
        tags = dict(state.options_of(FRAMEWORK).extra_tags)
        facts = _facts(study)
        self.run, self._is_ours = open_group_run(_run_name(facts), FRAMEWORK, tags)
        with problems.caught("logging params"):
            self.run.log_params(facts)
        with problems.caught("reading a study"):
            self._read(study)

    def begin(self) -> None:
        """See ``optimize`` begin: the study's run is the active one in it."""
        with self._mutex:
            self._optimizing += 1
            self._reopen()
        push_run(self.run)

    def finish(self, study: Any, error: BaseException | None) -> None:
        """See ``optimize`` end."""
        pop_run(self.run)
        with self._mutex:
            self._optimizing -= 1
            is_last = not self._optimizing
        if is_last and error is None and state.options_of(FRAMEWORK).log_plots:
            with problems.caught("importances of params"):
                self._log_importances(study)
        if is_last:
            self.close(error)

    def close(self, error: BaseException | None) -> None:
        """End the study's run, and those of trials that nobody will end."""
        with self._mutex:
            for trial in list(self.trials.values()):
                self._end(trial, status_for(type(error)) if error else RunStatus.KILLED)
            if error is not None:
                tag_error(self.run, error)
            if self._is_ours:
                self.run.end(status_for(type(error)) if error else RunStatus.FINISHED)

    def begin_trial(self, number: int) -> TrialRun:
        """Open the run of a trial; it is the active one until the trial ends.

        Of several that the user asked for before telling, none is.
        """
        with self._mutex:
            self._reopen()
            tags = {NUMBER_TAG: str(number), STATE_TAG: "RUNNING"}
            trial = TrialRun(self._child(f"trial {number}", tags), number)
            if self._optimizing:
                push_run(trial.run)
            elif not self.trials:
                push_run(trial.run)
                cell = find_cell()
                if cell is not None:  # what later cells fit is not the trial's
                    cell.at_end.append(lambda: pop_run(trial.run))
            else:
                for other in self.trials.values():
                    pop_run(other.run)
            self.trials[number] = trial
        state.recorded_fits += 1
        state.fits_by_framework[FRAMEWORK] += 1
        return trial

    def end_trial(
        self,
        trial: TrialRun,
        outcome: str,
        values: Sequence[float] | None,
        error: BaseException | None,
    ) -> None:
        """Record how a trial ended, and what it means for the study."""
        with self._mutex:
            if self.trials.get(trial.number) is not trial:
                return
            trial.run.set_tags({STATE_TAG: outcome})
            if outcome == "COMPLETE" and values is not None:
                trial.run.log_metrics(dict(zip(self._metric_names(values), values, strict=True)))
                self._finished += 1
                self._compare(trial, values)
            status = _STATUS.get(outcome, RunStatus.FINISHED)
            if isinstance(error, KeyboardInterrupt):
                status = RunStatus.KILLED
            self._end(trial, status, error if outcome == "FAIL" else None)
            if not self._optimizing and not self.trials:
                self._rest()

    def _end(self, trial: TrialRun, status: str, error: BaseException | None = None) -> None:
        self.trials.pop(trial.number, None)
        pop_run(trial.run)
        if error is not None:
            tag_error(trial.run, error)
        trial.run.end(status)

    def _rest(self) -> None:
        """End the run of a study that is asked and told when nothing is under way any more."""
        cell = find_cell()
        if cell is None:
            self.close(None)
        elif self._close_if_idle not in cell.at_end:
            cell.at_end.append(self._close_if_idle)

    def _close_if_idle(self) -> None:
        if not self._optimizing and not self.trials:
            self.close(None)

    def _reopen(self) -> None:
        if self.run.is_open:
            return
        before = self.run
        if not self._is_ours:  # it was the user's own, and they have ended it
            self.run, self._is_ours = open_group_run(before.name, FRAMEWORK, {})
            return
        self.run = ActiveRun(
            before.session.living(),
            run_id=before.run_id,
            name=before.name,
            origin=FRAMEWORK,
            parent_run_id=before.parent_run_id,
            experiment=before.info.experiment_name,
            experiment_id=before.info.known_experiment_id,
            start_time=before.info.start_time,
        )
        self.run.expect_params(before.data.params)
        claim(self.run)

    def _child(self, name: str, tags: dict[str, str]) -> ActiveRun:
        run = ActiveRun(
            self.run.session,
            name=name,
            origin=FRAMEWORK,
            parent_run_id=self.run.run_id,
            experiment=self.run.info.experiment_name,
            experiment_id=self.run.info.known_experiment_id,
            tags={
                "mlflow.autologging": FRAMEWORK,
                "mlflow.parentRunId": self.run.run_id,
                **state.options_of(FRAMEWORK).extra_tags,
                **tags,
            },
        )
        lend_to_trial(run)
        return run

    def _metric_names(self, values: Sequence[float]) -> list[str]:
        if self._names is not None and len(self._names) == len(values):
            return self._names
        return ["value"] if len(values) == 1 else [f"value_{i}" for i in range(len(values))]

    def _compare(self, trial: TrialRun, values: Sequence[float]) -> None:
        if len(values) != 1 or self._greater is None:
            return
        value = float(values[0])
        known = self._best[0] if self._best is not None else math.nan
        if value <= known if self._greater else value >= known:
            return
        self._best = (value, trial.number)
        self.run.log_metrics({"best_value": value}, step=trial.number)
        best = {"best_trial": str(trial.number), "best_params": json.dumps(trial.params)}
        self.run.set_tags(best)

    def _read(self, study: Any) -> None:
        """What the study's storage knows already; one of the user's own is not asked."""
        if not is_library_class(type(study._storage)):
            return
        self._names = study.metric_names
        directions = [item.name for item in study.directions]
        self.run.log_params({"direction": ", ".join(item.lower() for item in directions)})
        if len(directions) == 1:
            self._greater = directions == ["MAXIMIZE"]
            try:
                best = study.best_trial
            except ValueError:  # none is complete
                return
            self._best = (float(best.value), int(best.number))

    def _log_importances(self, study: Any) -> None:
        if not 2 <= self._finished <= MAX_TRIALS or self._greater is None:
            return
        from optuna import importance

        evaluator = getattr(importance, "PedAnovaImportanceEvaluator", None)
        if evaluator is None:  # the other ones take seconds
            return
        found = importance.get_param_importances(study, evaluator=evaluator())
        content = json.dumps(found, ensure_ascii=False, indent=2).encode(errors="replace")
        self.run.log_content("param_importances.json", content, "application/json")
        drawing = bars("Importance of params", "importance", found)
        add_drawings(self.run, {"param_importances.png": drawing})


def _run_name(facts: dict[str, str]) -> str:
    """Of a name that Optuna made up, a part tells the study from others as well."""
    name = facts["study_name"]
    return f"study {name.split('-')[2] if _MADE_UP.fullmatch(name) else name}"


def _facts(study: Any) -> dict[str, str]:
    """What a study is set to, as far as that is known without asking code of the user's."""
    name = study.study_name if is_library_class(type(study._storage)) else type(study).__name__
    return {
        "study_name": name,
        "sampler": type(study.sampler).__name__,
        "pruner": type(study.pruner).__name__,
    }
