"""MLflow's ``artifacts`` module: the files of runs, listed, read and downloaded."""

from jupyter_mltrack.api.artifacts import (
    FileInfo,
    download_artifacts,
    list_artifacts,
    load_dict,
    load_text,
)

__all__ = ["FileInfo", "download_artifacts", "list_artifacts", "load_dict", "load_text"]
