"""Deleted or not, and which of the two a search wants; names as MLflow has them."""

from typing import Final


class LifecycleStage:
    """A record is ``active`` until deleted; a deleted one can be restored."""

    ACTIVE: Final = "active"
    DELETED: Final = "deleted"


class ViewType:
    """Which records a search returns; the numbers are MLflow's."""

    ACTIVE_ONLY: Final = 1
    DELETED_ONLY: Final = 2
    ALL: Final = 3
