"""Whether a run comes out again: its notebook executed once more, and everything compared.

The verdict is kept on the run as tags, the details as the file ``verification.json`` of the run.
Open :mod:`.metrics`, :mod:`.figures`, :mod:`.data` for what is compared, :mod:`.causes` for why.
"""

import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from jupyter_mltrack.entities import Run
from jupyter_mltrack.entities.rerun_views import (
    DataCheckView,
    FigureCheckView,
    MetricCheckView,
    RerunView,
    VerificationView,
)
from jupyter_mltrack.errors import InvalidParameterValue
from jupyter_mltrack.projects import metrics as measures
from jupyter_mltrack.projects.causes import Evidence, find_causes, get_environments
from jupyter_mltrack.projects.data import check_data, list_changed_files
from jupyter_mltrack.projects.environments import Place, make_place
from jupyter_mltrack.projects.figures import check_figures
from jupyter_mltrack.projects.kernel import FINISHED, Report, report_nothing
from jupyter_mltrack.projects.metrics import EXCLUDED, Tolerance, check_metrics
from jupyter_mltrack.projects.pairing import Pairing
from jupyter_mltrack.projects.places import check_is_no_rerun, working_directory
from jupyter_mltrack.projects.rerun import rerun_run
from jupyter_mltrack.projects.summary import summarize
from jupyter_mltrack.projects.writing import write_file
from jupyter_mltrack.query.export import export_notebook
from jupyter_mltrack.store.contract import Store

VERDICT_TAG: Final = "mltrack.verdict"
SUMMARY_TAG: Final = "mltrack.verdict.summary"
FILE: Final = "verification.json"
MAX_TIMES: Final = 20

REPRODUCED: Final = "reproduced"
DIFFERS: Final = "differs"
FAILED: Final = "failed"
UNKNOWN: Final = "unknown"


class _Checks(msgspec.Struct, frozen=True, kw_only=True):
    metrics: list[MetricCheckView] = []
    figures: list[FigureCheckView] = []
    data: list[DataCheckView] = []


def verify_run(
    store: Store,
    run_id: str,
    *,
    tolerance: Tolerance | None = None,
    times: int = 1,
    fresh_environment: bool = False,
    timeout: float | None = None,
    report: Report = report_nothing,
    cancel: threading.Event | None = None,
) -> VerificationView:
    """Execute a run's notebook again and compare metrics, figures and data with the run's.

    Parameters
    ----------
    tolerance : Tolerance
        How far metrics may be apart.
    times : int
        How often to execute it; more than once tells chance from other causes.
    fresh_environment : bool
        Whether to execute it in an environment made of the packages recorded with the run.
    timeout : float, optional
        Seconds that each execution may take.

    Raises
    ------
    ResourceDoesNotExist
        No run has this id, or no notebook cell made it.
    InvalidParameterValue
        A tolerance, ``times`` or ``timeout`` cannot be; or there is no recorded environment.
    EnvironmentFailed
        The environment could not be made; the message names the package.
    """
    check_is_no_rerun(f"verification of {run_id[:8]}")
    tolerance = tolerance or Tolerance()
    tolerance.check()
    if not 1 <= times <= MAX_TIMES:
        raise InvalidParameterValue(f"times must be from 1 to {MAX_TIMES}, not {times}.")
    run = store.get_run(run_id)
    notebook = export_notebook(store, run_id, outputs=False)
    changed_files = _changed_files(store, run, notebook)
    place = make_place(store, run, report=report, cancel=cancel, is_fresh=fresh_environment)
    reruns: list[RerunView] = []
    for _ in range(times):
        options: dict[str, Any] = {"timeout": timeout, "report": report, "cancel": cancel}
        reruns.append(rerun_run(store, run_id, python=place.python, **options))
        if reruns[-1].outcome != FINISHED:
            break
    view = _judge(store, run, notebook, tolerance, reruns, place, changed_files)
    if view.verdict != UNKNOWN or reruns[-1].outcome != "cancelled":
        _keep(store, view)
    return view


