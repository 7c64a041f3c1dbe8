"""A training score far above the score on other data."""

from typing import Final

from jupyter_mltrack.autolog.sklearn.checks.finding import Finding
from jupyter_mltrack.autolog.sklearn.checks.fitted import Memory
from jupyter_mltrack.autolog.sklearn.checks.measured import Measured

MIN_ROWS: Final = 20
ACCURACY: Final = 0.15
R2: Final = 0.3
# They reproduce their training data by construction: that score means nothing for them.
_INTERPOLATING: Final = (
    "RandomForest",
    "ExtraTree",
    "Bagging",
    "GaussianProcess",
    "NearestNeighbors",
)


def of_metric(measured: Measured) -> Finding | None:
    """Compare accuracy or R² with what it was in training."""
    memory, scored = measured.memory, measured.scored
    if scored is not None and (scored.is_training or 0 < scored.rows < MIN_ROWS):
        return None
    name, limit = _comparable(measured)
    before = memory.metrics.get(f"training_{name}")
    if before is None or measured.value is None or _interpolates(memory):
        return None
    if before - measured.value < limit:
        return None
    return Finding(
        "gap",
        f"{name.replace('_', ' ')}: {before:.3g} in training, {measured.value:.3g} on "
        f"{measured.dataset}.",
        "The model may fit its training data more closely than what is to be learned from it: "
        "fewer or smaller parameters, regularisation or more data may help.",
    )


def _comparable(measured: Measured) -> tuple[str, float]:
    limit = ACCURACY if measured.memory.is_classifier else R2
    if measured.metric in ("accuracy_score", "r2_score"):
        return measured.metric, limit
    return ("score", limit) if measured.metric == f"{measured.memory.class_name}_score" else ("", 0)


def _interpolates(memory: Memory) -> bool:
    if memory.class_name.startswith(_INTERPOLATING):
        return True
    neighbors, weights = memory.params.get("n_neighbors"), memory.params.get("weights")
    is_nearest = type(neighbors) is int and neighbors == 1
    is_weighted = type(weights) is str and weights == "distance"
    if memory.class_name.startswith("KNeighbors") and (is_nearest or is_weighted):
        return True
    inner = (type(value).__name__ for value in memory.params.values())
    return any(name.startswith(_INTERPOLATING) for name in inner)
