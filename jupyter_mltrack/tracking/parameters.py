"""Params that the notebook sets for every run: what its parameters cells assign."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from jupyter_mltrack.capture.redaction import redact_value
from jupyter_mltrack.errors import InvalidParameterValue
from jupyter_mltrack.tracking import values
from jupyter_mltrack.tracking.active import find_active_run
from jupyter_mltrack.tracking.problems import problems

if TYPE_CHECKING:
    from jupyter_mltrack.tracking.session import TrackingSession


def give_parameters(session: "TrackingSession", params: Mapping[str, str]) -> None:
    """Give these params to every run that starts from now on, and at once to the open one.

    The later value of a name wins, and what a run logs itself wins over both. What cannot be kept
    as a param is passed over and recorded as a problem.
    """
    kept: dict[str, str] = {}
    for key, value in params.items():
        try:
            values.check_key(key, "param")
            kept[key] = redact_value(key, values.check_param(key, value))
        except InvalidParameterValue as error:
            problems.record("reading the notebook's parameters", error)
    # Another thread may start a run meanwhile: it reads the one or the other.
    session.parameters = {**session.parameters, **kept}
    run = find_active_run()
    if run is not None and kept:
        run.inherit_params(kept)
