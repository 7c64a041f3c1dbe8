"""MLflow's functions that describe data for ``log_input``: its fingerprint, never the data."""

import re
from typing import Any, Final

import msgspec

from jupyter_mltrack.capture.data import fingerprint
from jupyter_mltrack.entities import Dataset
from jupyter_mltrack.errors import InvalidParameterValue
from jupyter_mltrack.settings import MAX_KEY_LENGTH
from jupyter_mltrack.tracking.values import check_text

_DIGEST: Final = re.compile(r"[0-9A-Za-z_.:-]{1,36}", re.ASCII)


def from_pandas(
    df: Any,
    source: str | None = None,
    targets: str | None = None,
    name: str | None = None,
    digest: str | None = None,
) -> Dataset:
    """Describe a pandas DataFrame.

    Parameters
    ----------
    source
        Where it comes from: a path, a URL, a query.
    targets
        The column of labels.
    name
        What it is called; ``dataset`` unless given.
    digest
        Another digest than that of the content, of at most 36 characters.

    Raises
    ------
    InvalidParameterValue
        It is not known as data, has no such column, or a text cannot be kept.
    """
    if targets is not None and targets not in getattr(df, "columns", ()):
        raise InvalidParameterValue(f"The data has no column {targets!r} to be the targets.")
    return _describe(df, source, None if targets is None else df[targets], name, digest)


from_polars = from_pandas
"""Describe a polars DataFrame; arguments as of :func:`from_pandas`."""


def from_numpy(
    features: Any,
    source: str | None = None,
    targets: Any = None,
    name: str | None = None,
    digest: str | None = None,
) -> Dataset:
    """Describe an array, with the array of labels that goes with it; as :func:`from_pandas`."""
    return _describe(features, source, targets, name, digest)


def _describe(
    data: Any, source: str | None, targets: Any, name: str | None, digest: str | None
) -> Dataset:
    name = check_text(name or "dataset", "dataset name", MAX_KEY_LENGTH)
    found = fingerprint(data, name, targets)
    if found is None:
        raise InvalidParameterValue(f"A {type(data).__name__} is not known as data.")
    if digest is not None and not (isinstance(digest, str) and _DIGEST.fullmatch(digest)):
        raise InvalidParameterValue(
            f"A digest has 1 to 36 letters, digits or any of _.:- and not {digest!r}."
        )
    changes = {"digest": digest} if digest else {}
    if source is not None:
        changes |= {"source": check_text(str(source), "source"), "source_type": "local"}
    return msgspec.structs.replace(found, **changes)
