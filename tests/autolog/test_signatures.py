"""The signature of an observed function is always that of the function."""

import inspect
from typing import Any

from jupyter_mltrack.autolog.observed import Observed
from jupyter_mltrack.autolog.signatures import signature_of


def test_a_signature_is_read_once_and_anew_when_the_function_changed() -> None:
    def add(a: int, b: int = 1) -> int:
        return a + b

    observed: Any = Observed(add, add, lambda _: None)
    assert inspect.signature(observed) == inspect.signature(add)
    assert signature_of(add) is signature_of(add)
    add.__defaults__ = (2,)
    assert inspect.signature(observed).parameters["b"].default == 2
    add.__signature__ = inspect.Signature()  # type: ignore[attr-defined]
    assert inspect.signature(observed) == inspect.Signature()
