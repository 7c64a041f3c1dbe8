"""Rows a model is scored on that it was fitted with."""

from jupyter_mltrack.autolog.sklearn.checks.finding import Finding
from jupyter_mltrack.autolog.sklearn.checks.measured import Measured

MIN_ROWS = 10
MIN_KNOWN = 5
SHARE = 0.05


def of_metric(measured: Measured) -> Finding | None:
    """Whether more rows are known than data that repeats itself would explain.

    A random split of data of which a share has twins finds about that share again. Scores on the
    training data as a whole, and on data named ``train``, are meant to be that.
    """
    memory, scored = measured.memory, measured.scored
    if scored is None or scored.is_training or memory.hashes is None:
        return None
    if scored.looked_at < MIN_ROWS or scored.known < MIN_KNOWN:
        return None
    share = scored.known / scored.looked_at * memory.step
    if share <= 2 * memory.twins + SHARE:
        return None
    part = ""
    if memory.step > 1 or scored.looked_at < scored.rows:
        part = f" (of every {memory.step}th training row looked at)" if memory.step > 1 else ""
        part = part or f" ({scored.looked_at:,} of its {scored.rows:,} rows were looked at)"
    return Finding(
        "overlap",
        f"{scored.known:,} of {scored.looked_at:,} rows of {measured.dataset} are among those the "
        f"model was fitted with{part}.",
        f"{measured.metric} on rows the model has seen says little about new ones.",
    )
