"""Row ids that never change once committed, so that a batch need not ask for them again."""

from typing import Final

MAX_ENTRIES: Final = 20_000


class Caches:
    """Row ids by name; emptied when a transaction fails, since its new rows are gone."""

    def __init__(self) -> None:
        self.names: dict[str, int] = {}
        self.runs: dict[str, int] = {}
        self.executions: dict[str, int] = {}
        self.sources: set[str] = set()

    def clear(self) -> None:
        """Forget everything."""
        for cache in (self.names, self.runs, self.executions, self.sources):
            cache.clear()

    def trim(self) -> None:
        """Forget what has grown too large."""
        for cache in (self.names, self.runs, self.executions, self.sources):
            if len(cache) > MAX_ENTRIES:
                cache.clear()
