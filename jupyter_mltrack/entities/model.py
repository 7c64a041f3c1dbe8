"""A logged model: what was kept of a fitted estimator."""

import msgspec


class LoggedModel(msgspec.Struct, frozen=True, kw_only=True):
    """An MLmodel directory among the artifacts of a run, below ``artifact_path``.

    ``model_id`` is ``m-`` and 32 hexadecimal digits; ``status`` is ``READY`` or ``FAILED``, and
    then ``status_message`` says why the bytes are missing.
    """

    model_id: str
    name: str
    artifact_path: str
    flavor: str
    model_class: str
    status: str = "READY"
    status_message: str = ""
    size: int = 0
    creation_time: int = 0
