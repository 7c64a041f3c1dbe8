"""MLflow's fluent functions; code written for it runs with the import line changed."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from jupyter_mltrack.entities import LifecycleStage, RunStatus
from jupyter_mltrack.entities import events as ev
from jupyter_mltrack.errors import InvalidParameterValue, ResourceDoesNotExist, StoreUnavailable
from jupyter_mltrack.settings import MAX_NAME_LENGTH
from jupyter_mltrack.tracking import files, values
from jupyter_mltrack.tracking import session as sessions
from jupyter_mltrack.tracking.active import (
    ActiveRun,
    end_active,
    find_active_run,
    push_run,
    run_stack,
)
from jupyter_mltrack.tracking.cells import find_cell
from jupyter_mltrack.tracking.clock import now_ms
from jupyter_mltrack.tracking.info import ExperimentReference
from jupyter_mltrack.tracking.operations import to_answer
from jupyter_mltrack.tracking.writer import RunWriter


def set_tracking_uri(uri: str | Path) -> None:
    """Write to and read from this store.

    A directory, ``sqlite:///path/to/file.db``, or
    ``postgresql://user:password@host:port/database``.

    Raises
    ------
    InvalidParameterValue
        The URI's scheme is none we know.
    """
    sessions.use_store(str(uri) or None)


def get_tracking_uri() -> str:
    """URI of the store in use."""
    return sessions.store_uri()


def set_experiment(
    experiment_name: str | None = None, experiment_id: str | None = None
) -> ExperimentReference:
    """Choose the experiment of the runs that follow; it is created when no active one has the name.

    Raises
    ------
    InvalidParameterValue
        Neither or both of the arguments, a name that cannot be kept, or the id of an experiment in
        the trash.
    ResourceDoesNotExist
        No experiment has this id.
    """
    if (experiment_name is None) == (experiment_id is None):
        raise InvalidParameterValue("Give either experiment_name or experiment_id.")
    if experiment_id is not None:
        experiment_name = _name_of_experiment(values.check_experiment_id(experiment_id))
    name = values.check_experiment_name(experiment_name)
    session = sessions.get_session()
    session.experiment = name
    session.write(ev.ExperimentSet(name, now_ms()))
    return ExperimentReference(name)


def _name_of_experiment(experiment_id: str) -> str:
    from jupyter_mltrack.tracking import reading

    return reading.name_of_experiment(experiment_id)


def _experiment_to_start_in(experiment_id: object) -> tuple[str, str]:
    if experiment_id is None:
        return "", ""
    chosen = values.check_experiment_id(experiment_id)
    try:
        return chosen, _name_of_experiment(chosen)
    except StoreUnavailable:  # what is logged waits in the journal
        return chosen, ""


def start_run(
    run_id: str | None = None,
    experiment_id: str | int | None = None,
    run_name: str | None = None,
    nested: bool = False,
    parent_run_id: str | None = None,
    tags: Mapping[str, Any] | None = None,
    description: str | None = None,
) -> ActiveRun:
    """Start a run, or resume ``run_id``; use it as a context manager, or call :func:`end_run`.

    An open run does not make this fail, as cells are run again: a run opened without ``with`` is
    ended first; inside a ``with`` block the new run becomes its child.

    Raises
    ------
    InvalidParameterValue
        Something that cannot be kept, or two descriptions; the run or experiment is in the trash.
    ResourceDoesNotExist
        No run, or no experiment, has this id.
    """
    name = values.check_text(run_name or "", "run name", MAX_NAME_LENGTH)
    parent = "" if parent_run_id is None else values.check_run_id(parent_run_id)
    experiment, experiment_name = _experiment_to_start_in(experiment_id)
    all_tags = values.with_description(values.check_mapping(tags or {}, "tags"), description)
    session = sessions.get_session()
    active = find_active_run()
    if active is not None and not nested and not active.entered:
        end_run()
        active = find_active_run()
    if not parent and active is not None:
        parent = active.run_id
    if run_id is not None:
        run = _resume(session, run_id, name, all_tags)
    else:
        place = partial(ActiveRun, experiment=experiment_name, experiment_id=experiment)
        run = place(session, name=name, parent_run_id=parent, tags=all_tags)
    push_run(run)
    return run


def _resume(
    session: sessions.TrackingSession, run_id: str, name: str, tags: dict[str, Any]
) -> ActiveRun:
    from jupyter_mltrack.tracking import reading

    known = reading.get_run(run_id)
    if known.info.lifecycle_stage == LifecycleStage.DELETED:
        raise InvalidParameterValue(
            f"Run {run_id} is in the trash and cannot be resumed. Take it back with restore_run."
        )
    if name:
        tags = {values.RUN_NAME_TAG: name, **tags}
    run = ActiveRun(
        session,
        run_id=known.info.run_id,
        name=name or known.info.run_name,
        experiment_id=known.info.experiment_id,
        parent_run_id=known.info.parent_run_id,
        tags=tags,
        start_time=known.info.start_time,
    )
    run.expect_params(known.data.params)
    run.expect_tags(known.data.tags)
    return run


def end_run(status: str = RunStatus.FINISHED) -> None:
    """End the active run; without one this does nothing."""
    run = find_active_run()
    if run is not None:
        end_active(run, status)


def active_run() -> ActiveRun | None:
    """The run that log calls go to, or None."""
    return find_active_run()


def current_run() -> ActiveRun:
    """The run a bare log call goes to, made when there is none.

    The active run; else the run this cell autologged last; else one run for this cell, ended with
    it; else, in a script, a run that lasts until ``end_run`` or the end.
    """
    run = find_active_run()
    if run is not None:
        return run
    cell = find_cell()
    if cell is None:
        return start_run()
    if cell.runs:
        return cell.runs[-1]
    if cell.implicit_run is None:
        cell.implicit_run = ActiveRun(sessions.get_session(), origin="implicit")
    return cell.implicit_run


def run_of(run_id: str | None) -> RunWriter:
    """What writes to the run of this id, or, without one, to that of a bare log call."""
    if run_id is None:
        return current_run()
    run_id = values.check_run_id(run_id)
    session = sessions.get_session()
    return session.open_runs.get(run_id) or RunWriter(session, run_id)


def log_param(key: str, value: Any, synchronous: bool | None = None) -> Any:
    """Log one param of the active run; returns ``value``.

    What is logged is safe when the call returns. With ``synchronous=False``, here and below, it
    returns MLflow's ``RunOperations``, whose ``wait`` waits until the store holds it.
    """
    return to_answer(synchronous, current_run().log_param(key, value))


def log_params(
    params: Mapping[str, Any], synchronous: bool | None = None, run_id: str | None = None
) -> Any:
    """Log several params of the active run, or of the one named."""
    run_of(run_id).log_params(values.check_mapping(params, "params"))
    return to_answer(synchronous)


def log_metric(
    key: str,
    value: float,
    step: int | None = None,
    synchronous: bool | None = None,
    timestamp: int | None = None,
    run_id: str | None = None,
) -> Any:
    """Log one point of a metric of the active run (``timestamp`` in ms since the epoch)."""
    # The one call that may come hundreds of thousands of times a second.
    if run_id is not None:
        run_of(run_id).log_metric(key, value, step, timestamp)
        return to_answer(synchronous)
    runs = run_stack.get()
    run = runs[-1] if runs and runs[-1].is_open else current_run()
    run.log_metric(key, value, step, timestamp)
    return None if synchronous is None else to_answer(synchronous)


def log_metrics(
    metrics: Mapping[str, float],
    step: int | None = None,
    synchronous: bool | None = None,
    run_id: str | None = None,
    timestamp: int | None = None,
) -> Any:
    """Log a point of each of several metrics of the active run, or of the one named."""
    run_of(run_id).log_metrics(metrics, step, timestamp)
    return to_answer(synchronous)


def set_tag(key: str, value: Any, synchronous: bool | None = None) -> Any:
    """Set one tag of the active run."""
    current_run().set_tags({key: value})
    return to_answer(synchronous)


def set_tags(tags: Mapping[str, Any], synchronous: bool | None = None) -> Any:
    """Set several tags of the active run."""
    current_run().set_tags(values.check_mapping(tags, "tags"))
    return to_answer(synchronous)


def delete_tag(key: str) -> None:
    """Delete one tag of the active run."""
    current_run().set_tags({key: None})


def log_artifact(
    local_path: str | Path, artifact_path: str | None = None, run_id: str | None = None
) -> None:
    """Log a file of this machine, into the directory ``artifact_path`` of a run.

    Raises
    ------
    ResourceDoesNotExist
        There is no such file.
    """
    path = Path(local_path)
    if path.is_dir():
        log_artifacts(path, _joined(artifact_path, path.name), run_id)
        return
    if not path.is_file():
        raise ResourceDoesNotExist(f"There is no file {str(path)!r} to log.")
    run_of(run_id).log_content(_joined(artifact_path, path.name), path.read_bytes())


def log_artifacts(
    local_dir: str | Path, artifact_path: str | None = None, run_id: str | None = None
) -> None:
    """Log every file below a directory of this machine.

    Raises
    ------
    ResourceDoesNotExist
        There is no such directory.
    """
    root = Path(local_dir)
    if not root.is_dir():
        raise ResourceDoesNotExist(f"There is no directory {str(root)!r} to log.")
    run = run_of(run_id)
    for path in sorted(root.rglob("*")):
        if path.is_file():
            relative = path.relative_to(root).as_posix()
            run.log_content(_joined(artifact_path, relative), path.read_bytes())


def log_text(text: str, artifact_file: str, run_id: str | None = None) -> None:
    """Log text as a file of the active run, or of the one named."""
    run_of(run_id).log_content(artifact_file, files.text_content(text))


def log_dict(
    dictionary: Mapping[str, Any] | list[Any], artifact_file: str, run_id: str | None = None
) -> None:
    """Log a dictionary or list as JSON, or as YAML when the file's name ends so."""
    run_of(run_id).log_content(artifact_file, files.dict_content(dictionary, artifact_file))


