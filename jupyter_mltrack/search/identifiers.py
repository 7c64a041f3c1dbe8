"""What a filter can name, as tables: the kinds, and the attributes of a run.

To add an attribute: one line in :data:`ATTRIBUTES`, one in :data:`.match.ATTRIBUTE_READERS`, one in
``store/sql/filters.py``; the tests find the rest.
"""

import enum
from typing import Final

import msgspec


class Domain(enum.Enum):
    """What values an identifier has. EITHER: text that compares as a number with a number."""

    NUMBER = "number"
    TEXT = "text"
    EITHER = "either"


class Spelling(enum.Enum):
    """How people may write a value in text, besides what the store keeps (see ``spelling.py``)."""

    PLAIN = "plain"
    MOMENT = "moment"
    DURATION = "duration"
    DIGEST = "digest"


class Attribute(msgspec.Struct, frozen=True):
    """An attribute of a run; when ``optional``, empty text counts as absent (IS NULL).

    A run can have ``several`` values of it: one that passes is enough, and there is no order.
    """

    name: str
    domain: Domain
    optional: bool = False
    spelling: Spelling = Spelling.PLAIN
    several: bool = False


KINDS: Final = {
    "metric": "metric",
    "metrics": "metric",
    "param": "param",
    "params": "param",
    "parameter": "param",
    "parameters": "param",
    "tag": "tag",
    "tags": "tag",
    "attribute": "attribute",
    "attributes": "attribute",
    "attr": "attribute",
    "run": "attribute",
    "dataset": "dataset",
    "datasets": "dataset",
}
"""The words before the dot, and the kind each means."""

PREFIXES: Final = {
    "metric": "metrics.",
    "param": "params.",
    "tag": "tags.",
    "attribute": "",
    "dataset": "datasets.",
}
"""How each kind is written by us."""

ATTRIBUTES: Final = {
    attribute.name: attribute
    for attribute in (
        Attribute("run_id", Domain.TEXT),
        Attribute("run_name", Domain.TEXT),
        Attribute("experiment_id", Domain.TEXT),
        Attribute("status", Domain.TEXT),
        Attribute("user_id", Domain.TEXT),
        Attribute("artifact_uri", Domain.TEXT),
        Attribute("lifecycle_stage", Domain.TEXT),
        Attribute("parent_run_id", Domain.TEXT, optional=True),
        Attribute("notebook", Domain.TEXT, optional=True),  # path of the notebook that ran
        Attribute("cell", Domain.TEXT, optional=True),  # id of the cell that ran
        Attribute("session_id", Domain.TEXT, optional=True),
        # Digest of the notebook revision that ran.
        Attribute("revision", Domain.TEXT, optional=True, spelling=Spelling.DIGEST),
        # Of the cells that ran: the one that made the run, those that measured it later.
        Attribute("source", Domain.TEXT, several=True),
        # Milliseconds since the epoch, UTC.
        Attribute("start_time", Domain.NUMBER, spelling=Spelling.MOMENT),
        Attribute("end_time", Domain.NUMBER, spelling=Spelling.MOMENT),
        # Seconds; absent while the run is running.
        Attribute("duration", Domain.NUMBER, spelling=Spelling.DURATION),
    )
}

ALIASES: Final = {
    "created": "start_time",
    "Created": "start_time",
    "run name": "run_name",
    "Run name": "run_name",
    "Run Name": "run_name",
    "run_uuid": "run_id",
}
"""Other spellings of attributes, as MLflow's search has them."""

AGGREGATES: Final = ("min", "max", "first", "last", "best", "count")
"""What can be asked of a metric's points: ``max(metrics.accuracy)``.

``best`` is the least where the metric's name says that less is better, else the greatest. All but
``count`` ignore NaN when there is any other value, as the summaries do; ``last`` needs no saying.
"""

DATASET_KEYS: Final = ("name", "digest", "context")


def domain_of(kind: str, key: str) -> Domain:
    """Return what values the identifier has; the pair must be a valid one."""
    if kind == "attribute":
        return ATTRIBUTES[key].domain
    return {"metric": Domain.NUMBER, "param": Domain.EITHER}.get(kind, Domain.TEXT)
