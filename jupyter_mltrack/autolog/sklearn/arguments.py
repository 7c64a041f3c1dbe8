"""The arguments of a metric function, by what they are to it."""

import functools
import inspect
from typing import Any, Final, NamedTuple

from jupyter_mltrack.autolog.flow.purity import is_scalar
from jupyter_mltrack.autolog.observed import Call

_PREDICTED: Final = frozenset(
    ("y_pred", "y_score", "y_prob", "y_proba", "probas_pred", "pred_decision", "labels_pred")
)
_ASIDE: Final = frozenset(("sample_weight", "labels", "X", "Y"))


class Argument(NamedTuple):
    """An argument of a metric: its name in the signature, its value, and how the call has it."""

    name: str
    value: Any
    place: int | str

    @property
    def is_predicted(self) -> bool:
        """Whether it is where predictions belong."""
        return self.name in _PREDICTED


def list_arguments(call: Call) -> list[Argument]:
    """The arguments of a metric function that may hold truth or predictions."""
    names = _parameters(call.function)
    given: list[tuple[str, Any, int | str]] = [
        (name, value, place)
        for place, (name, value) in enumerate(zip(names, call.args, strict=False))
    ]
    given += [(name, value, name) for name, value in call.kwargs.items()]
    # Labels of classes in most functions, of clusters in those that begin with data.
    is_of_clusters = names[:1] == ("X",)
    found = []
    for name, value, place in given:
        if is_of_clusters and name == "labels":
            found.append(Argument("labels_pred", value, place))
        elif name not in _ASIDE and not is_scalar(value):
            found.append(Argument(name, value, place))
    return found


@functools.lru_cache(maxsize=512)
def _parameters(function: Any) -> tuple[str, ...]:
    try:
        return tuple(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return ()
