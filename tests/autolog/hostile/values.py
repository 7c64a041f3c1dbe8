"""Params that are strange values."""

import datetime
import decimal
import functools
import pathlib
import threading
import weakref
from enum import Enum
from typing import Any

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from tests.autolog.hostile.table import CLASSIFIER, Own, X, Y, calls, case


class Loud:
    """A value with hostile special methods."""

    def __repr__(self) -> str:
        calls.append("repr")
        return "x" * 10_000_000

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        calls.append("eq")
        raise RuntimeError("not comparable")

    __hash__ = None  # type: ignore[assignment]  # how Python spells unhashable


class Closed:
    """A value that raises whatever it is asked."""

    def __getattribute__(self, name: str) -> Any:
        calls.append(f"getattribute {name}")
        raise RuntimeError(name)

    def __bool__(self) -> bool:
        raise RuntimeError("neither true nor false")

    def __len__(self) -> int:
        raise RuntimeError("no length")

    def __iter__(self) -> Any:
        raise RuntimeError("nothing to go through")


class Pretending:
    """A value that says it is a text."""

    @property
    def __class__(self) -> Any:  # type: ignore[override]
        calls.append("class")
        return str


class Text(str):
    def __str__(self) -> str:
        calls.append("str")
        return "other"

    __repr__ = __str__

    def __len__(self) -> int:
        calls.append("len")
        return 0


class Number(int):
    def __repr__(self) -> str:
        calls.append("repr")
        return "a number"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        calls.append("eq")
        return True

    __hash__ = int.__hash__


class Color(Enum):
    RED = 1

    def __str__(self) -> str:
        calls.append("str")
        return "red"


class Many(dict[Any, Any]):
    def items(self) -> Any:
        calls.append("items")
        return super().items()

    def values(self) -> Any:
        calls.append("values")
        return super().values()


@case(note="", params={"alpha": "<tests.autolog.hostile.values.Loud>"}, model="READY")
def loud_param() -> Any:
    return len(Own(alpha=Loud()).fit(X, Y).classes_)


@case()
def closed_param() -> Any:
    return len(Own(alpha=Closed()).fit(X, Y).classes_)


@case()
def pretending_param() -> Any:
    return len(Own(alpha=Pretending()).fit(X, Y).classes_)


@case(params={"alpha": "abc"})
def text_of_a_class() -> Any:
    return len(Own(alpha=Text("abc")).fit(X, Y).classes_)


@case(params={"alpha": "7"})
def number_of_a_class() -> Any:
    return len(Own(alpha=Number(7)).fit(X, Y).classes_)


@case(params={"alpha": "Color.RED"})
def member_of_an_enum() -> Any:
    return Own(alpha=Color.RED).fit(X, Y).alpha.name


@case()
def mapping_of_a_class() -> Any:
    return len(Own(alpha=Many(a=1)).fit(X, Y).classes_)


@case(params={"alpha": "y" * 6000})
def longest_param() -> Any:
    return len(Own(alpha="y" * 6000).fit(X, Y).alpha)


@case(model="READY")
def long_param() -> Any:
    return len(Own(alpha="y" * 6001).fit(X, Y).alpha)


@case(runs=3, params={"alpha": "-inf"})
def nan_and_inf_params() -> Any:
    values = (float("nan"), np.inf, -np.inf)
    return [Own(alpha=value).fit(X, Y).classes_.tolist() for value in values]


@case(runs=4, model="READY")
def strange_text_params() -> Any:
    return [Own(alpha=text).fit(X, Y).alpha for text in ("nul\0", "\ud800", "🦜", "\r\n\x1b[31m")]


@case(params={"p0": "1", "p999": "1", "alpha": "1"})
def thousand_params() -> Any:
    names = ["alpha", *(f"p{number}" for number in range(1000))]
    scope: dict[str, Any] = {}
    exec(
        f"def __init__(self, {', '.join(f'{n}=1' for n in names)}):\n"
        + "".join(f"    self.{n} = {n}\n" for n in names),
        scope,
    )
    kind = type("Many", (Own,), {"__init__": scope["__init__"]})
    return len(kind().fit(X, Y).get_params())


@case(
    metrics=CLASSIFIER,
    params={"🦜__with_mean": "True", "b c/../d__with_mean": "True", "last__C": "1.0"},
    note="param",
)
def strange_names_of_params() -> Any:
    names = ("nul\0", "🦜", "b c/../d", "n" * 300, "\ud800", "\n")
    steps: list[Any] = [(name, StandardScaler()) for name in names]
    return len(Pipeline([*steps, ("last", LogisticRegression())]).fit(X, Y))


@case(model="READY")
def number_too_long_for_text() -> Any:
    return (Own(alpha=10**5000).fit(X, Y).alpha == 10**5000, Own().alpha)


@case(runs=16)
def values_of_python() -> Any:
    values: list[Any] = [
        None,
        ...,
        NotImplemented,
        Own,
        threading,
        datetime.datetime(2024, 1, 1),
        decimal.Decimal("NaN"),
        pathlib.Path("a/b"),
        1j,
        b"\xff\x00",
        slice(1, 2),
        range(3),
        memoryview(b"abc"),
        functools.partial(print, 1),
        weakref.ref(Own),
        staticmethod(len),
    ]
    return [Own(alpha=value).fit(X, Y).alpha is value for value in values]


@case(runs=9)
def values_of_libraries() -> Any:
    values: list[Any] = [
        np.float16(1),
        np.array(1),
        np.zeros((0, 3)),
        np.arange(10_000_000),
        np.ma.masked,
        np.array([Loud()], dtype=object),
        pd.DataFrame({"a": [1]}),
        pd.NA,
        pd.Timestamp("2024-01-01"),
    ]
    return [len(Own(alpha=value).fit(X, Y).classes_) for value in values]


@case(runs=5)
def containers() -> Any:
    itself: list[Any] = []
    itself.append(itself)
    deep: Any = ()
    for _ in range(500):
        deep = (deep,)
    values: list[Any] = [itself, deep, {Color.RED: Loud()}, [Closed()], list(range(100_000))]
    return [len(Own(alpha=value).fit(X, Y).classes_) for value in values]


@case(model="FAILED", note="cannot pickle")
def generator_inside() -> Any:
    return list(Own(alpha=(number for number in range(3))).fit(X, Y).alpha)


@case(model="READY")
def file_inside() -> Any:
    with pathlib.Path(__file__).open() as file:
        return Own(alpha=file).fit(X, Y).alpha.tell()


@case(model="READY")
def lambda_inside() -> Any:
    return Own(alpha=lambda: 1).fit(X, Y).alpha()


@case(model="FAILED", note="cannot pickle")
def lock_inside() -> Any:
    return type(Own(alpha=threading.Lock()).fit(X, Y).alpha).__name__


@case()
def socket_inside() -> Any:
    import socket

    with socket.socket() as opened:
        return Own(alpha=opened).fit(X, Y).alpha.fileno() > 0


@case(metrics=("fit_time_seconds",), note="own code")
def own_function_inside() -> Any:
    def double(data: Any) -> Any:
        calls.append("double")
        return data * 2

    return float(FunctionTransformer(double).fit(X).transform(X).sum())
