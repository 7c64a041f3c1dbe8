"""A dataset as a run saw it: a fingerprint, never the data."""

import msgspec


class Dataset(msgspec.Struct, frozen=True, kw_only=True):
    """Name, shape and digest of data that entered a run.

    ``digest`` is hexadecimal, at most 36 characters; ``schema`` and ``profile`` are JSON objects
    (column name to dtype; ``{"shape": [rows, columns], "sampled": bool}``).
    """

    name: str
    digest: str
    source_type: str = "code"
    source: str = ""
    schema: str = "{}"
    profile: str = "{}"
