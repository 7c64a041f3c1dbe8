"""What an order means, for runs in memory."""

import math
from collections.abc import Iterable, Sequence
from typing import Any, Final

from jupyter_mltrack.search.match import Facts, read
from jupyter_mltrack.search.numbers import param_number
from jupyter_mltrack.search.tree import Identifier, OrderBy

_NUMBER: Final = 0
_TEXT: Final = 1
_NAN: Final = 2
_ABSENT: Final = 3


def sort_runs(runs: Iterable[Facts], orders: Sequence[OrderBy]) -> list[Facts]:
    """Sort by ``orders``, the first one first; ties by newest start, then by id.

    Either direction: numbers before texts, texts before NaN, NaN before runs that lack the key.
    """
    result = sorted(runs, key=lambda facts: (-facts.run.info.start_time, facts.run.info.run_id))
    for order in reversed(orders):
        result.sort(key=lambda facts: _value(order.identifier, facts), reverse=order.descending)
        # Stable, so it keeps the order made above within each of the ranks.
        result.sort(key=lambda facts: _rank(order.identifier, facts))
    return result


def _value(identifier: Identifier, facts: Facts) -> tuple[int, Any]:
    """Return the rank, so that what follows it is compared with its like only, and the value."""
    rank = _rank(identifier, facts)
    if rank > _TEXT:
        return rank, 0
    value = read(identifier, facts)[0]
    number = param_number(value) if identifier.kind == "param" else None
    return rank, value if number is None else number


def _rank(identifier: Identifier, facts: Facts) -> int:
    values = read(identifier, facts)
    if not values:
        return _ABSENT
    value = values[0]
    if isinstance(value, str):
        is_number = identifier.kind == "param" and param_number(value) is not None
        return _NUMBER if is_number else _TEXT
    return _NAN if math.isnan(value) else _NUMBER
