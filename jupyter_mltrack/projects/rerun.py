"""A run's notebook executed once more, in a fresh kernel, tracked into the same store.

Each run that comes of it becomes a child of the run it repeats, named after it, with the tag
``mltrack.rerunOf``; runs inside others (of a search) stay below the one that made them. Open
:mod:`.kernel` next, which executes, and :mod:`.pairing`, which says what repeats what.
"""

import json
import os
import re
import sys
import threading
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Final

from jupyter_mltrack.capture.redaction import Redactor, redact_value
from jupyter_mltrack.entities import Run
from jupyter_mltrack.entities.rerun_views import RerunView
from jupyter_mltrack.errors import InvalidParameterValue
from jupyter_mltrack.projects.kernel import (
    Execution,
    KernelSettings,
    Progress,
    Report,
    execute_notebook,
    report_nothing,
)
from jupyter_mltrack.projects.pairing import RERUN_TAG, Pairing, list_session_runs
from jupyter_mltrack.projects.places import (
    RERUN_VARIABLE,
    check_is_no_rerun,
    working_directory,
)
from jupyter_mltrack.query.export import export_notebook
from jupyter_mltrack.query.export.notebook import list_notes
from jupyter_mltrack.settings import MAX_NAME_LENGTH, MAX_TAG_LENGTH, STORE_VARIABLE
from jupyter_mltrack.store.contract import Store
from jupyter_mltrack.tracking.drainer import drain_orphans
from jupyter_mltrack.tracking.problems import problems

PARAMETERS_TAG: Final = "mltrack.rerunParameters"
NOTEBOOK_VARIABLE: Final = "MLTRACK_NOTEBOOK"

_SUFFIX: Final = re.compile(r" \(rerun(?: \d+)?\)\Z")
_LOADS: Final = re.compile(r"load_ext\s+jupyter_mltrack|start_tracking\(")
_STARTS: Final = re.compile(r"%mltrack\s+start\b|start_tracking\(")
# What tells a kernel whose child it is; the new one is nobody's.
_OF_A_FRONT_END: Final = ("JPY_", "VSCODE_", "COLAB_", "KAGGLE_", NOTEBOOK_VARIABLE)


def rerun_run(
    store: Store,
    run_id: str,
    parameters: Mapping[str, object] | None = None,
    *,
    timeout: float | None = None,
    report: Report = report_nothing,
    cancel: threading.Event | None = None,
    python: str = sys.executable,
) -> RerunView:
    """Execute the cells that led to a run, in the order they ran, in a fresh kernel of ``python``.

    It runs in the directory of the run's notebook when that is here, else in the current one, and
    ends after ``timeout`` seconds, once ``cancel`` is set, or when the caller is interrupted.
    ``report`` is called before each cell.

    Raises
    ------
    ResourceDoesNotExist
        No run has this id, or no notebook cell made it.
    InvalidParameterValue
        A parameter is none of the notebook, or ``timeout`` is not a positive number.
    """
    check_is_no_rerun(f"rerun of {run_id[:8]}")
    if timeout is not None and not timeout > 0:
        raise InvalidParameterValue(f"timeout must be a number of seconds above 0, not {timeout}.")
    run = store.get_run(run_id)
    notebook = export_notebook(store, run_id, parameters=parameters, outputs=False)
    repeats = Repeats(store, run, notebook)
    execution = execute_notebook(
        notebook,
        _settings(store, run, notebook, repeats.kernel_id, python),
        timeout=timeout,
        report=repeats.follow(report),
        cancel=cancel,
    )
    drain_orphans(store, store.uri)
    repeats.link()
    return _view(run, notebook, execution, repeats)


