"""What keys and values are accepted; every refusal names the value and the limit."""

import posixpath
from collections.abc import Iterable, Mapping
from typing import Any, Final

from jupyter_mltrack import settings
from jupyter_mltrack.entities import Metric
from jupyter_mltrack.errors import InvalidParameterValue

RUN_NAME_TAG: Final = "mlflow.runName"
NOTE_TAG: Final = "mlflow.note.content"
MAX_CHECKED_KEYS: Final = 10_000
# The same few keys come with every run.
_checked_keys: Final[set[tuple[str, str]]] = set()


def check_key(key: object, kind: str) -> str:
    """Return ``key`` when it can name a param, metric or tag.

    Raises
    ------
    InvalidParameterValue
        Not text, empty, too long, or with a character no store can keep.
    """
    if type(key) is str and (key, kind) in _checked_keys:
        return key
    if not isinstance(key, str):
        raise InvalidParameterValue(
            f"A {kind} key must be text, not {type(key).__name__}: {_shown(key)}."
        )
    if not key:
        raise InvalidParameterValue(f"A {kind} key must not be empty.")
    if len(key) > settings.MAX_KEY_LENGTH:
        raise InvalidParameterValue(
            f"The {kind} key {_shown(key)} has {len(key)} characters; "
            f"at most {settings.MAX_KEY_LENGTH} are kept. Shorten it."
        )
    key = check_text(key, f"{kind} key")
    if len(_checked_keys) < MAX_CHECKED_KEYS:
        _checked_keys.add((key, kind))
    return key


def check_text(text: object, what: str, limit: int | None = None) -> str:
    """Return ``text``, of a class of its own as plain text, when it can be stored exactly.

    Raises
    ------
    InvalidParameterValue
        It is no text, longer than ``limit`` characters, or has NUL or a lone surrogate.
    """
    if not isinstance(text, str):
        raise InvalidParameterValue(
            f"The {what} must be text, not {type(text).__name__} {_shown(text)}."
        )
    if type(text) is not str:
        # A journal takes no numpy.str_; of an enumeration this is the value.
        text = str.__str__(text)
    if limit is not None and len(text) > limit:
        raise InvalidParameterValue(
            f"The {what} {_shown(text)} has {len(text)} characters; at most {limit} are kept. "
            "Log it as an artifact instead (log_text)."
        )
    if "\0" in text:
        raise InvalidParameterValue(f"The {what} {_shown(text)} contains the character NUL.")
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InvalidParameterValue(
            f"The {what} {_shown(text)} contains a lone surrogate, which is not valid text."
        ) from None
    return text


def check_experiment_name(name: object) -> str:
    """Return an experiment's name without the spaces around it.

    Raises
    ------
    InvalidParameterValue
        It is no text, empty, too long, or has a character no store can keep.
    """
    text = check_text(name, "experiment name", settings.MAX_NAME_LENGTH).strip()
    if not text:
        raise InvalidParameterValue("An experiment name must not be empty.")
    return text


def check_experiment_id(experiment_id: object) -> str:
    """Return an experiment's id as text; one that looks like a number may be given as one.

    Raises
    ------
    InvalidParameterValue
        It is neither text nor a whole number, or empty.
    """
    if isinstance(experiment_id, bool) or not isinstance(experiment_id, (str, int)):
        raise InvalidParameterValue(
            f"An experiment id must be text, not {type(experiment_id).__name__} "
            f"{_shown(experiment_id)}."
        )
    chosen = check_text(str(experiment_id), "experiment id", settings.MAX_KEY_LENGTH)
    if not chosen:
        raise InvalidParameterValue("An experiment id must not be empty.")
    return chosen


def check_run_id(run_id: object) -> str:
    """Return a run's id; whether there is such a run, the store finds out.

    Raises
    ------
    InvalidParameterValue
        It is no text, empty, or longer than any id.
    """
    if not isinstance(run_id, str) or not 0 < len(run_id) <= settings.MAX_KEY_LENGTH:
        raise InvalidParameterValue(f"A run id is text of 32 characters, not {_shown(run_id)}.")
    return check_text(run_id, "run id")


def with_description(tags: Mapping[str, Any], description: str | None) -> dict[str, Any]:
    """Tags together with the one that is the run's description.

    Raises
    ------
    InvalidParameterValue
        The tags have another description.
    """
    if description is None:
        return dict(tags)
    if tags.get(NOTE_TAG, description) != description:
        raise InvalidParameterValue(
            f"The description is {_shown(description)} and, as the tag {NOTE_TAG!r}, "
            f"{_shown(tags[NOTE_TAG])}. Give one of the two."
        )
    return {**tags, NOTE_TAG: description}


def check_param(key: str, value: object) -> str:
    """Return a param's value as the text to store.

    Raises
    ------
    InvalidParameterValue
        It has no usable text, or that is too long.
    """
    return check_text(
        _text(value, f"param {key!r}"), f"value of param {key!r}", settings.MAX_PARAM_LENGTH
    )


