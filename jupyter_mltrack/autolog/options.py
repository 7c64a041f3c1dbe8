"""What autologging records, and what not."""

from collections.abc import Sequence
from typing import Any

import msgspec


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How to autolog; names and defaults as MLflow has them.

    ``max_tuning_runs`` limits the child runs of a search (None: all candidates). ``exclude`` lists
    estimators that are never logged: classes, class names, or full names.
    """

    log_models: bool = True
    log_datasets: bool = True
    log_model_signatures: bool = True
    log_post_training_metrics: bool = True
    max_tuning_runs: int | None = 5
    exclude: Sequence[Any] = ()
    pos_label: Any = None
    extra_tags: dict[str, str] = {}

    def excludes(self, kind: type) -> bool:
        """Whether estimators of this class are not to be logged."""
        names = (kind.__name__, f"{kind.__module__}.{kind.__qualname__}")
        return any(item is kind or item in names for item in self.exclude)
