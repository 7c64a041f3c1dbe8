"""MLflow's functions that read the files of runs, those drawn when asked for among them."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import msgspec

from jupyter_mltrack.api.search import current_experiments, open_for_reading
from jupyter_mltrack.entities import to_artifact_uri
from jupyter_mltrack.errors import InvalidParameterValue, ResourceDoesNotExist

if TYPE_CHECKING:
    import pandas as pd

    from jupyter_mltrack.store.contract import ReadStore

_SCHEMES: Final = ("runs", "mltrack-artifacts")


class FileInfo(msgspec.Struct, frozen=True):
    """A file or directory of a run, as MLflow lists it.

    ``file_size`` in bytes; None of a directory, and of a file that is drawn when it is downloaded.
    """

    path: str
    is_dir: bool
    file_size: int | None


def list_artifacts(
    artifact_uri: str | None = None,
    run_id: str | None = None,
    artifact_path: str | None = None,
    tracking_uri: str | None = None,
) -> list[FileInfo]:
    """The files and directories directly in a directory of a run.

    Parameters
    ----------
    artifact_uri
        ``runs:/<run id>/<path>`` or ``mltrack-artifacts:/<run id>/<path>``; or else ``run_id`` and
        ``artifact_path`` (the root unless given).
    tracking_uri
        The store; the one in use unless given.

    Raises
    ------
    InvalidParameterValue
        Both or neither of ``artifact_uri`` and ``run_id``, or a URI of another kind.
    ResourceDoesNotExist
        No run has this id.
    """
    from jupyter_mltrack.api.connection import Connection

    run_id, path = _place(artifact_uri, run_id, artifact_path)
    with Connection(tracking_uri).reading() as store:
        return list_directory(store, run_id, path)


def download_artifacts(
    artifact_uri: str | None = None,
    run_id: str | None = None,
    artifact_path: str | None = None,
    dst_path: str | Path | None = None,
    tracking_uri: str | None = None,
) -> str:
    """Write a file of a run, or a directory with all below it, to this machine; returns its path.

    A plot is drawn now. Arguments as of :func:`list_artifacts`; ``dst_path`` is a directory, made
    when it is missing, a new temporary one unless given.

    Raises
    ------
    InvalidParameterValue
        As of :func:`list_artifacts`; or what is to be drawn is not valid.
    ResourceDoesNotExist
        There is no such run, or nothing at this path.
    """
    from jupyter_mltrack.api.connection import Connection

    run_id, path = _place(artifact_uri, run_id, artifact_path)
    with Connection(tracking_uri).reading() as store:
        return str(download(store, run_id, path, dst_path))


def load_text(artifact_uri: str) -> str:
    """The text of a file of a run; raises as :func:`download_artifacts`, or when it is no text."""
    from jupyter_mltrack.query.files import read_file

    run_id, path = _place(artifact_uri, None, None)
    with open_for_reading() as store:
        content, _ = read_file(store, run_id, path)
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise InvalidParameterValue(f"{path!r} is no text: {error}.") from None


def load_dict(artifact_uri: str) -> object:
    """What a JSON file of a run holds; raises as :func:`load_text`, or when it is no JSON."""
    text = load_text(artifact_uri)
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise InvalidParameterValue(f"{artifact_uri!r} is no JSON: {error}.") from None


def list_directory(store: "ReadStore", run_id: str, path: str) -> list[FileInfo]:
    """What is directly in a directory of a run, by path; raises ResourceDoesNotExist."""
    from jupyter_mltrack.query.files import list_files

    store.get_run(run_id)
    prefix = f"{path}/" if path else ""
    found: dict[str, FileInfo] = {}
    for file in list_files(store, run_id).to_artifact_views():
        if not file.path.startswith(prefix):
            continue
        first, _, rest = file.path.removeprefix(prefix).partition("/")
        name = prefix + first
        size = None if rest or file.drawn else file.size
        found[name] = FileInfo(name, bool(rest), size)
    return [found[name] for name in sorted(found)]


def download(store: "ReadStore", run_id: str, path: str, directory: str | Path | None) -> Path:
    """Write what is at a path of a run below a directory; raises as :func:`download_artifacts`."""
    from jupyter_mltrack.query.files import read_file, write_files

    store.get_run(run_id)
    root = Path(tempfile.mkdtemp()) if directory is None else Path(directory).expanduser()
    root.mkdir(parents=True, exist_ok=True)
    if not write_files(store, run_id, path, root) and path:
        # There is none, or one that is refused says why.
        read_file(store, run_id, path)
    return root.resolve() / path if path else root.resolve()


def load_table(
    artifact_file: str,
    run_ids: Sequence[str] | None = None,
    extra_columns: Sequence[str] | None = None,
) -> "pd.DataFrame":
    """The rows of a table that runs logged, those of each run behind the other's.

    Parameters
    ----------
    artifact_file
        The name it was logged by (``log_table``).
    run_ids
        Of which runs; of all in the current experiment that have it, unless given.
    extra_columns
        Columns of ``search_runs`` to add to each row, such as ``run_id``.

    Raises
    ------
    ResourceDoesNotExist
        No run has such a table.
    """
    with open_for_reading() as store:
        experiments = None if run_ids else current_experiments(store)
        return load_tables(store, artifact_file, experiments, run_ids, extra_columns)


def load_tables(
    store: "ReadStore",
    artifact_file: str,
    experiment_ids: Sequence[str] | None,
    run_ids: Sequence[str] | None,
    extra_columns: Sequence[str] | None,
) -> "pd.DataFrame":
    """What :func:`load_table` gives, of some experiments (None: of all)."""
    import pandas as pd

    from jupyter_mltrack.query.frames import runs_frame
    from jupyter_mltrack.query.runs import to_search
    from jupyter_mltrack.tracking.files import check_table_name, read_table

    path = check_table_name(artifact_file)
    search = to_search("", (), experiment_ids)
    frame = runs_frame(store.search_table(msgspec.structs.replace(search, summaries=False)))
    if run_ids:
        frame = frame[frame["run_id"].isin([str(one) for one in run_ids])]
    found: list[pd.DataFrame] = []
    for _, run in frame.iterrows():
        content = find_stored(store, run["run_id"], path)
        if content is not None:
            table: pd.DataFrame = read_table(content)
            for column in extra_columns or ():
                name = f"{column}_" if column in table else column
                table[name] = run[column]
            found.append(table)
    if not found:
        raise ResourceDoesNotExist(f"No run has a table {path!r}.")
    return pd.concat(found, ignore_index=True)


def find_stored(store: "ReadStore", run_id: str, path: str) -> bytes | None:
    """The bytes of a file that a run logged, or None."""
    for artifact in store.list_artifacts(run_id):
        if artifact.path == path:
            return store.read_blob(artifact.digest)
    return None


def _place(
    artifact_uri: str | None, run_id: str | None, artifact_path: str | None
) -> tuple[str, str]:
    """The run and the path in it that the arguments name."""
    if (artifact_uri is None) == (run_id is None):
        raise InvalidParameterValue("Give either artifact_uri or run_id.")
    if artifact_uri is None:
        return str(run_id), clean_path(artifact_path or "")
    if artifact_path is not None:
        raise InvalidParameterValue("artifact_uri has the path in it: leave artifact_path out.")
    parts = urlsplit(str(artifact_uri))
    run, _, path = parts.path.lstrip("/").partition("/")
    if parts.scheme not in _SCHEMES or parts.netloc or not run:
        raise InvalidParameterValue(
            f"{str(artifact_uri)[:120]!r} is not of a run here; give runs:/<run id>/<path>, or "
            f"{to_artifact_uri('<run id>')}/<path>."
        )
    return run, clean_path(path)


def clean_path(path: str) -> str:
    """The path of a file in its one spelling; raises ResourceDoesNotExist for one that climbs."""
    parts = [part for part in str(path).replace("\\", "/").split("/") if part not in ("", ".")]
    if ".." in parts:
        raise ResourceDoesNotExist(f"No run has an artifact {path!r}.")
    return "/".join(parts)
