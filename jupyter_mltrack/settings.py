"""Where the store is, and the few limits that several rooms share."""

import hashlib
import os
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from jupyter_mltrack.errors import InvalidParameterValue

STORE_VARIABLE: Final = "MLTRACK_STORE"
PROJECT_DIRECTORY: Final = ".mltrack"

MAX_KEY_LENGTH: Final = 250
MAX_PARAM_LENGTH: Final = 6000
MAX_TAG_LENGTH: Final = 8000
MAX_NAME_LENGTH: Final = 500


def user_store_directory() -> Path:
    """Directory of the user's own store, in the platform's place for data."""
    import platformdirs

    return Path(platformdirs.user_data_dir("mltrack", appauthor=False))


def default_store_uri(start: Path | None = None) -> str:
    """Store to use when none is named: ``MLTRACK_STORE``, a project's ``.mltrack``, the user's."""
    named = os.environ.get(STORE_VARIABLE)
    if named:
        return normalize_store_uri(named)
    here = (start or Path.cwd()).resolve()
    for directory in (here, *here.parents):
        if (directory / PROJECT_DIRECTORY).is_dir():
            return normalize_store_uri(str(directory / PROJECT_DIRECTORY))
    return normalize_store_uri(str(user_store_directory()))


def normalize_store_uri(uri: str | os.PathLike[str]) -> str:
    """Give a store's URI its one spelling: ``sqlite:///<absolute path of mltrack.db>``.

    Raises
    ------
    InvalidParameterValue
        The scheme is none we know.
    """
    text = os.fspath(uri).strip()
    if text.startswith("sqlite:///"):
        path = Path(text.removeprefix("sqlite:///")).expanduser()
        return f"sqlite:///{path.resolve()}"
    if text.startswith("file:"):
        text = urlsplit(text).path
    if "://" not in text and text:
        path = Path(text).expanduser().resolve()
        return f"sqlite:///{path if path.suffix == '.db' else path / 'mltrack.db'}"
    raise InvalidParameterValue(
        f"Cannot use {text!r} as a store. Give a directory (./runs), or sqlite:///path/to/file.db."
    )


def spare_journal_directory(uri: str) -> Path:
    """Where journals go while the store's own directory cannot be written."""
    digest = hashlib.sha256(uri.encode()).hexdigest()[:16]
    return user_store_directory() / f"journal-{digest}"


def journal_directory(uri: str) -> Path:
    """Where sessions writing to this store keep their journals; always on this machine."""
    if uri.startswith("sqlite:///"):
        path = Path(uri.removeprefix("sqlite:///"))
        name = "journal" if path.name == "mltrack.db" else f"{path.stem}-journal"
        return path.parent / name
    return spare_journal_directory(uri)
