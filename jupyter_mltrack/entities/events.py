"""What a session writes to its journal, and the drainer applies to the store, in this order.

Records are MessagePack arrays tagged with a short name; fields may be added at the end with a
default, never removed or reordered, so that a journal written by an older version can be drained.
"""

from array import array
from typing import Final

import msgspec

from jupyter_mltrack.entities.dataset import Dataset
from jupyter_mltrack.entities.identity import Notebook
from jupyter_mltrack.entities.model import LoggedModel
from jupyter_mltrack.entities.notebook import (
    Environment,
    Output,
    Revision,
    RevisionCell,
    Session,
)

MAX_INLINE_BYTES: Final = 1 << 20
"""Content above this size (bytes) is spooled to a file beside the journal, not put in a record."""


class Event(msgspec.Struct, array_like=True, frozen=True):
    """Base of all journal records."""


class SessionStarted(Event, frozen=True, tag="session"):
    """Tracking went on (again); applied twice it updates the session's facts."""

    session: Session
    environment: Environment | None = None


class TrackingStopped(Event, frozen=True, tag="stopped"):
    """``%mltrack stop``: the session lives on, untracked."""

    session_id: str
    time: int


class SessionEnded(Event, frozen=True, tag="ended"):
    """An orderly end; a session without it was killed."""

    session_id: str
    time: int


class RevisionSeen(Event, frozen=True, tag="revision"):
    """A notebook revision not written by this session before."""

    revision: Revision


class RevisionChanged(Event, frozen=True, tag="changed"):
    """A revision not written before, as what differs from one that was.

    A splice (start, stop, cells) replaces the cells start:stop of the revision ``base``.
    """

    digest: str
    base: str
    notebook_path: str
    layer: str
    language: str
    splices: list[tuple[int, int, list[RevisionCell]]]


class CellStarted(Event, frozen=True, tag="cell"):
    """A cell began to execute."""

    execution_id: str
    session_id: str
    cell_id: str
    source: str
    execution_count: int | None
    time: int
    revision: str = ""
    notebook_path: str = ""


class CellOutput(Event, frozen=True, tag="output"):
    """Something a cell showed. A later output with the same ``position`` replaces it."""

    execution_id: str
    position: int
    output: Output


class CellOutputsCleared(Event, frozen=True, tag="cleared"):
    """``clear_output``: what the cell showed so far is gone."""

    execution_id: str


class CellEnded(Event, frozen=True, tag="cellend"):
    """A cell execution ended with an outcome of :class:`CellOutcome`."""

    execution_id: str
    time: int
    outcome: str
    error: str = ""


class ExperimentSet(Event, frozen=True, tag="experiment"):
    """Create the experiment of this name when no active one has it."""

    name: str
    time: int
    tags: dict[str, str] = {}


class RunStarted(Event, frozen=True, tag="run"):
    """A run began. ``experiment_id`` wins over ``experiment`` (a name) when both are given."""

    run_id: str
    session_id: str
    experiment: str
    name: str
    time: int
    user: str = ""
    experiment_id: str = ""
    parent_run_id: str = ""
    execution_id: str = ""
    tags: dict[str, str] = {}
    resumed: bool = False


class RunEnded(Event, frozen=True, tag="end"):
    """A run reached a terminal status."""

    run_id: str
    status: str
    time: int


class ParamsLogged(Event, frozen=True, tag="params"):
    """Params of a run, as text."""

    run_id: str
    params: dict[str, str]
    execution_id: str = ""


class MetricLogged(Event, frozen=True, tag="m"):
    """One metric point: the hot path, hence the short tag."""

    run_id: str
    key: str
    value: float
    time: int
    step: int = 0
    execution_id: str = ""


class MetricsLogged(Event, frozen=True, tag="ms"):
    """A point of each of several metrics, at the same time and step."""

    run_id: str
    metrics: dict[str, float]
    time: int
    step: int = 0
    execution_id: str = ""


class SeriesOpened(Event, frozen=True, tag="series"):
    """The number that stands for a series in the point records of the same segment."""

    series: int
    run_id: str
    key: str
    execution_id: str = ""


class MetricPoints(Event, frozen=True):
    """A stretch of a series' points in the order logged; only in memory, never in a journal.

    ``steps`` and ``times`` (ms) are arrays of type ``q``, ``values`` one of type ``d``.
    """

    run_id: str
    key: str
    steps: "array[int]"
    times: "array[int]"
    values: "array[float]"
    execution_id: str = ""


class PackedPoints(Event, frozen=True, tag="points"):
    """:class:`MetricPoints` as bytes: what the store keeps of a stretch it could not apply."""

    run_id: str
    key: str
    steps: bytes
    times: bytes
    values: bytes
    execution_id: str = ""


class TagsSet(Event, frozen=True, tag="tags"):
    """Tags of a run; None deletes one. ``mlflow.runName`` renames the run."""

    run_id: str
    tags: dict[str, str | None]


class ArtifactLogged(Event, frozen=True, tag="artifact"):
    """A file of a run: its bytes inline, or the name of a spool file beside the journal."""

    run_id: str
    path: str
    media_type: str
    content: bytes = b""
    spool: str = ""
    execution_id: str = ""


class DatasetLogged(Event, frozen=True, tag="dataset"):
    """Data that entered a run."""

    run_id: str
    dataset: Dataset
    context: str = ""


class ModelLogged(Event, frozen=True, tag="model"):
    """A model of a run; its files are artifacts below ``model.artifact_path``."""

    run_id: str
    model: LoggedModel
    execution_id: str = ""


class RunCellLinked(Event, frozen=True, tag="link"):
    """A later cell execution measured or used a run's model, so its plots belong to the run too."""

    run_id: str
    execution_id: str


class NotebookSeen(Event, frozen=True, tag="notebook"):
    """Which notebook had ``notebook.path`` in a session; told again, it is seen there last."""

    session_id: str
    notebook: Notebook


AnyEvent = (
    SessionStarted
    | TrackingStopped
    | SessionEnded
    | RevisionSeen
    | CellStarted
    | CellOutput
    | CellOutputsCleared
    | CellEnded
    | ExperimentSet
    | RunStarted
    | RunEnded
    | ParamsLogged
    | MetricLogged
    | MetricsLogged
    | SeriesOpened
    | PackedPoints
    | TagsSet
    | ArtifactLogged
    | DatasetLogged
    | ModelLogged
    | RunCellLinked
    | NotebookSeen
    | RevisionChanged
)


def pack_points(points: MetricPoints) -> PackedPoints:
    """The same points as bytes."""
    return PackedPoints(
        points.run_id,
        points.key,
        points.steps.tobytes(),
        points.times.tobytes(),
        points.values.tobytes(),
        points.execution_id,
    )


def unpack_points(packed: PackedPoints) -> MetricPoints:
    """The same points as columns."""
    return MetricPoints(
        packed.run_id,
        packed.key,
        array("q", packed.steps),
        array("q", packed.times),
        array("d", packed.values),
        packed.execution_id,
    )
