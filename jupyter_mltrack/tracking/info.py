"""What is known of a run or experiment while it is written, with the rest read when asked for."""

from typing import TYPE_CHECKING, Any

from jupyter_mltrack.entities import DEFAULT_EXPERIMENT, Experiment, LifecycleStage

if TYPE_CHECKING:
    from jupyter_mltrack.tracking.active import ActiveRun


class ActiveRunInfo:
    """MLflow's ``RunInfo`` of an active run.

    ``experiment_id`` belongs to the store, so it is read from there at first use: starting a run
    touches no database. ``known_experiment_id`` is empty until then.
    """

    def __init__(
        self, run: "ActiveRun", experiment_name: str, experiment_id: str, start_time: int
    ) -> None:
        self._run = run
        self.known_experiment_id = experiment_id
        self.experiment_name = experiment_name or DEFAULT_EXPERIMENT
        self.start_time = start_time
        self.end_time: int | None = None
        self.lifecycle_stage = LifecycleStage.ACTIVE

    @property
    def run_id(self) -> str:
        """32 hexadecimal digits."""
        return self._run.run_id

    @property
    def run_uuid(self) -> str:
        """MLflow's older name of ``run_id``."""
        return self._run.run_id

    @property
    def run_name(self) -> str:
        """The run's name."""
        return self._run.name

    @property
    def status(self) -> str:
        """RUNNING until the run ends."""
        return self._run.status

    @property
    def user_id(self) -> str:
        """Login name of who runs it."""
        return self._run.session.user

    @property
    def artifact_uri(self) -> str:
        """Where the run's artifacts are named from."""
        return f"mltrack-artifacts:/{self._run.run_id}"

    @property
    def experiment_id(self) -> str:
        """Id of the run's experiment; waits for the store at first use."""
        if not self.known_experiment_id:
            from jupyter_mltrack.tracking import reading

            self.known_experiment_id = reading.get_run(self.run_id).info.experiment_id
        return self.known_experiment_id

    def __repr__(self) -> str:
        return f"<RunInfo {self.run_name} {self.run_id} {self.status}>"


class ExperimentReference:
    """MLflow's ``Experiment``, named now and read from the store when more is asked of it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._experiment: Experiment | None = None

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("_"):
            raise AttributeError(attribute)
        if self._experiment is None:
            from jupyter_mltrack.tracking import reading

            self._experiment = reading.get_experiment_by_name(self.name)
        return getattr(self._experiment, attribute)

    def __repr__(self) -> str:
        return f"<Experiment {self.name}>"
