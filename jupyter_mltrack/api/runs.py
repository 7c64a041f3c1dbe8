"""MLflow's functions about the run at hand: the last one, its parent, its files, its data."""

import os
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

from jupyter_mltrack import settings
from jupyter_mltrack.api.client import MlflowClient
from jupyter_mltrack.api.search import get_run
from jupyter_mltrack.capture.data import fingerprint
from jupyter_mltrack.entities import Dataset, Run
from jupyter_mltrack.errors import InvalidParameterValue
from jupyter_mltrack.tracking import session as sessions
from jupyter_mltrack.tracking.active import ActiveRun, find_active_run
from jupyter_mltrack.tracking.cells import find_cell
from jupyter_mltrack.tracking.files import stream_content
from jupyter_mltrack.tracking.fluent import current_run, flush, run_of
from jupyter_mltrack.tracking.values import check_artifact_path, check_text


def last_active_run() -> Run | None:
    """The active run, else the one that was written to or ended last; None before the first."""
    session = sessions.find_session()
    run = find_active_run() or _last_of_cell()
    if run is None and session is not None and session.ended_runs:
        run = session.ended_runs[-1]
    return get_run(run.run_id) if run is not None else None


def _last_of_cell() -> ActiveRun | None:
    cell = find_cell()
    if cell is None:
        return None
    return cell.runs[-1] if cell.runs else cell.implicit_run


def get_parent_run(run_id: str) -> Run | None:
    """The run that this one is a child of, or None; raises ResourceDoesNotExist."""
    return MlflowClient().get_parent_run(run_id)


def get_artifact_uri(artifact_path: str | None = None) -> str:
    """Where the active run's files are named from, or one of them, for ``download_artifacts``.

    Raises
    ------
    InvalidParameterValue
        The path is not inside the run.
    """
    uri = current_run().info.artifact_uri
    inside = artifact_path not in (None, "", ".")
    return f"{uri}/{check_artifact_path(str(artifact_path))}" if inside else uri


def is_tracking_uri_set() -> bool:
    """Whether a store was chosen, by ``set_tracking_uri`` or by ``MLTRACK_STORE``."""
    return sessions.is_store_chosen() or bool(os.environ.get(settings.STORE_VARIABLE))


def flush_async_logging() -> None:
    """Wait until the store holds everything logged so far; ``flush`` says whether it does."""
    flush()


def log_stream(stream: BinaryIO, artifact_file: str, run_id: str | None = None) -> None:
    """Log what a binary stream still has as a file of the active run, or of the one named.

    Raises
    ------
    InvalidParameterValue
        It gives no bytes, or the path is not inside the run.
    """
    run_of(run_id).log_content(artifact_file, stream_content(stream))


def log_input(
    dataset: Any,
    context: str | None = None,
    tags: Mapping[str, str] | None = None,
) -> None:
    """Log the fingerprint of data that entered the active run: name, shape, columns, digest.

    Parameters
    ----------
    dataset
        What a function of ``mltrack.data`` returns; or the data itself: an array, a frame, a list.
    context
        What it is used for, such as ``train``.
    tags
        Not kept: leave them out.

    Raises
    ------
    InvalidParameterValue
        It is not known as data, or tags are given.
    """
    if tags:
        raise InvalidParameterValue("Tags of a dataset are not kept: set them on the run.")
    current_run().log_dataset(_to_dataset(dataset), _text(context))


def log_inputs(
    datasets: Sequence[Any] | None = None,
    contexts: Sequence[str | None] | None = None,
    tags_list: Sequence[Mapping[str, str] | None] | None = None,
) -> None:
    """Log several datasets, each with its context, all or none; raises as :func:`log_input`."""
    datasets = [] if datasets is None else datasets
    contexts = contexts or [None] * len(datasets)
    if len(contexts) != len(datasets):
        raise InvalidParameterValue(
            f"{len(datasets)} datasets have {len(contexts)} contexts: give one for each."
        )
    if any(tags_list or ()):
        raise InvalidParameterValue("Tags of a dataset are not kept: set them on the run.")
    pairs = zip(datasets, contexts, strict=True)
    found = [(_to_dataset(one), _text(context)) for one, context in pairs]
    for dataset, context in found:
        current_run().log_dataset(dataset, context)


def _to_dataset(data: Any) -> Dataset:
    found = data if isinstance(data, Dataset) else fingerprint(data)
    if found is None:
        raise InvalidParameterValue(
            f"A {type(data).__name__} is not known as data. Give an array, a frame, a list, or "
            "what mltrack.data.from_pandas returns."
        )
    return found


def _text(context: str | None) -> str:
    if context is not None and not isinstance(context, str):
        raise InvalidParameterValue(f"A context is text such as 'train', not {context!r}.")
    return check_text(context or "", "context", settings.MAX_KEY_LENGTH)
