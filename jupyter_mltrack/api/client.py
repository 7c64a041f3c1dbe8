"""MLflow's client: experiments and runs by id, no run being "active"."""

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from jupyter_mltrack.api.connection import Connection
from jupyter_mltrack.api.file_client import FileClient
from jupyter_mltrack.api.search import check_page
from jupyter_mltrack.entities import (
    DEFAULT_EXPERIMENT,
    DEFAULT_EXPERIMENT_ID,
    Experiment,
    LifecycleStage,
    Metric,
    PagedList,
    Run,
    RunData,
    RunInfo,
    RunStatus,
    ViewType,
)
from jupyter_mltrack.entities import events as ev
from jupyter_mltrack.errors import (
    InvalidParameterValue,
    ResourceAlreadyExists,
    ResourceDoesNotExist,
)
from jupyter_mltrack.query.experiments import choose_experiments
from jupyter_mltrack.tracking import values
from jupyter_mltrack.tracking.active import ActiveRun
from jupyter_mltrack.tracking.operations import to_answer

PARENT_TAG: Final = "mlflow.parentRunId"
NAME_TAG: Final = "mlflow.runName"


class MlflowClient(FileClient):
    """Reads and writes experiments and runs by their ids, with MLflow's names and shapes.

    Parameters
    ----------
    tracking_uri : str, optional
        The store; the one in use unless given.
    registry_uri : str, optional
        Taken for MLflow's sake; the registry is in the store.
    """

    def __init__(self, tracking_uri: str | None = None, registry_uri: str | None = None) -> None:
        super().__init__(Connection(tracking_uri))
        self._registry_uri = registry_uri
        self._params: dict[str, dict[str, str]] = {}

    @property
    def tracking_uri(self) -> str:
        """URI of the store."""
        return self._connection.uri

    # Experiments

    def search_experiments(
        self,
        view_type: int = ViewType.ACTIVE_ONLY,
        max_results: int = 1000,
        filter_string: str | None = None,
        order_by: Sequence[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[Experiment]:
        """Experiments, the latest updated first; raises FilterError."""
        with self._connection.reading() as store:
            found = choose_experiments(store.list_experiments(view_type), filter_string, order_by)
        is_token = isinstance(page_token, str) and page_token.isdecimal() and len(page_token) < 20
        if page_token and not is_token:
            raise InvalidParameterValue(
                f"{str(page_token)[:80]!r} is not a page token of this search."
            )
        check_page(view_type, max_results)
        start = int(page_token or 0)
        more = len(found) > start + max_results
        token = str(start + max_results) if more else None
        return PagedList(found[start : start + max_results], token)

    def get_experiment(self, experiment_id: str) -> Experiment:
        """The experiment of this id; raises ResourceDoesNotExist."""
        with self._connection.reading() as store:
            return store.get_experiment(values.check_experiment_id(experiment_id))

    def get_experiment_by_name(self, name: str) -> Experiment | None:
        """The active experiment of this name, or None."""
        with self._connection.reading() as store:
            return store.find_experiment_by_name(name)

    def create_experiment(
        self,
        name: str,
        artifact_location: str | None = None,
        tags: Mapping[str, Any] | None = None,
    ) -> str:
        """Create an experiment and return its id.

        Raises
        ------
        ResourceAlreadyExists
            An active experiment has this name.
        InvalidParameterValue
            The name cannot be kept, or ``artifact_location`` is given: the store keeps artifacts.
        """
        if artifact_location is not None:
            raise InvalidParameterValue("artifact_location cannot be chosen: leave it out.")
        name = values.check_experiment_name(name)
        if self.get_experiment_by_name(name) is not None:
            raise ResourceAlreadyExists(f"There is an experiment named {name!r} already.")
        given = values.check_mapping(tags or {}, "tags").items()
        texts = {values.check_key(k, "tag"): values.check_tag(k, v) for k, v in given}
        self._connection.session().write(ev.ExperimentSet(name, _now(), texts))
        return self.named_experiment(name).experiment_id

    def named_experiment(self, name: str) -> Experiment:
        """The experiment of this name that was written a moment ago; raises StoreUnavailable."""
        self._connection.wait()
        found = self.get_experiment_by_name(name)
        if found is None:
            # The journal has it, but its id is the store's to give.
            raise self._connection.unavailable(f"reach the experiment {name!r}")
        return found

    def rename_experiment(self, experiment_id: str, new_name: str) -> None:
        """Rename an active experiment.

        Raises
        ------
        ResourceAlreadyExists
            Another active experiment has this name.
        ResourceDoesNotExist
            No experiment has this id.
        InvalidParameterValue
            The name cannot be kept, or the experiment is in the trash.
        """
        name = values.check_experiment_name(new_name)
        with self._connection.reading() as store:
            store.rename_experiment(values.check_experiment_id(experiment_id), name)

    def set_experiment_tag(self, experiment_id: str, key: str, value: Any) -> None:
        """Set a tag of an active experiment; raises as :meth:`rename_experiment`."""
        tags: dict[str, str | None] = {values.check_key(key, "tag"): values.check_tag(key, value)}
        with self._connection.reading() as store:
            store.set_experiment_tags(values.check_experiment_id(experiment_id), tags)

    def delete_experiment_tag(self, experiment_id: str, key: str) -> None:
        """Delete a tag of an active experiment; raises as :meth:`rename_experiment`."""
        with self._connection.reading() as store:
            store.set_experiment_tags(
                values.check_experiment_id(experiment_id), {values.check_key(key, "tag"): None}
            )

    def delete_experiment(self, experiment_id: str) -> None:
        """Move an experiment and its runs to the trash; its name is free at once.

        Raises
        ------
        ResourceDoesNotExist
            No experiment has this id.
        InvalidParameterValue
            It is in the trash already.
        """
        with self._connection.reading() as store:
            store.delete_experiment(values.check_experiment_id(experiment_id))

    def restore_experiment(self, experiment_id: str, name: str | None = None) -> None:
        """Take an experiment back from the trash, with the runs that were deleted with it.

        ``name`` is a new name for it, for when its own was taken meanwhile.

        Raises
        ------
        ResourceAlreadyExists
            Another active experiment has the name now.
        ResourceDoesNotExist
            No experiment has this id.
        InvalidParameterValue
            It is not in the trash.
        """
        wanted = "" if name is None else values.check_experiment_name(name)
        with self._connection.reading() as store:
            store.restore_experiment(values.check_experiment_id(experiment_id), wanted)

    # Runs

    def search_runs(
        self,
        experiment_ids: Sequence[str] | None = None,
        filter_string: str = "",
        run_view_type: int = ViewType.ACTIVE_ONLY,
        max_results: int = 1000,
        order_by: Sequence[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[Run]:
        """A page of runs that a filter asks for; raises FilterError. None searches everywhere."""
        from jupyter_mltrack.query.runs import search_runs

        check_page(run_view_type, max_results)
        with self._connection.reading() as store:
            runs, token = search_runs(
                store,
                filter_string,
                order_by or (),
                experiment_ids=_ids(experiment_ids),
                max_results=max_results,
                page_token=page_token,
                view=run_view_type,
                summaries=False,
            )
        return PagedList(runs, token)

    def get_run(self, run_id: str) -> Run:
        """The run of this id; raises ResourceDoesNotExist."""
        with self._connection.reading() as store:
            return store.get_run(run_id)

    def get_parent_run(self, run_id: str) -> Run | None:
        """The run that this one is a child of, or None."""
        parent = self.get_run(run_id).info.parent_run_id
        return self.get_run(parent) if parent else None

    def get_metric_history(self, run_id: str, key: str) -> list[Metric]:
        """All points of a metric in the order they were logged."""
        with self._connection.reading() as store:
            return store.get_metric_history(run_id, key)

    def create_run(
        self,
        experiment_id: str,
        start_time: int | None = None,
        tags: Mapping[str, Any] | None = None,
        run_name: str | None = None,
    ) -> Run:
        """Create a run, which nothing but this client writes to; end it with ``set_terminated``.

        Raises
        ------
        ResourceDoesNotExist
            No experiment has this id; the default one, ``0``, is made when it is missing.
        InvalidParameterValue
            The experiment is in the trash, or a name or tag cannot be kept.
        """
        experiment_id = self._place_for_run(experiment_id)
        tags = dict(values.check_mapping(tags or {}, "tags"))
        run = ActiveRun(
            self._connection.session(),
            name=run_name or str(tags.get(NAME_TAG, "")),
            experiment_id=experiment_id,
            parent_run_id=str(tags.get(PARENT_TAG, "")),
            tags=tags,
            origin="client",
            start_time=None if start_time is None else values.check_time(start_time),
        )
        self._params[run.run_id] = {}
        info = RunInfo(
            run_id=run.run_id,
            run_name=run.name,
            experiment_id=experiment_id,
            start_time=run.info.start_time,
            user_id=run.info.user_id,
            artifact_uri=run.info.artifact_uri,
            parent_run_id=run.parent_run_id,
            session_id=run.session.session_id,
        )
        return Run(info=info, data=RunData(tags={key: str(tag) for key, tag in tags.items()}))

    def _place_for_run(self, experiment_id: str) -> str:
        chosen = values.check_experiment_id(experiment_id)
        try:
            experiment = self.get_experiment(chosen)
        except ResourceDoesNotExist:
            if chosen != DEFAULT_EXPERIMENT_ID:
                raise
            self._connection.session().write(ev.ExperimentSet(DEFAULT_EXPERIMENT, _now()))
            return chosen
        if experiment.lifecycle_stage == LifecycleStage.DELETED:
            raise InvalidParameterValue(
                f"Experiment {experiment.name!r} (id {chosen}) is in the trash. Take it back with "
                "restore_experiment, or use another."
            )
        return chosen

    def update_run(self, run_id: str, status: str | None = None, name: str | None = None) -> None:
        """Change a run's status or name."""
        if name is not None:
            self._connection.run(run_id).set_tags({NAME_TAG: name})
        if status is not None:
            self.set_terminated(run_id, status)

    def set_terminated(
        self, run_id: str, status: str | None = None, end_time: int | None = None
    ) -> None:
        """End a run (``end_time`` in ms since the epoch)."""
        time = None if end_time is None else values.check_time(end_time)
        self._connection.run(run_id).end(status or RunStatus.FINISHED, time)

    def delete_run(self, run_id: str) -> None:
        """Move a run and its children to the trash."""
        with self._connection.reading() as store:
            store.get_run(run_id)
            store.delete_runs([run_id])

    def restore_run(self, run_id: str) -> None:
        """Take a run back from the trash, with the children that were deleted with it."""
        with self._connection.reading() as store:
            store.get_run(run_id)
            store.restore_runs([run_id], with_children=True)

    # What a run logs

    def log_metric(
        self,
        run_id: str,
        key: str,
        value: float,
        timestamp: int | None = None,
        step: int | None = None,
        synchronous: bool | None = None,
    ) -> Any:
        """Log one point of a metric."""
        self._connection.run(run_id).log_metric(key, value, step, timestamp)
        return self._answer(synchronous)

    def log_param(self, run_id: str, key: str, value: Any, synchronous: bool | None = None) -> Any:
        """Log a param; raises InvalidParameterValue when it has another value already."""
        self._log_params(run_id, {key: value})
        return self._answer(synchronous, value)

    def log_batch(
        self,
        run_id: str,
        metrics: Iterable[Any] = (),
        params: Iterable[Any] = (),
        tags: Iterable[Any] = (),
        synchronous: bool | None = None,
    ) -> Any:
        """Log metrics, params and tags, given as MLflow's entities (``key``, ``value``, …).

        Raises
        ------
        InvalidParameterValue
            A key or value cannot be kept, or a param is given two values; nothing is logged then.
        """
        points = [values.check_point(one) for one in metrics or ()]
        texts = {tag.key: tag.value for tag in tags or ()}
        for key, value in texts.items():
            values.check_tag(values.check_key(key, "tag"), value)
        self._log_params(run_id, values.check_distinct_params(params or ()))
        run = self._connection.run(run_id)
        for point in points:
            run.log_metric(point.key, point.value, point.step, point.timestamp)
        if texts:
            run.set_tags(texts)
        return self._answer(synchronous)

    def set_tag(self, run_id: str, key: str, value: Any, synchronous: bool | None = None) -> Any:
        """Set a tag."""
        self._connection.run(run_id).set_tags({key: value})
        return self._answer(synchronous)

    def delete_tag(self, run_id: str, key: str) -> None:
        """Delete a tag."""
        self._connection.run(run_id).set_tags({key: None})

    def _answer(self, synchronous: bool | None, answer: Any = None) -> Any:
        return to_answer(synchronous, answer, self._connection.session())

    def _log_params(self, run_id: str, params: Mapping[str, Any]) -> None:
        if not params:
            return
        known = self._params.get(run_id)
        if known is None:
            known = self._params[run_id] = dict(self.get_run(run_id).data.params)
        for key, value in params.items():
            text = values.check_param(values.check_key(key, "param"), value)
            if known.get(key, text) != text:
                raise InvalidParameterValue(
                    f"Param {key!r} of run {run_id} is {known[key]!r} already and cannot become "
                    f"{text!r}. Start another run for another value."
                )
        self._connection.run(run_id).log_params(params)
        known |= {key: values.check_param(key, value) for key, value in params.items()}


def _ids(experiment_ids: Sequence[str] | None) -> list[str] | None:
    return None if experiment_ids is None else [str(one) for one in experiment_ids]


def _now() -> int:
    return time.time_ns() // 1_000_000