def check_tag(key: str, value: object) -> str:
    """Return a tag's value as the text to store; raises as :func:`check_param`."""
    text = _text(value, f"tag {key!r}")
    if key == RUN_NAME_TAG:
        return check_text(text, "run name", settings.MAX_NAME_LENGTH)
    return check_text(text, f"value of tag {key!r}", settings.MAX_TAG_LENGTH)


def _text(value: object, what: str) -> str:
    try:
        return value if isinstance(value, str) else str(value)
    except Exception as error:
        raise InvalidParameterValue(f"The value of {what} has no text: {error!r}.") from error


def check_metric(key: str, value: Any) -> float:
    """Return a metric's value as a float; a 0-d array or a number-like object will do.

    Raises
    ------
    InvalidParameterValue
        It is not a number.
    """
    try:
        # Of a complex number the half would be lost, and a date is none.
        kind = getattr(getattr(value, "dtype", None), "kind", "")
        if isinstance(value, (str, bytes, complex)) or kind in ("c", "m", "M"):
            raise TypeError
        return float(value)
    except Exception:  # noqa: BLE001 - of a class of the user's it may be anything
        raise InvalidParameterValue(
            f"The value of metric {key!r} must be a number, not "
            f"{type(value).__name__} {_shown(value)}."
        ) from None


def check_step(step: object) -> int:
    """Return a step as an integer of 64 bits.

    Raises
    ------
    InvalidParameterValue
        It is not one.
    """
    try:
        number = int(step)  # type: ignore[call-overload]
        if number != step or not -(2**63) <= number < 2**63:
            raise ValueError
    except Exception:  # noqa: BLE001 - of a class of the user's it may be anything
        raise InvalidParameterValue(
            f"A step must be a whole number of 64 bits, not {_shown(step)}."
        ) from None
    return int(number)


def check_time(time: object) -> int:
    """Return a time (ms since the epoch) as an integer of 64 bits.

    Raises
    ------
    InvalidParameterValue
        It is not a number, or out of range.
    """
    try:
        if isinstance(time, (str, bytes)):
            raise TypeError
        number = int(time)  # type: ignore[call-overload]
        if not -(2**63) <= number < 2**63:
            raise ValueError
    except Exception:  # noqa: BLE001 - of a class of the user's it may be anything
        raise InvalidParameterValue(
            f"A timestamp must be in milliseconds since the epoch, not {_shown(time)}."
        ) from None
    return int(number)


def check_artifact_path(path: str) -> str:
    """Return an artifact's path in its one spelling: relative, with forward slashes.

    Raises
    ------
    InvalidParameterValue
        It is empty, absolute, or climbs out with ``..``.
    """
    text = check_text(str(path), "artifact path", 1000).replace("\\", "/")
    parts = [part for part in posixpath.normpath(text).split("/") if part not in ("", ".")]
    if not parts or text.startswith("/") or ".." in parts or ":" in parts[0]:
        raise InvalidParameterValue(
            f"The artifact path {path!r} must be relative and inside the run: plots/roc.png."
        )
    return "/".join(parts)


def check_mapping(given: object, what: str) -> Mapping[str, Any]:
    """Return a dictionary of ``params``, ``metrics`` or ``tags``.

    Raises
    ------
    InvalidParameterValue
        It is none.
    """
    if not isinstance(given, Mapping):
        raise InvalidParameterValue(
            f"The {what} must be a dictionary, not {type(given).__name__} {_shown(given)}."
        )
    return given


def as_numbers(metrics: Mapping[str, Any]) -> dict[str, float]:
    """Check a mapping of metrics; raises as :func:`check_key` and :func:`check_metric`."""
    pairs = check_mapping(metrics, "metrics").items()
    return {check_key(key, "metric"): check_metric(key, value) for key, value in pairs}


def check_point(point: Any) -> Metric:
    """Check a point given as an entity; raises as :func:`check_key` and those after it."""
    key = check_key(point.key, "metric")
    time, step = check_time(point.timestamp), check_step(point.step or 0)
    return Metric(key, check_metric(key, point.value), time, step)


def check_distinct_params(params: Iterable[Any]) -> dict[str, Any]:
    """Params given as entities, as a dictionary.

    Raises
    ------
    InvalidParameterValue
        One is given two values.
    """
    found: dict[str, Any] = {}
    for param in params:
        text = check_param(check_key(param.key, "param"), param.value)
        if found.setdefault(param.key, text) != text:
            raise InvalidParameterValue(
                f"Param {param.key!r} is given twice, as {_shown(found[param.key])} and "
                f"{_shown(text)}. Give it one value."
            )
    return found


def _shown(value: object) -> str:
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - the user's __repr__ may raise anything
        return f"<{type(value).__name__}>"
    return text if len(text) <= 80 else text[:77] + "…"
