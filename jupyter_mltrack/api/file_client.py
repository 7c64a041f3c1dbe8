"""The part of MLflow's client that reads and writes files of runs."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from jupyter_mltrack.api import artifacts
from jupyter_mltrack.api.artifacts import FileInfo
from jupyter_mltrack.api.connection import Connection
from jupyter_mltrack.errors import ResourceDoesNotExist
from jupyter_mltrack.tracking import files

if TYPE_CHECKING:
    import pandas as pd


class FileClient:
    """Files of runs by the runs' ids."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list_artifacts(self, run_id: str, path: str | None = None) -> list[FileInfo]:
        """What is directly in a directory of a run; raises ResourceDoesNotExist."""
        with self._connection.reading() as store:
            return artifacts.list_directory(store, run_id, artifacts.clean_path(path or ""))

    def download_artifacts(self, run_id: str, path: str, dst_path: str | None = None) -> str:
        """Write a file or directory of a run to this machine; returns its path.

        Raises
        ------
        ResourceDoesNotExist
            There is no such run, or nothing at this path.
        """
        with self._connection.reading() as store:
            return str(artifacts.download(store, run_id, artifacts.clean_path(path), dst_path))

    def log_artifact(
        self, run_id: str, local_path: str | Path, artifact_path: str | None = None
    ) -> None:
        """Log a file of this machine, into the directory ``artifact_path`` of the run.

        Raises
        ------
        ResourceDoesNotExist
            There is no such file.
        """
        path = Path(local_path)
        if not path.is_file():
            raise ResourceDoesNotExist(f"There is no file {str(path)!r} to log.")
        name = f"{artifact_path.rstrip('/')}/{path.name}" if artifact_path else path.name
        self._log(run_id, name, path.read_bytes())

    def log_artifacts(
        self, run_id: str, local_dir: str | Path, artifact_path: str | None = None
    ) -> None:
        """Log every file below a directory of this machine; raises ResourceDoesNotExist."""
        root = Path(local_dir)
        if not root.is_dir():
            raise ResourceDoesNotExist(f"There is no directory {str(root)!r} to log.")
        prefix = f"{artifact_path.rstrip('/')}/" if artifact_path else ""
        for path in sorted(root.rglob("*")):
            if path.is_file():
                self._log(run_id, prefix + path.relative_to(root).as_posix(), path.read_bytes())

    def log_text(self, run_id: str, text: str, artifact_file: str) -> None:
        """Log text as a file."""
        self._log(run_id, artifact_file, files.text_content(text))

    def log_stream(self, run_id: str, stream: BinaryIO, artifact_file: str) -> None:
        """Log what a binary stream still has as a file; raises InvalidParameterValue."""
        self._log(run_id, artifact_file, files.stream_content(stream))

    def log_dict(
        self, run_id: str, dictionary: Mapping[str, Any] | list[Any], artifact_file: str
    ) -> None:
        """Log a dictionary or list as JSON, or as YAML when the file's name ends so."""
        self._log(run_id, artifact_file, files.dict_content(dictionary, artifact_file))

    def log_figure(
        self,
        run_id: str,
        figure: Any,
        artifact_file: str,
        *,
        save_kwargs: Mapping[str, Any] | None = None,
    ) -> None:
        """Log a matplotlib or plotly figure; raises InvalidParameterValue."""
        self._log(run_id, artifact_file, files.figure_content(figure, artifact_file, save_kwargs))

    def log_image(
        self,
        run_id: str,
        image: Any,
        artifact_file: str | None = None,
        key: str | None = None,
        step: int | None = None,
        timestamp: int | None = None,
        synchronous: bool | None = None,  # noqa: ARG002 - MLflow's; it is safe when we return
    ) -> None:
        """Log a picture, as :func:`jupyter_mltrack.log_image`."""
        name = files.image_name(artifact_file, key, step, timestamp)
        self._log(run_id, name, files.image_content(image, name))

    def log_table(self, run_id: str, data: Any, artifact_file: str) -> None:
        """Log a table, or add its rows to the one of this name; raises InvalidParameterValue."""
        path = files.check_table_name(artifact_file)
        with self._connection.reading() as store:
            before = artifacts.find_stored(store, run_id, path)
        self._log(run_id, path, files.table_content(data, before or b""))

    def load_table(
        self,
        experiment_id: str,
        artifact_file: str,
        run_ids: Sequence[str] | None = None,
        extra_columns: Sequence[str] | None = None,
    ) -> "pd.DataFrame":
        """The rows of a table of several runs, as :func:`jupyter_mltrack.load_table`."""
        with self._connection.reading() as store:
            return artifacts.load_tables(
                store, artifact_file, [str(experiment_id)], run_ids, extra_columns
            )

    def _log(self, run_id: str, path: str, content: bytes) -> None:
        self._connection.run(run_id).log_content(path, content)
