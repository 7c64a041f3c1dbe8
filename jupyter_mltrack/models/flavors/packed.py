"""A model as a flavor packs it, before it becomes an MLmodel directory."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

from jupyter_mltrack.errors import ModelNotSerializable
from jupyter_mltrack.models.packaging import BoundedBuffer
from jupyter_mltrack.models.reduction import pickler_class

Read = Callable[[str], bytes]
"""Reads a file of an MLmodel directory."""


class Packed(NamedTuple):
    """The bytes of a model as ``file``; what the MLmodel says of its flavor; how pyfunc loads it.

    ``modules`` are the top-level modules it needs to be loaded; ``path_key`` is what MLflow's
    loader of the flavor calls the path of the file.
    """

    file: str
    content: bytes
    settings: Mapping[str, Any]
    modules: frozenset[str]
    predict: str = "predict"
    path_key: str = "data"


class Flavor(Protocol):
    """A module of this package."""

    FLAVOR: str

    def pack(self, model: Any) -> Packed:
        """A model as bytes; raises ModelNotSerializable."""

    def load(self, read: Read, settings: Mapping[str, Any]) -> Any:
        """A model from what was packed."""


def pickled(model: Any) -> bytes:
    """A model as a cloudpickle; classes defined in the notebook go by value.

    Raises
    ------
    ModelNotSerializable
        It cannot be pickled, or only above the budget.
    """
    buffer = BoundedBuffer()
    try:
        pickler_class()(buffer).dump(model)
    except (ModelNotSerializable, KeyboardInterrupt):
        raise
    except BaseException as error:
        # A __getstate__ of the user's may raise anything, SystemExit too: we called it, not they.
        raise ModelNotSerializable(f"{type(error).__name__}: {error}"[:1000]) from error
    return buffer.content()


def within_budget(content: bytes) -> bytes:
    """The bytes that a library made of its model at once, unless they are too many.

    Raises
    ------
    ModelNotSerializable
        They exceed the budget.
    """
    BoundedBuffer().write(content)
    return content
