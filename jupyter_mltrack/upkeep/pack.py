"""Runs and all that belongs to them, as one file."""

import base64
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from jupyter_mltrack.capture.revision import digest_cells
from jupyter_mltrack.entities import CellExecution, CellOutcome, Output, Revision, Run, RunStatus
from jupyter_mltrack.entities import events as ev
from jupyter_mltrack.errors import InvalidParameterValue
from jupyter_mltrack.store.contract import ReadStore, Series, StoredOutput
from jupyter_mltrack.upkeep.reader import open_archive
from jupyter_mltrack.upkeep.records import MAX_BYTES, ArchivedFile
from jupyter_mltrack.upkeep.verify import verify
from jupyter_mltrack.upkeep.writer import ArchiveWriter, open_archive_writer

_STRETCH: Final = 200_000
"""Points of one record at most."""


class Packed(msgspec.Struct, frozen=True, kw_only=True):
    """What was packed; ``unfinished`` are names of runs that go on, packed as KILLED for now."""

    path: str
    size: int
    runs: list[str]
    cells: int
    files: int
    unfinished: list[str] = []


def pack_runs(
    store: ReadStore, run_ids: Sequence[str], path: Path, *, force: bool = False
) -> Packed:
    """Write runs, the runs above and below them, and their notebooks to one file.

    The notebook of a run is what ran in its session up to the last cell that belongs to it.

    Raises
    ------
    InvalidParameterValue
        There is nothing to pack, or the file is there already (and not ``force``), or cannot be
        written.
    """
    if path.exists() and not force:
        raise InvalidParameterValue(f"{path} is there already. Write over it: --force")
    runs = store.list_runs(_families(store, run_ids))
    if not runs:
        raise InvalidParameterValue("There is no such run to pack. See them: mltrack runs")
    cells = _leading_cells(store, runs)
    with open_archive_writer(path) as writer:
        _write_notebooks(store, writer, runs, cells)
        files = _write_runs(store, writer, runs, {cell.execution_id for cell in cells})
        for session_id, end_time in _session_ends(store, runs, cells).items():
            writer.write(ev.SessionEnded(session_id, end_time))
    # What we would refuse to read must not be said to be packed.
    with open_archive(path, max(MAX_BYTES, path.stat().st_size * 200)) as archive:
        verify(archive)
    return Packed(
        path=str(path),
        size=path.stat().st_size,
        runs=[run.info.run_id for run in runs],
        cells=len(cells),
        files=files,
        unfinished=[run.info.run_name for run in runs if not _is_over(run)],
    )


def _families(store: ReadStore, run_ids: Sequence[str]) -> list[str]:
    """The runs with those above and all below them, parents before their children."""
    found = dict.fromkeys(run_ids)
    level = list(run_ids)
    while level:
        level = [child for one in level for child in store.list_child_ids(one)]
        level = [child for child in dict.fromkeys(level) if child not in found]
        found |= dict.fromkeys(level)
    above = store.list_runs(list(run_ids))
    ancestors: dict[str, None] = {}
    while above:
        parents = {run.info.parent_run_id for run in above} - {"", *found, *ancestors}
        above = store.list_runs(sorted(parents))
        ancestors = dict.fromkeys(run.info.run_id for run in above) | ancestors
    return [*ancestors, *found]


def _leading_cells(store: ReadStore, runs: Sequence[Run]) -> list[CellExecution]:
    """What ran in each run's sessions up to the last cell that belongs to the run."""
    last: dict[str, set[str]] = {}
    for run in runs:
        for cell in store.list_run_cells(run.info.run_id):
            last.setdefault(cell.session_id, set()).add(cell.execution_id)
    chosen: list[CellExecution] = []
    for session_id, own in last.items():
        if store.find_session(session_id) is None:
            continue
        cells = store.list_session_cells(session_id)
        end = max(i for i, cell in enumerate(cells) if cell.execution_id in own)
        chosen += cells[: end + 1]
    return chosen


def _write_notebooks(
    store: ReadStore, writer: ArchiveWriter, runs: Sequence[Run], cells: Sequence[CellExecution]
) -> None:
    environments: set[str] = set()
    for session_id in _session_ids(runs, cells):
        session = store.find_session(session_id)
        if session is None:
            continue
        known = session.environment in environments
        environment = None if known else store.find_environment(session.environment)
        environments.add(session.environment)
        writer.write(ev.SessionStarted(session, environment))
    digests: dict[str, str] = {"": ""}
    for digest in dict.fromkeys(cell.revision for cell in cells if cell.revision):
        revision = _verifiable(store.get_revision(digest))
        if revision.digest not in digests.values():
            writer.write(ev.RevisionSeen(revision))
        digests[digest] = revision.digest
    for cell in cells:
        for event in _cell_events(store, cell, digests[cell.revision]):
            writer.write(event)


def _verifiable(revision: Revision) -> Revision:
    """The revision as its digest says it is; a server has a picture of NUL where a cell has one."""
    if digest_cells(revision.cells) == revision.digest:
        return revision
    cells = [
        msgspec.structs.replace(cell, source=cell.source.replace("\u2400", "\0"))
        for cell in revision.cells
    ]
    return msgspec.structs.replace(revision, cells=cells, digest=digest_cells(cells))


