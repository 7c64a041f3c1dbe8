"""What the records of an archive may say: only about what the archive itself brings."""

import re
from collections.abc import Callable
from typing import Any, Final

import msgspec

from jupyter_mltrack.capture.environment import digest_environment
from jupyter_mltrack.capture.revision import digest_cells
from jupyter_mltrack.entities import CellOutcome, RunStatus
from jupyter_mltrack.entities import events as ev
from jupyter_mltrack.errors import InvalidParameterValue
from jupyter_mltrack.settings import MAX_NAME_LENGTH
from jupyter_mltrack.tracking import values
from jupyter_mltrack.upkeep.reader import Archive
from jupyter_mltrack.upkeep.records import ArchivedFile

_ID: Final = re.compile(r"[0-9A-Za-z_.:-]{1,64}", re.ASCII)
_OUTCOMES: Final = frozenset(
    (
        CellOutcome.OK,
        CellOutcome.ERROR,
        CellOutcome.INTERRUPTED,
        CellOutcome.ABANDONED,
        CellOutcome.UNSEEN,
    )
)


class Contents:
    """What was seen so far of an archive; :func:`verify` fills it."""

    def __init__(self) -> None:
        self.sessions: set[str] = set()
        self.executions: set[str] = set()
        self.revisions: set[str] = set()
        self.runs: set[str] = set()
        self.ended: set[str] = set()
        self.models: set[str] = set()
        self.blobs: set[str] = set()


def verify(archive: Archive) -> Contents:
    """Read the whole archive once, and refuse it when anything in it is not as it must be.

    Raises
    ------
    InvalidParameterValue
        The first thing that is wrong.
    """
    contents = Contents()
    for record in archive.records():
        try:
            _check_integers(record)
            _CHECKS[type(record)](contents, record)
        except InvalidParameterValue as error:
            raise archive.refusal(str(error).rstrip(".")) from error
    unfinished = contents.runs - contents.ended
    if unfinished or len(contents.runs) != archive.manifest.runs:
        raise archive.refusal("it has other runs than its manifest says, or a run without an end")
    missing = next((one for one in contents.blobs if not archive.has_blob(one)), None)
    if missing is not None:
        raise archive.refusal(f"the blob {missing} is missing")
    archive.check_blobs()
    return contents


def _session(contents: Contents, record: ev.SessionStarted) -> None:
    _new(contents.sessions, record.session.session_id, "session")
    environment = record.environment
    if environment is not None:
        facts = (environment.python_version, environment.platform, environment.packages)
        if digest_environment(*facts) != environment.digest:
            raise InvalidParameterValue(
                f"the environment {environment.digest[:80]!r} has a wrong digest"
            )


def _session_end(contents: Contents, record: ev.SessionEnded) -> None:
    _known(contents.sessions, record.session_id, "session")


def _revision(contents: Contents, record: ev.RevisionSeen) -> None:
    revision = record.revision
    _new(contents.revisions, revision.digest, "revision")
    if digest_cells(revision.cells) != revision.digest:
        raise InvalidParameterValue(f"the revision {revision.digest!r} has a wrong digest")


def _cell(contents: Contents, record: ev.CellStarted) -> None:
    _known(contents.sessions, record.session_id, "session")
    _new(contents.executions, record.execution_id, "cell execution")
    if record.revision:
        _known(contents.revisions, record.revision, "revision")


def _output(contents: Contents, record: ev.CellOutput) -> None:
    _known(contents.executions, record.execution_id, "cell execution")
    if not 0 <= record.position < 1_000_000:
        raise InvalidParameterValue(f"an output has the position {record.position}")


def _cell_end(contents: Contents, record: ev.CellEnded) -> None:
    _known(contents.executions, record.execution_id, "cell execution")
    if record.outcome not in _OUTCOMES:
        raise InvalidParameterValue(f"{record.outcome[:80]!r} is no outcome of a cell")


def _experiment(_contents: Contents, record: ev.ExperimentSet) -> None:
    _experiment_name(record.name)
    _tags(record.tags)


def _run(contents: Contents, record: ev.RunStarted) -> None:
    _new(contents.runs, record.run_id, "run")
    _experiment_name(record.experiment)
    values.check_text(record.name, "run name", MAX_NAME_LENGTH)
    for name in (record.session_id, record.parent_run_id, record.experiment_id):
        if name and not _ID.fullmatch(name):
            raise InvalidParameterValue(f"{name[:80]!r} is no id")
    _execution(contents, record.execution_id)
    _tags(record.tags)


