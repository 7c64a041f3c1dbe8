"""Every error we raise, as one tree.

::

    MltrackException                what a user may catch; has MLflow's error_code
      InvalidParameterValue         a value or name we cannot take; the message names it
        FilterError                 a filter that does not parse: where, and what was expected
        AmbiguousName               a run name that fits several; the message lists them
      ResourceDoesNotExist          nothing of that name or id
      ResourceAlreadyExists         a name that is taken
      StoreUnavailable              the store cannot be opened or read now
        StoreTooNew                 written by a newer version of jupyter_mltrack
        StoreDamaged                its file is damaged, or no database at all
      JournalUnavailable            nothing more can be appended (disk full, directory gone)
      ModelNotSerializable          a model whose bytes could not be taken
"""

from typing import Final


class MltrackException(Exception):
    """Base of all our errors; ``error_code`` is MLflow's name for the kind."""

    error_code: str = "INTERNAL_ERROR"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


MlflowException = MltrackException
"""MLflow's name of the base of all errors."""


class InvalidParameterValue(MltrackException, ValueError):
    """A value or name we cannot take; the message names it and what to do."""

    error_code = "INVALID_PARAMETER_VALUE"


class FilterError(InvalidParameterValue):
    """A filter or order that does not parse; ``position`` counts characters from 0."""

    def __init__(self, message: str, *, text: str = "", position: int = 0) -> None:
        super().__init__(message)
        self.text = text
        self.position = position


class AmbiguousName(InvalidParameterValue):
    """A name that fits several records; ``candidates`` lists them."""

    def __init__(self, message: str, candidates: list[str]) -> None:
        super().__init__(message)
        self.candidates = candidates


class ResourceDoesNotExist(MltrackException, LookupError):
    """Nothing of that name or id."""

    error_code = "RESOURCE_DOES_NOT_EXIST"


class ResourceAlreadyExists(MltrackException):
    """A name that is taken."""

    error_code = "RESOURCE_ALREADY_EXISTS"


class StoreUnavailable(MltrackException):
    """The store cannot be opened or read now; what was logged waits in the journal."""

    error_code = "TEMPORARILY_UNAVAILABLE"


class StoreTooNew(StoreUnavailable):
    """The store was written by a newer version of jupyter_mltrack."""


class StoreDamaged(StoreUnavailable):
    """The store's file is damaged, or no database; the next write to it sets it aside."""


class JournalUnavailable(MltrackException, OSError):
    """Nothing more can be appended: disk full, directory gone or read-only."""

    error_code = "TEMPORARILY_UNAVAILABLE"


class ModelNotSerializable(MltrackException):
    """A model whose bytes could not be taken; the message says why."""

    error_code = "INVALID_PARAMETER_VALUE"


HTTP_STATUS: Final = {
    "INVALID_PARAMETER_VALUE": 400,
    "RESOURCE_ALREADY_EXISTS": 400,
    "RESOURCE_DOES_NOT_EXIST": 404,
    "ENDPOINT_NOT_FOUND": 404,
    "PERMISSION_DENIED": 403,
    "UNAUTHENTICATED": 401,
    "REQUEST_LIMIT_EXCEEDED": 429,
    "TEMPORARILY_UNAVAILABLE": 503,
    "INTERNAL_ERROR": 500,
}
"""HTTP status of each error code, as MLflow maps them."""
