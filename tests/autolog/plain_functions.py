"""Functions of every form that may have to be observed from within; their source is compared."""

from __future__ import annotations

import math
import warnings
from collections import OrderedDict
from typing import Any


def work(a: int, b: int = 2, *rest: int, c: int = 3, **others: Any) -> list[Any]:
    """Give back what came."""
    return [a, b, rest, c, others]


def positional(a: float, /, b: float = math.pi) -> float:
    if a > 1:
        return math.floor(a)
    return b


def silent(log: list[str]) -> None:
    log.append("called")


def bare(flag: bool) -> None:
    if flag:
        return
    flag = True


def nested(values: list[int]) -> list[int]:
    def inner(value: int) -> int:
        return value * factor

    factor = 2
    return sorted((inner(item) for item in values), key=lambda item: -item)


def recursive(number: int) -> int:
    return 1 if number < 2 else number * recursive(number - 1)


def raising(kind: type[BaseException]) -> None:
    ordered = OrderedDict[str, int]()
    try:
        ordered["gone"]
    except KeyError:
        if kind is KeyError:
            raise
        raise kind("from within") from None


def raising_at_last() -> int:
    try:
        return 1
    finally:
        math.sqrt(-1)


def swallowing() -> int:
    try:
        raise ValueError
    except ValueError:
        return 7


def warning() -> int:
    warnings.warn("of the caller", stacklevel=2)
    return 1


def names(a: int = 1, b: int = 2) -> dict[str, int]:
    c = 3
    return dict(locals())


def generator(count: int) -> Any:
    yield from range(count)


def _closing() -> Any:
    kept = 5

    def closing() -> int:
        return kept

    return closing


closing = _closing()