def _cell_events(store: ReadStore, cell: CellExecution, revision: str) -> Iterator[ev.Event]:
    yield ev.CellStarted(
        cell.execution_id,
        cell.session_id,
        cell.cell_id,
        cell.source,
        cell.execution_count,
        cell.start_time,
        revision,
        cell.notebook_path,
    )
    for position, output in enumerate(store.list_outputs(cell.execution_id)):
        yield ev.CellOutput(cell.execution_id, position, _whole_output(store, output))
    running = cell.outcome == CellOutcome.RUNNING
    outcome = CellOutcome.ABANDONED if running else cell.outcome
    end_time = cell.start_time if cell.end_time is None else cell.end_time
    yield ev.CellEnded(cell.execution_id, end_time, outcome, cell.error)


def _whole_output(store: ReadStore, output: StoredOutput) -> Output:
    """An output as the cell showed it: what the store keeps as blobs is text again."""
    data = dict(output.data)
    for media_type, digest in output.blobs.items():
        content = store.read_blob(digest)
        binary = media_type.startswith(("image/", "audio/", "video/", "application/pdf"))
        if binary and media_type != "image/svg+xml":
            data[media_type] = base64.b64encode(content).decode()
        else:
            data[media_type] = content.decode("utf-8", "replace")
    return Output(
        output_type=output.output_type,
        data=data,
        name=output.name,
        display_id=output.display_id,
        truncated=output.truncated,
    )


def _write_runs(
    store: ReadStore, writer: ArchiveWriter, runs: Sequence[Run], executions: set[str]
) -> int:
    experiments: set[str] = set()
    files = 0

    def known(execution_id: str) -> str:
        return execution_id if execution_id in executions else ""

    for run in runs:
        experiment = store.get_experiment(run.info.experiment_id)
        if experiment.name not in experiments:
            experiments.add(experiment.name)
            tags = dict(experiment.tags)
            writer.write(ev.ExperimentSet(experiment.name, experiment.creation_time, tags))
        for event in _run_events(store, run, experiment.name, known):
            writer.write(event)
            if isinstance(event, ArchivedFile):
                files += 1
                if not writer.has_blob(event.digest):
                    writer.write_blob(event.digest, store.read_blob(event.digest))
    return files


def _run_events(
    store: ReadStore, run: Run, experiment: str, known: Callable[[str], str]
) -> Iterator[ev.Event]:
    info = run.info
    yield ev.RunStarted(
        info.run_id,
        info.session_id,
        experiment,
        info.run_name,
        info.start_time,
        info.user_id,
        info.experiment_id,
        info.parent_run_id,
        known(info.execution_id),
        run.data.tags,
    )
    lineage = store.get_lineage(info.run_id)
    for execution_id, params in _by_execution(run.data.params, lineage.params).items():
        yield ev.ParamsLogged(info.run_id, params, known(execution_id))
    for key, series in store.list_series(info.run_id).items():
        yield from _stretches(info.run_id, key, series, known)
    for file in store.list_artifacts(info.run_id):
        execution_id = known(file.execution_id)
        yield ArchivedFile(info.run_id, file.path, file.media_type, file.digest, execution_id)
    for given in run.inputs.dataset_inputs:
        yield ev.DatasetLogged(info.run_id, given.dataset, given.context)
    for model in store.list_models(info.run_id):
        execution_id = known(lineage.models.get(model.model_id, ""))
        yield ev.ModelLogged(info.run_id, model, execution_id)
    for execution_id in lineage.links:
        if known(execution_id):
            yield ev.RunCellLinked(info.run_id, execution_id)
    status = info.status if _is_over(run) else RunStatus.KILLED
    yield ev.RunEnded(info.run_id, status, info.end_time or _now())


def _by_execution(params: dict[str, str], executions: dict[str, str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for key, value in params.items():
        found.setdefault(executions.get(key, ""), {})[key] = value
    return found


def _stretches(
    run_id: str, key: str, series: Series, known: Callable[[str], str]
) -> Iterator[ev.Event]:
    start = 0
    for execution_id, count in series.executions:
        end = start + count
        for at in range(start, end, _STRETCH):
            part = slice(at, min(at + _STRETCH, end))
            yield ev.PackedPoints(
                run_id,
                key,
                series.steps[part].tobytes(),
                series.times[part].tobytes(),
                series.values[part].tobytes(),
                known(execution_id),
            )
        start = end


def _session_ends(
    store: ReadStore, runs: Sequence[Run], cells: Sequence[CellExecution]
) -> dict[str, int]:
    found = {one: store.find_session(one) for one in _session_ids(runs, cells)}
    return {
        session_id: session.end_time or _now() for session_id, session in found.items() if session
    }


def _session_ids(runs: Iterable[Run], cells: Iterable[CellExecution]) -> list[str]:
    of_runs = (run.info.session_id for run in runs)
    of_cells = (cell.session_id for cell in cells)
    return [one for one in dict.fromkeys((*of_runs, *of_cells)) if one]


def _is_over(run: Run) -> bool:
    return run.info.status in RunStatus.TERMINAL


def _now() -> int:
    return time.time_ns() // 1_000_000