def _run_end(contents: Contents, record: ev.RunEnded) -> None:
    _known(contents.runs, record.run_id, "run")
    if record.status not in RunStatus.TERMINAL:
        raise InvalidParameterValue(f"{record.status[:80]!r} is no status of an ended run")
    contents.ended.add(record.run_id)


def _params(contents: Contents, record: ev.ParamsLogged) -> None:
    _open(contents, record.run_id)
    _execution(contents, record.execution_id)
    for key, value in record.params.items():
        values.check_param(values.check_key(key, "param"), value)


def _points(contents: Contents, record: ev.PackedPoints) -> None:
    _open(contents, record.run_id)
    _execution(contents, record.execution_id)
    values.check_key(record.key, "metric")
    sizes = {len(record.steps), len(record.times), len(record.values)}
    if len(sizes) != 1 or sizes.pop() % 8 or not record.steps:
        raise InvalidParameterValue(f"the metric {record.key!r} has columns of unequal length")


def _file(contents: Contents, record: ArchivedFile) -> None:
    _open(contents, record.run_id)
    _execution(contents, record.execution_id)
    if values.check_artifact_path(record.path) != record.path:
        raise InvalidParameterValue(f"{record.path[:80]!r} is no path of an artifact")
    contents.blobs.add(record.digest)


def _dataset(contents: Contents, record: ev.DatasetLogged) -> None:
    _open(contents, record.run_id)
    if not _ID.fullmatch(record.dataset.digest):
        raise InvalidParameterValue(f"{record.dataset.digest[:80]!r} is no digest of a dataset")


def _model(contents: Contents, record: ev.ModelLogged) -> None:
    _open(contents, record.run_id)
    _new(contents.models, record.model.model_id, "model")
    _execution(contents, record.execution_id)
    if values.check_artifact_path(record.model.artifact_path) != record.model.artifact_path:
        raise InvalidParameterValue(f"{record.model.artifact_path[:80]!r} is no path of a model")


def _link(contents: Contents, record: ev.RunCellLinked) -> None:
    _open(contents, record.run_id)
    _known(contents.executions, record.execution_id, "cell execution")


_CHECKS: Final[dict[type[ev.Event], Callable[[Contents, Any], None]]] = {
    ev.SessionStarted: _session,
    ev.SessionEnded: _session_end,
    ev.RevisionSeen: _revision,
    ev.CellStarted: _cell,
    ev.CellOutput: _output,
    ev.CellEnded: _cell_end,
    ev.ExperimentSet: _experiment,
    ev.RunStarted: _run,
    ev.RunEnded: _run_end,
    ev.ParamsLogged: _params,
    ev.PackedPoints: _points,
    ArchivedFile: _file,
    ev.DatasetLogged: _dataset,
    ev.ModelLogged: _model,
    ev.RunCellLinked: _link,
}


def _new(seen: set[str], name: str, kind: str) -> None:
    if not _ID.fullmatch(name):
        raise InvalidParameterValue(f"{name[:80]!r} is no id of a {kind}")
    if name in seen:
        raise InvalidParameterValue(f"the {kind} {name!r} is in it twice")
    seen.add(name)


def _known(seen: set[str], name: str, kind: str) -> None:
    if name not in seen:
        raise InvalidParameterValue(f"a record speaks of the {kind} {name[:80]!r}, not in it")


def _open(contents: Contents, run_id: str) -> None:
    _known(contents.runs, run_id, "run")
    if run_id in contents.ended:
        raise InvalidParameterValue(f"the run {run_id!r} goes on after its end")


def _execution(contents: Contents, execution_id: str) -> None:
    if execution_id:
        _known(contents.executions, execution_id, "cell execution")


def _experiment_name(name: str) -> None:
    if not values.check_text(name, "experiment name", MAX_NAME_LENGTH).strip():
        raise InvalidParameterValue("an experiment has no name")


def _tags(tags: dict[str, str]) -> None:
    for key, value in tags.items():
        values.check_tag(values.check_key(key, "tag"), value)


def _check_integers(record: ev.Event) -> None:
    # MessagePack has integers of 64 bits without a sign, which no database column takes.
    pending: list[Any] = [record]
    while pending:
        value = pending.pop()
        if isinstance(value, msgspec.Struct):
            pending += [getattr(value, name) for name in value.__struct_fields__]
        elif isinstance(value, list):
            pending += value
        elif isinstance(value, int) and not -(2**63) <= value < 2**63:
            raise InvalidParameterValue(f"the number {value} does not fit into 64 bits")