def log_figure(
    figure: Any, artifact_file: str, *, save_kwargs: Mapping[str, Any] | None = None
) -> None:
    """Log a matplotlib or plotly figure, in the format the file's name asks for.

    Raises
    ------
    InvalidParameterValue
        The figure cannot be saved, or not in this format.
    """
    content = files.figure_content(figure, artifact_file, save_kwargs)
    current_run().log_content(artifact_file, content)


def log_image(
    image: Any,
    artifact_file: str | None = None,
    key: str | None = None,
    step: int | None = None,
    timestamp: int | None = None,
    synchronous: bool | None = None,  # noqa: ARG001 - MLflow's; it is safe when we return
) -> None:
    """Log a picture: a PIL image or an array, as ``artifact_file`` or one of a series.

    Parameters
    ----------
    image
        A PIL image, or an array of shape (height, width) or (height, width, channels) with 1, 3 or
        4 channels: integers from 0 to 255, truth values, or fractions from 0 to 1.
    artifact_file
        Where it goes, such as ``plots/mask.png``.
    key, step, timestamp
        Instead: the name of a series, the step (0 unless given) and the time (ms since the epoch).

    Raises
    ------
    InvalidParameterValue
        It is no picture, or not exactly one of ``artifact_file`` and ``key`` is given.
    """
    name = files.image_name(artifact_file, key, step, timestamp)
    current_run().log_content(name, files.image_content(image, name))


def log_table(data: Any, artifact_file: str, run_id: str | None = None) -> None:
    """Log a table, or add its rows to the one of this name; read it with ``load_table``.

    Parameters
    ----------
    data
        A DataFrame, or a dictionary of columns (or of one row).
    artifact_file
        A name that ends with ``.json``.
    run_id
        Of another run than the active one.

    Raises
    ------
    InvalidParameterValue
        It is no table, or the name is none of a table.
    """
    from jupyter_mltrack.tracking import reading

    run = run_of(run_id)
    path = files.check_table_name(artifact_file)
    before = reading.find_file(run.run_id, path)
    run.log_content(path, files.table_content(data, before or b""))


def flush(timeout: float | None = None) -> bool:
    """Wait until the store holds everything logged so far; False when it does not.

    Without a ``timeout`` (s) a store that fails is not waited for: what was logged is safe in the
    journal. With one it is, that long.
    """
    session = sessions.find_session()
    return session.flush(timeout, patient=timeout is not None) if session else True


def _joined(directory: str | None, name: str) -> str:
    return f"{directory.rstrip('/')}/{name}" if directory else name