def _judge(
    store: Store,
    run: Run,
    notebook: Mapping[str, Any],
    tolerance: Tolerance,
    reruns: Sequence[RerunView],
    place: Place,
    changed_files: Sequence[str],
) -> VerificationView:
    checked = _check_all(store, run, notebook, tolerance, reruns)
    chosen = next((new for new, checks in checked.items() if _is_off(checks)), "")
    chosen = chosen or next(iter(checked), "")
    checks = checked.get(chosen, _Checks())
    verdict, summary = _verdict(reruns, checks)
    causes = []
    if verdict == DIFFERS:
        evidence = Evidence(
            sources=_sources(notebook),
            data=checks.data,
            changed_files=changed_files,
            environments=get_environments(store, run, store.get_run(chosen), place.python),
            repeats=_agree(store, list(checked), tolerance),
            detours=_detours(store, run),
        )
        causes = find_causes(evidence)
        summary = f"{summary}; likely cause: {causes[0].sentence}"
    return VerificationView(
        run_id=run.info.run_id,
        run_name=run.info.run_name,
        verdict=verdict,
        summary=summary,
        reruns=list(reruns),
        metrics=checks.metrics,
        figures=checks.figures,
        data=checks.data,
        causes=causes,
        rtol=tolerance.rtol,
        atol=tolerance.atol,
        tolerances=dict(tolerance.by_metric),
        environment=place.description,
        notes=[*place.notes, *reruns[0].notes],
        time=time.time_ns() // 1_000_000,
    )


def _check_all(
    store: Store,
    run: Run,
    notebook: Mapping[str, Any],
    tolerance: Tolerance,
    reruns: Sequence[RerunView],
) -> dict[str, _Checks]:
    """The checks of each run that repeats the original, by its id."""
    pairing = Pairing(store, run, notebook)
    run_id = run.info.run_id
    return {
        new: _Checks(
            metrics=check_metrics(store, run_id, new, tolerance),
            figures=check_figures(store, run_id, new, pairing),
            data=check_data(run, store.get_run(new)),
        )
        for one in reruns
        if one.outcome == FINISHED and (new := one.new_run_id)
    }


def _is_off(checks: _Checks) -> bool:
    statuses = [check.status for check in checks.figures]
    statuses += [check.status for check in checks.data]
    is_other = any(status in (measures.DIFFERS, measures.MISSING) for status in statuses)
    return is_other or bool(measures.changed(checks.metrics))


def _verdict(reruns: Sequence[RerunView], checks: _Checks) -> tuple[str, str]:
    last = reruns[-1]
    if last.outcome == "cancelled":
        return UNKNOWN, f"cancelled in cell {last.executed + 1} of {last.cells}"
    if last.outcome != FINISHED:
        what = "took too long" if last.outcome == "timeout" else "failed"
        place = f"cell {last.executed + 1} of {last.cells} ({last.error_cell})"
        return FAILED, f"{place} {what}"
    if not last.new_run_id:
        return UNKNOWN, "no run of the rerun corresponds to this one"
    summary = summarize(checks.metrics, checks.figures, checks.data)
    compared = [one for one in checks.metrics if one.status != EXCLUDED]
    if _is_off(checks):
        return DIFFERS, summary
    if not (compared or checks.figures or checks.data):
        return UNKNOWN, "the run has no metric, figure or data to compare"
    return REPRODUCED, summary


def _agree(store: Store, new_run_ids: Sequence[str], tolerance: Tolerance) -> bool | None:
    """Whether reruns gave the same as each other; None when there was one."""
    if len(new_run_ids) < 2:
        return None
    plain = msgspec.structs.replace(tolerance, by_metric={})
    first, *others = new_run_ids
    return not any(
        measures.changed(
            [c for c in check_metrics(store, first, other, plain) if c.status != EXCLUDED]
        )
        for other in others
    )


def _sources(notebook: Mapping[str, Any]) -> list[str]:
    return [cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "code"]


def _changed_files(store: Store, run: Run, notebook: Mapping[str, Any]) -> list[str]:
    ends = [cell.end_time or cell.start_time for cell in store.list_run_cells(run.info.run_id)]
    since = max([run.info.end_time or run.info.start_time, *ends])
    directory: Path = working_directory(run.info.notebook_path)
    return list_changed_files(_sources(notebook), directory, since)


def _detours(store: Store, run: Run) -> list[str]:
    """Why the notebook, executed from top to bottom, does not lead to the run."""
    del store, run
    return []


def _keep(store: Store, view: VerificationView) -> None:
    content = msgspec.json.format(msgspec.json.encode(view), indent=1)
    write_file(store, view.run_id, FILE, content, "application/json")
    store.set_run_tags(view.run_id, {VERDICT_TAG: view.verdict, SUMMARY_TAG: view.summary[:500]})
