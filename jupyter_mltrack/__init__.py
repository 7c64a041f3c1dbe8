"""Experiment tracking that lives in the notebook.

``%load_ext jupyter_mltrack`` and ``%mltrack start`` track a notebook; the functions here are
MLflow's fluent ones, so that ``import jupyter_mltrack as mltrack`` serves code written for it.
"""

import importlib
from typing import TYPE_CHECKING, Any, Final

from jupyter_mltrack.autolog.api import autolog
from jupyter_mltrack.errors import MlflowException, MltrackException
from jupyter_mltrack.tracking.active import ActiveRun
from jupyter_mltrack.tracking.fluent import (
    active_run,
    delete_tag,
    end_run,
    flush,
    get_tracking_uri,
    log_artifact,
    log_artifacts,
    log_dict,
    log_figure,
    log_image,
    log_metric,
    log_metrics,
    log_param,
    log_params,
    log_table,
    log_text,
    set_experiment,
    set_tag,
    set_tags,
    set_tracking_uri,
    start_run,
)

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from jupyter_mltrack import artifacts as artifacts
    from jupyter_mltrack import data as data
    from jupyter_mltrack import exceptions as exceptions
    from jupyter_mltrack import models as models
    from jupyter_mltrack.api.archives import pack, unpack
    from jupyter_mltrack.api.artifacts import load_table
    from jupyter_mltrack.api.client import MlflowClient
    from jupyter_mltrack.api.experiments import (
        create_experiment,
        delete_experiment,
        delete_experiment_tag,
        delete_run,
        restore_experiment,
        restore_run,
        set_experiment_tag,
        set_experiment_tags,
    )
    from jupyter_mltrack.api.lineage import (
        get_cell_lineage,
        get_certificate,
        get_lineage,
        get_point_cell,
    )
    from jupyter_mltrack.api.notebooks import diff_runs, export_notebook
    from jupyter_mltrack.api.projects import (
        rerun_run,
        restore_notebook,
        undo_restore,
        verify_run,
    )
    from jupyter_mltrack.api.runs import (
        flush_async_logging,
        get_artifact_uri,
        get_parent_run,
        is_tracking_uri_set,
        last_active_run,
        log_input,
        log_inputs,
        log_stream,
    )
    from jupyter_mltrack.api.search import (
        get_experiment,
        get_experiment_by_name,
        get_run,
        search_experiments,
        search_runs,
    )
    from jupyter_mltrack.models.loading import load_model

# What reads needs more of the house than what writes; it loads when it is first asked for.
_LAZY: Final = {
    "MlflowClient": "jupyter_mltrack.api.client",
    "create_experiment": "jupyter_mltrack.api.experiments",
    "delete_experiment": "jupyter_mltrack.api.experiments",
    "delete_experiment_tag": "jupyter_mltrack.api.experiments",
    "delete_run": "jupyter_mltrack.api.experiments",
    "diff_runs": "jupyter_mltrack.api.notebooks",
    "export_notebook": "jupyter_mltrack.api.notebooks",
    "flush_async_logging": "jupyter_mltrack.api.runs",
    "get_artifact_uri": "jupyter_mltrack.api.runs",
    "get_cell_lineage": "jupyter_mltrack.api.lineage",
    "get_certificate": "jupyter_mltrack.api.lineage",
    "get_experiment": "jupyter_mltrack.api.search",
    "get_experiment_by_name": "jupyter_mltrack.api.search",
    "get_lineage": "jupyter_mltrack.api.lineage",
    "get_parent_run": "jupyter_mltrack.api.runs",
    "get_point_cell": "jupyter_mltrack.api.lineage",
    "get_run": "jupyter_mltrack.api.search",
    "is_tracking_uri_set": "jupyter_mltrack.api.runs",
    "last_active_run": "jupyter_mltrack.api.runs",
    "load_model": "jupyter_mltrack.models.loading",
    "load_table": "jupyter_mltrack.api.artifacts",
    "log_input": "jupyter_mltrack.api.runs",
    "log_inputs": "jupyter_mltrack.api.runs",
    "log_stream": "jupyter_mltrack.api.runs",
    "pack": "jupyter_mltrack.api.archives",
    "rerun_run": "jupyter_mltrack.api.projects",
    "restore_experiment": "jupyter_mltrack.api.experiments",
    "restore_notebook": "jupyter_mltrack.api.projects",
    "restore_run": "jupyter_mltrack.api.experiments",
    "search_experiments": "jupyter_mltrack.api.search",
    "search_runs": "jupyter_mltrack.api.search",
    "set_experiment_tag": "jupyter_mltrack.api.experiments",
    "set_experiment_tags": "jupyter_mltrack.api.experiments",
    "undo_restore": "jupyter_mltrack.api.projects",
    "unpack": "jupyter_mltrack.api.archives",
    "verify_run": "jupyter_mltrack.api.projects",
}

_FRAMEWORKS: Final = frozenset({"lightgbm", "optuna", "sklearn", "statsmodels", "xgboost"})
_MODULES: Final = frozenset({"artifacts", "data", "exceptions", "models", *_FRAMEWORKS})


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"jupyter_mltrack.{name}")
    if name in _LAZY:
        return getattr(importlib.import_module(_LAZY[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_MODULES})


def load_ipython_extension(shell: "InteractiveShell") -> None:
    """Register the magics; called by ``%load_ext jupyter_mltrack``."""
    from jupyter_mltrack.magics import load

    load(shell)


def unload_ipython_extension(shell: "InteractiveShell") -> None:
    """Stop tracking and take the magics away; called by ``%unload_ext jupyter_mltrack``."""
    from jupyter_mltrack.magics import unload

    unload(shell)


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "labextension", "dest": "jupyter-mltrack"}]


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    return [{"module": "jupyter_mltrack"}]


def _load_jupyter_server_extension(server: Any) -> None:
    from jupyter_mltrack.server import load

    load(server)


__all__ = [
    "ActiveRun",
    "MlflowClient",
    "MlflowException",
    "MltrackException",
    "active_run",
    "autolog",
    "create_experiment",
    "delete_experiment",
    "delete_experiment_tag",
    "delete_run",
    "delete_tag",
    "diff_runs",
    "end_run",
    "export_notebook",
    "flush",
    "flush_async_logging",
    "get_artifact_uri",
    "get_cell_lineage",
    "get_certificate",
    "get_experiment",
    "get_experiment_by_name",
    "get_lineage",
    "get_parent_run",
    "get_point_cell",
    "get_run",
    "get_tracking_uri",
    "is_tracking_uri_set",
    "last_active_run",
    "load_model",
    "load_table",
    "log_artifact",
    "log_artifacts",
    "log_dict",
    "log_figure",
    "log_image",
    "log_input",
    "log_inputs",
    "log_metric",
    "log_metrics",
    "log_param",
    "log_params",
    "log_stream",
    "log_table",
    "log_text",
    "pack",
    "rerun_run",
    "restore_experiment",
    "restore_notebook",
    "restore_run",
    "search_experiments",
    "search_runs",
    "set_experiment",
    "set_experiment_tag",
    "set_experiment_tags",
    "set_tag",
    "set_tags",
    "set_tracking_uri",
    "start_run",
    "undo_restore",
    "unpack",
    "verify_run",
]
