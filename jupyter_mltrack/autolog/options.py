"""What autologging records, and what not."""

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypedDict

import msgspec

from jupyter_mltrack.errors import InvalidParameterValue

CHECKS: Final = ("overlap", "leak", "gap", "columns", "balance", "seed")
"""The methodological checks there are, by the names that switch them."""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How to autolog; names and defaults as MLflow has them, and a few more.

    ``log_plots``: whether what plots are drawn from is kept; ``checks``: which methodological
    checks are made, all (True), none (False) or ``{"seed": False}`` all but some; ``exclude``:
    estimators that are never logged, as classes, class names or full names. ``log_preprocessing``:
    whether what only prepares data, such as a scaler, has runs of its own.

    ``max_tuning_runs`` limits the child runs of a search (None: all candidates). ``pos_label``
    makes precision, recall and F1 those of that class. ``exclusive``: nothing is autologged while
    a run of the user's own is open. ``importance_types`` and ``model_format`` are XGBoost's.
    """

    disable: bool = False
    exclusive: bool = False
    disable_for_unsupported_versions: bool = False
    silent: bool = False
    log_models: bool = True
    log_datasets: bool = True
    log_plots: bool = True
    log_input_examples: bool = False
    log_model_signatures: bool = True
    log_post_training_metrics: bool = True
    log_test_metrics: bool = True
    log_preprocessing: bool = False
    log_traces: bool = True
    max_tuning_runs: int | None = 5
    registered_model_name: str | None = None
    serialization_format: str = "cloudpickle"
    importance_types: Sequence[str] | None = None
    model_format: str = "ubj"
    pos_label: Any = None
    extra_tags: dict[str, str] = {}
    exclude: Sequence[Any] = ()
    exclude_flavors: Sequence[str] = ()
    checks: dict[str, bool] = {}

    def excludes(self, kind: type) -> bool:
        """Whether estimators of this class are not to be logged."""
        names = (kind.__name__, f"{kind.__module__}.{kind.__qualname__}")
        return any(item is kind or item in names for item in self.exclude)

    def checks_for(self, check: str) -> bool:
        """Whether this methodological check is made."""
        return self.checks.get(check, True)


class GivenOptions(TypedDict, total=False):
    """The options as ``mltrack.autolog`` takes them; what is not given is as it was set before."""

    disable: bool
    exclusive: bool
    disable_for_unsupported_versions: bool
    silent: bool
    models: bool
    log_models: bool
    datasets: bool
    log_datasets: bool
    plots: bool
    log_plots: bool
    input_examples: bool
    log_input_examples: bool
    signatures: bool
    log_model_signatures: bool
    post_training_metrics: bool
    log_post_training_metrics: bool
    test_metrics: bool
    log_test_metrics: bool
    preprocessing: bool
    log_preprocessing: bool
    log_traces: bool
    max_children: int | None
    max_tuning_runs: int | None
    registered_model_name: str | None
    serialization_format: str
    importance_types: Sequence[str] | None
    model_format: str
    pos_label: Any
    extra_tags: Mapping[str, Any] | None
    exclude: Sequence[Any] | None
    exclude_flavors: Sequence[str] | None
    checks: bool | Mapping[str, bool]


_Check = Callable[[str, Any], Any]

SPELLINGS: Final = {
    "models": "log_models",
    "datasets": "log_datasets",
    "plots": "log_plots",
    "input_examples": "log_input_examples",
    "signatures": "log_model_signatures",
    "post_training_metrics": "log_post_training_metrics",
    "test_metrics": "log_test_metrics",
    "preprocessing": "log_preprocessing",
    "max_children": "max_tuning_runs",
}
"""Short names of options."""

NAMES: Final = tuple(field for field in Options.__struct_fields__)


def checked_options(given: Mapping[str, Any]) -> dict[str, Any]:
    """Options by their full names, their values as :class:`Options` takes them.

    Raises
    ------
    InvalidParameterValue
        There is no such option, or it cannot have this value; the message says what is allowed.
    """
    chosen: dict[str, Any] = {}
    for name, value in given.items():
        full = SPELLINGS.get(name, name)
        if full not in NAMES:
            raise InvalidParameterValue(f"Autologging has no option {name!r}.{_nearest(name)}")
        check: _Check = _CHECKS.get(full, _boolean)
        kept = check(name, value)
        if full in chosen and chosen[full] != kept:
            raise InvalidParameterValue(
                f"{_short(full)} and {full} are the same option, and were given {kept!r} and "
                f"{chosen[full]!r}: give one of them."
            )
        chosen[full] = kept
    return chosen


def _short(full: str) -> str:
    return next(short for short, name in SPELLINGS.items() if name == full)


def _nearest(name: str) -> str:
    known = [*NAMES, *SPELLINGS]
    found = difflib.get_close_matches(name, known, n=2, cutoff=0.6)
    if found:
        return f" Did you mean {' or '.join(found)}?"
    return f" There are: {', '.join(sorted({*known} - {'silent', 'log_traces'}))}."


def _refuse(name: str, value: Any, allowed: str) -> InvalidParameterValue:
    shown = repr(value) if type(value) in (str, int, float, bool, list, dict) else type(value)
    return InvalidParameterValue(f"{name} cannot be {str(shown)[:200]}: it is {allowed}.")


def _boolean(name: str, value: Any) -> bool:
    if type(value) is not bool:
        raise _refuse(name, value, "True or False")
    return value


def _limit(name: str, value: Any) -> int | None:
    if value is None or value == "all":
        return None
    if type(value) is not int or value < 0:
        raise _refuse(name, value, "a number of runs from 0, or None for all candidates")
    return value


def _tags(name: str, value: Any) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise _refuse(name, value, "a dictionary of tags, such as {'team': 'pricing'}")
    return {key: str(item) for key, item in value.items()}


def _excluded(name: str, value: Any) -> Sequence[Any]:
    items = [value] if isinstance(value, (str, type)) else value
    if items is None:
        return ()
    if not isinstance(items, Iterable) or isinstance(items, (Mapping, bytes)):
        raise _refuse(name, value, "a list of classes or names of classes")
    kept = tuple(items)
    for item in kept:
        if not isinstance(item, (str, type)):
            raise _refuse(f"An item of {name}", item, "a class or the name of one")
    return kept


def _which_checks(name: str, value: Any) -> dict[str, bool]:
    if type(value) is bool:
        return dict.fromkeys(CHECKS, value)
    allowed = f"True, False, or a dictionary such as {{'seed': False}} of {', '.join(CHECKS)}"
    if not isinstance(value, Mapping):
        raise _refuse(name, value, allowed)
    for check, is_on in value.items():
        if check not in CHECKS:
            raise _refuse(f"A check of {name}", check, f"one of {', '.join(CHECKS)}")
        if type(is_on) is not bool:
            raise _refuse(f"{name}[{check!r}]", is_on, "True or False")
    return dict(value)


def _registered(name: str, value: Any) -> None:
    if value is not None:
        raise InvalidParameterValue(
            f"{name}={value!r}: there is no model registry yet, so no model can be registered in "
            "it. Leave the option out; the model itself is logged with the run."
        )


def _format(name: str, value: Any) -> str:
    if value != "cloudpickle":
        raise _refuse(name, value, "'cloudpickle', the only format that models are written in yet")
    return "cloudpickle"


def _model_format(name: str, value: Any) -> str:
    if value not in ("ubj", "json", "deprecated"):
        raise _refuse(name, value, "'ubj' or 'json'")
    return str(value)


def _importance_types(name: str, value: Any) -> Sequence[str] | None:
    allowed = ("weight", "gain", "cover", "total_gain", "total_cover")
    if value is None:
        return None
    is_list = isinstance(value, Sequence) and not isinstance(value, str)
    if not is_list or not all(item in allowed for item in value):
        raise _refuse(name, value, f"a list of {', '.join(allowed)}")
    return tuple(value)


def _anything(_name: str, value: Any) -> Any:
    return value


_CHECKS: Final[dict[str, _Check]] = {
    "max_tuning_runs": _limit,
    "extra_tags": _tags,
    "exclude": _excluded,
    "exclude_flavors": _excluded,
    "checks": _which_checks,
    "registered_model_name": _registered,
    "serialization_format": _format,
    "model_format": _model_format,
    "importance_types": _importance_types,
    "pos_label": _anything,
}
