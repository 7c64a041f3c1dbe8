"""A metric computed after training, as checks see it."""

from jupyter_mltrack.autolog.sklearn.checks.fitted import Memory, Scored


class Measured:
    """What was measured of which data; ``value`` is None when it is no number."""

    __slots__ = ("dataset", "memory", "metric", "value")

    def __init__(self, memory: Memory, metric: str, dataset: str, value: float | None) -> None:
        self.memory = memory
        self.metric = metric
        self.dataset = dataset
        self.value = value

    @property
    def scored(self) -> Scored | None:
        """What is known of the data; None when it could not be looked at."""
        return self.memory.scored.get(self.dataset)
