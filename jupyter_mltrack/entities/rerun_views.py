"""What a reader is shown of runs made again: reruns, verdicts, restored notebooks, jobs."""

from jupyter_mltrack.entities.metric import Number
from jupyter_mltrack.entities.views import View


class RerunView(View, frozen=True, kw_only=True):
    """A run's notebook executed again.

    ``outcome`` is ``finished``, ``failed`` (a cell raised, or the kernel died), ``timeout`` or
    ``cancelled``. ``new_run_id`` is the run that repeats ``run_id``, empty when none was made;
    ``run_ids`` are all that were made. ``cells`` were to be executed and ``executed`` were, whole.
    ``error`` has the traceback of the cell whose title is ``error_cell``; ``notes`` are sentences.
    """

    run_id: str
    run_name: str
    outcome: str
    new_run_id: str
    run_ids: list[str]
    parameters: dict[str, str]
    cells: int
    executed: int
    seconds: float
    error: str
    error_cell: str
    notes: list[str]


class MetricCheckView(View, frozen=True, kw_only=True):
    """A metric of the run and of its rerun.

    ``status`` is ``same``, ``differs``, ``missing`` (not in the rerun), ``new`` (only there) or
    ``excluded`` (a duration, or measured unasked of another number of rows). The values are those
    at ``step``, where they differ most or, when they agree, last; ``points`` counts those of the
    run and ``rerun_points`` those of the rerun.
    """

    key: str
    status: str
    original: Number | None
    rerun: Number | None
    absolute: Number | None
    relative: Number | None
    step: int | None
    points: int
    rerun_points: int


class FigureCheckView(View, frozen=True, kw_only=True):
    """A picture of the run and of its rerun.

    ``status`` is ``same`` (byte by byte), ``similar``, ``differs`` or ``missing``; ``difference``
    is that of the mean colour of the 8 x 8 pixels that differ most, from 0 (none) to 1; None when
    it was not measured (sizes or formats differ).
    """

    title: str
    status: str
    difference: float | None
    original_digest: str
    rerun_digest: str


class DataCheckView(View, frozen=True, kw_only=True):
    """Data that entered the run and its rerun; ``status`` is ``same``, ``differs``, ``missing``."""

    name: str
    context: str
    status: str
    original_digest: str
    rerun_digest: str


class CauseView(View, frozen=True, kw_only=True):
    """Why a rerun differs, as far as there is evidence; the likeliest comes first.

    ``kind`` is ``data``, ``packages``, ``python``, ``seed``, ``notebook``, ``chance`` or
    ``unknown``.
    """

    kind: str
    sentence: str
    evidence: list[str]


class VerificationView(View, frozen=True, kw_only=True):
    """Whether a run comes out again: ``reproduced``, ``differs``, ``failed`` or ``unknown``.

    ``environment`` says what it was executed in; ``reruns`` lists each execution, of which the
    checks compare the first that differs, if any does.
    """

    run_id: str
    run_name: str
    verdict: str
    summary: str
    reruns: list[RerunView]
    metrics: list[MetricCheckView]
    figures: list[FigureCheckView]
    data: list[DataCheckView]
    causes: list[CauseView]
    rtol: float
    atol: float
    tolerances: dict[str, float]
    environment: str
    notes: list[str]
    time: int


class RestoredView(View, frozen=True, kw_only=True):
    """A notebook that was written as it stood.

    ``in_place`` when it took the place of the present file, whose bytes are the artifact ``before``
    of the run. ``notes`` are sentences.
    """

    run_id: str
    path: str
    in_place: bool
    before: str
    notes: list[str]


class JobView(View, frozen=True, kw_only=True):
    """A rerun or verification that a server does.

    ``kind`` is ``rerun`` or ``verify``; ``state`` is ``queued``, ``running``, ``done``, ``failed``
    or ``cancelled``. ``cell`` of ``cells`` is under way; ``message`` says what is done, or what
    went wrong. ``rerun`` or ``verification`` is the result.
    """

    job_id: str
    kind: str
    run_id: str
    state: str
    cell: int
    cells: int
    message: str
    start_time: int
    end_time: int | None
    rerun: RerunView | None
    verification: VerificationView | None


class JobsView(View, frozen=True, kw_only=True):
    """The jobs of a server, the newest first."""

    jobs: list[JobView]
