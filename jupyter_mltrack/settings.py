"""Where the store is, and the few limits that several rooms share."""

import hashlib
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from jupyter_mltrack.errors import InvalidParameterValue

STORE_VARIABLE: Final = "MLTRACK_STORE"
PROJECT_DIRECTORY: Final = ".mltrack"
SETTINGS_FILE: Final = "config.toml"

_SERVER: Final = re.compile(r"(postgresql(\+psycopg)?|postgres)://")
# Greedy up to the last @: a password with an @ of its own is hidden whole.
_USER_PASSWORD: Final = re.compile(r"^([a-z0-9+]+://[^:@/?]*):.*@", re.DOTALL)
# A server's address with something missing, which may hold a password: no directory's name.
_LOOKS_LIKE_SERVER: Final = re.compile(r"postgres[a-z+]*:|[^/\\:@]+:[^/\\@]+@[^/\\]+/")
_QUERY_PASSWORD: Final = re.compile(r"([?&](?:password|sslpassword)=)[^&]*")
_IDENTIFYING: Final = frozenset({"host", "port", "dbname", "options", "service"})

MAX_KEY_LENGTH: Final = 250
MAX_PARAM_LENGTH: Final = 6000
MAX_TAG_LENGTH: Final = 8000
MAX_NAME_LENGTH: Final = 500


def user_store_directory() -> Path:
    """Directory of the user's own store, in the platform's place for data."""
    import platformdirs

    return Path(platformdirs.user_data_dir("mltrack", appauthor=False))


def list_settings_files(start: Path | None = None) -> list[Path]:
    """The settings files that apply in a directory, those that count more behind the others.

    The user's (``config.toml`` in the platform's place for configuration, ``mltrack/``) and the
    nearest ``.mltrack/config.toml`` at or above ``start`` (the working directory).
    """
    import platformdirs

    files = [Path(platformdirs.user_config_dir("mltrack", appauthor=False)) / SETTINGS_FILE]
    here = (start or Path.cwd()).resolve()
    projects = (above / PROJECT_DIRECTORY / SETTINGS_FILE for above in (here, *here.parents))
    nearest = next((file for file in projects if file.is_file()), None)
    return [file for file in (*files, nearest) if file is not None and file.is_file()]


def read_settings(start: Path | None = None) -> tuple[dict[str, Any], list[str]]:
    """The tables of all settings files as one, and what is wrong with files left out for it."""
    merged: dict[str, Any] = {}
    complaints: list[str] = []
    try:
        files = list_settings_files(start)
    except OSError as error:
        return {}, [f"No settings file can be looked for: {error}"]
    for file in files:
        try:
            merged = _merge(merged, tomllib.loads(file.read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            complaints.append(f"The settings file {file} is not used: {error}")
    return merged, complaints


def _merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        known = merged.get(key)
        is_table = isinstance(known, Mapping) and isinstance(value, Mapping)
        merged[key] = _merge(known, value) if is_table else value  # type: ignore[arg-type]
    return merged


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
    """Give a store's URI its one spelling.

    ``sqlite:///<absolute path of mltrack.db>`` for a directory or a file,
    ``postgresql://user:password@host:port/database`` for a server.

    Raises
    ------
    InvalidParameterValue
        The scheme is none we know, or the server's address is not whole.
    """
    text = os.fspath(uri).strip()
    if text.startswith("sqlite:///"):
        path = Path(text.removeprefix("sqlite:///")).expanduser()
        return f"sqlite:///{path.resolve()}"
    if _SERVER.match(text):
        return _normalize_server_uri(text)
    if text.startswith("file:"):
        text = urlsplit(text).path
    if "://" not in text and text and not _LOOKS_LIKE_SERVER.match(text):
        path = Path(text).expanduser().resolve()
        return f"sqlite:///{path if path.suffix == '.db' else path / 'mltrack.db'}"
    raise InvalidParameterValue(
        f"Cannot use {shown_store_uri(text)!r} as a store. Give a directory (./runs), "
        "sqlite:///path/to/file.db, or postgresql://user:password@host:port/database."
    )


def _normalize_server_uri(text: str) -> str:
    address = _SERVER.sub("postgresql://", text)
    try:
        parts = urlsplit(address)
        named = parts.path.strip("/") or dict(parse_qsl(parts.query)).get("dbname")
        whole = bool(named) and (parts.port is None or parts.port > 0)
        whole = whole and parts.netloc.count("@") <= 1
    except ValueError:
        whole = False
    if not whole:
        raise InvalidParameterValue(
            f"Cannot use {shown_store_uri(text)!r} as a store: a server's URI reads "
            "postgresql://user:password@host:port/database, with %40 for an @ in the password."
        )
    return address


def is_server_uri(uri: str) -> bool:
    """Whether a store's URI names a database server and not a file."""
    return uri.startswith("postgresql://")


def shown_store_uri(uri: str) -> str:
    """The URI as it may be shown, logged and stored: without its password."""
    if _LOOKS_LIKE_SERVER.match(uri) and "://" not in uri:
        return f"***@{uri.rpartition('@')[2]}"
    hidden = _USER_PASSWORD.sub(r"\1:***@", uri)
    return _QUERY_PASSWORD.sub(r"\1***", hidden)


def make_private_directory(path: Path) -> None:
    """Make a directory and what is missing above it, for this user alone whatever the umask.

    Raises
    ------
    OSError
        It cannot be made.
    """
    if not path.is_dir():
        make_private_directory(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)


def spare_journal_directory(uri: str) -> Path:
    """Where journals go that cannot be beside the store: it is a server, or cannot be written."""
    digest = hashlib.sha256(_identity(uri).encode()).hexdigest()[:16]
    return user_store_directory() / f"journal-{digest}"


def _identity(uri: str) -> str:
    # A changed password or option must not hide the journals of killed sessions.
    if not is_server_uri(uri):
        return uri
    parts = urlsplit(uri)
    kept = [pair for pair in sorted(parse_qsl(parts.query)) if pair[0] in _IDENTIFYING]
    return f"postgresql://{parts.netloc.rpartition('@')[2]}{parts.path}?{urlencode(kept)}"


def journal_directory(uri: str) -> Path:
    """Where sessions writing to this store keep their journals; always on this machine."""
    if uri.startswith("sqlite:///"):
        path = Path(uri.removeprefix("sqlite:///"))
        name = "journal" if path.name == "mltrack.db" else f"{path.stem}-journal"
        return path.parent / name
    return spare_journal_directory(uri)
