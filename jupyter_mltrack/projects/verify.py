"""Whether a run comes out again: its notebook executed once more, and everything compared.

The verdict is kept on the run as tags, the details as the file ``verification.json`` of the run.
Open :mod:`.metrics`, :mod:`.figures`, :mod:`.data` for what is compared, :mod:`.causes` for why.
"""

import threading
import time
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from jupyter_mltrack.entities import Run, RunStatus
from jupyter_mltrack.entities.rerun_views import (
    CauseView,
    DataCheckView,
    FigureCheckView,
    MetricCheckView,
    RerunView,
    VerificationView,
)
from jupyter_mltrack.errors import InvalidParameterValue
from jupyter_mltrack.projects import metrics as measures
from jupyter_mltrack.projects.causes import (
    Evidence,
    find_causes,
    get_environments,
    list_detours,
)
from jupyter_mltrack.projects.data import check_data, list_changed_files
from jupyter_mltrack.projects.environments import Place, make_place
from jupyter_mltrack.projects.figures import check_figures
from jupyter_mltrack.projects.kernel import CANCELLED, FINISHED, Report, report_nothing
from jupyter_mltrack.projects.metrics import EXCLUDED, Tolerance, check_metrics
from jupyter_mltrack.projects.pairing import Pairing
from jupyter_mltrack.projects.places import check_is_no_rerun, working_directory
from jupyter_mltrack.projects.rerun import rerun_run
from jupyter_mltrack.projects.summary import describe_cause, summarize
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
    """Execute a run's notebook again, ``times`` times, and compare metrics, figures and data.

    More than once tells chance from other causes; each may take ``timeout`` seconds. The
    ``fresh_environment`` is made of the packages recorded with the run.

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
    if not 1 <= times <= MAX_TIMES:
        raise InvalidParameterValue(f"times must be from 1 to {MAX_TIMES}, not {times}.")
    case = _Case(store, run_id, tolerance or Tolerance())
    place = make_place(store, case.run, report=report, cancel=cancel, is_fresh=fresh_environment)
    options: dict[str, Any] = {"timeout": timeout, "report": report, "cancel": cancel}
    reruns: list[RerunView] = []
    while len(reruns) < times and all(one.outcome == FINISHED for one in reruns):
        reruns.append(rerun_run(store, run_id, python=place.python, **options))
    view = case.judge(reruns, place)
    if reruns[-1].outcome != CANCELLED:
        _keep(store, view)
    return view


class _Case:
    """A run to be verified, and what must be looked at before its notebook is executed."""

    def __init__(self, store: Store, run_id: str, tolerance: Tolerance) -> None:
        self.run = store.get_run(run_id)
        tolerance.check(self.run.data.summaries)
        self._store = store
        self._tolerance = tolerance
        self._notebook = export_notebook(store, run_id, outputs=False)
        self._sources = [
            cell["source"] for cell in self._notebook["cells"] if cell["cell_type"] == "code"
        ]
        # Before it is executed: it may write files of its own.
        self._changed_files = self._list_changed_files()

    def judge(self, reruns: Sequence[RerunView], place: Place) -> VerificationView:
        """What came of it."""
        checked = self._check_all(reruns)
        chosen = next((new for new, checks in checked.items() if _is_off(checks)), "")
        chosen = chosen or next(iter(checked), "")
        checks = checked.get(chosen, _Checks())
        verdict, summary = _verdict(reruns, checks)
        causes = self._find_causes(list(checked), chosen, checks, place) if chosen else []
        return VerificationView(
            run_id=self.run.info.run_id,
            run_name=self.run.info.run_name,
            verdict=verdict,
            summary=f"{summary}; {describe_cause(causes[0])}" if causes else summary,
            reruns=list(reruns),
            metrics=checks.metrics,
            figures=checks.figures,
            data=checks.data,
            causes=causes,
            rtol=self._tolerance.rtol,
            atol=self._tolerance.atol,
            tolerances=dict(self._tolerance.by_metric),
            environment=place.description,
            notes=[*place.notes, *reruns[0].notes, *_notes(self.run)],
            time=time.time_ns() // 1_000_000,
        )

    def _check_all(self, reruns: Sequence[RerunView]) -> dict[str, _Checks]:
        """The checks of each run that repeats this one, by its id."""
        store, run_id = self._store, self.run.info.run_id
        pairing = Pairing(store, self.run, self._notebook)
        return {
            new: _Checks(
                metrics=check_metrics(store, run_id, new, self._tolerance),
                figures=check_figures(store, run_id, new, pairing),
                data=check_data(self.run, store.get_run(new)),
            )
            for one in reruns
            if one.outcome == FINISHED and (new := one.new_run_id)
        }

    def _find_causes(
        self, new_run_ids: Sequence[str], chosen: str, checks: _Checks, place: Place
    ) -> list[CauseView]:
        if not _is_off(checks):
            return []
        store = self._store
        again = store.get_run(chosen)
        evidence = Evidence(
            sources=self._sources,
            data=checks.data,
            changed_files=self._changed_files,
            environments=get_environments(store, self.run, again, place.python),
            repeats=_agree(store, new_run_ids, self._tolerance),
            detours=list_detours(store, self.run),
        )
        return find_causes(evidence)

    def _list_changed_files(self) -> list[str]:
        info = self.run.info
        cells = self._store.list_run_cells(info.run_id)
        ends = [cell.end_time or cell.start_time for cell in cells]
        since = max([info.end_time or info.start_time, *ends])
        return list_changed_files(self._sources, working_directory(info.notebook_path), since)


def _notes(run: Run) -> list[str]:
    if run.info.status in RunStatus.TERMINAL:
        return []
    return ["The run itself has not ended; what it had so far was compared."]


def _is_off(checks: _Checks) -> bool:
    statuses = [check.status for check in checks.figures]
    statuses += [check.status for check in checks.data]
    is_other = any(status in (measures.DIFFERS, measures.MISSING) for status in statuses)
    return is_other or bool(measures.changed(checks.metrics))


def _verdict(reruns: Sequence[RerunView], checks: _Checks) -> tuple[str, str]:
    last = reruns[-1]
    if last.outcome == CANCELLED:
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


def _keep(store: Store, view: VerificationView) -> None:
    content = msgspec.json.format(msgspec.json.encode(view), indent=1)
    write_file(store, view.run_id, FILE, content, "application/json")
    store.set_run_tags(view.run_id, {VERDICT_TAG: view.verdict, SUMMARY_TAG: view.summary[:500]})