class Repeats:
    """Finds the runs a rerun makes in the store and links each to the run it repeats."""

    def __init__(self, store: Store, run: Run, notebook: Mapping[str, Any]) -> None:
        self.kernel_id = f"rerun-{uuid.uuid4().hex}"
        self.originals: dict[str, str] = {}
        """Id of the repeated run by id of the new run; empty where it repeats none."""
        self._store = store
        self._run = run
        self._pairing = Pairing(store, run, notebook)
        self._parameters = _parameters_of(notebook)

    def find_repetition(self) -> str:
        """Id of the run that repeats the one that was asked for; empty when there is none."""
        wanted = self._run.info.run_id
        return next((new for new, old in self.originals.items() if old == wanted), "")

    def follow(self, report: Report) -> Callable[[Progress], None]:
        """Link what has come so far each time progress is reported."""

        def link_and_report(progress: Progress) -> None:
            with problems.caught("linking the runs of a rerun"):
                self.link()
            report(progress)

        return link_and_report

    def link(self) -> None:
        """Link the runs that are in the store and were not linked yet."""
        for session in self._store.list_sessions(self.kernel_id):
            runs = list_session_runs(self._store, session.session_id)
            new = [run for run in runs if run.info.run_id not in self.originals]
            if new:
                cells = self._store.list_session_cells(session.session_id)
                pairs = self._pairing.pair(cells, runs)
                for run in new:
                    self._link(run, pairs.get(run.info.run_id))

    def _link(self, run: Run, original: Run | None) -> None:
        tags: dict[str, str | None] = {}
        if original is not None:
            tags[RERUN_TAG] = original.info.run_id
            if not run.info.parent_run_id:
                tags["mlflow.parentRunId"] = original.info.run_id
                tags["mlflow.runName"] = self._name(original)
        if self._parameters:
            known = {key: redact_value(key, text) for key, text in self._parameters.items()}
            tags[PARAMETERS_TAG] = json.dumps(known, ensure_ascii=False)[:MAX_TAG_LENGTH]
        if tags:
            self._store.set_run_tags(run.info.run_id, tags)
        self.originals[run.info.run_id] = original.info.run_id if original else ""

    def _name(self, original: Run) -> str:
        children = self._store.list_runs(self._store.list_child_ids(original.info.run_id))
        number = 1 + sum(RERUN_TAG in child.data.tags for child in children)
        suffix = " (rerun)" if number == 1 else f" (rerun {number})"
        stem = _SUFFIX.sub("", original.info.run_name)
        return f"{stem[: MAX_NAME_LENGTH - len(suffix)]}{suffix}"


def _settings(
    store: Store, run: Run, notebook: Mapping[str, Any], kernel_id: str, python: str
) -> KernelSettings:
    path = run.info.notebook_path
    variables = {k: v for k, v in os.environ.items() if not k.startswith(_OF_A_FRONT_END)}
    if python != sys.executable:
        # Where we look for modules is no business of another Python.
        for name in ("PYTHONPATH", "PYTHONHOME"):
            variables.pop(name, None)
    variables |= {STORE_VARIABLE: store.uri, RERUN_VARIABLE: run.info.run_id}
    if path:
        variables[NOTEBOOK_VARIABLE] = path
    return KernelSettings(
        python=python,
        directory=working_directory(path),
        variables=variables,
        kernel_id=kernel_id,
        notebook_path=path,
        prelude=_prelude(store, run, notebook),
    )


def _prelude(store: Store, run: Run, notebook: Mapping[str, Any]) -> str:
    """What turns tracking on where the notebook's own cells do not (a profile's start-up did)."""
    code = "\n".join(cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "code")
    lines = []
    if not _LOADS.search(code):
        lines.append("get_ipython().extension_manager.load_extension('jupyter_mltrack')")
    if not _STARTS.search(code):
        name = store.get_experiment(run.info.experiment_id).name
        module = "__import__('jupyter_mltrack.magics.start', fromlist=['start_tracking'])"
        lines.append(f"{module}.start_tracking(get_ipython(), experiment={name!r})")
    return "\n".join(lines)


def _parameters_of(notebook: Mapping[str, Any]) -> dict[str, str]:
    facts = notebook.get("metadata", {}).get("jupyter_mltrack", {})
    return dict(facts.get("parameters", {}))


def _view(
    run: Run, notebook: Mapping[str, Any], execution: Execution, repeats: Repeats
) -> RerunView:
    new_run_id = repeats.find_repetition()
    notes = list_notes(notebook)
    if execution.outcome == "finished" and not new_run_id:
        notes.append(
            "Its cells ran, and none of the runs they made here repeats it: the notebook chooses "
            "another store, or goes another way this time."
        )
    return RerunView(
        run_id=run.info.run_id,
        run_name=run.info.run_name,
        outcome=execution.outcome,
        new_run_id=new_run_id,
        run_ids=list(repeats.originals),
        parameters=_parameters_of(notebook),
        cells=execution.cells,
        executed=execution.executed,
        seconds=round(execution.seconds, 3),
        error=Redactor().redact(execution.error),
        error_cell=execution.error_cell,
        notes=notes,
    )
