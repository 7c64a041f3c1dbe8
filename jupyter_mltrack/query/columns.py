"""Which params and metrics a table of runs shows, when nobody chose."""

from collections import Counter
from collections.abc import Sequence

from jupyter_mltrack.entities.views import RunView


def metric_columns(views: Sequence[RunView], limit: int = 4) -> list[str]:
    """The metrics most of the runs have; measured on held-out data before those of training."""
    counts = Counter(key for view in views for key in view.metrics)
    order = {key: index for index, key in enumerate(counts)}
    wanted = sorted(
        counts,
        key=lambda key: (key.startswith("training_"), "time" in key, -counts[key], order[key]),
    )
    return wanted[:limit]


def param_columns(views: Sequence[RunView], limit: int = 4) -> list[str]:
    """The params that differ between runs, those most runs have first."""
    counts = Counter(key for view in views for key in view.params)
    differing = [
        key for key in counts if len({view.params[key] for view in views if key in view.params}) > 1
    ]
    return sorted(differing, key=lambda key: -counts[key])[:limit]
